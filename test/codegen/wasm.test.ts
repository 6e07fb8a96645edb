// Pieces of the WebAssembly target: encoding, elementary functions, expressions, columns, random words.
import { describe, expect, test } from 'vitest';
import { SCALAR } from '../../src/codegen/wasm/arithmetic.ts';
import { createModule, signed, unsigned } from '../../src/codegen/wasm/assembler.ts';
import { createLibrary } from '../../src/codegen/wasm/library.ts';
import { STATUS } from '../../src/codegen/wasm/patient-frame.ts';
import { compileMap, createSampler, evaluateWithWasm } from '../../src/codegen/wasm/sampler.ts';
import { STATUSES } from '../../src/engine/backend.ts';
import { typescriptSampler } from '../../src/engine/draws.ts';
import { fillUniforms, philox } from '../../src/engine/philox.ts';
import { call, number, symbol } from '../../src/language/expression.ts';
import { FUNCTION_NAMES, FUNCTIONS } from '../../src/language/functions.ts';
import { LIBRARY, type LibraryName, numbers } from '../../src/language/math.ts';

const bits = (x: number): string => {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, x);
  return view.getBigUint64(0).toString(16);
};
/** NaNs count as equal whatever their payload; zeros must agree in sign. */
const same = (a: number, b: number) => Object.is(a, b);

describe('encoding', () => {
  test('LEB128 numbers have the bytes of the specification and standard examples', () => {
    expect(unsigned(0)).toEqual([0]);
    expect(unsigned(127)).toEqual([127]);
    expect(unsigned(624485)).toEqual([0xe5, 0x8e, 0x26]);
    expect(signed(-123456n)).toEqual([0xc0, 0xbb, 0x78]);
    expect(signed(63n)).toEqual([63]);
    expect(signed(64n)).toEqual([0xc0, 0]);
    expect(signed(-64n)).toEqual([0x40]);
    expect(signed(-(2n ** 63n)).length).toBe(10);
  });

  test('a value of the wrong type is refused when it is written', () => {
    const module = createModule();
    expect(() =>
      module.define(['i32'], undefined, (routine) => {
        const [x = SCALAR.constant(0)] = routine.params;
        routine.set(routine.local('f64'), x);
      }),
    ).toThrow(/expected a value of type f64, got i32/);
  });

  test("statuses have the engine's numbers", () => {
    expect(
      [STATUS.done, STATUS.tooManySteps, STATUS.stepTooSmall, STATUS.notFinite, STATUS.eventStorm].map(
        (i) => STATUSES[i],
      ),
    ).toEqual(['done', 'too many steps', 'step too small', 'not finite', 'event storm']);
  });
});

/** A plain generator of test points; any would do. */
function points(count: number, from: number, to: number): Float64Array {
  let state = 12345;
  return Float64Array.from({ length: count }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return from + ((to - from) * state) / 2 ** 32;
  });
}
const AWKWARD = [
  0,
  -0,
  1,
  -1,
  0.5,
  2,
  3,
  -3,
  1e-310,
  -1e-310,
  5e-324,
  1e300,
  -1e300,
  709.78,
  710,
  -745,
  -746,
  1e20,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
];
const RANGES: Readonly<Record<LibraryName, readonly [number, number]>> = {
  exp: [-750, 715], log: [-1, 1e4], pow: [-3, 40], sin: [-1e5, 1e5], cos: [-1e5, 1e5], tanh: [-25, 25], atan: [-50, 50],
  normal_cdf: [-40, 10], normal_quantile: [0, 1],
}; // biome-ignore format: a table

describe('elementary functions', () => {
  const module = createModule();
  const library = createLibrary(module, true);
  const names = Object.keys(RANGES) as LibraryName[];
  for (const name of names) library(name);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.finish(0)));

  for (const name of names)
    test(`${name} has the bits of its TypeScript form at 1e5 points and at the edges`, () => {
      const compiled = exports[name];
      if (typeof compiled !== 'function') throw new Error(`${name} is not exported`);
      const [low, high] = RANGES[name];
      const x = [...points(100000, low, high), ...AWKWARD, ...points(1000, 0, 1e-300)];
      const y = [...points(x.length, -12, 12)];
      let checked = 0;
      const compare = (...args: number[]) => {
        const expected = LIBRARY[name](numbers, ...args);
        const got: number = compiled(...args);
        if (!same(got, expected)) throw new Error(`${name}(${args}): ${bits(got)} is not ${bits(expected)}`);
        checked++;
      };
      if (name === 'pow') {
        x.forEach((base, i) => {
          compare(base, y[i] ?? 0);
        });
        for (const a of AWKWARD) for (const b of AWKWARD) compare(a, b);
      } else for (const value of x) compare(value);
      expect(checked).toBeGreaterThan(100000);
    });
});

