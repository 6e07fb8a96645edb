// Counts and moments of finished patients: one workgroup per column (an output time or an endpoint) walks the chunk's
// patients. Counts are integers and do not depend on the order or the split of the cohort; failed patients are skipped.
#import bits

struct Task {
  /// First of `outcomes` and of `values` of the arm, patients, patients between two columns.
  outcomes_at: u32,
  values_at: u32,
  patients: u32,
  stride: u32,
  /// First word of the columns' counts, first of their moments.
  counts_at: u32,
  moments_at: u32,
  /// Bin layout (src/engine/histogram.ts).
  mantissa_bits: u32,
  low: i32,
  octaves: u32,
  is_signed: u32,
  columns: u32,
  reserved: u32,
}

@group(0) @binding(0) var<uniform> task: Task;
@group(0) @binding(1) var<storage, read> values: array<u32>;
@group(0) @binding(2) var<storage, read> outcomes: array<vec2<u32>>;
/// [column][bin]
@group(0) @binding(3) var<storage, read_write> counts: array<atomic<u32>>;
/// [column] (sum as f32 bits, smallest and largest as ordered keys, missing)
@group(0) @binding(4) var<storage, read_write> moments: array<vec4<u32>>;
/// [arm] patients by status (6 words), then the sum of the low and of the high halves of their steps
@group(0) @binding(5) var<storage, read_write> tallies: array<u32>;

/// [column][thread] moments of the values that one thread saw
@group(0) @binding(6) var<storage, read_write> partials: array<vec4<u32>>;

const threads: u32 = 64u;

fn side_bins() -> u32 {
  return task.octaves << task.mantissa_bits;
}

/// The same rule as binOf in src/engine/histogram.ts.
fn bin_of(word: u32) -> u32 {
  let k = task.mantissa_bits;
  let side = side_bins();
  let zero = select(0u, side, task.is_signed != 0u);
  let key = i32((word & magnitude_mask) >> (23u - k)) - ((task.low + 127) << k);
  if (key < 0) {
    return zero;
  }
  let above = min(u32(key), side - 1u) + 1u;
  if ((word & sign_mask) == 0u) {
    return zero + above;
  }
  return select(0u, zero - above, task.is_signed != 0u);
}

@compute @workgroup_size(64)
fn summarise(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let column = group.x;
  let bins = select(1u, 2u, task.is_signed != 0u) * side_bins() + 1u;
  let first = task.values_at + column * task.stride;
  let counts_first = task.counts_at + column * bins;
  var sum = 0.0f;
  /// Sixteen values at a time keep the rounding of a long sum small.
  var part = 0.0f;
  var pending = 0u;
  var low = 0xffffffffu;
  var high = 0u;
  var missing = 0u;
  for (var i = thread; i < task.patients; i += threads) {
    if (outcomes[task.outcomes_at + i].x != 0u) {
      continue;
    }
    let word = values[first + i];
    let value = bitcast<f32>(word);
    if ((word & exponent_mask) == exponent_mask) {
      missing++;
      continue;
    }
    atomicAdd(&counts[counts_first + bin_of(word)], 1u);
    let key = ordered_key(value);
    low = min(low, key);
    high = max(high, key);
    part += value;
    pending++;
    if (pending == 16u) {
      sum += part;
      part = 0.0f;
      pending = 0u;
    }
  }
  partials[(task.moments_at + column) * threads + thread] = vec4<u32>(bitcast<u32>(sum + part), low, high, missing);
}

/// Moments of a column from those of its threads, by eights; one thread per column, so that no barrier is needed (they
/// cost more than the counting on an emulated GPU).
@compute @workgroup_size(64)
fn gather(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= task.columns) {
    return;
  }
  let first = (task.moments_at + id.x) * threads;
  var sum = 0.0f;
  var low = 0xffffffffu;
  var high = 0u;
  var missing = 0u;
  for (var i = 0u; i < threads; i += 8u) {
    var part = 0.0f;
    for (var j = i; j < i + 8u; j++) {
      let one = partials[first + j];
      part += bitcast<f32>(one.x);
      low = min(low, one.y);
      high = max(high, one.z);
      missing += one.w;
    }
    sum += part;
  }
  moments[task.moments_at + id.x] = vec4<u32>(bitcast<u32>(sum), low, high, missing);
}

var<workgroup> tally_words: array<atomic<u32>, 8>;

/// One workgroup per arm.
@compute @workgroup_size(64)
fn tally(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  for (var i = thread; i < task.patients; i += threads) {
    let outcome = outcomes[group.x * task.stride + i];
    atomicAdd(&tally_words[min(outcome.x, 5u)], 1u);
    atomicAdd(&tally_words[6], outcome.y & 0xffffu);
    atomicAdd(&tally_words[7], outcome.y >> 16u);
  }
  workgroupBarrier();
  if (thread < 8u) {
    tallies[group.x * 8u + thread] = atomicLoad(&tally_words[thread]);
  }
}
