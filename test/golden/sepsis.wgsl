// Generated from the model sepsis.
#import bits
#import math
#import job
#import doses
#import windows
#import tracks

struct State {
  P: f32, // [10*6/mL]
  N: f32, // [1]
  D: f32, // [1]
  C: f32, // [1]
  antibiotic: f32, // [1]
  integral_0: f32, // [d accumulated]
}

struct Params {
  k_mp: f32, // [mL/10*6/h]
  mu_m: f32, // [1/h]
  k_pn: f32, // [1/h]
  k_np: f32, // [mL/10*6/h]
  k_nn: f32, // [1/h]
  s_nr: f32, // [1/h]
  mu_nr: f32, // [1/h]
  mu_n: f32, // [1/h]
  mu_d: f32, // [1/h]
  k_cnd: f32, // [1]
  mu_c: f32, // [1/h]
  k_ab: f32, // [1/h]
  P0: f32, // [10*6/mL]
  growth: f32, // [1/h]
  production: f32, // [1/h]
  source_c: f32, // [1/h]
  harm: f32, // [1/h]
  alarm: f32, // [1/h]
  k0: f32, // [= 1 / P_inf]
  k1: f32, // [= k_pm * s_m]
  k2: f32, // [= 1 / C_inf]
  k3: f32, // [= 1 / x_dn]
}

struct Inputs {
  rate_C: f32,
  gate_2: f32,
}

struct Watched {
  w0: f32, // [at]
  w1: f32, // [at]
  w2: f32, // [max]
  w3: f32, // [first time]
}

struct Windows {
  w0: bool,
  w1: bool,
  w2: bool,
}

struct Kept {
  a0: Track, // [at of w0]
  a1: Track, // [at of w1]
  a2: Track, // [max of w2]
  a3: Track, // [max of w0]
  a4: Track, // [first time of w3]
  a5: Track, // [integral]
}

struct Doses {
  s0: Dose, // into antibiotic
  s1: Dose, // into antibiotic
  s2: Dose, // into antibiotic
  s3: Dose, // into C
}

struct Outputs {
  pathogen: f32, // [10*6/mL]
  phagocytes: f32, // [1]
  damage: f32, // [1]
  mediator: f32, // [1]
}

/// Bit j: watched quantity j is a condition.
const conditions: u32 = 8u;
const watches: bool = true;

fn patient(arm: u32, who: u32) -> Params {
  let study_k_pg = arm_value(arm, 1u); // [1/h]
  let study_P_inf = arm_value(arm, 2u); // [10*6/mL]
  let study_k_pm = arm_value(arm, 3u); // [1/h]
  let study_k_mp = arm_value(arm, 4u); // [mL/10*6/h]
  let study_s_m = arm_value(arm, 5u); // [1/h]
  let study_mu_m = arm_value(arm, 6u); // [1/h]
  let study_k_pn = arm_value(arm, 7u); // [1/h]
  let study_k_np = arm_value(arm, 8u); // [mL/10*6/h]
  let study_k_nn = arm_value(arm, 9u); // [1/h]
  let study_k_nd = arm_value(arm, 10u); // [1/h]
  let study_s_nr = arm_value(arm, 11u); // [1/h]
  let study_mu_nr = arm_value(arm, 12u); // [1/h]
  let study_mu_n = arm_value(arm, 13u); // [1/h]
  let study_k_dn = arm_value(arm, 14u); // [1/h]
  let study_x_dn = arm_value(arm, 15u); // [1]
  let study_mu_d = arm_value(arm, 16u); // [1/h]
  let study_C_inf = arm_value(arm, 17u); // [1]
  let study_s_c = arm_value(arm, 18u); // [1/h]
  let study_k_cn = arm_value(arm, 19u); // [1/h]
  let study_k_cnd = arm_value(arm, 20u); // [1]
  let study_mu_c = arm_value(arm, 21u); // [1/h]
  let study_k_ab = arm_value(arm, 22u); // [1/h]
  let study_aging = arm_value(arm, 23u); // [1/yr]
  let column_P0 = column(0u, who); // [10*6/mL]
  let column_AGE = column(1u, who); // [yr]
  let column_eta_pg = column(2u, who); // [1]
  let column_eta_cn = column(3u, who); // [1]
  let column_eta_c = column(4u, who); // [1]
  let column_eta_dn = column(5u, who); // [1]
  let column_eta_nd = column(6u, who); // [1]
  return Params(
    study_k_mp, // k_mp
    study_mu_m, // mu_m
    study_k_pn, // k_pn
    study_k_np, // k_np
    study_k_nn, // k_nn
    study_s_nr, // s_nr
    study_mu_nr, // mu_nr
    study_mu_n, // mu_n
    study_mu_d, // mu_d
    study_k_cnd, // k_cnd
    study_mu_c, // mu_c
    study_k_ab, // k_ab
    column_P0, // P0
    study_k_pg * exp(column_eta_pg), // growth
    study_k_cn * exp(column_eta_cn), // production
    study_s_c * exp(column_eta_c), // source_c
    study_k_dn * (1.0f + study_aging * (column_AGE - 60.0f)) * exp(column_eta_dn), // harm
    study_k_nd * exp(column_eta_nd), // alarm
    1.0f / study_P_inf, // k0
    study_k_pm * study_s_m, // k1
    1.0f / study_C_inf, // k2
    1.0f / study_x_dn, // k3
  );
}

