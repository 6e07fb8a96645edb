// One patient's way through a run: what opens a segment between events, what one step does, what is done about a step in
// which something turns or crosses (src/engine/SEMANTICS.md). In which loops they stand is the module `loops`' affair:
// loops/nested.wgsl or loops/flat.wgsl. No early returns: each would be a loop of its own to an emulated GPU.
#import job
#import windows
#import times
#import model
#import step
#import compare
#import control
#import watch
#import status
#import happenings

const most_events: u32 = 1048576u;
/// Beyond every segment: no output is due.
const no_output: f32 = 3e38f;

/// What stays the same for a patient. Read once: a load from a uniform costs an emulated GPU as much as several sums.
struct Given {
  p: Params,
  d: Doses,
  tolerance: State,
  horizon: u32,
  rtol: f32,
  largest_step: f32,
  most_steps: u32,
  times: u32,
  /// From one output time to the next and from one output to the next in `values`.
  next_time: u32,
  next_series: u32,
}

/// What stays the same from one event to the next.
struct Segment {
  start: f32,
  length: f32,
  /// The instant it ends at [tick].
  next: u32,
  u: Inputs,
  open: Windows,
  watching: bool,
}

struct Course {
  y: State,
  k1: State,
  kept: Kept,
  /// Watched quantities and their rates at the start of the step.
  w0: Watched,
  r0: Watched,
  status: u32,
  steps: u32,
  now: u32,
  next_output: u32,
  /// Where the next output of the first series goes.
  record_at: u32,
  /// Local time of the next output, or never.
  due: f32,
  /// Step proposed for the start of a segment, and squared norm of the last accepted step.
  opening_step: f32,
  previous: f32,
  h: f32,
  tau: f32,
  rejected: bool,
  /// No step of this segment has been accepted yet.
  first: bool,
  /// At the segment's end.
  arrived: bool,
  /// The step at hand is to be looked into; it was; and what turns or crosses in it.
  pausing: bool,
  looked: bool,
  inside: u32,
}

/// Local time of output i in a segment of ticks starts .. ends, or never. `times` is how many there are.
fn local_output(i: u32, times: u32, starts: u32, ends: u32) -> f32 {
  let tick = output_tick(min(i, max(times, 1u) - 1u));
  return select(model_time(tick - starts), no_output, (i >= times) | (tick > ends));
}

/// `who`: number within the block.
fn given(arm: u32, who: u32) -> Given {
  let p = patient(arm, who);
  return Given(
    p,
    doses(arm, p),
    tolerances(),
    job.horizon,
    job.rtol,
    job.largest_step,
    job.most_steps,
    job.times,
    job.stride,
    job.times * job.stride,
  );
}

fn set_out(g: Given, record_at: u32) -> Course {
  var c: Course;
  c.y = initial(g.p);
  c.status = select(not_finite, trouble(), finite(c.y) & doses_sound(g.d));
  c.record_at = record_at;
  for (var i = 0u; i < endless; i++) {
    if ((c.status != done) | (c.next_output >= g.times) | (output_tick(c.next_output) != 0u)) {
      break;
    }
    record(c.record_at, g.next_series, observe(0.0f, c.y, g.p));
    c.next_output++;
    c.record_at += g.next_time;
  }
  return c;
}

/// The instant `now`, before anything happens at it. False at the horizon and for a patient that has failed.
fn goes_on(c: ptr<function, Course>, g: Given) -> bool {
  let now = (*c).now;
  let openers = opening(now);
  if (((*c).status == done) & any_window(openers)) {
    let start = model_time(now);
    let w = watch(start, (*c).y, g.p);
    (*c).kept = see((*c).kept, w, start, openers);
    (*c).kept = take((*c).kept, w, start, openers);
  }
  return ((*c).status == done) & (now < g.horizon);
}

/// Windows open, doses are given, and the segment to the next event begins; `events` have been before. A patient whose
/// status is not `done` afterwards has failed.
fn open_segment(c: ptr<function, Course>, g: Given, events: u32) -> Segment {
  let now = (*c).now;
  let start = model_time(now);
  (*c).y = happen(give(start_quadratures((*c).y, now), g.d, now), g.p, g.d, now);
  let u = inputs(g.d, now);
  let next = min(min(next_event(g.d, now), next_happening(now)), g.horizon);
  let length = model_time(next - now);
  confine(start, length);
  (*c).k1 = rhs(start, (*c).y, g.p, u);
  let open = opened(now);
  if (watches) {
    (*c).w0 = watch(start, (*c).y, g.p);
    (*c).r0 = watch_rate(start, (*c).y, (*c).k1, g.p);
    (*c).kept = see((*c).kept, (*c).w0, start, seeing_after(now));
  }

  var h = (*c).opening_step;
  if (!adaptive) {
    h = length / max(1.0f, ceil(length / g.largest_step * (1.0f - 1e-6f)));
  } else if (h == 0.0f) {
    h = first_step(sizes((*c).y, (*c).k1, g.tolerance, g.rtol), length);
  }
  (*c).h = min(h, g.largest_step);
  // What the step before a dose said is no guide to the transient after it.
  (*c).previous = 1e-6f;
  (*c).tau = 0.0f;
  (*c).rejected = false;
  (*c).first = true;
  (*c).arrived = false;
  (*c).due = local_output((*c).next_output, g.times, now, next);
  let sound = finite((*c).y) & finite((*c).k1);
  (*c).status = select(done, too_many_steps, (*c).steps >= g.most_steps);
  (*c).status = select(not_finite, (*c).status, sound);
  (*c).status = select(trouble(), (*c).status, trouble() == done);
  (*c).status = select((*c).status, event_storm, events >= most_events);
  return Segment(start, length, next, u, open, watches & any_window(open));
}

