// A model module as the writer makes it (src/codegen/wgsl.ts), by hand, so that the kernels can be linked and tested
// without a model: a depot that empties into a central compartment, one stream of doses, one output, one endpoint.
#import bits
#import math
#import job
#import doses
#import windows
#import tracks

struct State {
  depot: f32, // mg
  central: f32, // mg
}

struct Params {
  KA: f32, // 1/h
  K: f32, // 1/h
  V: f32, // L
}

struct Inputs {
  rate_central: f32,
}

struct Outputs {
  conc: f32, // mg/L
}

struct Watched {
  conc: f32, // mg/L
}

struct Windows {
  w0: bool,
}

struct Kept {
  a0: Track,
}

struct Doses {
  s0: Dose,
}

/// Bit j: watched quantity j is a condition.
const conditions: u32 = 0u;
const watches: bool = true;

fn patient(arm: u32, who: u32) -> Params {
  return Params(1.5f, arm_value(arm, 1u) * exp(column(0u, who)), 20.0f);
}

fn tolerances() -> State {
  return State(schedule_value(2u), schedule_value(3u));
}

fn initial(p: Params) -> State {
  return State(0.0f, 0.0f);
}

fn rhs(t: f32, y: State, p: Params, u: Inputs) -> State {
  let absorbed = p.KA * y.depot;
  return State(-absorbed, absorbed - p.K * y.central + u.rate_central);
}

fn observe(t: f32, y: State, p: Params) -> Outputs {
  return Outputs(y.central / p.V);
}

/// `first` is where the first output goes, `next` how far on the next one does.
fn record(first: u32, next: u32, outputs: Outputs) {
  store(first + 0u * next, outputs.conc);
}

fn watch(t: f32, y: State, p: Params) -> Watched {
  return Watched(y.central / p.V);
}

fn watch_rate(t: f32, y: State, f: State, p: Params) -> Watched {
  return Watched(f.central / p.V);
}

fn watched_value(w: Watched, j: u32) -> f32 {
  return w.conc;
}

fn doses(arm: u32, p: Params) -> Doses {
  let therapy = arm_therapy(arm);
  return Doses(dose(therapy == 0, 100.0f, arm_ticks(arm, 2u), arm_ticks(arm, 3u), 2.0f, 0, 0.0f, true));
}

fn doses_sound(d: Doses) -> bool {
  return d.s0.sound;
}

fn give(y: State, d: Doses, now: u32) -> State {
  var given = y;
  given.depot += bolus(d.s0, now);
  return given;
}

fn inputs(d: Doses, now: u32) -> Inputs {
  return Inputs(infusion(d.s0, now));
}

fn next_event(d: Doses, now: u32) -> u32 {
  var next = never;
  next = min(next, next_of(d.s0, now));
  next = min(next, next_edge(0u, now));
  return next;
}

fn start_quadratures(y: State, now: u32) -> State {
  return y;
}

fn opening(now: u32) -> Windows {
  return Windows(opens(0u, now));
}

fn opened(now: u32) -> Windows {
  return Windows(is_open(0u, now));
}

fn seeing_after(now: u32) -> Windows {
  return Windows(sees_after(0u, now));
}

fn any_window(w: Windows) -> bool {
  return w.w0;
}

fn turning(k: Kept, w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, open: Windows) -> u32 {
  var inside = 0u;
  inside |= select(0u, 1u, open.w0 & may_rise(k.a0, w0.conc, r0.conc, w1.conc, r1.conc, h));
  return inside;
}

fn see(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = highest(k.a0, on.w0, w.conc, t);
  return k;
}

fn take(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  return kept;
}

fn see_inside(kept: Kept, j: u32, found: Located, t: f32, h: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = highest(k.a0, on.w0 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  return k;
}

fn see_step(kept: Kept, w1: Watched, t1: f32, h: f32, inside: u32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = highest(k.a0, on.w0, w1.conc, t1);
  return k;
}

fn conclude(k: Kept, y: State, p: Params, arm: u32, row: u32) {
  let a0_missing = !k.a0.seen | never_closed(0u);
  store_unless(place(job.times, arm, row), a0_missing, k.a0.value);
}

/// What is not finite stays so in a sum.
fn finite(y: State) -> bool {
  return is_finite(y.depot + y.central);
}

/// Mean squares of state and derivative, in units of the tolerance.
fn sizes(y: State, f: State, tolerance: State, rtol: f32) -> vec2<f32> {
  let s_depot = 1.0f / (tolerance.depot + rtol * abs(y.depot));
  let s_central = 1.0f / (tolerance.central + rtol * abs(y.central));
  return vec2<f32>(
    square(y.depot * s_depot) + square(y.central * s_central),
    square(f.depot * s_depot) + square(f.central * s_central),
  ) / 2.0f;
}
