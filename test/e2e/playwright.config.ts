// End-to-end tests: the built page, served by the project's own server with its real headers, in the system's
// Chromium. `npm test` chooses a free port; run by hand, it is 4273.

import { fileURLToPath } from 'node:url';
import { defineConfig } from '@playwright/test';
import { chromiumArguments, findChromium } from '../chromium.mjs';

const port = process.env.GEMELLO_E2E_PORT ?? '4273';
const url = `http://127.0.0.1:${port}/`;
const executablePath = findChromium();

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.e2e.ts',
  outputDir: '../../test-results',
  forbidOnly: Boolean(process.env.CI),
  workers: 1, // the page itself uses every core
  timeout: 60_000,
  retries: 1, // other work may hold up a whole browser; who passes only then is listed as flaky
  use: {
    baseURL: url,
    browserName: 'chromium',
    headless: true,
    trace: 'retain-on-failure',
    launchOptions: { ...(executablePath && { executablePath }), args: chromiumArguments() },
  },
  webServer: {
    command: `node src/cli/serve.mjs --port ${port}`,
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    url,
    reuseExistingServer: false,
    timeout: 120_000,
  },
});
