// Model -> Program: names become qualified symbols, reductions become windows, watched values and quadrature states,
// doses become streams or happenings, and everything that is constant for a patient moves out of the step.
// Structure only: parameter values, covariates, window times and tolerances come later, in a Job.
import { derivative } from '../language/derivative.ts';
import { call, type Expression, number, symbol } from '../language/expression.ts';
import type { Endpoint, Model, Therapy } from '../language/model.ts';
import { share } from '../language/share.ts';
import { expand, simplify } from '../language/simplify.ts';
import type { DrawStream } from './happenings.ts';
import { hoister } from './hoist.ts';
import { javascript } from './javascript.ts';
import { lowerHappenings } from './lower-happenings.ts';
import type { Method } from './methods.ts';
import {
  type Body,
  type EndpointField,
  type Field,
  type Input,
  PLAIN,
  type Program,
  type Stream,
} from './program.ts';
import { namesIn, qualifier, rewriter } from './qualify.ts';
import type { RecordsPlan } from './records.ts';
import { collectReductions } from './reductions.ts';

export interface LowerOptions {
  readonly method: Method;
  /** Therapies of the arms, in the order of Program.therapies. */
  readonly therapies: readonly Therapy[];
  /** Output names to record; absent: all. */
  readonly outputs?: readonly string[];
  /** Also record every model state, after the outputs. */
  readonly recordStates?: boolean;
  readonly endpoints: readonly Endpoint[];
  /** Rows of the patients' own: doses and covariates of a data file. */
  readonly records?: RecordsPlan;
  /** The same happenings, fed from a table `ledger` instead of their triggers. */
  readonly replay?: boolean;
}

export interface Lowered {
  readonly program: Program;
  /** Windows in the Job's order: study-stage expressions over parameter and study-definition names; null: the run's start or horizon. */
  readonly windows: readonly { readonly from: Expression | null; readonly to: Expression | null }[];
  /** Index into program.study of the run's horizon, when some endpoint needs it. */
  readonly horizon: number | null;
  /** What each field `draw.K` of the table of draws holds, in order. */
  readonly draws: readonly DrawStream[];
  /** Names of each happening's captured values, for the ledger's headings. */
  readonly captured: readonly (readonly string[])[];
}

/**
 * Throws RangeError when definitions nest too deep for any target. A parameter or covariate that something sets keeps its
 * value of time 0 in initial values, in schedules, in windows and in what endpoints conclude; everywhere else it varies.
 */
