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

// What is left of gamma * dy without its mean over a group: the same bits wherever it is found again.
CK_INLINE vec centred_slope(vec dy, const float *gamma, int32_t n, vec centre) {
  return gamma ? v_sub(v_mul(dy, v_load(gamma, n)), centre) : v_sub(dy, centre);
}

void CK_NAME(centred_dots)(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
                           const float *inv, const float *gamma, const float *centre, float *sums) {
  for (int64_t first = 0; first < pixels; first += SUM_ROWS) {
    const int64_t end = first + SUM_ROWS < pixels ? first + SUM_ROWS : pixels;
    CK_SWEEP(i, n, c, {
      const vec middle = v_load(mean + i, n);
      const vec scale = v_load(inv + i, n);
      const vec middle_slope = v_load(centre + i, n);
      vec s[CK_CENTRED_SUMS] = {v_set(0), v_set(0), v_set(0), v_set(0)};
      for (int64_t p = first; p < end; p++) {
        const vec slope = v_load(dy + p * c + i, n);
        const vec g = centred_slope(slope, gamma ? gamma + i : 0, n, middle_slope);
        const vec xhat = v_mul(v_sub(v_load(x + p * c + i, n), middle), scale);
        s[0] = v_add(s[0], xhat);
        s[1] = v_fma(slope, xhat, s[1]);
        s[2] = v_add(s[2], g);
        s[3] = v_fma(g, xhat, s[3]);
      }
      for (int k = 0; k < CK_CENTRED_SUMS; k++) {
        float *total = sums + k * (int64_t)c + i;
        v_store(total, n, v_add(v_load(total, n), s[k]));
      }
    });
  }
}

void CK_NAME(centred_gradient)(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
                               const float *inv, const float *gamma, const float *centre, const float *a,
                               const float *b, float *dx) {
  for (int64_t p = 0; p < pixels; p++, x += c, dy += c, dx += c) {
    CK_SWEEP(i, n, c, {
      const vec scale = v_load(inv + i, n);
      const vec g = centred_slope(v_load(dy + i, n), gamma ? gamma + i : 0, n, v_load(centre + i, n));
      const vec xhat = v_mul(v_sub(v_load(x + i, n), v_load(mean + i, n)), scale);
      v_store(dx + i, n, v_mul(scale, v_sub(g, v_fma(xhat, v_load(a + i, n), v_load(b + i, n)))));
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

// With g = gamma * dy - mean(gamma * dy): dx = inverse * (g - xhat * mean(g * xhat)).
//
// g first, then what is multiplied with it: where dy is the same all over a row, as behind an average, nothing is left
// of it, and products of the whole dy would leave their rounding. What rounding took from the two means goes back
// into dx, which adds up to zero over a row.
void CK_NAME(row_normalize_gradient)(const float *x, const float *dy, int64_t rows, int32_t c, float epsilon,
                                     const float *gamma, float *dx, float *dgamma, float *dbeta) {
  for (int64_t row = 0; row < rows; row++, x += c, dy += c) {
    const row_moments moments = row_statistics(x, c, epsilon);
    const vec mean = v_set(moments.mean);
    const vec inverse = v_set(moments.inverse);
    vec sums = v_set(0);
    vec rests = v_set(0);
    CK_SWEEP(i, n, c, {
      const vec xhat = v_mul(v_sub(v_load_or(x + i, n, mean), mean), inverse);
      const vec slope = v_load(dy + i, n);
      sums = v_add(sums, gamma ? v_mul(slope, v_load(gamma + i, n)) : slope);
      rests = v_add(rests, xhat);
      if (dgamma) v_store(dgamma + i, n, v_fma(slope, xhat, v_load(dgamma + i, n)));
      if (dbeta) v_store(dbeta + i, n, v_add(v_load(dbeta + i, n), slope));
    });
    if (!dx) continue;
    const vec centre = v_set(v_sum(sums) / (float)c);
    const vec one = v_set(1);
    vec dots = v_set(0);
    sums = v_set(0);
    CK_SWEEP(i, n, c, {
      const vec xhat = v_mul(v_sub(v_load_or(x + i, n, mean), mean), inverse);
      // Lanes behind the end are the mean itself.
      const vec slope = v_load_or(dy + i, n, centre);
      const vec g = v_sub(gamma ? v_mul(slope, v_load_or(gamma + i, n, one)) : slope, centre);
      sums = v_add(sums, g);
      dots = v_fma(g, xhat, dots);
    });
    const float dot = v_sum(dots) / (float)c;
    const vec a = v_set(dot);
    const vec b = v_set(v_sum(sums) / (float)c - dot * (v_sum(rests) / (float)c));
    CK_SWEEP(i, n, c, {
      const vec xhat = v_mul(v_sub(v_load(x + i, n), mean), inverse);
      const vec g = centred_slope(v_load(dy + i, n), gamma ? gamma + i : 0, n, centre);
      v_store(dx + i, n, v_mul(inverse, v_sub(g, v_fma(xhat, a, b))));
    });
    dx += c;
  }
}
