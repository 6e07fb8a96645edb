// The same problems by hand in CUDA: a thread is a patient; Tsit5 (PK) or, with -DSTIFF, Rodas4 (HIV), f32, the reductions
// of job.h by atomics. Parameters, stepping and reductions are timed, warm; reading the job and copying back are not.
// gpu-<problem> JOB PATIENTS RTOL ATOL_FACTOR [CURVES]
#include <cuda_runtime.h>
#include <vector>
#define inline __host__ __device__ inline
typedef float V;
#define C(x) (x##f)
#include PROBLEM
#undef inline
#include "job.h"
#define EACH _Pragma("unroll") for (int i = 0; i < STATES; i++)
#ifdef STIFF
enum { ORDER = 4, STAGES = 6 };
#else
enum { ORDER = 5, STAGES = 7 };
#endif

struct Atol { float of[STATES]; };
struct Counts { unsigned *bin; float *sum; unsigned *least, *largest; unsigned long long *steps, *failed; };

/** Order-preserving: float bits as unsigned numbers. */
static __device__ unsigned key_of(float x) {
  unsigned bits = __float_as_uint(x);
  return bits >> 31 ? ~bits : bits | 0x80000000u;
}

static __device__ void record(const float *p, const float *y, int patient, int at, int times, Counts into, float *curve) {
  float o[OUTPUTS];
  observe(p, y, o);
  for (int n = 0; n < OUTPUTS; n++) {
    int row = n * times + at, bits = __float_as_int(o[n]);
    int key = ((bits & 0x7fffffff) >> (23 - BITS)) - ((LOW + 127) << BITS);
    key = bits < 0 || key < 0 ? 0 : key >= BINS ? BINS - 1 : key;
    atomicAdd(&into.bin[(size_t)row * BINS + key], 1u);
    atomicAdd(&into.sum[row], o[n]);
    atomicMin(&into.least[row], key_of(o[n]));
    atomicMax(&into.largest[row], key_of(o[n]));
    if (curve) curve[(size_t)patient * OUTPUTS * times + row] = o[n];
  }
}

