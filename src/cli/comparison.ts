// What an arm changes, as text for a terminal. In: a Result's differences. Out: a table for every arm against another:
// mean difference with its interval, the spread of individual differences, who gains; numbers needed to treat.
import type { Difference } from '../study/result.ts';
import { columns, count, figure, plain } from './figures.ts';

const percent = (share: number | null): string => (share === null ? '-' : `${figure(100 * share)} %`);

/** `single`: of one patient there is a difference, and nothing more to say. */
export function differenceLines(differences: readonly Difference[], single: boolean): string[] {
  const arms = [...new Set(differences.map(({ arm }) => arm))];
  return arms.flatMap((arm) => {
    const own = differences.filter((one) => one.arm === arm);
    const versus = own[0]?.versus ?? '';
    const head = single
      ? ['', 'difference', '']
      : ['', 'mean', '95 % interval', 'median', '5 %', '95 %', 'higher in', 'lower in', '', ''];
    const rows = own.map((one) => (single ? [one.endpoint, figure(one.mean), plain(one.unit)] : row(one)));
    const title = `${arm} less ${versus}, patient by patient`;
    return ['', title, ...columns([head, ...rows], single ? 1 : 2).map((line) => `  ${line}`)];
  });
}

function row(one: Difference): string[] {
  const condition = one.nnt !== undefined;
  const shown = condition ? percent : figure;
  const [low, high] = one.interval;
  const { quantiles } = one;
  const spread = condition
    ? ['', '', '']
    : [quantiles['0.5'], quantiles['0.05'], quantiles['0.95']].map(figure);
  const left = one.missing === undefined ? '' : `${count(one.missing)} left out`;
  return [
    one.endpoint,
    shown(one.mean),
    Number.isFinite(low) ? `${shown(low)} .. ${shown(high)}` : '-',
    ...spread,
    percent(one.higher.share),
    percent(one.lower.share),
    condition ? neededText(one.nnt) : plain(one.unit),
    left,
  ];
}

/** `1 in 12 (8.5 .. 21) benefits`: patients given the arm for one whose outcome it changes, on balance. */
function neededText(nnt: Difference['nnt']): string {
  if (nnt === undefined) return '';
  const [low, high] = nnt.limits.map(figure);
  if (nnt.kind === 'unclear') return 'no clear difference';
  const what = { more: 'more', fewer: 'fewer', benefit: 'benefits', harm: 'is harmed' }[nnt.kind];
  return `1 in ${figure(nnt.number)} ${what} (${low} .. ${high})`;
}
