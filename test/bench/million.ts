// A million patients, two arms, twenty endpoints, on WebAssembly: peak memory and seconds of whole command lines, with every
// listener on (differences between the arms), and with a row a patient and arm written to Parquet. In: the folder for what
// is thrown away. Out: a row a cohort size and way. Each runs in a process of its own; worker threads count as part of it.
import { spawn } from 'node:child_process';
import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../../src/cli/command-line.ts';
import { nodeDevices } from '../../src/cli/devices.ts';
import { nodeIo } from '../../src/cli/node-io.ts';
import { createProduct } from '../../src/cli/product.ts';
import { libraryModel } from '../../src/study/library.ts';
import type { Result } from '../../src/study/result.ts';
import type { Places } from './main.ts';
import { peakKibibytes } from './memory.ts';

export interface MillionRow {
  readonly problem: 'million';
  readonly patients: number;
  readonly arms: number;
  readonly endpoints: number;
  /** What was written besides the result: `none`, or `parquet`. */
  readonly file: string;
  /** Largest resident size of the whole process, Node's own 40 to 50 included. */
  readonly peak_mebibytes: number;
  /** From the start of the command to its end. */
  readonly wall_seconds: number;
  /** Of all threads: says what it costs on a machine that does other things too. */
  readonly cpu_seconds: number;
  readonly file_mebibytes: number;
}

/**
 * The draws of patients are kept, up to 48 MiB (src/engine/draws.ts), which a million patients come near to: beyond that
 * nothing grows, as two million show.
 */
const RUNS = [
  [100_000, 'none'],
  [100_000, 'parquet'],
  [1_000_000, 'none'],
  [1_000_000, 'parquet'],
  [2_000_000, 'none'],
  [2_000_000, 'parquet'],
] as const;

/** Vancomycin has seven endpoints; days, peaks and times make them twenty. */
const MORE = [
  ...[3, 4, 5, 6, 7, 8, 9].map(
    (day) => `endpoint auc_day${day} = integral(conc, ${24 * (day - 1)} h .. ${24 * day} h) in mg*h/L`,
  ),
  'endpoint first_peak = max(conc, 0 h .. 12 h)',
  'endpoint first_trough = conc at 12 h',
  'endpoint trough_day5 = conc at 120 h',
  'endpoint covered = share of time(conc in 10 .. 20, 0 h .. 240 h)',
  'endpoint onset = first time(conc > 10 [mg/L])',
  'endpoint average = mean(conc) in mg/L',
];

export async function millionRows({ cache }: Places, say: (text: string) => void): Promise<MillionRow[]> {
  const text = `${libraryModel('vancomycin')?.text ?? ''}\n${MORE.join('\n')}\n`;
  const study = {
    gemello: 1,
    model: { text },
    arms: ['fixed', 'weighted'].map((name) => ({ name, therapy: name })),
  };
  const path = join(cache, 'million.json');
  writeFileSync(path, JSON.stringify(study));
  const rows: MillionRow[] = [];
  for (const [patients, file] of RUNS) {
    say(`million: ${patients} patients, file: ${file}`);
    const row = await childOf(patients, file, path);
    rows.push(row);
    say(
      `  ${row.arms} arms, ${row.endpoints} endpoints: ${row.wall_seconds} s (processor: ${row.cpu_seconds} s), ` +
        `${row.peak_mebibytes} MiB at most${file === 'none' ? '' : `, ${row.file_mebibytes} MiB written`}`,
    );
  }
  for (const made of [path, `${path}.mjs`]) rmSync(made);
  for (const file of ['none', 'parquet']) {
    const peaks = rows.filter((row) => row.file === file);
    const [first] = peaks;
    const told = peaks.map(
      (row) => `${row.patients}: x ${(row.peak_mebibytes / (first?.peak_mebibytes ?? 0)).toFixed(2)}`,
    );
    say(`peak memory (file ${file}) by patients: ${told.join(', ')}`);
  }
  return rows;
}

function childOf(patients: number, file: string, study: string): Promise<MillionRow> {
  // A file, because worker threads would take over `--eval` from a process that was started with it.
  const script = `${study}.mjs`;
  const words = JSON.stringify([patients, file, study]);
  writeFileSync(
    script,
    `import { millionChild } from '${import.meta.url}'; await millionChild(...${words});\n`,
  );
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    child.stdout.on('data', (more) => {
      text += more;
    });
    child.on('error', reject);
    child.on('close', (status) =>
      status === 0 ? resolve(JSON.parse(text)) : reject(new Error(`the child ended with ${status}`)),
    );
  });
}

/** In the child: the command line itself, then what it took. */
export async function millionChild(patients: number, file: string, study: string): Promise<void> {
  const [json, table] = [`${study}.result`, `${study}.${file}`];
  const io = { ...nodeIo(), interactive: false, out: () => {} };
  const began = performance.now();
  const status = await commandLine(
    [
      ...['run', study, '--patients', `${patients}`, '--backend', 'webassembly', '--json', json],
      ...(file === 'none' ? [] : ['--endpoints', table]),
    ],
    io,
    createProduct(nodeDevices({})),
  );
  const seconds = (performance.now() - began) / 1000;
  io.stop();
  if (status !== 0) throw new Error(`gemello ended with ${status}`);
  const result: Result = JSON.parse(readFileSync(json, 'utf8'));
  const told = result.differences?.[0]?.patients ?? 0;
  if (result.patients !== patients || told < 0.99 * patients)
    throw new Error('not all patients were counted');
  const row: MillionRow = {
    problem: 'million',
    patients,
    arms: result.arms.length,
    endpoints: Object.keys(result.arms[0]?.endpoints ?? {}).length,
    file,
    peak_mebibytes: Math.round(peakKibibytes() / 1024),
    wall_seconds: Number(seconds.toPrecision(3)),
    cpu_seconds: Number((process.cpuUsage().user / 1e6).toPrecision(3)),
    file_mebibytes: file === 'none' ? 0 : Math.round(statSync(table).size / 2 ** 20),
  };
  rmSync(json);
  rmSync(table, { force: true });
  process.stdout.write(JSON.stringify(row));
}
