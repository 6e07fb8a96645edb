// What a solver is: a row of numbers. Two kinds of rows share one shape, so that step control, error norm and dense output
// are written once: explicit Runge-Kutta methods, and Rosenbrock methods for stiff models. The rows are in methods.ts.

interface MethodRow {
  readonly name: string;
  /** Classical order of the solution that is advanced. */
  readonly order: number;
  /** Stage times: stage i is evaluated at t + c[i] h. */
  readonly c: readonly number[];
  /** Order of the error estimate's lower solution, for step control. */
  readonly errorOrder?: number;
  readonly denseOrder: number;
  /** Where the numbers come from. */
  readonly source: string;
  /**
   * Lower triangular stage weights. They, b, e and dense act on increments d_i: an explicit method's d_i = h k_i,
   * a Rosenbrock method's d_i = u_i. Stage i is evaluated at y + sum_j a[i][j] d_j.
   */
  readonly a: readonly (readonly number[])[];
  /** Solution weights; y1 = y + sum b[i] d_i. */
  readonly b: readonly number[];
  /** Error weights (b - b-hat): error = sum e[i] d_i. Absent: fixed steps. */
  readonly e?: readonly number[];
  /** Dense output: y(t + theta h) = y + sum_i d_i * (dense[i][0] theta + dense[i][1] theta^2 + ...). */
  readonly dense: readonly (readonly number[])[];
  /** First same as last: the last stage is f(t + h, y1). */
  readonly fsal: boolean;
}

export interface ExplicitMethod extends MethodRow {
  readonly kind: 'explicit';
}

/**
 * Rosenbrock method in the form that multiplies with no Jacobian: with W = 1 / (gamma h) - df/dy at the step's start,
 *   W u_i = f(t + c_i h, y + sum_j a_ij u_j) + 1/h sum_j coupling_ij u_j + timeWeights_i h df/dt.
 * Hairer, Wanner, Solving ODE II, equations IV.7.25 and 26.
 */
export interface RosenbrockMethod extends MethodRow {
  readonly kind: 'rosenbrock';
  readonly gamma: number;
  readonly coupling: readonly (readonly number[])[];
  readonly timeWeights: readonly number[];
  readonly fsal: false;
}

export type Method = ExplicitMethod | RosenbrockMethod;

/**
 * Whether `row` is `before` plus the increment of the stage before it (a stiffly accurate method's last rows): then the
 * stage's argument is the one before it plus that increment.
 */
export function continues(row: readonly number[], before: readonly number[]): boolean {
  const own = before.length;
  return own > 0 && row.length === own + 1 && row[own] === 1 && before.every((a, j) => a === row[j]);
}
