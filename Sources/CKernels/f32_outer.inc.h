// Sum of outer products: dw[row j][n] += sum over pixels of x[pixel + x_offsets[j]] * dy[pixel][n], for a tile of sums
// held in registers while the pixels pass by.
//
// One operand of a tile is broadcast, M values of a pixel; the other one fills V vectors. Usually x is broadcast and
// the vectors lie along dy. Where they would stay half empty, as with 10 outputs, and the rows of the filter follow on
// in x, the two change places, and the sums are turned on their way to memory. Where neither fills them, as with 8 inputs
// of a tap and 10 outputs, the lanes of wide vectors lie along four of both, which takes a load for four values instead
// of one for each. A sum's bits are the same in any of the three ways.
//
// The pixels are cut into pieces of about CK_OUTER_PIXELS (whole images, or bands of one image's rows), so that a
// piece stays in the caches while all tiles read it. The cut depends on the rectangle's rows and columns alone; within
// a piece a sum is one chain in the order of the pixels.
//
// Tiles read a piece in steps that no hardware foresees, so with every value they ask memory for one to come. One line
// at a time: a burst of them fills the queue to memory, and the products wait behind it.

// Bytes of a piece up to which every tile asks for what it will read of the next piece. A larger one would push the
// next out of the second cache: there a tile asks for what the tile after the next one reads of the same pixels, turned
// ones for what the next one does.
enum { OUTER_PIECE = 128 << 10 };
// Rows of a tile of one vector, at least, whose values follow on: it has no more sums than rows to hide the latency.
enum { OUTER_NARROW = 10 };
// Pixels of a piece, at least, that pay for turning their sums.
enum { OUTER_TURNED = 48 };

typedef struct {
  const float *at;
  int64_t image, row, col;  // steps, in floats
  int64_t ahead;            // how far ahead memory is asked, in floats
} outer_operand;

typedef struct {
  int32_t images, rows, cols;
  int32_t is_large;      // of more than OUTER_PIECE bytes
  outer_operand x, dy;  // what is ahead of them is the next piece
} outer_piece;

// Floats from a run of rows of the filter to what is read behind it, the next run or the next piece; and from the
// outputs' gradient to the next piece, 0 if there is another run.
typedef struct {
  int64_t x, dy;
} outer_behind;

// Where sums go: a broadcast value's row, or lane l of vector v at (v * LANES + l) * lane.
typedef struct {
  float *dw;
  const int32_t *rows;  // for each broadcast value; NULL: one float apart
  int64_t lane;         // floats from lane to lane: 1 but for turned sums
  int32_t last;         // lanes of the last vector
} outer_target;

// Adds sums of M outputs x V vectors of filter rows to the filter's gradient, eight by eight.
CK_INLINE void outer_add_turned(const int rows, const int vectors, const outer_target *to, vec sum[][CK_LONG_VECTORS]) {
  enum { BLOCK = 8 };
  float sums[16][CK_TURNED_VECTORS * LANES];
  const int32_t width = (vectors - 1) * LANES + to->last;
#pragma clang loop unroll(full)
  for (int m = 0; m < rows; m++) {
    for (int v = 0; v < vectors; v++) v_store(sums[m] + v * LANES, LANES, sum[m][v]);
  }
  for (int m = 0; m < rows; m += BLOCK) {
    const int32_t height = ck_min(BLOCK, rows - m);
    const __m256i down = _mm256_loadu_si256((const __m256i *)(first_of_block + 8 - height));
    for (int32_t k = 0; k < width; k += BLOCK) {
      __m256 r[BLOCK];
      for (int i = 0; i < BLOCK; i++) r[i] = _mm256_loadu_ps(sums[m + (i < height ? i : 0)] + k);
      transpose_block(r);
      for (int i = 0; i < BLOCK; i++) {
        if (k + i >= width) continue;
        float *dw = to->dw + (k + i) * to->lane + m;
        const __m256 before = height == BLOCK ? _mm256_loadu_ps(dw) : _mm256_maskload_ps(dw, down);
        v8_store(dw, height, _mm256_add_ps(before, r[i]));
      }
    }
  }
}

