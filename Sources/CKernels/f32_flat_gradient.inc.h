// The gradients of f32_flat.inc.h's convolutions, over bands of rows of outputs, whose gradient is read once.
//
// The filter's: vectors of the outputs' gradient, as they are in memory, times the input's permuted windows; each lane
// of a period has its own sums, which are folded at the end. Every product takes a permutation: where outputs fill
// vectors, or the filter has many rows, outer products with the lines of the input take less.
//
// The input's: lanes lie along the taps. Each output's gradient is multiplied with all taps that it reaches; the sums
// over a pixel's outputs, or over those of a few pixels that fill a vector better, are stored by rows of taps in lines
// in which neighbours do not overlap, and a row of the input's gradient is the sum of such lines. Adding to what was
// just written would wait for it, and with strides no product meets a zero.

// Terms of the filter's gradient in registers at once: rows of taps from h on, and terms of a window from k on, that
// are `at` floats from the first tap.
typedef struct {
  int32_t h, k, taps, terms, at;
} flat_piece_of_filter;

typedef struct {
  const ck_conv *s;
  const flat_layout *l;
  const float *x;             // lines, at the first row of the band
  const float *dy;            // at its first output
  int64_t dy_row;             // from row to row
  int32_t rows, row;          // and floats of outputs of each
  const int32_t *firsts, *pixels_at;  // places of the first term, and of the first pixel of each vector of a period
  const int32_t *terms_at;            // of each term of a row of taps
  int64_t step, ahead;                // from period to period; how far ahead dy is asked for
  float *sums;                        // [filter + 1][period]; the last is the bias's
} flat_outer;

CK_INLINE void flat_outer_tile(const int taps, const int terms, const flat_outer *p,
                               const flat_piece_of_filter *piece) {
  const ck_conv *s = p->s;
  const flat_layout *l = p->l;
  const int32_t row = p->row, h = piece->h, k = piece->k;
  const int64_t step = p->step, tap_step = (int64_t)s->dilation_h * l->x_line;
  const int64_t ahead = h == 0 && k == 0 ? p->ahead : 0;
  const int64_t x_step = (int64_t)s->stride_h * l->x_line;
  int32_t along[CK_FLAT_SUMS];
  for (int j = 0; j < terms; j++) along[j] = p->terms_at[k + j] - piece->at;
  for (int32_t f = 0, phase = 0; f < l->period && f < row; f += LANES, phase++) {
    vec sum[CK_FLAT_SUMS], total;
    ivec lanes[CK_FLAT_SUMS];
    float *const sums = p->sums + ((int64_t)h * l->terms + k) * l->period + f;
    float *const bias = p->sums + (int64_t)l->filter * l->period + f;
#pragma clang loop unroll(full)
    for (int j = 0; j < terms; j++) {
      lanes[j] = i_add(i_load(p->firsts + f), i_set((uint32_t)along[j]));
#pragma clang loop unroll(full)
      for (int t = 0; t < taps; t++) {
        sum[t * terms + j] = v_load(sums + ((int64_t)t * l->terms + j) * l->period, LANES);
      }
    }
    total = v_load(bias, LANES);
    const float *x_row = p->x + (int64_t)h * tap_step + piece->at + p->pixels_at[phase];
    const float *dy_row = p->dy + f;
    for (int32_t r = p->rows; r > 0; r--, x_row += x_step, dy_row += p->dy_row) {
      const float *from = x_row, *dy = dy_row;
      for (int32_t q = f; q < row; q += l->period, from += step, dy += l->period) {
        const vec gradient = v_load(dy, ck_min(LANES, row - q));
        __builtin_prefetch(dy + ahead, 0, 2);
        total = v_add(total, gradient);
#pragma clang loop unroll(full)
        for (int t = 0; t < taps; t++) {
          const vec window = v_load(from + t * tap_step, LANES);
#pragma clang loop unroll(full)
          for (int j = 0; j < terms; j++) {
            sum[t * terms + j] = v_fma(v_permute(window, lanes[j]), gradient, sum[t * terms + j]);
          }
        }
      }
    }
#pragma clang loop unroll(full)
    for (int j = 0; j < terms; j++) {
#pragma clang loop unroll(full)
      for (int t = 0; t < taps; t++) {
        v_store(sums + ((int64_t)t * l->terms + j) * l->period, LANES, sum[t * terms + j]);
      }
    }
    if (h == 0 && k == 0) v_store(bias, LANES, total);
  }
}

