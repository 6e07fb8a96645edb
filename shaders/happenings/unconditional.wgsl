// A program in which nothing waits for a condition.
#import model
#import watch
#import happenings/rows
#import occurrences

struct Risen {
  what: u32,
  n: f32,
}

fn begin_conditions() {
}

fn take_risen() -> Risen {
  return Risen(nobody, 0.0f);
}

fn notice(t: f32, y: State, p: Params) {
}

fn stirs(w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32) -> bool {
  return false;
}

fn earliest_rise(path: Path, w0: Watched, r0: Watched, w1: Watched, r1: Watched, p: Params, u: Inputs, now: u32, tau: f32, next: u32) -> u32 {
  return next;
}
