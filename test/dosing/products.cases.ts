// Every number of compartments x every route x every schedule, plain and with lag and bioavailability.
import type { Compartment, Disposition, Given } from './closed-form.ts';
import { type GoldenCase, golden, ONE, oral, THREE, TWO } from './golden.ts';

const BODIES: readonly (readonly [string, Disposition])[] = [
  ['one compartment', ONE],
  ['two compartments', TWO],
  ['three compartments', THREE],
];
interface Route {
  readonly name: string;
  readonly into: Compartment;
  readonly clause: string;
  readonly duration?: number;
}
const ROUTES: readonly Route[] = [
  { name: 'bolus', into: 'central', clause: '' },
  { name: 'infusion', into: 'central', clause: ' over 2 h', duration: 2 },
  { name: 'oral', into: 'depot', clause: '' },
];
interface Schedule {
  readonly name: string;
  readonly clause: string;
  readonly times: Pick<Given, 'every' | 'times' | 'steady'>;
}
const SINGLE: Schedule = { name: 'single', clause: ' from 1.5 h', times: {} };
const MULTIPLE: Schedule = { name: 'multiple', clause: ' every 8 h times 4', times: { every: 8, times: 4 } };
const STEADY: Schedule = {
  name: 'at steady state',
  clause: ' every 12 h times 3 at steady state',
  times: { every: 12, times: 3, steady: 12 },
};

interface Variant {
  readonly name: string;
  readonly schedules: readonly Schedule[];
  readonly lag?: number;
  readonly bioavailability?: number;
  /** Said by the compartment (else by the dose). */
  readonly entry: boolean;
}
const VARIANTS: readonly Variant[] = [
  { name: '', schedules: [SINGLE, MULTIPLE, STEADY], entry: false },
  { name: ', lag of the compartment', schedules: [MULTIPLE, STEADY], lag: 0.8, entry: true },
  { name: ', lag and bioavailability of the dose', schedules: [SINGLE, STEADY], lag: 1.3, bioavailability: 0.6, entry: false },
  { name: ', bioavailability of the compartment', schedules: [MULTIPLE], bioavailability: 0.35, entry: true },
]; // biome-ignore format: a table

function variant(
  [body, d]: (typeof BODIES)[number],
  route: Route,
  schedule: Schedule,
  v: Variant,
): GoldenCase {
  const share = v.bioavailability === undefined ? '' : ` bioavailability ${v.bioavailability}`;
  const lag = v.lag === undefined ? '' : ` lag ${v.lag} h`;
  const steady = schedule.clause.includes(' at steady state');
  const clause = `${route.clause}${schedule.clause.replace(' at steady state', '')}`;
  const own = v.entry ? '' : `${lag}${share}`;
  return golden(
    `${body}, ${route.name}, ${schedule.name}${v.name}`,
    route.into === 'depot' ? oral(d) : d,
    `dose 100 [mg] into ${route.into}${clause}${own}${steady ? ' at steady state' : ''}`,
    [
      {
        at: (schedule === SINGLE ? 1.5 : 0) + (v.lag ?? 0),
        into: route.into,
        amount: 100 * (v.bioavailability ?? 1),
        ...(route.duration !== undefined && { duration: route.duration }),
        ...schedule.times,
      },
    ],
    v.entry ? { entry: { [route.into]: `${share}${lag}`.trim() } } : {},
  );
}

/** What a zero-order input can be, for every number of compartments. */
const inputs = ([body, d]: (typeof BODIES)[number]): readonly GoldenCase[] => [
  golden(`${body}, infusions that overlap`, d, 'dose 60 [mg] into central over 10 h every 4 h times 5', [
    { at: 0, into: 'central', amount: 60, duration: 10, every: 4, times: 5 },
  ]),
  golden(
    `${body}, infusions longer than the interval, at steady state`,
    d,
    'dose 60 [mg] into central over 30 h every 12 h times 2 at steady state',
    [{ at: 0, into: 'central', amount: 60, duration: 30, every: 12, times: 2, steady: 12 }],
  ),
  golden(
    `${body}, a given rate: bioavailability shortens the infusion`,
    d,
    'dose 100 [mg] into central at 20 [mg/h] every 12 h times 2 bioavailability 0.7',
    [{ at: 0, into: 'central', amount: 70, duration: 3.5, every: 12, times: 2 }],
  ),
  golden(
    `${body}, a modelled duration: bioavailability lowers the rate`,
    d,
    'dose 100 [mg] into central every 9 h times 3',
    [{ at: 0, into: 'central', amount: 70, duration: 3.2, every: 9, times: 3 }],
    { extra: 'parameter D1 = 3.2 [h]', entry: { central: 'bioavailability 0.7 infused over D1' } },
  ),
  golden(
    `${body}, a modelled rate into the depot: bioavailability shortens the input`,
    oral(d),
    'dose 100 [mg] into depot every 9 h times 3',
    [{ at: 0, into: 'depot', amount: 70, duration: 70 / 28, every: 9, times: 3 }],
    { extra: 'parameter R1 = 28 [mg/h]', entry: { depot: 'bioavailability 0.7 infused at R1' } },
  ),
];

export const PRODUCTS: readonly GoldenCase[] = BODIES.flatMap((body) => [
  ...VARIANTS.flatMap((v) =>
    ROUTES.flatMap((route) => v.schedules.map((schedule) => variant(body, route, schedule, v))),
  ),
  ...inputs(body),
]);
