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
CK_INLINE void v_store_between(float *p, int32_t begin, int32_t end, vec v) {
  _mm512_mask_storeu_ps(p, (mask)(v_first(end) & ~v_first(begin)), v);
}
CK_INLINE void v8_store(float *p, int32_t n, __m256 v) { _mm256_mask_storeu_ps(p, (__mmask8)v_first(n), v); }
CK_INLINE void v_stream(float *p, vec v) { _mm512_stream_ps(p, v); }
CK_INLINE void v_stream_end(void) { _mm_sfence(); }
CK_INLINE vec v_add(vec a, vec b) { return _mm512_add_ps(a, b); }
CK_INLINE vec v_sub(vec a, vec b) { return _mm512_sub_ps(a, b); }
CK_INLINE vec v_mul(vec a, vec b) { return _mm512_mul_ps(a, b); }
CK_INLINE vec v_div(vec a, vec b) { return _mm512_div_ps(a, b); }
CK_INLINE vec v_sqrt(vec a) { return _mm512_sqrt_ps(a); }
CK_INLINE vec v_fma(vec a, vec b, vec c) { return _mm512_fmadd_ps(a, b, c); }
CK_INLINE vec v_fnma(vec a, vec b, vec c) { return _mm512_fnmadd_ps(a, b, c); }
CK_INLINE void v_fma_row(const int vectors, const float *values, int64_t j, const vec row[], vec sum[]) {
  const vec v = v_set(values[j]);
#pragma clang loop unroll(full)
  for (int k = 0; k < vectors; k++) sum[k] = v_fma(v, row[k], sum[k]);
}
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
CK_INLINE vec v_scale(vec a, vec n) { return _mm512_scalef_ps(a, n); }

CK_INLINE mask m_not_le(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_NLE_UQ); }
CK_INLINE mask m_numbers(vec a, vec b) { return _mm512_cmp_ps_mask(a, b, _CMP_ORD_Q); }
CK_INLINE int m_all(mask m) { return m == 0xFFFF; }
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
CK_INLINE ivec i_load(const int32_t *p) { return _mm512_loadu_si512(p); }
CK_INLINE void i_store(int32_t *p, ivec a) { _mm512_storeu_si512(p, a); }
CK_INLINE vec v_permute(vec a, ivec lanes) { return _mm512_permutexvar_ps(lanes, a); }
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

// Vectors of any number of lanes on their way past the caches, joined to whole lines in a register.
#define V_COLLECTS 1
typedef struct {
  float *line;
  vec lanes;            // of the line, begin <= lane < end
  int32_t begin, end;
} v_lines;
CK_INLINE v_lines v_lines_none(void) { return (v_lines){.line = NULL, .lanes = v_set(0), .begin = 0, .end = 0}; }
// Writes what has not filled a line.
CK_INLINE void v_lines_end(v_lines *s) {
  if (s->begin < s->end) _mm512_mask_storeu_ps(s->line, (mask)(v_first(s->end) & ~v_first(s->begin)), s->lanes);
  s->begin = s->end;
}
CK_INLINE void v_lines_at(v_lines *s, float *p) {
  if (p == s->line + s->end) return;
  v_lines_end(s);
  s->begin = s->end = (int32_t)(((uintptr_t)p & 63) / sizeof *p);
  s->line = p - s->begin;
}
CK_INLINE void v_lines_put(v_lines *s, const int32_t n, vec v) {
  const ivec lane = _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
  const ivec shifted = _mm512_sub_epi32(lane, _mm512_set1_epi32(s->end));  // modulo 16, as permutations take it
  const vec turned = _mm512_permutexvar_ps(shifted, v);
  s->lanes = _mm512_mask_blend_ps(v_first(s->end), turned, s->lanes);
  s->end += n;
  if (s->end < LANES) return;
  if (s->begin == 0) _mm512_stream_ps(s->line, s->lanes);
  else _mm512_mask_storeu_ps(s->line, (mask)~v_first(s->begin), s->lanes);
  s->line += LANES;
  s->lanes = turned;
  s->begin = 0;
  s->end -= LANES;
}

