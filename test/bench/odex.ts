// The JavaScript peer: odex (extrapolation, Hairer's ODEX), one patient after another, restarted at each dose or switch.
// In: a Setting. Out: a Runner. The equations are those of peers/pk.h and peers/hiv.h, by hand.
import { Solver } from 'odex';
import { addColumn, createHistogram } from '../../src/engine/histogram.ts';
import { type Runner, timed } from './runner.ts';
import { ATOL_FACTOR, type Setting } from './setting.ts';

interface System {
  readonly columns: number;
  readonly events: readonly number[];
  /** A patient's initial state, derivative, outputs (as functions of what `dense` gives), and what an event does to it. */
  patient(eta: readonly number[]): {
    y: number[];
    derivative(t: number, y: number[]): number[];
    observe(y: (component: number) => number): [number, number];
    event(number: number, y: number[]): number[];
  };
}

const PK: System = {
  columns: 7,
  events: Array.from({ length: 28 }, (_, i) => 12 * i),
  patient([cl = 0, v1 = 0, q = 0, v2 = 0, a = 0, o = 0, i = 0]) {
    const k10 = (5 / 50) * Math.exp(cl - v1);
    const k12 = (8 / 50) * Math.exp(q - v1);
    const k21 = (8 / 80) * Math.exp(q - v2);
    const V1 = 50 * Math.exp(v1);
    const ka = Math.exp(a);
    const ko = 0.2 * Math.exp(o);
    const ic = 0.5 * Math.exp(i);
    return {
      y: [0, 0, 0, 10 / ko],
      derivative: (_, [depot = 0, central = 0, tissue = 0, response = 0]) => [
        -ka * depot,
        ka * depot - (k10 + k12) * central + k21 * tissue,
        k12 * central - k21 * tissue,
        (10 * ic) / (ic + central / V1) - ko * response,
      ],
      observe: (y) => [y(1) / V1, y(3)],
      event: (_, [depot = 0, ...rest]) => [depot + 100, ...rest],
    };
  },
};

const HIV: System = {
  columns: 5,
  events: [200, 600],
  patient([k = 0, delta = 0, c = 0, n = 0, m = 0]) {
    const di = 0.7 * Math.exp(delta);
    const ci = 23 * Math.exp(c);
    const kill = 1e-5 * Math.exp(m);
    const full = [8e-7 * Math.exp(k), 1e-4 * Math.exp(k), 100 * Math.exp(n) * di] as const;
    let [entry1, entry2, made] = full;
    return {
      y: [1e6, 3198, 1, 1, 100, 10],
      derivative: (_, [t1 = 0, t2 = 0, i1 = 0, i2 = 0, v = 0, e = 0]) => {
        const new1 = entry1 * t1 * v;
        const new2 = entry2 * t2 * v;
        const sick = i1 + i2;
        return [
          10000 - 0.01 * t1 - new1,
          31.98 - 0.01 * t2 - new2,
          new1 - (di + kill * e) * i1,
          new2 - (di + kill * e) * i2,
          made * sick - ci * v - new1 - new2,
          1 + ((0.3 * sick) / (sick + 100) - (0.25 * sick) / (sick + 500) - 0.1) * e,
        ];
      },
      observe: (y) => [y(4), y(0) + y(2)],
      event: (number, y) => {
        [entry1, entry2, made] =
          number === 0 ? [full[0] * 0.8, full[1] * (1 - 0.34 * 0.2), full[2] * 0.9] : full;
        return y;
      },
    };
  },
};

const SYSTEMS: Readonly<Record<string, System>> = { pk: PK, hiv: HIV };

export function odexRunner(
  setting: Setting,
  patients: number,
  tolerances: readonly number[],
): Runner | undefined {
  const system = SYSTEMS[setting.problem.name];
  if (system === undefined) return undefined;
  const { program, scale } = setting;
  const outputs = program.outputs.length;
  return {
    name: 'odex',
    method: 'odex',
    cores: 1,
    patients,
    tolerances,
    async time(rtol) {
      const { bins, times } = setting.job(rtol, patients);
      const histograms = bins.outputs.map((layout) => createHistogram(layout, times.length));
      const { value, wallSeconds, coreSeconds } = await timed(() =>
        solve(rtol, patients, (_, curve) => {
          histograms.forEach((histogram, o) => {
            for (let t = 0; t < times.length; t++) addColumn(histogram, t, curve, o * times.length + t, 1);
          });
        }),
      );
      return { patients, wallSeconds, coreSeconds, failed: 0, steps: value / patients };
    },
    async curves(rtol, count) {
      const times = setting.job(rtol, 1).times.length;
      const values = new Float64Array(count * outputs * times);
      solve(rtol, count, (i, curve) => values.set(curve, i * outputs * times));
      return { patients: count, outputs, times, values };
    },
    dispose: () => {},
  };

  function solve(rtol: number, count: number, visit: (patient: number, curve: Float64Array) => void): number {
    if (system === undefined) return 0;
    const { columns, times, horizon } = setting.job(rtol, count);
    const drawn = columns.read(0, count);
    const curve = new Float64Array(outputs * times.length);
    let steps = 0;
    for (let i = 0; i < count; i++) {
      const eta = Array.from({ length: system.columns }, (_, c) => drawn[c * count + i] ?? Number.NaN);
      const body = system.patient(eta);
      const put = (place: number, y: (component: number) => number) =>
        body.observe(y).forEach((value, o) => {
          curve[o * times.length + place] = value;
        });
      let y = body.y;
      let next = 0;
      const edges = [0, ...system.events.filter((t) => t > 0 && t < horizon), horizon];
      edges.forEach((start, edge) => {
        const state = y;
        for (; (times[next] ?? Number.POSITIVE_INFINITY) <= start; next++)
          put(next, (c) => state[c] ?? Number.NaN);
        const due = system.events.indexOf(start);
        if (due >= 0) y = body.event(due, y);
        const end = edges[edge + 1];
        if (end === undefined) return;
        const solver = new Solver(y.length);
        solver.relativeTolerance = rtol;
        solver.absoluteTolerance = Array.from(y, (_, s) => rtol * ATOL_FACTOR * (scale[s] ?? 1));
        solver.maxSteps = 1_000_000;
        solver.denseOutput = true;
        const solved = solver.solve(body.derivative, start, y, end, (_, before, now, state, dense) => {
          for (let t = times[next] ?? end; t <= now && t < end; t = times[next] ?? end) {
            const at = t;
            put(next++, (c) => (at > before ? (dense?.(c, at) ?? Number.NaN) : (state[c] ?? Number.NaN)));
          }
        });
        y = solved.y;
        steps += solved.nStep;
      });
      visit(i, curve);
    }
    return steps;
  }
}
