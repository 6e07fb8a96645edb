// Generated from the model insulin.
#import bits
#import math
#import job
#import doses
#import windows
#import tracks

struct State {
  meal: f32, // [mmol]
  gut: f32, // [mmol]
  skin: f32, // [U]
  deep: f32, // [U]
  plasma: f32, // [U]
  blood: f32, // [mmol]
  tissue: f32, // [mmol]
  x1: f32, // [1/min]
  x2: f32, // [1/min]
  x3: f32, // [1]
  integral_0: f32, // [mg/dL accumulated]
}

struct Params {
  MG: f32, // [g/mol]
  k12: f32, // [1/min]
  RTHR: f32, // [mmol/L]
  bio: f32, // [1]
  ka1: f32, // [1/min]
  ka2: f32, // [1/min]
  ka3: f32, // [1/min]
  breakfast: f32, // [g]
  lunch: f32, // [g]
  dinner: f32, // [g]
  sweet: f32, // [g]
  notice: f32, // [min]
  fasting: f32, // [mmol/L]
  aim: f32, // [mg/dL]
  limit: f32, // [mg/dL]
  lockout: f32, // [h]
  WT: f32, // [kg]
  VG: f32, // [L/kg]
  VI: f32, // [L/kg]
  ke: f32, // [1/min]
  ka: f32, // [1/min]
  s1: f32, // [L/mU/min]
  s2: f32, // [L/mU/min]
  s3: f32, // [L/mU]
  basal: f32, // [U/h]
  ratio: f32, // [U/g]
  drop: f32, // [mg/dL/U]
  counted: f32, // [1]
  x10: f32, // [U/mU/h]
  x20: f32, // [U/mU/h]
  k0: f32, // [= 1 / (VG * WT)]
  k1: f32, // [= 1 / tau]
  k2: f32, // [= EGP0 * WT]
  k3: f32, // [= (F01 / 0.85) * WT]
  k4: f32, // [= (RCL * VG) * WT]
  k5: f32, // [= 1 / (VI * WT)]
  k6: f32, // [= 0.1 * (MG * k0)]
  k7: f32, // [= -(0.1 * (MG * k0))]
}

struct Inputs {
  gate_0: f32,
  last: f32,
  eaten: f32,
  sugar: f32,
  corrected: f32,
  last_high: f32,
  gives_high: f32,
  amount_high: f32,
  gives_low: f32,
  amount_low: f32,
}

struct Watched {
  w0: f32, // [share of time]
  w1: f32, // [share of time]
  w2: f32, // [share of time]
  w3: f32, // [share of time]
  w4: f32, // [max]
  w5: f32, // [max]
  w6: f32, // [max]
  w7: f32, // [condition]
  w8: f32, // [condition]
  w9: f32, // [condition]
  w10: f32, // [condition]
}

struct Windows {
  w0: bool,
  w1: bool,
}

struct Kept {
  a0: Track, // [share of time of w0]
  a1: Track, // [share of time of w1]
  a2: Track, // [share of time of w2]
  a3: Track, // [share of time of w3]
  a4: Track, // [integral]
  a5: Track, // [max of w4]
  a6: Track, // [max of w5]
  a7: Track, // [max of w6]
}

struct Doses {
  s0: Dose, // into meal
  s1: Dose, // into meal
  s2: Dose, // into meal
  s3: Dose, // into skin
  s4: Dose, // into skin
  s5: Dose, // into skin
}

struct Outputs {
  glucose: f32, // [mg/dL]
  insulin_level: f32, // [mU/L]
}

/// Bit j: watched quantity j is a condition.
const conditions: u32 = 15u;
const watches: bool = true;
/// Inputs of the moment.
var<private> memory: Inputs;

fn patient(arm: u32, who: u32) -> Params {
  let study_MG = arm_value(arm, 1u); // [g/mol]
  let study_EGP0 = arm_value(arm, 2u); // [umol/kg/min]
  let study_F01 = arm_value(arm, 3u); // [umol/kg/min]
  let study_k12 = arm_value(arm, 4u); // [1/min]
  let study_TVVG = arm_value(arm, 5u); // [L/kg]
  let study_RTHR = arm_value(arm, 6u); // [mmol/L]
  let study_RCL = arm_value(arm, 7u); // [1/min]
  let study_bio = arm_value(arm, 8u); // [1]
  let study_TVTAU = arm_value(arm, 9u); // [min]
  let study_TVKA = arm_value(arm, 10u); // [1/min]
  let study_TVKE = arm_value(arm, 11u); // [1/min]
  let study_TVVI = arm_value(arm, 12u); // [L/kg]
  let study_SIT = arm_value(arm, 13u); // [L/mU/min]
  let study_SID = arm_value(arm, 14u); // [L/mU/min]
  let study_SIE = arm_value(arm, 15u); // [L/mU]
  let study_ka1 = arm_value(arm, 16u); // [1/min]
  let study_ka2 = arm_value(arm, 17u); // [1/min]
  let study_ka3 = arm_value(arm, 18u); // [1/min]
  let study_breakfast = arm_value(arm, 19u); // [g]
  let study_lunch = arm_value(arm, 20u); // [g]
  let study_dinner = arm_value(arm, 21u); // [g]
  let study_sweet = arm_value(arm, 22u); // [g]
  let study_notice = arm_value(arm, 23u); // [min]
  let study_fasting = arm_value(arm, 24u); // [mmol/L]
  let study_rule500 = arm_value(arm, 25u); // [g]
  let study_rule1800 = arm_value(arm, 26u); // [mg/dL]
  let study_aim = arm_value(arm, 27u); // [mg/dL]
  let study_limit = arm_value(arm, 28u); // [mg/dL]
  let study_lockout = arm_value(arm, 29u); // [h]
  let column_WT = column(0u, who); // [kg]
  let column_eta_s = column(1u, who); // [1]
  let column_eta_vg = column(2u, who); // [1]
  let column_eta_vi = column(3u, who); // [1]
  let column_eta_ke = column(4u, who); // [1]
  let column_eta_ka = column(5u, who); // [1]
  let column_eta_tau = column(6u, who); // [1]
  let column_eta_count = column(7u, who); // [1]
  let column_eta_basal = column(8u, who); // [1]
  let local_0 = study_TVVG * exp(column_eta_vg);
  let local_1 = study_TVVI * exp(column_eta_vi);
  let local_2 = study_TVKE * exp(column_eta_ke);
  let local_3 = exp(column_eta_s);
  let local_4 = study_SIT * local_3;
  let local_5 = study_SID * local_3;
  let local_6 = study_SIE * local_3;
  let local_7 = study_EGP0 * local_6;
  let local_8 = local_4 * local_5 * study_fasting * local_0 + local_7 * local_5 * 0.001f;
  let local_9 = study_RCL * local_0;
  let local_10 = study_F01 / 0.85f;
  let local_11 = study_EGP0 - local_10 * study_fasting / (study_fasting + 1.0f) - local_9 * larger(study_fasting - study_RTHR, 0.0f) * 1000.0f;
  let local_12 = local_7 * study_k12 - local_11 * local_5;
  let local_13 = (square_root(local_12 * local_12 + 4.0f * local_8 * local_11 * study_k12 * 1000.0f) - local_12) / (2.0f * local_8) * 0.001f * local_1 * local_2 * column_WT * 0.06f;
  let local_14 = local_13 * exp(column_eta_basal);
  let local_15 = 2.0f * local_13 * 24.0f;
  let local_16 = local_2 * local_1 * column_WT;
  let local_17 = 1.0f / (local_0 * column_WT);
  let local_18 = 0.1f * (study_MG * local_17);
  return Params(
    study_MG, // MG
    study_k12, // k12
    study_RTHR, // RTHR
    study_bio, // bio
    study_ka1, // ka1
    study_ka2, // ka2
    study_ka3, // ka3
    study_breakfast, // breakfast
    study_lunch, // lunch
    study_dinner, // dinner
    study_sweet, // sweet
    study_notice, // notice
    study_fasting, // fasting
    study_aim, // aim
    study_limit, // limit
    study_lockout, // lockout
    column_WT, // WT
    local_0, // VG
    local_1, // VI
    local_2, // ke
    study_TVKA * exp(column_eta_ka), // ka
    local_4, // s1
    local_5, // s2
    local_6, // s3
    local_14, // basal
    local_15 / study_rule500, // ratio
    study_rule1800 / local_15, // drop
    exp(column_eta_count), // counted
    local_4 * local_14 / local_16, // x10
    local_5 * local_14 / local_16, // x20
    local_17, // k0
    1.0f / (study_TVTAU * exp(column_eta_tau)), // k1
    study_EGP0 * column_WT, // k2
    local_10 * column_WT, // k3
    local_9 * column_WT, // k4
    1.0f / (local_1 * column_WT), // k5
    local_18, // k6
    -local_18, // k7
  );
}

fn tolerances() -> State {
  return State(
    schedule_value(4u), // meal
    schedule_value(5u), // gut
    schedule_value(6u), // skin
    schedule_value(7u), // deep
    schedule_value(8u), // plasma
    schedule_value(9u), // blood
    schedule_value(10u), // tissue
    schedule_value(11u), // x1
    schedule_value(12u), // x2
    schedule_value(13u), // x3
    schedule_value(14u), // integral_0
  );
}

