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

void CK_NAME(axis_softmax)(const float *x, int64_t outer, int32_t extent, int32_t inner, float *y) {
  const int64_t plane = (int64_t)extent * inner;
  for (int64_t o = 0; o < outer; o++, x += plane, y += plane) {
    CK_SWEEP(i, n, inner, {
      vec greatest = v_set(-INFINITY);
      for (int64_t at = i; at < plane; at += inner) greatest = v_max(greatest, v_load(x + at, n));
      vec sum = v_set(0);
      for (int64_t at = i; at < plane; at += inner) {
        vec value = v_exp(v_sub(v_load(x + at, n), greatest));
        v_store(y + at, n, value);
        sum = v_add(sum, value);
      }
      for (int64_t at = i; at < plane; at += inner) v_store(y + at, n, v_div(v_load(y + at, n), sum));
    });
  }
}

void CK_NAME(axis_softmax_gradient)(const float *y, const float *dy, int64_t outer, int32_t extent, int32_t inner,
                                    float *dx) {
  const int64_t plane = (int64_t)extent * inner;
  for (int64_t o = 0; o < outer; o++, y += plane, dy += plane, dx += plane) {
    CK_SWEEP(i, n, inner, {
      vec dot = v_set(0);
      for (int64_t at = i; at < plane; at += inner) dot = v_fma(v_load(y + at, n), v_load(dy + at, n), dot);
      for (int64_t at = i; at < plane; at += inner) {
        v_store(dx + at, n, v_mul(v_load(y + at, n), v_sub(v_load(dy + at, n), dot)));
      }
    });
  }
}

// The sum of x - greatest.
CK_INLINE float row_excess(const float *x, int32_t c, float greatest) {
  vec sum = v_set(0);
  CK_SWEEP(i, n, c, { sum = v_add(sum, v_sub(v_load_or(x + i, n, v_set(greatest)), v_set(greatest))); });
  return v_sum(sum);
}

static int is_first_greatest(const float *x, int32_t c, int32_t label) {
  int first = 1;
  for (int32_t n = 0; n < label; n++) first &= x[label] > x[n];
  for (int32_t n = label; n < c; n++) first &= x[label] >= x[n];
  return first;
}

void CK_NAME(softmax_cross_entropy)(const float *x, const int32_t *labels, int64_t rows, int32_t c,
                                    float gradient_scale, float smoothing, const float *class_weights, float *p,
                                    float *dx, float *loss, float *hits) {
  const float rest = smoothing / (float)c, most = 1 - smoothing;
  for (int64_t row = 0; row < rows; row++, x += c) {
    float *e = p ? p + row * c : dx ? dx + row * c : NULL;
    int32_t label = labels[row];
    const float weight = class_weights ? class_weights[label] : 1, scale = gradient_scale * weight;
    float greatest = row_greatest(x, c), sum = row_exp(x, c, greatest, e);
    float score = x[label] - greatest;
    if (smoothing != 0) score = most * score + rest * row_excess(x, c, greatest);
    loss[row] = (logf(sum) - score) * weight;
    hits[row] = (float)is_first_greatest(x, c, label);
    if (!e) continue;
    float label_share = e[label] / sum;
    CK_SWEEP(i, n, c, {
      vec share = v_div(v_load(e + i, n), v_set(sum));
      if (p) v_store(p + row * c + i, n, share);
      if (dx) v_store(dx + row * c + i, n, v_mul(v_sub(share, v_set(rest)), v_set(scale)));
    });
    if (dx) dx[row * c + label] = (label_share - (most + rest)) * scale;
  }
}
