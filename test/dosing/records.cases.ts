// Golden cases as NONMEM-style records: what a therapy's text does not say (SS 2 and 3, a constant infusion at steady
// state, EVID 2 and 8) and the same meaning by rows. One subject each; CMT 1 is the first compartment of the model.
// Columns: ID, TIME, AMT, RATE, EVID, CMT, ADDL, II, SS, and a covariate X where a case has one.
import type { Amounts, Course, Given } from './closed-form.ts';
import { bodyText, type GoldenCase, type GoldenOptions, golden, ONE, oral, TWO } from './golden.ts';

export interface RecordCase extends GoldenCase {
  readonly csv: string;
}

/** [TIME, AMT, RATE, EVID, CMT, ADDL, II, SS, X]; later ones default to 0, CMT to 1, EVID to 1. */
type Row = readonly (number | null)[];
const DEFAULTS = [0, 0, 0, 1, 1, 0, 0, 0];

function records(
  name: string,
  d: typeof ONE,
  rows: readonly Row[],
  given: Course | readonly Given[],
  options: GoldenOptions = {},
): RecordCase {
  const covariate = rows.some((row) => row.length > DEFAULTS.length);
  const header = `ID,TIME,DV,MDV,AMT,RATE,EVID,CMT,ADDL,II,SS${covariate ? ',X' : ''}`;
  const lines = rows.map((row) => {
    const [time, ...rest] = DEFAULTS.map((otherwise, i) => row[i] ?? otherwise);
    return `1,${time},.,1,${rest.join(',')}${covariate ? `,${row[DEFAULTS.length]}` : ''}`;
  });
  const { times, parts, until, outputs } = golden(name, d, '', given, options);
  return {
    name,
    model: bodyText(d, options),
    therapy: '',
    times,
    parts,
    until,
    outputs,
    csv: `${[header, ...lines].join('\n')}\n`,
  };
}
const same = (before: Amounts): Amounts => before;

