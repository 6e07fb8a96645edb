// A file of measurements held against the model in the page: dropped, checked, read off, taken home.
import { readFileSync } from 'node:fs';
import { expect, test } from '@playwright/test';
import { axe, drop, openModel } from './workbench.ts';

const MODEL = `model decline "A drug that declines"
  time h
covariate WT "Weight" : kg ~ lognormal(median 70, cv 20 %)
parameter CL "Clearance" = 5 [L/h] range 1 .. 20
parameter V "Volume" = 35 [L]
random eta ~ normal(cv 25 %)
compartment central : mg
flow elimination : central -> at CL * exp(eta) / V * central
output conc "Concentration" = central / V in mg/L
measure level of conc error proportional 10 % lloq 0.5 [mg/L]
endpoint last = conc at 24 h
show until 24 h every 0.5 h
`;

/** What the model would see, with the middle 60 % of its random effects: inside the bands, though narrower than they. */
const DOSES = `ID,TIME,AMT,DV
${Array.from({ length: 12 }, (_, s) => {
  const eta = 0.25 * (-0.8 + (1.6 * s) / 11);
  const seen = [1, 3, 6, 10, 16, 23].map((time, n) => {
    const noise = 1 + 0.1 * Math.sin(7 * s + 3 * n);
    return `${s + 1},${time},.,${((500 / 35) * Math.exp((-5 / 35) * Math.exp(eta) * time) * noise).toPrecision(4)}`;
  });
  return [`${s + 1},0,500,.`, ...seen].join('\n');
}).join('\n')}
`;

test('measurements in a dropped file are held against the model: bands, words, numbers, a picture; a wrong clearance shows', async ({
  page,
}) => {
  await openModel(page, MODEL);
  await expect(page.getByRole('tab', { name: 'Check' })).toHaveCount(0);
  await drop(page, 'doses.csv', DOSES);
  await page.getByRole('button', { name: 'Patients with their own doses and observations' }).click();
  await expect(page.locator('footer')).toContainText('12 patients');
  await page.getByRole('tab', { name: 'Check' }).click();
  const check = page.locator('gemello-check');
  const sentence = check.locator('.sentence');
  await expect(sentence).toContainText(/inside the simulated interval in [56] of 6 bins/, {
    timeout: 30_000,
  });
  await expect(sentence).toContainText('The share below the limit of quantification in');
  await expect(check).toContainText('12 subjects, 72 measurements, 500 simulated studies.');
  expect(await axe(page)).toEqual([]);

  // Read off by keys, and as a table.
  await check.locator('canvas').first().focus();
  await page.keyboard.press('Home');
  await expect(check.locator('.reading').first()).toContainText(/^1 to 2 h, 12 measurements: 5 %: \d/);
  await check.getByText('Numbers, bin by bin').click();
  await expect(check.locator('tbody tr')).toHaveCount(6);

  await check.getByText('Settings of the check').click();
  await check.getByRole('combobox', { name: 'Bins of time' }).selectOption('4');
  await expect(check.locator('tbody tr')).toHaveCount(4);
  await check.getByRole('checkbox', { name: 'Prediction-corrected' }).check();
  await expect(check).toContainText('Both sides are corrected by the typical patient’s prediction.');
  await check.getByRole('checkbox', { name: 'Prediction-corrected' }).uncheck();

  const waiting = page.waitForEvent('download');
  await check.getByRole('button', { name: 'Picture (PNG)' }).click();
  const picture = await waiting;
  expect(picture.suggestedFilename()).toBe('decline-vpc.png');
  expect(readFileSync(await picture.path()).readUInt32BE(16)).toBeGreaterThan(600);

  // Live: another clearance is checked without being asked for.
  const clearance = page.locator('gemello-number', { hasText: 'Clearance' }).locator('#box');
  await clearance.fill('9');
  await clearance.press('Enter');
  await expect(sentence).toContainText(/inside the simulated interval in [01] of 4 bins/, {
    timeout: 30_000,
  });
  await page.setViewportSize({ width: 390, height: 844 });
  await expect(check.locator('canvas').first()).toBeVisible();
  expect(await axe(page)).toEqual([]);
});
