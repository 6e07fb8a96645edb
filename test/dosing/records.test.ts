// Golden cases as data records, on every backend, against their closed form. The rows are read here, by a few lines of
// their own: what a file may look like is tested where files are read.
import { afterAll, describe, expect, it } from 'vitest';
import { lower } from '../../src/codegen/lower.ts';
import { RECORD_FIELDS } from '../../src/codegen/records.ts';
import { STATUSES, type TableSource } from '../../src/engine/backend.ts';
import type { Engine } from '../../src/engine/engine.ts';
import { compile } from '../../src/language/compile.ts';
import { prepare } from '../../src/study/prepare.ts';
import { closeEngines, engineFor, TESTED_KERNELS } from '../engine/engines.ts';
import { compartmentsOf, type Disposition } from './closed-form.ts';
import { RECORD_CASES, type RecordCase } from './records.cases.ts';
import { compare, notYet, type Outcome, RTOL } from './solve.ts';

const BOUND = { f64: 1e-8, f32: 1e-4 } as const;

/** Rows with their further doses (ADDL) in order of time, those of one time in the file's order. */
function rowsOf(csv: string): readonly (readonly number[])[] {
  const [header = '', ...lines] = csv.trim().split('\n');
  const titles = header.split(',');
  const rows = lines.flatMap((line) => {
    const cells = line.split(',').map(Number);
    const of = (title: string) => cells[titles.indexOf(title)] ?? 0;
    const row = (k: number) => [
      of('TIME') + k * of('II'), k > 0 && of('EVID') === 4 ? 1 : of('EVID'), of('AMT'), of('RATE'), of('CMT'), k === 0 ? of('SS') : 0,
      of('II'), ...(titles.includes('X') ? [of('X')] : []),
    ]; // biome-ignore format: in the order of RECORD_FIELDS
    return Array.from({ length: of('ADDL') + 1 }, (_, k) => row(k));
  });
  // EVID 3 and 4 end the further doses of rows before them.
  const resets = rows.filter(([, event = 0]) => event === 3 || event === 4).map(([time = 0]) => time);
  const whole = lines.map((line) => Number(line.split(',')[1]));
  const began = lines.flatMap((line, i) =>
    Array.from({ length: Number(line.split(',')[titles.indexOf('ADDL')]) + 1 }, () => whole[i] ?? 0),
  );
  return rows
    .filter(([time = 0], i) => !resets.some((reset) => (began[i] ?? 0) < reset && time >= reset))
    .toSorted(([a = 0], [b = 0]) => a - b);
}

function table(rows: readonly (readonly number[])[]): TableSource {
  const fields = rows[0]?.length ?? 0;
  return {
    key: JSON.stringify(rows),
    rows: rows.length,
    read(_, count) {
      const read = new Float64Array(fields * rows.length * count);
      rows.forEach((row, r) => {
        row.forEach((x, f) => {
          read.fill(x, (f * rows.length + r) * count, (f * rows.length + r + 1) * count);
        });
      });
      return read;
    },
  };
}

async function solve(c: RecordCase, engine: Engine): Promise<Outcome> {
  const { model } = compile(c.model);
  if (model === null) throw new Error(`${c.name} cannot be read`);
  const ready = await prepare(
    {
      gemello: 1,
      model: { text: c.model },
      cohort: { typical: true },
      time: { until: `${c.until} h`, every: `${c.until} h` },
      solver: { method: 'tsit5', rtol: RTOL[engine.info.precision] },
    },
    { engine },
  );
  if (ready.kind !== 'done') throw new Error(JSON.stringify(ready).slice(0, 500));
  const { job, plan } = ready.prepared;
  const rows = rowsOf(c.csv);
  const d: Disposition | undefined = c.parts[0]?.course[0]?.disposition;
  const { program } = lower(model, {
    method: plan.method,
    therapies: [{ name: 'data', label: '', doses: [], span: { start: 0, end: 0 } }],
    endpoints: [],
    records: {
      therapy: 0,
      compartments: d ? compartmentsOf(d) : [],
      covariates: (rows[0]?.length ?? 0) > RECORD_FIELDS.length ? [{ name: 'X', mode: 'locf' }] : [],
    },
  });
  const times = Float64Array.from(c.times);
  const { arms } = await engine.individuals(
    program,
    {
      ...job,
      times,
      arms: [{ therapy: 0, study: job.arms[0]?.study ?? new Float64Array(0) }],
      tables: [table(rows)],
    },
    [0],
  );
  return {
    status: STATUSES[arms[0]?.status[0] ?? -1] ?? 'there is no such arm',
    ...compare(c, program, arms[0]?.outputs ?? new Float64Array(0)),
  };
}

const errors: string[] = [];
afterAll(async () => {
  console.info(`largest relative errors of golden records, of those inside the bound\n${errors.join('\n')}`);
  await closeEngines();
});

describe.each(TESTED_KERNELS)('records on the %s backend', (backend) => {
  let worst = 0;
  let right = 0;
  it.for(RECORD_CASES.map((c) => [c.name, c] as const))('%s', async ([, c], context) => {
    const engine = await engineFor(backend);
    const { status, error, where } = await solve(c, engine).catch((failure) => {
      const reason = notYet(failure);
      if (reason === null) throw failure;
      return context.skip(reason);
    });
    expect(status).toBe('done');
    expect(error, where).toBeLessThan(BOUND[engine.info.precision]);
    worst = Math.max(worst, error);
    right++;
  });
  afterAll(() => {
    errors.push(`${backend}: ${worst.toExponential(1)} in ${right} cases`);
  });
});
