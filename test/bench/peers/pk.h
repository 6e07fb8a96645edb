// The PK problem of ../models/pk.model for every C peer. V is the number type of the solver: double, or a vector;
// C(x) is a constant of its precision.
#pragma once
enum { STATES = 4, COLUMNS = 7, PARAMETERS = 8, OUTPUTS = 2, EVENTS = 28 };
enum { K10, K12, K21, V1, KA, KIN_IC, KO, IC };

/** Parameters and initial state of a patient from its random effects (cl, v1, q, v2, ka, ko, ic). */
static inline void patient(const double *eta, double *p, double *y) {
  p[K10] = 5.0 / 50 * exp(eta[0] - eta[1]);
  p[K12] = 8.0 / 50 * exp(eta[2] - eta[1]);
  p[K21] = 8.0 / 80 * exp(eta[2] - eta[3]);
  p[V1] = 1 / (50 * exp(eta[1]));  // kept as its reciprocal
  p[KA] = 1 * exp(eta[4]);
  p[KO] = 0.2 * exp(eta[5]);
  p[IC] = 0.5 * exp(eta[6]);
  p[KIN_IC] = 10 * p[IC];
  y[0] = y[1] = y[2] = 0;
  y[3] = 10 / p[KO];
}

static inline void rhs(const V *p, const V *y, V *f) {
  V absorbed = p[KA] * y[0], out = p[K12] * y[1], back = p[K21] * y[2];
  f[0] = -absorbed;
  f[1] = absorbed - p[K10] * y[1] - out + back;
  f[2] = out - back;
  f[3] = p[KIN_IC] / (p[IC] + y[1] * p[V1]) - p[KO] * y[3];
}

/** Derivatives of rhs, J[row][column]. */
static inline void jacobian(const V *p, const V *y, V J[STATES][STATES]) {
  V below = p[IC] + y[1] * p[V1];
  for (int i = 0; i < STATES; i++)
    for (int j = 0; j < STATES; j++) J[i][j] = C(0.0) * p[KA];
  J[0][0] = -p[KA], J[1][0] = p[KA], J[1][1] = -p[K10] - p[K12], J[1][2] = p[K21];
  J[2][1] = p[K12], J[2][2] = -p[K21];
  J[3][1] = -p[KIN_IC] * p[V1] / (below * below), J[3][3] = -p[KO];
}

static inline void observe(const V *p, const V *y, V *o) {
  o[0] = y[1] * p[V1];
  o[1] = y[3];
}

static inline double event_time(int event) { return 12.0 * event; }
#define EVENT(event, p, y) \
  do { (void)(p); (y)[0] += 100; } while (0)
