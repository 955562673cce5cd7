// Gradients of a convolution behind ReLU and max pooling, over the outputs that carry one: at most one of a window,
// and none where the rectifier was shut. What the dense kernels would multiply by zero is not done.
//
// The filter's gradient gathers: for each output channel the list of its outputs, and sums of gradient * input patch
// held in registers while the list passes by. The input's gradient scatters: the channels that one output pixel won,
// and gradient * filter added to that pixel's patch, held in registers while the channels pass by. Both read rows of
// taps, `run` consecutive floats each, so the input must stand in an image with its padding around it.
//
// The order of every sum is the order of cells and channels: it depends on the data, not on who computes it.

// Vectors held at once.
enum { CK_WINNER_VECTORS = LANES == 16 ? 16 : 12 };

#if LANES_ARE_16
// Sixteen cells of sixteen channels at a time: turned so that a channel's cells lie side by side, then squeezed.
CK_INLINE void winner_turn(ivec r[16]) {
  ivec t[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) {
    t[2 * i] = _mm512_unpacklo_epi32(r[2 * i], r[2 * i + 1]);
    t[2 * i + 1] = _mm512_unpackhi_epi32(r[2 * i], r[2 * i + 1]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    r[4 * i] = _mm512_unpacklo_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 1] = _mm512_unpackhi_epi64(t[4 * i], t[4 * i + 2]);
    r[4 * i + 2] = _mm512_unpacklo_epi64(t[4 * i + 1], t[4 * i + 3]);
    r[4 * i + 3] = _mm512_unpackhi_epi64(t[4 * i + 1], t[4 * i + 3]);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    t[i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0x88);
    t[4 + i] = _mm512_shuffle_i32x4(r[i], r[4 + i], 0xdd);
    t[8 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0x88);
    t[12 + i] = _mm512_shuffle_i32x4(r[8 + i], r[12 + i], 0xdd);
  }
#pragma clang loop unroll(full)
  for (int i = 0; i < 4; i++) {
    r[i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0x88);
    r[8 + i] = _mm512_shuffle_i32x4(t[i], t[8 + i], 0xdd);
    r[4 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0x88);
    r[12 + i] = _mm512_shuffle_i32x4(t[4 + i], t[12 + i], 0xdd);
  }
}

CK_INLINE void winner_append_16(const ck_winners *s, int32_t cells, int32_t channels, const int32_t *origins,
                                const float *y, const float *dy, const uint8_t *winners, const int32_t *table,
                                int32_t first, int32_t *offsets, float *gradients, int32_t *ends) {
  const mask lanes = v_first(channels);
  const int is_small = s->pool_h * s->pool_w <= LANES;
  const ivec few = i_load(table);
  ivec g[16], o[16];
#pragma clang loop unroll(full)
  for (int i = 0; i < 16; i++) {
    g[i] = o[i] = _mm512_setzero_si512();
    if (i >= cells) continue;
    const int64_t at = (int64_t)i * s->c;
    mask open = lanes;
    if (y) open = _mm512_mask_cmp_ps_mask(lanes, _mm512_maskz_loadu_ps(lanes, y + at), v_set(0), _CMP_GT_OQ);
    g[i] = _mm512_castps_si512(_mm512_maskz_loadu_ps(open, dy + at));
    o[i] = i_set((uint32_t)origins[i]);
    if (winners) {
      ivec w = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(lanes, winners + at));
      o[i] = i_add(o[i], is_small ? _mm512_permutexvar_epi32(w, few) : _mm512_i32gather_epi32(w, table, 4));
    }
  }
  winner_turn(g);
  winner_turn(o);
#pragma clang loop unroll(full)
  for (int n = 0; n < 16; n++) {
    if (n >= channels) continue;
    const mask kept = _mm512_cmp_ps_mask(_mm512_castsi512_ps(g[n]), v_set(0), _CMP_NEQ_UQ);
    const int64_t at = (int64_t)(first + n) * s->capacity + ends[first + n];
    _mm512_storeu_si512(offsets + at, _mm512_maskz_compress_epi32(kept, o[n]));
    _mm512_storeu_si512(gradients + at, _mm512_maskz_compress_epi32(kept, g[n]));
    ends[first + n] += __builtin_popcount(kept);
  }
}
#elif LANES_ARE_8
// Which lanes the bits name, in order, then any.
CK_INLINE ivec winner_squeeze(uint32_t bits) {
  // The places of the bits of half of them, a byte each.
  static const uint32_t places[16] = {0,      0,      1,      0x0100,   2,      0x0200,   0x0201,   0x020100,
                                      3,      0x0300, 0x0301, 0x030100, 0x0302, 0x030200, 0x030201, 0x03020100};
  const uint64_t high = places[bits >> 4] + 0x04040404u;
  const uint64_t all = places[bits & 15] | high << 8 * __builtin_popcount(bits & 15);
  return _mm256_cvtepu8_epi32(_mm_cvtsi64_si128((int64_t)all));
}

