// The page's elements in a real browser: properties reach the screen, controls emit edits, strangers' words stay words.
import { afterEach, expect, it } from 'vitest';
import type { Edit } from '../../src/app/edits.ts';
import { openingStudy } from '../../src/app/edits.ts';
import '../../src/app/elements/controls.ts';
import '../../src/app/elements/editor.ts';
import '../../src/app/elements/gallery.ts';
import '../../src/app/elements/key-numbers.ts';
import '../../src/app/elements/numbers-table.ts';
import '../../src/app/elements/over-time.ts';
import type { Certificate } from '../../src/study/result.ts';
import { CARDS, makeUp, PROBLEM, VANCOMYCIN } from './fake-engine.ts';

const study = openingStudy(VANCOMYCIN, { name: 'vancomycin' });
const { result, curves } = makeUp(study, VANCOMYCIN, 10_000);
const HOSTILE = '<img src=x onerror="document.title=1"><script>document.title=1</script> {name}';

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

function inside<T extends Element>(element: Element, selector: string, type: new () => T): T {
  const found = element.shadowRoot?.querySelector(selector);
  if (!(found instanceof type)) throw new Error(`no ${selector} in ${element.tagName}`);
  return found;
}

/** All text in an element and in the shadow roots under it. */
function textOf(element: Element): string {
  const root = element.shadowRoot ?? element;
  const below = [...root.querySelectorAll('*')].filter(({ shadowRoot }) => shadowRoot).map(textOf);
  return [root.textContent ?? '', ...below].join(' ');
}

function editsOf(element: HTMLElement) {
  const heard: { edit: Edit; phase: string }[] = [];
  element.addEventListener('gemello-edit', ({ detail }) => heard.push(detail));
  return heard;
}

it('a number row shows a changed value in its box and on its slider', async () => {
  const row = await show('gemello-number', { label: 'Clearance', value: 4.5, range: { low: 1, high: 15 } });
  expect(inside(row, '#box', HTMLInputElement).value).toBe('4.5');
  const before = Number(inside(row, '[type=range]', HTMLInputElement).value);
  row.value = 12;
  await settled(row);
  expect(inside(row, '#box', HTMLInputElement).value).toBe('12');
  expect(Number(inside(row, '[type=range]', HTMLInputElement).value)).toBeGreaterThan(before);
});

it('a slider tells of every move, and once more when it is let go', async () => {
  const row = await show('gemello-number', { value: 4.5, range: { low: 1, high: 15 } });
  const heard: { value: number; phase: string }[] = [];
  row.addEventListener('gemello-number', ({ detail }) => heard.push(detail));
  const slider = inside(row, '[type=range]', HTMLInputElement);
  for (const position of ['100', '150']) {
    slider.value = position;
    slider.dispatchEvent(new Event('input'));
    await settled(row);
  }
  slider.dispatchEvent(new Event('change'));
  expect(heard.map(({ phase }) => phase)).toEqual(['drag', 'drag', 'settle']);
  expect(heard.map(({ value }) => value)).toEqual([8, 11.5, 11.5]);
});

it('a press on a slider that does not move it changes no digit of the value', async () => {
  const row = await show('gemello-number', { value: 4.51234, range: { low: 1, high: 15 } });
  const heard: number[] = [];
  row.addEventListener('gemello-number', ({ detail }) => heard.push(detail.value));
  inside(row, '[type=range]', HTMLInputElement).dispatchEvent(new Event('change'));
  expect(heard).toEqual([4.51234]);
});

it('a box refuses what is no number, and says so to assistive technology', async () => {
  const row = await show('gemello-number', { value: 4.5, range: { low: 1, high: 15 } });
  const heard: number[] = [];
  row.addEventListener('gemello-number', ({ detail }) => heard.push(detail.value));
  const box = inside(row, '#box', HTMLInputElement);
  box.value = 'four';
  box.dispatchEvent(new Event('change'));
  await settled(row);
  expect(heard).toEqual([]);
  expect(box.getAttribute('aria-invalid')).toBe('true');
});

