// Events whose instants are known in closed form. `outputs` are exact, just before anything that happens at t; `stamps`
// are times that a memory kept, in h, exact too. Sample times keep away from the instants themselves.

export interface EventCase {
  readonly name: string;
  readonly model: string;
  readonly therapy?: string;
  /** Hours. */
  readonly until: number;
  readonly every: number;
  readonly outputs: Readonly<Record<string, (t: number) => number>>;
  /** Compared with a share of `until`, not of themselves. */
  readonly stamps?: Readonly<Record<string, (t: number) => number>>;
  /** The run must end as this instead. */
  readonly status?: string;
}

const model = (...lines: readonly string[]) => `model events "Events"\n  time h\n${lines.join('\n')}\n`;
/** A count and the time of the last one. */
const MEMORIES = ['memory n : 1 = 0', 'memory last : h = 0 [h]', 'output count = n', 'output stamp = last'];
const COUNTED = 'set n = n + 1, last = t';
/** x = t. */
const RAMP = ['state x : 1 = 0', 'd/dt(x) = 1 [1/h]', 'output ramp = x'];
/** u = sin(W t). */
const W = 0.4;
const WAVE = [
  'state u : 1 = 0',
  'state v : 1 = 1',
  `d/dt(u) = ${W} [1/h] * v`,
  `d/dt(v) = -${W} [1/h] * u`,
  'output wave = u',
];
const ramp = (t: number) => t;
const wave = (t: number) => Math.sin(W * t);
/** 0 up to and at `at`, then `after`. */
const stepAt =
  (at: number, after: number, before = 0) =>
  (t: number) =>
    t > at ? after : before;

/** The steps of a value that is `values[i]` after `times[i]`. */
const steps =
  (times: readonly number[], values: readonly number[], first = 0) =>
  (t: number) => {
    const i = times.findLastIndex((at) => at < t);
    return i < 0 ? first : (values[i] ?? Number.NaN);
  };

const K = 0.3;
const PERIOD = Math.log(5) / K;

/** Impacts of a ball let fall from 20 m that keeps 0.8 of its speed. */
const G = 9.81;
const KEPT = 0.8;
const V1 = Math.sqrt(2 * G * 20);
const IMPACTS = Array.from({ length: 6 }, (_, n) => {
  let at = V1 / G;
  for (let i = 1; i <= n; i++) at += (2 * V1 * KEPT ** i) / G;
  return at;
});
const height = (t: number): number => {
  const n = IMPACTS.findLastIndex((at) => at < t);
  if (n < 0) return 20 - (G * t * t) / 2;
  const s = t - (IMPACTS[n] ?? 0);
  return V1 * KEPT ** (n + 1) * s - (G * s * s) / 2;
};

/** Infusions of 100 mg over 2 h whenever 20 mg are left. */
const FIRST_LOW = Math.log(5) / K;
const AFTER_INFUSION = 20 * Math.exp(-K * 2) + (50 / K) * (1 - Math.exp(-K * 2));
const NEXT_LOW = 2 + Math.log(AFTER_INFUSION / 20) / K;
const LOWS = Array.from({ length: 4 }, (_, i) => FIRST_LOW + i * NEXT_LOW);
const infused = (t: number): number => {
  const i = LOWS.findLastIndex((at) => at < t);
  if (i < 0) return t > 0 ? 100 * Math.exp(-K * t) : 0;
  const s = t - (LOWS[i] ?? 0);
  if (s <= 2) return 20 * Math.exp(-K * s) + (50 / K) * (1 - Math.exp(-K * s));
  return AFTER_INFUSION * Math.exp(-K * (s - 2));
};

const DRUG = [
  'compartment central : mg',
  `flow elimination : central -> at ${K} [1/h] * central`,
  'output amount = central',
];
const two = (edge: string, first: number, second: number, then = '') =>
  model(
    ...RAMP,
    'memory y : 1 = 10',
    'output value = y',
    `when x > 5 priority ${first} ${edge} : set y = y * 2`,
    `when x > 5 priority ${second} ${edge} : set y = y + 1`,
    then,
  );
