// Generated from the model warfarin.
#import bits
#import math
#import job
#import doses
#import windows
#import tracks

struct State {
  gut: f32, // [mg]
  central: f32, // [mg]
  peripheral: f32, // [mg]
  fast1: f32, // [1]
  fast2: f32, // [1]
  fast3: f32, // [1]
  fast4: f32, // [1]
  fast5: f32, // [1]
  fast6: f32, // [1]
  slow: f32, // [1]
  integral_0: f32, // [mg accumulated]
}

struct Params {
  Q: f32, // [L/h]
  KA: f32, // [1/h]
  gamma: f32, // [1]
  lambda: f32, // [1]
  INRMAX: f32, // [1]
  BASE: f32, // [1]
  first_dose: f32, // [mg]
  gene_dose: f32, // [mg]
  k0: f32, // [= 1 / V1]
  k1: f32, // [= 1 / V2]
  k2: f32, // [= CL / V1]
  k3: f32, // [= 1 / EC50]
  k4: f32, // [= 1 / MTT1]
  k5: f32, // [= 1 / MTT2]
  k6: f32, // [= lambda - 1]
}

struct Inputs {
  gate_3: f32,
  daily: f32,
  titrated_held_until: f32,
  visit_visits: f32,
  visits_visits: f32,
  genotype_held_until: f32,
  visit_visits_2: f32,
  visits_visits_2: f32,
}

struct Watched {
  w0: f32, // [share of time]
  w1: f32, // [first time]
  w2: f32, // [share of time]
  w3: f32, // [share of time]
  w4: f32, // [max]
  w5: f32, // [condition]
  w6: f32, // [condition]
}

struct Windows {
  w0: bool,
  w1: bool,
  w2: bool,
  w3: bool,
}

struct Kept {
  a0: Track, // [share of time of w0]
  a1: Track, // [first time of w1]
  a2: Track, // [share of time of w2]
  a3: Track, // [share of time of w3]
  a4: Track, // [max of w4]
  a5: Track, // [integral]
}

struct Doses {
  none: bool,
}

struct Outputs {
  INR: f32, // [1]
  conc: f32, // [mg/L]
  dose: f32, // [mg]
}

/// Bit j: watched quantity j is a condition.
const conditions: u32 = 15u;
const watches: bool = true;
/// Inputs of the moment.
var<private> memory: Inputs;

fn patient(arm: u32, who: u32) -> Params {
  let study_TVCL = arm_value(arm, 1u); // [L/h]
  let study_TVV1 = arm_value(arm, 2u); // [L]
  let study_Q = arm_value(arm, 3u); // [L/h]
  let study_TVV2 = arm_value(arm, 4u); // [L]
  let study_KA = arm_value(arm, 5u); // [1/h]
  let study_aging = arm_value(arm, 6u); // [1/yr]
  let study_less12 = arm_value(arm, 7u); // [1]
  let study_less13 = arm_value(arm, 8u); // [1]
  let study_less22 = arm_value(arm, 9u); // [1]
  let study_less23 = arm_value(arm, 10u); // [1]
  let study_less33 = arm_value(arm, 11u); // [1]
  let study_EC50_GG = arm_value(arm, 12u); // [mg/L]
  let study_EC50_AG = arm_value(arm, 13u); // [mg/L]
  let study_EC50_AA = arm_value(arm, 14u); // [mg/L]
  let study_gamma = arm_value(arm, 15u); // [1]
  let study_TVMTT1 = arm_value(arm, 16u); // [h]
  let study_TVMTT2 = arm_value(arm, 17u); // [h]
  let study_lambda = arm_value(arm, 18u); // [1]
  let study_INRMAX = arm_value(arm, 19u); // [1]
  let study_BASE = arm_value(arm, 20u); // [1]
  let study_first_dose = arm_value(arm, 21u); // [mg]
  let study_left = arm_value(arm, 22u); // [1]
  let column_AGE = column(0u, who); // [yr]
  let column_CYP2C9 = column(1u, who); // [1]
  let column_VKORC1 = column(2u, who); // [1]
  let column_eta_cl = column(3u, who); // [1]
  let column_eta_v1 = column(4u, who); // [1]
  let column_eta_v2 = column(5u, who); // [1]
  let column_eta_ec50 = column(6u, who); // [1]
  let column_eta_mtt1 = column(7u, who); // [1]
  let column_eta_mtt2 = column(8u, who); // [1]
  let local_0 = study_TVCL * (1.0f - select(select(select(select(select(study_less33, study_less23, ((column_CYP2C9 > 3.5f) & (column_CYP2C9 < 4.5f))), study_less22, ((column_CYP2C9 > 2.5f) & (column_CYP2C9 < 3.5f))), study_less13, ((column_CYP2C9 > 1.5f) & (column_CYP2C9 < 2.5f))), study_less12, ((column_CYP2C9 > 0.5f) & (column_CYP2C9 < 1.5f))), 0.0f, (column_CYP2C9 < 0.5f))) * (1.0f - study_aging * (column_AGE - 71.0f));
  let local_1 = select(select(study_EC50_AA, study_EC50_AG, ((column_VKORC1 > 0.5f) & (column_VKORC1 < 1.5f))), study_EC50_GG, (column_VKORC1 < 0.5f));
  let local_2 = study_TVV1 * exp(column_eta_v1);
  return Params(
    study_Q, // Q
    study_KA, // KA
    study_gamma, // gamma
    study_lambda, // lambda
    study_INRMAX, // INRMAX
    study_BASE, // BASE
    study_first_dose, // first_dose
    2.0f * (local_1 * power((1.0f - study_left) / study_left, 1.0f / study_gamma)) * local_0 * 24.0f, // gene_dose
    1.0f / local_2, // k0
    1.0f / (study_TVV2 * exp(column_eta_v2)), // k1
    local_0 * exp(column_eta_cl) / local_2, // k2
    1.0f / (local_1 * exp(column_eta_ec50)), // k3
    1.0f / (study_TVMTT1 * exp(column_eta_mtt1)), // k4
    1.0f / (study_TVMTT2 * exp(column_eta_mtt2)), // k5
    study_lambda - 1.0f, // k6
  );
}

