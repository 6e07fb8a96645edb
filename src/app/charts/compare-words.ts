// What a difference between two arms says, in words: how large, for whom, one in how many. In: a Difference and the
// endpoint it is of. Out: text in the page's language, and the estimate that a forest plot draws. Nothing is computed but shares.
import type { Difference, OneIn, Share, StudiesResult, SubgroupResult } from '../../study/result.ts';
import type { EndpointView } from '../client.ts';
import { percent, prettyUnit, signed, significant, whole, withUnit } from '../format.ts';
import type { Estimate } from './forest.ts';
import type { Speech } from './words.ts';

export type Scale = 'difference' | 'ratio';

/** Null where it does not exist; a difference of shares in points of percent. */
export function estimateOf(difference: Difference, endpoint: EndpointView, scale: Scale): Estimate | null {
  if (scale === 'ratio') {
    const found = difference.geometricRatio ?? difference.ratio;
    return found ? { value: found.value, interval: found.interval } : null;
  }
  const factor = endpoint.type === 'probability' ? 100 : 1;
  const { mean, interval, patients } = difference;
  if (mean === null || !Number.isFinite(mean)) return null;
  // One patient says nothing of others, whatever a formula makes of it.
  const [low, high] = patients < 2 ? [Number.NaN, Number.NaN] : interval;
  return { value: factor * mean, interval: [factor * low, factor * high] };
}

export interface Said {
  readonly number: string;
  /** Empty where there is none, as of one patient. */
  readonly interval: string;
}

export function saidEstimate(estimate: Estimate, endpoint: EndpointView, scale: Scale, speech: Speech): Said {
  const { language, t } = speech;
  const share = scale === 'difference' && isShare(endpoint);
  const { value, interval } = estimate;
  const shown = (x: number) => signedOf(scale === 'ratio' ? null : x, significant(x, language));
  const number =
    scale === 'ratio'
      ? `× ${shown(value)}`
      : share
        ? t('points', { n: shown(value) })
        : withTheUnit(shown(value), endpoint.unit);
  return {
    number,
    interval: interval.every(Number.isFinite)
      ? rangeText(shown(interval[0]), shown(interval[1]), speech)
      : '',
  };
}

/** Shares differ by points: `−5 %` of one could be taken for a ratio. */
const isShare = ({ type, unit }: EndpointView) => type === 'probability' || unit === '%';

/** `null`: without a sign. */
const signedOf = (value: number | null, shown: string) => (value === null ? shown : signed(value, shown));

const withTheUnit = (shown: string, unit: string) => (unit === '' ? shown : `${shown} ${prettyUnit(unit)}`);

const rangeText = (low: string, high: string, { t }: Speech) => t('fromTo', { low, high });

export interface Shares {
  readonly good: number;
  readonly bad: number;
  /** Whether anybody said which is which; else `good` is higher. */
  readonly judged: boolean;
}

/** For how many patients the arm is better (higher), and for how many worse (lower); null of nobody. */
export function sharesOf({ higher, lower, better }: Difference): Shares | null {
  if (higher.share === null || lower.share === null) return null;
  const [good, bad] = better === 'lower' ? [lower.share, higher.share] : [higher.share, lower.share];
  return { good, bad, judged: better !== undefined };
}

/** In how many patients, patient by patient; for a condition also one in how many, and on balance. */
export function patientWords(difference: Difference, endpoint: EndpointView, speech: Speech): string {
  const parts =
    endpoint.type === 'probability'
      ? conditionWords(difference, speech)
      : valueWords(difference, speech, endpoint);
  const { missing } = difference;
  if (missing !== undefined && missing > 0)
    parts.push(`${speech.t('missingPatients', { n: whole(missing, speech.language) })}.`);
  return parts.join(' ');
}

function valueWords(difference: Difference, speech: Speech, endpoint: EndpointView): string[] {
  const { language, t } = speech;
  const shares = sharesOf(difference);
  if (!shares || difference.patients < 2) return [];
  if (shares.good + shares.bad === 0) return [t('nobodyChanges')];
  const [a, b] = [percent(shares.good, language), percent(shares.bad, language)];
  const who = shares.judged
    ? t('perPatientGood', { benefit: a, harm: b })
    : t('perPatient', { higher: a, lower: b });
  const { '0.05': low, '0.95': high } = difference.quantiles;
  if (low === null || high === null) return [`${who}.`];
  const shown = (x: number) => signed(x, significant(x, language));
  const last = isShare(endpoint) ? t('points', { n: shown(high) }) : withTheUnit(shown(high), endpoint.unit);
  return [`${who}; ${t('spreadOfChange', { low: shown(low), high: last })}.`];
}

function conditionWords(difference: Difference, speech: Speech): string[] {
  const { t } = speech;
  const { arm, versus, higher, lower, better, individual, patients } = difference;
  if (patients < 2) return [];
  const [benefit, harm] = better === 'lower' ? [lower, higher] : [higher, lower];
  const who =
    better === undefined
      ? t('hasOnly', { arm, versus, more: oneIn(higher, speech), fewer: oneIn(lower, speech) })
      : t('gainsLoses', {
          arm,
          versus,
          benefit: oneIn(individual?.benefit ?? benefit, speech),
          harm: oneIn(individual?.harm ?? harm, speech),
        });
  return [capital(who), ...neededWords(difference, speech)];
}

