// Closed forms of linear compartment models under any doses, written from the mathematics alone: nothing of src/ is used.
// In: rate constants and what is given. Out: amounts at a time, just before anything that happens at it. A unit dose
// leaves a sum of exponentials in every compartment (Gibaldi & Perrier 1982, appendix B; the spectral projectors are
// Sylvester's formula); doses superpose, a steady state is the geometric series of each exponential. What breaks
// superposition (a reset, a replaced amount, a parameter that changes) starts a new epoch from the amounts at its instant.

/** Clearances in L/h, volumes in L, ka in 1/h. Two or three compartments are there when their Q is. */
export interface Disposition {
  readonly CL: number;
  readonly V: number;
  readonly Q?: number;
  readonly V2?: number;
  readonly Q3?: number;
  readonly V3?: number;
  /** Absorption from `depot`; absent: there is no depot. */
  readonly ka?: number;
}

export const COMPARTMENTS = ['depot', 'central', 'peripheral', 'deep'] as const;
export type Compartment = (typeof COMPARTMENTS)[number];
export type Amounts = Readonly<Partial<Record<Compartment, number>>>;

/** What reaches a compartment: after bioavailability and lag, times in h, amounts in mg. */
export interface Given {
  readonly at: number;
  readonly into: Compartment;
  readonly amount: number;
  /** Of a zero-order input; absent: a bolus. Infinity: a constant infusion of `amount` per hour that *ends* at `at`. */
  readonly duration?: number;
  /** `times` doses, `every` h apart; absent: one. */
  readonly every?: number;
  readonly times?: number;
  /** The same dose was given for ever before `at`, this many hours apart. */
  readonly steady?: number;
}

/** From `from` until the next epoch. Doses lie at or after `from` (those of a steady state may have begun before). */
export interface Epoch {
  readonly from: number;
  readonly disposition: Disposition;
  /** Amounts at `from`, from those just before it; absent: all 0 (a reset). */
  readonly start?: (before: Amounts) => Amounts;
  readonly doses: readonly Given[];
}
export type Course = readonly Epoch[];

type Matrix = readonly (readonly number[])[];

export const compartmentsOf = (d: Disposition): readonly Compartment[] =>
  COMPARTMENTS.filter(
    (name) =>
      name === 'central' ||
      (name === 'depot' && d.ka !== undefined) ||
      (name === 'peripheral' && d.Q !== undefined) ||
      (name === 'deep' && d.Q3 !== undefined),
  );

/** Micro-constants, 1/h. */
function micro({ CL, V, Q = 0, V2 = 1, Q3 = 0, V3 = 1, ka = 0 }: Disposition) {
  return { ka, k10: CL / V, k12: Q / V, k21: Q / V2, k13: Q3 / V, k31: Q3 / V3 };
}

/** dy/dt = A y, in the order of compartmentsOf. */
export function systemMatrix(d: Disposition): Matrix {
  const { ka, k10, k12, k21, k13, k31 } = micro(d);
  const rate: Readonly<Record<Compartment, Amounts>> = {
    depot: { depot: -ka },
    central: { depot: ka, central: -(k10 + k12 + k13), peripheral: k21, deep: k31 },
    peripheral: { central: k12, peripheral: -k21 },
    deep: { central: k13, deep: -k31 },
  };
  const names = compartmentsOf(d);
  return names.map((to) => names.map((from) => rate[to][from] ?? 0));
}

/** Exponents (1/h, positive) of the disposition: roots of its characteristic polynomial. */
function exponents(d: Disposition): readonly number[] {
  const { ka, k10, k12, k21, k13, k31 } = micro(d);
  const absorption = d.ka === undefined ? [] : [ka];
  if (d.Q === undefined) return [...absorption, k10];
  if (d.Q3 === undefined) {
    const sum = k10 + k12 + k21;
    const fast = (sum + Math.sqrt((k10 - k21 + k12) ** 2 + 4 * k12 * k21)) / 2;
    return [...absorption, fast, (k10 * k21) / fast];
  }
  // x^3 - a2 x^2 + a1 x - a0, three real roots: Viete's cosines, polished by Newton.
  const a2 = k10 + k12 + k13 + k21 + k31;
  const a1 = k10 * k21 + k13 * k21 + k10 * k31 + k21 * k31 + k31 * k12;
  const a0 = k10 * k21 * k31;
  const p = a1 - (a2 * a2) / 3;
  const q = (a1 * a2) / 3 - (2 * a2 ** 3) / 27 - a0;
  const radius = Math.sqrt(-p / 3);
  const angle = Math.acos(Math.max(-1, Math.min(1, -q / (2 * radius ** 3)))) / 3;
  const roots = [0, 1, 2].map((i) => {
    let x = a2 / 3 + 2 * radius * Math.cos(angle - (2 * Math.PI * i) / 3);
    for (let n = 0; n < 4; n++) x -= (((x - a2) * x + a1) * x - a0) / ((3 * x - 2 * a2) * x + a1);
    return x;
  });
  return [...absorption, ...roots];
}