it('a double click on a slider asks for the model’s own value', async () => {
  const row = await show('gemello-number', { value: 6, standard: 4.5, range: { low: 1, high: 15 } });
  let resets = 0;
  row.addEventListener('gemello-reset', () => resets++);
  inside(row, '[type=range]', HTMLInputElement).dispatchEvent(new MouseEvent('dblclick'));
  expect(resets).toBe(1);
});

it('controls turn a row’s numbers into edits of the study', async () => {
  const controls = await show('gemello-controls', { study, model: VANCOMYCIN });
  const heard = editsOf(controls);
  const rows = [...(controls.shadowRoot?.querySelectorAll('gemello-number') ?? [])];
  const clearance = rows.find(({ label }) => label === 'Clearance at 120 mL/min');
  clearance?.dispatchEvent(new CustomEvent('gemello-number', { detail: { value: 6, phase: 'drag' } }));
  const weight = rows.find(({ label }) => label === 'Body weight');
  weight?.dispatchEvent(new CustomEvent('gemello-number', { detail: { value: 60, phase: 'settle' } }));
  expect(heard).toEqual([
    { edit: { kind: 'parameter', name: 'TVCL', value: 6 }, phase: 'drag' },
    { edit: { kind: 'covariate', name: 'WT', value: { median: 60 } }, phase: 'settle' },
  ]);
});

it('controls show a study’s changed number, and the message of a refused one', async () => {
  const changed = { ...study, set: { TVCL: 7 } };
  const refused = [{ field: 'set.TVCL', message: 'is too large' }];
  const controls = await show('gemello-controls', { study: changed, model: VANCOMYCIN, refused });
  const rows = [...(controls.shadowRoot?.querySelectorAll('gemello-number') ?? [])];
  expect(rows.find(({ label }) => label === 'Clearance at 120 mL/min')?.value).toBe(7);
  expect(textOf(controls)).toContain('is too large');
});

it('arms are added, renamed and given a therapy', async () => {
  const arms = await show('gemello-arms', { study, model: VANCOMYCIN });
  const heard = editsOf(arms);
  const name = inside(arms, '.head input', HTMLInputElement);
  name.value = 'usual';
  name.dispatchEvent(new Event('change'));
  const therapy = inside(arms, 'select.therapy', HTMLSelectElement);
  therapy.value = 'weighted';
  therapy.dispatchEvent(new Event('change'));
  therapy.value = '=own';
  therapy.dispatchEvent(new Event('change'));
  expect(heard.map(({ edit }) => edit)).toEqual([
    { kind: 'arm renamed', index: 0, name: 'usual' },
    { kind: 'arm therapy', index: 0, therapy: 'weighted' },
    { kind: 'arm therapy', index: 0, therapy: 'dose 1000 [mg] into central over 1 h every 12 h times 14' },
  ]);
});

it('words of a model, a link or an arm stay words wherever they are shown', async () => {
  document.title = 'before';
  const label = HOSTILE;
  const model = {
    ...VANCOMYCIN,
    parameters: VANCOMYCIN.parameters.map((parameter) => ({ ...parameter, label, source: label })),
    covariates: VANCOMYCIN.covariates.map((covariate) => ({ ...covariate, label })),
    outputs: VANCOMYCIN.outputs.map((output) => ({ ...output, label })),
    endpoints: VANCOMYCIN.endpoints.map((endpoint) => ({ ...endpoint, label })),
    therapies: VANCOMYCIN.therapies.map((therapy) => ({ ...therapy, label })),
  };
  const named = { ...study, arms: [{ name: HOSTILE, therapy: 'fixed' }] };
  const made = makeUp(named, model, 100);
  const shown = [
    await show('gemello-controls', {
      study: named,
      model,
      refused: [{ field: 'arms[0].therapy', message: HOSTILE }],
    }),
    await show('gemello-key-numbers', { result: made.result, model }),
    await show('gemello-over-time', { result: made.result, curves: made.curves, model }),
    await show('gemello-table', { result: made.result, model }),
    await show('gemello-editor', {
      text: HOSTILE,
      diagnostics: [{ ...PROBLEM, message: HOSTILE, line: 1, column: 1 }],
    }),
    await show('gemello-gallery', {
      cards: CARDS.map((card) => ({ ...card, title: HOSTILE, question: HOSTILE })),
    }),
  ];
  for (const element of shown) {
    expect(textOf(element), element.tagName).toContain('<img src=x');
    expect(deep(element, 'img, script'), element.tagName).toEqual([]);
  }
  expect(document.title).toBe('before');
});

