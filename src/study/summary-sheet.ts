// A Result as one long table: a row an arm, number and time, for whoever plots or tabulates it elsewhere. In: a Result. Out: a
// Sheet with the same numbers, none computed anew. `scope` says whose numbers they are: the cohort's, a subgroup's, one
// individual's cloud, or bands between studies. `lower` and `upper` are 95 % limits, where there are any.

import type { SubgroupNumbers, SurvivalResult } from './result.ts';
import { type Certificate, type Difference, QUANTILES, type Quantile, type Result } from './result.ts';
import type { Sheet, SheetColumn, SheetPiece } from './sheet.ts';

const text = (name: string): SheetColumn => ({ name, unit: '', type: 'text' });
const number = (name: string): SheetColumn => ({ name, unit: '', type: 'number' });

/** Units differ from row to row, so they have columns of their own. */
const COLUMNS = [
  text('scope'),
  text('group'),
  text('arm'),
  text('versus'),
  text('kind'),
  text('name'),
  text('statistic'),
  number('time'),
  text('time unit'),
  number('value'),
  number('lower'),
  number('upper'),
  text('unit'),
] as const;

interface Row {
  /** Empty: the cohort's. */
  readonly scope?: 'subgroup' | 'individual' | 'studies';
  readonly group?: string;
  readonly arm?: string;
  readonly versus?: string;
  readonly kind: 'patients' | 'output' | 'endpoint' | 'difference' | 'survival' | 'weighting' | 'accuracy';
  readonly name?: string;
  readonly statistic: string;
  readonly at?: { readonly time: number; readonly unit: string };
  readonly value: number | null | undefined;
  readonly limits?: readonly [number | null, number | null];
  readonly unit?: string;
}

/** Rows made at once. */
const ROWS = 4096;

export function summarySheet(result: Result): Sheet {
  return {
    name: 'summary',
    columns: COLUMNS,
    *pieces() {
      let rows: Row[] = [];
      for (const row of rowsOf(result)) {
        rows.push(row);
        if (rows.length < ROWS) continue;
        yield pieceOf(rows);
        rows = [];
      }
      if (rows.length > 0) yield pieceOf(rows);
    },
  };
}

function pieceOf(rows: readonly Row[]): SheetPiece {
  const texts = (of: (row: Row) => string | undefined) => rows.map((row) => of(row) ?? '');
  const numbers = (of: (row: Row) => number | null | undefined) =>
    Float64Array.from(rows, (row) => of(row) ?? Number.NaN);
  return {
    rows: rows.length,
    values: [
      texts(({ scope }) => scope ?? 'cohort'),
      texts(({ group }) => group),
      texts(({ arm }) => arm),
      texts(({ versus }) => versus),
      texts(({ kind }) => kind),
      texts(({ name }) => name),
      texts(({ statistic }) => statistic),
      numbers(({ at }) => at?.time),
      texts(({ at }) => at?.unit),
      numbers(({ value }) => value),
      numbers(({ limits }) => limits?.[0]),
      numbers(({ limits }) => limits?.[1]),
      texts(({ unit }) => (unit === '1' ? '' : unit)),
    ],
  };
}

function* rowsOf(result: Result): Generator<Row> {
  yield* cohortRows(result);
  for (const difference of result.differences ?? []) yield* differenceRows(difference);
  for (const survival of result.survival ?? []) yield* survivalRows(survival);
  yield* studiesRows(result);
  for (const { label, of, patients, arms, differences } of result.subgroups ?? []) {
    const group = label.startsWith(of) ? label : `${of} ${label}`;
    const whose = { scope: 'subgroup', group } as const;
    yield { ...whose, kind: 'patients', statistic: 'count', value: patients };
    for (const arm of arms) yield* numbersRows({ ...whose, arm: arm.name }, arm.endpoints);
    for (const difference of differences ?? [])
      for (const row of differenceRows(difference)) yield { ...row, ...whose };
  }
  for (const { id, arms } of result.clouds?.rows ?? [])
    for (const arm of arms)
      yield* numbersRows({ scope: 'individual', group: id, arm: arm.name }, arm.endpoints);
  yield* weightingRows(result);
  if (result.certificate) yield* accuracyRows(result.certificate);
}

const quantileName = (q: Quantile) => `quantile ${q}`;

