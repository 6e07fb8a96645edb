// A Result: what a run says. Plain JSON; the page draws it, the command line prints it.

export const QUANTILES = ['0.05', '0.25', '0.5', '0.75', '0.95'] as const;
export type Quantile = (typeof QUANTILES)[number];

/** A value for each of QUANTILES, from its index. */
export function perQuantile<T>(value: (index: number) => T): Record<Quantile, T> {
  const [a, b, c, d, e] = QUANTILES.map((_, i) => value(i)) as [T, T, T, T, T];
  return { '0.05': a, '0.25': b, '0.5': c, '0.75': d, '0.95': e };
}

export interface Result {
  /** Version of Gemello that computed it. */
  readonly gemello: string;
  readonly model: { readonly name: string; readonly sha256: string };
  readonly backend: 'webgpu' | 'webassembly';
  readonly precision: 'f32' | 'f64';
  /** The solver that ran, and why it was this one. */
  readonly method?: { readonly name: string; readonly reason: string };
  readonly seed: string;
  readonly patients: number;
  /** Only statuses that occurred, summed over arms; empty when every patient of every arm is done. */
  readonly failed: Readonly<Record<string, number>>;
  /** `certificate`: what it took after the run; absent where none was asked for. */
  readonly elapsed_ms: { readonly compile: number; readonly run: number; readonly certificate?: number };
  readonly arms: readonly ArmResult[];
  /** Every arm against one of them, endpoint by endpoint; absent with one arm and in previews. */
  readonly differences?: readonly Difference[];
  /** Of endpoints that are times of an event; absent where there is none and in previews. */
  readonly survival?: readonly SurvivalResult[];
  /** How exact the numbers are, measured; absent in previews. */
  readonly certificate?: Certificate;
  /** Bands between studies, whose parameters differ; absent where the cohort is one study. `arms` is of all their patients. */
  readonly studies?: StudiesResult;
  /** How the patients were come by; absent without a filter. */
  readonly funnel?: {
    /** Candidates looked at, up to the last patient. */
    readonly drawn: number;
    /** Who is left after each clause and those before it. */
    readonly left: readonly { readonly clause: string; readonly patients: number }[];
  };
  /**
   * With which weights all other numbers are; absent where patients weigh the same. With it the arms' `missing` and histograms are
   * sums of weights (1 on average), and patients who weigh nothing are in no number but `patients` and `failed`.
   */
  readonly weighting?: WeightingResult;
  /** The same numbers for parts of the cohort; absent where the study does not ask. */
  readonly subgroups?: readonly SubgroupResult[];
  /** Each row of the table as a patient with a cloud; absent where rows are shared out. */
  readonly clouds?: CloudsResult;
  /** Whether the ledgers reproduce the run; absent where nobody asked. */
  readonly audit?: Audit;
  /** What became of the dosing file's lines; absent without one. */
  readonly data?: { readonly account: string; readonly notes: readonly string[] };
}

/**
 * `arm` less `versus`, patient by patient: the same people in both. Intervals are of 95 %; a number that does not exist or is
 * infinite is null in JSON. Of a probability `mean` is the difference of the shares.
 */
export interface Difference {
  readonly arm: string;
  readonly versus: string;
  readonly endpoint: string;
  readonly unit: string;
  /** Who have the endpoint in both arms; all below is about them. */
  readonly patients: number;
  /** Who lack it in either arm (failed patients included); absent when none. */
  readonly missing?: number;
  readonly mean: number | null;
  /** Of the mean, over cohorts of this size. */
  readonly interval: readonly [number, number];
  /** Of the individual differences. */
  readonly quantiles: Readonly<Record<Quantile, number | null>>;
  /** Of their median, between two of them (exact, by counting); absent of conditions, with weights, and of fewer than 6. */
  readonly medianInterval?: readonly [number, number];
  /** Patients whose value is higher in `arm` (a condition: holds only there), and lower; others do not change. */
  readonly higher: Share;
  readonly lower: Share;
  /** Which of them benefit; absent where the study does not say. */
  readonly better?: 'higher' | 'lower';
  /** Of the arms' means; absent unless both are positive. */
  readonly ratio?: Ratio;
  /** Geometric mean of the individual ratios; absent unless all values are positive. */
  readonly geometricRatio?: Ratio;
  /**
   * Patients given `arm` instead of `versus` for one more (or one fewer) of the condition; for one benefit or harm where the study
   * says which is better. `unclear`: the interval holds no difference; limits run through infinity, from the good side.
   */
  readonly nnt?: {
    readonly kind: 'more' | 'fewer' | 'benefit' | 'harm' | 'unclear';
    readonly number: number;
    readonly limits: readonly [number, number];
  };
  /** Of a condition, where the study says which is better: patient by patient, who gains it and who loses by the change. */
  readonly individual?: { readonly benefit: OneIn; readonly harm: OneIn };
  /** By resampling the patients; absent unless the study asks. */
  readonly bootstrap?: {
    readonly resamples: number;
    readonly mean: readonly [number, number];
    /** Of the individual differences. */
    readonly median?: readonly [number, number];
    /** Median in `arm` less median in `versus`; absent where over 1 % lack the endpoint in either arm, as times to an event do. */
    readonly medians?: { readonly difference: number; readonly interval: readonly [number, number] };
    /** Median in `arm` over median in `versus`; absent unless all values are positive. */
    readonly ratioOfMedians?: Ratio;
  };
}

