// Generated from the model swing.
#import bits
#import math
#import job
#import doses
#import windows
#import tracks

struct State {
  x: f32, // [m]
  v: f32, // [m/h]
  area: f32, // [m*h]
}

struct Params {
  K: f32, // [1/h]
}

struct Inputs {
  gate_0: f32,
}

struct Watched {
  w0: f32, // [m]
  w1: f32, // [m]
}

struct Windows {
  w0: bool,
  w1: bool,
}

struct Kept {
  a0: Track, // [max of w0]
  a1: Track, // [time of max of w0]
  a2: Track, // [min of w0]
  a3: Track, // [time of min of w0]
  a4: Track, // [first time of w1]
  a5: Track, // [share of time of w1]
  a6: Track, // [integral]
  a7: Track, // [at of w0]
}

struct Doses {
  none: bool,
}

struct Outputs {
  x: f32, // [m]
}

/// Bit j: watched quantity j is a condition.
const conditions: u32 = 2u;
const watches: bool = true;

fn patient(arm: u32, who: u32) -> Params {
  let column_k = column(0u, who); // [1/h]
  return Params(
    column_k, // K
  );
}

fn tolerances() -> State {
  return State(
    schedule_value(4u), // x
    schedule_value(5u), // v
    schedule_value(6u), // area
  );
}

fn initial(p: Params) -> State {
  return State(
    1.0f, // x
    0.0f, // v
    0.0f, // area
  );
}

fn rhs(t: f32, y: State, p: Params, u: Inputs) -> State {
  return State(
    y.v, // x
    (-(p.K * p.K)) * y.x, // v
    square(y.x) * u.gate_0, // area
  );
}

fn observe(t: f32, y: State, p: Params) -> Outputs {
  return Outputs(
    y.x, // x
  );
}

/// `first` is where the first output goes, `next` how far on the next one does.
fn record(first: u32, next: u32, outputs: Outputs) {
  store(first + 0u * next, outputs.x);
}

fn watch(t: f32, y: State, p: Params) -> Watched {
  return Watched(
    y.x, // w0
    y.x - 0.5f, // w1
  );
}

fn watch_rate(t: f32, y: State, f: State, p: Params) -> Watched {
  return Watched(
    f.x, // w0
    f.x, // w1
  );
}

fn watched_value(w: Watched, j: u32) -> f32 {
  var value = 0.0f;
  value = select(value, w.w0, j == 0u);
  value = select(value, w.w1, j == 1u);
  return value;
}

fn doses(arm: u32, p: Params) -> Doses {
  let therapy = arm_therapy(arm);
  var d: Doses;
  return d;
}

fn doses_sound(d: Doses) -> bool {
  return true;
}

fn give(y: State, d: Doses, now: u32) -> State {
  var given = y;
  return given;
}

fn inputs(d: Doses, now: u32) -> Inputs {
  var u: Inputs;
  u.gate_0 = select(0.0f, 1.0f, is_open(0u, now));
  return u;
}

fn next_event(d: Doses, now: u32) -> u32 {
  var next = never;
  next = min(next, next_edge(0u, now));
  next = min(next, next_edge(1u, now));
  return next;
}

fn start_quadratures(y: State, now: u32) -> State {
  var fresh = y;
  fresh.area = select(fresh.area, 0.0f, opens(0u, now));
  return fresh;
}

fn opening(now: u32) -> Windows {
  var w: Windows;
  w.w0 = opens(0u, now);
  w.w1 = opens(1u, now);
  return w;
}

fn opened(now: u32) -> Windows {
  var w: Windows;
  w.w0 = is_open(0u, now);
  w.w1 = is_open(1u, now);
  return w;
}

fn seeing_after(now: u32) -> Windows {
  var w: Windows;
  w.w0 = sees_after(0u, now);
  w.w1 = sees_after(1u, now);
  return w;
}

/// Whether any window with watched quantities is among them.
fn any_window(w: Windows) -> bool {
  return w.w0 | w.w1;
}