function deep(element: Element, selector: string): Element[] {
  const root = element.shadowRoot ?? element;
  const below = [...root.querySelectorAll('*')]
    .filter(({ shadowRoot }) => shadowRoot)
    .flatMap((one) => deep(one, selector));
  return [...root.querySelectorAll(selector), ...below];
}

it('the fan chart paints, and its cross-hair reads values by keyboard', async () => {
  const chart = await show('gemello-over-time', { result, curves, model: VANCOMYCIN });
  chart.style.height = '400px';
  await settled(chart);
  const canvas = inside(inside(chart, 'gemello-chart', HTMLElement), 'canvas', HTMLCanvasElement);
  await expect.poll(() => painted(canvas)).toBeGreaterThan(1000);
  canvas.dispatchEvent(new KeyboardEvent('keydown', { key: 'Home' }));
  canvas.dispatchEvent(new KeyboardEvent('keydown', { key: 'ArrowRight' }));
  await settled(chart);
  expect(textOf(chart).replace(/\s+/g, ' ')).toContain('At 1 h · fixed 16 (14.7–16.');
});

/** Pixels that are not transparent. */
function painted(canvas: HTMLCanvasElement): number {
  const { width, height } = canvas;
  if (width === 0 || height === 0) return 0;
  const { data } = canvas.getContext('2d')?.getImageData(0, 0, width, height) ?? { data: [] };
  let count = 0;
  for (let at = 3; at < data.length; at += 4) if ((data[at] ?? 0) > 0) count++;
  return count;
}

it('failed patients are counted beside the numbers, never left out silently', async () => {
  const numbers = await show('gemello-key-numbers', { result, model: VANCOMYCIN });
  expect(textOf(numbers)).toContain('3 patient runs failed and are left out: 3 too many steps.');
  numbers.result = { ...result, failed: {} };
  await settled(numbers);
  expect(textOf(numbers)).toContain('All 10,000 patients finished in every arm.');
});

it('says how exact the numbers are in a line, and how that was measured in a popover', async () => {
  const [output] = VANCOMYCIN.outputs;
  const value = VANCOMYCIN.endpoints.find(({ type }) => type === 'value');
  const condition = VANCOMYCIN.endpoints.find(({ type }) => type === 'probability');
  const certificate: Certificate = {
    patients: 71,
    rtol: 1e-9,
    outputs: { [output?.name ?? '']: { max: 3.11e-5, p95: 2e-9 } },
    endpoints: {
      [value?.name ?? '']: { max: 1.26e-4, p95: 2e-5 },
      [condition?.name ?? '']: { flips: 2 },
    },
    rescued: 13,
    unrescued: 0,
  };
  const numbers = await show('gemello-key-numbers', { result, model: VANCOMYCIN });
  expect(textOf(numbers)).not.toContain('error measured');
  numbers.result = { ...result, certificate };
  await settled(numbers);
  const text = textOf(numbers).replace(/\s+/g, ' ');
  expect(text).toContain(
    'Largest error measured: 0.013 %. Yes or no, or with or without a value, came out differently 2 times.',
  );
  expect(text).toContain('13 of 20,000 patient runs were rescued');
  const accuracy = inside(numbers, 'gemello-accuracy', HTMLElement);
  const how = inside(accuracy, '#how', HTMLElement);
  expect(how.matches(':popover-open')).toBe(false);
  inside(accuracy, 'button', HTMLButtonElement).click();
  expect(how.matches(':popover-open')).toBe(true);
  const rows = [...how.querySelectorAll('tbody tr')].map((row) =>
    row.textContent?.replace(/\s+/g, ' ').trim(),
  );
  expect(rows).toEqual([
    `${output?.label}< 0.0001 %0.0031 %`,
    `${value?.label}0.002 %0.013 %`,
    `${condition?.label}different for 2`,
  ]);
  const { left, top, right, bottom } = how.getBoundingClientRect();
  expect(left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight).toBe(true);
});