typedef void flat_outer_function(const flat_outer *p, const flat_piece_of_filter *piece);
#define DEFINE_FLAT_OUTER(T, K)                                                              \
  static void flat_outer_##T##x##K(const flat_outer *p, const flat_piece_of_filter *piece) { \
    flat_outer_tile(T, K, p, piece);                                                         \
  }
#define FLAT_OUTER_ENTRY(T, K) [T][K] = flat_outer_##T##x##K,
CK_EACH_FLAT_OUTER(DEFINE_FLAT_OUTER)
static flat_outer_function *const flat_outers[CK_FLAT_TAPS + 1][CK_FLAT_TERMS + 1] = {
    CK_EACH_FLAT_OUTER(FLAT_OUTER_ENTRY)};

// The pieces that the filter's gradient is made in; returns how many.
static int32_t flat_pieces(const ck_conv *s, const flat_layout *l, flat_piece_of_filter *pieces) {
  int32_t count = 0;
  for (int32_t k = 0; k < l->terms;) {
    const int32_t most = ck_min(flat_window_at(s, k, l->terms).count, CK_FLAT_TERMS);
    const int32_t terms = ck_min(most, ck_dealt(l->terms - k, most));
    for (int32_t h = 0; h < s->kernel_h;) {
      int32_t taps = ck_min(CK_FLAT_TAPS, s->kernel_h - h);
      while (!flat_outers[taps][terms]) taps--;
      pieces[count++] = (flat_piece_of_filter){h, k, taps, terms, flat_term(s, k)};
      h += taps;
    }
    k += terms;
  }
  return count;
}

// to[n] += the sums of a period, pixel by pixel.
CK_INLINE void flat_fold(const float *sums, int32_t period, int32_t n_count, float *to) {
  CK_SWEEP(i, n, n_count, {
    vec sum = v_load(sums + i, n);
    for (int32_t f = n_count; f < period; f += n_count) sum = v_add(sum, v_load(sums + f + i, n));
    v_store(to + i, n, v_add(v_load(to + i, n), sum));
  });
}

// What units of outputs add to the input's gradient: sums over their outputs, [row of taps][stretch], which go to lines
// in which the next unit's do not overlap them.
typedef struct {
  const ck_conv *s;
  const flat_layout *l;
  const float *w;           // [output of a unit][l->unit]
  const flat_part *parts;   // of every vector
  const int32_t *parts_at;  // how many are before those of each vector
  const int32_t *units_at;  // where each unit of each row of lines is
  float *lines;             // [row of outputs][row of taps][apart]
  // Lines that make a row of the input's gradient: for each row of outputs that may be the last to reach it, those of
  // each place within a stride, from places_at on.
  const float **gathered;
  const int32_t *places_at;
} flat_spread;

// A line is asked for before it is read, between two products.
enum { FLAT_AHEAD = 2 << 10, FLAT_SUMMED = 4 * FLAT_LANES / LANES };

// Some vectors of units that follow on at dy, to their places from `line` on.
CK_INLINE void flat_spread_tile(const int units, const int vectors, const flat_spread *p, int32_t first,
                                const float *dy, const int32_t *at, float *line) {
  const int64_t outputs = (int64_t)p->l->group * p->s->n, row = p->l->unit;
  vec sum[CK_FLAT_SPREAD];
#pragma clang loop unroll(full)
  for (int k = 0; k < units * vectors; k++) sum[k] = v_set(0);
  const float *ahead = dy + FLAT_AHEAD, *w = p->w + first * LANES;
  // Three units a pointer: with one for each, most would be in memory.
  const float *from[(CK_FLAT_UNITS + 2) / 3];
#pragma clang loop unroll(full)
  for (int m = 0; m < units; m += 3) from[m / 3] = dy + m * outputs;
#pragma clang loop unroll_count(4)
  for (int64_t n = outputs; n > 0; n--, w += row, ahead += units) {
    vec factor[CK_FLAT_VECTORS];
    __builtin_prefetch(ahead);
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) factor[v] = v_load(w + v * LANES, LANES);
#pragma clang loop unroll(full)
    for (int m = 0; m < units; m++) {
      const vec value = v_set(from[m / 3][m % 3 * outputs]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) sum[m * vectors + v] = v_fma(value, factor[v], sum[m * vectors + v]);
    }
#pragma clang loop unroll(full)
    for (int m = 0; m < units; m += 3) {
      from[m / 3]++;
      CK_OPAQUE(from[m / 3]);
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    for (int32_t k = p->parts_at[first + v]; k < p->parts_at[first + v + 1]; k++) {
      const flat_part part = p->parts[k];
      float *const to = line + part.at;
#pragma clang loop unroll(full)
      for (int m = 0; m < units; m++) v_store_between(to + at[m], part.begin, part.end, sum[m * vectors + v]);
    }
  }
}

