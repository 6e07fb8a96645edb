// Colours and dashes of arms, and the few colours that charts share. In: scheme and arm number. Out: CSS colours.
// Arms follow Okabe and Ito's palette (jfly.uni-koeln.de/color): hues kept, lightness moved until a line has 3:1
// against the chart's ground in either scheme. Colour is never alone: dashes and direct labels say the same.

export type Scheme = 'light' | 'dark';

const ARM_COLOURS: Readonly<Record<Scheme, readonly string[]>> = {
  light: ['#0072b2', '#d55e00', '#00805d', '#a3528a', '#9a6a00', '#1f86bd', '#6f6a00', '#4d4d4d'],
  dark: ['#56b4e9', '#f28a3c', '#2bc49a', '#e39ac8', '#e6b033', '#8fd0f5', '#e8df5a', '#c8ced6'],
};

const DASHES: readonly (readonly number[])[] = [
  [],
  [7, 4],
  [2, 3],
  [10, 3, 2, 3],
  [4, 2],
  [12, 4],
  [1, 2],
  [6, 2, 1, 2, 1, 2],
];

export interface ChartColours {
  readonly ink: string;
  readonly muted: string;
  readonly grid: string;
  readonly surface: string;
  readonly target: string;
  readonly targetEdge: string;
}

export const CHART_COLOURS: Readonly<Record<Scheme, ChartColours>> = {
  light: {
    ink: '#17212b',
    muted: '#56626f',
    grid: '#e7ebef',
    surface: '#ffffff',
    target: 'rgba(0, 128, 93, 0.09)',
    targetEdge: '#0a6b4c',
  },
  dark: {
    ink: '#e7ecf1',
    muted: '#a3b0bd',
    grid: '#2a3440',
    surface: '#171e26',
    target: 'rgba(43, 196, 154, 0.11)',
    targetEdge: '#4bd0a4',
  },
};

export function armColour(index: number, scheme: Scheme): string {
  const colours = ARM_COLOURS[scheme];
  return colours[index % colours.length] ?? '#000000';
}

export function armDash(index: number): readonly number[] {
  // The ninth arm has the first one's colour, and must not have its dashes too.
  return DASHES[(index + Math.floor(index / DASHES.length)) % DASHES.length] ?? [];
}

/** `#rrggbb` with an alpha between 0 and 1. */
export function translucent(hex: string, alpha: number): string {
  const channel = (at: number) => Number.parseInt(hex.slice(at, at + 2), 16);
  return `rgba(${channel(1)}, ${channel(3)}, ${channel(5)}, ${alpha})`;
}
