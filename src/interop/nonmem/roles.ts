// Which column is what. In: the header. Out: a role for every column, by the standard names (any case), by the listed
// synonyms, or as the caller says; every other column is a covariate. A synonym counts only where the standard name is
// absent, and two columns for one role are asked about.
import { nearest } from '../../language/suggest.ts';
import type { Problems } from './problems.ts';
import { shown } from './problems.ts';
import type { ReadOptions, Role } from './records.ts';

/** Standard name first. Dates by NONMEM's names: DATE, DAT1 (day first), DAT2 (year first), DAT3 (year, day, month). */
export const NAMES = {
  id: ['ID', '#ID', 'SUBJ', 'SUBJID', 'SUBJECT', 'SUBJECT_ID', 'USUBJID', 'PATIENT', 'PATIENT_ID'],
  time: ['TIME', 'DATETIME'],
  date: ['DATE', 'DAT1', 'DAT2', 'DAT3'],
  dv: ['DV', 'LIDV'],
  amt: ['AMT', 'AMOUNT'],
  rate: ['RATE'],
  dur: ['DUR', 'DURATION', 'TINF'],
  evid: ['EVID'],
  mdv: ['MDV'],
  cmt: ['CMT', 'COMPARTMENT'],
  addl: ['ADDL'],
  ii: ['II'],
  ss: ['SS'],
  dvid: ['DVID', 'YTYPE'],
  cens: ['CENS', 'BLQ', 'BLOQ', 'BQL'],
  lloq: ['LLOQ', 'LOQ'],
  uloq: ['ULOQ'],
  limit: ['LIMIT'],
} as const satisfies Partial<Record<Role, readonly string[]>>;

export type NamedRole = keyof typeof NAMES;
const NAMED = Object.keys(NAMES) as NamedRole[];
const ROLES: readonly string[] = [...NAMED, 'occ', 'comment', 'covariate', 'ignore'];

export interface Title {
  readonly name: string;
  readonly unit: string | null;
  readonly role: Role;
  readonly at: number;
}

/** Positions by role, and all titles in the header's order. */
export interface Columns {
  readonly titles: readonly Title[];
  readonly at: Readonly<Partial<Record<NamedRole | 'comment', number>>>;
}

