// What elements tell the page: one typed event each, composed through shadow roots. In: a detail. Out: a DOM event.
import type { VpcChoice } from './checking.ts';
import type { DataFile } from './client.ts';
import type { Download } from './downloading.ts';
import type { Edit } from './edits.ts';

export interface ChartArea {
  readonly left: number;
  readonly right: number;
  readonly width: number;
}

export interface PageEvents {
  /** A change of the study. `drag` while it goes on, `settle` once at its end. */
  'gemello-edit': { readonly edit: Edit; readonly phase: 'drag' | 'settle' };
  /** A change of a single number row, for the element around it. */
  'gemello-number': { readonly value: number; readonly phase: 'drag' | 'settle' };
  'gemello-reset': null;
  'gemello-type': { readonly text: string };
  'gemello-do': Command;
  /** `table`: whatever its name, it is a table of patients for the open study. */
  'gemello-open-file': { readonly file: File; readonly as?: 'table' };
  /** The patient to follow through every arm, counted from 0; null follows nobody. */
  'gemello-follow': { readonly patient: number | null };
  /** Where a chart's curves are, in pixels from the left of its canvas. */
  'gemello-area': ChartArea;
  /** An arm's therapy as it is being written. */
  'gemello-write': { readonly arm: number; readonly text: string };
  /** Answers about a file of doses that is being opened. */
  'gemello-answer': Partial<DataFile>;
  /** What the patients of such a file are; null: leave it. */
  'gemello-use': { readonly as: 'doses' | 'rows' | null };
  /** Check the patients' file so; null stops the check under way. */
  'gemello-check': VpcChoice | null;
  /** The filter of patients as it is being written. */
  'gemello-filter': { readonly text: string };
  /** A covariate's bars are needed; `target`: as a target that can be dragged. */
  'gemello-spread': { readonly of: string; readonly edges?: readonly number[]; readonly target?: boolean };
  /** Bars that are being dragged, for the element around them. */
  'gemello-shares': { readonly shares: readonly number[]; readonly phase: 'drag' | 'settle' };
  /** The menu of files opens: is there something in view to make a picture of? */
  'gemello-menu': null;
  /** A file to take home; null stops the one that is being made. */
  'gemello-download': Download | null;
  /** A chart's sample curve was chosen: its place among them. */
  'gemello-sample': { readonly index: number };
}

export type Command =
  | 'undo'
  | 'redo'
  | 'live'
  | 'run'
  | 'cancel'
  | 'share'
  | 'help'
  | 'editor'
  | 'verify'
  | 'audit'
  | 'cancel audit'
  | 'save study'
  | 'save model'
  | 'blank'
  | 'restart'
  | 'dismiss';

declare global {
  interface HTMLElementEventMap extends PageEventMap {}
}
export type PageEventMap = { [K in keyof PageEvents]: CustomEvent<PageEvents[K]> };

export function tell<K extends keyof PageEvents>(from: HTMLElement, name: K, detail: PageEvents[K]): void {
  from.dispatchEvent(new CustomEvent(name, { detail, bubbles: true, composed: true }));
}