fn turning(k: Kept, w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, open: Windows) -> u32 {
  var inside = 0u;
  inside |= select(0u, 1u, open.w0 & may_rise(k.a0, w0.w0, r0.w0, w1.w0, r1.w0, h));
  inside |= select(0u, 1u, open.w0 & may_rise(k.a1, w0.w0, r0.w0, w1.w0, r1.w0, h));
  inside |= select(0u, 1u, open.w0 & may_fall(k.a2, w0.w0, r0.w0, w1.w0, r1.w0, h));
  inside |= select(0u, 1u, open.w0 & may_fall(k.a3, w0.w0, r0.w0, w1.w0, r1.w0, h));
  inside |= select(0u, 2u, open.w0 & !k.a4.seen & may_cross(w0.w1, r0.w1, w1.w1, r1.w1, h));
  inside |= select(0u, 2u, open.w0 & may_cross(w0.w1, r0.w1, w1.w1, r1.w1, h));
  return inside;
}

fn see(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = highest(k.a0, on.w0, w.w0, t);
  k.a1 = highest(k.a1, on.w0, w.w0, t);
  k.a2 = lowest(k.a2, on.w0, w.w0, t);
  k.a3 = lowest(k.a3, on.w0, w.w0, t);
  k.a4 = first_positive(k.a4, on.w0, w.w1, t);
  k.a5 = add_time(k.a5, on.w0, 0.0f);
  return k;
}

fn take(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a7 = capture(k.a7, on.w1, w.w0, t);
  return k;
}

