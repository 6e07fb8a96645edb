// The method table: a method is a row of numbers, and every backend writes its step from the same row.
import type { ExplicitMethod, Method } from './method.ts';
import { RODAS4, RODAS5P } from './rosenbrock.ts';

export type { Method };
export { RODAS4, RODAS5P };

/** Kutta's classical method, fixed steps; third-order continuous extension on the same four stages. */
export const RK4: ExplicitMethod = {
  kind: 'explicit',
  name: 'rk4',
  order: 4,
  c: [0, 1 / 2, 1 / 2, 1],
  a: [[], [1 / 2], [0, 1 / 2], [0, 0, 1]],
  b: [1 / 6, 1 / 3, 1 / 3, 1 / 6],
  fsal: false,
  dense: [
    [1, -3 / 2, 2 / 3],
    [0, 1, -2 / 3],
    [0, 1, -2 / 3],
    [0, -1 / 2, 2 / 3],
  ],
  denseOrder: 3,
  source: 'Kutta 1901; continuous extension: Hairer, Norsett, Wanner, Solving ODE I, II.6',
};

/** Tsitouras 5(4) with its free fourth-order dense output. */
export const TSIT5: ExplicitMethod = {
  kind: 'explicit',
  name: 'tsit5',
  order: 5,
  c: [0, 0.161, 0.327, 0.9, 0.9800255409045097, 1, 1],
  a: [
    [],
    [0.161],
    [-0.008480655492356989, 0.335480655492357],
    [2.8971530571054935, -6.359448489975075, 4.3622954328695815],
    [5.325864828439257, -11.748883564062828, 7.4955393428898365, -0.09249506636175525],
    [5.86145544294642, -12.92096931784711, 8.159367898576159, -0.071584973281401, -0.028269050394068383],
    [0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774],
  ],
  b: [
    0.09646076681806523, 0.01, 0.4798896504144996, 1.379008574103742, -3.290069515436081, 2.324710524099774,
    0,
  ],
  e: [
    -0.001780011052225777,
    -0.0008164344596567469,
    0.007880878010261995,
    -0.1447110071732629,
    0.5823571654525552,
    -0.45808210592918697,
    1 / 66,
  ],
  errorOrder: 4,
  fsal: true,
  dense: [
    [1, -2.763706197274826, 2.9132554618219126, -1.0530884977290216],
    [0, 0.13169999999999998, -0.2234, 0.1017],
    [0, 3.9302962368947516, -5.941033872131505, 2.490627285651253],
    [0, -12.411077166933676, 30.33818863028232, -16.548102889244902],
    [0, 37.50931341651104, -88.1789048947664, 47.37952196281928],
    [0, -27.896526289197286, 65.09189467479366, -34.87065786149661],
    [0, 1.5, -4, 2.5],
  ],
  denseOrder: 4,
  source: 'Tsitouras 2011, Computers and Mathematics with Applications 62:770-775',
};

/** Every method a study may name. To add one, add its row here: the order test and both writers find it. */
export const METHODS: Readonly<Record<string, Method>> = {
  rk4: RK4,
  tsit5: TSIT5,
  rodas4: RODAS4,
  rodas5p: RODAS5P,
};

/**
 * Exact propagation by matrix exponential, for Programs that are linear between events (linear.ts). It has no row of its
 * own: a target that cannot propagate takes the steps of the row it carries.
 */
export const EXACT: ExplicitMethod = {
  ...TSIT5,
  name: 'exact',
  source: 'exp(A t) by scaling and squaring: Moler, Van Loan, SIAM Review 2003;45:3-49',
};

/** What a study's `solver.method` may be. */
export const METHOD_NAMES: readonly string[] = [...Object.keys(METHODS), EXACT.name];
export const methodNamed = (name: string): Method | undefined =>
  name === EXACT.name ? EXACT : Object.hasOwn(METHODS, name) ? METHODS[name] : undefined;
