// The comparison's elements in a real browser: rows and axes in line, edits that they emit, strangers' words as words.
import { afterEach, expect, it } from 'vitest';
import { armColour } from '../../src/app/charts/palette.ts';
import { type Edit, openingStudy } from '../../src/app/edits.ts';
import '../../src/app/elements/bars.ts';
import '../../src/app/elements/compare.ts';
import { figuresIn } from '../../src/app/elements/figures.ts';
import '../../src/app/elements/who.ts';
import type { Difference, Result, SurvivalArm } from '../../src/study/result.ts';
import { makeUp, VANCOMYCIN } from './fake-engine.ts';

const HOSTILE = '<img src=x onerror="document.title=1"> {name}';
const study = openingStudy(VANCOMYCIN, { name: 'vancomycin' });
const share = (x: number) => ({ share: x, interval: [x - 0.01, x + 0.01] as const });
const difference = (endpoint: string): Difference => ({
  arm: 'weighted',
  versus: 'fixed',
  endpoint,
  unit: '',
  patients: 10_000,
  mean: 0.2,
  interval: [0.1, 0.3],
  quantiles: { '0.05': -1, '0.25': 0, '0.5': 0, '0.75': 1, '0.95': 2 },
  higher: share(0.3),
  lower: share(0.1),
});
const differences = VANCOMYCIN.endpoints.map(({ name }) => difference(name));
const times = Array.from({ length: 129 }, (_, at) => at);
const curve = (name: string): SurvivalArm => ({
  name,
  patients: 10_000,
  events: 4000,
  censored: 0,
  median: { time: null, interval: [null, null] },
  restrictedMean: { to: 128, mean: 80, interval: [79, 81] },
  times,
  survival: times.map((time) => 1 - time / 300),
  lower: times.map((time) => 1 - time / 290),
  upper: times.map((time) => 1 - time / 310),
  atRisk: times.map((time) => 10_000 - 10 * time),
});
const result: Result = {
  ...makeUp(study, VANCOMYCIN, 10_000).result,
  differences,
  survival: [{ endpoint: 'trough', unit: 'h', arms: [curve('fixed'), curve('weighted')] }],
  subgroups: ['below 62', '62 and above'].map((part) => ({
    of: 'CRCL',
    label: `CRCL ${part}`,
    patients: 5000,
    arms: [],
    differences,
  })),
};

afterEach(() => {
  document.body.replaceChildren();
});

async function show(properties: Partial<HTMLElementTagNameMap['gemello-compare']>) {
  const element = Object.assign(document.createElement('gemello-compare'), {
    study,
    model: VANCOMYCIN,
    result,
    ...properties,
  });
  document.body.append(element);
  await frames(element);
  return element;
}

