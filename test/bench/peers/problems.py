"""PK and HIV for Python's packages: what pk.h and hiv.h say, over any array module (NumPy, jax.numpy, torch).
In: the job file of job.h. Out: a Job, a Problem, and its segments between doses or switches. Solves nothing.
States are kept in units of job.scale, so that one scalar absolute tolerance means what the vector of the other peers does."""

from collections import namedtuple

import numpy as np

# 2^-14 .. 2^32 in 256 bins an octave, as job.h.
OCTAVES, LOW, BITS = 46, -14, 8
BINS = OCTAVES << BITS

Job = namedtuple("Job", "patients horizon times scale columns")
# events: (time, what is added to states, what parameters are multiplied by); patient, rhs, observe: see below.
Problem = namedtuple("Problem", "name stiff states parameters events patient rhs observe")
# Local times: 0 .. length. `rows` are numbers of output times in (start, end]; an output at an event is the value before it.
Segment = namedtuple("Segment", "length add multiply times rows")


def read_job(path):
    with open(path, "rb") as file:
        patients, columns, times, states = (int(x) for x in np.fromfile(file, np.float64, 4))
        horizon = float(np.fromfile(file, np.float64, 1)[0])
        time = np.fromfile(file, np.float64, times)
        scale = np.fromfile(file, np.float64, states)
        values = np.fromfile(file, np.float32, patients * columns)
    if values.size != patients * columns:
        raise ValueError(f"the job file is too short: {values.size} of {patients * columns} values; write it again")
    return Job(patients, horizon, time, scale, values.reshape(columns, patients))


def pk_patient(xp, eta):
    """Random effects (cl, v1, q, v2, ka, ko, ic), one array each -> parameters and initial states, tuples of arrays."""
    cl, v1, q, v2, ka, ko, ic = eta
    loss, half = 0.2 * xp.exp(ko), 0.5 * xp.exp(ic)
    p = (0.1 * xp.exp(cl - v1), 0.16 * xp.exp(q - v1), 0.1 * xp.exp(q - v2), 0.02 * xp.exp(-v1))
    none = 0 * cl
    return p + (xp.exp(ka), 10 * half, loss, half), (none, none, none, 10 / loss)


def pk_rhs(p, y):
    k10, k12, k21, per_volume, ka, kin_ic, ko, ic = p
    absorbed, out, back = ka * y[0], k12 * y[1], k21 * y[2]
    response = kin_ic / (ic + y[1] * per_volume) - ko * y[3]
    return (-absorbed, absorbed - k10 * y[1] - out + back, out - back, response)


def pk_observe(p, y):
    return (y[1] * p[3], y[3])


def hiv_patient(xp, eta):
    """Random effects (k, delta, c, N, m)."""
    k, delta, c, yielded, m = eta
    loss, none = 0.7 * xp.exp(delta), 0 * k
    p = (8e-7 * xp.exp(k), 1e-4 * xp.exp(k), 100 * xp.exp(yielded) * loss, loss, 23 * xp.exp(c), 1e-5 * xp.exp(m))
    return p, tuple(none + start for start in (1e6, 3198, 1, 1, 100, 10))


def hiv_rhs(p, y):
    entry1, entry2, made, delta, clear, kill = p
    t1, t2, i1, i2, v, e = y
    new1, new2 = entry1 * t1 * v, entry2 * t2 * v
    lost, sick = delta + kill * e, i1 + i2
    growth = 0.3 * sick / (sick + 100) - 0.25 * sick / (sick + 500) - 0.1
    return (
        10000 - 0.01 * t1 - new1,
        31.98 - 0.01 * t2 - new2,
        new1 - lost * i1,
        new2 - lost * i2,
        made * sick - clear * v - new1 - new2,
        1 + growth * e,
    )


def hiv_observe(p, y):
    return (y[4], y[0] + y[2])


# Efficacies 0.2 and 0.1, the first 0.34 times as strong in macrophages: on at day 200, off at day 600.
DRUGS = np.array([1 - 0.2, 1 - 0.34 * 0.2, 1 - 0.1, 1, 1, 1])

PROBLEMS = {
    "pk": Problem(
        "pk", False, 4, 8, [(12.0 * n, np.array([100.0, 0, 0, 0]), np.ones(8)) for n in range(28)],
        pk_patient, pk_rhs, pk_observe,
    ),
    "hiv": Problem(
        "hiv", True, 6, 6, [(200.0, np.zeros(6), DRUGS), (600.0, np.zeros(6), 1 / DRUGS)],
        hiv_patient, hiv_rhs, hiv_observe,
    ),
}  # fmt: skip


def segments(problem, job):
    """Between events; outputs at or before the first start are the initial states' and belong to none."""
    events = [event for event in problem.events if event[0] < job.horizon]
    if not events or events[0][0] > 0:
        events = [(0.0, np.zeros(problem.states), np.ones(problem.parameters))] + events
    found = []
    for n, (start, add, multiply) in enumerate(events):
        end = events[n + 1][0] if n + 1 < len(events) else job.horizon
        last = n + 1 == len(events)
        rows = np.flatnonzero((job.times > start) & ((job.times <= end) | last))
        local = np.minimum(job.times[rows] - start, end - start)
        found.append(Segment(end - start, add / job.scale, multiply, local, rows))
    return found


def grid_of(segment):
    """Strictly ascending times from start to end, and where among them the outputs are."""
    grid = np.unique(np.concatenate([[0.0], segment.times, [segment.length]]))
    return grid, np.searchsorted(grid, segment.times)


def opened(xp, problem, job, eta):
    """Columns [column, patient] -> parameters [patient, parameter] and scaled states [patient, state]."""
    p, y = problem.patient(xp, [eta[n] for n in range(len(job.columns))])
    return xp.stack(p, -1), xp.stack([y[n] / float(job.scale[n]) for n in range(problem.states)], -1)


def scaled_rhs(xp, problem, job):
    """Last axes: parameter, scaled state."""
    scale = [float(s) for s in job.scale]

    def rhs(p, z):
        f = problem.rhs(
            [p[..., n] for n in range(problem.parameters)], [z[..., n] * s for n, s in enumerate(scale)]
        )
        return xp.stack([f[n] * (1 / s) for n, s in enumerate(scale)], -1)

    return rhs


def scaled_observe(xp, problem, job):
    scale = [float(s) for s in job.scale]

    def observe(p, z):
        o = problem.observe([p[..., n] for n in range(problem.parameters)], [z[..., n] * s for n, s in enumerate(scale)])
        return xp.stack(o, -1)

    return observe


def bin_of(xp, value, bits):
    """The histogram's bin: leading bits of an f32. `bits` reads f32 as int32; negative and small values count in bin 0."""
    key = ((bits(value) & 0x7FFFFFFF) >> (23 - BITS)) - ((LOW + 127) << BITS)
    return xp.where(value < 0, 0 * key, xp.clip(key, 0, BINS - 1))
