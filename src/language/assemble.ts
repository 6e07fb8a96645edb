// From statements to the Model: names are declared, statements are checked in the order of their dependence, and the
// records are put together in the order of the text. In: statements and an empty scope. Out: a Model; the caller looks
// at the report to know whether to believe it.
import { checkDynamics, type Dynamics } from './check-dynamics.ts';
import { checkEvent } from './check-event.ts';
import { checkHazard, declareHazard } from './check-hazard.ts';
import { checkOccasions, needOccasions } from './check-occasion.ts';
import {
  checkCheck,
  checkEndpoint,
  checkMeasurement,
  checkNamed,
  checkOutput,
  checkShow,
} from './check-outcomes.ts';
import { checkCovariate, checkParameter, checkRandom } from './check-population.ts';
import { checkTable } from './check-table.ts';
import { checkMemory, checkTherapy, declareMemories } from './check-therapy.ts';
import { checkUncertain } from './check-uncertainty.ts';
import { checkCorrelation } from './correlation.ts';
import type { Span } from './diagnostic.ts';
import { number } from './expression.ts';
import { MAX_NUMBER } from './limits.ts';
import type {
  Check,
  Correlation,
  Covariate,
  Definition,
  Endpoint,
  Event,
  Hazard,
  Measurement,
  Memory,
  Model,
  Output,
  Parameter,
  RandomBlock,
  Table,
  Therapy,
  UncertaintyBlock,
} from './model.ts';
import { type Quantity, type QuantityKind, quantity, type Scope, timeQuantity } from './names.ts';
import { inDependencyOrder } from './order.ts';
import { budget } from './outcome.ts';
import { withPopulations } from './populations.ts';
import { defaultValue } from './stage.ts';
import type { HeaderStatement, Statement, Syntax } from './syntax.ts';
import { namesOf } from './typed.ts';
import { baseUnit, DIMENSIONLESS, isUnitError, parseUnit, sameDimension, type Unit } from './units.ts';

type Of<K extends Statement['kind']> = Extract<Statement, { readonly kind: K }>;