export function lower(model: Model, options: LowerOptions): Lowered {
  const fixed = qualifier(model);
  const taken = new Set(allNames(model));
  const horizonName = unusedName('horizon', taken);
  const clean = (e: Expression) => simplify(expand(e));
  const instants = lowerHappenings(model, options, fixed);
  const { all, names } = instants;
  const hoisting = hoister(new Set([...taken, ...all.heldNames()]), all.heldSymbols());
  const ready = (e: Expression) => hoisting.hoist(clean(e));
  const stepValue = (e: Expression) => ready(names.step(e));

  const hazards = (model.hazards ?? []).flatMap((h) => (h.given === 'rate' ? [h] : []));
  const followed = [...model.states.map(({ name }) => name), ...hazards.map((h) => h.cumulative)];
  const pathRate = (value: Expression) => totalRate(value, followed);
  const reductions = collectReductions(options.endpoints, names.step, ready, followed.length);
  const streams: Stream[] = [];
  const doses: Expression[] = [];
  for (const [therapy, plain] of instants.streams.entries()) {
    for (const { into, values } of plain) {
      streams.push({ therapy, into });
      doses.push(...values);
    }
  }
  const timed = inputsOf(model, streams, doses, reductions.gates);
  const inputOf = (kind: 'rate' | 'gate', index: number) =>
    timed.find(
      (i) =>
        i.kind === kind &&
        ((i.kind === 'rate' && i.state === index) || (i.kind === 'gate' && i.window === index)),
    );

  const rhs: Expression[] = model.states.map((s, index) => {
    const own = stepValue(s.derivative);
    const rate = inputOf('rate', index);
    const sum = rate ? call('add', own, symbol(`u.${rate.name}`)) : own;
    const infused = all.infused(s.name);
    return infused ? call('add', sum, infused) : sum;
  });
  for (const h of hazards) rhs.push(stepValue(symbol(h.name)));
  for (const q of reductions.quadratures) {
    const gate = inputOf('gate', q.window);
    rhs.push(gate ? call('mul', q.of, symbol(`u.${gate.name}`)) : q.of);
  }
  const states: Field[] = model.states.map((s) => ({ name: s.name, unit: s.unit.text }));
  for (const h of hazards) states.push({ name: h.cumulative, unit: '1' });
  for (const [i, q] of reductions.quadratures.entries()) {
    states.push({ name: unusedName(`integral_${i}`, taken), unit: `${q.unit} accumulated` });
  }

  const recorded = model.outputs.filter((o) => !options.outputs || options.outputs.includes(o.name));
  const outputs: Field[] = recorded.map((o) => ({ name: o.name, unit: o.unit.text }));
  const observed = recorded.map((o) => stepValue(symbol(o.name)));
  if (options.recordStates) {
    for (const s of model.states) {
      outputs.push({ name: s.name, unit: s.unit.text });
      observed.push(symbol(`y.${s.name}`));
    }
  }

  const watched = reductions.watched.map((w) => w.value);
  const rates = reductions.watched.map((w) => hoisting.hoist(clean(pathRate(w.value))));
  const watchedFields = reductions.watched.map((w) => ({ name: w.name, unit: w.unit }));
  // Conditions are looked at right after an effect, when derived inputs may still be those of before.
  for (const margin of all.margins()) {
    const value = hoisting.hoistPatient(clean(margin));
    watched.push(value);
    rates.push(hoisting.hoistPatient(clean(pathRate(value))));
    watchedFields.push({ name: `w${watchedFields.length}`, unit: 'condition' });
  }
  const settled = all.finish(timed.length, reductions.watched.length, options.replay === true);
  const derived = hoisting.derived();
  const inputs: Input[] = [
    ...timed,
    ...settled.inputs,
    ...derived.map(([name]): Input => ({ kind: 'derived', name })),
  ];

  const horizonSymbol = symbol(`p.${horizonName}`);
  const endpoints: EndpointField[] = [];
  const concluded = options.endpoints.map((endpoint, e) => {
    endpoints.push({ name: endpoint.name, unit: endpoint.unit.text, type: endpoint.type });
    const known = new Map<string, Expression>();
    for (const name of namesIn(endpoint.expression)) {
      if (!name.startsWith('#')) known.set(name, fixed.step(symbol(name)));
    }
    for (const [i, reduction] of endpoint.reductions.entries()) {
      known.set(`#${i}`, reductions.value(e, i, reduction, horizonSymbol, fixed.step));
    }
    return clean(rewriter(known)(endpoint.expression));
  });
  const initial = [
    ...model.states.map((s) => clean(fixed.step(s.initial))),
    ...hazards.map(() => number(0)),
    ...reductions.quadratures.map(() => number(0)),
  ];

  // Params are what the bodies use, in the model's order, then the hoisted parts. A hoisted part may be made of names and of
  // earlier parts (a rate is derived from a value that was hoisted already) that nothing else needs.
  const segment = derived.map(([, value]) => value);
  const bodies = [rhs, observed, watched, rates, doses, concluded, initial, segment, all.expressions()];
  const used = new Set(bodies.flat().flatMap((e) => [...namesIn(e)]));
  const units = unitTexts(model);
  const horizonUsed = used.has(`p.${horizonName}`);
  const values = new Map<string, Expression>();
  const inPatient = rewriter(values);
  const params: Field[] = [];
  const patientValues: Expression[] = [];
  const param = (name: string, unit: string, value: Expression) => {
    const own = clean(value);
    values.set(`p.${name}`, own);
    if (!used.has(`p.${name}`)) return;
    params.push({ name, unit });
    patientValues.push(own);
  };
  for (const [name, value] of fixed.params) param(name, units.get(name) ?? '', value);
  param(horizonName, model.time.text, symbol(`study.${horizonName}`));
  for (const [name, value] of hoisting.fields()) param(name, spelled(value), inPatient(value));

  const study: Field[] = [];
  for (const name of studyNames(model)) {
    if (patientValues.some((e) => namesIn(e).has(`study.${name}`)))
      study.push({ name, unit: units.get(name) ?? '' });
  }
  if (horizonUsed) study.push({ name: horizonName, unit: model.time.text });

  const body = (results: readonly Expression[]): Body => share(results);
  const program: Program = {
    name: model.name,
    method: options.method,
    study,
    columns: columnNames(model).map((name) => ({ name, unit: units.get(name) ?? '' })),
    params,
    patient: body(patientValues),
    states,
    modelStates: model.states.length,
    ...PLAIN,
    ...settled.parts,
    derived: body(segment),
    initial: body(initial),
    inputs,
    rhs: body(rhs.map(simplify)),
    therapies: options.therapies.map((t) => t.name),
    streams,
    doses: body(doses),
    outputs,
    observe: body(observed),
    watched: watchedFields,
    watch: body(watched),
    watchRate: body(rates),
    accumulators: reductions.accumulators,
    windows: reductions.windows.length,
    endpoints,
    conclude: body(concluded),
  };
  return {
    program,
    windows: reductions.windows,
    horizon: horizonUsed ? study.length - 1 : null,
    draws: settled.draws,
    captured: settled.captured,
  };
}

