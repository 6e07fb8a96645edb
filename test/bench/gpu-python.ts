// Python's packages as peers of the card: starts peers/<package>_peer.py, which keeps what it compiled and answers a line of
// JSON per solve. In: a Setting, its job file, a package. Out: a Runner, rows per cohort size, or the reason why it is absent.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type Curves, curveErrors } from './accuracy.ts';
import { type ErrorSummary, summariseErrors } from './rows.ts';
import type { Runner, Timing } from './runner.ts';
import { ATOL_FACTOR, type Setting } from './setting.ts';

export const PACKAGES = [
  { name: 'diffrax', script: 'diffrax_peer.py', needs: ['numpy', 'jax', 'diffrax'], ways: ['default'] },
  {
    name: 'torchdiffeq',
    script: 'torchdiffeq_peer.py',
    needs: ['numpy', 'torch', 'torchdiffeq'],
    ways: ['batch', 'compiled', 'worst'],
  },
] as const;
export type Package = (typeof PACKAGES)[number];

export interface PythonOptions {
  readonly sources: string;
  readonly folder: string;
  readonly jobFile: string;
  readonly patients: number;
  readonly tolerances: readonly number[];
  /** Patients whose curves every solve keeps. */
  readonly shown: number;
  /** SciPy steps in the package's place. */
  readonly dry?: boolean;
}

/** Why python3 cannot load these packages; nothing where it can. */
export function pythonLacks(needs: readonly string[]): string | undefined {
  const tried = spawnSync('python3', ['-c', needs.map((name) => `import ${name}`).join('\n')], {
    encoding: 'utf8',
  });
  if (tried.error) return 'there is no python3';
  if (tried.status === 0) return undefined;
  const line = tried.stderr.trim().split('\n').at(-1) ?? '';
  const missing = /No module named '([^']+)'/.exec(line)?.[1];
  return missing === undefined ? `python3: ${line}` : `python3 has no package ${missing}`;
}

/** What a solve of a peer is known to have done. */
export interface Reply {
  readonly patients: number;
  readonly rtol: number;
  readonly wall_seconds: number;
  readonly compile_seconds: number;
  readonly peak_bytes: number | null;
  readonly steps: number;
  readonly failed: number;
  readonly shown: number;
  /** What all bins of its histograms hold together. */
  readonly counted: number;
  readonly last_mean: readonly number[];
}

export interface PythonRunner extends Runner {
  readonly device: string;
  /** False where the package found no card and would use the processor. */
  readonly onCard: boolean;
  /** Curves are those of the first patients of this very solve. */
  solve(patients: number, rtol: number): Promise<{ reply: Reply; curves: Curves }>;
}

