// The names of a model: what each is, its unit, its stage and where that was said. In: statements, or a finished Model
// (for texts that are read against one). Out: a scope that checks look names up in.
import type { Report, Span } from './diagnostic.ts';
import type { Expression } from './expression.ts';
import { symbolsOf } from './fold.ts';
import { MAX_LOOKUPS } from './limits.ts';
import type { Hazard, Model, Reduction, Stage, Table } from './model.ts';
import { reservedReason } from './reserved.ts';
import { nearest } from './suggest.ts';
import type { UnitText } from './syntax.ts';
import { baseUnit, DIMENSIONLESS, isUnitError, parseUnit, type Unit } from './units.ts';

export type QuantityKind =
  | 'covariate' | 'parameter' | 'random effect' | 'definition' | 'compartment' | 'state' | 'memory' | 'table' | 'output' | 'endpoint' | 'time'; // biome-ignore format: a list

/** What is known of a name; settled while statements are checked in the order of their dependence. */
export interface Quantity {
  readonly name: string;
  readonly kind: QuantityKind;
  /** null: not known, because its statement is wrong; using it is no second error. */
  unit: Unit | null;
  stage: Stage;
  /** The name that makes it vary between patients or over time; null where it does so of itself. */
  because: string | null;
  /** 'condition': holds or not (1 or 0); 'category': one of `categories`. */
  type: 'number' | 'condition' | 'category';
  readonly categories: readonly string[];
  /** Line of its definition; null when the text is not at hand. */
  readonly line: number | null;
  readonly span: Span;
  used: boolean;
  /** Of an endpoint, to be put in where it is named. */
  outcome: Outcome | null;
  /** Default value of what is the same for all patients. */
  value: number;
  /** Height of its expression with the definitions it uses put in. */
  height: number;
  /** The therapy that a memory belongs to, which alone sees it; null: all do. */
  readonly owner: string | null;
}

export interface Outcome {
  readonly expression: Expression;
  readonly reductions: readonly Reduction[];
  readonly nodes: number;
  readonly height: number;
}

/** What endpoints need of a hazard. */
export type KnownHazard = Pick<Hazard, 'name' | 'type' | 'cumulative' | 'threshold'> & {
  readonly recurrence?: { readonly count: string };
};

/** Unknown names looked up in the list of names for a hint, at most: the search is linear. */
const MAX_SUGGESTIONS = 100;

export class Scope {
  readonly quantities = new Map<string, Quantity>();
  readonly units = new Map<string, Unit>();
  /** Therapies, flows, measurements: names that no expression uses. Broken ones count as known. */
  readonly therapies = new Map<string, Span>();
  readonly flows = new Map<string, Span>();
  readonly events = new Map<string, Span>();
  readonly measurements = new Map<string, Span>();
  /** What measurements are of. */
  readonly measured = new Map<string, string>();
  readonly tables = new Map<string, Table>();
  readonly hazards = new Map<string, KnownHazard>();
  /** First words of statements that could not be read, and the hazards among them. */
  readonly broken = new Set<string>();
  readonly brokenHazards = new Set<string>();
  /** Names that computed quantities are made of, for saying what can be set in their place. */
  readonly parts = new Map<string, Iterable<string>>();
  /** Tables that are looked up by t, in model time, and their corners. */
  readonly overTime = new Map<string, Table>();
  readonly breaks = new Set<number>();
  /** Nodes that tables may still be written out to. */
  lookups = MAX_LOOKUPS;
  /** The therapy that is being read; its own memories are visible. */
  owner: string | null = null;
  /** Occasions begin with doses; null: otherwise. */
  occasionDoses: { readonly into: string | null } | null = null;
  time: Unit | null = null;
  private readonly unitCache = new Map<string, Unit | null>();
  private suggestions = 0;

  constructor(
    readonly report: Report,
    /** The text that spans point into, for quoting it in messages. */
    readonly text: string,
  ) {}

  /** Adds a quantity; a name that is taken or reserved is an error, and the first holder keeps it. */
  declare(quantity: Quantity): boolean {
    const reserved = reservedReason(quantity.name);
    if (reserved !== null) {
      this.report.error(
        quantity.span,
        `${quantity.name} cannot be a name: ${reserved}`,
        `choose another name, such as ${quantity.name}_1`,
      );
      return false;
    }
    const before = this.quantities.get(quantity.name);
    if (before !== undefined) {
      const where = before.line === null ? '' : ` (line ${before.line}, a ${before.kind})`;
      this.report.error(
        quantity.span,
        `${quantity.name} is already defined${where}`,
        'every name is defined once',
      );
      return false;
    }
    this.quantities.set(quantity.name, quantity);
    return true;
  }

