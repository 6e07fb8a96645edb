// Units of measurement. In: a unit text in UCUM's spelling (`mg/L`, `mL/min/kg`, `10*6/L`, `m^(1/2)`).
// Out: a Unit, plain immutable data: scale to base units, dimension with rational exponents, and the modeller's own
// spelling of every factor, so that L/h divided by L times mg reads mg/h. Affine units (Cel) are refused.
import { pow } from './math.ts';
import { ATOMS, type Atom, type Factor, HINTS, PREFIXES } from './unit-table.ts';

/** A reduced fraction; the denominator is positive. */
export type Rational = readonly [number, number];
export type Dimension = Readonly<Record<string, Rational>>;

/** One spelled factor of a unit with its exponent. */
export interface UnitAtom {
  readonly name: string;
  readonly exponent: Rational;
  readonly factor: Factor;
  readonly dimension: Dimension;
}

export interface Unit {
  readonly text: string;
  /** A value times `scale` is in base units (s, g, m, mol, K, A and the counted things: U, IU, copies, cells, beats). */
  readonly scale: number;
  readonly dimension: Dimension;
  readonly atoms: readonly UnitAtom[];
}

export interface UnitError {
  readonly message: string;
  readonly hint?: string;
}

export const isUnitError = (x: Unit | UnitError): x is UnitError => 'message' in x;

const MAX_TEXT = 200;
const MAX_EXPONENT = 64;

function gcd(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : gcd(b, a % b);
}
function rational(p: number, q: number): Rational {
  const d = gcd(p, q) * (q < 0 ? -1 : 1) || 1;
  return [p / d, q / d];
}
const plus = ([a, b]: Rational, [c, d]: Rational): Rational => rational(a * d + c * b, b * d);
const times = ([a, b]: Rational, [c, d]: Rational): Rational => rational(a * c, b * d);

function addDimensions(a: Dimension, b: Dimension, e: Rational): Dimension {
  const sum: Record<string, Rational> = { ...a };
  for (const [name, exponent] of Object.entries(b)) {
    const x = plus(sum[name] ?? [0, 1], times(exponent, e));
    if (x[0] === 0) delete sum[name];
    else sum[name] = x;
  }
  return Object.fromEntries(Object.entries(sum).sort(([x], [y]) => (x < y ? -1 : 1)));
}

/** Nearest double to the product of factor^exponent: exact while the exponents are small integers. */
function scaleOf(atoms: readonly UnitAtom[]): number {
  let above = 1n;
  let below = 1n;
  let rest = 1;
  for (const { factor, exponent } of atoms) {
    const [num, den, tens] = factor;
    const [p, q] = exponent;
    if (q !== 1 || Math.abs(p) > MAX_EXPONENT) {
      rest *= pow((num / den) * pow(10, tens), p / q);
      continue;
    }
    const k = BigInt(Math.abs(p));
    const up = BigInt(num) ** k * 10n ** (BigInt(Math.max(tens, 0)) * k);
    const down = BigInt(den) ** k * 10n ** (BigInt(Math.max(-tens, 0)) * k);
    above *= p < 0 ? down : up;
    below *= p < 0 ? up : down;
  }
  return quotient(above, below) * rest;
}

/** a / b correctly rounded (up to a double rounding in the 64th bit, which 1e-19 relative cannot show). */
function quotient(a: bigint, b: bigint): number {
  const shift = a.toString(2).length - b.toString(2).length - 64;
  const q = shift > 0 ? a / (b << BigInt(shift)) : (a << BigInt(-shift)) / b;
  // One sticky bit keeps ties honest.
  const exact = shift > 0 ? q * (b << BigInt(shift)) === a : q * b === a << BigInt(-shift);
  return Number((q << 1n) | (exact ? 0n : 1n)) * 2 ** (shift - 1);
}

function spell({ name, exponent: [p, q] }: UnitAtom): string {
  if (p === 1 && q === 1) return name;
  const base = /^10\*/.test(name) ? `(${name})` : name;
  return q === 1 ? `${base}${/\d$/.test(base) ? '^' : ''}${p}` : `${base}^(${p}/${q})`;
}

function textOf(atoms: readonly UnitAtom[]): string {
  const above = atoms.filter((a) => a.exponent[0] > 0).map(spell);
  const below = atoms
    .filter((a) => a.exponent[0] < 0)
    .map((a) => spell({ ...a, exponent: [-a.exponent[0], a.exponent[1]] }));
  return [above.join('*') || '1', ...below].join('/');
}

