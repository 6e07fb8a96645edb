// Where the page's engine remembers which shape of the loops an adapter runs faster. A worker has no localStorage, so it is
// an IndexedDB store, read once before the first run and written behind. Out: a ShapeStore; without a database, or where
// the browser forbids one, it remembers until the page is closed.
import type { ShapeStore } from '../engine/webgpu-shapes.ts';

const DATABASE = 'gemello';
const STORE = 'measured';

export async function openShapeMemory(): Promise<ShapeStore> {
  const known = new Map<string, string>();
  const database = await openDatabase().catch(() => undefined);
  if (database) for (const [key, value] of await entries(database).catch(() => [])) known.set(key, value);
  return {
    getItem: (key) => known.get(key) ?? null,
    setItem(key, value) {
      known.set(key, value);
      database?.transaction(STORE, 'readwrite').objectStore(STORE).put(value, key);
    },
  };
}

function openDatabase(): Promise<IDBDatabase> {
  const opening = indexedDB.open(DATABASE, 1);
  opening.onupgradeneeded = () => opening.result.createObjectStore(STORE);
  return answerOf(opening);
}

async function entries(database: IDBDatabase): Promise<readonly (readonly [string, string])[]> {
  const store = database.transaction(STORE).objectStore(STORE);
  const [keys, values] = await Promise.all([answerOf(store.getAllKeys()), answerOf(store.getAll())]);
  return keys.map((key, i) => [String(key), String(values[i])] as const);
}

function answerOf<T>(request: IDBRequest<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error ?? new Error('the browser keeps no database'));
  });
}
