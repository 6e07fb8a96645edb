// The audit of closed loops: every patient's ledger, frozen as an open-loop schedule, must give the same course. In: a study
// and an engine. Out: per arm how many patients agree to the bit and the largest difference. In chunks: memory does not
// grow with the patients. Arms in which nothing happens but plain doses have nothing to audit and are left out.
import type { Program } from '../codegen/program.ts';
import type { Individuals, Job, JobArm, LedgerEntry, TableSource } from '../engine/backend.ts';
import { type Outcome, type PrepareContext, type Prepared, prepare } from './prepare.ts';
import type { Audit, AuditedArm } from './result.ts';
import type { Study } from './study.ts';

/** What f32 is held to, and f64 where events are located. */
export const AUDIT_TOLERANCE = 1e-4;
/**
 * Where events are located, a step that one cuts differs from a step that lands on it by the solver's error, so both
 * runs of the audit are solved at this tolerance or the study's own smaller one: what is left is not of the ledger's making.
 */
const LOCATED_RTOL = 1e-6;

/** Whether an arm's ledgers reproduce its courses. */
export function reproduces(
  { patients, failed, replayed, bitEqual, largestDifference, located }: AuditedArm,
  precision: 'f32' | 'f64',
): boolean {
  if (replayed + failed < patients) return false;
  if (precision === 'f64' && !located) return bitEqual === replayed;
  return largestDifference <= AUDIT_TOLERANCE;
}

export interface AuditContext extends PrepareContext {
  /** The first so many; all of them otherwise. */
  readonly patients?: number;
  /** Patients between one word of progress and the next, at most; 512 where nothing is said. */
  readonly chunk?: number;
  readonly signal?: AbortSignal;
  readonly onProgress?: (finished: number) => void;
}

/** Patients of a chunk, and numbers of its curves. */
const CHUNK = 512;
const NUMBERS = 2_000_000;
/** Of the largest value of a curve, what counts as nothing. */
const NEGLIGIBLE = 1e-6;

export async function auditStudy(study: Study, context: AuditContext): Promise<Outcome<{ audit: Audit }>> {
  const ready = await prepare(study, context);
  if (ready.kind !== 'done') return ready;
  return { kind: 'done', audit: await auditPrepared(ready.prepared, context) };
}

export async function auditPrepared(
  prepared: Prepared,
  {
    engine,
    patients: asked,
    chunk = CHUNK,
    signal,
    onProgress,
  }: Omit<AuditContext, keyof PrepareContext> & Pick<AuditContext, 'engine'>,
): Promise<Audit> {
  const { plan, program } = prepared;
  const job = withTolerance(
    prepared.job,
    prepared.job.arms.some((arm) => locates(program, arm)) ? LOCATED_RTOL : 1,
  );
  const patients = Math.min(asked ?? job.patients, job.patients);
  const replayed = prepared.replayed();
  const arms = plan.arms.flatMap((arm, a) => {
    const own = job.arms[a];
    return own && hasHappenings(program, own)
      ? [{ name: arm.name, arm: own, located: locates(program, own), found: nothing() }]
      : [];
  });
  if (replayed === null || arms.length === 0) return { patients, arms: [] };
  const curves = Math.max(1, program.outputs.length * job.times.length);
  const size = Math.max(1, Math.min(chunk, Math.floor(NUMBERS / curves / arms.length)));
  const closed: Job = { ...job, arms: arms.map(({ arm }) => arm) };
  for (let first = 0; first < patients; first += size) {
    signal?.throwIfAborted();
    const some = Array.from({ length: Math.min(size, patients - first) }, (_, i) => first + i);
    const ran = await engine.individuals(program, closed, some, { ledger: true });
    for (const [a, { arm, found }] of arms.entries()) {
      const own = ran.arms[a];
      if (!own?.ledger) throw new Error('the backend keeps no ledger');
      const ledger = ledgerTable(replayed.program, new Map(own.ledger.map((rows, i) => [first + i, rows])));
      const tables = [...(job.tables ?? []), ledger];
      const again = await engine.individuals(replayed.program, { ...job, arms: [arm], tables }, some);
      const [other] = again.arms;
      if (other) compare(own, other, program, job.times.length, some.length, found);
    }
    onProgress?.(first + some.length);
  }
  return {
    patients,
    arms: arms.map(({ name, located, found }) => ({ name, patients, ...found, located })),
  };
}

