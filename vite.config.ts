// One configuration for the page's build, the command line's build (src/cli/setup.mjs adds its entries) and the two
// kinds of Vitest tests: `unit` on Node, WebGPU included, and `browser` inside the system's Chromium.
import { readFileSync } from 'node:fs';
import { playwright } from '@vitest/browser-playwright';
import { defineConfig, type TestUserConfig } from 'vitest/config';
import { gpuEnvironment } from './src/cli/setup.mjs';
import { chromiumArguments, findChromium } from './test/chromium.mjs';

const { version } = JSON.parse(readFileSync(new URL('package.json', import.meta.url), 'utf8'));

function testConfiguration(): TestUserConfig {
  // Test files run in forked processes, which start with this environment: the one way to give Dawn its driver.
  Object.assign(process.env, gpuEnvironment());
  const executablePath = findChromium();
  return {
    testTimeout: 30_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          pool: 'forks',
          include: ['test/**/*.test.ts'],
          exclude: ['test/browser/**', 'test/e2e/**', 'node_modules/**'],
        },
      },
      {
        extends: true,
        optimizeDeps: {
          include: [
            'chart.js',
            'comlink',
            'hyparquet-writer',
            'lit',
            'lit/decorators.js',
            'lit/directives/repeat.js',
            'papaparse',
            'valibot',
          ],
        },
        test: {
          name: 'browser',
          include: ['test/browser/**/*.test.ts'],
          browser: {
            enabled: true,
            headless: true,
            screenshotFailures: false,
            instances: [{ browser: 'chromium' }],
            provider: playwright({
              launchOptions: { ...(executablePath && { executablePath }), args: chromiumArguments() },
            }),
          },
        },
      },
    ],
  };
}

export default defineConfig({
  base: './',
  define: { __VERSION__: JSON.stringify(version) },
  // The page's policy forbids inline scripts and data: modules; every asset is a file of its own.
  build: {
    target: 'es2022',
    // From here on browsers know light-dark(); its emulation cannot follow ?theme=.
    cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  worker: { format: 'es' },
  ...(process.env.VITEST && { test: testConfiguration() }),
});
