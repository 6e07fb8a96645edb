// Names of a model as WGSL identifiers and comments. In: names as the modeller wrote them. Out: identifiers that are no
// keyword and do not clash, still readable; comments that cannot end early. No other text of a model reaches a shader.

/** Keywords and reserved words of WGSL (W3C Candidate Recommendation, section 15.2 and 15.3), and the names of predeclared types. */
const RESERVED = new Set(
  `alias break case const const_assert continue continuing default diagnostic discard else enable false fn for if let loop
  override requires return struct switch true var while
  NULL Self abstract active alignas alignof as asm asm_fragment async attribute auto await become binding_array cast catch
  class co_await co_return co_yield coherent column_major common compile compile_fragment concept const_cast consteval
  constexpr constinit crate debugger decltype delete demote demote_to_helper do dynamic_cast enum explicit export extends
  extern external fallthrough filter final finally friend from fxgroup get goto groupshared highp impl implements import
  inline instanceof interface layout lowp macro macro_rules match mediump meta mod module move mut mutable namespace new
  nil noexcept noinline nointerpolation non_coherent noncoherent noperspective null nullptr of operator package packoffset
  partial pass patch pixelfragment precise precision premerge priv protected pub public readonly ref regardless register
  reinterpret_cast require resource restrict self set shared sizeof smooth snorm static static_assert static_cast std
  subroutine super target template this thread_local throw trait try type typedef typeid typename typeof union unless unorm
  unsafe unsized use using varying virtual volatile wgsl where with writeonly yield
  bool f16 f32 i32 u32 vec2 vec3 vec4 array atomic ptr sampler`.split(/\s+/),
);

/** Identifiers for a list of names, in order; equal or clashing ones get a number. */
export function identifiers(names: readonly string[]): readonly string[] {
  const taken = new Set<string>();
  return names.map((name) => {
    let wanted = name.replace(/[^A-Za-z0-9_]/g, '_');
    if (!/^[A-Za-z]/.test(wanted) || RESERVED.has(wanted)) wanted = `m_${wanted}`;
    let identifier = wanted;
    for (let i = 2; taken.has(identifier); i++) identifier = `${wanted}_${i}`;
    taken.add(identifier);
    return identifier;
  });
}

/** A line comment: printable ASCII only, because WGSL ends a line at several other characters too. */
export function comment(text: string): string {
  const safe = text.replace(/[^\x20-\x7e]/g, '?').trim();
  return safe === '' ? '' : ` // ${safe.slice(0, 100)}`;
}
