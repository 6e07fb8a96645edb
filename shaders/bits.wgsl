// Questions about a float's bits. WGSL lets a compiler assume that no NaN or infinity exists, so `x != x` and
// `x > largest` may be folded away; integer tests on the exponent may not.

const exponent_mask: u32 = 0x7f800000u;
const magnitude_mask: u32 = 0x7fffffffu;
const sign_mask: u32 = 0x80000000u;
/// What a kernel stores for a value that does not exist. Any pattern with all exponent bits set reads as missing.
const missing_bits: u32 = 0x7fc00000u;

fn magnitude_bits(x: f32) -> u32 {
  return bitcast<u32>(x) & magnitude_mask;
}

fn is_finite(x: f32) -> bool {
  // Signed: unsigned comparisons are emulated on processors.
  return bitcast<i32>(magnitude_bits(x)) < 0x7f800000;
}

fn is_nan(x: f32) -> bool {
  return magnitude_bits(x) > exponent_mask;
}

/// The bits travel through a variable: a constant expression that is not a number is refused by the compiler.
fn not_a_number() -> f32 {
  var bits = missing_bits;
  return bitcast<f32>(bits);
}

/// A u32 that orders as the float does: negative floats reversed below positive ones.
fn ordered_key(x: f32) -> u32 {
  let bits = bitcast<u32>(x);
  return select(bits | sign_mask, ~bits, (bits & sign_mask) != 0u);
}
