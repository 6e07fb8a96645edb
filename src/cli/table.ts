// A Result, and the outcomes of checks, as text for a terminal. In: results. Out: aligned lines; four significant digits.
import { STATUSES } from '../engine/backend.ts';
import type { EngineInfo } from '../engine/engine.ts';
import { reproduces } from '../study/audit.ts';
import { worstErrors } from '../study/errors.ts';
import type { ArmResult, Audit, Certificate, Result } from '../study/result.ts';
import type { CheckOutcome } from '../study/verify.ts';
import { cloudLines } from './clouds-table.ts';
import { differenceLines, studiesLines, survivalLines } from './comparison.ts';
import { columns, count, figure, plain } from './figures.ts';
import { subgroupLines } from './subgroup-table.ts';
import { weightingLines } from './weights.ts';

const seconds = (ms: number) => (ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(2)} s`);

export function resultTable(result: Result, info: Pick<EngineInfo, 'device' | 'reason'>): string {
  const { model, patients, seed, backend, precision, method, elapsed_ms, certificate, audit, data } = result;
  const single = patients === 1;
  return [
    `${model.name}: ${single ? 'one patient' : `${count(patients)} patients`}, seed ${seed}`,
    ...(data ? [data.account, ...data.notes.map((note) => `  ${note}`)] : []),
    ...(result.funnel ? funnelLines(result.funnel) : []),
    ...(result.weighting ? weightingLines(result.weighting, patients) : []),
    ...result.arms.flatMap((arm) => ['', ...armTable(arm, single)]),
    ...(result.studies ? studiesLines(result.studies) : []),
    ...differenceLines(result.differences ?? [], single),
    ...(single ? [] : survivalLines(result.survival ?? [])),
    ...(single ? [] : subgroupLines(result.subgroups ?? [])),
    ...(result.clouds ? cloudLines(result.clouds) : []),
    '',
    failures(result.failed, certificate?.rescued ?? 0, patients * result.arms.length),
    ...(certificate ? [accuracy(certificate)] : []),
    ...(audit ? auditLines(audit, precision) : []),
    `${backend} (${precision}) on ${info.device}: ${info.reason}`,
    ...(method ? [`solver ${method.name}: ${method.reason}`] : []),
    `compiled in ${seconds(elapsed_ms.compile)}, ran in ${seconds(elapsed_ms.run)}`,
    '',
  ].join('\n');
}

/** `filter: of 2,345 candidates 1,200 after CRCL < 60, 1,000 after AGE > 18`. */
function funnelLines({ drawn, left }: NonNullable<Result['funnel']>): string[] {
  const steps = left.map(({ clause, patients }) => `${count(patients)} after ${clause}`);
  return [`filter: of ${count(drawn)} candidates ${steps.join(', ')}`];
}

function failures(failed: Readonly<Record<string, number>>, rescued: number, courses: number): string {
  const parts = Object.entries(failed).map(([status, n]) => `${count(n)} ${status}`);
  const mended = rescued > 0 ? `; rescued in f64: ${count(rescued)} of ${count(courses)}` : '';
  return parts.length === 0
    ? `failed: none${mended}`
    : `failed, and left out above: ${parts.join(', ')} (of ${count(courses)})${mended}`;
}

/** `accuracy: conc within 2.1e-5, auc24 within 3.8e-5 (71 patients solved again in f64)`. */
function accuracy({ patients, outputs, endpoints }: Certificate): string {
  const [seen, concluded] = [worstErrors(outputs), worstErrors(endpoints)];
  const sizes = [seen, concluded].flatMap(({ worst }) =>
    worst === null ? [] : [`${worst.name} within ${Number(worst.max.toPrecision(2)).toExponential()}`],
  );
  const sides = [...seen.flipped, ...concluded.flipped].map(
    ({ name, flips }) => `${name} flips for ${flips}`,
  );
  const said = [...sizes, ...sides].join(', ') || 'nothing to compare';
  return `accuracy: ${said} (${count(patients)} ${patients === 1 ? 'patient' : 'patients'} solved again in f64)`;
}

/** `audit of titrated: 10,000 of 10,000 ledgers give the same course to the bit`. */
function auditLines({ patients, arms }: Audit, precision: Result['precision']): string[] {
  if (arms.length === 0) return ['audit: no arm has anything but plain doses; there is nothing to replay'];
  return arms.map((arm) => {
    const start = `audit of ${arm.name}${reproduces(arm, precision) ? '' : ' FAILED'}:`;
    const left = arm.failed > 0 ? ` (${count(arm.failed)} failed in the run itself)` : '';
    const looked = patients - arm.failed;
    const bits = `${count(arm.bitEqual)} of ${count(looked)} ledgers give the same course to the bit${left}`;
    if (arm.bitEqual === looked) return `${start} ${bits}`;
    const ended = arm.replayed < looked ? `, ${count(looked - arm.replayed)} fail` : '';
    return `${start} ${bits}${ended}, largest difference ${arm.largestDifference.toPrecision(2)}`;
  });
}

/** Endpoints, then every output at the last time. */
function armTable(arm: ArmResult, single: boolean): string[] {
  const heads = single ? ['value'] : ['median', '5 %', '95 %', 'mean'];
  const rows: string[][] = [];
  let anyMissing = false;
  for (const [name, endpoint] of Object.entries(arm.endpoints)) {
    const missing = endpoint.missing === undefined ? '' : count(endpoint.missing);
    anyMissing ||= missing !== '';
    if ('probability' in endpoint) {
      const p = endpoint.probability;
      const share = !Number.isFinite(p) ? '-' : single ? (p > 0 ? 'yes' : 'no') : `${figure(100 * p)} %`;
      rows.push([name, share, ...heads.slice(1).map(() => ''), '', missing]);
    } else {
      const { mean, quantiles, unit } = endpoint;
      const cells = single ? [mean] : [quantiles['0.5'], quantiles['0.05'], quantiles['0.95'], mean];
      rows.push([name, ...cells.map(figure), plain(unit), missing]);
    }
  }
  const { values, unit: timeUnit } = arm.times;
  const last = values.length - 1;
  for (const [name, { mean, quantiles, unit }] of Object.entries(arm.outputs)) {
    const bands = single ? [mean] : [quantiles['0.5'], quantiles['0.05'], quantiles['0.95'], mean];
    const when = `${figure(values[last] ?? Number.NaN)} ${timeUnit}`;
    rows.push([`${name} at ${when}`, ...bands.map((band) => figure(band[last] ?? null)), plain(unit), '']);
  }
  const failed = Object.entries(arm.failed).map(([status, n]) => `${count(n)} ${status}`);
  const title = failed.length === 0 ? arm.name : `${arm.name} (failed: ${failed.join(', ')})`;
  const head = ['', ...heads, '', anyMissing ? 'missing' : ''];
  return [title, ...columns(rows.length === 0 ? [] : [head, ...rows]).map((line) => `  ${line}`)];
}

export function checkLine(outcome: CheckOutcome): string {
  const { label, expected, got, unit, tolerance, pass, fault, source } = outcome;
  const verdict = pass ? 'pass' : 'FAIL';
  const number = got === null ? fault : `got ${digits(got)}`;
  const from = source === '' ? '' : `  [${source}]`;
  return `${verdict}  ${label}: expected ${digits(expected)}${plain(unit) === '' ? '' : ` ${unit}`}, ${number}, tolerance ${tolerance}${from}`;
}

/** Checks differ in late digits: show enough of them. */
const digits = (value: number) => `${Number(value.toPrecision(7))}`;

export const statusName = (index: number): string => STATUSES[index] ?? `status ${index}`;

/** JSON with one line a field, and lists of plain values on one line. */
export function readableJson(value: unknown, indent = ''): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const inner = `${indent}  `;
  if (Array.isArray(value)) {
    const plain = value.every((entry) => typeof entry !== 'object' || entry === null);
    if (plain) return `[${value.map((entry) => JSON.stringify(entry) ?? 'null').join(', ')}]`;
    return `[\n${value.map((entry) => inner + readableJson(entry, inner)).join(',\n')}\n${indent}]`;
  }
  const fields = Object.entries(value).filter(([, entry]) => entry !== undefined);
  if (fields.length === 0) return '{}';
  const lines = fields.map(([key, entry]) => `${inner}${JSON.stringify(key)}: ${readableJson(entry, inner)}`);
  return `{\n${lines.join(',\n')}\n${indent}}`;
}
