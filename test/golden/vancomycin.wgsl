// Generated from the model vancomycin.
#import bits
#import math
#import job
#import doses
#import windows
#import tracks

struct State {
  central: f32, // [mg]
  peripheral: f32, // [mg]
  integral_0: f32, // [mg*h/L accumulated]
  integral_1: f32, // [mg*h/L accumulated]
}

struct Params {
  Q: f32, // [L/h]
  goal: f32, // [mg*h/L]
  WT: f32, // [kg]
  CLpop: f32, // [L/h]
  V1: f32, // [L]
  k0: f32, // [= 1 / V1]
  k1: f32, // [= 1 / V2]
  k2: f32, // [= CL / V1]
}

struct Inputs {
  rate_central: f32,
  gate_0: f32,
  gate_1: f32,
  amount: f32,
  early: f32,
  slope: f32,
  auc: f32,
  infused_central: f32,
  infusions_central: f32,
}

struct Watched {
  w0: f32, // [max]
}

struct Windows {
  w0: bool,
  w1: bool,
  w2: bool,
  w3: bool,
}

struct Kept {
  a0: Track, // [integral]
  a1: Track, // [integral]
  a2: Track, // [max of w0]
  a3: Track, // [at of w0]
}

struct Doses {
  s0: Dose, // into central
  s1: Dose, // into central
  s2: Dose, // into central
  s3: Dose, // into central
  s4: Dose, // into central
  s5: Dose, // into central
}

struct Outputs {
  conc: f32, // [mg/L]
}

/// Bit j: watched quantity j is a condition.
const conditions: u32 = 0u;
const watches: bool = true;
/// Inputs of the moment.
var<private> memory: Inputs;

fn patient(arm: u32, who: u32) -> Params {
  let study_TVCL = arm_value(arm, 1u); // [L/h]
  let study_TVV = arm_value(arm, 2u); // [L]
  let study_TVP = arm_value(arm, 3u); // [L]
  let study_Q = arm_value(arm, 4u); // [L/h]
  let study_renal = arm_value(arm, 5u); // [1]
  let study_dial_cl = arm_value(arm, 6u); // [1]
  let study_dial_v = arm_value(arm, 7u); // [1]
  let study_goal = arm_value(arm, 8u); // [mg*h/L]
  let column_WT = column(0u, who); // [kg]
  let column_CRCL = column(1u, who); // [mL/min]
  let column_DIAL = column(2u, who); // [1]
  let column_eta_cl = column(3u, who); // [1]
  let column_eta_v = column(4u, who); // [1]
  let column_eta_p = column(5u, who); // [1]
  let local_0 = study_TVCL * power(column_CRCL / 120.0f, study_renal) * select(1.0f, study_dial_cl, (column_DIAL > 0.5f));
  let local_1 = study_TVV * column_WT / 70.0f * select(1.0f, study_dial_v, (column_DIAL > 0.5f)) * exp(column_eta_v);
  return Params(
    study_Q, // Q
    study_goal, // goal
    column_WT, // WT
    local_0, // CLpop
    local_1, // V1
    1.0f / local_1, // k0
    1.0f / (study_TVP * column_WT / 70.0f * exp(column_eta_p)), // k1
    local_0 * exp(column_eta_cl) / local_1, // k2
  );
}

fn tolerances() -> State {
  return State(
    schedule_value(8u), // central
    schedule_value(9u), // peripheral
    schedule_value(10u), // integral_0
    schedule_value(11u), // integral_1
  );
}

fn initial(p: Params) -> State {
  return State(
    0.0f, // central
    0.0f, // peripheral
    0.0f, // integral_0
    0.0f, // integral_1
  );
}

fn rhs(t: f32, y: State, p: Params, u: Inputs) -> State {
  let local_0 = y.central * p.k0;
  let local_1 = p.Q * (local_0 - y.peripheral * p.k1);
  return State(
    (-local_1) - p.k2 * y.central + u.rate_central + u.infused_central, // central
    local_1, // peripheral
    local_0 * u.gate_0, // integral_0
    local_0 * u.gate_1, // integral_1
  );
}

