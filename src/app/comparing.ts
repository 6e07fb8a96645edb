// How a study compares its arms, as the page edits it: the arm compared with, which way is good, subgroups. In: a study and
// what was chosen. Out: a new study, and numbers that somebody typed as cuts. What says nothing is left out of the document.
import type { Arm, Comparing, Split, Study } from '../study/study.ts';
import type { ModelView } from './client.ts';
import { parseNumber, plain } from './format.ts';
import type { Language } from './strings.ts';

type Direction = 'higher' | 'lower';

/** The arm that the others are compared with; undefined where there is none. */
export function versusOf({ arms = [], compare }: Study): Arm | undefined {
  return arms.find(({ name }) => name === compare?.versus) ?? arms[0];
}

/** The first arm needs no saying. */
export function withVersus(study: Study, arm: string): Study {
  return withCompare(study, { versus: study.arms?.[0]?.name === arm ? undefined : arm });
}

export function withBetter(study: Study, endpoint: string, value: Direction | null): Study {
  const others = Object.entries(study.compare?.better ?? {}).filter(([name]) => name !== endpoint);
  const better = Object.fromEntries(value === null ? others : [...others, [endpoint, value] as const]);
  return withCompare(study, { better });
}

export function withSubgroups(study: Study, subgroups: readonly Split[]): Study {
  return withCompare(study, { subgroups });
}

/** An arm's new name is its name here too. */
export function renamedVersus(study: Study, from: string | undefined, to: string): Study {
  return from !== undefined && study.compare?.versus === from ? withCompare(study, { versus: to }) : study;
}

/** Without what arms, endpoints or covariates that are gone would refuse. */
export function stillCompared(study: Study, { endpoints, covariates }: ModelView): Study {
  const { compare } = study;
  if (!compare) return study;
  const { versus, better = {}, subgroups = [] } = compare;
  const has = (all: readonly { readonly name: string }[], name: string) => all.some((x) => x.name === name);
  return withCompare(study, {
    versus: versus !== undefined && has(study.arms ?? [], versus) ? versus : undefined,
    better: Object.fromEntries(Object.entries(better).filter(([name]) => has(endpoints, name))),
    subgroups: subgroups.filter(({ of }) => has(covariates, of)),
  });
}

/** Undefined and empty fields go, and `compare` itself when nothing is left in it. */
function withCompare(
  { compare, ...study }: Study,
  change: { readonly [K in keyof Comparing]?: Comparing[K] | undefined },
): Study {
  const left = Object.entries({ ...compare, ...change }).filter(
    ([, value]) => value !== undefined && (typeof value !== 'object' || Object.keys(value).length > 0),
  );
  return left.length === 0 ? study : { ...study, compare: Object.fromEntries(left) as Comparing };
}

/** As the study's schema has it. */
const MOST_CUTS = 20;

/**
 * `30, 60` or `0,5; 1,5`: where there is a semicolon a comma is a decimal one. Ascending, each once; none for an empty box;
 * null where something is no number.
 */
export function parseCuts(text: string, language: Language = 'en'): readonly number[] | null {
  // Where a comma is the decimal mark, it parts numbers only with a space after it.
  const apart = language === 'it' ? /;\s*|,?\s+/ : text.includes(';') ? /[;\s]+/ : /[,\s]+/;
  const parts = text
    .trim()
    .split(apart)
    .filter((part) => part !== '');
  const cuts = parts.map(parseNumber);
  if (cuts.some((cut) => cut === null) || cuts.length > MOST_CUTS) return null;
  return [...new Set(cuts.filter((cut) => cut !== null))].sort((a, b) => a - b);
}

/** What parses to the same numbers, with the language's decimal mark. */
export function cutsText(cuts: readonly number[] | undefined, language: Language): string {
  return (cuts ?? []).map((cut) => plain(cut, language)).join(language === 'it' ? '; ' : ', ');
}