fn tolerances() -> State {
  return State(
    schedule_value(6u), // P
    schedule_value(7u), // N
    schedule_value(8u), // D
    schedule_value(9u), // C
    schedule_value(10u), // antibiotic
    schedule_value(11u), // integral_0
  );
}

fn initial(p: Params) -> State {
  return State(
    p.P0, // P
    0.0f, // N
    0.0f, // D
    p.source_c / p.mu_c, // C
    0.0f, // antibiotic
    0.0f, // integral_0
  );
}

fn rhs(t: f32, y: State, p: Params, u: Inputs) -> State {
  let local_0 = y.C * p.k2;
  let local_1 = 1.0f / (1.0f + local_0 * local_0);
  let local_2 = y.N * local_1;
  let local_3 = (p.k_nn * y.N + p.k_np * y.P + p.alarm * y.D) * local_1;
  let local_4 = local_2 * p.k3;
  let local_5 = local_4 * local_4;
  let local_6 = local_5 * (local_5 * local_5);
  let local_7 = (y.N + p.k_cnd * y.D) * local_1;
  return State(
    p.growth * y.P * (1.0f - y.P * p.k0) - p.k1 * y.P / (p.mu_m + p.k_mp * y.P) - p.k_pn * local_2 * y.P - p.k_ab * y.antibiotic * y.P, // P
    p.s_nr * local_3 / (p.mu_nr + local_3) - p.mu_n * y.N, // N
    p.harm * local_6 / (1.0f + local_6) - p.mu_d * y.D, // D
    p.source_c + p.production * local_7 / (1.0f + local_7) - p.mu_c * y.C + u.rate_C, // C
    0.0f, // antibiotic
    y.D * u.gate_2, // integral_0
  );
}

fn observe(t: f32, y: State, p: Params) -> Outputs {
  return Outputs(
    y.P, // pathogen
    y.N, // phagocytes
    y.D, // damage
    y.C, // mediator
  );
}

/// `first` is where the first output goes, `next` how far on the next one does.
fn record(first: u32, next: u32, outputs: Outputs) {
  store(first + 0u * next, outputs.pathogen);
  store(first + 1u * next, outputs.phagocytes);
  store(first + 2u * next, outputs.damage);
  store(first + 3u * next, outputs.mediator);
}