export function assemble(written: readonly Statement[], scope: Scope): Model {
  const statements = withPopulations(written, scope);
  const all = <K extends Statement['kind']>(...kinds: readonly K[]): readonly Of<K>[] =>
    statements.filter((s): s is Of<K> => (kinds as readonly string[]).includes(s.kind));
  const { report } = scope;

  const units = all('unit').map((s) => s.name);
  for (const s of all('unit')) declareUnit(s, scope);
  const header = headerOf(statements, scope);
  scope.time = timeUnit(header, scope);
  scope.quantities.set('t', timeQuantity(scope.time));

  const own = new Map<Statement, Quantity[]>();
  for (const s of statements) own.set(s, declare(s, scope));
  const quantityOf = (s: Statement): Quantity | undefined => own.get(s)?.[0];

  const parameters: Parameter[] = [];
  for (const s of all('parameter')) {
    const q = quantityOf(s);
    const parameter = checkParameter(s, q ?? stray(s.name, s.nameSpan), scope);
    if (parameter !== null && q !== undefined) parameters.push(parameter);
  }
  const tables: Table[] = all('table').flatMap((s) => checkTable(s, scope) ?? []);
  for (const table of tables) scope.tables.set(table.name, table);
  for (const s of all('definition', 'output')) scope.parts.set(s.name, namesOf(s.value));

  const nodes = all('covariate', 'random', 'definition', 'hazard', 'output', 'endpoint').map((statement) => ({
    statement,
    defines: (own.get(statement) ?? []).map((q) => q.name),
    uses: usedNames(statement),
  }));
  const { order, cycles } = inDependencyOrder(nodes);
  const cyclic = new Set<Statement>();
  for (const { path, members } of cycles) {
    const first = scope.quantities.get(path[0] ?? '');
    const shown = path.length > 12 ? [...path.slice(0, 6), '...', ...path.slice(-5)] : path;
    if (first !== undefined)
      report.error(
        first.span,
        `${first.name} is defined through itself: ${shown.join(' -> ')}`,
        'what changes by itself over time is a state with d/dt',
      );
    for (const m of members) cyclic.add(m.statement);
  }

  const covariates: Covariate[] = [];
  const definitions: Definition[] = [];
  const random = new Map<Statement, RandomBlock>();
  const hazards = new Map<Statement, Hazard>();
  const ofHazards = {
    definitions: [] as Definition[],
    memories: [] as Memory[],
    random: [] as RandomBlock[],
  };
  const outputs = new Map<Statement, Output>();
  const endpoints = new Map<Statement, Endpoint>();
  const left = budget();
  for (const { statement: s } of order) {
    if (cyclic.has(s)) continue;
    const q = quantityOf(s) ?? stray('name' in s ? s.name : '', s.span);
    switch (s.kind) {
      case 'covariate': {
        const covariate = checkCovariate(s, scope);
        if (covariate !== null) covariates.push(covariate);
        break;
      }
      case 'random': {
        const known = new Map((own.get(s) ?? []).map((one) => [one.name, one]));
        const block = checkRandom(s, s.names.map((n) => known.get(n.name)), scope); // biome-ignore format: short
        if (block !== null) random.set(s, s.perOccasion ? { ...block, level: 'occasion' } : block);
        break;
      }
      case 'hazard': {
        const checked = checkHazard(s, q, scope, definitions);
        if (checked === null || !scope.hazards.has(s.name)) break;
        hazards.set(s, checked.hazard);
        ofHazards.memories.push(...checked.memories);
        ofHazards.random.push(checked.block);
        // Another hazard may name what this one makes, before or after it.
        const early = checked.hazard.given === 'rate' ? checked.definitions.slice(0, -1) : [];
        ofHazards.definitions.push(...early);
        definitions.push(...checked.definitions.slice(early.length));
        break;
      }
      case 'definition': {
        const value = checkNamed(s, q, scope);
        if (value === null) break;
        if (q.stage === 'study') q.value = defaultValue(value.expression, scope);
        const { name, label, span } = s;
        definitions.push({
          name,
          label,
          span,
          unit: value.unit,
          expression: value.expression,
          stage: q.stage,
          ...(value.condition ? { condition: true } : {}),
        });
        break;
      }
      case 'output': {
        const output = checkOutput(s, q, scope);
        if (output !== null) outputs.set(s, output);
        break;
      }
      case 'endpoint': {
        const endpoint = checkEndpoint(s, q, scope, left);
        if (endpoint !== null) endpoints.set(s, endpoint);
        break;
      }
      default:
        s satisfies never;
    }
  }

  const dynamics = checkDynamics(
    all('compartment', 'state') as readonly Of<'compartment'>[],
    all('flow'),
    all('derivative'),
    scope,
  );
  const taken = new Set<string>();
  const correlations: Correlation[] = all('correlation').flatMap(
    (s) => checkCorrelation(s, [...random.values()], taken, scope) ?? [],
  );
  const populations = all('population').map((s) => s.of.name);
  const memories: Memory[] = [
    ...all('memory').flatMap((s) => checkMemory(s, scope) ?? []),
    ...ofHazards.memories,
  ];
  const [visits, ...otherVisits] = all('occasions');
  const occasions = visits === undefined ? null : checkOccasions(visits, scope);
  if (occasions?.by?.kind === 'dose') scope.occasionDoses = occasions.by;
  for (const again of otherVisits) report.error(again.span, 'occasions are given twice', 'keep one of them');
  needOccasions(all('random'), all('occasions'), scope);
  const surely = new Set<string>();
  const uncertainty: UncertaintyBlock[] = all('uncertain').flatMap(
    (s) => checkUncertain(s, parameters, surely, scope) ?? [],
  );
  const measurements: Measurement[] = all('measure').flatMap((s) => checkMeasurement(s, scope) ?? []);
  const events: Event[] = all('when').flatMap((s, k) => checkEvent(s, scope, null, k) ?? []);
  const therapies: Therapy[] = all('therapy').map((s) => checkTherapy(s, scope));
  const checks: Check[] = all('check').flatMap((s, k) => checkCheck(s, k + 1, scope, left) ?? []);
  const shows = all('show');
  const show = shows[0] === undefined ? null : checkShow(shows[0], scope);
  for (const again of shows.slice(1)) report.error(again.span, 'show is given twice', 'keep one of them');
  if (report.errors === 0) {
    warn(scope, dynamics, therapies);
    if (show !== null) warnOfLateRules(scope, therapies, show.until);
  }

  const inTextOrder = <T>(map: ReadonlyMap<Statement, T>): readonly T[] =>
    statements.flatMap((s) => map.get(s) ?? []);
  const model: Model = {
    name: header?.name ?? '',
    title: header?.label ?? '',
    sources: header?.sources ?? [],
    licence: header?.texts.licence ?? '',
    use: header?.texts.use ?? '',
    question: header?.texts.question ?? '',
    area: header?.texts.area ?? '',
    time: scope.time ?? DIMENSIONLESS,
    ...(units.length > 0 ? { units } : {}),
    covariates,
    parameters,
    random: [...inTextOrder(random), ...ofHazards.random],
    ...(occasions === null ? {} : { occasions }),
    ...(hazards.size > 0 ? { hazards: inTextOrder(hazards) } : {}),
    ...(uncertainty.length > 0 ? { uncertainty } : {}),
    ...(correlations.length > 0 ? { correlations } : {}),
    ...(populations.length > 0 ? { populations } : {}),
    definitions: [...ofHazards.definitions, ...definitions],
    states: dynamics.states,
    memories,
    events,
    breaks: [...scope.breaks].sort((a, b) => a - b).map(number),
    ...(tables.length > 0 ? { tables } : {}),
    flows: dynamics.flows,
    outputs: inTextOrder(outputs),
    measurements,
    therapies,
    endpoints: inTextOrder(endpoints),
    checks,
    ...(show === null ? {} : { show }),
  };
  refuseHugeNumbers(model, scope);
  return model;
}

