// Parts of the cohort as text for a terminal. In: a Result's subgroups. Out: a table for every split: endpoint by endpoint a
// line a part, with its patients, what each arm comes to (median, or share), and what each arm changes (mean difference,
// with its interval). Splits that would make the text long are named and left to the JSON.
import type { Difference, SubgroupNumbers, SubgroupResult } from '../study/result.ts';
import { columns, count, figure, hundredfold, percent, plain, points } from './figures.ts';

/** Of all tables together; the first is always there. */
const MOST_LINES = 100;

export function subgroupLines(groups: readonly SubgroupResult[]): string[] {
  const lines: string[] = [];
  const left: string[] = [];
  for (const parts of splitsOf(groups)) {
    const table = splitTable(parts);
    if (lines.length > 0 && lines.length + table.length > MOST_LINES) left.push(parts[0]?.of ?? '');
    else lines.push(...table);
  }
  return left.length === 0 ? lines : [...lines, '', `by ${left.join(', ')}: see --json`];
}

/** Neighbours of one covariate; a covariate may be split twice, and then its first part comes again. */
function splitsOf(groups: readonly SubgroupResult[]): SubgroupResult[][] {
  const splits: SubgroupResult[][] = [];
  for (const group of groups) {
    const last = splits.at(-1);
    const closed = last?.at(-1)?.label.endsWith(' and above') ?? false;
    if (last === undefined || last[0]?.of !== group.of || closed) splits.push([group]);
    else last.push(group);
  }
  return splits;
}

function splitTable(parts: readonly SubgroupResult[]): string[] {
  const [first] = parts;
  if (first === undefined) return [];
  const arms = first.arms.map(({ name }) => name);
  const versus = first.differences?.[0]?.versus;
  const others = arms.filter((name) => name !== versus);
  const head = [
    '',
    '',
    'patients',
    ...arms,
    ...(versus === undefined ? [] : others.flatMap((name) => [`${name} less ${versus}`, '95 % interval'])),
    '',
  ];
  const rows = Object.keys(first.arms[0]?.endpoints ?? {}).flatMap((endpoint) =>
    parts.map((part, p) => [
      p === 0 ? endpoint : '',
      part.label.slice(part.of.length + 1),
      count(part.patients),
      ...part.arms.map(({ endpoints }) => centre(endpoints[endpoint])),
      ...(versus === undefined ? [] : others.flatMap((name) => shift(part, name, endpoint))),
      p === 0 ? unitOf(first.arms[0]?.endpoints[endpoint]) : '',
    ]),
  );
  const title = `by ${first.of}: medians or shares${versus === undefined ? '' : ', mean differences'}`;
  return ['', title, ...aligned([head, ...rows]).map((line) => `  ${line}`)];
}

/** As columns, but the second column holds words too. */
function aligned(rows: readonly (readonly string[])[]): string[] {
  const width = Math.max(...rows.map(([, label = '']) => label.length));
  return columns(
    rows.map(([endpoint = '', label = '', ...cells]) => [endpoint, label.padEnd(width), ...cells]),
    1,
  );
}

function centre(numbers: SubgroupNumbers | undefined): string {
  if (numbers === undefined) return '-';
  return 'probability' in numbers ? percent(numbers.probability) : figure(numbers.quantiles['0.5']);
}

const unitOf = (numbers: SubgroupNumbers | undefined): string =>
  numbers === undefined || 'probability' in numbers ? '' : plain(numbers.unit);

function shift({ arms, differences = [] }: SubgroupResult, arm: string, endpoint: string): string[] {
  const found: Difference | undefined = differences.find(
    (one) => one.arm === arm && one.endpoint === endpoint,
  );
  if (found === undefined || found.mean === null) return ['-', '-'];
  const numbers = arms[0]?.endpoints[endpoint];
  const share = numbers !== undefined && 'probability' in numbers;
  const end = share ? hundredfold : figure;
  const [low, high] = found.interval;
  return [
    share ? points(found.mean) : figure(found.mean),
    Number.isFinite(low) ? `${end(low)} .. ${end(high)}` : '-',
  ];
}
