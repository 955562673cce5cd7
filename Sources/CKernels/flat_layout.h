// How convolutions with lanes along pixels and outputs lay out their scratch.
#ifndef CK_FLAT_LAYOUT_H
#define CK_FLAT_LAYOUT_H

#include "kernels.h"

// FLAT_LANES: of the widest vector. FLAT_INPUT: floats of the input's lines at once, where outputs are made. FLAT_BAND:
// floats of a band's outputs where gradients are, which stay in the first cache while all sums read them.
// FLAT_LONG_BAND: about the most where the filter's gradient is a sum of outer products, whose bands have as many pixels
// as its sums take before they go to memory, if these stay in the second cache. FLAT_GROUP: outputs of a unit, at most.
// FLAT_UNITS: units that make whole tiles.
enum { FLAT_LANES = 16, FLAT_INPUT = 16 << 10, FLAT_BAND = 6 << 10, FLAT_LONG_BAND = 48 << 10, FLAT_GROUP = 4,
       FLAT_UNITS = 36 };

typedef struct {
  int32_t period;         // floats of a row of outputs after which the same outputs fall on the same lanes
  int32_t terms, filter;  // rows of the filter in a row of taps, and in all
  int32_t out_rows, in_line;  // rows of outputs made at once; floats of a line of the input
  int32_t permutes;           // whether the filter's gradient permutes values, or is a sum of outer products
  int32_t rows, columns;      // of a band's outputs whose gradients are summed at once
  int32_t images;             // of a band, where it is whole images
  int32_t x_rows, x_line;     // lines of an image's input that such a band reads, and floats of each
  // The input's gradient is made in units of `group` outputs: for each row of taps, what they add to `stretch` floats
  // that follow on, all of them in a vector of `unit` floats. Stretches start `step` floats from each other, and those
  // of units that are `apart` do not overlap: there are so many lines of `z_line` floats for each row of taps, of
  // `z_rows` rows of outputs, `z_row` floats each. Units of `together` rows are made at once, where rows are short;
  // the last row of taps is `reach` rows of outputs from the first.
  int32_t group, stretch, unit, step, apart, units, together, reach, z_rows, z_line;
  int64_t z_row;
} flat_layout;

static inline int32_t flat_round(int64_t floats) {
  return (int32_t)((floats + FLAT_LANES - 1) / FLAT_LANES * FLAT_LANES);
}

static inline int32_t flat_common(int32_t a, int32_t b) {
  while (b) {
    const int32_t rest = a % b;
    a = b;
    b = rest;
  }
  return a;
}

// Floats of the input that a stretch of a row of outputs reads, and rows that rows of them do.
static inline int64_t flat_width(const ck_conv *s, int32_t columns) {
  return ((int64_t)(columns - 1) * s->stride_w + (s->kernel_w - 1) * s->dilation_w + 1) * s->c;
}
static inline int32_t flat_height(const ck_conv *s, int32_t rows) {
  return (rows - 1) * s->stride_h + (s->kernel_h - 1) * s->dilation_h + 1;
}

static inline flat_layout flat_layout_of(const ck_conv *s) {
  flat_layout l = {.period = s->n / flat_common(s->n, FLAT_LANES) * FLAT_LANES, .terms = s->kernel_w * s->c};
  l.filter = l.terms * s->kernel_h;
  l.in_line = flat_round(flat_width(s, s->out_w)) + FLAT_LANES;
  l.out_rows = ck_max(1, ck_min(s->out_h, (int32_t)(FLAT_INPUT / ((int64_t)s->stride_h * l.in_line))));
  l.permutes = ck_flat_permutes(l.filter, s->n);
  const int32_t counted = ck_min(s->n, FLAT_LONG_BAND / CK_OUTER_PIXELS);
  const int32_t band = l.permutes ? FLAT_BAND : ck_max(FLAT_BAND, counted * CK_OUTER_PIXELS);
  // Whole periods of pixels, of rows that are too long for a band.
  l.columns = ck_min(s->out_w, flat_round(ck_max(1, band / s->n)));
  l.rows = ck_max(1, ck_min(s->out_h, (int32_t)(band / ((int64_t)s->out_w * s->n))));
  l.x_rows = flat_height(s, l.rows);
  l.x_line = flat_round(flat_width(s, l.columns)) + FLAT_LANES;
  const int64_t outputs = (int64_t)s->out_h * s->out_w * s->n, lines = (int64_t)l.x_rows * l.x_line;
  const int64_t most = outputs > lines ? outputs : lines;
  l.images = l.permutes || 2 * most > band ? 1 : (int32_t)(band / most);
  // As many outputs as add no vectors.
  l.unit = flat_round(s->kernel_h * flat_width(s, 1));
  for (int32_t g = 1; g <= FLAT_GROUP; g++) {
    if (s->out_w % g || l.columns % g || s->kernel_h * flat_width(s, g) > l.unit) continue;
    l.group = g;
    l.stretch = (int32_t)flat_width(s, g);
  }
  l.step = l.group * s->stride_w * s->c;
  l.apart = (l.stretch + l.step - 1) / l.step;
  l.z_line = flat_round((int64_t)(s->out_w / l.group - 1) * l.step + l.stretch) + 3 * FLAT_LANES;
  l.z_row = (int64_t)s->kernel_h * l.apart * l.z_line;
  l.units = s->out_w / l.group;
  l.together = l.columns < s->out_w ? 1 : ck_max(1, ck_min(s->out_h, FLAT_UNITS / l.units));
  // A row is read when the one behind it has been written.
  l.reach = (s->kernel_h - 1) * s->dilation_h / s->stride_h;
  l.z_rows = l.reach + 1 + l.together;
  return l;
}

// What a vector holds of a row of taps: lanes [begin, end), which go to the unit's lines as if lane 0 were at `at`.
typedef struct {
  int32_t begin, end;
  int64_t at;
} flat_part;

// Floats of the sums for all lanes of a period, the bias's last.
static inline int64_t flat_sums_of(const flat_layout *l) {
  return l->permutes ? (int64_t)(l->filter + 1) * l->period : 0;
}

// Vectors of eight floats that a row of taps begins and ends in count twice.
static inline int32_t flat_parts_of(const ck_conv *s, const flat_layout *l) { return l->unit / 8 + 2 * s->kernel_h; }

#endif