fn tolerances() -> State {
  return State(
    schedule_value(8u), // gut
    schedule_value(9u), // central
    schedule_value(10u), // peripheral
    schedule_value(11u), // fast1
    schedule_value(12u), // fast2
    schedule_value(13u), // fast3
    schedule_value(14u), // fast4
    schedule_value(15u), // fast5
    schedule_value(16u), // fast6
    schedule_value(17u), // slow
    schedule_value(18u), // integral_0
  );
}

fn initial(p: Params) -> State {
  return State(
    0.0f, // gut
    0.0f, // central
    0.0f, // peripheral
    1.0f, // fast1
    1.0f, // fast2
    1.0f, // fast3
    1.0f, // fast4
    1.0f, // fast5
    1.0f, // fast6
    1.0f, // slow
    0.0f, // integral_0
  );
}

fn rhs(t: f32, y: State, p: Params, u: Inputs) -> State {
  let local_0 = p.KA * y.gut;
  let local_1 = local_0 * 24.0f;
  let local_2 = p.Q * (y.central * p.k0 - y.peripheral * p.k1) * 24.0f;
  let local_3 = power(larger(y.central, 0.0f) * p.k0 * p.k3, p.gamma);
  let local_4 = 1.0f - local_3 / (1.0f + local_3);
  return State(
    -local_1, // gut
    local_1 - local_2 - p.k2 * y.central * 24.0f, // central
    local_2, // peripheral
    (local_4 - y.fast1) * p.k4 * 24.0f, // fast1
    (y.fast1 - y.fast2) * p.k4 * 24.0f, // fast2
    (y.fast2 - y.fast3) * p.k4 * 24.0f, // fast3
    (y.fast3 - y.fast4) * p.k4 * 24.0f, // fast4
    (y.fast4 - y.fast5) * p.k4 * 24.0f, // fast5
    (y.fast5 - y.fast6) * p.k4 * 24.0f, // fast6
    (local_4 - y.slow) * p.k5 * 24.0f, // slow
    local_0 * u.gate_3, // integral_0
  );
}

fn observe(t: f32, y: State, p: Params) -> Outputs {
  return Outputs(
    p.BASE + p.INRMAX * power(larger(1.0f - y.fast6 * y.slow, 0.0f), p.lambda), // INR
    larger(y.central, 0.0f) * p.k0, // conc
    memory.daily, // dose
  );
}

/// `first` is where the first output goes, `next` how far on the next one does.
fn record(first: u32, next: u32, outputs: Outputs) {
  store(first + 0u * next, outputs.INR);
  store(first + 1u * next, outputs.conc);
  store(first + 2u * next, outputs.dose);
}

fn watch(t: f32, y: State, p: Params) -> Watched {
  let local_0 = p.BASE + p.INRMAX * power(larger(1.0f - y.fast6 * y.slow, 0.0f), p.lambda);
  let local_1 = local_0 - 2.0f;
  return Watched(
    smaller(local_1, 3.0f - local_0), // w0
    local_1, // w1
    2.0f - local_0, // w2
    local_0 - 4.0f, // w3
    local_0, // w4
    memory.visit_visits - 0.5f, // w5
    memory.visit_visits_2 - 0.5f, // w6
  );
}

fn watch_rate(t: f32, y: State, f: State, p: Params) -> Watched {
  let local_0 = 1.0f - y.fast6 * y.slow;
  let local_1 = larger(local_0, 0.0f);
  let local_2 = p.lambda * power(local_1, p.k6);
  let local_3 = p.INRMAX * (local_2 * select(0.0f, -y.fast6, (local_0 >= 0.0f)));
  let local_4 = -local_3;
  let local_5 = p.BASE + p.INRMAX * power(local_1, p.lambda);
  let local_6 = select(0.0f, 1.0f, (local_5 - 2.0f <= 3.0f - local_5));
  let local_7 = p.INRMAX * (local_2 * select(0.0f, -y.slow, (local_0 >= 0.0f)));
  let local_8 = -local_7;
  let local_9 = local_7 * f.fast6 + local_3 * f.slow;
  return Watched(
    select(local_8, local_7, (local_6 > 0.0f)) * f.fast6 + select(local_4, local_3, (local_6 > 0.0f)) * f.slow, // w0
    local_9, // w1
    local_8 * f.fast6 + local_4 * f.slow, // w2
    local_9, // w3
    local_9, // w4
    0.0f, // w5
    0.0f, // w6
  );
}

fn watched_value(w: Watched, j: u32) -> f32 {
  var value = 0.0f;
  value = select(value, w.w0, j == 0u);
  value = select(value, w.w1, j == 1u);
  value = select(value, w.w2, j == 2u);
  value = select(value, w.w3, j == 3u);
  value = select(value, w.w4, j == 4u);
  value = select(value, w.w5, j == 5u);
  value = select(value, w.w6, j == 6u);
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
  var u = memory;
  u.gate_3 = select(0.0f, 1.0f, is_open(3u, now));
  return u;
}

fn next_event(d: Doses, now: u32) -> u32 {
  var next = never;
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
  inside |= select(0u, 1u, open.w0 & may_cross(w0.w0, r0.w0, w1.w0, r1.w0, h));
  inside |= select(0u, 2u, open.w1 & !k.a1.seen & may_cross(w0.w1, r0.w1, w1.w1, r1.w1, h));
  inside |= select(0u, 4u, open.w0 & may_cross(w0.w2, r0.w2, w1.w2, r1.w2, h));
  inside |= select(0u, 8u, open.w2 & may_cross(w0.w3, r0.w3, w1.w3, r1.w3, h));
  inside |= select(0u, 16u, open.w1 & may_rise(k.a4, w0.w4, r0.w4, w1.w4, r1.w4, h));
  return inside;
}

fn see(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = add_time(k.a0, on.w0, 0.0f);
  k.a1 = first_positive(k.a1, on.w1, w.w1, t);
  k.a2 = add_time(k.a2, on.w0, 0.0f);
  k.a3 = add_time(k.a3, on.w2, 0.0f);
  k.a4 = highest(k.a4, on.w1, w.w4, t);
  return k;
}