/** Columns of a cohort in the order every backend reads them: covariates, then random effects. */
export function columnNames(model: Model): readonly string[] {
  return [...model.covariates.map((c) => c.name), ...model.random.flatMap((b) => b.names)];
}

/** Names with one value per arm: parameters, then study-stage definitions in dependency order. */
export function studyNames(model: Model): readonly string[] {
  return [
    ...model.parameters.map((p) => p.name),
    ...model.definitions.filter((d) => d.stage === 'study').map((d) => d.name),
  ];
}

/** Total time derivative along the path: sum over states of dw/dy * f, plus dw/dt. */
function totalRate(value: Expression, states: readonly string[]): Expression {
  let rate = derivative(value, 't');
  for (const name of states) {
    rate = call('add', rate, call('mul', derivative(value, `y.${name}`), symbol(`f.${name}`)));
  }
  return rate;
}

function inputsOf(
  model: Model,
  streams: readonly Stream[],
  doses: readonly Expression[],
  gates: readonly number[],
): Input[] {
  const inputs: Input[] = [];
  const infused = new Set<number>();
  for (const [s, { into }] of streams.entries()) {
    const duration = doses[5 * s + 4];
    if (!(duration?.kind === 'number' && duration.value <= 0)) infused.add(into);
  }
  for (const [state, s] of model.states.entries()) {
    if (infused.has(state)) inputs.push({ kind: 'rate', name: `rate_${s.name}`, state });
  }
  for (const window of [...new Set(gates)].sort((a, b) => a - b)) {
    inputs.push({ kind: 'gate', name: `gate_${window}`, window });
  }
  return inputs;
}

function* allNames(model: Model): Generator<string> {
  for (const list of [model.parameters, model.covariates]) for (const n of list) yield n.name;
  for (const b of model.random) yield* b.names;
  for (const list of [model.definitions, model.states, model.outputs]) for (const n of list) yield n.name;
  for (const h of model.hazards ?? []) yield h.cumulative;
}

function unitTexts(model: Model): Map<string, string> {
  const units = new Map<string, string>();
  for (const list of [model.parameters, model.covariates, model.definitions]) {
    for (const n of list) units.set(n.name, n.unit.text);
  }
  for (const b of model.random) b.names.forEach((n, i) => void units.set(n, b.units[i]?.text ?? ''));
  return units;
}

function unusedName(wanted: string, taken: ReadonlySet<string>): string {
  let name = wanted;
  for (let i = 2; taken.has(name); i++) name = `${wanted}${i}`;
  return name;
}

/** A constant part of the step in the modeller's names, for the comment beside its generated one. */
function spelled(value: Expression): string {
  const text = javascript(value)
    .replace(/\bp\./g, '')
    .replace(/^\((.*)\)$/, '$1');
  return `= ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`;
}