// Tiles of the matrix kernels: twelve rows need twelve pointers, all that sixteen general registers leave. 6 x 4 sums
// load least for each product.
#define CK_PANEL CK_PANEL_AVX512
#define CK_TILE_QUADRUPLE 6
#define CK_EACH_QUADRUPLE(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define CK_TILE_TRIPLE 8
#define CK_TILE_WIDE 12
#define CK_TILE_NARROW 12
#define CK_EACH_TRIPLE(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#define CK_TILE_LISTS 0
#define CK_EACH_WIDE(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11) X(12)
#define CK_EACH_NARROW(X) CK_EACH_WIDE(X)
// Vectors of a filter gradient's tile, at most.
#define CK_OUTER_VECTORS 4
// Strips: many vectors of few pixels, or of so few rows of a gradient that two vectors would not hide the latency.
#define CK_LONG_ROWS 3
#define CK_LONG_VECTORS 6
#define CK_FEW_TERMS 0
#define CK_STRIP_PIXELS 4
#define CK_STRIP_VECTORS 8
// Pixels of a strip whose longest part is of so many vectors: as many sums as fit beside a row and the values.
#define CK_STRIP_PIXELS_OF(V) ((V) <= 6 ? 4 : 3)
// Vectors x pixels: parts are dealt out evenly, so that one may be a vector shorter than the longest.
#define CK_EACH_STRIP(X) X(4, 4) X(5, 4) X(6, 4) X(6, 3) X(7, 3) X(8, 3)
#define CK_EACH_LENGTH(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8)
#define CK_EACH_LONG(X) X(1) X(2) X(3)
// Sums turned on their way to memory: outputs x vectors of filter rows.
#define CK_TURNED_ROWS 9
#define CK_TURNED_VECTORS 3
#define CK_EACH_TURNED(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9)
// Sums along the channels: 24 sums leave room for the values of a tile and a row of the filter.
#define CK_DOT_SUMS 24
#define CK_DOT_CHANNELS 8
#define CK_DOT_CHANNELS_PAST 10
#define CK_EACH_DOT(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10)
// Four values in all fours of lanes, and the same of those at [begin, end) alone; the latter of each four of a whole
// vector; four vectors of sums, each of whose fours makes the total of one output: vector v's are outputs v * 4, ...
CK_INLINE vec v_quad(const float *p) { return _mm512_broadcast_f32x4(_mm_loadu_ps(p)); }
CK_INLINE vec v_quad_between(const float *p, int32_t begin, int32_t end) {
  return _mm512_broadcast_f32x4(_mm_maskz_loadu_ps((__mmask8)(v_first(end) & ~v_first(begin)), p));
}
CK_INLINE vec v_quads_between(const float *p, int32_t begin, int32_t end) {
  return _mm512_maskz_loadu_ps((mask)((v_first(end) & ~v_first(begin)) * 0x1111u), p);
}
CK_INLINE vec v_quad_totals(vec a, vec b, vec c, vec d) {
  const vec ab = _mm512_add_ps(_mm512_unpacklo_ps(a, b), _mm512_unpackhi_ps(a, b));
  const vec cd = _mm512_add_ps(_mm512_unpacklo_ps(c, d), _mm512_unpackhi_ps(c, d));
  const vec all = _mm512_add_ps(_mm512_shuffle_ps(ab, cd, 0x44), _mm512_shuffle_ps(ab, cd, 0xEE));
  return _mm512_permutexvar_ps(_mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15), all);
}
// Four values, each in all lanes of a four of its own; and adding the sums of products of a quad with such: lane i of four
// j goes to column j of the i-th of the rows, for i from `row` and j from `column` on.
CK_INLINE vec v_quad_apart(const float *p) {
  return _mm512_permutevar_ps(v_quad(p), _mm512_setr_epi32(0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3));
}
CK_INLINE void v_quads_add(float *to, const int32_t *rows, int32_t row, int32_t column, vec sums) {
  const __m512i turned = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
  float by_row[LANES];
  _mm512_storeu_ps(by_row, _mm512_permutexvar_ps(turned, sums));
  const __mmask8 own = (__mmask8)(0xF & ~v_first(column));
  for (int32_t i = row; i < 4; i++) {
    const __m128 before = _mm_maskz_loadu_ps(own, to + rows[i]);
    _mm_mask_storeu_ps(to + rows[i], own, _mm_add_ps(before, _mm_loadu_ps(by_row + 4 * i)));
  }
}
// Fours of values x fours of outputs of a tile of a filter's gradient, at most, and all such.
#define CK_OUTER_FOURS 5
#define CK_OUTER_FOURS_OF(V) ((V) <= 2 ? 10 : (V) == 3 ? 8 : (V) == 4 ? 6 : 4)
#define CK_EACH_OUTER_FOURS(X) \
  X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(6, 1) X(7, 1) X(8, 1) X(9, 1) X(10, 1) \
  X(1, 2) X(2, 2) X(3, 2) X(4, 2) X(5, 2) X(6, 2) X(7, 2) X(8, 2) X(9, 2) X(10, 2) \
  X(1, 3) X(2, 3) X(3, 3) X(4, 3) X(5, 3) X(6, 3) X(7, 3) X(8, 3) \
  X(1, 4) X(2, 4) X(3, 4) X(4, 4) X(5, 4) X(6, 4) X(1, 5) X(2, 5) X(3, 5) X(4, 5)
