// Sweeps over arrays, a vector at a time.
#include "sum_chains.inc.h"

void CK_NAME(column_sum)(const float *a, int64_t rows, int64_t stride, int32_t n_count, float *sums) {
  for (int64_t first = 0; first < rows; first += SUM_ROWS) {
    const int64_t end = first + SUM_ROWS < rows ? first + SUM_ROWS : rows;
    CK_SWEEP(i, n, n_count, {
      vec s[SUM_CHAINS] = {v_set(0), v_set(0), v_set(0), v_set(0)};
      int64_t row = first;
      for (; row + SUM_CHAINS <= end; row += SUM_CHAINS) {
        for (int k = 0; k < SUM_CHAINS; k++) s[k] = v_add(s[k], v_load(a + (row + k) * stride + i, n));
      }
      for (; row < end; row++) s[0] = v_add(s[0], v_load(a + row * stride + i, n));
      v_store(sums + i, n, v_add(v_load(sums + i, n), chains_total(s)));
    });
  }
}

void CK_NAME(bias_clamp)(const float *x, int64_t pixels, int32_t c, const float *bias, ck_clamp clamp, float *y) {
  const vec floor = v_set(clamp == CK_RELU ? 0 : -INFINITY);
  if (!bias) {
    CK_SWEEP_PAST(i, n, pixels * c, y, x, { v_put(past, y + i, n, v_max(floor, v_load(x + i, n))); });
    return;
  }
  for (int64_t p = 0; p < pixels; p++, x += c, y += c) {
    CK_SWEEP(i, n, c, { v_store(y + i, n, v_max(floor, v_add(v_load(x + i, n), v_load(bias + i, n)))); });
  }
}

void CK_NAME(relu_gradient)(const float *y, const float *dy, int64_t count, float *dx) {
  CK_SWEEP(i, n, count, {
    v_store(dx + i, n, v_select(m_gt(v_load(y + i, n), v_set(0)), v_load(dy + i, n), v_set(0)));
  });
}

void CK_NAME(add)(const float *a, const float *b, int64_t count, ck_clamp clamp, float *y) {
  const vec floor = v_set(clamp == CK_RELU ? 0 : -INFINITY);
  CK_SWEEP(i, n, count, { v_store(y + i, n, v_max(floor, v_add(v_load(a + i, n), v_load(b + i, n)))); });
}

void CK_NAME(multiply)(const float *a, const float *b, int64_t count, float *y) {
  CK_SWEEP(i, n, count, { v_store(y + i, n, v_mul(v_load(a + i, n), v_load(b + i, n))); });
}

void CK_NAME(scale_offset)(const float *x, int64_t count, float scale, float offset, float *y) {
  CK_SWEEP(i, n, count, { v_store(y + i, n, v_add(v_mul(v_load(x + i, n), v_set(scale)), v_set(offset))); });
}

void CK_NAME(accumulate)(const float *a, int64_t count, float *y) {
  CK_SWEEP(i, n, count, { v_store(y + i, n, v_add(v_load(y + i, n), v_load(a + i, n))); });
}

// Part p closes as many open subtrees as p has trailing one bits: a binary counter whose digits are partial sums.
void CK_NAME(reduce_parts)(const float *a, int32_t parts, int64_t stride, int64_t count, float *y) {
  CK_SWEEP(i, n, count, {
    vec open[32];
    int32_t depth = 0;
    for (int32_t p = 0; p < parts; p++) {
      vec sum = v_load(a + p * stride + i, n);
      for (int32_t q = p; q & 1; q >>= 1) sum = v_add(open[--depth], sum);
      open[depth++] = sum;
    }
    vec sum = depth ? open[--depth] : v_set(0);
    while (depth) sum = v_add(open[--depth], sum);
    v_store(y + i, n, sum);
  });
}

void CK_NAME(bytes_to_float)(const uint8_t *x, int64_t count, float *y) {
  CK_SWEEP(i, n, count, { v_store(y + i, n, v_of_int(i_load_bytes(x + i, n))); });
}

// The square of a finite float never overflows a double, nor does any sum of fewer than 2^769: the sum alone tells.
double CK_NAME(sum_squares)(const float *x, int64_t count, int32_t *non_finite) {
  dvec low = d_set(0), high = d_set(0);
  CK_SWEEP(i, n, count, {
    const vec value = v_load(x + i, n);
    low = d_fma(d_low(value), d_low(value), low);
    high = d_fma(d_high(value), d_high(value), high);
  });
  const double sum = d_sum(d_add(low, high));
  if (!(sum < INFINITY)) *non_finite = 1;
  return sum;
}
