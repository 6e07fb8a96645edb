// Collects what happens at instants while a model is lowered: held inputs, clocks, conditions, draw streams, happenings.
// In: pieces, in the order of the text. Out: the parts of a Program, indices settled. Which construct becomes which
// happenings is for dose-lines.ts, actions.ts, rules.ts and records.ts to say.
import { call, type Expression, number, symbol } from '../language/expression.ts';
import { share } from '../language/share.ts';
import { structuralKeys } from './keys.ts';
import type { Happening, Input, PatientTable, Program, Steady, Target, Trigger } from './program.ts';

/** One name's place in a happening's captured values. */
export interface Captured {
  /** For the ledger's headings: `amount`, `level`, `daily`. */
  readonly name: string;
  /** Over t, y., u., p., n, row., draw. */
  readonly value: Expression;
}

export interface Change {
  readonly target: Target;
  /** Over t, y., u., p., c. */
  readonly value: Expression;
}

/** A happening before indices are settled; held targets count from the first held input, conditions from the first condition. */
export interface Draft {
  readonly name: string;
  readonly therapy: number;
  readonly trigger: Trigger;
  readonly capture: readonly Captured[];
  readonly effect: readonly Change[];
  readonly delay?: number | undefined;
  readonly guard?: number | undefined;
  readonly persistent?: boolean;
  readonly priority?: Expression | undefined;
  readonly reset?: number | undefined;
  readonly steady?: Steady | undefined;
  readonly follow?: Happening['follow'];
  readonly dose?: Happening['dose'];
  readonly drawn?: Expression;
  readonly withDoses?: true;
  /** Occurrences of it, or of what follows it, that may wait at once beyond the one that fires. */
  readonly waits?: number;
}

/** When the rows of a draw stream are used up: one an occurrence of a schedule. Patient-stage, in the model's names. */
export interface DrawSchedule {
  readonly start: Expression;
  /** 0 where each visit decides when the next is. */
  readonly interval: Expression;
  readonly count: Expression;
  /** Schedules whose occurrences take rows beside its own. */
  readonly beside?: readonly DrawSchedule[];
}

/** A stream of random numbers; occurrence n takes number n. Same name and purpose, same numbers, in whatever arm. */
export interface DrawStream {
  readonly kind: 'normal' | 'uniform';
  readonly purpose: 'residual error' | 'adherence' | 'occasion' | 'next event';
  readonly name: string;
  /** Every clause that uses it. */
  readonly schedules: readonly DrawSchedule[];
}

/** How a therapy's or the model's own expressions are read. */
export interface Reader {
  /** Index into the program's therapies; -1 for what holds in all arms. */
  readonly therapy: number;
  /** A modeller's expression over t, y., u., p. and what stands for the `own` names. */
  readonly step: (e: Expression, own?: ReadonlyMap<string, Expression>) => Expression;
  /** Over p. alone: values of time 0. */
  readonly fixed: (e: Expression) => Expression;
}

/** Handed-over doses and flags come before anything that the model ranks itself. */
export const FIRST = number(1e30);

export type Happenings = ReturnType<typeof collectHappenings>;

