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

/** Derivatives of rhs, J[row][column]. */
static inline void jacobian(const V *p, const V *y, V J[STATES][STATES]) {
  V zero = C(0.0) * y[0], per1 = p[ENTRY1] * y[4], per2 = p[ENTRY2] * y[4], all1 = p[ENTRY1] * y[0], all2 = p[ENTRY2] * y[1];
  V lost = p[DELTA] + p[KILL] * y[5], sick = y[2] + y[3];
  V half1 = 1 / (sick + C(100.0)), half2 = 1 / (sick + C(500.0));
  V growth = (C(30.0) * half1 * half1 - C(125.0) * half2 * half2) * y[5];
  for (int i = 0; i < STATES; i++)
    for (int j = 0; j < STATES; j++) J[i][j] = zero;
  J[0][0] = C(-0.01) - per1, J[0][4] = -all1;
  J[1][1] = C(-0.01) - per2, J[1][4] = -all2;
  J[2][0] = per1, J[2][2] = -lost, J[2][4] = all1, J[2][5] = -p[KILL] * y[2];
  J[3][1] = per2, J[3][3] = -lost, J[3][4] = all2, J[3][5] = -p[KILL] * y[3];
  J[4][0] = -per1, J[4][1] = -per2, J[4][2] = J[4][3] = p[MADE], J[4][4] = -p[CLEAR] - all1 - all2;
  J[5][2] = J[5][3] = growth, J[5][5] = sick * (C(0.3) * half1 - C(0.25) * half2) - C(0.1);
}

/** W = shift - J by its zeros: T1, T2, I1, I2 one after another, then V and E. Kept: what `solve_for` needs. */
typedef struct { V pivot[STATES], up04, up14, up24, up25, up34, up35, up45, low20, low40, low31, low41, low42, low52, low43, low53, low54; } Factors;

static inline Factors factor(V shift, V J[STATES][STATES]) {
  Factors w;
  V w24 = -J[2][4], w34 = -J[3][4], w44 = shift - J[4][4];
  w.pivot[0] = 1 / (shift - J[0][0]), w.pivot[1] = 1 / (shift - J[1][1]);
  w.pivot[2] = 1 / (shift - J[2][2]), w.pivot[3] = 1 / (shift - J[3][3]);
  w.up04 = -J[0][4], w.up14 = -J[1][4], w.up25 = -J[2][5], w.up35 = -J[3][5];
  w.low20 = -J[2][0] * w.pivot[0], w.low40 = -J[4][0] * w.pivot[0];
  w.low31 = -J[3][1] * w.pivot[1], w.low41 = -J[4][1] * w.pivot[1];
  w.up24 = w24 - w.low20 * w.up04, w.up34 = w34 - w.low31 * w.up14;
  w.low42 = -J[4][2] * w.pivot[2], w.low52 = -J[5][2] * w.pivot[2];
  w.low43 = -J[4][3] * w.pivot[3], w.low53 = -J[5][3] * w.pivot[3];
  w44 -= w.low40 * w.up04 + w.low41 * w.up14 + w.low42 * w.up24 + w.low43 * w.up34;
  w.up45 = -(w.low42 * w.up25 + w.low43 * w.up35);
  w.pivot[4] = 1 / w44;
  w.low54 = -(w.low52 * w.up24 + w.low53 * w.up34) * w.pivot[4];
  w.pivot[5] = 1 / (shift - J[5][5] - w.low52 * w.up25 - w.low53 * w.up35 - w.low54 * w.up45);
  return w;
}

static inline void solve_for(const Factors *w, V *b) {
  b[2] -= w->low20 * b[0];
  b[3] -= w->low31 * b[1];
  b[4] -= w->low40 * b[0] + w->low41 * b[1] + w->low42 * b[2] + w->low43 * b[3];
  b[5] -= w->low52 * b[2] + w->low53 * b[3] + w->low54 * b[4];
  b[5] *= w->pivot[5];
  b[4] = (b[4] - w->up45 * b[5]) * w->pivot[4];
  b[3] = (b[3] - w->up34 * b[4] - w->up35 * b[5]) * w->pivot[3];
  b[2] = (b[2] - w->up24 * b[4] - w->up25 * b[5]) * w->pivot[2];
  b[1] = (b[1] - w->up14 * b[4]) * w->pivot[1];
  b[0] = (b[0] - w->up04 * b[4]) * w->pivot[0];
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
