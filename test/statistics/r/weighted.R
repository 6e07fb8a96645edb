# Weighted survival by the survival package: robust Cox regression with Breslow's ties, its robust score test, weighted
# Kaplan-Meier and restricted mean with robust errors, of a group and of one in which nobody is censored.
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
robust <- function(rows) survfit(Surv(time[rows], status[rows]) ~ 1, weights = weight[rows], robust = TRUE,
  id = which(rows), conf.type = "log-log", influence = 1)
# summary()'s error of a mean takes weights for frequencies: here the influences on the curve, integrated (none before it).
mean_of <- function(km, rows, to) { wide <- diff(c(km$time[km$time < to], to)); k <- seq_along(wide)
  own <- km$influence.surv
  stopifnot(all.equal(sqrt(colSums(own^2)), km$std.err))
  c(sum(c(1, km$surv[k]) * c(km$time[1], wide)), sqrt(sum((own[, k, drop = FALSE] %*% wide)^2))) }
km <- robust(first); sick <- first & status == 1; end <- robust(sick)
publish("weighted", list(time = time, status = status, group = group, weight = weight,
  cox = list(log = unname(coef(cox)), error = sqrt(cox$var[1, 1])),
  score = unname(summary(all)$robscore[c("test", "df", "pvalue")]),
  km = list(times = km$time, survival = km$surv, atRisk = km$n.risk, error = km$std.err,
    lower = km$lower, mean = list(ten = mean_of(km, first, 10), all = mean_of(km, first, 12))),
  sick = list(times = end$time, error = end$std.err, mean = mean_of(end, sick, 12))), "survival")
