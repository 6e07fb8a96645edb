// Occurrences that wait: when each is due, in which order they were put in, and what was captured. Order in memory means
// nothing. Indexed by a variable, which is slow, but only at instants.
#import bits
#import job
#import status
#import model
#import happenings/rows
#import occurrences

struct Waiting {
  due: u32,
  order: u32,
  what: u32,
  c: Captured,
}

var<private> agenda: array<Waiting, most_waiting>;
var<private> waiting: u32;
/// Put in so far.
var<private> sequence: u32;

fn put(what: u32, due: u32, c: Captured) {
  if (waiting < most_waiting) {
    agenda[waiting] = Waiting(due, sequence, what, c);
    waiting++;
    sequence++;
  } else {
    fate = event_storm;
  }
}

/// The last one takes its place.
fn drop_waiting(i: u32) {
  waiting--;
  agenda[i] = agenda[waiting];
}

/// All that wait of a happening.
fn cancel(what: u32) {
  var i = 0u;
  for (var n = waiting; n > 0u; n--) {
    if (agenda[i].what == what) {
      drop_waiting(i);
    } else {
      i++;
    }
  }
}

/// Doses and what follows them, of those put in before `order`.
fn drop_doses(order: u32) {
  var i = 0u;
  for (var n = waiting; n > 0u; n--) {
    if (is_dose(agenda[i].what) & (agenda[i].order < order)) {
      drop_waiting(i);
    } else {
      i++;
    }
  }
}

/// Where the one that is to be executed stands, or `nobody`: highest priority, then the first that was put in. One that was
/// put in before order `fresh` waits for its turn: that of happenings before number `turn`.
fn first_due(t: f32, y: State, p: Params, now: u32, fresh: u32, turn: u32) -> u32 {
  var best = nobody;
  var highest = 0.0f;
  var order = 0u;
  for (var i = 0u; i < waiting; i++) {
    let own = priority(agenda[i].what, t, y, p);
    let better = (best == nobody) | (own > highest) | ((own == highest) & (agenda[i].order < order));
    let its_turn = (agenda[i].order >= fresh) | (agenda[i].what < turn);
    if ((agenda[i].due <= now) & its_turn & better) {
      best = i;
      highest = own;
      order = agenda[i].order;
    }
  }
  return best;
}

fn next_due() -> u32 {
  var next = never;
  for (var i = 0u; i < waiting; i++) {
    next = min(next, agenda[i].due);
  }
  return next;
}

/// now + a delay of model time, at least now. One that is no number ends the patient.
fn delayed(now: u32, delay: f32) -> u32 {
  fate = select(fate, not_finite, is_nan(delay));
  return now + u32(max(0, to_ticks(delay)));
}

/// Puts in what follows an execution.
fn put_follower(what: u32, c: Captured, now: u32) {
  let next = follower(what);
  if (next != nobody) {
    let handed = passed(what, c);
    if (follower_admitted(what, handed)) {
      let due = delayed(now, follow_delay(what, c));
      if (fate == done) {
        put(next, due, handed);
      }
    }
  }
}

/// A happening is executed, by its turn `order`: a reset first where it asks for one.
fn execute(what: u32, c: Captured, order: u32, now: u32, t: f32, before: State, p: Params) -> State {
  var y = before;
  if (resets(what, c)) {
    y = emptied(y, p);
    stop_infusions();
    drop_doses(order);
    reset_at = i32(now);
  }
  y = effect(what, c, t, y, p);
  memory = derived(memory, p);
  log_row(now, i32(what), c);
  return y;
}
