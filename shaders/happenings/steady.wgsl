// The steady state of a regimen, while time stands: its periods are solved until what is left of the approach is far below
// the tolerance, then the time since its last dose. Quadratures and streams take no part (src/engine/SEMANTICS.md).
#import bits
#import compare
#import job
#import status
#import control
#import model
#import step
#import happenings/rows
#import occurrences
#import happenings/agenda

const most_periods: u32 = 2000u;
/// Periods are solved this much more tightly than the run, so that the change over one is not its error.
const tighter: f32 = 0.015625f;
/// What f32 can tell: of a step's error, and of the approach.
const least_rtol: f32 = 3e-6f;
const least_approach: f32 = 2e-5f;
/// Share of the tolerance that may be left of the approach.
const left_over: f32 = 0.1f;
/// A change of less than this share of the tolerance counts as none.
const nothing: f32 = 1e-5f;
/// Noise: a change of at most this share of the tolerance that does not go on from period to period.
const noise_share: f32 = 0.3f;
/// Changes under these shares of what moved in a period and of the state do not tell how they shrink: rounding does.
const told_by_move: f32 = 1e-4f;
const told_by_state: f32 = 1e-6f;
/// Periods between two sums of the geometric rest: the last two of them tell how the change shrinks.
const periods_a_sum: u32 = 4u;
/// The rest of a geometric series is summed up to here; beyond, rounding decides what it would be.
const largest_ratio: f32 = 0.99999f;
/// A constant infusion's periods grow until they tell more than this of the slowest part.
const largest_ratio_constant: f32 = 0.98f;
/// First period of a constant infusion as a share of the horizon; twice as long after each sum, up to so many of them.
const first_period: f32 = 0.0009765625f;
const longest_period: f32 = 1048576.0f;

struct Reached {
  y: State,
  /// Time since the last dose.
  phase: f32,
}

/// How a change shrank: 2 where nobody can tell, and as it did before where rounding would answer.
fn shrinking(change: f32, last: f32, moved: f32, y: f32, before: f32) -> f32 {
  let ratio = select(2.0f, change / select(1.0f, last, last != 0.0f), last != 0.0f);
  let told = abs(last) > told_by_move * moved + told_by_state * abs(y);
  return select(before, ratio, told);
}

fn has_settled(y: f32, change: f32, last: f32, ratio: f32, tolerance: f32, rtol: f32) -> bool {
  let scale = tolerance + rtol * abs(y);
  let rest = abs(change) * abs(ratio);
  let shrinks = (abs(ratio) < 1.0f) & (rest <= left_over * scale * (1.0f - abs(ratio)));
  let goes_on = (change * last > 0.0f) & (abs(change) > 0.9f * abs(last)) & (abs(change) < 1.1f * abs(last));
  return shrinks | (abs(change) <= nothing * scale) | (!goes_on & (abs(change) <= noise_share * scale));
}

/// The state with the rest of a geometric approach.
fn with_rest(y: f32, change: f32, ratio: f32, largest: f32) -> f32 {
  let sum = y + change * ratio / (1.0f - ratio);
  return select(y, sum, (ratio > 0.0f) & (ratio < largest) & (sum * y >= 0.0f));
}

