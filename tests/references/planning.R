# Made planning.csv: power, people and precision from first principles. R 4.2.2, base only.
# Run in this folder: Rscript planning.R
power <- function(ncp, df, a = .05) {
  k <- qt(1 - a / 2, df); pt(k, df, abs(ncp), lower.tail = FALSE) + pt(-k, df, abs(ncp)) }
de <- function(m, cv, icc) 1 + ((1 + cv^2) * m - 1) * icc
change <- function(d, r, n, m = 1, cv = 0, icc = 0, a = .05)
  power(d / sqrt(2 * (1 - r) * de(m, cv, icc) / n), n / m - 1, a)
adjusted <- function(d, r, n, n0 = n, m = 1, cv = 0, icc = 0, a = .05)
  power(d / sqrt((1 - r^2) * de(m, cv, icc) * (1 / n + 1 / n0)), (n + n0) / m - 3, a)
first <- function(f, from = 2) { k <- from; while (f(k) < .8) k <- k + 1; k }
out <- c(
  change_20 = change(.4, .2, 30), change_50 = change(.4, .5, 30), change_80 = change(.4, .8, 30),
  change_negative = change(-.6, .7, 18, a = .01),
  change_clusters = change(.35, .6, 96, m = 4, cv = .5, icc = .08),
  change_clusters_n = 4 * first(function(j) change(.35, .6, 4 * j, m = 4, cv = .5, icc = .08)),
  change_effect = uniroot(function(d) change(d, .6, 40) - .9, c(0, 3), tol = 1e-14)$root,
  adjusted_unequal = adjusted(.45, .7, 48, 60),
  adjusted_clusters = adjusted(.5, .6, 100, m = 10, cv = .4, icc = .05),
  adjusted_clusters_j = first(function(j) adjusted(.5, .6, 10 * j, m = 10, cv = .4, icc = .05)),
  adjusted_n_third = first(function(n) adjusted(.5, .6, n, ceiling(n / 3)), from = 6),
  adjusted_effect = uniroot(function(d) adjusted(d, .7, 48, 60) - .8, c(0, 3), tol = 1e-14)$root,
  width_change = qt(.975, 39) * sqrt(2 * (1 - .6) / 40),
  width_change_clusters = qt(.95, 23) * sqrt(2 * (1 - .6) * de(4, .5, .08) / 96),
  width_adjusted = qt(.975, 105) * sqrt((1 - .7^2) * (1 / 48 + 1 / 60)),
  width_adjusted_n = { n <- 3; while (qt(.975, 2 * n - 3) * sqrt((1 - .7^2) * 2 / n) > .25) n <- n + 1; n })
write.csv(data.frame(id = names(out), value = format(out, digits = 15)), "planning.csv", row.names = FALSE, quote = FALSE)
# the same from R's own function, where it has one
stopifnot(all.equal(unname(out["change_50"]), power.t.test(30, .4, type = "paired", strict = TRUE)$power))
