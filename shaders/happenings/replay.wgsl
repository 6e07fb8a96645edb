// A ledger that is replayed: its rows are executed as they stand, through the same effects. Triggers and follows are idle.
#import job
#import status
#import model
#import happenings/rows
#import occurrences
#import happenings/agenda
#import conditions
#import steady

var<private> replayed: u32;

fn begin(arm: u32, who: u32, slot: u32, p: Params) {
  meet(arm, who, slot);
  begin_memory(p);
  replayed = first_row(replay_table);
}

fn happen(before: State, p: Params, d: Doses, now: u32) -> State {
  let t = model_time(now);
  var y = before;
  memory = inputs(d, now);
  for (var i = 0u; i < endless; i++) {
    if ((row_tick(replay_table, replayed) > i32(now)) | (fate != done)) {
      break;
    }
    let what = i32(round(row_value(replay_table, 1u, replayed)));
    let c = replayed_values(replayed);
    if (what >= 0) {
      y = execute(u32(what), c, 0u, now, t, y, p);
    } else if (what < -1) {
      y = settle(u32(-2 - what), c, now, t, y, p);
    } else {
      log_row(now, -1, c);
    }
    replayed++;
  }
  return y;
}


fn next_happening(now: u32) -> u32 {
  return min(as_event(row_tick(replay_table, replayed)), next_break(now));
}
