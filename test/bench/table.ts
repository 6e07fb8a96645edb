// Rows as a table for people. In: rows. Out: text in columns.
import type { Row } from './rows.ts';

const power = (x: number | undefined): string =>
  x === undefined ? '-' : x.toExponential(1).replace('e', 'e');
const ratio = (x: number | undefined, beyond: boolean): string =>
  x === undefined ? '-' : `${x >= 10 ? x.toFixed(0) : x.toFixed(2)}${beyond ? '*' : ''}`;

export function tableOf(rows: readonly Row[]): string {
  const peers = [...new Set(rows.flatMap((row) => Object.keys(row.ratio_to)))];
  const head = [
    'problem',
    'runner',
    'method',
    'cores',
    'rtol',
    'patients',
    '/core s',
    'wall s',
    'steps',
    'p50',
    'p99',
    'max',
    'peak max',
  ];
  const lines = [
    [...head, ...peers.map((peer) => `/ ${peer}`)],
    ...rows.map((row) => [
      row.problem,
      row.runner,
      row.method,
      String(row.cores),
      row.rtol.toExponential(0),
      row.patients.toLocaleString('en'),
      Math.round(row.patients_per_core_second).toLocaleString('en'),
      row.wall_seconds.toPrecision(3),
      row.steps === undefined ? '-' : row.steps.toFixed(0),
      power(row.error?.p50),
      power(row.error?.p99),
      power(row.error?.max),
      power(row.peak_error?.max),
      ...peers.map((peer) => ratio(row.ratio_to[peer], row.beyond?.includes(peer) ?? false)),
    ]),
  ];
  const widths = lines[0]?.map((_, c) => Math.max(...lines.map((line) => line[c]?.length ?? 0))) ?? [];
  const text = lines
    .map((line) =>
      line.map((cell, c) => (c < 3 ? cell.padEnd(widths[c] ?? 0) : cell.padStart(widths[c] ?? 0))).join('  '),
    )
    .join('\n');
  return `${text}\n* the peer's sweep does not reach this error: compared with its nearest point\n`;
}
