// What a dispatch of the simulation reads and writes: the numbers of one Job that sliders move. All times are in ticks,
// a power of two of the model's time unit, so that sums and differences are exact.
#import bits

struct Job {
  /// Patients in this dispatch; invocation i is patient `order[offset + i]` of its block and has row `first_row + i`.
  patients: u32,
  offset: u32,
  block: u32,
  /// Patients between two columns of `values`.
  stride: u32,
  /// Arms in this dispatch and words per arm in `arms`.
  arms: u32,
  arm_words: u32,
  /// Output times, and values per patient: outputs x times, then endpoints.
  times: u32,
  columns: u32,
  /// The run ends here [tick].
  horizon: u32,
  /// Model time per tick.
  tick: f32,
  rtol: f32,
  /// Step of a fixed-step method, else the largest step [model time].
  largest_step: f32,
  /// Accepted and rejected, per patient and arm.
  most_steps: u32,
  first_row: u32,
  /// Instants in `schedule` at which every segment is cut, and rows of each patient's ledger: 0, none is kept.
  breaks: u32,
  ledger_rows: u32,
}

@group(0) @binding(0) var<uniform> job: Job;
/// [column][patient of the block]
@group(0) @binding(1) var<storage, read> columns: array<f32>;
/// [arm][therapy, study values (f32 bits), dose times (ticks)]
@group(0) @binding(2) var<storage, read> arms: array<u32>;
/// Output times [tick], windows (from, to) [tick], absolute tolerances (f32 bits)
@group(0) @binding(3) var<storage, read> schedule: array<u32>;
/// [arm][column][patient] f32 bits
@group(0) @binding(4) var<storage, read_write> values: array<u32>;
/// [arm][patient] (status, steps)
@group(0) @binding(5) var<storage, read_write> outcomes: array<vec2<u32>>;
/// Patient of the block by row: patients with like work are neighbours.
@group(0) @binding(6) var<storage, read> order: array<u32>;

/// A tick that never comes: every tick of a run is below 2^30.
const never: u32 = 0xffffffffu;
/// Longest time in ticks, so that a sum of two fits an i32.
const most_ticks: i32 = 0x3fffffff;

/// Column c of a patient of the block.
fn column(c: u32, who: u32) -> f32 {
  return columns[c * job.block + who];
}

fn arm_therapy(arm: u32) -> i32 {
  return bitcast<i32>(arms[arm * job.arm_words]);
}

fn arm_value(arm: u32, word: u32) -> f32 {
  return bitcast<f32>(arms[arm * job.arm_words + word]);
}

fn arm_ticks(arm: u32, word: u32) -> i32 {
  return bitcast<i32>(arms[arm * job.arm_words + word]);
}

/// A time that the processor could not make into ticks is the least i32.
fn arm_sound(arm: u32, word: u32) -> bool {
  return arms[arm * job.arm_words + word] != sign_mask;
}

fn output_tick(i: u32) -> u32 {
  return schedule[i];
}

fn window_from(w: u32) -> u32 {
  return schedule[job.times + 2u * w];
}

fn window_to(w: u32) -> u32 {
  return schedule[job.times + 2u * w + 1u];
}

fn schedule_value(word: u32) -> f32 {
  return bitcast<f32>(schedule[job.times + word]);
}

/// Where column c of this patient is in `values`.
fn place(c: u32, arm: u32, row: u32) -> u32 {
  return (arm * job.columns + c) * job.stride + row;
}

fn store(at: u32, value: f32) {
  values[at] = bitcast<u32>(value);
}

fn store_unless(at: u32, missing: bool, value: f32) {
  values[at] = select(bitcast<u32>(value), missing_bits, missing);
}

/// Nearest tick of a patient's own time; far future and far past are held at the ends of the range.
fn to_ticks(time: f32) -> i32 {
  return i32(clamp(round(time / job.tick), -1073741823.0f, 1073741823.0f));
}

fn model_time(ticks: u32) -> f32 {
  return f32(ticks) * job.tick;
}
