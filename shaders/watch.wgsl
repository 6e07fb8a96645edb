// Extrema and crossings between the two ends of a step, located on the dense polynomial. Rare, so plain bisection with
// the same number of halvings for every patient.
#import tracks
#import model
#import step

/// One accepted step from y at time t.
struct Path {
  t: f32,
  h: f32,
  y: State,
  k: Stages,
}

fn value_on(path: Path, theta: f32, j: u32, p: Params) -> f32 {
  return watched_value(watch(path.t + theta * path.h, dense(theta, path.h, path.y, path.k), p), j);
}

/// Rate of the watched quantity from the right-hand side at the dense state.
fn rate_on(path: Path, theta: f32, j: u32, p: Params, u: Inputs) -> f32 {
  let t = path.t + theta * path.h;
  let y = dense(theta, path.h, path.y, path.k);
  return watched_value(watch_rate(t, y, rhs(t, y, p, u), p), j);
}

/// Root of the rate to 2^-10 of the step; the last halving is a secant.
fn turning_point(path: Path, j: u32, rate0: f32, rate1: f32, p: Params, u: Inputs) -> f32 {
  var a = 0.0f;
  var b = 1.0f;
  var ra = rate0;
  var rb = rate1;
  for (var i = 0; i < 10; i++) {
    let middle = 0.5f * (a + b);
    let r = rate_on(path, middle, j, p, u);
    if (crosses(r, ra)) {
      b = middle;
      rb = r;
    } else {
      a = middle;
      ra = r;
    }
  }
  return a + (b - a) * clamp(ra / (ra - rb), 0.0f, 1.0f);
}

/// Where the quantity changes sign between thetas a and b, to 2^-20 of the step.
fn crossing_point(path: Path, j: u32, low: f32, high: f32, positive_first: bool, p: Params) -> f32 {
  var a = low;
  var b = high;
  for (var i = 0; i < 20; i++) {
    let middle = 0.5f * (a + b);
    if ((value_on(path, middle, j, p) > 0.0f) == positive_first) {
      a = middle;
    } else {
      b = middle;
    }
  }
  return 0.5f * (a + b);
}

/// Adds the piece from theta a to b, over which the quantity is monotone.
fn add_piece(found: Located, path: Path, j: u32, a: f32, wa: f32, b: f32, wb: f32, p: Params) -> Located {
  var result = found;
  var begin = a;
  var end = b;
  if (crosses(wa, wb)) {
    let root = crossing_point(path, j, a, b, wa > 0.0f, p);
    begin = select(root, a, wa > 0.0f);
    end = select(b, root, wa > 0.0f);
  }
  if ((wa > 0.0f) | (wb > 0.0f)) {
    result.share += end - begin;
    result.first = min(result.first, begin);
  }
  return result;
}

fn locate(path: Path, j: u32, w0: f32, r0: f32, w1: f32, r1: f32, p: Params, u: Inputs) -> Located {
  var found = Located(false, 1.0f, w1, 2.0f, 0.0f);
  if (opposite(r0, r1)) {
    found.turned = true;
    found.theta = turning_point(path, j, r0, r1, p, u);
    found.value = value_on(path, found.theta, j, p);
  }
  if ((conditions & (1u << j)) == 0u) {
    return found;
  }
  found = add_piece(found, path, j, 0.0f, w0, found.theta, found.value, p);
  return add_piece(found, path, j, found.theta, found.value, 1.0f, w1, p);
}

/// Everything that turned or crossed inside one step; bit j of `inside` is watched quantity j.
fn look_inside(kept: Kept, inside: u32, path: Path, w0: Watched, r0: Watched, w1: Watched, r1: Watched, p: Params, u: Inputs, open: Windows) -> Kept {
  var result = kept;
  var left = inside;
  while (left != 0u) {
    let j = firstTrailingBit(left);
    left &= left - 1u;
    let found = locate(path, j, watched_value(w0, j), watched_value(r0, j), watched_value(w1, j), watched_value(r1, j), p, u);
    result = see_inside(result, j, found, path.t, path.h, open);
  }
  return result;
}