  /** Adds a name to one of the lists that no expression uses. */
  list(names: Map<string, Span>, name: string, span: Span, what: string): void {
    const before = names.get(name);
    if (before === undefined) names.set(name, span);
    else
      this.report.error(
        span,
        `the ${what} ${name} is already defined (line ${this.report.line(before.start)})`,
        'every name is defined once',
      );
  }

  /** Whether a name can be used where the reading stands: memories of therapies are their own. */
  sees(quantity: Quantity): boolean {
    return quantity.owner === null || quantity.owner === this.owner;
  }

  unit(text: UnitText): Unit | null {
    const known = this.unitCache.get(text.text);
    if (known !== undefined && known !== null) return known;
    const unit = parseUnit(text.text, this.units);
    if (isUnitError(unit)) {
      this.report.error(text.span, unit.message, unit.hint);
      return null;
    }
    this.unitCache.set(text.text, unit);
    return unit;
  }

  suggest(name: string, known: Iterable<string>): string | undefined {
    if (this.suggestions++ >= MAX_SUGGESTIONS) return undefined;
    const found = nearest(name, known);
    return found === null ? undefined : `did you mean ${found}?`;
  }

  /** `V1 depends on WT, a covariate`: why something is not the same for all patients, or not constant in time. */
  chain(name: string): string {
    const links: string[] = [];
    let quantity = this.quantities.get(name);
    while (quantity !== undefined && links.length < 8) {
      links.push(quantity.name);
      if (quantity.because === null) break;
      quantity = this.quantities.get(quantity.because);
    }
    const kind = quantity?.because === null ? quantity.kind : '...';
    const last =
      kind === 'time' ? 't is the time' : `${links.at(-1)} is ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
    return [...links.slice(0, -1).map((link, k) => `${link} depends on ${links[k + 1]}`), last].join(', ');
  }
}

const NOWHERE: Span = { start: 0, end: 0 };

export function quantity(
  name: string,
  kind: QuantityKind,
  unit: Unit | null,
  stage: Stage,
  span: Span,
  line: number | null,
): Quantity {
  return {
    name, kind, unit, stage, because: null, type: 'number', categories: [], line, span, used: false, outcome: null, value: Number.NaN, height: 1,
    owner: null,
  }; // biome-ignore format: one record
}

export function timeQuantity(unit: Unit | null): Quantity {
  return quantity('t', 'time', unit, 'step', NOWHERE, null);
}

/** The names of a finished model, for therapies and endpoints that are read later. */
export function scopeOf(model: Model, report: Report, text: string): Scope {
  const scope = new Scope(report, text);
  scope.time = model.time;
  const by = model.occasions?.by;
  if (by?.kind === 'dose') scope.occasionDoses = by;
  for (const name of model.units ?? []) scope.units.set(name, baseUnit(name));
  const add = (kind: QuantityKind, name: string, unit: Unit, stage: Stage, more: Partial<Quantity> = {}) =>
    scope.quantities.set(name, { ...quantity(name, kind, unit, stage, NOWHERE, null), ...more });
  for (const p of model.parameters) add('parameter', p.name, p.unit, 'study', { value: p.value });
  for (const c of model.covariates) {
    const type = c.type === 'yes/no' ? 'condition' : c.type;
    add('covariate', c.name, c.unit, 'patient', { type, categories: c.categories });
  }
  for (const block of model.random) {
    for (const [k, name] of block.names.entries()) {
      const unit = block.units[k];
      if (unit !== undefined) add('random effect', name, unit, 'patient');
    }
  }
  for (const h of model.hazards ?? []) {
    scope.hazards.set(h.name, h);
    if (h.given === 'rate') add('definition', h.cumulative, DIMENSIONLESS, 'step');
  }
  for (const m of model.memories) add('memory', m.name, m.unit, 'step');
  for (const table of model.tables ?? []) {
    add('table', table.name, table.unit, 'study');
    scope.tables.set(table.name, table);
  }
  for (const m of model.measurements) {
    scope.measurements.set(m.name, NOWHERE);
    scope.measured.set(m.name, m.output);
  }
  for (const d of [...model.definitions, ...model.outputs]) scope.parts.set(d.name, symbolsOf(d.expression));
  for (const d of model.definitions)
    add('definition', d.name, d.unit, d.stage, d.condition ? { type: 'condition' } : {});
  for (const s of model.states)
    add(s.type === 'compartment' ? 'compartment' : 'state', s.name, s.unit, 'step');
  for (const o of model.outputs)
    add('output', o.name, o.unit, 'step', o.condition ? { type: 'condition' } : {});
  for (const e of model.endpoints) {
    const outcome = { expression: e.expression, reductions: e.reductions, nodes: 0, height: 0 };
    add(
      'endpoint',
      e.name,
      e.unit,
      'patient',
      e.type === 'probability' ? { outcome, type: 'condition' } : { outcome },
    );
  }
  scope.quantities.set('t', timeQuantity(model.time));
  return scope;
}
