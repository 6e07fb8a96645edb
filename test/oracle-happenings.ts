// The oracle for Programs in which more happens than plain doses: src/engine/SEMANTICS.md, "Happenings", written as plainly
// as possible and apart from the kernels. Classical Runge-Kutta in small equal steps, conditions by bisection on restarted
// steps, steady states by brute force. Not here: accumulators and the windows of quadratures.
import { javascriptBody } from '../src/codegen/javascript.ts';
import type { Body, Happening, Program } from '../src/codegen/program.ts';

type Named = Record<string, number>;
interface Inputs {
  study?: Named;
  column?: Named;
  p?: Named;
  y?: Named;
  f?: Named;
  u?: Named;
  t?: number;
  n?: number;
  row?: Named;
  draw?: readonly number[];
  c?: readonly number[];
}
type Run = (inputs: Inputs) => number[];

const load = (body: Body): Run => new Function(`return ${javascriptBody(body)}`)() as Run;
const named = (names: readonly { name: string }[], values: ArrayLike<number>): Named =>
  Object.fromEntries(names.map((n, i) => [n.name, values[i] ?? Number.NaN]));

export interface HappeningCase {
  /** Values of program.study and program.columns. */
  readonly study: ArrayLike<number>;
  readonly columns: ArrayLike<number>;
  readonly therapy: number;
  readonly times: readonly number[];
  /** Rows of every table of the program, each row its fields in order. */
  readonly tables?: readonly (readonly (readonly number[])[])[];
  /** Times at which every segment is cut. */
  readonly breaks?: readonly number[];
  /** Steps of the whole run; segments take their share, at least 8. */
  readonly steps?: number;
}

export interface LedgerRow {
  readonly time: number;
  readonly happening: number;
  readonly captured: readonly number[];
}
export interface HappeningRun {
  /** [output][time], just before anything at that time. */
  readonly outputs: number[][];
  readonly ledger: LedgerRow[];
  /** States at the end, by index. */
  readonly y: readonly number[];
  /** Inputs at the end, by name. */
  readonly u: Readonly<Named>;
}

interface Waiting {
  readonly due: number;
  readonly happening: number;
  readonly captured: readonly number[];
}

const PERIODS = 2000;
const STEPS_OF_A_PERIOD = 500;

