// Patients from a file and a patient to follow, in a real browser: the whole page on the made-up engine.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { App } from '../../src/app/app.ts';
import { FakeEngine, fakeConnection } from './fake-engine.ts';

const TABLE = 'WT,CRCL,DIAL\n70,60,no\n80,90,yes\n';
let engine: FakeEngine;
let app: App;

beforeEach(async () => {
  location.hash = '#/m/vancomycin';
  await open();
});
afterEach(() => {
  app.remove();
  location.hash = '';
});

async function open() {
  engine = new FakeEngine();
  app = new App();
  app.connect = () => fakeConnection(engine);
  document.body.append(app);
  await expect.poll(() => all('footer')[0]?.textContent).toContain('10,000 patients');
}

/** Every element of the page that matches, through shadow roots. */
function all(selector: string, under: Element | ShadowRoot | null = app.shadowRoot): Element[] {
  if (!under) return [];
  const below = [...under.querySelectorAll('*')].flatMap(({ shadowRoot }) => all(selector, shadowRoot));
  return [...under.querySelectorAll(selector), ...below];
}

function one<T extends Element>(selector: string, type: new () => T): T {
  const [found] = all(selector);
  if (!(found instanceof type)) throw new Error(`no ${selector} on the page`);
  return found;
}

/** Words of the page, but not its styles. */
const words = () =>
  all('*')
    .filter(({ tagName, children }) => tagName !== 'STYLE' && children.length === 0)
    .map(({ textContent }) => textContent)
    .join(' ')
    .replace(/\s+/g, ' ');
const wordsOf = (selector: string) => (all(selector)[0]?.textContent ?? '').replace(/\s+/g, ' ').trim();

function transfer(...files: File[]): DataTransfer {
  const held = new DataTransfer();
  for (const file of files) held.items.add(file);
  return held;
}
const csv = (text = TABLE, name = 'ward.csv') => new File([text], name, { type: 'text/csv' });

function choose(file: File, button = 'gemello-patients-file'): void {
  const host = one(button, HTMLElement);
  const input = (host.shadowRoot ?? host).querySelector('input');
  if (!input) throw new Error('the button opens files');
  input.files = transfer(file).files;
  input.dispatchEvent(new Event('change'));
}

function drop(...files: File[]): void {
  for (const type of ['dragover', 'drop'])
    document.body.dispatchEvent(
      new DragEvent(type, { dataTransfer: transfer(...files), bubbles: true, cancelable: true }),
    );
}

function type(text: string): void {
  const box = one('#patient', HTMLInputElement);
  box.value = text;
  box.dispatchEvent(new Event('change'));
}

it('takes patients from a chosen file, names it with its rows, and greys what it replaces', async () => {
  choose(csv());
  await expect.poll(words).toContain('2 rows, taken in turn for 10,000 patients.');
  expect(words()).toContain('ward.csv');
  expect(engine.calls.at(-1)).toMatchObject({ study: { cohort: { table: 'ward.csv' } }, table: TABLE });
  const weight = all('gemello-number').find((row) => 'label' in row && row.label === 'Body weight');
  expect(weight).toMatchObject({ disabled: true, value: 78 });
  expect(words()).toContain('median, 41.2 to 112 kg');
  expect(words()).toContain('25.0 % yes');
  const chosen = all('.how select').map(
    (select) => (select as HTMLSelectElement).selectedOptions[0]?.textContent,
  );
  expect(chosen).toEqual(['from the file', 'from the file', 'from the file']);
});

it('gives the model’s own patients back with the remove button', async () => {
  choose(csv());
  await expect.poll(words).toContain('2 rows');
  one('gemello-patients-file', HTMLElement).shadowRoot?.querySelector('button')?.click();
  await expect.poll(words).not.toContain('ward.csv');
  expect(engine.calls.at(-1)?.study.cohort).not.toHaveProperty('table');
  await expect.poll(() => wordsOf('.file')).toBe('Patients from a file …');
});

it('fixes a covariate at the middle of its column, and so takes it away from the file', async () => {
  choose(csv());
  await expect.poll(words).toContain('2 rows');
  const select = one('.how select', HTMLSelectElement);
  select.value = 'fixed';
  select.dispatchEvent(new Event('change'));
  await expect.poll(() => engine.calls.at(-1)?.study.cohort?.set).toEqual({ WT: 78 });
});

it('lists what is wrong with a table near its button and keeps the numbers from before, marked', async () => {
  choose(csv('WT;CRCL\n70;60\n'));
  await expect
    .poll(() => all('.problems li').map(({ textContent }) => textContent))
    .toEqual(['row 1 has semicolons ("WT;CRCL")', 'row 2 has semicolons ("70;60")']);
  expect(wordsOf('.state')).toBe('not up to date');
  expect(words()).toContain('The patients’ file cannot be used');
  expect(all('.numbers')).toHaveLength(1);
  choose(csv());
  await expect.poll(() => all('.problems li')).toEqual([]);
  await expect.poll(() => wordsOf('.state')).toBe('');
});

it('refuses a file that is too large beside the button, without leaving the study', async () => {
  const large = csv();
  Object.defineProperty(large, 'size', { value: 20_000_000 });
  // A file list would hand out a copy of its real size.
  one('gemello-patients-file', HTMLElement).dispatchEvent(
    new CustomEvent('gemello-open-file', {
      detail: { file: large, as: 'table' },
      bubbles: true,
      composed: true,
    }),
  );
  await expect.poll(() => wordsOf('.problems')).toContain('larger than 16000 kB');
  expect(all('gemello-workbench')).toHaveLength(1);
});

