// A "vector" of one lane: for kernels whose formulas must be the same on every instruction set.
#include <math.h>
#include <string.h>

#include "kernels.h"
#include "vector.h"

#define CK_ISA_SUFFIX scalar
enum { LANES = 1 };
typedef float vec;
typedef int mask;

CK_INLINE vec v_set(float a) { return a; }
CK_INLINE vec v_load(const float *p, int32_t n) { return (void)n, *p; }
CK_INLINE vec v_load_or(const float *p, int32_t n, vec rest) { return (void)n, (void)rest, *p; }
CK_INLINE void v_store(float *p, int32_t n, vec v) { (void)n, *p = v; }
CK_INLINE void v_stream(float *p, vec v) { *p = v; }
CK_INLINE void v_stream_end(void) {}
CK_INLINE vec v_add(vec a, vec b) { return a + b; }
CK_INLINE vec v_sub(vec a, vec b) { return a - b; }
CK_INLINE vec v_mul(vec a, vec b) { return a * b; }
CK_INLINE vec v_div(vec a, vec b) { return a / b; }
CK_INLINE vec v_sqrt(vec a) { return sqrtf(a); }
CK_INLINE vec v_fma(vec a, vec b, vec c) { return a * b + c; }
CK_INLINE vec v_fnma(vec a, vec b, vec c) { return c - a * b; }
CK_INLINE vec v_max(vec a, vec b) { return a > b ? a : b; }
CK_INLINE vec v_min(vec a, vec b) { return a < b ? a : b; }
CK_INLINE vec v_abs(vec a) { return fabsf(a); }
CK_INLINE mask m_gt(vec a, vec b) { return a > b; }
CK_INLINE vec v_select(mask m, vec a, vec b) { return m ? a : b; }
CK_INLINE float v_sum(vec a) { return a; }
CK_INLINE float v_greatest(vec a) { return a; }

// To the nearest integer, ties to even; |a| < 2^22.
CK_INLINE vec v_round(vec a) { return (a + 12582912.0f) - 12582912.0f; }

// 2^n for an integral n in -126...127.
CK_INLINE vec v_power_of_two(vec n) {
  uint32_t bits = (uint32_t)((n == n ? (int32_t)n : 0) + 127) << 23;
  float power;
  memcpy(&power, &bits, sizeof power);
  return power;
}
// In two halves, each of which is a normal float.
CK_INLINE vec v_scale(vec a, vec n) {
  vec half = v_round(v_mul(n, v_set(0.5f)));
  return v_mul(v_mul(a, v_power_of_two(half)), v_power_of_two(v_sub(n, half)));
}