export const RECORD_CASES: readonly RecordCase[] = [
  records('further doses', oral(ONE), [[0, 100, 0, 1, 1, 3, 8]], [{ at: 0, into: 'depot', amount: 100, every: 8, times: 4 }]),
  records('steady state 1', TWO, [[0, 100, 0, 1, 1, 2, 12, 1]], [
    { at: 0, into: 'central', amount: 100, every: 12, times: 3, steady: 12 },
  ]),
  records('steady state 1 of an infusion, with a lag', TWO, [[0, 60, 12, 1, 1, 1, 8, 1]], [
    { at: 6, into: 'central', amount: 60, duration: 5, every: 8, times: 2, steady: 8 },
  ], { entry: { central: 'lag 6 h' } }),
  records('steady state 2 adds a second regimen to a first', TWO, [[0, 100, 0, 1, 1, 3, 24, 1], [12, 50, 0, 1, 1, 2, 24, 2]], [
    { from: 0, disposition: TWO, doses: [{ at: 0, into: 'central', amount: 100, steady: 24 }] },
    { from: 12, disposition: TWO, start: same, doses: [
      { at: 24, into: 'central', amount: 100, every: 24, times: 3 },
      { at: 12, into: 'central', amount: 50, every: 24, times: 3, steady: 24 },
    ] },
  ], { until: 72 }),
  records('steady state 2 of infusions adds to a running infusion', ONE, [[0, 100, 5], [12, 60, 4, 1, 1, 1, 8, 2]], [
    { from: 0, disposition: ONE, doses: [{ at: 0, into: 'central', amount: 100, duration: 20 }] },
    { from: 12, disposition: ONE, start: same, doses: [
      { at: 12, into: 'central', amount: 40, duration: 8 },
      { at: 12, into: 'central', amount: 60, duration: 15, every: 8, times: 2, steady: 8 },
    ] },
  ]),
  records('steady state 3 is that of 1 in a linear model', oral(ONE), [[0, 300], [10, 100, 0, 1, 1, 2, 12, 3]], [
    { from: 0, disposition: oral(ONE), doses: [{ at: 0, into: 'depot', amount: 300 }] },
    { from: 10, disposition: oral(ONE), doses: [{ at: 10, into: 'depot', amount: 100, every: 12, times: 3, steady: 12 }] },
  ]),
  records('steady state of a constant infusion, which ends', TWO, [[5, 0, 20, 1, 1, 0, 0, 1]], [
    { from: 0, disposition: TWO, doses: [] },
    { from: 5, disposition: TWO, doses: [{ at: 5, into: 'central', amount: 20, duration: Number.POSITIVE_INFINITY }] },
  ]),
  records('steady state of a constant infusion, which goes on for 10 h', TWO, [[0, 0, 20, 1, 1, 0, 0, 1], [0, 200, 20]], [
    { at: 0, into: 'central', amount: 20, duration: Number.POSITIVE_INFINITY },
    { at: 0, into: 'central', amount: 200, duration: 10 },
  ]),
  records('a constant infusion at steady state on top of what is there', ONE, [[0, 100], [6, 0, 20, 1, 1, 0, 0, 2]], [
    { from: 0, disposition: ONE, doses: [{ at: 0, into: 'central', amount: 100 }] },
    { from: 6, disposition: ONE, start: same, doses: [{ at: 6, into: 'central', amount: 20, duration: Number.POSITIVE_INFINITY }] },
  ]),
  records('reset', TWO, [[0, 100, 5], [13, 0, 0, 3], [20, 40]], [
    { from: 0, disposition: TWO, doses: [{ at: 0, into: 'central', amount: 100, duration: 20 }] },
    { from: 13, disposition: TWO, doses: [{ at: 20, into: 'central', amount: 40 }] },
  ]),
  records('reset and dose, with further doses', oral(ONE), [[0, 100, 0, 1, 1, 9, 6], [15, 50, 0, 4, 1, 2, 8]], [
    { from: 0, disposition: oral(ONE), doses: [{ at: 0, into: 'depot', amount: 100, every: 6, times: 3 }] },
    { from: 15, disposition: oral(ONE), doses: [{ at: 15, into: 'depot', amount: 50, every: 8, times: 3 }] },
  ]),
  records('a reset cancels a dose that waits for its lag', oral(ONE), [[0, 100], [10, 80], [12, 0, 0, 3]], [
    { from: 0, disposition: oral(ONE), doses: [{ at: 4, into: 'depot', amount: 100 }] },
    { from: 12, disposition: oral(ONE), doses: [] },
  ], { entry: { depot: 'lag 4 h' } }),
  records('an amount is replaced', TWO, [[0, 100, 5], [10, 35, 0, 8]], [
    { from: 0, disposition: TWO, doses: [{ at: 0, into: 'central', amount: 100, duration: 20 }] },
    { from: 10, disposition: TWO, start: (before) => ({ ...before, central: 35 }), doses: [{ at: 10, into: 'central', amount: 50, duration: 10 }] },
  ]),
  records('a modelled duration, further doses', ONE, [[0, 100, -2, 1, 1, 3, 8]], [
    { at: 0.5, into: 'central', amount: 70, duration: 2.5, every: 8, times: 4 },
  ], { entry: { central: 'bioavailability 0.7 lag 0.5 h infused over 2.5 h' } }),
  records('a modelled rate, further doses', ONE, [[0, 100, -1, 1, 1, 3, 8]], [
    { at: 0, into: 'central', amount: 70, duration: 70 / 28, every: 8, times: 4 },
  ], { entry: { central: 'bioavailability 0.7 infused at 28 [mg/h]' } }),
  records('a bolus into a compartment with a modelled duration stays a bolus', ONE, [[0, 100, 0]], [
    { at: 0, into: 'central', amount: 100 },
  ], { entry: { central: 'infused over 2.5 h' } }),
  records('a given rate: bioavailability shortens the infusion', TWO, [[0, 100, 20, 1, 1, 2, 12]], [
    { at: 0, into: 'central', amount: 70, duration: 3.5, every: 12, times: 3 },
  ], { entry: { central: 'bioavailability 0.7' } }),
  records('doses into several compartments at one time', oral(TWO), [[3, 10, 0, 1, 1], [3, 20, 4, 1, 2], [3, 30, 0, 1, 3]], [
    { at: 3, into: 'depot', amount: 10 },
    { at: 3, into: 'central', amount: 20, duration: 5 },
    { at: 3, into: 'peripheral', amount: 30 },
  ]),
  records('a covariate of another event (EVID 2) holds from its row on', ONE, [
    [0, 100, 0, 1, 1, 0, 0, 0, 1], [6, 0, 0, 2, 1, 0, 0, 0, 3], [12, 100, 0, 1, 1, 0, 0, 0, 3],
  ], [
    { from: 0, disposition: ONE, doses: [{ at: 0, into: 'central', amount: 100 }] },
    { from: 6, disposition: { ...ONE, CL: 9 }, start: same, doses: [{ at: 12, into: 'central', amount: 100 }] },
  ], { extra: 'covariate X : 1 ~ uniform(low 0, high 9)', define: { CL: '3 [L/h] * X' } }),
  records('reset and dose with a lag: the reset is at the row, the dose later', oral(ONE), [[0, 100], [12, 50, 0, 4, 1, 1, 8]], [
    { from: 0, disposition: oral(ONE), doses: [{ at: 4, into: 'depot', amount: 100 }] },
    { from: 12, disposition: oral(ONE), doses: [{ at: 16, into: 'depot', amount: 50, every: 8, times: 2 }] },
  ], { entry: { depot: 'lag 4 h' } }),
  records("a bioavailability by a covariate is that of the dose's own row", ONE, [
    [0, 100, 0, 1, 1, 0, 0, 0, 0.5], [8, 100, 0, 1, 1, 0, 0, 0, 0.25], [16, 100, 0, 1, 1, 0, 0, 0, 1],
  ], [
    { at: 0, into: 'central', amount: 50 },
    { at: 8, into: 'central', amount: 25 },
    { at: 16, into: 'central', amount: 100 },
  ], { extra: 'covariate X : 1 ~ uniform(low 0, high 1)', entry: { central: 'bioavailability X' } }),
]; // biome-ignore format: rows
