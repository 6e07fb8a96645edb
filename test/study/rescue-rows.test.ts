import { expect, it } from 'vitest';
import type { Job, Kernel, Summary } from '../../src/engine/backend.ts';
import { drawTable } from '../../src/study/draw-table.ts';
import type { Prepared } from '../../src/study/prepare.ts';
import { rescueFailed } from '../../src/study/rescue.ts';
import { byStatus } from '../engine/statuses.ts';

it('a patient who is solved again keeps the own rows and weight: the same readings, missed doses and records', async () => {
  const streams = [{ kind: 'uniform', purpose: 'adherence', name: 'a' }] as const;
  const table = drawTable(streams, { seed: '9', rows: 3 });
  let seen: Job | undefined;
  const kernel = {
    program: { columns: [], tables: [{ name: 'draws', fields: ['time', 'draw.0'] }] },
    run: async (job: Job): Promise<Summary> => {
      seen = job;
      const statuses = byStatus({ done: job.patients });
      return { patients: job.patients, arms: [{ statuses, steps: 1, outputs: [], endpoints: [] }] };
    },
  } as unknown as Kernel;
  const failed = [4, 900].map((patient) => ({ patient, status: 1 }));
  const statuses = byStatus({ done: 998, 'too many steps': 2 });
  const arm = { statuses, steps: 0, outputs: [], endpoints: [], notable: { slowest: [], failed } };
  const job = {
    columns: { key: '', read: () => new Float32Array(0) },
    tables: [table],
    weights: { key: '', read: (first: number) => Uint32Array.of(first + 7) },
    arms: [{ therapy: -1, study: new Float64Array(0) }],
    solver: { rtol: 1e-4, atol: new Float64Array(0), step: Number.POSITIVE_INFINITY, maxSteps: 200 },
  } as unknown as Job;
  const program = { method: { e: [] } } as unknown as Prepared['program'];
  const { rescued } = await rescueFailed({ patients: 1000, arms: [arm] }, program, job, kernel);
  expect(rescued).toBe(2);
  const rows = seen?.tables?.[0];
  expect(rows?.rows).toBe(3);
  expect(rows?.read(1, 1)).toEqual(table.read(900, 1));
  const both = rows?.read(0, 2) ?? new Float64Array(0);
  expect(both.filter((_, at) => at % 2 === 0)).toEqual(table.read(4, 1));
  expect(seen?.weights?.read(0, 2)).toEqual(Uint32Array.of(11, 907));
});
