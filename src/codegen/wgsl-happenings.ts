// What a Program's happenings are, as WGSL: the module `occurrences` that shaders/happenings/*.wgsl work with. In: a Program
// and how its symbols are spelled. Out: one straight-line function per capture and effect, under the modeller's names in
// comments, and a `switch` on the happening where the agenda holds one. When what happens is the hand-written part's.
import { captureCounts, conditionsOf, dosesOf, heldOfDoses } from './eventful.ts';
import type { Happening, Program } from './program.ts';
import { belongs, chooseBody, type Writing } from './wgsl-choice.ts';
import type { FieldNames } from './wgsl-events.ts';
import { type Spelling, writeBody, writeNumber } from './wgsl-expression.ts';
import { comment } from './wgsl-names.ts';
import { writeSteady } from './wgsl-regimen.ts';
import { writeClauses } from './wgsl-triggers.ts';

/** A program that says nothing waits still needs room for what happens at one instant. */
const LEAST_AGENDA = 16;
/** Most conditions: which hold are the bits of one word. */
const MOST_CONDITIONS = 32;

export function writeHappenings(program: Program, names: FieldNames, spell: Spelling): string {
  const conditions = conditionsOf(program);
  if (conditions.length > MOST_CONDITIONS)
    throw new Error(
      `${program.name} waits for ${conditions.length} conditions; the WebGPU kernels take ${MOST_CONDITIONS}; use WebAssembly`,
    );
  const captures = Math.max(1, ...captureCounts(program));
  const writing: Writing = { program, names, spell, captures };
  const { happenings } = program;
  const lines = [
    `// Generated from the model ${program.name.replace(/[^\x20-\x7e]/g, '?')}: what happens at instants.`,
    ...['bits', 'compare', 'math', 'job', 'doses', 'tracks', 'model', 'happenings/rows'].map(
      (m) => `#import ${m}`,
    ),
    '',
    `const captures: u32 = ${captures}u;`,
    `alias Captured = array<f32, ${captures}>;`,
    `const most_waiting: u32 = ${program.agenda > 0 ? program.agenda : LEAST_AGENDA}u;`,
    '/// No happening, no place in the agenda.',
    'const nobody: u32 = 0xffffffffu;',
    '/// Behind the output times in `schedule`: where the tables are told of, and how many there are.',
    `const tables_at: u32 = ${2 * program.windows + program.states.length}u;`,
    `const table_count: u32 = ${program.tables.length}u;`,
    `const replays: bool = ${program.replay !== null};`,
    `const replay_table: u32 = ${program.replay ?? 0}u;`,
    '/// The instant of the last reset [tick].',
    'var<private> reset_at: i32;',
    '',
    ...writeMemory(writing),
    ...happenings.flatMap((happening, h) => [
      ...(program.replay === null ? writeCapture(writing, happening, h) : []),
      ...writeEffect(writing, happening, h),
    ]),
    ...chooseBody(
      'capture_of(what: u32, n: f32, row: u32, t: f32, y: State, p: Params) -> Captured',
      'var captured: Captured;',
      program.replay === null
        ? happenings.map((_, h) => [h, `captured = capture_${h}(n, row, t, y, p);`] as const)
        : [],
      'captured',
    ),
    ...chooseBody(
      'effect(what: u32, c: Captured, t: f32, before: State, p: Params) -> State',
      'var y = before;',
      happenings.map((_, h) => [h, `y = effect_${h}(c, t, y, p);`] as const),
      'y',
    ),
    ...writeAttributes(writing),
    ...writeFollows(writing),
    ...writeConditions(writing),
    ...writeClauses(writing),
    ...writeSteady(writing),
  ];
  return `${lines.join('\n')}\n`;
}

/** `c.I` beside what else is in scope. */
const withCaptured =
  (spell: Spelling): Spelling =>
  (symbol) =>
    /^c\.\d+$/.test(symbol) ? `c[${symbol.slice(2)}]` : spell(symbol);