fn observe(t: f32, y: State, p: Params) -> Outputs {
  return Outputs(
    y.central * p.k0, // conc
  );
}

/// `first` is where the first output goes, `next` how far on the next one does.
fn record(first: u32, next: u32, outputs: Outputs) {
  store(first + 0u * next, outputs.conc);
}

fn watch(t: f32, y: State, p: Params) -> Watched {
  return Watched(
    y.central * p.k0, // w0
  );
}

fn watch_rate(t: f32, y: State, f: State, p: Params) -> Watched {
  return Watched(
    p.k0 * f.central, // w0
  );
}

fn watched_value(w: Watched, j: u32) -> f32 {
  var value = 0.0f;
  value = select(value, w.w0, j == 0u);
  return value;
}

fn doses(arm: u32, p: Params) -> Doses {
  let therapy = arm_therapy(arm);
  let local_0 = 25.0f * p.WT;
  var d: Doses;
  d.s0 = dose(therapy == 0, 1000.0f, arm_ticks(arm, 9u), arm_ticks(arm, 10u), 60.0f, arm_ticks(arm, 11u), 1.0f, // fixed into central
    arm_sound(arm, 9u) & arm_sound(arm, 10u) & arm_sound(arm, 11u));
  d.s1 = dose(therapy == 1, local_0, arm_ticks(arm, 12u), arm_ticks(arm, 13u), 1.0f, arm_ticks(arm, 14u), 2.0f, // weighted into central
    arm_sound(arm, 12u) & arm_sound(arm, 13u) & arm_sound(arm, 14u));
  d.s2 = dose(therapy == 1, 15.0f * p.WT, arm_ticks(arm, 15u), arm_ticks(arm, 16u), 59.0f, arm_ticks(arm, 17u), 1.0f, // weighted into central
    arm_sound(arm, 15u) & arm_sound(arm, 16u) & arm_sound(arm, 17u));
  d.s3 = dose(therapy == 2, local_0, arm_ticks(arm, 18u), arm_ticks(arm, 19u), 1.0f, arm_ticks(arm, 20u), 2.0f, // renal_dose into central
    arm_sound(arm, 18u) & arm_sound(arm, 19u) & arm_sound(arm, 20u));
  d.s4 = dose(therapy == 2, p.goal * p.CLpop / 2.0f, arm_ticks(arm, 21u), arm_ticks(arm, 22u), 59.0f, arm_ticks(arm, 23u), 1.0f, // renal_dose into central
    arm_sound(arm, 21u) & arm_sound(arm, 22u) & arm_sound(arm, 23u));
  d.s5 = dose(therapy == 4, 1000.0f, arm_ticks(arm, 24u), arm_ticks(arm, 25u), 1.0f, arm_ticks(arm, 26u), 1.0f, // single into central
    arm_sound(arm, 24u) & arm_sound(arm, 25u) & arm_sound(arm, 26u));
  return d;
}

fn doses_sound(d: Doses) -> bool {
  return d.s0.sound & d.s1.sound & d.s2.sound & d.s3.sound & d.s4.sound & d.s5.sound;
}

fn give(y: State, d: Doses, now: u32) -> State {
  var given = y;
  given.central += bolus(d.s0, now);
  given.central += bolus(d.s1, now);
  given.central += bolus(d.s2, now);
  given.central += bolus(d.s3, now);
  given.central += bolus(d.s4, now);
  given.central += bolus(d.s5, now);
  return given;
}

fn inputs(d: Doses, now: u32) -> Inputs {
  var u = memory;
  u.rate_central = infusion(d.s0, now) + infusion(d.s1, now) + infusion(d.s2, now) + infusion(d.s3, now) + infusion(d.s4, now) + infusion(d.s5, now);
  u.gate_0 = select(0.0f, 1.0f, is_open(0u, now));
  u.gate_1 = select(0.0f, 1.0f, is_open(1u, now));
  return u;
}

