// Program -> the generated WGSL modules, `model` and `step`, and `occurrences` where things happen at instants. The model module has the shape of the hand-written
// shaders/model/stub.wgsl: straight-line functions over structs whose fields are the modeller's names, units in comments.
// Throws Error with the quantity's name when a number of the model cannot be written in 32 bits.
import { symbolsOf } from '../language/fold.ts';
import { conditionsOf, isEventful } from './eventful.ts';
import { linearise } from './jacobian.ts';
import type { Field, Program } from './program.ts';
import {
  conditionBits,
  type FieldNames,
  writeConclude,
  writeDoses,
  writeTracks,
  writeWindows,
} from './wgsl-events.ts';
import { literal, type Spelling, writeBody } from './wgsl-expression.ts';
import { writeHappenings } from './wgsl-happenings.ts';
import { comment, identifiers } from './wgsl-names.ts';
import { hasSteady } from './wgsl-regimen.ts';
import { writeStep } from './wgsl-step.ts';
import { writeStiffStep } from './wgsl-stiff-step.ts';

export interface GeneratedModules {
  readonly model: string;
  readonly step: string;
  /** Null where nothing happens but plain doses. */
  readonly occurrences: string | null;
}

/** Most watched quantities: their turns are the bits of one word. */
const MOST_WATCHED = 32;

/** `eventful`: with what happens at instants, which a program without happenings needs where the job cuts its segments. */
export function writeWgsl(program: Program, eventful = isEventful(program)): GeneratedModules {
  check(program);
  const of = (fields: readonly { readonly name: string }[]) => identifiers(fields.map((f) => f.name));
  const names: FieldNames = {
    states: of(program.states),
    params: of(program.params),
    inputs: of(program.inputs),
    outputs: of(program.outputs),
    watched: of(program.watched),
  };
  return {
    model: writeModel(program, names, eventful),
    step: writeStepOf(program, names, eventful),
    occurrences: eventful ? writeHappenings(program, names, spelling(program, names, 'memory')) : null,
  };
}

function writeStepOf(program: Program, names: FieldNames, eventful: boolean): string {
  const { method, states } = program;
  if (method.kind === 'explicit') return writeStep(method, names.states);
  const linear = linearise(program);
  const what = (result: number) => {
    const entry = linear.entries[result];
    const row = entry?.row ?? linear.timed[result - linear.entries.length] ?? 0;
    const column = entry ? (states[entry.column]?.name ?? '') : 'time';
    return `how the derivative of ${states[row]?.name ?? row} changes with ${column}`;
  };
  const spell = spelling(program, names);
  const still = standsStill(program);
  const jacobian = writeBody(linear.body, slopeTime(program, spell, eventful), what);
  const results = jacobian.results.map((text, i) =>
    still && i >= linear.entries.length ? `while_time_flows(${text})` : text,
  );
  return writeStiffStep(method, linear, names.states, { ...jacobian, results });
}

function check(program: Program): void {
  if (program.states.length === 0)
    throw new Error(`${program.name} has no states; there is nothing to solve`);
  if (program.watched.length > MOST_WATCHED) {
    throw new Error(
      `${program.name} watches ${program.watched.length} quantities; the WebGPU kernels take ${MOST_WATCHED}; ask for fewer endpoints`,
    );
  }
  for (const [s, stream] of program.streams.entries()) {
    const duration = program.doses.results[5 * s + 4];
    const bolus = duration?.kind === 'number' && duration.value <= 0;
    if (!bolus && !program.inputs.some((i) => i.kind === 'rate' && i.state === stream.into)) {
      throw new Error(
        `an infusion into ${program.states[stream.into]?.name ?? stream.into} has no rate input`,
      );
    }
  }
}

