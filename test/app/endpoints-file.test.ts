// What the page's worker hands out as a file: the rows that the command line writes, from a run of its own.
import { afterAll, expect, test } from 'vitest';
import { endpointsFile } from '../../src/app/endpoints-file.ts';
import { runStudy } from '../../src/study/run.ts';
import { closeEngines, engineFor } from '../engine/engines.ts';
import { readParquet } from '../study/sheets.ts';

afterAll(closeEngines);

const study = {
  gemello: 1,
  model: { name: 'theophylline' },
  cohort: { patients: 40, seed: '9' },
} as const;
const asked = async (signal = new AbortController().signal) =>
  ({ engine: await engineFor('webassembly'), tables: {}, signal }) as const;

test('the file has a row a patient and arm, whose means are those of the result on screen', async () => {
  const heard: number[] = [];
  const onProgress = (finished: number) => void heard.push(finished);
  const reply = await endpointsFile(study, { ...(await asked()), format: 'parquet', onProgress });
  if (reply.kind !== 'done') throw new Error(JSON.stringify(reply));
  expect(reply.file.type).toBe('application/vnd.apache.parquet');
  const { rows } = await readParquet(new Uint8Array(await reply.file.arrayBuffer()));
  const ran = await runStudy(study, { engine: await engineFor('webassembly') });
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
  const { arms } = ran.result;
  expect(rows).toHaveLength(40 * arms.length);
  let compared = 0;
  for (const { name: arm, endpoints } of arms)
    for (const [name, endpoint] of Object.entries(endpoints)) {
      if ('probability' in endpoint || endpoint.mean === null) continue;
      const column = endpoint.unit === '' || endpoint.unit === '1' ? name : `${name} [${endpoint.unit}]`;
      const values = rows.flatMap((row) =>
        row.arm === arm && typeof row[column] === 'number' ? [row[column]] : [],
      );
      const mean = values.reduce((a, b) => a + b, 0) / values.length;
      expect(Math.abs(mean - endpoint.mean)).toBeLessThanOrEqual(1e-12 * Math.abs(endpoint.mean));
      compared++;
    }
  expect(compared).toBeGreaterThan(3);
  expect(heard.at(-1)).toBe(40);
});

test('what is refused comes back in words, and an aborted export rejects', async () => {
  const wrong = { ...study, set: { NOTHING: 1 } };
  const reply = await endpointsFile(wrong, { ...(await asked()), format: 'csv' });
  expect(reply).toMatchObject({ kind: 'failed', message: expect.stringContaining('no parameter NOTHING') });
  const aborted = asked(AbortSignal.abort(new Error('another run')));
  await expect(endpointsFile(study, { ...(await aborted), format: 'csv' })).rejects.toThrow('another run');
});
