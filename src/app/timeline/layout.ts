// Where things of a timeline go: lanes under the chart's time axis, marks in them, labels that do not lie on each other.
// In: plans or ledgers of all arms, the chart's area. Out: rectangles, ticks and diamonds in pixels. It draws nothing.
import type { ChartArea } from '../events.ts';
import { withUnit } from '../format.ts';
import type { ArmLedger } from './given.ts';
import { type ArmTimeline, type DoseMark, gather } from './marks.ts';
import { asMark, decisionWords, doseWords, type TimeSpeech } from './words.ts';

export interface Shape {
  readonly kind: 'dose' | 'open' | 'tick' | 'diamond' | 'dashes';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  readonly faint: boolean;
  readonly words: string;
}

export interface Label {
  readonly x: number;
  readonly y: number;
  readonly text: string;
}

export interface Lane {
  readonly arm: number;
  /** Of its base line. */
  readonly base: number;
  /** At its right end; empty for none. */
  readonly name: string;
  readonly strong: boolean;
  readonly shapes: readonly Shape[];
  readonly labels: readonly Label[];
}

export interface Layout {
  readonly height: number;
  readonly lanes: readonly Lane[];
}

export interface LayoutOptions {
  readonly area: ChartArea;
  readonly horizon: number;
  readonly compact: boolean;
  readonly names: readonly string[];
  readonly speech: TimeSpeech;
}

/** A letter of the labels' size, in pixels; labels only have to keep apart. */
const LETTER = 5.8;
const MOST_LETTERS = 34;
/** More rules than this share a lane. */
const MOST_RULES = 3;

/** `ledgers`: of the patient who is followed, in place of what is planned. */
export function layOut(
  plans: readonly ArmTimeline[],
  ledgers: readonly ArmLedger[] | null,
  { area, horizon, compact, names, speech }: LayoutOptions,
): Layout {
  const x = (time: number) => area.left + (Math.min(time, horizon) / horizon) * (area.right - area.left);
  const at = (time: number) => withUnit(time, speech.time, speech.language);
  const given = plans.map((plan, arm) =>
    ledgers ? gather((ledgers[arm]?.doses ?? []).map(asMark), horizon) : plan.doses,
  );
  const highest = largest(given.flat());
  const room = compact ? (plans.length > 2 ? 7 : 10) : plans.length > 6 ? 8 : plans.length > 3 ? 12 : 16;
  const small = compact ? 11 : 12;
  const lanes: Lane[] = [];
  let base = 2;
  for (const [arm, plan] of plans.entries()) {
    const ledger = ledgers?.[arm];
    base += room;
    const units = {
      ...plan.units,
      ...Object.fromEntries((ledger?.doses ?? []).map((d) => [d.into, d.unit])),
    };
    lanes.push({
      arm,
      base,
      name: names[arm] ?? '',
      strong: true,
      shapes: (given[arm] ?? []).map((mark) =>
        doseShape(mark, {
          base,
          room,
          x,
          highest: highest.get(mark.into) ?? null,
          words: doseWords(mark, units[mark.into] ?? '', speech),
        }),
      ),
      labels:
        plan.fromFile && !ledger ? [{ x: area.left + 4, y: base - 3, text: speech.t('dosesFromFile') }] : [],
    });
    for (const lane of markerLanes(plan, ledger, { x, at, speech, end: horizon })) {
      base += small;
      lanes.push({
        arm,
        base: base - 1,
        name: lane.name,
        strong: false,
        shapes: lane.shapes.map((shape) => ({
          ...shape,
          y: shape.kind === 'tick' ? base - small : base - small / 2,
        })),
        labels: compact
          ? []
          : apart(
              lane.labels.map((label) => ({ ...label, y: base - 2 })),
              area.width,
            ),
      });
    }
    base += compact ? 2 : 4;
  }
  return { height: base + 1, lanes };
}

interface DoseRoom {
  readonly base: number;
  readonly room: number;
  readonly x: (time: number) => number;
  readonly highest: number | null;
  readonly words: string;
}

