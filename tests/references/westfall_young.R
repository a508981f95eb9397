# Made outcomes.csv and westfall_young.csv, read by tests/validation/multiplicity.py and resampling.py.
# R 4.2.2, clubSandwich 0.5.8 for clusters: every reassignment is listed and the step-down is done outcome by outcome, as in
# Westfall & Young (1993), algorithm 2.8, with the t of t.test and, for clusters, of clubSandwich (CR2).
# Run in this folder: Rscript westfall_young.R
suppressMessages(library(clubSandwich))
set.seed(5)
sizes <- c(1, 3, 2, 2, 3, 2)
cluster <- rep(seq_along(sizes), sizes); n <- length(cluster)
arm <- ifelse(cluster %in% c(2, 4, 6), "programme", "waiting")
stratum <- c("north", "south")[1 + (seq_len(n) %% 2)]
lottery <- ifelse(seq_len(n) %in% c(1, 4, 5, 7, 10, 12), "programme", "waiting")
f <- rnorm(n)
pre <- sapply(1:3, function(k) round(50 + 6 * f + rnorm(n, sd = 5), 1))
post <- pre + sapply(1:3, function(k) round(c(4, 2, 0)[k] + 2 * (lottery == "programme") + 2 * f + rnorm(n, sd = 4), 1))
post[2, 2] <- NA; pre[9, 3] <- NA
d <- data.frame(pair = cluster, arm, lottery, stratum)
for (k in 1:3) { d[[paste0("pre", k)]] <- pre[, k]; d[[paste0("post", k)]] <- round(post[, k], 1) }
write.csv(d, "outcomes.csv", row.names = FALSE, quote = FALSE)

change <- sapply(1:3, function(k) d[[paste0("post", k)]] - d[[paste0("pre", k)]])
one <- function(x) unname(t.test(x)$statistic)
two <- function(x, z) { z <- z[!is.na(x)]; x <- x[!is.na(x)]
  if (min(table(factor(z, 0:1))) < 2) return(Inf)
  unname(t.test(x[z == 1], x[z == 0])$statistic) }
cr2 <- function(x, z, g) { k <- !is.na(x); x <- x[k]; z <- z[k]; g <- g[k]
  if (any(tapply(g, factor(z, 0:1), function(v) length(unique(v))) < 2)) return(Inf)
  m <- lm(x ~ z); unname(coef(m)[2] / sqrt(diag(vcovCR(m, g, "CR2")))[2]) }
cr2one <- function(x, g) { k <- !is.na(x); x <- x[k]; g <- g[k]
  m <- lm(x ~ 1); unname(coef(m)[1] / sqrt(vcovCR(m, g, "CR2")[1, 1])) }

stepdown <- function(observed, permuted) {           # permuted: a row a reassignment
  observed <- abs(observed); permuted <- abs(permuted)
  order <- order(-observed); m <- length(observed); p <- numeric(m); running <- 0
  for (j in seq_len(m)) {
    left <- order[j:m]
    u <- apply(permuted[, left, drop = FALSE], 1, max)
    running <- max(running, mean(u >= observed[order[j]] * (1 - 1e-9)))
    p[order[j]] <- running
  }
  p
}
signs <- function(units) as.matrix(expand.grid(rep(list(c(1, -1)), units)))
places <- function(n, k) t(apply(combn(n, k), 2, function(i) as.numeric(seq_len(n) %in% i)))
out <- data.frame()
keep <- function(design, observed, permuted, means) {
  out <<- rbind(out, data.frame(design, outcome = 1:3, estimate = means, statistic = observed,
                                adjusted = stepdown(observed, permuted),
                                reassignments = nrow(permuted)))
}
m1 <- colMeans(change, na.rm = TRUE)
s <- signs(n)
keep("people", apply(change, 2, one), t(apply(s, 1, function(e) apply(change * e, 2, function(x) {
  x <- x[!is.na(x)]; mean(x) / (sd(x) / sqrt(length(x))) }))), m1)
s <- signs(6)
keep("clusters", apply(change, 2, cr2one, g = cluster),
     t(apply(s, 1, function(e) apply(change * e[cluster], 2, cr2one, g = cluster))), m1)
z <- as.numeric(lottery == "programme")
dm <- function(z) sapply(1:3, function(k) mean(change[z == 1, k], na.rm = TRUE) - mean(change[z == 0, k], na.rm = TRUE))
p <- places(n, sum(z))
keep("arms", apply(change, 2, two, z = z), t(apply(p, 1, function(w) apply(change, 2, two, z = w))), dm(z))
north <- which(stratum == "north"); south <- which(stratum == "south")
a <- places(length(north), sum(z[north])); b <- places(length(south), sum(z[south]))
w <- matrix(0, nrow(a) * nrow(b), n); i <- 0
for (r in seq_len(nrow(a))) for (q in seq_len(nrow(b))) { i <- i + 1; w[i, north] <- a[r, ]; w[i, south] <- b[q, ] }
keep("strata", apply(change, 2, two, z = z), t(apply(w, 1, function(v) apply(change, 2, two, z = v))), dm(z))
zc <- as.numeric(c(2, 4, 6) |> (\(x) 1:6 %in% x)())
p6 <- places(6, 3); zi <- zc[cluster]
keep("cluster arms", apply(change, 2, cr2, z = zi, g = cluster),
     t(apply(p6, 1, function(v) apply(change, 2, cr2, z = v[cluster], g = cluster))), dm(zi))
write.csv(format(out, digits = 15), "westfall_young.csv", row.names = FALSE, quote = FALSE)

# The single test of the difference of means, outcome 1 (complete).
x <- change[, 1]; tie <- 1e-9
one_p <- function(t, t0) mean(abs(t) >= abs(t0) - tie)
centre <- function(x, h) x - ave(x, h)
diff <- function(x, z) mean(x[z == 1]) - mean(x[z == 0])
perm <- data.frame(
  design = c("people", "clusters", "arms", "later scores", "strata", "cluster arms"),
  p = c(one_p(signs(n) %*% x / n, mean(x)),
        one_p(signs(6) %*% tapply(x, cluster, sum) / n, mean(x)),
        one_p(apply(p, 1, function(v) diff(x, v)), diff(x, z)),
        { y <- d$post1; one_p(apply(p, 1, function(v) diff(y, v)), diff(y, z)) },
        { y <- centre(x, stratum); one_p(apply(w, 1, function(v) diff(y, v)), diff(y, z)) },
        { y <- x - mean(x); one_p(apply(p6, 1, function(v) diff(y, v[cluster])), diff(y, zi)) }),
  estimate = c(mean(x), mean(x), diff(x, z), diff(d$post1, z), diff(x, z), diff(x, zi)))
write.csv(format(perm, digits = 15), "permutation.csv", row.names = FALSE, quote = FALSE)
