// Files dropped on the page, wherever it is. In: a host and what to do with files. Out: `over`, for a sign that they may
// be let go. Text dragged about is left alone.
import type { ReactiveController, ReactiveControllerHost } from 'lit';

export class Dropping implements ReactiveController {
  /** Files are being held over the page. */
  over = false;
  readonly #host: ReactiveControllerHost;
  readonly #dropped: (files: readonly File[]) => void;

  constructor(host: ReactiveControllerHost, dropped: (files: readonly File[]) => void) {
    this.#host = host;
    this.#dropped = dropped;
    host.addController(this);
  }

  hostConnected(): void {
    addEventListener('dragover', this.#hold);
    addEventListener('dragleave', this.#leave);
    addEventListener('drop', this.#drop);
  }

  hostDisconnected(): void {
    removeEventListener('dragover', this.#hold);
    removeEventListener('dragleave', this.#leave);
    removeEventListener('drop', this.#drop);
  }

  readonly #hold = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    // Without this the browser would leave the page and open the file.
    event.preventDefault();
    event.dataTransfer.dropEffect = 'copy';
    this.#show(true);
  };

  readonly #leave = (event: DragEvent) => {
    if (event.relatedTarget === null) this.#show(false);
  };

  readonly #drop = (event: DragEvent) => {
    if (!event.dataTransfer?.types.includes('Files')) return;
    event.preventDefault();
    this.#show(false);
    const files = [...event.dataTransfer.files];
    if (files.length > 0) this.#dropped(files);
  };

  #show(over: boolean): void {
    if (over === this.over) return;
    this.over = over;
    this.#host.requestUpdate();
  }
}
