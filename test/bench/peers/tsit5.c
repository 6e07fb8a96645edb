// Tsit5 by hand, lanes are patients: f32 vectors of LANES numbers (4 for SSE, 8 for AVX2, 16 for AVX-512). The same
// algorithm as ours: FSAL, PI control by exponent bits, RMS norm, fourth-order dense output for what is observed, steps
// that end on events, the first step after an event remembered, local time, a finished lane takes the next patient.
// tsit5-<problem> JOB PATIENTS RTOL ATOL_FACTOR [CURVES]
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
  V y[STATES], f[STATES], p[PARAMETERS], tau, length, h, first, previous, output;
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

/** A chunk's patients into `out`. Adds to *failed those that are not done after 200,000 steps each on average. */
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
    if (attempts > 2e5 * count) { *failed += active + count - waiting; break; }
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
    M finite = norm < INFINITY;
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

    // 0.9 norm^(-0.7/5) previous^(0.4/5), on squares; kept in 0.2 .. 5, in 0.2 .. 1 after a rejection.
    V small = MAX(norm, (V){0} + 1e-16f);
    V factor = 0.9f * power(small, -0.07f) * power(s.previous, 0.04f);
    factor = MAX(MIN(factor, CHOOSE(s.rejected, (V){0} + 1.0f, (V){0} + 5.0f)), (V){0} + 0.2f);
    V retry = CHOOSE(finite, MAX(MIN(0.9f * power(small, -0.1f), (V){0} + 0.9f), (V){0} + 0.2f), (V){0} + 0.2f);
    V proposed = h * CHOOSE(accepted, factor, retry);
    // A step clipped at a segment's end does not shrink the next one.
    s.first = CHOOSE(accepted & s.fresh & (~last | (proposed > s.first)), proposed, s.first);
    s.h = proposed;
    s.fresh &= ~accepted;
    s.rejected = ~accepted;
    s.previous = CHOOSE(accepted, MAX(small, (V){0} + 1e-8f), s.previous);
    EACH {
      s.y[i] = CHOOSE(accepted, y1[i], s.y[i]);
      s.f[i] = CHOOSE(accepted, k7[i], s.f[i]);
    }
    s.tau = CHOOSE(accepted, to, s.tau);

    changed = accepted & last;
    for (unsigned lanes = LANES_OF(changed); lanes; lanes &= lanes - 1) {
      int l = __builtin_ctz(lanes);
      Lane *lane = &s.lane[l];
      lane->start = lane->event < EVENTS && event_time(lane->event) < job->horizon ? event_time(lane->event) : job->horizon;
      if (lane->start < job->horizon) { open_segment(&s, l, job, out); continue; }
      open_segment(&s, l, job, out);  // the outputs of the last instant
      if (waiting < count) { seat(&s, l, waiting, from + waiting, job, out); waiting++; continue; }
      active--;
      rest(&s, l);
    }
  }
  return attempts;
}

int main(int count, char **argument) {
  if (count < 5) return fprintf(stderr, "tsit5 JOB PATIENTS RTOL ATOL_FACTOR [CURVES]\n"), 1;
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