/** Holds what is found out about a name that another statement owns. */
const stray = (name: string, span: Span): Quantity => quantity(name, 'definition', null, 'study', span, null);

function declareUnit(s: Of<'unit'>, scope: Scope): void {
  if (scope.units.has(s.name)) scope.report.error(s.nameSpan, `the unit ${s.name} is declared twice`);
  else if (!isUnitError(parseUnit(s.name)))
    scope.report.warning(s.nameSpan, `the unit ${s.name} exists already; this model's own is another one`);
  scope.units.set(s.name, baseUnit(s.name));
}

function headerOf(statements: readonly Statement[], scope: Scope): HeaderStatement | null {
  const headers = statements.filter((s) => s.kind === 'model');
  for (const again of headers.slice(1))
    scope.report.error(again.span, 'a text holds one model', 'remove the second model line');
  const broken = statements.some((s) => s.kind === 'broken' && s.keyword === 'model');
  const [header] = headers;
  if (header === undefined) {
    const at = statements[0]?.span ?? { start: 0, end: 0 };
    // Of a text that was refused as a whole nothing more is said.
    if (!broken && (statements.length > 0 || scope.report.errors === 0))
      scope.report.error(
        at,
        'the model line is missing',
        'begin with: model name "Title", and below it, indented: time h',
      );
    return null;
  }
  if (statements[0] !== header && statements[0]?.kind !== 'broken')
    scope.report.error(header.span, 'the model line does not come first', 'move it to the top');
  return header;
}