function writeModel(program: Program, names: FieldNames, eventful: boolean): string {
  const spell = spelling(program, names);
  // Outside of a step inputs are those of the moment.
  const now = eventful ? spelling(program, names, 'memory') : spell;
  const slopes = slopeTime(program, spell, eventful);
  const watches = program.accumulators.some((a) => a.kind !== 'integral') || conditionsOf(program).length > 0;
  const noUnit = (name: string): Field => ({ name, unit: '' });
  const windows = Array.from({ length: program.windows }, (_, w) => `w${w}`);
  const lines = [
    `// Generated from the model ${program.name.replace(/[^\x20-\x7e]/g, '?')}.`,
    ...['bits', 'math', 'job', 'doses', 'windows', 'tracks'].map((m) => `#import ${m}`),
    ...(mayJump(program, eventful) ? ['#import times'] : []),
    '',
    ...struct('State', names.states, 'f32', program.states),
    ...struct('Params', names.params, 'f32', program.params),
    ...struct(
      'Inputs',
      names.inputs,
      'f32',
      program.inputs.map((i) => noUnit(i.name)),
    ),
    ...struct('Watched', names.watched, 'f32', program.watched),
    ...struct('Windows', windows, 'bool', windows.map(noUnit)),
    ...struct(
      'Kept',
      program.accumulators.map((_, n) => `a${n}`),
      'Track',
      program.accumulators.map((a, n) => ({
        name: `a${n}`,
        unit: `${a.kind}${a.kind === 'integral' ? '' : ` of ${program.watched[a.of]?.name ?? ''}`}`,
      })),
    ),
    ...struct(
      'Doses',
      program.streams.map((_, s) => `s${s}`),
      'Dose',
      program.streams.map((s) => noUnit(`into ${program.states[s.into]?.name ?? ''}`)),
    ),
    ...struct('Outputs', names.outputs, 'f32', program.outputs),
    '/// Bit j: watched quantity j is a condition.',
    `const conditions: u32 = ${conditionBits(program)}u;`,
    `const watches: bool = ${watches};`,
    ...(eventful ? ['/// Inputs of the moment.', 'var<private> memory: Inputs;'] : []),
    '',
    ...(hasSteady(program) ? STANDING_TIME : []),
    ...writePatient(program, spell),
    'fn tolerances() -> State {',
    '  return State(',
    ...names.states.map((s, i) => `    schedule_value(${2 * program.windows + i}u), // ${s}`),
    '  );',
    '}',
    '',
    ...straight(
      'fn initial(p: Params) -> State',
      'State',
      program.initial,
      program.states,
      spell,
      'initial value of',
    ),
    ...straight(
      'fn rhs(t: f32, y: State, p: Params, u: Inputs) -> State',
      'State',
      program.rhs,
      program.states,
      slopes,
      'derivative of',
    ),
    ...straight(
      'fn observe(t: f32, y: State, p: Params) -> Outputs',
      'Outputs',
      program.observe,
      program.outputs,
      now,
      'output',
    ),
    '/// `first` is where the first output goes, `next` how far on the next one does.',
    'fn record(first: u32, next: u32, outputs: Outputs) {',
    ...names.outputs.map((o, i) => `  store(first + ${i}u * next, outputs.${o});`),
    '}',
    '',
    ...straight(
      'fn watch(t: f32, y: State, p: Params) -> Watched',
      'Watched',
      program.watch,
      program.watched,
      now,
      'watched',
    ),
    ...straight(
      'fn watch_rate(t: f32, y: State, f: State, p: Params) -> Watched',
      'Watched',
      program.watchRate,
      program.watched,
      now,
      'rate of',
    ),
    'fn watched_value(w: Watched, j: u32) -> f32 {',
    '  var value = 0.0f;',
    ...names.watched.map((w, j) => `  value = select(value, w.${w}, j == ${j}u);`),
    '  return value;',
    '}',
    '',
    ...writeDoses(program, names, spell, eventful),
    ...writeWindows(program, names),
    ...writeTracks(program, names),
    ...writeConclude(program, names, spell),
    ...vectors(names.states),
  ];
  return `${lines.join('\n')}\n`;
}

/** Time stands while a steady state is looked for; only a right-hand side that names it can tell. */
const STANDING_TIME = [
  '/// While a steady state is looked for, time stands at an instant.',
  'var<private> time_stands: bool;',
  'var<private> still_time: f32;',
  '',
  'fn flowing(t: f32) -> f32 {',
  '  return select(t, still_time, time_stands);',
  '}',
  '',
  'fn while_time_flows(rate: f32) -> f32 {',
  '  return select(rate, 0.0f, time_stands);',
  '}',
  '',
];

const namesTime = ({ rhs: { locals, results } }: Program): boolean =>
  [...locals, ...results].some((e) => symbolsOf(e).has('t'));

const standsStill = (program: Program): boolean => hasSteady(program) && namesTime(program);

/** Whether model time can make the derivative jump at a segment's ends: the module `times` keeps it inside. */
export const mayJump = (program: Program, eventful: boolean): boolean => eventful && namesTime(program);

/** How a right-hand side spells time. */
function slopeTime(program: Program, spell: Spelling, eventful: boolean): Spelling {
  const inside = mayJump(program, eventful) ? 'inside(t)' : 't';
  const time = standsStill(program) ? `flowing(${inside})` : inside;
  return (symbol) => (symbol === 't' ? time : spell(symbol));
}

