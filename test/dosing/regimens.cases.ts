// Regimens as they are prescribed: amounts by covariate, loading and taper, lags, orders, overlaps, ties, several drugs.
import { type Amounts, amountsAt, type Given } from './closed-form.ts';
import { bodyText, type GoldenCase, golden, grid, ONE, oral, THREE, TWO } from './golden.ts';

const WEIGHT = 'covariate WT "Body weight" : kg ~ normal(mean 82, sd 10)';
const SURFACE = 'covariate BSA "Body surface" : m2 ~ normal(mean 1.875, sd 0.2)';
const RENAL = 'covariate CRCL "Creatinine clearance" : mL/min ~ normal(mean 90, sd 20)';

/** A dose every 6 h that is decided when it is due, from what is there just before. */
function decided(amount: (before: Amounts) => number): readonly Given[] {
  const doses: Given[] = [];
  for (let at = 0; at < 48; at += 6) {
    const before = amountsAt([{ from: 0, disposition: TWO, doses: [...doses] }], at);
    const given = amount(before);
    if (given > 0) doses.push({ at, into: 'central', amount: given });
  }
  return doses;
}

export const REGIMENS: readonly GoldenCase[] = [
  golden(
    'an amount by body weight',
    TWO,
    'dose 15 [mg/kg] * WT into central over 1 h every 12 h times 3',
    [{ at: 0, into: 'central', amount: 15 * 82, duration: 1, every: 12, times: 3 }],
    { extra: WEIGHT },
  ),
  golden(
    'an amount by body surface',
    ONE,
    'dose 75 [mg/m2] * BSA into central over 60 min',
    [{ at: 0, into: 'central', amount: 75 * 1.875, duration: 1 }],
    { extra: SURFACE },
  ),
  golden(
    'an amount by kidney function, for a target exposure',
    TWO,
    'dose 5 [mg*min/mL] * (CRCL + 25 [mL/min]) into central over 30 min',
    [{ at: 0, into: 'central', amount: 5 * 115, duration: 0.5 }],
    { extra: RENAL },
  ),
  golden(
    'an interval and a start by covariate',
    ONE,
    'dose 100 [mg] into central from 1 [h/kg] * WT / 82 * 3 every (if CRCL > 60 [mL/min] then 6 [h] else 12 [h]) times 4',
    [{ at: 3, into: 'central', amount: 100, every: 6, times: 4 }],
    { extra: `${WEIGHT}\n${RENAL}` },
  ),
  golden(
    'loading, maintenance and taper',
    TWO,
    [
      'dose 25 [mg/kg] * WT into central over 2 h',
      'dose 1 [g] into central over 1 h from 12 h every 12 h until 48 h',
      'dose 500 [mg] into central over 1 h from 48 h every 12 h times 2',
      'dose 250 [mg] into central from 72 h',
    ].join('\n'),
    [
      { at: 0, into: 'central', amount: 2050, duration: 2 },
      { at: 12, into: 'central', amount: 1000, duration: 1, every: 12, times: 3 },
      { at: 48, into: 'central', amount: 500, duration: 1, every: 12, times: 2 },
      { at: 72, into: 'central', amount: 250 },
    ],
    { extra: WEIGHT, until: 96 },
  ),
  golden(
    'a bolus into every compartment',
    oral(THREE),
    [
      'dose 10 [mg] into depot',
      'dose 20 [mg] into central from 1 h',
      'dose 30 [mg] into peripheral from 2 h',
      'dose 40 [mg] into deep from 3 h',
    ].join('\n'),
    [
      { at: 0, into: 'depot', amount: 10 },
      { at: 1, into: 'central', amount: 20 },
      { at: 2, into: 'peripheral', amount: 30 },
      { at: 3, into: 'deep', amount: 40 },
    ],
  ),
  golden(
    'an infusion into a peripheral compartment',
    TWO,
    'dose 90 [mg] into peripheral over 7 h from 2.5 h',
    [{ at: 2.5, into: 'peripheral', amount: 90, duration: 7 }],
  ),
  golden(
    'a tablet with an immediate and a delayed part',
    oral(ONE),
    'dose 40 [mg] into depot\ndose 60 [mg] into depot lag 4 h',
    [
      { at: 0, into: 'depot', amount: 40 },
      { at: 4, into: 'depot', amount: 60 },
    ],
  ),
  golden(
    'zero-order and first-order absorption of the same dose',
    oral(TWO),
    'dose 100 [mg] into depot bioavailability 0.4\ndose 100 [mg] into central over 3 h bioavailability 0.6 lag 30 min',
    [
      { at: 0, into: 'depot', amount: 40 },
      { at: 0.5, into: 'central', amount: 60, duration: 3 },
    ],
  ),
  golden(
    'two boluses at one instant',
    ONE,
    'dose 30 [mg] into central from 5 h\ndose 12 [mg] into central from 5 h',
    [{ at: 5, into: 'central', amount: 42 }],
  ),
  golden(
    'a bolus where an infusion begins and one where it ends',
    TWO,
    'dose 30 [mg] into central from 3 h\ndose 40 [mg] into central over 3 h from 3 h\ndose 12 [mg] into central from 6 h',
    [
      { at: 3, into: 'central', amount: 30 },
      { at: 3, into: 'central', amount: 40, duration: 3 },
      { at: 6, into: 'central', amount: 12 },
    ],
  ),
  golden('infusions back to back are one', ONE, 'dose 24 [mg] into central over 6 h every 6 h times 4', [
    { at: 0, into: 'central', amount: 96, duration: 24 },
  ]),
  golden(
    'streams whose doses meet again and again',
    ONE,
    'dose 10 [mg] into central every 4 h times 9\ndose 20 [mg] into central every 6 h times 6\ndose 30 [mg] into central over 2 h every 12 h times 3',
    [
      { at: 0, into: 'central', amount: 10, every: 4, times: 9 },
      { at: 0, into: 'central', amount: 20, every: 6, times: 6 },
      { at: 0, into: 'central', amount: 30, duration: 2, every: 12, times: 3 },
    ],
  ),
  golden('an infusion shorter than any step', TWO, 'dose 50 [mg] into central over 1 s from 2.25 h', [
    { at: 2.25, into: 'central', amount: 50, duration: 1 / 3600 },
  ]),
  golden(
    'a dose at the end of the run and one after it show nothing',
    ONE,
    'dose 50 [mg] into central every 16 h times 9\ndose 5 [mg] into central over 3 h from 400 h',
    [{ at: 0, into: 'central', amount: 50, every: 16, times: 3 }],
  ),
  golden('an infusion that outlasts the run', ONE, 'dose 500 [mg] into central over 100 h from 6 h', [
    { at: 6, into: 'central', amount: 500, duration: 100 },
  ]),
  golden(
    'a lag that moves doses past the end of the run',
    oral(ONE),
    'dose 70 [mg] into depot every 12 h times 3 lag 30 h',
    [
      { at: 30, into: 'depot', amount: 70 },
      { at: 42, into: 'depot', amount: 70 },
    ],
  ),
  golden('a lag longer than the interval', oral(TWO), 'dose 70 [mg] into depot every 4 h times 6 lag 9.5 h', [
    { at: 9.5, into: 'depot', amount: 70, every: 4, times: 6 },
  ]),
  golden(
    'a lag longer than the interval, before infusions that overlap',
    ONE,
    'dose 70 [mg] into central over 6 h every 4 h times 5 lag 5 h',
    [{ at: 5, into: 'central', amount: 70, duration: 6, every: 4, times: 5 }],
  ),
  golden(
    "a dose's lag and bioavailability override the compartment's",
    oral(ONE),
    'dose 80 [mg] into depot lag 2 h\ndose 80 [mg] into depot from 12 h bioavailability 0.9\ndose 80 [mg] into depot from 24 h',
    [
      { at: 2, into: 'depot', amount: 40 },
      { at: 12.5, into: 'depot', amount: 72 },
      { at: 24.5, into: 'depot', amount: 40 },
    ],
    { entry: { depot: 'bioavailability 0.5 lag 0.5 h' } },
  ),
  golden(
    'lag and bioavailability by covariate',
    oral(ONE),
    'dose 100 [mg] into depot every 12 h times 2',
    [{ at: 1.5, into: 'depot', amount: 82, every: 12, times: 2 }],
    {
      extra: `${WEIGHT}\nF1 = WT / 100 [kg]\nALAG1 = CRCL / 60 [mL/min] * 1 [h]\n${RENAL}`,
      entry: { depot: 'bioavailability F1 lag ALAG1' },
    },
  ),
  golden(
    'a bioavailability above 1 and one of 0',
    TWO,
    'dose 100 [mg] into central bioavailability 1.2\ndose 100 [mg] into central from 6 h bioavailability 0',
    [{ at: 0, into: 'central', amount: 120 }],
  ),
  golden(
    "an infusion's own duration goes before the compartment's",
    ONE,
    'dose 60 [mg] into central over 1.5 h\ndose 60 [mg] into central at 12 [mg/h] from 12 h\ndose 60 [mg] into central from 30 h',
    [
      { at: 0, into: 'central', amount: 60, duration: 1.5 },
      { at: 12, into: 'central', amount: 60, duration: 5 },
      { at: 30, into: 'central', amount: 60, duration: 4 },
    ],
    { entry: { central: 'infused over 4 h' } },
  ),
  golden(
    'modelled durations longer than the interval, further doses',
    TWO,
    'dose 60 [mg] into central every 6 h times 5',
    [{ at: 0, into: 'central', amount: 60, duration: 8.5, every: 6, times: 5 }],
    { extra: 'parameter D1 = 8.5 [h]', entry: { central: 'infused over D1' } },
  ),
  golden(
    'modelled duration with lag and further doses',
    TWO,
    'dose 60 [mg] into central every 6 h times 5',
    [{ at: 1.25, into: 'central', amount: 60, duration: 2.5, every: 6, times: 5 }],
    { extra: 'parameter D1 = 2.5 [h]', entry: { central: 'lag 1.25 h infused over D1' } },
  ),
  golden(
    'modelled rates that overlap, with lag',
    ONE,
    'dose 60 [mg] into central every 6 h times 4',
    [{ at: 0.5, into: 'central', amount: 60, duration: 7.5, every: 6, times: 4 }],
    { extra: 'parameter R1 = 8 [mg/h]', entry: { central: 'lag 30 min infused at R1' } },
  ),
  golden(
    'a given rate without bioavailability',
    THREE,
    'dose 90 [mg] into central at 12 [mg/h] from 2 h every 10 h times 3',
    [{ at: 2, into: 'central', amount: 90, duration: 7.5, every: 10, times: 3 }],
  ),
  golden(
    'a rate by body weight',
    ONE,
    'dose 164 [mg] into central at 0.5 [mg/kg/h] * WT',
    [{ at: 0, into: 'central', amount: 164, duration: 4 }],
    { extra: WEIGHT },
  ),
  golden(
    'a dose is given only while there is little',
    TWO,
    'dose 100 [mg] into central every 6 h while central < 30 [mg]',
    decided((a) => ((a.central ?? 0) < 30 ? 100 : 0)),
  ),
  golden(
    'a dose fills up what is missing',
    TWO,
    'dose 100 [mg] - central into central every 6 h',
    decided((a) => 100 - (a.central ?? 0)),
  ),
  {
    name: 'two drugs, each on its own schedule',
    model: `${bodyText(ONE)}parameter k2 = 0.35 [1/h]\ncompartment other : mg lag 1 h\nflow other_elimination : other -> at k2 * other\noutput b_central = other\n`,
    therapy: 'dose 100 [mg] into central over 2 h every 12 h\ndose 40 [mg] into other every 8 h times 4',
    until: 48,
    times: grid(48),
    parts: [
      {
        prefix: 'a_',
        course: [
          {
            from: 0,
            disposition: ONE,
            doses: [{ at: 0, into: 'central', amount: 100, duration: 2, every: 12, times: 4 }],
          },
        ],
      },
      {
        prefix: 'b_',
        course: [
          {
            from: 0,
            disposition: { CL: 0.35, V: 1 },
            doses: [{ at: 1, into: 'central', amount: 40, every: 8, times: 4 }],
          },
        ],
      },
    ],
    outputs: { conc: (a) => (a.central ?? Number.NaN) / ONE.V },
  },
];
