// One patient of one arm per invocation. In: the job's buffers. Out: values at the output times, endpoints, and the one
// status the patient ended in. What happens on the way is course.wgsl's, in the loops of whichever module answers to
// `loops`.
#import job
#import model
#import course
#import happenings
#import loops

@compute @workgroup_size(64)
fn simulate(@builtin(global_invocation_id) id: vec3<u32>) {
  let arm = id.y;
  if (id.x >= job.patients) {
    return;
  }
  let row = job.first_row + id.x;
  let who = order[job.offset + id.x];
  let g = given(arm, who);
  begin(arm, who, id.x, g.p);
  var c = set_out(g, place(0u, arm, row));
  live(&c, g);
  if (c.status == done) {
    conclude(c.kept, c.y, g.p, arm, row);
  }
  outcomes[arm * job.stride + row] = vec2<u32>(c.status, c.steps);
}
