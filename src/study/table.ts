// A cohort from a table. In: the text of a CSV file (RFC 4180, commas, points in numbers, one header row) and a Model.
// Out: the covariates as columns in the units the model declares, the random effects that it brings, names of the rows, or
// everything that is wrong with the file, at once.
// Nothing is guessed: a unit is converted only when the header states it; decimal commas and semicolons are errors.
import Papa from 'papaparse';
import type { Covariate, Model } from '../language/model.ts';
import { nearest } from '../language/suggest.ts';
import {
  conversion,
  declaredIn,
  describeUnit,
  isUnitError,
  parseUnit,
  sameDimension,
  type Unit,
} from '../language/units.ts';
import { sha256 } from './digest.ts';
import { withinOf } from './within.ts';

export interface Table {
  readonly rows: number;
  /** By covariate name, in its declared unit; yes/no as 0 or 1, categories by index. */
  readonly columns: Readonly<Record<string, Float64Array>>;
  /** By random effect: each row's own value, and how much its draws spread around it; absent: none are in the file. */
  readonly effects?: Readonly<Record<string, TableEffect>>;
  /** The column ID, `7#2` where 7 comes again; absent: there is none. */
  readonly ids?: readonly string[];
  /** Changes whenever a number in it does. */
  readonly digest: string;
  readonly warnings: readonly string[];
}
export interface TableEffect {
  readonly mean: Float64Array;
  /** Standard deviations; null: the row's effect is fixed. */
  readonly sd: Float64Array | null;
}
export type TableResult = Table | { readonly errors: readonly string[] };

export const isTable = (result: TableResult): result is Table => 'columns' in result;

const MAX_ERRORS = 50;
const MAX_BYTES = 64 * 1024 * 1024;
const MAX_ROWS = 1_000_000;
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const SAVE_AS = 'save the file with commas between cells and points in numbers (12.5)';

/** `given` covariates are fixed elsewhere and need no column. Rows are numbered as in a spreadsheet: the header is row 1. */
export function readTable(csv: string, model: Model, given: readonly string[] = []): TableResult {
  if (csv.length > MAX_BYTES)
    return { errors: [`the table has ${csv.length} characters; at most ${MAX_BYTES} are read`] };
  const text = csv.charCodeAt(0) === 0xfeff ? csv.slice(1) : csv;
  const parsed = Papa.parse<string[]>(text, { delimiter: ',', header: false, preview: MAX_ROWS + 2 });
  const header = (parsed.data[0] ?? []).map((cell) => cell.trim());
  const refusal = wholeFile(header, parsed);
  if (refusal !== null) return { errors: [refusal] };

  const faults = new Faults();
  const warnings: string[] = [];
  const readers = matchColumns(header, model, given, faults, warnings);

  const effects = matchEffects(header, model, faults);
  const at = header.findIndex((cell) => nameAndUnit(cell).name.toUpperCase() === 'ID');
  const named = at >= 0 && !readers.some(({ position }) => position === at);

  const columns: Record<string, Float64Array> = {};
  const lines = parsed.data.map((cells, k) => ({ cells, row: k + 1 })).slice(1);
  const filled = lines.filter(({ cells }) => cells.some((cell) => cell.trim() !== ''));
  if (filled.length === 0) faults.add('the table has a header and no rows; at least one patient is needed');
  for (const { covariate } of readers) columns[covariate.name] = new Float64Array(filled.length);
  const own = new Map(effects.map((effect) => [effect, new Float64Array(filled.length)]));

  const bounds = withinOf(model);
  filled.forEach(({ cells, row }, i) => {
    if (faults.full) return;
    if (cells.length !== header.length) {
      const remedy =
        cells.length > header.length ? '; numbers are written with a point (12.5), not a comma' : '';
      faults.add(
        `row ${row} has ${cells.length === 1 ? '1 cell' : `${cells.length} cells`}, the header has ${header.length}${remedy}`,
      );
      return;
    }
    const patient: Record<string, number> = {};
    for (const { covariate, position, factor } of readers) {
      const where = `row ${row}, column ${covariate.name}`;
      const value = readCell(cells[position] ?? '', covariate, factor);
      if (typeof value === 'string') faults.add(`${where}: ${value}`);
      else {
        patient[covariate.name] = value;
        const outside = bounds(covariate, value, patient);
        if (outside !== null) faults.add(`${where}: ${outside}`);
      }
      (columns[covariate.name] ?? new Float64Array())[i] = typeof value === 'number' ? value : Number.NaN;
    }
    for (const [{ title, position, factor, spread }, values] of own) {
      const value = readNumber((cells[position] ?? '').trim(), factor);
      if (typeof value === 'string') faults.add(`row ${row}, column ${title}: ${value}`);
      else if (spread && value < 0)
        faults.add(`row ${row}, column ${title}: ${value} is below 0, and a standard deviation is not`);
      else values[i] = value;
    }
  });

  if (faults.count > 0) return { errors: faults.list() };
  const found = effectsOf(own);
  const brought = Object.keys(found).length > 0;
  return {
    rows: filled.length,
    columns,
    ...(brought && { effects: found }),
    ...(named && { ids: distinct(filled.map(({ cells }) => shown((cells[at] ?? '').trim()))) }),
    digest: brought
      ? sha256([digestOf(columns), ...[...own].map(([e, v]) => digestOf({ [e.title]: v }))].join())
      : digestOf(columns),
    warnings,
  };
}

