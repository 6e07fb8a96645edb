// The peers as runners: C programs built with gcc against what is installed, R's deSolve, and odex in this process.
// In: a Setting and the job file of its patients. Out: Runners, and by name what is missing and how to get it.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Curves } from './accuracy.ts';
import type { Absent } from './ours.ts';
import type { Runner, Timing } from './runner.ts';
import { ATOL_FACTOR, type Setting } from './setting.ts';

/** What Debian calls everything that a peer needs. */
export const PACKAGES = ['gcc', 'libc6-dev', 'libsundials-dev', 'r-base-core', 'r-cran-desolve'] as const;

export interface PeerOptions {
  /** Folder of the C and R sources. */
  readonly sources: string;
  /** Where built programs and curves go. */
  readonly folder: string;
  readonly jobFile: string;
  /** Every configuration of CVODE, not only those that were found fastest. */
  readonly allWays: boolean;
  readonly sweep: {
    readonly cvode: readonly number[];
    readonly lsoda: readonly number[];
    readonly c: readonly number[];
  };
  readonly patients: { readonly cvode: number; readonly lsoda: number; readonly c: number };
}

const CVODE_LIBRARIES = ['cvode', 'nvecserial', 'sunlinsoldense', 'sunmatrixdense', 'sunnonlinsolfixedpoint'];

/** The widest vectors of this processor, in f32 lanes. */
export function widestLanes(): number {
  const flags = existsSync('/proc/cpuinfo') ? readFileSync('/proc/cpuinfo', 'utf8') : '';
  if (/\bavx512dq\b/.test(flags)) return 16;
  return /\bavx2\b/.test(flags) ? 8 : 4;
}

/** Builds a C source once per text, compiler and options. The program's path, or the reason why not. */
export function built(
  options: { readonly sources: string; readonly folder: string },
  name: string,
  source: string,
  flags: readonly string[],
  compiler: 'gcc' | 'nvcc' = 'gcc',
): string | { reason: string } {
  const version = spawnSync(compiler, ['--version'], { encoding: 'utf8' });
  if (version.error) return { reason: `${compiler} is not installed` };
  const hash = createHash('sha256').update(version.stdout).update(flags.join(' '));
  for (const file of readdirSync(options.sources).sort())
    hash.update(readFileSync(join(options.sources, file)));
  mkdirSync(options.folder, { recursive: true });
  const shared = flags.includes('-shared');
  const program = join(options.folder, `${name}-${hash.digest('hex').slice(0, 12)}${shared ? '.so' : ''}`);
  if (existsSync(program)) return program;
  const standard = compiler === 'gcc' ? ['-std=gnu11'] : [];
  const words = ['-O3', ...standard, join(options.sources, source), '-o', program, ...flags];
  const cc = spawnSync(compiler, words, { encoding: 'utf8' });
  if (cc.status === 0) return program;
  const line = cc.stderr.split('\n').find((l) => /error/.test(l)) ?? cc.stderr;
  return { reason: `it does not compile: ${line.trim()}` };
}

/**
 * CVODE's configurations, that of the check first: Adams for the non-stiff, BDF for the stiff problem, looser absolute
 * tolerances where they help; with `all` also BDF for the non-stiff one and Jacobians by hand, which were not faster.
 */
function cvodeWays(stiff: boolean, all: boolean): readonly { method: string; factor: number }[] {
  if (stiff) {
    const ways = [{ method: 'bdf', factor: ATOL_FACTOR }];
    return all ? [...ways, { method: 'newton', factor: ATOL_FACTOR }, { method: 'bdf', factor: 1e-4 }] : ways;
  }
  const ways = [
    { method: 'adams', factor: ATOL_FACTOR },
    { method: 'adams', factor: 1e-2 },
  ];
  return all ? [...ways, { method: 'bdf', factor: 1e-2 }, { method: 'newton', factor: 1e-2 }] : ways;
}