/** A share of the patients, and one in how many that is (null: nobody). */
export interface OneIn extends Share {
  readonly number: number | null;
}

/** Entropy weights: the nearest to equal ones that meet the targets. */
export interface WeightingResult {
  /** Kish's effective number of patients. */
  readonly effective: number;
  /** Of the average weight. */
  readonly largest: number;
  /** Patients who weigh nothing. */
  readonly excluded: number;
  readonly targets: readonly {
    /** `mean of WT`, `share of cmax up to 20 (fixed)`. */
    readonly name: string;
    readonly target: number;
    /** With the weights, and without. */
    readonly weighted: number;
    readonly unweighted: number;
  }[];
}

export interface SubgroupResult {
  /** Name of the covariate, and which part of it: `CRCL 30 .. 60 [mL/min]`, `SEX female`. */
  readonly of: string;
  readonly label: string;
  readonly patients: number;
  readonly arms: readonly {
    readonly name: string;
    readonly endpoints: Readonly<Record<string, SubgroupNumbers>>;
  }[];
  /** As those of the whole cohort; absent with one arm. */
  readonly differences?: readonly Difference[];
}

/** `missing`: patients without it, one by one also where they have weights (who weighs nothing is not among them). */
export type SubgroupNumbers =
  | { readonly probability: number | null; readonly missing?: number }
  | {
      readonly unit: string;
      readonly mean: number | null;
      readonly quantiles: Readonly<Record<Quantile, number | null>>;
      readonly missing?: number;
    };

/** Patients of each row, and their endpoints: row by row, in the table's order. */
export interface CloudsResult {
  readonly patients: number;
  readonly rows: readonly {
    /** The table's own name for the row (its ID column), or its number from 1. */
    readonly id: string;
    readonly arms: readonly {
      readonly name: string;
      readonly endpoints: Readonly<Record<string, SubgroupNumbers>>;
    }[];
  }[];
}

/**
 * A time to an event. Intervals and bands are of 95 %; what does not exist is null in JSON. Of a weighted cohort numbers of patients
 * are sums of weights (1 on average), bands, tests and ratios have robust variances.
 */
export interface SurvivalResult {
  readonly endpoint: string;
  /** Of all times. */
  readonly unit: string;
  readonly arms: readonly SurvivalArm[];
  /** Over all arms with anybody, as if they were different people; absent where there is one. */
  readonly logRank?: { readonly chiSquare: number; readonly degrees: number; readonly p: number };
  /** Of each arm over the one compared with, where it can be estimated; absent with one arm. */
  readonly hazardRatios?: readonly {
    readonly arm: string;
    readonly versus: string;
    readonly ratio: number;
    readonly interval: readonly [number, number];
  }[];
  /** Where it cannot be: why. Absent when all can. */
  readonly withoutRatio?: readonly {
    readonly arm: string;
    readonly versus: string;
    readonly reason: string;
  }[];
}

export interface SurvivalArm {
  readonly name: string;
  /** Solved ones; all below is about them. */
  readonly patients: number;
  readonly events: number;
  /** Who left before the run's end without the event. */
  readonly censored: number;
  /** Absent when none. */
  readonly failed?: number;
  /** null: the curve, or its band, does not come down to a half. */
  readonly median: {
    readonly time: number | null;
    readonly interval: readonly [number | null, number | null];
  };
  /** Expected time without the event, from 0 to the run's end. */
  readonly restrictedMean: {
    readonly to: number;
    readonly mean: number;
    readonly interval: readonly [number, number];
  };
  /** Kaplan-Meier's curve from 0 to the run's end, its pointwise band, and who is at risk. */
  readonly times: readonly number[];
  readonly survival: readonly number[];
  readonly lower: readonly number[];
  readonly upper: readonly number[];
  readonly atRisk: readonly number[];
}

