// Generated from the model hiv_chronic_stiff.
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

// Generated from the method table: rodas4, order 4. Hairer, Wanner, Solving ODE II, 1996, IV.7 and IV.10, method RODAS
#import bits
#import compare
#import math
#import model

const adaptive: bool = true;
/// PI control: powers of the error norm and of the last accepted one.
const error_exponent: f32 = 0.175f;
const previous_exponent: f32 = 0.1f;

struct Stages {
  k1: State,
  k2: State,
  k3: State,
  k4: State,
  k5: State,
  k6: State,
}

struct Attempt {
  /// State at the end of the step.
  y: State,
  k: Stages,
  /// Squared error norm: at most 1 where the step is good enough.
  error: f32,
}

struct Factors {
  w_1_1: f32, // d T / d T
  w_1_2: f32, // d T / d L
  w_1_3: f32, // d T / d I
  w_1_4: f32, // d T / d V
  w_2_1: f32, // d L / d T
  w_2_2: f32, // d L / d L
  w_2_4: f32, // d L / d V
  w_3_2: f32, // d I / d L
  w_3_3: f32, // d I / d I
  w_4_1: f32, // d V / d T
  w_4_3: f32, // d V / d I
  w_4_4: f32, // d V / d V
  w_5_4: f32, // d integral_0 / d V
  r_5: f32,
  r_3: f32,
  w_4_2: f32, // d V / d L
  r_1: f32,
  r_2: f32,
  r_4: f32,
}

fn factors(t: f32, h: f32, y: State, p: Params, u: Inputs) -> Factors {
  let local_0 = p.growth * y.T * (-p.k0);
  let local_1 = smaller(y.treatment, 1.0f);
  let local_2 = p.infection * (1.0f - p.etaR * local_1);
  let local_3 = local_2 * y.V;
  let local_4 = -local_0;
  let local_5 = y.T * local_2;
  let reach = 0.25f * h;
  let diagonal = 1.0f / reach;
  var w: Factors;
  w.w_1_1 = diagonal + (local_3 - ((1.0f - (y.T + y.L + y.I) * p.k0) * p.growth + local_0 - p.muT));
  w.w_1_2 = local_4;
  w.w_1_3 = local_4;
  w.w_1_4 = local_5;
  w.w_2_1 = -local_3;
  w.w_2_2 = diagonal + (p.k2 + p.muT);
  w.w_2_4 = -local_5;
  w.w_3_2 = -p.k2;
  w.w_3_3 = diagonal + (p.mub);
  w.w_4_1 = local_3;
  w.w_4_3 = -(p.burst * (1.0f - p.etaP * local_1) * p.mub);
  w.w_4_4 = diagonal + (p.muV + local_5);
  w.w_5_4 = -u.gate_2;
  w.r_5 = reach;
  w.r_3 = 1.0f / w.w_3_3;
  w.w_1_3 = w.w_1_3 * w.r_3;
  w.w_1_2 = w.w_1_2 - w.w_1_3 * w.w_3_2;
  w.w_4_3 = w.w_4_3 * w.r_3;
  w.w_4_2 = -(w.w_4_3 * w.w_3_2);
  w.r_1 = 1.0f / w.w_1_1;
  w.w_2_1 = w.w_2_1 * w.r_1;
  w.w_2_2 = w.w_2_2 - w.w_2_1 * w.w_1_2;
  w.w_2_4 = w.w_2_4 - w.w_2_1 * w.w_1_4;
  w.w_4_1 = w.w_4_1 * w.r_1;
  w.w_4_2 = w.w_4_2 - w.w_4_1 * w.w_1_2;
  w.w_4_4 = w.w_4_4 - w.w_4_1 * w.w_1_4;
  w.r_2 = 1.0f / w.w_2_2;
  w.w_4_2 = w.w_4_2 * w.r_2;
  w.w_4_4 = w.w_4_4 - w.w_4_2 * w.w_2_4;
  w.r_4 = 1.0f / w.w_4_4;
  return w;
}

