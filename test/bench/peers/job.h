// What every C peer shares: the job file (patients' columns as our cohort exports them), the reductions per output time
// (least, largest, sum, histogram over float bits: the same as ours), processor time, and the line of JSON at the end.
#pragma once
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

// 2^-14 .. 2^32 in 256 bins an octave: as many as ours.
enum { OCTAVES = 46, LOW = -14, BITS = 8, BINS = OCTAVES << BITS };

typedef struct {
  int patients, columns, times, states;
  double horizon;
  double *time;   // ascending output times
  double *scale;  // largest |y| of every state, from the same probe as ours
  float *column;  // column-major: [column][patient]
} Job;

typedef struct {
  uint32_t *count;  // [output * times][bin]
  double *sum, *least, *largest;
} Reductions;

static void *reserve(size_t count, size_t size) {
  void *memory = calloc(count, size);
  if (!memory) { fprintf(stderr, "no memory\n"); exit(1); }
  return memory;
}

static void fetch(void *into, size_t size, size_t count, FILE *file) {
  if (fread(into, size, count, file) != count) { fprintf(stderr, "the job file is too short\n"); exit(1); }
}

/** `patients` of the file's first; each column keeps the file's stride out of sight. */
static Job read_job(const char *path, int patients) {
  FILE *file = fopen(path, "rb");
  if (!file) { fprintf(stderr, "cannot read %s\n", path); exit(1); }
  double head[5];
  fetch(head, sizeof(double), 5, file);
  Job job = {(int)head[0], (int)head[1], (int)head[2], (int)head[3], head[4], 0, 0, 0};
  job.time = (double *)reserve(job.times, sizeof(double));
  job.scale = (double *)reserve(job.states, sizeof(double));
  fetch(job.time, sizeof(double), job.times, file);
  fetch(job.scale, sizeof(double), job.states, file);
  float *all = (float *)reserve((size_t)job.patients * job.columns, sizeof(float));
  fetch(all, sizeof(float), (size_t)job.patients * job.columns, file);
  fclose(file);
  if (patients > job.patients) patients = job.patients;
  job.column = (float *)reserve((size_t)patients * job.columns, sizeof(float));
  for (int c = 0; c < job.columns; c++)
    memcpy(job.column + (size_t)c * patients, all + (size_t)c * job.patients, patients * sizeof(float));
  free(all);
  job.patients = patients;
  return job;
}

static Reductions open_reductions(int columns) {
  Reductions r = {(uint32_t *)reserve((size_t)columns * BINS, 4), (double *)reserve(columns, 8),
                  (double *)reserve(columns, 8), (double *)reserve(columns, 8)};
  for (int c = 0; c < columns; c++) { r.least[c] = INFINITY; r.largest[c] = -INFINITY; }
  return r;
}

#define REDUCE(NAME, TYPE)                                                                       \
  static inline void NAME(Reductions *r, int column, const TYPE *value, int count) {                    \
    uint32_t *bin = r->count + (size_t)column * BINS;                                            \
    double sum = 0, least = r->least[column], largest = r->largest[column];                      \
    for (int i = 0; i < count; i++) {                                                            \
      float single = (float)value[i];                                                            \
      uint32_t bits;                                                                             \
      memcpy(&bits, &single, 4);                                                                 \
      int key = (int)((bits & 0x7fffffff) >> (23 - BITS)) - ((LOW + 127) << BITS);               \
      key = bits >> 31 || key < 0 ? 0 : key >= BINS ? BINS - 1 : key;                            \
      bin[key]++;                                                                                \
      sum += value[i];                                                                           \
      if (value[i] < least) least = value[i];                                                    \
      if (value[i] > largest) largest = value[i];                                                \
    }                                                                                            \
    r->sum[column] += sum;                                                                       \
    r->least[column] = least;                                                                    \
    r->largest[column] = largest;                                                                \
  }
REDUCE(reduce, double)
REDUCE(reduce_single, float)

static double wall(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

static double processor(void) {
  struct rusage u;
  getrusage(RUSAGE_SELF, &u);
  return u.ru_utime.tv_sec + u.ru_stime.tv_sec + 1e-6 * (u.ru_utime.tv_usec + u.ru_stime.tv_usec);
}

static void report(int patients, double walled, double worked, double steps, long failed) {
  printf("{\"patients\":%d,\"wall_seconds\":%.6f,\"core_seconds\":%.6f,\"steps\":%.3f,\"failed\":%ld}\n", patients,
         walled, worked, steps / patients, failed);
}

/** Curves as f64 [patient][output][time]. */
static void write_curves(const char *path, const double *curve, size_t count) {
  FILE *file = fopen(path, "wb");
  if (!file || fwrite(curve, sizeof(double), count, file) != count) { fprintf(stderr, "cannot write %s\n", path); exit(1); }
  fclose(file);
}
