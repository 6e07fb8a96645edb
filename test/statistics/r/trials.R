# Distributions, paired comparisons, proportions, bootstrap, weights, predictive checks and variance components by R.
source("test/statistics/r/write.R")
set.seed(7)
df <- c(0.5, 1, 2.5, 7, 30, 400)
ps <- c(1e-8, 0.001, 0.025, 0.3, 0.5, 0.9, 0.975, 0.99999)
grid <- expand.grid(p = ps, df = df)
distributions <- list(df = grid$df, p = grid$p, t = qt(grid$p, grid$df), chiSquare = qchisq(grid$p, grid$df),
  x = 3.7 * grid$p * grid$df, tCdf = pt(3.7 * grid$p * grid$df - 1, grid$df), upper = pchisq(3.7 * grid$p * grid$df, grid$df, lower.tail = FALSE))

a <- round(exp(rnorm(24, 1.2, 0.5)), 3); b <- round(a * exp(rnorm(24, -0.15, 0.3)), 3)
tt <- t.test(a, b, paired = TRUE); lt <- t.test(log(a), log(b), paired = TRUE)
s <- cov(cbind(a, b)); m <- c(mean(a), mean(b)); g <- c(1 / m[1], -1 / m[2])   # delta method for log(mean a / mean b)
se <- sqrt(drop(t(g) %*% s %*% g) / length(a))
paired <- list(a = a, b = b, difference = unname(tt$estimate), interval = tt$conf.int[1:2],
  geometric = exp(unname(lt$estimate)), geometricInterval = exp(lt$conf.int[1:2]),
  ratio = m[1] / m[2], ratioInterval = m[1] / m[2] * exp(c(-1, 1) * qnorm(0.975) * se),
  quantiles = unname(quantile(a - b, c(0.05, 0.25, 0.5, 0.9))))
counts <- rbind(c(0, 10), c(3, 17), c(81, 263), c(15, 148), c(20, 20), c(1, 29))
wilson <- t(apply(counts, 1, function(r) suppressWarnings(prop.test(r[1], r[2], correct = FALSE))$conf.int[1:2]))

# BCa from its definition, on resamples that are written out.
n <- length(a); R <- 199; d <- a - b
index <- matrix(sample.int(n, n * R, replace = TRUE), R); stat <- function(i) mean(d[i]^2) / mean(d[i] + 3)
reps <- apply(index, 1, stat); est <- stat(1:n); jack <- sapply(1:n, function(i) stat((1:n)[-i]))
z0 <- qnorm(mean(reps < est)); u <- mean(jack) - jack; acc <- sum(u^3) / (6 * sum(u^2)^1.5)
adj <- function(p) pnorm(z0 + (z0 + qnorm(p)) / (1 - acc * (z0 + qnorm(p))))
boot <- list(index = as.vector(t(index)) - 1, estimate = est, error = sd(reps), percentile = unname(quantile(reps, c(0.025, 0.975))),
  bca = unname(quantile(reps, adj(c(0.025, 0.975)))))

# Entropy weights by a general optimiser on the dual, at three targets.
x <- round(rnorm(80, 70, 12), 1); y <- round(50 + 0.4 * x + rnorm(80, 0, 8), 1)
F <- cbind(x - 74, (x - 74)^2 - 100, (y <= 80) - 0.6); z <- sweep(F, 2, apply(F, 2, sd), "/")
o <- optim(rep(0, 3), function(l) log(mean(exp(z %*% l))), function(l) { w <- drop(exp(z %*% l)); colSums(z * w) / sum(w) },
  method = "BFGS", control = list(reltol = 1e-16, maxit = 1000))
w <- drop(exp(z %*% o$par)); w <- w / mean(w)
weights <- list(x = x, y = y, weights = w, effective = sum(w)^2 / sum(w^2))

# Predictive check: 60 observations, 40 replicates, 4 bins, by tapply and quantile().
time <- round(runif(60, 0, 24), 2); pred <- round(10 * exp(-0.1 * time), 4); obs <- round(pred * exp(rnorm(60, 0, 0.3)), 4)
sim <- round(matrix(rep(pred, each = 40) * exp(rnorm(2400, 0, 0.3)), 40), 4); edges <- c(0, 4, 9, 15, 24)
bin <- cut(time, edges, right = FALSE, include.lowest = TRUE)
check <- function(f) { o <- sapply(split(f(obs), bin), quantile, c(0.05, 0.5, 0.95))
  s <- apply(sim, 1, function(r) sapply(split(f(r), bin), quantile, c(0.05, 0.5, 0.95)))
  list(observed = unname(o), band = unname(apply(s, 1, quantile, c(0.025, 0.5, 0.975)))) }
correct <- function(v) v * ave(pred, bin, FUN = median) / pred
vpc <- list(times = time, values = obs, predictions = pred, simulated = as.vector(t(sim)), edges = edges,
  plain = check(identity), corrected = check(correct))

size <- c(4, 9, 6, 12, 5); study <- factor(rep(1:5, size)); v <- round(rnorm(36) + rep(rnorm(5, 10, 2), size), 4)
ms <- summary(aov(v ~ study))[[1]][["Mean Sq"]]; n0 <- (36 - sum(size^2) / 36) / 4
components <- list(values = v, study = as.integer(study), within = ms[2], between = (ms[1] - ms[2]) / n0)

publish("trials", list(distributions = distributions, paired = paired, wilson = list(counts = counts, interval = wilson),
  boot = boot, weights = weights, vpc = vpc, components = components))
