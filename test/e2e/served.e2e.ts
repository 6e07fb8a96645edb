// The page as `npm start` serves it: it opens without an error, asks no other host, and its policy holds: nothing can
// be sent out, neither from the page nor from inside a worker, by any channel a script has.
import { readdirSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';

/** A listener of another origin that welcomes everybody; only the page's own policy can keep requests from it. */
let elsewhere: Server;
let address = '';
let received: string[] = [];

test.beforeAll(async () => {
  elsewhere = createServer((request, response) => {
    received.push(request.url ?? '');
    response
      .writeHead(200, { 'Access-Control-Allow-Origin': '*', 'Content-Type': 'text/javascript' })
      .end('1;');
  });
  elsewhere.on('upgrade', (request, socket) => {
    received.push(request.url ?? '');
    socket.destroy();
  });
  await new Promise<void>((done) => elsewhere.listen(0, '127.0.0.1', done));
  const bound = elsewhere.address();
  address = `127.0.0.1:${typeof bound === 'object' && bound ? bound.port : 0}`;
});
test.beforeEach(() => {
  received = [];
});
test.afterAll(() => {
  elsewhere.closeAllConnections();
  elsewhere.close();
});

/** Tries every way out that a script has; runs in the page or in a worker, so it uses nothing from this file. */
async function trySending(host: string): Promise<void> {
  const attempts: (() => unknown)[] = [
    () => fetch(`http://${host}/fetch`, { mode: 'no-cors' }),
    () => new WebSocket(`ws://${host}/socket`),
    () => new EventSource(`http://${host}/events`),
    () => import(/* @vite-ignore */ `http://${host}/import.js`),
    () => navigator.sendBeacon?.(`http://${host}/beacon`, 'x'),
    () => {
      const request = new XMLHttpRequest();
      request.open('GET', `http://${host}/xhr`);
      request.send();
    },
    () => {
      if (typeof document === 'undefined') return;
      new Image().src = `http://${host}/image.png`;
      const script = document.createElement('script');
      script.src = `http://${host}/script.js`;
      document.head.append(script);
      const form = document.createElement('form');
      form.action = `http://${host}/form`;
      document.body.append(form);
      form.submit();
    },
  ];
  for (const attempt of attempts)
    try {
      await attempt();
    } catch {
      // refused, as it should be: what counts is what arrives on the other side
    }
  await new Promise((done) => setTimeout(done, 500));
}

test('opens with no console error and no request to another host', async ({ page, baseURL }) => {
  const problems: string[] = [];
  const foreign: string[] = [];
  page.on('console', (message) => message.type() === 'error' && problems.push(message.text()));
  page.on('pageerror', (error) => problems.push(String(error)));
  page.on('request', (request) => {
    if (request.url().startsWith('http') && !request.url().startsWith(baseURL ?? '-'))
      foreign.push(request.url());
  });
  const response = await page.goto('/');
  await page.waitForLoadState('networkidle');
  expect(response?.status()).toBe(200);
  await expect(page).toHaveTitle(/Gemello/);
  expect(problems).toEqual([]);
  expect(foreign).toEqual([]);
});

test('the listener would notice a message', async ({ page }) => {
  await page.goto(`http://${address}/`); // a page without a policy
  await page.evaluate(trySending, address).catch(() => {}); // the form leads away from the page
  const ways = [
    '/fetch',
    '/socket',
    '/events',
    '/import.js',
    '/beacon',
    '/xhr',
    '/image.png',
    '/script.js',
    '/form?',
  ];
  await expect.poll(() => ways.filter((way) => !received.includes(way))).toEqual([]);
});

test('nothing can be sent out from the page', async ({ page }) => {
  await page.goto('/');
  await page.evaluate(trySending, address);
  expect(received).toEqual([]);
});

test('nothing can be sent out from inside a worker', async ({ page }) => {
  const assets = readdirSync(fileURLToPath(new URL('../../dist/assets', import.meta.url)));
  const workers = assets.filter((name) => /worker.*\.js$/.test(name));
  expect(workers.length, 'worker files in the build').toBeGreaterThan(0);
  await page.goto('/');
  for (const name of workers) {
    const started = page.waitForEvent('worker', (worker) => worker.url().endsWith(name));
    await page.evaluate((file) => void new Worker(`./assets/${file}`, { type: 'module' }), name);
    await (await started).evaluate(trySending, address);
  }
  expect(received).toEqual([]);
});

test('text put into the page does not become code', async ({ page }) => {
  await page.goto('/');
  const outcome = await page.evaluate(() => {
    const run = (text: string) => {
      const script = document.createElement('script');
      script.textContent = text;
      document.head.append(script);
    };
    run('window.injected = true;');
    return 'injected' in window;
  });
  expect(outcome).toBe(false);
});

test('every script arrives with the policy', async ({ page, baseURL }) => {
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
