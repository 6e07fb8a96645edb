// What a golden dosing case is: a model and a therapy as texts, and the closed form of what they mean.
// In: a disposition, a therapy, what reaches which compartment. Out: texts, times and parts to compare.
import {
  type Amounts,
  amountsAt,
  type Compartment,
  type Course,
  compartmentsOf,
  type Disposition,
  type Given,
} from './closed-form.ts';

export interface GoldenCase {
  readonly name: string;
  /** The model without its therapy: cases with the same one may run as arms of one study. */
  readonly model: string;
  /** Clauses of the therapy, a line each. */
  readonly therapy: string;
  /** Hours. */
  readonly until: number;
  readonly times: readonly number[];
  /** One for each drug: output `PREFIXcentral` is the amount in `central` of the course. */
  readonly parts: readonly { readonly prefix: string; readonly course: Course }[];
  /** Outputs over the amounts of the first part, beside the amounts themselves. */
  readonly outputs: Readonly<Record<string, (amounts: Amounts) => number>>;
}

export interface GoldenOptions {
  /** What stands after `compartment depot : mg`. */
  readonly entry?: Readonly<Partial<Record<Compartment, string>>>;
  /** Further statements. */
  readonly extra?: string;
  /** Expressions in place of parameters. */
  readonly define?: Readonly<Partial<Record<keyof Disposition, string>>>;
  readonly until?: number;
  /** Times beside a grid of 0.75 h. */
  readonly also?: readonly number[];
}

export const ONE: Disposition = { CL: 3, V: 30 };
export const TWO: Disposition = { CL: 4, V: 20, Q: 6, V2: 35 };
export const THREE: Disposition = { CL: 5, V: 15, Q: 8, V2: 25, Q3: 1.2, V3: 30 };
export const KA = 1.1;
export const oral = (d: Disposition): Disposition => ({ ...d, ka: KA });

const GRID = 0.75;
const FLOWS: Readonly<Record<Compartment, readonly string[]>> = {
  depot: ['flow absorption : depot -> central at ka * depot'],
  central: ['flow elimination : central -> at CL / V * central'],
  peripheral: ['flow distribution : central -> peripheral at Q * (central / V - peripheral / V2)'],
  deep: ['flow deep_distribution : central -> deep at Q3 * (central / V - deep / V3)'],
};
const UNITS: Readonly<Record<keyof Disposition, string>> = {
  CL: 'L/h',
  V: 'L',
  Q: 'L/h',
  V2: 'L',
  Q3: 'L/h',
  V3: 'L',
  ka: '1/h',
};

export function bodyText(
  d: Disposition,
  { entry = {}, extra = '', define = {} }: GoldenOptions = {},
): string {
  const names = compartmentsOf(d);
  return [
    'model golden "A golden dosing case"',
    '  time h',
    ...(Object.keys(d) as (keyof Disposition)[]).map((name) =>
      define[name] === undefined
        ? `parameter ${name} = ${d[name]} [${UNITS[name]}]`
        : `${name} = ${define[name]}`,
    ),
    ...(extra === '' ? [] : [extra]),
    ...names.map((name) => `compartment ${name} : mg ${entry[name] ?? ''}`.trimEnd()),
    ...names.flatMap((name) => FLOWS[name]),
    ...names.map((name) => `output a_${name} = ${name}`),
    'output conc = central / V in mg/L',
    '',
  ].join('\n');
}

export const grid = (until: number, also: readonly number[] = []): readonly number[] =>
  [
    ...new Set([...Array.from({ length: Math.floor(until / GRID) + 1 }, (_, i) => i * GRID), until, ...also]),
  ].sort((a, b) => a - b);

const isCourse = (given: Course | readonly Given[]): given is Course => given.some((x) => 'from' in x);

/** A case of one drug; `given` is a course, or doses of a disposition that never changes. */
export function golden(
  name: string,
  d: Disposition,
  therapy: string,
  given: Course | readonly Given[],
  options: GoldenOptions = {},
): GoldenCase {
  const { until = 48, also } = options;
  const course: Course = isCourse(given) ? given : [{ from: 0, disposition: d, doses: given }];
  return {
    name,
    model: bodyText(d, options),
    therapy,
    until,
    times: grid(until, also),
    parts: [{ prefix: 'a_', course }],
    outputs: {},
  };
}

/** Expected values by output. */
export function expected(c: GoldenCase): ReadonlyMap<string, readonly number[]> {
  const all = new Map<string, readonly number[]>();
  for (const { prefix, course } of c.parts) {
    const amounts = c.times.map((t) => amountsAt(course, t));
    for (const name of compartmentsOf(course[0]?.disposition ?? ONE))
      all.set(
        `${prefix}${name}`,
        amounts.map((a) => a[name] ?? Number.NaN),
      );
  }
  const [first] = c.parts;
  if (first)
    for (const [name, of] of Object.entries(c.outputs))
      all.set(
        name,
        c.times.map((t) => of(amountsAt(first.course, t))),
      );
  return all;
}