CK_INLINE uint32_t winner_bits(mask m) { return (uint32_t)_mm256_movemask_ps(m); }

CK_INLINE vec winner_gradient(const float *y, const float *dy, int32_t n) {
  const vec g = v_load(dy, n);
  return y ? _mm256_and_ps(g, m_gt(v_load(y, n), v_set(0))) : g;
}

// Eight cells of eight channels at a time: turned so that a channel's cells lie side by side, then squeezed.
CK_INLINE void winner_append_8(const ck_winners *s, int32_t cells, int32_t channels, const int32_t *origins,
                               const float *y, const float *dy, const uint8_t *winners, const int32_t *table,
                               int32_t first, int32_t *offsets, float *gradients, int32_t *ends) {
  const int is_small = s->pool_h * s->pool_w <= LANES;
  const ivec few = i_load(table);
  vec g[8], o[8];
#pragma clang loop unroll(full)
  for (int i = 0; i < 8; i++) {
    g[i] = o[i] = v_set(0);
    if (i >= cells) continue;
    const int64_t at = (int64_t)i * s->c;
    g[i] = winner_gradient(y ? y + at : 0, dy + at, channels);
    ivec from = i_set((uint32_t)origins[i]);
    if (winners) {
      const ivec w = i_load_bytes(winners + at, channels);
      from = i_add(from, is_small ? _mm256_permutevar8x32_epi32(few, w) : _mm256_i32gather_epi32(table, w, 4));
    }
    o[i] = _mm256_castsi256_ps(from);
  }
  transpose_block(g);
  transpose_block(o);
#pragma clang loop unroll(full)
  for (int n = 0; n < 8; n++) {
    if (n >= channels) continue;
    const uint32_t kept = winner_bits(_mm256_cmp_ps(g[n], v_set(0), _CMP_NEQ_UQ));
    const int64_t at = (int64_t)(first + n) * s->capacity + ends[first + n];
    const ivec order = winner_squeeze(kept);
    i_store(offsets + at, _mm256_castps_si256(v_permute(o[n], order)));
    v_store(gradients + at, LANES, v_permute(g[n], order));
    ends[first + n] += __builtin_popcount(kept);
  }
}
#else
// Appends to the list of each of up to LANES channels; `ends` are their lengths so far.
CK_INLINE void winner_append(const ck_winners *s, int32_t channels, const int32_t *origin, const float *y,
                             const float *dy, const uint8_t *winners, const int32_t *table, int32_t first,
                             int32_t *offsets, float *gradients, int32_t *ends) {
  for (int32_t n = 0; n < channels; n++) {
    float g = dy[n];
    if (y && !(y[n] > 0)) g = 0;
    const int64_t at = (int64_t)(first + n) * s->capacity + ends[first + n];
    offsets[at] = *origin + table[winners ? winners[n] : 0];
    gradients[at] = g;
    ends[first + n] += g != 0;
  }
}
#endif

// Where the first pixel of a cell's window reads, counted over all images of the call.
CK_INLINE int32_t winner_origin(const ck_winners *s, int32_t cell) {
  const int32_t per_image = s->cells_h * s->cells_w, image = cell / per_image, place = cell % per_image;
  const int32_t row = place / s->cells_w * s->pool_stride_h - s->pool_pad_top;
  const int32_t col = place % s->cells_w * s->pool_stride_w - s->pool_pad_left;
  return (int32_t)(image * s->x_image) + row * s->x_row + col * s->x_col;
}