typedef void flat_spread_function(const flat_spread *p, int32_t first, const float *dy, const int32_t *at, float *line);
#define DEFINE_FLAT_SPREAD(V, M)                                                                                    \
  static void flat_spread_##V##x##M(const flat_spread *p, int32_t first, const float *dy, const int32_t *at,       \
                                    float *line) {                                                                 \
    flat_spread_tile(M, V, p, first, dy, at, line);                                                                \
  }
#define FLAT_SPREAD_ENTRY(V, M) [V][M] = flat_spread_##V##x##M,
CK_EACH_FLAT_SPREAD(DEFINE_FLAT_SPREAD)
static flat_spread_function *const flat_spreads[CK_FLAT_VECTORS + 1][CK_FLAT_UNITS + 1] = {
    CK_EACH_FLAT_SPREAD(FLAT_SPREAD_ENTRY)};

// Units [begin, end), counted over the rows of lines, dy being the first one's.
static void flat_spread_units(const flat_spread *p, const float *dy, int32_t begin, int32_t end) {
  const flat_layout *l = p->l;
  for (int32_t first = 0, all = l->unit / LANES; first < all;) {
    const int32_t vectors = ck_dealt(all - first, CK_FLAT_VECTORS);
    const int32_t most = ck_min(CK_FLAT_UNITS, CK_FLAT_SPREAD / vectors);
    const int32_t piece = ck_dealt(end - begin, most);
    for (int32_t u = begin; u < end;) {
      const int32_t tile = ck_min(piece, end - u);
      flat_spreads[vectors][tile](p, first, dy + (int64_t)(u - begin) * l->group * p->s->n, p->units_at + u, p->lines);
      u += tile;
    }
    first += vectors;
  }
}

// What of each vector belongs to which row of taps.
CK_INLINE void flat_parts(const ck_conv *s, const flat_layout *l, flat_part *parts, int32_t *parts_at) {
  int32_t count = 0, h = 0, done = 0;
  for (int32_t v = 0; v < l->unit / LANES; v++) {
    parts_at[v] = count;
    for (int32_t lane = 0; lane < LANES && h < s->kernel_h;) {
      const int32_t lanes = ck_min(LANES - lane, l->stretch - done);
      parts[count++] = (flat_part){lane, lane + lanes, (int64_t)h * l->apart * l->z_line + done - lane};
      lane += lanes;
      done += lanes;
      if (done == l->stretch) {
        done = 0;
        h++;
      }
    }
  }
  parts_at[l->unit / LANES] = count;
}

// The filter's values for each output of a unit, from [c][taps reversed][n].
CK_INLINE void flat_by_output(const ck_conv *s, const flat_layout *l, const float *w_by_input, float *w) {
  const int32_t taps = s->kernel_h * s->kernel_w;
  memset(w, 0, (size_t)l->group * s->n * l->unit * sizeof *w);
  for (int32_t c = 0; c < s->c; c++) {
    for (int32_t h = 0; h < s->kernel_h; h++) {
      for (int32_t v = 0; v < s->kernel_w; v++) {
        const float *values = w_by_input + ((int64_t)c * taps + taps - 1 - (h * s->kernel_w + v)) * s->n;
        for (int32_t g = 0; g < l->group; g++) {
          const int32_t along = (g * s->stride_w + v * s->dilation_w) * s->c + c;
          float *to = w + (int64_t)g * s->n * l->unit + h * l->stretch + along;
          for (int32_t n = 0; n < s->n; n++) to[(int64_t)n * l->unit] = values[n];
        }
      }
    }
  }
}

// Sums of `count` lines, of `floats` floats.
CK_INLINE void flat_sum_tile(const int vectors, const int32_t count, const float *const lines[], int64_t i,
                             const int32_t floats, float *to) {
  vec sum[FLAT_SUMMED];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) sum[v] = v_set(0);
  for (int32_t k = 0; k < count; k++) {
    const float *from = lines[k] + i;
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) sum[v] = v_add(sum[v], v_load(from + v * LANES, LANES));
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    const int32_t n = ck_min(LANES, floats - v * LANES);
    if (n > 0) v_store(to + i + v * LANES, n, sum[v]);
  }
}

