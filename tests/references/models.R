# Made models.csv and models_results.csv, which validation/regression.py holds the models against.
# R 4.2.2, sandwich 3.0.2, clubSandwich 0.5.8. Run in this folder: Rscript models.R
# The fixed-effects model needs the data set Fatalities of the package AER: FATALITIES=fatalities.csv.
suppressMessages({library(sandwich); library(clubSandwich)})
set.seed(41)

# Ninety people in eighteen clusters of one to twelve; some clusters are wholly in one arm.
sizes <- c(12, 10, 9, 8, 8, 6, 6, 5, 5, 4, 4, 3, 3, 2, 2, 1, 1, 1)
cluster <- rep(seq_along(sizes), sizes); n <- length(cluster)
shift <- rnorm(length(sizes), sd = 3)[cluster]
mentored <- as.numeric(runif(n) < c(1, 0, .5)[cluster %% 3 + 1])
age <- round(runif(n, 30, 62)); female <- rbinom(n, 1, .5)
pre <- round(50 + shift + rnorm(n, sd = 8), 1)
dose <- pmax(0, round(6 + shift / 2 + rnorm(n, sd = 2)))
post <- round(18 + .6 * pre + .6 * dose + mentored * (2 + .35 * (age - 46)) + 2 * female * mentored + shift +
              rnorm(n, sd = 4), 1)
weight <- round(runif(n, .6, 3), 2)
passed <- rbinom(n, 1, plogis(-.4 + .9 * mentored + .05 * (pre - 50) + shift / 6))
d <- data.frame(person_id = sprintf("P%02d", 1:n), cluster, mentored, age, female, pre, dose, post, weight, passed)
write.csv(d, "models.csv", row.names = FALSE, quote = FALSE)
d <- read.csv("models.csv")

results <- list()
keep <- function(model, term, b, se, df) {
  crit <- qt(.975, df)
  results[[length(results) + 1]] <<- data.frame(model, term, estimate = b, se, df, statistic = b / se,
    p = 2 * pt(-abs(b / se), df), ci_low = b - crit * se, ci_high = b + crit * se)
}
plain <- function(model, term, value) results[[length(results) + 1]] <<-
  data.frame(model, term, estimate = value, se = NA, df = NA, statistic = NA, p = NA, ci_low = NA, ci_high = NA)
hc3 <- function(m) vcovHC(m, "HC3")
cr2 <- function(m) vcovCR(m, cluster = d$cluster, type = "CR2")
all_hc3 <- function(model, m) { V <- hc3(m); for (k in names(coef(m)))
  keep(model, k, coef(m)[[k]], sqrt(V[k, k]), m$df.residual) }
all_cr2 <- function(model, m, V = cr2(m)) { ct <- coef_test(m, V, test = "Satterthwaite"); for (k in seq_along(coef(m)))
  keep(model, names(coef(m))[k], ct$beta[k], ct$SE[k], ct$df_Satt[k]) }

# linear models with probability weights
w <- lm(post ~ mentored + pre, d, weights = weight)
all_hc3("weighted", w); all_cr2("weighted_cr2", w)
plain("weighted", "r_squared", summary(w)$r.squared)
plain("weighted", "adj_r_squared", summary(w)$adj.r.squared)
plain("weighted", "sigma", summary(lm(post ~ mentored + pre, d, weights = weight / mean(weight)))$sigma)

# dose
all_hc3("dose", lm(post ~ dose + pre + age, d)); all_cr2("dose_cr2", lm(post ~ dose + pre, d))
plain("dose", "p_squared", { s <- lm(post ~ dose + pre + age + I(dose^2), d)
  2 * pt(-abs(coef(s)[5] / sqrt(hc3(s)[5, 5])), s$df.residual) })

