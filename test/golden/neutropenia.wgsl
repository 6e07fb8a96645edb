// Generated from the model neutropenia.
#import bits
#import math
#import job
#import doses
#import windows
#import tracks

struct State {
  central: f32, // [mg]
  peripheral: f32, // [mg]
  circ: f32, // [10*9/L]
  dividing: f32, // [10*9/L]
  ripe1: f32, // [10*9/L]
  ripe2: f32, // [10*9/L]
  ripe3: f32, // [10*9/L]
  integral_0: f32, // [mg/m2/wk accumulated]
}

struct Params {
  feedback: f32, // [1]
  per_m2: f32, // [mg/m2]
  low_m2: f32, // [mg/m2]
  least_m2: f32, // [mg/m2]
  infusion: f32, // [h]
  BSA: f32, // [m2]
  QI: f32, // [L/h]
  baseline: f32, // [10*9/L]
  slope: f32, // [L/umol]
  ktr: f32, // [1/h]
  k0: f32, // [= CL / TVV1]
  k1: f32, // [= 1 / TVV1]
  k2: f32, // [= 1 / V2]
  k3: f32, // [= 1 / MW]
}

struct Inputs {
  rate_central: f32,
  gate_2: f32,
  level: f32,
  cycles: f32,
  fell: f32,
  infused_central: f32,
  infusions_central: f32,
  gives_next: f32,
  amount_next_1: f32,
  duration_next_1: f32,
  amount_next_2: f32,
  duration_next_2: f32,
  visit_next: f32,
  visits_next: f32,
}

struct Watched {
  w0: f32, // [min]
  w1: f32, // [share of time]
  w2: f32, // [condition]
  w3: f32, // [condition]
}

struct Windows {
  w0: bool,
  w1: bool,
  w2: bool,
  w3: bool,
}

struct Kept {
  a0: Track, // [min of w0]
  a1: Track, // [min of w0]
  a2: Track, // [time of min of w0]
  a3: Track, // [share of time of w1]
  a4: Track, // [at of w0]
  a5: Track, // [integral]
}

struct Doses {
  s0: Dose, // into central
}

struct Outputs {
  ANC: f32, // [10*9/L]
  conc: f32, // [mg/L]
  dose: f32, // [mg/m2]
}

/// Bit j: watched quantity j is a condition.
const conditions: u32 = 2u;
const watches: bool = true;
/// Inputs of the moment.
var<private> memory: Inputs;

fn patient(arm: u32, who: u32) -> Params {
  let study_TVCL = arm_value(arm, 1u); // [L/h/m2]
  let study_TVV1 = arm_value(arm, 2u); // [L]
  let study_Q = arm_value(arm, 3u); // [L/h]
  let study_TVV2 = arm_value(arm, 4u); // [L]
  let study_MW = arm_value(arm, 5u); // [g/mol]
  let study_TVBASE = arm_value(arm, 6u); // [10*9/L]
  let study_TVMTT = arm_value(arm, 7u); // [h]
  let study_TVSLOPE = arm_value(arm, 8u); // [L/umol]
  let study_feedback = arm_value(arm, 9u); // [1]
  let study_b_female = arm_value(arm, 10u); // [1]
  let study_b_ecog = arm_value(arm, 11u); // [1]
  let study_b_prior = arm_value(arm, 12u); // [1]
  let study_b_low = arm_value(arm, 13u); // [L/g]
  let study_b_high = arm_value(arm, 14u); // [L/g]
  let study_s_aag = arm_value(arm, 15u); // [L/g]
  let study_per_m2 = arm_value(arm, 16u); // [mg/m2]
  let study_low_m2 = arm_value(arm, 17u); // [mg/m2]
  let study_least_m2 = arm_value(arm, 18u); // [mg/m2]
  let study_infusion = arm_value(arm, 19u); // [h]
  let column_BSA = column(0u, who); // [m2]
  let column_FEMALE = column(1u, who); // [1]
  let column_ECOG = column(2u, who); // [1]
  let column_PRIOR = column(3u, who); // [1]
  let column_AAG = column(4u, who); // [g/L]
  let column_eta_cl = column(5u, who); // [1]
  let column_eta_q = column(6u, who); // [1]
  let column_eta_v2 = column(7u, who); // [1]
  let column_eta_base = column(8u, who); // [1]
  let column_eta_mtt = column(9u, who); // [1]
  let column_eta_slope = column(10u, who); // [1]
  let local_0 = column_AAG - 1.34f;
  return Params(
    study_feedback, // feedback
    study_per_m2, // per_m2
    study_low_m2, // low_m2
    study_least_m2, // least_m2
    study_infusion, // infusion
    column_BSA, // BSA
    study_Q * exp(column_eta_q), // QI
    study_TVBASE * exp(column_eta_base) * (1.0f - select(0.0f, study_b_female, (column_FEMALE > 0.5f))) * (1.0f + select(0.0f, study_b_ecog, (column_ECOG > 0.5f))) * (1.0f - select(0.0f, study_b_prior, (column_PRIOR > 0.5f))) * (1.0f + select(study_b_high, study_b_low, (column_AAG <= 1.34f)) * local_0), // baseline
    study_TVSLOPE * exp(column_eta_slope) * larger(1.0f - study_s_aag * local_0, 0.05f), // slope
    4.0f / (study_TVMTT * exp(column_eta_mtt)), // ktr
    study_TVCL * column_BSA * exp(column_eta_cl) / study_TVV1, // k0
    1.0f / study_TVV1, // k1
    1.0f / (study_TVV2 * exp(column_eta_v2)), // k2
    1.0f / study_MW, // k3
  );
}

