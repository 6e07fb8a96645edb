// Whom one simulates, whether the model fits the measurements, and what one takes home, on the page's real engine.
import { readFileSync } from 'node:fs';
import { type Download, expect, type Page, test } from '@playwright/test';
import { axe, done, drop, fewer, numbers } from './workbench.ts';

async function openVancomycin(page: Page, patients: string) {
  await page.goto('/?lang=en&backend=webassembly#/m/vancomycin');
  await done(page);
  await fewer(page, patients);
}

const group = (page: Page, name: string) => page.locator('gemello-cohort details', { hasText: name }).first();

async function saved(page: Page, name: string): Promise<{ name: string; bytes: Buffer }> {
  const menu = page.locator('gemello-downloads #files');
  if (!(await menu.isVisible())) await page.getByRole('button', { name: 'Download', exact: true }).click();
  const waiting = page.waitForEvent('download');
  await menu.getByRole('button', { name }).click();
  const download: Download = await waiting;
  return { name: download.suggestedFilename(), bytes: readFileSync(await download.path()) };
}

test('a filter says what is wrong with it, then whom it leaves; it is undone, and travels in the link', async ({
  page,
  browser,
}) => {
  await openVancomycin(page, '500');
  const before = await numbers(page);
  const filter = group(page, 'Who takes part');
  await filter.locator('summary').click();
  const box = filter.getByRole('textbox', { name: 'Who takes part' });
  await box.fill('CRCL < 60 [kg] and not DIA');
  const problems = filter.locator('.problems button');
  await expect(problems.filter({ hasText: 'DIAL' })).toBeVisible();
  await expect(problems.first().locator('pre')).toContainText('^');
  expect(await numbers(page)).toBe(before);
  await box.fill('CRCL < 60 [mL/min] and not DIAL');
  await expect(problems).toHaveCount(0);
  await expect(filter.locator('.funnel')).toHaveText(
    /^1,\d{3} drawn → \d{3} CRCL < 60 \[mL\/min\] → 500 not DIAL$/,
  );
  await expect.poll(() => numbers(page)).not.toBe(before);
  await done(page, '500');
  const filtered = await numbers(page);
  expect(await axe(page)).toEqual([]);
  await page.setViewportSize({ width: 390, height: 844 });
  expect(await axe(page)).toEqual([]);
  await page.setViewportSize({ width: 1280, height: 720 });
  await expect(async () => {
    const elsewhere = await browser.newPage();
    await elsewhere.goto(page.url());
    await done(elsewhere, '500');
    await expect(elsewhere.locator('gemello-cohort .now').first()).toHaveText(
      'CRCL < 60 [mL/min] and not DIAL',
    );
    expect(await numbers(elsewhere)).toBe(filtered);
    await elsewhere.close();
  }).toPass();
  // Nearly nobody: refused by the engine, said where it is.
  await box.fill('WT > 254 [kg] and CRCL > 149 [mL/min]');
  await expect(filter.locator('.refusal')).toContainText('at least 1 in 10,000 must remain', {
    timeout: 20_000,
  });
  for (let n = 0; n < 2; n++) await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => numbers(page)).toBe(before);
});

test('bars of a target are moved by keys and by a pointer, weights follow, an impossible target is refused', async ({
  page,
}) => {
  await openVancomycin(page, '1000');
  const before = await numbers(page);
  const weights = group(page, 'What the cohort should look like');
  await weights.locator('summary').click();
  const add = weights.getByRole('combobox', { name: 'Add a target' });
  await add.selectOption('histogram WT');
  const bars = weights.getByRole('slider');
  await expect(bars.nth(4)).toBeVisible();
  // The target starts from the cohort itself: everybody weighs the same.
  await expect(weights.locator('.worth')).toContainText('The 1,000 patients are worth 1,000');
  const heavy = bars.nth((await bars.count()) - 2);
  await heavy.focus();
  for (let n = 0; n < 5; n++) await heavy.press('PageUp');
  await expect(weights.locator('.worth')).toContainText(/The 1,000 patients are worth [1-9]\d\d \(/);
  await expect.poll(() => numbers(page)).not.toBe(before);
  const high = await heavy.getAttribute('aria-valuenow');
  const place = await heavy.boundingBox();
  if (!place) throw new Error('the bar is on screen');
  const across = place.x + place.width / 2;
  await page.mouse.move(across, place.y + 20);
  await page.mouse.down();
  await page.mouse.move(across, place.y + place.height - 12, { steps: 5 });
  await page.mouse.up();
  expect(Number(await heavy.getAttribute('aria-valuenow'))).toBeLessThan(Number(high));
  await done(page, '1,000');
  expect(await axe(page)).toEqual([]);
  await add.selectOption('mean CRCL');
  const target = weights.getByRole('group', { name: 'Creatinine clearance: mean' });
  await target.getByRole('textbox').fill('4000');
  await target.getByRole('textbox').press('Enter');
  await expect(target.locator('.refusal')).toBeVisible();
  await target.getByRole('button', { name: 'Remove' }).click();
  await weights.getByRole('button', { name: 'Remove' }).click();
  await expect.poll(() => numbers(page)).toBe(before);
});

test('numbers, every patient and the picture in view are taken home as files', async ({ page }) => {
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  await openVancomycin(page, '200');
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  expect(await axe(page)).toEqual([]);
  const summary = await saved(page, 'Numbers of this study, CSV');
  expect(summary.name).toBe('vancomycin-summary.csv');
  expect(summary.bytes.toString()).toMatch(/^scope,.*\r?\ncohort,/);
  const result = await saved(page, 'Numbers of this study, JSON');
  expect(JSON.parse(result.bytes.toString())).toMatchObject({ patients: 200, arms: [{ name: 'fixed' }, {}] });
  const patients = await saved(page, 'Every patient’s outcomes, CSV');
  expect(patients.name).toBe('vancomycin-patients.csv');
  // A row a patient and arm, and a heading.
  expect(patients.bytes.toString().trim().split('\n')).toHaveLength(401);
  const table = await saved(page, 'Every patient’s outcomes, Parquet');
  expect(table.bytes.subarray(0, 4).toString()).toBe('PAR1');
  const picture = await saved(page, 'Picture of this view, PNG');
  expect(picture.name).toBe('vancomycin-over-time.png');
  expect(picture.bytes.readUInt32BE(16)).toBeGreaterThan(900);
  // Forests are a picture too; where nothing is drawn there is none.
  await page.getByRole('tab', { name: 'Compare' }).click();
  await expect(page.locator('gemello-forest').first()).toBeVisible();
  const forests = await saved(page, 'Picture of this view, PNG');
  expect(forests.name).toBe('vancomycin-compare.png');
  expect(forests.bytes.readUInt32BE(20)).toBeGreaterThan(1000);
  await page.getByRole('button', { name: 'Subgroups' }).click();
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Picture of this view, PNG' })).toBeDisabled();
  expect(problems).toEqual([]);
});

test('a file that is nothing of ours is said to be so, and the open study stays as it is', async ({
  page,
}) => {
  await openVancomycin(page, '200');
  const before = await numbers(page);
  await drop(page, 'photo.png', '\u0089PNG\u0000\u0001');
  const said = page.getByRole('alert').filter({ hasText: 'photo.png' });
  await expect(said).toContainText('neither a study, nor a model, nor a table of patients');
  await said.getByRole('button', { name: 'Close' }).click();
  await expect(said).toHaveCount(0);
  expect(await numbers(page)).toBe(before);
  await page.getByRole('button', { name: 'Undo' }).click();
  await done(page);
});
