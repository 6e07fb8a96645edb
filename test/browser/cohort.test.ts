// Elements of the cohort, the check and the downloads in a real browser: what they ask for, and what they never ask twice.
import { afterEach, expect, it } from 'vitest';
import type { Check } from '../../src/app/checking.ts';
import { applyEdit, type Edit, openingStudy } from '../../src/app/edits.ts';
import '../../src/app/elements/check.ts';
import '../../src/app/elements/cohort.ts';
import '../../src/app/elements/downloads.ts';
import type { Download } from '../../src/app/downloading.ts';
import { makeUp, makeUpCheck, VANCOMYCIN } from './fake-engine.ts';

const study = openingStudy(VANCOMYCIN, { name: 'vancomycin' });
const { result } = makeUp(study, VANCOMYCIN, 10_000);

afterEach(() => {
  document.body.replaceChildren();
});

async function show<K extends keyof HTMLElementTagNameMap>(
  name: K,
  properties: Partial<HTMLElementTagNameMap[K]>,
) {
  const element = Object.assign(document.createElement(name), properties);
  document.body.append(element);
  await settled(element);
  return element;
}

async function settled(element: HTMLElement) {
  for (let round = 0; round < 3; round++) {
    if ('updateComplete' in element) await element.updateComplete;
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

/** All that match, through shadow roots. */
function all(element: Element, selector: string): HTMLElement[] {
  const root = element.shadowRoot ?? element;
  const below = [...root.querySelectorAll('*')].flatMap((one) => (one.shadowRoot ? all(one, selector) : []));
  return [...root.querySelectorAll<HTMLElement>(selector), ...below];
}
const textOf = (element: Element): string =>
  all(element, '*')
    .filter(({ tagName, children }) => tagName !== 'STYLE' && children.length === 0)
    .map(({ textContent }) => textContent)
    .join(' ');

it('bars tell of every step of a key and once more when it is let go; a press that moves nothing tells nothing', async () => {
  const bars = await show('gemello-shares', { names: ['low', 'high'], shares: [0.25, 0.75] });
  const heard: { shares: readonly number[]; phase: string }[] = [];
  bars.addEventListener('gemello-shares', ({ detail }) => heard.push(detail));
  const [bar] = all(bars, '[role=slider]');
  const key = (type: string, name: string) => bar?.dispatchEvent(new KeyboardEvent(type, { key: name }));
  key('keydown', 'ArrowUp');
  key('keydown', 'PageUp');
  key('keyup', 'PageUp');
  key('keydown', 'Tab');
  key('keyup', 'Tab');
  bar?.dispatchEvent(new PointerEvent('pointerup'));
  expect(heard.map(({ phase }) => phase)).toEqual(['drag', 'drag', 'settle']);
  expect(heard.at(-1)?.shares).toEqual([0.31, 0.69]);
  await settled(bars);
  expect(bar?.getAttribute('aria-valuenow')).toBe('31');
  expect(bar?.getAttribute('aria-label')).toBe('low');
});

it('a refusal of one target stands at that target, and opens the fold it is in', async () => {
  const weights = [
    { of: 'WT', mean: 70 },
    { of: 'CRCL', mean: 4000 },
  ];
  const weighted = applyEdit(study, { kind: 'weights', value: weights }, VANCOMYCIN);
  const refused = [{ field: 'cohort.weights[1]', message: 'no weights reach 4000' }];
  const cohort = await show('gemello-cohort', { study: weighted, model: VANCOMYCIN, refused });
  const targets = all(cohort, '.target');
  expect(targets.map((target) => target.textContent?.includes('no weights reach 4000'))).toEqual([
    false,
    true,
  ]);
  const fold = all(cohort, '#weights')[0];
  expect(fold instanceof HTMLDetailsElement && fold.open).toBe(true);
  // Put right, it stays open for whoever is at it.
  Object.assign(cohort, { refused: [] });
  await settled(cohort);
  expect(fold instanceof HTMLDetailsElement && fold.open).toBe(true);
});

it('a target is added from the list, changed in its box and removed', async () => {
  const cohort = await show('gemello-cohort', { study, model: VANCOMYCIN, result });
  const heard: Edit[] = [];
  const asked: unknown[] = [];
  cohort.addEventListener('gemello-edit', ({ detail }) => heard.push(detail.edit));
  cohort.addEventListener('gemello-spread', ({ detail }) => asked.push(detail));
  const [add] = all(cohort, 'select.add');
  if (!(add instanceof HTMLSelectElement)) throw new Error('no list of targets');
  add.value = 'share hit';
  add.dispatchEvent(new Event('change'));
  add.value = 'histogram WT';
  add.dispatchEvent(new Event('change'));
  expect(heard).toEqual([{ kind: 'weights', value: [{ of: 'hit', mean: 0.41 }] }]);
  expect(asked).toEqual([{ of: 'WT', target: true }]);
  Object.assign(cohort, {
    study: applyEdit(study, { kind: 'weights', value: [{ of: 'hit', mean: 0.41 }] }, VANCOMYCIN),
  });
  await settled(cohort);
  const [box] = all(cohort, '.target input');
  if (!(box instanceof HTMLInputElement)) throw new Error('no box');
  expect(box.value).toBe('41');
  box.value = '60';
  box.dispatchEvent(new Event('change'));
  expect(heard.at(-1)).toEqual({ kind: 'weights', value: [{ of: 'hit', mean: 0.6 }] });
  all(cohort, '.target button')[0]?.click();
  expect(heard.at(-1)).toEqual({ kind: 'weights', value: [] });
});

it('simulated studies are offered only by a model that is unsure of a parameter', async () => {
  const sure = await show('gemello-cohort', { study, model: VANCOMYCIN });
  expect(all(sure, '#studies')).toEqual([]);
  const unsure = await show('gemello-cohort', { study, model: { ...VANCOMYCIN, uncertain: ['Clearance'] } });
  expect(textOf(unsure)).toContain('Clearance');
  const heard: Edit[] = [];
  unsure.addEventListener('gemello-edit', ({ detail }) => heard.push(detail.edit));
  const [box] = all(unsure, '#studies input');
  if (!(box instanceof HTMLInputElement)) throw new Error('no box');
  for (const typed of ['2.5', '-1', '40']) {
    box.value = typed;
    box.dispatchEvent(new Event('change'));
  }
  expect(heard).toEqual([{ kind: 'studies', value: 40 }]);
});

it('a check that is live asks for itself once, and not again after it was stopped or failed', async () => {
  const nothing: Check = { choice: {}, shown: null, doing: { kind: 'nothing' } };
  const asked: unknown[] = [];
  document.body.addEventListener('gemello-check', ({ detail }) => asked.push(detail));
  const check = await show('gemello-check', { check: nothing, model: VANCOMYCIN, live: true });
  expect(asked).toEqual([{}]);
  for (const doing of [
    { kind: 'stopped' },
    { kind: 'failed', message: 'typical patients do not vary' },
  ] as const) {
    Object.assign(check, { check: { ...nothing, doing } });
    await settled(check);
  }
  expect(textOf(check)).toContain('typical patients do not vary');
  Object.assign(check, { check: { ...nothing, shown: { ...makeUpCheck(), fresh: true } } });
  await settled(check);
  expect(asked).toHaveLength(1);
  expect(textOf(check)).toContain('in 2 of 3 bins');
  expect(all(check, 'tbody tr')).toHaveLength(4);
});

it('downloads are open only while the numbers are up to date, and say what is being made', async () => {
  const menu = await show('gemello-downloads', { ready: false, chart: true });
  const heard: (Download | null)[] = [];
  menu.addEventListener('gemello-download', ({ detail }) => heard.push(detail));
  const buttons = () => all(menu, '.line button').filter((one) => one instanceof HTMLButtonElement);
  expect(buttons().map(({ disabled }) => disabled)).toEqual([
    true,
    true,
    true,
    true,
    true,
    true,
    false,
    false,
  ]);
  Object.assign(menu, { ready: true });
  await settled(menu);
  buttons()[1]?.click();
  buttons()[3]?.click();
  expect(heard).toEqual([
    { kind: 'summary', format: 'parquet' },
    { kind: 'patients', format: 'csv' },
  ]);
  Object.assign(menu, { exporting: { kind: 'running', finished: 50, of: 200 } });
  await settled(menu);
  expect(textOf(menu)).toContain('25 %');
  all(menu, '.progress button')[0]?.click();
  expect(heard.at(-1)).toBeNull();
});

it('a percentile takes a share between none and all, and says nothing of another', async () => {
  const weights = [{ of: 'WT', quantiles: { '0.9': 88 } }];
  const cohort = await show('gemello-cohort', {
    study: applyEdit(study, { kind: 'weights', value: weights }, VANCOMYCIN),
    model: VANCOMYCIN,
  });
  const heard: Edit[] = [];
  cohort.addEventListener('gemello-edit', ({ detail }) => heard.push(detail.edit));
  const [share] = all(cohort, '.target input');
  if (!(share instanceof HTMLInputElement)) throw new Error('no box');
  for (const typed of ['0', '100', 'half', '97,5']) {
    share.value = typed;
    share.dispatchEvent(new Event('change'));
  }
  expect(heard).toEqual([{ kind: 'weights', value: [{ of: 'WT', quantiles: { '0.975': 88 } }] }]);
});