interface Mode {
  readonly exponent: number;
  /** [seen][into]: share of a unit bolus that this exponential carries. */
  readonly share: Matrix;
}

const kept = new Map<string, readonly Mode[]>();

/** exp(A t) = sum of share * exp(-exponent t). Refuses exponents too close for its differences to keep their digits. */
function modes(d: Disposition): readonly Mode[] {
  const key = JSON.stringify(d);
  const known = kept.get(key);
  if (known) return known;
  const a = systemMatrix(d);
  const all = exponents(d);
  const made = all.map((exponent, i) => {
    let share: Matrix = a.map((row, r) => row.map((_, c) => (r === c ? 1 : 0)));
    all.forEach((other, j) => {
      if (j === i) return;
      const apart = other - exponent;
      if (Math.abs(apart) < 1e-2 * other) throw new Error(`exponents ${other} and ${exponent} are too close`);
      const factor = a.map((row, r) => row.map((x, c) => (x + (r === c ? other : 0)) / apart));
      share = share.map((row) =>
        factor.map((_, c) => row.reduce((sum, x, k) => sum + x * (factor[k]?.[c] ?? 0), 0)),
      );
    });
    return { exponent, share };
  });
  kept.set(key, made);
  return made;
}

/** 1 - exp(-x), exact for small x too. */
const rise = (x: number): number => -Math.expm1(-x);

/** What one exponential leaves of a unit bolus, or of a unit dose infused over `duration`, `s` hours after its start. */
function left(exponent: number, duration: number, s: number): number {
  if (duration === 0) return s > 0 ? Math.exp(-exponent * s) : 0;
  if (s <= 0) return 0;
  const during = Math.min(s, duration);
  return (rise(exponent * during) / (exponent * duration)) * Math.exp(-exponent * (s - during));
}

/** The same of all doses `interval` apart that began before s = 0: the geometric series over k >= 1 of left(s + k interval). */
function series(exponent: number, duration: number, s: number, interval: number): number {
  let sum = 0;
  let k = 1;
  // Those still running, one by one; the rest is geometric.
  for (; s + k * interval < duration; k++) sum += left(exponent, duration, s + k * interval);
  return sum + left(exponent, duration, s + k * interval) / rise(exponent * interval);
}

function contribution(exponent: number, dose: Given, t: number): number {
  const { at, duration = 0, every = 0, times = 1, steady } = dose;
  // For ever until `at`, `amount` an hour.
  if (duration === Number.POSITIVE_INFINITY) return Math.exp(-exponent * (t - at)) / exponent;
  let sum = steady === undefined ? 0 : series(exponent, duration, t - at, steady);
  for (let n = 0; n < times; n++) sum += left(exponent, duration, t - at - n * every);
  return sum;
}

function within(epoch: Epoch, start: Amounts, t: number): Amounts {
  const names = compartmentsOf(epoch.disposition);
  const column = (name: Compartment) => {
    const c = names.indexOf(name);
    if (c < 0) throw new Error(`there is no ${name}`);
    return c;
  };
  const amounts = names.map(() => 0);
  const add = (mode: Mode, into: Compartment, amount: number) => {
    const c = column(into);
    mode.share.forEach((row, r) => {
      amounts[r] = (amounts[r] ?? 0) + amount * (row[c] ?? 0);
    });
  };
  for (const mode of modes(epoch.disposition)) {
    for (const name of names)
      add(mode, name, (start[name] ?? 0) * Math.exp(-mode.exponent * (t - epoch.from)));
    for (const dose of epoch.doses) add(mode, dose.into, dose.amount * contribution(mode.exponent, dose, t));
  }
  return Object.fromEntries(names.map((name, i) => [name, amounts[i] ?? 0]));
}

/** Amounts at t, just before anything that happens at t. */
export function amountsAt(course: Course, t: number): Amounts {
  let before: Amounts = {};
  let start: Amounts = {};
  for (const [i, epoch] of course.entries()) {
    start = epoch.start?.(before) ?? {};
    // A steady state is reached at the epoch's instant, not before it.
    if (i === 0 && t <= epoch.from)
      return Object.fromEntries(compartmentsOf(epoch.disposition).map((name) => [name, start[name] ?? 0]));
    const next = course[i + 1];
    if (next === undefined || t <= next.from) return within(epoch, start, t);
    before = within(epoch, start, next.from);
  }
  return start;
}