/** At most this relative tolerance; the absolute ones follow. */
function withTolerance(job: Job, rtol: number): Job {
  const { solver } = job;
  const share = Math.min(1, rtol / solver.rtol);
  return {
    ...job,
    solver: { ...solver, rtol: share * solver.rtol, atol: solver.atol.map((x) => share * x) },
  };
}

interface Found {
  failed: number;
  replayed: number;
  bitEqual: number;
  largestDifference: number;
}
const nothing = (): Found => ({ failed: 0, replayed: 0, bitEqual: 0, largestDifference: 0 });

/** Whether anything but plain doses can happen in an arm. */
export const hasHappenings = ({ happenings }: Program, { therapy }: JobArm): boolean =>
  happenings.some((happening) => happening.therapy === -1 || happening.therapy === therapy);

const locates = ({ happenings }: Program, { therapy }: JobArm): boolean =>
  happenings.some((h) => (h.therapy === -1 || h.therapy === therapy) && h.trigger.kind === 'condition');

/** Ledgers by patient as the rows of table `ledger`. */
export function ledgerTable(
  program: Program,
  ledgers: ReadonlyMap<number, readonly LedgerEntry[]>,
): TableSource {
  const { replay } = program;
  const width = replay === null ? 0 : (program.tables[replay]?.fields.length ?? 0);
  // Each has one more row than it needs, so that the last is seen to be the last.
  const rows = Math.max(0, ...[...ledgers.values()].map((entries) => entries.length)) + 1;
  return {
    key: `ledger of ${[...ledgers.keys()].join()}`,
    rows,
    read(first, count) {
      const values = new Float64Array(width * rows * count);
      values.fill(Number.POSITIVE_INFINITY, 0, rows * count);
      for (let i = 0; i < count; i++)
        ledgers.get(first + i)?.forEach(({ time, happening, captured }, r) => {
          [time, happening, ...captured].forEach((value, f) => {
            values[(f * rows + r) * count + i] = value;
          });
        });
      return values;
    },
  };
}

type Solved = Individuals['arms'][number];

function compare(
  closed: Solved,
  open: Solved,
  program: Program,
  times: number,
  patients: number,
  found: Found,
): void {
  const columns = program.outputs.length;
  for (let i = 0; i < patients; i++) {
    if (closed.status[i] !== 0) {
      found.failed++;
      continue;
    }
    if (open.status[i] !== 0) {
      found.largestDifference = Number.POSITIVE_INFINITY;
      continue;
    }
    found.replayed++;
    let equal = true;
    const look = (a: number, b: number, floor: number): void => {
      if (Object.is(a, b)) return;
      equal = false;
      const off = Math.abs(a - b) / Math.max(Math.abs(a), Math.abs(b), floor);
      // A number on one side only is as different as can be.
      found.largestDifference = Math.max(
        found.largestDifference,
        Number.isNaN(off) ? Number.POSITIVE_INFINITY : off,
      );
    };
    for (let c = 0; c < columns; c++) {
      let largest = 0;
      const at = (t: number) => (c * times + t) * patients + i;
      for (let t = 0; t < times; t++) largest = Math.max(largest, Math.abs(closed.outputs[at(t)] ?? 0));
      for (let t = 0; t < times; t++)
        look(closed.outputs[at(t)] ?? Number.NaN, open.outputs[at(t)] ?? Number.NaN, NEGLIGIBLE * largest);
    }
    for (let e = 0; e < program.endpoints.length; e++)
      look(
        closed.endpoints[e * patients + i] ?? Number.NaN,
        open.endpoints[e * patients + i] ?? Number.NaN,
        0,
      );
    if (equal) found.bitEqual++;
  }
}
