// The page end to end, on its real engine: a question, a slider, a link that comes back, and what goes wrong on the way.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, type Page, test } from '@playwright/test';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** The workbench of a model, with its whole cohort computed. */
async function open(page: Page, address: string, patients = '') {
  await page.goto(address);
  await expect(page.locator('gemello-workbench')).toBeVisible();
  await done(page, patients);
}

async function done(page: Page, patients = '') {
  await expect(page.locator('.panel')).not.toHaveClass(/stale/);
  await expect(page.locator('footer')).toContainText(`${patients || '10,000'} patients`, { timeout: 45_000 });
}

/** Key numbers as text; what a reader would write down. */
const numbers = (page: Page) => page.locator('gemello-key-numbers .numbers').innerText();

async function fewer(page: Page, patients: string) {
  const box = page.locator('gemello-number').first().locator('#box');
  await box.fill(patients);
  await box.press('Enter');
  await done(page, Number(patients).toLocaleString('en'));
}

test('a model opens from the gallery, computes its cohort and answers a slider', async ({ page }) => {
  const problems: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(String(error)));
  await page.goto('/?lang=en');
  await page.getByRole('link', { name: /Vancomycin/ }).click();
  await done(page);
  const before = await numbers(page);
  const slider = page.getByRole('slider', { name: /Clearance at 120/ });
  await slider.focus();
  for (let n = 0; n < 10; n++) await slider.press('ArrowRight');
  await expect(page.locator('.edited')).toHaveText('edited');
  await expect.poll(() => numbers(page), { timeout: 45_000 }).not.toBe(before);
  await done(page);
  await expect(page).toHaveURL(/#\/s\/1\./);
  expect(problems).toEqual([]);
});

test('undo brings back the numbers, to the last digit', async ({ page }) => {
  await open(page, '/?lang=en#/m/vancomycin');
  await fewer(page, '500');
  const before = await numbers(page);
  const box = page.locator('gemello-number', { hasText: 'Clearance at 120' }).locator('#box');
  await box.fill('9');
  await box.press('Enter');
  await expect.poll(() => numbers(page)).not.toBe(before);
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect.poll(() => numbers(page)).toBe(before);
});

test('a shared link reproduces the same numbers elsewhere and says so', async ({ page, browser }) => {
  await open(page, '/?lang=en#/m/theophylline');
  await fewer(page, '1000');
  await page.getByRole('button', { name: 'Share link' }).click();
  const link = await page.getByRole('textbox', { name: 'Share link' }).inputValue();
  const saw = await numbers(page);
  const elsewhere = await browser.newPage();
  await elsewhere.goto(link.replace('#', '?lang=en#'));
  await expect(elsewhere.locator('.note[data-verdict]')).toHaveAttribute('data-verdict', 'reproduced', {
    timeout: 45_000,
  });
  expect(await numbers(elsewhere)).toBe(saw);
  await elsewhere.close();
});

test('a link with one flipped character opens to a message, never to numbers', async ({ page }) => {
  await open(page, '/?lang=en#/m/theophylline');
  await fewer(page, '500');
  await page.getByRole('tab', { name: 'Over time' }).click();
  await page.keyboard.press('s');
  const link = await page.getByRole('textbox', { name: 'Share link' }).inputValue();
  const at = link.indexOf('#/s/1.') + 30;
  const flipped = link.slice(0, at) + (link[at] === 'A' ? 'B' : 'A') + link.slice(at + 1);
  await page.goto('about:blank');
  await page.goto(flipped.replace('#', '?lang=en#'));
  await expect(page.getByRole('heading', { name: 'This link cannot be opened' })).toBeVisible();
  await expect(page.locator('gemello-workbench')).toHaveCount(0);
});

test('a model with errors keeps the last good numbers, marked, and names line and remedy', async ({
  page,
}) => {
  await open(page, '/?lang=en#/m/vancomycin');
  const before = await numbers(page);
  await page.locator('body').press('e');
  const text = page.getByRole('textbox', { name: 'Model text' });
  const source = await text.inputValue();
  await text.fill(source.replace('exp(eta_cl)', 'exp(eta_cll)'));
  const line = source.slice(0, source.indexOf('exp(eta_cl)')).split('\n').length;
  await expect(
    page
      .locator('.problems')
      .getByText(new RegExp(`^${line}:`))
      .first(),
  ).toBeVisible();
  await expect(page.locator('.problems')).toContainText('did you mean eta_cl');
  await expect(page.getByText('The numbers shown are from before.')).toBeVisible();
  await text.fill(source);
  await page.getByRole('button', { name: 'Close' }).first().click();
  // A preview of fewer patients may come first.
  await expect.poll(() => numbers(page), { timeout: 45_000 }).toBe(before);
});

