// What is drawn in view, for a picture of it. In: an element. Out: its charts, forests and bars with the headings and captions that stand beside
// them on the screen. It draws nothing.

import { VERSION } from '../../study/version.ts';
import { type Figure, PICTURE_RATIO } from '../charts/save.ts';
import type { ModelView } from '../client.ts';
import { whole } from '../format.ts';
import { language, t } from '../locale.ts';
import type { Bars } from './bars.ts';
import type { ChartCanvas } from './chart.ts';
import type { Forest } from './forest.ts';

type Drawing = ChartCanvas | Forest | Bars;
const DRAWINGS: readonly string[] = ['gemello-chart', 'gemello-forest', 'gemello-bars'];

/** In it and in the shadow roots under it, as they follow each other. */
export function drawingsIn(element: Element): readonly Drawing[] {
  const root = element.shadowRoot ?? element;
  return [...root.querySelectorAll('*')].flatMap((one): readonly Drawing[] => {
    if (DRAWINGS.includes(one.localName)) return [one as Drawing];
    return one.shadowRoot ? drawingsIn(one) : [];
  });
}

export function figuresIn(element: Element): readonly Figure[] {
  return drawingsIn(element).flatMap((chart) => {
    const canvas = chart.snapshot(PICTURE_RATIO);
    const around = chart.closest('figure, section') ?? chart.parentElement ?? chart.getRootNode();
    const words = (selector: string) => {
      const found =
        around instanceof Element || around instanceof ShadowRoot
          ? [...around.querySelectorAll(selector)]
          : [];
      return found.map(({ textContent }) => (textContent ?? '').replace(/\s+/g, ' ').trim());
    };
    if (!canvas) return [];
    const { width, height } = chart.paperSize;
    return [
      {
        canvas,
        width,
        height,
        title: words('h2, h3')[0] ?? '',
        caption: words('figcaption, .sentence').join(' '),
      },
    ];
  });
}

/** What a picture shows that has left the page: whose numbers they are, and how to have them again. */
export const pictureFoot = ({ title, name }: ModelView, patients: number, seed: string): string =>
  `${title || name} · ${t('footPatients', { n: whole(patients, language) })} · ${t('seed')} ${seed} · Gemello ${VERSION}`;
