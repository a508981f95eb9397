# Made comparison_results.csv from two_arms.csv: every number of rmstudy.methods.comparison that no stored
# case holds. R 4.2.2, clubSandwich 0.5.8. Run in this folder: Rscript comparison.R
suppressMessages(library(clubSandwich))
options(digits = 15)
d <- read.csv("two_arms.csv")
d$t <- as.numeric(d$arm == "mentored"); d$c <- 1 - d$t
d$xc <- d$pre - mean(d$pre); d$ac <- d$age - mean(d$age); d$change <- d$post - d$pre
n1 <- sum(d$t); n0 <- sum(d$c); N <- n1 + n0
out <- NULL
keep <- function(case, term, ...) {
  v <- c(...)
  out <<- rbind(out, data.frame(case, term, field = names(v), value = unname(v)))
}
tkeep <- function(case, term, b, se, df)
  keep(case, term, estimate = b, std_error = se, statistic = b / se, df = df, p_value = 2 * pt(-abs(b / se), df),
       conf_low = b - qt(.975, df) * se, conf_high = b + qt(.975, df) * se)
ncp <- function(t, df, p) uniroot(function(l) pt(t, df, l) - p, t + c(-12, 12), tol = 1e-13)$root
J <- function(m) exp(lgamma(m / 2) - lgamma((m - 1) / 2)) * sqrt(2 / m)
pooled <- function(x) sqrt(sum((x - ave(x, d$t))^2) / (N - 2))

# HC2 with Satterthwaite df: CR2 with every person a cluster
alone <- function(m, k) coef_test(m, vcovCR(m, cluster = seq_along(resid(m)), type = "CR2"), test = "Satterthwaite")[k, ]
models <- function(m, term, k, case) {
  h <- alone(m, k); tkeep(case, term, h$beta, h$SE, h$df_Satt)
  r <- coef_test(m, vcovCR(m, cluster = d$cluster, type = "CR2"), test = "Satterthwaite")[k, ]
  tkeep(paste0(case, "_clusters"), term, r$beta, r$SE, r$df_Satt)
}
difference <- "programme minus comparison"
m <- lm(post ~ t + xc, d); a <- lm(post ~ t + xc + ac, d); w <- lm(post ~ 0 + t + c + xc, d)
models(m, difference, 2, "adjusted"); models(m, "slope of the starting score", 3, "adjusted")
models(w, "adjusted mean, programme", 1, "adjusted"); models(w, "adjusted mean, comparison", 2, "adjusted")
models(a, difference, 2, "adjusted_age")

plain <- function(y, case, mean) {
  x <- t.test(y[d$t == 1], y[d$t == 0])
  tkeep(case, difference, unname(-diff(x$estimate)), x$stderr, unname(x$parameter))
  for (k in 1:0) {
    v <- y[d$t == k]
    tkeep(case, paste0(mean, if (k) ", programme" else ", comparison"), mean_(v), sd(v) / sqrt(length(v)), length(v) - 1)
  }
  for (f in list(list(lm(y ~ t, d), 2, difference), list(lm(y ~ 0 + t + c, d), 1, paste0(mean, ", programme")),
                 list(lm(y ~ 0 + t + c, d), 2, paste0(mean, ", comparison")))) {
    r <- coef_test(f[[1]], vcovCR(f[[1]], cluster = d$cluster, type = "CR2"), test = "Satterthwaite")[f[[2]], ]
    tkeep(paste0(case, "_clusters"), f[[3]], r$beta, r$SE, r$df_Satt)
  }
}
mean_ <- base::mean
plain(d$post, "post", "mean"); plain(d$change, "change", "mean change"); plain(d$pre, "pre", "mean")

# d_ppc2: noncentral t at Welch's t of the changes; Morris (2008) eq. 25 with the observed variance of the changes
x <- t.test(d$change[d$t == 1], d$change[d$t == 0]); diff <- unname(-base::diff(x$estimate)); se <- x$stderr
df <- unname(x$parameter); s <- pooled(d$pre); cp <- 1 - 3 / (4 * (N - 2) - 1); g <- cp * diff / s; scale <- se / s
eq25 <- function(v) sqrt(cp^2 * (N - 2) / (N - 4) * (v + g^2) - g^2)
keep("dppc2", "d_ppc2", estimate = g, std_error = eq25(scale^2), statistic = unname(x$statistic), df = df, p_value = x$p.value,
     conf_low = ncp(x$statistic, df, .975) * scale, conf_high = ncp(x$statistic, df, .025) * scale)
