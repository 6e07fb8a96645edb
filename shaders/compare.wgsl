// The larger and the smaller of two numbers by one comparison. The built-in min, max and clamp promise to drop a NaN; on
// an emulated GPU that is most of their cost, and a step takes a dozen of them. Here `a` is what a NaN in `b` becomes.

fn most(a: f32, b: f32) -> f32 {
  return select(a, b, b > a);
}

fn least(a: f32, b: f32) -> f32 {
  return select(a, b, b < a);
}

/// Where a `for` loop of no known length would end. Tint gives a 64-bit counter to every loop whose end it does not see
/// (an endless loop is undefined in the languages below), at the cost of several lines a round.
const endless: u32 = 4000000000u;
