// The functions of the model language that WGSL lacks or defines too loosely. Outside its domain a function gives a
// value that `is_finite` (bits) refuses, and what is not a number stays so: no failure is hidden by a max or a clamp.
#import bits

fn square(x: f32) -> f32 {
  return x * x;
}

fn square_both(x: vec2<f32>) -> vec2<f32> {
  return x * x;
}

fn cube(x: f32) -> f32 {
  return x * x * x;
}

/// The built-in min may drop a NaN.
fn smaller(a: f32, b: f32) -> f32 {
  return select(min(a, b), not_a_number(), is_nan(a) | is_nan(b));
}

/// The built-in max may drop a NaN.
fn larger(a: f32, b: f32) -> f32 {
  return select(max(a, b), not_a_number(), is_nan(a) | is_nan(b));
}

fn square_root(x: f32) -> f32 {
  return select(sqrt(max(x, 0.0f)), not_a_number(), (x < 0.0f) | is_nan(x));
}

/// log(0) is minus infinity, log of a negative number is not a number.
fn logarithm(x: f32) -> f32 {
  return select(log(max(x, 1.1754944e-38f)), not_a_number(), (x <= 0.0f) | !is_finite(x));
}

/// x^y: 0^0 = 1, 0^y = 0, a negative base takes whole exponents only.
fn power(x: f32, y: f32) -> f32 {
  let size = pow(max(abs(x), 1.1754944e-38f), y);
  let whole = floor(y) == y;
  let odd = abs(fract(y * 0.5f)) > 0.25f;
  let signed = select(size, select(not_a_number(), select(size, -size, odd), whole), x < 0.0f);
  let based = select(signed, select(not_a_number(), 0.0f, y > 0.0f), x == 0.0f);
  return select(select(based, 1.0f, y == 0.0f), not_a_number(), is_nan(x) | is_nan(y));
}

/// x reduced to -pi/4 .. pi/4 by multiples of pi/2 in three parts (Cody and Waite); exact enough below 10,000.
fn reduced_angle(x: f32, quarter_turns: f32) -> f32 {
  return ((x - quarter_turns * 1.5703125f) - quarter_turns * 4.837512969970703e-4f) - quarter_turns * 7.549789948768648e-8f;
}

/// Minimax polynomials on -pi/4 .. pi/4 from Moshier's Cephes library (sinf.c).
fn sine_near_zero(r: f32) -> f32 {
  let z = r * r;
  return r + r * z * (-1.6666654611e-1f + z * (8.3321608736e-3f - z * 1.9515295891e-4f));
}

fn cosine_near_zero(r: f32) -> f32 {
  let z = r * r;
  return 1.0f - 0.5f * z + z * z * (4.166664568298827e-2f + z * (-1.388731625493765e-3f + z * 2.443315711809948e-5f));
}

fn turned_sine(x: f32, ahead: i32) -> f32 {
  let quarter_turns = round(x * 0.6366197723675814f);
  let r = reduced_angle(x, quarter_turns);
  let quadrant = (i32(quarter_turns) + ahead) & 3;
  let size = select(sine_near_zero(r), cosine_near_zero(r), (quadrant & 1) == 1);
  return select(select(size, -size, quadrant >= 2), not_a_number(), !is_finite(x));
}

/// The built-in sin is only good to 2^-11, and only on -pi .. pi.
fn sine(x: f32) -> f32 {
  return turned_sine(x, 0);
}

fn cosine(x: f32) -> f32 {
  return turned_sine(x, 1);
}

/// Cephes tanhf.c near zero; the built-in overflows for large arguments on some devices.
fn hyperbolic_tangent(x: f32) -> f32 {
  let size = abs(x);
  let z = x * x;
  let near = x + x * z * (-3.33332819422e-1f + z * (1.33314422036e-1f + z * (-5.37397155531e-2f + z * (2.06390887954e-2f - z * 5.70498872745e-3f))));
  let far = 1.0f - 2.0f / (exp(2.0f * min(size, 20.0f)) + 1.0f);
  return select(select(near, select(far, -far, x < 0.0f), size > 0.625f), not_a_number(), is_nan(x));
}

/// Cephes atanf.c; the built-in may err by 4096 units in the last place.
fn arctangent(x: f32) -> f32 {
  let size = abs(x);
  let steep = size > 2.414213562373095f;
  let middle = size > 0.4142135623730950f;
  let r = select(select(size, (size - 1.0f) / (size + 1.0f), middle), -1.0f / max(size, 1.0f), steep);
  let offset = select(select(0.0f, 0.7853981633974483f, middle), 1.5707963267948966f, steep);
  let z = r * r;
  let angle = offset + r + r * z * (-3.33329491539e-1f + z * (1.99777106478e-1f + z * (-1.38776856032e-1f + z * 8.05374449538e-2f)));
  return select(select(angle, -angle, x < 0.0f), not_a_number(), is_nan(x));
}

/// erfc by a Chebyshev fit with relative error 1.2e-7 (Press et al., Numerical Recipes, 6.2.2).
fn error_function_complement(x: f32) -> f32 {
  let size = abs(x);
  let t = 1.0f / (1.0f + 0.5f * size);
  let sum = -1.26551223f + t * (1.00002368f + t * (0.37409196f + t * (0.09678418f + t * (-0.18628806f
    + t * (0.27886807f + t * (-1.13520398f + t * (1.48851587f + t * (-0.82215223f + t * 0.17087277f))))))));
  let tail = t * exp(sum - size * size);
  return select(tail, 2.0f - tail, x < 0.0f);
}

fn normal_cdf(z: f32) -> f32 {
  return select(0.5f * error_function_complement(-0.7071067811865476f * clamp(z, -40.0f, 40.0f)), not_a_number(), is_nan(z));
}

/// Wichura's PPND7 (Applied Statistics 37:477, algorithm AS 241), made for single precision; p outside 0 .. 1 is not a
/// number. Rational functions of 1/4 - q^2 and of sqrt(-log p), all terms positive, so nothing cancels.
fn normal_quantile(p: f32) -> f32 {
  let inside = clamp(p, 1.1754944e-38f, 0.99999994f);
  let q = inside - 0.5f;
  let r = 0.180625f - q * q;
  let centre = q * (((59.109374720f * r + 159.29113202f) * r + 50.434271938f) * r + 3.3871327179f)
    / (((67.187563600f * r + 78.757757664f) * r + 17.895169469f) * r + 1.0f);
  let depth = sqrt(-log(min(inside, 1.0f - inside)));
  let s = depth - 1.6f;
  let near = (((0.17023821103f * s + 1.3067284816f) * s + 2.7568153900f) * s + 1.4234372777f)
    / ((0.12021132975f * s + 0.73700164250f) * s + 1.0f);
  let d = depth - 5.0f;
  let far = (((0.017337203997f * d + 0.42868294337f) * d + 3.0812263860f) * d + 6.6579051150f)
    / ((0.012258202635f * d + 0.24197894225f) * d + 1.0f);
  let tail = select(near, far, depth > 5.0f);
  let z = select(centre, select(tail, -tail, q < 0.0f), abs(q) > 0.425f);
  return select(z, not_a_number(), (p <= 0.0f) | (p >= 1.0f) | is_nan(p));
}
