// What a model does at instants, as WGSL: doses, windows and what is remembered of watched quantities. Straight-line
// calls to shaders/doses.wgsl, windows.wgsl and tracks.wgsl, one line per stream, window and accumulator.
import { sharedDoseTimes } from './dose-times.ts';
import type { Accumulator, Program } from './program.ts';
import type { Spelling } from './wgsl-expression.ts';
import { writeBody } from './wgsl-expression.ts';
import { comment } from './wgsl-names.ts';

/** Identifiers of the fields of the generated structs, in the program's order. */
export interface FieldNames {
  readonly states: readonly string[];
  readonly params: readonly string[];
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly watched: readonly string[];
}

const CONDITIONS = new Set<Accumulator['kind']>(['first time', 'share of time']);

/** `eventful`: inputs go on from the memory of the moment. */
export function writeDoses(
  program: Program,
  names: FieldNames,
  spell: Spelling,
  eventful: boolean,
): string[] {
  const shared = sharedDoseTimes(program);
  const fields = ['amount', 'start', 'interval', 'count', 'duration'];
  const body = writeBody(
    program.doses,
    spell,
    (i) =>
      `${fields[i % 5]} of a dose of ${program.therapies[program.streams[Math.floor(i / 5)]?.therapy ?? 0] ?? 'a therapy'}`,
  );
  const lines = [
    'fn doses(arm: u32, p: Params) -> Doses {',
    '  let therapy = arm_therapy(arm);',
    ...body.lets,
    '  var d: Doses;',
  ];
  for (const [s, stream] of program.streams.entries()) {
    const [amount = '', start = '', interval = '', count = '', duration = ''] = body.results.slice(
      5 * s,
      5 * s + 5,
    );
    const times = [start, interval, duration].map((text, i) => {
      const word = `arm, ${1 + program.study.length + 3 * s + i}u`;
      return shared[s]?.[i]
        ? { ticks: `arm_ticks(${word})`, sound: `arm_sound(${word})` }
        : { ticks: `to_ticks(${text})`, sound: `is_finite(${text})` };
    });
    const [from, every, long] = times.map((t) => t.ticks);
    const note = comment(
      `${program.therapies[stream.therapy] ?? ''} into ${program.states[stream.into]?.name ?? ''}`,
    );
    lines.push(
      `  d.s${s} = dose(therapy == ${stream.therapy}, ${amount}, ${from}, ${every}, ${count}, ${long}, ${duration},${note}`,
      `    ${times.map((t) => t.sound).join(' & ')});`,
    );
  }
  lines.push('  return d;', '}', '');

  const all = program.streams.map((_, s) => `d.s${s}.sound`).join(' & ') || 'true';
  lines.push('fn doses_sound(d: Doses) -> bool {', `  return ${all};`, '}', '');

  lines.push('fn give(y: State, d: Doses, now: u32) -> State {', '  var given = y;');
  for (const [s, { into }] of program.streams.entries()) {
    lines.push(`  given.${names.states[into] ?? ''} += bolus(d.s${s}, now);`);
  }
  lines.push(
    '  return given;',
    '}',
    '',
    'fn inputs(d: Doses, now: u32) -> Inputs {',
    `  var u${eventful ? ' = memory' : ': Inputs'};`,
  );
  for (const [i, input] of program.inputs.entries()) {
    if (input.kind === 'held' || input.kind === 'derived') continue;
    const into = program.streams.flatMap((stream, s) =>
      input.kind === 'rate' && stream.into === input.state ? [`infusion(d.s${s}, now)`] : [],
    );
    const value =
      input.kind === 'gate'
        ? `select(0.0f, 1.0f, is_open(${input.window}u, now))`
        : into.join(' + ') || '0.0f';
    lines.push(`  u.${names.inputs[i] ?? ''} = ${value};`);
  }
  lines.push('  return u;', '}', '', 'fn next_event(d: Doses, now: u32) -> u32 {', '  var next = never;');
  for (const s of program.streams.keys()) lines.push(`  next = min(next, next_of(d.s${s}, now));`);
  for (let w = 0; w < program.windows; w++) lines.push(`  next = min(next, next_edge(${w}u, now));`);
  lines.push('  return next;', '}', '');
  return lines;
}

