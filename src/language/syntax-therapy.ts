// What the parser makes of the lines of a therapy and of `when`: doses, changes, rules and events as written, with places.
// Data only; nothing is looked up here.
import type { Span } from './diagnostic.ts';
import type { Head, MemoryStatement, RangeSyntax, Syntax, Word } from './syntax.ts';

/** `from T every I times N`; `until` ends it instead. */
export interface ScheduleSyntax {
  readonly from: Syntax | null;
  readonly every: Syntax | null;
  readonly times: Syntax | null;
  readonly until: Syntax | null;
  readonly span: Span;
}

export interface DoseSyntax extends ScheduleSyntax {
  readonly amount: Syntax;
  readonly into: Word;
  readonly over: Syntax | null;
  /** Amount per time. */
  readonly rate: Syntax | null;
  readonly lag: Syntax | null;
  readonly bioavailability: Syntax | null;
  readonly while: Syntax | null;
  readonly taken: Syntax | null;
  readonly afterMissed: Syntax | null;
  readonly late: { readonly chance: Syntax; readonly by: RangeSyntax } | null;
  readonly doubled: Syntax | null;
  readonly steady: Span | null;
}

export type ActionSyntax =
  | {
      readonly kind: 'set';
      readonly name: Word;
      readonly value: Syntax;
      readonly within: RangeSyntax | null;
      readonly span: Span;
    }
  /** increase, decrease */
  | {
      readonly kind: 'change';
      readonly up: boolean;
      readonly name: Word;
      readonly by: Syntax;
      /** At most, or at least. */
      readonly bound: Syntax | null;
      readonly within: RangeSyntax | null;
      readonly span: Span;
    }
  | { readonly kind: 'hold'; readonly time: Syntax; readonly span: Span }
  | { readonly kind: 'stop' | 'resume' | 'reset'; readonly span: Span }
  | { readonly kind: 'dose'; readonly dose: DoseSyntax; readonly span: Span }
  | { readonly kind: 'next'; readonly time: Syntax; readonly span: Span };

export interface InterventionSyntax extends ScheduleSyntax {
  readonly actions: readonly ActionSyntax[];
}

export interface BranchSyntax {
  readonly kind: 'if' | 'else' | 'bare';
  /** Null for else and for actions without a condition. */
  readonly condition: Syntax | null;
  readonly confirmed: Syntax | null;
  readonly actions: readonly ActionSyntax[];
  readonly span: Span;
}
export interface RuleSyntax extends Head, ScheduleSyntax {
  /** Visits listed one by one. */
  readonly at: readonly Syntax[];
  readonly branches: readonly BranchSyntax[];
}

export interface EventStatement extends Head {
  readonly kind: 'when';
  readonly condition: Syntax;
  readonly delay: Syntax | null;
  readonly priority: Syntax | null;
  readonly persistent: boolean;
  readonly initially: boolean;
  readonly valuesAtEdge: boolean;
  readonly apart: Syntax | null;
  readonly most: Syntax | null;
  readonly actions: readonly ActionSyntax[];
}

/** One line of a therapy. */
export type Clause =
  | { readonly kind: 'dose'; readonly dose: DoseSyntax }
  | { readonly kind: 'memory'; readonly memory: MemoryStatement }
  | { readonly kind: 'intervention'; readonly intervention: InterventionSyntax }
  | { readonly kind: 'rule'; readonly rule: RuleSyntax }
  | { readonly kind: 'event'; readonly event: EventStatement }
  /** A memory whose line could not be read: naming it is no second error. */
  | { readonly kind: 'broken'; readonly names: readonly Word[] };