# moderation: slopes of mentored at values of age, and where their interval excludes zero
m <- lm(post ~ mentored * age + pre, d)
at <- mean(d$age) + c(-1, 0, 1) * sd(d$age); names(at) <- c("low", "mean", "high")
slope <- function(x) c(0, 1, 0, 0, x)                      # (Intercept) mentored age pre mentored:age
V <- hc3(m)
for (k in names(at)) { c0 <- slope(at[[k]]); keep("moderation", k, sum(c0 * coef(m)), sqrt(c0 %*% V %*% c0)[1], m$df.residual) }
keep("moderation", "interaction", coef(m)[[5]], sqrt(V[5, 5]), m$df.residual)
t2 <- qt(.975, m$df.residual)^2; b <- coef(m)               # b2^2 - t^2 v22 + 2 x (b2 b5 - t^2 v25) + x^2 (b5^2 - t^2 v55)
for (x in sort(Re(polyroot(c(b[2]^2 - t2 * V[2, 2], 2 * (b[2] * b[5] - t2 * V[2, 5]), b[5]^2 - t2 * V[5, 5])))))
  plain("moderation", "bound", x)
V <- cr2(m)
ls <- function(x) linear_contrast(m, V, matrix(slope(x), 1), test = "Satterthwaite")
for (k in names(at)) { r <- ls(at[[k]]); keep("moderation_cr2", k, r$Est, r$SE, r$df) }
ct <- coef_test(m, V, test = "Satterthwaite"); keep("moderation_cr2", "interaction", ct$beta[5], ct$SE[5], ct$df_Satt[5])
clear <- function(x) { r <- ls(x); abs(r$Est) - qt(.975, r$df) * r$SE }
grid <- seq(min(d$age), max(d$age), length.out = 60); f <- sapply(grid, clear)
for (i in which(diff(sign(f)) != 0)) plain("moderation_cr2", "bound", uniroot(clear, grid[i + 0:1], tol = 1e-12)$root)
m <- lm(post ~ mentored * female + pre, d); V <- hc3(m)
for (x in 0:1) { c0 <- slope(x); keep("moderation_two", paste0("at", x), sum(c0 * coef(m)), sqrt(c0 %*% V %*% c0)[1], m$df.residual) }
keep("moderation_two", "interaction", coef(m)[[5]], sqrt(V[5, 5]), m$df.residual)

# logistic model; average marginal effects and their delta-method errors by hand
g <- glm(passed ~ mentored + pre + age, binomial, d, control = glm.control(epsilon = 1e-15, maxit = 100))
X <- model.matrix(g); eta <- drop(X %*% coef(g))
gradient <- list(mentored = { X1 <- X0 <- X; X1[, 2] <- 1; X0[, 2] <- 0
    p1 <- plogis(drop(X1 %*% coef(g))); p0 <- plogis(drop(X0 %*% coef(g)))
    list(mean(p1 - p0), colMeans(p1 * (1 - p1) * X1 - p0 * (1 - p0) * X0)) },
  pre = { p <- plogis(eta); v <- p * (1 - p); j <- colMeans(v * (1 - 2 * p) * X) * coef(g)[["pre"]]
    j["pre"] <- j["pre"] + mean(v); list(mean(v) * coef(g)[["pre"]], j) })
V <- vcov(g)
for (k in names(coef(g))) keep("logistic", k, coef(g)[[k]], sqrt(V[k, k]), Inf)
for (k in names(gradient)) { j <- gradient[[k]]; keep("logistic_ame", k, j[[1]], sqrt(j[[2]] %*% V %*% j[[2]])[1], Inf) }
V <- cr2(g); all_cr2("logistic_cr2", g, V)
for (k in names(gradient)) { j <- gradient[[k]]; r <- linear_contrast(g, V, matrix(j[[2]], 1), test = "Satterthwaite")
  keep("logistic_ame_cr2", k, j[[1]], r$SE, r$df) }

# dummies of the clusters: every block I - H_gg is singular
path <- Sys.getenv("FATALITIES")
if (nchar(path)) {
  d <- read.csv(path); m <- lm(I(fatal / pop * 10000) ~ beertax + unemp + state + factor(year), d)
  V <- vcovCR(m, cluster = d$state, type = "CR2"); ct <- coef_test(m, V, test = "Satterthwaite")
  for (k in 2:3) keep("fixed_effects_cr2", names(coef(m))[k], ct$beta[k], ct$SE[k], ct$df_Satt[k])
}
write.csv(do.call(rbind, results), "models_results.csv", row.names = FALSE, quote = FALSE)
