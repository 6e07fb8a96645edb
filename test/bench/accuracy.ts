// How far curves are from the reference. In: curves of patients as [patient][output][time]. Out: one error a patient.

export interface Curves {
  readonly patients: number;
  readonly outputs: number;
  readonly times: number;
  /** [patient][output][time] flattened. */
  readonly values: Float64Array;
}

function eachOutput(
  curves: Curves,
  reference: Curves,
  visit: (patient: number, output: number, own: Float64Array, exact: Float64Array) => void,
): void {
  const { outputs, times } = reference;
  if (curves.outputs !== outputs || curves.times !== times)
    throw new RangeError(
      `curves of ${curves.outputs} outputs at ${curves.times} times against ${outputs} at ${times}`,
    );
  for (let p = 0; p < Math.min(curves.patients, reference.patients); p++)
    for (let o = 0; o < outputs; o++) {
      const at = (p * outputs + o) * times;
      visit(p, o, curves.values.subarray(at, at + times), reference.values.subarray(at, at + times));
    }
}

const largest = (values: Float64Array): number => values.reduce((m, x) => Math.max(m, Math.abs(x)), 0);

/** Per patient the largest |difference| of any output at any time, relative to that output's largest |value|. */
export function curveErrors(curves: Curves, reference: Curves): number[] {
  const errors: number[] = [];
  eachOutput(curves, reference, (p, _, own, exact) => {
    const scale = largest(exact);
    let worst = errors[p] ?? 0;
    for (let t = 0; t < exact.length; t++) {
      const off = Math.abs((own[t] ?? Number.NaN) - (exact[t] ?? Number.NaN)) / scale;
      worst = off <= worst ? worst : Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
    }
    errors[p] = worst;
  });
  return errors;
}

/** Per patient the relative error of the first output's largest value. */
export function peakErrors(curves: Curves, reference: Curves): number[] {
  const errors: number[] = [];
  eachOutput(curves, reference, (p, o, own, exact) => {
    if (o !== 0) return;
    const off = Math.abs(largest(own) / largest(exact) - 1);
    errors[p] = Number.isNaN(off) ? Number.POSITIVE_INFINITY : off;
  });
  return errors;
}
