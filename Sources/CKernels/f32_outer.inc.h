// Sum of outer products: dw[row j][n] += sum over pixels of x[pixel + x_offsets[j]] * dy[pixel][n], for a tile of
// M rows x V vectors held in registers while the pixels pass by.
//
// The pixels are cut into pieces of about CK_OUTER_PIXELS (whole images, or bands of one image's rows), so that a
// piece's dy stays in the first cache while all tiles read it. The cut depends on the rectangle's rows and columns
// alone; within a piece a sum is one chain in the order of the pixels.
//
// Tiles read a piece's x in steps that no hardware foresees, so they ask memory for the next piece's, a little at the
// beginning of each of their rows.

// Pixels that lie further apart, in floats, share few sets of the first cache: nothing stays there until it is read.
enum { OUTER_LINE = 16, OUTER_APART = 512 };

typedef struct {
  int32_t images, rows, cols;
  int32_t last;  // lanes of the last vector
  int64_t x_image, x_row, x_col, y_image, y_row, y_col;
  const float *x, *dy;
  const float *next, *next_end;  // what the next piece reads of x and no piece before it
  int64_t next_step;             // how much of that a row asks for, in floats
} outer_piece;

CK_INLINE void outer_tile(const int rows, const int vectors, const outer_piece *p, const int32_t last,
                          const int32_t *x_offsets, const int32_t *dw_offsets, float *dw) {
  vec sum[CK_TILE_NARROW][CK_LONG_VECTORS];
  const float *x[CK_TILE_NARROW], *next = p->next;
#pragma clang loop unroll(full)
  for (int m = 0; m < rows; m++) {
    x[m] = p->x + x_offsets[m];
    for (int v = 0; v < vectors; v++) {
      sum[m][v] = v_set(0);
      __builtin_prefetch(dw + dw_offsets[m] + v * LANES, 1);
    }
  }
  for (int32_t i = 0; i < p->images; i++) {
    for (int32_t r = 0; r < p->rows; r++) {
      const float *const asked = p->next_end - next < p->next_step ? p->next_end : next + p->next_step;
      for (; next < asked; next += OUTER_LINE) __builtin_prefetch(next);
      int64_t j = i * p->x_image + r * p->x_row;
      const float *dy = p->dy + i * p->y_image + r * p->y_row;
      for (int32_t c = p->cols; c > 0; c--, j += p->x_col, dy += p->y_col) {
        vec pixel[CK_LONG_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) pixel[v] = v_load(dy + v * LANES, v + 1 < vectors ? LANES : last);
#pragma clang loop unroll(full)
        for (int m = 0; m < rows; m++) {
          vec value = v_set(x[m][j]);
#pragma clang loop unroll(full)
          for (int v = 0; v < vectors; v++) sum[m][v] = v_fma(value, pixel[v], sum[m][v]);
        }
      }
    }
  }
#pragma clang loop unroll(full)
  for (int m = 0; m < rows; m++) {
    float *row = dw + dw_offsets[m];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const int32_t n = v + 1 < vectors ? LANES : last;
      v_store(row + v * LANES, n, v_add(v_load(row + v * LANES, n), sum[m][v]));
    }
  }
}

typedef void outer_tile_function(const outer_piece *p, const int32_t *x_offsets, const int32_t *dw_offsets,
                                 float *dw);

#define DEFINE_OUTER(M, V)                                                                            \
  static void outer_##M##x##V(const outer_piece *p, const int32_t *x_offsets,                         \
                              const int32_t *dw_offsets, float *dw) {                                 \
    if (p->last == LANES) outer_tile(M, V, p, LANES, x_offsets, dw_offsets, dw);                      \
    else outer_tile(M, V, p, p->last, x_offsets, dw_offsets, dw);                                     \
  }
#define DEFINE_OUTER_WIDE(M) DEFINE_OUTER(M, 2)
#define DEFINE_OUTER_NARROW(M) DEFINE_OUTER(M, 1)
#define DEFINE_OUTER_LONG(M)                                                                          \
  static void outer_##M##_long(const outer_piece *p, const int32_t *x_offsets,                        \
                               const int32_t *dw_offsets, float *dw) {                                \
    outer_tile(M, CK_LONG_VECTORS, p, LANES, x_offsets, dw_offsets, dw);                              \
  }
CK_EACH_WIDE(DEFINE_OUTER_WIDE)
CK_EACH_NARROW(DEFINE_OUTER_NARROW)
CK_EACH_LONG(DEFINE_OUTER_LONG)

#define OUTER_WIDE_ENTRY(M) [M] = outer_##M##x2,
#define OUTER_NARROW_ENTRY(M) [M] = outer_##M##x1,
#define OUTER_LONG_ENTRY(M) [M] = outer_##M##_long,
static outer_tile_function *const outer_long[CK_LONG_ROWS + 1] = {CK_EACH_LONG(OUTER_LONG_ENTRY)};
static outer_tile_function *const outer_wide[CK_TILE_WIDE + 1] = {CK_EACH_WIDE(OUTER_WIDE_ENTRY)};
static outer_tile_function *const outer_narrow[CK_TILE_NARROW + 1] = {CK_EACH_NARROW(OUTER_NARROW_ENTRY)};

