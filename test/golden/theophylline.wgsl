// Generated from the model theophylline.
#import bits
#import math
#import job
#import doses
#import windows
#import tracks

struct State {
  gut: f32, // [mg]
  tablet: f32, // [mg]
  central: f32, // [mg]
  integral_0: f32, // [mg/L accumulated]
}

struct Params {
  KSLOW: f32, // [1/h]
  WT: f32, // [kg]
  ka: f32, // [1/h]
  ke: f32, // [1/h]
  k0: f32, // [= 1 / V]
  k1: f32, // [= -k0]
}

struct Inputs {
  gate_2: f32,
}

struct Watched {
  w0: f32, // [max]
  w1: f32, // [share of time]
}

struct Windows {
  w0: bool,
  w1: bool,
  w2: bool,
}

struct Kept {
  a0: Track, // [max of w0]
  a1: Track, // [time of max of w0]
  a2: Track, // [integral]
  a3: Track, // [share of time of w1]
  a4: Track, // [max of w0]
  a5: Track, // [min of w0]
}

struct Doses {
  s0: Dose, // into gut
  s1: Dose, // into gut
  s2: Dose, // into tablet
  s3: Dose, // into gut
  s4: Dose, // into gut
}

struct Outputs {
  conc: f32, // [mg/L]
}

/// Bit j: watched quantity j is a condition.
const conditions: u32 = 2u;
const watches: bool = true;

fn patient(arm: u32, who: u32) -> Params {
  let study_TVKA = arm_value(arm, 1u); // [1/h]
  let study_TVCL = arm_value(arm, 2u); // [L/h]
  let study_TVV = arm_value(arm, 3u); // [L]
  let study_KSLOW = arm_value(arm, 4u); // [1/h]
  let study_smoking = arm_value(arm, 5u); // [1]
  let study_failure = arm_value(arm, 6u); // [1]
  let column_WT = column(0u, who); // [kg]
  let column_SMOKE = column(1u, who); // [1]
  let column_HF = column(2u, who); // [1]
  let column_eta_ka = column(3u, who); // [1]
  let column_eta_cl = column(4u, who); // [1]
  let column_eta_v = column(5u, who); // [1]
  let local_0 = study_TVV * exp(column_eta_v);
  let local_1 = 1.0f / local_0;
  return Params(
    study_KSLOW, // KSLOW
    column_WT, // WT
    study_TVKA * exp(column_eta_ka), // ka
    study_TVCL * power(column_WT / 70.0f, 0.75f) * select(1.0f, study_smoking, (column_SMOKE > 0.5f)) * select(1.0f, study_failure, (column_HF > 0.5f)) * exp(column_eta_cl) / local_0, // ke
    local_1, // k0
    -local_1, // k1
  );
}

fn tolerances() -> State {
  return State(
    schedule_value(6u), // gut
    schedule_value(7u), // tablet
    schedule_value(8u), // central
    schedule_value(9u), // integral_0
  );
}

fn initial(p: Params) -> State {
  return State(
    0.0f, // gut
    0.0f, // tablet
    0.0f, // central
    0.0f, // integral_0
  );
}