fn solve(w: Factors, right: State) -> State {
  var x = right;
  x.T -= w.w_1_3 * x.I;
  x.V -= w.w_4_3 * x.I;
  x.L -= w.w_2_1 * x.T;
  x.V -= w.w_4_1 * x.T;
  x.V -= w.w_4_2 * x.L;
  x.V = x.V * w.r_4;
  x.L = (x.L - w.w_2_4 * x.V) * w.r_2;
  x.T = (x.T - w.w_1_2 * x.L - w.w_1_4 * x.V) * w.r_1;
  x.I = (x.I - w.w_3_2 * x.L) * w.r_3;
  x.integral_0 = (x.integral_0 - w.w_5_4 * x.V) * w.r_5;
  return x;
}

/// `slope` is the derivative at the start; the stages are increments of the state.
fn attempt(t: f32, h: f32, y: State, slope: State, p: Params, u: Inputs, tolerance: State, rtol: f32) -> Attempt {
  let w = factors(t, h, y, p, u);
  let per_step = 1.0f / h;
  var k: Stages;
  k.k1 = solve(w, State(
    0.0f,
    slope.T,
    slope.L,
    slope.I,
    slope.V,
    slope.integral_0,
  ));
  let y2 = State(
    y.treatment,
    y.T + 1.544f * k.k1.T,
    y.L + 1.544f * k.k1.L,
    y.I + 1.544f * k.k1.I,
    y.V + 1.544f * k.k1.V,
    y.integral_0 + 1.544f * k.k1.integral_0,
  );
  let f2 = rhs(t + 0.386f * h, y2, p, u);
  let c2_1 = -5.6688f * per_step;
  k.k2 = solve(w, State(
    0.0f,
    f2.T + c2_1 * k.k1.T,
    f2.L + c2_1 * k.k1.L,
    f2.I + c2_1 * k.k1.I,
    f2.V + c2_1 * k.k1.V,
    f2.integral_0 + c2_1 * k.k1.integral_0,
  ));
  let y3 = State(
    y.treatment,
    y.T + 0.9466785f * k.k1.T + 0.25570118f * k.k2.T,
    y.L + 0.9466785f * k.k1.L + 0.25570118f * k.k2.L,
    y.I + 0.9466785f * k.k1.I + 0.25570118f * k.k2.I,
    y.V + 0.9466785f * k.k1.V + 0.25570118f * k.k2.V,
    y.integral_0 + 0.9466785f * k.k1.integral_0 + 0.25570118f * k.k2.integral_0,
  );
  let f3 = rhs(t + 0.21f * h, y3, p, u);
  let c3_1 = -2.4300933f * per_step;
  let c3_2 = -0.20635992f * per_step;
  k.k3 = solve(w, State(
    0.0f,
    f3.T + c3_1 * k.k1.T + c3_2 * k.k2.T,
    f3.L + c3_1 * k.k1.L + c3_2 * k.k2.L,
    f3.I + c3_1 * k.k1.I + c3_2 * k.k2.I,
    f3.V + c3_1 * k.k1.V + c3_2 * k.k2.V,
    f3.integral_0 + c3_1 * k.k1.integral_0 + c3_2 * k.k2.integral_0,
  ));
  let y4 = State(
    y.treatment,
    y.T + 3.3148253f * k.k1.T + 2.8961241f * k.k2.T + 0.9986419f * k.k3.T,
    y.L + 3.3148253f * k.k1.L + 2.8961241f * k.k2.L + 0.9986419f * k.k3.L,
    y.I + 3.3148253f * k.k1.I + 2.8961241f * k.k2.I + 0.9986419f * k.k3.I,
    y.V + 3.3148253f * k.k1.V + 2.8961241f * k.k2.V + 0.9986419f * k.k3.V,
    y.integral_0 + 3.3148253f * k.k1.integral_0 + 2.8961241f * k.k2.integral_0 + 0.9986419f * k.k3.integral_0,
  );
  let f4 = rhs(t + 0.63f * h, y4, p, u);
  let c4_1 = -0.107352905f * per_step;
  let c4_2 = -9.594563f * per_step;
  let c4_3 = -20.470285f * per_step;
  k.k4 = solve(w, State(
    0.0f,
    f4.T + c4_1 * k.k1.T + c4_2 * k.k2.T + c4_3 * k.k3.T,
    f4.L + c4_1 * k.k1.L + c4_2 * k.k2.L + c4_3 * k.k3.L,
    f4.I + c4_1 * k.k1.I + c4_2 * k.k2.I + c4_3 * k.k3.I,
    f4.V + c4_1 * k.k1.V + c4_2 * k.k2.V + c4_3 * k.k3.V,
    f4.integral_0 + c4_1 * k.k1.integral_0 + c4_2 * k.k2.integral_0 + c4_3 * k.k3.integral_0,
  ));
  let y5 = State(
    y.treatment,
    y.T + 1.2212245f * k.k1.T + 6.0191345f * k.k2.T + 12.537084f * k.k3.T + -0.68788606f * k.k4.T,
    y.L + 1.2212245f * k.k1.L + 6.0191345f * k.k2.L + 12.537084f * k.k3.L + -0.68788606f * k.k4.L,
    y.I + 1.2212245f * k.k1.I + 6.0191345f * k.k2.I + 12.537084f * k.k3.I + -0.68788606f * k.k4.I,
    y.V + 1.2212245f * k.k1.V + 6.0191345f * k.k2.V + 12.537084f * k.k3.V + -0.68788606f * k.k4.V,
    y.integral_0 + 1.2212245f * k.k1.integral_0 + 6.0191345f * k.k2.integral_0 + 12.537084f * k.k3.integral_0 + -0.68788606f * k.k4.integral_0,
  );
  let f5 = rhs(t + h, y5, p, u);
  let c5_1 = 7.4964433f * per_step;
  let c5_2 = -10.246804f * per_step;
  let c5_3 = -33.999905f * per_step;
  let c5_4 = 11.708909f * per_step;
  k.k5 = solve(w, State(
    0.0f,
    f5.T + c5_1 * k.k1.T + c5_2 * k.k2.T + c5_3 * k.k3.T + c5_4 * k.k4.T,
    f5.L + c5_1 * k.k1.L + c5_2 * k.k2.L + c5_3 * k.k3.L + c5_4 * k.k4.L,
    f5.I + c5_1 * k.k1.I + c5_2 * k.k2.I + c5_3 * k.k3.I + c5_4 * k.k4.I,
    f5.V + c5_1 * k.k1.V + c5_2 * k.k2.V + c5_3 * k.k3.V + c5_4 * k.k4.V,
    f5.integral_0 + c5_1 * k.k1.integral_0 + c5_2 * k.k2.integral_0 + c5_3 * k.k3.integral_0 + c5_4 * k.k4.integral_0,
  ));
  let y6 = State(
    y.treatment,
    y5.T + k.k5.T,
    y5.L + k.k5.L,
    y5.I + k.k5.I,
    y5.V + k.k5.V,
    y5.integral_0 + k.k5.integral_0,
  );
  let f6 = rhs(t + h, y6, p, u);
  let c6_1 = 8.083247f * per_step;
  let c6_2 = -7.981133f * per_step;
  let c6_3 = -31.521595f * per_step;
  let c6_4 = 16.319305f * per_step;
  let c6_5 = -6.0588183f * per_step;
  k.k6 = solve(w, State(
    0.0f,
    f6.T + c6_1 * k.k1.T + c6_2 * k.k2.T + c6_3 * k.k3.T + c6_4 * k.k4.T + c6_5 * k.k5.T,
    f6.L + c6_1 * k.k1.L + c6_2 * k.k2.L + c6_3 * k.k3.L + c6_4 * k.k4.L + c6_5 * k.k5.L,
    f6.I + c6_1 * k.k1.I + c6_2 * k.k2.I + c6_3 * k.k3.I + c6_4 * k.k4.I + c6_5 * k.k5.I,
    f6.V + c6_1 * k.k1.V + c6_2 * k.k2.V + c6_3 * k.k3.V + c6_4 * k.k4.V + c6_5 * k.k5.V,
    f6.integral_0 + c6_1 * k.k1.integral_0 + c6_2 * k.k2.integral_0 + c6_3 * k.k3.integral_0 + c6_4 * k.k4.integral_0 + c6_5 * k.k5.integral_0,
  ));
  let y1 = State(
    y.treatment,
    y6.T + k.k6.T,
    y6.L + k.k6.L,
    y6.I + k.k6.I,
    y6.V + k.k6.V,
    y6.integral_0 + k.k6.integral_0,
  );
  let e_6 = 1.0f;
  var sum = 0.0f;
  sum += square((e_6 * k.k6.treatment) / (tolerance.treatment + rtol * most(abs(y.treatment), abs(y1.treatment))));
  sum += square((e_6 * k.k6.T) / (tolerance.T + rtol * most(abs(y.T), abs(y1.T))));
  sum += square((e_6 * k.k6.L) / (tolerance.L + rtol * most(abs(y.L), abs(y1.L))));
  sum += square((e_6 * k.k6.I) / (tolerance.I + rtol * most(abs(y.I), abs(y1.I))));
  sum += square((e_6 * k.k6.V) / (tolerance.V + rtol * most(abs(y.V), abs(y1.V))));
  sum += square((e_6 * k.k6.integral_0) / (tolerance.integral_0 + rtol * most(abs(y.integral_0), abs(y1.integral_0))));
  let error = 0.16666667f * sum;
  return Attempt(y1, k, error);
}

