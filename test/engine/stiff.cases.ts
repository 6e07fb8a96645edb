// The field's stiff test problems as model texts, with published end values. Reference values: Mazzia and Magherini, Test Set
// for Initial Value Problem Solvers, release 2.4 (problems HIRES, Van der Pol, Oregonator, Robertson).

export interface StiffCase {
  readonly name: string;
  readonly model: string;
  readonly until: string;
  /** Output and its value at `until`. */
  readonly published: Readonly<Record<string, number>>;
}

export const STIFF_CASES: readonly StiffCase[] = [
  {
    name: 'Robertson',
    model: `model robertson
  time s
state y1 : 1 = 1
state y2 : 1 = 0
state y3 : 1 = 0
slow = 0.04 [1/s] * y1
back = 1e4 [1/s] * y2 * y3
fast = 3e7 [1/s] * y2 ^ 2
d/dt(y1) = back - slow
d/dt(y2) = slow - back - fast
d/dt(y3) = fast
output a = y1
output b = y2
output c = y3
`,
    until: '1e11 s',
    published: { a: 0.2083340149701255e-7, b: 0.8333360770334713e-13, c: 0.999999979166505 },
  },
  {
    name: 'Van der Pol, mu = 1000',
    model: `model van_der_pol
  time s
parameter mu = 1000 [1/s]
state x : 1 = 2
state v : 1/s = 0 [1/s]
d/dt(x) = v
d/dt(v) = mu * (1 - x ^ 2) * v - x / 1 [s^2]
output position = x
output speed = v
`,
    until: '2000 s',
    published: { position: 1.706167732170483, speed: -0.8928097010247975e-3 },
  },
  {
    name: 'HIRES',
    model: `model hires
  time s
state y1 : 1 = 1
state y2 : 1 = 0
state y3 : 1 = 0
state y4 : 1 = 0
state y5 : 1 = 0
state y6 : 1 = 0
state y7 : 1 = 0
state y8 : 1 = 0.0057
k = 1 [1/s]
d/dt(y1) = k * (-1.71 * y1 + 0.43 * y2 + 8.32 * y3 + 0.0007)
d/dt(y2) = k * (1.71 * y1 - 8.75 * y2)
d/dt(y3) = k * (-10.03 * y3 + 0.43 * y4 + 0.035 * y5)
d/dt(y4) = k * (8.32 * y2 + 1.71 * y3 - 1.12 * y4)
d/dt(y5) = k * (-1.745 * y5 + 0.43 * y6 + 0.43 * y7)
d/dt(y6) = k * (-280 * y6 * y8 + 0.69 * y4 + 1.71 * y5 - 0.43 * y6 + 0.69 * y7)
d/dt(y7) = k * (280 * y6 * y8 - 1.81 * y7)
d/dt(y8) = k * (-280 * y6 * y8 + 1.81 * y7)
${Array.from({ length: 8 }, (_, i) => `output o${i + 1} = y${i + 1}`).join('\n')}
`,
    until: '321.8122 s',
    published: {
      o1: 0.7371312573325668e-3,
      o2: 0.1442485726316185e-3,
      o3: 0.5888729740967575e-4,
      o4: 0.1175651343283149e-2,
      o5: 0.2386356198831331e-2,
      o6: 0.6238968252742796e-2,
      o7: 0.2849998395185769e-2,
      o8: 0.2850001604814231e-2,
    },
  },
  {
    name: 'Oregonator',
    model: `model oregonator
  time s
state y1 : 1 = 1
state y2 : 1 = 2
state y3 : 1 = 3
s = 77.27 [1/s]
d/dt(y1) = s * (y2 + y1 * (1 - 8.375e-6 * y1 - y2))
d/dt(y2) = (y3 - (1 + y1) * y2) / 77.27 [s]
d/dt(y3) = 0.161 [1/s] * (y1 - y3)
output a = y1
output b = y2
output c = y3
`,
    until: '360 s',
    published: { a: 0.1000814870318523e1, b: 0.1228178521549917e4, c: 0.1320554942846706e3 },
  },
];