void CK_NAME(winner_lists)(const ck_winners *s, const float *y, const float *dy, const uint8_t *winners,
                           int32_t *offsets, float *gradients, int32_t *counts) {
  int32_t table[256] = {0};
  for (int32_t w = 0; w < s->pool_h * s->pool_w && w < 256; w++) {
    table[w] = w / s->pool_w * s->x_row + w % s->pool_w * s->x_col;
  }
  memset(counts, 0, sizeof(int32_t) * (size_t)s->c);
  const int32_t cells = s->images * s->cells_h * s->cells_w;
  for (int32_t cell = 0; cell < cells; cell += 16) {
    const int32_t some = ck_min(16, cells - cell);
    int32_t origins[16];
    for (int32_t i = 0; i < some; i++) origins[i] = winner_origin(s, cell + i);
    for (int32_t n = 0; n < s->c; n += 16) {
      const int32_t channels = ck_min(16, s->c - n);
      const int64_t at = (int64_t)cell * s->c + n;
#if LANES_ARE_16
      winner_append_16(s, some, channels, origins, y ? y + at : 0, dy + at, winners ? winners + at : 0, table, n,
                       offsets, gradients, counts);
#elif LANES_ARE_8
      for (int32_t i = 0; i < some; i += 8) {
        for (int32_t k = 0; k < channels; k += 8) {
          const int64_t place = at + (int64_t)i * s->c + k;
          winner_append_8(s, ck_min(8, some - i), ck_min(8, channels - k), origins + i, y ? y + place : 0, dy + place,
                          winners ? winners + place : 0, table, n + k, offsets, gradients, counts);
        }
      }
#else
      for (int32_t i = 0; i < some; i++) {
        const int64_t place = at + (int64_t)i * s->c;
        winner_append(s, channels, origins + i, y ? y + place : 0, dy + place, winners ? winners + place : 0, table, n,
                      offsets, gradients, counts);
      }
#endif
    }
  }
}

// sums[row][...] = sum over the list of gradient * x, for R rows of taps x V vectors, the last of `last` lanes.
CK_INLINE void winner_gather(const int rows, const int vectors, const int32_t last, const float *x, int32_t tap_row,
                             const int32_t *offsets, const float *gradients, int32_t count, float *sums, int32_t run) {
  vec sum[CK_WINNER_VECTORS];
#pragma clang loop unroll(full)
  for (int i = 0; i < rows * vectors; i++) sum[i] = v_set(0);
  for (int32_t e = 0; e < count; e++) {
    const vec g = v_set(gradients[e]);
    const float *p = x + offsets[e];
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        const int32_t n = v + 1 < vectors ? LANES : last;
        sum[r * vectors + v] = v_fma(g, v_load(p + r * tap_row + v * LANES, n), sum[r * vectors + v]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      v_store(sums + r * run + v * LANES, v + 1 < vectors ? LANES : last, sum[r * vectors + v]);
    }
  }
}

typedef void winner_gather_function(int32_t last, const float *x, int32_t tap_row, const int32_t *offsets,
                                    const float *gradients, int32_t count, float *sums, int32_t run);

#define DEFINE_GATHER(R, V)                                                                                        \
  static __attribute__((noinline)) void winner_gather_##R##x##V(                                                   \
      int32_t last, const float *x, int32_t tap_row, const int32_t *offsets, const float *gradients, int32_t count, \
      float *sums, int32_t run) {                                                                                  \
    if (last == LANES) winner_gather(R, V, LANES, x, tap_row, offsets, gradients, count, sums, run);               \
    else winner_gather(R, V, last, x, tap_row, offsets, gradients, count, sums, run);                              \
  }
#define EACH_GATHER(X)                                                                                              \
  X(1, 1) X(2, 1) X(3, 1) X(4, 1) X(5, 1) X(7, 1) X(1, 2) X(2, 2) X(3, 2) X(4, 2) X(5, 2) X(1, 3) X(2, 3) X(3, 3)    \
  X(4, 3) X(1, 4) X(2, 4) X(3, 4) X(1, 5) X(2, 5) X(1, 6) X(2, 6) X(1, 7) X(1, 8) X(1, 12)
#if LANES_ARE_16
#define EACH_WIDEST_GATHER(X) X(7, 2) X(5, 3) X(4, 4) X(3, 5) X(2, 7) X(2, 8) X(1, 16)
#else
#define EACH_WIDEST_GATHER(X)
#endif
EACH_GATHER(DEFINE_GATHER)
EACH_WIDEST_GATHER(DEFINE_GATHER)

// The functions by rows and vectors; an empty place falls back to fewer rows.
static winner_gather_function *const winner_gathers[8][17] = {
#define GATHER_ENTRY(R, V) [R][V] = winner_gather_##R##x##V,
    EACH_GATHER(GATHER_ENTRY) EACH_WIDEST_GATHER(GATHER_ENTRY)
};

