# Weighted survival by the survival package: robust Cox regression with Breslow's ties, its robust score test, weighted
# Kaplan-Meier; the variance with effective numbers at risk (Xie and Liu 2005) from its definition.
source("test/statistics/r/write.R")
library(survival)
set.seed(41)
n <- 240; group <- rep(0:2, length.out = n); weight <- round(rexp(n) + 0.05, 3)
event <- rexp(n, c(0.10, 0.06, 0.09)[group + 1]); left <- rexp(n, 0.03)
end <- pmin(event, left, 12); time <- ceiling(end * 4) / 4; status <- as.integer(event <= pmin(left, 12))
two <- group < 2
cox <- coxph(Surv(time, status) ~ group, subset = two, weights = weight, robust = TRUE, ties = "breslow")
all <- coxph(Surv(time, status) ~ factor(group), weights = weight, robust = TRUE, ties = "breslow",
  control = coxph.control(eps = 1e-12))
first <- group == 0
km <- survfit(Surv(time, status) ~ 1, subset = first, weights = weight)
at <- sort(unique(time[first]))
terms <- sapply(at, function(t) { risk <- first & time >= t; y <- sum(weight[risk]); m <- y^2 / sum(weight[risk]^2)
  d <- sum(weight[risk & time == t & status == 1]); (d / y) / (m * (1 - d / y)) })
publish("weighted", list(time = time, status = status, group = group, weight = weight,
  cox = list(log = unname(coef(cox)), error = sqrt(cox$var[1, 1])),
  score = unname(summary(all)$robscore[c("test", "df", "pvalue")]),
  km = list(times = km$time, survival = km$surv, atRisk = km$n.risk, logVariance = cumsum(terms))), "survival")
