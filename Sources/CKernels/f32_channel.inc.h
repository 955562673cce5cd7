// Per-channel sweeps over [pixels][c]: batch normalisation and its gradient.
#include "sum_chains.inc.h"

void CK_NAME(channel_affine)(const float *x, int64_t pixels, int32_t c, const float *a, const float *b, ck_clamp clamp,
                             float *y) {
  const vec floor = v_set(clamp == CK_RELU ? 0 : -INFINITY);
  for (int64_t p = 0; p < pixels; p++, x += c, y += c) {
    CK_SWEEP(i, n, c, {
      v_store(y + i, n, v_max(floor, v_fma(v_load(x + i, n), v_load(a + i, n), v_load(b + i, n))));
    });
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

void CK_NAME(channel_dots)(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
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

void CK_NAME(channel_gradient)(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
                               const float *inv, const float *a, const float *b, const float *b_rest, const float *d,
                               float *dx) {
  for (int64_t p = 0; p < pixels; p++, x += c, dy += c, dx += c) {
    CK_SWEEP(i, n, c, {
      vec xhat = v_mul(v_sub(v_load(x + i, n), v_load(mean + i, n)), v_load(inv + i, n));
      vec slope = v_fma(xhat, v_load(d + i, n), v_load(b_rest + i, n));
      v_store(dx + i, n, v_mul(v_load(a + i, n), v_sub(v_sub(v_load(dy + i, n), v_load(b + i, n)), slope)));
    });
  }
}
