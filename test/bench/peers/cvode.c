// CVODE, one patient after another, re-initialised at each dose or switch. Adams with fixed-point iteration, or BDF with the
// dense solver, its Jacobian by differences (bdf) or by hand (newton).
// cvode-<problem> JOB PATIENTS RTOL ATOL_FACTOR bdf|newton|adams [CURVES]
#include <cvode/cvode.h>
#include <nvector/nvector_serial.h>
#include <sunlinsol/sunlinsol_dense.h>
#include <sunmatrix/sunmatrix_dense.h>
#include <sunnonlinsol/sunnonlinsol_fixedpoint.h>
#include "job.h"
typedef double V;
#define C(x) (x)
#include PROBLEM

static int derivative(realtype t, N_Vector y, N_Vector f, void *p) {
  (void)t;
  rhs(p, N_VGetArrayPointer(y), N_VGetArrayPointer(f));
  return 0;
}

static int by_hand(realtype t, N_Vector y, N_Vector f, SUNMatrix matrix, void *p, N_Vector a, N_Vector b, N_Vector c) {
  (void)t, (void)f, (void)a, (void)b, (void)c;
  V J[STATES][STATES];
  jacobian(p, N_VGetArrayPointer(y), J);
  for (int i = 0; i < STATES; i++)
    for (int j = 0; j < STATES; j++) SM_ELEMENT_D(matrix, i, j) = J[i][j];
  return 0;
}

int main(int count, char **argument) {
  if (count < 6) return fprintf(stderr, "cvode JOB PATIENTS RTOL ATOL_FACTOR bdf|newton|adams [CURVES]\n"), 1;
  Job job = read_job(argument[1], atoi(argument[2]));
  double rtol = atof(argument[3]), factor = atof(argument[4]);
  int adams = !strcmp(argument[5], "adams");
  int rows = OUTPUTS * job.times;
  double *curve = reserve((size_t)job.patients * rows, sizeof(double));
  Reductions reductions = open_reductions(rows);
  double began = wall(), worked = processor(), steps = 0;
  long failed = 0;

  SUNContext context;
  SUNContext_Create(NULL, &context);
  N_Vector state = N_VNew_Serial(STATES, context), atol = N_VNew_Serial(STATES, context);
  double *y = N_VGetArrayPointer(state), p[PARAMETERS];
  for (int i = 0; i < STATES; i++) N_VGetArrayPointer(atol)[i] = rtol * factor * job.scale[i];
  void *cvode = CVodeCreate(adams ? CV_ADAMS : CV_BDF, context);
  CVodeInit(cvode, derivative, 0, state);
  CVodeSVtolerances(cvode, rtol, atol);
  CVodeSetUserData(cvode, p);
  CVodeSetMaxNumSteps(cvode, 100000);
  if (adams) CVodeSetNonlinearSolver(cvode, SUNNonlinSol_FixedPoint(state, 0, context));
  else {
    SUNMatrix matrix = SUNDenseMatrix(STATES, STATES, context);
    CVodeSetLinearSolver(cvode, SUNLinSol_Dense(state, matrix, context), matrix);
    if (!strcmp(argument[5], "newton")) CVodeSetJacFn(cvode, by_hand);
  }

  for (int i = 0; i < job.patients; i++) {
    double eta[COLUMNS], *out = curve + (size_t)i * rows;
    for (int c = 0; c < COLUMNS; c++) eta[c] = job.column[(size_t)c * job.patients + i];
    patient(eta, p, y);
    double t = 0;
    int next = 0, event = 0;
    while (t < job.horizon || next < job.times) {
      // Outputs see the state before what happens at their instant.
      while (next < job.times && job.time[next] <= t) {
        double o[OUTPUTS];
        observe(p, y, o);
        for (int k = 0; k < OUTPUTS; k++) out[k * job.times + next] = o[k];
        next++;
      }
      if (t >= job.horizon) break;
      if (event < EVENTS && event_time(event) <= t) { EVENT(event, p, y); event++; }
      double end = event < EVENTS && event_time(event) < job.horizon ? event_time(event) : job.horizon;
      long before = 0;
      CVodeReInit(cvode, t, state);
      CVodeSetStopTime(cvode, end);
      while (t < end) {
        double until = next < job.times && job.time[next] < end ? job.time[next] : end;
        if (CVode(cvode, until, state, &t, CV_NORMAL) < 0) { failed++; t = job.horizon; next = job.times; break; }
        if (until < end) {
          double o[OUTPUTS];
          observe(p, y, o);
          for (int k = 0; k < OUTPUTS; k++) out[k * job.times + next] = o[k];
          next++;
        }
      }
      CVodeGetNumSteps(cvode, &before);
      steps += before;
    }
    for (int row = 0; row < rows; row++) reduce(&reductions, row, out + row, 1);
  }
  report(job.patients, wall() - began, processor() - worked, steps, failed);
  if (count > 6) write_curves(argument[6], curve, (size_t)job.patients * rows);
  return 0;
}
