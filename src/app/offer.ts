// A file of doses and observations that was opened and is not used yet: what it holds, what must be answered first. In: its
// text, answers. Out: `Offer`, replaced at every change. One question to the engine at a time; the last answers win.
import type { DataFile, Study } from '../study/study.ts';
import type { DoseFile, EngineApi } from './client.ts';

export interface Offer {
  readonly name: string;
  /** How it is read so far; becomes the study's `cohort.data`. */
  readonly data: DataFile;
  /** null until the engine has read it. */
  readonly report: DoseFile | null;
}

export class Offering {
  readonly #engine: Pick<EngineApi, 'readDoses'>;
  readonly #changed: (offer: Offer | null) => void;
  #text = '';
  #offer: Offer | null = null;

  constructor(engine: Pick<EngineApi, 'readDoses'>, changed: (offer: Offer | null) => void) {
    this.#engine = engine;
    this.#changed = changed;
  }

  get text(): string {
    return this.#text;
  }

  open(name: string, text: string, model: Study['model']): void {
    this.#text = text;
    void this.#read({ name, data: { file: name }, report: null }, model);
  }

  /** Puts answers beside those given before and reads again. */
  answer(answers: Partial<DataFile>, model: Study['model']): void {
    if (!this.#offer) return;
    const { name, data, report } = this.#offer;
    const read = { ...data.read, ...answers.read };
    const columns = { ...data.columns, ...answers.columns };
    const compartments = { ...data.compartments, ...answers.compartments };
    const next: DataFile = {
      ...data,
      ...answers,
      ...(Object.keys(read).length > 0 && { read }),
      ...(Object.keys(columns).length > 0 && { columns }),
      ...(Object.keys(compartments).length > 0 && { compartments }),
    };
    void this.#read({ name, data: next, report }, model);
  }

  close(): void {
    this.#text = '';
    this.#show(null);
  }

  async #read(offer: Offer, model: Study['model']): Promise<void> {
    this.#show(offer);
    let report: DoseFile;
    try {
      report = await this.#engine.readDoses(model, this.#text, offer.data);
    } catch {
      // The engine says elsewhere that it stopped.
      return;
    }
    if (this.#offer === offer) this.#show({ ...offer, report });
  }

  #show(offer: Offer | null): void {
    this.#offer = offer;
    this.#changed(offer);
  }
}