// Vectors x pixels of such a tile.
#define CK_EACH_QUAD(X) X(1, 12) X(2, 12) X(3, 8) X(4, 6) X(5, 5)
// Convolutions over planes: outputs x vectors of pixels of a tile; rows of the filter x outputs of its gradient's.
#define CK_PLANE_OUTPUTS 6
#define CK_PLANE_VECTORS 4
#define CK_EACH_PLANE(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define CK_PLANE_TAPS 4
#define CK_PLANE_GRADIENTS 6
#define CK_EACH_PLANE_OUTER(X) \
  X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) \
  X(2, 1) X(2, 2) X(2, 3) X(2, 4) X(2, 5) X(2, 6) \
  X(3, 1) X(3, 2) X(3, 3) X(3, 4) X(3, 5) X(3, 6) \
  X(4, 1) X(4, 2) X(4, 3) X(4, 4) X(4, 5) X(4, 6)
// Sixteen partial sums to eight.
CK_INLINE __m256 v_dot_half(const vec s[1]) {
  return _mm256_add_ps(_mm512_castps512_ps256(s[0]), _mm512_extractf32x8_ps(s[0], 1));
}
// Convolutions with lanes along pixels and outputs: rows of taps x terms of a tile of the filter's gradient.
#define CK_FLAT_TAPS 3
#define CK_FLAT_TERMS 9
#define CK_FLAT_SUMS 12
#define CK_EACH_FLAT_OUTER(X) \
  X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(1, 8) X(1, 9) \
  X(2, 1) X(2, 2) X(2, 3) X(2, 4) X(2, 5) X(2, 6) \
  X(3, 1) X(3, 2) X(3, 3) X(3, 4)
// Vectors x units of a tile of what units add to the input's gradient.
#define CK_FLAT_VECTORS 3
#define CK_FLAT_UNITS 12
#define CK_FLAT_SPREAD 24
#define CK_EACH_FLAT_SPREAD(X) \
  X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(1, 8) X(1, 9) X(1, 10) X(1, 11) X(1, 12) \
  X(2, 1) X(2, 2) X(2, 3) X(2, 4) X(2, 5) X(2, 6) X(2, 7) X(2, 8) X(2, 9) X(2, 10) X(2, 11) X(2, 12) \
  X(3, 1) X(3, 2) X(3, 3) X(3, 4) X(3, 5) X(3, 6) X(3, 7) X(3, 8)
