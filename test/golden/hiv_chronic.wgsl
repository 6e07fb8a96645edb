// Generated from the model hiv_chronic.
#import bits
#import math
#import job
#import doses
#import windows
#import tracks

struct State {
  treatment: f32, // [1]
  T: f32, // [1/mm3]
  L: f32, // [1/mm3]
  I: f32, // [1/mm3]
  V: f32, // [1/mm3]
  integral_0: f32, // [1/mm3 accumulated]
}

struct Params {
  s: f32, // [1/mm3/d]
  muT: f32, // [1/d]
  mub: f32, // [1/d]
  muV: f32, // [1/d]
  k2: f32, // [1/d]
  V0: f32, // [1/mm3]
  etaR: f32, // [1]
  etaP: f32, // [1]
  T0: f32, // [1/mm3]
  burst: f32, // [1]
  infection: f32, // [mm3/d]
  growth: f32, // [1/d]
  k0: f32, // [= 1 / Tmax]
}

struct Inputs {
  gate_2: f32,
}

struct Watched {
  w0: f32, // [min]
  w1: f32, // [first time]
  w2: f32, // [max]
}

struct Windows {
  w0: bool,
  w1: bool,
  w2: bool,
  w3: bool,
}

struct Kept {
  a0: Track, // [min of w0]
  a1: Track, // [first time of w1]
  a2: Track, // [at of w0]
  a3: Track, // [max of w2]
  a4: Track, // [integral]
  a5: Track, // [at of w0]
}

struct Doses {
  s0: Dose, // into treatment
  s1: Dose, // into treatment
}

struct Outputs {
  cd4: f32, // [1/mm3]
  virus: f32, // [1/mm3]
  dormant: f32, // [1/mm3]
}

/// Bit j: watched quantity j is a condition.
const conditions: u32 = 2u;
const watches: bool = true;

fn patient(arm: u32, who: u32) -> Params {
  let study_s = arm_value(arm, 1u); // [1/mm3/d]
  let study_r = arm_value(arm, 2u); // [1/d]
  let study_Tmax = arm_value(arm, 3u); // [1/mm3]
  let study_muT = arm_value(arm, 4u); // [1/d]
  let study_mub = arm_value(arm, 5u); // [1/d]
  let study_muV = arm_value(arm, 6u); // [1/d]
  let study_k1 = arm_value(arm, 7u); // [mm3/d]
  let study_k2 = arm_value(arm, 8u); // [1/d]
  let study_N = arm_value(arm, 9u); // [1]
  let study_V0 = arm_value(arm, 10u); // [1/mm3]
  let study_etaR = arm_value(arm, 11u); // [1]
  let study_etaP = arm_value(arm, 12u); // [1]
  let column_T0 = column(0u, who); // [1/mm3]
  let column_eta_N = column(1u, who); // [1]
  let column_eta_k1 = column(2u, who); // [1]
  let column_eta_r = column(3u, who); // [1]
  return Params(
    study_s, // s
    study_muT, // muT
    study_mub, // mub
    study_muV, // muV
    study_k2, // k2
    study_V0, // V0
    study_etaR, // etaR
    study_etaP, // etaP
    column_T0, // T0
    study_N * exp(column_eta_N), // burst
    study_k1 * exp(column_eta_k1), // infection
    study_r * exp(column_eta_r), // growth
    1.0f / study_Tmax, // k0
  );
}

fn tolerances() -> State {
  return State(
    schedule_value(8u), // treatment
    schedule_value(9u), // T
    schedule_value(10u), // L
    schedule_value(11u), // I
    schedule_value(12u), // V
    schedule_value(13u), // integral_0
  );
}

fn initial(p: Params) -> State {
  return State(
    0.0f, // treatment
    p.T0, // T
    0.0f, // L
    0.0f, // I
    p.V0, // V
    0.0f, // integral_0
  );
}

