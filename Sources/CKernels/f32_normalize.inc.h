// Normalisation over a sample's own values: by channel with given statistics, and row by row.
#include "sum_chains.inc.h"

void CK_NAME(channel_normalize)(const float *x, int64_t pixels, int32_t c, const float *mean, const float *scale,
                                const float *offset, float *y) {
  for (int64_t p = 0; p < pixels; p++, x += c, y += c) {
    CK_SWEEP(i, n, c, {
      const vec centred = mean ? v_sub(v_load(x + i, n), v_load(mean + i, n)) : v_load(x + i, n);
      const vec shift = offset ? v_load(offset + i, n) : v_set(0);
      v_store(y + i, n, v_fma(centred, v_load(scale + i, n), shift));
    });
  }
}

void CK_NAME(channel_combine)(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
                              const float *a, const float *b, const float *b_rest, const float *d, float *dx) {
  for (int64_t p = 0; p < pixels; p++, x += c, dy += c, dx += c) {
    CK_SWEEP(i, n, c, {
      vec rest = v_fma(v_sub(v_load(x + i, n), v_load(mean + i, n)), v_load(d + i, n), v_load(b_rest + i, n));
      v_store(dx + i, n, v_add(v_fma(v_load(a + i, n), v_load(dy + i, n), v_load(b + i, n)), rest));
    });
  }
}

typedef struct {
  float mean, inverse;
} row_moments;

// Sum of x; or, if `centre` is given, of the squares of its distances to that.
CK_INLINE float row_sum(const float *x, int32_t c, const vec *centre) {
  vec s[SUM_CHAINS] = {v_set(0), v_set(0), v_set(0), v_set(0)};
  int32_t first = 0;
  for (; first + SUM_CHAINS * LANES <= c; first += SUM_CHAINS * LANES) {
    for (int k = 0; k < SUM_CHAINS; k++) {
      const vec value = v_load(x + first + k * LANES, LANES);
      const vec d = centre ? v_sub(value, *centre) : value;
      s[k] = centre ? v_fma(d, d, s[k]) : v_add(s[k], d);
    }
  }
  CK_SWEEP(i, n, c - first, {
    if (centre) {
      const vec d = v_sub(v_load_or(x + first + i, n, *centre), *centre);
      s[0] = v_fma(d, d, s[0]);
    } else {
      s[0] = v_add(s[0], v_load(x + first + i, n));
    }
  });
  return v_sum(chains_total(s));
}

// The mean first, then the mean square of what is left: no cancellation.
CK_INLINE row_moments row_statistics(const float *x, int32_t c, float epsilon) {
  const float mean = row_sum(x, c, 0) / (float)c;
  const vec centre = v_set(mean);
  return (row_moments){mean, 1 / sqrtf(row_sum(x, c, &centre) / (float)c + epsilon)};
}

void CK_NAME(row_normalize)(const float *x, int64_t rows, int32_t c, float epsilon, const float *gamma,
                            const float *beta, float *y) {
  for (int64_t row = 0; row < rows; row++, x += c, y += c) {
    const row_moments moments = row_statistics(x, c, epsilon);
    const vec mean = v_set(moments.mean);
    const vec inverse = v_set(moments.inverse);
    CK_SWEEP(i, n, c, {
      vec value = v_mul(v_sub(v_load(x + i, n), mean), inverse);
      if (gamma) value = v_mul(value, v_load(gamma + i, n));
      if (beta) value = v_add(value, v_load(beta + i, n));
      v_store(y + i, n, value);
    });
  }
}

// With g = gamma * dy: dx = inverse * (g - mean(g) - xhat * mean(g * xhat)).
void CK_NAME(row_normalize_gradient)(const float *x, const float *dy, int64_t rows, int32_t c, float epsilon,
                                     const float *gamma, float *dx, float *dgamma, float *dbeta) {
  for (int64_t row = 0; row < rows; row++, x += c, dy += c) {
    const row_moments moments = row_statistics(x, c, epsilon);
    const vec mean = v_set(moments.mean);
    const vec inverse = v_set(moments.inverse);
    vec sums = v_set(0);
    vec dots = v_set(0);
    CK_SWEEP(i, n, c, {
      const vec xhat = v_mul(v_sub(v_load_or(x + i, n, mean), mean), inverse);
      const vec slope = v_load(dy + i, n);
      const vec g = gamma ? v_mul(slope, v_load(gamma + i, n)) : slope;
      sums = v_add(sums, g);
      dots = v_fma(g, xhat, dots);
      if (dgamma) v_store(dgamma + i, n, v_fma(slope, xhat, v_load(dgamma + i, n)));
      if (dbeta) v_store(dbeta + i, n, v_add(v_load(dbeta + i, n), slope));
    });
    if (!dx) continue;
    const vec sum = v_set(v_sum(sums) / (float)c);
    const vec dot = v_set(v_sum(dots) / (float)c);
    CK_SWEEP(i, n, c, {
      const vec xhat = v_mul(v_sub(v_load(x + i, n), mean), inverse);
      const vec slope = v_load(dy + i, n);
      const vec g = gamma ? v_mul(slope, v_load(gamma + i, n)) : slope;
      v_store(dx + i, n, v_mul(inverse, v_sub(v_sub(g, sum), v_mul(xhat, dot))));
    });
    dx += c;
  }
}
