// The problems for R's deSolve: derivatives in C, doses and switches as its events. Built once per problem by lsoda.R's
// caller; an extra last state counts the switches of problems whose events change parameters.
#include "job.h"
typedef double V;
#define C(x) (x)
#include PROBLEM

static double parms[PARAMETERS];
static Job job;
static Reductions reductions;

void initialise(void (*fetch_parms)(int *, double *)) {
  int count = PARAMETERS;
  fetch_parms(&count, parms);
}

void derivative(int *neq, double *t, double *y, double *f, double *out, int *ip) {
  (void)neq, (void)t, (void)out, (void)ip;
  rhs(parms, y, f);
}

/** deSolve calls this at each event's time. */
void event(int *n, double *t, double *y) {
  (void)n;
  for (int e = 0; e < EVENTS; e++)
    if (fabs(event_time(e) - *t) < 1e-9) EVENT(e, parms, y);
}

/** Reads the job; tells R its sizes. */
void open_job(char **path, int *patients, int *sizes, double *horizon) {
  job = read_job(*path, *patients);
  reductions = open_reductions(OUTPUTS * job.times);
  sizes[0] = job.patients, sizes[1] = job.times, sizes[2] = STATES, sizes[3] = PARAMETERS, sizes[4] = OUTPUTS, sizes[5] = EVENTS;
  *horizon = job.horizon;
}

void describe(double *times, double *scale, double *events) {
  memcpy(times, job.time, job.times * sizeof(double));
  memcpy(scale, job.scale, STATES * sizeof(double));
  for (int e = 0; e < EVENTS; e++) events[e] = event_time(e);
}

void open_patient(int *index, double *p, double *y) {
  double eta[COLUMNS];
  for (int c = 0; c < COLUMNS; c++) eta[c] = job.column[(size_t)c * job.patients + *index];
  patient(eta, p, y);
}

/** Counts a solution, [state][time], and gives back its outputs, [output][time]. */
void count_patient(double *p, double *states, double *out) {
  (void)p;
  for (int t = 0; t < job.times; t++) {
    double y[STATES], o[OUTPUTS];
    for (int i = 0; i < STATES; i++) y[i] = states[i * job.times + t];
    observe(p, y, o);
    for (int k = 0; k < OUTPUTS; k++) out[k * job.times + t] = o[k];
  }
  for (int row = 0; row < OUTPUTS * job.times; row++) reduce(&reductions, row, out + row, 1);
}