// `follow`: the broadcast values follow on; else they lie at `offsets` from the pixel, and their many pointers leave no
// register to ask memory with. `asks`: for the vectors' next lines, too; asking takes the place of a load.
CK_INLINE void outer_tile(const int rows, const int vectors, const int follow, const int turned, const int asks,
                          const outer_piece *p, const outer_operand *a, const int32_t *offsets, const outer_operand *b,
                          const int32_t last, const outer_target *to) {
  vec sum[CK_TILE_NARROW][CK_LONG_VECTORS];
  const float *values[CK_TILE_NARROW];
#pragma clang loop unroll(full)
  for (int m = 0; m < rows; m++) {
    values[m] = follow ? NULL : a->at + offsets[m];
    for (int v = 0; v < vectors; v++) {
      sum[m][v] = v_set(0);
      if (!turned) __builtin_prefetch(to->dw + to->rows[m] + v * LANES, 1);
    }
  }
  for (int32_t i = 0; i < p->images; i++) {
    for (int32_t r = 0; r < p->rows; r++) {
      int64_t j = i * a->image + r * a->row;
      const float *from = b->at + i * b->image + r * b->row, *first = a->at + j;
      for (int32_t c = p->cols; c > 0; c--, from += b->col) {
        vec pixel[CK_LONG_VECTORS];
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
          pixel[v] = v_load(from + v * LANES, v + 1 < vectors ? LANES : last);
          if (asks) __builtin_prefetch(from + v * LANES + b->ahead, 0, 2);
        }
        if (follow) __builtin_prefetch(first + a->ahead, 0, 2);
#pragma clang loop unroll(full)
        for (int m = 0; m < rows; m++) {
          vec value = v_set(follow ? first[m] : values[m][j]);
#pragma clang loop unroll(full)
          for (int v = 0; v < vectors; v++) sum[m][v] = v_fma(value, pixel[v], sum[m][v]);
        }
        if (follow) first += a->col;
        else j += a->col;
      }
    }
  }
  if (turned) {
    outer_add_turned(rows, vectors, to, sum);
    return;
  }
#pragma clang loop unroll(full)
  for (int m = 0; m < rows; m++) {
    float *row = to->dw + to->rows[m];
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      const int32_t n = v + 1 < vectors ? LANES : last;
      v_store(row + v * LANES, n, v_add(v_load(row + v * LANES, n), sum[m][v]));
    }
  }
}

typedef void outer_tile_function(const outer_piece *p, const outer_operand *a, const int32_t *offsets,
                                 const outer_operand *b, const outer_target *to);

CK_INLINE void outer_tile_of(const int rows, const int vectors, const int turned, const int32_t last,
                             const outer_piece *p, const outer_operand *a, const int32_t *offsets,
                             const outer_operand *b, const outer_target *to) {
  if (offsets && !turned) outer_tile(rows, vectors, 0, 0, 0, p, a, offsets, b, last, to);
  else if (b->ahead) outer_tile(rows, vectors, 1, turned, 1, p, a, NULL, b, last, to);
  else outer_tile(rows, vectors, 1, turned, 0, p, a, NULL, b, last, to);
}

#define DEFINE_OUTER(M, V)                                                                                    \
  static void outer_##M##x##V(const outer_piece *p, const outer_operand *a, const int32_t *offsets,          \
                              const outer_operand *b, const outer_target *to) {                              \
    if (to->last == LANES) outer_tile_of(M, V, 0, LANES, p, a, offsets, b, to);                                  \
    else outer_tile_of(M, V, 0, to->last, p, a, offsets, b, to);                                                 \
  }
#define DEFINE_TURNED(M, V)                                                                                   \
  static void outer_turned_##M##x##V(const outer_piece *p, const outer_operand *a, const int32_t *offsets,   \
                                     const outer_operand *b, const outer_target *to) {                       \
    if (to->last == LANES) outer_tile_of(M, V, 1, LANES, p, a, offsets, b, to);                                  \
    else outer_tile_of(M, V, 1, to->last, p, a, offsets, b, to);                                                 \
  }
#define DEFINE_OUTER_NARROW(M) DEFINE_OUTER(M, 1)
#define DEFINE_OUTER_WIDE(M) DEFINE_OUTER(M, 2)
#define DEFINE_OUTER_TRIPLE(M) DEFINE_OUTER(M, 3)
#define DEFINE_OUTER_QUADRUPLE(M) DEFINE_OUTER(M, 4)
#define DEFINE_OUTER_LONG(M)                                                                                  \
  static void outer_##M##_long(const outer_piece *p, const outer_operand *a, const int32_t *offsets,         \
                               const outer_operand *b, const outer_target *to) {                             \
    outer_tile_of(M, CK_LONG_VECTORS, 0, LANES, p, a, offsets, b, to);                                           \
  }
