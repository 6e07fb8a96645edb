// A card's picture: the fan of a small cohort as paths of a 320 x 130 drawing. In: a result and an output's view.
// Out: SVG path data of real numbers. No axes: it says what the model looks like, the workbench says how much.

import type { Result } from '../study/result.ts';
import { fanFrame } from './charts/fan.ts';
import type { EngineApi, ModelCard, OutputView } from './client.ts';
import { openingStudy } from './edits.ts';

export interface Picture {
  readonly patients: number;
  readonly arms: readonly { readonly wide: string; readonly middle: string; readonly median: string }[];
}

/** Enough for a smooth 5-95 % band at this size, few enough for a gallery of them in a moment. */
const PATIENTS = 300;
const WIDTH = 320;
const HEIGHT = 130;
const MARGIN = 10;
/** Two arms tell a story at this size; more are a tangle. */
const MOST_ARMS = 2;

/** Runs a small cohort of the model's own study; null when it cannot be run. */
export async function paint(
  engine: Pick<EngineApi, 'check' | 'run'>,
  card: ModelCard,
): Promise<Picture | null> {
  const { model } = await engine.check(card.text);
  const [output] = model?.outputs ?? [];
  if (!model || !output) return null;
  const reply = await engine.run(openingStudy(model, { name: card.name }), { patients: PATIENTS });
  return reply.kind === 'result' ? pictureOf(reply.result, output) : null;
}

export function pictureOf(result: Result, output: OutputView): Picture {
  const arms = result.arms.slice(0, MOST_ARMS);
  const frame = fanFrame({ ...result, arms }, output);
  const scale =
    output.axis === 'log'
      ? (value: number) => Math.log10(Math.max(value, frame.low))
      : (value: number) => value;
  const low = scale(frame.low);
  const high = scale(frame.high);
  const y = (value: number) =>
    HEIGHT - MARGIN - ((scale(value) - low) / (high - low)) * (HEIGHT - 2 * MARGIN);
  return {
    patients: result.patients,
    arms: arms.flatMap((arm) => {
      const found = arm.outputs[output.name];
      if (!found) return [];
      const horizon = arm.times.values.at(-1) || 1;
      const points = (values: readonly number[]) =>
        arm.times.values.map(
          (time, at) => `${((time / horizon) * WIDTH).toFixed(1)},${y(values[at] ?? 0).toFixed(1)}`,
        );
      const band = (lower: readonly number[], upper: readonly number[]) =>
        `M${points(upper).join('L')}L${points(lower).reverse().join('L')}Z`;
      const { quantiles } = found;
      return [
        {
          wide: band(quantiles['0.05'], quantiles['0.95']),
          middle: band(quantiles['0.25'], quantiles['0.75']),
          median: `M${points(quantiles['0.5']).join('L')}`,
        },
      ];
    }),
  };
}
