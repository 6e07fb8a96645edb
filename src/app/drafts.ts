// Therapies of arms while they are being written: each text is checked after a pause and handed on once it has no error.
// In: what is typed, by arm. Out: drafts with their diagnostics, and therapies that can be run. The newest text wins.
import type { Diagnostic } from '../language/diagnostic.ts';

export interface Draft {
  readonly text: string;
  /** Of this text, or of the one before while it is being checked. */
  readonly diagnostics: readonly Diagnostic[];
  readonly checked: boolean;
}

/** By arm, counted from 0. */
export type DraftsByArm = Readonly<Record<number, Draft>>;

interface Options {
  readonly check: (text: string) => Promise<readonly Diagnostic[]>;
  readonly changed: (drafts: DraftsByArm) => void;
  /** A text without errors. */
  readonly accept: (arm: number, text: string) => void;
}

const TYPING_PAUSE_MS = 250;

export class Drafts {
  readonly #options: Options;
  readonly #timers = new Map<number, ReturnType<typeof setTimeout>>();
  #drafts: DraftsByArm = {};

  constructor(options: Options) {
    this.#options = options;
  }

  write(arm: number, text: string): void {
    clearTimeout(this.#timers.get(arm));
    this.#put(arm, { text, diagnostics: this.#drafts[arm]?.diagnostics ?? [], checked: false });
    this.#timers.set(
      arm,
      setTimeout(() => void this.#check(arm, text), TYPING_PAUSE_MS),
    );
  }

  /** Nothing is being written any more: the arms are others. */
  clear(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
    if (Object.keys(this.#drafts).length === 0) return;
    this.#drafts = {};
    this.#options.changed(this.#drafts);
  }

  /** As after an undo: what was written of this arm is gone. */
  forget(arm: number): void {
    clearTimeout(this.#timers.get(arm));
    this.#put(arm, null);
  }

  async #check(arm: number, text: string): Promise<void> {
    const diagnostics = await this.#options.check(text);
    if (this.#drafts[arm]?.text !== text) return;
    if (diagnostics.some(({ severity }) => severity === 'error')) {
      this.#put(arm, { text, diagnostics, checked: true });
      return;
    }
    // Warnings stay in sight while the text does.
    this.#put(arm, diagnostics.length > 0 ? { text, diagnostics, checked: true } : null);
    this.#options.accept(arm, text);
  }

  #put(arm: number, draft: Draft | null): void {
    const { [arm]: _, ...others } = this.#drafts;
    this.#drafts = draft === null ? others : { ...others, [arm]: draft };
    this.#options.changed(this.#drafts);
  }
}