/** Joins equal atoms; the first to appear keeps its place. */
function unitOf(parts: readonly UnitAtom[]): Unit {
  const atoms: UnitAtom[] = [];
  let dimension: Dimension = {};
  for (const part of parts) {
    dimension = addDimensions(dimension, part.dimension, part.exponent);
    const k = atoms.findIndex((a) => a.name === part.name);
    const known = atoms[k];
    if (known === undefined) atoms.push(part);
    else atoms[k] = { ...known, exponent: plus(known.exponent, part.exponent) };
  }
  const kept = atoms.filter((a) => a.exponent[0] !== 0);
  return { text: textOf(kept), scale: scaleOf(kept), dimension, atoms: kept };
}

const raise = (atoms: readonly UnitAtom[], e: Rational): UnitAtom[] =>
  atoms.map((a) => ({ ...a, exponent: times(a.exponent, e) }));

export const DIMENSIONLESS: Unit = unitOf([]);

export const multiply = (a: Unit, b: Unit): Unit => unitOf([...a.atoms, ...b.atoms]);
export const divide = (a: Unit, b: Unit): Unit => unitOf([...a.atoms, ...raise(b.atoms, [-1, 1])]);
/** a^(num/den); den is not 0. */
export const power = (a: Unit, num: number, den = 1): Unit => unitOf(raise(a.atoms, rational(num, den)));

export function sameDimension(a: Unit, b: Unit): boolean {
  const x = Object.entries(a.dimension);
  return (
    x.length === Object.keys(b.dimension).length &&
    x.every(([name, [p, q]]) => b.dimension[name]?.[0] === p && b.dimension[name]?.[1] === q)
  );
}

/** Plain numbers: includes `%`, whose scale is 0.01, and mL/L. */
export const isDimensionless = (a: Unit): boolean => Object.keys(a.dimension).length === 0;

/** What a number in `from` is multiplied by to be in `to`. Throws when the dimensions differ: check first. */
export function conversion(from: Unit, to: Unit): number {
  if (!sameDimension(from, to))
    throw new Error(`${describeUnit(from)} cannot be converted to ${describeUnit(to)}`);
  return divide(from, to).scale;
}

/** For messages: `mg/L`, or `a plain number`. */
export const describeUnit = (a: Unit): string => (a.atoms.length === 0 ? 'a plain number' : a.text);

/** A unit of its own dimension, as declared by `unit cells`. */
export const baseUnit = (name: string): Unit =>
  unitOf([{ name, exponent: [1, 1], factor: [1, 1, 0], dimension: { [name]: [1, 1] } }]);

/** Units that a model declared itself (`unit worms`), found among those it uses. */
export function declaredIn(units: Iterable<Unit>): ReadonlyMap<string, Unit> {
  const declared = new Map<string, Unit>();
  for (const { atoms } of units)
    for (const { name, dimension } of atoms)
      if (Object.hasOwn(dimension, name) && isUnitError(parseUnit(name))) declared.set(name, baseUnit(name));
  return declared;
}

/** Spellings without prefixes, for "did you mean". */
export const unitNames = (): readonly string[] => [
  ...Object.keys(ATOMS),
  'mg',
  'ug',
  'ng',
  'kg',
  'mL',
  'uL',
  'dL',
  'mmol',
  'umol',
  'nmol',
];

function lookUp(
  name: string,
  declared: ReadonlyMap<string, Unit> | undefined,
): readonly UnitAtom[] | UnitError {
  const own = declared?.get(name);
  if (own !== undefined) return own.atoms;
  const one = (atom: Atom, tens = 0): UnitAtom[] => {
    const [num, den, power10] = atom.factor;
    return [{ name, exponent: [1, 1], factor: [num, den, power10 + tens], dimension: atom.dimension }];
  };
  const plain = Object.hasOwn(ATOMS, name) ? ATOMS[name] : undefined;
  if (plain !== undefined) return one(plain);
  for (const [prefix, tens] of PREFIXES) {
    const stem = name.slice(prefix.length);
    const atom = name.startsWith(prefix) && Object.hasOwn(ATOMS, stem) ? ATOMS[stem] : undefined;
    if (atom?.prefixable) return one(atom, tens);
  }
  if (/^\{[^{}]*\}$/.test(name)) return one({ factor: [1, 1, 0], dimension: {}, prefixable: false });
  const hint = Object.hasOwn(HINTS, name) ? HINTS[name] : undefined;
  const message =
    name === 'Cel' ? 'degrees Celsius have an offset and cannot be a unit here' : `unknown unit ${name}`;
  return hint === undefined ? { message } : { message, hint };
}

