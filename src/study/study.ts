// The study document: the only thing that page, link, worker and command line exchange. Small, versioned, JSON.
// schema.ts checks one on the way in; canonical.ts writes it with sorted keys for digests and links.
import type { ReadOptions, Role } from '../interop/nonmem/records.ts';

export interface Study {
  readonly gemello: 1;
  readonly model: { readonly name: string; readonly sha256?: string } | { readonly text: string };
  /** Typical values by parameter name, in the unit the model declares. */
  readonly set?: Readonly<Record<string, number>>;
  readonly cohort?: Cohort;
  readonly arms?: readonly Arm[];
  readonly time?: { readonly until?: string; readonly every?: string };
  readonly solver?: { readonly method?: 'auto' | string; readonly rtol?: number; readonly step?: string };
  readonly show?: { readonly outputs?: readonly string[]; readonly endpoints?: readonly string[] };
  readonly compare?: Comparing;
  readonly expect?: Expectation;
}

/** How arms are held against each other. */
export interface Comparing {
  /** Name of the arm that the others are compared with; absent: the first. */
  readonly versus?: string;
  /** By endpoint, which way is good for the patient. */
  readonly better?: Readonly<Record<string, 'higher' | 'lower'>>;
  /** Every outcome again for each part of the cohort. */
  readonly subgroups?: readonly Split[];
  /** Resamples of the patients for the intervals that have no formula; absent: none are made. */
  readonly bootstrap?: number;
}

/** How one covariate divides the cohort. */
export interface Split {
  /** A covariate. */
  readonly of: string;
  /** Ascending, in its unit: below the first, from each up to the next, from the last on. Absent: by category, or at the median. */
  readonly cuts?: readonly number[];
}

export interface Cohort {
  readonly patients?: number;
  /** Simulated studies that share the patients; each draws the uncertain parameters anew. Absent: one, with those as set. */
  readonly studies?: number;
  /** Decimal digits of a 64-bit unsigned seed. */
  readonly seed?: string;
  /** One patient: random effects zero, covariates at their medians unless set. */
  readonly typical?: boolean;
  /** A covariate's constant, or some of its distribution's parameters; in the units the model declares. */
  readonly set?: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
  /** Who takes part: `CRCL < 60 [mL/min] and AGE in 18 .. 65`. Patient i is the i-th candidate that qualifies. */
  readonly filter?: string;
  /** A CSV file's name; its rows travel beside the study, never in a link. */
  readonly table?: string;
  /** Each row of the table is one defined individual, drawn so many times: a cloud of its own. Absent: rows are shared out. */
  readonly clouds?: number;
  /** What the cohort should look like: patients get the weights, nearest to equal, with which it does. */
  readonly weights?: readonly WeightTarget[];
  /** Patients with their own doses, covariates and observations; the file travels as a table does. */
  readonly data?: DataFile;
}

/** Numbers a weighted cohort has, in the unit the model declares; at least one. */
export interface WeightTarget {
  /** A covariate, or an endpoint. */
  readonly of: string;
  /** In which arm, of an endpoint; absent: the one that others are compared with. */
  readonly arm?: string;
  /** Of a condition: the share of patients for whom it holds. */
  readonly mean?: number;
  /** With a mean. */
  readonly sd?: number;
  /** By probability: `{ "0.5": 64 }`. */
  readonly quantiles?: Readonly<Record<string, number>>;
  /** Of a covariate with categories (of yes/no and of conditions: yes, no): shares, which add up to 1; 0 for those not named. */
  readonly shares?: Readonly<Record<string, number>>;
  /** Shares of the bins [edge, next edge), which add up to 1: nobody outside has weight. */
  readonly histogram?: { readonly edges: readonly number[]; readonly shares: readonly number[] };
}

/** A NONMEM-style file: how it is read, and what in it is what in the model. */
export interface DataFile {
  readonly file: string;
  /** CMT (`default` for none) to the model's compartment; else by name, and numbers in the order of the model. */
  readonly compartments?: Readonly<Record<string, string>>;
  /** By heading, what a column is taken for. */
  readonly columns?: Readonly<Record<string, Role>>;
  /** Answers to what the reader asks. */
  readonly read?: Omit<ReadOptions, 'columns'>;
  /** By the model's covariate. */
  readonly covariates?: Readonly<Record<string, DataCovariate>>;
  /** The output that DV is a measurement of; by DVID (or CMT) where it is of several. */
  readonly output?: string | Readonly<Record<string, string>>;
}

export interface DataCovariate {
  readonly column?: string;
  /** Between the lines of a patient; each value holds until the next (locf) unless told. */
  readonly interpolation?: 'locf' | 'nocb' | 'linear';
}

/** What an arm's `therapy` says for the doses of `cohort.data`. */
export const DATA_THERAPY = 'data';

export interface Arm {
  readonly name: string;
  /** The name of a therapy of the model, lines of one (`dose ...`), or `data`. Absent: nothing is given. */
  readonly therapy?: string;
  /** Parameters that differ in this arm. */
  readonly set?: Readonly<Record<string, number>>;
}

/** What a sharer saw. `inputs` digests everything that fixes the numbers; `values` are checked one by one. */
export interface Expectation {
  readonly engine: string;
  readonly inputs: string;
  /** What the sharer's backend computed in; absent counts as f32. */
  readonly precision?: 'f32' | 'f64';
  /** null: the number does not exist (a median time that most patients never reach). */
  readonly values: readonly (number | null)[];
}

/** What a silent study means. */
export const DEFAULT_PATIENTS = 10_000;
export const DEFAULT_SEED = '1';
export const DEFAULT_RTOL = 1e-4;
/** Simulated studies of one run. */
export const MOST_STUDIES = 1000;
/** Resamples of one run. */
export const MOST_RESAMPLES = 10_000;
/** Patients of a cohort with weights: all are in memory while the weights are found. */
export const MOST_WEIGHTED = 1_000_000;
/** Arms that run side by side. */
export const MOST_ARMS = 12;
