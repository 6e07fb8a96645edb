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
