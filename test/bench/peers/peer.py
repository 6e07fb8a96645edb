"""What a Python peer does around its package: reads the job, answers requests from standard input, one line of JSON each.
  {"patients": 1000, "rtol": 1e-4, "shown": 256, "curves": "FILE" or null}
A reply has wall seconds of one warm solve, those of compiling, peak memory, steps, failures, and what the reductions counted.
PACKAGE_peer.py JOB PROBLEM ATOL_FACTOR [--way NAME] [--piece N] [--dry]: --dry steps with SciPy in the package's place, in f64."""

import argparse
import json
import resource
import sys
import time
from collections import namedtuple

import numpy as np

import problems

# steps and failed over all patients; curves [shown, output, time]; counted: what all bins hold; mean [output, time].
Solved = namedtuple("Solved", "steps failed curves counted mean")


class Scipy:
    """The stand-in: patient after patient, LSODA, f64. Proves arguments, patients, segments, rows, not speed."""

    method, device, card = "scipy lsoda (dry)", "the processor, dry", False

    def __init__(self, problem, job, atol_factor, way):
        self.problem, self.job, self.atol_factor = problem, job, atol_factor

    def columns(self, values):
        return values.astype(np.float64)

    def solve(self, eta, rtol, shown):
        from scipy.integrate import solve_ivp

        problem, job = self.problem, self.job
        rhs = problems.scaled_rhs(np, problem, job)
        observe = problems.scaled_observe(np, problem, job)
        p, z = problems.opened(np, problem, job, eta)
        curves = np.empty((len(p), 2, len(job.times)))
        curves[:] = observe(p, z)[:, :, None]
        steps = failed = 0
        for patient in range(len(p)):
            own, state = p[patient], z[patient]
            for segment in problems.segments(problem, job):
                own, state = own * segment.multiply, state + segment.add
                grid, wanted = problems.grid_of(segment)
                solved = solve_ivp(
                    lambda t, y: rhs(own, y), (0, segment.length), state, "LSODA", grid,
                    rtol=rtol, atol=rtol * self.atol_factor,
                )  # fmt: skip
                if not solved.success:
                    failed += 1
                    break
                steps += solved.nfev / 2
                state = solved.y[:, -1]
                curves[patient][:, segment.rows] = observe(own, solved.y[:, wanted].T).T
        keys = problems.bin_of(np, curves.astype(np.float32), lambda x: x.view(np.int32))
        rows = np.arange(2 * len(job.times)).reshape(2, -1) * problems.BINS
        counts = np.bincount((rows + keys).ravel(), minlength=rows.size * problems.BINS)
        return Solved(steps, failed, curves[:shown], counts.sum(), curves.mean(0))

    def peak_bytes(self):
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def once(solver, job, patients, rtol, shown, piece):
    """All patients, seconds of solving alone: columns are on the device before the clock starts."""
    size = min(patients, piece)
    if patients % size != 0:
        raise ValueError(f"{patients} patients in pieces of {piece}: use a multiple, so that all pieces compile once")
    seconds = steps = failed = counted = 0.0
    curves, mean = None, 0.0
    for start in range(0, patients, size):
        eta = solver.columns(job.columns[:, start : start + size])
        began = time.perf_counter()
        solved = solver.solve(eta, rtol, min(shown, size))
        seconds += time.perf_counter() - began
        steps, failed, counted = steps + solved.steps, failed + solved.failed, counted + solved.counted
        mean = mean + np.asarray(solved.mean, np.float64) * size / patients
        curves = solved.curves if curves is None else curves
    return seconds, Solved(steps, failed, np.asarray(curves, np.float64), counted, mean)


def answer(solver, job, request, piece, warm):
    patients, rtol, shown = int(request["patients"]), float(request["rtol"]), int(request["shown"])
    if not 1 <= patients <= job.patients:
        raise ValueError(f"{patients} patients: the job file holds 1 .. {job.patients}")
    size = min(patients, piece)
    first = None if (size, shown) in warm else once(solver, job, size, rtol, shown, piece)[0]
    seconds, solved = once(solver, job, patients, rtol, shown, piece)
    if first is not None:
        warm[(size, shown)] = max(0.0, first - seconds * size / patients)
    if request.get("curves"):
        solved.curves.tofile(request["curves"])
    return {
        "patients": patients,
        "rtol": rtol,
        "wall_seconds": seconds,
        "compile_seconds": warm[(size, shown)],
        "peak_bytes": solver.peak_bytes(),
        "steps": float(solved.steps) / patients,
        "failed": int(solved.failed),
        "shown": len(solved.curves),
        "counted": int(solved.counted),
        "last_mean": [float(x) for x in solved.mean[:, -1]],
    }


def serve(open_solver, ways):
    words = argparse.ArgumentParser()
    words.add_argument("job")
    words.add_argument("problem", choices=sorted(problems.PROBLEMS))
    words.add_argument("atol_factor", type=float)
    words.add_argument("--way", choices=ways, default=ways[0])
    words.add_argument("--piece", type=int, default=1_000_000)
    words.add_argument("--dry", action="store_true")
    asked = words.parse_args()
    problem = problems.PROBLEMS[asked.problem]
    job = problems.read_job(asked.job)
    # Our text of HIV counts its switches in one state more, the last.
    job = job._replace(scale=job.scale[: problem.states])
    make = Scipy if asked.dry else open_solver
    solver = make(problem, job, asked.atol_factor, asked.way)
    print(json.dumps({"method": solver.method, "device": solver.device, "card": solver.card}), flush=True)
    warm = {}
    for line in sys.stdin:
        try:
            reply = answer(solver, job, json.loads(line), asked.piece, warm)
        except Exception as error:  # Out of memory, a step that underflows: the harness names it; later requests stand.
            reply = {"error": f"{type(error).__name__}: {str(error)[:300]}"}
        print(json.dumps(reply), flush=True)