export function peerRunners(setting: Setting, options: PeerOptions): { runners: Runner[]; absent: Absent[] } {
  const runners: Runner[] = [];
  const absent: Absent[] = [];
  const { name } = setting.problem;
  const problem = `-DPROBLEM="${name}.h"`;
  const add = (
    runner: string,
    method: string,
    program: string | { reason: string },
    patients: number,
    tolerances: readonly number[],
    call: (program: string, rtol: number) => Call,
  ) => {
    if (typeof program !== 'string') return void absent.push({ name: runner, reason: program.reason });
    runners.push(
      external(runner, method, setting, options, patients, tolerances, (rtol) => call(program, rtol)),
    );
  };

  const cvode = built(options, `cvode-${name}`, 'cvode.c', [
    '-march=native',
    problem,
    ...CVODE_LIBRARIES.map((library) => `-lsundials_${library}`),
    '-lm',
  ]);
  // One peer in several configurations: the frontier of all of them is what others are held against (measure.ts).
  for (const { method, factor } of cvodeWays(setting.problem.stiff, options.allWays)) {
    const told = factor === ATOL_FACTOR ? method : `${method}, atol ${factor.toExponential(0)}`;
    add('cvode', told, cvode, options.patients.cvode, options.sweep.cvode, (program, rtol) => ({
      command: program,
      args: [String(rtol), String(factor), method],
    }));
  }

  const rscript = spawnSync('Rscript', ['-e', 'library(deSolve)'], { encoding: 'utf8' });
  const lsoda =
    rscript.error || rscript.status !== 0
      ? { reason: 'R with its package deSolve is not installed' }
      : built(options, `lsoda-${name}`, 'lsoda.c', ['-march=native', problem, '-shared', '-fPIC', '-lm']);
  add('lsoda', 'lsoda', lsoda, options.patients.lsoda, options.sweep.lsoda, (library, rtol) => ({
    command: 'Rscript',
    args: [join(options.sources, 'lsoda.R'), library],
    last: [String(rtol), String(ATOL_FACTOR)],
  }));

  const wide = widestLanes();
  const widths = [
    { runner: 'c_sse_f32', lanes: 4, flags: ['-msse4.1'] },
    ...(wide > 4 ? [{ runner: 'c_wide_f32', lanes: wide, flags: ['-march=native'] }] : []),
  ];
  for (const { runner, lanes, flags } of widths) {
    const method = setting.problem.stiff ? 'rodas4' : 'tsit5';
    const program = built(options, `${method}-${name}-${lanes}`, `${method}.c`, [
      ...flags,
      `-DLANES=${lanes}`,
      problem,
      '-lm',
    ]);
    add(runner, `${method} f32x${lanes}`, program, options.patients.c, options.sweep.c, (path, rtol) => ({
      command: path,
      args: [String(rtol), String(ATOL_FACTOR)],
    }));
  }
  return { runners, absent };
}

/** What a program is called with. Rscript and Python: script, job, patients, tolerances; programs: job, patients, `args`. */
interface Call {
  readonly command: string;
  readonly args: readonly string[];
  readonly last?: readonly string[];
}

/** A program that reads the job file, prints a line of JSON and can write curves, as a Runner. */
export function external(
  runner: string,
  method: string,
  { problem, program, job }: Setting,
  { folder, jobFile }: { readonly folder: string; readonly jobFile: string },
  patients: number,
  tolerances: readonly number[],
  call: (rtol: number) => Call,
): Runner {
  const file = join(folder, `curves-${runner}-${process.pid}.bin`);
  const run = (rtol: number, count: number, curves: readonly string[]): Promise<Timing> => {
    const { command, args, last } = call(rtol);
    const all =
      last === undefined
        ? [jobFile, String(count), ...args, ...curves]
        : [...args, jobFile, String(count), ...last, ...curves];
    return answer(command, all);
  };
  return {
    name: runner,
    method,
    cores: 1,
    patients,
    tolerances,
    time: (rtol) => run(rtol, patients, []),
    async curves(rtol, count): Promise<Curves> {
      const { failed } = await run(rtol, count, [file]);
      if (failed > 0) throw new Error(`${runner} left ${failed} patients of ${problem.name} unsolved`);
      const bytes = readFileSync(file);
      const values = new Float64Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length));
      return { patients: count, outputs: program.outputs.length, times: job(rtol, 1).times.length, values };
    },
    dispose: () => rmSync(file, { force: true }),
  };
}

interface Printed {
  readonly patients: number;
  readonly wall_seconds: number;
  readonly core_seconds: number;
  readonly steps: number;
  readonly failed: number;
}

/** Runs a program and reads the line of JSON that it ends with. */
function answer(command: string, args: readonly string[]): Promise<Timing> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, OMP_NUM_THREADS: '1', OPENBLAS_NUM_THREADS: '1', LD_LIBRARY_PATH: '' },
    });
    let out = '';
    let err = '';
    child.stdout.on('data', (text) => {
      out += text;
    });
    child.stderr.on('data', (text) => {
      err += text;
    });
    child.on('error', reject);
    child.on('close', (code) => {
      const line = out.trim().split('\n').at(-1) ?? '';
      if (code !== 0 || !line.startsWith('{'))
        return reject(new Error(`${command} ended with ${code}: ${err.slice(0, 500)}`));
      const printed: Printed = JSON.parse(line.replace('nan', '0'));
      resolve({
        patients: printed.patients,
        wallSeconds: printed.wall_seconds,
        coreSeconds: printed.core_seconds,
        failed: printed.failed,
        // deSolve counts only the steps after the last event.
        ...(command !== 'Rscript' && { steps: printed.steps }),
      });
    });
  });
}