fn rhs(t: f32, y: State, p: Params, u: Inputs) -> State {
  let local_0 = p.ka * y.gut;
  let local_1 = p.KSLOW * y.tablet;
  return State(
    -local_0, // gut
    -local_1, // tablet
    local_0 + local_1 - p.ke * y.central, // central
    y.central * p.k0 * u.gate_2, // integral_0
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
  let local_0 = y.central * p.k0;
  return Watched(
    local_0, // w0
    smaller(local_0 - 10.0f, 20.0f - local_0), // w1
  );
}

fn watch_rate(t: f32, y: State, f: State, p: Params) -> Watched {
  let local_0 = y.central * p.k0;
  return Watched(
    p.k0 * f.central, // w0
    select(p.k1, p.k0, (local_0 - 10.0f <= 20.0f - local_0)) * f.central, // w1
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
  d.s0 = dose(therapy == 0, 320.0f, arm_ticks(arm, 7u), arm_ticks(arm, 8u), 1.0f, arm_ticks(arm, 9u), 0.0f, // single into gut
    arm_sound(arm, 7u) & arm_sound(arm, 8u) & arm_sound(arm, 9u));
  d.s1 = dose(therapy == 1, 300.0f, arm_ticks(arm, 10u), arm_ticks(arm, 11u), 60.0f, arm_ticks(arm, 12u), 0.0f, // twice into gut
    arm_sound(arm, 10u) & arm_sound(arm, 11u) & arm_sound(arm, 12u));
  d.s2 = dose(therapy == 2, 300.0f, arm_ticks(arm, 13u), arm_ticks(arm, 14u), 60.0f, arm_ticks(arm, 15u), 0.0f, // slow into tablet
    arm_sound(arm, 13u) & arm_sound(arm, 14u) & arm_sound(arm, 15u));
  d.s3 = dose(therapy == 3, 5.0f * p.WT, arm_ticks(arm, 16u), arm_ticks(arm, 17u), 1.0f, arm_ticks(arm, 18u), 0.0f, // often into gut
    arm_sound(arm, 16u) & arm_sound(arm, 17u) & arm_sound(arm, 18u));
  d.s4 = dose(therapy == 3, 200.0f, arm_ticks(arm, 19u), arm_ticks(arm, 20u), 119.0f, arm_ticks(arm, 21u), 0.0f, // often into gut
    arm_sound(arm, 19u) & arm_sound(arm, 20u) & arm_sound(arm, 21u));
  return d;
}

fn doses_sound(d: Doses) -> bool {
  return d.s0.sound & d.s1.sound & d.s2.sound & d.s3.sound & d.s4.sound;
}

fn give(y: State, d: Doses, now: u32) -> State {
  var given = y;
  given.gut += bolus(d.s0, now);
  given.gut += bolus(d.s1, now);
  given.tablet += bolus(d.s2, now);
  given.gut += bolus(d.s3, now);
  given.gut += bolus(d.s4, now);
  return given;
}

fn inputs(d: Doses, now: u32) -> Inputs {
  var u: Inputs;
  u.gate_2 = select(0.0f, 1.0f, is_open(2u, now));
  return u;
}

fn next_event(d: Doses, now: u32) -> u32 {
  var next = never;
  next = min(next, next_of(d.s0, now));
  next = min(next, next_of(d.s1, now));
  next = min(next, next_of(d.s2, now));
  next = min(next, next_of(d.s3, now));
  next = min(next, next_of(d.s4, now));
  next = min(next, next_edge(0u, now));
  next = min(next, next_edge(1u, now));
  next = min(next, next_edge(2u, now));
  return next;
}

fn start_quadratures(y: State, now: u32) -> State {
  var fresh = y;
  fresh.integral_0 = select(fresh.integral_0, 0.0f, opens(2u, now));
  return fresh;
}

fn opening(now: u32) -> Windows {
  var w: Windows;
  w.w0 = opens(0u, now);
  w.w1 = opens(1u, now);
  w.w2 = opens(2u, now);
  return w;
}

fn opened(now: u32) -> Windows {
  var w: Windows;
  w.w0 = is_open(0u, now);
  w.w1 = is_open(1u, now);
  w.w2 = is_open(2u, now);
  return w;
}

fn seeing_after(now: u32) -> Windows {
  var w: Windows;
  w.w0 = sees_after(0u, now);
  w.w1 = sees_after(1u, now);
  w.w2 = sees_after(2u, now);
  return w;
}

/// Whether any window with watched quantities is among them.
fn any_window(w: Windows) -> bool {
  return w.w0 | w.w1 | w.w2;
}

fn turning(k: Kept, w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, open: Windows) -> u32 {
  var inside = 0u;
  inside |= select(0u, 1u, open.w0 & may_rise(k.a0, w0.w0, r0.w0, w1.w0, r1.w0, h));
  inside |= select(0u, 1u, open.w1 & may_rise(k.a1, w0.w0, r0.w0, w1.w0, r1.w0, h));
  inside |= select(0u, 2u, open.w2 & may_cross(w0.w1, r0.w1, w1.w1, r1.w1, h));
  inside |= select(0u, 1u, open.w2 & may_rise(k.a4, w0.w0, r0.w0, w1.w0, r1.w0, h));
  inside |= select(0u, 1u, open.w2 & may_fall(k.a5, w0.w0, r0.w0, w1.w0, r1.w0, h));
  return inside;
}

fn see(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = highest(k.a0, on.w0, w.w0, t);
  k.a1 = highest(k.a1, on.w1, w.w0, t);
  k.a3 = add_time(k.a3, on.w2, 0.0f);
  k.a4 = highest(k.a4, on.w2, w.w0, t);
  k.a5 = lowest(k.a5, on.w2, w.w0, t);
  return k;
}

fn take(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  return k;
}

fn see_inside(kept: Kept, j: u32, found: Located, t: f32, h: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = highest(k.a0, on.w0 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  k.a1 = highest(k.a1, on.w1 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  k.a3 = add_time(k.a3, on.w2 & (j == 1u), found.share * h);
  k.a4 = highest(k.a4, on.w2 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  k.a5 = lowest(k.a5, on.w2 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  return k;
}

fn see_step(kept: Kept, w1: Watched, t1: f32, h: f32, inside: u32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = highest(k.a0, on.w0, w1.w0, t1);
  k.a1 = highest(k.a1, on.w1, w1.w0, t1);
  k.a3 = add_time(k.a3, on.w2 & ((inside & 2u) == 0u) & (w1.w1 > 0.0f), h);
  k.a4 = highest(k.a4, on.w2, w1.w0, t1);
  k.a5 = lowest(k.a5, on.w2, w1.w0, t1);
  return k;
}

/// Missing in, missing out.
fn conclude(k: Kept, y: State, p: Params, arm: u32, row: u32) {
  let local_0 = y.integral_0 / 24.0f;
  let a0_missing = !k.a0.seen | never_closed(0u);
  let a1_missing = !k.a1.seen | never_closed(1u);
  let a2_missing = never_closed(2u);
  let a3_missing = !k.a3.seen | never_closed(2u);
  let a4_missing = !k.a4.seen | never_closed(2u);
  let a5_missing = !k.a5.seen | never_closed(2u);
  store_unless(place(1u * job.times + 0u, arm, row), a0_missing, k.a0.value); // peak [mg/L]
  store_unless(place(1u * job.times + 1u, arm, row), a1_missing, k.a1.time); // tmax [h]
  store_unless(place(1u * job.times + 2u, arm, row), a2_missing, local_0); // average [mg/L]
  store_unless(place(1u * job.times + 3u, arm, row), a3_missing, smaller(k.a3.value / 24.0f, 1.0f) * 100.0f); // in_range [%]
  store_unless(place(1u * job.times + 4u, arm, row), a4_missing | a5_missing, k.a4.value - k.a5.value); // swing [mg/L]
  store_unless(place(1u * job.times + 5u, arm, row), a0_missing, select(0.0f, 1.0f, (k.a0.value > 20.0f))); // toxic [1]
  store_unless(place(1u * job.times + 6u, arm, row), a2_missing, select(0.0f, 1.0f, ((local_0 >= 10.0f) & (local_0 <= 20.0f)))); // steady [1]
}

/// What is not finite stays so in a sum.
fn finite(y: State) -> bool {
  return is_finite(y.gut + y.tablet + y.central + y.integral_0);
}

/// Mean squares of state and derivative, in units of the tolerance.
fn sizes(y: State, f: State, tolerance: State, rtol: f32) -> vec2<f32> {
  var sum = vec2<f32>(0.0f, 0.0f);
  sum += square_both(vec2<f32>(y.gut, f.gut) / (tolerance.gut + rtol * abs(y.gut)));
  sum += square_both(vec2<f32>(y.tablet, f.tablet) / (tolerance.tablet + rtol * abs(y.tablet)));
  sum += square_both(vec2<f32>(y.central, f.central) / (tolerance.central + rtol * abs(y.central)));
  sum += square_both(vec2<f32>(y.integral_0, f.integral_0) / (tolerance.integral_0 + rtol * abs(y.integral_0)));
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
    y.gut + h2_1 * k.k1.gut,
    y.tablet + h2_1 * k.k1.tablet,
    y.central + h2_1 * k.k1.central,
    y.integral_0 + h2_1 * k.k1.integral_0,
  );
  k.k2 = rhs(t + 0.161f * h, y2, p, u);
  let h3_1 = -0.008480655f * h;
  let h3_2 = 0.33548066f * h;
  let y3 = State(
    y.gut + h3_1 * k.k1.gut + h3_2 * k.k2.gut,
    y.tablet + h3_1 * k.k1.tablet + h3_2 * k.k2.tablet,
    y.central + h3_1 * k.k1.central + h3_2 * k.k2.central,
    y.integral_0 + h3_1 * k.k1.integral_0 + h3_2 * k.k2.integral_0,
  );
  k.k3 = rhs(t + 0.327f * h, y3, p, u);
  let h4_1 = 2.8971531f * h;
  let h4_2 = -6.3594484f * h;
  let h4_3 = 4.3622956f * h;
  let y4 = State(
    y.gut + h4_1 * k.k1.gut + h4_2 * k.k2.gut + h4_3 * k.k3.gut,
    y.tablet + h4_1 * k.k1.tablet + h4_2 * k.k2.tablet + h4_3 * k.k3.tablet,
    y.central + h4_1 * k.k1.central + h4_2 * k.k2.central + h4_3 * k.k3.central,
    y.integral_0 + h4_1 * k.k1.integral_0 + h4_2 * k.k2.integral_0 + h4_3 * k.k3.integral_0,
  );
  k.k4 = rhs(t + 0.9f * h, y4, p, u);
  let h5_1 = 5.325865f * h;
  let h5_2 = -11.748883f * h;
  let h5_3 = 7.495539f * h;
  let h5_4 = -0.09249507f * h;
  let y5 = State(
    y.gut + h5_1 * k.k1.gut + h5_2 * k.k2.gut + h5_3 * k.k3.gut + h5_4 * k.k4.gut,
    y.tablet + h5_1 * k.k1.tablet + h5_2 * k.k2.tablet + h5_3 * k.k3.tablet + h5_4 * k.k4.tablet,
    y.central + h5_1 * k.k1.central + h5_2 * k.k2.central + h5_3 * k.k3.central + h5_4 * k.k4.central,
    y.integral_0 + h5_1 * k.k1.integral_0 + h5_2 * k.k2.integral_0 + h5_3 * k.k3.integral_0 + h5_4 * k.k4.integral_0,
  );
  k.k5 = rhs(t + 0.98002553f * h, y5, p, u);
  let h6_1 = 5.8614554f * h;
  let h6_2 = -12.920969f * h;
  let h6_3 = 8.159368f * h;
  let h6_4 = -0.07158497f * h;
  let h6_5 = -0.02826905f * h;
  let y6 = State(
    y.gut + h6_1 * k.k1.gut + h6_2 * k.k2.gut + h6_3 * k.k3.gut + h6_4 * k.k4.gut + h6_5 * k.k5.gut,
    y.tablet + h6_1 * k.k1.tablet + h6_2 * k.k2.tablet + h6_3 * k.k3.tablet + h6_4 * k.k4.tablet + h6_5 * k.k5.tablet,
    y.central + h6_1 * k.k1.central + h6_2 * k.k2.central + h6_3 * k.k3.central + h6_4 * k.k4.central + h6_5 * k.k5.central,
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
    y.gut + h7_1 * k.k1.gut + h7_2 * k.k2.gut + h7_3 * k.k3.gut + h7_4 * k.k4.gut + h7_5 * k.k5.gut + h7_6 * k.k6.gut,
    y.tablet + h7_1 * k.k1.tablet + h7_2 * k.k2.tablet + h7_3 * k.k3.tablet + h7_4 * k.k4.tablet + h7_5 * k.k5.tablet + h7_6 * k.k6.tablet,
    y.central + h7_1 * k.k1.central + h7_2 * k.k2.central + h7_3 * k.k3.central + h7_4 * k.k4.central + h7_5 * k.k5.central + h7_6 * k.k6.central,
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
  sum += square((e_1 * k.k1.gut + e_2 * k.k2.gut + e_3 * k.k3.gut + e_4 * k.k4.gut + e_5 * k.k5.gut + e_6 * k.k6.gut + e_7 * k.k7.gut) / (tolerance.gut + rtol * most(abs(y.gut), abs(y1.gut))));
  sum += square((e_1 * k.k1.tablet + e_2 * k.k2.tablet + e_3 * k.k3.tablet + e_4 * k.k4.tablet + e_5 * k.k5.tablet + e_6 * k.k6.tablet + e_7 * k.k7.tablet) / (tolerance.tablet + rtol * most(abs(y.tablet), abs(y1.tablet))));
  sum += square((e_1 * k.k1.central + e_2 * k.k2.central + e_3 * k.k3.central + e_4 * k.k4.central + e_5 * k.k5.central + e_6 * k.k6.central + e_7 * k.k7.central) / (tolerance.central + rtol * most(abs(y.central), abs(y1.central))));
  sum += square((e_1 * k.k1.integral_0 + e_2 * k.k2.integral_0 + e_3 * k.k3.integral_0 + e_4 * k.k4.integral_0 + e_5 * k.k5.integral_0 + e_6 * k.k6.integral_0 + e_7 * k.k7.integral_0) / (tolerance.integral_0 + rtol * most(abs(y.integral_0), abs(y1.integral_0))));
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
    y.gut + b1 * k.k1.gut + b2 * k.k2.gut + b3 * k.k3.gut + b4 * k.k4.gut + b5 * k.k5.gut + b6 * k.k6.gut + b7 * k.k7.gut,
    y.tablet + b1 * k.k1.tablet + b2 * k.k2.tablet + b3 * k.k3.tablet + b4 * k.k4.tablet + b5 * k.k5.tablet + b6 * k.k6.tablet + b7 * k.k7.tablet,
    y.central + b1 * k.k1.central + b2 * k.k2.central + b3 * k.k3.central + b4 * k.k4.central + b5 * k.k5.central + b6 * k.k6.central + b7 * k.k7.central,
    y.integral_0 + b1 * k.k1.integral_0 + b2 * k.k2.integral_0 + b3 * k.k3.integral_0 + b4 * k.k4.integral_0 + b5 * k.k5.integral_0 + b6 * k.k6.integral_0 + b7 * k.k7.integral_0,
  );
}
