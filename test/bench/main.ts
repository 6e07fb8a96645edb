// The benchmark: what run.mjs loads. In: arguments and the folders of sources and results. Out: a table, rows as JSON,
// perhaps a result file. Ratios are always of one run; how each number comes about is told in README.md.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { curveErrors } from './accuracy.ts';
import { errorRows } from './errors.ts';
import { gpuRows } from './gpu.ts';
import { latencyRows } from './latency.ts';
import { measure } from './measure.ts';
import { memoryRows } from './memory.ts';
import { millionRows } from './million.ts';
import { odexRunner } from './odex.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { type Absent, ourRunners } from './ours.ts';
import { peerRunners } from './peers.ts';
import { speedPlot } from './plot.ts';
import { PROBLEMS, type Problem } from './problems.ts';
import { published, type Result } from './publish.ts';
import { percentile, type Row } from './rows.ts';
import { openSetting, type Setting, writeJob } from './setting.ts';
import { tableOf } from './table.ts';

export { memoryChild } from './memory.ts';
export { millionChild } from './million.ts';

export interface Places {
  /** test/bench of the project. */
  readonly bench: string;
  /** For what is built and thrown away. */
  readonly cache: string;
}

const PEERS = new Set(['cvode', 'lsoda', 'odex', 'c_sse_f32', 'c_wide_f32']);
const say = (text: string): void => void process.stderr.write(`${text}\n`);

export async function main(argv: readonly string[], places: Places): Promise<number> {
  const options = readOptions(argv);
  if ('wrong' in options) {
    say(`${options.wrong}\n\n${USAGE}`);
    return 2;
  }
  for (const name of options.problems)
    if (!PROBLEMS.some((problem) => problem.name === name)) {
      say(`There is no problem ${name}; there are ${PROBLEMS.map((p) => p.name).join(', ')}.`);
      return 2;
    }
  if (options.publish !== null) return publish(options.publish, places);
  mkdirSync(places.cache, { recursive: true });
  const load = loadavg().map((x) => Number(x.toFixed(2)));
  const rows: Row[] = [];
  const more: unknown[] = [];
  const notes: string[] = [];
  if (options.gpu) {
    const report = await gpuRows(options, places, say);
    rows.push(...report.rows);
    more.push(...report.more);
    notes.push(...report.notes);
  } else {
    const only = options.costs || options.errors || options.million;
    if (!only)
      for (const problem of chosen(options)) rows.push(...(await rowsOf(problem, options, places, notes)));
    const everything = !only && !options.quick && options.problems.length === 0;
    if (options.million) more.push(...(await millionRows(places, say)));
    if (options.errors || everything) more.push(...(await errorRows(options, say)));
    if (options.costs || everything) {
      rows.push(...(await scalingRows(options)));
      more.push(...(await latencyRows(say)), ...(await memoryRows(places, say)));
    }
  }
  const table = [tableOf(rows), ...more.map((row) => JSON.stringify(row)), ...new Set(notes)].join('\n');
  (options.json === '-' ? process.stderr : process.stdout).write(`${table}\n`);
  const text = `${JSON.stringify([...rows, ...more], null, 1)}\n`;
  if (options.json === '-') process.stdout.write(text);
  else if (options.json !== null) writeFileSync(options.json, text);
  if (options.save !== null) {
    const about = {
      date: new Date().toISOString().slice(0, 10),
      processor: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      node: process.versions.node,
      load_before: load,
      load_after: loadavg().map((x) => Number(x.toFixed(2))),
      notes: [...new Set(notes)],
    };
    const folder = join(places.bench, 'results');
    mkdirSync(folder, { recursive: true });
    writeFileSync(
      join(folder, `${options.save}.json`),
      `${JSON.stringify({ about, rows, more }, null, 1)}\n`,
    );
  }
  return 0;
}

/** A saved result into the README and its picture. */
function publish(name: string, { bench }: Places): number {
  const file = join(bench, 'results', `${name}.json`);
  if (!existsSync(file)) {
    say(`There is no ${file}; --save ${name} writes it.`);
    return 2;
  }
  const result: Result = JSON.parse(readFileSync(file, 'utf8'));
  const root = join(bench, '..', '..');
  const readme = join(root, 'README.md');
  writeFileSync(readme, published(readFileSync(readme, 'utf8'), name, result));
  writeFileSync(join(root, 'public', 'speed.svg'), speedPlot(result.rows));
  say(`Written: ${readme}, public/speed.svg`);
  return 0;
}

function chosen(options: Options): readonly Problem[] {
  if (options.problems.length > 0) return PROBLEMS.filter(({ name }) => options.problems.includes(name));
  return options.quick ? PROBLEMS.filter(({ peers }) => peers) : PROBLEMS;
}

