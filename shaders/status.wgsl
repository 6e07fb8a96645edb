// How a patient ends, in the order of STATUSES (src/engine/backend.ts).

const done: u32 = 0u;
const too_many_steps: u32 = 1u;
const step_too_small: u32 = 2u;
const not_finite: u32 = 3u;
const event_storm: u32 = 4u;
const no_steady_state: u32 = 5u;