function* cohortRows({ patients, arms, funnel }: Result): Generator<Row> {
  yield { kind: 'patients', statistic: 'count', value: patients };
  if (funnel) {
    yield { kind: 'patients', statistic: 'drawn', value: funnel.drawn };
    for (const { clause, patients } of funnel.left)
      yield { kind: 'patients', name: clause, statistic: 'left', value: patients };
  }
  for (const { name: arm, failed, times, outputs, endpoints } of arms) {
    for (const [status, count] of Object.entries(failed))
      yield { arm, kind: 'patients', name: status, statistic: 'failed', value: count };
    for (const [name, { unit, mean, quantiles }] of Object.entries(outputs)) {
      for (const [t, time] of times.values.entries()) {
        const own = { arm, kind: 'output', name, unit, at: { time, unit: times.unit } } as const;
        yield { ...own, statistic: 'mean', value: mean[t] };
        for (const q of QUANTILES) yield { ...own, statistic: quantileName(q), value: quantiles[q][t] };
      }
    }
    yield* numbersRows({ arm }, endpoints);
  }
}

function* numbersRows(
  whose: Pick<Row, 'scope' | 'group' | 'arm'>,
  endpoints: Readonly<Record<string, SubgroupNumbers>>,
): Generator<Row> {
  for (const [name, numbers] of Object.entries(endpoints)) {
    const own = { ...whose, kind: 'endpoint', name } as const;
    if ('probability' in numbers) yield { ...own, statistic: 'probability', value: numbers.probability };
    else {
      const { unit, mean, quantiles } = numbers;
      yield { ...own, unit, statistic: 'mean', value: mean };
      for (const q of QUANTILES) yield { ...own, unit, statistic: quantileName(q), value: quantiles[q] };
    }
    yield { ...own, statistic: 'missing', value: numbers.missing ?? 0 };
  }
}

function* differenceRows(difference: Difference): Generator<Row> {
  const { arm, versus, endpoint: name, unit, quantiles, nnt, individual, bootstrap } = difference;
  const own = { arm, versus, kind: 'difference', name } as const;
  yield { ...own, statistic: 'patients', value: difference.patients };
  yield { ...own, statistic: 'missing', value: difference.missing ?? 0 };
  yield { ...own, unit, statistic: 'mean', value: difference.mean, limits: difference.interval };
  for (const q of QUANTILES) {
    const limits = q === '0.5' ? difference.medianInterval : undefined;
    yield { ...own, unit, statistic: quantileName(q), value: quantiles[q], ...(limits && { limits }) };
  }
  for (const way of ['higher', 'lower'] as const) {
    const { share, interval } = difference[way];
    yield { ...own, statistic: `share ${way}`, value: share, limits: interval };
  }
  for (const [statistic, ratio] of [
    ['ratio of means', difference.ratio],
    ['geometric mean ratio', difference.geometricRatio],
    ['bootstrap ratio of medians', bootstrap?.ratioOfMedians],
  ] as const)
    if (ratio) yield { ...own, statistic, value: ratio.value, limits: ratio.interval };
  if (nnt) yield { ...own, statistic: `number needed (${nnt.kind})`, value: nnt.number, limits: nnt.limits };
  for (const way of ['benefit', 'harm'] as const) {
    const one = individual?.[way];
    if (!one) continue;
    yield { ...own, statistic: `share with ${way}`, value: one.share, limits: one.interval };
    yield { ...own, statistic: `one in (${way})`, value: one.number };
  }
  if (!bootstrap) return;
  yield { ...own, statistic: 'bootstrap resamples', value: bootstrap.resamples };
  yield { ...own, unit, statistic: 'bootstrap mean', value: difference.mean, limits: bootstrap.mean };
  if (bootstrap.median)
    yield { ...own, unit, statistic: 'bootstrap median', value: quantiles['0.5'], limits: bootstrap.median };
  if (bootstrap.medians) {
    const { difference: value, interval } = bootstrap.medians;
    yield { ...own, unit, statistic: 'bootstrap difference of medians', value, limits: interval };
  }
}