// Atoms: mm[Hg] and [IU] keep their brackets; µ is U+00B5, μ U+03BC; {annotations} count as 1.
const TOKEN =
  /\s*(?:(10[*^][+-]?\d+)|(mmHg|cmH2O|[A-Za-zµμ_%]*(?:\[[A-Za-z0-9_.]+\])|[A-Za-zµμ_%]+|\{[^{}]*\})|(\d+)|([*./^()+-]))/y;

/** Reads a unit text. Names in `declared` come before the table's. */
export function parseUnit(text: string, declared?: ReadonlyMap<string, Unit>): Unit | UnitError {
  if (text.length > MAX_TEXT)
    return { message: `a unit text of ${text.length} characters; at most ${MAX_TEXT} are read` };
  const tokens: string[] = [];
  TOKEN.lastIndex = 0;
  const end = text.trimEnd().length;
  while (TOKEN.lastIndex < end) {
    const from = TOKEN.lastIndex;
    const found = TOKEN.exec(text);
    if (found === null)
      return { message: `unexpected '${text.slice(from).trim().charAt(0)}' in the unit '${text}'` };
    tokens.push(found[0].trim());
  }
  let next = 0;
  const fail = (message: string, hint?: string): UnitError =>
    hint === undefined ? { message } : { message, hint };
  const takeIf = (token: string): boolean => {
    if (tokens[next] !== token) return false;
    next++;
    return true;
  };

  function integer(): number | null {
    const sign = takeIf('-') ? -1 : 1;
    if (sign === 1) takeIf('+');
    const digits = tokens[next];
    if (digits === undefined || !/^\d+$/.test(digits)) return null;
    next++;
    return sign * Number(digits);
  }
  function exponent(): Rational | UnitError {
    let e: Rational = [1, 1];
    if (takeIf('^')) {
      const open = takeIf('(');
      const p = integer();
      const q = p !== null && open && takeIf('/') ? integer() : 1;
      if (p === null || q === null || q === 0 || (open && !takeIf(')')))
        return fail(`an exponent is missing in the unit '${text}'`, 'write m^2, h^-1 or m^(1/2)');
      e = rational(p, q);
    } else if (/^([+-]|\d+)$/.test(tokens[next] ?? '')) {
      const p = integer();
      if (p === null) return fail(`an exponent is missing in the unit '${text}'`, 'write m2 or h-1');
      e = [p, 1];
    }
    if (Math.abs(e[0]) > MAX_EXPONENT || e[1] > MAX_EXPONENT)
      return fail(`the exponent ${e[0]} in '${text}' is beyond ${MAX_EXPONENT}`);
    return e;
  }
  function component(): readonly UnitAtom[] | UnitError {
    const token = tokens[next];
    if (token === undefined)
      return fail(text.trim() === '' ? 'a unit is missing' : `the unit '${text}' ends too early`);
    next++;
    if (token === '1') return [];
    let atoms: readonly UnitAtom[] | UnitError;
    if (token === '(') {
      atoms = product();
      if ('message' in atoms) return atoms;
      if (!takeIf(')')) return fail(`a ')' is missing in the unit '${text}'`);
    } else if (/^10[*^]/.test(token)) {
      const tens = Number(token.slice(3));
      if (Math.abs(tens) > MAX_EXPONENT) return fail(`the power of ten ${token} is beyond ${MAX_EXPONENT}`);
      atoms = [{ name: `10*${tens}`, exponent: [1, 1], factor: [1, 1, tens], dimension: {} }];
    } else if (/^\d+$/.test(token)) {
      return fail(
        `the number ${token} cannot stand in a unit`,
        'powers of ten are written 10*6; other numbers belong into the expression',
      );
    } else if (/^[*./^)+-]$/.test(token)) {
      return fail(`unexpected '${token}' in the unit '${text}'`);
    } else {
      atoms = lookUp(token, declared);
      if ('message' in atoms) return atoms;
    }
    const e = exponent();
    return 'message' in e ? e : raise(atoms, e);
  }
  function product(): readonly UnitAtom[] | UnitError {
    const all: UnitAtom[] = [];
    let sign = takeIf('/') ? -1 : 1;
    for (;;) {
      const atoms = component();
      if ('message' in atoms) return atoms;
      all.push(...raise(atoms, [sign, 1]));
      if (takeIf('*') || takeIf('.')) sign = 1;
      else if (takeIf('/')) sign = -1;
      else return all;
    }
  }

  const atoms = product();
  if ('message' in atoms) return atoms;
  const left = tokens[next];
  if (left !== undefined)
    return fail(
      `unexpected '${left}' in the unit '${text}'`,
      /^[A-Za-z]/.test(left) ? 'join units with * or /' : undefined,
    );
  return unitOf(atoms);
}
