"""The problems by diffrax: Tsit5 (PK), Kvaerno5 (HIV), f32; vmap over patients, scan over dosing intervals, one jit.
Arguments and replies: peer.py. Written to diffrax's documented interface; see README.md for what has run."""

import os

import numpy as np
import peer
import problems

# Memory is taken as needed, so that the peak says what the solve takes and other programs find room.
os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
MAX_STEPS = 200_000


class Diffrax:
    def __init__(self, problem, job, atol_factor, way):
        import diffrax
        import jax
        import jax.numpy as jnp

        self.jax, self.jnp, self.times = jax, jnp, len(job.times)
        self.device, self.card = jax.devices()[0].device_kind, jax.default_backend() != "cpu"
        solver = diffrax.Kvaerno5() if problem.stiff else diffrax.Tsit5()
        self.method = f"diffrax {type(solver).__name__.lower()}"
        rhs = problems.scaled_rhs(jnp, problem, job)
        observe = problems.scaled_observe(jnp, problem, job)
        term = diffrax.ODETerm(lambda t, z, p: rhs(p, z))
        times, parts = self.times, problems.segments(problem, job)
        most = max(len(part.times) for part in parts)
        # All intervals get the longest's number of outputs: the surplus is its end once more, and row `times` takes it.
        single = lambda values: jnp.asarray(np.array(values), jnp.float32)  # noqa: E731
        scanned = (
            single([part.length for part in parts]),
            single([part.add for part in parts]),
            single([part.multiply for part in parts]),
            single([np.pad(part.times, (0, most - len(part.times)), constant_values=part.length) for part in parts]),
            jnp.asarray([np.pad(part.rows, (0, most - len(part.rows)), constant_values=times) for part in parts]),
        )

        def interval(p, z, rtol, length, at):
            solution = diffrax.diffeqsolve(
                term, solver, t0=jnp.float32(0), t1=length, dt0=None, y0=z, args=p,
                saveat=diffrax.SaveAt(subs=[
                    diffrax.SubSaveAt(ts=jnp.minimum(at, length), fn=lambda t, z, p: observe(p, z)),
                    diffrax.SubSaveAt(t1=True),
                ]),
                stepsize_controller=diffrax.PIDController(rtol=rtol, atol=rtol * atol_factor),
                max_steps=MAX_STEPS, throw=False,
            )  # fmt: skip
            outputs, end = solution.ys
            solved = solution.result == diffrax.RESULTS.successful
            return outputs, end[-1], solution.stats["num_steps"], solved

        def everyone(eta, rtol, shown):
            p, z = problems.opened(jnp, problem, job, eta)
            first = observe(p, z)
            counts = jnp.zeros(2 * (times + 1) * problems.BINS, jnp.int32)
            # Sum, least and largest of [time, output]; row `times` is thrown away.
            totals = [jnp.full((times + 1, 2), start, jnp.float32) for start in (0, np.inf, -np.inf)]
            unsolved = jnp.zeros(len(p), bool)

            def reduced(counts, totals, outputs, rows):
                key = problems.bin_of(jnp, outputs, lambda x: jax.lax.bitcast_convert_type(x, jnp.int32))
                place = (jnp.arange(2) * (times + 1) + rows[:, None]) * problems.BINS + key
                total, least, largest = totals
                return counts.at[place.ravel()].add(1), [
                    total.at[rows].add(outputs.sum(0)),
                    least.at[rows].min(outputs.min(0)),
                    largest.at[rows].max(outputs.max(0)),
                ]

            before = jnp.asarray(np.flatnonzero(job.times <= 0))
            still = jnp.broadcast_to(first[:, None], (len(p), len(before), 2))
            counts, totals = reduced(counts, totals, still, before)

            def step(carry, part):
                p, z, counts, totals, steps, unsolved = carry
                length, add, multiply, at, rows = part
                p, z = p * multiply, z + add
                solve = jax.vmap(lambda p, z: interval(p, z, rtol, length, at))
                outputs, z, taken, solved = solve(p, z)
                counts, totals = reduced(counts, totals, outputs, rows)
                steps, unsolved = steps + taken.astype(jnp.float32).sum(), unsolved | ~solved
                return (p, z, counts, totals, steps, unsolved), outputs[:shown]

            carry = (p, z, counts, totals, jnp.float32(0), unsolved)
            (_, _, counts, totals, steps, unsolved), outputs = jax.lax.scan(step, carry, scanned)
            kept = jnp.broadcast_to(first[:shown, None], (shown, times + 1, 2))
            kept = kept.at[:, scanned[4].ravel()].set(jnp.moveaxis(outputs, 0, 1).reshape(shown, -1, 2))
            counted = counts.reshape(2, times + 1, problems.BINS)[:, :times].sum()
            return steps, unsolved.sum(), kept[:, :times], counted, totals

        self.run = jax.jit(everyone, static_argnums=2)

    def columns(self, values):
        return self.jax.block_until_ready(self.jnp.asarray(values))

    def solve(self, eta, rtol, shown):
        solved = self.jax.block_until_ready(self.run(eta, self.jnp.float32(rtol), shown))
        steps, failed, kept, counted, (total, _, _) = (self.jax.device_get(part) for part in solved)
        mean = total[: self.times].T / eta.shape[1]
        return peer.Solved(steps, failed, np.swapaxes(kept, 1, 2).copy(), counted, mean)

    def peak_bytes(self):
        # Of the process so far: cohorts are asked for in ascending size.
        told = self.jax.devices()[0].memory_stats()
        return None if told is None else told.get("peak_bytes_in_use")


if __name__ == "__main__":
    peer.serve(Diffrax, ["default"])