fn take(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  return k;
}

fn see_inside(kept: Kept, j: u32, found: Located, t: f32, h: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = add_time(k.a0, on.w0 & (j == 0u), found.share * h);
  k.a1 = first_inside(k.a1, on.w1 & (j == 1u), found, t, h);
  k.a2 = add_time(k.a2, on.w0 & (j == 2u), found.share * h);
  k.a3 = add_time(k.a3, on.w2 & (j == 3u), found.share * h);
  k.a4 = highest(k.a4, on.w1 & (j == 4u) & found.turned, found.value, t + found.theta * h);
  return k;
}

fn see_step(kept: Kept, w1: Watched, t1: f32, h: f32, inside: u32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = add_time(k.a0, on.w0 & ((inside & 1u) == 0u) & (w1.w0 > 0.0f), h);
  k.a1 = first_positive(k.a1, on.w1, w1.w1, t1);
  k.a2 = add_time(k.a2, on.w0 & ((inside & 4u) == 0u) & (w1.w2 > 0.0f), h);
  k.a3 = add_time(k.a3, on.w2 & ((inside & 8u) == 0u) & (w1.w3 > 0.0f), h);
  k.a4 = highest(k.a4, on.w1, w1.w4, t1);
  return k;
}

/// Missing in, missing out.
fn conclude(k: Kept, y: State, p: Params, arm: u32, row: u32) {
  let local_0 = smaller(k.a0.value / 76.0f, 1.0f) * 100.0f;
  let a0_missing = !k.a0.seen | never_closed(0u);
  let a1_missing = !k.a1.seen | never_closed(1u);
  let a2_missing = !k.a2.seen | never_closed(0u);
  let a3_missing = !k.a3.seen | never_closed(2u);
  let a4_missing = !k.a4.seen | never_closed(1u);
  let a5_missing = never_closed(3u);
  store_unless(place(3u * job.times + 0u, arm, row), a0_missing, local_0); // in_range [%]
  store_unless(place(3u * job.times + 1u, arm, row), a0_missing, select(0.0f, 1.0f, (local_0 >= 65.0f))); // well [1]
  store_unless(place(3u * job.times + 2u, arm, row), a1_missing, k.a1.time); // reached [d]
  store_unless(place(3u * job.times + 3u, arm, row), a2_missing, smaller(k.a2.value / 76.0f, 1.0f) * 100.0f); // low [%]
  store_unless(place(3u * job.times + 4u, arm, row), a3_missing, smaller(k.a3.value / 90.0f, 1.0f) * 100.0f); // above [%]
  store_unless(place(3u * job.times + 5u, arm, row), a4_missing, select(0.0f, 1.0f, (k.a4.value > 4.0f))); // over4 [1]
  store_unless(place(3u * job.times + 6u, arm, row), a4_missing, select(0.0f, 1.0f, (k.a4.value > 5.0f))); // over5 [1]
  store_unless(place(3u * job.times + 7u, arm, row), a4_missing, k.a4.value); // peak [1]
  store_unless(place(3u * job.times + 8u, arm, row), a5_missing, 2.0f * y.integral_0 / 28.0f * 24.0f); // dose_end [mg]
}

/// What is not finite stays so in a sum.
fn finite(y: State) -> bool {
  return is_finite(y.gut + y.central + y.peripheral + y.fast1 + y.fast2 + y.fast3 + y.fast4 + y.fast5 + y.fast6 + y.slow + y.integral_0);
}

