// The page as `npm start` serves it: it opens without an error, asks no other host, and its policy holds, in workers too.
import { expect, test } from '@playwright/test';

test('opens with no console error and no request to another host', async ({ page, baseURL }) => {
  const problems: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith('http') && !request.url().startsWith(baseURL ?? '-'))
      foreign.push(request.url());
  });
  const response = await page.goto('/');
  await page.waitForLoadState('networkidle');
  expect(response?.status()).toBe(200);
  await expect(page).toHaveTitle(/Gemello/);
  expect(problems).toEqual([]);
  expect(foreign).toEqual([]);
});

test('nothing can be sent out from the page, and no text becomes code', async ({ page }) => {
  await page.goto('/');
  const outcome = await page.evaluate(async () => {
    const blocked: string[] = [];
    document.addEventListener('securitypolicyviolation', (event) => blocked.push(event.effectiveDirective));
    const sent = await fetch('https://example.org/?q=1').then(
      () => 'sent',
      () => 'refused',
    );
    await new Promise((done) => setTimeout(done, 50));
    return { sent, blocked };
  });
  expect(outcome).toEqual({ sent: 'refused', blocked: ['connect-src'] });
});

test('every script, workers included, arrives with the policy', async ({ page, baseURL }) => {
  const without: string[] = [];
  let scripts = 0;
  page.on('response', (response) => {
    if (!response.url().startsWith(baseURL ?? '-') || !/\.m?js($|\?)/.test(response.url())) return;
    scripts += 1;
    if (!response.headers()['content-security-policy']?.includes("default-src 'none'"))
      without.push(response.url());
  });
  await page.goto('/');
  await page.waitForLoadState('networkidle');
  expect(scripts).toBeGreaterThan(0);
  expect(without).toEqual([]);
});
