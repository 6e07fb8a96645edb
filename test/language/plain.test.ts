// exp and log for plain numbers are those of math.ts, bit for bit.
import { expect, test } from 'vitest';
import { normal_quantile, exp as slowExp, log as slowLog } from '../../src/language/math.ts';
import { exp, log, roughNormal } from '../../src/language/plain.ts';

/** Numbers of every size, without a generator: the fractional parts of multiples of the golden ratio. */
const share = (i: number) => (i * 0.6180339887498949) % 1;

test('exp has the bits of math.ts, over- and underflow and the odd values included', () => {
  for (let i = 0; i < 50_000; i++) {
    const x = 1600 * share(i) - 800;
    if (!Object.is(exp(x), slowExp(x))) expect(exp(x), `exp(${x})`).toBe(slowExp(x));
    const small = (share(i) - 0.5) * 2 ** -(i % 60);
    if (!Object.is(exp(small), slowExp(small))) expect(exp(small), `exp(${small})`).toBe(slowExp(small));
  }
  for (const x of [
    0,
    -0,
    Number.NaN,
    1e300,
    -1e300,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
    -745.1,
    -708.5,
  ])
    expect(exp(x)).toBe(slowExp(x));
});

test('log has the bits of math.ts, subnormals and the odd values included', () => {
  for (let i = 1; i < 50_000; i++) {
    const x = (1 + share(i)) * 2 ** ((i % 2090) - 1070);
    if (!Object.is(log(x), slowLog(x))) expect(log(x), `log(${x})`).toBe(slowLog(x));
    const near = 1 + (share(i) - 0.5) * 2 ** -(i % 50);
    if (!Object.is(log(near), slowLog(near))) expect(log(near), `log(${near})`).toBe(slowLog(near));
  }
  for (const x of [0, -0, -1, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 1, 5e-324])
    expect(log(x)).toBe(slowLog(x));
});

test('the rough normal quantile is good to 5e-4', () => {
  for (const p of [1e-300, 1e-9, 0.01, 0.3, 0.5])
    expect(Math.abs(roughNormal(p) + normal_quantile(p))).toBeLessThan(5e-4);
});