static __global__ void simulate(int patients, const float *column, const double *time, int times, double horizon, float rtol,
                         Atol atol, Counts into, float *curve) {
  int patient_number = blockIdx.x * blockDim.x + threadIdx.x;
  if (patient_number >= patients) return;
  double eta[COLUMNS], p64[PARAMETERS], y64[STATES];
  for (int c = 0; c < COLUMNS; c++) eta[c] = column[(size_t)c * patients + patient_number];
  patient(eta, p64, y64);
  float p[PARAMETERS], y[STATES], first = 0;
  for (int i = 0; i < PARAMETERS; i++) p[i] = (float)p64[i];
  EACH y[i] = (float)y64[i];
  int event = 0, next = 0, steps = 0;
  double start = 0;
  while (start < horizon) {
    while (next < times && time[next] <= start) record(p, y, patient_number, next++, times, into, curve);
    if (event < EVENTS && event_time(event) <= start) { EVENT(event, p, y); event++; }
    double end = event < EVENTS && event_time(event) < horizon ? event_time(event) : horizon;
    float length = (float)(end - start), tau = 0, previous = 1e-4f, h = first;
    float output = next < times ? (float)(time[next] - start) : INFINITY;
    float k[STAGES][STATES], z[STATES], y1[STATES], error[STATES];
    bool fresh = true, rejected = false;
    rhs(p, y, k[0]);
    if (h == 0) {
      float ratio = 1e-30f, size = 1e-30f;
      EACH {
        float scale = 1 / (atol.of[i] + rtol * fabsf(y[i]));
        ratio += k[0][i] * k[0][i] * scale * scale, size += y[i] * y[i] * scale * scale;
      }
      h = fminf(0.01f * sqrtf(size / ratio), 0.125f * length);
    }
    while (tau < length) {
      bool last = h * 1.05f >= length - tau;
      if (last) h = length - tau;
      if (!(h > 1e-7f * tau) || ++steps > 200000) { atomicAdd(into.failed, 1ull); atomicAdd(into.steps, (unsigned long long)steps); return; }
#ifdef STIFF
      float per = 1 / h, J[STATES][STATES];
      jacobian(p, y, J);
      Factors w = factor(4.0f * per, J);
      rhs(p, y, k[0]);
      solve_for(&w, k[0]);
      EACH z[i] = y[i] + (1.544f * k[0][i]);
      rhs(p, z, k[1]);
      EACH k[1][i] += per * (-5.6688f * k[0][i]);
      solve_for(&w, k[1]);
      EACH z[i] = y[i] + (0.9466785280815826f * k[0][i] + 0.2557011698983284f * k[1][i]);
      rhs(p, z, k[2]);
      EACH k[2][i] += per * (-2.430093356833875f * k[0][i] - 0.2063599157091915f * k[1][i]);
      solve_for(&w, k[2]);
      EACH z[i] = y[i] + (3.314825187068521f * k[0][i] + 2.896124015972201f * k[1][i] + 0.9986419139977817f * k[2][i]);
      rhs(p, z, k[3]);
      EACH k[3][i] += per * (-0.1073529058151375f * k[0][i] - 9.594562251023355f * k[1][i] - 20.47028614809616f * k[2][i]);
      solve_for(&w, k[3]);
      EACH z[i] = y[i] + (1.221224509226641f * k[0][i] + 6.019134481288629f * k[1][i] + 12.53708332932087f * k[2][i] - 0.687886036105895f * k[3][i]);
      rhs(p, z, k[4]);
      EACH k[4][i] += per * (7.496443313967647f * k[0][i] - 10.24680431464352f * k[1][i] - 33.99990352819905f * k[2][i] + 11.7089089320616f * k[3][i]);
      solve_for(&w, k[4]);
      EACH z[i] += k[4][i];
      rhs(p, z, k[5]);
      EACH k[5][i] += per * (8.083246795921522f * k[0][i] - 7.981132988064893f * k[1][i] - 31.52159432874371f * k[2][i] + 16.31930543123136f * k[3][i] - 6.058818238834054f * k[4][i]);
      solve_for(&w, k[5]);
      EACH error[i] = k[5][i], y1[i] = z[i] + k[5][i];
#else
      EACH z[i] = y[i] + h * (0.161f * k[0][i]);
      rhs(p, z, k[1]);
      EACH z[i] = y[i] + h * (-0.008480655492356989f * k[0][i] + 0.335480655492357f * k[1][i]);
      rhs(p, z, k[2]);
      EACH z[i] = y[i] + h * (2.8971530571054935f * k[0][i] - 6.359448489975075f * k[1][i] + 4.3622954328695815f * k[2][i]);
      rhs(p, z, k[3]);
      EACH z[i] = y[i] + h * (5.325864828439257f * k[0][i] - 11.748883564062828f * k[1][i] + 7.4955393428898365f * k[2][i] - 0.09249506636175525f * k[3][i]);
      rhs(p, z, k[4]);
      EACH z[i] = y[i] + h * (5.86145544294642f * k[0][i] - 12.92096931784711f * k[1][i] + 8.159367898576159f * k[2][i] - 0.071584973281401f * k[3][i] - 0.028269050394068383f * k[4][i]);
      rhs(p, z, k[5]);
      EACH y1[i] = y[i] + h * (0.09646076681806523f * k[0][i] + 0.01f * k[1][i] + 0.4798896504144996f * k[2][i] + 1.379008574103742f * k[3][i] - 3.290069515436081f * k[4][i] + 2.324710524099774f * k[5][i]);
      rhs(p, y1, k[6]);
      EACH error[i] = h * (-0.001780011052225777f * k[0][i] - 0.0008164344596567469f * k[1][i] + 0.007880878010261995f * k[2][i] - 0.1447110071732629f * k[3][i] + 0.5823571654525552f * k[4][i] - 0.45808210592918697f * k[5][i] + 0.015151515151515152f * k[6][i]);
#endif
      float norm = 0;
      EACH { float e = error[i] / (atol.of[i] + rtol * fmaxf(fabsf(y[i]), fabsf(y1[i]))); norm += e * e; }
      norm *= 1.0f / STATES;
      float small = fminf(fmaxf(norm, 1e-16f), 1e30f);
      bool accepted = norm <= 1;
      float to = last ? length : tau + h;
      if (accepted)
        for (; output < to || (output == to && !last);) {
          float theta = (output - tau) / h, dense[STATES];
#ifdef STIFF
          EACH {
            float bend = 10.12623508344586f * k[0][i] - 7.487995877610167f * k[1][i] - 34.80091861555747f * k[2][i] - 7.992771707568823f * k[3][i] + 1.025137723295662f * k[4][i];
            float turn = -0.6762803392801253f * k[0][i] + 6.087714651680015f * k[1][i] + 16.43084320892478f * k[2][i] + 24.76722511418386f * k[3][i] - 6.594389125716872f * k[4][i];
            dense[i] = y[i] + theta * (y1[i] - y[i] + (1 - theta) * (bend + theta * turn));
          }
#else
          float q[STAGES];
          q[0] = h * theta * (1.0f + theta * (-2.763706197274826f + theta * (2.9132554618219126f + theta * -1.0530884977290216f)));
          q[1] = h * theta * (0.0f + theta * (0.1317f + theta * (-0.2234f + theta * 0.1017f)));
          q[2] = h * theta * (0.0f + theta * (3.9302962368947516f + theta * (-5.941033872131505f + theta * 2.490627285651253f)));
          q[3] = h * theta * (0.0f + theta * (-12.411077166933676f + theta * (30.33818863028232f + theta * -16.548102889244902f)));
          q[4] = h * theta * (0.0f + theta * (37.50931341651104f + theta * (-88.1789048947664f + theta * 47.37952196281928f)));
          q[5] = h * theta * (0.0f + theta * (-27.896526289197286f + theta * (65.09189467479366f + theta * -34.87065786149661f)));
          q[6] = h * theta * (0.0f + theta * (1.5f + theta * (-4.0f + theta * 2.5f)));
          EACH {
            dense[i] = y[i];
            for (int j = 0; j < STAGES; j++) dense[i] += q[j] * k[j][i];
          }
#endif
          record(p, dense, patient_number, next++, times, into, curve);
          output = next < times ? (float)(time[next] - start) : INFINITY;
        }
      float grow = 0.9f * exp2f((-0.35f * log2f(small) + 0.2f * log2f(previous)) / ORDER);
      float retry = norm < INFINITY ? fminf(0.9f * exp2f(-0.5f * log2f(small) / ORDER), 0.9f) : 0.2f;
      float proposed = h * fmaxf(accepted ? fminf(grow, rejected ? 1.0f : 5.0f) : retry, 0.2f);
      if (accepted && fresh && (!last || proposed > first)) first = proposed;
      if (accepted) {
        fresh = false, previous = fmaxf(small, 1e-8f), tau = to;
        EACH { y[i] = y1[i]; k[0][i] = k[STAGES - 1][i]; }
      }
      rejected = !accepted;
      h = proposed;
    }
    start = end;
  }
  while (next < times) record(p, y, patient_number, next++, times, into, curve);
  atomicAdd(into.steps, (unsigned long long)steps);
}

