// Generated from the model hiv.
#import bits
#import math
#import job
#import doses
#import windows
#import tracks

struct State {
  pi: f32, // [1]
  rti: f32, // [1]
  cells: f32, // [cells/mL]
  infectious: f32, // [copies/mL]
  harmless: f32, // [copies/mL]
  integral_0: f32, // [copies*d/mL accumulated]
}

struct Params {
  NN: f32, // [copies/cells]
  etaP: f32, // [1]
  etaR: f32, // [1]
  V0: f32, // [copies/mL]
  ci: f32, // [1/d]
  di: f32, // [1/d]
  virion_half_life: f32, // [d]
  k0: f32, // [= 0.1 * V0]
  k1: f32, // [= 1 / NN]
}

struct Inputs {
  gate_3: f32,
}

struct Watched {
  w0: f32, // [at]
  w1: f32, // [first time]
}

struct Windows {
  w0: bool,
  w1: bool,
  w2: bool,
  w3: bool,
}

struct Kept {
  a0: Track, // [at of w0]
  a1: Track, // [at of w0]
  a2: Track, // [first time of w1]
  a3: Track, // [integral]
}

struct Doses {
  s0: Dose, // into pi
  s1: Dose, // into pi
  s2: Dose, // into pi
  s3: Dose, // into rti
}

struct Outputs {
  virus: f32, // [copies/mL]
  infected: f32, // [cells/mL]
}

/// Bit j: watched quantity j is a condition.
const conditions: u32 = 2u;
const watches: bool = true;

fn patient(arm: u32, who: u32) -> Params {
  let study_c = arm_value(arm, 1u); // [1/d]
  let study_delta = arm_value(arm, 2u); // [1/d]
  let study_NN = arm_value(arm, 3u); // [copies/cells]
  let study_etaP = arm_value(arm, 4u); // [1]
  let study_etaR = arm_value(arm, 5u); // [1]
  let column_V0 = column(0u, who); // [copies/mL]
  let column_eta_c = column(1u, who); // [1]
  let column_eta_delta = column(2u, who); // [1]
  let local_0 = study_c * exp(column_eta_c);
  return Params(
    study_NN, // NN
    study_etaP, // etaP
    study_etaR, // etaR
    column_V0, // V0
    local_0, // ci
    study_delta * exp(column_eta_delta), // di
    0.6931472f / local_0, // virion_half_life
    0.1f * column_V0, // k0
    1.0f / study_NN, // k1
  );
}

fn tolerances() -> State {
  return State(
    schedule_value(8u), // pi
    schedule_value(9u), // rti
    schedule_value(10u), // cells
    schedule_value(11u), // infectious
    schedule_value(12u), // harmless
    schedule_value(13u), // integral_0
  );
}

fn initial(p: Params) -> State {
  return State(
    0.0f, // pi
    0.0f, // rti
    p.ci * p.V0 / (p.NN * p.di), // cells
    p.V0, // infectious
    0.0f, // harmless
    0.0f, // integral_0
  );
}

fn rhs(t: f32, y: State, p: Params, u: Inputs) -> State {
  let local_0 = p.etaP * smaller(y.pi, 1.0f);
  return State(
    0.0f, // pi
    0.0f, // rti
    (1.0f - p.etaR * smaller(y.rti, 1.0f)) * p.ci * p.k1 * y.infectious - p.di * y.cells, // cells
    (1.0f - local_0) * p.NN * p.di * y.cells - p.ci * y.infectious, // infectious
    local_0 * p.NN * p.di * y.cells - p.ci * y.harmless, // harmless
    (y.infectious + y.harmless) * u.gate_3, // integral_0
  );
}

fn observe(t: f32, y: State, p: Params) -> Outputs {
  return Outputs(
    y.infectious + y.harmless, // virus
    y.cells, // infected
  );
}

/// `first` is where the first output goes, `next` how far on the next one does.
fn record(first: u32, next: u32, outputs: Outputs) {
  store(first + 0u * next, outputs.virus);
  store(first + 1u * next, outputs.infected);
}

