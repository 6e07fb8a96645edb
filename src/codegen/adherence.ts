// Whether, when and how much of a due dose a patient takes. In: an Adherence. Out: the factor of the amount and the delay,
// as expressions over draws, and the happening that remembers whether the dose before was taken. Draws are by dose and by
// the name of the dose line, so that therapies with the same line meet the same habits.
import { call, type Expression, number, symbol } from '../language/expression.ts';
import type { Adherence as Said } from '../language/model.ts';
import {
  asNumber,
  captured,
  captures,
  type DrawSchedule,
  type Happenings,
  type Reader,
} from './happenings.ts';
import type { Trigger } from './program.ts';

export interface Adherence {
  /** 0 missed, 1 taken, 2 doubled. */
  readonly given: Expression;
  readonly late?: Expression;
}

interface Line extends Said {
  readonly name: string;
  readonly schedule: DrawSchedule;
  readonly trigger: Trigger;
  /** While it does not hold nothing is prescribed: nothing is missed either. */
  readonly when?: Expression | undefined;
  /** The first dose is taken, whole and on time: it belongs to the regimen whose steady state the patient is at. */
  readonly sure: boolean;
  /** Told of the condition under which the dose is taken, it gives the one to go by. */
  readonly settle?: ((taken: Expression) => Expression) | undefined;
}

/** Keeps a quotient by a chance of 0, which no draw is below, finite. */
const TINY = number(1e-12);

export function adherenceOf(all: Happenings, line: Line, read: Reader): Adherence {
  const uniform = (what: string) =>
    all.draw({ kind: 'uniform', purpose: 'adherence', name: `${line.name}: ${what}` }, line.schedule);
  const chance = read.step(line.taken);
  const remembers = line.takenAfterMissed !== undefined || line.doubled !== undefined;
  const before = remembers ? all.hold(`taken_${line.name}`, number(1)) : null;
  const missed = before && call('lt', before.value, number(0.5));
  const after = line.takenAfterMissed && read.step(line.takenAfterMissed);
  const first = call('eq', symbol('n'), number(0));
  const drawn = call('lt', uniform('taken'), after && missed ? call('if', missed, after, chance) : chance);
  const decided = line.sure ? call('or', first, drawn) : drawn;
  const taken = line.settle?.(decided) ?? decided;

  if (before) {
    // Apart from the dose, since a reset takes back what doses set, and a late dose was decided when it was due.
    const c = captures();
    const own = c.add('taken', asNumber(taken));
    all.add({
      name: `${line.name}: taken or missed`,
      therapy: read.therapy,
      trigger: line.trigger,
      capture: c.list,
      guard: line.when && c.add('due', asNumber(line.when)),
      effect: [{ target: before.target, value: captured(own) }],
    });
  }
  let amount: Expression = number(1);
  if (line.doubled && missed) {
    const twice = call('and', missed, call('lt', uniform('doubled'), read.step(line.doubled)));
    amount = call('if', twice, number(2), number(1));
  }
  const given = call('if', taken, amount, number(0));
  if (!line.late) return { given };
  const draw = uniform('late');
  const [share, from, to] = [line.late.chance, line.late.from, line.late.to].map((e) => read.step(e));
  if (!share || !from || !to) return { given };
  // Below the chance the same draw is uniform again.
  const within = call('div', draw, call('max', share, TINY));
  const late = call('add', from, call('mul', call('sub', to, from), within));
  const isLate = call('lt', draw, share);
  return {
    given,
    late: call('if', line.sure ? call('and', call('not', first), isLate) : isLate, late, number(0)),
  };
}
