// Rodas4 by hand (Hairer, Wanner, Solving ODE II, IV.7 and IV.10: RODAS), lanes are patients; the stiff sibling of tsit5.c.
// The Jacobian and its elimination are written out in the problem's header; third-order dense output for what is observed.
// rodas4-<problem> JOB PATIENTS RTOL ATOL_FACTOR [CURVES]
#include "lanes.h"

static const float H[2][5] = {{10.12623508344586f, -7.487995877610167f, -34.80091861555747f, -7.992771707568823f, 1.025137723295662f},
                              {-0.6762803392801253f, 6.087714651680015f, 16.43084320892478f, 24.76722511418386f, -6.594389125716872f}};

/** A chunk's patients into `out`; adds to *failed those given up. The sum of attempts. */
static double solve(const Job *job, int from, int count, float rtol, const V *atol, float *out, long *failed) {
  Front s;
  double attempts = 0;
  int waiting = 0, active = 0;
  memset(&s, 0, sizeof s);
  for (int l = 0; l < LANES; l++) s.lane[l].slot = -1;
  for (int l = 0; l < LANES && waiting < count; l++, waiting++, active++) seat(&s, l, waiting, from + waiting, job, out);
  for (int l = active; l < LANES; l++) rest(&s, l);
  M changed = ~(M){0};
  while (active > 0) {
    V J[STATES][STATES], u0[STATES], u1[STATES], u2[STATES], u3[STATES], u4[STATES], u5[STATES], y1[STATES], z[STATES];
    rhs(s.p, s.y, u0);
    if (LANES_OF(changed)) {
      V ratio = (V){0} + 1e-30f, size = (V){0} + 1e-30f;
      EACH {
        V scale = 1 / (atol[i] + rtol * ABS(s.y[i]));
        ratio += u0[i] * u0[i] * scale * scale;
        size += s.y[i] * s.y[i] * scale * scale;
      }
      // The very first step of a patient: 0.01 |y| / |f|, at most an eighth of the segment.
      V guess = MIN(0.01f * power(size / ratio, 0.5f), s.length * 0.125f);
      s.h = CHOOSE(changed & (s.first == 0), guess, s.h);
    }
    V left = s.length - s.tau;
    M last = s.h * 1.05f >= left;
    V h = CHOOSE(last, left, s.h), per = 1 / h;
    jacobian(s.p, s.y, J);
    Factors w = factor(4.0f * per, J);
    solve_for(&w, u0);
    EACH z[i] = s.y[i] + (1.544f * u0[i]);
    rhs(s.p, z, u1);
    EACH u1[i] += per * (-5.6688f * u0[i]);
    solve_for(&w, u1);
    EACH z[i] = s.y[i] + (0.9466785280815826f * u0[i] + 0.2557011698983284f * u1[i]);
    rhs(s.p, z, u2);
    EACH u2[i] += per * (-2.430093356833875f * u0[i] - 0.2063599157091915f * u1[i]);
    solve_for(&w, u2);
    EACH z[i] = s.y[i] + (3.314825187068521f * u0[i] + 2.896124015972201f * u1[i] + 0.9986419139977817f * u2[i]);
    rhs(s.p, z, u3);
    EACH u3[i] += per * (-0.1073529058151375f * u0[i] - 9.594562251023355f * u1[i] - 20.47028614809616f * u2[i]);
    solve_for(&w, u3);
    EACH z[i] = s.y[i] + (1.221224509226641f * u0[i] + 6.019134481288629f * u1[i] + 12.53708332932087f * u2[i] - 0.687886036105895f * u3[i]);
    rhs(s.p, z, u4);
    EACH u4[i] += per * (7.496443313967647f * u0[i] - 10.24680431464352f * u1[i] - 33.99990352819905f * u2[i] + 11.7089089320616f * u3[i]);
    solve_for(&w, u4);
    EACH z[i] += u4[i];
    rhs(s.p, z, u5);
    EACH u5[i] += per * (8.083246795921522f * u0[i] - 7.981132988064893f * u1[i] - 31.52159432874371f * u2[i] + 16.31930543123136f * u3[i] - 6.058818238834054f * u4[i]);
    solve_for(&w, u5);
    // The last increment is the error.
    V norm = {0};
    EACH {
      y1[i] = z[i] + u5[i];
      V e = u5[i] / (atol[i] + rtol * MAX(ABS(s.y[i]), ABS(y1[i])));
      norm += e * e;
    }
    norm *= 1.0f / STATES;
    M accepted = norm <= 1.0f;
    attempts += active;

    // y + theta (y1 - y + (1 - theta) (H0 + theta H1)).
    V to = CHOOSE(last, s.length, s.tau + h);
    for (;;) {
      M due = accepted & ((s.output < to) | ((s.output == to) & ~last));
      unsigned lanes = LANES_OF(due);
      if (!lanes) break;
      V theta = (s.output - s.tau) * per, dense[STATES], o[OUTPUTS];
      EACH {
        V bend = H[0][0] * u0[i] + H[0][1] * u1[i] + H[0][2] * u2[i] + H[0][3] * u3[i] + H[0][4] * u4[i];
        V turn = H[1][0] * u0[i] + H[1][1] * u1[i] + H[1][2] * u2[i] + H[1][3] * u3[i] + H[1][4] * u4[i];
        dense[i] = s.y[i] + theta * (y1[i] - s.y[i] + (1 - theta) * (bend + theta * turn));
      }
      observe(s.p, dense, o);
      for (; lanes; lanes &= lanes - 1) {
        int l = __builtin_ctz(lanes);
        record(&s, o, l, job, out);
        s.lane[l].next++;
        next_output(&s, l, job);
      }
    }

    control(&s, norm, h, last, accepted, 4);
    EACH s.y[i] = CHOOSE(accepted, y1[i], s.y[i]);
    s.tau = CHOOSE(accepted, to, s.tau);
    changed = accepted & last;
    changed |= turn_over(&s, changed, h, &waiting, &active, from, count, job, out, failed);
  }
  return attempts;
}
