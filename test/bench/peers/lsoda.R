# lsoda of deSolve with the model in C, patient after patient; doses and switches are its events.
# Rscript lsoda.R LIBRARY JOB PATIENTS RTOL ATOL_FACTOR [CURVES]; prints one line of JSON.
suppressMessages(library(deSolve))
argument <- commandArgs(trailingOnly = TRUE)
dyn.load(argument[1])
model <- sub("[.]so$", "", basename(argument[1]))
rtol <- as.numeric(argument[4])
job <- .C("open_job", argument[2], as.integer(argument[3]), sizes = integer(6), horizon = double(1))
n <- job$sizes
about <- .C("describe", times = double(n[2]), scale = double(n[3]), events = double(n[6]))
atol <- rtol * as.numeric(argument[5]) * about$scale
# Rounded, so that an output at an event's instant and the event agree; events must be among the times.
times <- round(about$times, 9)
events <- about$events[about$events < job$horizon]
grid <- sort(unique(c(times, events)))
wanted <- match(times, grid)
curves <- if (length(argument) > 5) file(argument[6], "wb") else NULL
failed <- 0
steps <- 0
began <- proc.time()
for (i in seq_len(n[1])) {
  body <- .C("open_patient", i - 1L, p = double(n[4]), y = double(n[3]))
  solved <- lsoda(body$y, grid, "derivative", body$p, rtol = rtol, atol = atol, dllname = model,
                  initfunc = "initialise", maxsteps = 100000, events = list(func = "event", time = events))
  if (nrow(solved) < length(grid)) { failed <- failed + 1; next }
  steps <- steps + attr(solved, "istate")[2]
  counted <- .C("count_patient", body$p, solved[wanted, -1], out = double(n[2] * n[5]))
  if (!is.null(curves)) writeBin(counted$out, curves, size = 8, endian = "little")
}
spent <- proc.time() - began
if (!is.null(curves)) close(curves)
cat(sprintf('{"patients":%d,"wall_seconds":%.6f,"core_seconds":%.6f,"steps":%.3f,"failed":%d}\n', n[1],
            spent[["elapsed"]], spent[["user.self"]] + spent[["sys.self"]], steps / n[1], failed))