#define DEFINE_OUTER_TURNED(M) DEFINE_TURNED(M, 1) DEFINE_TURNED(M, 2) DEFINE_TURNED(M, 3)
CK_EACH_NARROW(DEFINE_OUTER_NARROW)
CK_EACH_WIDE(DEFINE_OUTER_WIDE)
#if CK_OUTER_VECTORS > 2
CK_EACH_TRIPLE(DEFINE_OUTER_TRIPLE)
CK_EACH_QUADRUPLE(DEFINE_OUTER_QUADRUPLE)
#endif
CK_EACH_LONG(DEFINE_OUTER_LONG)
CK_EACH_TURNED(DEFINE_OUTER_TURNED)

#define OUTER_NARROW_ENTRY(M) [0][M] = outer_##M##x1,
#define OUTER_WIDE_ENTRY(M) [1][M] = outer_##M##x2,
#define OUTER_TRIPLE_ENTRY(M) [2][M] = outer_##M##x3,
#define OUTER_QUADRUPLE_ENTRY(M) [3][M] = outer_##M##x4,
#define OUTER_LONG_ENTRY(M) [M] = outer_##M##_long,
#define OUTER_TURNED_ENTRY(M) [M] = {outer_turned_##M##x1, outer_turned_##M##x2, outer_turned_##M##x3},
static outer_tile_function *const outer_tiles[CK_OUTER_VECTORS][CK_TILE_NARROW + 1] = {
    CK_EACH_NARROW(OUTER_NARROW_ENTRY) CK_EACH_WIDE(OUTER_WIDE_ENTRY)
#if CK_OUTER_VECTORS > 2
    CK_EACH_TRIPLE(OUTER_TRIPLE_ENTRY) CK_EACH_QUADRUPLE(OUTER_QUADRUPLE_ENTRY)
#endif
};
static const int32_t outer_tile_rows[] = {CK_TILE_NARROW, CK_TILE_WIDE, CK_TILE_TRIPLE, CK_TILE_QUADRUPLE};
static outer_tile_function *const outer_long[CK_LONG_ROWS + 1] = {CK_EACH_LONG(OUTER_LONG_ENTRY)};
static outer_tile_function *const outer_turned[CK_TURNED_ROWS + 1][CK_TURNED_VECTORS] = {
    CK_EACH_TURNED(OUTER_TURNED_ENTRY)};

// Rows of the filter whose values follow on in x, from `row` on; how many.
CK_INLINE int32_t outer_run(const int32_t *x_offsets, int32_t row, int32_t row_count) {
  int32_t end = row + 1;
  while (end < row_count && x_offsets[end] == x_offsets[end - 1] + 1) end++;
  return end - row;
}

// How the rows of a filter are summed.
typedef struct {
  int32_t follow;  // rows follow on in x in stretches long enough for tiles of their own
  int32_t turned;  // vectors lie along them
  int32_t fours;   // vectors lie along fours of rows and of outputs: how many of rows
} outer_form;

// Of a product, in tenths of a cycle: a tile of one vector loads for each of its products, which takes wide ones longer
// than multiplying. And of four outputs set apart, in each tile.
enum { OUTER_SINGLE = LANES == 16 ? 10 : 6, OUTER_SEVERAL = 6, OUTER_APART = 5 };

CK_INLINE int64_t outer_cost(int64_t others, int32_t lanes) {
  const int32_t vectors = (lanes + LANES - 1) / LANES;
  return others * vectors * (vectors == 1 ? OUTER_SINGLE : OUTER_SEVERAL);
}

