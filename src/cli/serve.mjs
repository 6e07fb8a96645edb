// `npm start`: installs and builds what is missing, then serves the page on one local port until Ctrl-C, with the
// security headers of public/_headers. `--port N` or PORT chooses the port; `--host ADDRESS` lets other machines in.
// A static file server and no more: GET and HEAD of files in dist/, nothing else.
import { createReadStream, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureDependencies, ensurePage, requireNode } from './setup.mjs';

const DEFAULT_PORT = 4173;
const PORTS_TRIED = 20;

/** @type {Readonly<Record<string, string>>} */
const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.txt': 'text/plain; charset=utf-8',
  '.md': 'text/plain; charset=utf-8',
  '.model': 'text/plain; charset=utf-8',
  '.wgsl': 'text/plain; charset=utf-8',
  '.csv': 'text/csv; charset=utf-8',
  '.xml': 'application/xml; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.webp': 'image/webp',
  '.ico': 'image/x-icon',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
};

/**
 * The rules of a `_headers` file: a path pattern at the line's start (`*` matches anything), `Name: value` lines
 * indented below it. Later rules win.
 * @param {string} text
 * @returns {(path: string) => Record<string, string>} headers of a path
 */
export function parseHeaders(text) {
  /** @type {{ pattern: RegExp, headers: [string, string][] }[]} */
  const rules = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(#|$)/.test(line)) continue;
    if (line.startsWith('/')) {
      const pattern = line
        .trim()
        .split('*')
        .map((part) => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'));
      rules.push({ pattern: new RegExp(`^${pattern.join('.*')}$`), headers: [] });
      continue;
    }
    const [, name, value] = /^\s+([A-Za-z-]+):\s*(.+?)\s*$/.exec(line) ?? [];
    const rule = rules.at(-1);
    if (!name || !value || !rule)
      throw new Error(`_headers line ${index + 1}: expected "  Name: value", got "${line}"`);
    rule.headers.push([name, value]);
  }
  return (path) => Object.fromEntries(rules.flatMap((rule) => (rule.pattern.test(path) ? rule.headers : [])));
}

/**
 * The file that a request's path names, or undefined when it names none inside the folder. `/_headers` and dotfiles
 * are the host's business, not the page's.
 * @param {string} folder
 * @param {string} url
 */
function fileOf(folder, url) {
  let path;
  try {
    path = decodeURIComponent(url.split(/[?#]/, 1)[0] ?? '');
  } catch {
    return undefined;
  }
  if (path.includes('\0') || /^\/_|[/\\]\./.test(path)) return undefined;
  const file = resolve(folder, `.${path.endsWith('/') ? `${path}index.html` : path}`);
  if (!file.startsWith(folder + sep)) return undefined;
  const stat = statSync(file, { throwIfNoEntry: false });
  return stat?.isFile() ? { path, file, stat } : undefined;
}

/**
 * A server for the built page in `folder`; the caller makes it listen.
 * @param {string} folder
 */
export function createPageServer(folder) {
  const root = resolve(folder);
  const headersOf = parseHeaders(readFileSync(join(root, '_headers'), 'utf8'));
  return createServer((request, response) => {
    const reply = (
      /** @type {number} */ status,
      /** @type {string} */ text,
      /** @type {Record<string, string>} */ more = {},
    ) =>
      void response
        .writeHead(status, { ...headersOf('/'), 'Content-Type': 'text/plain; charset=utf-8', ...more })
        .end(text);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      return reply(405, 'Only GET and HEAD.\n', { Allow: 'GET, HEAD' });
    const found = fileOf(root, request.url ?? '/');
    if (!found) return reply(404, 'No such file.\n');
    const { path, file, stat } = found;
    const tag = `"${stat.size.toString(36)}-${Math.round(stat.mtimeMs).toString(36)}"`;
    const headers = {
      'Cache-Control': 'no-cache',
      ...headersOf(path),
      'Content-Type': TYPES[extname(file).toLowerCase()] ?? 'application/octet-stream',
      ETag: tag,
    };
    if (request.headers['if-none-match'] === tag) return void response.writeHead(304, headers).end();
    response.writeHead(200, { ...headers, 'Content-Length': stat.size });
    if (request.method === 'HEAD') return void response.end();
    createReadStream(file)
      .on('error', () => response.destroy())
      .pipe(response);
  });
}

/**
 * Listens on the first free port from `port` on; says which were taken.
 * @param {import('node:http').Server} server
 * @param {number} port
 * @param {string} host
 * @returns {Promise<number>} the port in use
 */
export function listen(server, port, host) {
  return new Promise((done, fail) => {
    const last = port + PORTS_TRIED;
    let next = port;
    server.on('error', (/** @type {NodeJS.ErrnoException} */ error) => {
      if (error.code !== 'EADDRINUSE' || next + 1 >= last) return fail(error);
      console.error(`Port ${next} is taken; trying ${next + 1}.`);
      server.listen(++next, host);
    });
    server.on('listening', () => {
      const address = server.address();
      done(typeof address === 'object' && address ? address.port : next);
    });
    server.listen(next, host);
  });
}

/**
 * @param {readonly string[]} argv
 * @param {NodeJS.ProcessEnv} env
 */
export function readOptions(argv, env) {
  let port = env.PORT || String(DEFAULT_PORT);
  let host = '127.0.0.1'; // a name could resolve to ::1, where another program may own the same port
  for (let i = 0; i < argv.length; i++) {
    const [name, inline] = (argv[i] ?? '').split('=', 2);
    if (name !== '--port' && name !== '--host')
      throw new Error(`Unknown option ${argv[i]}; there are --port N and --host ADDRESS.`);
    const value = inline ?? argv[++i] ?? '';
    if (value === '') throw new Error(`${name} needs a value.`);
    if (name === '--port') port = value;
    else host = value;
  }
  const number = Number(port);
  if (!Number.isInteger(number) || number < 0 || number > 65535)
    throw new Error(`Port ${port}: expected a whole number from 0 to 65535.`);
  return { port: number, host };
}

async function main() {
  requireNode();
  const { port, host } = readOptions(process.argv.slice(2), process.env);
  ensureDependencies();
  const server = createPageServer(await ensurePage());
  const used = await listen(server, port, host);
  console.log(`Gemello is at http://${host.includes(':') ? `[${host}]` : host}:${used}/  (Ctrl-C ends it)`);
  const stop = () => {
    server.close(() => process.exit(0));
    server.closeAllConnections();
  };
  process.once('SIGINT', stop);
  process.once('SIGTERM', stop);
  // A signal sent to npm alone ends npm and its shell but never reaches this process: notice that they are gone.
  const parent = process.ppid;
  if (process.env.npm_lifecycle_event) setInterval(() => process.ppid !== parent && stop(), 500).unref();
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url))
  main().catch((error) => {
    console.error(error instanceof Error ? error.message : error);
    process.exit(1);
  });