function writeMemory({ program, names, spell }: Writing): string[] {
  const of = (kind: 'held' | 'derived') =>
    program.inputs.flatMap((input, i) => (input.kind === kind ? [names.inputs[i] ?? ''] : []));
  const [held, derived] = [of('held'), of('derived')];
  const initial = writeBody(program.held, spell, (i) => `initial value of ${held[i] ?? i}`);
  // Derived values are those of the inputs at hand, which a steady state makes up.
  const own: Spelling = (s) => spell(s)?.replace(/^memory\./, 'u.');
  const values = writeBody(program.derived, own, (i) => `value of ${derived[i] ?? i}`);
  return [
    '/// With the values that held inputs have, those that are derived from them.',
    'fn derived(given: Inputs, p: Params) -> Inputs {',
    '  var u = given;',
    ...values.lets,
    ...derived.map((name, i) => `  u.${name} = ${values.results[i] ?? ''};`),
    '  return u;',
    '}',
    '',
    'fn begin_memory(p: Params) {',
    ...initial.lets,
    ...held.map((name, i) => `  memory.${name} = ${initial.results[i] ?? ''};`),
    '  memory = derived(memory, p);',
    '}',
    '',
    '/// Infusions that were begun end.',
    'fn stop_infusions() {',
    ...heldOfDoses(program).map((i) => `  memory.${names.inputs[i] ?? ''} = 0.0f;`),
    '}',
    '',
    '/// The initial state; quadratures go on.',
    'fn emptied(y: State, p: Params) -> State {',
    '  var fresh = initial(p);',
    ...names.states.slice(program.modelStates).map((s) => `  fresh.${s} = y.${s};`),
    '  return fresh;',
    '}',
    '',
  ];
}

/** Rows of the trigger's own table and drawn values, read where a body names them. */
function rowSpelling({ program, spell }: Writing, happening: Happening): Spelling {
  const { trigger, drawn } = happening;
  const spelling: Spelling = (symbol) => {
    if (symbol === 'n') return 'n';
    if (symbol.startsWith('row.') && trigger.kind === 'table') {
      const field = program.tables[trigger.table]?.fields.indexOf(symbol.slice(4)) ?? -1;
      if (field === 0) return `row_time(${trigger.table}u, row)`;
      return field > 0 ? `row_value(${trigger.table}u, ${field}u, row)` : undefined;
    }
    if (symbol.startsWith('draw.') && program.draws !== null) {
      const field = program.tables[program.draws]?.fields.indexOf(symbol) ?? -1;
      const row = drawn ? writeNumber(drawn, spelling) : 'n';
      return field < 0 ? undefined : `drawn(${program.draws}u, ${field}u, ${row})`;
    }
    return spell(symbol);
  };
  return spelling;
}

function writeCapture(writing: Writing, happening: Happening, h: number): string[] {
  const body = writeBody(
    happening.capture,
    rowSpelling(writing, happening),
    (i) => `value ${i} that ${happening.name} captures`,
  );
  return [
    `fn capture_${h}(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured {${comment(happening.name)}`,
    ...body.lets,
    '  var c: Captured;',
    ...body.results.map((text, i) => `  c[${i}] = ${text};`),
    '  return c;',
    '}',
    '',
  ];
}

/** All targets at once: the values are known before the first is set. */
function writeEffect({ program, names, spell }: Writing, happening: Happening, h: number): string[] {
  const nameOf = (i: number) => {
    const target = happening.targets[i];
    if (target === undefined) return `${i}`;
    return (target.kind === 'state' ? program.states : program.inputs)[target.index]?.name ?? `${i}`;
  };
  const body = writeBody(
    happening.effect,
    withCaptured(spell),
    (i) => `what ${happening.name} makes of ${nameOf(i)}`,
  );
  return [
    `fn effect_${h}(c: Captured, t: f32, y: State, p: Params) -> State {${comment(happening.name)}`,
    ...body.lets,
    ...body.results.map((text, i) => `  let new_${i} = ${text};${comment(nameOf(i))}`),
    '  var after = y;',
    ...happening.targets.map((target, i) =>
      target.kind === 'state'
        ? `  after.${names.states[target.index] ?? ''} = new_${i};`
        : `  memory.${names.inputs[target.index] ?? ''} = new_${i};`,
    ),
    '  return after;',
    '}',
    '',
  ];
}

