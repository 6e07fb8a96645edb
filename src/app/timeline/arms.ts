// Timelines and ledgers of a study's arms, made in the worker where expressions are. In: a prepared study and, for one
// patient, what the run gave. Out: plain values for the page. The planned therapy is that of the typical patient.
import { cohortColumns } from '../../study/cohort.ts';
import type { PatientLedger } from '../../study/ledger.ts';
import type { Prepared } from '../../study/prepare.ts';
import { DATA_THERAPY, type Study } from '../../study/study.ts';
import { type ArmLedger, givenOf } from './given.ts';
import { type ArmTimeline, NO_TIMELINE } from './marks.ts';
import { therapyPlan } from './plan.ts';

/** By arm; of the typical patient where it depends on the patient. */
export function armTimelines(study: Study, prepared: Prepared): readonly ArmTimeline[] {
  const { plan, model } = prepared;
  const typical = typicalValues(study, prepared);
  return plan.arms.map(({ therapy: index, parameters }, arm) => {
    const therapy = plan.therapies[index];
    if (!therapy) return NO_TIMELINE;
    if (ofFile(study, arm)) return { ...NO_TIMELINE, fromFile: true };
    const values = new Map([...typical, ...Object.entries(parameters)]);
    return therapyPlan(model.model, therapy, values, plan.until, textOf(study, prepared, arm));
  });
}

/** By arm, what the patient at `place` of the ledgers got. */
export function armLedgers(
  study: Study,
  prepared: Prepared,
  ledgers: readonly (readonly PatientLedger[])[],
  place: number,
): readonly ArmLedger[] {
  const { plan, model } = prepared;
  return plan.arms.map(({ therapy }, arm) => {
    const ledger = ledgers[arm]?.[place];
    if (!ledger) return { doses: [], decisions: [], more: 0 };
    const text = textOf(study, prepared, arm);
    return givenOf(ledger, { model: model.model, therapy: plan.therapies[therapy] ?? null, text });
  });
}

const ofFile = (study: Study, arm: number): boolean =>
  study.cohort?.data !== undefined && (study.arms?.[arm]?.therapy ?? DATA_THERAPY) === DATA_THERAPY;

/** What the spans of an arm's therapy are of: the model's text, or the arm's own. */
function textOf(study: Study, { model }: Prepared, arm: number): string {
  const therapy = study.arms?.[arm]?.therapy;
  const own = therapy !== undefined && !model.model.therapies.some(({ name }) => name === therapy);
  return own ? therapy : model.text;
}

let last:
  | { readonly key: string; readonly of: Prepared['model']; readonly values: ReadonlyMap<string, number> }
  | undefined;

/** Covariates of the middle, effects of nothing. */
function typicalValues(study: Study, { model, plan, table, courses }: Prepared): ReadonlyMap<string, number> {
  const rows = courses?.table ?? table;
  const { patients: _, seed: __, ...cohort } = study.cohort ?? {};
  const key = JSON.stringify([cohort, study.set]);
  // A table's middle is looked for again with every run; everything else is kept while a slider moves.
  if (last && last.of === model && last.key === key && rows === null) return last.values;
  const made = cohortColumns(model.model, {
    seed: plan.seed,
    cohort: { ...cohort, typical: true },
    set: study.set ?? {},
    ...(rows && { table: rows, partial: true }),
  });
  if ('errors' in made) return new Map();
  const numbers = made.source.read(0, 1);
  const values = new Map(made.names.map((name, n) => [name, numbers[n] ?? Number.NaN]));
  last = { key, of: model, values };
  return values;
}