fn initial(p: Params) -> State {
  let local_0 = p.basal / p.ka * 0.016666668f;
  let local_1 = p.fasting * p.VG * p.WT;
  let local_2 = p.x20 * 16.666666f;
  return State(
    0.0f, // meal
    0.0f, // gut
    local_0, // skin
    local_0, // deep
    p.basal / p.ke * 0.016666668f, // plasma
    local_1, // blood
    local_1 * p.x10 / (p.k12 + local_2) * 16.666666f, // tissue
    p.x10 * 16.666666f, // x1
    local_2, // x2
    p.s3 * p.basal / (p.ke * p.VI * p.WT) * 16.666666f, // x3
    0.0f, // integral_0
  );
}

fn rhs(t: f32, y: State, p: Params, u: Inputs) -> State {
  let local_0 = y.meal * p.k1 * 60.0f;
  let local_1 = y.gut * p.k1 * 60.0f;
  let local_2 = p.ka * y.skin * 60.0f;
  let local_3 = p.ka * y.deep * 60.0f;
  let local_4 = (y.x1 * y.blood - p.k12 * y.tissue) * 60.0f;
  let local_5 = y.blood * p.k0;
  let local_6 = y.plasma * p.k5;
  return State(
    -local_0, // meal
    local_0 - local_1, // gut
    p.basal - local_2, // skin
    local_2 - local_3, // deep
    local_3 - p.ke * y.plasma * 60.0f, // plasma
    local_1 + p.k2 * larger(1.0f - y.x3, 0.0f) * 0.06f - p.k3 * local_5 / (local_5 + 1.0f) * 0.06f - p.k4 * larger(local_5 - p.RTHR, 0.0f) * 60.0f - local_4, // blood
    local_4 - y.x2 * y.tissue * 60.0f, // tissue
    p.ka1 * (p.s1 * local_6 - y.x1 * 0.001f) * 60000.0f, // x1
    p.ka2 * (p.s2 * local_6 - y.x2 * 0.001f) * 60000.0f, // x2
    p.ka3 * (p.s3 * local_6 - y.x3 * 0.001f) * 60000.0f, // x3
    local_5 * p.MG * 0.1f * u.gate_0, // integral_0
  );
}

fn observe(t: f32, y: State, p: Params) -> Outputs {
  return Outputs(
    y.blood * p.k0 * p.MG * 0.1f, // glucose
    y.plasma * p.k5 * 1000.0f, // insulin_level
  );
}

/// `first` is where the first output goes, `next` how far on the next one does.
fn record(first: u32, next: u32, outputs: Outputs) {
  store(first + 0u * next, outputs.glucose);
  store(first + 1u * next, outputs.insulin_level);
}

fn watch(t: f32, y: State, p: Params) -> Watched {
  let local_0 = y.blood * p.k0 * p.MG * 0.1f;
  let local_1 = 70.0f - local_0;
  return Watched(
    smaller(local_0 - 70.0f, 180.0f - local_0), // w0
    local_1, // w1
    54.0f - local_0, // w2
    local_0 - 180.0f, // w3
    local_0, // w4
    memory.sugar, // w5
    memory.corrected, // w6
    memory.gives_high - 0.5f, // w7
    smaller(local_0 - 250.0f, t - memory.last_high - 3.0f), // w8
    memory.gives_low - 0.5f, // w9
    smaller(local_1, t - memory.eaten - 0.25f), // w10
  );
}

