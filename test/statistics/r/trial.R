# Event times of a run (trial.csv: test/study/trial.ts says of what; GEMELLO_WRITE=1 with test/study/survival-r.test.ts
# writes them anew), judged by R's `survival` on the individual times.
source("test/statistics/r/write.R")
library(survival)

d <- read.csv("test/statistics/r/trial.csv")
end <- 150; bin <- end / 4096                     # the grid of a run, and a quarter of the edges that it tells
at <- c(0, (1:32) * 128) * bin
d$arm <- factor(d$arm, levels = unique(d$arm))
judge <- function(event) {
  d$time <- pmin(ifelse(is.na(d[[event]]), ifelse(is.na(d$left), end, d$left), d[[event]]), end)
  d$status <- as.integer(!is.na(d[[event]]))
  arms <- lapply(levels(d$arm), function(a) {
    one <- subset(d, arm == a)
    f <- survfit(Surv(time, status) ~ 1, data = one, conf.type = "log-log")
    s <- summary(f, times = at, extend = TRUE); m <- summary(f, rmean = end)$table; q <- quantile(f, 0.5)
    list(survival = s$surv, lower = s$lower, upper = s$upper,
      atRisk = sapply(at, function(t) sum(one$time > t - bin)),  # whose bin is not over before t
      events = sum(one$status), median = unname(c(q$quantile, q$lower, q$upper)),
      mean = unname(m["rmean"]), error = unname(m["se(rmean)"]))
  })
  ratio <- function(a) { s <- summary(coxph(Surv(time, status) ~ (arm == a), ties = "efron", data = d[d$arm %in% c(levels(d$arm)[1], a), ]))
    list(logRatio = unname(s$coefficients[1, "coef"]), error = unname(s$coefficients[1, "se(coef)"]), interval = unname(s$conf.int[1, 3:4])) }
  list(event = event, arms = arms, chiSquare = survdiff(Surv(time, status) ~ arm, data = d)$chisq, ratios = lapply(levels(d$arm)[-1], ratio))
}
publish("trial", list(times = at, events = lapply(c("t_steady", "t_worn", "t_old", "t_first"), judge)), "survival")
