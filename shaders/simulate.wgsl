// One patient of one arm per invocation: segments between events outside, steps inside (src/engine/SEMANTICS.md).
// In: the job's buffers. Out: values at the output times, endpoints, and the one status the patient ended in.
#import job
#import windows
#import model
#import step
#import control
#import watch

/// In the order of STATUSES (src/engine/backend.ts).
const done: u32 = 0u;
const too_many_steps: u32 = 1u;
const step_too_small: u32 = 2u;
const not_finite: u32 = 3u;
const event_storm: u32 = 4u;

const most_events: u32 = 1048576u;
/// Beyond every segment: no output is due.
const no_output: f32 = 3e38f;

/// Local time of output i in a segment of ticks starts .. ends, or never. `times` is how many there are.
fn local_output(i: u32, times: u32, starts: u32, ends: u32) -> f32 {
  let tick = output_tick(min(i, max(times, 1u) - 1u));
  return select(model_time(tick - starts), no_output, (i >= times) | (tick > ends));
}

@compute @workgroup_size(64)
fn simulate(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.x;
  let arm = id.y;
  if (row >= job.patients) {
    return;
  }
  // Read once: a load from a uniform costs an emulated GPU as much as several sums.
  let horizon = job.horizon;
  let rtol = job.rtol;
  let largest_step = job.largest_step;
  let most_steps = job.most_steps;
  let times = job.times;
  let next_time = job.stride;
  let next_series = times * next_time;

  let p = patient(arm, order[job.offset + row]);
  let d = doses(arm, p);
  let tolerance = tolerances();
  var y = initial(p);
  var kept: Kept;
  var status = select(not_finite, done, finite(y) & doses_sound(d));
  var steps = 0u;
  var events = 0u;
  var now = 0u;
  var next_output = 0u;
  /// Where the next output of the first series goes.
  var record_at = place(0u, arm, row);
  /// Step proposed for the start of a segment, and squared norm of the last accepted step.
  var opening_step = 0.0f;
  var previous = 1e-8f;

  while (status == done && next_output < times && output_tick(next_output) == 0u) {
    record(record_at, next_series, observe(0.0f, y, p));
    next_output++;
    record_at += next_time;
  }

  loop {
    // The instant `now`, before anything happens at it.
    let start = model_time(now);
    let openers = opening(now);
    if ((status == done) & any_window(openers)) {
      let w = watch(start, y, p);
      kept = see(kept, w, start, openers);
      kept = take(kept, w, start, openers);
    }
    if ((status != done) | (now >= horizon)) {
      break;
    }
    events++;
    if (events > most_events) {
      status = event_storm;
      break;
    }

    // Windows open, doses are given, and the segment to the next event begins.
    y = give(start_quadratures(y, now), d, now);
    let u = inputs(d, now);
    let next = min(next_event(d, now), horizon);
    let segment = model_time(next - now);
    var k1 = rhs(start, y, p, u);
    if (!finite(y) | !finite(k1)) {
      status = not_finite;
      break;
    }
    let open = opened(now);
    let watching = watches & any_window(open);
    var w0: Watched;
    var r0: Watched;
    if (watches) {
      w0 = watch(start, y, p);
      r0 = watch_rate(start, y, k1, p);
      kept = see(kept, w0, start, seeing_after(now));
    }

    var h = opening_step;
    if (!adaptive) {
      h = segment / max(1.0f, ceil(segment / largest_step * (1.0f - 1e-6f)));
    } else if (h == 0.0f) {
      h = first_step(sizes(y, k1, tolerance, rtol), segment);
    }
    h = min(h, largest_step);
    var tau = 0.0f;
    var rejected = false;
    var first = true;
    var due = local_output(next_output, times, now, next);
    var arrived = false;
    /// The step at hand was looked into, and what turned or crossed in it.
    var looked = false;
    var inside = 0u;
    if (steps >= most_steps) {
      status = too_many_steps;
      break;
    }

    // An emulated GPU runs every line of a loop for every patient of its vector, whatever the conditions say. So the
    // loop over steps has one way out and no rare work: a patient in whose step something turns leaves it, has the
    // step looked into, and takes it again.
    loop {
      loop {
        steps += select(1u, 0u, looked);
        // A last step up to a twentieth longer spares a sliver.
        let remaining = segment - tau;
        let last = 1.05f * h >= remaining;
        let length = select(h, remaining, last);
        let t = start + tau;
        let tried = attempt(t, length, y, k1, p, u, tolerance, rtol);
        let sound = is_finite(tried.error) & finite(tried.y);
        let factor = step_factor(tried.error, previous, error_exponent, previous_exponent);
        let refused = adaptive & !looked & !(sound & (tried.error <= 1.0f));
        let tau1 = select(tau + length, segment, last);
        let t1 = start + tau1;
        let slope1 = end_slope(tried, t1, p, u);
        let followed = sound & sound_slope(slope1);

        var w1: Watched;
        var r1: Watched;
        if (watches) {
          w1 = watch(t1, tried.y, p);
          r1 = watch_rate(t1, tried.y, slope1, p);
          if (!looked) {
            inside = select(0u, turning(kept, w0, r0, w1, r1, length, open), watching & !refused & followed);
          }
        }
        let pausing = watches & !looked & (inside != 0u);
        let accepted = !refused & followed & !pausing;

        if (accepted) {
          if (watches) {
            kept = see_step(kept, w1, t1, length, inside, open);
            w0 = w1;
            r0 = r1;
          }
          // Tested at the end: a loop that tests first is run once more for nothing.
          if (due <= tau1) {
            loop {
              let theta = clamp((due - tau) / length, 0.0f, 1.0f);
              record(record_at, next_series, observe(start + due, dense(theta, length, y, tried.k), p));
              record_at += next_time;
              next_output++;
              due = local_output(next_output, times, now, next);
              continuing {
                break if due > tau1;
              }
            }
          }
          if (adaptive) {
            let grown = length * min(factor, select(5.0f, 1.0f, rejected));
            // A clipped step says little about the step it could have been.
            opening_step = select(opening_step, select(grown, max(h, grown), last), first);
            h = min(grown, largest_step);
            previous = max(tried.error, 1e-8f);
          }
          first = false;
          y = tried.y;
          k1 = slope1;
          tau = tau1;
          arrived = last;
        }
        if (refused) {
          h = length * select(0.2f, min(factor, 1.0f), sound);
        }
        let vanishing = refused & (h < smallest_step(tau, segment));
        let exhausted = !arrived & !pausing & (steps >= most_steps);
        let broken = !refused & !followed;
        status = select(status, too_many_steps, exhausted);
        status = select(status, select(not_finite, step_too_small, sound & !broken), vanishing | broken);
        rejected = refused | (pausing & rejected);
        looked = false;
        continuing {
          break if pausing | arrived | (status != done);
        }
      }
      if (!watches | arrived | (status != done)) {
        break;
      }
      // Only a patient that pauses is here: the same step once more, for its stages.
      let remaining = segment - tau;
      let last = 1.05f * h >= remaining;
      let length = select(h, remaining, last);
      let t1 = start + select(tau + length, segment, last);
      let t = start + tau;
      let tried = attempt(t, length, y, k1, p, u, tolerance, rtol);
      let slope1 = end_slope(tried, t1, p, u);
      let w1 = watch(t1, tried.y, p);
      let r1 = watch_rate(t1, tried.y, slope1, p);
      kept = look_inside(kept, inside, Path(t, length, y, tried.k), w0, r0, w1, r1, p, u, open);
      looked = true;
    }
    if (status != done) {
      break;
    }
    now = next;
  }

  if (status == done) {
    conclude(kept, y, p, arm, row);
  }
  outcomes[arm * job.stride + row] = vec2<u32>(status, steps);
}
