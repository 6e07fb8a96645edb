// How covariates divide a cohort. In: what the study says, a Model. Out: parts with their names and the rule that tells them
// apart, or what is wrong with which field. A value that equals a cut belongs to the part above it. Cuts that are the
// cohort's median stay open: settleSplit closes them once it is known.
import type { Covariate, Model } from '../language/model.ts';
import { suggestion } from './closest.ts';
import type { Refusal } from './plan.ts';
import type { Split } from './study.ts';

export interface PlannedSplit {
  readonly of: string;
  /** Index of the covariate, which is that of its column. */
  readonly column: number;
  /** In the covariate's unit, ascending; `codes`: the value is the number of the part; `median`: not yet known. */
  readonly cuts: readonly number[] | 'codes' | 'median';
  /** Empty of a plain number. */
  readonly unit: string;
  /** Of the parts with codes. */
  readonly categories: readonly string[];
}

export interface Parts {
  readonly of: string;
  readonly column: number;
  /** `CRCL 30 .. 60 [mL/min]`, `SEX female`. */
  readonly labels: readonly string[];
  /** The part of a patient whose covariate has this value. */
  readonly partOf: (value: number) => number;
}

/** Parts times arms times endpoints: each has histograms of about 200 kB. */
const MOST_CELLS = 3000;
const YES_NO = ['no', 'yes'] as const;

export function planSplits(
  model: Model,
  splits: readonly Split[],
  { arms, endpoints }: { readonly arms: number; readonly endpoints: number },
): readonly PlannedSplit[] | { readonly errors: readonly Refusal[] } {
  const errors: Refusal[] = [];
  const planned = splits.flatMap((split, i): PlannedSplit[] => {
    const before = splits.findIndex((one) => sameSplit(one, split));
    const field = `compare.subgroups[${i}]`;
    const made =
      before < i ? { field, message: `is the same as number ${before + 1}` } : planSplit(model, split, field);
    if (!('message' in made)) return [made];
    errors.push(made);
    return [];
  });
  const parts = planned.reduce((sum, split) => sum + partsOf(split), 0);
  if (parts * arms * endpoints > MOST_CELLS)
    errors.push({
      field: 'compare.subgroups',
      message: `${parts} groups with ${endpoints} endpoints in ${arms} arms are ${parts * arms * endpoints} distributions; at most ${MOST_CELLS}: take fewer groups, endpoints or arms`,
    });
  return errors.length > 0 ? { errors } : planned;
}

const sameSplit = (a: Split, b: Split): boolean => a.of === b.of && a.cuts?.join() === b.cuts?.join();

function planSplit(model: Model, { of, cuts }: Split, field: string): PlannedSplit | Refusal {
  const column = model.covariates.findIndex(({ name }) => name === of);
  const covariate = model.covariates[column];
  if (covariate === undefined) return { field: `${field}.of`, message: notACovariate(model, of) };
  const { type, unit } = covariate;
  const categories = type === 'category' ? covariate.categories : type === 'yes/no' ? YES_NO : [];
  if (type !== 'number' && cuts !== undefined)
    return {
      field: `${field}.cuts`,
      message: `${of} is ${type === 'yes/no' ? 'yes or no' : categories.join(', ')}; leave the cuts out`,
    };
  return {
    of,
    column,
    cuts: type === 'number' ? (cuts ?? 'median') : 'codes',
    unit: unit.atoms.length === 0 ? '' : unit.text,
    categories,
  };
}

/** What is called so, if it is anything, and what covariates there are. */
function notACovariate(model: Model, name: string): string {
  const names = model.covariates.map((covariate: Covariate) => covariate.name);
  if (names.length === 0) return `${model.name} has no covariates, so its patients have no groups`;
  const kinds = [
    ['a parameter', model.parameters.map((p) => p.name)],
    ['a random effect', model.random.flatMap((block) => block.names)],
    ['an output', model.outputs.map((o) => o.name)],
    ['an endpoint', model.endpoints.map((e) => e.name)],
  ] as const;
  const kind = kinds.find(([, own]) => own.includes(name));
  if (kind) return `${name} is ${kind[0]}; patients are told apart by a covariate: ${names.join(', ')}`;
  return `${model.name} has no covariate ${name}; ${suggestion(name, names)}`;
}

const partsOf = ({ cuts, categories }: PlannedSplit): number =>
  cuts === 'codes' ? categories.length : cuts === 'median' ? 2 : cuts.length + 1;

/** `median`: of the cohort, for a split that asks for it. */
export function settleSplit({ of, column, cuts, unit, categories }: PlannedSplit, median: number): Parts {
  if (cuts === 'codes')
    return {
      of,
      column,
      labels: categories.map((category) => `${of} ${category}`),
      partOf: (value) => value,
    };
  const told = cuts === 'median' ? [median] : cuts;
  // Patients' columns are f32: 0.7 in a table is a hair under 0.7, and still equals this cut.
  const edges = told.map(Math.fround);
  const figures = told.map((cut) => (cuts === 'median' ? `${Number(cut.toPrecision(4))}` : `${cut}`));
  const inUnit = unit === '' ? '' : ` [${unit}]`;
  return {
    of,
    column,
    labels: [
      `${of} below ${figures[0]}${inUnit}`,
      ...figures.slice(1).map((figure, i) => `${of} ${figures[i]} .. ${figure}${inUnit}`),
      `${of} ${figures.at(-1)}${inUnit} and above`,
    ],
    partOf: (value) => {
      let part = 0;
      while (part < edges.length && value >= (edges[part] ?? Number.POSITIVE_INFINITY)) part++;
      return part;
    },
  };
}
