// Penalties on weights, one at a time.
#include <math.h>

#include "kernels.h"

double ck_f32_penalty__scalar(const float *w, int64_t count, float l1, float l2, float *g) {
  double sizes = 0, squares = 0;
  for (int64_t i = 0; i < count; i++) {
    sizes += fabs((double)w[i]);
    squares += (double)w[i] * (double)w[i];
    if (!g) continue;
    float sign = w[i] > 0 ? l1 : 0 > w[i] ? -l1 : 0;
    g[i] += sign + 2 * l2 * w[i];
  }
  return (double)l1 * sizes + (double)l2 * squares;
}
