// Clauses of a Program as WGSL: the happenings of one clock, or of one row of a table, which are captured together. In: a
// Program. Out: functions that say which clause comes next at an instant, who is in it, and when the next one is due.
import { clausesOf } from './eventful.ts';
import type { Happening, Program } from './program.ts';
import { belongs, chooseBody, type Writing } from './wgsl-choice.ts';
import { writeBody } from './wgsl-expression.ts';
import { comment } from './wgsl-names.ts';

/** A happening still hears its clock: a reset ends the clocks of doses that began before it. */
const hears = ({ dose, therapy, withDoses }: Happening, clock: number | null): string =>
  (dose === null && !withDoses) || clock === null
    ? belongs(therapy)
    : `${belongs(therapy) === 'true' ? '' : `(${belongs(therapy)}) & `}(clocks[${clock}].start >= reset_at)`;

const anyOf = (conditions: readonly string[]): string =>
  conditions.includes('true') ? 'true' : [...new Set(conditions)].map((c) => `(${c})`).join(' | ');

export function writeClauses({ program, spell }: Writing): string[] {
  if (program.replay !== null) return [];
  const clauses = clausesOf(program).map((clause, k) => ({
    ...clause,
    k,
    own: anyOf(clause.members.map(({ happening }) => belongs(happening.therapy))),
    heard: anyOf(
      clause.members.map(({ happening }) => hears(happening, clause.kind === 'clock' ? clause.of : null)),
    ),
    name: clause.members.map(({ happening }) => happening.name).join(', '),
  }));
  const clocks = clauses.filter(({ kind }) => kind === 'clock');
  const tables = clauses.filter(({ kind }) => kind === 'table');
  const body = writeBody(
    program.clocks,
    spell,
    (i) =>
      `${['start', 'interval', 'count'][i % 3]} of the clock of ${nameOfClock(program, Math.floor(i / 3))}`,
  );
  return [
    `var<private> clocks: array<Dose, ${Math.max(1, program.clocks.results.length / 3)}>;`,
    '/// The next row of each clause that reads a table.',
    `var<private> cursors: array<u32, ${Math.max(1, clauses.length)}>;`,
    '',
    '/// False where a number of a clock is not finite.',
    'fn begin_clauses(p: Params) -> bool {',
    '  var sound = true;',
    ...body.lets,
    ...clocks.flatMap(({ of, own, name }) => {
      const [start = '', interval = '', count = ''] = body.results.slice(3 * of, 3 * of + 3);
      return [
        `  let start_${of} = ${start};${comment(name)}`,
        `  let interval_${of} = ${interval};`,
        `  clocks[${of}] = dose(${own}, 0.0f, to_ticks(start_${of}), to_ticks(interval_${of}), ${count}, 0, 0.0f,`,
        `    is_finite(start_${of}) & is_finite(interval_${of}));`,
        `  sound = sound & clocks[${of}].sound;`,
      ];
    }),
    ...tables.map(({ k, of, name }) => `  cursors[${k}] = first_row(${of}u);${comment(name)}`),
    '  return sound;',
    '}',
    '',
    '/// Happenings written before a clause, by number.',
    'fn turn_of(clause: u32) -> u32 {',
    '  switch clause {',
    ...clauses.map(({ k, members }) => `    case ${k}u: { return ${members[0]?.h ?? 0}u; }`),
    `    default: { return ${program.happenings.length}u; }`,
    '  }',
    '}',
    '',
    '/// A clause at an instant; the first that is to be looked at after it.',
    'struct Entered {',
    '  clause: u32,',
    '  ahead: u32,',
    '  n: f32,',
    '  row: u32,',
    '}',
    '',
    '/// The first clause from `ahead` on that has something at this instant. A table is entered row by row.',
    'fn enter_clause(ahead: u32, now: u32) -> Entered {',
    '  var next = Entered(nobody, ahead, 0.0f, 0u);',
    ...[...clauses]
      .reverse()
      .flatMap(({ k, kind, of, own }) =>
        kind === 'clock'
          ? [
              `  if ((${k}u >= ahead) & strikes(clocks[${of}], now)) {`,
              `    next = Entered(${k}u, ${k + 1}u, f32(happened(clocks[${of}], clocks[${of}].start, now)) - 1.0f, 0u);`,
              '  }',
            ]
          : [
              `  if ((${k}u >= ahead) & (${own}) & (row_tick(${of}u, cursors[${k}]) <= i32(now))) {`,
              `    next = Entered(${k}u, ${k}u, f32(cursors[${k}]), cursors[${k}]);`,
              '  }',
            ],
      ),
    ...(tables.length > 0
      ? ['  if (next.clause != nobody) {', '    cursors[next.clause] = next.row + 1u;', '  }']
      : []),
    '  return next;',
    '}',
    '',
    '/// A start falls on this instant.',
    'fn strikes(d: Dose, now: u32) -> bool {',
    '  let since = i32(now) - d.start;',
    '  let elapsed = u32(max(since, 0));',
    '  return (since >= 0) & (elapsed % d.interval == 0u) & (elapsed / d.interval < d.count);',
    '}',
    '',
    '/// The first happening of a clause from `member` on that still hears it.',
    ...chooseBody(
      'member_of(what: u32, member: u32) -> u32',
      'var found = nobody;',
      clauses.map(
        ({ k, kind, of, members }) =>
          [
            k,
            [...members]
              .reverse()
              .map(
                ({ h, happening }) =>
                  `found = select(found, ${h}u, (${h}u >= member) & (${hears(happening, kind === 'clock' ? of : null)}));`,
              )
              .join('\n      '),
          ] as const,
      ),
      'found',
    ),
    'fn next_of_clauses(now: u32) -> u32 {',
    '  var next = never;',
    ...clauses.map(({ k, kind, of, own, heard }) =>
      kind === 'clock'
        ? `  next = select(next, min(next, upcoming(clocks[${of}], clocks[${of}].start, now)), ${heard});`
        : `  next = select(next, min(next, as_event(row_tick(${of}u, cursors[${k}]))), ${own});`,
    ),
    '  return next;',
    '}',
    '',
  ];
}

function nameOfClock({ happenings }: Program, clock: number): string {
  const heard = happenings.find(({ trigger }) => trigger.kind === 'clock' && trigger.clock === clock);
  return heard?.name ?? `number ${clock}`;
}
