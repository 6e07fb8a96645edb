// A program in which nothing happens but plain doses: every place where something might is empty.
#import job
#import status
#import model
#import watch

fn begin(arm: u32, who: u32, slot: u32, p: Params) {
}

fn trouble() -> u32 {
  return done;
}

fn happen(y: State, p: Params, d: Doses, now: u32) -> State {
  return y;
}

fn next_happening(now: u32) -> u32 {
  return never;
}

fn stirs(w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32) -> bool {
  return false;
}

fn earliest_rise(path: Path, w0: Watched, r0: Watched, w1: Watched, r1: Watched, p: Params, u: Inputs, now: u32, tau: f32, next: u32) -> u32 {
  return next;
}
