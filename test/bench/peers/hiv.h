// The HIV problem of ../models/hiv.model for every C peer. V is the number type of the solver: double, or a vector;
// C(x) is a constant of its precision.
#pragma once
enum { STATES = 6, COLUMNS = 5, PARAMETERS = 6, OUTPUTS = 2, EVENTS = 2 };
enum { ENTRY1, ENTRY2, MADE, DELTA, CLEAR, KILL };

/** Parameters and initial state of a patient from its random effects (k, delta, c, N, m). */
static inline void patient(const double *eta, double *p, double *y) {
  p[ENTRY1] = 8e-7 * exp(eta[0]);
  p[ENTRY2] = 1e-4 * exp(eta[0]);
  p[DELTA] = 0.7 * exp(eta[1]);
  p[CLEAR] = 23 * exp(eta[2]);
  p[MADE] = 100 * exp(eta[3]) * p[DELTA];
  p[KILL] = 1e-5 * exp(eta[4]);
  y[0] = 1e6, y[1] = 3198, y[2] = 1, y[3] = 1, y[4] = 100, y[5] = 10;
}

static inline void rhs(const V *p, const V *y, V *f) {
  V new1 = p[ENTRY1] * y[0] * y[4], new2 = p[ENTRY2] * y[1] * y[4];
  V lost = p[DELTA] + p[KILL] * y[5], sick = y[2] + y[3];
  f[0] = C(10000.0) - C(0.01) * y[0] - new1;
  f[1] = C(31.98) - C(0.01) * y[1] - new2;
  f[2] = new1 - lost * y[2];
  f[3] = new2 - lost * y[3];
  f[4] = p[MADE] * sick - p[CLEAR] * y[4] - new1 - new2;
  f[5] = C(1.0) + (C(0.3) * sick / (sick + C(100.0)) - C(0.25) * sick / (sick + C(500.0)) - C(0.1)) * y[5];
}

static inline void observe(const V *p, const V *y, V *o) {
  (void)p;
  o[0] = y[4];
  o[1] = y[0] + y[2];
}

/** Both drugs from day 200 to day 600. */
static inline double event_time(int event) { return event == 0 ? 200 : 600; }
#define EVENT(event, p, y)                                                \
  do {                                                                    \
    double entry1 = 1 - 0.2, entry2 = 1 - 0.34 * 0.2, yield = 1 - 0.1;    \
    if ((event) == 1) entry1 = 1 / entry1, entry2 = 1 / entry2, yield = 1 / yield; \
    (p)[ENTRY1] *= entry1, (p)[ENTRY2] *= entry2, (p)[MADE] *= yield;     \
    (void)(y);                                                            \
  } while (0)
