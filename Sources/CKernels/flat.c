// The scratch of convolutions with lanes along pixels and outputs.
#include "flat_layout.h"

// As measured: outer products win where they fill vectors, and where there are many.
int ck_flat_permutes(int32_t filter_rows, int32_t n) {
  enum { NARROW = 12, PRODUCTS = 256 };
  return filter_rows <= 3 || (n <= NARROW && filter_rows <= PRODUCTS / n);
}

int64_t ck_flat_scratch(const ck_conv *s) {
  const flat_layout l = flat_layout_of(s);
  // Lines of the input; the filter and the bias for all lanes; one line of a filter's row; places of lanes; windows.
  const int64_t forward = (int64_t)flat_height(s, l.out_rows) * l.in_line + (int64_t)(l.filter + 1) * l.period
                          + flat_round(s->n + FLAT_LANES) + (int64_t)(l.terms + 1) * l.period + 2 * l.terms;
  // Lines of the input; what units add; sums for all lanes; the filter by outputs. Tables: rows of taps, parts of
  // vectors, places of lanes, units, pixels and terms, pieces of the filter or where its rows read
  // and write.
  const int64_t tables = (int64_t)2 * l.z_rows * s->kernel_h * l.apart + s->stride_h + 1
                         + flat_parts_of(s, &l) * 5 + 2 + 2 * l.period + l.z_rows * l.units + l.terms + 5 * l.filter;
  const int64_t backward = (int64_t)l.images * l.x_rows * l.x_line + l.z_rows * l.z_row + flat_sums_of(&l)
                           + (int64_t)l.group * s->n * l.unit + tables;
  return (forward > backward ? forward : backward) + 2 * FLAT_LANES;
}
