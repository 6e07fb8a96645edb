// Steady states beyond the plain ones: with lag, long infusions, modelled inputs, what follows and what went before.
import { type GoldenCase, golden, ONE, oral, THREE, TWO } from './golden.ts';

export const STEADY_STATES: readonly GoldenCase[] = [
  golden(
    'steady state of infusions as long as the interval is constant',
    TWO,
    'dose 60 [mg] into central over 12 h every 12 h times 2 at steady state',
    [{ at: 0, into: 'central', amount: 60, duration: 12, every: 12, times: 2, steady: 12 }],
  ),
  golden(
    'steady state of infusions of three intervals',
    ONE,
    'dose 60 [mg] into central over 24 h every 8 h times 2 at steady state',
    [{ at: 0, into: 'central', amount: 60, duration: 24, every: 8, times: 2, steady: 8 }],
  ),
  golden(
    'steady state of infusions with a lag that reach into the present',
    TWO,
    'dose 60 [mg] into central over 5 h every 8 h times 2 lag 6 h at steady state',
    [{ at: 6, into: 'central', amount: 60, duration: 5, every: 8, times: 2, steady: 8 }],
  ),
  golden(
    'steady state of infusions longer than the interval, with a lag',
    ONE,
    'dose 60 [mg] into central over 20 h every 8 h times 2 lag 3 h at steady state',
    [{ at: 3, into: 'central', amount: 60, duration: 20, every: 8, times: 2, steady: 8 }],
  ),
  golden(
    'steady state by a given rate with bioavailability',
    TWO,
    'dose 60 [mg] into central at 10 [mg/h] every 8 h times 2 bioavailability 0.5 at steady state',
    [{ at: 0, into: 'central', amount: 30, duration: 3, every: 8, times: 2, steady: 8 }],
  ),
  golden(
    'steady state of a modelled duration with lag',
    oral(ONE),
    'dose 60 [mg] into depot every 8 h times 3 at steady state',
    [{ at: 0.5, into: 'depot', amount: 60, duration: 2, every: 8, times: 3, steady: 8 }],
    { extra: 'parameter D1 = 2 [h]', entry: { depot: 'lag 0.5 h infused over D1' } },
  ),
  golden(
    'steady state of a modelled rate, longer than the interval',
    ONE,
    'dose 60 [mg] into central every 8 h times 3 at steady state',
    [{ at: 0, into: 'central', amount: 60, duration: 12, every: 8, times: 3, steady: 8 }],
    { extra: 'parameter R1 = 5 [mg/h]', entry: { central: 'infused at R1' } },
  ),
  golden(
    'steady state, then not a dose more',
    THREE,
    'dose 60 [mg] into central every 8 h times 1 at steady state',
    [{ at: 0, into: 'central', amount: 60, steady: 8 }],
  ),
  golden(
    'steady state reached later wipes out what was before',
    TWO,
    'dose 500 [mg] into central\ndose 60 [mg] into central from 12 h every 8 h times 2 at steady state',
    [
      { from: 0, disposition: TWO, doses: [{ at: 0, into: 'central', amount: 500 }] },
      {
        from: 12,
        disposition: TWO,
        doses: [{ at: 12, into: 'central', amount: 60, every: 8, times: 2, steady: 8 }],
      },
    ],
  ),
  golden(
    'steady state reached later stops a running infusion and a waiting dose',
    ONE,
    'dose 500 [mg] into central over 20 h\ndose 90 [mg] into central from 10 h lag 5 h\ndose 60 [mg] into central from 12 h every 8 h times 2 at steady state',
    [
      { from: 0, disposition: ONE, doses: [{ at: 0, into: 'central', amount: 500, duration: 20 }] },
      {
        from: 12,
        disposition: ONE,
        doses: [{ at: 12, into: 'central', amount: 60, every: 8, times: 2, steady: 8 }],
      },
    ],
  ),
  golden(
    'doses of another kind on top of a steady state',
    oral(TWO),
    'dose 60 [mg] into depot every 8 h times 4 at steady state\ndose 200 [mg] into central over 2 h from 10 h',
    [
      { at: 0, into: 'depot', amount: 60, every: 8, times: 4, steady: 8 },
      { at: 10, into: 'central', amount: 200, duration: 2 },
    ],
  ),
  golden(
    'steady state of a short interval and a slow drug',
    { CL: 0.3, V: 30 },
    'dose 10 [mg] into central every 2 h times 4 at steady state',
    [{ at: 0, into: 'central', amount: 10, every: 2, times: 4, steady: 2 }],
  ),
  golden(
    'steady state, then a reset',
    ONE,
    'dose 60 [mg] into central over 3 h every 8 h at steady state\nreset at 20 h',
    [
      {
        from: 0,
        disposition: ONE,
        doses: [{ at: 0, into: 'central', amount: 60, duration: 3, every: 8, times: 6, steady: 8 }],
      },
      { from: 20, disposition: ONE, doses: [] },
    ],
  ),
  golden(
    'steady state, then a clearance that changes',
    TWO,
    'dose 60 [mg] into central every 8 h times 6 at steady state\nset CL = 9 [L/h] at 12 h',
    [
      {
        from: 0,
        disposition: TWO,
        doses: [{ at: 0, into: 'central', amount: 60, every: 8, times: 2, steady: 8 }],
      },
      {
        from: 12,
        disposition: { ...TWO, CL: 9 },
        start: (before) => before,
        doses: [{ at: 16, into: 'central', amount: 60, every: 8, times: 4 }],
      },
    ],
  ),
];
