// What an arm changes, as text for a terminal. In: a Result's differences and survival. Out: a table for every arm against
// another (mean difference with its interval, the spread of individual differences, who gains; numbers needed to treat), one
// of intervals by resampling, and one for every time of an event.
import type { Difference, StudiesResult, SurvivalResult } from '../study/result.ts';
import { columns, count, figure, hundredfold, percent, plain, points } from './figures.ts';

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
    return [
      '',
      title,
      ...columns([head, ...rows], single ? 1 : 2).map((line) => `  ${line}`),
      ...(single ? [] : resampledLines(own)),
    ];
  });
}

/** Intervals by resampling, of those that have some: of the mean, and of what is told of medians. */
function resampledLines(differences: readonly Difference[]): string[] {
  const head = ['', 'mean', 'median', 'difference of medians', 'ratio of medians'];
  const rows = differences.flatMap(({ endpoint, nnt, bootstrap }) => {
    if (bootstrap === undefined) return [];
    const { mean, median, medians, ratioOfMedians } = bootstrap;
    const ends = nnt === undefined ? range(mean) : `${mean.map(hundredfold).join(' .. ')} points`;
    return [
      [
        endpoint,
        ends,
        median ? range(median) : '',
        medians ? `${figure(medians.difference)} (${range(medians.interval)})` : '',
        ratioOfMedians ? `${figure(ratioOfMedians.value)} (${range(ratioOfMedians.interval)})` : '',
      ],
    ];
  });
  const { resamples } = differences.find(({ bootstrap }) => bootstrap !== undefined)?.bootstrap ?? {};
  if (resamples === undefined) return [];
  const title = `95 % intervals by ${count(resamples)} resamples of the patients`;
  return [`  ${title}`, ...columns([head, ...rows], 0).map((line) => `    ${line}`)];
}

function row(one: Difference): string[] {
  const condition = one.nnt !== undefined;
  const end = condition ? hundredfold : figure;
  const [low, high] = one.interval;
  const { quantiles } = one;
  const spread = condition
    ? ['', '', '']
    : [quantiles['0.5'], quantiles['0.05'], quantiles['0.95']].map(figure);
  const left = one.missing === undefined ? '' : `${count(one.missing)} left out`;
  return [
    one.endpoint,
    condition ? points(one.mean) : figure(one.mean),
    Number.isFinite(low) ? `${end(low)} .. ${end(high)}` : '-',
    ...spread,
    percent(one.higher.share),
    percent(one.lower.share),
    condition
      ? [neededText(one.nnt), individualText(one.individual)].filter(Boolean).join('; ')
      : plain(one.unit),
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

/** `1 in 17 gains, 1 in 9 loses`: who is on which side of that balance. */
function individualText(individual: Difference['individual']): string {
  if (individual === undefined) return '';
  const who = ({ number }: { readonly number: number | null }) =>
    number === null ? 'nobody' : `1 in ${figure(number)}`;
  return `${who(individual.benefit)} gains, ${who(individual.harm)} loses`;
}

/** A table for every time of an event: a line an arm, then whether the arms can be told apart. */
export function survivalLines(survival: readonly SurvivalResult[]): string[] {
  return survival.flatMap(({ endpoint, unit, arms, hazardRatios = [], withoutRatio = [], logRank }) => {
    const to = arms[0]?.restrictedMean.to ?? Number.NaN;
    const head = [
      '',
      'events',
      'left',
      'without it',
      'median',
      '95 % interval',
      'mean',
      '95 % interval',
      'hazard ratio',
    ];
    const rows = arms.map((arm) => {
      const found = hazardRatios.find((one) => one.arm === arm.name);
      return [
        arm.name,
        count(arm.events),
        count(arm.censored),
        percent(arm.survival.at(-1) ?? null),
        figure(arm.median.time),
        range(arm.median.interval),
        figure(arm.restrictedMean.mean),
        range(arm.restrictedMean.interval),
        found ? `${figure(found.ratio)} (${range(found.interval)})` : '',
      ];
    });
    const said = [
      ...(logRank ? [`  log-rank: p ${probability(logRank.p)}`] : []),
      ...withoutRatio.map(
        ({ arm, versus, reason }) => `  no hazard ratio of ${arm} over ${versus}: ${reason}`,
      ),
    ];
    const title = `${endpoint}, Kaplan-Meier to ${figure(to)} ${unit}`;
    return ['', title, ...columns([head, ...rows], 1).map((line) => `  ${line}`), ...said];
  });
}

/** A table an arm: where the studies' means and medians lie, and how much of the spread is between studies. */
export function studiesLines({ studies, patients, arms }: StudiesResult): string[] {
  return arms.flatMap(({ name, endpoints }) => {
    const head = ['', 'mean', '5 %', '95 %', 'median', '5 %', '95 %', 'of variance', ''];
    const rows = Object.entries(endpoints).map(([endpoint, { unit, mean, median, variance }]) => {
      const shown = median ? figure : percent;
      const band = (of: typeof mean | undefined) =>
        of ? [of['0.5'], of['0.05'], of['0.95']].map(shown) : ['', '', ''];
      return [
        endpoint,
        ...band(mean),
        ...band(median),
        percent(variance?.betweenShare ?? null),
        median ? plain(unit) : '',
      ];
    });
    const without = Object.entries(endpoints).flatMap(([endpoint, { without: own }]) =>
      own ? [`  nobody has ${endpoint} in ${count(own)} of the studies: its mean is that of the others`] : [],
    );
    const title = `${name}, between ${count(studies)} studies of ${count(patients)} patients`;
    return ['', title, ...columns([head, ...rows], 1).map((line) => `  ${line}`), ...without];
  });
}

const range = ([low, high]: readonly [number | null, number | null]): string =>
  `${figure(low)} .. ${figure(high)}`;
const probability = (p: number): string => (p < 1e-4 ? 'below 0.0001' : `= ${figure(p)}`);
