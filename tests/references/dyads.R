# Made pairs.csv and waves.csv, and dyads_results.csv from them.
# R 4.2.2, nlme 3.1-162, lme4 1.1-31, lmerTest 3.1-3, clubSandwich 0.5.8, psych. Run in this folder: Rscript dyads.R
suppressMessages({library(nlme); library(lmerTest); library(clubSandwich)})
set.seed(20240607)

# Twenty-four pairs; six mentors have two mentees each, so their scores stand twice.
n <- 24
mentor <- c(rep(1:6, each = 2), 7:18)
warm <- round(rnorm(18, 20, 4)); wise <- round(runif(18, 30, 60)); site <- round(runif(18))
out <- round(10 + .5 * warm + rnorm(18, sd = 3), 1)
pre <- round(18 + .4 * (warm[mentor] - 20) + rnorm(n, sd = 4)); age <- round(runif(n, 40, 64))
post <- round(12 + .5 * pre + .3 * warm[mentor] + .2 * out[mentor] + rnorm(n, sd = 3), 1)
d <- rbind(
  data.frame(person = paste0("E", 1:n), pair_id = 1:n, role = "mentee", pre, age, post, meetings = NA),
  data.frame(person = paste0("R", mentor), pair_id = 1:n, role = "mentor", pre = warm[mentor], age = wise[mentor],
             post = out[mentor], meetings = NA))
d$meetings <- round(runif(n, 2, 12))[d$pair_id]
d$joined <- mentor[d$pair_id]
write.csv(d[, names(d) != "joined"], "pairs.csv", row.names = FALSE, quote = FALSE)
other <- c(n + 1:n, 1:n)
d$partner <- d$pre[other]; d$age_partner <- d$age[other]
d$e <- as.numeric(d$role == "mentee"); d$m <- 1 - d$e; d$s <- (d$e - d$m) / 2

results <- NULL
keep <- function(case, term, estimate, se = NA, df = NA, low = NA, high = NA) {
  if (all(is.na(low))) { low <- estimate - qt(.975, df) * se; high <- estimate + qt(.975, df) * se }
  results <<- rbind(results, data.frame(case, term, estimate, se, df, statistic = estimate / se,
                                        p = 2 * pt(-abs(estimate / se), df), ci_low = low, ci_high = high))
}
fitted <- function(case, m) { s <- summary(m)$coefficients; keep(case, rownames(s), s[, 1], s[, 2], m$df.residual) }
robust <- function(case, m) {
  ct <- coef_test(m, vcovCR(m, cluster = d$joined, type = "CR2"), test = "Satterthwaite")
  keep(case, names(coef(m)), ct$beta, ct$SE, ct$df_Satt)
}
robust("roles_joined", lm(post ~ 0 + e + m + e:pre + m:pre + e:partner + m:partner, d))
robust("contrasts_joined", lm(post ~ s * (pre + partner), d))
robust("exchangeable_joined", lm(post ~ pre + partner, d))
d$mean <- (d$pre + d$partner) / 2; d$gap <- (d$pre - d$partner) / 2
robust("sums_joined", lm(post ~ mean + gap, d))

# Every row somebody else: model-based, with covariates of the pair and of both members.
wide <- data.frame(y1 = post, y2 = out[mentor], x1 = pre, x2 = warm[mentor], a1 = age, a2 = wise[mentor],
                   k = d$meetings[1:n])
f1 <- lm(y1 ~ x1 + x2 + k + a1 + a2, wide); f2 <- lm(y2 ~ x2 + x1 + k + a2 + a1, wide)
fitted("mentee", f1); fitted("mentor", f2)
r <- cor(resid(f1), resid(f2)); fisher <- psych::r.con(r, n - 5)
partial <- summary(lm(y1 ~ y2 + x1 + x2 + k + a1 + a2, wide))$coefficients["y2", ]
keep("residual", "correlation", r, df = f1$df.residual - 1, low = fisher[1], high = fisher[2])
results$statistic[nrow(results)] <- partial[3]; results$p[nrow(results)] <- partial[4]
g <- gls(post ~ pre + partner + meetings + age + age_partner, d, correlation = corCompSymm(form = ~1 | pair_id),
         control = glsControl(tolerance = 1e-12, msTol = 1e-14))
keep("gls", names(coef(g)), coef(g), sqrt(diag(vcov(g))))
keep("gls", c("rho", "variance"), c(coef(g$modelStruct$corStruct, unconstrained = FALSE), g$sigma^2))

# Mixed models: people of pairs in three waves, and rows of a cluster that compete.
w <- expand.grid(wave = 0:2, person = 1:24); w$pair <- (w$person + 1) %/% 2; w$arm <- as.numeric(w$pair %% 2 == 0)
w$score <- round(50 + rnorm(12, sd = 3)[w$pair] + rnorm(24, sd = 4)[w$person] + w$wave * (1 + w$arm) +
                 rnorm(nrow(w), sd = 3), 1)
w$share <- round(ave(rnorm(nrow(w), sd = 5), w$pair, FUN = function(x) x - .8 * mean(x)) + w$wave + 20, 1)
w <- w[-c(5, 17, 40, 41, 66), ]
m <- lmer(score ~ arm + wave + (1 | pair) + (1 | person), w,
          control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5)))
s <- summary(m)$coefficients; v <- as.data.frame(VarCorr(m))
keep("nested", rownames(s), s[, 1], s[, 2], s[, 3])
keep("nested", c(v$grp, "criterion"), c(v$vcov, REMLcrit(m)))
cs <- gls(share ~ wave, w, correlation = corCompSymm(form = ~1 | pair),
          control = glsControl(tolerance = 1e-12, msTol = 1e-14))
keep("symmetry", names(coef(cs)), coef(cs), sqrt(diag(vcov(cs))))
keep("symmetry", c("rho", "variance", "criterion"),
     c(coef(cs$modelStruct$corStruct, unconstrained = FALSE), cs$sigma^2, -2 * as.numeric(logLik(cs))))
write.csv(w, "waves.csv", row.names = FALSE, quote = FALSE)
results[-(1:2)] <- signif(results[-(1:2)], 15)
write.csv(results, "dyads_results.csv", row.names = FALSE, quote = FALSE)
