// The study document: the only thing that page, link, worker and command line exchange. Small, versioned, JSON.
// schema.ts checks one on the way in; canonical.ts writes it with sorted keys for digests and links.

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
  readonly expect?: Expectation;
}

export interface Cohort {
  readonly patients?: number;
  /** Decimal digits of a 64-bit unsigned seed. */
  readonly seed?: string;
  /** One patient: random effects zero, covariates at their medians unless set. */
  readonly typical?: boolean;
  /** A covariate's constant, or some of its distribution's parameters; in the units the model declares. */
  readonly set?: Readonly<Record<string, number | Readonly<Record<string, number>>>>;
  /** A CSV file's name; its rows travel beside the study, never in a link. */
  readonly table?: string;
}

export interface Arm {
  readonly name: string;
  /** The name of a therapy of the model, or `dose ...` lines. Absent: nothing is given. */
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
/** Arms that run side by side. */
export const MOST_ARMS = 12;