static void must(cudaError_t status) {
  if (status == cudaSuccess) return;
  fprintf(stderr, "CUDA: %s\n", cudaGetErrorString(status));
  exit(1);
}

template <typename T> static T *on_card(size_t count, const T *from) {
  T *to;
  must(cudaMalloc(&to, count * sizeof(T)));
  must(from ? cudaMemcpy(to, from, count * sizeof(T), cudaMemcpyHostToDevice) : cudaMemset(to, 0, count * sizeof(T)));
  return to;
}

int main(int count, char **argument) {
  if (count < 5) return fprintf(stderr, "gpu JOB PATIENTS RTOL ATOL_FACTOR [CURVES]\n"), 1;
  Job job = read_job(argument[1], atoi(argument[2]));
  float rtol = atof(argument[3]);
  Atol atol;
  for (int i = 0; i < STATES; i++) atol.of[i] = (float)(rtol * atof(argument[4]) * job.scale[i]);
  int rows = OUTPUTS * job.times, n = job.patients;
  float *column = on_card((size_t)n * job.columns, job.column);
  double *time = on_card(job.times, job.time);
  size_t curve_size = count > 5 ? (size_t)n * rows : 0;
  float *curve = curve_size ? on_card<float>(curve_size, nullptr) : nullptr;
  std::vector<unsigned> highest(rows, 0xffffffffu);
  float seconds = 0;
  unsigned long long told[2];
  for (int run = 0; run < 2; run++) {
    Counts into = {on_card<unsigned>((size_t)rows * BINS, nullptr), on_card<float>(rows, nullptr), on_card(rows, highest.data()),
                   on_card<unsigned>(rows, nullptr), on_card<unsigned long long>(1, nullptr), on_card<unsigned long long>(1, nullptr)};
    cudaEvent_t before, after;
    must(cudaEventCreate(&before)), must(cudaEventCreate(&after));
    must(cudaEventRecord(before));
    simulate<<<(n + 127) / 128, 128>>>(n, column, time, job.times, job.horizon, rtol, atol, into, curve);
    must(cudaEventRecord(after));
    must(cudaEventSynchronize(after));
    must(cudaEventElapsedTime(&seconds, before, after));
    must(cudaMemcpy(&told[0], into.steps, 8, cudaMemcpyDeviceToHost));
    must(cudaMemcpy(&told[1], into.failed, 8, cudaMemcpyDeviceToHost));
    cudaFree(into.bin), cudaFree(into.sum), cudaFree(into.least), cudaFree(into.largest), cudaFree(into.steps), cudaFree(into.failed);
  }
  // A core-second is a second of the card.
  report(n, seconds / 1000, seconds / 1000, (double)told[0], (long)told[1]);
  if (curve) {
    std::vector<float> single(curve_size);
    must(cudaMemcpy(single.data(), curve, curve_size * sizeof(float), cudaMemcpyDeviceToHost));
    std::vector<double> all(single.begin(), single.end());
    write_curves(argument[5], all.data(), curve_size);
  }
  return 0;
}
