// Elementary functions in single precision, over the same algebra as math.ts.
import type { LibraryFunction, LibraryName } from './math.ts';

/** Functions that have a form of their own in f32; the others are rounded from f64. */
export const LIBRARY_32: Readonly<Partial<Record<LibraryName, LibraryFunction>>> = {};