/** Follows one patient through one arm up to the last of `times`. */
export function runHappenings(program: Program, c: HappeningCase): HappeningRun {
  const horizon = Math.max(...c.times);
  const tick = 2 ** (Math.floor(Math.log2(horizon)) - 43);
  const ticks = (time: number): number => Math.round(time / tick);
  const p = named(
    program.params,
    load(program.patient)({
      study: named(program.study, c.study),
      column: named(program.columns, c.columns),
    }),
  );
  const rhs = load(program.rhs);
  const observe = load(program.observe);
  const watch = load(program.watch);
  const derive = load(program.derived);
  const initial = load(program.initial)({ p });
  const bodies = program.happenings.map((h) => ({
    capture: load(h.capture),
    effect: load(h.effect),
    priority: h.priority && load({ locals: [], results: [h.priority] }),
    drawn: h.drawn && load({ locals: [], results: [h.drawn] }),
  }));
  const inputNames = (kind: string) => program.inputs.filter((i) => i.kind === kind).map(({ name }) => name);
  const heldNames = inputNames('held');
  const derivedNames = inputNames('derived');
  const doseRates = new Set(
    program.happenings.flatMap((h) =>
      h.dose
        ? h.targets.flatMap((x) => (x.kind === 'held' ? [program.inputs[x.index]?.name ?? ''] : []))
        : [],
    ),
  );
  const ofDoses = new Set(
    program.happenings.flatMap((h, i) => (h.dose ? [i, ...(h.follow ? [h.follow.happening] : [])] : [])),
  );
  const mine = ({ therapy }: Happening): boolean => therapy === -1 || therapy === c.therapy;

  let now = 0;
  let y = [...initial];
  const u: Named = Object.fromEntries(program.inputs.map(({ name }) => [name, 0]));
  load(program.held)({ p }).forEach((value, i) => {
    u[heldNames[i] ?? ''] = value;
  });
  const at = (extra: Inputs = {}, state = y, tau = 0): Inputs => ({
    t: now * tick + tau,
    y: named(program.states, state),
    u,
    p,
    ...extra,
  });
  const derivedAnew = () => {
    derive({ p, u }).forEach((value, i) => {
      u[derivedNames[i] ?? ''] = value;
    });
  };

  derivedAnew();

  // Plain doses: every start and end by itself.
  const values = load(program.doses)({ p });
  const starts: { at: number; end: number; into: number; amount: number }[] = [];
  program.streams.forEach(({ therapy, into }, s) => {
    if (therapy !== c.therapy) return;
    const [amount = 0, start = 0, interval = 0, count = 1, duration = 0] = values.slice(5 * s, 5 * s + 5);
    for (let k = 0; k < Math.round(count) && start + k * interval <= horizon; k++) {
      const from = ticks(start) + k * ticks(interval);
      starts.push({ at: from, end: from + (duration > 0 ? Math.max(1, ticks(duration)) : 0), into, amount });
    }
  });
  const clockValues = load(program.clocks)({ p });
  const clocks = clockValues.flatMap((start, i) =>
    i % 3 === 0
      ? [
          {
            start: ticks(start),
            interval: ticks(clockValues[i + 1] ?? 0),
            count: Math.round(clockValues[i + 2] ?? 0),
            stopped: false,
          },
        ]
      : [],
  );
  const startOf = (clock: number): number | undefined => {
    const k = clocks[clock];
    if (!k || k.stopped) return undefined;
    const n = k.interval > 0 && k.count > 1 ? (now - k.start) / k.interval : now === k.start ? 0 : -1;
    return n >= 0 && Number.isInteger(n) && n < k.count ? n : undefined;
  };
  const rowsOf = (table: number) => c.tables?.[table] ?? [];
  const fieldsOf = (table: number) => (program.tables[table]?.fields ?? []).map((name) => ({ name }));

  let agenda: Waiting[] = [];
  const ledger: LedgerRow[] = [];
  const truth = new Map<number, boolean>();
  const rises = new Map<number, number>();
  program.happenings.forEach((h, i) => {
    if (h.trigger.kind === 'condition') truth.set(i, h.trigger.initially);
  });
  const drawsAt = (n: number): number[] =>
    program.draws === null ? [] : (rowsOf(program.draws)[n] ?? []).slice(1);

  const stop = () => {
    y = initial.map((value, i) => (i < program.modelStates ? value : (y[i] ?? 0)));
    for (const name of doseRates) u[name] = 0;
    agenda = agenda.filter(({ happening }) => !ofDoses.has(happening));
    program.happenings.forEach(({ dose, trigger }) => {
      if (!dose || trigger.kind !== 'clock') return;
      const clock = clocks[trigger.clock];
      if (clock && clock.start < now) clock.stopped = true;
    });
  };

  const step = (state: number[], tau: number, h: number): number[] => {
    // Just inside the step's end: there a table of time may jump.
    const last = h * (1 - 2 ** -30);
    const f = (s: number[], x: number) => rhs(at({}, s, Math.min(x, tau + last)));
    const plus = (k: number[], w: number) => state.map((v, i) => v + w * (k[i] ?? 0));
    const k1 = f(state, tau);
    const k2 = f(plus(k1, h / 2), tau + h / 2);
    const k3 = f(plus(k2, h / 2), tau + h / 2);
    const k4 = f(plus(k3, h), tau + h);
    return state.map(
      (v, i) => v + (h / 6) * ((k1[i] ?? 0) + 2 * (k2[i] ?? 0) + 2 * (k3[i] ?? 0) + (k4[i] ?? 0)),
    );
  };
  /** Time stands: the state moves on by itself, as in the search for a steady state. */
  const flow = (length: number) => {
    if (!(length > 0)) return;
    derivedAnew();
    for (let i = 0; i < STEPS_OF_A_PERIOD; i++) y = step(y, 0, length / STEPS_OF_A_PERIOD);
  };

  const steadyState = (h: Happening, captured: readonly number[]) => {
    const s = h.steady;
    const mode = s ? (captured[s.mode] ?? 0) : 0;
    if (!s || !(mode > 0)) return;
    // On top of what is there (mode 2): doses and infusions of before go on.
    const before = { y: [...y], u: { ...u }, agenda, stopped: clocks.map(({ stopped }) => stopped) };
    stop();
    // From the amounts that are there (mode 3): otherwise as 1.
    if (mode > 2) y = [...before.y];
    const of = (i: number) => captured[i] ?? 0;
    const interval = of(s.interval);
    const duration = of(s.duration);
    const rate = (name: string, by: number) => {
      u[name] = (u[name] ?? 0) + by;
    };
    const names = s.rates.map(({ input, rate: r }) => ({
      name: program.inputs[input]?.name ?? '',
      by: of(r),
    }));
    if (interval === 0) {
      for (const { name, by } of names) rate(name, by);
      let length = 1;
      for (let k = 0; k < 60; k++) {
        const last = [...y];
        flow(length);
        if (length > 1e3 && y.every((v, i) => Math.abs(v - (last[i] ?? 0)) <= 1e-13 * Math.abs(v))) break;
        length *= 1.5;
      }
      for (const { name, by } of names) rate(name, -by);
    } else {
      const whole = Math.floor(duration / interval);
      const rest = duration - whole * interval;
      const infusing = duration > 0;
      const lag = s.lag === null ? 0 : of(s.lag);
      // From one dose to `until` after it, the infusions of the doses before still running.
      const period = (until: number) => {
        for (const { state, amount } of s.boluses) y[state] = (y[state] ?? 0) + of(amount);
        const running = (count: number, length: number) => {
          for (const { name, by } of names) rate(name, count * by);
          flow(length);
          for (const { name, by } of names) rate(name, -count * by);
        };
        running(infusing ? whole + 1 : 0, Math.min(rest, until));
        running(infusing ? whole : 0, Math.max(0, until - rest));
      };
      for (let k = 0; k < PERIODS; k++) {
        const last = [...y];
        period(interval);
        if (y.every((v, i) => Math.abs(v - (last[i] ?? 0)) <= 1e-12 * Math.abs(v) + 1e-300)) break;
      }
      const since = (((interval - lag) % interval) + interval) % interval;
      // The dose of T itself is still to come: the last one was an interval ago, or less by the lag.
      if (lag > 0) period(since);
      const sinceLast = lag > 0 ? since : interval;
      for (let k = 0; infusing && k * interval + sinceLast < duration; k++) {
        const left = duration - k * interval - sinceLast;
        for (const { name, by } of names) rate(name, by);
        const end = h.follow;
        if (end) put(now + ticks(left), end.happening, end.captured.map(of));
        bumpCount(h, captured);
      }
    }
    if (mode !== 2) return;
    y = y.map((v, i) => v + (i < program.modelStates ? (before.y[i] ?? 0) : 0));
    for (const name of doseRates) u[name] = (u[name] ?? 0) + (before.u[name] ?? 0);
    agenda = [...before.agenda, ...agenda.filter((w) => !before.agenda.includes(w))];
    for (const [i, clock] of clocks.entries()) clock.stopped = before.stopped[i] ?? false;
  };
  /** The count of an infusion stands right after its rate among a dose's targets. */
  const bumpCount = (h: Happening, captured: readonly number[]) => {
    const rates = new Map(h.steady?.rates.map((r) => [r.input, captured[r.rate] ?? 0]));
    h.targets.forEach((target, i) => {
      if (target.kind !== 'held' || !((rates.get(target.index) ?? 0) > 0)) return;
      const count = h.targets[i + 1];
      const name = program.inputs[count?.index ?? -1]?.name ?? '';
      u[name] = (u[name] ?? 0) + 1;
    });
  };

  const put = (due: number, happening: number, captured: readonly number[]) => {
    agenda.push({ due, happening, captured });
  };
  const fire = (index: number, n: number, row: Named = {}) => {
    const h = program.happenings[index];
    if (!h) return;
    const own = bodies[index];
    const drawn = own?.drawn ? Math.max(0, own.drawn(at({ n, row }))[0] ?? 0) : n;
    const captured = own?.capture(at({ n, row, draw: drawsAt(drawn) })) ?? [];
    if (h.guard !== null && !((captured[h.guard] ?? 0) > 0)) return;
    steadyState(h, captured);
    const delay = h.delay === null ? 0 : Math.max(0, ticks(captured[h.delay] ?? 0));
    put(now + delay, index, captured);
  };
  const execute = ({ happening, captured }: Omit<Waiting, 'due'>, log = true) => {
    const h = program.happenings[happening];
    if (!h) return;
    if (log) ledger.push({ time: now * tick, happening, captured });
    if (h.reset !== null && (captured[h.reset] ?? 0) > 0) {
      // What was put in after this occurrence stays: it belongs to a later clause or row.
      const later = agenda.slice(afterMe);
      agenda = agenda.slice(0, afterMe);
      stop();
      agenda.push(...later);
    }
    const values = bodies[happening]?.effect(at({ c: captured })) ?? [];
    h.targets.forEach((target, i) => {
      const value = values[i] ?? Number.NaN;
      if (target.kind === 'state') y[target.index] = value;
      else u[program.inputs[target.index]?.name ?? ''] = value;
    });
    if (h.follow && program.replay === null) {
      const { happening: next, delay, captured: passed } = h.follow;
      const own = passed.map((i) => captured[i] ?? Number.NaN);
      const guard = program.happenings[next]?.guard ?? null;
      if (guard !== null && guard < own.length && !((own[guard] ?? 0) > 0)) return;
      put(now + Math.max(0, ticks(captured[delay] ?? 0)), next, own);
    }
  };
  /** How many of the agenda were put in before the occurrence that is executed. */
  let afterMe = 0;

  const conditions = (forced: ReadonlySet<number>) => {
    if (program.replay !== null) return;
    const margins = watch(at());
    for (const [index, was] of truth) {
      const h = program.happenings[index];
      if (h?.trigger.kind !== 'condition' || !mine(h)) continue;
      const holds = forced.has(index) || (margins[h.trigger.of] ?? 0) > 0;
      truth.set(index, holds);
      if (!holds && was && !h.persistent) agenda = agenda.filter((w) => w.happening !== index);
    }
  };
  const risen = (forced: ReadonlySet<number>) => {
    const before = new Map(truth);
    conditions(forced);
    for (const [index, holds] of truth) {
      if (!holds || before.get(index)) continue;
      const n = rises.get(index) ?? 0;
      rises.set(index, n + 1);
      fire(index, n);
    }
  };

  const instant = (forced: ReadonlySet<number>) => {
    for (const s of starts) if (s.at === now && s.end === s.at) y[s.into] = (y[s.into] ?? 0) + s.amount;
    if (program.replay !== null) {
      for (const [time = 0, happening = -1, ...captured] of rowsOf(program.replay)) {
        if (ticks(time) === now && happening >= 0) execute({ happening, captured });
      }
      return;
    }
    // Clause by clause: happenings of one clock, or of one row, are captured together and executed before the next.
    const groups = new Map<string, number[]>();
    program.happenings.forEach((h, index) => {
      if (!mine(h) || (h.trigger.kind !== 'clock' && h.trigger.kind !== 'table')) return;
      const key = h.trigger.kind === 'clock' ? `clock ${h.trigger.clock}` : `table ${h.trigger.table}`;
      groups.set(key, [...(groups.get(key) ?? []), index]);
    });
    const waited = new Set(agenda);
    for (const group of groups.values()) {
      const first = group[0] ?? 0;
      // What waited since before has its turn in the order of the text.
      const turn = () => executeDue((w) => !waited.has(w) || w.happening < first);
      const trigger = program.happenings[group[0] ?? -1]?.trigger;
      if (trigger?.kind === 'clock') {
        const n = startOf(trigger.clock);
        if (n === undefined) continue;
        turn();
        for (const index of group) fire(index, n);
        turn();
      } else if (trigger?.kind === 'table') {
        rowsOf(trigger.table).forEach((row, n) => {
          if (ticks(row[0] ?? Number.NaN) !== now) return;
          turn();
          for (const index of group) fire(index, n, named(fieldsOf(trigger.table), row));
          turn();
        });
      }
    }
    risen(forced);
    executeDue();
  };
  const executeDue = (ready: (w: Waiting) => boolean = () => true) => {
    for (let executed = 0; ; executed++) {
      if (executed > 1000) throw new Error(`event storm at ${now * tick}`);
      const due = agenda.filter((w) => w.due <= now && ready(w));
      const priority = (w: Waiting) => bodies[w.happening]?.priority?.(at())[0] ?? 0;
      let best: Waiting | undefined;
      for (const w of due) if (!best || priority(w) > priority(best)) best = w;
      if (!best) break;
      afterMe = agenda.indexOf(best);
      agenda.splice(afterMe, 1);
      execute(best);
      risen(new Set());
    }
  };

  const outputs: number[][] = program.outputs.map(() => []);
  const wanted = new Set(c.times.map(ticks));
  const fixed = [
    ...c.times.map(ticks),
    ...(c.breaks ?? []).map(ticks),
    ...starts.flatMap((s) => [s.at, s.end]),
    ...(program.replay === null
      ? program.happenings.flatMap((h) => {
          if (!mine(h) || h.trigger.kind !== 'clock') return [];
          const k = clocks[h.trigger.clock];
          if (!k) return [];
          const count =
            k.interval > 0
              ? Math.min(k.count, Math.ceil((ticks(horizon) - k.start) / k.interval) + 1)
              : Math.min(1, k.count);
          return Array.from({ length: Math.max(0, count) }, (_, n) => k.start + n * k.interval);
        })
      : []),
    ...(c.tables ?? []).flatMap((rows, table) =>
      table === program.draws ? [] : rows.map(([time = Number.NaN]) => ticks(time)),
    ),
  ];
  const end = ticks(horizon);
  let forced = new Set<number>();
  for (;;) {
    if (wanted.has(now)) for (const [o, v] of observe(at()).entries()) outputs[o]?.push(v);
    instant(forced);
    forced = new Set();
    if (now >= end) break;
    derivedAnew();
    const next = Math.min(end, ...[...fixed, ...agenda.map(({ due }) => due)].filter((x) => x > now));
    for (const input of program.inputs) {
      if (input.kind !== 'rate') continue;
      u[input.name] = starts
        .filter((s) => s.into === input.state && s.at <= now && now < s.end)
        .reduce((sum, s) => sum + s.amount / ((s.end - s.at) * tick), 0);
    }
    const length = (next - now) * tick;
    const count = Math.max(8, Math.ceil((c.steps ?? 4000) * (length / horizon)));
    const h = length / count;
    let state = y;
    let reached = next;
    for (let k = 0; k < count; k++) {
      const to = step(state, k * h, h);
      const rose = program.replay === null ? rising(to, (k + 1) * h) : [];
      if (rose.length === 0) {
        fell(to, (k + 1) * h);
        state = to;
        continue;
      }
      let [low, high] = [0, h];
      for (let b = 0; b < 80; b++) {
        const middle = (low + high) / 2;
        if (rising(step(state, k * h, middle), k * h + middle).length > 0) high = middle;
        else low = middle;
      }
      forced = new Set(rising(step(state, k * h, high), k * h + high));
      reached = Math.min(next, Math.max(now + 1, now + Math.ceil((k * h + high) / tick)));
      state = step(state, k * h, (reached - now) * tick - k * h);
      break;
    }
    y = state;
    now = reached;
  }
  return { outputs, ledger, y, u };

  function rising(state: number[], tau: number): number[] {
    if (truth.size === 0) return [];
    const margins = watch(at({}, state, tau));
    return [...truth].flatMap(([index, holds]) => {
      const h = program.happenings[index];
      if (h?.trigger.kind !== 'condition' || !mine(h) || holds) return [];
      return (margins[h.trigger.of] ?? 0) > 0 ? [index] : [];
    });
  }
  function fell(state: number[], tau: number): void {
    if (truth.size === 0) return;
    const margins = watch(at({}, state, tau));
    for (const [index, holds] of truth) {
      const h = program.happenings[index];
      if (h?.trigger.kind !== 'condition' || !mine(h) || !holds) continue;
      if ((margins[h.trigger.of] ?? 0) > 0) continue;
      truth.set(index, false);
      if (!h.persistent) agenda = agenda.filter((w) => w.happening !== index);
    }
  }
}
