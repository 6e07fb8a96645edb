// The charts in view, for a picture of them. In: an element. Out: its charts with the headings and captions that stand beside
// them on the screen. It draws nothing.

import { VERSION } from '../../study/version.ts';
import { type Figure, PICTURE_RATIO } from '../charts/save.ts';
import type { ModelView } from '../client.ts';
import { whole } from '../format.ts';
import { language, t } from '../locale.ts';
import type { ChartCanvas } from './chart.ts';

/** In it and in the shadow roots under it, as they follow each other. */
export function chartsIn(element: Element): readonly ChartCanvas[] {
  const root = element.shadowRoot ?? element;
  return [...root.querySelectorAll('*')].flatMap((one): readonly ChartCanvas[] => {
    if (one.localName === 'gemello-chart') return [one as ChartCanvas];
    return one.shadowRoot ? chartsIn(one) : [];
  });
}

export function figuresIn(element: Element): readonly Figure[] {
  return chartsIn(element).flatMap((chart) => {
    const canvas = chart.snapshot(PICTURE_RATIO);
    const around = chart.closest('figure, section') ?? chart.parentElement ?? chart.getRootNode();
    const words = (selector: string) => {
      const found =
        around instanceof Element || around instanceof ShadowRoot ? around.querySelector(selector) : null;
      return (found?.textContent ?? '').replace(/\s+/g, ' ').trim();
    };
    if (!canvas) return [];
    const { width, height } = chart.paperSize;
    return [{ canvas, width, height, title: words('h2, h3'), caption: words('figcaption, .sentence') }];
  });
}

/** What a picture shows that has left the page: whose numbers they are, and how to have them again. */
export const pictureFoot = ({ title, name }: ModelView, patients: number, seed: string): string =>
  `${title || name} · ${t('footPatients', { n: whole(patients, language) })} · ${t('seed')} ${seed} · Gemello ${VERSION}`;
