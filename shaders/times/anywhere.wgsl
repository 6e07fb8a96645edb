// Times at which derivatives are taken: any. For programs whose right-hand sides name no time, or cannot jump in it.
fn confine(start: f32, length: f32) {
}
