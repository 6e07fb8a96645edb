// The real worker in a real browser: a file of endpoints crosses to the page, and Parquet is loaded where it is asked for.
import { expect, test } from 'vitest';
import { connectEngine } from '../../src/app/client.ts';

test('the worker hands every patient’s endpoints to the page, as CSV and as Parquet', async () => {
  const { engine, close } = connectEngine();
  try {
    await engine.start('webassembly');
    const study = {
      gemello: 1,
      model: { name: 'theophylline' },
      cohort: { patients: 30, seed: '9' },
    } as const;
    const text = await engine.exportEndpoints(study, { format: 'csv' });
    if (text.kind !== 'done') throw new Error(JSON.stringify(text));
    const lines = (await text.file.text()).trimEnd().split('\r\n');
    expect(lines[0]).toMatch(/^id,arm,status,/);
    expect((lines.length - 1) % 30).toBe(0);
    const reply = await engine.exportEndpoints(study, { format: 'parquet' });
    if (reply.kind !== 'done') throw new Error(JSON.stringify(reply));
    const bytes = new Uint8Array(await reply.file.arrayBuffer());
    const ends = [bytes.slice(0, 4), bytes.slice(-4)].map((four) => String.fromCharCode(...four));
    expect(ends).toEqual(['PAR1', 'PAR1']);
  } finally {
    close();
  }
}, 60_000);