fn reach_steady(r: Regimen, before: State, p: Params, t: f32) -> Reached {
  let constant = !(r.interval > 0.0f);
  let interval = select(r.interval, 1.0f, constant);
  let full = select(floor(most(0.0f, r.duration) / interval), 0.0f, constant);
  let rest = most(0.0f, r.duration - full * interval);
  // A lag of an interval and more is that of an earlier dose.
  let phase = interval - (r.lag - floor(r.lag / interval) * interval);
  let approach_rtol = most(job.rtol, least_approach);
  let rtol = most(least_rtol, tighter * approach_rtol);
  let tolerance = tolerances();
  let tight = scaled(tolerance, tighter);
  let horizon = model_time(job.horizon);

  var y = before;
  var a: Approach;
  a.start = y;
  var span = select(interval, first_period * horizon, constant);
  var second = false;
  var at_last = false;
  var periods = 0u;
  var since = 0u;
  var calm = 0u;
  var steps = 0u;
  // A period is two legs: while the last dose's infusion runs, and after it. A constant infusion has one.
  for (var leg = 0u; leg < endless; leg++) {
    if (!second) {
      periods++;
      a = period_begun(a, y);
      if (!constant) {
        a = moved_on(a, r.bolus);
        y = sum_of(y, r.bolus);
      }
    }
    let infused = least(span, rest);
    let length = select(select(infused, span - infused, second), span, constant);
    let u = running(select(full + select(1.0f, 0.0f, second), 1.0f, constant), r.rate, p);
    var slope = rhs(t, y, p, u);
    var sound = finite(y) & finite(slope);
    var tau = 0.0f;
    var h = length / max(1.0f, ceil(length / job.largest_step * (1.0f - 1e-6f)));
    if (adaptive) {
      h = first_step(sizes(y, slope, tight, rtol), length);
    }
    var previous = 1e-6f;
    var rejected = false;
    var arrived = !(length > 0.0f);
    for (var i = 0u; i < endless; i++) {
      if (arrived | !sound) {
        break;
      }
      let remaining = length - tau;
      let last = 1.05f * h >= remaining;
      let tried_length = select(h, remaining, last);
      let tried = attempt(t, tried_length, y, slope, p, u, tight, rtol);
      let usable = is_finite(tried.error) & finite(tried.y);
      let factor = step_factor(tried.error, previous, error_exponent, previous_exponent);
      let refused = adaptive & !(usable & (tried.error <= 1.0f));
      steps++;
      if (refused) {
        h = tried_length * select(0.2f, least(1.0f, factor), usable);
        sound = h >= smallest_step(tau, length);
      } else {
        // The change is the sum of what is added: beside a large state their difference would be rounding.
        var origin: State;
        a = moved_on(a, dense(1.0f, tried_length, origin, tried.k));
        y = tried.y;
        slope = end_slope(tried, t, p, u);
        tau += tried_length;
        arrived = last;
        h = select(h, tried_length * least(factor, select(5.0f, 1.0f, rejected)), adaptive);
        previous = most(1e-8f, tried.error);
        sound = finite(y) & finite(slope);
      }
      rejected = refused;
      sound = sound & (steps < job.most_steps);
    }
    if (!sound | (periods > most_periods)) {
      fate = no_steady_state;
      break;
    }
    if (!constant & !second) {
      second = true;
    } else {
      second = false;
      if (at_last) {
        break;
      }
      a = approached(a, since > 0u, tolerance, approach_rtol);
      y = a.end;
      // Twice in succession, since a fast part of the change may hide a slow one for one period.
      calm = select(0u, calm + 1u, a.settled & (since > 0u));
      since++;
      if (calm >= 2u) {
        if (constant) {
          break;
        }
        at_last = true;
        span = phase;
      } else if (since == periods_a_sum) {
        since = 0u;
        calm = 0u;
        y = sum_rest(y, a, select(largest_ratio, largest_ratio_constant, constant));
        span = select(span, min(2.0f * span, longest_period * horizon), constant);
      }
    }
  }
  return Reached(y, phase);
}

/// What a happening asks for when its trigger fires, if it does: the state then, infusions still running and doses under way.
fn settle(what: u32, c: Captured, now: u32, t: f32, before: State, p: Params) -> State {
  let r = regimen(what, c);
  var y = before;
  if (r.mode > 0.0f) {
    // On top of what is there: doses, infusions and rates of before go on.
    let on_top = (r.mode > 1.5f) & (r.mode < 2.5f);
    let held_before = memory;
    stop_infusions();
    if (!on_top) {
      drop_doses(never);
      reset_at = i32(now);
    }
    if (r.mode < 2.5f) {
      y = emptied(y, p);
    }
    let sane = is_finite(r.interval) & is_finite(r.duration) & is_finite(r.lag);
    fate = select(not_finite, fate, sane);
    time_stands = true;
    still_time = t;
    if (sane) {
      let reached = reach_steady(r, y, p, t);
      y = reached.y;
      if (on_top) {
        y = sum_of(y, before);
        memory = held_before;
      }
      y = with_quadratures(y, before);
      log_row(now, -2 - i32(what), c);
      if ((fate == done) & (r.interval > 0.0f)) {
        // Infusions that began `since`, since + interval, ... before this moment still run: on memory they had their effect.
        var since = reached.phase;
        for (var i = 0u; r.infused & (i <= most_waiting); i++) {
          let ends = to_ticks(r.duration - since);
          if ((ends <= 0) | (fate != done)) {
            break;
          }
          let unused = effect(what, c, t, y, p);
          let next = follower(what);
          if (!replays & (next != nobody)) {
            put(next, now + u32(ends), passed(what, c));
          }
          since += r.interval;
        }
        // With a lag of an interval and more, doses given before this moment have not arrived yet.
        var arrives = r.lag - r.interval;
        for (var i = 0u; !replays & (i <= most_waiting); i++) {
          if (!(arrives >= 0.0f) | (fate != done)) {
            break;
          }
          put(what, now + u32(max(0, to_ticks(arrives))), c);
          arrives -= r.interval;
        }
      }
    }
    time_stands = false;
    memory = derived(memory, p);
  }
  return y;
}
