// Generated from the model infusions.
#import bits
#import math
#import job
#import doses
#import windows
#import tracks

struct State {
  central: f32, // [mg]
  peripheral: f32, // [mg]
  integral_0: f32, // [mg*h/L]
}

struct Params {
  CL: f32, // [L/h]
  V1: f32, // [L]
  Q: f32, // [L/h]
  V2: f32, // [L]
  dose: f32, // [mg]
  every: f32, // [h]
  WT: f32, // [kg]
}

struct Inputs {
  rate_central: f32,
  gate_0: f32,
}

struct Watched {
  w0: f32, // [mg/L]
}

struct Windows {
  w0: bool,
  w1: bool,
}

struct Kept {
  a0: Track, // [integral]
  a1: Track, // [max of w0]
}

struct Doses {
  s0: Dose, // into central
  s1: Dose, // into central
  s2: Dose, // into central
}

struct Outputs {
  conc: f32, // [mg/L]
}

/// Bit j: watched quantity j is a condition.
const conditions: u32 = 0u;
const watches: bool = true;

fn patient(arm: u32, who: u32) -> Params {
  let study_TVCL = arm_value(arm, 1u); // [L/h]
  let study_dose = arm_value(arm, 2u); // [mg]
  let study_every = arm_value(arm, 3u); // [h]
  let column_WT = column(0u, who); // [kg]
  let column_eta_cl = column(1u, who); // [1]
  return Params(
    study_TVCL * exp(column_eta_cl), // CL
    58.4f * (column_WT / 70.0f), // V1
    6.5f, // Q
    38.4f, // V2
    study_dose, // dose
    study_every, // every
    column_WT, // WT
  );
}

fn tolerances() -> State {
  return State(
    schedule_value(4u), // central
    schedule_value(5u), // peripheral
    schedule_value(6u), // integral_0
  );
}

fn initial(p: Params) -> State {
  return State(
    0.0f, // central
    0.0f, // peripheral
    0.0f, // integral_0
  );
}

fn rhs(t: f32, y: State, p: Params, u: Inputs) -> State {
  let local_0 = y.central / p.V1;
  let local_1 = p.Q * (local_0 - y.peripheral / p.V2);
  return State(
    (-local_1) - p.CL * local_0 + u.rate_central, // central
    local_1, // peripheral
    local_0 * u.gate_0, // integral_0
  );
}

fn observe(t: f32, y: State, p: Params) -> Outputs {
  return Outputs(
    y.central / p.V1, // conc
  );
}

/// `first` is where the first output goes, `next` how far on the next one does.
fn record(first: u32, next: u32, outputs: Outputs) {
  store(first + 0u * next, outputs.conc);
}

fn watch(t: f32, y: State, p: Params) -> Watched {
  return Watched(
    y.central / p.V1, // w0
  );
}

fn watch_rate(t: f32, y: State, f: State, p: Params) -> Watched {
  return Watched(
    f.central / p.V1, // w0
  );
}

fn watched_value(w: Watched, j: u32) -> f32 {
  var value = 0.0f;
  value = select(value, w.w0, j == 0u);
  return value;
}

fn doses(arm: u32, p: Params) -> Doses {
  let therapy = arm_therapy(arm);
  var d: Doses;
  d.s0 = dose(therapy == 0, p.dose, arm_ticks(arm, 4u), arm_ticks(arm, 5u), 14.0f, arm_ticks(arm, 6u), 1.0f, // repeated into central
    arm_sound(arm, 4u) & arm_sound(arm, 5u) & arm_sound(arm, 6u));
  d.s1 = dose(therapy == 1, 25.0f * p.WT, arm_ticks(arm, 7u), arm_ticks(arm, 8u), 1.0f, arm_ticks(arm, 9u), 0.0f, // loaded into central
    arm_sound(arm, 7u) & arm_sound(arm, 8u) & arm_sound(arm, 9u));
  d.s2 = dose(therapy == 1, 15.0f * p.WT, arm_ticks(arm, 10u), arm_ticks(arm, 11u), 6.0f, arm_ticks(arm, 12u), 2.5f, // loaded into central
    arm_sound(arm, 10u) & arm_sound(arm, 11u) & arm_sound(arm, 12u));
  return d;
}

fn doses_sound(d: Doses) -> bool {
  return d.s0.sound & d.s1.sound & d.s2.sound;
}

fn give(y: State, d: Doses, now: u32) -> State {
  var given = y;
  given.central += bolus(d.s0, now);
  given.central += bolus(d.s1, now);
  given.central += bolus(d.s2, now);
  return given;
}