CK_INLINE void flat_sum_lines(const int32_t count, const float *const lines[], int64_t floats, float *to) {
  int64_t i = 0;
  for (; i + FLAT_SUMMED * LANES <= floats; i += FLAT_SUMMED * LANES) {
    flat_sum_tile(FLAT_SUMMED, count, lines, i, FLAT_SUMMED * LANES, to);
  }
  for (; i < floats; i += FLAT_LANES) flat_sum_tile(FLAT_LANES / LANES, count, lines, i, (int32_t)(floats - i), to);
}

// For the usual numbers of lines without a loop over them, whose end would be guessed wrong for every tile.
static void flat_sum(int32_t count, const float *const lines[], int64_t floats, float *to) {
  switch (count) {
    case 1: flat_sum_lines(1, lines, floats, to); break;
    case 2: flat_sum_lines(2, lines, floats, to); break;
    case 3: flat_sum_lines(3, lines, floats, to); break;
    case 4: flat_sum_lines(4, lines, floats, to); break;
    case 6: flat_sum_lines(6, lines, floats, to); break;
    default: flat_sum_lines(count, lines, floats, to);
  }
}

// The lines of each row of the input's gradient: see flat_spread.
CK_INLINE void flat_gathered(const ck_conv *s, const flat_layout *l, const float *lines, const float **gathered,
                             int32_t *places_at) {
  const int64_t before = (int64_t)s->pad_left * s->c;
  for (int32_t slot = 0; slot < l->z_rows; slot++) {
    int32_t count = 0;
    for (int32_t a = 0; a < s->stride_h; a++) {
      places_at[a] = count;
      for (int32_t h = s->kernel_h - 1; h >= 0; h--) {
        const int32_t down = h * s->dilation_h, row = (slot - down / s->stride_h + l->z_rows) % l->z_rows;
        for (int32_t d = 0; down % s->stride_h == a && d < l->apart; d++) {
          gathered[count++] = lines + row * l->z_row + ((int64_t)h * l->apart + d) * l->z_line + before;
        }
      }
    }
    places_at[s->stride_h] = count;
    gathered += count;
  }
}

// Rows of the input's gradient at the stride of row `row` of outputs, of what all units add to them.
static void flat_gather(const flat_spread *p, int32_t row, float *dx) {
  const ck_conv *s = p->s;
  const flat_layout *l = p->l;
  const int64_t x_row = (int64_t)s->in_w * s->c, room = flat_width(s, s->out_w) - (int64_t)s->pad_left * s->c;
  const int64_t reached = room < 0 ? 0 : room < x_row ? room : x_row;
  const float **gathered = p->gathered + (int64_t)(row % l->z_rows) * p->places_at[s->stride_h];
  for (int32_t a = 0, r = row * s->stride_h - s->pad_top; a < s->stride_h && r < s->in_h; a++, r++) {
    if (r < 0) continue;
    const int32_t count = p->places_at[a + 1] - p->places_at[a];
    const int64_t summed = count ? reached : 0;
    float *to = dx + r * x_row + summed;
    flat_sum(count, gathered + p->places_at[a], summed, to - summed);
    CK_SWEEP(i, n, x_row - summed, { v_store(to + i, n, v_set(0)); });
  }
}

// Rows of lines of outputs that there are not.
static void flat_clear(const flat_spread *p, int32_t row) {
  float *lines = p->lines + row % p->l->z_rows * p->l->z_row;
  CK_SWEEP(i, n, p->l->z_row, { v_store(lines + i, n, v_set(0)); });
}

// What a band of outputs adds to the input's gradient; rows of it that nothing else reaches are written once the next
// row of outputs is there.
static void flat_input_gradient(const flat_spread *p, int32_t row, int32_t rows, int32_t column, int32_t columns,
                                const float *dy, float *dx) {
  const ck_conv *s = p->s;
  const flat_layout *l = p->l;
  if (row == 0 && column == 0) {
    for (int32_t r = 1; r <= l->reach; r++) flat_clear(p, l->z_rows - r);
  }
  for (int32_t r = row, count; r < row + rows; r += count) {
    const int32_t slot = r % l->z_rows, first = slot * l->units + column / l->group;
    count = ck_min(ck_min(l->together, row + rows - r), l->z_rows - slot);
    flat_spread_units(p, dy + ((int64_t)r * s->out_w + column) * s->n, first,
                      first + (count - 1) * l->units + columns / l->group);
    if (column + columns < s->out_w) continue;
    for (int32_t k = ck_max(0, r - 1); k < r + count - 1; k++) flat_gather(p, k, dx);
  }
  if (row + rows < s->out_h || column + columns < s->out_w) return;
  for (int32_t r = s->out_h - 1; r * s->stride_h - s->pad_top < s->in_h; r++) {
    flat_gather(p, r, dx);
    flat_clear(p, r + 1);
  }
}

