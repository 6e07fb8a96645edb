// Studies on their way out of the page and back: tied to their model's text, with what was seen, and compared on return.
// In: a study, the session's state, texts of named models. Out: studies, fragments, comparisons. It touches no address.
import { inputsDigest } from '../study/digest.ts';
import { type Comparison, compareExpectation, expectationOf } from '../study/expect.ts';
import { encodeLink, pinModel } from '../study/link.ts';
import type { Result } from '../study/result.ts';
import type { Study } from '../study/study.ts';
import type { TableFacts } from './client.ts';
import type { SessionState } from './session-state.ts';

/** The text of a shipped model; undefined when there is none of that name. */
export type TextOf = (name: string) => string | undefined;

export interface SharedStudy {
  readonly study: Study;
  /** Whether it carries numbers to compare with: those on screen must be this study's own, of all its patients. */
  readonly carries: boolean;
}

export function sharedStudy(state: SessionState, textOf: TextOf): SharedStudy {
  const { expect: _, ...study } = state.study;
  const pinned = tied(study, textOf);
  if (!state.result || state.stale || state.preview) return { study: pinned, carries: false };
  return {
    study: { ...pinned, expect: expectationOf(state.result, inputs(pinned, state.result, state.table)) },
    carries: true,
  };
}

/** The fragment of a study as it stands, without what was seen of it. */
export function addressOf(study: Study, textOf: TextOf): Promise<string> {
  const { expect: _, ...rest } = study;
  return encodeLink(tied(rest, textOf));
}

/** null when the study came without anything to compare with. `table`: what the result's patients came from. */
export function comparison(study: Study, result: Result, table: TableFacts | null): Comparison | null {
  return study.expect ? compareExpectation(study.expect, result, inputs(study, result, table)) : null;
}

function tied(study: Study, textOf: TextOf): Study {
  const text = 'name' in study.model ? textOf(study.model.name) : undefined;
  return text === undefined ? study : pinModel(study, text);
}

function inputs(study: Study, { model, gemello }: Result, table: TableFacts | null): string {
  const tableSha256 = table?.sha256;
  return inputsDigest(study, {
    modelSha256: model.sha256,
    gemello,
    ...(tableSha256 !== undefined && { tableSha256 }),
  });
}