/** How much of everything: a minute, or as long as it takes. */
const effort = (quick: boolean) =>
  quick
    ? {
        rounds: 3,
        seconds: 20,
        errors: 128,
        own: [1e-4],
        gpu: 10_000,
        sweep: {
          cvode: [1e-3, 1e-5, 1e-7],
          lsoda: [1e-3, 1e-5, 1e-7],
          c: [1e-3, 1e-4, 1e-5],
          odex: [1e-3, 1e-6],
        },
        patients: { cvode: 200, lsoda: 128, c: 5_000, odex: 25 },
      }
    : {
        rounds: 3,
        seconds: 150,
        errors: 1000,
        own: [1e-4, 1e-2, 1e-3, 1e-5],
        gpu: 10_000,
        sweep: {
          cvode: [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7],
          lsoda: [1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7],
          c: [1e-2, 1e-3, 1e-4, 1e-5],
          odex: [1e-2, 1e-4, 1e-6],
        },
        patients: { cvode: 1000, lsoda: 250, c: 20_000, odex: 100 },
      };

/** Patients of the longer shipped models and of stiff problems, where 10,000 would take minutes. */
const patientsOf = (problem: Problem, options: Options): number =>
  options.patients ?? (problem.peers || problem.name === 'lorenz' ? 10_000 : 2_000);

async function rowsOf(problem: Problem, options: Options, places: Places, notes: string[]): Promise<Row[]> {
  const { rounds, seconds, errors, own, gpu, sweep, patients } = effort(options.quick);
  const setting = await openSetting(problem);
  say(`${problem.name}: the reference at rtol 1e-10`);
  const count = patientsOf(problem, options);
  const reference = await setting.reference(Math.min(errors, count));
  const ours = await ourRunners(setting, {
    patients: count,
    tolerances: problem.peers ? own : own.slice(0, 1),
    cores: options.quick ? 1 : Math.min(2, availableParallelism()),
    gpu: true,
    gpuPatients: Math.min(gpu, count),
    // A stiff problem by an explicit method takes ten times as long.
    fallbackPatients: options.quick ? Math.min(2_000, count) : count,
  });
  const runners = [...ours.runners];
  const jobFile = join(places.cache, `${problem.name}-${process.pid}.job`);
  const absent = [...ours.absent];
  if (problem.peers) {
    writeJob(jobFile, setting, Math.max(count, patients.c));
    const folder = places.cache;
    const sources = join(places.bench, 'peers');
    const peers = peerRunners(setting, {
      sources,
      folder,
      jobFile,
      allWays: !options.quick,
      sweep,
      patients,
    });
    const odex = odexRunner(setting, patients.odex, sweep.odex);
    runners.push(...peers.runners, ...(odex ? [odex] : []));
    absent.push(...peers.absent);
    notes.push(...(await checkReference(setting, runners)));
  }
  notes.push(...absent.map(({ name, reason }: Absent) => `${name} left out: ${reason}`));
  const rows = await measure({
    problem: problem.name,
    runners,
    reference,
    rounds: options.rounds ?? rounds,
    seconds: options.rounds === null ? seconds : Number.POSITIVE_INFINITY,
    peers: PEERS,
    say,
  });
  for (const runner of runners) runner.dispose();
  rmSync(jobFile, { force: true });
  return rows;
}

/** Our reference at 1e-10 against CVODE at 1e-12: two methods, two authors, the same curves. */
async function checkReference(setting: Setting, runners: readonly { name: string; curves: unknown }[]) {
  const cvode = runners.find(({ name }) => name === 'cvode') as
    | { curves(rtol: number, patients: number): ReturnType<Setting['reference']> }
    | undefined;
  if (cvode === undefined) return [];
  const patients = 32;
  const errors = curveErrors(await cvode.curves(1e-12, patients), await setting.reference(patients));
  return [
    `${setting.problem.name}: reference (rtol 1e-10) and CVODE at 1e-12 differ by ${percentile(errors, 0.5).toExponential(1)} at the median, ${percentile(errors, 1).toExponential(1)} at most, over ${patients} patients`,
  ];
}

/** How cost grows with the cohort. */
async function scalingRows(options: Options): Promise<Row[]> {
  const rows: Row[] = [];
  for (const problem of PROBLEMS.filter(({ name }) => name === 'pk')) {
    const setting = await openSetting(problem);
    const reference = await setting.reference(128);
    for (const patients of [1_000, 10_000, 100_000, 1_000_000]) {
      if (options.patients !== null && patients > options.patients) break;
      const { runners } = await ourRunners(setting, {
        patients,
        tolerances: [1e-4],
        cores: Math.min(2, availableParallelism()),
        gpu: patients <= 10_000,
        gpuPatients: patients,
        fallbackPatients: patients,
      });
      // A million patients: the widest kernel alone, once.
      const some = patients < 1_000_000 ? runners : runners.filter(({ name }) => name === 'wasm-f32x4');
      const rounds = patients > 10_000 ? 1 : 3;
      const name = `${problem.name}: cohort size`;
      rows.push(
        ...(await measure({
          problem: name,
          runners: some,
          reference,
          rounds,
          seconds: 60,
          peers: PEERS,
          say,
        })),
      );
      for (const runner of runners) runner.dispose();
    }
  }
  return rows;
}