export function writeWindows(program: Program, names: FieldNames): string[] {
  const windows = Array.from({ length: program.windows }, (_, w) => w);
  const lines = ['fn start_quadratures(y: State, now: u32) -> State {', '  var fresh = y;'];
  const reset = new Set<number>();
  for (const a of program.accumulators) {
    if (a.kind !== 'integral' || reset.has(a.of)) continue;
    reset.add(a.of);
    const state = names.states[a.of] ?? '';
    lines.push(`  fresh.${state} = select(fresh.${state}, 0.0f, opens(${a.window}u, now));`);
  }
  lines.push('  return fresh;', '}', '');
  for (const [name, rule] of [
    ['opening', 'opens'],
    ['opened', 'is_open'],
    ['seeing_after', 'sees_after'],
  ] as const) {
    lines.push(`fn ${name}(now: u32) -> Windows {`, '  var w: Windows;');
    for (const w of windows) lines.push(`  w.w${w} = ${rule}(${w}u, now);`);
    lines.push('  return w;', '}', '');
  }
  const watchedWindows = [
    ...new Set(program.accumulators.filter((a) => a.kind !== 'integral').map((a) => a.window)),
  ];
  const any =
    watchedWindows
      .sort((a, b) => a - b)
      .map((w) => `w.w${w}`)
      .join(' | ') || 'false';
  lines.push('/// Whether any window with watched quantities is among them.');
  lines.push('fn any_window(w: Windows) -> bool {', `  return ${any};`, '}', '');
  return lines;
}

export function writeTracks(program: Program, names: FieldNames): string[] {
  const accumulators = program.accumulators.map((a, n) => ({
    ...a,
    n,
    track: `k.a${n}`,
    on: `on.w${a.window}`,
    field: names.watched[a.of] ?? '',
    extreme: a.kind === 'max' || a.kind === 'time of max' ? 'highest' : 'lowest',
  }));
  const lines = [
    'fn turning(k: Kept, w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, open: Windows) -> u32 {',
    '  var inside = 0u;',
  ];
  for (const a of accumulators) {
    if (a.kind === 'integral' || a.kind === 'at') continue;
    const ends = `w0.${a.field}, r0.${a.field}, w1.${a.field}, r1.${a.field}, h`;
    const may = CONDITIONS.has(a.kind)
      ? `${a.kind === 'first time' ? `!${a.track}.seen & ` : ''}may_cross(${ends})`
      : `may_${a.extreme === 'highest' ? 'rise' : 'fall'}(${a.track}, ${ends})`;
    lines.push(`  inside |= select(0u, ${2 ** a.of}u, open.w${a.window} & ${may});`);
  }
  lines.push('  return inside;', '}', '');

  lines.push('fn see(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {', '  var k = kept;');
  for (const a of accumulators) {
    if (a.kind === 'first time')
      lines.push(`  ${a.track} = first_positive(${a.track}, ${a.on}, w.${a.field}, t);`);
    else if (a.kind === 'share of time') lines.push(`  ${a.track} = add_time(${a.track}, ${a.on}, 0.0f);`);
    else if (a.kind !== 'at' && a.kind !== 'integral') {
      lines.push(`  ${a.track} = ${a.extreme}(${a.track}, ${a.on}, w.${a.field}, t);`);
    }
  }
  lines.push(
    '  return k;',
    '}',
    '',
    'fn take(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {',
    '  var k = kept;',
  );
  for (const a of accumulators) {
    if (a.kind === 'at') lines.push(`  ${a.track} = capture(${a.track}, ${a.on}, w.${a.field}, t);`);
  }
  lines.push('  return k;', '}', '');

  lines.push(
    'fn see_inside(kept: Kept, j: u32, found: Located, t: f32, h: f32, on: Windows) -> Kept {',
    '  var k = kept;',
  );
  for (const a of accumulators) {
    const here = `${a.on} & (j == ${a.of}u)`;
    if (a.kind === 'first time') lines.push(`  ${a.track} = first_inside(${a.track}, ${here}, found, t, h);`);
    else if (a.kind === 'share of time')
      lines.push(`  ${a.track} = add_time(${a.track}, ${here}, found.share * h);`);
    else if (a.kind !== 'at' && a.kind !== 'integral') {
      lines.push(
        `  ${a.track} = ${a.extreme}(${a.track}, ${here} & found.turned, found.value, t + found.theta * h);`,
      );
    }
  }
  lines.push('  return k;', '}', '');

  lines.push(
    'fn see_step(kept: Kept, w1: Watched, t1: f32, h: f32, inside: u32, on: Windows) -> Kept {',
    '  var k = kept;',
  );
  for (const a of accumulators) {
    if (a.kind === 'first time')
      lines.push(`  ${a.track} = first_positive(${a.track}, ${a.on}, w1.${a.field}, t1);`);
    else if (a.kind === 'share of time') {
      const whole = `((inside & ${2 ** a.of}u) == 0u) & (w1.${a.field} > 0.0f)`;
      lines.push(`  ${a.track} = add_time(${a.track}, ${a.on} & ${whole}, h);`);
    } else if (a.kind !== 'at' && a.kind !== 'integral') {
      lines.push(`  ${a.track} = ${a.extreme}(${a.track}, ${a.on}, w1.${a.field}, t1);`);
    }
  }
  lines.push('  return k;', '}', '');
  return lines;
}