test('a model file opens, and one with errors opens in the editor', async ({ page }) => {
  await page.goto('/?lang=en#/');
  const file = (buffer: string) => ({
    name: 'mine.model',
    mimeType: 'text/plain',
    buffer: Buffer.from(buffer),
  });
  await page
    .locator('input[type=file]')
    .setInputFiles(file('model mine "Mine"\n  time h\ncompartment a : mg\nd/dt(b) = 1\n'));
  await expect(page.locator('.problems')).toContainText('b');
  await page.goBack();
  await page.getByRole('button', { name: 'Blank model' }).click();
  await done(page);
  await expect(page.locator('h1')).toHaveText('My model');
});

test('the published numbers are verified on this device', async ({ page }) => {
  await open(page, '/?lang=en#/m/vancomycin');
  await page.getByRole('button', { name: 'Verify on this device' }).click();
  await expect(page.locator('.verified')).toHaveText(/^(\d+) of \1 reproduced on this device$/, {
    timeout: 45_000,
  });
});

test('dragging a slider keeps the page responsive: no task of the main thread takes over 50 ms', async ({
  page,
  browser,
}) => {
  await open(page, '/?lang=en#/m/vancomycin');
  const box = await page.getByRole('slider', { name: /Clearance at 120/ }).boundingBox();
  if (!box) throw new Error('the slider is on screen');
  const y = box.y + box.height / 2;
  await page.mouse.move(box.x + box.width * 0.3, y);
  await page.mouse.down();
  await browser.startTracing(page, { categories: ['toplevel', 'devtools.timeline', '__metadata'] });
  for (let n = 0; n <= 60; n++) {
    await page.mouse.move(box.x + box.width * (0.3 + n / 120), y);
    await page.waitForTimeout(30);
  }
  await page.mouse.up();
  await done(page);
  const { traceEvents }: { traceEvents: TraceEvent[] } = JSON.parse((await browser.stopTracing()).toString());
  const threads = new Set(
    traceEvents
      .filter(({ name, args }) => name === 'thread_name' && args?.name === 'CrRendererMain')
      .map(threadOf),
  );
  // The thread's own time, not the clock's: a machine with other work to do may stop it at any point.
  const tasks = traceEvents.filter((event) => event.name.endsWith('RunTask') && threads.has(threadOf(event)));
  expect(tasks.length).toBeGreaterThan(100);
  expect(tasks.map(({ tdur = 0 }) => tdur / 1000).filter((milliseconds) => milliseconds > 50)).toEqual([]);
});

interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  /** Processor time of the thread, microseconds. */
  readonly tdur?: number;
  readonly args?: { readonly name?: string };
}
const threadOf = ({ pid, tid }: TraceEvent) => `${pid}:${tid}`;

/** A ward as a spreadsheet saves it: 40 rows, heavy patients with failing kidneys. */
const WARD = `WT [kg],CRCL [mL/min],DIAL,BED\r\n${Array.from(
  { length: 40 },
  (_, row) => `${100 + row},${20 + row / 2},${row % 4 === 0 ? 'yes' : 'no'},${row}`,
).join('\r\n')}\r\n`;
const csv = (text: string) => ({ name: 'ward.csv', mimeType: 'text/csv', buffer: Buffer.from(text) });

