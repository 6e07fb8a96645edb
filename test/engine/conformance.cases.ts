// What every backend must get right: small models with closed forms, one typical patient each. A case's `outputs` and
// `endpoints` are exact values; `kinks` loosens nothing but says that the right-hand side is not smooth.

export interface ConformanceCase {
  readonly name: string;
  readonly model: string;
  /** Arm names are the therapies' names; absent: one arm without doses. */
  readonly arms?: readonly string[];
  readonly until: string;
  readonly every: string;
  /** By arm, then output: the value at time t (just before anything given at t). */
  readonly outputs?: Readonly<Record<string, Readonly<Record<string, (t: number) => number>>>>;
  /** By arm, then endpoint; null: it does not exist for the patient. */
  readonly endpoints?: Readonly<Record<string, Readonly<Record<string, number | null>>>>;
  /** Largest error relative to the largest value of the output, at rtol 1e-10 in f64 and 1e-5 in f32. */
  readonly tolerance?: { readonly f64: number; readonly f32: number };
  /** Statuses by arm that must be counted instead of any number. */
  readonly fails?: readonly string[];
}

const K = 0.3;
const V = 20;
/** One compartment: what remains at t of doses given strictly before t (the left limit). */
const boluses = (doses: readonly (readonly [number, number])[]) => (t: number) =>
  doses.reduce((sum, [at, amount]) => sum + (at < t ? amount * Math.exp(-K * (t - at)) : 0), 0);
const infused =
  (doses: readonly (readonly [start: number, duration: number, amount: number])[]) => (t: number) =>
    doses.reduce((sum, [start, duration, amount]) => {
      if (t <= start) return sum;
      const during = Math.min(t - start, duration);
      const after = Math.max(0, t - start - duration);
      return sum + ((amount / duration) * (1 - Math.exp(-K * during)) * Math.exp(-K * after)) / K;
    }, 0);

const one = (therapies: string, endpoints = '') => `model one "One compartment"
  time h
parameter k "Elimination rate" = ${K} [1/h]
parameter V "Volume" = ${V} [L]
compartment central : mg
flow elimination : central -> at k * central
output amount = central
output conc = central / V in mg/L
${therapies}
${endpoints}
`;
const repeated = (n: number, every: number, amount: number, from = 0) =>
  Array.from({ length: n }, (_, i) => [from + i * every, amount] as const);

const KA = 1.59;
const KE = 2.75 / 31.8;
const bateman = (t: number) => (320 * KA * (Math.exp(-KE * t) - Math.exp(-KA * t))) / (KA - KE) / 31.8;
const TMAX = Math.log(KA / KE) / (KA - KE);
/** Where the rising and the falling limb cross c, by bisection on the closed form. */
const crossing = (c: number, low: number, high: number): number => {
  let [a, b] = [low, high];
  for (let i = 0; i < 200; i++) {
    const m = (a + b) / 2;
    if (bateman(a) > c === bateman(m) > c) a = m;
    else b = m;
  }
  return a;
};
const UP = crossing(5, 0, TMAX);
const DOWN = crossing(5, TMAX, 24);
const batemanArea = (t: number) =>
  (320 * KA * ((1 - Math.exp(-KE * t)) / KE - (1 - Math.exp(-KA * t)) / KA)) / (KA - KE) / 31.8;

