// The golden dosing cases: texts with the closed form of what they mean. To add one, add a row to the file of its kind.
import { CHANGES } from './changes.cases.ts';
import type { GoldenCase } from './golden.ts';
import { PRODUCTS } from './products.cases.ts';
import { REGIMENS } from './regimens.cases.ts';
import { STEADY_STATES } from './steady.cases.ts';

export const CASES: readonly GoldenCase[] = [...PRODUCTS, ...REGIMENS, ...STEADY_STATES, ...CHANGES];