function timeUnit(header: HeaderStatement | null, scope: Scope): Unit | null {
  if (header === null) return null;
  if (header.time === null) {
    if (!header.broken)
      scope.report.error(
        header.nameSpan,
        `the model ${header.name} does not say its unit of time`,
        'write below the model line, indented: time h',
      );
    return null;
  }
  const unit = scope.unit(header.time);
  const second = parseUnit('s');
  if (unit === null || isUnitError(second) || sameDimension(unit, second)) return unit;
  scope.report.error(
    header.time.span,
    `${header.time.text} is not a unit of time`,
    'write time h, time d or time min',
  );
  return null;
}

const BROKEN_KINDS: Readonly<Record<string, QuantityKind>> = {
  covariate: 'covariate',
  parameter: 'parameter',
  random: 'random effect',
  definition: 'definition',
  compartment: 'compartment',
  state: 'state',
  memory: 'memory',
  table: 'table',
  output: 'output',
  endpoint: 'endpoint',
  hazard: 'definition',
  recurrent: 'definition',
  cumulative: 'definition',
};

/** Enters a statement's names; those that are taken are left out. */
function declare(s: Statement, scope: Scope): Quantity[] {
  const line = (span: Span) => scope.report.line(span.start);
  const enter = (q: Quantity): Quantity[] => (scope.declare(q) ? [q] : []);
  switch (s.kind) {
    case 'covariate': {
      const q = quantity(
        s.name,
        'covariate',
        s.spec.kind === 'number' ? scope.unit(s.spec.unit) : DIMENSIONLESS,
        'patient',
        s.nameSpan,
        line(s.nameSpan),
      );
      if (s.spec.kind === 'number') return enter(q);
      if (s.spec.kind === 'yes/no') return enter({ ...q, type: 'condition', categories: ['no', 'yes'] });
      return enter({ ...q, type: 'category', categories: s.spec.categories.map((c) => c.name) });
    }
    case 'parameter':
      return enter(quantity(s.name, 'parameter', null, 'study', s.nameSpan, line(s.nameSpan)));
    case 'random':
      return s.names.flatMap((n) =>
        enter(quantity(n.name, 'random effect', null, 'patient', n.span, line(n.span))),
      );
    case 'definition':
      return enter(quantity(s.name, 'definition', null, 'study', s.nameSpan, line(s.nameSpan)));
    case 'hazard':
      return declareHazard(s, scope, line(s.nameSpan));
    case 'compartment':
    case 'state':
      return enter(quantity(s.name, s.kind, scope.unit(s.unit), 'step', s.nameSpan, line(s.nameSpan)));
    case 'output':
      return enter(quantity(s.name, 'output', null, 'step', s.nameSpan, line(s.nameSpan)));
    case 'endpoint':
      return enter(quantity(s.name, 'endpoint', null, 'patient', s.nameSpan, line(s.nameSpan)));
    case 'memory':
      return enter(quantity(s.name, 'memory', scope.unit(s.unit), 'step', s.nameSpan, line(s.nameSpan)));
    case 'table':
      return enter(quantity(s.name, 'table', scope.unit(s.unit), 'study', s.nameSpan, line(s.nameSpan)));
    case 'when':
      if (s.name !== '') scope.list(scope.events, s.name, s.nameSpan, 'event');
      return [];
    case 'flow':
      scope.list(scope.flows, s.name, s.nameSpan, 'flow');
      return [];
    case 'therapy':
      scope.list(scope.therapies, s.name, s.nameSpan, 'therapy');
      declareMemories(s, scope);
      return [];
    case 'measure':
      scope.list(scope.measurements, s.name, s.nameSpan, 'measurement');
      if (!scope.measured.has(s.name)) scope.measured.set(s.name, s.of.name);
      return [];
    case 'broken':
      scope.broken.add(s.keyword);
      for (const word of s.names) {
        if (['hazard', 'recurrent', 'cumulative'].includes(s.keyword)) scope.brokenHazards.add(word.name);
        const kind = BROKEN_KINDS[s.keyword];
        if (s.keyword === 'therapy') scope.therapies.set(word.name, word.span);
        else if (s.keyword === 'measure') scope.measurements.set(word.name, word.span);
        else if (kind !== undefined && !scope.quantities.has(word.name))
          scope.quantities.set(
            word.name,
            quantity(word.name, kind, null, 'study', word.span, line(word.span)),
          );
      }
      return [];
    default:
      return [];
  }
}

