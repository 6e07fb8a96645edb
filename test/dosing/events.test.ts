// Events with instants known in closed form, on every backend. A case that cannot be read yet is skipped with the
// reader's words; once events can be read, all must be.
import { afterAll, describe, expect, it } from 'vitest';
import { STATUSES } from '../../src/engine/backend.ts';
import { compile } from '../../src/language/compile.ts';
import { prepare } from '../../src/study/prepare.ts';
import type { Study } from '../../src/study/study.ts';
import { closeEngines, engineFor, TESTED_KERNELS } from '../engine/engines.ts';
import { EVENT_CASES, type EventCase } from './events.cases.ts';
import { notYet } from './solve.ts';

/** Relative tolerance of the solver; the coarse one takes steps that whole events fit into. */
const RTOL = { f64: { fine: 1e-10, coarse: 1e-4 }, f32: { fine: 1e-6, coarse: 1e-4 } } as const;
/** Largest error of an instant as a share of the run, and of a value as a share of the largest. */
const BOUND = { f64: { time: 1e-6, value: 1e-7 }, f32: { time: 1e-4, value: 1e-3 } } as const;
const COARSE = { time: 1e-3, value: 1e-2 };

const textOf = ({ model, therapy }: EventCase) =>
  therapy === undefined ? model : `${model}therapy given\n  ${therapy.replaceAll('\n', '\n  ')}\n`;
const unread = (c: EventCase): string | null => {
  const { model, diagnostics } = compile(textOf(c));
  if (model !== null) return null;
  return diagnostics.find(({ severity }) => severity === 'error')?.message ?? 'it is not a model';
};
const EVENTS_ARE_READ =
  compile(
    'model m\n  time h\nstate x : 1 = 1\nd/dt(x) = -1 [1/h] * x\noutput a = x\nwhen x < 0.5 : set x = 1\n',
  ).model !== null;

const rows: string[] = [];
afterAll(async () => {
  console.info(`largest errors of events: instants by the run, values by the largest\n${rows.join('\n')}`);
  await closeEngines();
});

describe.each(
  TESTED_KERNELS.flatMap((backend) =>
    (['fine', 'coarse'] as const).map((steps) => [backend, steps] as const),
  ),
)('events on the %s backend with %s steps', (backend, steps) => {
  let instants = 0;
  let values = 0;
  let ran = 0;
  let later = 0;

  it.for(EVENT_CASES.map((c) => [c.name, c] as const))('%s', async ([, c], context) => {
    const reason = unread(c);
    if (reason !== null) return context.skip(`not read yet: ${reason}`);
    const engine = await engineFor(backend);
    const { precision } = engine.info;
    const study: Study = {
      gemello: 1,
      model: { text: textOf(c) },
      cohort: { typical: true },
      arms: [c.therapy === undefined ? { name: 'untreated' } : { name: 'given', therapy: 'given' }],
      time: {
        until: `${c.until} ${/time s/.test(c.model) ? 's' : 'h'}`,
        every: `${c.every} ${/time s/.test(c.model) ? 's' : 'h'}`,
      },
      solver: { method: 'tsit5', rtol: RTOL[precision][steps] },
    };
    const ready = await prepare(study, { engine });
    if (ready.kind !== 'done') throw new Error(JSON.stringify(ready).slice(0, 800));
    const { program, job } = ready.prepared;
    const { arms } = await engine.individuals(program, job, [0]).catch((error) => {
      const said = notYet(error);
      if (said === null) throw error;
      later++;
      return context.skip(said);
    });
    ran++;
    expect(STATUSES[arms[0]?.status[0] ?? -1]).toBe(c.status ?? 'done');
    const bound = steps === 'fine' ? BOUND[precision] : COARSE;
    const compare = (name: string, exact: (t: number) => number, scale: number | null, limit: number) => {
      const o = program.outputs.findIndex((f) => f.name === name);
      const want = Array.from(job.times, exact);
      const size = scale ?? Math.max(1e-300, ...want.map(Math.abs));
      const off = want.map((value, i) => {
        const got = o < 0 ? Number.NaN : (arms[0]?.outputs[o * job.times.length + i] ?? Number.NaN);
        const error = got === value ? 0 : Math.abs(got - value) / size;
        expect(error, `${name} at ${job.times[i]} is ${got} instead of ${value}`).toBeLessThan(limit);
        return error;
      });
      return Math.max(...off);
    };
    for (const [name, exact] of Object.entries(c.outputs))
      values = Math.max(values, compare(name, exact, null, bound.value));
    for (const [name, exact] of Object.entries(c.stamps ?? {}))
      instants = Math.max(instants, compare(name, exact, c.until, bound.time));
  });

  it.skipIf(!EVENTS_ARE_READ)('runs them all', () => {
    expect(EVENT_CASES.map(unread).filter((reason) => reason !== null)).toEqual([]);
    expect(ran + later).toBe(EVENT_CASES.length);
  });

  afterAll(() => {
    rows.push(
      `${backend}, ${steps}: instants ${instants.toExponential(1)}, values ${values.toExponential(1)}, ${ran} cases`,
    );
  });
});
