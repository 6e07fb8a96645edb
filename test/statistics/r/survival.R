# Survival, log-rank, Cox and competing risks by R's `survival` and `cmprsk`, on generated data with many ties and on
# the acute myelogenous leukaemia trial (Miller, Survival Analysis, 1981, p. 49; in `survival` as aml).
source("test/statistics/r/write.R")
library(survival)

set.seed(20)
n <- 150
d <- data.frame(group = rep(0:2, length.out = n), stratum = rbinom(n, 1, 0.4))
hazard <- 0.08 * c(1, 0.6, 0.8)[d$group + 1] * ifelse(d$stratum == 1, 1.7, 1)
event <- rexp(n, hazard); dropout <- runif(n, 1, 40)
d$time <- pmax(1, ceiling(2 * pmin(event, dropout, 30))) / 2   # ties, administrative censoring at 30
d$status <- as.integer(event <= dropout & event <= 30)
d$cause <- d$status * (1 + rbinom(n, 1, 0.35))

curve <- function(f) list(times = f$time, atRisk = f$n.risk, events = f$n.event, survival = f$surv,
  error = f$std.err, lower = f$lower, upper = f$upper)
km <- lapply(c("log-log", "plain"), function(type) {
  f <- survfit(Surv(time, status) ~ 1, data = d, conf.type = type)
  q <- quantile(f, c(0.25, 0.5, 0.75))
  c(curve(f), list(band = type, quantiles = unname(q$quantile), quantileLower = unname(q$lower),
    quantileUpper = unname(q$upper)))
})
am <- survfit(Surv(time, status) ~ x, data = aml, conf.type = "log-log")
rmean <- function(f, tau) { t <- summary(f, rmean = tau)$table; list(tau = tau, mean = unname(t["rmean"]), error = unname(t["se(rmean)"])) }
all <- survfit(Surv(time, status) ~ 1, data = d)
rank <- function(s) list(observed = if (is.matrix(s$obs)) rowSums(s$obs) else s$obs,
  expected = if (is.matrix(s$exp)) rowSums(s$exp) else s$exp, variance = s$var, chiSquare = s$chisq,
  p = pchisq(s$chisq, length(s$n) - 1, lower.tail = FALSE))
two <- subset(d, group < 2)
cox <- function(f) { s <- summary(f); list(logRatio = unname(coef(f)), error = s$coefficients[1, "se(coef)"], interval = s$conf.int[1, 3:4], p = s$coefficients[1, "Pr(>|z|)"]) }

# Competing risks: the estimate by survfit, its variance by the product-integral of Andersen, Borgan, Gill, Keiding 1993
# (eq. 4.4.19: Greenwood's matrix recursion), which is a different route from the one tested.
aj <- survfit(Surv(time, factor(cause, 0:2)) ~ 1, data = d)
times <- sort(unique(d$time)); P <- diag(3); V <- matrix(0, 9, 9); va <- NULL
for (t in times) {
  r <- sum(d$time >= t); k <- sapply(1:2, function(j) sum(d$time == t & d$cause == j)); p <- k / r
  A <- diag(3); A[1, ] <- c(1 - sum(p), p)
  C <- (diag(c(1 - sum(p), p)) - outer(c(1 - sum(p), p), c(1 - sum(p), p))) / r   # multinomial, first row only
  dA <- matrix(0, 9, 9); idx <- c(1, 4, 7)                                          # vec() positions of row 1
  dA[idx, idx] <- C
  V <- (t(A) %x% diag(3)) %*% V %*% (A %x% diag(3)) + (diag(3) %x% P) %*% dA %*% (diag(3) %x% t(P))
  P <- P %*% A
  va <- rbind(va, c(V[4, 4], V[7, 7]))
}
gray <- cmprsk::cuminc(d$time, d$cause); at <- c(5, 10, 20)
gt <- cmprsk::timepoints(gray, at)

publish("survival", list(
  data = as.list(d), km = km, numberAtRisk = list(times = c(0, 5, 10, 20, 30), n = sapply(c(0, 5, 10, 20, 30), function(t) sum(d$time >= t))),
  aml = list(time = aml$time, status = aml$status, group = as.integer(aml$x) - 1,
    medians = unname(summary(am)$table[, "median"]), lower = unname(summary(am)$table[, "0.95LCL"]), upper = unname(summary(am)$table[, "0.95UCL"]),
    rank = rank(survdiff(Surv(time, status) ~ x, data = aml))),
  restricted = lapply(c(10, 20, 29.7), function(tau) rmean(all, tau)),
  rank3 = rank(survdiff(Surv(time, status) ~ group, data = d)),
  rank2 = rank(survdiff(Surv(time, status) ~ group, data = two)),
  rankStratified = rank(survdiff(Surv(time, status) ~ group + strata(stratum), data = d)),
  cox = cox(coxph(Surv(time, status) ~ group, data = two, ties = "efron")),
  coxStratified = cox(coxph(Surv(time, status) ~ group + strata(stratum), data = two, ties = "efron")),
  incidence = list(times = aj$time, first = aj$pstate[, 2], second = aj$pstate[, 3], firstVariance = va[, 1], secondVariance = va[, 2]),
  gray = list(times = at, estimate = unname(gt$est), variance = unname(gt$var))
), c("survival", "cmprsk"))
