// Rows of a patient's own, corners of tables of time, and the ledger. Which table has how many rows stands in `schedule`
// behind the tolerances: per table (first word of a patient, rows), then the breaks [tick].
#import bits
#import job
#import status
#import model

/// [table][field][row][patient of the block]: field 0 is the time [tick], the others are f32 bits.
@group(0) @binding(7) var<storage, read> tables: array<u32>;
/// [arm][patient] rows that would have been written, then [arm][patient][row](tick, happening, captured values).
@group(0) @binding(8) var<storage, read_write> ledger: array<u32>;

/// The patient at hand: therapy of its arm, number in the block, place in the ledger; and how it fares.
var<private> own_therapy: i32;
var<private> own_number: u32;
var<private> own_slot: u32;
var<private> fate: u32;

/// The tick of a row that is not there.
const no_row: i32 = 0x7fffffff;

fn table_rows(table: u32) -> u32 {
  return schedule[job.times + tables_at + 2u * table + 1u];
}

fn row_bits(table: u32, field: u32, row: u32) -> u32 {
  let rows = table_rows(table);
  let word = schedule[job.times + tables_at + 2u * table] + field * rows + min(row, max(rows, 1u) - 1u);
  return tables[word * job.block + own_number];
}

fn row_tick(table: u32, row: u32) -> i32 {
  return select(no_row, bitcast<i32>(row_bits(table, 0u, row)), row < table_rows(table));
}

fn row_time(table: u32, row: u32) -> f32 {
  return f32(row_tick(table, row)) * job.tick;
}

fn row_value(table: u32, field: u32, row: u32) -> f32 {
  return bitcast<f32>(row_bits(table, field, row));
}

/// Draws are made before the run: one more than there are ends the patient.
fn drawn(table: u32, field: u32, n: f32) -> f32 {
  fate = select(fate, event_storm, n >= f32(table_rows(table)));
  return row_value(table, field, u32(max(n, 0.0f)));
}

/// The first row that is not before time 0.
fn first_row(table: u32) -> u32 {
  var row = 0u;
  for (var i = 0u; i < table_rows(table); i++) {
    row += select(0u, 1u, (row == i) & (row_tick(table, i) < 0));
  }
  return row;
}

/// As the tick of an event.
fn as_event(tick: i32) -> u32 {
  return select(u32(max(tick, 0)), never, tick == no_row);
}

var<private> break_at: u32;

fn next_break(now: u32) -> u32 {
  let first = job.times + tables_at + 2u * table_count;
  var next = never;
  for (var i = break_at; i < job.breaks; i++) {
    next = schedule[first + i];
    if (next > now) {
      break;
    }
    break_at = i + 1u;
    next = never;
  }
  return next;
}

/// `what`: a happening, -1 where one was awaited and none came, -2 - h for the steady state that happening h asked for.
fn log_row(now: u32, what: i32, c: Captured) {
  if (job.ledger_rows > 0u) {
    let row = ledger[own_slot];
    ledger[own_slot] = row + 1u;
    if (row < job.ledger_rows) {
      let at = job.arms * job.patients + (own_slot * job.ledger_rows + row) * (2u + captures);
      ledger[at] = now;
      ledger[at + 1u] = bitcast<u32>(what);
      for (var i = 0u; i < captures; i++) {
        ledger[at + 2u + i] = bitcast<u32>(c[i]);
      }
    }
  }
}

fn meet(arm: u32, who: u32, slot: u32) {
  own_therapy = arm_therapy(arm);
  own_number = who;
  own_slot = arm * job.patients + slot;
  fate = done;
  if (job.ledger_rows > 0u) {
    ledger[own_slot] = 0u;
  }
}

fn trouble() -> u32 {
  return fate;
}