// What takes the least time; vectors along dy unless another wins clearly. Turned sums also need the gradient's rows of a
// stretch to be as far apart as the first two, and fours stretches of four rows at least.
CK_INLINE outer_form outer_form_of(const ck_pixels *p, const int32_t *x_offsets, const int32_t *dw_offsets,
                                   int32_t row_count, int32_t n_count, int32_t few_pixels) {
  outer_form form = {.follow = 1};
  const int narrow = n_count <= LANES;
  int can_turn = !few_pixels, can_four = can_turn && n_count >= 4 && n_count <= 4 * CK_OUTER_FOURS;
  int64_t turned = 0;
  int32_t fours = 0;
  for (int32_t row = 0, run; row < row_count; row += run) {
    run = outer_run(x_offsets, row, row_count);
    const int alone = run == row_count && 2 * run >= p->x_col;  // all that a pixel has: from memory, if anything is
    const int short_tiles = narrow && !alone && ck_dealt(run, CK_TILE_NARROW) < OUTER_NARROW;
    if (run < ck_min(CK_OUTER_RUN, row_count)) can_turn = 0;
    if (run < ck_min(CK_OUTER_RUN, row_count) || short_tiles) form.follow = 0;
    for (int32_t j = row + 2; j < row + run; j++) {
      if (dw_offsets[j] - dw_offsets[j - 1] != dw_offsets[row + 1] - dw_offsets[row]) can_turn = 0;
    }
    if (run < 4) can_four = 0;
    turned += outer_cost(n_count, run);
    fours += (run + 3) / 4;
  }
  int64_t least = outer_cost(row_count, n_count);
  if (can_turn && 10 * turned <= 9 * least) {
    form.turned = form.follow = 1;
    least = turned;
  }
#if CK_OUTER_FOURS
  if (can_four) {
    const int32_t outputs = (n_count + 3) / 4, tile = CK_OUTER_FOURS_OF(outputs);
    const int64_t apart = (int64_t)(fours + tile - 1) / tile * outputs * OUTER_APART;
    if (10 * ((int64_t)fours * outputs * OUTER_SEVERAL + apart) <= 9 * least) form.fours = fours;
  }
#endif
  return form;
}

#if CK_OUTER_FOURS
// Four rows that follow on in x; the first of them are another four's, too, at a stretch's end.
typedef struct {
  int32_t row, others;
} outer_four;

enum { OUTER_MOST_FOURS = 10 };

CK_INLINE void outer_fours_tile(const int fours, const int outputs, const outer_piece *p, const outer_four *from,
                                const int32_t *x_offsets, const int32_t *dw_offsets, int32_t n_count, float *dw) {
  vec sum[OUTER_MOST_FOURS][CK_OUTER_FOURS];
  const float *values[OUTER_MOST_FOURS];
#pragma clang loop unroll(full)
  for (int m = 0; m < fours; m++) {
    values[m] = p->x.at + x_offsets[from[m].row];
    for (int v = 0; v < outputs; v++) sum[m][v] = v_set(0);
  }
  const int32_t last = n_count - 4;  // the last outputs' four; it may share some with the one before
  for (int32_t i = 0; i < p->images; i++) {
    for (int32_t r = 0; r < p->rows; r++) {
      int64_t j = i * p->x.image + r * p->x.row;
      const float *dy = p->dy.at + i * p->dy.image + r * p->dy.row;
      for (int32_t c = p->cols; c > 0; c--, dy += p->dy.col, j += p->x.col) {
        vec pixel[CK_OUTER_FOURS];
#pragma clang loop unroll(full)
        for (int v = 0; v < outputs; v++) pixel[v] = v_quad_apart(dy + (v + 1 < outputs ? 4 * v : last));
#pragma clang loop unroll(full)
        for (int m = 0; m < fours; m++) {
          const vec four = v_quad(values[m] + j);
#pragma clang loop unroll(full)
          for (int v = 0; v < outputs; v++) sum[m][v] = v_fma(four, pixel[v], sum[m][v]);
        }
      }
    }
  }
#pragma clang loop unroll(full)
  for (int m = 0; m < fours; m++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < outputs; v++) {
      const int32_t n = v + 1 < outputs ? 4 * v : last;
      v_quads_add(dw + n, dw_offsets + from[m].row, from[m].others, 4 * v - n, sum[m][v]);
    }
  }
}

typedef void outer_fours_function(const outer_piece *p, const outer_four *from, const int32_t *x_offsets,
                                  const int32_t *dw_offsets, int32_t n_count, float *dw);
#define DEFINE_OUTER_FOURS(M, V)                                                                               \
  static void outer_fours_##M##x##V(const outer_piece *p, const outer_four *from, const int32_t *x_offsets,   \
                                    const int32_t *dw_offsets, int32_t n_count, float *dw) {                  \
    outer_fours_tile(M, V, p, from, x_offsets, dw_offsets, n_count, dw);                                      \
  }
CK_EACH_OUTER_FOURS(DEFINE_OUTER_FOURS)
#define OUTER_FOURS_ENTRY(M, V) [V - 1][M] = outer_fours_##M##x##V,
static outer_fours_function *const outer_fours_tiles[CK_OUTER_FOURS][OUTER_MOST_FOURS + 1] = {
    CK_EACH_OUTER_FOURS(OUTER_FOURS_ENTRY)};

