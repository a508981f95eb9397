# Made change.csv, the numbers that validation/change.py and validation/proportions.py hold the methods against.
# R 4.2.2, boot, clubSandwich, metafor. Run in this folder: Rscript change.R
suppressMessages({library(boot); library(clubSandwich); library(metafor)})
options(digits = 15)
rows <- list()
keep <- function(what, ...) {
  v <- c(...)
  for (i in seq_along(v)) rows[[length(rows) + 1]] <<- data.frame(what = what, number = names(v)[i], value = v[[i]])
}

# Twelve people whose changes all differ in size; the same with ties and people who did not change.
pre  <- c(12.1, 15.3, 11.2, 18.4, 14.9, 16.6, 13.7, 10.5, 17.8, 12.9, 15.8, 11.6)
post <- c(15.2, 16.9, 18.7, 20.1, 13.4, 21.5, 17.4, 10.9, 17.2, 16.8, 18.1, 14.0)
steps_pre  <- c(3, 4, 2, 5, 3, 4, 2, 3, 3, 1, 4, 2)
steps_post <- c(4, 4, 3, 5, 5, 3, 4, 4, 3, 3, 5, 1)

mean_t <- function(x) { m <- t.test(x)
  c(estimate = m$estimate[[1]], se = m$stderr, df = m$parameter[[1]], ci_low = m$conf.int[1], ci_high = m$conf.int[2]) }
keep("mean before", mean_t(pre)); keep("mean after", mean_t(post))

# g_av: noncentral t inverted with the degrees of freedom of Cousineau (2020); Bonett (2008) for the error.
g_av <- function(x, y) {
  n <- length(x); a <- var(x); b <- var(y); r <- cor(x, y); d <- mean(y - x) / sqrt((a + b) / 2)
  nu <- 2 * (n - 1) / (1 + r^2); J <- exp(lgamma(nu / 2) - lgamma((nu - 1) / 2)) * sqrt(2 / nu)
  w <- r * (2 / (1 / a + 1 / b)) / ((a + b) / 2); s <- sqrt(n / (2 * (1 - w)))
  at <- function(p) uniroot(function(l) suppressWarnings(pt(d * s, nu, l)) - p, d * s + c(-6, 6), tol = 1e-14)$root / s
  bonett <- sqrt(d^2 * (a^2 + b^2 + 2 * cov(x, y)^2) / (8 * (n - 1) * ((a + b) / 2)^2) +
                 var(y - x) / ((n - 1) * (a + b) / 2))
  c(estimate = J * d, se = J * bonett, df = nu, ci_low = at(.975), ci_high = at(.025), d_av = d)
}
keep("g_av", g_av(pre, post))

w <- wilcox.test(post, pre, paired = TRUE, exact = TRUE, conf.int = TRUE)
keep("pseudomedian", estimate = w$estimate[[1]], p = w$p.value, ci_low = w$conf.int[1], ci_high = w$conf.int[2])

# Tango's score interval, by brute force: the likelihood of (better, worse, same) is maximised numerically under
# better - worse = delta, and delta is solved for z^2 = chi-squared.
up <- sum(steps_post > steps_pre); down <- sum(steps_post < steps_pre); n <- length(steps_pre)
score <- function(delta) {
  loglik <- function(q) up * log(q + delta) + down * log(q) + (n - up - down) * log(1 - 2 * q - delta)
  lo <- max(0, -delta) + 1e-13; hi <- (1 - delta) / 2 - 1e-13
  grad <- function(q) up / (q + delta) + down / q - 2 * (n - up - down) / (1 - 2 * q - delta)
  q <- uniroot(grad, c(lo, hi), tol = 1e-15)$root
  (up - down - n * delta) / sqrt(n * (2 * q + delta * (1 - delta)))
}
root <- function(target, a, b) uniroot(function(d) score(d) - target, c(a, b), tol = 1e-14)$root
mid <- (up - down) / n; z <- qnorm(.975)
keep("improvement", estimate = (1 + mid) / 2, p = binom.test(up, up + down)$p.value,
     ci_low = (1 + root(z, -.99, mid)) / 2, ci_high = (1 + root(-z, mid, .99)) / 2)
wilson <- function(x, n) { p <- suppressWarnings(prop.test(x, n, correct = FALSE))
  c(estimate = x / n, ci_low = p$conf.int[1], ci_high = p$conf.int[2]) }
keep("share improved", wilson(up, n)); keep("share unchanged", wilson(n - up - down, n)); keep("share worse", wilson(down, n))