fn tolerances() -> State {
  return State(
    schedule_value(8u), // central
    schedule_value(9u), // peripheral
    schedule_value(10u), // circ
    schedule_value(11u), // dividing
    schedule_value(12u), // ripe1
    schedule_value(13u), // ripe2
    schedule_value(14u), // ripe3
    schedule_value(15u), // integral_0
  );
}

fn initial(p: Params) -> State {
  return State(
    0.0f, // central
    0.0f, // peripheral
    p.baseline, // circ
    p.baseline, // dividing
    p.baseline, // ripe1
    p.baseline, // ripe2
    p.baseline, // ripe3
    0.0f, // integral_0
  );
}

fn rhs(t: f32, y: State, p: Params, u: Inputs) -> State {
  let local_0 = p.k0 * y.central;
  let local_1 = p.QI * (y.central * p.k1 - y.peripheral * p.k2) * 24.0f;
  return State(
    (-local_1) - local_0 * 24.0f + u.rate_central + u.infused_central, // central
    local_1, // peripheral
    p.ktr * (y.ripe3 - y.circ) * 24.0f, // circ
    p.ktr * y.dividing * ((1.0f - p.slope * y.central * p.k1 * p.k3 * 1000.0f) * power(p.baseline / y.circ, p.feedback) - 1.0f) * 24.0f, // dividing
    p.ktr * (y.dividing - y.ripe1) * 24.0f, // ripe1
    p.ktr * (y.ripe1 - y.ripe2) * 24.0f, // ripe2
    p.ktr * (y.ripe2 - y.ripe3) * 24.0f, // ripe3
    local_0 * u.gate_2, // integral_0
  );
}

fn observe(t: f32, y: State, p: Params) -> Outputs {
  return Outputs(
    y.circ, // ANC
    y.central * p.k1, // conc
    memory.level, // dose
  );
}

/// `first` is where the first output goes, `next` how far on the next one does.
fn record(first: u32, next: u32, outputs: Outputs) {
  store(first + 0u * next, outputs.ANC);
  store(first + 1u * next, outputs.conc);
  store(first + 2u * next, outputs.dose);
}

fn watch(t: f32, y: State, p: Params) -> Watched {
  return Watched(
    y.circ, // w0
    0.5f - y.circ, // w1
    memory.gives_next - 0.5f, // w2
    memory.visit_next - 0.5f, // w3
  );
}

fn watch_rate(t: f32, y: State, f: State, p: Params) -> Watched {
  return Watched(
    f.circ, // w0
    -f.circ, // w1
    0.0f, // w2
    0.0f, // w3
  );
}

fn watched_value(w: Watched, j: u32) -> f32 {
  var value = 0.0f;
  value = select(value, w.w0, j == 0u);
  value = select(value, w.w1, j == 1u);
  value = select(value, w.w2, j == 2u);
  value = select(value, w.w3, j == 3u);
  return value;
}

fn doses(arm: u32, p: Params) -> Doses {
  let therapy = arm_therapy(arm);
  var d: Doses;
  d.s0 = dose(therapy == 0, p.per_m2 * p.BSA, arm_ticks(arm, 20u), arm_ticks(arm, 21u), 6.0f, arm_ticks(arm, 22u), p.infusion * 0.041666668f, // full into central
    arm_sound(arm, 20u) & arm_sound(arm, 21u) & arm_sound(arm, 22u));
  return d;
}

fn doses_sound(d: Doses) -> bool {
  return d.s0.sound;
}

fn give(y: State, d: Doses, now: u32) -> State {
  var given = y;
  given.central += bolus(d.s0, now);
  return given;
}

fn inputs(d: Doses, now: u32) -> Inputs {
  var u = memory;
  u.rate_central = infusion(d.s0, now);
  u.gate_2 = select(0.0f, 1.0f, is_open(2u, now));
  return u;
}

fn next_event(d: Doses, now: u32) -> u32 {
  var next = never;
  next = min(next, next_of(d.s0, now));
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
  return w.w0 | w.w1 | w.w2 | w.w3;
}

fn turning(k: Kept, w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, open: Windows) -> u32 {
  var inside = 0u;
  inside |= select(0u, 1u, open.w0 & may_fall(k.a0, w0.w0, r0.w0, w1.w0, r1.w0, h));
  inside |= select(0u, 1u, open.w1 & may_fall(k.a1, w0.w0, r0.w0, w1.w0, r1.w0, h));
  inside |= select(0u, 1u, open.w1 & may_fall(k.a2, w0.w0, r0.w0, w1.w0, r1.w0, h));
  inside |= select(0u, 2u, open.w2 & may_cross(w0.w1, r0.w1, w1.w1, r1.w1, h));
  return inside;
}

