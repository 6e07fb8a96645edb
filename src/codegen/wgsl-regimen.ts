// Regimens whose steady state is asked for, as WGSL: what shaders/happenings/steady.wgsl needs to know of a Program. In: a
// Program. Out: the regimen of an occurrence, inputs while its infusions run, and the approach state by state.
import type { Program } from './program.ts';
import { chooseBody, type Writing } from './wgsl-choice.ts';

export const hasSteady = ({ happenings }: Program): boolean =>
  happenings.some(({ steady }) => steady !== null);

export function writeSteady({ program, names }: Writing): string[] {
  if (!hasSteady(program)) return [];
  const states = names.states.slice(0, program.modelStates);
  const kept = names.states.slice(program.modelStates);
  const regimens = program.happenings.flatMap(({ steady }, h) => {
    if (steady === null) return [];
    const { mode, interval, duration, lag, boluses, rates } = steady;
    const lines = [
      `r.mode = c[${mode}];`,
      `r.interval = c[${interval}];`,
      `r.duration = c[${duration}];`,
      ...(lag === null ? [] : [`r.lag = most(0.0f, c[${lag}]);`]),
      `r.infused = ${rates.length > 0};`,
      ...boluses.map(({ state, amount }) => `r.bolus.${names.states[state] ?? ''} += c[${amount}];`),
      ...rates.map(({ input, rate }) => `r.rate.${names.inputs[input] ?? ''} += c[${rate}];`),
    ];
    return [[h, lines.join('\n      ')] as const];
  });
  const held = program.inputs.flatMap(({ kind }, i) => (kind === 'held' ? [names.inputs[i] ?? ''] : []));
  const each = (write: (s: string) => string, of: readonly string[] = states) =>
    of.map((s) => `  ${write(s)}`);
  return [
    'struct Regimen {',
    '  mode: f32,',
    '  interval: f32,',
    '  duration: f32,',
    '  lag: f32,',
    '  infused: bool,',
    '  bolus: State,',
    '  rate: Inputs,',
    '}',
    '',
    ...chooseBody('regimen(what: u32, c: Captured) -> Regimen', 'var r: Regimen;', regimens, 'r'),
    "/// Inputs while `level` doses' infusions run at once.",
    'fn running(level: f32, rate: Inputs, p: Params) -> Inputs {',
    '  var u: Inputs;',
    ...held.map((name) => `  u.${name} = memory.${name} + level * rate.${name};`),
    '  return derived(u, p);',
    '}',
    '',
    '/// A period: its ends, the change over it and over the one before, the sum of what moved either way, and how the change',
    '/// shrank. `odd` is what adding the change to a large state leaves over.',
    'struct Approach {',
    ...['start', 'end', 'change', 'last', 'moved', 'ratio', 'odd'].map((field) => `  ${field}: State,`),
    '  settled: bool,',
    '}',
    '',
    'fn period_begun(before: Approach, y: State) -> Approach {',
    '  var a = before;',
    '  a.start = y;',
    '  a.last = before.change;',
    ...each((s) => `a.change.${s} = 0.0f;`),
    ...each((s) => `a.moved.${s} = 0.0f;`),
    '  return a;',
    '}',
    '',
    'fn moved_on(before: Approach, by: State) -> Approach {',
    '  var a = before;',
    ...each((s) => `a.change.${s} += by.${s};`),
    ...each((s) => `a.moved.${s} += abs(by.${s});`),
    '  return a;',
    '}',
    '',
    '/// `compares`: the period before led to this one; no rest was added in between.',
    'fn approached(before: Approach, compares: bool, tolerance: State, rtol: f32) -> Approach {',
    '  var a = before;',
    '  a.settled = true;',
    '  a.end = a.start;',
    ...kept.map((s) => `  a.end.${s} = 0.0f;`),
    ...states.flatMap((s) => [
      `  let by_${s} = a.change.${s} + a.odd.${s};`,
      `  a.end.${s} = a.start.${s} + by_${s};`,
      `  a.odd.${s} = by_${s} - (a.end.${s} - a.start.${s});`,
      `  let ratio_${s} = shrinking(a.change.${s}, a.last.${s}, a.moved.${s}, a.end.${s}, a.ratio.${s});`,
      `  a.ratio.${s} = select(a.ratio.${s}, ratio_${s}, compares);`,
      `  a.settled = a.settled & has_settled(a.end.${s}, a.change.${s}, a.last.${s}, a.ratio.${s}, tolerance.${s}, rtol);`,
    ]),
    '  return a;',
    '}',
    '',
    'fn sum_rest(y: State, a: Approach, largest: f32) -> State {',
    '  var summed = y;',
    ...each((s) => `summed.${s} = with_rest(y.${s}, a.change.${s}, a.ratio.${s}, largest);`),
    '  return summed;',
    '}',
    '',
    'fn sum_of(y: State, more: State) -> State {',
    '  var sum = y;',
    ...each((s) => `sum.${s} += more.${s};`),
    '  return sum;',
    '}',
    '',
    'fn scaled(y: State, factor: f32) -> State {',
    '  return State(',
    ...names.states.map((s) => `    factor * y.${s},`),
    '  );',
    '}',
    '',
    'fn with_quadratures(y: State, before: State) -> State {',
    '  var after = y;',
    ...each((s) => `after.${s} = before.${s};`, kept),
    '  return after;',
    '}',
    '',
  ];
}
