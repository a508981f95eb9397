# Made the numbers quoted in test_regression.py and test_comparison.py.
# R 4.2.2, sandwich, clubSandwich 0.5.8. Run in this folder: Rscript regression.R
suppressMessages({library(sandwich); library(clubSandwich)})
set.seed(20240311)

# Forty-two people in thirteen clusters of one to six; arms mixed within some clusters.
sizes <- c(6, 5, 5, 4, 4, 4, 3, 3, 3, 2, 1, 1, 1)
cluster <- rep(seq_along(sizes), sizes)
n <- length(cluster)
effect <- rnorm(length(sizes), sd = 3)[cluster]
arm <- ifelse(runif(n) < ifelse(cluster %% 3 == 0, .5, cluster %% 2), "mentored", "waiting")
pre <- round(50 + effect + rnorm(n, sd = 8), 1)
age <- round(runif(n, 40, 62))
post <- round(20 + .6 * pre + 4 * (arm == "mentored") + effect + rnorm(n, sd = 5), 1)
d <- data.frame(person_id = sprintf("P%02d", 1:n), arm, cluster, pre, age, post)
write.csv(d, "two_arms.csv", row.names = FALSE, quote = FALSE)

options(digits = 12)
d$t <- as.numeric(d$arm == "mentored"); d$xc <- d$pre - mean(d$pre)
show <- function(m) {
  se <- sqrt(diag(vcovHC(m, "HC3"))); b <- coef(m); df <- m$df.residual
  print(cbind(b, se, low = b - qt(.975, df) * se, high = b + qt(.975, df) * se, p = 2 * pt(-abs(b / se), df)))
  v <- vcovCR(m, cluster = d$cluster, type = "CR2")
  print(coef_test(m, v, test = "Satterthwaite")); print(conf_int(m, v))
  ct <- coef_test(m, v, test = "Satterthwaite")
  print(data.frame(SE = ct$SE, df = ct$df_Satt, p = ct$p_Satt))
}
cat("ANCOVA post ~ t + xc + age\n"); show(lm(post ~ t + xc + age, d))
cat("ANCOVA post ~ t + xc\n"); show(lm(post ~ t + xc, d))
cat("adjusted means\n"); d$c <- 1 - d$t; show(lm(post ~ 0 + t + c + xc, d))
cat("interaction\n"); show(lm(post ~ t * xc, d)); print(anova(lm(post ~ t + xc, d), lm(post ~ t * xc, d)))
cat("post\n"); show(lm(post ~ t, d)); print(t.test(post ~ relevel(factor(arm), "mentored"), d))
cat("did\n"); show(lm(I(post - pre) ~ t, d)); x <- t.test((d$post - d$pre) ~ relevel(factor(d$arm), "mentored")); print(x); print(x$stderr)
cat("clusters per arm\n"); print(tapply(d$cluster, d$arm, function(z) length(unique(z))))
