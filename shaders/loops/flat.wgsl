// One loop, whose rounds are steps: a patient at an event opens its next segment while its neighbours go on stepping.
// Faster where patients side by side differ in their events or in their steps between them. Same arithmetic as nested.
#import compare
#import course

fn live(c: ptr<function, Course>, g: Given) {
  var segment: Segment;
  var events = 0u;
  (*c).arrived = true;
  for (var round = 0u; round < endless; round++) {
    if ((*c).arrived) {
      if (!goes_on(c, g)) {
        break;
      }
      segment = open_segment(c, g, events);
      events++;
      if ((*c).status != done) {
        break;
      }
    }
    take_step(c, segment, g);
    if (halts(c)) {
      if (watches & (*c).pausing) {
        look_into_step(c, &segment, g);
      } else {
        (*c).now = segment.next;
        if ((*c).status != done) {
          break;
        }
      }
    }
  }
}