interface EffectReader {
  readonly name: string;
  /** As in the header, without its unit. */
  readonly title: string;
  readonly position: number;
  readonly factor: number;
  /** It is the standard deviation. */
  readonly spread: boolean;
}

/** Columns `eta` and `eta sd` of random effects. Those that vary together come together, or not at all. */
function matchEffects(header: readonly string[], model: Model, faults: Faults): EffectReader[] {
  const titles = header.map(nameAndUnit);
  const declared = declaredIn(model.covariates.map(({ unit }) => unit));
  const readers: EffectReader[] = [];
  const one = (name: string, unit: Unit, spread: boolean): boolean => {
    const title = spread ? `${name} sd` : name;
    const positions = titles.flatMap((t, k) => (t.name.replace(/\s+/g, ' ') === title ? [k] : []));
    const [position] = positions;
    if (position === undefined) return false;
    if (positions.length > 1) faults.add(`column ${title} appears ${positions.length} times; keep one`);
    const factor = factorOf(
      titles[position]?.unit ?? null,
      { type: 'number', unit, categories: [] },
      declared,
    );
    if (typeof factor === 'string') faults.add(`column ${title}: ${factor}`);
    else readers.push({ name, title, position, factor, spread });
    return true;
  };
  for (const { names, units } of model.random)
    for (const [k, name] of names.entries()) {
      const unit = units[k];
      if (unit === undefined) continue;
      const known = one(name, unit, false);
      if (one(name, unit, true) && !known)
        faults.add(
          `column ${name} sd: the spread is around ${name}, which the table has not; add a column ${name}`,
        );
    }
  const has = (name: string) => readers.some((reader) => reader.name === name);
  const together = [
    ...model.random.map(({ names }) => names),
    ...(model.correlations ?? []).map(({ names }) =>
      names.filter((n) => model.random.some((b) => b.names.includes(n))),
    ),
  ];
  for (const names of together) {
    const [missing, given] = [names.find((name) => !has(name)), names.find(has)];
    if (missing !== undefined && given !== undefined)
      faults.add(
        `${given} and ${missing} vary together, so the table has both or neither; add a column ${missing}`,
      );
  }
  return readers;
}

function effectsOf(own: ReadonlyMap<EffectReader, Float64Array>): Record<string, TableEffect> {
  const effects: Record<string, TableEffect> = {};
  for (const [{ name, spread }, mean] of own) {
    const sd = [...own].find(([other]) => other.name === name && other.spread)?.[1] ?? null;
    if (!spread) effects[name] = { mean, sd };
  }
  return effects;
}

function distinct(names: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return names.map((name) => {
    const before = seen.get(name) ?? 0;
    seen.set(name, before + 1);
    return before === 0 ? name : `${name}#${before + 1}`;
  });
}

/** Faults in the order found; those beyond the bound are only counted, and reading stops. */
class Faults {
  private readonly messages: string[] = [];
  get count(): number {
    return this.messages.length;
  }
  get full(): boolean {
    return this.messages.length > MAX_ERRORS;
  }
  add(message: string): void {
    if (!this.full) this.messages.push(message);
  }
  list(): readonly string[] {
    if (!this.full) return this.messages;
    return [
      ...this.messages.slice(0, MAX_ERRORS - 1),
      `and more: reading stopped after ${MAX_ERRORS - 1} errors`,
    ];
  }
}

/** What makes the whole file unreadable. */
function wholeFile(header: readonly string[], parsed: Papa.ParseResult<string[]>): string | null {
  const first = header.join(',');
  if (first === '')
    return 'the table is empty; its first row must name the covariates, for example: WT [kg],AGE [yr]';
  if (first.includes(';')) return `row 1 has semicolons ("${shown(first)}"); ${SAVE_AS}`;
  if (first.includes('\t')) return `row 1 has tabs between cells; ${SAVE_AS}`;
  if (parsed.data.length > MAX_ROWS + 1)
    return `the table has more than ${MAX_ROWS} rows; keep at most that many`;
  const quote = parsed.errors.find((error) => error.type === 'Quotes');
  if (quote) return `row ${(quote.row ?? 0) + 1} has a quotation mark that is not closed`;
  return null;
}

interface Reader {
  readonly covariate: Covariate;
  readonly position: number;
  /** What a cell's number is multiplied by. */
  readonly factor: number;
}

/** `WT`, `WT [kg]` or `WT (kg)`. */
function nameAndUnit(cell: string): { readonly name: string; readonly unit: string | null } {
  const found = /^(.*?)\s*(?:\[([^\]]*(?:\[[^\]]*\])*[^\]]*)\]|\((.*)\))$/.exec(cell);
  if (found === null) return { name: cell, unit: null };
  return { name: (found[1] ?? '').trim(), unit: (found[2] ?? found[3] ?? '').trim() };
}