# Rank-biserial with Pratt's zeros: all sign flips for p, 200 000 resamples for the BCa interval.
rank_biserial <- function(d) sum(sign(d) * rank(abs(d))) / (length(d) * (length(d) + 1) / 2)
flips <- as.matrix(expand.grid(rep(list(c(-1, 1)), n))); d <- steps_post - steps_pre
all_flips <- flips %*% (rank(abs(d)) * (d != 0))
set.seed(1); b <- boot(d, function(x, i) rank_biserial(x[i]), 200000)
ci <- boot.ci(b, type = "bca")$bca
keep("rank-biserial", estimate = rank_biserial(d), se = sd(b$t), ci_low = ci[4], ci_high = ci[5],
     p = mean(abs(all_flips) >= abs(sum(sign(d) * rank(abs(d)))) - 1e-9))

# Clusters: twelve changes in five clusters of unequal size.
y <- c(1.2, .4, 2.1, 3.3, 1, .2, -.5, 1.7, 2.6, .9, 1.4, .1); g <- c(1, 1, 1, 2, 2, 3, 3, 3, 3, 4, 4, 5)
m <- lm(y ~ 1); ct <- coef_test(m, "CR2", cluster = g); half <- qt(.975, ct$df_Satt) * ct$SE
keep("clusters", estimate = coef(m)[[1]], se = ct$SE, statistic = ct$tstat, df = ct$df_Satt, p = ct$p_Satt,
     ci_low = coef(m)[[1]] - half, ci_high = coef(m)[[1]] + half)

# Two arms at a cut-off: 56 of 70 against 48 of 80; nobody against 5 of 20; 5 of 20 against nobody.
two <- function(a, n1, c, n0) matrix(c(a, c, n1 - a, n0 - c), 2)
katz <- function(a, n1, c, n0, add, measure) {
  e <- escalc(measure, ai = a, bi = n1 - a, ci = c, di = n0 - c, add = add, to = "all")
  c(log = e$yi[1], se = sqrt(e$vi[1]), estimate = exp(e$yi[1]), ci_low = exp(e$yi[1] - z * sqrt(e$vi[1])),
    ci_high = exp(e$yi[1] + z * sqrt(e$vi[1])))
}
keep("risk ratio", katz(56, 70, 48, 80, 0, "RR")); keep("odds ratio", katz(56, 70, 48, 80, 0, "OR"))
keep("risk ratio, half added", katz(0, 20, 5, 20, .5, "RR"))
keep("risk ratio, half added, turned", katz(5, 20, 0, 20, .5, "RR"))
# The conditional distribution of the first cell, and the odds ratios at its tails.
exact <- function(a, n1, c, n0) {
  s <- max(0, a + c - n0):min(n1, a + c); k <- dhyper(s, n1, n0, a + c, log = TRUE)
  p <- function(log_or) { w <- k + s * log_or; w <- exp(w - max(w)); w / sum(w) }
  at <- function(f) exp(uniroot(f, c(-30, 30), tol = 1e-14)$root)
  out <- c(p = fisher.test(two(a, n1, c, n0))$p.value)
  if (a > min(s)) out <- c(out, ci_low = at(function(l) sum(p(l)[s >= a]) - .025))
  if (a < max(s)) out <- c(out, ci_high = at(function(l) sum(p(l)[s <= a]) - .025))
  if (a > min(s) && a < max(s)) out <- c(out, estimate = at(function(l) sum(s * p(l)) - a))
  out
}
keep("exact", exact(56, 70, 48, 80)); keep("exact, nobody", exact(0, 20, 5, 20)); keep("exact, turned", exact(5, 20, 0, 20))
keep("share, programme", wilson(56, 70)); keep("share, comparison", wilson(48, 80)); keep("share, nobody", wilson(0, 20))

# Newcombe's method 10 for pairs with the continuity-corrected phi, from his formulas; e, f, g, h = 80 kept, 20 came, 9
# lost, 41 never.
paired10 <- function(e, f, g, h) {
  n <- e + f + g + h; w1 <- wilson(e + f, n); w2 <- wilson(e + g, n); D <- w1[1] - w2[1]
  A <- (e + f) * (g + h) * (e + g) * (f + h); B <- e * h - f * g
  phi <- (if (B > n / 2) B - n / 2 else if (B >= 0) 0 else B) / sqrt(A)
  dl1 <- w1[1] - w1[2]; du1 <- w1[3] - w1[1]; dl2 <- w2[1] - w2[2]; du2 <- w2[3] - w2[1]
  c(estimate = D[[1]], ci_low = (D - sqrt(dl1^2 - 2 * phi * dl1 * du2 + du2^2))[[1]],
    ci_high = (D + sqrt(dl2^2 - 2 * phi * dl2 * du1 + du1^2))[[1]], p = binom.test(f, f + g)$p.value)
}
keep("paired risk difference", paired10(80, 20, 9, 41))
keep("share before", wilson(89, 150)); keep("share after", wilson(100, 150))
keep("came to it", wilson(20, 150)); keep("lost it", wilson(9, 150))

out <- do.call(rbind, rows); out$value <- sprintf("%.15g", out$value)
write.csv(out, "change.csv", row.names = FALSE, quote = 1:2)
