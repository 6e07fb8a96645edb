// Step size control: a PI controller on the squared error norm. Powers are taken on the exponent bits (error at most
// 6 %, which the safety factor swallows) because a correct pow costs more than a stage.
#import compare

/// Piecewise linear base-2 logarithm of a positive normal number, from its bits.
fn rough_log2(x: f32) -> f32 {
  return f32(bitcast<i32>(x)) * 1.1920929e-7f - 126.94269f;
}

/// Piecewise linear too, for x in -60 .. 60. A float between 2^15 and 2^16 holds eight bits behind the point: adding
/// 1.5 * 2^15 rounds to them, which is cheaper than WGSL's conversion to an integer and its tests for the ends.
fn rough_exp2(x: f32) -> f32 {
  return bitcast<f32>((bitcast<i32>(x + (49152.0f + 126.94269f)) - 0x47400000) << 15u);
}

/// Squared norms: `error` of this step, `previous` of the last accepted one. Exponents are those of the norm itself.
fn step_factor(error: f32, previous: f32, error_exponent: f32, previous_exponent: f32) -> f32 {
  let grow = -0.5f * error_exponent * rough_log2(least(1e24f, most(1e-24f, error)));
  let steady = 0.5f * previous_exponent * rough_log2(previous);
  return least(5.0f, most(0.2f, 0.9f * rough_exp2(grow + steady)));
}

/// A step that changes the state by about a hundredth of its size; `sizes` are squared norms of state and derivative.
/// An empty body (state 0) says nothing about its scale, so the step is at least 1e-4 of the segment.
fn first_step(sizes: vec2<f32>, segment: f32) -> f32 {
  if (!(sizes.y > 1e-30f)) {
    return 0.125f * segment;
  }
  return clamp(0.01f * sqrt(sizes.x / sizes.y), 1e-4f * segment, 0.125f * segment);
}

/// Smallest step that f32 time can tell from none.
fn smallest_step(tau: f32, segment: f32) -> f32 {
  return 1e-6f * most(tau, 1e-3f * segment);
}