/** Columns in the model's order; faults for what is missing, double or in a wrong unit; a note on what is not read. */
function matchColumns(
  header: readonly string[],
  model: Model,
  given: readonly string[],
  faults: Faults,
  warnings: string[],
): Reader[] {
  const titles = header.map(nameAndUnit);
  const readers: Reader[] = [];
  const declared = declaredIn(model.covariates.map(({ unit }) => unit));
  for (const covariate of model.covariates) {
    const { name } = covariate;
    const positions = titles.flatMap((title, k) => (title.name === name ? [k] : []));
    const [position] = positions;
    if (position === undefined) {
      if (given.includes(name)) continue;
      const others = titles.map((title) => title.name);
      const found = `the columns are ${others.map(shown).join(', ')}`;
      const near = nearest(name, others);
      faults.add(`column ${name} is missing; ${found}${near === null ? '' : ` - is it ${near}?`}`);
      continue;
    }
    if (positions.length > 1) {
      faults.add(`column ${name} appears ${positions.length} times; keep one`);
      continue;
    }
    const factor = factorOf(titles[position]?.unit ?? null, covariate, declared);
    if (typeof factor === 'string') faults.add(`column ${name}: ${factor}`);
    else readers.push({ covariate, position, factor });
  }
  const names = new Set([
    ...model.covariates.map((covariate) => covariate.name),
    ...model.random.flatMap((block) => block.names.flatMap((name) => [name, `${name} sd`])),
  ]);
  const ignored = titles
    .filter(({ name }) => !names.has(name.replace(/\s+/g, ' ')) && name.toUpperCase() !== 'ID')
    .map((title) => shown(title.name) || '(no name)');
  if (ignored.length > 0) {
    warnings.push(`not read, because the model has no such covariate: ${ignored.join(', ')}`);
  }
  return readers;
}

/** Header's unit to declared unit, or what is wrong with the header's. */
function factorOf(
  text: string | null,
  covariate: Pick<Covariate, 'type' | 'unit' | 'categories'>,
  declared: ReadonlyMap<string, Unit>,
): number | string {
  if (text === null) return 1;
  if (covariate.type !== 'number')
    return `the header gives the unit "${shown(text)}", but it is ${worded(covariate)} and has none`;
  const unit = parseUnit(text, declared);
  if (isUnitError(unit)) {
    return `the unit in the header is not understood: ${unit.message}${unit.hint === undefined ? '' : ` - ${unit.hint}`}`;
  }
  if (!sameDimension(unit, covariate.unit)) {
    return `the header says ${describeUnit(unit)}, the model needs ${describeUnit(covariate.unit)}; one cannot be converted to the other`;
  }
  return conversion(unit, covariate.unit);
}

const worded = (covariate: Pick<Covariate, 'type' | 'categories'>): string =>
  covariate.type === 'yes/no' ? 'yes or no' : `one of ${covariate.categories.join(', ')}`;

/** The cell's value in the declared unit, or what is wrong with it. */
function readCell(cell: string, covariate: Covariate, factor: number): number | string {
  const content = cell.trim();
  if (content === '') return 'the cell is empty';
  switch (covariate.type) {
    case 'number':
      return readNumber(content, factor);
    case 'yes/no': {
      const word = content.toLowerCase();
      if (word === 'yes' || word === '1' || word === 'true') return 1;
      if (word === 'no' || word === '0' || word === 'false') return 0;
      return `"${shown(content)}" is not yes or no`;
    }
    case 'category': {
      const index = covariate.categories.indexOf(content);
      if (index >= 0) return index;
      const near = nearest(content, covariate.categories);
      const hint = near === null ? '' : ` - did you mean ${near}?`;
      return `"${shown(content)}" is not one of ${covariate.categories.join(', ')}${hint}`;
    }
  }
}

function readNumber(content: string, factor: number): number | string {
  if (content === '') return 'the cell is empty';
  const value = NUMBER.test(content) ? Number(content) * factor : Number.NaN;
  if (Number.isFinite(Math.fround(value))) return value;
  if (NUMBER.test(content)) return `${shown(content)} is too large`;
  const comma = /^[+-]?[\d.]*,\d+$/.test(content)
    ? '; numbers are written with a point (12.5), not a comma'
    : '';
  return `"${shown(content)}" is not a number${comma}`;
}

/** Short, and on one line: a quoted cell may hold line ends. */
function shown(text: string): string {
  const line = text.replace(/[\r\n]+/g, ' ');
  return line.length > 60 ? `${line.slice(0, 60)}...` : line;
}

function digestOf(columns: Readonly<Record<string, Float64Array>>): string {
  const digests = Object.entries(columns).map(([name, values]) => {
    // Little-endian on every machine that runs this; the digest is compared within one run only.
    return `${name} ${sha256(new Uint8Array(values.buffer, values.byteOffset, values.byteLength))}`;
  });
  return sha256(digests.join('\n'));
}
