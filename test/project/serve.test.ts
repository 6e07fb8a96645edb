// The static server behind `npm start`, on a folder made for the test.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get, type IncomingHttpHeaders, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createPageServer, listen, parseHeaders, readOptions } from '../../src/cli/serve.mjs';

const PUBLIC_HEADERS = readFileSync(fileURLToPath(new URL('../../public/_headers', import.meta.url)), 'utf8');
const parent = mkdtempSync(join(tmpdir(), 'gemello-serve-'));
const page = join(parent, 'dist');
let server: Server;
let port = 0;

beforeAll(async () => {
  mkdirSync(join(page, 'assets'), { recursive: true });
  writeFileSync(join(parent, 'secret.txt'), 'secret');
  mkdirSync(join(parent, 'dist-private'));
  writeFileSync(join(parent, 'dist-private', 'secret.txt'), 'secret');
  writeFileSync(join(page, '_headers'), PUBLIC_HEADERS);
  writeFileSync(join(page, '.hidden'), 'secret');
  writeFileSync(join(page, 'index.html'), '<!doctype html><title>Twin</title>');
  writeFileSync(join(page, 'assets', 'worker-abc.js'), 'export {};');
  writeFileSync(join(page, 'assets', 'm-abc.wasm'), Buffer.from([0, 0x61, 0x73, 0x6d]));
  server = createPageServer(page);
  port = await listen(server, 0, '127.0.0.1');
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
  rmSync(parent, { recursive: true });
});

interface Reply {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}
/** A request whose path is sent as written: `fetch` would tidy `..` away before it leaves. */
const request = (path: string, options: { method?: string; headers?: Record<string, string> } = {}) =>
  new Promise<Reply>((done, fail) => {
    get({ host: '127.0.0.1', port, path, ...options }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body }));
    }).on('error', fail);
  });

describe('the page server', () => {
  it('serves the page at / with the policy of public/_headers', async () => {
    const { status, headers, body } = await request('/');
    expect(status).toBe(200);
    expect(body).toContain('Twin');
    expect(headers['content-type']).toBe('text/html; charset=utf-8');
    expect(headers['cache-control']).toBe('no-cache');
    expect(headers['x-content-type-options']).toBe('nosniff');
    const policy = headers['content-security-policy'] ?? '';
    for (const rule of [
      "default-src 'none'",
      "script-src 'self' 'wasm-unsafe-eval'",
      "connect-src 'self'",
      "form-action 'none'",
    ])
      expect(policy).toContain(rule);
    expect(policy).not.toContain("'unsafe-eval'");
  });

  it('sends the policy with workers and missing files too', async () => {
    for (const path of ['/assets/worker-abc.js', '/nowhere.js'])
      expect((await request(path)).headers['content-security-policy']).toContain("default-src 'none'");
  });

  it('gives scripts and WebAssembly their types and lets hashed files be kept for ever', async () => {
    const script = await request('/assets/worker-abc.js?x=1');
    expect(script.headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect(script.headers['cache-control']).toContain('immutable');
    expect((await request('/assets/m-abc.wasm')).headers['content-type']).toBe('application/wasm');
  });

  it.each([
    '/../secret.txt',
    '/%2e%2e/secret.txt',
    '/..%2fsecret.txt',
    '/assets/..%2f..%2fsecret.txt',
    '/..%5csecret.txt',
    '/../dist-private/secret.txt',
    '//secret.txt',
    '/.hidden',
    '/_headers',
    '/assets',
    '/%00',
    '/%',
  ])('answers 404 to %s', async (path) => {
    const { status, body } = await request(path);
    expect(status).toBe(404);
    expect(body).not.toContain('secret');
  });

  it('takes GET and HEAD only', async () => {
    expect((await request('/', { method: 'POST' })).status).toBe(405);
    const head = await request('/', { method: 'HEAD' });
    expect([head.status, head.body]).toEqual([200, '']);
  });

  it('answers 304 while a file is unchanged', async () => {
    const { headers } = await request('/');
    const again = await request('/', { headers: { 'if-none-match': headers.etag ?? '' } });
    expect([again.status, again.body]).toEqual([304, '']);
  });

  it('takes the next port when one is in use', async () => {
    const second = createPageServer(page);
    const said = vi.spyOn(console, 'error').mockReturnValue();
    try {
      expect(await listen(second, port, '127.0.0.1')).toBeGreaterThan(port);
      expect(said.mock.calls[0]?.[0]).toContain(`Port ${port} is taken`);
    } finally {
      said.mockRestore();
      second.close();
    }
  });
});

describe('the headers file', () => {
  it('applies every rule whose pattern matches, the later one winning', () => {
    const of = parseHeaders('# note\n/*\n  A: 1\n  B: 2\n\n/assets/*.js\n  B: 3\n');
    expect(of('/x')).toEqual({ A: '1', B: '2' });
    expect(of('/assets/y.js')).toEqual({ A: '1', B: '3' });
    expect(of('/assets/yjs')).toEqual({ A: '1', B: '2' });
  });

  it('names the line it does not understand', () => {
    expect(() => parseHeaders('/*\n  no value here\n')).toThrow('line 2');
    expect(() => parseHeaders('  A: 1\n')).toThrow('line 1');
  });
});

describe('the options of npm start', () => {
  it('takes the port from the argument, then from PORT, then 4173', () => {
    expect(readOptions(['--port', '8080'], { PORT: '9000' }).port).toBe(8080);
    expect(readOptions(['--port=8080'], {}).port).toBe(8080);
    expect(readOptions([], { PORT: '9000' }).port).toBe(9000);
    expect(readOptions([], {})).toEqual({ port: 4173, host: '127.0.0.1' });
  });

  it.each([['--port', 'x'], ['--port', '70000'], ['--port'], ['--prot', '1']])('refuses %s %s', (...argv) => {
    expect(() => readOptions(argv, {})).toThrow();
  });
});