it('a click on a problem selects its place in the text', async () => {
  const text = 'model x\nflow out : central -> at CLL';
  const span = { start: text.indexOf('CLL'), end: text.length };
  const editor = await show('gemello-editor', {
    text,
    diagnostics: [{ ...PROBLEM, span, line: 2, column: 26 }],
  });
  expect(textOf(editor)).toContain('did you mean CL?');
  inside(editor, '.problems button', HTMLButtonElement).click();
  const area = inside(editor, 'textarea', HTMLTextAreaElement);
  expect(text.slice(area.selectionStart, area.selectionEnd)).toBe('CLL');
});

it('the gallery finds models by their words and says when there are none', async () => {
  const gallery = await show('gemello-gallery', { cards: CARDS });
  const search = inside(gallery, '[type=search]', HTMLInputElement);
  const titles = () =>
    [...(gallery.shadowRoot?.querySelectorAll('h2') ?? [])].map(({ textContent }) => textContent);
  search.value = 'septic';
  search.dispatchEvent(new Event('input'));
  await settled(gallery);
  expect(titles()).toEqual(['Acute inflammation and its resolution']);
  search.value = 'zzz';
  search.dispatchEvent(new Event('input'));
  await settled(gallery);
  expect(textOf(gallery)).toContain('No model matches “zzz”.');
});

it('replays the doses given at a button that stays where it is, and says by arm what came of it', async () => {
  const numbers = await show('gemello-key-numbers', { result, model: VANCOMYCIN });
  const replay = inside(numbers, 'gemello-replay', HTMLElement);
  expect(replay.shadowRoot?.querySelector('button')).toBeNull();
  numbers.replay = { kind: 'offered', patients: 1000 };
  await settled(numbers);
  expect(textOf(replay)).toContain('For the first 1,000 patients.');
  const asked: string[] = [];
  numbers.addEventListener('gemello-do', ({ detail }) => asked.push(detail));
  const button = inside(replay, 'button', HTMLButtonElement);
  button.focus();
  button.click();
  numbers.replay = { kind: 'running', patients: 1000, finished: 250 };
  await settled(numbers);
  expect(inside(replay, 'progress', HTMLProgressElement).value).toBe(250);
  expect(replay.shadowRoot?.activeElement).toBe(button);
  button.click();
  expect(asked).toEqual(['audit', 'cancel audit']);
  const same = { patients: 1000, failed: 0, replayed: 1000, bitEqual: 1000, largestDifference: 0 };
  const off = { patients: 1000, failed: 3, replayed: 996, bitEqual: 990, largestDifference: 0.012 };
  const arms = [
    { name: 'titrated', ...same, located: false },
    { name: HOSTILE, ...off, located: true },
  ];
  numbers.replay = {
    kind: 'done',
    patients: 1000,
    audit: { patients: 1000, arms },
    reproduced: [true, false],
  };
  await settled(numbers);
  const lines = [...(replay.shadowRoot?.querySelectorAll('[role=status] li') ?? [])];
  expect(lines.map(({ textContent, className }) => [textContent?.trim(), className])).toEqual([
    ['titrated: 1,000 of 1,000 ledgers give the same course to the bit.', ''],
    [
      `${HOSTILE}: 990 of 997 ledgers give the same course to the bit. Largest difference: 1.2\u00a0%. 1 fail when replayed. 3 failed in the run itself and are left out. This is more than rounding.`,
      'bad',
    ],
  ]);
});
