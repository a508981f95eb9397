# Reference results for people who left; R 4.2.2 with mice and clubSandwich.
# Rscript missing.R makes missing.csv (the people), and missing_results.csv once missing_imputed.csv is there:
# the scores that rmstudy imputed, so that what follows the random draw is exact; by
# impute(data, columns=["post"], predictors=["pre", "age"], arm="arm" or None, imputations=20, seed=1).
# mi_btheb_estimates.csv holds coefficients of lm(bdi_8m ~ bdi_pre + arm + drug + long) on 20 imputations of
# the Beat the Blues trial, with classical and HC3 (sandwich) standard errors.
set.seed(20)
n <- 44
d <- data.frame(id = 1:n, arm = rep(c("programme", "waiting"), each = n / 2), site = rep(1:11, 4))
d$pre <- round(rnorm(n, 50, 9), 1)
d$age <- round(rnorm(n, 45, 8))
d$post <- round(12 + .75 * d$pre + 7 * (d$arm == "programme") + rnorm(11, 0, 2)[d$site] + rnorm(n, 0, 5), 1)
d$post[c(2, 5, 9, 14, 17, 21, 25, 31, 40)] <- NA
write.csv(d, "missing.csv", row.names = FALSE, na = "")

rows <- list()
add <- function(id, value) rows[[length(rows) + 1]] <<- data.frame(id = id, value = format(value, digits = 16))

# Lee bounds: floor(n * p) whole people
lee <- function(treated, control, trimmed, share) {
  k <- floor(length(if (trimmed == 1) treated else control) * share + 1e-9)
  s <- sort(if (trimmed == 1) treated else control)
  low <- mean(head(s, length(s) - k)); high <- mean(tail(s, length(s) - k))
  if (trimmed == 1) c(low - mean(control), high - mean(control)) else c(mean(treated) - high, mean(treated) - low)
}
obs <- !is.na(d$post); A <- d$arm == "programme"
q1 <- mean(obs[A]); q0 <- mean(obs[!A])            # more of the comparison stayed
b <- lee(d$post[A & obs], d$post[!A & obs], 0, (q0 - q1) / q0)
add("lee.lower", b[1]); add("lee.upper", b[2]); add("lee.share", (q0 - q1) / q0)
b <- lee(d$post[!A & obs], d$post[A & obs], 1, (q0 - q1) / q0)   # the arms' names exchanged
add("lee_exchanged.lower", b[1]); add("lee_exchanged.upper", b[2])

# retention model with extra covariate
g <- glm(obs ~ A + pre + age, binomial, d)
w <- 1 / fitted(g)[obs]
add("ess", sum(w)^2 / sum(w^2)); add("weight_max", max(w))
ws <- ave(as.numeric(obs), A)[obs] * w
add("stabilised_sum", sum(ws))
# one group: who left
g1 <- glm(!obs ~ pre + age, binomial, d); g0 <- glm(!obs ~ 1, binomial, d)
a <- anova(g0, g1, test = "LRT"); add("one_group.lr", a$Deviance[2]); add("one_group.lr_p", a$`Pr(>Chi)`[2])

# the predictive distribution that a proper imputation draws from: t around the regression line
x <- d[A & obs, ]; m <- lm(post ~ pre, x); who <- d[2, ]
p <- predict(m, who, se.fit = TRUE)
add("predictive.mean", p$fit)
add("predictive.sd", sqrt(p$se.fit^2 + p$residual.scale^2) * sqrt(p$df / (p$df - 2)))

if (file.exists("missing_imputed.csv")) {
  imputed <- read.csv("missing_imputed.csv")  # imp, id, post
  pooled <- function(analyse, data, delta, moved) {
    e <- sapply(split(data, data$imp), function(f) {
      y <- d; y$post[match(f$id, y$id)] <- f$post
      y$post[y$id %in% moved] <- y$post[y$id %in% moved] + delta
      analyse(y)  # estimate, se, df
    })
    m <- ncol(e); u <- mean(e[2, ]^2); bt <- var(e[1, ]); t <- u + (1 + 1 / m) * bt
    df <- mice:::barnard.rubin(m, bt, t, dfcom = mean(e[3, ]))
    c(mean(e[1, ]), sqrt(t), df, mean(e[1, ]) - qt(.975, df) * sqrt(t))
  }
  ancova <- function(y) {
    m <- lm(post ~ A + pre + age, y)
    k <- clubSandwich::coef_test(m, vcov = "CR2", cluster = y$id, test = "Satterthwaite")  # HC2
    c(k$beta[2], k$SE[2], k$df_Satt[2])
  }
  welch <- function(y) { t <- t.test(y$post[A] - y$pre[A], y$post[!A] - y$pre[!A])
    c(-diff(t$estimate), t$stderr, t$parameter) }
  cr2 <- function(y) { m <- lm(post ~ A, y)
    k <- clubSandwich::coef_test(m, vcov = "CR2", cluster = y$site, test = "Satterthwaite")
    c(k$beta[2], k$SE[2], k$df_Satt[2]) }
  mean_change <- function(y) { t <- t.test(y$post, y$pre, paired = TRUE); c(t$estimate, t$stderr, t$parameter) }
  lost <- d$id[!obs]
  each <- list(adjusted = list(ancova, lost[lost <= 22], "arms"), did = list(welch, lost[lost <= 22], "arms"),
               post_cr2 = list(cr2, lost[lost <= 22], "arms"), one_group = list(mean_change, lost, "all"))
  for (name in names(each)) {
    data <- imputed[imputed$within == each[[name]][[3]], ]
    f <- function(delta) pooled(each[[name]][[1]], data, delta, each[[name]][[2]])
    z <- f(0)
    add(paste0("tipping.", name, ".estimate"), z[1]); add(paste0("tipping.", name, ".se"), z[2])
    add(paste0("tipping.", name, ".df"), z[3]); add(paste0("tipping.", name, ".low"), z[4])
    if (z[4] > 0)
      add(paste0("tipping.", name, ".delta"), uniroot(function(v) f(v)[4], c(-60, 0), tol = 1e-12)$root)
  }
}
write.csv(do.call(rbind, rows), "missing_results.csv", row.names = FALSE, quote = FALSE)