/** "We are unsure", apart from "patients differ". Quantiles are over studies, of each study's mean and median. */
export interface StudiesResult {
  readonly studies: number;
  /** Of each study. */
  readonly patients: number;
  readonly arms: readonly {
    readonly name: string;
    /** Bands of the studies' medians, time by time. */
    readonly outputs: Readonly<
      Record<
        string,
        { readonly unit: string; readonly median: Readonly<Record<Quantile, readonly number[]>> }
      >
    >;
    readonly endpoints: Readonly<Record<string, StudyBands>>;
  }[];
}

export interface StudyBands {
  readonly unit: string;
  /** Of a probability: the studies' shares. Of the studies in which somebody has the endpoint. */
  readonly mean: Readonly<Record<Quantile, number | null>>;
  /** Studies in which nobody has it; absent when none. */
  readonly without?: number;
  /** Studies without a median, as most patients lack the value, count as later than all; null there. Absent of a probability. */
  readonly median?: Readonly<Record<Quantile, number | null>>;
  /** In the unit squared; the studies' sampling noise is not in `between`; its share is 0 where nothing varies. Absent where too few have it. */
  readonly variance?: { readonly between: number; readonly within: number; readonly betweenShare: number };
}

export interface Share {
  readonly share: number | null;
  readonly interval: readonly [number, number];
}

export interface Ratio {
  readonly value: number;
  readonly interval: readonly [number, number];
}

/** Every patient's ledger as an open-loop schedule, held against the run. */
export interface Audit {
  /** Looked at in each arm. */
  readonly patients: number;
  readonly arms: readonly AuditedArm[];
}

export interface AuditedArm {
  readonly name: string;
  readonly patients: number;
  /** Failed in the run itself, so that there is nothing to compare. */
  readonly failed: number;
  /** Those of the others whose ledger ran again to the end. */
  readonly replayed: number;
  /** Same bits in every output at every time and in every endpoint. */
  readonly bitEqual: number;
  /** Over all outputs and endpoints, of the larger of their two values' sizes and a millionth of the curve's largest. */
  readonly largestDifference: number;
  /** Instants found where a condition begins to hold may lie in it: a step that was given up may change the last bits. */
  readonly located: boolean;
}

/** Errors of some patients, held against the f64 reference at `rtol`; and what became of those that failed. */
export interface Certificate {
  /** Solved again: a random sample of the cohort and the patients with most steps. */
  readonly patients: number;
  readonly rtol: number;
  readonly outputs: Readonly<Record<string, ErrorSpread>>;
  readonly endpoints: Readonly<Record<string, EndpointErrors>>;
  /** Failed, solved by the reference, and counted in; summed over arms. */
  readonly rescued: number;
  /** Failed for good and left out; summed over arms. */
  readonly unrescued: number;
  /** Sampled courses that the reference itself could not solve; absent when none. */
  readonly unsettled?: number;
}

/** Relative errors; null when there was nothing to compare. `max` is over all of `patients`, `p95` over the random ones. */
export interface ErrorSpread {
  readonly max: number | null;
  readonly p95: number | null;
  /** Courses in which the number exists on one side only; absent when none. */
  readonly flips?: number;
}

/** Of a probability: for how many the condition came out differently. */
export type EndpointErrors = ErrorSpread | { readonly flips: number };

export interface ArmResult {
  readonly name: string;
  readonly failed: Readonly<Record<string, number>>;
  readonly times: { readonly unit: string; readonly values: readonly number[] };
  readonly outputs: Readonly<Record<string, OutputResult>>;
  readonly endpoints: Readonly<Record<string, EndpointResult>>;
}

export interface OutputResult {
  readonly unit: string;
  /** NaN (null in JSON) where no patient has a number; a quantile also where its rank is a missing one. */
  readonly mean: readonly number[];
  readonly quantiles: Readonly<Record<Quantile, readonly number[]>>;
}

export type EndpointResult = ValueResult | ProbabilityResult;

export interface ProbabilityResult {
  /** Share of the patients for whom the condition can be told; NaN (null in JSON) when there is none. */
  readonly probability: number;
  /** Patients for whom it cannot be told; absent when none. */
  readonly missing?: number;
}

/** null: the number does not exist (a median time to an event that most patients never have). */
export interface ValueResult {
  readonly unit: string;
  readonly mean: number | null;
  readonly quantiles: Readonly<Record<Quantile, number | null>>;
  /** Patients for whom the endpoint does not exist; absent when none. Mean is over the others. */
  readonly missing?: number;
  /**
   * For charts: edges has one more entry than counts. Bars are even, or even in the logarithm where values span powers of ten;
   * the outermost may be wider and hold the far tails.
   */
  readonly histogram: { readonly edges: readonly number[]; readonly counts: readonly number[] };
}
