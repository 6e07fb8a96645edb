# Non-compartmental analysis of R's Theoph and Indometh, written from the textbook formulas with R's own lm() for the
# terminal line, and an AUC over 0 .. tau by integrating the piecewise curve numerically. Not a port of src/statistics.
source("test/statistics/r/write.R")

best <- function(t, y) {                    # points after the peak
  fits <- lapply(3:length(t), function(k) { i <- (length(t) - k + 1):length(t); list(k = k, m = lm(log(y[i]) ~ t[i])) })
  fits <- Filter(function(f) coef(f$m)[2] < 0, fits)
  r2 <- sapply(fits, function(f) suppressWarnings(summary(f$m)$adj.r.squared))
  fits[[max(which(r2 > max(r2) - 1e-4))]]
}
piece <- function(t, y, log.down) function(x) {
  i <- pmin(findInterval(x, t), length(t) - 1); w <- (x - t[i]) / (t[i + 1] - t[i]); a <- y[i]; b <- y[i + 1]
  ifelse(log.down & b < a & b > 0, exp((1 - w) * log(a) + w * log(pmax(b, 1e-300))), (1 - w) * a + w * b)
}
moment <- function(t, y, log.down) {      # the usual rule for the first moment: t y is linear where y is
  value <- piece(t, y, log.down); line <- piece(t, t * y, FALSE)
  function(x) { i <- pmin(findInterval(x, t), length(t) - 1); ifelse(log.down & y[i + 1] < y[i] & y[i + 1] > 0, x * value(x), line(x)) }
}
quad <- function(f, t, until) {
  cut <- c(t[t < until], until)
  sum(sapply(seq_len(length(cut) - 1), function(i) integrate(f, cut[i], cut[i + 1] - 1e-12 * (cut[i + 1]), rel.tol = 1e-12)$value))
}
one <- function(t, y, dose, log.down, tau, bolus) {
  if (t[1] > 0 && bolus) { y <- c(exp(approxfun(t[1:2], log(y[1:2]), rule = 2)(t[1]) + (log(y[1]) - log(y[2])) / (t[2] - t[1]) * t[1]), y); t <- c(0, t) }
  first <- if (bolus) which.max(y) else which.max(y) + 1
  f <- best(t[first:length(t)], y[first:length(y)]); lz <- -unname(coef(f$m)[2])
  g <- piece(t, y, log.down); n <- length(t)
  last <- quad(g, t, t[n]); mlast <- quad(moment(t, y, log.down), t, t[n])
  inf <- last + y[n] / lz; minf <- mlast + y[n] * t[n] / lz + y[n] / lz^2
  list(cmax = max(y), tmax = t[which.max(y)], points = f$k, lambdaZ = lz, aucLast = last, aumcLast = mlast, aucInfinity = inf,
    aumcInfinity = minf, clearance = dose / inf, volume = dose / inf / lz, meanResidence = minf / inf,
    aucTau = quad(g, t, tau), accumulation = 1 / (1 - exp(-lz * tau)))
}
run <- function(data, time, dose, tau, bolus) lapply(split(as.data.frame(data), as.integer(as.character(data$Subject))), function(s) {
  t <- s[[time]]; y <- s$conc
  list(times = t, values = y, dose = dose, linear = one(t, y, dose, FALSE, tau, bolus), logDown = one(t, y, dose, TRUE, tau, bolus))
})
publish("nca", list(tauTheoph = 12, tauIndometh = 6,
  theoph = unname(run(Theoph, "Time", 320, 12, FALSE)), indometh = unname(run(Indometh, "time", 25, 6, TRUE))))