async function frames(element: HTMLElementTagNameMap['gemello-compare']) {
  for (let round = 0; round < 4; round++) {
    await element.updateComplete;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

/** Everything that a selector finds, through shadow roots. */
function all(element: Element, selector: string): Element[] {
  const root = element.shadowRoot ?? element;
  const below = [...root.querySelectorAll('*')].filter(({ shadowRoot }) => shadowRoot);
  return [...root.querySelectorAll(selector), ...below.flatMap((one) => all(one, selector))];
}

function press(element: Element, selector: string, words: string): void {
  const found = all(element, selector).find(({ textContent }) => textContent?.trim() === words);
  if (!(found instanceof HTMLElement)) throw new Error(`nothing says ${words}`);
  found.click();
}

const textOf = (element: Element): string =>
  all(element, ':not(style)')
    .map((one) =>
      [...one.childNodes].flatMap((n) => (n.nodeType === Node.TEXT_NODE ? [n.textContent] : [])).join(' '),
    )
    .join(' ')
    .replace(/\s+/g, ' ');

function editsOf(element: HTMLElement) {
  const heard: Edit[] = [];
  element.addEventListener('gemello-edit', ({ detail }) => heard.push(detail.edit));
  return heard;
}

it('an arm to compare with and a way that is good are edits of the study', async () => {
  const compare = await show({});
  const heard = editsOf(compare);
  const [versus] = all(compare, 'select');
  if (!(versus instanceof HTMLSelectElement)) throw new Error('no select');
  expect(versus.value).toBe('fixed');
  versus.value = 'weighted';
  versus.dispatchEvent(new Event('change'));
  press(compare, '.good button', 'lower');
  expect(heard).toEqual([
    { kind: 'versus', arm: 'weighted' },
    { kind: 'better', endpoint: 'auc24', value: 'lower' },
  ]);
  compare.study = { ...study, compare: { versus: 'weighted', better: { auc24: 'lower' } } };
  await frames(compare);
  expect(versus.value).toBe('weighted');
  expect(all(compare, '.good button[aria-pressed=true]')[0]?.textContent).toBe('lower');
});

it('a forest’s tick stands under its line, and a dot where its value is on the axis', async () => {
  const compare = await show({});
  const middle = (element: Element | undefined) => {
    const { left, width } = element?.getBoundingClientRect() ?? { left: Number.NaN, width: 0 };
    return left + width / 2;
  };
  const [forest] = all(compare, 'gemello-forest');
  if (!forest) throw new Error('no forest');
  const labels = all(forest, '.scale span');
  const at = (tick: string) => middle(labels.find(({ textContent }) => textContent === tick));
  const perUnit = (at('0.2') - at('0')) / 0.2;
  expect(perUnit).toBeGreaterThan(100);
  expect(middle(all(forest, 'circle')[0])).toBeCloseTo(at('0') + 0.2 * perUnit, 0);
  expect(all(forest, '[role=rowheader]').map(({ textContent }) => textContent?.trim())).toEqual(['weighted']);
});

it('numbers at risk stand under the ends of the time axis, and a table says them too', async () => {
  const compare = await show({});
  press(compare, '.choice button', 'Time to event');
  await frames(compare);
  const lines = all(compare, '.risk .line');
  // The test's window is as narrow as a phone: quarters, and no names.
  for (const line of lines) {
    const spans = [...line.querySelectorAll('span:not(.who)')];
    expect(spans.map(({ textContent }) => textContent)).toEqual([
      '10,000',
      '9,680',
      '9,360',
      '9,040',
      '8,720',
    ]);
    const centres = spans
      .map((span) => span.getBoundingClientRect())
      .map(({ left, width }) => left + width / 2);
    const gaps = centres.slice(1).map((x, at) => x - (centres[at] ?? Number.NaN));
    for (const gap of gaps) expect(gap).toBeCloseTo(gaps[0] ?? Number.NaN, 0);
    expect(gaps[0]).toBeGreaterThan(30);
  }
  expect(lines).toHaveLength(2);
  const rows = all(compare, 'gemello-survival, tbody tr').filter(({ tagName }) => tagName === 'TR');
  expect(rows.at(-1)?.textContent?.replace(/\s+/g, ' ')).toContain('57.3 % (55.9 %–58.7 %)8,720');
});

it('a hazard ratio that does not exist is said with its reason', async () => {
  const reason = 'fixed has no event while both are at risk, so the ratio is 0 or infinite';
  const withoutRatio = [{ arm: 'weighted', versus: 'fixed', reason }];
  const survival = result.survival?.map((one) => ({ ...one, withoutRatio })) ?? [];
  const compare = await show({ result: { ...result, survival } });
  press(compare, '.choice button', 'Time to event');
  await frames(compare);
  expect(textOf(compare)).toContain('There is no hazard ratio of weighted against fixed:');
  expect(textOf(compare)).toContain(reason);
});

it('cuts that are no numbers are said so and change nothing; good ones are an edit', async () => {
  const compare = await show({ study: { ...study, compare: { subgroups: [{ of: 'CRCL' }] } } });
  press(compare, '.choice button', 'Subgroups');
  await frames(compare);
  const heard = editsOf(compare);
  const cuts = all(compare, 'input[type=text]')[0];
  if (!(cuts instanceof HTMLInputElement)) throw new Error('no box for cuts');
  const type = async (text: string) => {
    cuts.value = text;
    cuts.dispatchEvent(new Event('change'));
    await frames(compare);
  };
  await type('30 to 60');
  expect(heard).toEqual([]);
  expect(cuts.getAttribute('aria-invalid')).toBe('true');
  await type('60, 30');
  expect(heard).toEqual([{ kind: 'subgroups', splits: [{ of: 'CRCL', cuts: [30, 60] }] }]);
  expect(textOf(compare)).toContain('2 comparisons here, 6 over all outcomes and arms');
});

it('old numbers are marked, and nothing moves', async () => {
  const compare = await show({});
  const places = () => all(compare, 'h2').map((title) => title.getBoundingClientRect().top);
  const before = places();
  compare.old = true;
  await frames(compare);
  expect(textOf(compare)).toContain('from before the change');
  expect(places()).toEqual(before);
});

it('words of a model or an arm stay words', async () => {
  document.title = 'before';
  const named = { ...study, arms: [{ name: 'fixed' }, { name: HOSTILE }] };
  const model = {
    ...VANCOMYCIN,
    endpoints: VANCOMYCIN.endpoints.map((endpoint) => ({ ...endpoint, label: HOSTILE })),
    covariates: VANCOMYCIN.covariates.map((covariate) => ({ ...covariate, label: HOSTILE })),
  };
  const arms = result.arms.map((arm, index) => ({ ...arm, name: index === 1 ? HOSTILE : arm.name }));
  const own = differences.map((one) => ({ ...one, arm: HOSTILE }));
  const compare = await show({ study: named, model, result: { ...result, arms, differences: own } });
  for (const part of ['Differences', 'Time to event', 'Subgroups']) {
    press(compare, '.choice button', part);
    await frames(compare);
    expect(textOf(compare), part).toContain('<img src=x');
    expect(all(compare, 'img'), part).toEqual([]);
  }
  expect(document.title).toBe('before');
});

/** Pixels of just this colour, by the column they stand in. */
function columnsOf(canvas: HTMLCanvasElement, colour: string, rows: readonly [number, number]): number[] {
  const ink = canvas.getContext('2d');
  if (!ink) throw new Error('no canvas');
  const { data, width } = ink.getImageData(0, rows[0], canvas.width, rows[1] - rows[0]);
  const wanted = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16));
  const found: number[] = [];
  for (let pixel = 0; pixel < data.length / 4; pixel++)
    if (wanted.every((channel, of) => data[4 * pixel + of] === channel)) found.push(pixel % width);
  return found;
}