/** Starts a package's program; ends it with `dispose`. */
export async function pythonRunner(
  setting: Setting,
  { name, script }: Package,
  way: string,
  options: PythonOptions,
): Promise<PythonRunner> {
  const [outputs, times] = [setting.program.outputs.length, setting.job(1e-4, 1).times.length];
  const file = join(options.folder, `curves-${name}-${way}-${process.pid}.bin`);
  const words = [options.jobFile, setting.problem.name, String(ATOL_FACTOR), '--way', way];
  const child = spawn(
    'python3',
    [join(options.sources, script), ...words, ...(options.dry ? ['--dry'] : [])],
    { stdio: ['pipe', 'pipe', 'pipe'], env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1' } },
  );
  const ask = conversation(child, name);
  const { method, device, card } = (await ask(null)) as { method: string; device: string; card: boolean };
  const solve = async (patients: number, rtol: number): Promise<{ reply: Reply; curves: Curves }> => {
    const reply = (await ask({ patients, rtol, shown: options.shown, curves: file })) as Reply;
    const { shown, failed, counted } = reply;
    if (failed > 0) throw new Error(`${name} left ${failed} of ${patients} patients unsolved`);
    const bins = patients * outputs * times;
    if (counted !== bins)
      throw new Error(`${name}: its histograms hold ${counted} values and should hold ${bins}`);
    const bytes = readFileSync(file);
    const values = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
    if (values.length !== shown * outputs * times || !values.every(Number.isFinite))
      throw new Error(`${name}: its curves are not ${shown * outputs * times} finite numbers`);
    return { reply, curves: { patients: shown, outputs, times, values } };
  };
  return {
    name,
    method,
    device,
    onCard: card,
    cores: 1,
    patients: options.patients,
    tolerances: options.tolerances,
    solve,
    async time(rtol): Promise<Timing> {
      const { reply } = await solve(options.patients, rtol);
      // A core-second is a second of the card.
      const seconds = reply.wall_seconds;
      const { patients, failed, steps } = reply;
      return { patients, wallSeconds: seconds, coreSeconds: seconds, failed, steps };
    },
    // A batch that shares its steps is as exact as the whole batch is, so the errors are those of the timed cohort.
    async curves(rtol) {
      return (await solve(options.patients, rtol)).curves;
    },
    dispose() {
      child.stdin.end();
      rmSync(file, { force: true });
    },
  };
}

/** One question, one line of answer; `null` only listens: the first line tells what was opened. */
function conversation(child: ChildProcess, name: string): (question: unknown) => Promise<unknown> {
  const lines: string[] = [];
  const waiting: ((line: string | undefined) => void)[] = [];
  let [ended, err] = [false, ''];
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error(`${name}: its program has no pipes`);
  stdin.on('error', () => {}); // It ended; the answer that is waited for says why.
  stderr.on('data', (text) => {
    err = `${err}${text}`.slice(-500);
  });
  createInterface(stdout).on('line', (line) => {
    const next = waiting.shift();
    if (next) next(line);
    else lines.push(line);
  });
  const end = () => {
    ended = true;
    for (const next of waiting.splice(0)) next(undefined);
  };
  child.on('error', end).on('close', end);
  return async (question) => {
    if (question !== null) stdin.write(`${JSON.stringify(question)}\n`);
    const line =
      lines.shift() ??
      (ended ? undefined : await new Promise<string | undefined>((next) => waiting.push(next)));
    if (line === undefined) throw new Error(`${name} ended: ${err.trim()}`);
    const answer: unknown = JSON.parse(line);
    if (typeof answer === 'object' && answer !== null && 'error' in answer)
      throw new Error(`${name}: ${answer.error}`);
    return answer;
  };
}

/** A cohort size of a package, in a row of its own: time, memory and error of the same solve. */
export interface CohortRow {
  readonly problem: string;
  readonly runner: string;
  readonly method: string;
  readonly device: string;
  readonly patients: number;
  readonly rtol: number;
  readonly wall_seconds: number;
  readonly compile_seconds: number;
  readonly peak_mebibytes: number | null;
  readonly steps: number;
  readonly error: ErrorSummary;
}

/** Ascending sizes; the first that cannot be solved, by its memory or else, ends the list, and `say` hears why. */
export async function cohortRows(
  problem: string,
  runner: PythonRunner,
  sizes: readonly number[],
  reference: Curves,
  say: (text: string) => void,
): Promise<CohortRow[]> {
  const rows: CohortRow[] = [];
  for (const patients of sizes)
    try {
      const { reply, curves } = await runner.solve(patients, 1e-4);
      rows.push({
        problem: `${problem}: cohort`,
        runner: runner.name,
        method: runner.method,
        device: runner.device,
        patients,
        rtol: reply.rtol,
        wall_seconds: Number(reply.wall_seconds.toPrecision(4)),
        compile_seconds: Number(reply.compile_seconds.toPrecision(3)),
        peak_mebibytes: reply.peak_bytes === null ? null : Math.round(reply.peak_bytes / 2 ** 20),
        steps: Number(reply.steps.toPrecision(4)),
        error: summariseErrors(curveErrors(curves, reference)),
      });
    } catch (error) {
      say(
        `${problem}: ${runner.name} ends before ${patients}: ${error instanceof Error ? error.message : error}`,
      );
      break;
    }
  return rows;
}
