// Per-channel sweeps over [pixels][c]: batch normalisation and its gradient.
#include "sum_chains.inc.h"

// The coefficients of few channels, written out once for each of as many pixels as make whole vectors, and a vector more
// to read on from any place.
enum { REPEATED_CHANNELS = 3 * LANES };
typedef float channel_row[REPEATED_CHANNELS * LANES];

CK_INLINE void channel_repeat(const float *from, int32_t c, channel_row to) {
  for (int32_t k = 0; k < (c + 1) * LANES; k++) to[k] = k < c ? from[k] : to[k - c];
}

// Pixels for which writing two rows of coefficients out is worth the time.
enum { AFFINE_PIXELS = 16 * LANES };

static void channel_affine_few(const float *x, int64_t count, int32_t c, const float *a, const float *b, vec floor,
                               float *y) {
  channel_row slopes, offsets;
  channel_repeat(a, c, slopes);
  channel_repeat(b, c, offsets);
  int64_t at = 0;
  CK_SWEEP_PAST(i, n, count, y, x, {
    const vec value = v_fma(v_load(x + i, n), v_load(slopes + at, LANES), v_load(offsets + at, LANES));
    v_put(past, y + i, n, v_max(floor, value));
    at = at + n < (int64_t)c * LANES ? at + n : at + n - (int64_t)c * LANES;
  });
}

CK_INLINE void channel_affine_rows(const int past, const float *x, int64_t pixels, int32_t c, const float *a,
                                   const float *b, vec floor, float *y) {
  for (int64_t p = 0; p < pixels; p++, x += c, y += c) {
    CK_SWEEP(i, n, c, {
      v_put(past, y + i, n, v_max(floor, v_fma(v_load(x + i, n), v_load(a + i, n), v_load(b + i, n))));
    });
  }
}

void CK_NAME(channel_affine)(const float *x, int64_t pixels, int32_t c, const float *a, const float *b, ck_clamp clamp,
                             float *y) {
  const vec floor = v_set(clamp == CK_RELU ? 0 : -INFINITY);
  if (c < LANES && pixels >= AFFINE_PIXELS) {
    channel_affine_few(x, pixels * c, c, a, b, floor, y);
  } else if (c % LANES == 0 && (uintptr_t)y % sizeof(vec) == 0 && x != y && ck_is_past_caches(pixels * c)) {
    channel_affine_rows(1, x, pixels, c, a, b, floor, y);
    v_stream_end();
  } else {
    channel_affine_rows(0, x, pixels, c, a, b, floor, y);
  }
}

void CK_NAME(channel_squares)(const float *x, int64_t pixels, int32_t c, const float *mean, float *sums) {
  for (int64_t first = 0; first < pixels; first += SUM_ROWS) {
    const int64_t end = first + SUM_ROWS < pixels ? first + SUM_ROWS : pixels;
    CK_SWEEP(i, n, c, {
      const vec centre = v_load(mean + i, n);
      vec s[SUM_CHAINS] = {v_set(0), v_set(0), v_set(0), v_set(0)};
      int64_t p = first;
      for (; p + SUM_CHAINS <= end; p += SUM_CHAINS) {
        for (int k = 0; k < SUM_CHAINS; k++) {
          vec d = v_sub(v_load(x + (p + k) * c + i, n), centre);
          s[k] = v_fma(d, d, s[k]);
        }
      }
      for (; p < end; p++) {
        vec d = v_sub(v_load(x + p * c + i, n), centre);
        s[0] = v_fma(d, d, s[0]);
      }
      v_store(sums + i, n, v_add(v_load(sums + i, n), chains_total(s)));
    });
  }
}

static void channel_dots_narrow(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
                                const float *inv, float *dot, float *sum) {
  for (int64_t first = 0; first < pixels; first += SUM_ROWS) {
    const int64_t end = first + SUM_ROWS < pixels ? first + SUM_ROWS : pixels;
    CK_SWEEP(i, n, c, {
      const vec centre = v_load(mean + i, n);
      const vec scale = v_load(inv + i, n);
      vec dots[SUM_CHAINS] = {v_set(0), v_set(0), v_set(0), v_set(0)};
      vec sums[SUM_CHAINS] = {v_set(0), v_set(0), v_set(0), v_set(0)};
      int64_t p = first;
      for (; p + SUM_CHAINS <= end; p += SUM_CHAINS) {
        for (int k = 0; k < SUM_CHAINS; k++) {
          vec g = v_load(dy + (p + k) * c + i, n);
          vec xhat = v_mul(v_sub(v_load(x + (p + k) * c + i, n), centre), scale);
          dots[k] = v_fma(g, xhat, dots[k]);
          sums[k] = v_add(sums[k], g);
        }
      }
      for (; p < end; p++) {
        vec g = v_load(dy + p * c + i, n);
        vec xhat = v_mul(v_sub(v_load(x + p * c + i, n), centre), scale);
        dots[0] = v_fma(g, xhat, dots[0]);
        sums[0] = v_add(sums[0], g);
      }
      v_store(dot + i, n, v_add(v_load(dot + i, n), chains_total(dots)));
      v_store(sum + i, n, v_add(v_load(sum + i, n), chains_total(sums)));
    });
  }
}