/** `p.CL` and the like as WGSL, wherever they are in scope; the compiler reports one that is not. */
function spelling(program: Program, names: FieldNames, inputs: 'u' | 'memory' = 'u'): Spelling {
  const known = new Map<string, string>([['t', 't']]);
  const add = (
    space: string,
    fields: readonly { readonly name: string }[],
    spelled: (i: number) => string,
  ) => {
    for (const [i, f] of fields.entries()) known.set(`${space}.${f.name}`, spelled(i));
  };
  add('study', program.study, (i) => `arm_value(arm, ${i + 1}u)`);
  add('column', program.columns, (i) => `column(${i}u, who)`);
  add('p', program.params, (i) => `p.${names.params[i] ?? ''}`);
  add('y', program.states, (i) => `y.${names.states[i] ?? ''}`);
  add('f', program.states, (i) => `f.${names.states[i] ?? ''}`);
  add('u', program.inputs, (i) => `${inputs}.${names.inputs[i] ?? ''}`);
  return (symbol) => known.get(symbol);
}

/** WGSL has no empty structs, so one without fields holds a flag that nobody reads. */
function struct(name: string, members: readonly string[], type: string, fields: readonly Field[]): string[] {
  const body = members.map((m, i) => {
    const field = fields[i];
    const note = field && field.name !== m ? `${field.name} ` : '';
    return `  ${m}: ${type},${comment(`${note}${field?.unit ? `[${field.unit}]` : ''}`)}`;
  });
  return [`struct ${name} {`, ...(body.length > 0 ? body : ['  none: bool,']), '}', ''];
}

/** Columns and study values are read once each, under names of their own. */
function writePatient(program: Program, spell: Spelling): string[] {
  const used = new Set<string>();
  const sources = new Map<string, string>();
  const reads: { readonly symbol: string; readonly unit: string }[] = [
    ...program.study.map((f) => ({ symbol: `study.${f.name}`, unit: f.unit })),
    ...program.columns.map((f) => ({ symbol: `column.${f.name}`, unit: f.unit })),
  ];
  const local = identifiers(reads.map((r) => r.symbol.replace('.', '_')));
  for (const [i, r] of reads.entries()) sources.set(r.symbol, local[i] ?? '');
  const body = writeBody(
    program.patient,
    (s) => {
      if (sources.has(s)) used.add(s);
      return sources.get(s) ?? spell(s);
    },
    (i) => program.params[i]?.name ?? `parameter ${i}`,
  );
  const lets = reads
    .filter((r) => used.has(r.symbol))
    .map(
      (r) =>
        `  let ${sources.get(r.symbol) ?? ''} = ${spell(r.symbol) ?? ''};${comment(r.unit ? `[${r.unit}]` : '')}`,
    );
  return [
    'fn patient(arm: u32, who: u32) -> Params {',
    ...lets,
    ...body.lets,
    ...construct('Params', body.results, program.params),
    '}',
    '',
  ];
}

function straight(
  signature: string,
  type: string,
  body: Program['rhs'],
  fields: readonly Field[],
  spell: Spelling,
  what: string,
): string[] {
  const written = writeBody(body, spell, (i) => `${what} ${fields[i]?.name ?? i}`);
  return [`${signature} {`, ...written.lets, ...construct(type, written.results, fields), '}', ''];
}

function construct(type: string, results: readonly string[], fields: readonly Field[]): string[] {
  if (results.length === 0) return [`  return ${type}();`];
  return [
    `  return ${type}(`,
    ...results.map((r, i) => `    ${r},${comment(fields[i]?.name ?? '')}`),
    '  );',
  ];
}

/** What the step control needs of a state as a whole. */
function vectors(states: readonly string[]): string[] {
  const share = literal(1 / states.length);
  return [
    '/// What is not finite stays so in a sum.',
    'fn finite(y: State) -> bool {',
    `  return is_finite(${states.map((s) => `y.${s}`).join(' + ')});`,
    '}',
    '',
    '/// Mean squares of state and derivative, in units of the tolerance.',
    'fn sizes(y: State, f: State, tolerance: State, rtol: f32) -> vec2<f32> {',
    '  var sum = vec2<f32>(0.0f, 0.0f);',
    ...states.map(
      (s) => `  sum += square_both(vec2<f32>(y.${s}, f.${s}) / (tolerance.${s} + rtol * abs(y.${s})));`,
    ),
    `  return ${share} * sum;`,
    '}',
  ];
}
