// Segments outside, steps inside: rare work stands outside the loop over steps, at the price that neighbours wait for one
// another at every event. Faster where patients side by side meet their events after about as many steps.
#import compare
#import course

fn live(c: ptr<function, Course>, g: Given) {
  for (var events = 0u; events <= most_events; events++) {
    if (!goes_on(c, g)) {
      break;
    }
    var bounds = open_segment(c, g, events);
    if ((*c).status != done) {
      break;
    }
    // A patient in whose step something turns leaves the inner loop, has the step looked into, and takes it again.
    for (var pauses = 0u; pauses < endless; pauses++) {
      // Constants of the steps: read from a variable they cost an emulated GPU a tenth of its speed.
      let segment = bounds;
      for (var steps = 0u; steps < endless; steps++) {
        take_step(c, segment, g);
        if (halts(c)) {
          break;
        }
      }
      if (!watches | !(*c).pausing) {
        break;
      }
      look_into_step(c, &bounds, g);
    }
    (*c).now = bounds.next;
  }
}