/** `WT`, `WT [kg]` or `WT (kg)`. */
function nameAndUnit(cell: string): { readonly name: string; readonly unit: string | null } {
  const open = cell.search(/[[(]/);
  const close = cell.at(-1);
  if (open < 1 || (close !== ']' && close !== ')')) return { name: cell, unit: null };
  return { name: cell.slice(0, open).trim(), unit: cell.slice(open + 1, -1).trim() };
}

const chosen = (name: string, options: ReadOptions): Role | undefined =>
  options.columns !== undefined && Object.hasOwn(options.columns, name) ? options.columns[name] : undefined;

/** Whether a header has what every such table has: who, when, and a dose or a measurement. */
export function essentials(header: readonly string[], options: ReadOptions): boolean {
  const roles = new Set<Role>();
  for (const cell of header) {
    const { name } = nameAndUnit(cell);
    const role = chosen(name, options) ?? roleOf(name);
    if (role !== null) roles.add(role);
  }
  return roles.has('id') && (roles.has('time') || roles.has('date')) && (roles.has('dv') || roles.has('amt'));
}

const BY_NAME = new Map(NAMED.flatMap((role) => NAMES[role].map((name) => [name as string, role] as const)));
const roleOf = (name: string): NamedRole | null => BY_NAME.get(name.toUpperCase()) ?? null;

/** null when the columns cannot be told; why is with `problems`. */
export function matchColumns(
  header: readonly string[],
  headerRow: number,
  options: ReadOptions,
  problems: Problems,
): Columns | null {
  const plain = header.map(nameAndUnit);
  const names = plain.map(({ name }) => name);
  const seen = new Map<string, string>();
  for (const name of names) {
    const key = name.toUpperCase();
    if (name === '')
      problems.add(headerRow, '', '', 'a column has no name', 'name every column, or remove the empty one');
    else if (seen.has(key))
      problems.add(
        headerRow,
        name,
        name,
        `the column ${shown(name)} appears twice`,
        'keep one, or rename it',
      );
    seen.set(key, name);
  }
  for (const [name, role] of Object.entries(options.columns ?? {})) {
    if (!names.includes(name)) {
      const near = nearest(name, names);
      const remedy = near === null ? `the columns are ${names.map(shown).join(', ')}` : `is it ${near}?`;
      problems.add(headerRow, name, name, `there is no column ${shown(name)} to take as ${role}`, remedy);
    } else if (!ROLES.includes(role))
      problems.add(headerRow, name, `${role}`, `"${role}" is no role`, `roles are ${ROLES.join(', ')}`);
  }
  if (problems.stops) return null;

  const roles: Role[] = names.map((name) => chosen(name, options) ?? 'covariate');
  for (const role of NAMED) {
    if (roles.includes(role)) {
      if (roles.filter((each) => each === role).length > 1)
        problems.add(headerRow, '', '', `two columns are to be taken as ${role}`, 'choose one');
      continue;
    }
    const free = names.flatMap((name, k) =>
      chosen(name, options) === undefined && roleOf(name) === role ? [k] : [],
    );
    const standard = free.find((k) => names[k]?.toUpperCase() === NAMES[role][0]);
    const [first] = free;
    const found = standard ?? first;
    if (found === undefined) continue;
    if (standard === undefined && free.length > 1) ask(role, free, names, headerRow, problems);
    roles[found] = role;
    if (standard === undefined) problems.note(`the column ${names[found]} is read as ${NAMES[role][0]}`, 0);
  }
  const commentAt = names.findIndex((name, k) => name.toUpperCase() === 'C' && roles[k] === 'covariate');
  if (commentAt >= 0 && chosen(names[commentAt] ?? '', options) === undefined) roles[commentAt] = 'comment';
  missing(roles, names, headerRow, problems);
  if (problems.stops) return null;

  const at: Partial<Record<NamedRole | 'comment', number>> = {};
  roles.forEach((role, k) => {
    if (role !== 'covariate' && role !== 'occ' && role !== 'ignore') at[role] = k;
  });
  return { titles: plain.map((title, k) => ({ ...title, role: roles[k] ?? 'ignore', at: k })), at };
}

function ask(
  role: NamedRole,
  free: readonly number[],
  names: readonly string[],
  row: number,
  problems: Problems,
): void {
  const candidates = free.map((k) => names[k] ?? '');
  problems.ask({
    option: 'columns',
    message: `${candidates.map(shown).join(' and ')} may both be ${NAMES[role][0]}: which is it?`,
    row,
    column: candidates[0] ?? '',
    answers: candidates.map((name) => {
      const others = candidates.filter((other) => other !== name);
      const columns = Object.fromEntries([[name, role], ...others.map((other) => [other, 'covariate'])]);
      return { options: { columns }, meaning: `${name}; the others are covariates` };
    }),
  });
}

function missing(roles: readonly Role[], names: readonly string[], row: number, problems: Problems): void {
  const lacks = (role: NamedRole): boolean => !roles.includes(role);
  const columns = `the columns are ${names.slice(0, 30).map(shown).join(', ')}`;
  const say = (role: NamedRole, what: string): void => {
    const remedy = `name it ${NAMES[role][0]} (or ${NAMES[role].slice(1).join(', ') || 'say which it is'}); ${columns}`;
    problems.add(row, NAMES[role][0], '', `there is no column ${what}`, remedy);
  };
  if (lacks('id')) say('id', 'ID');
  if (lacks('time') && lacks('date')) say('time', 'TIME');
  if (lacks('dv') && lacks('amt')) say('dv', 'DV and no column AMT: nothing is measured or given');
}