fn next_event(d: Doses, now: u32) -> u32 {
  var next = never;
  next = min(next, next_of(d.s0, now));
  next = min(next, next_of(d.s1, now));
  next = min(next, next_of(d.s2, now));
  next = min(next, next_of(d.s3, now));
  next = min(next, next_of(d.s4, now));
  next = min(next, next_of(d.s5, now));
  next = min(next, next_edge(0u, now));
  next = min(next, next_edge(1u, now));
  next = min(next, next_edge(2u, now));
  next = min(next, next_edge(3u, now));
  return next;
}

fn start_quadratures(y: State, now: u32) -> State {
  var fresh = y;
  fresh.integral_0 = select(fresh.integral_0, 0.0f, opens(0u, now));
  fresh.integral_1 = select(fresh.integral_1, 0.0f, opens(1u, now));
  return fresh;
}

fn opening(now: u32) -> Windows {
  var w: Windows;
  w.w0 = opens(0u, now);
  w.w1 = opens(1u, now);
  w.w2 = opens(2u, now);
  w.w3 = opens(3u, now);
  return w;
}

fn opened(now: u32) -> Windows {
  var w: Windows;
  w.w0 = is_open(0u, now);
  w.w1 = is_open(1u, now);
  w.w2 = is_open(2u, now);
  w.w3 = is_open(3u, now);
  return w;
}

fn seeing_after(now: u32) -> Windows {
  var w: Windows;
  w.w0 = sees_after(0u, now);
  w.w1 = sees_after(1u, now);
  w.w2 = sees_after(2u, now);
  w.w3 = sees_after(3u, now);
  return w;
}

/// Whether any window with watched quantities is among them.
fn any_window(w: Windows) -> bool {
  return w.w2 | w.w3;
}

fn turning(k: Kept, w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, open: Windows) -> u32 {
  var inside = 0u;
  inside |= select(0u, 1u, open.w2 & may_rise(k.a2, w0.w0, r0.w0, w1.w0, r1.w0, h));
  return inside;
}

fn see(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a2 = highest(k.a2, on.w2, w.w0, t);
  return k;
}

fn take(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a3 = capture(k.a3, on.w3, w.w0, t);
  return k;
}

