// Times at which derivatives are taken: inside the segment, by a tick at least and by what f32 can tell, by half a segment at
// most. At a segment's ends a table of time may jump, and no step is to see beyond (src/engine/SEMANTICS.md, "Time").
#import compare
#import job

var<private> earliest_time: f32;
var<private> latest_time: f32;

/// At a segment's start.
fn confine(start: f32, length: f32) {
  let shift = least(0.5f * length, most(model_time(1u), (start + length) * 0x1p-22f));
  earliest_time = start + shift;
  latest_time = start + length - shift;
}

fn inside(t: f32) -> f32 {
  return least(most(t, earliest_time), latest_time);
}
