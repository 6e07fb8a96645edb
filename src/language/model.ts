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
  /** Drawn anew at every occasion, independently; absent: once a patient. */
  readonly level?: 'occasion';
  readonly span: Span;
}

/** When occasions after the first begin, which begins at 0. */
export interface Occasions {
  readonly label: string;
  /** Ascending. One schedule with an interval, or one for each listed time; none where `by` says it. */
  readonly later: readonly Schedule[];
  /** With each dose after the first that a patient gets (into one compartment); or as a dosing file has it. Absent: at times. */
  readonly by?: { readonly kind: 'dose'; readonly into: string | null } | { readonly kind: 'data' };
  readonly span: Span;
}

/**
 * An instantaneous risk per model time: `name` is a definition of that rate. A patient's event happens when the cumulative
 * hazard reaches the patient's threshold, -log(1 - F(z)) with F the standard normal distribution: exponential with mean 1.
 */
export interface Hazard {
  readonly name: string;
  readonly label: string;
  /** 'censoring' ends the observation of the other hazards' events. */
  readonly type: 'single' | 'recurrent' | 'censoring';
  /**
   * 'rate': the cumulative hazard is accumulated from 0 beside the states, and is none of `states`: resets and steady states
   * leave it alone. 'cumulative': it is a definition, over time and what is fixed for a patient.
   */
  readonly given: 'rate' | 'cumulative';
  /** Names it makes: the cumulative hazard, the patient's threshold (a definition), the random effect z, a condition. */
  readonly cumulative: string;
  readonly threshold: string;
  readonly draw: string;
  readonly happened: string;
  /** Recurrent: memories of how many there were, and the threshold of the next; `most`: no more than so many. */
  readonly recurrence?: { readonly count: string; readonly next: string; readonly most: number | null };
  readonly span: Span;
}

/**
 * Parameters that are known with an error: a study's own values are drawn around those of the model, which are means
 * ('normal') or medians ('lognormal').
 */
export interface UncertaintyBlock {
  readonly names: readonly string[];
  readonly kind: 'normal' | 'lognormal';
  /**
   * Full symmetric matrix of study-stage expressions: in the parameters' own units, or of their logarithms. Relative errors
   * follow the parameter's value.
   */
  readonly covariance: readonly (readonly Expression[])[];
  readonly span: Span;
}

/**
 * Correlations of normal scores (a Gaussian copula): each member keeps its own distribution, exactly. Members are
 * covariates and single random effects; a name is in one correlation at most.
 */
