// What is remembered of a watched quantity while its window is open. Every function leaves the track alone unless `on`.
#import bits

struct Track {
  /// Whether there is anything: an extremum of nothing and an event that never came are missing.
  seen: bool,
  value: f32,
  /// Model time of the value or of the event.
  time: f32,
}

/// What was found inside one step of one watched quantity; theta runs from 0 to 1 over the step.
struct Located {
  /// Whether there is an extremum inside.
  turned: bool,
  theta: f32,
  value: f32,
  /// First theta from which the quantity is positive; over 1 when it never is.
  first: f32,
  /// Share of the step in which it is positive.
  share: f32,
}

/// No short-circuit operators and no early returns here: each would be a branch in every patient's step.
fn replaced(track: Track, now: bool, value: f32, time: f32) -> Track {
  return Track(track.seen | now, select(track.value, value, now), select(track.time, time, now));
}

fn highest(track: Track, on: bool, value: f32, time: f32) -> Track {
  return replaced(track, on & (!track.seen | (value > track.value)), value, time);
}

fn lowest(track: Track, on: bool, value: f32, time: f32) -> Track {
  return replaced(track, on & (!track.seen | (value < track.value)), value, time);
}

fn first_positive(track: Track, on: bool, value: f32, time: f32) -> Track {
  return replaced(track, on & !track.seen & (value > 0.0f), value, time);
}

fn first_inside(track: Track, on: bool, found: Located, time: f32, step: f32) -> Track {
  return first_positive(track, on & (found.first <= 1.0f), 1.0f, time + found.first * step);
}

/// Time is summed in `value`; a window that opened has a share, be it none.
fn add_time(track: Track, on: bool, time: f32) -> Track {
  return replaced(track, on, track.value + time, track.time);
}

fn capture(track: Track, on: bool, value: f32, time: f32) -> Track {
  return replaced(track, on, value, time);
}

fn opposite(a: f32, b: f32) -> bool {
  return ((a > 0.0f) & (b < 0.0f)) | ((a < 0.0f) & (b > 0.0f));
}

fn crosses(a: f32, b: f32) -> bool {
  return (a > 0.0f) != (b > 0.0f);
}

/// How far the quantity may stray from its ends inside a step of length h, from its rates there (a tangent's reach,
/// twice what a parabola needs).
fn reach(r0: f32, r1: f32, h: f32) -> f32 {
  return h * max(abs(r0), abs(r1));
}

/// Below this share of the value an extremum is rounding, which changes the sign of a rate at every step near rest.
const noise: f32 = 2e-6f;

/// Whether a maximum inside the step may matter to the track: locating one costs more than the step itself.
fn may_rise(track: Track, w0: f32, r0: f32, w1: f32, r1: f32, h: f32) -> bool {
  let stray = reach(r0, r1, h);
  let top = max(w0, w1);
  return (r0 > 0.0f) & (r1 < 0.0f) & (top + stray > track.value) & (stray > noise * abs(top));
}

fn may_fall(track: Track, w0: f32, r0: f32, w1: f32, r1: f32, h: f32) -> bool {
  let stray = reach(r0, r1, h);
  let bottom = min(w0, w1);
  return (r0 < 0.0f) & (r1 > 0.0f) & (bottom - stray < track.value) & (stray > noise * abs(bottom));
}

/// Whether the sign changes inside the step, once or there and back.
fn may_cross(w0: f32, r0: f32, w1: f32, r1: f32, h: f32) -> bool {
  return crosses(w0, w1) | (opposite(r0, r1) & (reach(r0, r1, h) >= min(abs(w0), abs(w1))));
}
