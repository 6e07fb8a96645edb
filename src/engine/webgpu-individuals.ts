// Curves, endpoints and ledgers of chosen patients on a GPU. In: a Job and patients' global numbers, in any order. Out:
// Individuals. Chunks as large as a workspace; one run at a time is the caller's to see to.
import type { Program } from '../codegen/program.ts';
import { type ColumnSource, DeviceError, type Individuals, type Job, type LedgerEntry } from './backend.ts';
import { type Gpu, USAGE } from './webgpu-device.ts';
import { bindSimulate, dispatchSimulate, rowBlockSize } from './webgpu-dispatch.ts';
import { jobWords, type PackedJob, packJob } from './webgpu-job.ts';
import {
  firstLedgerRows,
  type LedgerShape,
  ledgerEntries,
  ledgerPatients,
  ledgerWidth,
  ledgerWords,
  longestLedger,
} from './webgpu-ledger.ts';
import type { Orders } from './webgpu-order.ts';
import type { Pipelines } from './webgpu-pipelines.ts';
import { rowColumns } from './webgpu-tables.ts';
import { openWorkspace, type Workspace } from './webgpu-workspace.ts';

/** `emptyLedger`: what stands where no ledger is kept. */
export function openIndividuals(
  gpu: Gpu,
  program: Program,
  pipelines: Pipelines,
  orders: Orders,
  emptyLedger: () => Promise<GPUBuffer>,
): (job: Job, patients: readonly number[], keepLedger: boolean) => Promise<Individuals> {
  const { eventful } = pipelines;

  async function individuals(
    job: Job,
    patients: readonly number[],
    keepLedger: boolean,
  ): Promise<Individuals> {
    const n = patients.length;
    const packed = packJob(program, job);
    const times = program.outputs.length * job.times.length;
    const arms = job.arms.map(() => ({
      status: new Uint8Array(n),
      steps: new Uint32Array(n),
      outputs: new Float64Array(times * n).fill(Number.NaN),
      endpoints: new Float64Array(program.endpoints.length * n).fill(Number.NaN),
      ...(keepLedger ? { ledger: [] as (readonly LedgerEntry[])[] } : {}),
    }));
    const width = ledgerWidth(program);
    let ledgerRows = keepLedger ? firstLedgerRows({ arms: arms.length, width }, gpu.largestBinding) : 0;
    const space = await openWorkspace(gpu, program, { ...job, patients: n }, packed, [], 0);
    try {
      for (let at = 0; at < n; ) {
        const kept = { arms: arms.length, rows: ledgerRows, width };
        const most = Math.min(
          space.capacity,
          rowBlockSize(gpu, program, packed.rowWords),
          keepLedger ? ledgerPatients(kept, gpu.largestBinding) : n,
        );
        const chosen = patients.slice(at, at + most);
        const count = chosen.length;
        const shape: LedgerShape = { ...kept, patients: count };
        const { values, outcomes, ledger } = await solveChosen(job, packed, space, chosen, shape);
        // A ledger that was too short is made longer, and its patients run again: the same numbers.
        const longest = keepLedger ? longestLedger(shape, ledger) : 0;
        if (longest > ledgerRows) {
          ledgerRows = 2 ** Math.ceil(Math.log2(longest));
          continue;
        }
        const value = new Float32Array(values.buffer, values.byteOffset, values.length);
        for (const [a, arm] of arms.entries()) {
          for (let i = 0; i < count; i++) {
            const own = 2 * (a * space.capacity + i);
            arm.status[at + i] = outcomes[own] ?? 0;
            arm.steps[at + i] = outcomes[own + 1] ?? 0;
            arm.ledger?.push(ledgerEntries(program, shape, ledger, a, i, packed.tick));
            // What a failed patient left behind is discarded.
            if (outcomes[own] !== 0) continue;
            for (let c = 0; c < packed.columns; c++) {
              const x = value[(a * packed.columns + c) * space.capacity + i] ?? Number.NaN;
              const finite = Number.isFinite(x) ? x : Number.NaN;
              if (c < times) arm.outputs[c * n + at + i] = finite;
              else arm.endpoints[(c - times) * n + at + i] = finite;
            }
          }
        }
        at += count;
      }
    } finally {
      space.dispose();
    }
    return { patients, arms };
  }

  /** Every arm for patients that fit a chunk: values and outcomes by row of the workspace, the ledger where rows are kept. */
  async function solveChosen(
    job: Job,
    packed: PackedJob,
    space: Workspace,
    chosen: readonly number[],
    shape: LedgerShape,
  ): Promise<Record<'values' | 'outcomes' | 'ledger', Uint32Array>> {
    const made: GPUBuffer[] = [];
    const ownLedger = eventful && shape.rows > 0;
    try {
      const gathered = async (source: ColumnSource, columns: number) => {
        const buffer = await chosenColumns(gpu, source, columns, chosen);
        made.push(buffer);
        return buffer;
      };
      const source = await gathered(job.columns, program.columns.length);
      const events: GPUBuffer[] = [];
      if (eventful) events.push(await gathered(rowColumns(program, job, packed.tick), packed.rowWords));
      const words = ownLedger ? ledgerWords(shape) : 0;
      if (ownLedger) {
        const bytes = 4 * words;
        const { ledger } = await gpu.allocate({
          ledger: { bytes, usage: USAGE.storage | USAGE.copySource },
        });
        made.push(ledger);
        events.push(ledger);
      } else if (eventful) events.push(await emptyLedger());
      const count = chosen.length;
      const place = { patients: count, offset: 0, block: count, stride: space.capacity, firstRow: 0 };
      const ledgerRows = ownLedger ? shape.rows : 0;
      gpu.device.queue.writeBuffer(space.job, 0, jobWords(packed, job, { ...place, ledgerRows }));
      const order = await orders.of(`as chosen, ${space.capacity}`, space.capacity);
      const bound = bindSimulate(gpu, pipelines.simulate, space, source, order.buffer, events);
      const ledger = events[1];
      const [values, outcomes, kept] = await gpu.submit(
        (encoder) => {
          const pass = encoder.beginComputePass();
          dispatchSimulate(pass, pipelines.simulate, bound, count, job.arms.length);
          pass.end();
        },
        [
          { source: space.values, words: job.arms.length * packed.columns * space.capacity },
          { source: space.outcomes, words: 2 * job.arms.length * space.capacity },
          ...(ownLedger && ledger ? [{ source: ledger, words }] : []),
        ],
      );
      if (!values || !outcomes) throw new DeviceError('the GPU gave nothing back');
      return { values, outcomes, ledger: kept ?? new Uint32Array(0) };
    } finally {
      for (const buffer of made) buffer.destroy();
    }
  }

  return individuals;
}

async function chosenColumns(
  gpu: Gpu,
  source: ColumnSource,
  columns: number,
  patients: readonly number[],
): Promise<GPUBuffer> {
  const values = new Float32Array(Math.max(1, columns * patients.length));
  const words = new Uint32Array(values.buffer);
  for (const [i, patient] of patients.entries()) {
    // As bits: a tick among them may look like no number.
    const { buffer, byteOffset, length } = source.read(patient, 1);
    const own = new Uint32Array(buffer, byteOffset, length);
    for (let c = 0; c < columns; c++) words[c * patients.length + i] = own[c] ?? 0;
  }
  const { buffer } = await gpu.allocate({
    buffer: { bytes: values.byteLength, usage: USAGE.storage | USAGE.copyTarget },
  });
  gpu.device.queue.writeBuffer(buffer, 0, values);
  return buffer;
}