test('patients from a file are simulated, followed one by one, and reproduced by whoever has the file', async ({
  page,
  browser,
}) => {
  await open(page, '/?lang=en#/m/vancomycin');
  await fewer(page, '400');
  const before = await numbers(page);
  const file = page.locator('gemello-patients-file input[type=file]');
  await file.setInputFiles(csv(WARD));
  await expect(page.getByText('40 rows, taken in turn for 400 patients.')).toBeVisible();
  await done(page, '400');
  const ward = await numbers(page);
  expect(ward).not.toBe(before);
  await expect(page.getByRole('slider', { name: 'Body weight' })).toBeDisabled();

  // Patient 41 has the table's second row again.
  await page.getByRole('textbox', { name: 'Patient no.' }).fill('41');
  await page.keyboard.press('Enter');
  await expect(page.locator('#who')).toHaveText(
    /^Patient no\. 41: Body weight 101 kg, Creatinine clearance 20\.5 mL\/min, On haemodialysis no\./,
  );
  await page.keyboard.press('Escape');
  await expect(page.locator('#who')).not.toContainText('41');

  await file.setInputFiles(csv(WARD.replaceAll(',', ';')));
  await expect(page.locator('.problems li')).toContainText(['save the file with commas between cells']);
  await expect(page.locator('.panel')).toHaveClass(/stale/);
  expect(await numbers(page)).toBe(ward);
  await file.setInputFiles(csv(WARD));
  await expect(page.locator('.problems li')).toHaveCount(0);
  await done(page, '400');

  await page.getByRole('button', { name: 'Share link' }).click();
  await expect(page.getByText('so this link carries none to compare with')).toBeHidden();
  await expect(page.getByText('It does not travel with the link')).toBeVisible();
  const link = await page.getByRole('textbox', { name: 'Share link' }).inputValue();
  const elsewhere = await browser.newPage();
  for (const [text, verdict] of [
    [WARD.replace('100,', '180,'), 'inputs changed'],
    [WARD, 'reproduced'],
  ] as const) {
    await elsewhere.goto('about:blank');
    await elsewhere.goto(link.replace('#', '?lang=en#'));
    await expect(elsewhere.getByText('from the file “ward.csv”, which is not here')).toBeVisible();
    await elsewhere.locator('.note input[type=file]').setInputFiles(csv(text));
    await expect(elsewhere.locator('.note[data-verdict]')).toHaveAttribute('data-verdict', verdict, {
      timeout: 45_000,
    });
  }
  expect(await numbers(elsewhere)).toBe(ward);
  await elsewhere.close();
});

/** One event a patient; no drug is needed for it. */
const EVENTS = `model events "Relapse"
  time d
parameter H0 "Hazard" = 0.02 [1/d] range 0.001 .. 0.1
covariate AGE "Age" : yr ~ normal(mean 60, sd 12) within 30 .. 90
compartment central : mg
flow out : central -> at 0.5 [1/d] * central
output amount "Amount" = central in mg
hazard relapse "Relapse" = H0 * exp(0.02 [1/yr] * (AGE - 60 [yr])) / (1 + central / 500 [mg])
therapy none "Nothing"
  dose 0 [mg] into central
therapy daily "500 mg a day"
  dose 500 [mg] into central every 1 d times 60
endpoint t_relapse "Days until relapse" = time of relapse in d
endpoint relapsed "Relapse within 60 days" = relapse by 60 d
show until 60 d every 1 d
`;

test('arms are compared as the reader says, undone, and carried by the link', async ({ page }) => {
  await open(page, '/?lang=en#/m/vancomycin');
  await fewer(page, '500');
  await page.getByRole('tab', { name: 'Compare' }).click();
  const target = page.locator('figure', { hasText: 'AUC 400-600' });
  await expect(target).toContainText('only with weighted');
  await target.getByRole('button', { name: 'having it', exact: true }).click();
  await expect(target).toContainText('Given weighted instead of fixed');
  await page.getByLabel('Compared with').selectOption('weighted');
  await expect(target).toContainText('Given fixed instead of weighted', { timeout: 45_000 });
  await expect(page.locator('gemello-key-numbers')).toContainText('difference of the medians to weighted');
  await page.getByRole('button', { name: 'Undo' }).click();
  await expect(target).toContainText('Given weighted instead of fixed', { timeout: 45_000 });
  await expect(page).toHaveURL(/#\/s\/1\./);
  await page.reload();
  await page.getByRole('tab', { name: 'Compare' }).click();
  await expect(target).toContainText('Given weighted instead of fixed', { timeout: 45_000 });
});

test('times of an event have curves, numbers at risk under the ticks, and words', async ({ page }) => {
  await page.goto('/?lang=en#/');
  const buffer = Buffer.from(EVENTS);
  await page
    .locator('input[type=file]')
    .setInputFiles({ name: 'events.model', mimeType: 'text/plain', buffer });
  await done(page);
  await page.getByRole('tab', { name: 'Compare' }).click();
  await page.getByRole('button', { name: 'Time to event' }).click();
  const survival = page.locator('gemello-survival');
  await expect(survival).toContainText('of 10,000 have it by 60 d');
  await expect(survival).toContainText('Hazard of daily against none: ratio 0.');
  await expect(survival.locator('.risk .line')).toHaveCount(2);
  await page.evaluate(AXE);
  expect(
    await page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(): Promise<{ violations: { id: string }[] }> } };
      return (await axe.run()).violations.map(({ id }) => id);
    }),
  ).toEqual([]);
});