const NEEDED = {
  benefit: 'nntBenefit',
  harm: 'nntHarm',
  more: 'nntMore',
  fewer: 'nntFewer',
} as const;

function neededWords({ nnt }: Difference, { language, t }: Speech): string[] {
  if (!nnt) return [];
  if (nnt.kind === 'unclear') return [t('nntUnclear')];
  const figure = (n: number) => significant(n, language, 2);
  const [low, high] = nnt.limits;
  const limits = t('fromTo', { low: figure(low), high: figure(high) });
  return [t(NEEDED[nnt.kind], { n: figure(nnt.number), limits })];
}

/** Above this share "1 in n" is too coarse: 1 in 3 would stand for 29 as for 40 in 100. */
const MANY = 0.2;

/** `1 in 7`, or `29 in 100` where the share is large. */
export function oneIn({ share, number }: Share & Partial<OneIn>, { language, t }: Speech): string {
  if (share === null) return significant(null, language);
  if (share === 0) return t('nobody');
  if (share > MANY) return t('inHundred', { n: whole(100 * share, language) });
  return t('oneIn', { n: whole(number ?? 1 / share, language) });
}

const capital = (text: string) => text.charAt(0).toUpperCase() + text.slice(1);

/** What resampling the patients says; empty where nobody asked. */
export function bootstrapWords(
  { bootstrap }: Difference,
  endpoint: EndpointView,
  { language, t }: Speech,
): string {
  if (!bootstrap) return '';
  const factor = endpoint.type === 'probability' ? 100 : 1;
  const shown = (x: number) => significant(factor * x, language);
  const range = ([low, high]: readonly [number, number]) =>
    t('fromTo', { low: shown(low), high: shown(high) });
  const plain = ([low, high]: readonly [number, number]) =>
    t('fromTo', { low: significant(low, language), high: significant(high, language) });
  const { mean, median, medians, ratioOfMedians, resamples } = bootstrap;
  const values = [
    t('bootstrapMean', { interval: range(mean) }),
    ...(median ? [t('bootstrapMedian', { interval: range(median) })] : []),
    ...(medians
      ? [t('bootstrapMedians', { value: shown(medians.difference), interval: range(medians.interval) })]
      : []),
    ...(ratioOfMedians
      ? [
          t('bootstrapRatio', {
            value: significant(ratioOfMedians.value, language),
            interval: plain(ratioOfMedians.interval),
          }),
        ]
      : []),
  ];
  return t('bootstrapLine', { n: whole(resamples, language), values: values.join('; ') });
}

/** "We are unsure", apart from "patients differ": an endpoint between and within studies, all arms in a sentence each. */
export function studiesSentence(
  { studies, patients, arms }: StudiesResult,
  endpoint: EndpointView,
  { language, t }: Speech,
): string {
  const share = endpoint.type === 'probability';
  const shown = (x: number) => (share ? percent(x, language) : withUnit(x, endpoint.unit, language));
  const own = arms.flatMap(({ name, endpoints }) => {
    const found = endpoints[endpoint.name];
    return found ? [{ name, ...found }] : [];
  });
  const ranges = own.flatMap(({ name, mean, median }) => {
    const { '0.05': low, '0.95': high } = median ?? mean;
    if (low === null || high === null || Number.isNaN(low + high)) return [];
    return [`${name} ${t('fromTo', { low: shown(low), high: shown(high) })}`];
  });
  const parts = own.flatMap(({ name, variance }) => {
    const between = variance?.betweenShare ?? Number.NaN;
    return Number.isFinite(between) ? [`${percent(between, language)} (${name})`] : [];
  });
  const without = own.flatMap(({ name, without = 0 }) =>
    without > 0
      ? [t('studiesWithoutOf', { n: whole(without, language), of: whole(studies, language), arm: name })]
      : [],
  );
  const n = whole(patients, language);
  const centre = t(share ? 'studiesShare' : 'studiesMedian');
  return [
    ...(ranges.length > 0 ? [t('studiesRange', { n, centre, values: ranges.join(', ') })] : []),
    ...(parts.length > 0 ? [t('studiesVariance', { values: parts.join(', ') })] : []),
    ...(without.length > 0 ? [t('studiesWithout', { values: without.join(', ') })] : []),
  ].join(' ');
}

/** `CRCL 30 .. 60 [mL/min]` under a heading of its own: `30 – 60 mL/min`; the model's categories stay its words. */
export function groupWords(
  { of, label }: Pick<SubgroupResult, 'of' | 'label'>,
  { language, t }: Speech,
): string {
  const own = label.startsWith(`${of} `) ? label.slice(of.length + 1) : label;
  if (own === 'yes' || own === 'no') return t(own);
  const marked = language === 'it' ? own.replace(/(\d)\.(\d)/g, '$1,$2') : own;
  const bare = marked.replace(/ ?\[([^\]]*)\]/, (_, unit: string) => ` ${prettyUnit(unit)}`);
  const [, below] = /^below (.+)$/.exec(bare) ?? [];
  if (below !== undefined) return t('groupBelow', { cut: below });
  const [, above] = /^(.+) and above$/.exec(bare) ?? [];
  if (above !== undefined) return t('groupFrom', { cut: above });
  return bare.replace(' .. ', ' – ');
}
