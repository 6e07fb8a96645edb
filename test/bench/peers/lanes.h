// What the hand-written solvers share: f32 vectors of LANES patients (4 for SSE, 8 for AVX2, 16 for AVX-512), a patient's
// seat in a lane, its events and outputs, and the program around `solve`. A finished lane takes the next patient; a lane
// that no longer moves (step too small, not finite, too many steps) is given up, counted, and its outputs are not numbers.
#pragma once
#include <immintrin.h>
#include "job.h"
#ifndef LANES
#define LANES 4
#endif
typedef float V __attribute__((vector_size(4 * LANES), aligned(4 * LANES)));
typedef int32_t M __attribute__((vector_size(4 * LANES), aligned(4 * LANES)));
#define C(x) (x##f)
#if LANES == 4
#define MAX(a, b) ((V)_mm_max_ps((__m128)(a), (__m128)(b)))
#define MIN(a, b) ((V)_mm_min_ps((__m128)(a), (__m128)(b)))
#define CHOOSE(m, a, b) ((V)_mm_blendv_ps((__m128)(b), (__m128)(a), (__m128)(m)))
#define LANES_OF(m) ((unsigned)_mm_movemask_ps((__m128)(m)))
#elif LANES == 8
#define MAX(a, b) ((V)_mm256_max_ps((__m256)(a), (__m256)(b)))
#define MIN(a, b) ((V)_mm256_min_ps((__m256)(a), (__m256)(b)))
#define CHOOSE(m, a, b) ((V)_mm256_blendv_ps((__m256)(b), (__m256)(a), (__m256)(m)))
#define LANES_OF(m) ((unsigned)_mm256_movemask_ps((__m256)(m)))
#else
#define MAX(a, b) ((V)_mm512_max_ps((__m512)(a), (__m512)(b)))
#define MIN(a, b) ((V)_mm512_min_ps((__m512)(a), (__m512)(b)))
#define CHOOSE(m, a, b) ((V)_mm512_mask_blend_ps(_mm512_movepi32_mask((__m512i)(m)), (__m512)(b), (__m512)(a)))
#define LANES_OF(m) ((unsigned)_mm512_movepi32_mask((__m512i)(m)))
#endif
#define ABS(a) ((V)((M)(a) & 0x7fffffff))
#define EACH for (int i = 0; i < STATES; i++)
#include PROBLEM

/** x^a for x > 0 from the exponent's bits: a few per cent, which a step controller does not notice. */
static inline V power(V x, float a) {
  V bits = __builtin_convertvector((M)x, V) - 1064866805.0f;
  return (V)__builtin_convertvector(bits * a + 1064866805.0f, M);
}

enum { CHUNK = 512 };

/** What the scalar part knows of a lane. */
typedef struct {
  int slot;   // patient within the chunk; -1: idle
  int event;  // next event
  int next;   // next output
  double start;
} Lane;

typedef struct {
  V y[STATES], f[STATES], p[PARAMETERS], tau, length, h, first, previous, output, tries;
  M fresh, rejected;  // fresh: at a segment's first step
  Lane lane[LANES];
} Front;

#define AT(vector, l) (((float *)&(vector))[l])

static void next_output(Front *s, int l, const Job *job) {
  Lane *lane = &s->lane[l];
  AT(s->output, l) = lane->next < job->times ? (float)(job->time[lane->next] - lane->start) : INFINITY;
}

static void record(const Front *s, const V *o, int l, const Job *job, float *out) {
  for (int k = 0; k < OUTPUTS; k++) out[(size_t)(k * job->times + s->lane[l].next) * CHUNK + s->lane[l].slot] = AT(o[k], l);
}

/** Gives what is due at the lane's start and sets out for the next event. */
static void open_segment(Front *s, int l, const Job *job, float *out) {
  Lane *lane = &s->lane[l];
  V o[OUTPUTS];
  while (lane->next < job->times && job->time[lane->next] <= lane->start) {
    observe(s->p, s->y, o);
    record(s, o, l, job, out);
    lane->next++;
  }
  if (lane->event < EVENTS && event_time(lane->event) <= lane->start) {
    float p[PARAMETERS], y[STATES];
    for (int i = 0; i < PARAMETERS; i++) p[i] = AT(s->p[i], l);
    EACH y[i] = AT(s->y[i], l);
    EVENT(lane->event, p, y);
    for (int i = 0; i < PARAMETERS; i++) AT(s->p[i], l) = p[i];
    EACH AT(s->y[i], l) = y[i];
    lane->event++;
  }
  double end = lane->event < EVENTS && event_time(lane->event) < job->horizon ? event_time(lane->event) : job->horizon;
  AT(s->length, l) = (float)(end - lane->start);
  AT(s->tau, l) = 0;
  AT(s->h, l) = AT(s->first, l);
  ((int32_t *)&s->fresh)[l] = -1;
  ((int32_t *)&s->rejected)[l] = 0;
  AT(s->previous, l) = 1e-4f;
  next_output(s, l, job);
}

