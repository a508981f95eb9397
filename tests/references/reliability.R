# Makes items.csv and reliability.csv (results by name, to be read by tests/validation/reliability.py).
# R 4.2.2, psych 2.2.9, lavaan 0.6.14. Run in this folder: Rscript reliability.R
suppressMessages({library(psych); library(lavaan)})
set.seed(7)
n <- 40; f <- rnorm(n)
d <- data.frame(sapply(1:4, function(i) pmin(5, pmax(1, round(3 + f * c(1, .8, .6, .9)[i] + rnorm(n))))))
names(d) <- paste0("q", 1:4)
write.csv(d, "items.csv", row.names = FALSE, quote = FALSE)

found <- list()
keep <- function(name, value) found[[name]] <<- unname(as.numeric(value))

a <- alpha(d)
keep("alpha.lower", a$feldt$lower.ci); keep("alpha", a$feldt$alpha); keep("alpha.upper", a$feldt$upper.ci)

# right or wrong: KR-20, by psych and by the formula of 1937
right <- (d >= 3) * 1
k <- suppressWarnings(alpha(right, check.keys = FALSE))
keep("kr20.lower", k$feldt$lower.ci); keep("kr20", k$feldt$alpha); keep("kr20.upper", k$feldt$upper.ci)
p <- colMeans(right); total <- rowSums(right)
keep("kr20.formula", 4 / 3 * (1 - sum(p * (1 - p)) / mean((total - mean(total))^2)))

# one factor, three items: no degrees of freedom left
model <- "f =~ a*q1 + b*q2 + c*q3; q1 ~~ u*q1; q2 ~~ v*q2; q3 ~~ w*q3
          omega := (a + b + c)^2 / ((a + b + c)^2 + u + v + w)"
fit <- cfa(model, d, std.lv = TRUE, control = list(rel.tol = 1e-14))
e <- parameterEstimates(fit); o <- e[e$label == "omega", ]
keep("omega3", o$est); keep("omega3.se", o$se); keep("omega3.lower", o$ci.lower); keep("omega3.upper", o$ci.upper)
# the same on the scale of log(omega / (1 - omega))
half <- qnorm(.975) * o$se / (o$est * (1 - o$est))
keep("omega3.logit.lower", plogis(qlogis(o$est) - half)); keep("omega3.logit.upper", plogis(qlogis(o$est) + half))
loading <- e[e$label == "a", ]
keep("loading", loading$est); keep("loading.se", loading$se)
keep("loading.lower", loading$ci.lower); keep("loading.upper", loading$ci.upper)

# two occasions
r <- cor.test(d$q1, d$q4)
keep("r", r$estimate); keep("r.t", r$statistic); keep("r.df", r$parameter); keep("r.p", r$p.value)
keep("r.lower", r$conf.int[1]); keep("r.upper", r$conf.int[2])
i <- ICC(d[, c("q1", "q4")], lmer = FALSE)$results[2, ]
keep("icc", i$ICC); keep("icc.lower", i$`lower bound`); keep("icc.upper", i$`upper bound`)

write.csv(data.frame(name = names(found), value = sprintf("%.15g", unlist(found))), "reliability.csv",
          row.names = FALSE, quote = FALSE)