/// Mean squares of state and derivative, in units of the tolerance.
fn sizes(y: State, f: State, tolerance: State, rtol: f32) -> vec2<f32> {
  var sum = vec2<f32>(0.0f, 0.0f);
  sum += square_both(vec2<f32>(y.gut, f.gut) / (tolerance.gut + rtol * abs(y.gut)));
  sum += square_both(vec2<f32>(y.central, f.central) / (tolerance.central + rtol * abs(y.central)));
  sum += square_both(vec2<f32>(y.peripheral, f.peripheral) / (tolerance.peripheral + rtol * abs(y.peripheral)));
  sum += square_both(vec2<f32>(y.fast1, f.fast1) / (tolerance.fast1 + rtol * abs(y.fast1)));
  sum += square_both(vec2<f32>(y.fast2, f.fast2) / (tolerance.fast2 + rtol * abs(y.fast2)));
  sum += square_both(vec2<f32>(y.fast3, f.fast3) / (tolerance.fast3 + rtol * abs(y.fast3)));
  sum += square_both(vec2<f32>(y.fast4, f.fast4) / (tolerance.fast4 + rtol * abs(y.fast4)));
  sum += square_both(vec2<f32>(y.fast5, f.fast5) / (tolerance.fast5 + rtol * abs(y.fast5)));
  sum += square_both(vec2<f32>(y.fast6, f.fast6) / (tolerance.fast6 + rtol * abs(y.fast6)));
  sum += square_both(vec2<f32>(y.slow, f.slow) / (tolerance.slow + rtol * abs(y.slow)));
  sum += square_both(vec2<f32>(y.integral_0, f.integral_0) / (tolerance.integral_0 + rtol * abs(y.integral_0)));
  return 0.09090909f * sum;
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
    y.central + h2_1 * k.k1.central,
    y.peripheral + h2_1 * k.k1.peripheral,
    y.fast1 + h2_1 * k.k1.fast1,
    y.fast2 + h2_1 * k.k1.fast2,
    y.fast3 + h2_1 * k.k1.fast3,
    y.fast4 + h2_1 * k.k1.fast4,
    y.fast5 + h2_1 * k.k1.fast5,
    y.fast6 + h2_1 * k.k1.fast6,
    y.slow + h2_1 * k.k1.slow,
    y.integral_0 + h2_1 * k.k1.integral_0,
  );
  k.k2 = rhs(t + 0.161f * h, y2, p, u);
  let h3_1 = -0.008480655f * h;
  let h3_2 = 0.33548066f * h;
  let y3 = State(
    y.gut + h3_1 * k.k1.gut + h3_2 * k.k2.gut,
    y.central + h3_1 * k.k1.central + h3_2 * k.k2.central,
    y.peripheral + h3_1 * k.k1.peripheral + h3_2 * k.k2.peripheral,
    y.fast1 + h3_1 * k.k1.fast1 + h3_2 * k.k2.fast1,
    y.fast2 + h3_1 * k.k1.fast2 + h3_2 * k.k2.fast2,
    y.fast3 + h3_1 * k.k1.fast3 + h3_2 * k.k2.fast3,
    y.fast4 + h3_1 * k.k1.fast4 + h3_2 * k.k2.fast4,
    y.fast5 + h3_1 * k.k1.fast5 + h3_2 * k.k2.fast5,
    y.fast6 + h3_1 * k.k1.fast6 + h3_2 * k.k2.fast6,
    y.slow + h3_1 * k.k1.slow + h3_2 * k.k2.slow,
    y.integral_0 + h3_1 * k.k1.integral_0 + h3_2 * k.k2.integral_0,
  );
  k.k3 = rhs(t + 0.327f * h, y3, p, u);
  let h4_1 = 2.8971531f * h;
  let h4_2 = -6.3594484f * h;
  let h4_3 = 4.3622956f * h;
  let y4 = State(
    y.gut + h4_1 * k.k1.gut + h4_2 * k.k2.gut + h4_3 * k.k3.gut,
    y.central + h4_1 * k.k1.central + h4_2 * k.k2.central + h4_3 * k.k3.central,
    y.peripheral + h4_1 * k.k1.peripheral + h4_2 * k.k2.peripheral + h4_3 * k.k3.peripheral,
    y.fast1 + h4_1 * k.k1.fast1 + h4_2 * k.k2.fast1 + h4_3 * k.k3.fast1,
    y.fast2 + h4_1 * k.k1.fast2 + h4_2 * k.k2.fast2 + h4_3 * k.k3.fast2,
    y.fast3 + h4_1 * k.k1.fast3 + h4_2 * k.k2.fast3 + h4_3 * k.k3.fast3,
    y.fast4 + h4_1 * k.k1.fast4 + h4_2 * k.k2.fast4 + h4_3 * k.k3.fast4,
    y.fast5 + h4_1 * k.k1.fast5 + h4_2 * k.k2.fast5 + h4_3 * k.k3.fast5,
    y.fast6 + h4_1 * k.k1.fast6 + h4_2 * k.k2.fast6 + h4_3 * k.k3.fast6,
    y.slow + h4_1 * k.k1.slow + h4_2 * k.k2.slow + h4_3 * k.k3.slow,
    y.integral_0 + h4_1 * k.k1.integral_0 + h4_2 * k.k2.integral_0 + h4_3 * k.k3.integral_0,
  );
  k.k4 = rhs(t + 0.9f * h, y4, p, u);
  let h5_1 = 5.325865f * h;
  let h5_2 = -11.748883f * h;
  let h5_3 = 7.495539f * h;
  let h5_4 = -0.09249507f * h;
  let y5 = State(
    y.gut + h5_1 * k.k1.gut + h5_2 * k.k2.gut + h5_3 * k.k3.gut + h5_4 * k.k4.gut,
    y.central + h5_1 * k.k1.central + h5_2 * k.k2.central + h5_3 * k.k3.central + h5_4 * k.k4.central,
    y.peripheral + h5_1 * k.k1.peripheral + h5_2 * k.k2.peripheral + h5_3 * k.k3.peripheral + h5_4 * k.k4.peripheral,
    y.fast1 + h5_1 * k.k1.fast1 + h5_2 * k.k2.fast1 + h5_3 * k.k3.fast1 + h5_4 * k.k4.fast1,
    y.fast2 + h5_1 * k.k1.fast2 + h5_2 * k.k2.fast2 + h5_3 * k.k3.fast2 + h5_4 * k.k4.fast2,
    y.fast3 + h5_1 * k.k1.fast3 + h5_2 * k.k2.fast3 + h5_3 * k.k3.fast3 + h5_4 * k.k4.fast3,
    y.fast4 + h5_1 * k.k1.fast4 + h5_2 * k.k2.fast4 + h5_3 * k.k3.fast4 + h5_4 * k.k4.fast4,
    y.fast5 + h5_1 * k.k1.fast5 + h5_2 * k.k2.fast5 + h5_3 * k.k3.fast5 + h5_4 * k.k4.fast5,
    y.fast6 + h5_1 * k.k1.fast6 + h5_2 * k.k2.fast6 + h5_3 * k.k3.fast6 + h5_4 * k.k4.fast6,
    y.slow + h5_1 * k.k1.slow + h5_2 * k.k2.slow + h5_3 * k.k3.slow + h5_4 * k.k4.slow,
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
    y.central + h6_1 * k.k1.central + h6_2 * k.k2.central + h6_3 * k.k3.central + h6_4 * k.k4.central + h6_5 * k.k5.central,
    y.peripheral + h6_1 * k.k1.peripheral + h6_2 * k.k2.peripheral + h6_3 * k.k3.peripheral + h6_4 * k.k4.peripheral + h6_5 * k.k5.peripheral,
    y.fast1 + h6_1 * k.k1.fast1 + h6_2 * k.k2.fast1 + h6_3 * k.k3.fast1 + h6_4 * k.k4.fast1 + h6_5 * k.k5.fast1,
    y.fast2 + h6_1 * k.k1.fast2 + h6_2 * k.k2.fast2 + h6_3 * k.k3.fast2 + h6_4 * k.k4.fast2 + h6_5 * k.k5.fast2,
    y.fast3 + h6_1 * k.k1.fast3 + h6_2 * k.k2.fast3 + h6_3 * k.k3.fast3 + h6_4 * k.k4.fast3 + h6_5 * k.k5.fast3,
    y.fast4 + h6_1 * k.k1.fast4 + h6_2 * k.k2.fast4 + h6_3 * k.k3.fast4 + h6_4 * k.k4.fast4 + h6_5 * k.k5.fast4,
    y.fast5 + h6_1 * k.k1.fast5 + h6_2 * k.k2.fast5 + h6_3 * k.k3.fast5 + h6_4 * k.k4.fast5 + h6_5 * k.k5.fast5,
    y.fast6 + h6_1 * k.k1.fast6 + h6_2 * k.k2.fast6 + h6_3 * k.k3.fast6 + h6_4 * k.k4.fast6 + h6_5 * k.k5.fast6,
    y.slow + h6_1 * k.k1.slow + h6_2 * k.k2.slow + h6_3 * k.k3.slow + h6_4 * k.k4.slow + h6_5 * k.k5.slow,
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
    y.central + h7_1 * k.k1.central + h7_2 * k.k2.central + h7_3 * k.k3.central + h7_4 * k.k4.central + h7_5 * k.k5.central + h7_6 * k.k6.central,
    y.peripheral + h7_1 * k.k1.peripheral + h7_2 * k.k2.peripheral + h7_3 * k.k3.peripheral + h7_4 * k.k4.peripheral + h7_5 * k.k5.peripheral + h7_6 * k.k6.peripheral,
    y.fast1 + h7_1 * k.k1.fast1 + h7_2 * k.k2.fast1 + h7_3 * k.k3.fast1 + h7_4 * k.k4.fast1 + h7_5 * k.k5.fast1 + h7_6 * k.k6.fast1,
    y.fast2 + h7_1 * k.k1.fast2 + h7_2 * k.k2.fast2 + h7_3 * k.k3.fast2 + h7_4 * k.k4.fast2 + h7_5 * k.k5.fast2 + h7_6 * k.k6.fast2,
    y.fast3 + h7_1 * k.k1.fast3 + h7_2 * k.k2.fast3 + h7_3 * k.k3.fast3 + h7_4 * k.k4.fast3 + h7_5 * k.k5.fast3 + h7_6 * k.k6.fast3,
    y.fast4 + h7_1 * k.k1.fast4 + h7_2 * k.k2.fast4 + h7_3 * k.k3.fast4 + h7_4 * k.k4.fast4 + h7_5 * k.k5.fast4 + h7_6 * k.k6.fast4,
    y.fast5 + h7_1 * k.k1.fast5 + h7_2 * k.k2.fast5 + h7_3 * k.k3.fast5 + h7_4 * k.k4.fast5 + h7_5 * k.k5.fast5 + h7_6 * k.k6.fast5,
    y.fast6 + h7_1 * k.k1.fast6 + h7_2 * k.k2.fast6 + h7_3 * k.k3.fast6 + h7_4 * k.k4.fast6 + h7_5 * k.k5.fast6 + h7_6 * k.k6.fast6,
    y.slow + h7_1 * k.k1.slow + h7_2 * k.k2.slow + h7_3 * k.k3.slow + h7_4 * k.k4.slow + h7_5 * k.k5.slow + h7_6 * k.k6.slow,
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
  sum += square((e_1 * k.k1.central + e_2 * k.k2.central + e_3 * k.k3.central + e_4 * k.k4.central + e_5 * k.k5.central + e_6 * k.k6.central + e_7 * k.k7.central) / (tolerance.central + rtol * most(abs(y.central), abs(y1.central))));
  sum += square((e_1 * k.k1.peripheral + e_2 * k.k2.peripheral + e_3 * k.k3.peripheral + e_4 * k.k4.peripheral + e_5 * k.k5.peripheral + e_6 * k.k6.peripheral + e_7 * k.k7.peripheral) / (tolerance.peripheral + rtol * most(abs(y.peripheral), abs(y1.peripheral))));
  sum += square((e_1 * k.k1.fast1 + e_2 * k.k2.fast1 + e_3 * k.k3.fast1 + e_4 * k.k4.fast1 + e_5 * k.k5.fast1 + e_6 * k.k6.fast1 + e_7 * k.k7.fast1) / (tolerance.fast1 + rtol * most(abs(y.fast1), abs(y1.fast1))));
  sum += square((e_1 * k.k1.fast2 + e_2 * k.k2.fast2 + e_3 * k.k3.fast2 + e_4 * k.k4.fast2 + e_5 * k.k5.fast2 + e_6 * k.k6.fast2 + e_7 * k.k7.fast2) / (tolerance.fast2 + rtol * most(abs(y.fast2), abs(y1.fast2))));
  sum += square((e_1 * k.k1.fast3 + e_2 * k.k2.fast3 + e_3 * k.k3.fast3 + e_4 * k.k4.fast3 + e_5 * k.k5.fast3 + e_6 * k.k6.fast3 + e_7 * k.k7.fast3) / (tolerance.fast3 + rtol * most(abs(y.fast3), abs(y1.fast3))));
  sum += square((e_1 * k.k1.fast4 + e_2 * k.k2.fast4 + e_3 * k.k3.fast4 + e_4 * k.k4.fast4 + e_5 * k.k5.fast4 + e_6 * k.k6.fast4 + e_7 * k.k7.fast4) / (tolerance.fast4 + rtol * most(abs(y.fast4), abs(y1.fast4))));
  sum += square((e_1 * k.k1.fast5 + e_2 * k.k2.fast5 + e_3 * k.k3.fast5 + e_4 * k.k4.fast5 + e_5 * k.k5.fast5 + e_6 * k.k6.fast5 + e_7 * k.k7.fast5) / (tolerance.fast5 + rtol * most(abs(y.fast5), abs(y1.fast5))));
  sum += square((e_1 * k.k1.fast6 + e_2 * k.k2.fast6 + e_3 * k.k3.fast6 + e_4 * k.k4.fast6 + e_5 * k.k5.fast6 + e_6 * k.k6.fast6 + e_7 * k.k7.fast6) / (tolerance.fast6 + rtol * most(abs(y.fast6), abs(y1.fast6))));
  sum += square((e_1 * k.k1.slow + e_2 * k.k2.slow + e_3 * k.k3.slow + e_4 * k.k4.slow + e_5 * k.k5.slow + e_6 * k.k6.slow + e_7 * k.k7.slow) / (tolerance.slow + rtol * most(abs(y.slow), abs(y1.slow))));
  sum += square((e_1 * k.k1.integral_0 + e_2 * k.k2.integral_0 + e_3 * k.k3.integral_0 + e_4 * k.k4.integral_0 + e_5 * k.k5.integral_0 + e_6 * k.k6.integral_0 + e_7 * k.k7.integral_0) / (tolerance.integral_0 + rtol * most(abs(y.integral_0), abs(y1.integral_0))));
  let error = 0.09090909f * sum;
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
    y.central + b1 * k.k1.central + b2 * k.k2.central + b3 * k.k3.central + b4 * k.k4.central + b5 * k.k5.central + b6 * k.k6.central + b7 * k.k7.central,
    y.peripheral + b1 * k.k1.peripheral + b2 * k.k2.peripheral + b3 * k.k3.peripheral + b4 * k.k4.peripheral + b5 * k.k5.peripheral + b6 * k.k6.peripheral + b7 * k.k7.peripheral,
    y.fast1 + b1 * k.k1.fast1 + b2 * k.k2.fast1 + b3 * k.k3.fast1 + b4 * k.k4.fast1 + b5 * k.k5.fast1 + b6 * k.k6.fast1 + b7 * k.k7.fast1,
    y.fast2 + b1 * k.k1.fast2 + b2 * k.k2.fast2 + b3 * k.k3.fast2 + b4 * k.k4.fast2 + b5 * k.k5.fast2 + b6 * k.k6.fast2 + b7 * k.k7.fast2,
    y.fast3 + b1 * k.k1.fast3 + b2 * k.k2.fast3 + b3 * k.k3.fast3 + b4 * k.k4.fast3 + b5 * k.k5.fast3 + b6 * k.k6.fast3 + b7 * k.k7.fast3,
    y.fast4 + b1 * k.k1.fast4 + b2 * k.k2.fast4 + b3 * k.k3.fast4 + b4 * k.k4.fast4 + b5 * k.k5.fast4 + b6 * k.k6.fast4 + b7 * k.k7.fast4,
    y.fast5 + b1 * k.k1.fast5 + b2 * k.k2.fast5 + b3 * k.k3.fast5 + b4 * k.k4.fast5 + b5 * k.k5.fast5 + b6 * k.k6.fast5 + b7 * k.k7.fast5,
    y.fast6 + b1 * k.k1.fast6 + b2 * k.k2.fast6 + b3 * k.k3.fast6 + b4 * k.k4.fast6 + b5 * k.k5.fast6 + b6 * k.k6.fast6 + b7 * k.k7.fast6,
    y.slow + b1 * k.k1.slow + b2 * k.k2.slow + b3 * k.k3.slow + b4 * k.k4.slow + b5 * k.k5.slow + b6 * k.k6.slow + b7 * k.k7.slow,
    y.integral_0 + b1 * k.k1.integral_0 + b2 * k.k2.integral_0 + b3 * k.k3.integral_0 + b4 * k.k4.integral_0 + b5 * k.k5.integral_0 + b6 * k.k6.integral_0 + b7 * k.k7.integral_0,
  );
}

