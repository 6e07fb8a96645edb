// The method table: a Runge-Kutta method is a row of numbers, and every backend writes its step from the same row.

export interface Method {
  readonly name: string;
  /** Classical order of the solution that is advanced. */
  readonly order: number;
  /** Stage times: stage i is evaluated at t + c[i] h. */
  readonly c: readonly number[];
  /** a[i][j], j < i: stage i is evaluated at y + h * sum_j a[i][j] k_j. */
  readonly a: readonly (readonly number[])[];
  /** Solution weights; y1 = y + h * sum b[i] k_i. */
  readonly b: readonly number[];
  /** Error weights (b - b-hat): error = h * sum e[i] k_i. Absent: fixed steps. */
  readonly e?: readonly number[];
  /** Order of the error estimate's lower solution, for step control. */
  readonly errorOrder?: number;
  /** First same as last: the last stage is f(t + h, y1). */
  readonly fsal: boolean;
  /** Dense output: y(t + theta h) = y + h * sum_i k_i * (dense[i][0] theta + dense[i][1] theta^2 + ...). */
  readonly dense: readonly (readonly number[])[];
  readonly denseOrder: number;
  /** Where the numbers come from. */
  readonly source: string;
}
