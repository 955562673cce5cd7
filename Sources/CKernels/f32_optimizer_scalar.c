// One sweep over weights, their state and their gradient. Square root and division are exact on every instruction
// set and nothing is fused, so all of them agree bit for bit.
#include <math.h>

#include "kernels.h"

void ck_f32_sgd__scalar(float *w, float *v, const float *g, int64_t count, float lr, float momentum,
                        int32_t nesterov) {
  if (momentum == 0) {
    for (int64_t i = 0; i < count; i++) w[i] -= lr * g[i];
    return;
  }
  for (int64_t i = 0; i < count; i++) {
    float step = lr * g[i];
    v[i] = momentum * v[i] - step;
    w[i] += nesterov ? momentum * v[i] - step : v[i];
  }
}

void ck_f32_adam__scalar(float *w, float *m, float *v, const float *g, int64_t count, float alpha, float one_minus_b1,
                         float one_minus_b2, float eps) {
  for (int64_t i = 0; i < count; i++) {
    m[i] += (g[i] - m[i]) * one_minus_b1;
    v[i] += (g[i] * g[i] - v[i]) * one_minus_b2;
    w[i] -= alpha * m[i] / (sqrtf(v[i]) + eps);
  }
}
