// The table of unit names, spelled as in UCUM (https://ucum.org): exact factors to base units, prefixes, and what to
// write instead of the spellings people try. Data only.

/** num / den * 10^tens, exact. */
export type Factor = readonly [num: number, den: number, tens: number];

export interface Atom {
  readonly factor: Factor;
  readonly dimension: Readonly<Record<string, readonly [number, number]>>;
  readonly prefixable: boolean;
}

function atom(prefixable: boolean, factor: Factor, powers: Readonly<Record<string, number>> = {}): Atom {
  const dimension = Object.fromEntries(
    Object.entries(powers)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, p]) => [name, [p, 1] as const]),
  );
  return { factor, dimension, prefixable };
}
const metric = (factor: Factor, powers: Readonly<Record<string, number>>): Atom => atom(true, factor, powers);
const fixed = (factor: Factor, powers: Readonly<Record<string, number>> = {}): Atom =>
  atom(false, factor, powers);

const ONE: Factor = [1, 1, 0];
const SECONDS_A_YEAR = 31_557_600; // the Julian year of 365.25 d, as UCUM's `a`
const PRESSURE = { g: 1, m: -1, s: -2 };
const ENERGY = { g: 1, m: 2, s: -2 };

export const ATOMS: Readonly<Record<string, Atom>> = {
  // time
  s: metric(ONE, { s: 1 }),
  min: fixed([60, 1, 0], { s: 1 }),
  h: fixed([3600, 1, 0], { s: 1 }),
  d: fixed([86_400, 1, 0], { s: 1 }),
  wk: fixed([604_800, 1, 0], { s: 1 }),
  mo: fixed([SECONDS_A_YEAR / 12, 1, 0], { s: 1 }),
  a: fixed([SECONDS_A_YEAR, 1, 0], { s: 1 }),
  yr: fixed([SECONDS_A_YEAR, 1, 0], { s: 1 }),
  Hz: metric(ONE, { s: -1 }),
  // mass, amount, volume, length
  g: metric(ONE, { g: 1 }),
  mol: metric(ONE, { mol: 1 }),
  eq: metric(ONE, { mol: 1 }),
  osm: metric(ONE, { mol: 1 }),
  L: metric([1, 1, -3], { m: 3 }),
  l: metric([1, 1, -3], { m: 3 }),
  m: metric(ONE, { m: 1 }),
  // mechanics, heat, electricity
  N: metric([1, 1, 3], { g: 1, m: 1, s: -2 }),
  Pa: metric([1, 1, 3], PRESSURE),
  bar: metric([1, 1, 8], PRESSURE),
  'm[Hg]': metric([133_322_387_415, 1, -3], PRESSURE),
  mmHg: fixed([133_322_387_415, 1, -6], PRESSURE),
  'm[H2O]': metric([980_665, 1, 1], PRESSURE),
  cmH2O: fixed([980_665, 1, -1], PRESSURE),
  J: metric([1, 1, 3], ENERGY),
  cal: metric([4184, 1, 0], ENERGY),
  W: metric([1, 1, 3], { g: 1, m: 2, s: -3 }),
  A: metric(ONE, { A: 1 }),
  C: metric(ONE, { A: 1, s: 1 }),
  V: metric([1, 1, 3], { g: 1, m: 2, s: -3, A: -1 }),
  K: metric(ONE, { K: 1 }),
  Gy: metric(ONE, { m: 2, s: -2 }),
  Bq: metric(ONE, { s: -1 }),
  // counted things: dimensions of their own
  U: metric(ONE, { U: 1 }),
  '[U]': metric(ONE, { U: 1 }),
  IU: metric(ONE, { IU: 1 }),
  '[IU]': metric(ONE, { IU: 1 }),
  copies: fixed(ONE, { copies: 1 }),
  '[copies]': fixed(ONE, { copies: 1 }),
  cells: fixed(ONE, { cells: 1 }),
  '[cells]': fixed(ONE, { cells: 1 }),
  beats: fixed(ONE, { beats: 1 }),
  // plain numbers
  score: fixed(ONE),
  '%': fixed([1, 1, -2]),
};

export const PREFIXES: readonly (readonly [string, number])[] = [
  ['m', -3],
  ['u', -6],
  ['µ', -6],
  ['μ', -6],
  ['n', -9],
  ['p', -12],
  ['f', -15],
  ['k', 3],
  ['c', -2],
  ['d', -1],
  ['h', 2],
  ['da', 1],
  ['M', 6],
  ['G', 9],
  ['T', 12],
  ['P', 15],
  ['a', -18],
];

/** Spellings that are not read, and the remedy. */
export const HINTS: Readonly<Record<string, string>> = {
  Cel: 'write a temperature as K, or a difference of temperatures as K',
  mcg: 'write ug',
  mcL: 'write uL',
  cc: 'write mL',
  sec: 'write s',
  second: 'write s',
  seconds: 'write s',
  minute: 'write min',
  minutes: 'write min',
  hr: 'write h',
  hour: 'write h',
  hours: 'write h',
  day: 'write d',
  days: 'write d',
  D: 'write d',
  week: 'write wk',
  weeks: 'write wk',
  w: 'write wk',
  month: 'write mo',
  months: 'write mo',
  y: 'write yr',
  year: 'write yr',
  years: 'write yr',
  gram: 'write g',
  grams: 'write g',
  liter: 'write L',
  litre: 'write L',
  M: 'write mol/L',
  mM: 'write mmol/L',
  uM: 'write umol/L',
  nM: 'write nmol/L',
  pM: 'write pmol/L',
  mEq: 'write meq',
  H: 'write h',
  kG: 'write kg',
  Kg: 'write kg',
  KG: 'write kg',
  MG: 'write mg',
  percent: 'write %',
  unit: 'write U',
  units: 'write U',
  copy: 'write copies',
  cell: 'write cells',
  mmhg: 'write mm[Hg]',
  F: 'write a temperature as K',
};
