// What the parser makes of a text: statements and expressions as written, with places, before any name is looked up.
// Data only. Units are texts here, because `unit cells` may stand below its first use.
import type { Span } from './diagnostic.ts';
import type { FunctionName } from './functions.ts';
import type { ReductionKind } from './model.ts';
import type { Clause, EventStatement } from './syntax-therapy.ts';

export interface UnitText {
  readonly text: string;
  readonly span: Span;
}

interface Node {
  readonly span: Span;
  /** Height of the tree, 1 for a leaf. */
  readonly height: number;
}
export interface NumberSyntax extends Node {
  readonly kind: 'number';
  readonly value: number;
  readonly unit: UnitText | null;
  /** Written with %, which is already in the value. */
  readonly percent: boolean;
}
export interface NameSyntax extends Node {
  readonly kind: 'name';
  readonly name: string;
}
export interface CallSyntax extends Node {
  readonly kind: 'call';
  readonly fn: FunctionName;
  /** The operator's or the function's own place. */
  readonly at: Span;
  readonly args: readonly Syntax[];
}
/** `STAGE is severe`, `DIAL is no`. */
export interface IsSyntax extends Node {
  readonly kind: 'is';
  readonly operand: Syntax;
  readonly answer: string;
  readonly answerSpan: Span;
}
/** `conc in 10 .. 20`. */
export interface BetweenSyntax extends Node {
  readonly kind: 'between';
  readonly operand: Syntax;
  readonly range: RangeSyntax;
}
export interface ReductionSyntax extends Node {
  readonly kind: 'reduction';
  readonly reduction: ReductionKind | 'change';
  readonly at: Span;
  readonly of: Syntax;
  readonly from: Syntax | null;
  readonly to: Syntax | null;
}
/** `intake(t)`: the value of a table. */
export interface LookupSyntax extends Node {
  readonly kind: 'lookup';
  readonly table: string;
  readonly at: Span;
  readonly argument: Syntax;
}
/** `time of death`, `death by 30 d`, `death before relapse`, `count of seizure by 30 d`; of the first of several. */
export interface OccurrenceSyntax extends Node {
  readonly kind: 'occurrence';
  readonly what: 'time' | 'by' | 'before' | 'count';
  readonly at: Span;
  readonly hazards: readonly Word[];
  readonly rivals: readonly Word[];
  readonly by: Syntax | null;
}
export type Syntax =
  | NumberSyntax
  | NameSyntax
  | CallSyntax
  | IsSyntax
  | BetweenSyntax
  | ReductionSyntax
  | LookupSyntax
  | OccurrenceSyntax;

export interface RangeSyntax {
  readonly low: Syntax;
  readonly high: Syntax;
  readonly span: Span;
}

/** A name where it is written. */
export interface Word {
  readonly name: string;
  readonly span: Span;
}

export interface Head {
  readonly name: string;
  readonly nameSpan: Span;
  readonly label: string;
  readonly span: Span;
}