// How many vectors of a run to hold at once: all of them if they fit, else the most that there is a kernel for.
CK_INLINE int32_t winner_width(int32_t vectors) {
  while (vectors > CK_WINNER_VECTORS || !winner_gathers[1][vectors]) vectors--;
  return vectors;
}

CK_INLINE int32_t winner_rows(int32_t rows, int32_t vectors) {
  rows = ck_min(rows, 7);
  while (rows > 1 && !winner_gathers[rows][vectors]) rows--;
  return rows;
}

void CK_NAME(winner_filter_gradient)(const ck_winners *s, const float *x, const int32_t *offsets,
                                     const float *gradients, const int32_t *counts, float *sums, float *turned,
                                     float *dw, float *dbias) {
  const int32_t k = s->tap_rows * s->run, all = (s->run + LANES - 1) / LANES;
  for (int32_t n = 0; n < s->c; n++) {
    const int32_t *where = offsets + (int64_t)n * s->capacity;
    const float *g = gradients + (int64_t)n * s->capacity;
    for (int32_t v = 0; v < all;) {
      const int32_t vectors = winner_width(all - v), start = v * LANES;
      const int32_t last = ck_min(LANES, s->run - start - (vectors - 1) * LANES);
      for (int32_t r = 0; r < s->tap_rows;) {
        const int32_t rows = winner_rows(s->tap_rows - r, vectors);
        winner_gathers[rows][vectors](last, x + r * s->tap_row + start, s->tap_row, where, g, counts[n],
                                      sums + (int64_t)n * k + r * s->run + start, s->run);
        r += rows;
      }
      v += vectors;
    }
    if (dbias) {
      float sum = 0;
      for (int32_t e = 0; e < counts[n]; e++) sum += g[e];
      dbias[n] += sum;
    }
  }
  CK_NAME(transpose)(sums, s->c, k, turned);
  CK_NAME(accumulate)(turned, (int64_t)k * s->c, dw);
}

// The channels that each pixel of each cell won, cell by cell and pixel by pixel; ends[cell * area + pixel] is where
// its list ends.
CK_INLINE void winner_channels(const ck_winners *s, const float *y, const float *dy, const uint8_t *winners,
                               int32_t *channels, float *gradients, int32_t *ends) {
  const int32_t cells = s->cells_h * s->cells_w, area = winners ? s->pool_h * s->pool_w : 1;
  int32_t end = 0;
  for (int32_t cell = 0; cell < cells; cell++) {
    const int64_t at = (int64_t)cell * s->c;
    for (int32_t w = 0; w < area; w++) {
      for (int32_t n = 0; n < s->c; n += 16) {
        const int32_t some = ck_min(16, s->c - n);
#if LANES_ARE_16
        const mask lanes = v_first(some);
        mask open = lanes;
        if (y) open = _mm512_mask_cmp_ps_mask(lanes, _mm512_maskz_loadu_ps(lanes, y + at + n), v_set(0), _CMP_GT_OQ);
        const vec g = _mm512_maskz_loadu_ps(open, dy + at + n);
        mask kept = _mm512_mask_cmp_ps_mask(open, g, v_set(0), _CMP_NEQ_UQ);
        if (winners) {
          const ivec won = _mm512_cvtepu8_epi32(_mm_maskz_loadu_epi8(lanes, winners + at + n));
          kept = _mm512_mask_cmpeq_epi32_mask(kept, won, i_set((uint32_t)w));
        }
        const ivec names =
            i_add(i_set((uint32_t)n), _mm512_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15));
        _mm512_storeu_si512(channels + end, _mm512_maskz_compress_epi32(kept, names));
        _mm512_storeu_ps(gradients + end, _mm512_maskz_compress_ps(kept, g));
        end += __builtin_popcount(kept);
#elif LANES_ARE_8
        for (int32_t k = n; k < n + some; k += 8) {
          const int32_t count = ck_min(8, n + some - k);
          const vec g = winner_gradient(y ? y + at + k : 0, dy + at + k, count);
          mask kept = _mm256_cmp_ps(g, v_set(0), _CMP_NEQ_UQ);
          if (winners) kept = m_and(kept, i_equal(i_load_bytes(winners + at + k, count), i_set((uint32_t)w)));
          const uint32_t bits = winner_bits(kept);
          const ivec order = winner_squeeze(bits);
          const ivec names = i_add(i_set((uint32_t)k), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
          i_store(channels + end, _mm256_permutevar8x32_epi32(names, order));
          v_store(gradients + end, LANES, v_permute(g, order));
          end += __builtin_popcount(bits);
        }
#else
        for (int32_t i = n; i < n + some; i++) {
          const float g = y && !(y[at + i] > 0) ? 0 : dy[at + i];
          channels[end] = i;
          gradients[end] = g;
          end += g != 0 && (!winners || winners[at + i] == w);
        }
#endif
      }
      ends[cell * area + w] = end;
    }
  }
}