/// Whether a segment is over, or a step is to be looked into: what ends a loop over steps.
fn halts(c: ptr<function, Course>) -> bool {
  return (*c).pausing | (*c).arrived | ((*c).status != done);
}

/// One step, accepted or refused. No rare work: an emulated GPU runs every line of a loop for every patient of its
/// vector, whatever the conditions say. A step in which something turns is not taken yet; `pausing` says so.
fn take_step(c: ptr<function, Course>, segment: Segment, g: Given) {
  let looked = (*c).looked;
  let h = (*c).h;
  let tau = (*c).tau;
  (*c).steps += select(1u, 0u, looked);
  // A last step up to a twentieth longer spares a sliver.
  let remaining = segment.length - tau;
  let last = 1.05f * h >= remaining;
  let length = select(h, remaining, last);
  let tried = attempt(segment.start + tau, length, (*c).y, (*c).k1, g.p, segment.u, g.tolerance, g.rtol);
  let sound = is_finite(tried.error) & finite(tried.y);
  let factor = step_factor(tried.error, (*c).previous, error_exponent, previous_exponent);
  let refused = adaptive & !looked & !(sound & (tried.error <= 1.0f));
  let tau1 = select(tau + length, segment.length, last);
  let t1 = segment.start + tau1;
  let slope1 = end_slope(tried, t1, g.p, segment.u);
  let followed = sound & sound_slope(slope1);

  var w1: Watched;
  var r1: Watched;
  var stirring = false;
  if (watches) {
    w1 = watch(t1, tried.y, g.p);
    r1 = watch_rate(t1, tried.y, slope1, g.p);
    if (!looked) {
      let turns = turning((*c).kept, (*c).w0, (*c).r0, w1, r1, length, segment.open);
      (*c).inside = select(0u, turns, segment.watching & !refused & followed);
      stirring = stirs((*c).w0, (*c).r0, w1, r1, length) & !refused & followed;
    }
  }
  let pausing = watches & !looked & (((*c).inside != 0u) | stirring);
  let accepted = !refused & followed & !pausing;

  if (accepted) {
    if (watches) {
      (*c).kept = see_step((*c).kept, w1, t1, length, (*c).inside, segment.open);
      (*c).w0 = w1;
      (*c).r0 = r1;
    }
    // Tested at the end: a loop that tests first is run once more for nothing.
    if ((*c).due <= tau1) {
      for (var i = 0u; i < endless; i++) {
        let theta = least(1.0f, most(0.0f, ((*c).due - tau) / length));
        let y = dense(theta, length, (*c).y, tried.k);
        record((*c).record_at, g.next_series, observe(segment.start + (*c).due, y, g.p));
        (*c).record_at += g.next_time;
        (*c).next_output++;
        (*c).due = local_output((*c).next_output, g.times, (*c).now, segment.next);
        if ((*c).due > tau1) {
          break;
        }
      }
    }
    if (adaptive) {
      let grown = length * least(factor, select(5.0f, 1.0f, (*c).rejected));
      // A clipped step says little about the step it could have been.
      (*c).opening_step = select((*c).opening_step, select(grown, most(h, grown), last), (*c).first);
      (*c).h = least(g.largest_step, grown);
      (*c).previous = most(1e-8f, tried.error);
    }
    (*c).first = false;
    (*c).y = tried.y;
    (*c).k1 = slope1;
    (*c).tau = tau1;
    (*c).arrived = last;
  }
  if (refused) {
    (*c).h = length * select(0.2f, least(1.0f, factor), sound);
  }
  let vanishing = refused & ((*c).h < smallest_step((*c).tau, segment.length));
  let exhausted = !(*c).arrived & !pausing & ((*c).steps >= g.most_steps);
  let broken = !refused & !followed;
  (*c).status = select((*c).status, too_many_steps, exhausted);
  (*c).status = select((*c).status, select(not_finite, step_too_small, sound & !broken), vanishing | broken);
  (*c).rejected = refused | (pausing & (*c).rejected);
  (*c).pausing = pausing;
  (*c).looked = false;
}

/// For a patient that pauses: the same step once more, for its stages, and what turned in it. The next take_step takes it,
/// or, where a condition rises in it, one to that instant: there the segment ends now.
fn look_into_step(c: ptr<function, Course>, segment: ptr<function, Segment>, g: Given) {
  let remaining = (*segment).length - (*c).tau;
  let last = 1.05f * (*c).h >= remaining;
  let length = select((*c).h, remaining, last);
  let t1 = (*segment).start + select((*c).tau + length, (*segment).length, last);
  let t = (*segment).start + (*c).tau;
  let u = (*segment).u;
  let tried = attempt(t, length, (*c).y, (*c).k1, g.p, u, g.tolerance, g.rtol);
  let slope1 = end_slope(tried, t1, g.p, u);
  let w1 = watch(t1, tried.y, g.p);
  let r1 = watch_rate(t1, tried.y, slope1, g.p);
  let path = Path(t, length, (*c).y, tried.k);
  let end = earliest_rise(path, (*c).w0, (*c).r0, w1, r1, g.p, u, (*c).now, (*c).tau, (*segment).next);
  (*c).looked = end == (*segment).next;
  if ((*c).looked) {
    (*c).kept = look_inside((*c).kept, (*c).inside, path, (*c).w0, (*c).r0, w1, r1, g.p, u, (*segment).open);
  } else {
    (*segment).next = end;
    (*segment).length = model_time(end - (*c).now);
    (*c).due = local_output((*c).next_output, g.times, (*c).now, end);
  }
  (*c).pausing = false;
}
