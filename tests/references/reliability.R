# Made items.csv and the numbers quoted in test_reliability.py.
# R 4.2.2, psych. Run in this folder: Rscript reliability.R
suppressMessages(library(psych)); options(digits = 12)
set.seed(7)
n <- 40; f <- rnorm(n)
d <- data.frame(sapply(1:4, function(i) pmin(5, pmax(1, round(3 + f * c(1, .8, .6, .9)[i] + rnorm(n))))))
names(d) <- paste0("q", 1:4)
write.csv(d, "items.csv", row.names = FALSE, quote = FALSE)
a <- alpha(d)
print(unlist(a$feldt))