/** `reserved`: names of inputs that are spoken for. */
export function collectHappenings(reserved: (name: string) => boolean) {
  const held: { readonly name: string; readonly initial: Expression }[] = [];
  const names = new Set<string>();
  const clocks: Expression[] = [];
  const drafts: Draft[] = [];
  const margins: Expression[] = [];
  const marginKeys = new Map<string, number>();
  const tables: PatientTable[] = [];
  const draws: { stream: Omit<DrawStream, 'schedules'>; schedules: DrawSchedule[] }[] = [];
  const infusions = new Map<string, Infusion>();
  const key = structuralKeys();

  const hold = (wanted: string, initial: Expression): Held => {
    const plain = wanted.replace(/\W+/g, '_');
    let name = plain;
    for (let i = 2; names.has(name) || reserved(name); i++) name = `${plain}_${i}`;
    names.add(name);
    held.push({ name, initial });
    return { target: { kind: 'held', index: held.length - 1 }, value: symbol(`u.${name}`) };
  };
  const add = (draft: Draft): number => {
    drafts.push(draft);
    return drafts.length - 1;
  };

  return {
    hold,
    add,
    clock(start: Expression, interval: Expression, count: Expression): Trigger {
      clocks.push(start, interval, count);
      return { kind: 'clock', clock: clocks.length / 3 - 1 };
    },
    /** A trigger on a signed margin over t, y., u., p. */
    condition(margin: Expression, initially: boolean): Trigger {
      const text = key(margin);
      const known = marginKeys.get(text);
      if (known === undefined) {
        marginKeys.set(text, margins.length);
        margins.push(margin);
      }
      return { kind: 'condition', of: known ?? margins.length - 1, initially };
    },
    table(name: string, fields: readonly string[]): Trigger {
      tables.push({ name, fields });
      return { kind: 'table', table: tables.length - 1 };
    },
    /** The number that occurrence n takes of a stream. */
    draw(stream: Omit<DrawStream, 'schedules'>, schedule: DrawSchedule): Expression {
      let place = draws.findIndex(
        (d) => d.stream.name === stream.name && d.stream.purpose === stream.purpose,
      );
      if (place < 0) place = draws.push({ stream, schedules: [] }) - 1;
      const { schedules = [] } = draws[place] ?? {};
      if (!schedules.includes(schedule)) schedules.push(schedule);
      return symbol(`draw.${place}`);
    },
    /** The held rate of infusions into a state, the count of those running, and the happening that ends one. */
    infusion(state: string): Infusion {
      const known = infusions.get(state);
      if (known) return known;
      const rate = hold(`infused_${state}`, number(0));
      const running = hold(`infusions_${state}`, number(0));
      const left = call('sub', running.value, number(1));
      const end = add({
        name: `end of an infusion into ${state}`,
        therapy: -1,
        trigger: { kind: 'follow' },
        capture: [{ name: 'rate', value: number(0) }],
        guard: 0,
        effect: [
          {
            target: rate.target,
            value: call(
              'if',
              call('gt', left, number(0.5)),
              call('sub', rate.value, symbol('c.0')),
              number(0),
            ),
          },
          { target: running.target, value: call('max', left, number(0)) },
        ],
      });
      const made = { rate, running, end };
      infusions.set(state, made);
      return made;
    },
    /** The infusions' share of a state's derivative, where anything is infused. */
    infused: (state: string): Expression | undefined => infusions.get(state)?.rate.value,
    heldSymbols: () => new Set(held.map(({ name }) => `u.${name}`)),
    heldNames: () => held.map(({ name }) => name),
    margins: (): readonly Expression[] => margins,
    finish(inputsBefore: number, watchedBefore: number, replay: boolean) {
      const put = (target: Target): Target =>
        target.kind === 'held' ? { kind: 'held', index: target.index + inputsBefore } : target;
      const happenings = drafts.map((d): Happening => {
        const { trigger, steady } = d;
        return {
          name: d.name,
          therapy: d.therapy,
          trigger: trigger.kind === 'condition' ? { ...trigger, of: trigger.of + watchedBefore } : trigger,
          capture: share(d.capture.map(({ value }) => value)),
          delay: d.delay ?? null,
          guard: d.guard ?? null,
          persistent: d.persistent ?? true,
          priority: d.priority ?? null,
          reset: d.reset ?? null,
          steady: steady
            ? { ...steady, rates: steady.rates.map((r) => ({ ...r, input: r.input + inputsBefore })) }
            : null,
          effect: share(d.effect.map(({ value }) => value)),
          targets: d.effect.map(({ target }) => put(target)),
          follow: d.follow ?? null,
          dose: d.dose ?? null,
          ...(d.drawn && { drawn: d.drawn }),
          ...(d.withDoses && { withDoses: d.withDoses }),
        };
      });
      const widest = Math.max(0, ...happenings.map(({ capture }) => capture.results.length));
      const all = [...tables];
      const drawn = draws.length === 0 ? null : all.length;
      if (drawn !== null) all.push({ name: 'draws', fields: ['time', ...draws.map((_, k) => `draw.${k}`)] });
      const replayed = replay && happenings.length > 0 ? all.length : null;
      if (replayed !== null) {
        const values = Array.from({ length: widest }, (_, i) => `c${i}`);
        all.push({ name: 'ledger', fields: ['time', 'happening', ...values] });
      }
      const parts = {
        held: share(held.map(({ initial }) => initial)),
        happenings,
        clocks: share(clocks),
        tables: all,
        draws: drawn,
        agenda: agendaOf(drafts),
        replay: replayed,
      } satisfies Partial<Program>;
      return {
        parts,
        inputs: held.map(({ name }): Input => ({ kind: 'held', name })),
        draws: draws.map(({ stream, schedules }): DrawStream => ({ ...stream, schedules })),
        captured: drafts.map(({ capture }) => capture.map(({ name }) => name)),
      };
    },
    /** Everything that names p. in what was collected. */
    expressions: (): readonly Expression[] => [
      ...held.map(({ initial }) => initial),
      ...clocks,
      ...drafts.flatMap(({ capture, effect, priority, drawn }) => [
        ...capture.map(({ value }) => value),
        ...effect.map(({ value }) => value),
        ...(priority ? [priority] : []),
        ...(drawn ? [drawn] : []),
      ]),
    ],
  };
}

export interface Held {
  readonly target: Target & { readonly kind: 'held' };
  readonly value: Expression;
}

interface Infusion {
  readonly rate: Held;
  readonly running: Held;
  readonly end: number;
}

/** Room for what may wait at once in the fullest arm: what fires at one instant, and delays and infusions that overlap. */
function agendaOf(drafts: readonly Draft[]): number {
  const rooms = new Map<number, number>();
  for (const { therapy, waits = 0 } of drafts) rooms.set(therapy, (rooms.get(therapy) ?? 0) + 1 + waits);
  const shared = rooms.get(-1) ?? 0;
  rooms.delete(-1);
  return shared + Math.max(0, ...rooms.values());
}

/** Captured values of a happening under their names, and the symbols that effects know them by. */
export function captures() {
  const list: Captured[] = [];
  return {
    list,
    add(name: string, value: Expression): number {
      list.push({ name, value });
      return list.length - 1;
    },
  };
}

export const captured = (index: number): Expression => symbol(`c.${index}`);
/** A condition as a number. */
export const asNumber = (condition: Expression): Expression => call('if', condition, number(1), number(0));
