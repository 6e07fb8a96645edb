// Conditions along the path: which hold, whether one rises inside a step that would be accepted, where, and which fell.
// Bit c of a word is condition c; a margin is > 0 where the condition holds (src/engine/SEMANTICS.md, "Conditions").
#import job
#import status
#import model
#import tracks
#import watch
#import happenings/rows
#import occurrences
#import happenings/agenda

struct Risen {
  what: u32,
  n: f32,
}

var<private> truth: u32;
/// Those of this arm.
var<private> heard: u32;
/// Located at the end of the segment, where they count as risen whatever the last bit of the margin says.
var<private> forced: u32;
/// Noticed and not yet captured.
var<private> risen: u32;
/// Of one that was located: the margin that still counts as holding.
var<private> least_margin: array<f32, condition_count>;
/// How often each rose.
var<private> rises: array<u32, condition_count>;

const no_margin: f32 = 3e38f;
/// Halvings of a step: its ends are neighbours then.
const halvings: i32 = 24;
/// Times this much later than tau are told apart from it in f32.
const apart: f32 = 1.0f + 2.3841858e-7f;

fn begin_conditions() {
  truth = initially_true;
  heard = heard_conditions();
  for (var c = 0u; c < condition_count; c++) {
    least_margin[c] = no_margin;
  }
}

fn take_risen() -> Risen {
  var first = Risen(nobody, 0.0f);
  if (risen != 0u) {
    let c = firstTrailingBit(risen);
    risen &= risen - 1u;
    first = Risen(condition_happening(c), f32(rises[c]));
    rises[c]++;
  }
  return first;
}

fn forget(c: u32) {
  truth &= ~(1u << c);
  least_margin[c] = no_margin;
  if ((persistent & (1u << c)) == 0u) {
    cancel(condition_happening(c));
  }
}

/// At an instant: what rose waits to be captured, what fell takes back what waits of it.
fn notice(t: f32, y: State, p: Params) {
  let w = watch(t, y, p);
  for (var c = 0u; c < condition_count; c++) {
    let bit = 1u << c;
    if ((heard & bit) != 0u) {
      let margin = watched_value(w, condition_of(c));
      let above = margin > 0.0f;
      if (((forced & bit) != 0u) | above) {
        least_margin[c] = select(margin, no_margin, above);
      }
      forced &= ~bit;
      let held_before = (truth & bit) != 0u;
      if (above | (margin >= least_margin[c])) {
        risen |= select(bit, 0u, held_before);
        truth |= bit;
      } else if (held_before) {
        forget(c);
      }
    }
  }
}

/// Whether a step may have changed any.
fn stirs(w0: Watched, r0: Watched, w1: Watched, r1: Watched, h: f32) -> bool {
  return (stirred(w0, r0, w1, r1, h, truth) & heard & ~forced) != 0u;
}

/// Theta of the far end of the rise between two thetas, of which the second holds.
fn rise_point(path: Path, j: u32, low: f32, high: f32, p: Params) -> f32 {
  var a = low;
  var b = high;
  for (var i = 0; i < halvings; i++) {
    let middle = 0.5f * (a + b);
    if (value_on(path, middle, j, p) > 0.0f) {
      b = middle;
    } else {
      a = middle;
    }
  }
  return b;
}

/// The instant of the earliest rise inside a step, where the segment is to end [tick]; `next` where there is none before.
/// Where the step stands, what fell by its end is taken note of.
fn earliest_rise(path: Path, w0: Watched, r0: Watched, w1: Watched, r1: Watched, p: Params, u: Inputs, now: u32, tau: f32, next: u32) -> u32 {
  var earliest = next;
  var fallen = 0u;
  /// Those that rise at the earliest instant found so far.
  var first = 0u;
  var left = stirred(w0, r0, w1, r1, path.h, truth) & heard & ~forced;
  for (var round = 0u; round < condition_count; round++) {
    if (left == 0u) {
      break;
    }
    let c = firstTrailingBit(left);
    left &= left - 1u;
    let j = condition_of(c);
    let rate0 = watched_value(r0, j);
    let rate1 = watched_value(r1, j);
    let end = watched_value(w1, j);
    var a = 0.0f;
    var start = watched_value(w0, j);
    var b = 1.0f;
    var to = end;
    if (opposite(rate0, rate1)) {
      b = turning_point(path, j, rate0, rate1, p, u);
      to = value_on(path, b, j, p);
    }
    var holds = (truth & (1u << c)) != 0u;
    var fell = false;
    var root = 2.0f;
    // Stretches in which the margin is monotone; the first rise counts.
    for (var stretch = 0; stretch < 2; stretch++) {
      if ((root > 1.0f) & (a < 1.0f)) {
        if (holds) {
          fell = fell | !((to > 0.0f) | (to >= least_margin[c]));
          holds = !fell;
        } else if (to > 0.0f) {
          root = a;
          if (!(start > 0.0f)) {
            root = rise_point(path, j, a, b, p);
          }
        }
      }
      a = b;
      start = to;
      b = 1.0f;
      to = end;
    }
    fallen |= select(0u, 1u << c, fell);
    if (root <= 1.0f) {
      let behind = u32(floor(tau * apart / job.tick)) + 1u;
      let located = u32(ceil((tau + root * path.h) / job.tick));
      let at = min(next, now + max(behind, located));
      first = select(select(first, first | (1u << c), at == earliest), 1u << c, at < earliest);
      earliest = min(earliest, at);
    }
  }
  // A step that is not taken changes nothing but its end; one that fell before the rise that ends it has fallen.
  let cut = earliest < next;
  fallen &= select(heard, first, cut);
  forced = select(forced, 0u, cut) | first;
  for (var round = 0u; round < condition_count; round++) {
    if (fallen == 0u) {
      break;
    }
    forget(firstTrailingBit(fallen));
    fallen &= fallen - 1u;
  }
  return earliest;
}