// ---- module occurrences ----

// Generated from the model warfarin: what happens at instants.
#import bits
#import compare
#import math
#import job
#import doses
#import tracks
#import model
#import happenings/rows

const captures: u32 = 6u;
alias Captured = array<f32, 6>;
const most_waiting: u32 = 5u;
/// No happening, no place in the agenda.
const nobody: u32 = 0xffffffffu;
/// Behind the output times in `schedule`: where the tables are told of, and how many there are.
const tables_at: u32 = 19u;
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
  memory.daily = p.first_dose;
  memory.titrated_held_until = 0.0f;
  memory.visit_visits = 0.0f;
  memory.visits_visits = 0.0f;
  memory.genotype_held_until = 0.0f;
  memory.visit_visits_2 = 0.0f;
  memory.visits_visits_2 = 0.0f;
  memory = derived(memory, p);
}

/// Infusions that were begun end.
fn stop_infusions() {
}

/// The initial state; quadratures go on.
fn emptied(y: State, p: Params) -> State {
  var fresh = initial(p);
  fresh.integral_0 = y.integral_0;
  return fresh;
}

fn capture_0(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 1 into gut
  let local_0 = 0.5f * memory.daily;
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_0(c: Captured, t: f32, y: State, p: Params) -> State { // dose 1 into gut
  let new_0 = y.gut + c[0]; // gut
  var after = y;
  after.gut = new_0;
  return after;
}

fn capture_1(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 1 into gut
  let local_0 = 0.5f * memory.daily;
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, ((t * 1.000001f >= memory.titrated_held_until) & (!(local_0 <= 0.0f))));
  return c;
}