fn see(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = lowest(k.a0, on.w0, w.w0, t);
  k.a1 = lowest(k.a1, on.w1, w.w0, t);
  k.a2 = lowest(k.a2, on.w1, w.w0, t);
  k.a3 = add_time(k.a3, on.w2, 0.0f);
  return k;
}

fn take(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a4 = capture(k.a4, on.w3, w.w0, t);
  return k;
}

fn see_inside(kept: Kept, j: u32, found: Located, t: f32, h: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = lowest(k.a0, on.w0 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  k.a1 = lowest(k.a1, on.w1 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  k.a2 = lowest(k.a2, on.w1 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  k.a3 = add_time(k.a3, on.w2 & (j == 1u), found.share * h);
  return k;
}

fn see_step(kept: Kept, w1: Watched, t1: f32, h: f32, inside: u32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = lowest(k.a0, on.w0, w1.w0, t1);
  k.a1 = lowest(k.a1, on.w1, w1.w0, t1);
  k.a2 = lowest(k.a2, on.w1, w1.w0, t1);
  k.a3 = add_time(k.a3, on.w2 & ((inside & 2u) == 0u) & (w1.w1 > 0.0f), h);
  return k;
}

/// Missing in, missing out.
fn conclude(k: Kept, y: State, p: Params, arm: u32, row: u32) {
  let a0_missing = !k.a0.seen | never_closed(0u);
  let a1_missing = !k.a1.seen | never_closed(1u);
  let a2_missing = !k.a2.seen | never_closed(1u);
  let a3_missing = !k.a3.seen | never_closed(2u);
  let a4_missing = !k.a4.seen | false;
  let a5_missing = never_closed(2u);
  store_unless(place(3u * job.times + 0u, arm, row), a0_missing, k.a0.value); // nadir [10*9/L]
  store_unless(place(3u * job.times + 1u, arm, row), a0_missing, select(0.0f, 1.0f, (k.a0.value < 0.5f))); // grade4 [1]
  store_unless(place(3u * job.times + 2u, arm, row), a1_missing, k.a1.value); // first_nadir [10*9/L]
  store_unless(place(3u * job.times + 3u, arm, row), a2_missing, k.a2.time); // nadir_day [d]
  store_unless(place(3u * job.times + 4u, arm, row), a1_missing, select(0.0f, 1.0f, (k.a1.value < 0.5f))); // grade4_first [1]
  store_unless(place(3u * job.times + 5u, arm, row), a3_missing, smaller(k.a3.value / 126.0f, 1.0f) * 126.0f); // days_low [d]
  store_unless(place(3u * job.times + 6u, arm, row), a4_missing, select(0.0f, 1.0f, (k.a4.value >= 1.5f))); // recovered [1]
  store_unless(place(3u * job.times + 7u, arm, row), a5_missing, y.integral_0 / p.BSA / 18.0f * 24.0f); // intensity [mg/m2/wk]
}

/// What is not finite stays so in a sum.
fn finite(y: State) -> bool {
  return is_finite(y.central + y.peripheral + y.circ + y.dividing + y.ripe1 + y.ripe2 + y.ripe3 + y.integral_0);
}

/// Mean squares of state and derivative, in units of the tolerance.
fn sizes(y: State, f: State, tolerance: State, rtol: f32) -> vec2<f32> {
  var sum = vec2<f32>(0.0f, 0.0f);
  sum += square_both(vec2<f32>(y.central, f.central) / (tolerance.central + rtol * abs(y.central)));
  sum += square_both(vec2<f32>(y.peripheral, f.peripheral) / (tolerance.peripheral + rtol * abs(y.peripheral)));
  sum += square_both(vec2<f32>(y.circ, f.circ) / (tolerance.circ + rtol * abs(y.circ)));
  sum += square_both(vec2<f32>(y.dividing, f.dividing) / (tolerance.dividing + rtol * abs(y.dividing)));
  sum += square_both(vec2<f32>(y.ripe1, f.ripe1) / (tolerance.ripe1 + rtol * abs(y.ripe1)));
  sum += square_both(vec2<f32>(y.ripe2, f.ripe2) / (tolerance.ripe2 + rtol * abs(y.ripe2)));
  sum += square_both(vec2<f32>(y.ripe3, f.ripe3) / (tolerance.ripe3 + rtol * abs(y.ripe3)));
  sum += square_both(vec2<f32>(y.integral_0, f.integral_0) / (tolerance.integral_0 + rtol * abs(y.integral_0)));
  return 0.125f * sum;
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
    y.circ + h2_1 * k.k1.circ,
    y.dividing + h2_1 * k.k1.dividing,
    y.ripe1 + h2_1 * k.k1.ripe1,
    y.ripe2 + h2_1 * k.k1.ripe2,
    y.ripe3 + h2_1 * k.k1.ripe3,
    y.integral_0 + h2_1 * k.k1.integral_0,
  );
  k.k2 = rhs(t + 0.161f * h, y2, p, u);
  let h3_1 = -0.008480655f * h;
  let h3_2 = 0.33548066f * h;
  let y3 = State(
    y.central + h3_1 * k.k1.central + h3_2 * k.k2.central,
    y.peripheral + h3_1 * k.k1.peripheral + h3_2 * k.k2.peripheral,
    y.circ + h3_1 * k.k1.circ + h3_2 * k.k2.circ,
    y.dividing + h3_1 * k.k1.dividing + h3_2 * k.k2.dividing,
    y.ripe1 + h3_1 * k.k1.ripe1 + h3_2 * k.k2.ripe1,
    y.ripe2 + h3_1 * k.k1.ripe2 + h3_2 * k.k2.ripe2,
    y.ripe3 + h3_1 * k.k1.ripe3 + h3_2 * k.k2.ripe3,
    y.integral_0 + h3_1 * k.k1.integral_0 + h3_2 * k.k2.integral_0,
  );
  k.k3 = rhs(t + 0.327f * h, y3, p, u);
  let h4_1 = 2.8971531f * h;
  let h4_2 = -6.3594484f * h;
  let h4_3 = 4.3622956f * h;
  let y4 = State(
    y.central + h4_1 * k.k1.central + h4_2 * k.k2.central + h4_3 * k.k3.central,
    y.peripheral + h4_1 * k.k1.peripheral + h4_2 * k.k2.peripheral + h4_3 * k.k3.peripheral,
    y.circ + h4_1 * k.k1.circ + h4_2 * k.k2.circ + h4_3 * k.k3.circ,
    y.dividing + h4_1 * k.k1.dividing + h4_2 * k.k2.dividing + h4_3 * k.k3.dividing,
    y.ripe1 + h4_1 * k.k1.ripe1 + h4_2 * k.k2.ripe1 + h4_3 * k.k3.ripe1,
    y.ripe2 + h4_1 * k.k1.ripe2 + h4_2 * k.k2.ripe2 + h4_3 * k.k3.ripe2,
    y.ripe3 + h4_1 * k.k1.ripe3 + h4_2 * k.k2.ripe3 + h4_3 * k.k3.ripe3,
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
    y.circ + h5_1 * k.k1.circ + h5_2 * k.k2.circ + h5_3 * k.k3.circ + h5_4 * k.k4.circ,
    y.dividing + h5_1 * k.k1.dividing + h5_2 * k.k2.dividing + h5_3 * k.k3.dividing + h5_4 * k.k4.dividing,
    y.ripe1 + h5_1 * k.k1.ripe1 + h5_2 * k.k2.ripe1 + h5_3 * k.k3.ripe1 + h5_4 * k.k4.ripe1,
    y.ripe2 + h5_1 * k.k1.ripe2 + h5_2 * k.k2.ripe2 + h5_3 * k.k3.ripe2 + h5_4 * k.k4.ripe2,
    y.ripe3 + h5_1 * k.k1.ripe3 + h5_2 * k.k2.ripe3 + h5_3 * k.k3.ripe3 + h5_4 * k.k4.ripe3,
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
    y.circ + h6_1 * k.k1.circ + h6_2 * k.k2.circ + h6_3 * k.k3.circ + h6_4 * k.k4.circ + h6_5 * k.k5.circ,
    y.dividing + h6_1 * k.k1.dividing + h6_2 * k.k2.dividing + h6_3 * k.k3.dividing + h6_4 * k.k4.dividing + h6_5 * k.k5.dividing,
    y.ripe1 + h6_1 * k.k1.ripe1 + h6_2 * k.k2.ripe1 + h6_3 * k.k3.ripe1 + h6_4 * k.k4.ripe1 + h6_5 * k.k5.ripe1,
    y.ripe2 + h6_1 * k.k1.ripe2 + h6_2 * k.k2.ripe2 + h6_3 * k.k3.ripe2 + h6_4 * k.k4.ripe2 + h6_5 * k.k5.ripe2,
    y.ripe3 + h6_1 * k.k1.ripe3 + h6_2 * k.k2.ripe3 + h6_3 * k.k3.ripe3 + h6_4 * k.k4.ripe3 + h6_5 * k.k5.ripe3,
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
    y.circ + h7_1 * k.k1.circ + h7_2 * k.k2.circ + h7_3 * k.k3.circ + h7_4 * k.k4.circ + h7_5 * k.k5.circ + h7_6 * k.k6.circ,
    y.dividing + h7_1 * k.k1.dividing + h7_2 * k.k2.dividing + h7_3 * k.k3.dividing + h7_4 * k.k4.dividing + h7_5 * k.k5.dividing + h7_6 * k.k6.dividing,
    y.ripe1 + h7_1 * k.k1.ripe1 + h7_2 * k.k2.ripe1 + h7_3 * k.k3.ripe1 + h7_4 * k.k4.ripe1 + h7_5 * k.k5.ripe1 + h7_6 * k.k6.ripe1,
    y.ripe2 + h7_1 * k.k1.ripe2 + h7_2 * k.k2.ripe2 + h7_3 * k.k3.ripe2 + h7_4 * k.k4.ripe2 + h7_5 * k.k5.ripe2 + h7_6 * k.k6.ripe2,
    y.ripe3 + h7_1 * k.k1.ripe3 + h7_2 * k.k2.ripe3 + h7_3 * k.k3.ripe3 + h7_4 * k.k4.ripe3 + h7_5 * k.k5.ripe3 + h7_6 * k.k6.ripe3,
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
  sum += square((e_1 * k.k1.circ + e_2 * k.k2.circ + e_3 * k.k3.circ + e_4 * k.k4.circ + e_5 * k.k5.circ + e_6 * k.k6.circ + e_7 * k.k7.circ) / (tolerance.circ + rtol * most(abs(y.circ), abs(y1.circ))));
  sum += square((e_1 * k.k1.dividing + e_2 * k.k2.dividing + e_3 * k.k3.dividing + e_4 * k.k4.dividing + e_5 * k.k5.dividing + e_6 * k.k6.dividing + e_7 * k.k7.dividing) / (tolerance.dividing + rtol * most(abs(y.dividing), abs(y1.dividing))));
  sum += square((e_1 * k.k1.ripe1 + e_2 * k.k2.ripe1 + e_3 * k.k3.ripe1 + e_4 * k.k4.ripe1 + e_5 * k.k5.ripe1 + e_6 * k.k6.ripe1 + e_7 * k.k7.ripe1) / (tolerance.ripe1 + rtol * most(abs(y.ripe1), abs(y1.ripe1))));
  sum += square((e_1 * k.k1.ripe2 + e_2 * k.k2.ripe2 + e_3 * k.k3.ripe2 + e_4 * k.k4.ripe2 + e_5 * k.k5.ripe2 + e_6 * k.k6.ripe2 + e_7 * k.k7.ripe2) / (tolerance.ripe2 + rtol * most(abs(y.ripe2), abs(y1.ripe2))));
  sum += square((e_1 * k.k1.ripe3 + e_2 * k.k2.ripe3 + e_3 * k.k3.ripe3 + e_4 * k.k4.ripe3 + e_5 * k.k5.ripe3 + e_6 * k.k6.ripe3 + e_7 * k.k7.ripe3) / (tolerance.ripe3 + rtol * most(abs(y.ripe3), abs(y1.ripe3))));
  sum += square((e_1 * k.k1.integral_0 + e_2 * k.k2.integral_0 + e_3 * k.k3.integral_0 + e_4 * k.k4.integral_0 + e_5 * k.k5.integral_0 + e_6 * k.k6.integral_0 + e_7 * k.k7.integral_0) / (tolerance.integral_0 + rtol * most(abs(y.integral_0), abs(y1.integral_0))));
  let error = 0.125f * sum;
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
    y.circ + b1 * k.k1.circ + b2 * k.k2.circ + b3 * k.k3.circ + b4 * k.k4.circ + b5 * k.k5.circ + b6 * k.k6.circ + b7 * k.k7.circ,
    y.dividing + b1 * k.k1.dividing + b2 * k.k2.dividing + b3 * k.k3.dividing + b4 * k.k4.dividing + b5 * k.k5.dividing + b6 * k.k6.dividing + b7 * k.k7.dividing,
    y.ripe1 + b1 * k.k1.ripe1 + b2 * k.k2.ripe1 + b3 * k.k3.ripe1 + b4 * k.k4.ripe1 + b5 * k.k5.ripe1 + b6 * k.k6.ripe1 + b7 * k.k7.ripe1,
    y.ripe2 + b1 * k.k1.ripe2 + b2 * k.k2.ripe2 + b3 * k.k3.ripe2 + b4 * k.k4.ripe2 + b5 * k.k5.ripe2 + b6 * k.k6.ripe2 + b7 * k.k7.ripe2,
    y.ripe3 + b1 * k.k1.ripe3 + b2 * k.k2.ripe3 + b3 * k.k3.ripe3 + b4 * k.k4.ripe3 + b5 * k.k5.ripe3 + b6 * k.k6.ripe3 + b7 * k.k7.ripe3,
    y.integral_0 + b1 * k.k1.integral_0 + b2 * k.k2.integral_0 + b3 * k.k3.integral_0 + b4 * k.k4.integral_0 + b5 * k.k5.integral_0 + b6 * k.k6.integral_0 + b7 * k.k7.integral_0,
  );
}

// ---- module occurrences ----

// Generated from the model neutropenia: what happens at instants.
#import bits
#import compare
#import math
#import job
#import doses
#import tracks
#import model
#import happenings/rows

const captures: u32 = 12u;
alias Captured = array<f32, 12>;
const most_waiting: u32 = 20u;
/// No happening, no place in the agenda.
const nobody: u32 = 0xffffffffu;
/// Behind the output times in `schedule`: where the tables are told of, and how many there are.
const tables_at: u32 = 16u;
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
  memory.level = p.per_m2;
  memory.cycles = 0.0f;
  memory.fell = 0.0f;
  memory.infused_central = 0.0f;
  memory.infusions_central = 0.0f;
  memory.gives_next = 0.0f;
  memory.amount_next_1 = 0.0f;
  memory.duration_next_1 = 0.0f;
  memory.amount_next_2 = 0.0f;
  memory.duration_next_2 = 0.0f;
  memory.visit_next = 0.0f;
  memory.visits_next = 0.0f;
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
  return fresh;
}

fn capture_0(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // change 1
  var c: Captured;
  c[0] = p.low_m2;
  return c;
}

fn effect_0(c: Captured, t: f32, y: State, p: Params) -> State { // change 1
  let new_0 = c[0]; // level
  var after = y;
  memory.level = new_0;
  return after;
}

fn capture_1(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // end of an infusion into central
  var c: Captured;
  c[0] = 0.0f;
  return c;
}

fn effect_1(c: Captured, t: f32, y: State, p: Params) -> State { // end of an infusion into central
  let local_0 = memory.infusions_central - 1.0f;
  let new_0 = select(0.0f, memory.infused_central - c[0], (local_0 > 0.5f)); // infused_central
  let new_1 = larger(local_0, 0.0f); // infusions_central
  var after = y;
  memory.infused_central = new_0;
  memory.infusions_central = new_1;
  return after;
}

fn capture_2(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 1 into central
  let local_0 = memory.level * p.BSA;
  let local_1 = p.infusion * 0.041666668f;
  var c: Captured;
  c[0] = local_0;
  c[1] = local_1;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  c[3] = select(local_0, 0.0f, (local_1 > 0.0f));
  c[4] = select(0.0f, local_0 / local_1, (local_1 > 0.0f));
  return c;
}

fn effect_2(c: Captured, t: f32, y: State, p: Params) -> State { // dose 1 into central
  let new_0 = y.central + c[3]; // central
  let new_1 = memory.infused_central + c[4]; // infused_central
  let new_2 = memory.infusions_central + select(0.0f, 1.0f, (c[4] > 0.0f)); // infusions_central
  var after = y;
  after.central = new_0;
  memory.infused_central = new_1;
  memory.infusions_central = new_2;
  return after;
}

fn capture_3(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // counts
  let local_0 = y.circ * exp(0.424093f * drawn(0u, 1u, n));
  var c: Captured;
  c[0] = select(0.0f, 1.0f, (local_0 < 0.5f));
  c[1] = local_0;
  c[2] = memory.fell + 1.0f;
  return c;
}

fn effect_3(c: Captured, t: f32, y: State, p: Params) -> State { // counts
  let new_0 = select(memory.fell, c[2], (c[0] == 1.0f)); // fell
  var after = y;
  memory.fell = new_0;
  return after;
}

fn capture_4(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // next: dose 1
  var c: Captured;
  c[0] = memory.amount_next_1;
  c[1] = memory.duration_next_1;
  c[2] = select(0.0f, 1.0f, (!(memory.amount_next_1 <= 0.0f)));
  c[3] = select(memory.amount_next_1, 0.0f, (memory.duration_next_1 > 0.0f));
  c[4] = select(0.0f, memory.amount_next_1 / memory.duration_next_1, (memory.duration_next_1 > 0.0f));
  return c;
}

fn effect_4(c: Captured, t: f32, y: State, p: Params) -> State { // next: dose 1
  let new_0 = y.central + c[3]; // central
  let new_1 = memory.infused_central + c[4]; // infused_central
  let new_2 = memory.infusions_central + select(0.0f, 1.0f, (c[4] > 0.0f)); // infusions_central
  var after = y;
  after.central = new_0;
  memory.infused_central = new_1;
  memory.infusions_central = new_2;
  return after;
}

fn capture_5(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // next: dose 2
  var c: Captured;
  c[0] = memory.amount_next_2;
  c[1] = memory.duration_next_2;
  c[2] = select(0.0f, 1.0f, (!(memory.amount_next_2 <= 0.0f)));
  c[3] = select(memory.amount_next_2, 0.0f, (memory.duration_next_2 > 0.0f));
  c[4] = select(0.0f, memory.amount_next_2 / memory.duration_next_2, (memory.duration_next_2 > 0.0f));
  return c;
}

fn effect_5(c: Captured, t: f32, y: State, p: Params) -> State { // next: dose 2
  let new_0 = y.central + c[3]; // central
  let new_1 = memory.infused_central + c[4]; // infused_central
  let new_2 = memory.infusions_central + select(0.0f, 1.0f, (c[4] > 0.0f)); // infusions_central
  var after = y;
  after.central = new_0;
  memory.infused_central = new_1;
  memory.infusions_central = new_2;
  return after;
}

fn capture_6(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // next: doses given
  var c: Captured;
  return c;
}

fn effect_6(c: Captured, t: f32, y: State, p: Params) -> State { // next: doses given
  let new_0 = 0.0f; // gives_next
  var after = y;
  memory.gives_next = new_0;
  return after;
}

fn capture_7(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // next: visit
  var c: Captured;
  return c;
}

fn effect_7(c: Captured, t: f32, y: State, p: Params) -> State { // next: visit
  let new_0 = 1.0f; // visit_next
  var after = y;
  memory.visit_next = new_0;
  return after;
}

fn capture_8(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // next: visit
  var c: Captured;
  return c;
}

fn effect_8(c: Captured, t: f32, y: State, p: Params) -> State { // next: visit
  let new_0 = 1.0f; // visit_next
  var after = y;
  memory.visit_next = new_0;
  return after;
}

fn capture_9(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // next
  let local_0 = y.circ * exp(0.424093f * drawn(0u, 2u, n));
  let local_1 = select(select(select(4.0f, 3.0f, (memory.fell > 0.0f)), 2.0f, (local_0 < 1.5f)), 1.0f, (memory.cycles >= 6.0f));
  let local_2 = select(p.least_m2, p.low_m2, (memory.level > p.low_m2));
  let local_3 = memory.cycles + 1.0f;
  let local_4 = p.infusion * 0.041666668f;
  var c: Captured;
  c[0] = local_1;
  c[1] = local_0;
  c[2] = local_2;
  c[3] = 0.0f;
  c[4] = select(local_3, local_3, (local_1 == 4.0f));
  c[5] = select(local_2 * p.BSA, 0.0f, (local_1 == 4.0f));
  c[6] = local_4;
  c[7] = select(memory.level * p.BSA, 0.0f, (local_1 == 3.0f));
  c[8] = local_4;
  c[9] = select(1.0f, 1.0f, (local_1 == 4.0f));
  c[10] = select(0.0f, 1.0f, (memory.visits_next < 999999.5f));
  c[11] = select(select(21.0f, 7.0f, (local_0 < 1.5f)), 21.0f, (memory.cycles >= 6.0f));
  return c;
}

fn effect_9(c: Captured, t: f32, y: State, p: Params) -> State { // next
  let local_0 = select(0.0f, 1.0f, ((c[0] == 3.0f) | (c[0] == 4.0f)));
  let new_0 = select(memory.level, c[2], (c[0] == 3.0f)); // level
  let new_1 = select(memory.fell, c[3], (c[0] == 3.0f)); // fell
  let new_2 = select(memory.cycles, c[4], (local_0 > 0.0f)); // cycles
  let new_3 = select(memory.amount_next_1, c[5], (local_0 > 0.0f)); // amount_next_1
  let new_4 = select(memory.duration_next_1, c[6], (c[0] == 3.0f)); // duration_next_1
  let new_5 = select(memory.amount_next_2, c[7], (local_0 > 0.0f)); // amount_next_2
  let new_6 = select(memory.duration_next_2, c[8], (c[0] == 4.0f)); // duration_next_2
  let new_7 = select(memory.gives_next, c[9], (local_0 > 0.0f)); // gives_next
  let new_8 = 0.0f; // visit_next
  let new_9 = memory.visits_next + 1.0f; // visits_next
  var after = y;
  memory.level = new_0;
  memory.fell = new_1;
  memory.cycles = new_2;
  memory.amount_next_1 = new_3;
  memory.duration_next_1 = new_4;
  memory.amount_next_2 = new_5;
  memory.duration_next_2 = new_6;
  memory.gives_next = new_7;
  memory.visit_next = new_8;
  memory.visits_next = new_9;
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
    case 1u: { yes = c[0] > 0.0f; }
    case 2u: { yes = c[2] > 0.0f; }
    case 4u: { yes = c[2] > 0.0f; }
    case 5u: { yes = c[2] > 0.0f; }
    case 9u: { yes = c[10] > 0.0f; }
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
    case 5u: { own = 1e30f; }
    case 6u: { own = 1e30f; }
    case 9u: { own = 1e30f; }
    default: {}
  }
  return select(own, 0.0f, is_nan(own));
}

