// Canonical JSON: one text for one value, whatever order its fields were written in. Digests and links are made of it.
// Keys sorted by UTF-16 code units, numbers as ECMAScript prints them (shortest that reads back the same), no spaces,
// fields that are undefined left out; the same rules as RFC 8785. Refuses what JSON cannot say.

export function canonicalJson(value: unknown): string {
  return write(value, '$');
}

/** The UTF-8 bytes of the canonical text. */
export function canonicalBytes(value: unknown): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(canonicalJson(value));
}

function write(value: unknown, path: string): string {
  if (value === null || typeof value === 'boolean' || typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${path} is ${value}, which JSON cannot hold`);
    return JSON.stringify(value);
  }
  if (Array.isArray(value)) return `[${value.map((entry, i) => write(entry, `${path}[${i}]`)).join(',')}]`;
  if (typeof value === 'object') {
    const fields = Object.entries(value)
      .filter(([, entry]) => entry !== undefined)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, entry]) => `${JSON.stringify(key)}:${write(entry, `${path}.${key}`)}`);
    return `{${fields.join(',')}}`;
  }
  throw new TypeError(`${path} is ${typeof value}, which JSON cannot hold`);
}