fn inputs(d: Doses, now: u32) -> Inputs {
  var u: Inputs;
  u.rate_central = infusion(d.s0, now) + infusion(d.s1, now) + infusion(d.s2, now);
  u.gate_0 = select(0.0f, 1.0f, is_open(0u, now));
  return u;
}

fn next_event(d: Doses, now: u32) -> u32 {
  var next = never;
  next = min(next, next_of(d.s0, now));
  next = min(next, next_of(d.s1, now));
  next = min(next, next_of(d.s2, now));
  next = min(next, next_edge(0u, now));
  next = min(next, next_edge(1u, now));
  return next;
}

fn start_quadratures(y: State, now: u32) -> State {
  var fresh = y;
  fresh.integral_0 = select(fresh.integral_0, 0.0f, opens(0u, now));
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
  return w.w1;
}

fn turning(k: Kept, w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, open: Windows) -> u32 {
  var inside = 0u;
  inside |= select(0u, 1u, open.w1 & may_rise(k.a1, w0.w0, r0.w0, w1.w0, r1.w0, h));
  return inside;
}

fn see(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a1 = highest(k.a1, on.w1, w.w0, t);
  return k;
}

fn take(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  return k;
}

fn see_inside(kept: Kept, j: u32, found: Located, t: f32, h: f32, on: Windows) -> Kept {
  var k = kept;
  k.a1 = highest(k.a1, on.w1 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  return k;
}

fn see_step(kept: Kept, w1: Watched, t1: f32, h: f32, inside: u32, on: Windows) -> Kept {
  var k = kept;
  k.a1 = highest(k.a1, on.w1, w1.w0, t1);
  return k;
}

/// Missing in, missing out.
fn conclude(k: Kept, y: State, p: Params, arm: u32, row: u32) {
  let a0_missing = never_closed(0u);
  let a1_missing = !k.a1.seen | never_closed(1u);
  store_unless(place(1u * job.times + 0u, arm, row), a0_missing, y.integral_0); // auc24 [mg*h/L]
  store_unless(place(1u * job.times + 1u, arm, row), a1_missing, k.a1.value); // peak [mg/L]
  store_unless(place(1u * job.times + 2u, arm, row), a0_missing, select(0.0f, 1.0f, ((y.integral_0 >= 400.0f) & (y.integral_0 <= 600.0f)))); // hit []
}

/// What is not finite stays so in a sum.
fn finite(y: State) -> bool {
  return is_finite(y.central + y.peripheral + y.integral_0);
}

/// Mean squares of state and derivative, in units of the tolerance.
fn sizes(y: State, f: State, tolerance: State, rtol: f32) -> vec2<f32> {
  var sum = vec2<f32>(0.0f, 0.0f);
  sum += square_both(vec2<f32>(y.central, f.central) / (tolerance.central + rtol * abs(y.central)));
  sum += square_both(vec2<f32>(y.peripheral, f.peripheral) / (tolerance.peripheral + rtol * abs(y.peripheral)));
  sum += square_both(vec2<f32>(y.integral_0, f.integral_0) / (tolerance.integral_0 + rtol * abs(y.integral_0)));
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
    y.central + h2_1 * k.k1.central,
    y.peripheral + h2_1 * k.k1.peripheral,
    y.integral_0 + h2_1 * k.k1.integral_0,
  );
  k.k2 = rhs(t + 0.161f * h, y2, p, u);
  let h3_1 = -0.008480655f * h;
  let h3_2 = 0.33548066f * h;
  let y3 = State(
    y.central + h3_1 * k.k1.central + h3_2 * k.k2.central,
    y.peripheral + h3_1 * k.k1.peripheral + h3_2 * k.k2.peripheral,
    y.integral_0 + h3_1 * k.k1.integral_0 + h3_2 * k.k2.integral_0,
  );
  k.k3 = rhs(t + 0.327f * h, y3, p, u);
  let h4_1 = 2.8971531f * h;
  let h4_2 = -6.3594484f * h;
  let h4_3 = 4.3622956f * h;
  let y4 = State(
    y.central + h4_1 * k.k1.central + h4_2 * k.k2.central + h4_3 * k.k3.central,
    y.peripheral + h4_1 * k.k1.peripheral + h4_2 * k.k2.peripheral + h4_3 * k.k3.peripheral,
    y.integral_0 + h4_1 * k.k1.integral_0 + h4_2 * k.k2.integral_0 + h4_3 * k.k3.integral_0,
  );
  k.k4 = rhs(t + 0.9f * h, y4, p, u);
  let h5_1 = 5.325865f * h;
  let h5_2 = -11.748883f * h;
  let h5_3 = 7.495539f * h;
  let h5_4 = -0.09249507f * h;
  let y5 = State(
    y.central + h5_1 * k.k1.central + h5_2 * k.k2.central + h5_3 * k.k3.central + h5_4 * k.k4.central,
    y.peripheral + h5_1 * k.k1.peripheral + h5_2 * k.k2.peripheral + h5_3 * k.k3.peripheral + h5_4 * k.k4.peripheral,
    y.integral_0 + h5_1 * k.k1.integral_0 + h5_2 * k.k2.integral_0 + h5_3 * k.k3.integral_0 + h5_4 * k.k4.integral_0,
  );
  k.k5 = rhs(t + 0.98002553f * h, y5, p, u);
  let h6_1 = 5.8614554f * h;
  let h6_2 = -12.920969f * h;
  let h6_3 = 8.159368f * h;
  let h6_4 = -0.07158497f * h;
  let h6_5 = -0.02826905f * h;
  let y6 = State(
    y.central + h6_1 * k.k1.central + h6_2 * k.k2.central + h6_3 * k.k3.central + h6_4 * k.k4.central + h6_5 * k.k5.central,
    y.peripheral + h6_1 * k.k1.peripheral + h6_2 * k.k2.peripheral + h6_3 * k.k3.peripheral + h6_4 * k.k4.peripheral + h6_5 * k.k5.peripheral,
    y.integral_0 + h6_1 * k.k1.integral_0 + h6_2 * k.k2.integral_0 + h6_3 * k.k3.integral_0 + h6_4 * k.k4.integral_0 + h6_5 * k.k5.integral_0,
  );
  k.k6 = rhs(t + h, y6, p, u);
  let h7_1 = 0.09646077f * h;
  let h7_2 = 0.01f * h;
  let h7_3 = 0.47988966f * h;
  let h7_4 = 1.3790085f * h;
  let h7_5 = -3.2900696f * h;
  let h7_6 = 2.3247106f * h;
  let y1 = State(
    y.central + h7_1 * k.k1.central + h7_2 * k.k2.central + h7_3 * k.k3.central + h7_4 * k.k4.central + h7_5 * k.k5.central + h7_6 * k.k6.central,
    y.peripheral + h7_1 * k.k1.peripheral + h7_2 * k.k2.peripheral + h7_3 * k.k3.peripheral + h7_4 * k.k4.peripheral + h7_5 * k.k5.peripheral + h7_6 * k.k6.peripheral,
    y.integral_0 + h7_1 * k.k1.integral_0 + h7_2 * k.k2.integral_0 + h7_3 * k.k3.integral_0 + h7_4 * k.k4.integral_0 + h7_5 * k.k5.integral_0 + h7_6 * k.k6.integral_0,
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
  sum += square((e_1 * k.k1.central + e_2 * k.k2.central + e_3 * k.k3.central + e_4 * k.k4.central + e_5 * k.k5.central + e_6 * k.k6.central + e_7 * k.k7.central) / (tolerance.central + rtol * most(abs(y.central), abs(y1.central))));
  sum += square((e_1 * k.k1.peripheral + e_2 * k.k2.peripheral + e_3 * k.k3.peripheral + e_4 * k.k4.peripheral + e_5 * k.k5.peripheral + e_6 * k.k6.peripheral + e_7 * k.k7.peripheral) / (tolerance.peripheral + rtol * most(abs(y.peripheral), abs(y1.peripheral))));
  sum += square((e_1 * k.k1.integral_0 + e_2 * k.k2.integral_0 + e_3 * k.k3.integral_0 + e_4 * k.k4.integral_0 + e_5 * k.k5.integral_0 + e_6 * k.k6.integral_0 + e_7 * k.k7.integral_0) / (tolerance.integral_0 + rtol * most(abs(y.integral_0), abs(y1.integral_0))));
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
    y.central + b1 * k.k1.central + b2 * k.k2.central + b3 * k.k3.central + b4 * k.k4.central + b5 * k.k5.central + b6 * k.k6.central + b7 * k.k7.central,
    y.peripheral + b1 * k.k1.peripheral + b2 * k.k2.peripheral + b3 * k.k3.peripheral + b4 * k.k4.peripheral + b5 * k.k5.peripheral + b6 * k.k6.peripheral + b7 * k.k7.peripheral,
    y.integral_0 + b1 * k.k1.integral_0 + b2 * k.k2.integral_0 + b3 * k.k3.integral_0 + b4 * k.k4.integral_0 + b5 * k.k5.integral_0 + b6 * k.k6.integral_0 + b7 * k.k7.integral_0,
  );
}