/// Doses and what they put in: what a reset drops.
fn is_dose(what: u32) -> bool {
  var yes = false;
  switch what {
    case 1u: { yes = true; }
    case 2u: { yes = true; }
    case 4u: { yes = true; }
    case 5u: { yes = true; }
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
    case 2u: { next = 1u; }
    case 4u: { next = 1u; }
    case 5u: { next = 1u; }
    case 9u: { next = 8u; }
    default: {}
  }
  return next;
}

fn passed(what: u32, c: Captured) -> Captured {
  var handed: Captured;
  switch what {
    case 2u: { handed[0] = c[4]; }
    case 4u: { handed[0] = c[4]; }
    case 5u: { handed[0] = c[4]; }
    case 9u: {  }
    default: {}
  }
  return handed;
}

fn follow_delay(what: u32, c: Captured) -> f32 {
  var delay = 0.0f;
  switch what {
    case 2u: { delay = c[1]; }
    case 4u: { delay = c[1]; }
    case 5u: { delay = c[1]; }
    case 9u: { delay = c[11]; }
    default: {}
  }
  return delay;
}

/// Where the guard of what follows is among the values it is given.
fn follower_admitted(what: u32, handed: Captured) -> bool {
  var yes = true;
  switch what {
    case 2u: { yes = handed[0] > 0.0f; }
    case 4u: { yes = handed[0] > 0.0f; }
    case 5u: { yes = handed[0] > 0.0f; }
    default: {}
  }
  return yes;
}