// So many fours of rows, dealt out evenly; the outputs are few enough to be in each tile.
CK_INLINE void outer_fours(const outer_piece *piece, const int32_t *x_offsets, const int32_t *dw_offsets,
                           int32_t row_count, int32_t fours, int32_t n_count, float *dw) {
  const int32_t outputs = (n_count + 3) / 4;
  for (int32_t row = 0, end = 0; fours > 0;) {
    outer_four tile[OUTER_MOST_FOURS];
    const int32_t count = ck_dealt(fours, CK_OUTER_FOURS_OF(outputs));
    for (int32_t m = 0; m < count; m++, row += 4) {
      if (row >= end) {
        row = end;
        end = row + outer_run(x_offsets, row, row_count);
      }
      const int32_t others = row + 4 > end ? row + 4 - end : 0;
      tile[m] = (outer_four){row - others, others};
    }
    outer_fours_tiles[outputs - 1][count](piece, tile, x_offsets, dw_offsets, n_count, dw);
    fours -= count;
  }
}
#else
CK_INLINE void outer_fours(const outer_piece *piece, const int32_t *x_offsets, const int32_t *dw_offsets,
                           int32_t row_count, int32_t fours, int32_t n_count, float *dw) {
  (void)piece, (void)x_offsets, (void)dw_offsets, (void)row_count, (void)fours, (void)n_count, (void)dw;
}
#endif

// The tiles of rows that follow on: vectors along them, and outputs dealt out evenly.
CK_INLINE void outer_run_turned(const outer_piece *piece, const outer_behind *behind, const int32_t *x_offsets,
                                const int32_t *dw_offsets, int32_t run, int32_t n_count, float *dw) {
  outer_target to = {.lane = run > 1 ? dw_offsets[1] - dw_offsets[0] : 0};
  for (int32_t first = 0, width; first < run; first += width) {
    const int32_t vectors = ck_dealt((run - first + LANES - 1) / LANES, CK_TURNED_VECTORS);
    width = ck_min(vectors * LANES, run - first);
    outer_operand x = piece->x, dy = piece->dy;
    x.at += x_offsets[first];
    if (piece->is_large) {
      x.ahead = first + width < run ? width : behind->x - first;
      dy.ahead = behind->dy;
    }
    to.last = width - (vectors - 1) * LANES;
    int32_t left = n_count;
    for (int32_t tiles = (n_count + CK_TURNED_ROWS - 1) / CK_TURNED_ROWS; tiles > 0; tiles--) {
      const int32_t outputs = (left + tiles - 1) / tiles;
      dy.at = piece->dy.at + n_count - left;
      if (first) dy.ahead = 0;
      to.dw = dw + dw_offsets[first] + n_count - left;
      outer_turned[outputs][vectors - 1](piece, &dy, NULL, &x, &to);
      x.ahead = 0;
      left -= outputs;
    }
  }
}

// How far ahead of outputs [first, first + width) of a large piece the next ones are.
CK_INLINE int64_t outer_next_panel(const outer_behind *behind, int32_t first, int32_t width, int32_t n_count) {
  return first + width < n_count ? width : behind->dy - (behind->dy ? first : 0);
}

