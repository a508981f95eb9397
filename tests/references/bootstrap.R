# Made bootstrap.csv and bootstrap_rows.csv, from outcomes.csv (see westfall_young.R).
# R 4.2.2, boot. Run in this folder: Rscript bootstrap.R
suppressMessages(library(boot)); set.seed(14)
d <- read.csv("outcomes.csv"); d <- d[!is.na(d$post1), ]
x <- d$post1 - d$pre1; n <- length(x); g <- d$pair
dz <- function(x) mean(x) / sd(x)
out <- data.frame()
keep <- function(name, b, jack, level = .95) {
  # empirical influence from the jackknife, around its own mean (Efron & Tibshirani 1993, eq. 14.15)
  ci <- boot.ci(b, conf = level, type = "bca", L = mean(jack) - jack)$bca
  out <<- rbind(out, data.frame(name, estimate = b$t0, std_error = sd(b$t), low = ci[4], high = ci[5]))
}
R <- 200000
keep("mean", boot(x, function(v, i) mean(v[i]), R), sapply(1:n, function(i) mean(x[-i])))
keep("d_z", boot(x, function(v, i) dz(v[i]), R), sapply(1:n, function(i) dz(x[-i])))
rows <- split(seq_len(n), g)
byg <- function(f) boot(seq_along(rows), function(k, i) f(x[unlist(rows[i])]), R)
keep("mean of clusters", byg(mean), sapply(seq_along(rows), function(i) mean(x[unlist(rows[-i])])))
write.csv(format(out, digits = 12), "bootstrap.csv", row.names = FALSE, quote = FALSE)

# Frozen resamples: every number of the interval, by hand. Ties count half in z0; quantile() is type 7.
idx <- matrix(sample(n, 199 * n, TRUE), 199)
write.table(idx, "bootstrap_rows.csv", sep = ",", row.names = FALSE, col.names = FALSE)
t <- apply(idx, 1, function(i) dz(x[i])); t0 <- dz(x); j <- sapply(1:n, function(i) dz(x[-i]))
z0 <- qnorm((mean(t < t0) + mean(t <= t0)) / 2); e <- mean(j) - j; a <- sum(e^3) / (6 * sum(e^2)^1.5)
z <- z0 + qnorm(c(.025, .975)); print(c(t0 = t0, z0 = z0, a = a, quantile(t, pnorm(z0 + z / (1 - a * z)))), digits = 14)