function* survivalRows({ endpoint, unit, arms, logRank, hazardRatios }: SurvivalResult): Generator<Row> {
  for (const arm of arms) {
    const own = { arm: arm.name, kind: 'survival', name: endpoint } as const;
    for (const statistic of ['patients', 'events', 'censored', 'failed'] as const)
      yield { ...own, statistic, value: arm[statistic] ?? 0 };
    const { median, restrictedMean } = arm;
    yield { ...own, unit, statistic: 'median', value: median.time, limits: median.interval };
    const { to, mean, interval } = restrictedMean;
    yield {
      ...own,
      unit,
      statistic: 'restricted mean',
      at: { time: to, unit },
      value: mean,
      limits: interval,
    };
    for (const [t, time] of arm.times.entries()) {
      const at = { time, unit };
      const limits = [arm.lower[t] ?? null, arm.upper[t] ?? null] as const;
      yield { ...own, statistic: 'survival', at, value: arm.survival[t], limits };
      yield { ...own, statistic: 'at risk', at, value: arm.atRisk[t] };
    }
  }
  const all = { kind: 'survival', name: endpoint } as const;
  if (logRank)
    for (const [statistic, value] of [
      ['log-rank chi-square', logRank.chiSquare],
      ['log-rank degrees of freedom', logRank.degrees],
      ['log-rank p', logRank.p],
    ] as const)
      yield { ...all, statistic, value };
  for (const { arm, versus, ratio, interval } of hazardRatios ?? [])
    yield { ...all, arm, versus, statistic: 'hazard ratio', value: ratio, limits: interval };
}

function* studiesRows({ studies, arms }: Result): Generator<Row> {
  if (!studies) return;
  const scope = 'studies';
  yield { scope, kind: 'patients', statistic: 'studies', value: studies.studies };
  yield { scope, kind: 'patients', statistic: 'count', value: studies.patients };
  for (const [a, { name: arm, outputs, endpoints }] of studies.arms.entries()) {
    const times = arms[a]?.times;
    for (const [name, { unit, median }] of Object.entries(outputs))
      for (const [t, time] of (times?.values ?? []).entries())
        for (const q of QUANTILES)
          yield {
            ...{ scope, arm, kind: 'output', name, unit, at: { time, unit: times?.unit ?? '' } },
            statistic: `median: ${quantileName(q)}`,
            value: median[q][t],
          };
    for (const [name, { unit, mean, median, variance, without }] of Object.entries(endpoints)) {
      const own = { scope, arm, kind: 'endpoint', name } as const;
      for (const q of QUANTILES) {
        yield { ...own, unit, statistic: `mean: ${quantileName(q)}`, value: mean[q] };
        if (median) yield { ...own, unit, statistic: `median: ${quantileName(q)}`, value: median[q] };
      }
      yield { ...own, statistic: 'studies without', value: without ?? 0 };
      if (!variance) continue;
      const squared = unit === '' || unit === '1' ? '' : `(${unit})^2`;
      yield { ...own, unit: squared, statistic: 'variance between', value: variance.between };
      yield { ...own, unit: squared, statistic: 'variance within', value: variance.within };
      yield { ...own, statistic: 'share of variance between', value: variance.betweenShare };
    }
  }
}

function* weightingRows({ weighting }: Result): Generator<Row> {
  if (!weighting) return;
  const kind = 'weighting';
  yield { kind, statistic: 'effective patients', value: weighting.effective };
  yield { kind, statistic: 'largest weight', value: weighting.largest };
  yield { kind, statistic: 'patients without weight', value: weighting.excluded };
  for (const target of weighting.targets)
    for (const statistic of ['target', 'weighted', 'unweighted'] as const)
      yield { kind, name: target.name, statistic, value: target[statistic] };
}

function* accuracyRows(certificate: Certificate): Generator<Row> {
  const { patients, rescued, unrescued, unsettled, outputs, endpoints } = certificate;
  const kind = 'accuracy';
  yield { kind, statistic: 'patients', value: patients };
  yield { kind, statistic: 'rescued', value: rescued };
  yield { kind, statistic: 'unrescued', value: unrescued };
  yield { kind, statistic: 'unsettled', value: unsettled ?? 0 };
  for (const [name, errors] of [...Object.entries(outputs), ...Object.entries(endpoints)]) {
    if ('max' in errors) {
      yield { kind, name, statistic: 'largest error', value: errors.max };
      yield { kind, name, statistic: '95 % of errors', value: errors.p95 };
    }
    if (errors.flips !== undefined) yield { kind, name, statistic: 'flips', value: errors.flips };
  }
}