fn effect_1(c: Captured, t: f32, y: State, p: Params) -> State { // dose 1 into gut
  let new_0 = y.gut + c[0]; // gut
  var after = y;
  after.gut = new_0;
  return after;
}

fn capture_2(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // visits: visit
  var c: Captured;
  return c;
}

fn effect_2(c: Captured, t: f32, y: State, p: Params) -> State { // visits: visit
  let new_0 = 1.0f; // visit_visits
  var after = y;
  memory.visit_visits = new_0;
  return after;
}

fn capture_3(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // visits: visit
  var c: Captured;
  return c;
}

fn effect_3(c: Captured, t: f32, y: State, p: Params) -> State { // visits: visit
  let new_0 = 1.0f; // visit_visits
  var after = y;
  memory.visit_visits = new_0;
  return after;
}

fn capture_4(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // visits
  let local_0 = p.BASE + p.INRMAX * power(larger(1.0f - y.fast6 * y.slow, 0.0f), p.lambda);
  let local_1 = local_0 + 0.0325f * local_0 * drawn(0u, 1u, n);
  let local_2 = select(select(select(select(select(6.0f, 5.0f, (local_1 < 2.0f)), 4.0f, (local_1 <= 1.5f)), 3.0f, (local_1 > 3.0f)), 2.0f, (local_1 > 4.0f)), 1.0f, (local_1 >= 5.0f));
  let local_3 = larger(memory.daily * 0.9f, 0.5f);
  var c: Captured;
  c[0] = local_2;
  c[1] = local_1;
  c[2] = select(t + 2.0f, t + 1.0f, (local_2 == 2.0f));
  c[3] = select(select(select(select(larger(memory.daily * 0.85f, 0.5f), local_3, (local_2 == 2.0f)), local_3, (local_2 == 3.0f)), smaller(memory.daily * 1.15f, 20.0f), (local_2 == 4.0f)), smaller(memory.daily * 1.1f, 20.0f), (local_2 == 5.0f));
  c[4] = select(0.0f, 1.0f, (memory.visits_visits < 999999.5f));
  c[5] = select(select(select(select(select(14.0f, 7.0f, (local_1 < 2.0f)), 7.0f, (local_1 <= 1.5f)), 7.0f, (local_1 > 3.0f)), 4.0f, (local_1 > 4.0f)), 3.0f, (local_1 >= 5.0f));
  return c;
}