/** Names that must be known before a statement can be checked. */
function* usedNames(s: Ordering): Generator<string> {
  for (const syntax of expressionsOf(s)) yield* namesOf(syntax);
}

type Ordering = Of<'covariate' | 'random' | 'definition' | 'hazard' | 'output' | 'endpoint'>;

function expressionsOf(s: Ordering): readonly Syntax[] {
  switch (s.kind) {
    case 'covariate':
      if (s.spec.kind === 'yes/no') return [s.spec.share];
      if (s.spec.kind === 'category') return s.spec.categories.map((c) => c.share);
      return [
        ...s.spec.parameters.map((p) => p.value),
        ...(s.spec.within === null ? [] : [s.spec.within.low, s.spec.within.high]),
      ];
    case 'random':
      return [...s.values, ...(s.correlation ?? [])];
    case 'definition':
    case 'hazard':
    case 'output':
    case 'endpoint':
      return [s.value];
    default:
      return s satisfies never;
  }
}

const WARNED: readonly QuantityKind[] = ['parameter', 'random effect', 'memory', 'table'];

function warn(scope: Scope, dynamics: Dynamics, therapies: readonly Therapy[]): void {
  for (const q of scope.quantities.values()) {
    if (q.used || !WARNED.includes(q.kind)) continue;
    scope.report.warning(q.span, `the ${q.kind} ${q.name} is never used`, 'use it or remove it');
  }
  const dosed = new Set(therapies.flatMap((t) => t.doses.map((d) => d.into)));
  for (const s of dynamics.still) {
    if (!dosed.has(s.name))
      scope.report.warning(
        s.nameSpan,
        `nothing moves the compartment ${s.name}: no flow touches it and no dose goes into it`,
        `write flow name : ${s.name} -> at rate`,
      );
  }
}

/** A rule whose first visit nobody sees is most often a slip of the unit. */
function warnOfLateRules(scope: Scope, therapies: readonly Therapy[], until: number): void {
  for (const rule of therapies.flatMap((t) => t.rules ?? [])) {
    const first = defaultValue(rule.schedule.start, scope);
    if (first >= until)
      scope.report.warning(
        rule.span,
        `the first visit of ${rule.name} is at ${first}, and what is shown ends at ${until}`,
        'look at the unit of its time, or show more',
      );
  }
}

/** Conversions can make a number that no f32 holds. */
function refuseHugeNumbers(model: Model, scope: Scope): void {
  // Where something else is wrong, NaN stands for what is not known.
  const whole = scope.report.errors === 0;
  const seen = new Set<object>();
  const stack: { value: object; span: Span }[] = [{ value: model, span: { start: 0, end: 0 } }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { value } = top;
    const span = 'span' in value ? (value.span as Span) : top.span;
    if ('kind' in value && value.kind === 'number' && 'value' in value) {
      const number = Number(value.value);
      if (Math.abs(number) > MAX_NUMBER || (whole && Number.isNaN(number)))
        scope.report.error(
          span,
          `a number here becomes ${Number(number.toPrecision(6))}`,
          `at most ${MAX_NUMBER} can be computed with on a graphics device; choose a larger unit`,
        );
    }
    for (const child of Object.values(value)) {
      if (typeof child !== 'object' || child === null || seen.has(child)) continue;
      seen.add(child);
      stack.push({ value: child, span });
    }
  }
}