// Tiles of `row_count` rows of the filter: channels outside, so that a panel of dy is read from the first cache by all
// but one tile. The rows are dealt out evenly: 25 are 9 + 8 + 8, not 12 + 12 + 1, whose last tile could not hide the
// latency.
CK_INLINE void outer_rows(const outer_piece *piece, const outer_behind *behind, const int32_t *x_offsets,
                          const int32_t *dw_offsets, int32_t row_count, int32_t follow, int32_t n_count, float *dw) {
  outer_operand x = piece->x, dy = piece->dy;
  outer_target to = {.lane = 1};
  int32_t first = 0;
  if (row_count <= CK_LONG_ROWS) {
    if (follow) x.at += x_offsets[0];
    for (int32_t width = CK_LONG_VECTORS * LANES; first + width <= n_count; first += width) {
      to = (outer_target){dw + first, dw_offsets, 1, LANES};
      dy.at = piece->dy.at + first;
      if (piece->is_large) dy.ahead = outer_next_panel(behind, first, width, n_count);
      outer_long[row_count](piece, &x, follow ? NULL : x_offsets, &dy, &to);
      x.ahead = 0;
    }
  }
  for (int32_t width; first < n_count; first += width) {
    const int32_t vectors = ck_dealt((n_count - first + LANES - 1) / LANES, CK_OUTER_VECTORS);
    const int32_t most = outer_tile_rows[vectors - 1];
    width = ck_min(vectors * LANES, n_count - first);
    const int32_t is_last = first + width == n_count;
    to.last = width - (vectors - 1) * LANES;
    to.dw = dw + first;
    dy.at = piece->dy.at + first;
    dy.ahead = piece->is_large ? 0 : piece->dy.ahead;
    int32_t left = row_count;
    for (int32_t tile_count = (row_count + most - 1) / most; tile_count > 0; tile_count--) {
      const int32_t rows = (left + tile_count - 1) / tile_count, row = row_count - left;
      to.rows = dw_offsets + row;
      x.at = piece->x.at + (follow ? x_offsets[row] : 0);
      if (piece->is_large) {
        const int32_t later = 2 * rows, beyond = later - left;
        x.ahead = beyond < 0 ? later : is_last ? behind->x - row + ck_min(beyond, row_count - 1) : 0;
        if (tile_count == 1) dy.ahead = outer_next_panel(behind, first, width, n_count);
      }
      outer_tiles[vectors - 1][rows](piece, &x, follow ? NULL : x_offsets + row, &dy, &to);
      dy.ahead = 0;
      left -= rows;
    }
    x.ahead = 0;
  }
}

void CK_NAME(outer)(const ck_pixels *p, const int32_t *x_offsets, const int32_t *dw_offsets, int32_t row_count,
                    const float *x, const float *dy, int32_t n_count, float *dw) {
  if (p->rows <= 0 || p->cols <= 0 || row_count <= 0) return;
  const int64_t image_pixels = (int64_t)p->rows * p->cols;
  const int32_t image_step = image_pixels < CK_OUTER_PIXELS ? (int32_t)(CK_OUTER_PIXELS / image_pixels) : 1;
  const int32_t row_step = ck_max(1, ck_min(p->rows, CK_OUTER_PIXELS / p->cols));
  const int64_t piece_pixels = (int64_t)ck_min(image_step, p->images) * row_step * p->cols;
  const outer_form form =
      outer_form_of(p, x_offsets, dw_offsets, row_count, n_count, piece_pixels < OUTER_TURNED);
  const int64_t bytes = piece_pixels * ((int64_t)p->x_col + p->y_col) * (int64_t)sizeof *x;
  for (int32_t i = 0; i < p->images; i += image_step) {
    for (int32_t r = 0; r < p->rows; r += row_step) {
      outer_piece piece = {.images = ck_min(image_step, p->images - i), .rows = ck_min(row_step, p->rows - r),
                           .cols = p->cols, .is_large = bytes > OUTER_PIECE,
                           .x = {x + i * p->x_image + (int64_t)r * p->x_row, p->x_image, p->x_row, p->x_col, 0},
                           .dy = {dy + i * p->y_image + (int64_t)r * p->y_row, p->y_image, p->y_row, p->y_col, 0}};
      // Behind an image's last piece is the next image's first; behind the last of all, what another call reads.
      const int ends = r + row_step >= p->rows && i + image_step < p->images;
      piece.x.ahead = ends ? image_step * p->x_image - (int64_t)r * p->x_row : (int64_t)row_step * p->x_row;
      piece.dy.ahead = ends ? image_step * p->y_image - (int64_t)r * p->y_row : (int64_t)row_step * p->y_row;
      if (form.fours) {
        outer_fours(&piece, x_offsets, dw_offsets, row_count, form.fours, n_count, dw);
        continue;
      }
      if (!form.follow) {
        outer_rows(&piece, &(outer_behind){0, 0}, x_offsets, dw_offsets, row_count, 0, n_count, dw);
        continue;
      }
      for (int32_t row = 0, run; row < row_count; row += run) {
        run = outer_run(x_offsets, row, row_count);
        const int32_t next = row + run < row_count ? row + run : 0;
        const outer_behind behind = {x_offsets[next] - x_offsets[row] + (next ? 0 : piece.x.ahead),
                                     next ? 0 : piece.dy.ahead};
        (form.turned ? outer_run_turned(&piece, &behind, x_offsets + row, dw_offsets + row, run, n_count, dw)
                     : outer_rows(&piece, &behind, x_offsets + row, dw_offsets + row, run, 1, n_count, dw));
      }
    }
  }
}
