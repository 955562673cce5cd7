// What convolutions by Winograd's algorithm need beside their operands.
#include "winograd_layout.h"

int64_t ck_winograd_filter_count(int32_t c, int32_t n) {
  const int32_t panel = winograd_panel(n, CK_MOST_PANEL);
  return (int64_t)WINOGRAD_POINTS * c * ((n + panel - 1) / panel * panel);
}

int64_t ck_winograd_scratch(int32_t c, int32_t n) {
  const int32_t rows = winograd_rows(c, n);
  return WINOGRAD_POINTS * (winograd_matrix(rows, c) + winograd_matrix(rows, n) + c) + n;
}

int64_t ck_winograd_gradient_scratch(int32_t c, int32_t n) {
  const int32_t rows = winograd_gradient_rows(c, n);
  return WINOGRAD_POINTS * (winograd_matrix(rows, c) + winograd_matrix(rows, n) + winograd_matrix(c, n) +
                            (int64_t)ck_max(c, n)) + 2 * (int64_t)c;
}
