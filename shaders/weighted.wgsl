// Counts and moments of finished patients who count by weights: as summarise.wgsl, which does not pay for them. Min and max
// are those of the patients with any weight. Counts are integers and do not depend on the order or the split of the cohort.
#import summarise

/// Of the patient in each row; all of a run's together are below 2^32.
@group(0) @binding(7) var<storage, read> weights: array<u32>;

@compute @workgroup_size(64)
fn summarise_weighted(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  let column = group.x;
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
    let weight = weights[i];
    let solved = outcomes[outcomes_at + i].x == 0u && weight > 0u;
    let there = (word & exponent_mask) != exponent_mask;
    let counted = solved & there;
    // The same rule as binOf in src/engine/histogram.ts, without branches.
    let key = i32((word & magnitude_mask) >> shift) - offset;
    let above = u32(max(min(key, i32(side) - 1) + 1, 0));
    let bin = select(zero + above, (zero - above) & below, (word & sign_mask) != 0u);
    if (counted) {
      atomicAdd(&counts[counts_first + bin], weight);
    }
    let ordered = select(word | sign_mask, ~word, (word & sign_mask) != 0u);
    low = select(low, min(low, ordered), counted);
    high = select(high, max(high, ordered), counted);
    missing += select(0u, weight, solved & !there);
    part += select(0.0f, f32(weight) * bitcast<f32>(word), counted);
    if ((r & 15u) == 15u) {
      sum += part;
      part = 0.0f;
    }
  }
  partials[(task.moments_at + column) * threads + thread] = vec4<u32>(bitcast<u32>(sum + part), low, high, missing);
}