fn watch_rate(t: f32, y: State, f: State, p: Params) -> Watched {
  let local_0 = y.blood * p.k0 * p.MG * 0.1f;
  let local_1 = p.k7 * f.blood;
  let local_2 = p.k6 * f.blood;
  let local_3 = select(0.0f, 1.0f, (local_0 - 250.0f <= t - memory.last_high - 3.0f));
  let local_4 = select(0.0f, 1.0f, (70.0f - local_0 <= t - memory.eaten - 0.25f));
  return Watched(
    select(p.k7, p.k6, (local_0 - 70.0f <= 180.0f - local_0)) * f.blood, // w0
    local_1, // w1
    local_1, // w2
    local_2, // w3
    local_2, // w4
    0.0f, // w5
    0.0f, // w6
    0.0f, // w7
    select(1.0f, 0.0f, (local_3 > 0.0f)) + select(0.0f, p.k6, (local_3 > 0.0f)) * f.blood, // w8
    0.0f, // w9
    select(1.0f, 0.0f, (local_4 > 0.0f)) + select(0.0f, p.k7, (local_4 > 0.0f)) * f.blood, // w10
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
  value = select(value, w.w7, j == 7u);
  value = select(value, w.w8, j == 8u);
  value = select(value, w.w9, j == 9u);
  value = select(value, w.w10, j == 10u);
  return value;
}

fn doses(arm: u32, p: Params) -> Doses {
  let therapy = arm_therapy(arm);
  var d: Doses;
  d.s0 = dose(therapy == 0, p.breakfast * p.bio / p.MG * 1000.0f, arm_ticks(arm, 30u), arm_ticks(arm, 31u), 1000000.0f, arm_ticks(arm, 32u), 0.0f, // meals into meal
    arm_sound(arm, 30u) & arm_sound(arm, 31u) & arm_sound(arm, 32u));
  d.s1 = dose(therapy == 0, p.lunch * p.bio / p.MG * 1000.0f, arm_ticks(arm, 33u), arm_ticks(arm, 34u), 1000000.0f, arm_ticks(arm, 35u), 0.0f, // meals into meal
    arm_sound(arm, 33u) & arm_sound(arm, 34u) & arm_sound(arm, 35u));
  d.s2 = dose(therapy == 0, p.dinner * p.bio / p.MG * 1000.0f, arm_ticks(arm, 36u), arm_ticks(arm, 37u), 1000000.0f, arm_ticks(arm, 38u), 0.0f, // meals into meal
    arm_sound(arm, 36u) & arm_sound(arm, 37u) & arm_sound(arm, 38u));
  d.s3 = dose(therapy == 0, p.breakfast * p.ratio * p.counted, arm_ticks(arm, 39u), arm_ticks(arm, 40u), 1000000.0f, arm_ticks(arm, 41u), 0.0f, // meals into skin
    arm_sound(arm, 39u) & arm_sound(arm, 40u) & arm_sound(arm, 41u));
  d.s4 = dose(therapy == 0, p.lunch * p.ratio * p.counted, arm_ticks(arm, 42u), arm_ticks(arm, 43u), 1000000.0f, arm_ticks(arm, 44u), 0.0f, // meals into skin
    arm_sound(arm, 42u) & arm_sound(arm, 43u) & arm_sound(arm, 44u));
  d.s5 = dose(therapy == 0, p.dinner * p.ratio * p.counted, arm_ticks(arm, 45u), arm_ticks(arm, 46u), 1000000.0f, arm_ticks(arm, 47u), 0.0f, // meals into skin
    arm_sound(arm, 45u) & arm_sound(arm, 46u) & arm_sound(arm, 47u));
  return d;
}

fn doses_sound(d: Doses) -> bool {
  return d.s0.sound & d.s1.sound & d.s2.sound & d.s3.sound & d.s4.sound & d.s5.sound;
}

fn give(y: State, d: Doses, now: u32) -> State {
  var given = y;
  given.meal += bolus(d.s0, now);
  given.meal += bolus(d.s1, now);
  given.meal += bolus(d.s2, now);
  given.skin += bolus(d.s3, now);
  given.skin += bolus(d.s4, now);
  given.skin += bolus(d.s5, now);
  return given;
}

fn inputs(d: Doses, now: u32) -> Inputs {
  var u = memory;
  u.gate_0 = select(0.0f, 1.0f, is_open(0u, now));
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
  return w.w0 | w.w1;
}

fn turning(k: Kept, w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, open: Windows) -> u32 {
  var inside = 0u;
  inside |= select(0u, 1u, open.w0 & may_cross(w0.w0, r0.w0, w1.w0, r1.w0, h));
  inside |= select(0u, 2u, open.w0 & may_cross(w0.w1, r0.w1, w1.w1, r1.w1, h));
  inside |= select(0u, 4u, open.w0 & may_cross(w0.w2, r0.w2, w1.w2, r1.w2, h));
  inside |= select(0u, 8u, open.w0 & may_cross(w0.w3, r0.w3, w1.w3, r1.w3, h));
  inside |= select(0u, 16u, open.w1 & may_rise(k.a5, w0.w4, r0.w4, w1.w4, r1.w4, h));
  inside |= select(0u, 32u, open.w1 & may_rise(k.a6, w0.w5, r0.w5, w1.w5, r1.w5, h));
  inside |= select(0u, 64u, open.w1 & may_rise(k.a7, w0.w6, r0.w6, w1.w6, r1.w6, h));
  return inside;
}

fn see(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = add_time(k.a0, on.w0, 0.0f);
  k.a1 = add_time(k.a1, on.w0, 0.0f);
  k.a2 = add_time(k.a2, on.w0, 0.0f);
  k.a3 = add_time(k.a3, on.w0, 0.0f);
  k.a5 = highest(k.a5, on.w1, w.w4, t);
  k.a6 = highest(k.a6, on.w1, w.w5, t);
  k.a7 = highest(k.a7, on.w1, w.w6, t);
  return k;
}

fn take(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  return k;
}

fn see_inside(kept: Kept, j: u32, found: Located, t: f32, h: f32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = add_time(k.a0, on.w0 & (j == 0u), found.share * h);
  k.a1 = add_time(k.a1, on.w0 & (j == 1u), found.share * h);
  k.a2 = add_time(k.a2, on.w0 & (j == 2u), found.share * h);
  k.a3 = add_time(k.a3, on.w0 & (j == 3u), found.share * h);
  k.a5 = highest(k.a5, on.w1 & (j == 4u) & found.turned, found.value, t + found.theta * h);
  k.a6 = highest(k.a6, on.w1 & (j == 5u) & found.turned, found.value, t + found.theta * h);
  k.a7 = highest(k.a7, on.w1 & (j == 6u) & found.turned, found.value, t + found.theta * h);
  return k;
}

fn see_step(kept: Kept, w1: Watched, t1: f32, h: f32, inside: u32, on: Windows) -> Kept {
  var k = kept;
  k.a0 = add_time(k.a0, on.w0 & ((inside & 1u) == 0u) & (w1.w0 > 0.0f), h);
  k.a1 = add_time(k.a1, on.w0 & ((inside & 2u) == 0u) & (w1.w1 > 0.0f), h);
  k.a2 = add_time(k.a2, on.w0 & ((inside & 4u) == 0u) & (w1.w2 > 0.0f), h);
  k.a3 = add_time(k.a3, on.w0 & ((inside & 8u) == 0u) & (w1.w3 > 0.0f), h);
  k.a5 = highest(k.a5, on.w1, w1.w4, t1);
  k.a6 = highest(k.a6, on.w1, w1.w5, t1);
  k.a7 = highest(k.a7, on.w1, w1.w6, t1);
  return k;
}

/// Missing in, missing out.
fn conclude(k: Kept, y: State, p: Params, arm: u32, row: u32) {
  let local_0 = smaller(k.a0.value / 72.0f, 1.0f) * 100.0f;
  let a0_missing = !k.a0.seen | never_closed(0u);
  let a1_missing = !k.a1.seen | never_closed(0u);
  let a2_missing = !k.a2.seen | never_closed(0u);
  let a3_missing = !k.a3.seen | never_closed(0u);
  let a4_missing = never_closed(0u);
  let a5_missing = !k.a5.seen | never_closed(1u);
  let a6_missing = !k.a6.seen | never_closed(1u);
  let a7_missing = !k.a7.seen | never_closed(1u);
  store_unless(place(2u * job.times + 0u, arm, row), a0_missing, local_0); // in_range [%]
  store_unless(place(2u * job.times + 1u, arm, row), a0_missing, select(0.0f, 1.0f, (local_0 >= 70.0f))); // good [1]
  store_unless(place(2u * job.times + 2u, arm, row), a1_missing, smaller(k.a1.value / 72.0f, 1.0f) * 100.0f); // below70 [%]
  store_unless(place(2u * job.times + 3u, arm, row), a2_missing, smaller(k.a2.value / 72.0f, 1.0f) * 100.0f); // below54 [%]
  store_unless(place(2u * job.times + 4u, arm, row), a3_missing, smaller(k.a3.value / 72.0f, 1.0f) * 100.0f); // above [%]
  store_unless(place(2u * job.times + 5u, arm, row), a4_missing, y.integral_0 / 72.0f); // average [mg/dL]
  store_unless(place(2u * job.times + 6u, arm, row), a5_missing, k.a5.value); // highest [mg/dL]
  store_unless(place(2u * job.times + 7u, arm, row), a6_missing, k.a6.value / 3.0f); // sweets [g]
  store_unless(place(2u * job.times + 8u, arm, row), a7_missing, k.a7.value); // extra [U]
}

/// What is not finite stays so in a sum.
fn finite(y: State) -> bool {
  return is_finite(y.meal + y.gut + y.skin + y.deep + y.plasma + y.blood + y.tissue + y.x1 + y.x2 + y.x3 + y.integral_0);
}

/// Mean squares of state and derivative, in units of the tolerance.
fn sizes(y: State, f: State, tolerance: State, rtol: f32) -> vec2<f32> {
  var sum = vec2<f32>(0.0f, 0.0f);
  sum += square_both(vec2<f32>(y.meal, f.meal) / (tolerance.meal + rtol * abs(y.meal)));
  sum += square_both(vec2<f32>(y.gut, f.gut) / (tolerance.gut + rtol * abs(y.gut)));
  sum += square_both(vec2<f32>(y.skin, f.skin) / (tolerance.skin + rtol * abs(y.skin)));
  sum += square_both(vec2<f32>(y.deep, f.deep) / (tolerance.deep + rtol * abs(y.deep)));
  sum += square_both(vec2<f32>(y.plasma, f.plasma) / (tolerance.plasma + rtol * abs(y.plasma)));
  sum += square_both(vec2<f32>(y.blood, f.blood) / (tolerance.blood + rtol * abs(y.blood)));
  sum += square_both(vec2<f32>(y.tissue, f.tissue) / (tolerance.tissue + rtol * abs(y.tissue)));
  sum += square_both(vec2<f32>(y.x1, f.x1) / (tolerance.x1 + rtol * abs(y.x1)));
  sum += square_both(vec2<f32>(y.x2, f.x2) / (tolerance.x2 + rtol * abs(y.x2)));
  sum += square_both(vec2<f32>(y.x3, f.x3) / (tolerance.x3 + rtol * abs(y.x3)));
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
    y.meal + h2_1 * k.k1.meal,
    y.gut + h2_1 * k.k1.gut,
    y.skin + h2_1 * k.k1.skin,
    y.deep + h2_1 * k.k1.deep,
    y.plasma + h2_1 * k.k1.plasma,
    y.blood + h2_1 * k.k1.blood,
    y.tissue + h2_1 * k.k1.tissue,
    y.x1 + h2_1 * k.k1.x1,
    y.x2 + h2_1 * k.k1.x2,
    y.x3 + h2_1 * k.k1.x3,
    y.integral_0 + h2_1 * k.k1.integral_0,
  );
  k.k2 = rhs(t + 0.161f * h, y2, p, u);
  let h3_1 = -0.008480655f * h;
  let h3_2 = 0.33548066f * h;
  let y3 = State(
    y.meal + h3_1 * k.k1.meal + h3_2 * k.k2.meal,
    y.gut + h3_1 * k.k1.gut + h3_2 * k.k2.gut,
    y.skin + h3_1 * k.k1.skin + h3_2 * k.k2.skin,
    y.deep + h3_1 * k.k1.deep + h3_2 * k.k2.deep,
    y.plasma + h3_1 * k.k1.plasma + h3_2 * k.k2.plasma,
    y.blood + h3_1 * k.k1.blood + h3_2 * k.k2.blood,
    y.tissue + h3_1 * k.k1.tissue + h3_2 * k.k2.tissue,
    y.x1 + h3_1 * k.k1.x1 + h3_2 * k.k2.x1,
    y.x2 + h3_1 * k.k1.x2 + h3_2 * k.k2.x2,
    y.x3 + h3_1 * k.k1.x3 + h3_2 * k.k2.x3,
    y.integral_0 + h3_1 * k.k1.integral_0 + h3_2 * k.k2.integral_0,
  );
  k.k3 = rhs(t + 0.327f * h, y3, p, u);
  let h4_1 = 2.8971531f * h;
  let h4_2 = -6.3594484f * h;
  let h4_3 = 4.3622956f * h;
  let y4 = State(
    y.meal + h4_1 * k.k1.meal + h4_2 * k.k2.meal + h4_3 * k.k3.meal,
    y.gut + h4_1 * k.k1.gut + h4_2 * k.k2.gut + h4_3 * k.k3.gut,
    y.skin + h4_1 * k.k1.skin + h4_2 * k.k2.skin + h4_3 * k.k3.skin,
    y.deep + h4_1 * k.k1.deep + h4_2 * k.k2.deep + h4_3 * k.k3.deep,
    y.plasma + h4_1 * k.k1.plasma + h4_2 * k.k2.plasma + h4_3 * k.k3.plasma,
    y.blood + h4_1 * k.k1.blood + h4_2 * k.k2.blood + h4_3 * k.k3.blood,
    y.tissue + h4_1 * k.k1.tissue + h4_2 * k.k2.tissue + h4_3 * k.k3.tissue,
    y.x1 + h4_1 * k.k1.x1 + h4_2 * k.k2.x1 + h4_3 * k.k3.x1,
    y.x2 + h4_1 * k.k1.x2 + h4_2 * k.k2.x2 + h4_3 * k.k3.x2,
    y.x3 + h4_1 * k.k1.x3 + h4_2 * k.k2.x3 + h4_3 * k.k3.x3,
    y.integral_0 + h4_1 * k.k1.integral_0 + h4_2 * k.k2.integral_0 + h4_3 * k.k3.integral_0,
  );
  k.k4 = rhs(t + 0.9f * h, y4, p, u);
  let h5_1 = 5.325865f * h;
  let h5_2 = -11.748883f * h;
  let h5_3 = 7.495539f * h;
  let h5_4 = -0.09249507f * h;
  let y5 = State(
    y.meal + h5_1 * k.k1.meal + h5_2 * k.k2.meal + h5_3 * k.k3.meal + h5_4 * k.k4.meal,
    y.gut + h5_1 * k.k1.gut + h5_2 * k.k2.gut + h5_3 * k.k3.gut + h5_4 * k.k4.gut,
    y.skin + h5_1 * k.k1.skin + h5_2 * k.k2.skin + h5_3 * k.k3.skin + h5_4 * k.k4.skin,
    y.deep + h5_1 * k.k1.deep + h5_2 * k.k2.deep + h5_3 * k.k3.deep + h5_4 * k.k4.deep,
    y.plasma + h5_1 * k.k1.plasma + h5_2 * k.k2.plasma + h5_3 * k.k3.plasma + h5_4 * k.k4.plasma,
    y.blood + h5_1 * k.k1.blood + h5_2 * k.k2.blood + h5_3 * k.k3.blood + h5_4 * k.k4.blood,
    y.tissue + h5_1 * k.k1.tissue + h5_2 * k.k2.tissue + h5_3 * k.k3.tissue + h5_4 * k.k4.tissue,
    y.x1 + h5_1 * k.k1.x1 + h5_2 * k.k2.x1 + h5_3 * k.k3.x1 + h5_4 * k.k4.x1,
    y.x2 + h5_1 * k.k1.x2 + h5_2 * k.k2.x2 + h5_3 * k.k3.x2 + h5_4 * k.k4.x2,
    y.x3 + h5_1 * k.k1.x3 + h5_2 * k.k2.x3 + h5_3 * k.k3.x3 + h5_4 * k.k4.x3,
    y.integral_0 + h5_1 * k.k1.integral_0 + h5_2 * k.k2.integral_0 + h5_3 * k.k3.integral_0 + h5_4 * k.k4.integral_0,
  );
  k.k5 = rhs(t + 0.98002553f * h, y5, p, u);
  let h6_1 = 5.8614554f * h;
  let h6_2 = -12.920969f * h;
  let h6_3 = 8.159368f * h;
  let h6_4 = -0.07158497f * h;
  let h6_5 = -0.02826905f * h;
  let y6 = State(
    y.meal + h6_1 * k.k1.meal + h6_2 * k.k2.meal + h6_3 * k.k3.meal + h6_4 * k.k4.meal + h6_5 * k.k5.meal,
    y.gut + h6_1 * k.k1.gut + h6_2 * k.k2.gut + h6_3 * k.k3.gut + h6_4 * k.k4.gut + h6_5 * k.k5.gut,
    y.skin + h6_1 * k.k1.skin + h6_2 * k.k2.skin + h6_3 * k.k3.skin + h6_4 * k.k4.skin + h6_5 * k.k5.skin,
    y.deep + h6_1 * k.k1.deep + h6_2 * k.k2.deep + h6_3 * k.k3.deep + h6_4 * k.k4.deep + h6_5 * k.k5.deep,
    y.plasma + h6_1 * k.k1.plasma + h6_2 * k.k2.plasma + h6_3 * k.k3.plasma + h6_4 * k.k4.plasma + h6_5 * k.k5.plasma,
    y.blood + h6_1 * k.k1.blood + h6_2 * k.k2.blood + h6_3 * k.k3.blood + h6_4 * k.k4.blood + h6_5 * k.k5.blood,
    y.tissue + h6_1 * k.k1.tissue + h6_2 * k.k2.tissue + h6_3 * k.k3.tissue + h6_4 * k.k4.tissue + h6_5 * k.k5.tissue,
    y.x1 + h6_1 * k.k1.x1 + h6_2 * k.k2.x1 + h6_3 * k.k3.x1 + h6_4 * k.k4.x1 + h6_5 * k.k5.x1,
    y.x2 + h6_1 * k.k1.x2 + h6_2 * k.k2.x2 + h6_3 * k.k3.x2 + h6_4 * k.k4.x2 + h6_5 * k.k5.x2,
    y.x3 + h6_1 * k.k1.x3 + h6_2 * k.k2.x3 + h6_3 * k.k3.x3 + h6_4 * k.k4.x3 + h6_5 * k.k5.x3,
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
    y.meal + h7_1 * k.k1.meal + h7_2 * k.k2.meal + h7_3 * k.k3.meal + h7_4 * k.k4.meal + h7_5 * k.k5.meal + h7_6 * k.k6.meal,
    y.gut + h7_1 * k.k1.gut + h7_2 * k.k2.gut + h7_3 * k.k3.gut + h7_4 * k.k4.gut + h7_5 * k.k5.gut + h7_6 * k.k6.gut,
    y.skin + h7_1 * k.k1.skin + h7_2 * k.k2.skin + h7_3 * k.k3.skin + h7_4 * k.k4.skin + h7_5 * k.k5.skin + h7_6 * k.k6.skin,
    y.deep + h7_1 * k.k1.deep + h7_2 * k.k2.deep + h7_3 * k.k3.deep + h7_4 * k.k4.deep + h7_5 * k.k5.deep + h7_6 * k.k6.deep,
    y.plasma + h7_1 * k.k1.plasma + h7_2 * k.k2.plasma + h7_3 * k.k3.plasma + h7_4 * k.k4.plasma + h7_5 * k.k5.plasma + h7_6 * k.k6.plasma,
    y.blood + h7_1 * k.k1.blood + h7_2 * k.k2.blood + h7_3 * k.k3.blood + h7_4 * k.k4.blood + h7_5 * k.k5.blood + h7_6 * k.k6.blood,
    y.tissue + h7_1 * k.k1.tissue + h7_2 * k.k2.tissue + h7_3 * k.k3.tissue + h7_4 * k.k4.tissue + h7_5 * k.k5.tissue + h7_6 * k.k6.tissue,
    y.x1 + h7_1 * k.k1.x1 + h7_2 * k.k2.x1 + h7_3 * k.k3.x1 + h7_4 * k.k4.x1 + h7_5 * k.k5.x1 + h7_6 * k.k6.x1,
    y.x2 + h7_1 * k.k1.x2 + h7_2 * k.k2.x2 + h7_3 * k.k3.x2 + h7_4 * k.k4.x2 + h7_5 * k.k5.x2 + h7_6 * k.k6.x2,
    y.x3 + h7_1 * k.k1.x3 + h7_2 * k.k2.x3 + h7_3 * k.k3.x3 + h7_4 * k.k4.x3 + h7_5 * k.k5.x3 + h7_6 * k.k6.x3,
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
  sum += square((e_1 * k.k1.meal + e_2 * k.k2.meal + e_3 * k.k3.meal + e_4 * k.k4.meal + e_5 * k.k5.meal + e_6 * k.k6.meal + e_7 * k.k7.meal) / (tolerance.meal + rtol * most(abs(y.meal), abs(y1.meal))));
  sum += square((e_1 * k.k1.gut + e_2 * k.k2.gut + e_3 * k.k3.gut + e_4 * k.k4.gut + e_5 * k.k5.gut + e_6 * k.k6.gut + e_7 * k.k7.gut) / (tolerance.gut + rtol * most(abs(y.gut), abs(y1.gut))));
  sum += square((e_1 * k.k1.skin + e_2 * k.k2.skin + e_3 * k.k3.skin + e_4 * k.k4.skin + e_5 * k.k5.skin + e_6 * k.k6.skin + e_7 * k.k7.skin) / (tolerance.skin + rtol * most(abs(y.skin), abs(y1.skin))));
  sum += square((e_1 * k.k1.deep + e_2 * k.k2.deep + e_3 * k.k3.deep + e_4 * k.k4.deep + e_5 * k.k5.deep + e_6 * k.k6.deep + e_7 * k.k7.deep) / (tolerance.deep + rtol * most(abs(y.deep), abs(y1.deep))));
  sum += square((e_1 * k.k1.plasma + e_2 * k.k2.plasma + e_3 * k.k3.plasma + e_4 * k.k4.plasma + e_5 * k.k5.plasma + e_6 * k.k6.plasma + e_7 * k.k7.plasma) / (tolerance.plasma + rtol * most(abs(y.plasma), abs(y1.plasma))));
  sum += square((e_1 * k.k1.blood + e_2 * k.k2.blood + e_3 * k.k3.blood + e_4 * k.k4.blood + e_5 * k.k5.blood + e_6 * k.k6.blood + e_7 * k.k7.blood) / (tolerance.blood + rtol * most(abs(y.blood), abs(y1.blood))));
  sum += square((e_1 * k.k1.tissue + e_2 * k.k2.tissue + e_3 * k.k3.tissue + e_4 * k.k4.tissue + e_5 * k.k5.tissue + e_6 * k.k6.tissue + e_7 * k.k7.tissue) / (tolerance.tissue + rtol * most(abs(y.tissue), abs(y1.tissue))));
  sum += square((e_1 * k.k1.x1 + e_2 * k.k2.x1 + e_3 * k.k3.x1 + e_4 * k.k4.x1 + e_5 * k.k5.x1 + e_6 * k.k6.x1 + e_7 * k.k7.x1) / (tolerance.x1 + rtol * most(abs(y.x1), abs(y1.x1))));
  sum += square((e_1 * k.k1.x2 + e_2 * k.k2.x2 + e_3 * k.k3.x2 + e_4 * k.k4.x2 + e_5 * k.k5.x2 + e_6 * k.k6.x2 + e_7 * k.k7.x2) / (tolerance.x2 + rtol * most(abs(y.x2), abs(y1.x2))));
  sum += square((e_1 * k.k1.x3 + e_2 * k.k2.x3 + e_3 * k.k3.x3 + e_4 * k.k4.x3 + e_5 * k.k5.x3 + e_6 * k.k6.x3 + e_7 * k.k7.x3) / (tolerance.x3 + rtol * most(abs(y.x3), abs(y1.x3))));
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
    y.meal + b1 * k.k1.meal + b2 * k.k2.meal + b3 * k.k3.meal + b4 * k.k4.meal + b5 * k.k5.meal + b6 * k.k6.meal + b7 * k.k7.meal,
    y.gut + b1 * k.k1.gut + b2 * k.k2.gut + b3 * k.k3.gut + b4 * k.k4.gut + b5 * k.k5.gut + b6 * k.k6.gut + b7 * k.k7.gut,
    y.skin + b1 * k.k1.skin + b2 * k.k2.skin + b3 * k.k3.skin + b4 * k.k4.skin + b5 * k.k5.skin + b6 * k.k6.skin + b7 * k.k7.skin,
    y.deep + b1 * k.k1.deep + b2 * k.k2.deep + b3 * k.k3.deep + b4 * k.k4.deep + b5 * k.k5.deep + b6 * k.k6.deep + b7 * k.k7.deep,
    y.plasma + b1 * k.k1.plasma + b2 * k.k2.plasma + b3 * k.k3.plasma + b4 * k.k4.plasma + b5 * k.k5.plasma + b6 * k.k6.plasma + b7 * k.k7.plasma,
    y.blood + b1 * k.k1.blood + b2 * k.k2.blood + b3 * k.k3.blood + b4 * k.k4.blood + b5 * k.k5.blood + b6 * k.k6.blood + b7 * k.k7.blood,
    y.tissue + b1 * k.k1.tissue + b2 * k.k2.tissue + b3 * k.k3.tissue + b4 * k.k4.tissue + b5 * k.k5.tissue + b6 * k.k6.tissue + b7 * k.k7.tissue,
    y.x1 + b1 * k.k1.x1 + b2 * k.k2.x1 + b3 * k.k3.x1 + b4 * k.k4.x1 + b5 * k.k5.x1 + b6 * k.k6.x1 + b7 * k.k7.x1,
    y.x2 + b1 * k.k1.x2 + b2 * k.k2.x2 + b3 * k.k3.x2 + b4 * k.k4.x2 + b5 * k.k5.x2 + b6 * k.k6.x2 + b7 * k.k7.x2,
    y.x3 + b1 * k.k1.x3 + b2 * k.k2.x3 + b3 * k.k3.x3 + b4 * k.k4.x3 + b5 * k.k5.x3 + b6 * k.k6.x3 + b7 * k.k7.x3,
    y.integral_0 + b1 * k.k1.integral_0 + b2 * k.k2.integral_0 + b3 * k.k3.integral_0 + b4 * k.k4.integral_0 + b5 * k.k5.integral_0 + b6 * k.k6.integral_0 + b7 * k.k7.integral_0,
  );
}

