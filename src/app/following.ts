// One patient followed through every arm, asked of the engine beside its runs and again whenever the cohort has changed.
// In: a patient's number, the study on screen. Out: `Followed`, through a callback. One question at a time; the last wins.
import type { Study } from '../study/study.ts';
import type { EngineApi, PatientCurves, Tables } from './client.ts';

export interface Followed {
  /** Counted from 0, as in the tables of patients that Gemello writes. */
  readonly patient: number;
  /** null until the engine has answered; nobody when it cannot. */
  readonly curves: PatientCurves | null;
}

/** What the result on screen was computed from. */
export interface Shown {
  readonly study: Study;
  readonly tables: Tables;
}

/** The same study from the same file: the same numbers. */
export function sameShown(a: Shown, b: Shown): boolean {
  const names = Object.keys(b.tables);
  return (
    a.study === b.study &&
    names.length === Object.keys(a.tables).length &&
    names.every((name) => a.tables[name] === b.tables[name])
  );
}

const NOBODY: PatientCurves = { patients: [], arms: [], covariates: [] };

export class Following {
  readonly #engine: Pick<EngineApi, 'individuals'>;
  readonly #changed: (followed: Followed | null) => void;
  #patient: number | null = null;
  #shown: Shown | null = null;
  #asking = false;

  constructor(engine: Pick<EngineApi, 'individuals'>, changed: (followed: Followed | null) => void) {
    this.#engine = engine;
    this.#changed = changed;
  }

  get patient(): number | null {
    return this.#patient;
  }

  choose(patient: number | null): void {
    if (patient === this.#patient) return;
    this.#patient = patient;
    this.#changed(patient === null ? null : { patient, curves: null });
    void this.#ask();
  }

  /** Another result is on screen. */
  show(shown: Shown): void {
    this.#shown = shown;
    void this.#ask();
  }

  async #ask(): Promise<void> {
    if (this.#asking) return;
    this.#asking = true;
    for (;;) {
      const patient = this.#patient;
      const shown = this.#shown;
      if (patient === null || shown === null) break;
      let curves = NOBODY;
      try {
        const { study, tables } = shown;
        curves = await this.#engine.individuals(study, [patient], { tables });
      } catch {
        // The engine says elsewhere that it stopped; here nobody can be shown.
      }
      if (patient === this.#patient) this.#changed({ patient, curves });
      if (patient === this.#patient && shown === this.#shown) break;
    }
    this.#asking = false;
  }
}