it('opens a .csv that is dropped anywhere, and says so while it is held', async () => {
  document.body.dispatchEvent(
    new DragEvent('dragover', { dataTransfer: transfer(csv()), bubbles: true, cancelable: true }),
  );
  await expect.poll(words).toContain('Let go to open');
  drop(csv());
  await expect.poll(words).toContain('2 rows');
  expect(words()).not.toContain('Let go to open');
});

it('says what to do with a study whose table is not here, and computes once the file is dropped too', async () => {
  const study = { gemello: 1, model: { name: 'vancomycin' }, cohort: { table: 'ward.csv' } };
  drop(new File([JSON.stringify(study)], 'study.json'));
  await expect.poll(words).toContain('from the file “ward.csv”, which is not here');
  expect(all('.numbers')).toEqual([]);
  const calls = engine.calls.length;
  choose(csv(), '.note .file');
  await expect.poll(words).toContain('2 rows');
  expect(all('.numbers')).toHaveLength(1);
  expect(words()).not.toContain('which is not here');
  expect(engine.calls.slice(calls).every(({ table }) => table === TABLE)).toBe(true);
  drop(csv(`${TABLE}60,50,no\n`), new File([JSON.stringify(study)], 'study.json'));
  await expect.poll(words).toContain('3 rows');
});

it('says in the share dialog that the table does not travel', async () => {
  choose(csv());
  await expect.poll(words).toContain('2 rows');
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 's', bubbles: true }));
  await expect.poll(() => wordsOf('gemello-share')).toBe('');
  const dialog = one('gemello-share', HTMLElement);
  await expect.poll(() => dialog.shadowRoot?.querySelector('dialog')?.open).toBe(true);
  expect(dialog.shadowRoot?.textContent).toContain('“ward.csv”. It does not travel with the link');
});

it('a table dropped where no model is open asks for a model', async () => {
  location.hash = '';
  await expect.poll(() => all('gemello-gallery').length).toBe(1);
  drop(csv());
  await expect.poll(words).toContain('A table of patients needs a model');
});

it('follows the patient typed, in words, until Escape', async () => {
  const runs = engine.calls.length;
  type('17');
  await expect
    .poll(words)
    .toContain('Patient no. 17: Body weight 77 kg, Creatinine clearance 55.4 mL/min, On haemodialysis yes.');
  expect(wordsOf('figcaption')).toMatch(
    /Patient no\. 17 at 168 h: fixed [\d.]+ mg\/L, weighted [\d.]+ mg\/L\./,
  );
  expect(engine.calls).toHaveLength(runs);
  one('#patient', HTMLInputElement).dispatchEvent(
    new KeyboardEvent('keydown', { key: 'Escape', bubbles: true, composed: true }),
  );
  await expect.poll(words).not.toContain('Patient no. 17');
  expect(one('#patient', HTMLInputElement).value).toBe('');
});

it('lets go of a patient with its button, and with Escape when nothing has the focus', async () => {
  type('3');
  await expect.poll(words).toContain('Patient no. 3:');
  one('.patient button', HTMLButtonElement).click();
  await expect.poll(words).not.toContain('Patient no. 3:');
  type('4');
  await expect.poll(words).toContain('Patient no. 4:');
  document.body.dispatchEvent(new KeyboardEvent('keydown', { key: 'Escape', bubbles: true }));
  await expect.poll(words).not.toContain('Patient no. 4:');
});

it('refuses a number that is no patient’s, with the numbers there are', async () => {
  for (const text of ['10000', '1.5', 'x']) {
    type(text);
    await expect.poll(words).toContain('Patients go from 0 to 9,999.');
    expect(one('#patient', HTMLInputElement).getAttribute('aria-invalid')).toBe('true');
  }
  type('9999');
  await expect.poll(words).toContain('Patient no. 9,999:');
  expect(engine.asked.map(({ patients }) => patients)).toEqual([[9999]]);
});

it('up and down pick a thin line, Enter follows its patient', async () => {
  const canvas = one('canvas', HTMLCanvasElement);
  await expect.poll(() => canvas.width).toBeGreaterThan(100);
  const press = (key: string) =>
    canvas.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true, composed: true }));
  await expect
    .poll(() => {
      press('ArrowUp');
      return words();
    })
    .toContain('Enter follows');
  press('Enter');
  await expect.poll(() => engine.asked.length).toBe(1);
  const [patient] = engine.asked[0]?.patients ?? [];
  await expect.poll(words).toContain(`Patient no. ${patient}: Body weight`);
});

it('a click on a thin line follows its patient, and one on empty ground follows nobody', async () => {
  const canvas = one('canvas', HTMLCanvasElement);
  const click = (x: number, y: number) => {
    const { left, top } = canvas.getBoundingClientRect();
    const at = { clientX: left + x, clientY: top + y, bubbles: true, composed: true };
    canvas.dispatchEvent(new PointerEvent('pointermove', at));
    canvas.dispatchEvent(new PointerEvent('click', at));
  };
  await expect.poll(() => canvas.width).toBeGreaterThan(100);
  const { width, height } = canvas.getBoundingClientRect();
  // Beside the plot, where the arms' names are.
  click(width - 10, 10);
  expect(engine.asked).toEqual([]);
  // From the top down, the first thing met is the highest patient's line.
  await expect
    .poll(() => {
      for (let y = 5; y < height && engine.asked.length === 0; y += 4) click(width * 0.6, y);
      return engine.asked.length;
    })
    .toBe(1);
});
