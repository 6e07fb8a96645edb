// The closed forms against a second method that shares nothing with them but the question: Taylor steps of the equations
// themselves, from dose to dose, steady states by dosing for as long as it takes.
import { describe, expect, it } from 'vitest';
import { CASES } from './cases.ts';
import {
  type Amounts,
  amountsAt,
  type Compartment,
  type Course,
  compartmentsOf,
  type Disposition,
  type Epoch,
  type Given,
  systemMatrix,
} from './closed-form.ts';
import { RECORD_CASES } from './records.cases.ts';

const DEGREE = 16;
/** Largest step, times the largest rate. */
const STRIDE = 0.25;
/** What is left of doses this many slowest half-lives ago is under 1e-18. */
const HALF_LIVES = 60;
const TOLERANCE = 1e-11;

interface Input {
  readonly from: number;
  readonly to: number;
  readonly into: Compartment;
  readonly amount: number;
}

/** Doses one by one; those of a steady state from as long ago as matters. */
function inputs(dose: Given, slowest: number): readonly Input[] {
  const { at, into, amount, duration = 0, every = 0, times = 1, steady } = dose;
  const memory = (HALF_LIVES * Math.LN2) / slowest;
  if (duration === Number.POSITIVE_INFINITY)
    return [{ from: at - memory, to: at, into, amount: amount * memory }];
  const past = steady === undefined ? 0 : Math.ceil((memory + duration) / steady);
  const starts = [
    ...Array.from({ length: past }, (_, k) => at - (past - k) * (steady ?? 0)),
    ...Array.from({ length: times }, (_, n) => at + n * every),
  ];
  return starts.map((from) => ({ from, to: from + duration, into, amount }));
}

function taylor(
  d: Disposition,
  y: readonly number[],
  rate: readonly number[],
  length: number,
): readonly number[] {
  const a = systemMatrix(d);
  const norm = Math.max(...a.map((row, i) => 2 * Math.abs(row[i] ?? 0)));
  const steps = Math.max(1, Math.ceil((length * norm) / STRIDE));
  const h = length / steps;
  let now = y;
  for (let n = 0; n < steps; n++) {
    // y + h f + h^2/2 A f + ...
    let term = a.map((row, r) => h * (row.reduce((s, x, c) => s + x * (now[c] ?? 0), 0) + (rate[r] ?? 0)));
    let sum = now.map((v, r) => v + (term[r] ?? 0));
    for (let k = 2; k <= DEGREE; k++) {
      const before = term;
      term = a.map((row) => (h / k) * row.reduce((s, x, c) => s + x * (before[c] ?? 0), 0));
      sum = sum.map((v, r) => v + (term[r] ?? 0));
    }
    now = sum;
  }
  return now;
}

/** Amounts just before each of the ascending times, all inside the epoch. */
function walkEpoch(epoch: Epoch, start: Amounts, times: readonly number[]): readonly Amounts[] {
  const { disposition: d } = epoch;
  const names = compartmentsOf(d);
  const slowest =
    0.5 * Math.min(d.CL / d.V, d.ka ?? 9, ...[d.Q3 ?? d.Q ?? 9].map((q) => q / (d.V3 ?? d.V2 ?? 1)));
  const all = epoch.doses.flatMap((dose) => inputs(dose, slowest * 0.5));
  const cuts = [...all.flatMap(({ from, to }) => [from, to]), epoch.from, ...times];
  const points = [...new Set(cuts)].sort((x, y) => x - y);
  const wanted = new Set(times);
  let y: readonly number[] = names.map(() => 0);
  const seen: Amounts[] = [];
  points.forEach((t, i) => {
    // The epoch's first instant: what came before it was the past of a steady state.
    if (t === epoch.from) y = y.map((v, r) => v + (start[names[r] ?? 'central'] ?? 0));
    if (wanted.has(t) && t >= epoch.from)
      seen.push(Object.fromEntries(names.map((name, r) => [name, y[r] ?? 0])));
    const given = names.map((name) =>
      all.reduce((s, x) => s + (x.into === name && x.from === t && x.to === t ? x.amount : 0), 0),
    );
    y = y.map((v, r) => v + (given[r] ?? 0));
    const next = points[i + 1];
    if (next === undefined) return;
    const middle = (t + next) / 2;
    const rate = names.map((name) =>
      all.reduce(
        (s, x) => s + (x.into === name && x.from < middle && middle < x.to ? x.amount / (x.to - x.from) : 0),
        0,
      ),
    );
    y = taylor(d, y, rate, next - t);
  });
  return seen;
}

function walk(course: Course, times: readonly number[]): readonly Amounts[] {
  let before: Amounts = {};
  const seen: Amounts[] = [];
  course.forEach((epoch, i) => {
    const end = course[i + 1]?.from ?? Number.POSITIVE_INFINITY;
    const inside = times.filter((t) => (i === 0 ? t >= epoch.from : t > epoch.from) && t <= end);
    const asked = Number.isFinite(end) && !inside.includes(end) ? [...inside, end] : inside;
    const start = epoch.start?.(before) ?? {};
    // The run's first instant is read before the steady state that is reached at it.
    const got = walkEpoch(epoch, start, asked).map((amounts, k) =>
      asked[k] === epoch.from
        ? { ...Object.fromEntries(Object.keys(amounts).map((name) => [name, 0])), ...start }
        : amounts,
    );
    before = got.at(-1) ?? {};
    seen.push(...got.slice(0, inside.length));
  });
  return seen;
}

describe('the closed forms', () => {
  it.each([...CASES, ...RECORD_CASES].map((c) => [c.name, c] as const))(
    'agree with Taylor steps: %s',
    (_, c) => {
      for (const part of c.parts) {
        const exact = c.times.map((t) => amountsAt(part.course, t));
        const walked = walk(part.course, c.times);
        expect(walked.length).toBe(c.times.length);
        for (const name of Object.keys(exact[0] ?? {}) as Compartment[]) {
          const scale = Math.max(...exact.map((a) => Math.abs(a[name] ?? 0)));
          exact.forEach((a, i) => {
            const [want = 0, got = Number.NaN] = [a[name], walked[i]?.[name]];
            const size = Math.abs(want) > 1e-6 * scale ? Math.abs(want) : scale;
            if (size === 0) expect(got).toBe(0);
            else
              expect(
                Math.abs(got - want) / size,
                `${name} at ${c.times[i]}: ${want}, walked ${got}`,
              ).toBeLessThan(TOLERANCE);
          });
        }
      }
    },
  );
});
