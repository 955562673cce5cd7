// Eight lanes: AVX2 and FMA. A mask is a vector whose sign bits count. Stores under a mask take twelve cycles on many
// processors (Zen 3), so the first lanes are stored in up to three pieces instead.
// The includer ends with `#pragma clang attribute pop`.
#include <immintrin.h>
#include <math.h>
#include <string.h>

#include "kernels.h"
#include "vector.h"

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)

#define CK_ISA_SUFFIX avx2
enum { LANES = 8 };
#define LANES_ARE_8 1
typedef __m256 vec;
typedef __m256i ivec;
typedef __m256 mask;

static const int32_t first_lanes[2 * LANES] = {-1, -1, -1, -1, -1, -1, -1, -1};

// Whether the compiler knows that all lanes are meant.
#define ALL_LANES(n) (__builtin_constant_p(n) && (n) == LANES)

CK_INLINE ivec v_first(int32_t n) { return _mm256_loadu_si256((const ivec *)(first_lanes + LANES - n)); }
CK_INLINE vec v_set(float a) { return _mm256_set1_ps(a); }
CK_INLINE vec v_load(const float *p, int32_t n) {
  return ALL_LANES(n) ? _mm256_loadu_ps(p) : _mm256_maskload_ps(p, v_first(n));
}
CK_INLINE vec v_select(mask m, vec a, vec b) { return _mm256_blendv_ps(b, a, m); }
CK_INLINE vec v_load_or(const float *p, int32_t n, vec rest) {
  return ALL_LANES(n) ? _mm256_loadu_ps(p) : v_select(_mm256_castsi256_ps(v_first(n)), v_load(p, n), rest);
}
CK_INLINE void v8_store(float *p, int32_t n, __m256 v) {
  if (n == 8) {
    _mm256_storeu_ps(p, v);
    return;
  }
  __m128 four = _mm256_castps256_ps128(v);
  if (n & 4) {
    _mm_storeu_ps(p, four);
    four = _mm256_extractf128_ps(v, 1);
    p += 4;
  }
  if (n & 2) {
    _mm_storel_pi((__m64 *)p, four);
    four = _mm_movehl_ps(four, four);
    p += 2;
  }
  if (n & 1) _mm_store_ss(p, four);
}
CK_INLINE void v_store(float *p, int32_t n, vec v) { v8_store(p, n, v); }
CK_INLINE void v_store_between(float *p, int32_t begin, int32_t end, vec v) {
  const ivec from = _mm256_add_epi32(_mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7), _mm256_set1_epi32(begin));
  v8_store(p + begin, end - begin, _mm256_permutevar8x32_ps(v, from));
}
CK_INLINE void v_stream(float *p, vec v) { _mm256_stream_ps(p, v); }
CK_INLINE void v_stream_quads(float *p, int32_t n, vec v) {
  _mm_stream_ps(p, _mm256_castps256_ps128(v));
  if (n > 4) _mm_stream_ps(p + 4, _mm256_extractf128_ps(v, 1));
}
CK_INLINE void v_stream_end(void) { _mm_sfence(); }
CK_INLINE vec v_add(vec a, vec b) { return _mm256_add_ps(a, b); }
CK_INLINE vec v_sub(vec a, vec b) { return _mm256_sub_ps(a, b); }
CK_INLINE vec v_mul(vec a, vec b) { return _mm256_mul_ps(a, b); }
CK_INLINE vec v_div(vec a, vec b) { return _mm256_div_ps(a, b); }
CK_INLINE vec v_sqrt(vec a) { return _mm256_sqrt_ps(a); }
CK_INLINE vec v_fma(vec a, vec b, vec c) { return _mm256_fmadd_ps(a, b, c); }
CK_INLINE vec v_fnma(vec a, vec b, vec c) { return _mm256_fnmadd_ps(a, b, c); }
// Of three vectors, a tile takes all registers: compilers, which load its values before the first product, would keep
// some sums in memory.
CK_INLINE void v_fma_row(const int vectors, const float *values, int64_t j, const vec row[], vec sum[]) {
  vec v;
  if (vectors == 3) {
    __asm__("vbroadcastss (%[from],%[j],4), %[v]\n\t"
            "vfmadd231ps %[v], %[row0], %[sum0]\n\tvfmadd231ps %[v], %[row1], %[sum1]\n\t"
            "vfmadd231ps %[v], %[row2], %[sum2]"
            : [sum0] "+&x"(sum[0]), [sum1] "+&x"(sum[1]), [sum2] "+x"(sum[2]), [v] "=&x"(v)
            : [from] "r"(values), [j] "r"(j), [row0] "x"(row[0]), [row1] "x"(row[1]), [row2] "x"(row[2]),
              "m"(*(const float(*)[1 << 20])values));
    return;
  }
  v = v_set(values[j]);
#pragma clang loop unroll(full)
  for (int k = 0; k < vectors; k++) sum[k] = v_fma(v, row[k], sum[k]);
}
CK_INLINE vec v_max(vec a, vec b) { return _mm256_max_ps(a, b); }
CK_INLINE vec v_min(vec a, vec b) { return _mm256_min_ps(a, b); }
CK_INLINE vec v_abs(vec a) { return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), a); }
CK_INLINE mask m_gt(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_GT_OQ); }
CK_INLINE mask m_not_le(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_NLE_UQ); }
CK_INLINE mask m_numbers(vec a, vec b) { return _mm256_cmp_ps(a, b, _CMP_ORD_Q); }
CK_INLINE int m_all(mask m) { return _mm256_movemask_ps(m) == 0xFF; }
CK_INLINE mask m_and(mask a, mask b) { return _mm256_and_ps(a, b); }
CK_INLINE vec v_round(vec a) { return _mm256_round_ps(a, _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC); }
CK_INLINE vec v_power_of_two(vec n) {
  ivec biased = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(127));
  return _mm256_castsi256_ps(_mm256_slli_epi32(biased, 23));
}
// In two halves, each of which is a normal float.
CK_INLINE vec v_scale(vec a, vec n) {
  vec half = v_round(v_mul(n, v_set(0.5f)));
  return v_mul(v_mul(a, v_power_of_two(half)), v_power_of_two(v_sub(n, half)));
}
CK_INLINE float v_sum(vec a) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}
CK_INLINE float v_greatest(vec a) {
  __m128 s = _mm_max_ps(_mm256_castps256_ps128(a), _mm256_extractf128_ps(a, 1));
  s = _mm_max_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

CK_INLINE ivec i_set(uint32_t a) { return _mm256_set1_epi32((int32_t)a); }
CK_INLINE ivec i_select(mask m, ivec a, ivec b) {
  return _mm256_castps_si256(v_select(m, _mm256_castsi256_ps(a), _mm256_castsi256_ps(b)));
}
CK_INLINE mask i_equal(ivec a, ivec b) { return _mm256_castsi256_ps(_mm256_cmpeq_epi32(a, b)); }
CK_INLINE mask i_at_least(ivec a, ivec b) { return i_equal(_mm256_max_epu32(a, b), a); }  // unsigned
CK_INLINE ivec i_add(ivec a, ivec b) { return _mm256_add_epi32(a, b); }
CK_INLINE ivec i_xor(ivec a, ivec b) { return _mm256_xor_si256(a, b); }
CK_INLINE ivec i_low_pairs(ivec a, ivec b) { return _mm256_unpacklo_epi32(a, b); }
CK_INLINE ivec i_high_pairs(ivec a, ivec b) { return _mm256_unpackhi_epi32(a, b); }
CK_INLINE ivec i_low_quads(ivec a, ivec b) { return _mm256_unpacklo_epi64(a, b); }
CK_INLINE ivec i_high_quads(ivec a, ivec b) { return _mm256_unpackhi_epi64(a, b); }
CK_INLINE ivec i_load(const int32_t *p) { return _mm256_loadu_si256((const ivec *)p); }
CK_INLINE void i_store(int32_t *p, ivec a) { _mm256_storeu_si256((ivec *)p, a); }
CK_INLINE vec v_permute(vec a, ivec lanes) { return _mm256_permutevar8x32_ps(a, lanes); }
CK_INLINE vec v_of_int(ivec a) { return _mm256_cvtepi32_ps(a); }
CK_INLINE ivec i_load_bytes(const uint8_t *p, int32_t n) {
  int64_t bytes = 0;
  memcpy(&bytes, p, ALL_LANES(n) ? LANES : (size_t)n);
  return _mm256_cvtepu8_epi32(_mm_cvtsi64_si128(bytes));
}
CK_INLINE void i_store_bytes(uint8_t *p, int32_t n, ivec a) {
  __m128i words = _mm_packus_epi32(_mm256_castsi256_si128(a), _mm256_extracti128_si256(a, 1));
  int64_t bytes = _mm_cvtsi128_si64(_mm_packus_epi16(words, words));
  memcpy(p, &bytes, ALL_LANES(n) ? LANES : (size_t)n);
}
// a * m in 64 bits: its high and low halves.
CK_INLINE void i_multiply_wide(ivec a, ivec m, ivec *high, ivec *low) {
  ivec even = _mm256_mul_epu32(a, m), odd = _mm256_mul_epu32(_mm256_srli_epi64(a, 32), m);
  *low = _mm256_blend_epi32(even, _mm256_slli_epi64(odd, 32), 0xAA);
  *high = _mm256_blend_epi32(_mm256_srli_epi64(even, 32), odd, 0xAA);
}

typedef __m256d dvec;
CK_INLINE dvec d_set(double a) { return _mm256_set1_pd(a); }
CK_INLINE dvec d_low(vec a) { return _mm256_cvtps_pd(_mm256_castps256_ps128(a)); }
CK_INLINE dvec d_high(vec a) { return _mm256_cvtps_pd(_mm256_extractf128_ps(a, 1)); }
CK_INLINE dvec d_fma(dvec a, dvec b, dvec c) { return _mm256_fmadd_pd(a, b, c); }
CK_INLINE dvec d_add(dvec a, dvec b) { return _mm256_add_pd(a, b); }
CK_INLINE double d_sum(dvec a) {
  __m128d s = _mm_add_pd(_mm256_castpd256_pd128(a), _mm256_extractf128_pd(a, 1));
  return _mm_cvtsd_f64(_mm_add_sd(s, _mm_unpackhi_pd(s, s)));
}

// Vectors of any number of lanes are not joined to lines: lanes cannot be turned by a number that is not a constant.
#define V_COLLECTS 0
typedef struct { char none; } v_lines;
CK_INLINE v_lines v_lines_none(void) { return (v_lines){0}; }
CK_INLINE void v_lines_end(v_lines *s) { (void)s; }
CK_INLINE void v_lines_at(v_lines *s, float *p) { (void)s, (void)p; }
CK_INLINE void v_lines_put(v_lines *s, int32_t n, vec v) { (void)s, (void)n, (void)v; }

// Tiles of the matrix kernels: sixteen vector registers hold 4 x 3, 6 x 2 or 12 x 1 sums, the filter's row and a value.
#define CK_PANEL CK_PANEL_AVX2
#define CK_TILE_QUADRUPLE 0
#define CK_EACH_QUADRUPLE(X)
#define CK_TILE_TRIPLE 4
#define CK_TILE_WIDE 6
#define CK_TILE_NARROW 12
#define CK_EACH_TRIPLE(X) X(1) X(2) X(3) X(4)
// Values of a sum whose short runs are taken one by one.
#define CK_TILE_LISTS 128
#define CK_EACH_WIDE(X) X(1) X(2) X(3) X(4) X(5) X(6)
#define CK_EACH_NARROW(X) CK_EACH_WIDE(X) X(7) X(8) X(9) X(10) X(11) X(12)
// Vectors of a filter gradient's tile, at most.
#define CK_OUTER_VECTORS 2
#define CK_OUTER_FOURS 0
// Strips: many vectors of few pixels, or of so few rows of a gradient that two vectors would not hide the latency.
#define CK_LONG_ROWS 2
#define CK_LONG_VECTORS 4
// Sums of at most so many terms take all vectors of a pixel in one loop.
#define CK_FEW_TERMS 9
#define CK_EACH_FEW(X) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9)
#define CK_STRIP_PIXELS 3
#define CK_STRIP_VECTORS 4
#define CK_STRIP_PIXELS_OF(V) 3
#define CK_EACH_STRIP(X) X(1, 3) X(2, 3) X(3, 3) X(4, 3)
#define CK_EACH_LENGTH(X) X(1) X(2) X(3) X(4)
#define CK_EACH_LONG(X) X(1) X(2)
// Sums turned on their way to memory: outputs x vectors of filter rows.
#define CK_TURNED_ROWS 4
#define CK_TURNED_VECTORS 3
#define CK_EACH_TURNED(X) X(1) X(2) X(3) X(4)
// Sums along the channels, of two vectors each.
#define CK_DOT_SUMS 6
#define CK_DOT_CHANNELS 6
#define CK_DOT_CHANNELS_PAST 6
#define CK_EACH_DOT(X) X(1) X(2) X(3) X(4) X(5) X(6)
// Four values in both halves, and the same of those at [begin, end) alone; the latter of each half of a whole vector;
// four vectors of sums, each of whose halves makes the total of one output: vector v's are outputs v * 2, ...
CK_INLINE vec v_quad(const float *p) { return _mm256_broadcast_ps((const __m128 *)p); }
CK_INLINE __m128i v_places_between(int32_t begin, int32_t end) {
  const __m128i place = _mm_setr_epi32(0, 1, 2, 3);
  return _mm_andnot_si128(_mm_cmpgt_epi32(_mm_set1_epi32(begin), place), _mm_cmpgt_epi32(_mm_set1_epi32(end), place));
}
CK_INLINE vec v_quad_between(const float *p, int32_t begin, int32_t end) {
  const __m128 four = _mm_maskload_ps(p, v_places_between(begin, end));
  return _mm256_set_m128(four, four);
}
CK_INLINE vec v_quads_between(const float *p, int32_t begin, int32_t end) {
  const __m128i places = v_places_between(begin, end);
  return _mm256_maskload_ps(p, _mm256_set_m128i(places, places));
}
CK_INLINE vec v_quad_totals(vec a, vec b, vec c, vec d) {
  const vec ab = _mm256_add_ps(_mm256_unpacklo_ps(a, b), _mm256_unpackhi_ps(a, b));
  const vec cd = _mm256_add_ps(_mm256_unpacklo_ps(c, d), _mm256_unpackhi_ps(c, d));
  const vec all = _mm256_add_ps(_mm256_shuffle_ps(ab, cd, 0x44), _mm256_shuffle_ps(ab, cd, 0xEE));
  return _mm256_permutevar8x32_ps(all, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}
// Vectors x pixels of such a tile.
#define CK_EACH_QUAD(X) X(1, 8) X(2, 6) X(3, 4) X(4, 2) X(5, 2)
// Convolutions over planes: outputs x vectors of pixels of a tile; rows of the filter x outputs of its gradient's.
#define CK_PLANE_OUTPUTS 4
#define CK_PLANE_VECTORS 3
#define CK_EACH_PLANE(X) X(1) X(2) X(3) X(4)
#define CK_PLANE_TAPS 2
#define CK_PLANE_GRADIENTS 3
#define CK_EACH_PLANE_OUTER(X) \
  X(1, 1) X(1, 2) X(1, 3) \
  X(2, 1) X(2, 2) X(2, 3)
// Sixteen partial sums to eight.
CK_INLINE __m256 v_dot_half(const vec s[2]) { return _mm256_add_ps(s[0], s[1]); }
// Convolutions with lanes along pixels and outputs: rows of taps x terms of a tile of the filter's gradient.
#define CK_FLAT_TAPS 3
#define CK_FLAT_TERMS 6
#define CK_FLAT_SUMS 6
#define CK_EACH_FLAT_OUTER(X) \
  X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(2, 1) X(2, 2) X(2, 3) X(3, 1) X(3, 2)
// Vectors x units of a tile of what units add to the input's gradient.
#define CK_FLAT_VECTORS 2
#define CK_FLAT_UNITS 12
#define CK_FLAT_SPREAD 12
#define CK_EACH_FLAT_SPREAD(X) \
  X(1, 1) X(1, 2) X(1, 3) X(1, 4) X(1, 5) X(1, 6) X(1, 7) X(1, 8) X(1, 9) X(1, 10) X(1, 11) X(1, 12) \
  X(2, 1) X(2, 2) X(2, 3) X(2, 4) X(2, 5) X(2, 6)