// Channels whose sums stay in the first cache while the pixels pass by in the order of memory: one vector of channels
// after the other, each down all pixels, would jump over whole pages.
enum { SUM_VECTORS = 16, NARROW_CHANNELS = 128 };

typedef struct {
  vec dots[SUM_VECTORS][SUM_CHAINS], sums[SUM_VECTORS][SUM_CHAINS];
} channel_sums;

CK_INLINE void channel_dots_step(const int chains, const float *x, const float *dy, int32_t c, int32_t width,
                                 const float *mean, const float *inv, channel_sums *s) {
  int32_t v = 0;
  CK_SWEEP(i, n, width, {
    const vec centre = v_load(mean + i, n);
    const vec scale = v_load(inv + i, n);
    _Pragma("clang loop unroll(full)") for (int k = 0; k < chains; k++) {
      const vec g = v_load(dy + (int64_t)k * c + i, n);
      const vec xhat = v_mul(v_sub(v_load(x + (int64_t)k * c + i, n), centre), scale);
      s->dots[v][k] = v_fma(g, xhat, s->dots[v][k]);
      s->sums[v][k] = v_add(s->sums[v][k], g);
    }
    v++;
  });
}

void CK_NAME(channel_dots)(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
                           const float *inv, float *dot, float *sum) {
  if (c <= NARROW_CHANNELS) {
    channel_dots_narrow(x, dy, pixels, c, mean, inv, dot, sum);
    return;
  }
  for (int64_t first = 0; first < pixels; first += SUM_ROWS) {
    const int64_t end = first + SUM_ROWS < pixels ? first + SUM_ROWS : pixels;
    for (int32_t from = 0; from < c; from += SUM_VECTORS * LANES) {
      const int32_t width = ck_min(SUM_VECTORS * LANES, c - from);
      channel_sums s;
      for (int v = 0; v * LANES < width; v++) {
        for (int k = 0; k < SUM_CHAINS; k++) s.dots[v][k] = s.sums[v][k] = v_set(0);
      }
      int64_t p = first;
      for (; p + SUM_CHAINS <= end; p += SUM_CHAINS) {
        channel_dots_step(SUM_CHAINS, x + p * c + from, dy + p * c + from, c, width, mean + from, inv + from, &s);
      }
      for (; p < end; p++) {
        channel_dots_step(1, x + p * c + from, dy + p * c + from, c, width, mean + from, inv + from, &s);
      }
      int32_t v = 0;
      CK_SWEEP(i, n, width, {
        v_store(dot + from + i, n, v_add(v_load(dot + from + i, n), chains_total(s.dots[v])));
        v_store(sum + from + i, n, v_add(v_load(sum + from + i, n), chains_total(s.sums[v])));
        v++;
      });
    }
  }
}

static void channel_gradient_few(const float *x, const float *dy, int64_t count, int32_t c, const float *const from[6],
                                 float *dx) {
  channel_row rows[6];
  for (int k = 0; k < 6; k++) channel_repeat(from[k], c, rows[k]);
  int64_t at = 0;
  CK_SWEEP(i, n, count, {
    vec xhat = v_mul(v_sub(v_load(x + i, n), v_load(rows[0] + at, LANES)), v_load(rows[1] + at, LANES));
    vec slope = v_fma(xhat, v_load(rows[5] + at, LANES), v_load(rows[4] + at, LANES));
    vec rest = v_sub(v_sub(v_load(dy + i, n), v_load(rows[3] + at, LANES)), slope);
    v_store(dx + i, n, v_mul(v_load(rows[2] + at, LANES), rest));
    at = at + LANES < (int64_t)c * LANES ? at + LANES : 0;
  });
}

void CK_NAME(channel_gradient)(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
                               const float *inv, const float *a, const float *b, const float *b_rest, const float *d,
                               float *dx) {
  if (c % LANES != 0 && c < REPEATED_CHANNELS && pixels >= 4 * LANES) {
    const float *const from[6] = {mean, inv, a, b, b_rest, d};
    channel_gradient_few(x, dy, pixels * c, c, from, dx);
    return;
  }
  for (int64_t p = 0; p < pixels; p++, x += c, dy += c, dx += c) {
    CK_SWEEP(i, n, c, {
      vec xhat = v_mul(v_sub(v_load(x + i, n), v_load(mean + i, n)), v_load(inv + i, n));
      vec slope = v_fma(xhat, v_load(d + i, n), v_load(b_rest + i, n));
      v_store(dx + i, n, v_mul(v_load(a + i, n), v_sub(v_sub(v_load(dy + i, n), v_load(b + i, n)), slope)));
    });
  }
}
