// A trial whose event times are also judged by R (test/statistics/r/trial.R): constant, Weibull and Gompertz hazards, the
// first of them, and dropout that censors; three arms whose hazards are in fixed proportions.
import { runIndividuals } from '../../src/study/run.ts';
import type { Study } from '../../src/study/study.ts';
import { engineFor } from '../engine/engines.ts';

export const TRIAL_PATIENTS = 250;
export const TRIAL_END = 150;
export const TRIAL_ARMS = ['usual', 'better', 'some'] as const;
export const TRIAL_EVENTS = ['t_steady', 't_worn', 't_old', 't_first'] as const;

export const trial: Study = {
  gemello: 1,
  model: {
    text: `model trial "Three hazards and dropout"
  time d
parameter EFFECT = 1
hazard steady = 0.01 [1/d] * EFFECT
hazard worn = 1.5 / 60 [d] * (t / 60 [d])^0.5 * EFFECT
hazard old = 0.002 [1/d] * exp(0.03 [1/d] * t) * EFFECT
hazard dropout = 0.004 [1/d] censors
endpoint t_steady = time of steady
endpoint t_worn = time of worn
endpoint t_old = time of old
endpoint t_first = time of first of (steady, worn, old)
endpoint left = time of dropout
show until ${TRIAL_END} d every 10 d
`,
  },
  cohort: { patients: TRIAL_PATIENTS, seed: '12' },
  arms: [{ name: 'usual' }, { name: 'better', set: { EFFECT: 0.6 } }, { name: 'some', set: { EFFECT: 0.8 } }],
  solver: { method: 'tsit5', rtol: 1e-8 },
};

/** `arm,t_steady,...,left`, a row a patient; NA where the event was not seen. */
export async function trialTimes(): Promise<string> {
  const everybody = Array.from({ length: TRIAL_PATIENTS }, (_, i) => i);
  const ran = await runIndividuals(trial, { engine: await engineFor('webassembly') }, everybody);
  if (ran.kind !== 'done') throw new Error(JSON.stringify(ran));
  const rows = ran.individuals.arms.flatMap(({ endpoints }, a) =>
    everybody.map((i) => {
      const times = [...TRIAL_EVENTS, 'left'].map((_, e) => endpoints[e * TRIAL_PATIENTS + i] ?? Number.NaN);
      return [TRIAL_ARMS[a], ...times.map((t) => (Number.isFinite(t) ? t.toPrecision(7) : 'NA'))].join(',');
    }),
  );
  return `${['arm', ...TRIAL_EVENTS, 'left'].join(',')}\n${rows.join('\n')}\n`;
}