fn see_inside(kept: Kept, j: u32, found: Located, t: f32, h: f32, on: Windows) -> Kept {
  var k = kept;
  k.a2 = highest(k.a2, on.w2 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  return k;
}

fn see_step(kept: Kept, w1: Watched, t1: f32, h: f32, inside: u32, on: Windows) -> Kept {
  var k = kept;
  k.a2 = highest(k.a2, on.w2, w1.w0, t1);
  return k;
}

/// Missing in, missing out.
fn conclude(k: Kept, y: State, p: Params, arm: u32, row: u32) {
  let a0_missing = never_closed(0u);
  let a1_missing = never_closed(1u);
  let a2_missing = !k.a2.seen | never_closed(2u);
  let a3_missing = !k.a3.seen | false;
  store_unless(place(1u * job.times + 0u, arm, row), a0_missing, y.integral_0); // auc24 [mg*h/L]
  store_unless(place(1u * job.times + 1u, arm, row), a0_missing, select(0.0f, 1.0f, ((y.integral_0 >= 400.0f) & (y.integral_0 <= 600.0f)))); // hit [1]
  store_unless(place(1u * job.times + 2u, arm, row), a0_missing, select(0.0f, 1.0f, (y.integral_0 < 400.0f))); // low [1]
  store_unless(place(1u * job.times + 3u, arm, row), a0_missing, select(0.0f, 1.0f, (y.integral_0 > 600.0f))); // high [1]
  store_unless(place(1u * job.times + 4u, arm, row), a1_missing, y.integral_1); // auc_day2 [mg*h/L]
  store_unless(place(1u * job.times + 5u, arm, row), a2_missing, k.a2.value); // peak [mg/L]
  store_unless(place(1u * job.times + 6u, arm, row), a3_missing, k.a3.value); // trough [mg/L]
}

/// What is not finite stays so in a sum.
fn finite(y: State) -> bool {
  return is_finite(y.central + y.peripheral + y.integral_0 + y.integral_1);
}

/// Mean squares of state and derivative, in units of the tolerance.
fn sizes(y: State, f: State, tolerance: State, rtol: f32) -> vec2<f32> {
  var sum = vec2<f32>(0.0f, 0.0f);
  sum += square_both(vec2<f32>(y.central, f.central) / (tolerance.central + rtol * abs(y.central)));
  sum += square_both(vec2<f32>(y.peripheral, f.peripheral) / (tolerance.peripheral + rtol * abs(y.peripheral)));
  sum += square_both(vec2<f32>(y.integral_0, f.integral_0) / (tolerance.integral_0 + rtol * abs(y.integral_0)));
  sum += square_both(vec2<f32>(y.integral_1, f.integral_1) / (tolerance.integral_1 + rtol * abs(y.integral_1)));
  return 0.25f * sum;
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
    y.integral_1 + h2_1 * k.k1.integral_1,
  );
  k.k2 = rhs(t + 0.161f * h, y2, p, u);
  let h3_1 = -0.008480655f * h;
  let h3_2 = 0.33548066f * h;
  let y3 = State(
    y.central + h3_1 * k.k1.central + h3_2 * k.k2.central,
    y.peripheral + h3_1 * k.k1.peripheral + h3_2 * k.k2.peripheral,
    y.integral_0 + h3_1 * k.k1.integral_0 + h3_2 * k.k2.integral_0,
    y.integral_1 + h3_1 * k.k1.integral_1 + h3_2 * k.k2.integral_1,
  );
  k.k3 = rhs(t + 0.327f * h, y3, p, u);
  let h4_1 = 2.8971531f * h;
  let h4_2 = -6.3594484f * h;
  let h4_3 = 4.3622956f * h;
  let y4 = State(
    y.central + h4_1 * k.k1.central + h4_2 * k.k2.central + h4_3 * k.k3.central,
    y.peripheral + h4_1 * k.k1.peripheral + h4_2 * k.k2.peripheral + h4_3 * k.k3.peripheral,
    y.integral_0 + h4_1 * k.k1.integral_0 + h4_2 * k.k2.integral_0 + h4_3 * k.k3.integral_0,
    y.integral_1 + h4_1 * k.k1.integral_1 + h4_2 * k.k2.integral_1 + h4_3 * k.k3.integral_1,
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
    y.integral_1 + h5_1 * k.k1.integral_1 + h5_2 * k.k2.integral_1 + h5_3 * k.k3.integral_1 + h5_4 * k.k4.integral_1,
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
    y.integral_1 + h6_1 * k.k1.integral_1 + h6_2 * k.k2.integral_1 + h6_3 * k.k3.integral_1 + h6_4 * k.k4.integral_1 + h6_5 * k.k5.integral_1,
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
    y.integral_1 + h7_1 * k.k1.integral_1 + h7_2 * k.k2.integral_1 + h7_3 * k.k3.integral_1 + h7_4 * k.k4.integral_1 + h7_5 * k.k5.integral_1 + h7_6 * k.k6.integral_1,
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
  sum += square((e_1 * k.k1.integral_1 + e_2 * k.k2.integral_1 + e_3 * k.k3.integral_1 + e_4 * k.k4.integral_1 + e_5 * k.k5.integral_1 + e_6 * k.k6.integral_1 + e_7 * k.k7.integral_1) / (tolerance.integral_1 + rtol * most(abs(y.integral_1), abs(y1.integral_1))));
  let error = 0.25f * sum;
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
    y.integral_1 + b1 * k.k1.integral_1 + b2 * k.k2.integral_1 + b3 * k.k3.integral_1 + b4 * k.k4.integral_1 + b5 * k.k5.integral_1 + b6 * k.k6.integral_1 + b7 * k.k7.integral_1,
  );
}

