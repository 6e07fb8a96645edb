import { expect, test } from 'vitest';
import { BITS, bitsOf } from '../bits.ts';

test.each(Object.keys(BITS))(
  '%s has in this browser the bits it has on Node',
  async (name) => {
    expect(await bitsOf(name)).toBe(BITS[name]);
  },
  60_000,
);