/// Derivative at the end of the step, where the next one begins.
fn end_slope(tried: Attempt, t1: f32, p: Params, u: Inputs) -> State {
  return rhs(t1, tried.y, p, u);
}

fn sound_slope(slope: State) -> bool {
  return finite(slope);
}

/// The state theta of the way through the step (order 3).
fn dense(theta: f32, h: f32, y: State, k: Stages) -> State {
  let reach = theta;
  let b1 = reach * (11.34746f + theta * (-10.802515f + theta * (0.6762803f)));
  let b2 = reach * (-1.4688613f + theta * (13.57571f + theta * (-6.0877147f)));
  let b3 = reach * (-22.263836f + theta * (51.231762f + theta * (-16.430843f)));
  let b4 = reach * (-8.680657f + theta * (32.76f + theta * (-24.767225f)));
  let b5 = reach * (2.0251377f + theta * (-7.619527f + theta * (6.594389f)));
  let b6 = reach * (1.0f + theta * (theta * (0.0f)));
  return State(
    y.treatment + b1 * k.k1.treatment + b2 * k.k2.treatment + b3 * k.k3.treatment + b4 * k.k4.treatment + b5 * k.k5.treatment + b6 * k.k6.treatment,
    y.T + b1 * k.k1.T + b2 * k.k2.T + b3 * k.k3.T + b4 * k.k4.T + b5 * k.k5.T + b6 * k.k6.T,
    y.L + b1 * k.k1.L + b2 * k.k2.L + b3 * k.k3.L + b4 * k.k4.L + b5 * k.k5.L + b6 * k.k6.L,
    y.I + b1 * k.k1.I + b2 * k.k2.I + b3 * k.k3.I + b4 * k.k4.I + b5 * k.k5.I + b6 * k.k6.I,
    y.V + b1 * k.k1.V + b2 * k.k2.V + b3 * k.k3.V + b4 * k.k4.V + b5 * k.k5.V + b6 * k.k6.V,
    y.integral_0 + b1 * k.k1.integral_0 + b2 * k.k2.integral_0 + b3 * k.k3.integral_0 + b4 * k.k4.integral_0 + b5 * k.k5.integral_0 + b6 * k.k6.integral_0,
  );
}