export interface Correlation {
  readonly names: readonly string[];
  /** Full symmetric matrix of study-stage expressions, ones on the diagonal. */
  readonly matrix: readonly (readonly Expression[])[];
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
  readonly entry?: Entry;
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

/** How a compartment takes its doses (F, ALAG, D and R of NONMEM). Step-stage; taken when the dose is due, before its lag. */
export interface Entry {
  /** Plain; absent: 1. */
  readonly bioavailability?: Expression;
  /** Model time; absent: 0. */
  readonly lag?: Expression;
  /** Model time, or amount per time: for doses that say neither themselves. At most one of them. */
  readonly duration?: Expression;
  readonly rate?: Expression;
}

/** A value that stays until something sets it: `memory daily : mg = 5 [mg]`. `initial` is patient-stage. */
export interface Memory extends Named {
  readonly initial: Expression;
}

/** When a clause happens: `count` times from `start` on, `interval` apart. Patient-stage, model time. */
export interface Schedule {
  readonly start: Expression;
  readonly interval: Expression;
  readonly count: Expression;
}

/**
 * One `dose` line: a stream of equal doses. Amount in the compartment's unit, times in the model's time unit; start,
 * interval and count are patient-stage. `duration` 0 (and no rate) is a bolus. `count` doses, `interval` apart
 * (interval is 0 when count is 1). All else may be step-stage and is taken at the instant of each dose.
 * The optional fields make a stream dynamic; without them and with patient-stage amount and duration it is plain.
 */
export interface DoseStream extends Schedule {
  readonly into: string;
  readonly amount: Expression;
  readonly duration: Expression;
  /** Amount per time; then duration is 0 and follows from bioavailability * amount / rate. */
  readonly rate?: Expression;
  /** Override the compartment's `entry`. */
  readonly bioavailability?: Expression;
  readonly lag?: Expression;
  /** A condition: doses due while it is 0 are not given. */
  readonly while?: Expression;
  readonly adherence?: Adherence;
  /** The patient is at the steady state of this stream when its first dose is due (SS = 1). */
  readonly steady?: true;
  /** Place among the therapy's clauses: at one instant they happen in that order. */
  readonly order?: number;
  readonly span: Span;
}

/** Patient-stage shares and times. Draws are per dose, by patient and therapy-independent name of the dose line. */
export interface Adherence {
  /** Chance that a dose is taken, after a taken one (and for the first). */
  readonly taken: Expression;
  /** After a missed one; absent: the same (independent). */
  readonly takenAfterMissed?: Expression;
  /** Chance that the dose after a missed one is doubled. */
  readonly doubled?: Expression;
  /** With this chance a taken dose is late by a uniform time within these bounds (model time). */
  readonly late?: { readonly chance: Expression; readonly from: Expression; readonly to: Expression };
}

/** What a rule, an event or an intervention does. Values are step-stage, in the unit of what they go to. */
export type Action =
  /** A memory, a compartment, a state; in therapies also a parameter or covariate, from then on. */
  | { readonly kind: 'set'; readonly name: string; readonly value: Expression; readonly span: Span }
  /** A dose of this instant; fields as in DoseStream. */
  | {
      readonly kind: 'dose';
      readonly into: string;
      readonly amount: Expression;
      readonly duration: Expression;
      readonly rate?: Expression;
      readonly bioavailability?: Expression;
      readonly lag?: Expression;
      readonly span: Span;
    }
  /** All compartments and states to their initial values; infusions and waiting doses are cancelled (EVID 3). */
  | { readonly kind: 'reset'; readonly span: Span };

/** `set`, `reset` and the like of a therapy, at times. */
export interface Intervention {
  readonly schedule: Schedule;
  readonly actions: readonly Action[];
  readonly order: number;
  readonly span: Span;
}

/**
 * A decision taken at visits. In its conditions and values the name of a measurement is a reading: the output with its
 * residual error, drawn once a visit. The first branch whose condition holds is taken.
 */
export interface Rule {
  readonly name: string;
  readonly label: string;
  readonly schedule: Schedule;
  /** Step-stage time to the next visit, decided at each; then schedule.interval is 0 and count bounds the visits. */
  readonly next?: Expression;
  readonly branches: readonly Branch[];
  readonly order: number;
  readonly span: Span;
}
export interface Branch {
  /** 1 for `else` and for actions without a condition. */
  readonly condition: Expression;
  /** Consecutive visits at which the condition must have held, this one included; 1: at once. */
  readonly confirmed: number;
  readonly actions: readonly Action[];
  readonly span: Span;
}

/** `when condition : actions`, with SBML's meaning: at the rising edge, after a delay, by priority. */
export interface Event {
  /** Empty when the author gave none. */
  readonly name: string;
  readonly label: string;
  readonly condition: Expression;
  /** Model time, taken at the edge. */
  readonly delay?: Expression;
  /** Taken at execution; larger first. */
  readonly priority?: Expression;
  /** False: cancelled when the condition ceases to hold before execution. */
  readonly persistent: boolean;
  /** The condition counts as holding before time 0, so it cannot rise at 0. */
  readonly initially: boolean;
  /** Actions' values are those of the edge, not of the execution. */
  readonly valuesAtEdge: boolean;
  /** Least time between two executions (as-needed doses), and how often at most; absent: no bound. */
  readonly apart?: Expression;
  readonly most?: Expression;
  readonly actions: readonly Action[];
  readonly order: number;
  readonly span: Span;
}

export interface Therapy {
  readonly name: string;
  readonly label: string;
  readonly doses: readonly DoseStream[];
  /** Absent in therapies that are doses alone. */
  readonly interventions?: readonly Intervention[];
  readonly rules?: readonly Rule[];
  readonly events?: readonly Event[];
  /**
   * Memories of the therapy's own, not visible elsewhere: written `memory` inside it, or made for `hold`, `stop` and the like.
   */
  readonly memories?: readonly Memory[];
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
  /** Its value is the time of an event, missing where it was not seen: for Kaplan-Meier and what follows from it. */
  readonly event?: EventTime;
}

export interface EventTime {
  /** The event is the first of these. */
  readonly hazards: readonly string[];
  /** Hazards that end the observation; empty: only the run's end does. */
  readonly censoredBy: readonly string[];
  /** When the observation ended before the event, in the endpoint's unit; missing otherwise. Absent where nothing censors. */
  readonly censored?: { readonly expression: Expression; readonly reductions: readonly Reduction[] };
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

/**
 * A function of one quantity by its points, ascending in the first number; constant outside the ends. Expressions hold it
 * written out as choices; it is kept for texts that are read against a finished model.
 */
export interface Table extends Named {
  /** Unit of the argument; `unit` is that of the value. */
  readonly by: Unit;
  readonly type: 'step' | 'linear';
  readonly points: readonly (readonly [number, number])[];
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
  /** Absent where the text has none. */
  readonly occasions?: Occasions;
  readonly hazards?: readonly Hazard[];
  readonly uncertainty?: readonly UncertaintyBlock[];
  /** Absent where nothing is correlated across distributions. */
  readonly correlations?: readonly Correlation[];
  /** Ready-made populations that the text names. */
  readonly populations?: readonly string[];
  /** In dependency order; each only names things before it. */
  readonly definitions: readonly Definition[];
  readonly states: readonly State[];
  readonly memories: readonly Memory[];
  /** The model's own events, of every arm. */
  readonly events: readonly Event[];
  /** Study-stage times at which something of time has a corner or a jump (`table ... by t`). */
  readonly breaks: readonly Expression[];
  /** Absent where the text has none. */
  readonly tables?: readonly Table[];
  readonly flows: readonly Flow[];
  readonly outputs: readonly Output[];
  readonly measurements: readonly Measurement[];
  readonly therapies: readonly Therapy[];
  readonly endpoints: readonly Endpoint[];
  readonly checks: readonly Check[];
  /** Suggested horizon and grid in model time (`show until 168 h every 1 h`); absent when the text has none. */
  readonly show?: { readonly until: number; readonly every: number };
}