const EXECUTION = 'with values of execution';
const above = Math.asin(0.5) / W;

export const EVENT_CASES: readonly EventCase[] = [
  {
    name: 'a decay is lifted again and again',
    model: model(
      'state x : 1 = 10',
      `d/dt(x) = -${K} [1/h] * x`,
      'output size = x',
      ...MEMORIES,
      'when x < 2 : set x = 10, n = n + 1, last = t',
    ),
    until: 40,
    every: 0.7,
    outputs: {
      size: (t) => 10 * Math.exp(-K * (t - PERIOD * Math.floor(t / PERIOD))),
      count: (t) => Math.floor(t / PERIOD),
    },
    stamps: { stamp: (t) => PERIOD * Math.floor(t / PERIOD) },
  },
  {
    name: 'a ball bounces, in the air for one step or many',
    model: `model ball "A ball"
  time s
state z : m = 20 [m]
state speed : m/s = 0 [m/s]
d/dt(z) = speed
d/dt(speed) = -${G} [m/s^2]
memory n : 1 = 0
memory last : s = 0 [s]
output level = z
output count = n
output stamp = last
when z falls below 0 [m] : set speed = -${KEPT} * speed, n = n + 1, last = t
`,
    until: 14,
    every: 0.3,
    outputs: { level: height, count: (t) => IMPACTS.filter((at) => at < t).length },
    stamps: { stamp: steps(IMPACTS, IMPACTS) },
  },
  {
    name: 'a rate switches between two bounds',
    model: model(
      'memory slope : 1/h = 1 [1/h]',
      'state x : 1 = 0',
      'd/dt(x) = slope',
      'output size = x',
      'when x rises above 10 : set slope = -2 [1/h]',
      'when x falls below 4 : set slope = 1 [1/h]',
    ),
    until: 50,
    every: 0.83,
    outputs: {
      // Up to 10 at 10 h, down to 4 at 13 h, up to 10 at 19 h, ...
      size: (t) => {
        if (t <= 10) return t;
        const s = (t - 10) % 9;
        return s <= 3 ? 10 - 2 * s : 4 + (s - 3);
      },
    },
  },
  {
    name: 'what holds only inside one step is seen: a parabola',
    model: model(...RAMP, ...MEMORIES, `when x * (10 - x) > 24.99 : ${COUNTED}`),
    until: 20,
    every: 1.3,
    outputs: { ramp, count: stepAt(4.9, 1) },
    stamps: { stamp: stepAt(4.9, 4.9) },
  },
  {
    name: 'what holds only inside one step is seen: the crest of a wave',
    model: model(...WAVE, ...MEMORIES, `when u > 0.99 : ${COUNTED}`),
    until: 20,
    every: 1.3,
    outputs: { wave, count: steps([Math.asin(0.99) / W, (Math.asin(0.99) + 2 * Math.PI) / W], [1, 2]) },
    stamps: {
      stamp: steps(
        [Math.asin(0.99) / W, (Math.asin(0.99) + 2 * Math.PI) / W],
        [Math.asin(0.99) / W, (Math.asin(0.99) + 2 * Math.PI) / W],
      ),
    },
  },
  {
    name: 'events of one instant: the larger priority first, values of the edge',
    model: two('', 1, 2),
    until: 10,
    every: 0.9,
    outputs: { value: stepAt(5, 20, 10) },
  },
  {
    name: 'events of one instant: the other priority first, values of the edge',
    model: two('', 2, 1),
    until: 10,
    every: 0.9,
    outputs: { value: stepAt(5, 11, 10) },
  },
  {
    name: 'events of one instant: the larger priority first, values of execution',
    model: two(EXECUTION, 1, 2),
    until: 10,
    every: 0.9,
    outputs: { value: stepAt(5, 22, 10) },
  },
  {
    name: 'events of one instant: the other priority first, values of execution',
    model: two(EXECUTION, 2, 1),
    until: 10,
    every: 0.9,
    outputs: { value: stepAt(5, 21, 10) },
  },
  {
    name: 'a priority is taken anew after each event',
    // The second makes the third more urgent than the first.
    model: model(
      ...RAMP,
      'memory urgency : 1 = 0',
      'memory y : 1 = 10',
      'output value = y',
      `when x > 5 priority 1 ${EXECUTION} : set y = y * 2`,
      `when x > 5 priority 2 ${EXECUTION} : set y = y + 1, urgency = 3`,
      `when x > 5 priority urgency ${EXECUTION} : set y = y - 4`,
    ),
    until: 10,
    every: 0.9,
    outputs: { value: stepAt(5, (10 + 1 - 4) * 2, 10) },
  },
  {
    name: 'an event triggers another of the same instant, which triggers a third',
    model: model(
      ...RAMP,
      'memory a : 1 = 0',
      'memory b : 1 = 0',
      ...MEMORIES,
      'output first = a',
      'output second = b',
      'when x > 3.3 : set a = 5',
      'when a > 3 : set b = a + 1',
      `when b > 3 : ${COUNTED}`,
    ),
    until: 10,
    every: 0.7,
    outputs: { first: stepAt(3.3, 5), second: stepAt(3.3, 6), count: stepAt(3.3, 1) },
    stamps: { stamp: stepAt(3.3, 3.3) },
  },
  {
    name: 'a delay: values of the edge are kept',
    model: model(
      ...RAMP,
      'memory y : 1 = 0',
      'output value = y',
      ...MEMORIES,
      'when x > 2.2 after 1.5 h : set y = x, n = n + 1, last = t',
    ),
    until: 10,
    every: 0.6,
    outputs: { value: stepAt(3.7, 2.2), count: stepAt(3.7, 1) },
    stamps: { stamp: stepAt(3.7, 2.2) },
  },
  {
    name: 'a delay: values of execution',
    model: model(
      ...RAMP,
      'memory y : 1 = 0',
      'output value = y',
      ...MEMORIES,
      `when x > 2.2 after 1.5 h ${EXECUTION} : set y = x, n = n + 1, last = t`,
    ),
    until: 10,
    every: 0.6,
    outputs: { value: stepAt(3.7, 3.7), count: stepAt(3.7, 1) },
    stamps: { stamp: stepAt(3.7, 3.7) },
  },
  {
    name: 'a delay longer than the time between two edges: both are carried out',
    model: model(...WAVE, ...MEMORIES, `when u > 0.5 after 20 h ${EXECUTION} : ${COUNTED}`),
    until: 60,
    every: 1.1,
    outputs: {
      wave,
      count: steps(
        [0, 1, 2].map((i) => above + (2 * Math.PI * i) / W + 20),
        [1, 2, 3],
      ),
    },
    stamps: {
      stamp: steps(
        [0, 1, 2].map((i) => above + (2 * Math.PI * i) / W + 20),
        [0, 1, 2].map((i) => above + (2 * Math.PI * i) / W + 20),
      ),
    },
  },
  {
    name: 'what ceases to hold before its time is cancelled where that is asked for',
    model: model(...WAVE, ...MEMORIES, `when u > 0.5 after ${2.5 / W} h if it still holds : ${COUNTED}`),
    until: 14,
    every: 0.7,
    outputs: { wave, count: () => 0 },
    stamps: { stamp: () => 0 },
  },
  {
    name: 'what holds until its time is carried out though that is asked for',
    model: model(...WAVE, ...MEMORIES, `when u > 0.5 after ${1.5 / W} h if it still holds : ${COUNTED}`),
    until: 14,
    every: 0.7,
    outputs: { wave, count: stepAt(above + 1.5 / W, 1) },
    stamps: { stamp: stepAt(above + 1.5 / W, above) },
  },
  {
    name: 'what ceases to hold before its time is carried out otherwise',
    model: model(...WAVE, ...MEMORIES, `when u > 0.5 after ${2.5 / W} h : ${COUNTED}`),
    until: 14,
    every: 0.7,
    outputs: { wave, count: stepAt(above + 2.5 / W, 1) },
    stamps: { stamp: stepAt(above + 2.5 / W, above) },
  },
  {
    name: 'an event of the same instant can cancel another',
    model: model(
      ...RAMP,
      'memory open : 1 = 1',
      ...MEMORIES,
      'when x > 4 priority 2 : set open = 0',
      `when x > 4 and open > 0.5 priority 1 after 0 h if it still holds : ${COUNTED}`,
    ),
    until: 10,
    every: 0.7,
    outputs: { count: () => 0 },
  },
  {
    name: 'what holds at the start happens at the start',
    model: model(...RAMP, ...MEMORIES, `when x < 3 : ${COUNTED}`),
    until: 10,
    every: 0.7,
    outputs: { count: stepAt(0, 1) },
  },
  {
    name: 'what holds at the start does not happen where it is not to',
    model: model(...WAVE, ...MEMORIES, `when u < 0.5 not at the start : ${COUNTED}`),
    until: 14,
    every: 0.7,
    outputs: { count: stepAt(Math.PI / W - above, 1) },
    stamps: { stamp: stepAt(Math.PI / W - above, Math.PI / W - above) },
  },
  {
    name: 'so many times at most',
    model: model(...WAVE, ...MEMORIES, `when u > 0.5 at most 2 times : ${COUNTED}`),
    until: 60,
    every: 1.1,
    outputs: { count: steps([above, above + (2 * Math.PI) / W], [1, 2]) },
  },
  {
    name: 'two quantities cross at one instant',
    model: model(
      ...RAMP,
      'state y : 1 = 0',
      'd/dt(y) = 2 [1/h]',
      'memory z : 1 = 1',
      'output value = z',
      `when y > 14 priority 1 ${EXECUTION} : set z = z * 3`,
      `when x > 7 priority 2 ${EXECUTION} : set z = z + 1`,
    ),
    until: 10,
    every: 0.9,
    outputs: { value: stepAt(7, 6, 1) },
  },
  {
    name: 'a dose lifts an amount over a threshold at its own instant',
    model: model(...DRUG, ...MEMORIES, `when central > 50 [mg] : ${COUNTED}`),
    therapy: 'dose 100 [mg] into central from 6 h every 12 h times 2',
    until: 30,
    every: 1.1,
    outputs: {
      amount: (t) => [6, 18].reduce((s, at) => s + (t > at ? 100 * Math.exp(-K * (t - at)) : 0), 0),
      count: steps([6, 18], [1, 2]),
    },
    stamps: { stamp: steps([6, 18], [6, 18]) },
  },
  {
    name: 'a bolus whenever little is left',
    model: model(...DRUG),
    therapy:
      'dose 100 [mg] into central\nwhen central falls below 20 [mg] not at the start : dose 100 [mg] into central',
    until: 40,
    every: 1.1,
    outputs: {
      amount: (t) => {
        const again = Math.log(6) / K;
        if (t <= FIRST_LOW) return t > 0 ? 100 * Math.exp(-K * t) : 0;
        return 120 * Math.exp(-K * ((t - FIRST_LOW) % again));
      },
    },
  },
  {
    name: 'an infusion whenever little is left',
    model: model(...DRUG),
    therapy:
      'dose 100 [mg] into central\nwhen central falls below 20 [mg] not at the start : dose 100 [mg] into central over 2 h',
    until: 30,
    every: 1.1,
    outputs: { amount: infused },
  },
  {
    name: 'events without end at one instant are told, not computed',
    model: model(
      ...RAMP,
      'memory flag : 1 = 0',
      'output up = flag',
      'when x > 1 and flag < 0.5 : set flag = 1',
      'when flag > 0.5 : set flag = 0',
    ),
    until: 10,
    every: 1,
    outputs: {},
    status: 'event storm',
  },
];
