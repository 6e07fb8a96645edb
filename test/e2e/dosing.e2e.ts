// Dosing in the page, on its real engine: therapies written as text, what a patient really got, files of doses.
import { expect, test } from '@playwright/test';
import { axe, done, drop, fewer, numbers, openModel } from './workbench.ts';

/** Doubles its dose at a visit where the level, which only doses move, is low. */
const TITRATED = `model titrated "A titrated level"
  time d
covariate WT "Weight" : kg ~ lognormal(median 70, cv 20 %)
parameter start "First size" = 4 [mg]
memory size "Size of a dose" : mg = start
compartment body : mg
flow out : body -> at 0.5 [1/d] * body
output level = body in mg
measure look of level error additive 0 [mg]
therapy guided "Doubled when low"
  dose size into body every 1 d
  rule double "Look" from 3.5 d every 4 d
    if look < 30 [mg] : set size = 2 * size
therapy fixed "4 mg a day"
  dose 4 [mg] into body every 1 d
endpoint last "Last level" = level at 14 d
show until 14 d every 0.5 d
`;

const DOSES = `ID,TIME,AMT,DV,EVID,WT,CRCL,DIAL
${[1, 2, 3]
  .flatMap((id) => [
    `${id},0,${900 + 100 * id},.,1,${60 + 10 * id},80,0`,
    `${id},2,.,${20 + id},0,${60 + 10 * id},80,0`,
    `${id},12,${900 + 100 * id},.,1,${60 + 10 * id},80,0`,
    `${id},23,.,${10 + id},0,${60 + 10 * id},80,0`,
  ])
  .join('\n')}
`;
const csv = (text: string) => ({ name: 'doses.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });

test('a therapy is written as text: an error is shown where it is, its correction changes the numbers, Escape restores', async ({
  page,
  browser,
}) => {
  await page.goto('/?lang=en&backend=webassembly#/m/vancomycin');
  await done(page);
  await fewer(page, '500');
  const before = await numbers(page);
  await page.getByRole('button', { name: 'Edit as text: fixed' }).click();
  const text = page.getByRole('textbox', { name: 'Therapy of fixed, as text' });
  await expect(text).toBeFocused();
  const source = await text.inputValue();
  expect(source).toMatch(/^dose 1000 \[mg\] into central/);
  // The copy is the model's therapy.
  await done(page, '500');
  expect(await numbers(page)).toBe(before);

  await text.fill(`${source}\nset TVCL = 1 [L/h] at 20 h\nhold for 24 h at 120 g`);
  const problem = page.locator('gemello-arms .problems button');
  await expect(problem.first()).toContainText('3:18');
  await expect(problem.first().locator('pre')).toContainText(/hold for 24 h at 120 g\s+\^/);
  await expect(page.getByText('The numbers are those of the text before.')).toBeVisible();
  expect(await numbers(page)).toBe(before);

  await text.fill(`${source}\nset TVCL = 1 [L/h] at 20 h\nhold for 24 h at 120 h`);
  await expect(problem).toHaveCount(0);
  await expect.poll(() => numbers(page)).not.toBe(before);
  await done(page, '500');
  const changed = await numbers(page);
  const timeline = page.locator('gemello-timeline').first();
  await expect(timeline.locator('text', { hasText: 'hold for 24 h' })).toBeVisible();
  await expect(timeline.locator('li', { hasText: 'set TVCL = 1 [L/h] at 20 h' })).toHaveCount(1);

  // The link carries the text, and whoever opens it gets the numbers.
  await expect(page).toHaveURL(/#\/s\/1\./);
  await expect(async () => {
    const elsewhere = await browser.newPage();
    await elsewhere.goto(page.url());
    await done(elsewhere, '500');
    await expect(elsewhere.getByRole('textbox', { name: 'Therapy of fixed, as text' })).toHaveValue(
      /hold for 24 h/,
    );
    expect(await numbers(elsewhere)).toBe(changed);
    await elsewhere.close();
  }).toPass();

  await text.press('Escape');
  await expect(text).toHaveValue(source);
  await expect.poll(() => numbers(page)).toBe(before);
});

test('a patient of a titrated therapy is followed with what was given, read and decided', async ({
  page,
}) => {
  await openModel(page, TITRATED);
  await fewer(page, '200');
  const timeline = page.locator('gemello-timeline').first();
  await expect(timeline.locator('text', { hasText: 'Look' })).toBeVisible();
  await expect(timeline.locator('title', { hasText: 'unless decided otherwise' }).first()).toBeAttached();
  await page.getByRole('textbox', { name: 'Patient no.' }).fill('3');
  await page.keyboard.press('Enter');
  const ledger = page.locator('gemello-ledger');
  await expect(ledger.locator('summary')).toContainText('guided: 14 doses, 3 decisions; fixed: 14 doses');
  await expect(ledger.locator('tr', { hasText: '3.5 d' })).toContainText(
    'set size = 2 * size → Size of a dose = 8 mg',
  );
  await expect(ledger.locator('tr', { hasText: '0 to 3 d, every 1 d' })).toContainText('4 × 4 mg');
  await expect(ledger.locator('tr', { hasText: '4 to 7 d, every 1 d' })).toContainText('4 × 8 mg');
  await expect(ledger.locator('tr', { hasText: '14 × 4 mg' })).toContainText('0 to 13 d');
  await expect(timeline.locator('title', { hasText: 'unless decided otherwise' })).toHaveCount(0);
  await expect(timeline.locator('title', { hasText: '8 mg into body, at 4 d' })).toBeAttached();
  expect(await axe(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(page.locator('canvas').first()).toBeInViewport({ ratio: 0.9 });
  expect(await axe(page)).toEqual([]);
});

test('the doses given are replayed where something was decided, from the keyboard, and the answer goes with the numbers', async ({
  page,
}) => {
  await page.goto('/?lang=en&backend=webassembly#/m/vancomycin');
  await done(page);
  const replay = page.getByRole('button', { name: 'Replay the doses given' });
  await expect(replay).toHaveCount(0);
  await openModel(page, TITRATED);
  await fewer(page, '400');
  const status = page.locator('gemello-replay [role=status]');
  await expect(replay).toHaveAccessibleDescription(/must give the same course/);
  await replay.focus();
  await page.keyboard.press('Enter');
  await expect(status).toHaveText('guided: 400 of 400 ledgers give the same course to the bit.', {
    timeout: 45_000,
  });
  await expect(replay).toBeFocused();
  expect(await axe(page)).toEqual([]);
  // Other numbers on screen: what was said of those before is taken back.
  await fewer(page, '3000');
  await expect(status).toHaveText('');
  await expect(page.getByText('For the first 1,000 patients.')).toBeVisible();
});

test('a file of doses is offered, used, shown subject by subject, and asked for by its link', async ({
  page,
  browser,
}) => {
  await page.goto('/?lang=en&backend=webassembly#/m/vancomycin');
  await done(page);
  // Dropped, as from a folder.
  await drop(page, 'doses.csv', DOSES);
  const offer = page.locator('gemello-dose-offer');
  await expect(offer).toContainText('3 subjects, 6 doses, 6 observations.');
  await expect(offer).toContainText('13 lines, 0 of them without effect.');
  expect(await axe(page)).toEqual([]);
  await offer.getByRole('button', { name: 'Patients with their own doses and observations' }).click();
  await done(page, '3');
  await expect(page.getByText('3 subjects with their own doses and observations.')).toBeVisible();
  await expect(page.getByRole('combobox', { name: 'Therapy of data' })).toHaveValue('data');
  await page.getByRole('textbox', { name: 'Patient no.' }).fill('1');
  await page.keyboard.press('Enter');
  await expect(page.locator('#who')).toContainText('Body weight 80 kg');
  await expect(page.locator('#who')).toContainText('Subject 2 of the file.');
  await expect(page.locator('gemello-ledger tbody tr')).toHaveText([
    /0 to 12 h, every 12 h\s*2 × 1,100 mg\s*central/,
  ]);
  const saw = await numbers(page);
  await expect(page).toHaveURL(/#\/s\/1\./);
  const elsewhere = await browser.newPage();
  await expect(async () => {
    await elsewhere.goto('about:blank');
    await elsewhere.goto(page.url());
    await expect(elsewhere.getByText('from the file “doses.csv”, which is not here')).toBeVisible({
      timeout: 5000,
    });
  }).toPass();
  await elsewhere.locator('.note input[type=file]').setInputFiles(csv(DOSES));
  await done(elsewhere, '3');
  expect(await numbers(elsewhere)).toBe(saw);
  await elsewhere.close();
  await page.getByRole('button', { name: 'Undo' }).click();
  await done(page);
  await expect(page.getByRole('combobox', { name: 'Therapy of fixed' })).toHaveValue('fixed');
});

test('a file of doses with a wrong cell is refused by its line, one with an open question asks, neither is used', async ({
  page,
}) => {
  await page.goto('/?lang=en&backend=webassembly#/m/vancomycin');
  await done(page);
  const before = await numbers(page);
  const file = page.locator('gemello-patients-file input[type=file]').last();
  const offer = page.locator('gemello-dose-offer');
  const use = offer.getByRole('button', { name: 'Patients with their own doses and observations' });
  await file.setInputFiles(csv(DOSES.replace('2,12,1100', '2,12,much')));
  await expect(offer.locator('[role=alert] li')).toHaveText([/^line 8, AMT: .*much/]);
  await expect(use).toBeDisabled();
  await file.setInputFiles(csv(DOSES.replaceAll(',', ';').replace(';21;', ';21,500;')));
  await expect(offer.locator('legend').first()).toBeVisible();
  await expect(use).toBeDisabled();
  await offer.locator('fieldset label').first().click();
  await expect(use).toBeEnabled();
  await offer.getByRole('button', { name: 'Do not open' }).click();
  await expect(offer).toHaveCount(0);
  expect(await numbers(page)).toBe(before);
});