// What lies in scratch.
typedef struct {
  flat_layout l;
  float *x_lines, *sums;
  flat_spread spread;
  const int32_t *firsts, *pixels_at, *terms_at;
  const flat_piece_of_filter *pieces;
  int32_t piece_count;
  const int32_t *x_offsets, *dw_offsets;  // of the filter's rows, in an image's lines and in the gradient
} flat_work;

// Lays it out: lines and sums, which are zero, the filter by outputs, unless w_by_input is NULL, and the tables.
static void flat_prepare(flat_work *work, const ck_conv *s, int32_t images, const float *w_by_input, float *scratch) {
  const flat_layout l = work->l = flat_layout_of(s);
  float *x_lines = work->x_lines = flat_aligned(scratch);
  float *z_lines = x_lines + (int64_t)l.images * l.x_rows * l.x_line;
  float *sums = work->sums = z_lines + l.z_rows * l.z_row, *w = sums + flat_sums_of(&l);
  const float **gathered = (const float **)(w + (int64_t)l.group * s->n * l.unit);
  flat_part *parts = (flat_part *)(gathered + (int64_t)l.z_rows * s->kernel_h * l.apart);
  int32_t *parts_at = (int32_t *)(parts + flat_parts_of(s, &l)), *places_at = parts_at + l.unit / LANES + 1;
  int32_t *units_at = places_at + s->stride_h + 1, *firsts = units_at + l.z_rows * l.units;
  int32_t *pixels_at = firsts + l.period, *terms_at = pixels_at + l.period / LANES;
  flat_piece_of_filter *pieces = (flat_piece_of_filter *)(terms_at + l.terms);
  memset(x_lines, 0, (size_t)ck_min(images, l.images) * l.x_rows * l.x_line * sizeof *x_lines);
  memset(z_lines, 0, (size_t)((char *)w - (char *)z_lines));
  if (w_by_input) flat_by_output(s, &l, w_by_input, w);
  flat_gathered(s, &l, z_lines, gathered, places_at);
  flat_parts(s, &l, parts, parts_at);
  for (int32_t r = 0; r < l.z_rows; r++) {
    for (int32_t u = 0; u < l.units; u++) {
      units_at[r * l.units + u] = (int32_t)(r * l.z_row) + u % l.apart * l.z_line + u * l.step;
    }
  }
  flat_places(s, l.period, firsts);
  for (int32_t f = 0; f < l.period; f += LANES) pixels_at[f / LANES] = f / s->n * s->stride_w * s->c;
  for (int32_t k = 0; k < l.terms; k++) terms_at[k] = flat_term(s, k);
  work->spread = (flat_spread){s, &work->l, w, parts, parts_at, units_at, z_lines, gathered, places_at};
  work->firsts = firsts;
  work->pixels_at = pixels_at;
  work->terms_at = terms_at;
  work->pieces = pieces;
  work->piece_count = l.permutes ? flat_pieces(s, &l, pieces) : 0;
  int32_t *x_offsets = (int32_t *)pieces, *dw_offsets = x_offsets + l.filter;
  for (int32_t k = 0; k < l.filter && !l.permutes; k++) {
    x_offsets[k] = k / l.terms * s->dilation_h * l.x_line + flat_term(s, k % l.terms);
    dw_offsets[k] = k * s->n;
  }
  work->x_offsets = x_offsets;
  work->dw_offsets = dw_offsets;
}

// The lines of the input that a band of an image's outputs reads.
static void flat_band_lines(const flat_work *work, const float *x, int32_t row, int32_t rows, int32_t column,
                            int32_t columns, float *lines) {
  const flat_layout *l = &work->l;
  const ck_conv *s = work->spread.s;
  const int64_t begin = ((int64_t)column * s->stride_w - s->pad_left) * s->c;
  const flat_source source =
      flat_source_of(x, s->in_h, (int64_t)s->in_w * s->c, begin, flat_width(s, columns));
  // What the columns before had inside the image.
  if (l->columns < s->out_w) memset(lines, 0, (size_t)l->x_rows * l->x_line * sizeof *lines);
  flat_copy_rows(&source, row * s->stride_h - s->pad_top, flat_height(s, rows), l->x_line, lines);
}

