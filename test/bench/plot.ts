// Speed against error as a static picture. In: rows. Out: SVG text, two panels, both axes logarithmic, one line a runner
// with its name at its fastest point. Mid-tones on no background, so that it reads on light and dark pages alike.
import type { Row } from './rows.ts';

const SHOWN: Readonly<Record<string, string>> = {
  'wasm-f32x4': '#1f8f5f',
  'wasm-f64x2': '#5aa02c',
  webgpu: '#2f81c9',
  c_wide_f32: '#9a6fd0',
  c_sse_f32: '#c264a8',
  lsoda: '#c77c1e',
  cvode: '#d0574e',
  odex: '#8a8f98',
};
const PANELS = [
  { problem: 'pk', title: 'PK: 4 states, 28 doses' },
  { problem: 'hiv', title: 'HIV: 6 states, stiff' },
];
const GREY = '#7d8590';
const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM, GAP, NAMES] = [900, 380, 62, 34, 46, 44, 82];
const PANEL = (WIDTH - LEFT - GAP - 2 * NAMES) / 2;

interface Point {
  readonly error: number;
  readonly rate: number;
}

export function speedPlot(rows: readonly Row[]): string {
  const shown = rows.filter(({ problem, runner, cores, error, patients_per_core_second }) => {
    const drawn = PANELS.some((panel) => panel.problem === problem) && Object.hasOwn(SHOWN, runner);
    const alone = cores === 1 || runner === 'webgpu';
    return drawn && alone && error !== null && error.p99 > 0 && patients_per_core_second > 0;
  });
  const drawn = PANELS.flatMap(({ problem }) =>
    Object.keys(SHOWN).flatMap((runner) =>
      frontier(shown.filter((row) => row.problem === problem && row.runner === runner)),
    ),
  );
  const errors = drawn.map(({ error }) => Math.log10(error));
  const rates = drawn.map(({ rate }) => Math.log10(rate));
  const [left, right] = [Math.floor(Math.min(...errors)), Math.ceil(Math.max(...errors))];
  const [low, high] = [Math.floor(Math.min(...rates)), Math.ceil(Math.max(...rates))];
  const y = (rate: number): number =>
    TOP + ((high - Math.log10(rate)) / (high - low)) * (HEIGHT - TOP - BOTTOM);
  const panels = PANELS.map(({ problem, title }, p) => {
    const x0 = LEFT + p * (PANEL + NAMES + GAP);
    const x = (error: number): number => x0 + ((Math.log10(error) - left) / (right - left)) * PANEL;
    const own = shown.filter((row) => row.problem === problem);
    const lines = Object.entries(SHOWN).flatMap(([runner, colour]) => {
      const points = frontier(own.filter((row) => row.runner === runner));
      const last = points.at(-1);
      return last === undefined ? [] : [{ runner, colour, points, last }];
    });
    const places = apart(lines.map(({ last }) => y(last.rate)));
    return [
      text(x0, TOP - 14, `${title}; patients per core-second`, 'start', 13),
      ...range(left, right).map((e) => grid(x(10 ** e), TOP, x(10 ** e), HEIGHT - BOTTOM)),
      ...range(left, right).map((e) => text(x(10 ** e), HEIGHT - BOTTOM + 16, `1e${e}`, 'middle')),
      ...range(low, high).map((e) => grid(x0, y(10 ** e), x0 + PANEL, y(10 ** e))),
      ...(p === 0
        ? range(low, high).map((e) => text(x0 - 6, y(10 ** e) + 4, (10 ** e).toLocaleString('en'), 'end'))
        : []),
      text(x0 + PANEL / 2, HEIGHT - 10, 'p99 error of a curve, relative', 'middle'),
      ...lines.flatMap(({ runner, colour, points, last }, i) => {
        const path = points.map(({ error, rate }) => `${x(error).toFixed(1)},${y(rate).toFixed(1)}`);
        const beside = { x: x0 + PANEL + 8, y: places[i] ?? 0 };
        return [
          `<polyline points="${path.join(' ')}" fill="none" stroke="${colour}" stroke-width="2"/>`,
          ...path.map((at) => {
            const [cx, cy] = at.split(',');
            return `<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`;
          }),
          `<path d="M${x(last.error).toFixed(1)} ${y(last.rate).toFixed(1)}L${beside.x - 3} ${beside.y.toFixed(1)}" stroke="${colour}" stroke-dasharray="1 3" fill="none"/>`,
          text(beside.x, beside.y + 4, runner, 'start', 11, colour),
        ];
      }),
    ];
  });
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" role="img" aria-label="Patients per core-second against p99 error, PK and HIV, one line a runner">
${[...panels.flat()].join('\n')}
</svg>
`;
}

/** Rows of one runner that no other of them beats in both error and rate, by error. */
function frontier(rows: readonly Row[]): Point[] {
  const points = rows.map((row) => ({ error: row.error?.p99 ?? 1, rate: row.patients_per_core_second }));
  return points
    .filter((a) => !points.some((b) => b !== a && b.error <= a.error && b.rate > a.rate))
    .sort((a, b) => a.error - b.error);
}

/** Heights of names, at least a line apart, in the order of the heights wanted. */
function apart(wanted: readonly number[]): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => (wanted[a] ?? 0) - (wanted[b] ?? 0));
  const placed: number[] = [];
  let above = Number.NEGATIVE_INFINITY;
  for (const i of order) {
    above = Math.max(wanted[i] ?? 0, above + 14);
    placed[i] = above;
  }
  return placed;
}

const range = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);
const grid = (x1: number, y1: number, x2: number, y2: number): string =>
  `<path d="M${x1.toFixed(1)} ${y1.toFixed(1)}L${x2.toFixed(1)} ${y2.toFixed(1)}" stroke="${GREY}" stroke-opacity="0.3"/>`;
const text = (x: number, y: number, words: string, anchor: string, size = 11, colour = GREY): string =>
  `<text x="${x.toFixed(1)}" y="${y.toFixed(1)}" font-size="${size}" fill="${colour}" text-anchor="${anchor}">${words}</text>`;
