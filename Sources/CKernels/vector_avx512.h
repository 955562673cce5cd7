// Sixteen lanes: AVX-512 F, VL, BW, DQ. Masks are free here, so a partial load or store is one instruction.
// The includer ends with `#pragma clang attribute pop`.
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "kernels.h"
#include "vector.h"

#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,avx2,fma,bmi2"))), \
                             apply_to = function)

#define CK_ISA_SUFFIX avx512
enum { LANES = 16 };
#define LANES_ARE_16 1
typedef __m512 vec;
typedef __m512i ivec;
typedef __mmask16 mask;

CK_INLINE mask v_first(int32_t n) { return (mask)((1u << n) - 1); }
CK_INLINE vec v_set(float a) { return _mm512_set1_ps(a); }
CK_INLINE vec v_load(const float *p, int32_t n) { return _mm512_maskz_loadu_ps(v_first(n), p); }
CK_INLINE vec v_load_or(const float *p, int32_t n, vec rest) { return _mm512_mask_loadu_ps(rest, v_first(n), p); }
CK_INLINE void v_store(float *p, int32_t n, vec v) {
  if (n == LANES) _mm512_storeu_ps(p, v);
  else _mm512_mask_storeu_ps(p, v_first(n), v);
}
CK_INLINE vec v_add(vec a, vec b) { return _mm512_add_ps(a, b); }
CK_INLINE vec v_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
CK_INLINE vec v_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
CK_INLINE vec v_div(vec a, vec b) { return _mm512_div_ps(a, b); }
CK_INLINE vec v_sqrt(vec a) { return _mm512_sqrt_ps(a); }
CK_INLINE vec v_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
CK_INLINE vec v_fnma(vec a, vec b, vec c) { return _mm512_fnmadd_ps(a, b, c); }
CK_INLINE vec v_max(vec a, vec b) { return _mm512_max_ps(a, b); }
CK_INLINE vec v_min(vec a, vec b) { return _mm512_min_ps(a, b); }
CK_INLINE vec v_abs(vec a) { return _mm512_abs_ps(a); }
CK_INLINE mask m_gt(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_GT_OQ); }
CK_INLINE vec v_select(mask m, vec a, vec b) { return _mm512_mask_blend_ps(m, b, a); }
CK_INLINE float v_sum(vec a) { return _mm512_reduce_add_ps(a); }
CK_INLINE float v_greatest(vec a) { return _mm512_reduce_max_ps(a); }
CK_INLINE vec v_round(vec a) { return _mm512_roundscale_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
CK_INLINE vec v_power_of_two(vec n) {
  ivec biased = _mm512_add_epi32(_mm512_cvtps_epi32(n), _mm512_set1_epi32(127));
  return _mm512_castsi512_ps(_mm512_slli_epi32(biased, 23));
}

CK_INLINE mask m_not_le(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_NLE_UQ); }
CK_INLINE mask m_number(vec a) { return _mm512_cmp_ps_mask(a, a, _CMP_ORD_Q); }
CK_INLINE mask m_and(mask a, mask b) { return (mask)(a & b); }

CK_INLINE ivec i_set(uint32_t a) { return _mm512_set1_epi32((int32_t)a); }
CK_INLINE ivec i_select(mask m, ivec a, ivec b) { return _mm512_mask_blend_epi32(m, b, a); }
CK_INLINE mask i_equal(ivec a, ivec b) { return _mm512_cmpeq_epi32_mask(a, b); }
CK_INLINE mask i_at_least(ivec a, ivec b) { return _mm512_cmpge_epu32_mask(a, b); }  // unsigned
CK_INLINE ivec i_add(ivec a, ivec b) { return _mm512_add_epi32(a, b); }
CK_INLINE ivec i_xor(ivec a, ivec b) { return _mm512_xor_si512(a, b); }
CK_INLINE ivec i_low_pairs(ivec a, ivec b) { return _mm512_unpacklo_epi32(a, b); }
CK_INLINE ivec i_high_pairs(ivec a, ivec b) { return _mm512_unpackhi_epi32(a, b); }
CK_INLINE ivec i_low_quads(ivec a, ivec b) { return _mm512_unpacklo_epi64(a, b); }
CK_INLINE ivec i_high_quads(ivec a, ivec b) { return _mm512_unpackhi_epi64(a, b); }
CK_INLINE vec v_of_int(ivec a) { return _mm512_cvtepi32_ps(a); }
CK_INLINE ivec i_load_bytes(const uint8_t *p, int32_t n) {
  return _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(v_first(n), p));
}
CK_INLINE void i_store_bytes(uint8_t *p, int32_t n, ivec a) {
  __m128i bytes = _mm512_cvtepi32_epi8(a);
  if (n == LANES) _mm_storeu_si128((__m128i *)p, bytes);
  else _mm_mask_storeu_epi8(p, v_first(n), bytes);
}
// a * m in 64 bits: its high and low halves.
CK_INLINE void i_multiply_wide(ivec a, ivec m, ivec *high, ivec *low) {
  ivec even = _mm512_mul_epu32(a, m), odd = _mm512_mul_epu32(_mm512_srli_epi64(a, 32), m);
  *low = _mm512_mask_blend_epi32(0xAAAA, even, _mm512_slli_epi64(odd, 32));
  *high = _mm512_mask_blend_epi32(0xAAAA, _mm512_srli_epi64(even, 32), odd);
}

typedef __m512d dvec;
CK_INLINE dvec d_set(double a) { return _mm512_set1_pd(a); }
CK_INLINE dvec d_low(vec a) { return _mm512_cvtps_pd(_mm512_castps512_ps256(a)); }
CK_INLINE dvec d_high(vec a) { return _mm512_cvtps_pd(_mm512_extractf32x8_ps(a, 1)); }
CK_INLINE dvec d_fma(dvec a, dvec b, dvec c) { return _mm512_fmadd_pd(a, b, c); }
CK_INLINE dvec d_add(dvec a, dvec b) { return _mm512_add_pd(a, b); }
CK_INLINE double d_sum(dvec a) { return _mm512_reduce_add_pd(a); }

// Tiles of the matrix kernels: twelve rows need twelve pointers, all that sixteen general registers leave.
#define CK_TILE_WIDE 12
#define CK_TILE_NARROW 12
#define CK_EACH_WIDE(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#define CK_EACH_NARROW(X) CK_EACH_WIDE(X)
// Strips: many vectors of few pixels, or of so few rows of a gradient that two vectors would not hide the latency.
#define CK_LONG_ROWS 3
#define CK_LONG_VECTORS 6
#define CK_EACH_STRIP(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define CK_EACH_LONG(X) X(1) X(2) X(3)
// Sums along the channels: 24 sums leave room for the values of a tile and a row of the filter.
#define CK_DOT_SUMS 24
#define CK_DOT_CHANNELS 8
#define CK_EACH_DOT(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
// Sixteen partial sums to eight.
CK_INLINE __m256 v_dot_half(const vec s[1]) {
  return _mm256_add_ps(_mm512_castps512_ps256(s[0]), _mm512_extractf32x8_ps(s[0], 1));
}
