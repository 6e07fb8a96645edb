// What happens at an instant: clause by clause (the happenings of one clock, or of one row of a table) occurrences are
// captured and executed by priority until it is quiet; at last conditions are looked at (src/engine/SEMANTICS.md, "Happenings").
// One loop with one place for each kind of work, since a GPU compiles every place on its own.
#import job
#import status
#import model
#import happenings/rows
#import occurrences
#import happenings/agenda
#import conditions
#import steady

const most_executions: u32 = 1000u;
/// Instants that follow each other more closely are one when executions are counted: in f32 the state stands still between
/// them. A share of the time, and ticks.
const one_instant: f32 = 2.3841858e-7f;
const one_instant_ticks: f32 = 64.0f;

var<private> executed: u32;
var<private> last_instant: u32;

fn begin(arm: u32, who: u32, slot: u32, p: Params) {
  meet(arm, who, slot);
  reset_at = -most_ticks - 1;
  begin_memory(p);
  begin_conditions();
  fate = select(not_finite, done, begin_clauses(p));
}

fn happen(before: State, p: Params, d: Doses, now: u32) -> State {
  let t = model_time(now);
  var y = before;
  memory = inputs(d, now);
  // The clause at hand and the next of its members; the first clause that is not yet looked at.
  var clause = nobody;
  var member = 0u;
  var ahead = 0u;
  var n = 0.0f;
  var row = 0u;
  if (f32(now - last_instant) > max(one_instant_ticks, f32(now) * one_instant)) {
    executed = 0u;
  }
  last_instant = now;
  let executed_before = executed;
  // Of what waits since before, happenings before number `turn` are executed; then the clause at hand is opened.
  let fresh = sequence;
  var turn = 0u;
  var open = true;
  var fired = false;
  var at_last = false;
  for (var round = 0u; round < endless; round++) {
    var noticing = false;
    var what = nobody;
    var number = n;
    if (open) {
      what = member_of(clause, member);
      member = what + 1u;
    }
    if (what == nobody) {
      clause = select(clause, nobody, open);
      let risen = take_risen();
      what = risen.what;
      number = risen.n;
    }
    if (what != nobody) {
      fired = true;
      let c = capture_of(what, number, row, t, y, p);
      if ((fate == done) & admitted(what, c)) {
        y = settle(what, c, now, t, y, p);
        let due = delayed(now, delay_of(what, c));
        if (fate == done) {
          put(what, due, c);
        }
      }
    } else {
      let i = first_due(t, y, p, now, fresh, turn);
      if (i != nobody) {
        let own = agenda[i];
        drop_waiting(i);
        executed++;
        y = execute(own.what, own.c, own.order, now, t, y, p);
        put_follower(own.what, own.c, now);
        fate = select(fate, event_storm, executed > most_executions);
        noticing = true;
      } else if (!open) {
        open = true;
      } else {
        let entered = enter_clause(ahead, now);
        clause = entered.clause;
        ahead = entered.ahead;
        n = entered.n;
        row = entered.row;
        member = 0u;
        turn = turn_of(clause);
        open = clause == nobody;
        if (clause == nobody) {
          if (at_last) {
            break;
          }
          at_last = true;
          noticing = true;
        }
      }
    }
    if (noticing) {
      notice(t, y, p);
    }
    if (fate != done) {
      break;
    }
  }
  if (fired & (executed == executed_before) & (fate == done)) {
    var nothing: Captured;
    log_row(now, -1, nothing);
  }
  return y;
}

fn next_happening(now: u32) -> u32 {
  return min(min(next_due(), next_of_clauses(now)), next_break(now));
}