const condition_count: u32 = 4u;
const initially_true: u32 = 0u;
const persistent: u32 = 15u;

fn heard_conditions() -> u32 {
  var heard = 0u;
  heard |= select(0u, 1u, own_therapy == 2); // next: dose 1
  heard |= select(0u, 2u, own_therapy == 2); // next: dose 2
  heard |= select(0u, 4u, own_therapy == 2); // next: doses given
  heard |= select(0u, 8u, own_therapy == 2); // next
  return heard;
}

fn condition_happening(what: u32) -> u32 {
  var happening = nobody;
  switch what {
    case 0u: { happening = 4u; }
    case 1u: { happening = 5u; }
    case 2u: { happening = 6u; }
    case 3u: { happening = 9u; }
    default: {}
  }
  return happening;
}

fn condition_of(what: u32) -> u32 {
  var j = 0u;
  switch what {
    case 0u: { j = 2u; }
    case 1u: { j = 2u; }
    case 2u: { j = 2u; }
    case 3u: { j = 3u; }
    default: {}
  }
  return j;
}

/// Conditions whose truth may change in a step: at its end, or there and back.
fn stirred(w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, truth: u32) -> u32 {
  var bits = 0u;
  bits |= select(0u, 1u, ((w1.w2 > 0.0f) != ((truth & 1u) != 0u)) | may_cross(w0.w2, r0.w2, w1.w2, r1.w2, h));
  bits |= select(0u, 2u, ((w1.w2 > 0.0f) != ((truth & 2u) != 0u)) | may_cross(w0.w2, r0.w2, w1.w2, r1.w2, h));
  bits |= select(0u, 4u, ((w1.w2 > 0.0f) != ((truth & 4u) != 0u)) | may_cross(w0.w2, r0.w2, w1.w2, r1.w2, h));
  bits |= select(0u, 8u, ((w1.w3 > 0.0f) != ((truth & 8u) != 0u)) | may_cross(w0.w3, r0.w3, w1.w3, r1.w3, h));
  return bits;
}

