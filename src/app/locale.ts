// The page's one language, chosen when it is loaded, and what depends on the screen: scheme and size.
// In: the address and the browser's settings. Out: `t`, `language`, and a controller that redraws elements on change.
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { Scheme } from './charts/palette.ts';
import { chooseLanguage, translator } from './strings.ts';

export const language = chooseLanguage(location.search, navigator.languages);
export const t = translator(language);
document.documentElement.lang = language;

const asked = new URLSearchParams(location.search).get('theme');
const forced: Scheme | null = asked === 'light' || asked === 'dark' ? asked : null;
if (forced) document.documentElement.style.colorScheme = forced;

const dark = matchMedia('(prefers-color-scheme: dark)');
const narrow = matchMedia('(max-width: 760px)');

export class Screen implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #changed = () => this.#host.requestUpdate();

  constructor(host: ReactiveControllerHost) {
    this.#host = host;
    host.addController(this);
  }

  get scheme(): Scheme {
    return forced ?? (dark.matches ? 'dark' : 'light');
  }

  /** A phone, or a window as narrow as one. */
  get compact(): boolean {
    return narrow.matches;
  }

  hostConnected(): void {
    dark.addEventListener('change', this.#changed);
    narrow.addEventListener('change', this.#changed);
  }

  hostDisconnected(): void {
    dark.removeEventListener('change', this.#changed);
    narrow.removeEventListener('change', this.#changed);
  }
}