static void seat(Front *s, int l, int slot, int index, const Job *job, float *out) {
  double eta[COLUMNS], p[PARAMETERS], y[STATES];
  for (int c = 0; c < COLUMNS; c++) eta[c] = job->column[(size_t)c * job->patients + index];
  patient(eta, p, y);
  for (int i = 0; i < PARAMETERS; i++) AT(s->p[i], l) = (float)p[i];
  EACH AT(s->y[i], l) = (float)y[i];
  s->lane[l] = (Lane){slot, 0, 0, 0};
  AT(s->first, l) = 0;  // not known yet
  AT(s->tries, l) = 0;
  open_segment(s, l, job, out);
}

/** A lane without a patient: steps of no length, an output that never comes. */
static void rest(Front *s, int l) {
  s->lane[l].slot = -1;
  AT(s->length, l) = INFINITY;
  AT(s->output, l) = NAN;
  EACH AT(s->y[i], l) = 0;
  AT(s->h, l) = 0;
}

/**
 * The next step: 0.9 norm^(-0.7/order) previous^(0.4/order), on squares; kept in 0.2 .. 5, in 0.2 .. 1 after a rejection.
 * A step clipped at a segment's end does not shrink the first one of the next.
 */
static inline void control(Front *s, V norm, V h, M last, M accepted, float order) {
  V small = MAX(norm, (V){0} + 1e-16f);
  V factor = 0.9f * power(small, -0.35f / order) * power(s->previous, 0.2f / order);
  factor = MAX(MIN(factor, CHOOSE(s->rejected, (V){0} + 1.0f, (V){0} + 5.0f)), (V){0} + 0.2f);
  V again = MAX(MIN(0.9f * power(small, -0.5f / order), (V){0} + 0.9f), (V){0} + 0.2f);
  V retry = CHOOSE(norm < INFINITY, again, (V){0} + 0.2f);
  V proposed = h * CHOOSE(accepted, factor, retry);
  s->first = CHOOSE(accepted & s->fresh & (~last | (proposed > s->first)), proposed, s->first);
  s->h = proposed;
  s->fresh &= ~accepted;
  s->rejected = ~accepted;
  s->previous = CHOOSE(accepted, MAX(small, (V){0} + 1e-8f), s->previous);
  s->tries += 1.0f;
}

/** Attempts after which a patient is given up. */
#define MOST 200000.0f

/** Lanes at a segment's end go on with the next one or the next patient. Gives the lanes that lost theirs on the way. */
static inline M turn_over(Front *s, M ended, V h, int *waiting, int *active, int from, int count, const Job *job, float *out,
                          long *failed) {
  // Smallest step that f32 time can tell from none; a step that is not a number is none either.
  M lost = ~ended & (~(s->h > 1e-7f * s->tau) | ~(h == h) | (s->tries > MOST)) & (s->length < INFINITY);
  for (unsigned lanes = LANES_OF(ended | lost); lanes; lanes &= lanes - 1) {
    int l = __builtin_ctz(lanes);
    Lane *lane = &s->lane[l];
    if (lane->slot < 0) continue;
    if (((int32_t *)&lost)[l]) {
      *failed += 1;
      for (; lane->next < job->times; lane->next++)
        for (int k = 0; k < OUTPUTS; k++) out[(size_t)(k * job->times + lane->next) * CHUNK + lane->slot] = NAN;
    } else {
      lane->start = lane->event < EVENTS && event_time(lane->event) < job->horizon ? event_time(lane->event) : job->horizon;
      open_segment(s, l, job, out);  // at the horizon: the outputs of the last instant
      if (lane->start < job->horizon) continue;
    }
    if (*waiting < count) { seat(s, l, *waiting, from + *waiting, job, out); ++*waiting; continue; }
    --*active;
    rest(s, l);
  }
  return lost;
}

static double solve(const Job *job, int from, int count, float rtol, const V *atol, float *out, long *failed);

int main(int count, char **argument) {
  if (count < 5) return fprintf(stderr, "tsit5 or rodas4: JOB PATIENTS RTOL ATOL_FACTOR [CURVES]\n"), 1;
  Job job = read_job(argument[1], atoi(argument[2]));
  float rtol = atof(argument[3]);
  double factor = atof(argument[4]);
  int rows = OUTPUTS * job.times;
  V atol[STATES];
  EACH atol[i] = (V){0} + (float)(rtol * factor * job.scale[i]);
  float *out = reserve((size_t)rows * CHUNK, sizeof(float));
  double *curve = count > 5 ? reserve((size_t)job.patients * rows, sizeof(double)) : NULL;
  Reductions reductions = open_reductions(rows);
  double began = wall(), worked = processor(), steps = 0;
  long failed = 0;
  for (int from = 0; from < job.patients; from += CHUNK) {
    int some = job.patients - from < CHUNK ? job.patients - from : CHUNK;
    steps += solve(&job, from, some, rtol, atol, out, &failed);
    for (int row = 0; row < rows; row++) {
      reduce_single(&reductions, row, out + (size_t)row * CHUNK, some);
      if (curve)
        for (int i = 0; i < some; i++) curve[(size_t)(from + i) * rows + row] = out[(size_t)row * CHUNK + i];
    }
  }
  report(job.patients, wall() - began, processor() - worked, steps, failed);
  if (curve) write_curves(argument[5], curve, (size_t)job.patients * rows);
  return 0;
}
