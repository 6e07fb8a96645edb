// The one Model that every source (text today, SBML later) becomes and every target is written from.
// All values are in the unit written beside them; expressions have their conversions made explicit.
// Stages, from seldom to often: 'study' (once), 'patient' (once a patient), 'step' (at every right-hand side).
import type { Span } from './diagnostic.ts';
import type { Expression } from './expression.ts';
import type { Unit } from './units.ts';

export type Stage = 'study' | 'patient' | 'step';

export interface Source {
  /** `doi:10.1097/...`, a URL, or empty. */
  readonly reference: string;
  readonly text: string;
}

interface Named {
  readonly name: string;
  /** Plain-language label; empty when the author gave none. */
  readonly label: string;
  readonly unit: Unit;
  readonly span: Span;
}

/** A distribution row's name (distributions.ts) with its parameters as study- or patient-stage expressions. */
export interface Distribution {
  readonly kind: string;
  /** By the row's parameter names; already in the covariate's unit where the row's unit rule says so. */
  readonly parameters: Readonly<Record<string, Expression>>;
  /** Truncation in the covariate's unit. */
  readonly within?: { readonly low: Expression; readonly high: Expression };
}

export interface Covariate extends Named {
  /** 'number', 'yes/no' (0 or 1), or 'category' (0 .. categories.length - 1). */
  readonly type: 'number' | 'yes/no' | 'category';
  readonly categories: readonly string[];
  readonly distribution: Distribution;
}

export interface Parameter extends Named {
  readonly value: number;
  readonly range?: { readonly low: number; readonly high: number };
  readonly source: string;
  /** `paper`, `assumption`, ...; empty when unmarked. */
  readonly provenance: string;
}

/** Zero-mean normal random effects that vary together: `names[i]` has variance `covariance[i][i]`. */
export interface RandomBlock {
  readonly names: readonly string[];
  readonly labels: readonly string[];
  /** Full symmetric matrix of study-stage expressions (variances, covariances), dimensionless or in squared units. */
  readonly covariance: readonly (readonly Expression[])[];
  readonly units: readonly Unit[];
  readonly span: Span;
}

export interface Definition extends Named {
  /** May name outputs when its stage is 'step'; those are listed apart, in the order of the text. */
  readonly expression: Expression;
  readonly stage: Stage;
  /** It was written as a condition; its expression is 1 where that holds, else 0. */
  readonly condition?: true;
}

/** A state variable. Its derivative is per model time unit, in `unit`/time. */
export interface State extends Named {
  /** 'compartment' is moved by flows and takes doses; 'variable' has a `d/dt`. */
  readonly type: 'compartment' | 'variable';
  readonly initial: Expression;
  readonly derivative: Expression;
}

/** A flow moves mass: `from` loses and `to` gains `rate` (null is the outside). Conservation and diagrams read this. */
export interface Flow {
  readonly name: string;
  readonly from: string | null;
  readonly to: string | null;
  readonly rate: Expression;
  readonly unit: Unit;
  readonly span: Span;
}

export interface Output extends Named {
  readonly expression: Expression;
  /** As for definitions. */
  readonly condition?: true;
  readonly target?: { readonly low: number; readonly high: number };
  readonly axis: 'linear' | 'log';
}

/** Residual error of a measured output; `additive` in the output's unit, `proportional` and `lognormal` dimensionless. */
export interface Measurement {
  readonly name: string;
  readonly output: string;
  readonly error: {
    readonly additive?: Expression;
    readonly proportional?: Expression;
    readonly lognormal?: Expression;
  };
  /** Lower limit of quantification in the output's unit. */
  readonly lloq?: Expression;
  readonly span: Span;
}

/**
 * One `dose` line: a stream of equal doses. Patient-stage expressions; amount in the compartment's unit, times in the
 * model's time unit. `duration` 0 is a bolus. `count` doses, `interval` apart (interval is 0 when count is 1).
 */
export interface DoseStream {
  readonly into: string;
  readonly amount: Expression;
  readonly start: Expression;
  readonly interval: Expression;
  readonly count: Expression;
  readonly duration: Expression;
  readonly span: Span;
}

export interface Therapy {
  readonly name: string;
  readonly label: string;
  readonly doses: readonly DoseStream[];
  readonly span: Span;
}

/**
 * What is accumulated along a patient's path. `of` is a step-stage expression (for the two last kinds a condition,
 * 0 or 1); window edges are study-stage expressions in model time, absent edges mean start (0) and horizon.
 * 'at' takes the value just before anything that happens at `from`. Times are in model time.
 */
export interface Reduction {
  readonly kind: ReductionKind;
  readonly of: Expression;
  readonly from?: Expression;
  readonly to?: Expression;
}
export type ReductionKind =
  | 'at'
  | 'min'
  | 'max'
  | 'mean'
  | 'integral'
  | 'time of min'
  | 'time of max'
  | 'first time'
  | 'share of time';

export interface Endpoint extends Named {
  /** 'probability' when the expression is a condition (0 or 1 a patient). */
  readonly type: 'value' | 'probability';
  /** Over patient-stage names, other endpoints' reductions as symbols `#0`, `#1`, ... into `reductions`. */
  readonly expression: Expression;
  readonly reductions: readonly Reduction[];
}

/** A number the model must reproduce, for one patient with random effects zero and covariates at their medians unless given. */
export interface Check {
  readonly label: string;
  /** Checked like an endpoint: `expression` over `reductions`. */
  readonly endpoint: Endpoint;
  /** Therapy it runs under; empty for none. */
  readonly therapy: string;
  /** In `endpoint.unit`. */
  readonly expected: number;
  /** |got - expected| <= tolerance.absolute or <= tolerance.relative * |expected|. */
  readonly tolerance: { readonly absolute: number } | { readonly relative: number };
  /** Covariates and parameters set for this check, in their declared units. */
  readonly given: Readonly<Record<string, number>>;
  readonly source: string;
  readonly span: Span;
}

export interface Model {
  readonly name: string;
  readonly title: string;
  readonly sources: readonly Source[];
  readonly licence: string;
  /** Context of use. */
  readonly use: string;
  /** The question the model answers, for the gallery; may be empty. */
  readonly question: string;
  /** Field of medicine, for the gallery; may be empty. */
  readonly area: string;
  readonly time: Unit;
  /** Base units of the model's own, as declared by `unit cells`. */
  readonly units?: readonly string[];
  readonly covariates: readonly Covariate[];
  readonly parameters: readonly Parameter[];
  readonly random: readonly RandomBlock[];
  /** In dependency order; each only names things before it. */
  readonly definitions: readonly Definition[];
  readonly states: readonly State[];
  readonly flows: readonly Flow[];
  readonly outputs: readonly Output[];
  readonly measurements: readonly Measurement[];
  readonly therapies: readonly Therapy[];
  readonly endpoints: readonly Endpoint[];
  readonly checks: readonly Check[];
  /** Suggested horizon and grid in model time (`show until 168 h every 1 h`); absent when the text has none. */
  readonly show?: { readonly until: number; readonly every: number };
}