fn see_inside(kept: Kept, j: u32, found: Located, t: f32, h: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = highest(k.a0, on.w0 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  k.a1 = highest(k.a1, on.w0 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  k.a2 = lowest(k.a2, on.w0 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  k.a3 = lowest(k.a3, on.w0 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  k.a4 = first_inside(k.a4, on.w0 & (j == 1u), found, t, h);
  k.a5 = add_time(k.a5, on.w0 & (j == 1u), found.share * h);
  return k;
}

fn see_step(kept: Kept, w1: Watched, t1: f32, h: f32, inside: u32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = highest(k.a0, on.w0, w1.w0, t1);
  k.a1 = highest(k.a1, on.w0, w1.w0, t1);
  k.a2 = lowest(k.a2, on.w0, w1.w0, t1);
  k.a3 = lowest(k.a3, on.w0, w1.w0, t1);
  k.a4 = first_positive(k.a4, on.w0, w1.w1, t1);
  k.a5 = add_time(k.a5, on.w0 & ((inside & 2u) == 0u) & (w1.w1 > 0.0f), h);
  return k;
}

/// Missing in, missing out.
fn conclude(k: Kept, y: State, p: Params, arm: u32, row: u32) {
  let a0_missing = !k.a0.seen | never_closed(0u);
  let a1_missing = !k.a1.seen | never_closed(0u);
  let a2_missing = !k.a2.seen | never_closed(0u);
  let a3_missing = !k.a3.seen | never_closed(0u);
  let a4_missing = !k.a4.seen | never_closed(0u);
  let a5_missing = !k.a5.seen | never_closed(0u);
  let a6_missing = never_closed(0u);
  let a7_missing = !k.a7.seen | false;
  store_unless(place(1u * job.times + 0u, arm, row), a0_missing, k.a0.value); // highest []
  store_unless(place(1u * job.times + 1u, arm, row), a1_missing, k.a1.time); // when_highest []
  store_unless(place(1u * job.times + 2u, arm, row), a2_missing, k.a2.value); // lowest []
  store_unless(place(1u * job.times + 3u, arm, row), a3_missing, k.a3.time); // when_lowest []
  store_unless(place(1u * job.times + 4u, arm, row), a4_missing, k.a4.time); // first_above []
  store_unless(place(1u * job.times + 5u, arm, row), a5_missing, k.a5.value); // time_above []
  store_unless(place(1u * job.times + 6u, arm, row), a6_missing, y.area); // area []
  store_unless(place(1u * job.times + 7u, arm, row), a7_missing, k.a7.value); // at_two []
  store_unless(place(1u * job.times + 8u, arm, row), a7_missing, select(0.0f, 1.0f, (k.a7.value > 0.5f))); // is_above []
}

/// What is not finite stays so in a sum.
fn finite(y: State) -> bool {
  return is_finite(y.x + y.v + y.area);
}

/// Mean squares of state and derivative, in units of the tolerance.
fn sizes(y: State, f: State, tolerance: State, rtol: f32) -> vec2<f32> {
  var sum = vec2<f32>(0.0f, 0.0f);
  sum += square_both(vec2<f32>(y.x, f.x) / (tolerance.x + rtol * abs(y.x)));
  sum += square_both(vec2<f32>(y.v, f.v) / (tolerance.v + rtol * abs(y.v)));
  sum += square_both(vec2<f32>(y.area, f.area) / (tolerance.area + rtol * abs(y.area)));
  return 0.33333334f * sum;
}

// ---- module step ----

// Generated from the method table: tsit5, order 5. Tsitouras 2011, Computers and Mathematics with Applications 62:770-775
#import bits
#import compare
#import math
#import model

const adaptive: bool = true;
/// PI control: powers of the error norm and of the last accepted one.
const error_exponent: f32 = 0.14f;
const previous_exponent: f32 = 0.08f;

struct Stages {
  k1: State,
  k2: State,
  k3: State,
  k4: State,
  k5: State,
  k6: State,
  k7: State,
}

struct Attempt {
  /// State at the end of the step.
  y: State,
  k: Stages,
  /// Squared error norm: at most 1 where the step is good enough.
  error: f32,
}

fn attempt(t: f32, h: f32, y: State, k1: State, p: Params, u: Inputs, tolerance: State, rtol: f32) -> Attempt {
  var k: Stages;
  k.k1 = k1;
  let h2_1 = 0.161f * h;
  let y2 = State(
    y.x + h2_1 * k.k1.x,
    y.v + h2_1 * k.k1.v,
    y.area + h2_1 * k.k1.area,
  );
  k.k2 = rhs(t + 0.161f * h, y2, p, u);
  let h3_1 = -0.008480655f * h;
  let h3_2 = 0.33548066f * h;
  let y3 = State(
    y.x + h3_1 * k.k1.x + h3_2 * k.k2.x,
    y.v + h3_1 * k.k1.v + h3_2 * k.k2.v,
    y.area + h3_1 * k.k1.area + h3_2 * k.k2.area,
  );
  k.k3 = rhs(t + 0.327f * h, y3, p, u);
  let h4_1 = 2.8971531f * h;
  let h4_2 = -6.3594484f * h;
  let h4_3 = 4.3622956f * h;
  let y4 = State(
    y.x + h4_1 * k.k1.x + h4_2 * k.k2.x + h4_3 * k.k3.x,
    y.v + h4_1 * k.k1.v + h4_2 * k.k2.v + h4_3 * k.k3.v,
    y.area + h4_1 * k.k1.area + h4_2 * k.k2.area + h4_3 * k.k3.area,
  );
  k.k4 = rhs(t + 0.9f * h, y4, p, u);
  let h5_1 = 5.325865f * h;
  let h5_2 = -11.748883f * h;
  let h5_3 = 7.495539f * h;
  let h5_4 = -0.09249507f * h;
  let y5 = State(
    y.x + h5_1 * k.k1.x + h5_2 * k.k2.x + h5_3 * k.k3.x + h5_4 * k.k4.x,
    y.v + h5_1 * k.k1.v + h5_2 * k.k2.v + h5_3 * k.k3.v + h5_4 * k.k4.v,
    y.area + h5_1 * k.k1.area + h5_2 * k.k2.area + h5_3 * k.k3.area + h5_4 * k.k4.area,
  );
  k.k5 = rhs(t + 0.98002553f * h, y5, p, u);
  let h6_1 = 5.8614554f * h;
  let h6_2 = -12.920969f * h;
  let h6_3 = 8.159368f * h;
  let h6_4 = -0.07158497f * h;
  let h6_5 = -0.02826905f * h;
  let y6 = State(
    y.x + h6_1 * k.k1.x + h6_2 * k.k2.x + h6_3 * k.k3.x + h6_4 * k.k4.x + h6_5 * k.k5.x,
    y.v + h6_1 * k.k1.v + h6_2 * k.k2.v + h6_3 * k.k3.v + h6_4 * k.k4.v + h6_5 * k.k5.v,
    y.area + h6_1 * k.k1.area + h6_2 * k.k2.area + h6_3 * k.k3.area + h6_4 * k.k4.area + h6_5 * k.k5.area,
  );
  k.k6 = rhs(t + h, y6, p, u);
  let h7_1 = 0.09646077f * h;
  let h7_2 = 0.01f * h;
  let h7_3 = 0.47988966f * h;
  let h7_4 = 1.3790085f * h;
  let h7_5 = -3.2900696f * h;
  let h7_6 = 2.3247106f * h;
  let y1 = State(
    y.x + h7_1 * k.k1.x + h7_2 * k.k2.x + h7_3 * k.k3.x + h7_4 * k.k4.x + h7_5 * k.k5.x + h7_6 * k.k6.x,
    y.v + h7_1 * k.k1.v + h7_2 * k.k2.v + h7_3 * k.k3.v + h7_4 * k.k4.v + h7_5 * k.k5.v + h7_6 * k.k6.v,
    y.area + h7_1 * k.k1.area + h7_2 * k.k2.area + h7_3 * k.k3.area + h7_4 * k.k4.area + h7_5 * k.k5.area + h7_6 * k.k6.area,
  );
  k.k7 = rhs(t + h, y1, p, u);
  let e_1 = -0.0017800111f * h;
  let e_2 = -0.00081643445f * h;
  let e_3 = 0.007880878f * h;
  let e_4 = -0.144711f * h;
  let e_5 = 0.58235717f * h;
  let e_6 = -0.4580821f * h;
  let e_7 = 0.015151516f * h;
  var sum = 0.0f;
  sum += square((e_1 * k.k1.x + e_2 * k.k2.x + e_3 * k.k3.x + e_4 * k.k4.x + e_5 * k.k5.x + e_6 * k.k6.x + e_7 * k.k7.x) / (tolerance.x + rtol * most(abs(y.x), abs(y1.x))));
  sum += square((e_1 * k.k1.v + e_2 * k.k2.v + e_3 * k.k3.v + e_4 * k.k4.v + e_5 * k.k5.v + e_6 * k.k6.v + e_7 * k.k7.v) / (tolerance.v + rtol * most(abs(y.v), abs(y1.v))));
  sum += square((e_1 * k.k1.area + e_2 * k.k2.area + e_3 * k.k3.area + e_4 * k.k4.area + e_5 * k.k5.area + e_6 * k.k6.area + e_7 * k.k7.area) / (tolerance.area + rtol * most(abs(y.area), abs(y1.area))));
  let error = 0.33333334f * sum;
  return Attempt(y1, k, error);
}

/// Derivative at the end of the step, the first stage of the next one.
fn end_slope(tried: Attempt, t1: f32, p: Params, u: Inputs) -> State {
  return tried.k.k7;
}

/// The last stage is part of the error norm: where that is finite, so is the slope.
fn sound_slope(slope: State) -> bool {
  return true;
}

/// The state theta of the way through the step (order 4).
fn dense(theta: f32, h: f32, y: State, k: Stages) -> State {
  let reach = theta * h;
  let b1 = reach * (1.0f + theta * (-2.7637062f + theta * (2.9132555f + theta * (-1.0530885f))));
  let b2 = reach * (theta * (0.1317f + theta * (-0.2234f + theta * (0.1017f))));
  let b3 = reach * (theta * (3.9302962f + theta * (-5.941034f + theta * (2.4906273f))));
  let b4 = reach * (theta * (-12.4110775f + theta * (30.338188f + theta * (-16.548103f))));
  let b5 = reach * (theta * (37.50931f + theta * (-88.1789f + theta * (47.37952f))));
  let b6 = reach * (theta * (-27.896526f + theta * (65.091896f + theta * (-34.87066f))));
  let b7 = reach * (theta * (1.5f + theta * (-4.0f + theta * (2.5f))));
  return State(
    y.x + b1 * k.k1.x + b2 * k.k2.x + b3 * k.k3.x + b4 * k.k4.x + b5 * k.k5.x + b6 * k.k6.x + b7 * k.k7.x,
    y.v + b1 * k.k1.v + b2 * k.k2.v + b3 * k.k3.v + b4 * k.k4.v + b5 * k.k5.v + b6 * k.k6.v + b7 * k.k7.v,
    y.area + b1 * k.k1.area + b2 * k.k2.area + b3 * k.k3.area + b4 * k.k4.area + b5 * k.k5.area + b6 * k.k6.area + b7 * k.k7.area,
  );
}