export const CASES: readonly ConformanceCase[] = [
  {
    name: 'an initial amount decays exponentially',
    model: `model decay
  time h
parameter k = 0.7 [1/h]
state x : mg = 5 [mg]
d/dt(x) = -k * x
output amount = x
`,
    until: '10 h',
    every: '0.37 h',
    outputs: { untreated: { amount: (t) => 5 * Math.exp(-0.7 * t) } },
  },
  {
    name: 'boluses add up and are read just before they are given',
    model: one(
      'therapy bolus\n  dose 100 [mg] into central every 6 h times 5',
      'endpoint trough = conc at 24 h\nendpoint peak = max(conc)\nendpoint late = max(conc, 20 h .. 30 h)\nendpoint low = min(conc, 6 h .. 12 h)',
    ),
    arms: ['bolus'],
    until: '48 h',
    every: '1 h',
    outputs: {
      bolus: { amount: boluses(repeated(5, 6, 100)), conc: (t) => boluses(repeated(5, 6, 100))(t) / V },
    },
    endpoints: {
      bolus: {
        trough: boluses(repeated(5, 6, 100))(24) / V,
        peak: (boluses(repeated(5, 6, 100))(24) + 100) / V,
        late: (boluses(repeated(5, 6, 100))(24) + 100) / V,
        low: boluses(repeated(5, 6, 100))(6) / V,
      },
    },
  },
  {
    name: 'infusions overlap, end off the grid and may be shorter than any step',
    model: one(
      'therapy overlapping\n  dose 90 [mg] into central over 3 h every 2 h times 6\ntherapy short\n  dose 90 [mg] into central over 0.001 h from 1.1 h\ntherapy split\n  dose 60 [mg] into central over 1.7 h\n  dose 40 [mg] into central from 1.7 h\n  dose 10 [mg] into central over 2.3 h from 0.5 h every 4 h times 3',
      'endpoint area = integral(conc)\nendpoint area_later = integral(conc, 3 h .. 9.3 h)\nendpoint average = mean(conc, 0 h .. 24 h)',
    ),
    arms: ['overlapping', 'short', 'split'],
    until: '24 h',
    every: '0.5 h',
    outputs: {
      overlapping: { amount: infused([0, 2, 4, 6, 8, 10].map((s) => [s, 3, 90] as const)) },
      short: { amount: infused([[1.1, 0.001, 90]]) },
      split: {
        amount: (t) =>
          infused([[0, 1.7, 60], ...[0.5, 4.5, 8.5].map((s) => [s, 2.3, 10] as const)])(t) +
          boluses([[1.7, 40]])(t),
      },
    },
    endpoints: {
      // Mass balance: area of conc = (dose - what is left) / (k V).
      overlapping: {
        area: (540 - infused([0, 2, 4, 6, 8, 10].map((s) => [s, 3, 90] as const))(24)) / (K * V),
      },
      short: {
        area: (90 - infused([[1.1, 0.001, 90]])(24)) / (K * V),
        average: (90 - infused([[1.1, 0.001, 90]])(24)) / (K * V) / 24,
        area_later: (infused([[1.1, 0.001, 90]])(3) - infused([[1.1, 0.001, 90]])(9.3)) / (K * V),
      },
    },
  },
  {
    name: 'an oral dose peaks between grid points, and crossings, shares and areas are exact',
    model: `model oral
  time h
parameter ka = ${KA} [1/h]
parameter CL = 2.75 [L/h]
parameter V = 31.8 [L]
compartment depot : mg
compartment central : mg
flow absorption : depot -> central at ka * depot
flow elimination : central -> at CL / V * central
output conc = central / V in mg/L
therapy single
  dose 320 [mg] into depot
therapy grams
  dose 0.32 [g] into depot
endpoint cmax = max(conc)
endpoint tmax = time of max(conc)
endpoint area = integral(conc, 2 h .. 12 h)
endpoint average = mean(conc, 2 h .. 12 h)
endpoint above = first time(conc > 5 [mg/L])
endpoint below = first time(conc < 5 [mg/L], 4 h .. 24 h)
endpoint inside = share of time(conc in 5 .. 20)
endpoint never = first time(conc > 50 [mg/L])
endpoint fall = change of conc at 12 h
endpoint ratio = (conc at 12 h) / (conc at 6 h)
endpoint hit = cmax in 8 .. 9
endpoint miss = cmax > 9 [mg/L]
endpoint later = conc at 30 h
`,
    arms: ['single', 'grams'],
    until: '24 h',
    every: '1 h',
    outputs: { single: { conc: bateman }, grams: { conc: bateman } },
    endpoints: {
      single: {
        cmax: bateman(TMAX),
        tmax: TMAX,
        area: batemanArea(12) - batemanArea(2),
        average: (batemanArea(12) - batemanArea(2)) / 10,
        above: UP,
        below: DOWN,
        inside: (DOWN - UP) / 24,
        never: null,
        fall: bateman(12),
        ratio: bateman(12) / bateman(6),
        hit: 1,
        miss: 0,
        later: null,
      },
    },
    tolerance: { f64: 1e-8, f32: 3e-4 },
  },
  {
    name: 'the right-hand side may depend on time',
    model: `model clock
  time h
state x : 1 = 0
state z : 1 = 1
d/dt(x) = cos(t / 1 [h]) / 1 [h]
d/dt(z) = -z * t / 8 [h^2]
output sine = x
output bell = z
endpoint top = max(sine, 0 h .. 4 h)
endpoint when = time of max(sine, 0 h .. 4 h)
endpoint bottom = min(sine, 2 h .. 6 h)
`,
    until: '6 h',
    every: '0.25 h',
    outputs: { untreated: { sine: Math.sin, bell: (t) => Math.exp((-t * t) / 16) } },
    endpoints: { untreated: { top: 1, when: Math.PI / 2, bottom: -1 } },
    tolerance: { f64: 1e-8, f32: 3e-4 },
  },
  {
    name: 'two drugs go into two compartments, at the same and at different instants',
    model: `model pair
  time d
parameter ka = 1.5 [1/d]
parameter kb = 0.4 [1/d]
compartment a : mg
compartment b : ug
flow out_a : a -> at ka * a
flow out_b : b -> at kb * b
output drug_a = a
output drug_b = b
therapy both
  dose 10 [mg] into a every 1 d times 4
  dose 1 [mg] into b every 2 d times 2
  dose 500 [ug] into b over 12 h from 24 h
`,
    arms: ['both'],
    until: '7 d',
    every: '0.5 d',
    outputs: {
      both: {
        drug_a: (t) => [0, 1, 2, 3].reduce((s, at) => s + (at < t ? 10 * Math.exp(-1.5 * (t - at)) : 0), 0),
        drug_b: (t) => {
          const bolus = [0, 2].reduce((s, at) => s + (at < t ? 1000 * Math.exp(-0.4 * (t - at)) : 0), 0);
          if (t <= 1) return bolus;
          const during = Math.min(t - 1, 0.5);
          const after = Math.max(0, t - 1.5);
          return bolus + ((500 / 0.5) * (1 - Math.exp(-0.4 * during)) * Math.exp(-0.4 * after)) / 0.4;
        },
      },
    },
  },
  {
    name: 'every function has the value of its name',
    model: `model functions
  time h
state x : 1 = 0
d/dt(x) = 1 / 1 [h]
output exponential = exp(-x)
output logarithm = log(1 + x)
output decimal = log10(1 + x)
output power = (0.5 + x) ^ 1.7
output cube = (x - 2) ^ 3
output root = sqrt(x)
output sines = sin(3 * x) + cos(x) + tan(x / 4)
output hyperbolic = tanh(x - 1) + sinh(x / 3) + cosh(x / 3)
output arcs = atan(x) + asin(x / 9) + acos(x / 9)
output steps = floor(x + 0.05) + ceil(x + 0.05) + round(x + 0.05) + mod(x + 0.05, 1.5)
output choice = if x > 2.05 and not (x > 3.05) or x < 0.95 then 2 else -1
output bounded = min(x, 2.5) + max(x, 1.5) + abs(x - 2)
output sigmoid = logistic(x - 2) + hill(x, 2, 3)
output normal = normal_cdf(x - 2) + normal_quantile((x + 1) / 8)
`,
    until: '4 h',
    every: '0.1 h',
    outputs: {
      untreated: {
        exponential: (t) => Math.exp(-t),
        logarithm: (t) => Math.log(1 + t),
        decimal: (t) => Math.log10(1 + t),
        power: (t) => (0.5 + t) ** 1.7,
        cube: (t) => (t - 2) ** 3,
        root: Math.sqrt,
        sines: (t) => Math.sin(3 * t) + Math.cos(t) + Math.tan(t / 4),
        hyperbolic: (t) => Math.tanh(t - 1) + Math.sinh(t / 3) + Math.cosh(t / 3),
        arcs: (t) => Math.atan(t) + Math.asin(t / 9) + Math.acos(t / 9),
        steps: (t) => Math.floor(t + 0.05) + Math.ceil(t + 0.05) + Math.round(t + 0.05) + ((t + 0.05) % 1.5),
        choice: (t) => ((t > 2.05 && !(t > 3.05)) || t < 0.95 ? 2 : -1),
        bounded: (t) => Math.min(t, 2.5) + Math.max(t, 1.5) + Math.abs(t - 2),
        sigmoid: (t) => 1 / (1 + Math.exp(2 - t)) + t ** 3 / (8 + t ** 3),
      },
    },
  },
  {
    name: 'a switch in the right-hand side is stepped over accurately',
    model: `model switch
  time h
state x : 1 = 0
d/dt(x) = if t < 3.3 [h] then 1 / 1 [h] else -0.5 / 1 [h]
output ramp = x
endpoint top = max(ramp)
`,
    until: '8 h',
    every: '0.5 h',
    outputs: { untreated: { ramp: (t) => (t < 3.3 ? t : 3.3 - 0.5 * (t - 3.3)) } },
    // A jump inside a step is seen by the error estimate only; its share of the answer is larger than a smooth one's.
    tolerance: { f64: 1e-6, f32: 5e-4 },
  },
  {
    name: 'a solution that blows up fails and shows no number',
    model:
      'model blowup\n  time h\nstate x : 1 = 1\nd/dt(x) = x^2 / 1 [h]\noutput size = x\nendpoint last = size at 2 h\n',
    until: '2 h',
    every: '0.1 h',
    fails: ['untreated'],
  },
  {
    name: 'a logarithm of a negative number fails and shows no number',
    model:
      'model negative\n  time h\nstate x : 1 = 1\nd/dt(x) = log(0.5 - t / 1 [h]) / 1 [h]\noutput size = x\n',
    until: '2 h',
    every: '0.1 h',
    fails: ['untreated'],
  },
];