it('a picture of the comparison has every forest, with its dot between zero and the end of its whisker', async () => {
  const compare = await show({});
  const figures = figuresIn(compare);
  expect(figures.map(({ title }) => title)).toEqual(
    differences.map(() => expect.stringMatching(/AUC|Trough/)),
  );
  const [first] = figures;
  if (!first) throw new Error('no figure');
  expect(first.caption).toMatch(/^weighted: Higher in 30\.0 %/);
  expect(first.canvas.width).toBe(2 * first.width);
  const columns = columnsOf(first.canvas, armColour(1, 'light'), [0, 52]);
  const dot = Math.max(...columns);
  // The swatch at the left, the dot and whisker right of the names, the numbers beyond them.
  expect(Math.min(...columns)).toBeLessThan(40);
  expect(dot).toBeGreaterThan(first.width);
  expect(dot).toBeLessThan(1.8 * first.width);
});

it('a picture of bars has them as long as their shares', async () => {
  const bars = document.createElement('gemello-bars');
  bars.bars = [
    { name: 'all', share: 1, said: '100 %' },
    { name: 'half', share: 0.5, said: '50 %' },
    { name: 'nobody', share: 0, said: '0 %' },
  ];
  document.body.append(bars);
  await bars.updateComplete;
  const canvas = bars.snapshot(2);
  if (!canvas) throw new Error('no picture');
  const length = (at: number) => {
    const columns = columnsOf(canvas, armColour(at, 'light'), [52 * at, 52 * at + 52]);
    return columns.length === 0 ? 0 : Math.max(...columns) - Math.min(...columns) + 1;
  };
  expect(length(1) / length(0)).toBeCloseTo(0.5, 2);
  expect(length(2)).toBe(0);
});
