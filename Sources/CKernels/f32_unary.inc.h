// Elementwise activations and their gradients.
#include <float.h>

#include "f32_math.inc.h"

#define SELU_SCALE 1.0507009873554805f
#define SELU_ALPHA 1.6732632423543772f
#define INVERSE_ROOT_TWO_PI 0.3989422804014327f
// Beyond it the normal distribution's tail, and its density, are 0 in float32.
#define NORMAL_LIMIT 20

CK_INLINE vec unary_value(ck_unary f, vec a, vec x) {
  const vec zero = v_set(0);
  mask positive = m_gt(x, zero), negative = m_gt(zero, x);
  vec density;
  switch (f) {
    case CK_SIGMOID: return v_sigmoid(x);
    case CK_TANH: return v_tanh(x);
    case CK_RELU6: return v_max(zero, v_min(v_set(6), x));
    case CK_ELU: return v_select(negative, v_mul(a, v_expm1(x)), x);
    case CK_SELU:
      return v_mul(v_set(SELU_SCALE), v_select(negative, v_mul(v_set(SELU_ALPHA), v_expm1(x)), x));
    case CK_GELU: {
      vec size = v_min(v_set(NORMAL_LIMIT), v_abs(x));
      vec tail = v_normal_tail(size, &density);
      return v_select(positive, v_sub(x, v_mul(size, tail)), v_mul(x, tail));
    }
    case CK_SILU: return v_mul(x, v_sigmoid(x));
    case CK_HARD_SIGMOID: return v_div(v_max(zero, v_min(v_set(6), v_add(x, v_set(3)))), v_set(6));
    case CK_SOFTPLUS: return v_add(v_max(zero, x), v_log1p(v_exp(v_sub(zero, v_abs(x)))));
    case CK_LEAKY_RELU: return v_select(positive, x, v_mul(a, x));
    case CK_EXP: return v_exp(x);
  }
  return x;
}

// f'(x), from x and y = f(x). At a kink the derivative is that of the side that Keras takes: the flat one.
CK_INLINE vec unary_slope(ck_unary f, vec a, vec x, vec y) {
  const vec zero = v_set(0), one = v_set(1);
  mask positive = m_gt(x, zero);
  vec density;
  switch (f) {
    case CK_SIGMOID: return v_mul(y, v_sub(one, y));
    case CK_TANH: return v_fnma(y, y, one);
    case CK_RELU6: return v_select(positive, v_select(m_gt(v_set(6), x), one, zero), zero);
    case CK_ELU: return v_select(positive, one, v_add(y, a));
    case CK_SELU: return v_select(positive, v_set(SELU_SCALE), v_add(y, v_set(SELU_SCALE * SELU_ALPHA)));
    case CK_GELU: {
      vec size = v_min(v_set(NORMAL_LIMIT), v_abs(x));
      vec tail = v_normal_tail(size, &density);
      // Above zero it is 1 less what it is at -x.
      vec below = v_fnma(v_mul(size, v_set(INVERSE_ROOT_TWO_PI)), density, tail);
      return v_select(positive, v_sub(one, below), below);
    }
    case CK_SILU: {
      vec s = v_sigmoid(x);
      return v_fma(y, v_sub(one, s), s);
    }
    case CK_HARD_SIGMOID:
      return v_select(m_gt(x, v_set(-3)), v_select(m_gt(v_set(3), x), v_set(1 / 6.0f), zero), zero);
    case CK_SOFTPLUS: return v_sigmoid(x);
    case CK_LEAKY_RELU: return v_select(positive, one, a);
    case CK_EXP: return y;
  }
  return one;
}

CK_INLINE void unary_sweep(ck_unary f, float parameter, const float *x, int64_t count, float *y) {
  const vec a = v_set(parameter);
  CK_SWEEP_PAST(i, n, count, y, x, { v_put(past, y + i, n, unary_value(f, a, v_load(x + i, n))); });
}

CK_INLINE void unary_gradient_sweep(ck_unary f, float parameter, const float *x, const float *y, const float *dy,
                                    int64_t count, float *dx) {
  const vec a = v_set(parameter);
  CK_SWEEP(i, n, count, {
    vec slope = unary_slope(f, a, v_load(x + i, n), v_load(y + i, n));
    v_store(dx + i, n, v_mul(v_load(dy + i, n), slope));
  });
}

// One loop a function: with f a constant, what the function does not need disappears.
#define EACH_UNARY(X) \
  X(CK_SIGMOID) X(CK_TANH) X(CK_RELU6) X(CK_ELU) X(CK_SELU) X(CK_GELU) X(CK_SILU) X(CK_HARD_SIGMOID) \
  X(CK_SOFTPLUS) X(CK_LEAKY_RELU) X(CK_EXP)

void CK_NAME(unary)(ck_unary f, float parameter, const float *x, int64_t count, float *y) {
#define CASE(F) case F: unary_sweep(F, parameter, x, count, y); break;
  switch (f) { EACH_UNARY(CASE) }
#undef CASE
}

void CK_NAME(unary_gradient)(ck_unary f, float parameter, const float *x, const float *y, const float *dy,
                             int64_t count, float *dx) {
#define CASE(F) case F: unary_gradient_sweep(F, parameter, x, y, dy, count, dx); break;
  switch (f) { EACH_UNARY(CASE) }
#undef CASE
}

// Keras's ReLU with all its arguments: below or at the threshold the slope, above it x, capped.
void CK_NAME(shaped_relu)(const float *x, int64_t count, float ceiling, float slope, float threshold, float *y) {
  const vec top = v_set(ceiling), kink = v_set(threshold), lowest = v_set(-FLT_MAX);
  CK_SWEEP(i, n, count, {
    vec value = v_load(x + i, n);
    // An infinite input times a slope of 0 would be NaN.
    vec below = v_mul(v_set(slope), v_max(lowest, v_sub(value, kink)));
    v_store(y + i, n, v_select(m_gt(value, kink), v_min(top, value), v_add(below, v_set(0))));
  });
}

void CK_NAME(shaped_relu_gradient)(const float *x, const float *dy, int64_t count, float ceiling, float slope,
                                   float threshold, float *dx) {
  const vec top = v_set(ceiling), kink = v_set(threshold), zero = v_set(0);
  CK_SWEEP(i, n, count, {
    vec value = v_load(x + i, n), gradient = v_load(dy + i, n);
    vec above = v_select(m_gt(value, top), zero, gradient);
    vec below = v_select(m_gt(kink, value), v_mul(v_set(slope), gradient), zero);
    v_store(dx + i, n, v_select(m_gt(value, kink), above, below));
  });
}