/** Height by amount, the largest of all arms being the lane's; width by how long it takes. */
function doseShape(mark: DoseMark, { base, room, x, highest, words }: DoseRoom): Shape {
  const { time, last, amount, duration, sure } = mark;
  const from = x(time);
  const width = Math.max(2, x(last + (duration ?? 0)) - from);
  if (amount === null || highest === null)
    return {
      kind: 'open',
      x: from,
      y: base - room + 1,
      width: Math.max(3, width),
      height: room - 2,
      faint: true,
      words,
    };
  const height = Math.max(2, (room - 1) * (amount / highest));
  return { kind: 'dose', x: from, y: base - height, width, height, faint: !sure, words };
}

function largest(marks: readonly DoseMark[]): ReadonlyMap<string, number> {
  const found = new Map<string, number>();
  for (const { into, amount } of marks) found.set(into, Math.max(found.get(into) ?? 0, amount ?? 0));
  return new Map([...found].filter(([, amount]) => amount > 0));
}

interface MarkerOptions {
  readonly x: (time: number) => number;
  readonly at: (time: number) => string;
  readonly speech: TimeSpeech;
  readonly end: number;
}
interface MarkerLane {
  readonly name: string;
  readonly shapes: readonly Shape[];
  readonly labels: readonly Label[];
}

function markerLanes(
  plan: ArmTimeline,
  ledger: ArmLedger | undefined,
  options: MarkerOptions,
): readonly MarkerLane[] {
  const { x, at, speech, end } = options;
  const { t } = speech;
  const lanes: MarkerLane[] = [];
  const diamond = (time: number, words: string, faint: boolean): Shape => ({
    kind: 'diamond', x: x(time), y: 0, width: 6, height: 6, faint, words,
  }); // biome-ignore format: a shape
  if (plan.changes.length > 0)
    lanes.push({
      name: '',
      shapes: plan.changes.map(({ time, label }) => ({
        kind: 'tick', x: x(time), y: 0, width: 1.5, height: 12, faint: false, words: t('changeMark', { what: label, time: at(time) }),
      })), // biome-ignore format: a shape
      labels: plan.changes.map(({ time, label }) => ({ x: x(time) + 4, y: 0, text: shortened(label) })),
    });
  if (ledger) {
    const named = new Map<string, Shape[]>();
    for (const decision of ledger.decisions) {
      if (decision.name === '') continue;
      const words = `${at(decision.time)}: ${decisionWords(decision, speech)}`;
      const changed = decision.taken !== null || decision.sets.length > 0;
      named.set(decision.name, [
        ...(named.get(decision.name) ?? []),
        diamond(decision.time, words, !changed),
      ]);
    }
    return [...lanes, ...together([...named].map(([name, shapes]) => ({ name, shapes, labels: [] })))];
  }
  const rules = plan.visits.map(({ rule, label, times, open }): MarkerLane => {
    const name = label || rule;
    const shapes = times.map((time) => diamond(time, t('visitMark', { rule: name, time: at(time) }), false));
    const last = times.at(-1);
    if (open && last !== undefined)
      shapes.unshift({
        kind: 'dashes',
        x: x(last),
        y: 0,
        width: x(end) - x(last),
        height: 0,
        faint: true,
        words: '',
      });
    return { name, shapes, labels: [] };
  });
  return [...lanes, ...together(rules)];
}

function together(lanes: readonly MarkerLane[]): readonly MarkerLane[] {
  if (lanes.length <= MOST_RULES) return lanes;
  const shapes = lanes.flatMap((lane) => lane.shapes);
  return [{ name: lanes.map(({ name }) => name).join(', '), shapes, labels: [] }];
}

const shortened = (text: string): string =>
  text.length > MOST_LETTERS ? `${text.slice(0, MOST_LETTERS - 1)}…` : text;

/** The first of those that would lie on each other stays; tool tips and the text have all. */
function apart(labels: readonly Label[], width: number): readonly Label[] {
  let free = 0;
  return [...labels]
    .sort((a, b) => a.x - b.x)
    .filter(({ x, text }) => {
      const end = x + text.length * LETTER;
      if (x < free || end > width) return false;
      free = end + 6;
      return true;
    });
}
