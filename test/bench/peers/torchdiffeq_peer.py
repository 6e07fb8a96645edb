"""The problems by torchdiffeq: dopri5, f32, all patients as one batch that shares its steps; a call per dosing interval.
It has no Tsit5, and no implicit method that chooses its steps, so HIV is solved by dopri5 too. Ways: its own norm over the
batch, the same with the equations compiled, or the worst patient's norm. Arguments and replies: peer.py."""

import numpy as np
import peer
import problems

WAYS = ["batch", "compiled", "worst"]


class Torchdiffeq:
    def __init__(self, problem, job, atol_factor, way):
        import torch
        from torchdiffeq import odeint

        self.torch, self.odeint = torch, odeint
        self.problem, self.job, self.atol_factor = problem, job, atol_factor
        self.where = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.card = self.where.type == "cuda"
        self.device = torch.cuda.get_device_name() if self.card else "the processor"
        self.method = f"torchdiffeq dopri5, {way}"
        rhs = problems.scaled_rhs(torch, problem, job)
        self.rhs = torch.compile(rhs) if way == "compiled" else rhs
        self.observe = problems.scaled_observe(torch, problem, job)
        # The default takes the root mean square over all patients and states.
        self.options = {} if way != "worst" else {"norm": lambda e: e.square().mean(-1).sqrt().max()}
        self.parts = []
        for part in problems.segments(problem, job):
            grid, wanted = problems.grid_of(part)
            self.parts.append((
                torch.tensor(grid, dtype=torch.float64, device=self.where),
                torch.tensor(wanted, device=self.where),
                torch.tensor(part.rows, device=self.where),
                torch.tensor(part.add, dtype=torch.float32, device=self.where),
                torch.tensor(part.multiply, dtype=torch.float32, device=self.where),
            ))  # fmt: skip

    def columns(self, values):
        eta = self.torch.tensor(values, device=self.where)
        self.finish()
        return eta

    def finish(self):
        if self.card:
            self.torch.cuda.synchronize()

    def solve(self, eta, rtol, shown):
        with self.torch.no_grad():
            return self.solve_batch(eta, rtol, shown)

    def solve_batch(self, eta, rtol, shown):
        torch, job = self.torch, self.job
        if self.card:
            torch.cuda.reset_peak_memory_stats()
        times = len(job.times)
        p, z = problems.opened(torch, self.problem, job, eta)
        counts = torch.zeros(2 * times * problems.BINS, dtype=torch.int64, device=self.where)
        curves = torch.zeros((times, shown, 2), device=self.where)
        # Sum, least and largest of [time, output].
        totals = torch.zeros((3, times, 2), device=self.where)
        output = torch.arange(2, device=self.where) * times

        def record(rows, outputs):
            """outputs: [time, patient, output]"""
            key = problems.bin_of(torch, outputs, lambda x: x.contiguous().view(torch.int32))
            place = (output + rows[:, None, None]) * problems.BINS + key
            counts.add_(torch.bincount(place.ravel(), minlength=counts.numel()))
            totals[:, rows] = torch.stack([outputs.sum(1), outputs.amin(1), outputs.amax(1)])
            curves[rows] = outputs[:, :shown]

        calls = 0

        def derivative(t, z):
            nonlocal calls
            calls += 1
            return self.rhs(p, z)

        before = torch.tensor(np.flatnonzero(job.times <= 0), device=self.where)
        record(before, self.observe(p, z).expand(len(before), -1, -1))
        tolerance = {"rtol": rtol, "atol": rtol * self.atol_factor}
        for grid, wanted, rows, add, multiply in self.parts:
            p, z = p * multiply, z + add
            solved = self.odeint(derivative, z, grid, method="dopri5", options=dict(self.options), **tolerance)
            record(rows, self.observe(p, solved[wanted]))
            z = solved[-1]
        self.finish()
        # Six evaluations a step; two more an interval, for its start and its first step's size.
        steps = (calls - 2 * len(self.parts)) / 6 * len(p)
        failed = int((~torch.isfinite(z)).any(-1).sum())
        mean = (totals[0] / len(p)).T.cpu().numpy()
        return peer.Solved(steps, failed, curves.permute(1, 2, 0).contiguous().cpu().numpy(), int(counts.sum()), mean)

    def peak_bytes(self):
        return self.torch.cuda.max_memory_allocated() if self.card else None


if __name__ == "__main__":
    peer.serve(Torchdiffeq, WAYS)