fn watch(t: f32, y: State, p: Params) -> Watched {
  return Watched(
    y.P, // w0
    y.N, // w1
    y.D, // w2
    0.001f - y.P, // w3
  );
}

fn watch_rate(t: f32, y: State, f: State, p: Params) -> Watched {
  return Watched(
    f.P, // w0
    f.N, // w1
    f.D, // w2
    -f.P, // w3
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
  d.s0 = dose(therapy == 1, 1.0f, arm_ticks(arm, 24u), arm_ticks(arm, 25u), 1.0f, arm_ticks(arm, 26u), 0.0f, // early into antibiotic
    arm_sound(arm, 24u) & arm_sound(arm, 25u) & arm_sound(arm, 26u));
  d.s1 = dose(therapy == 2, 1.0f, arm_ticks(arm, 27u), arm_ticks(arm, 28u), 1.0f, arm_ticks(arm, 29u), 0.0f, // late into antibiotic
    arm_sound(arm, 27u) & arm_sound(arm, 28u) & arm_sound(arm, 29u));
  d.s2 = dose(therapy == 3, 1.0f, arm_ticks(arm, 30u), arm_ticks(arm, 31u), 1.0f, arm_ticks(arm, 32u), 0.0f, // combined into antibiotic
    arm_sound(arm, 30u) & arm_sound(arm, 31u) & arm_sound(arm, 32u));
  d.s3 = dose(therapy == 3, 0.96f, arm_ticks(arm, 33u), arm_ticks(arm, 34u), 1.0f, arm_ticks(arm, 35u), 48.0f, // combined into C
    arm_sound(arm, 33u) & arm_sound(arm, 34u) & arm_sound(arm, 35u));
  return d;
}

fn doses_sound(d: Doses) -> bool {
  return d.s0.sound & d.s1.sound & d.s2.sound & d.s3.sound;
}

fn give(y: State, d: Doses, now: u32) -> State {
  var given = y;
  given.antibiotic += bolus(d.s0, now);
  given.antibiotic += bolus(d.s1, now);
  given.antibiotic += bolus(d.s2, now);
  given.C += bolus(d.s3, now);
  return given;
}

fn inputs(d: Doses, now: u32) -> Inputs {
  var u: Inputs;
  u.rate_C = infusion(d.s3, now);
  u.gate_2 = select(0.0f, 1.0f, is_open(2u, now));
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
  return w.w0 | w.w1;
}

fn turning(k: Kept, w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, open: Windows) -> u32 {
  var inside = 0u;
  inside |= select(0u, 4u, open.w1 & may_rise(k.a2, w0.w2, r0.w2, w1.w2, r1.w2, h));
  inside |= select(0u, 1u, open.w1 & may_rise(k.a3, w0.w0, r0.w0, w1.w0, r1.w0, h));
  inside |= select(0u, 8u, open.w1 & !k.a4.seen & may_cross(w0.w3, r0.w3, w1.w3, r1.w3, h));
  return inside;
}

fn see(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a2 = highest(k.a2, on.w1, w.w2, t);
  k.a3 = highest(k.a3, on.w1, w.w0, t);
  k.a4 = first_positive(k.a4, on.w1, w.w3, t);
  return k;
}

fn take(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = capture(k.a0, on.w0, w.w0, t);
  k.a1 = capture(k.a1, on.w0, w.w1, t);
  return k;
}

fn see_inside(kept: Kept, j: u32, found: Located, t: f32, h: f32, on: Windows) -> Kept {
  var k = kept;
  k.a2 = highest(k.a2, on.w1 & (j == 2u) & found.turned, found.value, t + found.theta * h);
  k.a3 = highest(k.a3, on.w1 & (j == 0u) & found.turned, found.value, t + found.theta * h);
  k.a4 = first_inside(k.a4, on.w1 & (j == 3u), found, t, h);
  return k;
}

fn see_step(kept: Kept, w1: Watched, t1: f32, h: f32, inside: u32, on: Windows) -> Kept {
  var k = kept;
  k.a2 = highest(k.a2, on.w1, w1.w2, t1);
  k.a3 = highest(k.a3, on.w1, w1.w0, t1);
  k.a4 = first_positive(k.a4, on.w1, w1.w3, t1);
  return k;
}

/// Missing in, missing out.
fn conclude(k: Kept, y: State, p: Params, arm: u32, row: u32) {
  let a0_missing = !k.a0.seen | false;
  let a1_missing = !k.a1.seen | false;
  let a2_missing = !k.a2.seen | never_closed(1u);
  let a3_missing = !k.a3.seen | never_closed(1u);
  let a4_missing = !k.a4.seen | never_closed(1u);
  let a5_missing = never_closed(2u);
  store_unless(place(4u * job.times + 0u, arm, row), a0_missing | a1_missing, select(0.0f, 1.0f, ((k.a0.value < 0.001f) & (k.a1.value < 0.05f)))); // healthy [1]
  store_unless(place(4u * job.times + 1u, arm, row), a0_missing | a1_missing, select(0.0f, 1.0f, ((k.a0.value < 0.001f) & (k.a1.value >= 0.05f)))); // aseptic [1]
  store_unless(place(4u * job.times + 2u, arm, row), a0_missing, select(0.0f, 1.0f, (k.a0.value >= 0.001f))); // septic [1]
  store_unless(place(4u * job.times + 3u, arm, row), a2_missing, k.a2.value); // worst [1]
  store_unless(place(4u * job.times + 4u, arm, row), a3_missing, k.a3.value); // peak [10*6/mL]
  store_unless(place(4u * job.times + 5u, arm, row), a4_missing, k.a4.time); // cleared [h]
  store_unless(place(4u * job.times + 6u, arm, row), a5_missing, y.integral_0 * 0.041666668f); // burden [d]
}

/// What is not finite stays so in a sum.
fn finite(y: State) -> bool {
  return is_finite(y.P + y.N + y.D + y.C + y.antibiotic + y.integral_0);
}

/// Mean squares of state and derivative, in units of the tolerance.
fn sizes(y: State, f: State, tolerance: State, rtol: f32) -> vec2<f32> {
  var sum = vec2<f32>(0.0f, 0.0f);
  sum += square_both(vec2<f32>(y.P, f.P) / (tolerance.P + rtol * abs(y.P)));
  sum += square_both(vec2<f32>(y.N, f.N) / (tolerance.N + rtol * abs(y.N)));
  sum += square_both(vec2<f32>(y.D, f.D) / (tolerance.D + rtol * abs(y.D)));
  sum += square_both(vec2<f32>(y.C, f.C) / (tolerance.C + rtol * abs(y.C)));
  sum += square_both(vec2<f32>(y.antibiotic, f.antibiotic) / (tolerance.antibiotic + rtol * abs(y.antibiotic)));
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
    y.P + h2_1 * k.k1.P,
    y.N + h2_1 * k.k1.N,
    y.D + h2_1 * k.k1.D,
    y.C + h2_1 * k.k1.C,
    y.antibiotic + h2_1 * k.k1.antibiotic,
    y.integral_0 + h2_1 * k.k1.integral_0,
  );
  k.k2 = rhs(t + 0.161f * h, y2, p, u);
  let h3_1 = -0.008480655f * h;
  let h3_2 = 0.33548066f * h;
  let y3 = State(
    y.P + h3_1 * k.k1.P + h3_2 * k.k2.P,
    y.N + h3_1 * k.k1.N + h3_2 * k.k2.N,
    y.D + h3_1 * k.k1.D + h3_2 * k.k2.D,
    y.C + h3_1 * k.k1.C + h3_2 * k.k2.C,
    y.antibiotic + h3_1 * k.k1.antibiotic + h3_2 * k.k2.antibiotic,
    y.integral_0 + h3_1 * k.k1.integral_0 + h3_2 * k.k2.integral_0,
  );
  k.k3 = rhs(t + 0.327f * h, y3, p, u);
  let h4_1 = 2.8971531f * h;
  let h4_2 = -6.3594484f * h;
  let h4_3 = 4.3622956f * h;
  let y4 = State(
    y.P + h4_1 * k.k1.P + h4_2 * k.k2.P + h4_3 * k.k3.P,
    y.N + h4_1 * k.k1.N + h4_2 * k.k2.N + h4_3 * k.k3.N,
    y.D + h4_1 * k.k1.D + h4_2 * k.k2.D + h4_3 * k.k3.D,
    y.C + h4_1 * k.k1.C + h4_2 * k.k2.C + h4_3 * k.k3.C,
    y.antibiotic + h4_1 * k.k1.antibiotic + h4_2 * k.k2.antibiotic + h4_3 * k.k3.antibiotic,
    y.integral_0 + h4_1 * k.k1.integral_0 + h4_2 * k.k2.integral_0 + h4_3 * k.k3.integral_0,
  );
  k.k4 = rhs(t + 0.9f * h, y4, p, u);
  let h5_1 = 5.325865f * h;
  let h5_2 = -11.748883f * h;
  let h5_3 = 7.495539f * h;
  let h5_4 = -0.09249507f * h;
  let y5 = State(
    y.P + h5_1 * k.k1.P + h5_2 * k.k2.P + h5_3 * k.k3.P + h5_4 * k.k4.P,
    y.N + h5_1 * k.k1.N + h5_2 * k.k2.N + h5_3 * k.k3.N + h5_4 * k.k4.N,
    y.D + h5_1 * k.k1.D + h5_2 * k.k2.D + h5_3 * k.k3.D + h5_4 * k.k4.D,
    y.C + h5_1 * k.k1.C + h5_2 * k.k2.C + h5_3 * k.k3.C + h5_4 * k.k4.C,
    y.antibiotic + h5_1 * k.k1.antibiotic + h5_2 * k.k2.antibiotic + h5_3 * k.k3.antibiotic + h5_4 * k.k4.antibiotic,
    y.integral_0 + h5_1 * k.k1.integral_0 + h5_2 * k.k2.integral_0 + h5_3 * k.k3.integral_0 + h5_4 * k.k4.integral_0,
  );
  k.k5 = rhs(t + 0.98002553f * h, y5, p, u);
  let h6_1 = 5.8614554f * h;
  let h6_2 = -12.920969f * h;
  let h6_3 = 8.159368f * h;
  let h6_4 = -0.07158497f * h;
  let h6_5 = -0.02826905f * h;
  let y6 = State(
    y.P + h6_1 * k.k1.P + h6_2 * k.k2.P + h6_3 * k.k3.P + h6_4 * k.k4.P + h6_5 * k.k5.P,
    y.N + h6_1 * k.k1.N + h6_2 * k.k2.N + h6_3 * k.k3.N + h6_4 * k.k4.N + h6_5 * k.k5.N,
    y.D + h6_1 * k.k1.D + h6_2 * k.k2.D + h6_3 * k.k3.D + h6_4 * k.k4.D + h6_5 * k.k5.D,
    y.C + h6_1 * k.k1.C + h6_2 * k.k2.C + h6_3 * k.k3.C + h6_4 * k.k4.C + h6_5 * k.k5.C,
    y.antibiotic + h6_1 * k.k1.antibiotic + h6_2 * k.k2.antibiotic + h6_3 * k.k3.antibiotic + h6_4 * k.k4.antibiotic + h6_5 * k.k5.antibiotic,
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
    y.P + h7_1 * k.k1.P + h7_2 * k.k2.P + h7_3 * k.k3.P + h7_4 * k.k4.P + h7_5 * k.k5.P + h7_6 * k.k6.P,
    y.N + h7_1 * k.k1.N + h7_2 * k.k2.N + h7_3 * k.k3.N + h7_4 * k.k4.N + h7_5 * k.k5.N + h7_6 * k.k6.N,
    y.D + h7_1 * k.k1.D + h7_2 * k.k2.D + h7_3 * k.k3.D + h7_4 * k.k4.D + h7_5 * k.k5.D + h7_6 * k.k6.D,
    y.C + h7_1 * k.k1.C + h7_2 * k.k2.C + h7_3 * k.k3.C + h7_4 * k.k4.C + h7_5 * k.k5.C + h7_6 * k.k6.C,
    y.antibiotic + h7_1 * k.k1.antibiotic + h7_2 * k.k2.antibiotic + h7_3 * k.k3.antibiotic + h7_4 * k.k4.antibiotic + h7_5 * k.k5.antibiotic + h7_6 * k.k6.antibiotic,
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
  sum += square((e_1 * k.k1.P + e_2 * k.k2.P + e_3 * k.k3.P + e_4 * k.k4.P + e_5 * k.k5.P + e_6 * k.k6.P + e_7 * k.k7.P) / (tolerance.P + rtol * most(abs(y.P), abs(y1.P))));
  sum += square((e_1 * k.k1.N + e_2 * k.k2.N + e_3 * k.k3.N + e_4 * k.k4.N + e_5 * k.k5.N + e_6 * k.k6.N + e_7 * k.k7.N) / (tolerance.N + rtol * most(abs(y.N), abs(y1.N))));
  sum += square((e_1 * k.k1.D + e_2 * k.k2.D + e_3 * k.k3.D + e_4 * k.k4.D + e_5 * k.k5.D + e_6 * k.k6.D + e_7 * k.k7.D) / (tolerance.D + rtol * most(abs(y.D), abs(y1.D))));
  sum += square((e_1 * k.k1.C + e_2 * k.k2.C + e_3 * k.k3.C + e_4 * k.k4.C + e_5 * k.k5.C + e_6 * k.k6.C + e_7 * k.k7.C) / (tolerance.C + rtol * most(abs(y.C), abs(y1.C))));
  sum += square((e_1 * k.k1.antibiotic + e_2 * k.k2.antibiotic + e_3 * k.k3.antibiotic + e_4 * k.k4.antibiotic + e_5 * k.k5.antibiotic + e_6 * k.k6.antibiotic + e_7 * k.k7.antibiotic) / (tolerance.antibiotic + rtol * most(abs(y.antibiotic), abs(y1.antibiotic))));
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
    y.P + b1 * k.k1.P + b2 * k.k2.P + b3 * k.k3.P + b4 * k.k4.P + b5 * k.k5.P + b6 * k.k6.P + b7 * k.k7.P,
    y.N + b1 * k.k1.N + b2 * k.k2.N + b3 * k.k3.N + b4 * k.k4.N + b5 * k.k5.N + b6 * k.k6.N + b7 * k.k7.N,
    y.D + b1 * k.k1.D + b2 * k.k2.D + b3 * k.k3.D + b4 * k.k4.D + b5 * k.k5.D + b6 * k.k6.D + b7 * k.k7.D,
    y.C + b1 * k.k1.C + b2 * k.k2.C + b3 * k.k3.C + b4 * k.k4.C + b5 * k.k5.C + b6 * k.k6.C + b7 * k.k7.C,
    y.antibiotic + b1 * k.k1.antibiotic + b2 * k.k2.antibiotic + b3 * k.k3.antibiotic + b4 * k.k4.antibiotic + b5 * k.k5.antibiotic + b6 * k.k6.antibiotic + b7 * k.k7.antibiotic,
    y.integral_0 + b1 * k.k1.integral_0 + b2 * k.k2.integral_0 + b3 * k.k3.integral_0 + b4 * k.k4.integral_0 + b5 * k.k5.integral_0 + b6 * k.k6.integral_0 + b7 * k.k7.integral_0,
  );
}