describe('expressions over columns', () => {
  const a = Float64Array.of(2, -1.5, 0, 3, Number.NaN, 0.25);
  const b = Float64Array.of(1, 4, -2, 3, 1, 0.5);
  const c = Float64Array.of(5, 6, 7, 8, 9, 10);

  for (const name of FUNCTION_NAMES)
    test(`${name} gives what the function table gives`, () => {
      const row = FUNCTIONS[name];
      const arity = typeof row.arity === 'number' ? row.arity : row.arity[0];
      const args = ['a', 'b', 'c'].slice(0, arity).map((x) => symbol(x));
      const expression = call(name, ...args);
      const out = new Float64Array(a.length);
      evaluateWithWasm(expression, ['a', 'b', 'c'])([a, b, c], out);
      const plain = (e: typeof expression, i: number): number => {
        const inner = FUNCTIONS[e.fn];
        const value = (x: (typeof e.args)[number]): number =>
          x.kind === 'number'
            ? x.value
            : x.kind === 'call'
              ? plain(x, i)
              : ({ a, b, c }[x.name]?.[i] ?? Number.NaN);
        if (inner.kind === 'core') return inner.value(...e.args.map(value));
        return value(inner.expand(e.args));
      };
      out.forEach((got, i) => {
        expect(same(got, plain(expression, i)), `${name}, row ${i}: ${got}`).toBe(true);
      });
    });

  test('definitions may use definitions before them, and a branch that is not taken does no harm', () => {
    const map = compileMap(
      [
        { name: 'half', expression: call('mul', number(0.5), symbol('a')) },
        {
          name: 'safe',
          expression: call(
            'if',
            call('gt', symbol('half'), number(0)),
            call('log', symbol('half')),
            number(-1),
          ),
        },
      ],
      ['a'],
    );
    const half = new Float64Array(a.length);
    const safe = new Float64Array(a.length);
    map([a], [half, safe]);
    expect([...half]).toEqual([1, -0.75, 0, 1.5, Number.NaN, 0.125]);
    expect(safe[0]).toBe(0);
    expect(safe[1]).toBe(-1);
    expect(safe[3]).toBe(numbers.sub(LIBRARY.log(numbers, 1.5), 0));
  });

  test('more patients than one call takes come out in order', () => {
    const long = Float64Array.from({ length: 10001 }, (_, i) => i);
    const out = new Float64Array(long.length);
    evaluateWithWasm(call('add', symbol('x'), number(1)), ['x'])([long], out);
    expect(out.every((x, i) => x === i + 1)).toBe(true);
  });

  test('an unknown name is refused with the names that are known', () => {
    expect(() => evaluateWithWasm(symbol('CLL'), ['CL', 'V'])).toThrow(/CLL has no value here; known: CL, V/);
  });
});

describe('random words', () => {
  const sampler = createSampler();
  const hex = (words: Uint32Array) => [...words].map((word) => word.toString(16).padStart(8, '0')).join(' ');

  test('the official Philox4x32-10 vectors', () => {
    expect(hex(sampler.words([0, 0, 0, 0], [0, 0]))).toBe('6627e8d5 e169c58d bc57ac4c 9b00dbd8');
    const ones = 0xffffffff;
    expect(hex(sampler.words([ones, ones, ones, ones], [ones, ones]))).toBe(
      '408f276d 41c83b0e a20bc7c6 6d5451fd',
    );
    expect(
      hex(sampler.words([0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344], [0xa4093822, 0x299f31d0])),
    ).toBe('d16cfe09 94fdcceb 5001e420 24126ea1');
  });

  test('words are those of the TypeScript form', () => {
    for (let i = 0; i < 1000; i++) {
      const counter = [i, i * 7919, Math.imul(i, 2654435761) >>> 0, 3] as const;
      const key = [Math.imul(i, 40503) >>> 0, 99] as const;
      expect([...sampler.words(counter, key)]).toEqual(philox(counter, key).map((word) => word >>> 0));
    }
  });

  test('uniforms and normals have the bits of the TypeScript sampler, across blocks and across patient 2^32', () => {
    for (const first of [0, 17, 2 ** 32 - 100]) {
      const expected = new Float64Array(9000);
      const got = new Float64Array(9000);
      fillUniforms([7, 8], 2, 0xdeadbeef, first, expected);
      sampler.uniform([7, 8], 2, 0xdeadbeef, first, got);
      expect(got).toEqual(expected);
      typescriptSampler.normal([7, 8], 2, 0xdeadbeef, first, expected);
      sampler.normal([7, 8], 2, 0xdeadbeef, first, got);
      expect(got).toEqual(expected);
    }
  });
});
