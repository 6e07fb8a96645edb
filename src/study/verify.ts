// Runs a model's `check` lines: each is one typical patient under one therapy, held against a published or analytic number.
// In: a Model and an engine. Out: expected, got, tolerance and verdict per line. The library's tests, the page's badge, the
// reader's "verify on this device" and the command line all call this.
import { type Lowered, lower } from '../codegen/lower.ts';
import { type Method, TSIT5 } from '../codegen/methods.ts';
import type { Engine } from '../engine/engine.ts';
import { probe } from '../engine/webassembly.ts';
import { evaluate } from '../language/evaluate.ts';
import type { Check, Model } from '../language/model.ts';
import { cohortColumns } from './cohort.ts';
import { studyValues } from './formula.ts';
import { draftJob, settleJob } from './job.ts';
import type { Plan } from './plan.ts';
import { tryMethods } from './try-methods.ts';

export interface CheckOutcome {
  readonly label: string;
  readonly expected: number;
  /** null: the number does not exist or the patient failed. */
  readonly got: number | null;
  readonly unit: string;
  readonly pass: boolean;
  /** As allowed on this backend: `0.1 %` or `0.001 mg/L`. */
  readonly tolerance: string;
  readonly source: string;
  /** Why there is no number; empty when there is one. */
  readonly fault: string;
}

/** f64 solves checks far below their tolerance; f32 near its floor, and is allowed 10 times the tolerance, at least 1e-4. */
const RTOL = { f64: 1e-10, f32: 1e-5 } as const;
const F32_WIDER = 10;
const F32_FLOOR = 1e-4;

/** All checks, in the text's order; `onCheck` hears each as it ends. */
export async function verifyModel(
  model: Model,
  engine: Engine,
  onCheck?: (outcome: CheckOutcome) => void,
): Promise<readonly CheckOutcome[]> {
  const outcomes: CheckOutcome[] = [];
  for (const check of model.checks) {
    const outcome = await verify(model, check, engine);
    outcomes.push(outcome);
    onCheck?.(outcome);
  }
  return outcomes;
}

async function verify(model: Model, check: Check, engine: Engine): Promise<CheckOutcome> {
  const { precision } = engine.info;
  const allowed = allowance(check, precision);
  const conclude = (got: number | null, fault: string): CheckOutcome => ({
    label: check.label,
    expected: check.expected,
    got,
    unit: check.endpoint.unit.text,
    pass: got !== null && Math.abs(got - check.expected) <= allowed.absolute,
    tolerance: allowed.text,
    source: check.source,
    fault,
  });
  const isParameter = (name: string) => model.parameters.some((p) => p.name === name);
  const given = Object.entries(check.given);
  const set = Object.fromEntries(given.filter(([name]) => isParameter(name)));
  const fixed = Object.fromEntries(given.filter(([name]) => !isParameter(name)));
  const cohort = cohortColumns(model, { seed: '1', cohort: { typical: true, set: fixed }, set });
  if ('errors' in cohort) return conclude(null, cohort.errors.join('; '));

  const therapy = model.therapies.find((t) => t.name === check.therapy);
  const therapies = therapy ? [therapy] : [];
  const parameters = { ...Object.fromEntries(model.parameters.map((p) => [p.name, p.value])), ...set };
  const [output] = model.outputs;
  const outputs = output ? [output.name] : [];
  const made = new Map<Method, Lowered>();
  const lowered = (method: Method): Lowered => {
    const known =
      made.get(method) ?? lower(model, { method, therapies, outputs, endpoints: [check.endpoint] });
    made.set(method, known);
    return known;
  };
  const values = studyValues(model, parameters);
  const until = horizonOf(model, lowered(TSIT5).windows, values);
  const plan: Plan = {
    model,
    patients: 1,
    seed: '1',
    typical: true,
    therapies,
    arms: [{ name: check.therapy || 'untreated', therapy: therapy ? 0 : -1, parameters }],
    outputs,
    endpoints: [check.endpoint],
    versus: 0,
    better: {},
    until,
    times: Float64Array.of(0, until),
    method: TSIT5,
    rtol: RTOL[precision],
    step: Number.POSITIVE_INFINITY,
    warnings: [],
  };
  const { method } = await tryMethods({ plan, lowered, columns: cohort.source, engine });
  const { program } = lowered(method);
  const draft = draftJob(plan, lowered(method), cohort.source);
  const job = settleJob(draft, await probe(await engine.reference(program), draft, [0]));
  const { arms } = await engine.individuals(program, job, [0]);
  const status = arms[0]?.status[0];
  if (status !== 0) return conclude(null, `the patient was not solved (status ${status})`);
  const got = arms[0]?.endpoints[0] ?? Number.NaN;
  return Number.isFinite(got)
    ? conclude(got, '')
    : conclude(null, 'the endpoint does not exist for this patient');
}

/** Long enough for every window; a window without an end takes the model's own horizon. */
function horizonOf(
  model: Model,
  windows: ReturnType<typeof lower>['windows'],
  values: ReadonlyMap<string, number>,
): number {
  const own = model.show?.until ?? 24;
  let until = 0;
  for (const w of windows) {
    for (const edge of [w.from, w.to]) {
      until = Math.max(until, edge ? evaluate(edge, (name) => values.get(name) ?? Number.NaN) : 0);
    }
    if (!w.to) until = Math.max(until, own);
  }
  return until > 0 ? until : own;
}

function allowance(check: Check, precision: 'f32' | 'f64'): { absolute: number; text: string } {
  const wider = precision === 'f32' ? F32_WIDER : 1;
  if ('absolute' in check.tolerance) {
    const absolute = check.tolerance.absolute * wider;
    const { atoms, text } = check.endpoint.unit;
    return { absolute, text: atoms.length === 0 ? `${absolute}` : `${absolute} ${text}` };
  }
  const floor = precision === 'f32' ? F32_FLOOR : 0;
  const relative = Math.max(check.tolerance.relative * wider, floor);
  return {
    absolute: relative * Math.abs(check.expected),
    text: `${Number((relative * 100).toPrecision(3))} %`,
  };
}
