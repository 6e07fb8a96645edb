// Every patient's endpoints, kept while a run tells of them, for a table in the patients' order: blocks come in any order,
// and rescued patients last. In: blocks, and a store that takes numbers at places. Out: the same numbers by patient. Memory
// is the store's: on disk (the command line) none that grows, in memory 8 bytes a patient, arm and endpoint.
import type { EndpointBlock } from '../engine/backend.ts';
import type { EndpointListener } from './listen.ts';

/** Numbers at places 0, 1, 2, ... Takes and gives at once, because a listener cannot wait. */
export interface NumberStore {
  write(at: number, numbers: Float64Array<ArrayBuffer>): void;
  read(at: number, count: number): Float64Array;
}

/** A patient's numbers are [arm][status, then every endpoint]. */
export interface KeptEndpoints extends EndpointListener {
  /** Of how many patients was told, and in how many arms; endpoints of an arm, those of the program. */
  readonly patients: number;
  readonly arms: number;
  readonly endpoints: number;
  /** [patient][arm][status, then every endpoint] of patients first .. first + count - 1. */
  read(first: number, count: number): Float64Array;
}

export function keepEndpoints(store: NumberStore): KeptEndpoints {
  let patients = 0;
  let arms = 0;
  let endpoints = 0;
  return {
    get patients() {
      return patients;
    },
    get arms() {
      return arms;
    },
    get endpoints() {
      return endpoints;
    },
    onEndpoints(block) {
      if (block.count === 0) return;
      arms = block.arms.length;
      endpoints = (block.arms[0]?.endpoints.length ?? 0) / block.count;
      patients += block.count;
      store.write(block.first * arms * (1 + endpoints), byPatient(block, endpoints));
    },
    onRestart() {
      patients = 0;
    },
    read(first, count) {
      const width = arms * (1 + endpoints);
      return store.read(first * width, count * width);
    },
  };
}

function byPatient({ count, arms }: EndpointBlock, endpoints: number): Float64Array<ArrayBuffer> {
  const own = 1 + endpoints;
  const all = new Float64Array(count * arms.length * own);
  arms.forEach(({ status, endpoints: values }, a) => {
    for (let i = 0; i < count; i++) {
      const at = (i * arms.length + a) * own;
      all[at] = status[i] ?? Number.NaN;
      for (let e = 0; e < endpoints; e++) all[at + 1 + e] = values[e * count + i] ?? Number.NaN;
    }
  });
  return all;
}

/** Numbers of a page of the store in memory: half a megabyte. */
const PAGE = 2 ** 16;

/**
 * A store in memory, as large as what it holds; what was never written is NaN. Throws a RangeError, with a remedy, where it
 * would hold more than `most` numbers.
 */
export function memoryStore(most = Number.POSITIVE_INFINITY): NumberStore {
  const pages: Float64Array[] = [];
  const pageOf = (number: number): Float64Array => {
    pages[number] ??= new Float64Array(PAGE).fill(Number.NaN);
    return pages[number];
  };
  /** Calls with every stretch [at, at + count) has in one page. */
  const stretches = (
    at: number,
    count: number,
    one: (page: Float64Array, from: number, done: number, n: number) => void,
  ) => {
    for (let done = 0; done < count; ) {
      const from = (at + done) % PAGE;
      const n = Math.min(PAGE - from, count - done);
      one(pageOf(Math.floor((at + done) / PAGE)), from, done, n);
      done += n;
    }
  };
  return {
    write(at, numbers) {
      if (at + numbers.length > most)
        throw new RangeError(
          `these are more than ${most} endpoints, the most that fit here; take fewer patients, arms or endpoints, or the command line's --endpoints`,
        );
      stretches(at, numbers.length, (page, from, done, n) => {
        page.set(numbers.subarray(done, done + n), from);
      });
    },
    read(at, count) {
      const numbers = new Float64Array(count);
      stretches(at, count, (page, from, done, n) => {
        numbers.set(page.subarray(from, from + n), done);
      });
      return numbers;
    },
  };
}