fn effect_4(c: Captured, t: f32, y: State, p: Params) -> State { // visits
  let local_0 = select(0.0f, 1.0f, ((c[0] == 1.0f) | (c[0] == 2.0f)));
  let new_0 = select(memory.titrated_held_until, c[2], (local_0 > 0.0f)); // titrated_held_until
  let new_1 = select(memory.daily, c[3], ((((local_0 > 0.0f) | (c[0] == 3.0f)) | (c[0] == 4.0f)) | (c[0] == 5.0f))); // daily
  let new_2 = 0.0f; // visit_visits
  let new_3 = memory.visits_visits + 1.0f; // visits_visits
  var after = y;
  memory.titrated_held_until = new_0;
  memory.daily = new_1;
  memory.visit_visits = new_2;
  memory.visits_visits = new_3;
  return after;
}

fn capture_5(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // change 1
  var c: Captured;
  c[0] = p.gene_dose;
  return c;
}

fn effect_5(c: Captured, t: f32, y: State, p: Params) -> State { // change 1
  let new_0 = c[0]; // daily
  var after = y;
  memory.daily = new_0;
  return after;
}

fn capture_6(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 1 into gut
  let local_0 = 0.5f * memory.daily;
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, ((t * 1.000001f >= memory.genotype_held_until) & (!(local_0 <= 0.0f))));
  return c;
}

fn effect_6(c: Captured, t: f32, y: State, p: Params) -> State { // dose 1 into gut
  let new_0 = y.gut + c[0]; // gut
  var after = y;
  after.gut = new_0;
  return after;
}

fn capture_7(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // visits: visit
  var c: Captured;
  return c;
}

fn effect_7(c: Captured, t: f32, y: State, p: Params) -> State { // visits: visit
  let new_0 = 1.0f; // visit_visits_2
  var after = y;
  memory.visit_visits_2 = new_0;
  return after;
}

fn capture_8(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // visits: visit
  var c: Captured;
  return c;
}

fn effect_8(c: Captured, t: f32, y: State, p: Params) -> State { // visits: visit
  let new_0 = 1.0f; // visit_visits_2
  var after = y;
  memory.visit_visits_2 = new_0;
  return after;
}

fn capture_9(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // visits
  let local_0 = p.BASE + p.INRMAX * power(larger(1.0f - y.fast6 * y.slow, 0.0f), p.lambda);
  let local_1 = local_0 + 0.0325f * local_0 * drawn(0u, 1u, n);
  let local_2 = select(select(select(select(select(6.0f, 5.0f, (local_1 < 2.0f)), 4.0f, (local_1 <= 1.5f)), 3.0f, (local_1 > 3.0f)), 2.0f, (local_1 > 4.0f)), 1.0f, (local_1 >= 5.0f));
  let local_3 = larger(memory.daily * 0.9f, 0.5f);
  var c: Captured;
  c[0] = local_2;
  c[1] = local_1;
  c[2] = select(t + 2.0f, t + 1.0f, (local_2 == 2.0f));
  c[3] = select(select(select(select(larger(memory.daily * 0.85f, 0.5f), local_3, (local_2 == 2.0f)), local_3, (local_2 == 3.0f)), smaller(memory.daily * 1.15f, 20.0f), (local_2 == 4.0f)), smaller(memory.daily * 1.1f, 20.0f), (local_2 == 5.0f));
  c[4] = select(0.0f, 1.0f, (memory.visits_visits_2 < 999999.5f));
  c[5] = select(select(select(select(select(14.0f, 7.0f, (local_1 < 2.0f)), 7.0f, (local_1 <= 1.5f)), 7.0f, (local_1 > 3.0f)), 4.0f, (local_1 > 4.0f)), 3.0f, (local_1 >= 5.0f));
  return c;
}

fn effect_9(c: Captured, t: f32, y: State, p: Params) -> State { // visits
  let local_0 = select(0.0f, 1.0f, ((c[0] == 1.0f) | (c[0] == 2.0f)));
  let new_0 = select(memory.genotype_held_until, c[2], (local_0 > 0.0f)); // genotype_held_until
  let new_1 = select(memory.daily, c[3], ((((local_0 > 0.0f) | (c[0] == 3.0f)) | (c[0] == 4.0f)) | (c[0] == 5.0f))); // daily
  let new_2 = 0.0f; // visit_visits_2
  let new_3 = memory.visits_visits_2 + 1.0f; // visits_visits_2
  var after = y;
  memory.genotype_held_until = new_0;
  memory.daily = new_1;
  memory.visit_visits_2 = new_2;
  memory.visits_visits_2 = new_3;
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
    case 7u: { captured = capture_7(n, row, t, y, p); }
    case 8u: { captured = capture_8(n, row, t, y, p); }
    case 9u: { captured = capture_9(n, row, t, y, p); }
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
    case 7u: { y = effect_7(c, t, y, p); }
    case 8u: { y = effect_8(c, t, y, p); }
    case 9u: { y = effect_9(c, t, y, p); }
    default: {}
  }
  return y;
}

/// Whether there is an occurrence at all.
fn admitted(what: u32, c: Captured) -> bool {
  var yes = true;
  switch what {
    case 0u: { yes = c[2] > 0.0f; }
    case 1u: { yes = c[2] > 0.0f; }
    case 4u: { yes = c[4] > 0.0f; }
    case 6u: { yes = c[2] > 0.0f; }
    case 9u: { yes = c[4] > 0.0f; }
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
  switch what {
    case 4u: { own = 1e30f; }
    case 9u: { own = 1e30f; }
    default: {}
  }
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
    case 4u: { next = 3u; }
    case 9u: { next = 8u; }
    default: {}
  }
  return next;
}

