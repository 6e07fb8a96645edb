// `npm run bench -- --publish NAME`: a saved result file into the README's table and public/speed.svg. In: the result.
// Out: text. Measures nothing; publish.test.ts holds README and picture to the committed file.
import type { ErrorRow } from './errors.ts';
import { isLatencyRow, type LatencyRow } from './latency.ts';
import { isMemoryRow, type MemoryRow } from './memory.ts';
import type { Row } from './rows.ts';

export interface Result {
  readonly about: {
    readonly date: string;
    readonly processor: string;
    readonly cores: number;
    readonly node: string;
    readonly load_before: readonly number[];
    readonly load_after: readonly number[];
    readonly notes: readonly string[];
  };
  readonly rows: readonly Row[];
  readonly more: readonly (ErrorRow | LatencyRow | MemoryRow | { readonly reason: string })[];
}

/** What README.md keeps between these lines is written by --publish. */
export const BEGIN = '<!-- written by: npm run bench -- --publish';
export const END = '<!-- end of what --publish writes -->';

const OURS = new Set(['wasm-f32x4', 'wasm-f64x2', 'wasm-f64', 'webgpu']);
const PEERS = ['cvode', 'lsoda', 'c_sse_f32'] as const;
const whole = (x: number): string => Number(x.toPrecision(3)).toLocaleString('en');
const power = (x: number): string => x.toExponential(1);

export function published(readme: string, name: string, result: Result): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin)
    throw new Error(`README.md lacks the lines "${BEGIN} ..." and "${END}", between which tables go`);
  return `${readme.slice(0, begin)}${BEGIN} ${name} -->\n${section(name, result)}${readme.slice(end)}`;
}

/** The name that a README says its tables come from. */
export const publishedName = (readme: string): string | undefined =>
  readme.slice(readme.indexOf(BEGIN) + BEGIN.length).split(' ')[1];

function section(name: string, result: Result): string {
  const { about } = result;
  const files = `[test/bench/results/${name}.json](test/bench/results/${name}.json)`;
  const load = about.load_before[0] ?? Number.NaN;
  const loadAfter = about.load_after[0] ?? Number.NaN;
  // Whatever is missing from a table is said beside it.
  const dropped = about.notes.filter((note) => /dropped|left out/.test(note));
  const [speeds, errors, costs] = [speedTable(result.rows), errorTable(result), costLines(result)];
  return `
${about.date}, ${about.processor}, Node ${about.node}, load ${load.toFixed(1)} to ${loadAfter.toFixed(1)} on ${about.cores} cores; ${files}.${dropped.map((note) => `\n${note[0]?.toUpperCase()}${note.slice(1)}.`).join('')}

${speeds}
\\* the peer's tolerances do not reach this error: compared with its nearest point.

${errors === '' ? '' : `${errors}\n`}${costs === '' ? '' : `${costs}\n\n`}![Patients per core-second against error, PK and HIV](public/speed.svg)

`;
}

/** Our backends at the default tolerance, on one core or one adapter. */
export function speedTable(rows: readonly Row[]): string {
  const own = rows.filter(
    ({ problem, runner, rtol, cores }) =>
      (problem === 'pk' || problem === 'hiv') &&
      rtol === 1e-4 &&
      (runner === 'webgpu' || (OURS.has(runner) && cores === 1)),
  );
  const lines = own.map((row) => {
    const ratios = PEERS.map((peer) => {
      const ratio = row.ratio_to[peer];
      const digits = ratio === undefined ? '' : ratio >= 10 ? ratio.toFixed(0) : ratio.toFixed(2);
      return ratio === undefined ? '-' : `${digits}${row.beyond?.includes(peer) ? '\\*' : ''}`;
    });
    const error = row.error === null ? '-' : power(row.error.p99);
    const cells = [whole(row.patients), whole(row.patients_per_core_second), error, ...ratios];
    return `| ${row.problem.toUpperCase()}, \`${row.runner}\`, ${row.method} | ${cells.join(' | ')} |\n`;
  });
  return `| rtol 1e-4 | patients | a core-second | p99 error | x CVODE | x lsoda | x C, SSE f32 |
|---|---:|---:|---:|---:|---:|---:|
${lines.join('')}`;
}

function errorTable({ more }: Result): string {
  const lines = more.flatMap((row) => {
    if (!('peak_error_asked' in row)) return [];
    const problem = row.problem.startsWith('pk') ? "PK's Cmax" : "HIV's peak of virus";
    const cells = [
      whole(row.patients),
      power(row.peak_error.max),
      power(row.peak_error_asked),
      power(row.error.max),
    ];
    return [`| ${problem}, \`${row.runner}\` | ${cells.join(' | ')} |\n`];
  });
  if (lines.length === 0) return '';
  return `| largest error, rtol 1e-4 | patients | of the peak | asked | anywhere on a curve |
|---|---:|---:|---:|---:|
${lines.join('')}`;
}

function costLines({ rows, more }: Result): string {
  const growth = rows.filter(
    ({ problem, runner }) => problem.endsWith('cohort size') && runner === 'wasm-f32x4',
  );
  const compile = more.filter(isLatencyRow).filter((row) => row.watched);
  const memory = more.filter(isMemoryRow);
  const sentences: string[] = [];
  if (growth.length > 0)
    sentences.push(
      `PK by \`wasm-f32x4\`: ${growth.map((row) => `${whole(row.patients)} patients in ${row.wall_seconds.toPrecision(2)} s`).join(', ')}, one core.`,
    );
  const times = (runner: string, method: string): string =>
    compile
      .filter((row) => row.runner === runner && row.method === method)
      .map((row) => whole(row.milliseconds))
      .join(' / ');
  for (const runner of new Set(compile.map((row) => row.runner)))
    sentences.push(
      `\`${runner}\` compiles 5 / 20 / 60 states in ${times(runner, 'tsit5')} ms (Tsit5), ${times(runner, 'rodas4')} ms (Rodas4).`,
    );
  if (memory.length > 0)
    sentences.push(
      `Peak memory of the whole process: ${memory.map((row) => `${whole(row.peak_mebibytes)} MiB for ${whole(row.patients)} patients`).join(', ')}.`,
    );
  return sentences.join('\n');
}
