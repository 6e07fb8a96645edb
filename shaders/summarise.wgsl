// Counts and moments of finished patients: one workgroup per column (an output time or an endpoint) walks the chunk's
// patients. Counts are integers and do not depend on the order or the split of the cohort; failed patients are skipped.
#import bits
#import compare

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

@compute @workgroup_size(64)
fn summarise(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let column = group.x;
  // Read once: a load from a uniform costs an emulated GPU as much as several sums.
  let side = side_bins();
  let bins = select(1u, 2u, task.is_signed != 0u) * side + 1u;
  let zero = select(0u, side, task.is_signed != 0u);
  let below = select(0u, 0xffffffffu, task.is_signed != 0u);
  let shift = 23u - task.mantissa_bits;
  let offset = (task.low + 127) << task.mantissa_bits;
  let first = task.values_at + column * task.stride;
  let outcomes_at = task.outcomes_at;
  let patients = task.patients;
  let counts_first = task.counts_at + column * bins;
  var sum = 0.0f;
  /// Sixteen values at a time keep the rounding of a long sum small.
  var part = 0.0f;
  var low = 0xffffffffu;
  var high = 0u;
  var missing = 0u;
  let rounds = (patients + threads - 1u - thread) / threads;
  for (var r = 0u; r < endless; r++) {
    if (r >= rounds) {
      break;
    }
    let i = thread + r * threads;
    let word = values[first + i];
    let solved = outcomes[outcomes_at + i].x == 0u;
    let there = (word & exponent_mask) != exponent_mask;
    let counted = solved & there;
    // The same rule as binOf in src/engine/histogram.ts, without branches.
    let key = i32((word & magnitude_mask) >> shift) - offset;
    let above = u32(max(min(key, i32(side) - 1) + 1, 0));
    let bin = select(zero + above, (zero - above) & below, (word & sign_mask) != 0u);
    if (counted) {
      atomicAdd(&counts[counts_first + bin], 1u);
    }
    let ordered = select(word | sign_mask, ~word, (word & sign_mask) != 0u);
    low = select(low, min(low, ordered), counted);
    high = select(high, max(high, ordered), counted);
    missing += select(0u, 1u, solved & !there);
    part += select(0.0f, bitcast<f32>(word), counted);
    if ((r & 15u) == 15u) {
      sum += part;
      part = 0.0f;
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