// ---- module occurrences ----

// Generated from the model vancomycin: what happens at instants.
#import bits
#import compare
#import math
#import job
#import doses
#import tracks
#import model
#import happenings/rows

const captures: u32 = 4u;
alias Captured = array<f32, 4>;
const most_waiting: u32 = 10u;
/// No happening, no place in the agenda.
const nobody: u32 = 0xffffffffu;
/// Behind the output times in `schedule`: where the tables are told of, and how many there are.
const tables_at: u32 = 12u;
const table_count: u32 = 1u;
const replays: bool = false;
const replay_table: u32 = 0u;
/// The instant of the last reset [tick].
var<private> reset_at: i32;

/// With the values that held inputs have, those that are derived from them.
fn derived(given: Inputs, p: Params) -> Inputs {
  var u = given;
  return u;
}

fn begin_memory(p: Params) {
  memory.amount = p.goal * p.CLpop / 2.0f;
  memory.early = 20.0f;
  memory.slope = 0.1f;
  memory.auc = 500.0f;
  memory.infused_central = 0.0f;
  memory.infusions_central = 0.0f;
  memory = derived(memory, p);
}

/// Infusions that were begun end.
fn stop_infusions() {
  memory.infused_central = 0.0f;
  memory.infusions_central = 0.0f;
}

/// The initial state; quadratures go on.
fn emptied(y: State, p: Params) -> State {
  var fresh = initial(p);
  fresh.integral_0 = y.integral_0;
  fresh.integral_1 = y.integral_1;
  return fresh;
}

fn capture_0(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // end of an infusion into central
  var c: Captured;
  c[0] = 0.0f;
  return c;
}

fn effect_0(c: Captured, t: f32, y: State, p: Params) -> State { // end of an infusion into central
  let local_0 = memory.infusions_central - 1.0f;
  let new_0 = select(0.0f, memory.infused_central - c[0], (local_0 > 0.5f)); // infused_central
  let new_1 = larger(local_0, 0.0f); // infusions_central
  var after = y;
  memory.infused_central = new_0;
  memory.infusions_central = new_1;
  return after;
}

fn capture_1(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 1 into central
  let local_0 = 25.0f * p.WT;
  var c: Captured;
  c[0] = local_0;
  c[1] = 2.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  c[3] = local_0 / 2.0f;
  return c;
}

fn effect_1(c: Captured, t: f32, y: State, p: Params) -> State { // dose 1 into central
  let new_0 = memory.infused_central + c[3]; // infused_central
  let new_1 = memory.infusions_central + 1.0f; // infusions_central
  var after = y;
  memory.infused_central = new_0;
  memory.infusions_central = new_1;
  return after;
}

fn capture_2(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // first_level
  let local_0 = y.central / p.V1;
  let local_1 = 0.227f * local_0;
  let local_2 = local_1 * local_1;
  var c: Captured;
  c[0] = 1.0f;
  c[1] = local_0 + square_root(11.56f + local_2) * drawn(0u, 1u, n);
  c[2] = larger(local_0 + square_root(11.56f + local_2) * drawn(0u, 1u, n), 2.0f);
  return c;
}

fn effect_2(c: Captured, t: f32, y: State, p: Params) -> State { // first_level
  let new_0 = select(memory.early, c[2], (c[0] == 1.0f)); // early
  var after = y;
  memory.early = new_0;
  return after;
}

fn capture_3(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // second_level
  let local_0 = y.central / p.V1;
  let local_1 = 0.227f * local_0;
  let local_2 = local_1 * local_1;
  var c: Captured;
  c[0] = 1.0f;
  c[1] = local_0 + square_root(11.56f + local_2) * drawn(0u, 2u, n);
  c[2] = larger(logarithm(memory.early / larger(local_0 + square_root(11.56f + local_2) * drawn(0u, 2u, n), 1.0f)) / 9.0f, 0.005f);
  return c;
}