CK_INLINE void winner_scatter(const int vectors, const int32_t last, const float *w, int64_t stride,
                              const int32_t *channels, const float *gradients, int32_t count, float *dx) {
  vec sum[8];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) sum[v] = v_load(dx + v * LANES, v + 1 < vectors ? LANES : last);
  for (int32_t e = 0; e < count; e++) {
    const vec g = v_set(gradients[e]);
    const float *p = w + channels[e] * stride;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      sum[v] = v_fma(g, v_load(p + v * LANES, v + 1 < vectors ? LANES : last), sum[v]);
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) v_store(dx + v * LANES, v + 1 < vectors ? LANES : last, sum[v]);
}

// One row of taps, `vectors` of it, for all lists of an image.
#define DEFINE_SCATTER(V)                                                                                            \
  static __attribute__((noinline)) void winner_scatter_##V(const ck_winners *s, int32_t area, int32_t last,         \
                                                           const int32_t *table, const float *w, int64_t stride,    \
                                                           const int32_t *channels, const float *gradients,         \
                                                           const int32_t *ends, float *dx) {                        \
    int32_t start = 0;                                                                                              \
    for (int32_t cell = 0; cell < s->cells_h * s->cells_w; cell++) {                                                \
      float *patch = dx + winner_origin(s, cell);                                                                   \
      for (int32_t p = 0; p < area; p++) {                                                                          \
        const int32_t end = ends[cell * area + p], count = end - start;                                             \
        if (count == 0) continue;                                                                                   \
        if (last == LANES) {                                                                                        \
          winner_scatter(V, LANES, w, stride, channels + start, gradients + start, count, patch + table[p]);        \
        } else {                                                                                                    \
          winner_scatter(V, last, w, stride, channels + start, gradients + start, count, patch + table[p]);         \
        }                                                                                                           \
        start = end;                                                                                                \
      }                                                                                                             \
    }                                                                                                               \
  }
DEFINE_SCATTER(1) DEFINE_SCATTER(2) DEFINE_SCATTER(3) DEFINE_SCATTER(4)
DEFINE_SCATTER(5) DEFINE_SCATTER(6) DEFINE_SCATTER(7) DEFINE_SCATTER(8)

void CK_NAME(winner_input_gradient)(const ck_winners *s, const float *y, const float *dy, const uint8_t *winners,
                                    const float *w, int32_t *channels, float *gradients, int32_t *ends, float *dx) {
  static void (*const scatters[])(const ck_winners *, int32_t, int32_t, const int32_t *, const float *, int64_t,
                                  const int32_t *, const float *, const int32_t *, float *) = {
      0, winner_scatter_1, winner_scatter_2, winner_scatter_3, winner_scatter_4,
      winner_scatter_5, winner_scatter_6, winner_scatter_7, winner_scatter_8};
  const int32_t area = winners ? s->pool_h * s->pool_w : 1;
  int32_t table[256] = {0};
  for (int32_t p = 0; p < area && p < 256; p++) table[p] = p / s->pool_w * s->x_row + p % s->pool_w * s->x_col;
  const int64_t cells = (int64_t)s->cells_h * s->cells_w * s->c, stride = (int64_t)s->tap_rows * s->run;
  const int32_t all = (s->run + LANES - 1) / LANES;
  for (int32_t i = 0; i < s->images; i++) {
    winner_channels(s, y ? y + i * cells : 0, dy + i * cells, winners ? winners + i * cells : 0, channels, gradients,
                    ends);
    for (int32_t r = 0; r < s->tap_rows; r++) {
      for (int32_t v = 0; v < all; v += 8) {
        const int32_t vectors = ck_min(8, all - v), start = v * LANES;
        const int32_t last = ck_min(LANES, s->run - start - (vectors - 1) * LANES);
        scatters[vectors](s, area, last, table, w + r * s->run + start, stride, channels, gradients, ends,
                          dx + i * s->x_image + r * s->tap_row + start);
      }
    }
  }
}
