// What end-to-end tests of the workbench share: when its numbers are there, what they say, what axe finds.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { expect, type Page } from '@playwright/test';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Of all patients, and of the study as it stands. */
export async function done(page: Page, patients = '10,000') {
  await expect(page.locator('.panel')).not.toHaveClass(/stale/);
  await expect(page.locator('footer')).toContainText(`${patients} patients`, { timeout: 45_000 });
}

/** Key numbers as text; what a reader would write down. */
export const numbers = (page: Page) => page.locator('gemello-key-numbers .numbers').innerText();

export async function fewer(page: Page, patients: string) {
  const box = page.locator('gemello-number').first().locator('#box');
  await box.fill(patients);
  await box.press('Enter');
  await done(page, Number(patients).toLocaleString('en'));
}

/** Opens a model from a file, as the gallery does, without its editor. */
export async function openModel(page: Page, text: string) {
  await page.goto('/?lang=en&backend=webassembly');
  await page
    .locator('input[type=file]')
    .first()
    .setInputFiles({ name: 'mine.model', mimeType: 'text/plain', buffer: Buffer.from(text) });
  await done(page);
  await page.getByRole('button', { name: 'Close' }).first().click();
}

/** Lets go of a file over the page. */
export async function drop(page: Page, name: string, text: string) {
  const data = await page.evaluateHandle(
    ([file = '', content = '']) => {
      const transfer = new DataTransfer();
      transfer.items.add(new File([content], file, { type: 'text/csv' }));
      return transfer;
    },
    [name, text],
  );
  await page.dispatchEvent('body', 'drop', { dataTransfer: data });
}

/** Violations, each with the elements that have it. */
export async function axe(page: Page): Promise<readonly string[]> {
  await page.evaluate(AXE);
  return page.evaluate(async () => {
    const { axe: check } = window as unknown as {
      axe: { run(): Promise<{ violations: { id: string; nodes: { html: string }[] }[] }> };
    };
    const { violations } = await check.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join('\n')}`);
  });
}