rho <- sum((d$pre - ave(d$pre, d$t)) * (d$post - ave(d$post, d$t))) / (N - 2) / (s * pooled(d$post))
e <- eq25(2 * (1 - rho) * (1 / n1 + 1 / n0))
keep("dppc2", "d_ppc2, equal spread before and after", estimate = g, std_error = e,
     conf_low = g - qnorm(.975) * e, conf_high = g + qnorm(.975) * e)

# adjusted g, plain and with a covariate
for (f in list(list("adjusted_g", m), list("adjusted_g_age", a))) {
  h <- alone(f[[2]], 2); b <- h$beta; se <- h$SE; satt <- h$df_Satt; df <- f[[2]]$df.residual
  s <- pooled(d$post); g <- J(df) * b / s; t <- b / se
  keep(f[[1]], "g", estimate = g, std_error = sqrt((se / s)^2 + g^2 / (2 * df)), statistic = t, df = satt,
       p_value = 2 * pt(-abs(t), satt), conf_low = ncp(t, satt, .975) * se / s, conf_high = ncp(t, satt, .025) * se / s)
  keep(f[[1]], "d", estimate = b / s, std_error = summary(f[[2]])$coefficients[2, 2] / s)
}
h <- alone(m, 2); tkeep("adjusted_g", "adjusted difference (points)", h$beta, h$SE, h$df_Satt)

# Cliff's delta by the matrix of all pairs, and the same for arms that do not overlap (Newcombe 2006, method 5)
u <- d$post[d$t == 1]; v <- d$post[d$t == 0]; D <- sign(outer(u, v, "-")); delta <- base::mean(D)
s2 <- (n0^2 * sum((rowMeans(D) - delta)^2) + n1^2 * sum((colMeans(D) - delta)^2) - sum((D - delta)^2)) /
  (n1 * n0 * (n1 - 1) * (n0 - 1))
z <- qnorm(.975); h <- z * sqrt(s2) * sqrt((1 - delta^2)^2 + z^2 * s2); k <- 1 - delta^2 + z^2 * s2
lim <- c((delta - delta^3 - h) / k, (delta - delta^3 + h) / k)
keep("ranks", "Cliff's delta", estimate = delta, std_error = sqrt(s2), conf_low = lim[1], conf_high = lim[2])
keep("ranks", "probability of superiority", estimate = (1 + delta) / 2, std_error = sqrt(s2) / 2,
     conf_low = (1 + lim[1]) / 2, conf_high = (1 + lim[2]) / 2)
keep("ranks", "share of pairs higher", estimate = base::mean(D > 0))
keep("ranks", "share of pairs tied", estimate = base::mean(D == 0))
keep("ranks", "share of pairs lower", estimate = base::mean(D < 0))
keep("ranks", "Mann-Whitney U", estimate = unname(suppressWarnings(wilcox.test(u, v)$statistic)))
keep("ranks", "median difference of all pairs (points)", estimate = median(outer(u, v, "-")))
newcombe <- function(m, n) {
  h <- (m + n) / 2 - 1
  uniroot(function(p) (1 - p) - z^2 * p * (1 + h * (1 - p) / (2 - p) + h * p / (1 + p)) / (m * n), c(0, 1 - 1e-12), tol = 1e-14)$root
}
keep("apart_3_3", "Cliff's delta", conf_low = 2 * newcombe(3, 3) - 1)
keep("apart_10_6", "Cliff's delta", conf_low = 2 * newcombe(10, 6) - 1)

# slopes of three arms: the comparison split by age
d$third <- ifelse(d$t == 1, "mentored", ifelse(d$age > 50, "older", "younger"))
full <- lm(post ~ third * pre, d); an <- anova(lm(post ~ third + pre, d), full)
sl <- lm(post ~ 0 + third + third:pre, d); co <- summary(sl)$coefficients[4:6, ]
keep("slopes", "steepest minus flattest slope", estimate = max(co[, 1]) - min(co[, 1]), statistic = an$F[2], df = an$Res.Df[2], p_value = an$`Pr(>F)`[2])
for (i in 1:3) tkeep("slopes", c("mentored", "older", "younger")[i], co[i, 1], co[i, 2], sl$df.residual)

# the STAR college men, adjusted
star <- read.csv("data/star_college_men.csv")
for (y in c("gpa_year1", "gpa_year2")) {
  f <- lm(reformulate(c("sfsp", "gpa0"), y), star)
  for (k in 2:3) { h <- alone(f, k); tkeep(paste0("star_", y), c(difference, "slope of the starting score")[k - 1], h$beta, h$SE, h$df_Satt) }
}
out$value <- sprintf("%.15g", out$value)
write.csv(out, "comparison_results.csv", row.names = FALSE, quote = TRUE)