/** Bits of the watched quantities that are conditions. */
export function conditionBits(program: Program): number {
  return program.accumulators
    .filter((a) => CONDITIONS.has(a.kind))
    .reduce((bits, a) => (bits | (1 << a.of)) >>> 0, 0);
}

export function writeConclude(program: Program, names: FieldNames, spell: Spelling): string[] {
  const values = program.accumulators.map((a, n) => {
    if (a.kind === 'integral') return `y.${names.states[a.of] ?? ''}`;
    return a.kind === 'first time' || a.kind.startsWith('time of') ? `k.a${n}.time` : `k.a${n}.value`;
  });
  const body = writeBody(
    program.conclude,
    (s) => (s.startsWith('a.') ? values[Number(s.slice(2))] : spell(s)),
    (i) => `endpoint ${program.endpoints[i]?.name ?? i}`,
  );
  const lines = [
    '/// Missing in, missing out.',
    'fn conclude(k: Kept, y: State, p: Params, arm: u32, row: u32) {',
    ...body.lets,
  ];
  for (const [n, a] of program.accumulators.entries()) {
    const unseen = a.kind === 'integral' ? '' : `!k.a${n}.seen | `;
    const open = a.kind === 'at' ? 'false' : `never_closed(${a.window}u)`;
    lines.push(`  let a${n}_missing = ${unseen}${open};`);
  }
  const needs = accumulatorsOf(program);
  const records = `${program.outputs.length}u * job.times`;
  for (const [i, endpoint] of program.endpoints.entries()) {
    const missing = (needs[i] ?? []).map((n) => `a${n}_missing`).join(' | ') || 'false';
    lines.push(
      `  store_unless(place(${records} + ${i}u, arm, row), ${missing}, ${body.results[i] ?? ''});${comment(`${endpoint.name} [${endpoint.unit}]`)}`,
    );
  }
  lines.push('}', '');
  return lines;
}

/** Per endpoint the accumulators its value depends on. */
function accumulatorsOf(program: Program): readonly (readonly number[])[] {
  const { locals, results } = program.conclude;
  const ofLocal: Set<number>[] = [];
  const collect = (e: Program['conclude']['results'][number], into: Set<number>): Set<number> => {
    if (e.kind === 'call') for (const a of e.args) collect(a, into);
    if (e.kind === 'symbol') {
      if (e.name.startsWith('a.')) into.add(Number(e.name.slice(2)));
      if (e.name.startsWith('local.')) for (const n of ofLocal[Number(e.name.slice(6))] ?? []) into.add(n);
    }
    return into;
  };
  for (const e of locals) ofLocal.push(collect(e, new Set()));
  return results.map((e) => [...collect(e, new Set())].sort((a, b) => a - b));
}
