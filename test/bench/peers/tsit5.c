// Tsit5 by hand, lanes are patients. The same algorithm as ours: FSAL, PI control by exponent bits, RMS norm, fourth-order
// dense output for what is observed, steps that end on events, the first step after an event remembered, local time.
// tsit5-<problem> JOB PATIENTS RTOL ATOL_FACTOR [CURVES]
#include "lanes.h"

// Tsitouras 2011.
static const float B[6] = {0.09646076681806523f, 0.01f, 0.4798896504144996f, 1.379008574103742f, -3.290069515436081f, 2.324710524099774f};
static const float E[7] = {-0.001780011052225777f, -0.0008164344596567469f, 0.007880878010261995f, -0.1447110071732629f,
                           0.5823571654525552f, -0.45808210592918697f, 1.0f / 66};
static const float D[7][4] = {{1, -2.763706197274826f, 2.9132554618219126f, -1.0530884977290216f},
                              {0, 0.1317f, -0.2234f, 0.1017f},
                              {0, 3.9302962368947516f, -5.941033872131505f, 2.490627285651253f},
                              {0, -12.411077166933676f, 30.33818863028232f, -16.548102889244902f},
                              {0, 37.50931341651104f, -88.1789048947664f, 47.37952196281928f},
                              {0, -27.896526289197286f, 65.09189467479366f, -34.87065786149661f},
                              {0, 1.5f, -4, 2.5f}};

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
    if (LANES_OF(changed)) {
      V f[STATES], ratio = (V){0} + 1e-30f, size = (V){0} + 1e-30f;
      rhs(s.p, s.y, f);
      EACH {
        s.f[i] = CHOOSE(changed, f[i], s.f[i]);
        V scale = 1 / (atol[i] + rtol * ABS(s.y[i]));
        ratio += f[i] * f[i] * scale * scale;
        size += s.y[i] * s.y[i] * scale * scale;
      }
      // The very first step of a patient: 0.01 |y| / |f|, at most an eighth of the segment.
      V guess = MIN(0.01f * power(size / ratio, 0.5f), s.length * 0.125f);
      s.h = CHOOSE(changed & (s.first == 0), guess, s.h);
    }
    V left = s.length - s.tau;
    M last = s.h * 1.05f >= left;
    V h = CHOOSE(last, left, s.h);
    V k2[STATES], k3[STATES], k4[STATES], k5[STATES], k6[STATES], k7[STATES], y1[STATES], z[STATES];
    EACH z[i] = s.y[i] + h * (0.161f * s.f[i]);
    rhs(s.p, z, k2);
    EACH z[i] = s.y[i] + h * (-0.008480655492356989f * s.f[i] + 0.335480655492357f * k2[i]);
    rhs(s.p, z, k3);
    EACH z[i] = s.y[i] + h * (2.8971530571054935f * s.f[i] - 6.359448489975075f * k2[i] + 4.3622954328695815f * k3[i]);
    rhs(s.p, z, k4);
    EACH z[i] = s.y[i] + h * (5.325864828439257f * s.f[i] - 11.748883564062828f * k2[i] + 7.4955393428898365f * k3[i] -
                              0.09249506636175525f * k4[i]);
    rhs(s.p, z, k5);
    EACH z[i] = s.y[i] + h * (5.86145544294642f * s.f[i] - 12.92096931784711f * k2[i] + 8.159367898576159f * k3[i] -
                              0.071584973281401f * k4[i] - 0.028269050394068383f * k5[i]);
    rhs(s.p, z, k6);
    EACH y1[i] = s.y[i] + h * (B[0] * s.f[i] + B[1] * k2[i] + B[2] * k3[i] + B[3] * k4[i] + B[4] * k5[i] + B[5] * k6[i]);
    rhs(s.p, y1, k7);
    V norm = {0};
    EACH {
      V e = h * (E[0] * s.f[i] + E[1] * k2[i] + E[2] * k3[i] + E[3] * k4[i] + E[4] * k5[i] + E[5] * k6[i] + E[6] * k7[i]);
      e /= atol[i] + rtol * MAX(ABS(s.y[i]), ABS(y1[i]));
      norm += e * e;
    }
    norm *= 1.0f / STATES;  // the square of the RMS norm
    M accepted = norm <= 1.0f;
    attempts += active;

    // Outputs inside the step.
    V to = CHOOSE(last, s.length, s.tau + h);
    for (;;) {
      M due = accepted & ((s.output < to) | ((s.output == to) & ~last));
      unsigned lanes = LANES_OF(due);
      if (!lanes) break;
      V theta = (s.output - s.tau) / h, w[7], dense[STATES], o[OUTPUTS];
      for (int j = 0; j < 7; j++) w[j] = h * theta * (D[j][0] + theta * (D[j][1] + theta * (D[j][2] + theta * D[j][3])));
      EACH dense[i] = s.y[i] + w[0] * s.f[i] + w[1] * k2[i] + w[2] * k3[i] + w[3] * k4[i] + w[4] * k5[i] + w[5] * k6[i] +
                      w[6] * k7[i];
      observe(s.p, dense, o);
      for (; lanes; lanes &= lanes - 1) {
        int l = __builtin_ctz(lanes);
        record(&s, o, l, job, out);
        s.lane[l].next++;
        next_output(&s, l, job);
      }
    }

    control(&s, norm, h, last, accepted, 5);
    EACH {
      s.y[i] = CHOOSE(accepted, y1[i], s.y[i]);
      s.f[i] = CHOOSE(accepted, k7[i], s.f[i]);
    }
    s.tau = CHOOSE(accepted, to, s.tau);
    changed = accepted & last;
    changed |= turn_over(&s, changed, h, &waiting, &active, from, count, job, out, failed);
  }
  return attempts;
}