fn passed(what: u32, c: Captured) -> Captured {
  var handed: Captured;
  switch what {
    case 4u: {  }
    case 9u: {  }
    default: {}
  }
  return handed;
}

fn follow_delay(what: u32, c: Captured) -> f32 {
  var delay = 0.0f;
  switch what {
    case 4u: { delay = c[5]; }
    case 9u: { delay = c[5]; }
    default: {}
  }
  return delay;
}

/// Where the guard of what follows is among the values it is given.
fn follower_admitted(what: u32, handed: Captured) -> bool {
  var yes = true;
  return yes;
}

const condition_count: u32 = 2u;
const initially_true: u32 = 0u;
const persistent: u32 = 3u;

fn heard_conditions() -> u32 {
  var heard = 0u;
  heard |= select(0u, 1u, own_therapy == 1); // visits
  heard |= select(0u, 2u, own_therapy == 2); // visits
  return heard;
}

fn condition_happening(what: u32) -> u32 {
  var happening = nobody;
  switch what {
    case 0u: { happening = 4u; }
    case 1u: { happening = 9u; }
    default: {}
  }
  return happening;
}

fn condition_of(what: u32) -> u32 {
  var j = 0u;
  switch what {
    case 0u: { j = 5u; }
    case 1u: { j = 6u; }
    default: {}
  }
  return j;
}

/// Conditions whose truth may change in a step: at its end, or there and back.
fn stirred(w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, truth: u32) -> u32 {
  var bits = 0u;
  bits |= select(0u, 1u, ((w1.w5 > 0.0f) != ((truth & 1u) != 0u)) | may_cross(w0.w5, r0.w5, w1.w5, r1.w5, h));
  bits |= select(0u, 2u, ((w1.w6 > 0.0f) != ((truth & 2u) != 0u)) | may_cross(w0.w6, r0.w6, w1.w6, r1.w6, h));
  return bits;
}

var<private> clocks: array<Dose, 6>;
/// The next row of each clause that reads a table.
var<private> cursors: array<u32, 6>;

/// False where a number of a clock is not finite.
fn begin_clauses(p: Params) -> bool {
  var sound = true;
  let start_0 = 0.0f; // dose 1 into gut
  let interval_0 = 1.0f;
  clocks[0] = dose((own_therapy == 0), 0.0f, to_ticks(start_0), to_ticks(interval_0), 1000000.0f, 0, 0.0f,
    is_finite(start_0) & is_finite(interval_0));
  sound = sound & clocks[0].sound;
  let start_1 = 0.0f; // dose 1 into gut
  let interval_1 = 1.0f;
  clocks[1] = dose((own_therapy == 1), 0.0f, to_ticks(start_1), to_ticks(interval_1), 1000000.0f, 0, 0.0f,
    is_finite(start_1) & is_finite(interval_1));
  sound = sound & clocks[1].sound;
  let start_2 = 4.0f; // visits: visit
  let interval_2 = 0.0f;
  clocks[2] = dose((own_therapy == 1), 0.0f, to_ticks(start_2), to_ticks(interval_2), 1.0f, 0, 0.0f,
    is_finite(start_2) & is_finite(interval_2));
  sound = sound & clocks[2].sound;
  let start_3 = 0.0f; // change 1
  let interval_3 = 0.0f;
  clocks[3] = dose((own_therapy == 2), 0.0f, to_ticks(start_3), to_ticks(interval_3), 1.0f, 0, 0.0f,
    is_finite(start_3) & is_finite(interval_3));
  sound = sound & clocks[3].sound;
  let start_4 = 0.0f; // dose 1 into gut
  let interval_4 = 1.0f;
  clocks[4] = dose((own_therapy == 2), 0.0f, to_ticks(start_4), to_ticks(interval_4), 1000000.0f, 0, 0.0f,
    is_finite(start_4) & is_finite(interval_4));
  sound = sound & clocks[4].sound;
  let start_5 = 4.0f; // visits: visit
  let interval_5 = 0.0f;
  clocks[5] = dose((own_therapy == 2), 0.0f, to_ticks(start_5), to_ticks(interval_5), 1.0f, 0, 0.0f,
    is_finite(start_5) & is_finite(interval_5));
  sound = sound & clocks[5].sound;
  return sound;
}

/// Happenings written before a clause, by number.
fn turn_of(clause: u32) -> u32 {
  switch clause {
    case 0u: { return 0u; }
    case 1u: { return 1u; }
    case 2u: { return 2u; }
    case 3u: { return 5u; }
    case 4u: { return 6u; }
    case 5u: { return 7u; }
    default: { return 10u; }
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
    case 0u: { found = select(found, 0u, (0u >= member) & ((own_therapy == 0) & (clocks[0].start >= reset_at))); }
    case 1u: { found = select(found, 1u, (1u >= member) & ((own_therapy == 1) & (clocks[1].start >= reset_at))); }
    case 2u: { found = select(found, 2u, (2u >= member) & (own_therapy == 1)); }
    case 3u: { found = select(found, 5u, (5u >= member) & (own_therapy == 2)); }
    case 4u: { found = select(found, 6u, (6u >= member) & ((own_therapy == 2) & (clocks[4].start >= reset_at))); }
    case 5u: { found = select(found, 7u, (7u >= member) & (own_therapy == 2)); }
    default: {}
  }
  return found;
}

fn next_of_clauses(now: u32) -> u32 {
  var next = never;
  next = select(next, min(next, upcoming(clocks[0], clocks[0].start, now)), ((own_therapy == 0) & (clocks[0].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[1], clocks[1].start, now)), ((own_therapy == 1) & (clocks[1].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[2], clocks[2].start, now)), (own_therapy == 1));
  next = select(next, min(next, upcoming(clocks[3], clocks[3].start, now)), (own_therapy == 2));
  next = select(next, min(next, upcoming(clocks[4], clocks[4].start, now)), ((own_therapy == 2) & (clocks[4].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[5], clocks[5].start, now)), (own_therapy == 2));
  return next;
}