fn watch(t: f32, y: State, p: Params) -> Watched {
  let local_0 = y.infectious + y.harmless;
  return Watched(
    local_0, // w0
    p.k0 - local_0, // w1
  );
}

fn watch_rate(t: f32, y: State, f: State, p: Params) -> Watched {
  return Watched(
    f.infectious + f.harmless, // w0
    (-f.infectious) - f.harmless, // w1
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
  d.s0 = dose(therapy == 0, 1.0f, arm_ticks(arm, 6u), arm_ticks(arm, 7u), 1.0f, arm_ticks(arm, 8u), 0.0f, // inhibitor into pi
    arm_sound(arm, 6u) & arm_sound(arm, 7u) & arm_sound(arm, 8u));
  d.s1 = dose(therapy == 1, 0.7f, arm_ticks(arm, 9u), arm_ticks(arm, 10u), 1.0f, arm_ticks(arm, 11u), 0.0f, // partial into pi
    arm_sound(arm, 9u) & arm_sound(arm, 10u) & arm_sound(arm, 11u));
  d.s2 = dose(therapy == 2, 0.95f, arm_ticks(arm, 12u), arm_ticks(arm, 13u), 1.0f, arm_ticks(arm, 14u), 0.0f, // triple into pi
    arm_sound(arm, 12u) & arm_sound(arm, 13u) & arm_sound(arm, 14u));
  d.s3 = dose(therapy == 2, 0.95f, arm_ticks(arm, 15u), arm_ticks(arm, 16u), 1.0f, arm_ticks(arm, 17u), 0.0f, // triple into rti
    arm_sound(arm, 15u) & arm_sound(arm, 16u) & arm_sound(arm, 17u));
  return d;
}

fn doses_sound(d: Doses) -> bool {
  return d.s0.sound & d.s1.sound & d.s2.sound & d.s3.sound;
}

fn give(y: State, d: Doses, now: u32) -> State {
  var given = y;
  given.pi += bolus(d.s0, now);
  given.pi += bolus(d.s1, now);
  given.pi += bolus(d.s2, now);
  given.rti += bolus(d.s3, now);
  return given;
}

fn inputs(d: Doses, now: u32) -> Inputs {
  var u: Inputs;
  u.gate_3 = select(0.0f, 1.0f, is_open(3u, now));
  return u;
}

fn next_event(d: Doses, now: u32) -> u32 {
  var next = never;
  next = min(next, next_of(d.s0, now));
  next = min(next, next_of(d.s1, now));
  next = min(next, next_of(d.s2, now));
  next = min(next, next_of(d.s3, now));
  next = min(next, next_edge(0u, now));
  next = min(next, next_edge(1u, now));
  next = min(next, next_edge(2u, now));
  next = min(next, next_edge(3u, now));
  return next;
}

fn start_quadratures(y: State, now: u32) -> State {
  var fresh = y;
  fresh.integral_0 = select(fresh.integral_0, 0.0f, opens(3u, now));
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
  return w.w0 | w.w1 | w.w2;
}

fn turning(k: Kept, w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, open: Windows) -> u32 {
  var inside = 0u;
  inside |= select(0u, 2u, open.w2 & !k.a2.seen & may_cross(w0.w1, r0.w1, w1.w1, r1.w1, h));
  return inside;
}

fn see(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a2 = first_positive(k.a2, on.w2, w.w1, t);
  return k;
}

fn take(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = capture(k.a0, on.w0, w.w0, t);
  k.a1 = capture(k.a1, on.w1, w.w0, t);
  return k;
}

fn see_inside(kept: Kept, j: u32, found: Located, t: f32, h: f32, on: Windows) -> Kept {
  var k = kept;
  k.a2 = first_inside(k.a2, on.w2 & (j == 1u), found, t, h);
  return k;
}

fn see_step(kept: Kept, w1: Watched, t1: f32, h: f32, inside: u32, on: Windows) -> Kept {
  var k = kept;
  k.a2 = first_positive(k.a2, on.w2, w1.w1, t1);
  return k;
}

/// Missing in, missing out.
fn conclude(k: Kept, y: State, p: Params, arm: u32, row: u32) {
  let a0_missing = !k.a0.seen | false;
  let a1_missing = !k.a1.seen | false;
  let a2_missing = !k.a2.seen | never_closed(2u);
  let a3_missing = never_closed(3u);
  store_unless(place(2u * job.times + 0u, arm, row), a0_missing, logarithm(p.V0 / k.a0.value) / 2.3025851f); // drop7 [1]
  store_unless(place(2u * job.times + 1u, arm, row), a1_missing, logarithm(p.V0 / k.a1.value) / 2.3025851f); // drop14 [1]
  store_unless(place(2u * job.times + 2u, arm, row), a2_missing, k.a2.time); // tenth [d]
  store_unless(place(2u * job.times + 3u, arm, row), a1_missing, select(0.0f, 1.0f, (k.a1.value < 50.0f))); // undetectable [1]
  store_unless(place(2u * job.times + 4u, arm, row), a3_missing, y.integral_0); // exposure [copies*d/mL]
  store_unless(place(2u * job.times + 5u, arm, row), false, p.virion_half_life * 24.0f); // first_phase [h]
}

/// What is not finite stays so in a sum.
fn finite(y: State) -> bool {
  return is_finite(y.pi + y.rti + y.cells + y.infectious + y.harmless + y.integral_0);
}

/// Mean squares of state and derivative, in units of the tolerance.
fn sizes(y: State, f: State, tolerance: State, rtol: f32) -> vec2<f32> {
  var sum = vec2<f32>(0.0f, 0.0f);
  sum += square_both(vec2<f32>(y.pi, f.pi) / (tolerance.pi + rtol * abs(y.pi)));
  sum += square_both(vec2<f32>(y.rti, f.rti) / (tolerance.rti + rtol * abs(y.rti)));
  sum += square_both(vec2<f32>(y.cells, f.cells) / (tolerance.cells + rtol * abs(y.cells)));
  sum += square_both(vec2<f32>(y.infectious, f.infectious) / (tolerance.infectious + rtol * abs(y.infectious)));
  sum += square_both(vec2<f32>(y.harmless, f.harmless) / (tolerance.harmless + rtol * abs(y.harmless)));
  sum += square_both(vec2<f32>(y.integral_0, f.integral_0) / (tolerance.integral_0 + rtol * abs(y.integral_0)));
  return 0.16666667f * sum;
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
    y.pi + h2_1 * k.k1.pi,
    y.rti + h2_1 * k.k1.rti,
    y.cells + h2_1 * k.k1.cells,
    y.infectious + h2_1 * k.k1.infectious,
    y.harmless + h2_1 * k.k1.harmless,
    y.integral_0 + h2_1 * k.k1.integral_0,
  );
  k.k2 = rhs(t + 0.161f * h, y2, p, u);
  let h3_1 = -0.008480655f * h;
  let h3_2 = 0.33548066f * h;
  let y3 = State(
    y.pi + h3_1 * k.k1.pi + h3_2 * k.k2.pi,
    y.rti + h3_1 * k.k1.rti + h3_2 * k.k2.rti,
    y.cells + h3_1 * k.k1.cells + h3_2 * k.k2.cells,
    y.infectious + h3_1 * k.k1.infectious + h3_2 * k.k2.infectious,
    y.harmless + h3_1 * k.k1.harmless + h3_2 * k.k2.harmless,
    y.integral_0 + h3_1 * k.k1.integral_0 + h3_2 * k.k2.integral_0,
  );
  k.k3 = rhs(t + 0.327f * h, y3, p, u);
  let h4_1 = 2.8971531f * h;
  let h4_2 = -6.3594484f * h;
  let h4_3 = 4.3622956f * h;
  let y4 = State(
    y.pi + h4_1 * k.k1.pi + h4_2 * k.k2.pi + h4_3 * k.k3.pi,
    y.rti + h4_1 * k.k1.rti + h4_2 * k.k2.rti + h4_3 * k.k3.rti,
    y.cells + h4_1 * k.k1.cells + h4_2 * k.k2.cells + h4_3 * k.k3.cells,
    y.infectious + h4_1 * k.k1.infectious + h4_2 * k.k2.infectious + h4_3 * k.k3.infectious,
    y.harmless + h4_1 * k.k1.harmless + h4_2 * k.k2.harmless + h4_3 * k.k3.harmless,
    y.integral_0 + h4_1 * k.k1.integral_0 + h4_2 * k.k2.integral_0 + h4_3 * k.k3.integral_0,
  );
  k.k4 = rhs(t + 0.9f * h, y4, p, u);
  let h5_1 = 5.325865f * h;
  let h5_2 = -11.748883f * h;
  let h5_3 = 7.495539f * h;
  let h5_4 = -0.09249507f * h;
  let y5 = State(
    y.pi + h5_1 * k.k1.pi + h5_2 * k.k2.pi + h5_3 * k.k3.pi + h5_4 * k.k4.pi,
    y.rti + h5_1 * k.k1.rti + h5_2 * k.k2.rti + h5_3 * k.k3.rti + h5_4 * k.k4.rti,
    y.cells + h5_1 * k.k1.cells + h5_2 * k.k2.cells + h5_3 * k.k3.cells + h5_4 * k.k4.cells,
    y.infectious + h5_1 * k.k1.infectious + h5_2 * k.k2.infectious + h5_3 * k.k3.infectious + h5_4 * k.k4.infectious,
    y.harmless + h5_1 * k.k1.harmless + h5_2 * k.k2.harmless + h5_3 * k.k3.harmless + h5_4 * k.k4.harmless,
    y.integral_0 + h5_1 * k.k1.integral_0 + h5_2 * k.k2.integral_0 + h5_3 * k.k3.integral_0 + h5_4 * k.k4.integral_0,
  );
  k.k5 = rhs(t + 0.98002553f * h, y5, p, u);
  let h6_1 = 5.8614554f * h;
  let h6_2 = -12.920969f * h;
  let h6_3 = 8.159368f * h;
  let h6_4 = -0.07158497f * h;
  let h6_5 = -0.02826905f * h;
  let y6 = State(
    y.pi + h6_1 * k.k1.pi + h6_2 * k.k2.pi + h6_3 * k.k3.pi + h6_4 * k.k4.pi + h6_5 * k.k5.pi,
    y.rti + h6_1 * k.k1.rti + h6_2 * k.k2.rti + h6_3 * k.k3.rti + h6_4 * k.k4.rti + h6_5 * k.k5.rti,
    y.cells + h6_1 * k.k1.cells + h6_2 * k.k2.cells + h6_3 * k.k3.cells + h6_4 * k.k4.cells + h6_5 * k.k5.cells,
    y.infectious + h6_1 * k.k1.infectious + h6_2 * k.k2.infectious + h6_3 * k.k3.infectious + h6_4 * k.k4.infectious + h6_5 * k.k5.infectious,
    y.harmless + h6_1 * k.k1.harmless + h6_2 * k.k2.harmless + h6_3 * k.k3.harmless + h6_4 * k.k4.harmless + h6_5 * k.k5.harmless,
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
    y.pi + h7_1 * k.k1.pi + h7_2 * k.k2.pi + h7_3 * k.k3.pi + h7_4 * k.k4.pi + h7_5 * k.k5.pi + h7_6 * k.k6.pi,
    y.rti + h7_1 * k.k1.rti + h7_2 * k.k2.rti + h7_3 * k.k3.rti + h7_4 * k.k4.rti + h7_5 * k.k5.rti + h7_6 * k.k6.rti,
    y.cells + h7_1 * k.k1.cells + h7_2 * k.k2.cells + h7_3 * k.k3.cells + h7_4 * k.k4.cells + h7_5 * k.k5.cells + h7_6 * k.k6.cells,
    y.infectious + h7_1 * k.k1.infectious + h7_2 * k.k2.infectious + h7_3 * k.k3.infectious + h7_4 * k.k4.infectious + h7_5 * k.k5.infectious + h7_6 * k.k6.infectious,
    y.harmless + h7_1 * k.k1.harmless + h7_2 * k.k2.harmless + h7_3 * k.k3.harmless + h7_4 * k.k4.harmless + h7_5 * k.k5.harmless + h7_6 * k.k6.harmless,
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
  sum += square((e_1 * k.k1.pi + e_2 * k.k2.pi + e_3 * k.k3.pi + e_4 * k.k4.pi + e_5 * k.k5.pi + e_6 * k.k6.pi + e_7 * k.k7.pi) / (tolerance.pi + rtol * most(abs(y.pi), abs(y1.pi))));
  sum += square((e_1 * k.k1.rti + e_2 * k.k2.rti + e_3 * k.k3.rti + e_4 * k.k4.rti + e_5 * k.k5.rti + e_6 * k.k6.rti + e_7 * k.k7.rti) / (tolerance.rti + rtol * most(abs(y.rti), abs(y1.rti))));
  sum += square((e_1 * k.k1.cells + e_2 * k.k2.cells + e_3 * k.k3.cells + e_4 * k.k4.cells + e_5 * k.k5.cells + e_6 * k.k6.cells + e_7 * k.k7.cells) / (tolerance.cells + rtol * most(abs(y.cells), abs(y1.cells))));
  sum += square((e_1 * k.k1.infectious + e_2 * k.k2.infectious + e_3 * k.k3.infectious + e_4 * k.k4.infectious + e_5 * k.k5.infectious + e_6 * k.k6.infectious + e_7 * k.k7.infectious) / (tolerance.infectious + rtol * most(abs(y.infectious), abs(y1.infectious))));
  sum += square((e_1 * k.k1.harmless + e_2 * k.k2.harmless + e_3 * k.k3.harmless + e_4 * k.k4.harmless + e_5 * k.k5.harmless + e_6 * k.k6.harmless + e_7 * k.k7.harmless) / (tolerance.harmless + rtol * most(abs(y.harmless), abs(y1.harmless))));
  sum += square((e_1 * k.k1.integral_0 + e_2 * k.k2.integral_0 + e_3 * k.k3.integral_0 + e_4 * k.k4.integral_0 + e_5 * k.k5.integral_0 + e_6 * k.k6.integral_0 + e_7 * k.k7.integral_0) / (tolerance.integral_0 + rtol * most(abs(y.integral_0), abs(y1.integral_0))));
  let error = 0.16666667f * sum;
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
    y.pi + b1 * k.k1.pi + b2 * k.k2.pi + b3 * k.k3.pi + b4 * k.k4.pi + b5 * k.k5.pi + b6 * k.k6.pi + b7 * k.k7.pi,
    y.rti + b1 * k.k1.rti + b2 * k.k2.rti + b3 * k.k3.rti + b4 * k.k4.rti + b5 * k.k5.rti + b6 * k.k6.rti + b7 * k.k7.rti,
    y.cells + b1 * k.k1.cells + b2 * k.k2.cells + b3 * k.k3.cells + b4 * k.k4.cells + b5 * k.k5.cells + b6 * k.k6.cells + b7 * k.k7.cells,
    y.infectious + b1 * k.k1.infectious + b2 * k.k2.infectious + b3 * k.k3.infectious + b4 * k.k4.infectious + b5 * k.k5.infectious + b6 * k.k6.infectious + b7 * k.k7.infectious,
    y.harmless + b1 * k.k1.harmless + b2 * k.k2.harmless + b3 * k.k3.harmless + b4 * k.k4.harmless + b5 * k.k5.harmless + b6 * k.k6.harmless + b7 * k.k7.harmless,
    y.integral_0 + b1 * k.k1.integral_0 + b2 * k.k2.integral_0 + b3 * k.k3.integral_0 + b4 * k.k4.integral_0 + b5 * k.k5.integral_0 + b6 * k.k6.integral_0 + b7 * k.k7.integral_0,
  );
}