function writeAttributes({ program, spell, captures }: Writing): string[] {
  const { happenings } = program;
  const chosen = <T>(of: (happening: Happening) => T | null, write: (value: T) => string) =>
    happenings.flatMap((happening, h) => {
      const value = of(happening);
      return value === null ? [] : [[h, write(value)] as const];
    });
  const doses = dosesOf(program);
  const fields = program.replay === null ? 0 : (program.tables[program.replay]?.fields.length ?? 2) - 2;
  return [
    '/// Whether there is an occurrence at all.',
    ...chooseBody(
      'admitted(what: u32, c: Captured) -> bool',
      'var yes = true;',
      chosen(
        (h) => h.guard,
        (i) => `yes = c[${i}] > 0.0f;`,
      ),
      'yes',
    ),
    ...chooseBody(
      'delay_of(what: u32, c: Captured) -> f32',
      'var delay = 0.0f;',
      chosen(
        (h) => h.delay,
        (i) => `delay = c[${i}];`,
      ),
      'delay',
    ),
    ...chooseBody(
      'resets(what: u32, c: Captured) -> bool',
      'var yes = false;',
      chosen(
        (h) => h.reset,
        (i) => `yes = c[${i}] > 0.0f;`,
      ),
      'yes',
    ),
    '/// One without counts as 0, and so does one that is no number.',
    ...chooseBody(
      'priority(what: u32, t: f32, y: State, p: Params) -> f32',
      'var own = 0.0f;',
      chosen(
        (h) => h.priority,
        (e) => `own = ${writeNumber(e, spell)};`,
      ),
      'select(own, 0.0f, is_nan(own))',
    ),
    '/// Doses and what they put in: what a reset drops.',
    ...chooseBody(
      'is_dose(what: u32) -> bool',
      'var yes = false;',
      doses.map((h) => [h, 'yes = true;'] as const),
      'yes',
    ),
    'fn replayed_values(row: u32) -> Captured {',
    '  var c: Captured;',
    ...Array.from(
      { length: Math.min(fields, captures) },
      (_, i) => `  c[${i}] = row_value(replay_table, ${i + 2}u, row);`,
    ),
    '  return c;',
    '}',
    '',
  ];
}

function writeFollows({ program }: Writing): string[] {
  const follows =
    program.replay === null
      ? program.happenings.flatMap(({ follow }, h) => (follow === null ? [] : [{ h, ...follow }]))
      : [];
  return [
    ...chooseBody(
      'follower(what: u32) -> u32',
      'var next = nobody;',
      follows.map(({ h, happening }) => [h, `next = ${happening}u;`] as const),
      'next',
    ),
    ...chooseBody(
      'passed(what: u32, c: Captured) -> Captured',
      'var handed: Captured;',
      follows.map(
        ({ h, captured }) => [h, captured.map((from, i) => `handed[${i}] = c[${from}];`).join(' ')] as const,
      ),
      'handed',
    ),
    ...chooseBody(
      'follow_delay(what: u32, c: Captured) -> f32',
      'var delay = 0.0f;',
      follows.map(({ h, delay }) => [h, `delay = c[${delay}];`] as const),
      'delay',
    ),
    '/// Where the guard of what follows is among the values it is given.',
    ...chooseBody(
      'follower_admitted(what: u32, handed: Captured) -> bool',
      'var yes = true;',
      follows.flatMap(({ h, happening, captured }) => {
        const guard = program.happenings[happening]?.guard ?? null;
        return guard === null || guard >= captured.length
          ? []
          : [[h, `yes = handed[${guard}] > 0.0f;`] as const];
      }),
      'yes',
    ),
  ];
}

function writeConditions({ program, names }: Writing): string[] {
  const conditions = conditionsOf(program);
  const mask = (chosen: (c: (typeof conditions)[number]) => boolean) =>
    conditions.reduce((bits, condition, c) => (chosen(condition) ? bits | (1 << c) : bits) >>> 0, 0);
  if (conditions.length === 0) return [];
  return [
    `const condition_count: u32 = ${conditions.length}u;`,
    `const initially_true: u32 = ${mask((c) => c.initially)}u;`,
    `const persistent: u32 = ${mask((c) => c.persistent)}u;`,
    '',
    'fn heard_conditions() -> u32 {',
    '  var heard = 0u;',
    ...conditions.map(
      ({ therapy, happening }, c) =>
        `  heard |= select(0u, ${2 ** c}u, ${belongs(therapy)});${comment(program.happenings[happening]?.name ?? '')}`,
    ),
    '  return heard;',
    '}',
    '',
    ...chooseBody(
      'condition_happening(what: u32) -> u32',
      'var happening = nobody;',
      conditions.map(({ happening }, c) => [c, `happening = ${happening}u;`] as const),
      'happening',
    ),
    ...chooseBody(
      'condition_of(what: u32) -> u32',
      'var j = 0u;',
      conditions.map(({ of }, c) => [c, `j = ${of}u;`] as const),
      'j',
    ),
    '/// Conditions whose truth may change in a step: at its end, or there and back.',
    'fn stirred(w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, truth: u32) -> u32 {',
    '  var bits = 0u;',
    ...conditions.map(({ of }, c) => {
      const f = names.watched[of] ?? '';
      return `  bits |= select(0u, ${2 ** c}u, ((w1.${f} > 0.0f) != ((truth & ${2 ** c}u) != 0u)) | may_cross(w0.${f}, r0.${f}, w1.${f}, r1.${f}, h));`;
    }),
    '  return bits;',
    '}',
    '',
  ];
}