// ---- module occurrences ----

// Generated from the model insulin: what happens at instants.
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
const most_waiting: u32 = 15u;
/// No happening, no place in the agenda.
const nobody: u32 = 0xffffffffu;
/// Behind the output times in `schedule`: where the tables are told of, and how many there are.
const tables_at: u32 = 15u;
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
  memory.last = -24.0f;
  memory.eaten = -24.0f;
  memory.sugar = 0.0f;
  memory.corrected = 0.0f;
  memory.last_high = -1e30f;
  memory.gives_high = 0.0f;
  memory.amount_high = 0.0f;
  memory.gives_low = 0.0f;
  memory.amount_low = 0.0f;
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

fn capture_0(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 1 into meal
  let local_0 = p.breakfast * p.bio / p.MG * 1000.0f;
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_0(c: Captured, t: f32, y: State, p: Params) -> State { // dose 1 into meal
  let new_0 = y.meal + c[0]; // meal
  var after = y;
  after.meal = new_0;
  return after;
}

fn capture_1(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 2 into meal
  let local_0 = p.lunch * p.bio / p.MG * 1000.0f;
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_1(c: Captured, t: f32, y: State, p: Params) -> State { // dose 2 into meal
  let new_0 = y.meal + c[0]; // meal
  var after = y;
  after.meal = new_0;
  return after;
}

fn capture_2(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 3 into meal
  let local_0 = p.dinner * p.bio / p.MG * 1000.0f;
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_2(c: Captured, t: f32, y: State, p: Params) -> State { // dose 3 into meal
  let new_0 = y.meal + c[0]; // meal
  var after = y;
  after.meal = new_0;
  return after;
}

fn capture_3(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 1 into skin
  let local_0 = select(0.0f, 1.0f, (drawn(0u, 1u, n) < 0.9f)) * (p.breakfast * p.ratio * p.counted);
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_3(c: Captured, t: f32, y: State, p: Params) -> State { // dose 1 into skin
  let new_0 = y.skin + c[0]; // skin
  var after = y;
  after.skin = new_0;
  return after;
}

fn capture_4(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 2 into skin
  let local_0 = select(0.0f, 1.0f, (drawn(0u, 2u, n) < 0.9f)) * (p.lunch * p.ratio * p.counted);
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_4(c: Captured, t: f32, y: State, p: Params) -> State { // dose 2 into skin
  let new_0 = y.skin + c[0]; // skin
  var after = y;
  after.skin = new_0;
  return after;
}

fn capture_5(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 3 into skin
  let local_0 = select(0.0f, 1.0f, (drawn(0u, 3u, n) < 0.9f)) * (p.dinner * p.ratio * p.counted);
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_5(c: Captured, t: f32, y: State, p: Params) -> State { // dose 3 into skin
  let new_0 = y.skin + c[0]; // skin
  var after = y;
  after.skin = new_0;
  return after;
}

fn capture_6(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 1 into meal
  let local_0 = p.breakfast * p.bio / p.MG * 1000.0f;
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_6(c: Captured, t: f32, y: State, p: Params) -> State { // dose 1 into meal
  let new_0 = y.meal + c[0]; // meal
  var after = y;
  after.meal = new_0;
  return after;
}

fn capture_7(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 2 into meal
  let local_0 = p.lunch * p.bio / p.MG * 1000.0f;
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_7(c: Captured, t: f32, y: State, p: Params) -> State { // dose 2 into meal
  let new_0 = y.meal + c[0]; // meal
  var after = y;
  after.meal = new_0;
  return after;
}

fn capture_8(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 3 into meal
  let local_0 = p.dinner * p.bio / p.MG * 1000.0f;
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_8(c: Captured, t: f32, y: State, p: Params) -> State { // dose 3 into meal
  let new_0 = y.meal + c[0]; // meal
  var after = y;
  after.meal = new_0;
  return after;
}

fn capture_9(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 1 into skin
  let local_0 = select(0.0f, 1.0f, (drawn(0u, 1u, n) < 0.9f)) * (p.breakfast * p.ratio * p.counted);
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_9(c: Captured, t: f32, y: State, p: Params) -> State { // dose 1 into skin
  let new_0 = y.skin + c[0]; // skin
  var after = y;
  after.skin = new_0;
  return after;
}

fn capture_10(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 2 into skin
  let local_0 = select(0.0f, 1.0f, (drawn(0u, 2u, n) < 0.9f)) * (p.lunch * p.ratio * p.counted);
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_10(c: Captured, t: f32, y: State, p: Params) -> State { // dose 2 into skin
  let new_0 = y.skin + c[0]; // skin
  var after = y;
  after.skin = new_0;
  return after;
}

fn capture_11(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 3 into skin
  let local_0 = select(0.0f, 1.0f, (drawn(0u, 3u, n) < 0.9f)) * (p.dinner * p.ratio * p.counted);
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_11(c: Captured, t: f32, y: State, p: Params) -> State { // dose 3 into skin
  let new_0 = y.skin + c[0]; // skin
  var after = y;
  after.skin = new_0;
  return after;
}

fn capture_12(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // high: dose
  var c: Captured;
  c[0] = memory.amount_high;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(memory.amount_high <= 0.0f)));
  return c;
}

fn effect_12(c: Captured, t: f32, y: State, p: Params) -> State { // high: dose
  let new_0 = y.skin + c[0]; // skin
  var after = y;
  after.skin = new_0;
  return after;
}

fn capture_13(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // high: doses given
  var c: Captured;
  return c;
}

fn effect_13(c: Captured, t: f32, y: State, p: Params) -> State { // high: doses given
  let new_0 = 0.0f; // gives_high
  var after = y;
  memory.gives_high = new_0;
  return after;
}

fn capture_14(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // high
  let local_0 = larger((y.blood / (p.VG * p.WT) * p.MG * 0.1f - p.aim) / p.drop - larger(y.skin + y.deep - 2.0f * p.basal / p.ka * 0.016666668f, 0.0f), 0.0f);
  var c: Captured;
  c[0] = memory.corrected + local_0;
  c[1] = local_0;
  c[2] = 1.0f;
  return c;
}

fn effect_14(c: Captured, t: f32, y: State, p: Params) -> State { // high
  let new_0 = t; // last_high
  let new_1 = c[0]; // corrected
  let new_2 = c[1]; // amount_high
  let new_3 = c[2]; // gives_high
  var after = y;
  memory.last_high = new_0;
  memory.corrected = new_1;
  memory.amount_high = new_2;
  memory.gives_high = new_3;
  return after;
}

fn capture_15(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 1 into meal
  let local_0 = p.breakfast * p.bio / p.MG * 1000.0f;
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_15(c: Captured, t: f32, y: State, p: Params) -> State { // dose 1 into meal
  let new_0 = y.meal + c[0]; // meal
  var after = y;
  after.meal = new_0;
  return after;
}

fn capture_16(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 2 into meal
  let local_0 = p.lunch * p.bio / p.MG * 1000.0f;
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_16(c: Captured, t: f32, y: State, p: Params) -> State { // dose 2 into meal
  let new_0 = y.meal + c[0]; // meal
  var after = y;
  after.meal = new_0;
  return after;
}

fn capture_17(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 3 into meal
  let local_0 = p.dinner * p.bio / p.MG * 1000.0f;
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_17(c: Captured, t: f32, y: State, p: Params) -> State { // dose 3 into meal
  let new_0 = y.meal + c[0]; // meal
  var after = y;
  after.meal = new_0;
  return after;
}

fn capture_18(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 1 into skin
  let local_0 = select(0.0f, 1.0f, (drawn(0u, 1u, n) < 0.9f)) * (p.breakfast * p.ratio * p.counted);
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_18(c: Captured, t: f32, y: State, p: Params) -> State { // dose 1 into skin
  let new_0 = y.skin + c[0]; // skin
  var after = y;
  after.skin = new_0;
  return after;
}

fn capture_19(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 2 into skin
  let local_0 = select(0.0f, 1.0f, (drawn(0u, 2u, n) < 0.9f)) * (p.lunch * p.ratio * p.counted);
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_19(c: Captured, t: f32, y: State, p: Params) -> State { // dose 2 into skin
  let new_0 = y.skin + c[0]; // skin
  var after = y;
  after.skin = new_0;
  return after;
}

fn capture_20(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // dose 3 into skin
  let local_0 = select(0.0f, 1.0f, (drawn(0u, 3u, n) < 0.9f)) * (p.dinner * p.ratio * p.counted);
  var c: Captured;
  c[0] = local_0;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(local_0 <= 0.0f)));
  return c;
}

fn effect_20(c: Captured, t: f32, y: State, p: Params) -> State { // dose 3 into skin
  let new_0 = y.skin + c[0]; // skin
  var after = y;
  after.skin = new_0;
  return after;
}

fn capture_21(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // looks
  let local_0 = t - 24.0f * floor(t / 24.0f);
  let local_1 = y.blood / (p.VG * p.WT) * p.MG * 0.1f;
  let local_2 = local_1 + 0.1f * local_1 * drawn(0u, 4u, n);
  var c: Captured;
  c[0] = select(0.0f, 1.0f, (((local_2 > p.limit) & (t - memory.last >= p.lockout)) & (local_0 - select(select(select(18.0f, 12.0f, (local_0 < 18.0f)), 7.0f, (local_0 < 12.0f)), -6.0f, (local_0 < 7.0f)) >= p.lockout)));
  c[1] = local_2;
  c[2] = t;
  c[3] = memory.corrected + (local_2 - p.aim) / p.drop;
  return c;
}

fn effect_21(c: Captured, t: f32, y: State, p: Params) -> State { // looks
  let new_0 = select(memory.last, c[2], (c[0] == 1.0f)); // last
  let new_1 = select(memory.corrected, c[3], (c[0] == 1.0f)); // corrected
  var after = y;
  memory.last = new_0;
  memory.corrected = new_1;
  return after;
}

fn capture_22(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // looks: dose
  let local_0 = y.blood / (p.VG * p.WT) * p.MG * 0.1f;
  let local_1 = local_0 + 0.1f * local_0 * drawn(0u, 4u, n);
  let local_2 = (local_1 - p.aim) / p.drop;
  let local_3 = t - 24.0f * floor(t / 24.0f);
  var c: Captured;
  c[0] = local_2;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, ((select(0.0f, 1.0f, (((local_1 > p.limit) & (t - memory.last >= p.lockout)) & (local_3 - select(select(select(18.0f, 12.0f, (local_3 < 18.0f)), 7.0f, (local_3 < 12.0f)), -6.0f, (local_3 < 7.0f)) >= p.lockout))) == 1.0f) & (!(local_2 <= 0.0f))));
  return c;
}

fn effect_22(c: Captured, t: f32, y: State, p: Params) -> State { // looks: dose
  let new_0 = y.skin + c[0]; // skin
  var after = y;
  after.skin = new_0;
  return after;
}

fn capture_23(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // low: dose
  var c: Captured;
  c[0] = memory.amount_low;
  c[1] = 0.0f;
  c[2] = select(0.0f, 1.0f, (!(memory.amount_low <= 0.0f)));
  return c;
}

fn effect_23(c: Captured, t: f32, y: State, p: Params) -> State { // low: dose
  let new_0 = y.meal + c[0]; // meal
  var after = y;
  after.meal = new_0;
  return after;
}

fn capture_24(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // low: doses given
  var c: Captured;
  return c;
}

fn effect_24(c: Captured, t: f32, y: State, p: Params) -> State { // low: doses given
  let new_0 = 0.0f; // gives_low
  var after = y;
  memory.gives_low = new_0;
  return after;
}

fn capture_25(n: f32, row: u32, t: f32, y: State, p: Params) -> Captured { // low
  var c: Captured;
  c[0] = p.notice * 0.016666668f;
  return c;
}

fn effect_25(c: Captured, t: f32, y: State, p: Params) -> State { // low
  let new_0 = t; // eaten
  let new_1 = memory.sugar + p.sweet; // sugar
  let new_2 = p.sweet * p.bio / p.MG * 1000.0f; // amount_low
  let new_3 = 1.0f; // gives_low
  var after = y;
  memory.eaten = new_0;
  memory.sugar = new_1;
  memory.amount_low = new_2;
  memory.gives_low = new_3;
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
    case 10u: { captured = capture_10(n, row, t, y, p); }
    case 11u: { captured = capture_11(n, row, t, y, p); }
    case 12u: { captured = capture_12(n, row, t, y, p); }
    case 13u: { captured = capture_13(n, row, t, y, p); }
    case 14u: { captured = capture_14(n, row, t, y, p); }
    case 15u: { captured = capture_15(n, row, t, y, p); }
    case 16u: { captured = capture_16(n, row, t, y, p); }
    case 17u: { captured = capture_17(n, row, t, y, p); }
    case 18u: { captured = capture_18(n, row, t, y, p); }
    case 19u: { captured = capture_19(n, row, t, y, p); }
    case 20u: { captured = capture_20(n, row, t, y, p); }
    case 21u: { captured = capture_21(n, row, t, y, p); }
    case 22u: { captured = capture_22(n, row, t, y, p); }
    case 23u: { captured = capture_23(n, row, t, y, p); }
    case 24u: { captured = capture_24(n, row, t, y, p); }
    case 25u: { captured = capture_25(n, row, t, y, p); }
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
    case 10u: { y = effect_10(c, t, y, p); }
    case 11u: { y = effect_11(c, t, y, p); }
    case 12u: { y = effect_12(c, t, y, p); }
    case 13u: { y = effect_13(c, t, y, p); }
    case 14u: { y = effect_14(c, t, y, p); }
    case 15u: { y = effect_15(c, t, y, p); }
    case 16u: { y = effect_16(c, t, y, p); }
    case 17u: { y = effect_17(c, t, y, p); }
    case 18u: { y = effect_18(c, t, y, p); }
    case 19u: { y = effect_19(c, t, y, p); }
    case 20u: { y = effect_20(c, t, y, p); }
    case 21u: { y = effect_21(c, t, y, p); }
    case 22u: { y = effect_22(c, t, y, p); }
    case 23u: { y = effect_23(c, t, y, p); }
    case 24u: { y = effect_24(c, t, y, p); }
    case 25u: { y = effect_25(c, t, y, p); }
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
    case 2u: { yes = c[2] > 0.0f; }
    case 3u: { yes = c[2] > 0.0f; }
    case 4u: { yes = c[2] > 0.0f; }
    case 5u: { yes = c[2] > 0.0f; }
    case 6u: { yes = c[2] > 0.0f; }
    case 7u: { yes = c[2] > 0.0f; }
    case 8u: { yes = c[2] > 0.0f; }
    case 9u: { yes = c[2] > 0.0f; }
    case 10u: { yes = c[2] > 0.0f; }
    case 11u: { yes = c[2] > 0.0f; }
    case 12u: { yes = c[2] > 0.0f; }
    case 15u: { yes = c[2] > 0.0f; }
    case 16u: { yes = c[2] > 0.0f; }
    case 17u: { yes = c[2] > 0.0f; }
    case 18u: { yes = c[2] > 0.0f; }
    case 19u: { yes = c[2] > 0.0f; }
    case 20u: { yes = c[2] > 0.0f; }
    case 22u: { yes = c[2] > 0.0f; }
    case 23u: { yes = c[2] > 0.0f; }
    default: {}
  }
  return yes;
}

fn delay_of(what: u32, c: Captured) -> f32 {
  var delay = 0.0f;
  switch what {
    case 25u: { delay = c[0]; }
    default: {}
  }
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
    case 12u: { own = 1e30f; }
    case 13u: { own = 1e30f; }
    case 23u: { own = 1e30f; }
    case 24u: { own = 1e30f; }
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
    case 2u: { yes = true; }
    case 3u: { yes = true; }
    case 4u: { yes = true; }
    case 5u: { yes = true; }
    case 6u: { yes = true; }
    case 7u: { yes = true; }
    case 8u: { yes = true; }
    case 9u: { yes = true; }
    case 10u: { yes = true; }
    case 11u: { yes = true; }
    case 12u: { yes = true; }
    case 15u: { yes = true; }
    case 16u: { yes = true; }
    case 17u: { yes = true; }
    case 18u: { yes = true; }
    case 19u: { yes = true; }
    case 20u: { yes = true; }
    case 22u: { yes = true; }
    case 23u: { yes = true; }
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
  return next;
}

fn passed(what: u32, c: Captured) -> Captured {
  var handed: Captured;
  return handed;
}

fn follow_delay(what: u32, c: Captured) -> f32 {
  var delay = 0.0f;
  return delay;
}

/// Where the guard of what follows is among the values it is given.
fn follower_admitted(what: u32, handed: Captured) -> bool {
  var yes = true;
  return yes;
}

const condition_count: u32 = 6u;
const initially_true: u32 = 0u;
const persistent: u32 = 63u;

fn heard_conditions() -> u32 {
  var heard = 0u;
  heard |= select(0u, 1u, own_therapy == 2); // high: dose
  heard |= select(0u, 2u, own_therapy == 2); // high: doses given
  heard |= select(0u, 4u, own_therapy == 2); // high
  heard |= select(0u, 8u, true); // low: dose
  heard |= select(0u, 16u, true); // low: doses given
  heard |= select(0u, 32u, true); // low
  return heard;
}

fn condition_happening(what: u32) -> u32 {
  var happening = nobody;
  switch what {
    case 0u: { happening = 12u; }
    case 1u: { happening = 13u; }
    case 2u: { happening = 14u; }
    case 3u: { happening = 23u; }
    case 4u: { happening = 24u; }
    case 5u: { happening = 25u; }
    default: {}
  }
  return happening;
}

fn condition_of(what: u32) -> u32 {
  var j = 0u;
  switch what {
    case 0u: { j = 7u; }
    case 1u: { j = 7u; }
    case 2u: { j = 8u; }
    case 3u: { j = 9u; }
    case 4u: { j = 9u; }
    case 5u: { j = 10u; }
    default: {}
  }
  return j;
}

/// Conditions whose truth may change in a step: at its end, or there and back.
fn stirred(w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, truth: u32) -> u32 {
  var bits = 0u;
  bits |= select(0u, 1u, ((w1.w7 > 0.0f) != ((truth & 1u) != 0u)) | may_cross(w0.w7, r0.w7, w1.w7, r1.w7, h));
  bits |= select(0u, 2u, ((w1.w7 > 0.0f) != ((truth & 2u) != 0u)) | may_cross(w0.w7, r0.w7, w1.w7, r1.w7, h));
  bits |= select(0u, 4u, ((w1.w8 > 0.0f) != ((truth & 4u) != 0u)) | may_cross(w0.w8, r0.w8, w1.w8, r1.w8, h));
  bits |= select(0u, 8u, ((w1.w9 > 0.0f) != ((truth & 8u) != 0u)) | may_cross(w0.w9, r0.w9, w1.w9, r1.w9, h));
  bits |= select(0u, 16u, ((w1.w9 > 0.0f) != ((truth & 16u) != 0u)) | may_cross(w0.w9, r0.w9, w1.w9, r1.w9, h));
  bits |= select(0u, 32u, ((w1.w10 > 0.0f) != ((truth & 32u) != 0u)) | may_cross(w0.w10, r0.w10, w1.w10, r1.w10, h));
  return bits;
}

var<private> clocks: array<Dose, 19>;
/// The next row of each clause that reads a table.
var<private> cursors: array<u32, 19>;

/// False where a number of a clock is not finite.
fn begin_clauses(p: Params) -> bool {
  var sound = true;
  let start_0 = 7.0f; // dose 1 into meal
  let interval_0 = 24.0f;
  clocks[0] = dose((own_therapy == 1), 0.0f, to_ticks(start_0), to_ticks(interval_0), 1000000.0f, 0, 0.0f,
    is_finite(start_0) & is_finite(interval_0));
  sound = sound & clocks[0].sound;
  let start_1 = 12.0f; // dose 2 into meal
  let interval_1 = 24.0f;
  clocks[1] = dose((own_therapy == 1), 0.0f, to_ticks(start_1), to_ticks(interval_1), 1000000.0f, 0, 0.0f,
    is_finite(start_1) & is_finite(interval_1));
  sound = sound & clocks[1].sound;
  let start_2 = 18.0f; // dose 3 into meal
  let interval_2 = 24.0f;
  clocks[2] = dose((own_therapy == 1), 0.0f, to_ticks(start_2), to_ticks(interval_2), 1000000.0f, 0, 0.0f,
    is_finite(start_2) & is_finite(interval_2));
  sound = sound & clocks[2].sound;
  let start_3 = 7.0f; // dose 1 into skin
  let interval_3 = 24.0f;
  clocks[3] = dose((own_therapy == 1), 0.0f, to_ticks(start_3), to_ticks(interval_3), 1000000.0f, 0, 0.0f,
    is_finite(start_3) & is_finite(interval_3));
  sound = sound & clocks[3].sound;
  let start_4 = 12.0f; // dose 2 into skin
  let interval_4 = 24.0f;
  clocks[4] = dose((own_therapy == 1), 0.0f, to_ticks(start_4), to_ticks(interval_4), 1000000.0f, 0, 0.0f,
    is_finite(start_4) & is_finite(interval_4));
  sound = sound & clocks[4].sound;
  let start_5 = 18.0f; // dose 3 into skin
  let interval_5 = 24.0f;
  clocks[5] = dose((own_therapy == 1), 0.0f, to_ticks(start_5), to_ticks(interval_5), 1000000.0f, 0, 0.0f,
    is_finite(start_5) & is_finite(interval_5));
  sound = sound & clocks[5].sound;
  let start_6 = 7.0f; // dose 1 into meal
  let interval_6 = 24.0f;
  clocks[6] = dose((own_therapy == 2), 0.0f, to_ticks(start_6), to_ticks(interval_6), 1000000.0f, 0, 0.0f,
    is_finite(start_6) & is_finite(interval_6));
  sound = sound & clocks[6].sound;
  let start_7 = 12.0f; // dose 2 into meal
  let interval_7 = 24.0f;
  clocks[7] = dose((own_therapy == 2), 0.0f, to_ticks(start_7), to_ticks(interval_7), 1000000.0f, 0, 0.0f,
    is_finite(start_7) & is_finite(interval_7));
  sound = sound & clocks[7].sound;
  let start_8 = 18.0f; // dose 3 into meal
  let interval_8 = 24.0f;
  clocks[8] = dose((own_therapy == 2), 0.0f, to_ticks(start_8), to_ticks(interval_8), 1000000.0f, 0, 0.0f,
    is_finite(start_8) & is_finite(interval_8));
  sound = sound & clocks[8].sound;
  let start_9 = 7.0f; // dose 1 into skin
  let interval_9 = 24.0f;
  clocks[9] = dose((own_therapy == 2), 0.0f, to_ticks(start_9), to_ticks(interval_9), 1000000.0f, 0, 0.0f,
    is_finite(start_9) & is_finite(interval_9));
  sound = sound & clocks[9].sound;
  let start_10 = 12.0f; // dose 2 into skin
  let interval_10 = 24.0f;
  clocks[10] = dose((own_therapy == 2), 0.0f, to_ticks(start_10), to_ticks(interval_10), 1000000.0f, 0, 0.0f,
    is_finite(start_10) & is_finite(interval_10));
  sound = sound & clocks[10].sound;
  let start_11 = 18.0f; // dose 3 into skin
  let interval_11 = 24.0f;
  clocks[11] = dose((own_therapy == 2), 0.0f, to_ticks(start_11), to_ticks(interval_11), 1000000.0f, 0, 0.0f,
    is_finite(start_11) & is_finite(interval_11));
  sound = sound & clocks[11].sound;
  let start_12 = 7.0f; // dose 1 into meal
  let interval_12 = 24.0f;
  clocks[12] = dose((own_therapy == 3), 0.0f, to_ticks(start_12), to_ticks(interval_12), 1000000.0f, 0, 0.0f,
    is_finite(start_12) & is_finite(interval_12));
  sound = sound & clocks[12].sound;
  let start_13 = 12.0f; // dose 2 into meal
  let interval_13 = 24.0f;
  clocks[13] = dose((own_therapy == 3), 0.0f, to_ticks(start_13), to_ticks(interval_13), 1000000.0f, 0, 0.0f,
    is_finite(start_13) & is_finite(interval_13));
  sound = sound & clocks[13].sound;
  let start_14 = 18.0f; // dose 3 into meal
  let interval_14 = 24.0f;
  clocks[14] = dose((own_therapy == 3), 0.0f, to_ticks(start_14), to_ticks(interval_14), 1000000.0f, 0, 0.0f,
    is_finite(start_14) & is_finite(interval_14));
  sound = sound & clocks[14].sound;
  let start_15 = 7.0f; // dose 1 into skin
  let interval_15 = 24.0f;
  clocks[15] = dose((own_therapy == 3), 0.0f, to_ticks(start_15), to_ticks(interval_15), 1000000.0f, 0, 0.0f,
    is_finite(start_15) & is_finite(interval_15));
  sound = sound & clocks[15].sound;
  let start_16 = 12.0f; // dose 2 into skin
  let interval_16 = 24.0f;
  clocks[16] = dose((own_therapy == 3), 0.0f, to_ticks(start_16), to_ticks(interval_16), 1000000.0f, 0, 0.0f,
    is_finite(start_16) & is_finite(interval_16));
  sound = sound & clocks[16].sound;
  let start_17 = 18.0f; // dose 3 into skin
  let interval_17 = 24.0f;
  clocks[17] = dose((own_therapy == 3), 0.0f, to_ticks(start_17), to_ticks(interval_17), 1000000.0f, 0, 0.0f,
    is_finite(start_17) & is_finite(interval_17));
  sound = sound & clocks[17].sound;
  let start_18 = 0.5f; // looks, looks: dose
  let interval_18 = 0.5f;
  clocks[18] = dose((own_therapy == 3), 0.0f, to_ticks(start_18), to_ticks(interval_18), 1000000.0f, 0, 0.0f,
    is_finite(start_18) & is_finite(interval_18));
  sound = sound & clocks[18].sound;
  return sound;
}

/// Happenings written before a clause, by number.
fn turn_of(clause: u32) -> u32 {
  switch clause {
    case 0u: { return 0u; }
    case 1u: { return 1u; }
    case 2u: { return 2u; }
    case 3u: { return 3u; }
    case 4u: { return 4u; }
    case 5u: { return 5u; }
    case 6u: { return 6u; }
    case 7u: { return 7u; }
    case 8u: { return 8u; }
    case 9u: { return 9u; }
    case 10u: { return 10u; }
    case 11u: { return 11u; }
    case 12u: { return 15u; }
    case 13u: { return 16u; }
    case 14u: { return 17u; }
    case 15u: { return 18u; }
    case 16u: { return 19u; }
    case 17u: { return 20u; }
    case 18u: { return 21u; }
    default: { return 26u; }
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
  if ((18u >= ahead) & strikes(clocks[18], now)) {
    next = Entered(18u, 19u, f32(happened(clocks[18], clocks[18].start, now)) - 1.0f, 0u);
  }
  if ((17u >= ahead) & strikes(clocks[17], now)) {
    next = Entered(17u, 18u, f32(happened(clocks[17], clocks[17].start, now)) - 1.0f, 0u);
  }
  if ((16u >= ahead) & strikes(clocks[16], now)) {
    next = Entered(16u, 17u, f32(happened(clocks[16], clocks[16].start, now)) - 1.0f, 0u);
  }
  if ((15u >= ahead) & strikes(clocks[15], now)) {
    next = Entered(15u, 16u, f32(happened(clocks[15], clocks[15].start, now)) - 1.0f, 0u);
  }
  if ((14u >= ahead) & strikes(clocks[14], now)) {
    next = Entered(14u, 15u, f32(happened(clocks[14], clocks[14].start, now)) - 1.0f, 0u);
  }
  if ((13u >= ahead) & strikes(clocks[13], now)) {
    next = Entered(13u, 14u, f32(happened(clocks[13], clocks[13].start, now)) - 1.0f, 0u);
  }
  if ((12u >= ahead) & strikes(clocks[12], now)) {
    next = Entered(12u, 13u, f32(happened(clocks[12], clocks[12].start, now)) - 1.0f, 0u);
  }
  if ((11u >= ahead) & strikes(clocks[11], now)) {
    next = Entered(11u, 12u, f32(happened(clocks[11], clocks[11].start, now)) - 1.0f, 0u);
  }
  if ((10u >= ahead) & strikes(clocks[10], now)) {
    next = Entered(10u, 11u, f32(happened(clocks[10], clocks[10].start, now)) - 1.0f, 0u);
  }
  if ((9u >= ahead) & strikes(clocks[9], now)) {
    next = Entered(9u, 10u, f32(happened(clocks[9], clocks[9].start, now)) - 1.0f, 0u);
  }
  if ((8u >= ahead) & strikes(clocks[8], now)) {
    next = Entered(8u, 9u, f32(happened(clocks[8], clocks[8].start, now)) - 1.0f, 0u);
  }
  if ((7u >= ahead) & strikes(clocks[7], now)) {
    next = Entered(7u, 8u, f32(happened(clocks[7], clocks[7].start, now)) - 1.0f, 0u);
  }
  if ((6u >= ahead) & strikes(clocks[6], now)) {
    next = Entered(6u, 7u, f32(happened(clocks[6], clocks[6].start, now)) - 1.0f, 0u);
  }
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
    case 0u: { found = select(found, 0u, (0u >= member) & ((own_therapy == 1) & (clocks[0].start >= reset_at))); }
    case 1u: { found = select(found, 1u, (1u >= member) & ((own_therapy == 1) & (clocks[1].start >= reset_at))); }
    case 2u: { found = select(found, 2u, (2u >= member) & ((own_therapy == 1) & (clocks[2].start >= reset_at))); }
    case 3u: { found = select(found, 3u, (3u >= member) & ((own_therapy == 1) & (clocks[3].start >= reset_at))); }
    case 4u: { found = select(found, 4u, (4u >= member) & ((own_therapy == 1) & (clocks[4].start >= reset_at))); }
    case 5u: { found = select(found, 5u, (5u >= member) & ((own_therapy == 1) & (clocks[5].start >= reset_at))); }
    case 6u: { found = select(found, 6u, (6u >= member) & ((own_therapy == 2) & (clocks[6].start >= reset_at))); }
    case 7u: { found = select(found, 7u, (7u >= member) & ((own_therapy == 2) & (clocks[7].start >= reset_at))); }
    case 8u: { found = select(found, 8u, (8u >= member) & ((own_therapy == 2) & (clocks[8].start >= reset_at))); }
    case 9u: { found = select(found, 9u, (9u >= member) & ((own_therapy == 2) & (clocks[9].start >= reset_at))); }
    case 10u: { found = select(found, 10u, (10u >= member) & ((own_therapy == 2) & (clocks[10].start >= reset_at))); }
    case 11u: { found = select(found, 11u, (11u >= member) & ((own_therapy == 2) & (clocks[11].start >= reset_at))); }
    case 12u: { found = select(found, 15u, (15u >= member) & ((own_therapy == 3) & (clocks[12].start >= reset_at))); }
    case 13u: { found = select(found, 16u, (16u >= member) & ((own_therapy == 3) & (clocks[13].start >= reset_at))); }
    case 14u: { found = select(found, 17u, (17u >= member) & ((own_therapy == 3) & (clocks[14].start >= reset_at))); }
    case 15u: { found = select(found, 18u, (18u >= member) & ((own_therapy == 3) & (clocks[15].start >= reset_at))); }
    case 16u: { found = select(found, 19u, (19u >= member) & ((own_therapy == 3) & (clocks[16].start >= reset_at))); }
    case 17u: { found = select(found, 20u, (20u >= member) & ((own_therapy == 3) & (clocks[17].start >= reset_at))); }
    case 18u: { found = select(found, 22u, (22u >= member) & ((own_therapy == 3) & (clocks[18].start >= reset_at)));
      found = select(found, 21u, (21u >= member) & (own_therapy == 3)); }
    default: {}
  }
  return found;
}

fn next_of_clauses(now: u32) -> u32 {
  var next = never;
  next = select(next, min(next, upcoming(clocks[0], clocks[0].start, now)), ((own_therapy == 1) & (clocks[0].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[1], clocks[1].start, now)), ((own_therapy == 1) & (clocks[1].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[2], clocks[2].start, now)), ((own_therapy == 1) & (clocks[2].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[3], clocks[3].start, now)), ((own_therapy == 1) & (clocks[3].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[4], clocks[4].start, now)), ((own_therapy == 1) & (clocks[4].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[5], clocks[5].start, now)), ((own_therapy == 1) & (clocks[5].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[6], clocks[6].start, now)), ((own_therapy == 2) & (clocks[6].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[7], clocks[7].start, now)), ((own_therapy == 2) & (clocks[7].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[8], clocks[8].start, now)), ((own_therapy == 2) & (clocks[8].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[9], clocks[9].start, now)), ((own_therapy == 2) & (clocks[9].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[10], clocks[10].start, now)), ((own_therapy == 2) & (clocks[10].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[11], clocks[11].start, now)), ((own_therapy == 2) & (clocks[11].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[12], clocks[12].start, now)), ((own_therapy == 3) & (clocks[12].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[13], clocks[13].start, now)), ((own_therapy == 3) & (clocks[13].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[14], clocks[14].start, now)), ((own_therapy == 3) & (clocks[14].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[15], clocks[15].start, now)), ((own_therapy == 3) & (clocks[15].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[16], clocks[16].start, now)), ((own_therapy == 3) & (clocks[16].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[17], clocks[17].start, now)), ((own_therapy == 3) & (clocks[17].start >= reset_at)));
  next = select(next, min(next, upcoming(clocks[18], clocks[18].start, now)), (own_therapy == 3) | ((own_therapy == 3) & (clocks[18].start >= reset_at)));
  return next;
}

