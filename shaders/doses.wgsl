// Arithmetic of one stream of equal doses, without state: how many have started and ended by a tick, and when the next
// one does. Floor divisions of whole ticks, so simultaneous events are simultaneous.
#import bits
#import job

struct Dose {
  amount: f32,
  /// Amount per model time while infused; 0 for a bolus.
  rate: f32,
  start: i32,
  interval: u32,
  /// 0 for a bolus.
  duration: i32,
  count: u32,
  /// False when a number of the stream is not finite.
  sound: bool,
}

/// f32(1073741823) rounds up to 2^30, one tick out of range.
fn held(ticks: i32) -> i32 {
  return clamp(ticks, -most_ticks, most_ticks);
}

/// `given` is false for the streams of other therapies: they count no doses.
fn dose(given: bool, amount: f32, start: i32, interval: i32, count: f32, duration: i32, duration_time: f32, sound: bool) -> Dose {
  var d: Dose;
  d.amount = amount;
  d.start = held(start);
  d.count = u32(clamp(round(count), 0.0f, 1073741823.0f));
  d.count = select(0u, d.count, given);
  let single = (interval <= 0) | (d.count <= 1u);
  d.interval = u32(select(held(interval), i32(job.horizon) + 1, single));
  d.duration = select(0, max(held(duration), 1), duration_time > 0.0f);
  // A duration under half a tick becomes a tick and keeps the amount; one beyond the range keeps its own rate.
  let infused = select(f32(d.duration) * job.tick, duration_time, d.duration == most_ticks);
  d.rate = select(0.0f, amount / infused, d.duration > 0);
  d.sound = !given | (sound & is_finite(amount) & is_finite(count) & is_finite(duration_time));
  return d;
}

/// Occurrences up to and including `now` of something that first happens at `first`.
fn happened(d: Dose, first: i32, now: u32) -> u32 {
  let since = i32(now) - first;
  return select(min(d.count, u32(max(since, 0)) / d.interval + 1u), 0u, since < 0);
}

/// The next occurrence after `now`.
fn upcoming(d: Dose, first: i32, now: u32) -> u32 {
  let since = i32(now) - first;
  let elapsed = u32(max(since, 0));
  let later = now + (d.interval - elapsed % d.interval);
  let more = elapsed / d.interval + 1u < d.count;
  return select(select(never, later, more), select(never, u32(first), d.count > 0u), since < 0);
}

/// Amount given at once at `now`.
fn bolus(d: Dose, now: u32) -> f32 {
  let since = i32(now) - d.start;
  let elapsed = u32(max(since, 0));
  let due = (since >= 0) & (elapsed % d.interval == 0u) & (elapsed / d.interval < d.count) & (d.duration == 0);
  return select(0.0f, d.amount, due);
}

/// Amount per model time from `now` on; overlapping infusions add up.
fn infusion(d: Dose, now: u32) -> f32 {
  let running = happened(d, d.start, now) - happened(d, d.start + d.duration, now);
  return select(0.0f, f32(running) * d.rate, running > 0u);
}

/// The next start or end after `now`.
fn next_of(d: Dose, now: u32) -> u32 {
  let start = upcoming(d, d.start, now);
  return select(start, min(start, upcoming(d, d.start + d.duration, now)), d.duration > 0);
}