fn rhs(t: f32, y: State, p: Params, u: Inputs) -> State {
  let local_0 = smaller(y.treatment, 1.0f);
  let local_1 = p.infection * (1.0f - p.etaR * local_0) * y.V * y.T;
  let local_2 = p.k2 * y.L;
  return State(
    0.0f, // treatment
    p.s - p.muT * y.T + p.growth * y.T * (1.0f - (y.T + y.L + y.I) * p.k0) - local_1, // T
    local_1 - p.muT * y.L - local_2, // L
    local_2 - p.mub * y.I, // I
    p.burst * (1.0f - p.etaP * local_0) * p.mub * y.I - local_1 - p.muV * y.V, // V
    y.V * u.gate_2, // integral_0
  );
}

fn observe(t: f32, y: State, p: Params) -> Outputs {
  return Outputs(
    y.T + y.L + y.I, // cd4
    y.V, // virus
    y.L, // dormant
  );
}

/// `first` is where the first output goes, `next` how far on the next one does.
fn record(first: u32, next: u32, outputs: Outputs) {
  store(first + 0u * next, outputs.cd4);
  store(first + 1u * next, outputs.virus);
  store(first + 2u * next, outputs.dormant);
}

fn watch(t: f32, y: State, p: Params) -> Watched {
  let local_0 = y.T + y.L + y.I;
  return Watched(
    local_0, // w0
    700.0f - local_0, // w1
    y.V, // w2
  );
}

fn watch_rate(t: f32, y: State, f: State, p: Params) -> Watched {
  return Watched(
    f.T + f.L + f.I, // w0
    (-f.T) - f.L - f.I, // w1
    f.V, // w2
  );
}

fn watched_value(w: Watched, j: u32) -> f32 {
  var value = 0.0f;
  value = select(value, w.w0, j == 0u);
  value = select(value, w.w1, j == 1u);
  value = select(value, w.w2, j == 2u);
  return value;
}

fn doses(arm: u32, p: Params) -> Doses {
  let therapy = arm_therapy(arm);
  var d: Doses;
  d.s0 = dose(therapy == 1, 1.0f, arm_ticks(arm, 13u), arm_ticks(arm, 14u), 1.0f, arm_ticks(arm, 15u), 0.0f, // early into treatment
    arm_sound(arm, 13u) & arm_sound(arm, 14u) & arm_sound(arm, 15u));
  d.s1 = dose(therapy == 2, 1.0f, arm_ticks(arm, 16u), arm_ticks(arm, 17u), 1.0f, arm_ticks(arm, 18u), 0.0f, // late into treatment
    arm_sound(arm, 16u) & arm_sound(arm, 17u) & arm_sound(arm, 18u));
  return d;
}

fn doses_sound(d: Doses) -> bool {
  return d.s0.sound & d.s1.sound;
}

fn give(y: State, d: Doses, now: u32) -> State {
  var given = y;
  given.treatment += bolus(d.s0, now);
  given.treatment += bolus(d.s1, now);
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
  next = min(next, next_edge(0u, now));
  next = min(next, next_edge(1u, now));
  next = min(next, next_edge(2u, now));
  next = min(next, next_edge(3u, now));
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
  return w.w0 | w.w1 | w.w3;
}

fn turning(k: Kept, w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, open: Windows) -> u32 {
  var inside = 0u;
  inside |= select(0u, 1u, open.w0 & may_fall(k.a0, w0.w0, r0.w0, w1.w0, r1.w0, h));
  inside |= select(0u, 2u, open.w0 & !k.a1.seen & may_cross(w0.w1, r0.w1, w1.w1, r1.w1, h));
  inside |= select(0u, 4u, open.w0 & may_rise(k.a3, w0.w2, r0.w2, w1.w2, r1.w2, h));
  return inside;
}

fn see(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = lowest(k.a0, on.w0, w.w0, t);
  k.a1 = first_positive(k.a1, on.w0, w.w1, t);
  k.a3 = highest(k.a3, on.w0, w.w2, t);
  return k;
}

