// The scratch of convolutions with lanes along pixels and outputs.
#include "flat_layout.h"

int64_t ck_flat_scratch(const ck_conv *s) {
  const flat_layout f = flat_layout_of(s, 0), b = flat_layout_of(s, 1);
  // Lines; the filter and the bias for all lanes; one line of a filter's row; places of lanes; windows.
  const int64_t forward = (int64_t)f.x_rows * f.x_line + (int64_t)(f.filter + 1) * f.period
                          + flat_round(s->n + FLAT_LANES) + (int64_t)(f.terms + 1) * f.period + 3 * f.terms;
  // Lines; sums for all lanes; the filter for each vector of a unit; where these are; places of lanes.
  const int64_t backward = (int64_t)b.x_rows * b.x_line + (int64_t)b.y_rows * b.y_line
                           + (int64_t)(b.filter + 2) * b.period
                           + (int64_t)s->kernel_h * b.vectors * b.sums * FLAT_LANES + (int64_t)s->stride_h * FLAT_DOTS_FLOATS;
  return (forward > backward ? forward : backward) + 2 * FLAT_LANES;
}