var<private> clocks: array<Dose, 4>;
/// The next row of each clause that reads a table.
var<private> cursors: array<u32, 4>;

/// False where a number of a clock is not finite.
fn begin_clauses(p: Params) -> bool {
  var sound = true;
  let start_0 = 0.0f; // change 1
  let interval_0 = 0.0f;
  clocks[0] = dose((own_therapy == 1), 0.0f, to_ticks(start_0), to_ticks(interval_0), 1.0f, 0, 0.0f,
    is_finite(start_0) & is_finite(interval_0));
  sound = sound & clocks[0].sound;
  let start_1 = 0.0f; // dose 1 into central
  let interval_1 = 21.0f;
  clocks[1] = dose((own_therapy == 1), 0.0f, to_ticks(start_1), to_ticks(interval_1), 6.0f, 0, 0.0f,
    is_finite(start_1) & is_finite(interval_1));
  sound = sound & clocks[1].sound;
  let start_2 = 7.0f; // counts
  let interval_2 = 7.0f;
  clocks[2] = dose((own_therapy == 2), 0.0f, to_ticks(start_2), to_ticks(interval_2), 1000000.0f, 0, 0.0f,
    is_finite(start_2) & is_finite(interval_2));
  sound = sound & clocks[2].sound;
  let start_3 = 0.0f; // next: visit
  let interval_3 = 0.0f;
  clocks[3] = dose((own_therapy == 2), 0.0f, to_ticks(start_3), to_ticks(interval_3), 1.0f, 0, 0.0f,
    is_finite(start_3) & is_finite(interval_3));
  sound = sound & clocks[3].sound;
  return sound;
}

/// Happenings written before a clause, by number.
fn turn_of(clause: u32) -> u32 {
  switch clause {
    case 0u: { return 0u; }
    case 1u: { return 2u; }
    case 2u: { return 3u; }
    case 3u: { return 7u; }
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
    case 0u: { found = select(found, 0u, (0u >= member) & (own_therapy == 1)); }
    case 1u: { found = select(found, 2u, (2u >= member) & ((own_therapy == 1) & (clocks[1].start >= reset_at))); }
    case 2u: { found = select(found, 3u, (3u >= member) & (own_therapy == 2)); }
    case 3u: { found = select(found, 7u, (7u >= member) & (own_therapy == 2)); }
    default: {}
  }
  return found;
}

fn next_of_clauses(now: u32) -> u32 {
  var next = never;
  next = select(next, min(next, upcoming(clocks[0], clocks[0].start, now)), (own_therapy == 1));
  next = select(next, min(next, upcoming(clocks[1], clocks[1].start, now)), ((own_therapy == 1) & (clocks[1].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[2], clocks[2].start, now)), (own_therapy == 2));
  next = select(next, min(next, upcoming(clocks[3], clocks[3].start, now)), (own_therapy == 2));
  return next;
}