for (const scheme of ['light', 'dark'] as const) {
  test(`axe finds nothing in ${scheme}, on any screen`, async ({ page }) => {
    await page.emulateMedia({ colorScheme: scheme, reducedMotion: 'reduce' });
    const check = async (screen: string) => {
      await page.evaluate(AXE);
      const found = await page.evaluate(async () => {
        const { axe } = window as unknown as {
          axe: {
            run(): Promise<{
              violations: { id: string; nodes: { html: string; failureSummary: string }[] }[];
            }>;
          };
        };
        const { violations } = await axe.run();
        return violations.map(
          ({ id, nodes }) =>
            `${id}: ${nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`).join('\n  ')}`,
        );
      });
      expect(found, screen).toEqual([]);
    };
    await page.goto('/?lang=en');
    await expect(page.getByRole('link', { name: /Vancomycin/ })).toBeVisible();
    await check('gallery');
    await page.goto('/?lang=en#/m/vancomycin');
    await done(page);
    await check('over time');
    const file = page.locator('gemello-patients-file input[type=file]');
    await file.setInputFiles(csv(WARD.replaceAll(',', ';')));
    await expect(page.locator('.problems')).toBeVisible();
    await check('a table refused');
    await file.setInputFiles(csv(WARD));
    await page.locator('#patient').fill('7');
    await page.locator('#patient').press('Enter');
    await expect(page.locator('#who')).toContainText('107 kg');
    await done(page);
    await check('patients from a file, one followed');
    await page.setViewportSize({ width: 390, height: 844 });
    await check('the same on a phone');
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.locator('h1').click();
    await page.keyboard.press('2');
    await check('outcomes');
    await page.keyboard.press('3');
    await expect(page.locator('gemello-forest').first()).toBeVisible();
    await check('compare');
    await page.getByRole('button', { name: 'Subgroups' }).click();
    await page.getByRole('checkbox', { name: 'Creatinine clearance' }).click();
    await expect(page.locator('gemello-forest').getByText('All patients')).toBeVisible({ timeout: 45_000 });
    await check('subgroups');
    await page.setViewportSize({ width: 390, height: 844 });
    await check('subgroups on a phone');
    await page.setViewportSize({ width: 1280, height: 720 });
    await page.locator('h1').click();
    await page.keyboard.press('4');
    await check('table');
    await page.keyboard.press('e');
    await check('editor');
    await page.keyboard.press('s');
    await expect(page.getByRole('dialog')).toBeVisible();
    await check('share');
  });
}

test('on a phone the chart stays on top while the controls scroll', async ({ page }) => {
  await page.setViewportSize({ width: 390, height: 844 });
  await open(page, '/?lang=en#/m/vancomycin');
  await page.locator('gemello-arms').scrollIntoViewIfNeeded();
  await expect(page.locator('canvas').first()).toBeInViewport({ ratio: 0.9 });
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect(wide).toBeLessThanOrEqual(390);
});

test('speaks Italian', async ({ page }) => {
  await page.goto('/?lang=it');
  await expect(page.getByRole('searchbox', { name: 'Cerca modelli' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'it');
});

test('keys work outside text boxes and stay letters inside them', async ({ page }) => {
  await open(page, '/?lang=en#/m/theophylline');
  await page.keyboard.press('2');
  await expect(page.getByRole('tab', { name: 'Outcomes' })).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press('l');
  await expect(page.getByRole('switch', { name: 'Live' })).toHaveAttribute('aria-checked', 'false');
  const name = page.getByRole('textbox', { name: 'Name of arm 1' });
  await name.fill('rles3');
  await expect(page.getByRole('switch', { name: 'Live' })).toHaveAttribute('aria-checked', 'false');
  await expect(page.getByRole('tab', { name: 'Outcomes' })).toHaveAttribute('aria-selected', 'true');
});