fn effect_3(c: Captured, t: f32, y: State, p: Params) -> State { // second_level
  let new_0 = select(memory.slope, c[2], (c[0] == 1.0f)); // slope
  var after = y;
  memory.slope = new_0;
  return after;
}

fn capture_4(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // area
  let local_0 = exp((-9.0f) * memory.slope);
  let local_1 = exp(2.0f * memory.slope);
  var c: Captured;
  c[0] = 1.0f;
  c[1] = memory.early * (local_1 + local_0 + 2.0f * (local_1 - local_0) / memory.slope);
  return c;
}

fn effect_4(c: Captured, t: f32, y: State, p: Params) -> State { // area
  let new_0 = select(memory.auc, c[1], (c[0] == 1.0f)); // auc
  var after = y;
  memory.auc = new_0;
  return after;
}

fn capture_5(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // new_dose
  var c: Captured;
  c[0] = select(0.0f, 1.0f, (!((memory.auc >= 400.0f) & (memory.auc <= 600.0f))));
  c[1] = larger(memory.amount / 2.0f, smaller(memory.amount * 2.0f, memory.amount * p.goal / memory.auc));
  return c;
}

fn effect_5(c: Captured, t: f32, y: State, p: Params) -> State { // new_dose
  let new_0 = select(memory.amount, c[1], (c[0] == 1.0f)); // amount
  var after = y;
  memory.amount = new_0;
  return after;
}

fn capture_6(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 2 into central
  var c: Captured;
  c[0] = memory.amount;
  c[1] = 1.0f;
  c[2] = select(0.0f, 1.0f, (!(memory.amount <= 0.0f)));
  c[3] = memory.amount / 1.0f;
  return c;
}

fn effect_6(c: Captured, t: f32, y: State, p: Params) -> State { // dose 2 into central
  let new_0 = memory.infused_central + c[3]; // infused_central
  let new_1 = memory.infusions_central + 1.0f; // infusions_central
  var after = y;
  memory.infused_central = new_0;
  memory.infusions_central = new_1;
  return after;
}

fn capture_of(what: u32, n: f32, row: u32, t: f32, y: State, p: Params) -> Captured {
  var captured: Captured;
  switch what {
    case 0u: { captured = capture_0(n, row, t, y, p); }
    case 1u: { captured = capture_1(n, row, t, y, p); }
    case 2u: { captured = capture_2(n, row, t, y, p); }
    case 3u: { captured = capture_3(n, row, t, y, p); }
    case 4u: { captured = capture_4(n, row, t, y, p); }
    case 5u: { captured = capture_5(n, row, t, y, p); }
    case 6u: { captured = capture_6(n, row, t, y, p); }
    default: {}
  }
  return captured;
}

fn effect(what: u32, c: Captured, t: f32, before: State, p: Params) -> State {
  var y = before;
  switch what {
    case 0u: { y = effect_0(c, t, y, p); }
    case 1u: { y = effect_1(c, t, y, p); }
    case 2u: { y = effect_2(c, t, y, p); }
    case 3u: { y = effect_3(c, t, y, p); }
    case 4u: { y = effect_4(c, t, y, p); }
    case 5u: { y = effect_5(c, t, y, p); }
    case 6u: { y = effect_6(c, t, y, p); }
    default: {}
  }
  return y;
}

/// Whether there is an occurrence at all.
fn admitted(what: u32, c: Captured) -> bool {
  var yes = true;
  switch what {
    case 0u: { yes = c[0] > 0.0f; }
    case 1u: { yes = c[2] > 0.0f; }
    case 6u: { yes = c[2] > 0.0f; }
    default: {}
  }
  return yes;
}

fn delay_of(what: u32, c: Captured) -> f32 {
  var delay = 0.0f;
  return delay;
}

