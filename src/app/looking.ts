// How covariates are spread before weights: asked of the engine when a target needs bars, kept until the patients are others.
// In: the study on screen, a covariate. Out: spreads by covariate, through a callback.
import type { EngineApi } from './client.ts';
import type { Shown } from './following.ts';
import type { Spread } from './spread.ts';

export type Spreads = Readonly<Record<string, Spread>>;

export class Looking {
  readonly #engine: Pick<EngineApi, 'spread'>;
  readonly #changed: (spreads: Spreads) => void;
  #spreads: Spreads = {};
  /** Of which patients they are. */
  #patients = '';

  constructor(engine: Pick<EngineApi, 'spread'>, changed: (spreads: Spreads) => void) {
    this.#engine = engine;
    this.#changed = changed;
  }

  /** null where the engine cannot tell: the study is refused, which is said elsewhere. */
  async at({ study, tables }: Shown, of: string, edges?: readonly number[]): Promise<Spread | null> {
    const { weights: _, ...cohort } = study.cohort ?? {};
    const { model, set } = study;
    const patients = JSON.stringify({ model, set, cohort });
    const known = patients === this.#patients ? this.#spreads[of] : undefined;
    if (known && (edges === undefined || same(known.edges, edges))) return known;
    try {
      const spread = await this.#engine.spread(study, { of, tables, ...(edges && { edges }) });
      if (!spread) return null;
      this.#spreads = { ...(patients === this.#patients ? this.#spreads : {}), [of]: spread };
      this.#patients = patients;
      this.#changed(this.#spreads);
      return spread;
    } catch {
      // The engine says elsewhere that it stopped.
      return null;
    }
  }
}

export const same = (a: readonly number[], b: readonly number[]): boolean =>
  a.length === b.length && a.every((edge, at) => edge === b[at]);