fn take(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a2 = capture(k.a2, on.w1, w.w0, t);
  k.a5 = capture(k.a5, on.w3, w.w0, t);
  return k;
}

fn see_inside(kept: Kept, j: u32, found: Located, t: f32, h: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = lowest(k.a0, on.w0 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  k.a1 = first_inside(k.a1, on.w0 & (j == 1u), found, t, h);
  k.a3 = highest(k.a3, on.w0 & (j == 2u) & found.turned, found.value, t + found.theta * h);
  return k;
}

fn see_step(kept: Kept, w1: Watched, t1: f32, h: f32, inside: u32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = lowest(k.a0, on.w0, w1.w0, t1);
  k.a1 = first_positive(k.a1, on.w0, w1.w1, t1);
  k.a3 = highest(k.a3, on.w0, w1.w2, t1);
  return k;
}

/// Missing in, missing out.
fn conclude(k: Kept, y: State, p: Params, arm: u32, row: u32) {
  let a0_missing = !k.a0.seen | never_closed(0u);
  let a1_missing = !k.a1.seen | never_closed(0u);
  let a2_missing = !k.a2.seen | false;
  let a3_missing = !k.a3.seen | never_closed(0u);
  let a4_missing = never_closed(2u);
  let a5_missing = !k.a5.seen | false;
  store_unless(place(3u * job.times + 0u, arm, row), a0_missing, k.a0.value); // lowest [1/mm3]
  store_unless(place(3u * job.times + 1u, arm, row), a1_missing, k.a1.time); // below [d]
  store_unless(place(3u * job.times + 2u, arm, row), a2_missing, k.a2.value); // final [1/mm3]
  store_unless(place(3u * job.times + 3u, arm, row), a2_missing, select(0.0f, 1.0f, (k.a2.value > 800.0f))); // healthy [1]
  store_unless(place(3u * job.times + 4u, arm, row), a3_missing, k.a3.value); // load [1/mm3]
  store_unless(place(3u * job.times + 5u, arm, row), a4_missing, y.integral_0 / 3650.0f); // exposure [1/mm3]
  store_unless(place(3u * job.times + 6u, arm, row), a2_missing | a5_missing, k.a5.value - k.a2.value); // lost [1/mm3]
}

/// What is not finite stays so in a sum.
fn finite(y: State) -> bool {
  return is_finite(y.treatment + y.T + y.L + y.I + y.V + y.integral_0);
}

/// Mean squares of state and derivative, in units of the tolerance.
fn sizes(y: State, f: State, tolerance: State, rtol: f32) -> vec2<f32> {
  var sum = vec2<f32>(0.0f, 0.0f);
  sum += square_both(vec2<f32>(y.treatment, f.treatment) / (tolerance.treatment + rtol * abs(y.treatment)));
  sum += square_both(vec2<f32>(y.T, f.T) / (tolerance.T + rtol * abs(y.T)));
  sum += square_both(vec2<f32>(y.L, f.L) / (tolerance.L + rtol * abs(y.L)));
  sum += square_both(vec2<f32>(y.I, f.I) / (tolerance.I + rtol * abs(y.I)));
  sum += square_both(vec2<f32>(y.V, f.V) / (tolerance.V + rtol * abs(y.V)));
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
    y.treatment + h2_1 * k.k1.treatment,
    y.T + h2_1 * k.k1.T,
    y.L + h2_1 * k.k1.L,
    y.I + h2_1 * k.k1.I,
    y.V + h2_1 * k.k1.V,
    y.integral_0 + h2_1 * k.k1.integral_0,
  );
  k.k2 = rhs(t + 0.161f * h, y2, p, u);
  let h3_1 = -0.008480655f * h;
  let h3_2 = 0.33548066f * h;
  let y3 = State(
    y.treatment + h3_1 * k.k1.treatment + h3_2 * k.k2.treatment,
    y.T + h3_1 * k.k1.T + h3_2 * k.k2.T,
    y.L + h3_1 * k.k1.L + h3_2 * k.k2.L,
    y.I + h3_1 * k.k1.I + h3_2 * k.k2.I,
    y.V + h3_1 * k.k1.V + h3_2 * k.k2.V,
    y.integral_0 + h3_1 * k.k1.integral_0 + h3_2 * k.k2.integral_0,
  );
  k.k3 = rhs(t + 0.327f * h, y3, p, u);
  let h4_1 = 2.8971531f * h;
  let h4_2 = -6.3594484f * h;
  let h4_3 = 4.3622956f * h;
  let y4 = State(
    y.treatment + h4_1 * k.k1.treatment + h4_2 * k.k2.treatment + h4_3 * k.k3.treatment,
    y.T + h4_1 * k.k1.T + h4_2 * k.k2.T + h4_3 * k.k3.T,
    y.L + h4_1 * k.k1.L + h4_2 * k.k2.L + h4_3 * k.k3.L,
    y.I + h4_1 * k.k1.I + h4_2 * k.k2.I + h4_3 * k.k3.I,
    y.V + h4_1 * k.k1.V + h4_2 * k.k2.V + h4_3 * k.k3.V,
    y.integral_0 + h4_1 * k.k1.integral_0 + h4_2 * k.k2.integral_0 + h4_3 * k.k3.integral_0,
  );
  k.k4 = rhs(t + 0.9f * h, y4, p, u);
  let h5_1 = 5.325865f * h;
  let h5_2 = -11.748883f * h;
  let h5_3 = 7.495539f * h;
  let h5_4 = -0.09249507f * h;
  let y5 = State(
    y.treatment + h5_1 * k.k1.treatment + h5_2 * k.k2.treatment + h5_3 * k.k3.treatment + h5_4 * k.k4.treatment,
    y.T + h5_1 * k.k1.T + h5_2 * k.k2.T + h5_3 * k.k3.T + h5_4 * k.k4.T,
    y.L + h5_1 * k.k1.L + h5_2 * k.k2.L + h5_3 * k.k3.L + h5_4 * k.k4.L,
    y.I + h5_1 * k.k1.I + h5_2 * k.k2.I + h5_3 * k.k3.I + h5_4 * k.k4.I,
    y.V + h5_1 * k.k1.V + h5_2 * k.k2.V + h5_3 * k.k3.V + h5_4 * k.k4.V,
    y.integral_0 + h5_1 * k.k1.integral_0 + h5_2 * k.k2.integral_0 + h5_3 * k.k3.integral_0 + h5_4 * k.k4.integral_0,
  );
  k.k5 = rhs(t + 0.98002553f * h, y5, p, u);
  let h6_1 = 5.8614554f * h;
  let h6_2 = -12.920969f * h;
  let h6_3 = 8.159368f * h;
  let h6_4 = -0.07158497f * h;
  let h6_5 = -0.02826905f * h;
  let y6 = State(
    y.treatment + h6_1 * k.k1.treatment + h6_2 * k.k2.treatment + h6_3 * k.k3.treatment + h6_4 * k.k4.treatment + h6_5 * k.k5.treatment,
    y.T + h6_1 * k.k1.T + h6_2 * k.k2.T + h6_3 * k.k3.T + h6_4 * k.k4.T + h6_5 * k.k5.T,
    y.L + h6_1 * k.k1.L + h6_2 * k.k2.L + h6_3 * k.k3.L + h6_4 * k.k4.L + h6_5 * k.k5.L,
    y.I + h6_1 * k.k1.I + h6_2 * k.k2.I + h6_3 * k.k3.I + h6_4 * k.k4.I + h6_5 * k.k5.I,
    y.V + h6_1 * k.k1.V + h6_2 * k.k2.V + h6_3 * k.k3.V + h6_4 * k.k4.V + h6_5 * k.k5.V,
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
    y.treatment + h7_1 * k.k1.treatment + h7_2 * k.k2.treatment + h7_3 * k.k3.treatment + h7_4 * k.k4.treatment + h7_5 * k.k5.treatment + h7_6 * k.k6.treatment,
    y.T + h7_1 * k.k1.T + h7_2 * k.k2.T + h7_3 * k.k3.T + h7_4 * k.k4.T + h7_5 * k.k5.T + h7_6 * k.k6.T,
    y.L + h7_1 * k.k1.L + h7_2 * k.k2.L + h7_3 * k.k3.L + h7_4 * k.k4.L + h7_5 * k.k5.L + h7_6 * k.k6.L,
    y.I + h7_1 * k.k1.I + h7_2 * k.k2.I + h7_3 * k.k3.I + h7_4 * k.k4.I + h7_5 * k.k5.I + h7_6 * k.k6.I,
    y.V + h7_1 * k.k1.V + h7_2 * k.k2.V + h7_3 * k.k3.V + h7_4 * k.k4.V + h7_5 * k.k5.V + h7_6 * k.k6.V,
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
  sum += square((e_1 * k.k1.treatment + e_2 * k.k2.treatment + e_3 * k.k3.treatment + e_4 * k.k4.treatment + e_5 * k.k5.treatment + e_6 * k.k6.treatment + e_7 * k.k7.treatment) / (tolerance.treatment + rtol * most(abs(y.treatment), abs(y1.treatment))));
  sum += square((e_1 * k.k1.T + e_2 * k.k2.T + e_3 * k.k3.T + e_4 * k.k4.T + e_5 * k.k5.T + e_6 * k.k6.T + e_7 * k.k7.T) / (tolerance.T + rtol * most(abs(y.T), abs(y1.T))));
  sum += square((e_1 * k.k1.L + e_2 * k.k2.L + e_3 * k.k3.L + e_4 * k.k4.L + e_5 * k.k5.L + e_6 * k.k6.L + e_7 * k.k7.L) / (tolerance.L + rtol * most(abs(y.L), abs(y1.L))));
  sum += square((e_1 * k.k1.I + e_2 * k.k2.I + e_3 * k.k3.I + e_4 * k.k4.I + e_5 * k.k5.I + e_6 * k.k6.I + e_7 * k.k7.I) / (tolerance.I + rtol * most(abs(y.I), abs(y1.I))));
  sum += square((e_1 * k.k1.V + e_2 * k.k2.V + e_3 * k.k3.V + e_4 * k.k4.V + e_5 * k.k5.V + e_6 * k.k6.V + e_7 * k.k7.V) / (tolerance.V + rtol * most(abs(y.V), abs(y1.V))));
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
    y.treatment + b1 * k.k1.treatment + b2 * k.k2.treatment + b3 * k.k3.treatment + b4 * k.k4.treatment + b5 * k.k5.treatment + b6 * k.k6.treatment + b7 * k.k7.treatment,
    y.T + b1 * k.k1.T + b2 * k.k2.T + b3 * k.k3.T + b4 * k.k4.T + b5 * k.k5.T + b6 * k.k6.T + b7 * k.k7.T,
    y.L + b1 * k.k1.L + b2 * k.k2.L + b3 * k.k3.L + b4 * k.k4.L + b5 * k.k5.L + b6 * k.k6.L + b7 * k.k7.L,
    y.I + b1 * k.k1.I + b2 * k.k2.I + b3 * k.k3.I + b4 * k.k4.I + b5 * k.k5.I + b6 * k.k6.I + b7 * k.k7.I,
    y.V + b1 * k.k1.V + b2 * k.k2.V + b3 * k.k3.V + b4 * k.k4.V + b5 * k.k5.V + b6 * k.k6.V + b7 * k.k7.V,
    y.integral_0 + b1 * k.k1.integral_0 + b2 * k.k2.integral_0 + b3 * k.k3.integral_0 + b4 * k.k4.integral_0 + b5 * k.k5.integral_0 + b6 * k.k6.integral_0 + b7 * k.k7.integral_0,
  );
}