fn resets(what: u32, c: Captured) -> bool {
  var yes = false;
  return yes;
}

/// One without counts as 0, and so does one that is no number.
fn priority(what: u32, t: f32, y: State, p: Params) -> f32 {
  var own = 0.0f;
  return select(own, 0.0f, is_nan(own));
}

/// Doses and what they put in: what a reset drops.
fn is_dose(what: u32) -> bool {
  var yes = false;
  switch what {
    case 0u: { yes = true; }
    case 1u: { yes = true; }
    case 6u: { yes = true; }
    default: {}
  }
  return yes;
}

fn replayed_values(row: u32) -> Captured {
  var c: Captured;
  return c;
}

fn follower(what: u32) -> u32 {
  var next = nobody;
  switch what {
    case 1u: { next = 0u; }
    case 6u: { next = 0u; }
    default: {}
  }
  return next;
}

fn passed(what: u32, c: Captured) -> Captured {
  var handed: Captured;
  switch what {
    case 1u: { handed[0] = c[3]; }
    case 6u: { handed[0] = c[3]; }
    default: {}
  }
  return handed;
}

fn follow_delay(what: u32, c: Captured) -> f32 {
  var delay = 0.0f;
  switch what {
    case 1u: { delay = c[1]; }
    case 6u: { delay = c[1]; }
    default: {}
  }
  return delay;
}

/// Where the guard of what follows is among the values it is given.
fn follower_admitted(what: u32, handed: Captured) -> bool {
  var yes = true;
  switch what {
    case 1u: { yes = handed[0] > 0.0f; }
    case 6u: { yes = handed[0] > 0.0f; }
    default: {}
  }
  return yes;
}

var<private> clocks: array<Dose, 6>;
/// The next row of each clause that reads a table.
var<private> cursors: array<u32, 6>;

/// False where a number of a clock is not finite.
fn begin_clauses(p: Params) -> bool {
  var sound = true;
  let start_0 = 0.0f; // dose 1 into central
  let interval_0 = 0.0f;
  clocks[0] = dose((own_therapy == 3), 0.0f, to_ticks(start_0), to_ticks(interval_0), 1.0f, 0, 0.0f,
    is_finite(start_0) & is_finite(interval_0));
  sound = sound & clocks[0].sound;
  let start_1 = 51.0f; // first_level
  let interval_1 = 48.0f;
  clocks[1] = dose((own_therapy == 3), 0.0f, to_ticks(start_1), to_ticks(interval_1), 4.0f, 0, 0.0f,
    is_finite(start_1) & is_finite(interval_1));
  sound = sound & clocks[1].sound;
  let start_2 = 60.0f; // second_level
  let interval_2 = 48.0f;
  clocks[2] = dose((own_therapy == 3), 0.0f, to_ticks(start_2), to_ticks(interval_2), 4.0f, 0, 0.0f,
    is_finite(start_2) & is_finite(interval_2));
  sound = sound & clocks[2].sound;
  let start_3 = 60.0f; // area
  let interval_3 = 48.0f;
  clocks[3] = dose((own_therapy == 3), 0.0f, to_ticks(start_3), to_ticks(interval_3), 4.0f, 0, 0.0f,
    is_finite(start_3) & is_finite(interval_3));
  sound = sound & clocks[3].sound;
  let start_4 = 60.0f; // new_dose
  let interval_4 = 48.0f;
  clocks[4] = dose((own_therapy == 3), 0.0f, to_ticks(start_4), to_ticks(interval_4), 4.0f, 0, 0.0f,
    is_finite(start_4) & is_finite(interval_4));
  sound = sound & clocks[4].sound;
  let start_5 = 12.0f; // dose 2 into central
  let interval_5 = 12.0f;
  clocks[5] = dose((own_therapy == 3), 0.0f, to_ticks(start_5), to_ticks(interval_5), 59.0f, 0, 0.0f,
    is_finite(start_5) & is_finite(interval_5));
  sound = sound & clocks[5].sound;
  return sound;
}

