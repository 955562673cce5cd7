// A vector of LANES floats under names that do not tell its width, so that one text of a kernel serves every
// instruction set. A file defines CK_ISA_SUFFIX by including one of vector_{scalar,avx2,avx512}.h, then a kernel's
// text (*.inc.h).
//
//   vec, mask              LANES floats; LANES yes-or-no
//   v_load(p, n)           the first n lanes, 1 <= n <= LANES; the rest are zero and are not read
//   v_load_or(p, n, rest)  the same, the other lanes from `rest`
//   v_store(p, n, v)       the first n lanes, nothing else is touched
//   v8_store(p, n, v)      the first n of eight lanes, at every width but the scalar one
//   v_store_between(p, begin, end, v)   lanes [begin, end) alone, lane 0 being at p; begin <= end
//   v_permute(v, lanes)    lane i is v's lane lanes[i], which is below LANES
//   v_fma(a, b, c)         a * b + c, rounded once (scalar: twice); v_fnma(a, b, c) is c - a * b
//   v_fma_row(n, values, j, row, sum)   sum[k] = v_fma(values[j] in all lanes, row[k], sum[k]) for n vectors, 1 to 3,
//                          at every width but the scalar one
//   v_max(a, b)            a > b ? a : b, v_min(a, b) is a < b ? a : b: if either is NaN, and for zeros, it is b
//   v_select(m, a, b)      m ? a : b
//   m_gt(a, b)             a > b: false for NaN; m_not_le(a, b) is !(a <= b): true for NaN
//   m_numbers(a, b)        neither is NaN; m_all(m) is whether all lanes are yes
//   v_scale(a, n)          a * 2^n for a whole n from -150 to 129 and 0.5 <= a <= 2, rounded once
//   v_stream(p, v)         all lanes past the caches, p aligned to them; v_stream_end() after the last
//   v_stream_quads(p, n, v)   the same of the first n lanes, 4 or all, p aligned to 4: where sums of few terms are taken
//                          by themselves
//   v_sum(v), v_greatest(v)   over the lanes
//   ivec                   LANES 32-bit integers: i_load(p), i_store(p, a); i_load_bytes and i_store_bytes widen and
//                          narrow
//   dvec                   LANES / 2 doubles
#ifndef CK_VECTOR_H
#define CK_VECTOR_H

#define CK_INLINE static inline __attribute__((always_inline, unused))

// The compiler forgets what it knows of a pointer, and so does not derive others from it.
#define CK_OPAQUE(p) __asm__("" : "+r"(p))

#define CK_JOIN3(a, b, c) a##b##c
#define CK_JOIN(a, b, c) CK_JOIN3(a, b, c)
// The name of this instruction set's version of a kernel.
#define CK_NAME(kernel) CK_JOIN(ck_f32_##kernel, __, CK_ISA_SUFFIX)

// Runs the text for i = 0, LANES, ... below count; n is the number of lanes to use: the constant LANES but for the
// last piece, so that masks are paid for once.
#define CK_SWEEP(i, n, count, ...)                            \
  do {                                                        \
    int64_t i = 0;                                            \
    for (; i + LANES <= (count); i += LANES) {                \
      enum { n = LANES };                                     \
      __VA_ARGS__                                             \
    }                                                         \
    if (LANES > 1 && i < (count)) {                           \
      const int32_t n = (int32_t)((count) - i);               \
      __VA_ARGS__                                             \
    }                                                         \
  } while (0)

#define v_put(past, p, n, v) ((past) ? v_stream(p, v) : v_store(p, n, v))

// The same for a text that writes `to` + i by v_put(past, ...): past the caches where these will not keep it, unless it is
// written over what was `read`. The first piece then ends where vectors of `to` are aligned.
#define CK_SWEEP_PAST(i, n, count, to, read, ...)                                                        \
  do {                                                                                                   \
    if (LANES > 1 && (to) != (read) && ck_is_past_caches(count)) {                                       \
      const int64_t before = (int64_t)(-(uintptr_t)(to) / sizeof(float) % LANES);                        \
      if (before > 0) {                                                                                  \
        enum { i = 0, past = 0 };                                                                        \
        const int32_t n = (int32_t)before;                                                               \
        __VA_ARGS__                                                                                      \
      }                                                                                                  \
      int64_t i = before;                                                                                \
      for (; i + LANES <= (count); i += LANES) {                                                         \
        enum { n = LANES, past = 1 };                                                                    \
        __VA_ARGS__                                                                                      \
      }                                                                                                  \
      if (i < (count)) {                                                                                 \
        enum { past = 0 };                                                                               \
        const int32_t n = (int32_t)((count) - i);                                                        \
        __VA_ARGS__                                                                                      \
      }                                                                                                  \
      v_stream_end();                                                                                    \
    } else {                                                                                             \
      enum { past = 0 };                                                                                 \
      CK_SWEEP(i, n, count, __VA_ARGS__);                                                                \
    }                                                                                                    \
  } while (0)

#endif