// A band's part of the gradients of the filter and of the bias, dy being at the band. `ahead` as in flat_outer.
static void flat_permuted_gradient(const flat_work *work, const float *dy, int32_t rows, int32_t columns, int64_t ahead,
                                   int32_t pieces) {
  const flat_layout *l = &work->l;
  const ck_conv *s = work->spread.s;
  const flat_outer outer = {
      .s = s, .l = l, .x = work->x_lines, .dy = dy, .dy_row = (int64_t)s->out_w * s->n, .rows = rows,
      .row = columns * s->n, .firsts = work->firsts, .pixels_at = work->pixels_at, .terms_at = work->terms_at,
      .step = (int64_t)(l->period / s->n) * s->stride_w * s->c, .ahead = ahead, .sums = work->sums};
  for (const flat_piece_of_filter *k = work->pieces; k < work->pieces + pieces; k++) {
    flat_outers[k->taps][k->terms](&outer, k);
  }
}

// The same by outer products, of a band of some images.
static void flat_outer_gradient(const flat_work *work, const float *dy, int32_t images, int32_t rows, int32_t columns,
                                float *dw, float *dbias) {
  const flat_layout *l = &work->l;
  const ck_conv *s = work->spread.s;
  const ck_pixels pixels = {
      .images = images, .rows = rows, .cols = columns, .x_row = s->stride_h * l->x_line, .x_col = s->stride_w * s->c,
      .y_row = s->out_w * s->n, .y_col = s->n, .x_image = (int64_t)l->x_rows * l->x_line,
      .y_image = (int64_t)s->out_h * s->out_w * s->n};
  // Bands are whole rows, or a stretch of one.
  if (dbias) CK_NAME(column_sum)(dy, (int64_t)images * rows * columns, s->n, s->n, dbias);
  if (dw) CK_NAME(outer)(&pixels, work->x_offsets, work->dw_offsets, l->filter, work->x_lines, dy, s->n, dw);
}

void CK_NAME(flat_backward)(const ck_conv *s, int32_t images, const float *x, const float *dy, const float *w_by_input,
                            float *scratch, float *dx, float *dw, float *dbias) {
  flat_work work;
  flat_prepare(&work, s, images, dx ? w_by_input : NULL, scratch);
  const flat_layout *l = &work.l;
  const int64_t x_image = (int64_t)s->in_h * s->in_w * s->c, y_image = (int64_t)s->out_h * s->out_w * s->n;
  // The first piece sums the bias's gradient too.
  const int32_t pieces = dw ? work.piece_count : dbias ? 1 : 0;
  for (int32_t i = 0, together; i < images; i += together) {
    together = ck_min(l->images, images - i);
    for (int32_t row = 0; row < s->out_h; row += l->rows) {
      const int32_t rows = ck_min(l->rows, s->out_h - row);
      for (int32_t column = 0; column < s->out_w; column += l->columns) {
        const int32_t columns = ck_min(l->columns, s->out_w - column);
        const float *band = dy + ((int64_t)row * s->out_w + column) * s->n;
        for (int32_t k = 0; k < together; k++) {
          if (dx) flat_input_gradient(&work.spread, row, rows, column, columns, dy + k * y_image, dx + k * x_image);
          if (!dw && !(dbias && l->permutes)) continue;
          flat_band_lines(&work, x + k * x_image, row, rows, column, columns,
                          work.x_lines + (int64_t)k * l->x_rows * l->x_line);
        }
        // What the input's gradient reads is near already.
        const int64_t ahead = dx ? 0 : (int64_t)rows * columns * s->n;
        if (!l->permutes) flat_outer_gradient(&work, band, together, rows, columns, dw, dbias);
        else if (pieces) flat_permuted_gradient(&work, band, rows, columns, ahead, pieces);
      }
    }
    x += together * x_image;
    dy += together * y_image;
    if (dx) dx += together * x_image;
  }
  if (!l->permutes) return;
  for (int32_t k = 0; dw && k < l->filter; k++) {
    flat_fold(work.sums + (int64_t)k * l->period, l->period, s->n, dw + (int64_t)k * s->n);
  }
  if (dbias) flat_fold(work.sums + (int64_t)l->filter * l->period, l->period, s->n, dbias);
}