/// Happenings written before a clause, by number.
fn turn_of(clause: u32) -> u32 {
  switch clause {
    case 0u: { return 1u; }
    case 1u: { return 2u; }
    case 2u: { return 3u; }
    case 3u: { return 4u; }
    case 4u: { return 5u; }
    case 5u: { return 6u; }
    default: { return 7u; }
  }
}

/// A clause at an instant; the first that is to be looked at after it.
struct Entered {
  clause: u32,
  ahead: u32,
  n: f32,
  row: u32,
}

/// The first clause from `ahead` on that has something at this instant. A table is entered row by row.
fn enter_clause(ahead: u32, now: u32) -> Entered {
  var next = Entered(nobody, ahead, 0.0f, 0u);
  if ((5u >= ahead) & strikes(clocks[5], now)) {
    next = Entered(5u, 6u, f32(happened(clocks[5], clocks[5].start, now)) - 1.0f, 0u);
  }
  if ((4u >= ahead) & strikes(clocks[4], now)) {
    next = Entered(4u, 5u, f32(happened(clocks[4], clocks[4].start, now)) - 1.0f, 0u);
  }
  if ((3u >= ahead) & strikes(clocks[3], now)) {
    next = Entered(3u, 4u, f32(happened(clocks[3], clocks[3].start, now)) - 1.0f, 0u);
  }
  if ((2u >= ahead) & strikes(clocks[2], now)) {
    next = Entered(2u, 3u, f32(happened(clocks[2], clocks[2].start, now)) - 1.0f, 0u);
  }
  if ((1u >= ahead) & strikes(clocks[1], now)) {
    next = Entered(1u, 2u, f32(happened(clocks[1], clocks[1].start, now)) - 1.0f, 0u);
  }
  if ((0u >= ahead) & strikes(clocks[0], now)) {
    next = Entered(0u, 1u, f32(happened(clocks[0], clocks[0].start, now)) - 1.0f, 0u);
  }
  return next;
}

/// A start falls on this instant.
fn strikes(d: Dose, now: u32) -> bool {
  let since = i32(now) - d.start;
  let elapsed = u32(max(since, 0));
  return (since >= 0) & (elapsed % d.interval == 0u) & (elapsed / d.interval < d.count);
}

/// The first happening of a clause from `member` on that still hears it.
fn member_of(what: u32, member: u32) -> u32 {
  var found = nobody;
  switch what {
    case 0u: { found = select(found, 1u, (1u >= member) & ((own_therapy == 3) & (clocks[0].start >= reset_at))); }
    case 1u: { found = select(found, 2u, (2u >= member) & (own_therapy == 3)); }
    case 2u: { found = select(found, 3u, (3u >= member) & (own_therapy == 3)); }
    case 3u: { found = select(found, 4u, (4u >= member) & (own_therapy == 3)); }
    case 4u: { found = select(found, 5u, (5u >= member) & (own_therapy == 3)); }
    case 5u: { found = select(found, 6u, (6u >= member) & ((own_therapy == 3) & (clocks[5].start >= reset_at))); }
    default: {}
  }
  return found;
}

fn next_of_clauses(now: u32) -> u32 {
  var next = never;
  next = select(next, min(next, upcoming(clocks[0], clocks[0].start, now)), ((own_therapy == 3) & (clocks[0].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[1], clocks[1].start, now)), (own_therapy == 3));
  next = select(next, min(next, upcoming(clocks[2], clocks[2].start, now)), (own_therapy == 3));
  next = select(next, min(next, upcoming(clocks[3], clocks[3].start, now)), (own_therapy == 3));
  next = select(next, min(next, upcoming(clocks[4], clocks[4].start, now)), (own_therapy == 3));
  next = select(next, min(next, upcoming(clocks[5], clocks[5].start, now)), ((own_therapy == 3) & (clocks[5].start >= reset_at)));
  return next;
}

