// The words with which the lines of a therapy begin. In: a text. Out: whether it is such lines. Imports nothing, so that a
// page can ask without the compiler.

/** What is done at an instant. */
export const ACTIONS = [
  'set', 'increase', 'decrease', 'hold', 'stop', 'resume', 'reset', 'dose', 'next',
] as const; // biome-ignore format: a list
export type ActionWord = (typeof ACTIONS)[number];

/** Actions that stand on a line of a therapy, with the time at which they are done. */
export const CHANGES: readonly ActionWord[] = ACTIONS.filter((a) => a !== 'dose' && a !== 'next');

/** First words of a therapy's lines. */
export const THERAPY_LINES: readonly string[] = ['dose', 'memory', 'rule', 'when', ...CHANGES];
const THERAPY_LINE = new RegExp(`^[^\\S\\r\\n]*(?:${THERAPY_LINES.join('|')})\\b`, 'm');

/** Whether a text is meant as lines of a therapy, rather than as the name of one. */
export const isTherapyText = (text: string): boolean => THERAPY_LINE.test(text);
