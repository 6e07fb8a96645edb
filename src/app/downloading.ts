// Files to take home. In: the result on screen and what it was computed from. Out: a Blob a wish, named after the model; every
// patient's endpoints take another run, which says how far it is and can be stopped. Nothing is uploaded: the browser keeps
// the bytes until it has written them.
import type { Result } from '../study/result.ts';
import type { SheetFormat } from '../study/sheet.ts';
import type { EngineApi } from './client.ts';
import { patientsOf } from './edits.ts';
import type { Shown } from './following.ts';

export type Download =
  | Numbers
  | { readonly kind: 'patients'; readonly format: SheetFormat }
  | { readonly kind: 'picture' };
/** What a result alone is enough for. */
type Numbers = { readonly kind: 'summary'; readonly format: SheetFormat } | { readonly kind: 'result' };

export type Exporting =
  | { readonly kind: 'running'; readonly finished: number; readonly of: number }
  | { readonly kind: 'failed'; readonly message: string };

interface Options {
  readonly engine: Pick<EngineApi, 'exportEndpoints' | 'cancelExport'>;
  readonly changed: (exporting: Exporting | null) => void;
  readonly save: (name: string, file: Blob) => void;
}

export class Downloading {
  readonly #options: Options;
  /** Exports are numbered; only the newest may speak. */
  #number = 0;
  #running = false;

  constructor(options: Options) {
    this.#options = options;
  }

  /** The numbers of a result, as a table or whole. */
  async numbers(wish: Numbers, result: Result): Promise<void> {
    try {
      await this.#numbers(wish, result);
    } catch (error) {
      // A part of the page that is loaded when asked for may be gone: somebody has put a newer page there.
      this.#options.changed({
        kind: 'failed',
        message: error instanceof Error ? error.message : String(error),
      });
    }
  }

  async #numbers(wish: Numbers, result: Result): Promise<void> {
    const { name } = result.model;
    if (wish.kind === 'summary') {
      // Loaded when first asked for: most visitors only look.
      const [{ summarySheet }, { sheetBlob }] = await Promise.all([
        import('../study/summary-sheet.ts'),
        import('../study/sheet.ts'),
      ]);
      const file = await sheetBlob(summarySheet(result), wish.format);
      this.#options.save(`${name}-summary.${wish.format}`, file);
      return;
    }
    const json = `${JSON.stringify(result, null, 2)}\n`;
    this.#options.save(`${name}-result.json`, new Blob([json], { type: 'application/json' }));
  }

  /** A row a patient and arm, of the study that the result on screen is of. */
  async patients(format: SheetFormat, name: string, { study, tables }: Shown): Promise<void> {
    const own = ++this.#number;
    const of = patientsOf(study);
    const say = (exporting: Exporting | null) => {
      if (own !== this.#number) return;
      this.#running = exporting?.kind === 'running';
      this.#options.changed(exporting);
    };
    say({ kind: 'running', finished: 0, of });
    try {
      const reply = await this.#options.engine.exportEndpoints(study, { format, tables }, (finished) => {
        // Progress comes on a port of its own and may be later than the answer.
        if (this.#running) say({ kind: 'running', finished, of });
      });
      if (own !== this.#number) return;
      say(reply.kind === 'failed' ? reply : null);
      if (reply.kind === 'done') this.#options.save(`${name}-patients.${format}`, reply.file);
    } catch (error) {
      say({ kind: 'failed', message: error instanceof Error ? error.message : String(error) });
    }
  }

  cancel(): void {
    this.#number++;
    this.#running = false;
    this.#options.changed(null);
    // A dead engine says so elsewhere.
    void this.#options.engine.cancelExport().catch(() => undefined);
  }
}
