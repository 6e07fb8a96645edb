// Generated from the model decay.
#import bits
#import math
#import job
#import doses
#import windows
#import tracks

struct State {
  x: f32, // [mg]
}

struct Params {
  K: f32, // [1/h]
}

struct Inputs {
  none: bool,
}

struct Watched {
  none: bool,
}

struct Windows {
  none: bool,
}

struct Kept {
  none: bool,
}

struct Doses {
  none: bool,
}

struct Outputs {
  x: f32, // [mg]
}

/// Bit j: watched quantity j is a condition.
const conditions: u32 = 0u;
const watches: bool = false;

fn patient(arm: u32, who: u32) -> Params {
  let column_k = column(0u, who); // [1/h]
  return Params(
    column_k, // K
  );
}

fn tolerances() -> State {
  return State(
    schedule_value(0u), // x
  );
}

fn initial(p: Params) -> State {
  return State(
    1.0f, // x
  );
}

fn rhs(t: f32, y: State, p: Params, u: Inputs) -> State {
  return State(
    (-p.K) * y.x, // x
  );
}

fn observe(t: f32, y: State, p: Params) -> Outputs {
  return Outputs(
    y.x, // x
  );
}

/// `first` is where the first output goes, `next` how far on the next one does.
fn record(first: u32, next: u32, outputs: Outputs) {
  store(first + 0u * next, outputs.x);
}

fn watch(t: f32, y: State, p: Params) -> Watched {
  return Watched();
}

fn watch_rate(t: f32, y: State, f: State, p: Params) -> Watched {
  return Watched();
}

fn watched_value(w: Watched, j: u32) -> f32 {
  var value = 0.0f;
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
  var u: Inputs;
  return u;
}

fn next_event(d: Doses, now: u32) -> u32 {
  var next = never;
  return next;
}

fn start_quadratures(y: State, now: u32) -> State {
  var fresh = y;
  return fresh;
}

fn opening(now: u32) -> Windows {
  var w: Windows;
  return w;
}

fn opened(now: u32) -> Windows {
  var w: Windows;
  return w;
}

fn seeing_after(now: u32) -> Windows {
  var w: Windows;
  return w;
}

/// Whether any window with watched quantities is among them.
fn any_window(w: Windows) -> bool {
  return false;
}

fn turning(k: Kept, w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32, open: Windows) -> u32 {
  var inside = 0u;
  return inside;
}

fn see(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  return k;
}

fn take(kept: Kept, w: Watched, t: f32, on: Windows) -> Kept {
  var k = kept;
  return k;
}

fn see_inside(kept: Kept, j: u32, found: Located, t: f32, h: f32, on: Windows) -> Kept {
  var k = kept;
  return k;
}

fn see_step(kept: Kept, w1: Watched, t1: f32, h: f32, inside: u32, on: Windows) -> Kept {
  var k = kept;
  return k;
}

/// Missing in, missing out.
fn conclude(k: Kept, y: State, p: Params, arm: u32, row: u32) {
}

/// What is not finite stays so in a sum.
fn finite(y: State) -> bool {
  return is_finite(y.x);
}

/// Mean squares of state and derivative, in units of the tolerance.
fn sizes(y: State, f: State, tolerance: State, rtol: f32) -> vec2<f32> {
  var sum = vec2<f32>(0.0f, 0.0f);
  sum += square_both(vec2<f32>(y.x, f.x) / (tolerance.x + rtol * abs(y.x)));
  return 1.0f * sum;
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
    y.x + h2_1 * k.k1.x,
  );
  k.k2 = rhs(t + 0.161f * h, y2, p, u);
  let h3_1 = -0.008480655f * h;
  let h3_2 = 0.33548066f * h;
  let y3 = State(
    y.x + h3_1 * k.k1.x + h3_2 * k.k2.x,
  );
  k.k3 = rhs(t + 0.327f * h, y3, p, u);
  let h4_1 = 2.8971531f * h;
  let h4_2 = -6.3594484f * h;
  let h4_3 = 4.3622956f * h;
  let y4 = State(
    y.x + h4_1 * k.k1.x + h4_2 * k.k2.x + h4_3 * k.k3.x,
  );
  k.k4 = rhs(t + 0.9f * h, y4, p, u);
  let h5_1 = 5.325865f * h;
  let h5_2 = -11.748883f * h;
  let h5_3 = 7.495539f * h;
  let h5_4 = -0.09249507f * h;
  let y5 = State(
    y.x + h5_1 * k.k1.x + h5_2 * k.k2.x + h5_3 * k.k3.x + h5_4 * k.k4.x,
  );
  k.k5 = rhs(t + 0.98002553f * h, y5, p, u);
  let h6_1 = 5.8614554f * h;
  let h6_2 = -12.920969f * h;
  let h6_3 = 8.159368f * h;
  let h6_4 = -0.07158497f * h;
  let h6_5 = -0.02826905f * h;
  let y6 = State(
    y.x + h6_1 * k.k1.x + h6_2 * k.k2.x + h6_3 * k.k3.x + h6_4 * k.k4.x + h6_5 * k.k5.x,
  );
  k.k6 = rhs(t + h, y6, p, u);
  let h7_1 = 0.09646077f * h;
  let h7_2 = 0.01f * h;
  let h7_3 = 0.47988966f * h;
  let h7_4 = 1.3790085f * h;
  let h7_5 = -3.2900696f * h;
  let h7_6 = 2.3247106f * h;
  let y1 = State(
    y.x + h7_1 * k.k1.x + h7_2 * k.k2.x + h7_3 * k.k3.x + h7_4 * k.k4.x + h7_5 * k.k5.x + h7_6 * k.k6.x,
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
  sum += square((e_1 * k.k1.x + e_2 * k.k2.x + e_3 * k.k3.x + e_4 * k.k4.x + e_5 * k.k5.x + e_6 * k.k6.x + e_7 * k.k7.x) / (tolerance.x + rtol * most(abs(y.x), abs(y1.x))));
  let error = 1.0f * sum;
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
    y.x + b1 * k.k1.x + b2 * k.k2.x + b3 * k.k3.x + b4 * k.k4.x + b5 * k.k5.x + b6 * k.k6.x + b7 * k.k7.x,
  );
}