export interface HeaderStatement extends Head {
  readonly kind: 'model';
  readonly sources: readonly { readonly reference: string; readonly text: string }[];
  /** licence, use, question, area. */
  readonly texts: Readonly<Record<string, string>>;
  readonly time: UnitText | null;
  /** Some line could not be read; what is missing may be that line. */
  readonly broken: boolean;
}
export interface UnitStatement extends Head {
  readonly kind: 'unit';
}
export interface CovariateStatement extends Head {
  readonly kind: 'covariate';
  readonly spec:
    | {
        readonly kind: 'number';
        readonly unit: UnitText;
        readonly distribution: Word;
        readonly parameters: readonly (Word & { readonly value: Syntax })[];
        readonly within: RangeSyntax | null;
      }
    | { readonly kind: 'yes/no'; readonly share: Syntax }
    | { readonly kind: 'category'; readonly categories: readonly (Word & { readonly share: Syntax })[] };
}
export interface ParameterStatement extends Head {
  readonly kind: 'parameter';
  readonly value: Syntax;
  readonly range: RangeSyntax | null;
  readonly source: string;
  readonly provenance: string;
}
export type SpreadMeasure = 'variance' | 'sd' | 'cv' | 'covariance';
export interface RandomStatement {
  readonly kind: 'random';
  readonly names: readonly (Word & { readonly label: string })[];
  readonly measure: SpreadMeasure;
  readonly values: readonly Syntax[];
  readonly correlation: readonly Syntax[] | null;
  /** Drawn anew at every occasion. */
  readonly perOccasion?: true;
  readonly span: Span;
}
/** `occasions "Visits" every 7 d`, at listed times, at each dose, or as a dosing file has them. */
export interface OccasionsStatement {
  readonly kind: 'occasions';
  readonly label: string;
  /** `each dose`, perhaps only those into one compartment. */
  readonly dose: { readonly into: Word | null } | null;
  /** `from data` */
  readonly data: boolean;
  readonly at: readonly Syntax[];
  readonly every: Syntax | null;
  readonly times: Syntax | null;
  readonly until: Syntax | null;
  readonly span: Span;
}
export type ErrorMeasure = 'rse' | 'se' | 'sdlog' | 'covariance';
export interface UncertainStatement {
  readonly kind: 'uncertain';
  readonly names: readonly Word[];
  readonly distribution: 'normal' | 'lognormal';
  readonly measure: ErrorMeasure;
  readonly values: readonly Syntax[];
  readonly correlation: readonly Syntax[] | null;
  readonly span: Span;
}
export interface HazardStatement extends Head {
  readonly kind: 'hazard';
  readonly value: Syntax;
  readonly recurrent: boolean;
  /** The cumulative hazard is written, not the rate. */
  readonly cumulative: boolean;
  readonly censors: boolean;
  readonly most: Syntax | null;
}
export interface CorrelationStatement {
  readonly kind: 'correlation';
  readonly members: readonly Word[];
  /** Lower triangle, row by row. */
  readonly values: readonly Syntax[];
  readonly span: Span;
}
/** The covariates of a ready-made population take this statement's place. */
export interface PopulationStatement {
  readonly kind: 'population';
  readonly of: Word;
  readonly span: Span;
}
export interface DefinitionStatement extends Head {
  readonly kind: 'definition';
  readonly value: Syntax;
  readonly unit: UnitText | null;
}
export interface StateStatement extends Head {
  readonly kind: 'compartment' | 'state';
  readonly unit: UnitText;
  readonly initial: Syntax | null;
  readonly entry: EntrySyntax;
}
/** How doses get into a compartment. */
export interface EntrySyntax {
  readonly bioavailability: Syntax | null;
  readonly lag: Syntax | null;
  readonly duration: Syntax | null;
  readonly rate: Syntax | null;
}
export interface MemoryStatement extends Head {
  readonly kind: 'memory';
  readonly unit: UnitText;
  readonly initial: Syntax | null;
}
export interface TableStatement extends Head {
  readonly kind: 'table';
  readonly unit: UnitText;
  readonly by: UnitText;
  readonly type: 'step' | 'linear';
  readonly points: readonly { readonly x: Syntax; readonly y: Syntax }[];
}
export interface DerivativeStatement {
  readonly kind: 'derivative';
  readonly of: Word;
  readonly value: Syntax;
  readonly span: Span;
}
export interface FlowStatement extends Head {
  readonly kind: 'flow';
  readonly from: Word | null;
  readonly to: Word | null;
  readonly rate: Syntax;
}
export interface OutputStatement extends Head {
  readonly kind: 'output';
  readonly value: Syntax;
  readonly unit: UnitText | null;
  readonly target: RangeSyntax | null;
  readonly axis: 'linear' | 'log';
}
export interface MeasureStatement extends Head {
  readonly kind: 'measure';
  readonly of: Word;
  readonly errors: readonly {
    readonly kind: 'additive' | 'proportional' | 'lognormal';
    readonly span: Span;
    readonly value: Syntax;
  }[];
  readonly lloq: Syntax | null;
}
export interface TherapyStatement extends Head {
  readonly kind: 'therapy';
  readonly clauses: readonly Clause[];
}
export interface EndpointStatement extends Head {
  readonly kind: 'endpoint';
  readonly value: Syntax;
  readonly unit: UnitText | null;
}
export interface CheckStatement {
  readonly kind: 'check';
  readonly label: string;
  readonly value: Syntax;
  readonly under: Word | null;
  /** Absent for a condition that must hold. */
  readonly expected: Syntax | null;
  readonly within: Syntax | null;
  readonly given: readonly (Word & { readonly value: Syntax })[];
  readonly source: string;
  readonly span: Span;
}
export interface ShowStatement {
  readonly kind: 'show';
  readonly until: Syntax;
  readonly every: Syntax;
  readonly span: Span;
}
/** A statement that could not be read, and the names it would have defined: using them is no second error. */
export interface BrokenStatement {
  readonly kind: 'broken';
  readonly keyword: string;
  readonly names: readonly Word[];
  readonly span: Span;
}

export type Statement =
  | HeaderStatement
  | UnitStatement
  | CovariateStatement
  | ParameterStatement
  | RandomStatement
  | OccasionsStatement
  | UncertainStatement
  | HazardStatement
  | CorrelationStatement
  | PopulationStatement
  | DefinitionStatement
  | StateStatement
  | DerivativeStatement
  | FlowStatement
  | OutputStatement
  | MeasureStatement
  | MemoryStatement
  | TableStatement
  | EventStatement
  | TherapyStatement
  | EndpointStatement
  | CheckStatement
  | ShowStatement
  | BrokenStatement;
