// Softmax over the last axis, its gradient, and its fusion with cross-entropy.
#include <math.h>

#include "f32_math.inc.h"

CK_INLINE float row_greatest(const float *x, int32_t c) {
  vec best = v_set(-INFINITY);
  CK_SWEEP(i, n, c, { best = v_max(best, v_load_or(x + i, n, v_set(-INFINITY))); });
  return v_greatest(best);
}

// e = exp(x - greatest), if e is not NULL; returns the sum.
CK_INLINE float row_exp(const float *x, int32_t c, float greatest, float *e) {
  vec sum = v_set(0);
  CK_SWEEP(i, n, c, {
    vec value = v_exp(v_sub(v_load_or(x + i, n, v_set(-INFINITY)), v_set(greatest)));
    if (e) v_store(e + i, n, value);
    sum = v_add(sum, value);
  });
  return v_sum(sum);
}

void CK_NAME(softmax)(const float *x, int64_t rows, int32_t c, float *y) {
  for (int64_t row = 0; row < rows; row++, x += c, y += c) {
    const vec sum = v_set(row_exp(x, c, row_greatest(x, c), y));
    CK_SWEEP(i, n, c, { v_store(y + i, n, v_div(v_load(y + i, n), sum)); });
  }
}

void CK_NAME(softmax_gradient)(const float *y, const float *dy, int64_t rows, int32_t c, float *dx) {
  for (int64_t row = 0; row < rows; row++, y += c, dy += c, dx += c) {
    vec sum = v_set(0);
    CK_SWEEP(i, n, c, { sum = v_fma(v_load(y + i, n), v_load(dy + i, n), sum); });
    const vec mean = v_set(v_sum(sum));
    CK_SWEEP(i, n, c, { v_store(dx + i, n, v_mul(v_load(y + i, n), v_sub(v_load(dy + i, n), mean))); });
  }
}

static int is_first_greatest(const float *x, int32_t c, int32_t label) {
  int first = 1;
  for (int32_t n = 0; n < label; n++) first &= x[label] > x[n];
  for (int32_t n = label; n < c; n++) first &= x[label] >= x[n];
  return first;
}

void CK_NAME(softmax_cross_entropy)(const float *x, const int32_t *labels, int64_t rows, int32_t c,
                                    float gradient_scale, float *p, float *dx, float *loss, float *hits) {
  for (int64_t row = 0; row < rows; row++, x += c) {
    float *e = p ? p + row * c : dx ? dx + row * c : NULL;
    int32_t label = labels[row];
    float greatest = row_greatest(x, c), sum = row_exp(x, c, greatest, e);
    loss[row] = logf(sum) - (x[label] - greatest);
    hits[row] = (float)is_first_greatest(x, c, label);
    if (!e) continue;
    float label_share = e[label] / sum;
    CK_SWEEP(i, n, c, {
      vec share = v_div(v_load(e + i, n), v_set(sum));
      if (p) v_store(p + row * c + i, n, share);
      if (dx) v_store(dx + row * c + i, n, v_mul(share, v_set(gradient_scale)));
    });
    if (dx) dx[row * c + label] = (label_share - 1) * gradient_scale;
  }
}