// All tiles of one piece: channels outside, so that a panel of dy is read from the first cache by all but one tile.
// The rows are dealt out evenly: 25 are 9 + 8 + 8, not 12 + 12 + 1, whose last tile could not hide the latency.
CK_INLINE void outer_tiles(outer_piece *piece, const int32_t *x_offsets, const int32_t *dw_offsets,
                           int32_t row_count, int32_t n_count, float *dw) {
  const float *dy = piece->dy;
  int32_t first = 0;
  if (row_count <= CK_LONG_ROWS) {
    for (; first + CK_LONG_VECTORS * LANES <= n_count; first += CK_LONG_VECTORS * LANES) {
      piece->dy = dy + first;
      outer_long[row_count](piece, x_offsets, dw_offsets, dw + first);
    }
  }
  for (; first < n_count; first += 2 * LANES) {
    const int32_t width = ck_min(2 * LANES, n_count - first);
    const int32_t wide = width > LANES, most = wide ? CK_TILE_WIDE : CK_TILE_NARROW;
    outer_tile_function *const *tiles = wide ? outer_wide : outer_narrow;
    piece->last = wide ? width - LANES : width;
    piece->dy = dy + first;
    int32_t left = row_count;
    for (int32_t tile_count = (row_count + most - 1) / most; tile_count > 0; tile_count--) {
      const int32_t rows = (left + tile_count - 1) / tile_count, row = row_count - left;
      tiles[rows](piece, x_offsets + row, dw_offsets + row, dw + first);
      const int64_t asked = (int64_t)piece->images * piece->rows * piece->next_step;
      piece->next = piece->next_end - piece->next < asked ? piece->next_end : piece->next + asked;
      left -= rows;
    }
  }
}

// What of x the filter's rows reach from a row of pixels: the first float and their number.
typedef struct {
  int64_t first, count;
} outer_reach;

CK_INLINE outer_reach outer_reach_of(const ck_pixels *p, const int32_t *x_offsets, int32_t row_count) {
  int32_t least = x_offsets[0], most = x_offsets[0];
  for (int32_t j = 1; j < row_count; j++) {
    least = ck_min(least, x_offsets[j]);
    most = ck_max(most, x_offsets[j]);
  }
  return (outer_reach){least, (int64_t)(p->cols - 1) * p->x_col + most - least + 1};
}

// Nothing where rows are left out between those that are read, or pixels are too far apart.
CK_INLINE void outer_look_ahead(const ck_pixels *p, outer_reach reach, int32_t tile_count, int32_t rows_left,
                                int32_t images_left, int32_t row_step, int32_t image_step, outer_piece *piece) {
  if (reach.count < p->x_row - p->x_row / 4 || p->x_col >= OUTER_APART) return;
  const float *image = piece->x + reach.first;
  int64_t floats = 0;
  if (rows_left > 0) {
    piece->next = image + (int64_t)(piece->rows - 1) * p->x_row + reach.count;
    floats = (int64_t)ck_min(rows_left, row_step) * p->x_row;
  } else if (images_left > 0) {
    piece->next = image + piece->images * p->x_image - (int64_t)(p->rows - piece->rows) * p->x_row;
    floats = (ck_min(images_left, image_step) - 1) * p->x_image + (int64_t)(row_step - 1) * p->x_row + reach.count;
  }
  piece->next_end = piece->next + floats;
  const int64_t turns = (int64_t)tile_count * piece->images * piece->rows;
  piece->next_step = (floats / OUTER_LINE + turns) / turns * OUTER_LINE;
}

void CK_NAME(outer)(const ck_pixels *p, const int32_t *x_offsets, const int32_t *dw_offsets, int32_t row_count,
                    const float *x, const float *dy, int32_t n_count, float *dw) {
  if (p->rows <= 0 || p->cols <= 0 || row_count <= 0) return;
  const int64_t image_pixels = (int64_t)p->rows * p->cols;
  const int32_t image_step = image_pixels < CK_OUTER_PIXELS ? (int32_t)(CK_OUTER_PIXELS / image_pixels) : 1;
  const int32_t row_step = ck_max(1, ck_min(p->rows, CK_OUTER_PIXELS / p->cols));
  const outer_reach reach = outer_reach_of(p, x_offsets, row_count);
  const int32_t tile_count = ((row_count + CK_TILE_NARROW - 1) / CK_TILE_NARROW) * ((n_count + 2 * LANES - 1) / (2 * LANES));
  for (int32_t i = 0; i < p->images; i += image_step) {
    for (int32_t r = 0; r < p->rows; r += row_step) {
      outer_piece piece = {
          .images = ck_min(image_step, p->images - i), .rows = ck_min(row_step, p->rows - r), .cols = p->cols,
          .x_image = p->x_image, .x_row = p->x_row, .x_col = p->x_col,
          .y_image = p->y_image, .y_row = p->y_row, .y_col = p->y_col,
          .x = x + i * p->x_image + (int64_t)r * p->x_row, .dy = dy + i * p->y_image + (int64_t)r * p->y_row,
      };
      outer_look_ahead(p, reach, tile_count, p->rows - r - piece.rows, p->images - i - piece.images, row_step, image_step,
                       &piece);
      outer_tiles(&piece, x_offsets, dw_offsets, row_count, n_count, dw);
    }
  }
}
