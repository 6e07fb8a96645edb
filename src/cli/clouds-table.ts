// Defined individuals as text for a terminal. In: a Result's clouds. Out: a table for every arm, a line for every row of the
// cohort's table, with each endpoint's median and 5 % to 95 %, or the share of a condition. The first rows only.
import type { CloudsResult, SubgroupNumbers } from '../study/result.ts';
import { columns, count, figure, percent, plain } from './figures.ts';

/** Rows of each arm. */
const MOST_ROWS = 20;

export function cloudLines({ patients, rows }: CloudsResult): string[] {
  const [first] = rows;
  if (first === undefined) return [];
  const shown = rows.slice(0, MOST_ROWS);
  const left = rows.length - shown.length;
  const tables = first.arms.flatMap(({ name, endpoints }, a) => {
    const names = Object.entries(endpoints);
    const head = [name, ...names.map(([endpoint, numbers]) => `${endpoint}${unitOf(numbers)}`)];
    const body = shown.map(({ id, arms }) => [
      id,
      ...names.map(([endpoint]) => cell(arms[a]?.endpoints[endpoint])),
    ]);
    return columns([head, ...body], 0).map((line) => `  ${line}`);
  });
  return [
    '',
    `${count(rows.length)} individuals, ${count(patients)} draws each: median (5 % to 95 %), or share`,
    ...tables,
    ...(left > 0 ? [`  ... and ${count(left)} more; --json or --summary has all`] : []),
  ];
}

const unitOf = (numbers: SubgroupNumbers): string =>
  'probability' in numbers || plain(numbers.unit) === '' ? '' : ` [${numbers.unit}]`;

function cell(numbers: SubgroupNumbers | undefined): string {
  if (numbers === undefined) return '-';
  if ('probability' in numbers) return percent(numbers.probability);
  const { quantiles } = numbers;
  return `${figure(quantiles['0.5'])} (${figure(quantiles['0.05'])} to ${figure(quantiles['0.95'])})`;
}
