// Windows of time over which endpoints are taken; their edges are events, so a window is open or shut for a whole segment.
#import job

fn opens(window: u32, now: u32) -> bool {
  return window_from(window) == now;
}

/// Open from `now` on.
fn is_open(window: u32, now: u32) -> bool {
  return (window_from(window) <= now) & (now < window_to(window));
}

/// Sees the state after the doses of `now`: every open window, and one of no width at its only instant.
fn sees_after(window: u32, now: u32) -> bool {
  return opens(window, now) | is_open(window, now);
}

fn next_edge(window: u32, now: u32) -> u32 {
  let starts = window_from(window);
  let ends = window_to(window);
  return min(select(never, starts, starts > now), select(never, ends, ends > now));
}

/// A window that never opened or that shuts after the horizon has no value.
fn never_closed(window: u32) -> bool {
  return (window_from(window) > job.horizon) | (window_to(window) > job.horizon);
}
