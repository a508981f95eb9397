# Makes cohorts.csv and synthesis.csv (results by name, to be read by tests/validation/synthesis.py).
# R 4.2.2, metafor 3.8.1. Run in this folder: Rscript synthesis.R
suppressMessages(library(metafor))
d <- data.frame(cohort = c("2019", "2020", "2021", "2022", "2023", "2024"),
                estimate = c(4.1, -1.2, 3.3, 9.8, 0.7, 6.0), std_error = c(1.8, 2.1, 1.2, 2.6, 1.5, 2.0))
write.csv(d, "cohorts.csv", row.names = FALSE, quote = FALSE)

found <- list()
keep <- function(name, value) found[[name]] <<- unname(as.numeric(value))
fit <- function(d, test) rma(estimate, sei = std_error, data = d, method = "REML", test = test,
                             control = list(threshold = 1e-14, maxiter = 10000, stepadj = .5))
m <- fit(d, "knha")
keep("mean", m$b); keep("mean.se", m$se); keep("mean.t", m$zval); keep("mean.p", m$pval)
keep("mean.lower", m$ci.lb); keep("mean.upper", m$ci.ub)
h <- confint(m, control = list(tol = 1e-14))$random
for (row in rownames(h)) for (column in colnames(h)) keep(paste(row, column, sep = "."), h[row, column])
keep("tau2.se", m$se.tau2)
p90 <- confint(m, level = 90, control = list(tol = 1e-14))$random
keep("tau.90.lower", p90["tau", "ci.lb"])
new <- predict(m, pi.type = "riley")
keep("new.lower", new$pi.lb); keep("new.upper", new$pi.ub)
one <- rma(estimate, sei = std_error, data = d[1, ], method = "FE")
keep("one.z", one$zval); keep("one.p", one$pval); keep("one.lower", one$ci.lb); keep("one.upper", one$ci.ub)
for (i in seq_len(nrow(d))) {
  l <- fit(d[-i, ], "knha")
  keep(paste0("without.", d$cohort[i]), l$b); keep(paste0("without.", d$cohort[i], ".tau2"), l$tau2)
  keep(paste0("without.", d$cohort[i], ".se"), l$se)
  keep(paste0("without.", d$cohort[i], ".lower"), l$ci.lb); keep(paste0("without.", d$cohort[i], ".upper"), l$ci.ub)
}
b <- blup(m); u <- ranef(m)
for (i in seq_len(nrow(d))) {
  keep(paste0("drawn.", d$cohort[i]), b$pred[i]); keep(paste0("drawn.", d$cohort[i], ".se"), b$se[i])
  keep(paste0("drawn.", d$cohort[i], ".lower"), b$pi.lb[i]); keep(paste0("drawn.", d$cohort[i], ".upper"), b$pi.ub[i])
  keep(paste0("apart.", d$cohort[i]), u$pred[i])
  keep(paste0("apart.", d$cohort[i], ".lower"), u$pi.lb[i]); keep(paste0("apart.", d$cohort[i], ".upper"), u$pi.ub[i])
}
kind <- c("open", "closed", "open", "open", "closed", "closed")
parts <- lapply(c("closed", "open"), function(k) fit(d[kind == k, ], "z"))
between <- rma(sapply(parts, coef), sei = sapply(parts, function(p) p$se), mods = ~ c("closed", "open"), method = "FE")
keep("kinds.q", between$QM); keep("kinds.p", between$QMp)
for (k in c("closed", "open")) keep(paste0("kinds.", k), coef(fit(d[kind == k, ], "adhoc")))
for (k in c("closed", "open")) keep(paste0("kinds.", k, ".se"), fit(d[kind == k, ], "adhoc")$se)
write.csv(data.frame(name = names(found), value = sprintf("%.15g", unlist(found))), "synthesis.csv",
          row.names = FALSE, quote = FALSE)
