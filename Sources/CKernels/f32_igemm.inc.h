// Indirect matrix product: for a tile of M pixels x V vectors of output channels, every run's values are broadcast
// from where they lie in x and multiplied with rows of the filter; the sums stay in registers.
//
// The pixels of a rectangle are taken in one row, over its rows and images, M at a time, so that only the last tile
// is short. A sum is one chain of fused multiply-adds in the order of the runs, whatever tile it falls into: equal
// bits for any M, number of images, or split of the channels.

// Values of a filter that leave room for others in the first cache, which is larger where vectors are wide.
enum { IGEMM_SHORT = LANES == 16 ? 9216 : 6144 };

// Pixels of one long run each read every value once: memory is asked for a value this many floats before its turn, a
// line at a time between the products. All at once, or not at all, it takes twice as long to answer.
// Pixels of several runs ask for what the pixels of the next row read and theirs do not. Where a pixel has few lines
// they are asked for at once: there are no stretches of the sum to ask between.
enum { IGEMM_LINE = 16, IGEMM_AHEAD = 6144, IGEMM_PIXELS_AHEAD = 48, IGEMM_FEW = 3 * IGEMM_LINE };
// Outputs that leave the first caches ask for the line that a later tile writes, this many floats further on or more: a
// store that misses waits for its line, and all later ones wait behind it. Those past the caches do in parts of lines,
// and others of several vectors from IGEMM_FAR floats on; one vector's outputs follow on, which hardware foresees.
enum { IGEMM_WRITTEN_AHEAD = 512, IGEMM_STRIP_AHEAD = 1024, IGEMM_FAR = 128 << 10 };

// Vectors of a tile, at most.
enum { IGEMM_VECTORS = CK_TILE_QUADRUPLE ? 4 : 3 };

// Vectors of the next tile where so many outputs are left: whole panels of packed ones, whose vectors do not follow on
// from panel to panel, but for the last. Others are dealt out evenly.
CK_INLINE int32_t igemm_vectors(int32_t outputs, int packed) {
  const int32_t vectors = (outputs + LANES - 1) / LANES, most = CK_PANEL / LANES;
  if (vectors <= IGEMM_VECTORS) return vectors;
  return packed || most < IGEMM_VECTORS ? most : ck_dealt(vectors, most);
}

// One value of a sum: where it lies from the pixel, and its row of the filter, in floats.
typedef struct {
  int32_t x;
  int64_t w;
} igemm_term;

// What all tiles of a panel share.
typedef struct {
  const ck_run *runs;
  int32_t run_count;
  int32_t last;  // lanes of the last vector
  const float *w;
  int64_t ldw;
  int64_t third;  // from a row's first vector to its third, which is in the next panel if two fill one
  const igemm_term *terms;  // instead of the runs, where these are short
  int32_t term_count;
  vec bias[IGEMM_VECTORS], floor;
  int32_t accumulate;
  int32_t streams;  // outputs go past the caches in whole vectors, aligned; 2: in fours of lanes, aligned to these
  int64_t written_ahead;  // as IGEMM_WRITTEN_AHEAD has it; 0 asks for no line to write
  int64_t ahead;        // floats; 0 asks for nothing
  int32_t ahead_run;    // the first run that memory is asked for,
  int32_t ahead_count;  // and how many of its values
} igemm_panel;

CK_INLINE void igemm_step(const int pixels, const int vectors, const int32_t last, const float *const x[], int64_t j,
                          const float *w, int64_t third, vec sum[][IGEMM_VECTORS]) {
  vec row[IGEMM_VECTORS];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    const int follows = CK_PANEL > 2 * LANES || v < 2;
    row[v] = v_load(w + (follows ? v * LANES : third), v + 1 < vectors ? LANES : last);
  }
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) v_fma_row(vectors, x[m], j, row, sum[m]);
}

// `past`: memory is asked ahead and outputs may go past the caches; a loop of its own, since that takes registers.
// `listed`: terms instead of runs.
CK_INLINE void igemm_tile(const int pixels, const int vectors, const int past, const int listed, const igemm_panel *p,
                          const int32_t last, const float *const from[], float *const y[]) {
  const float *x[CK_TILE_NARROW];  // in registers, as what is written could be taken to change them
  vec sum[CK_TILE_NARROW][IGEMM_VECTORS];
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) {
    x[m] = from[m];
    for (int v = 0; v < vectors; v++) sum[m][v] = v_set(0);
  }
  for (int32_t k = 0; listed && k < p->term_count; k++) {
    igemm_step(pixels, vectors, last, x, p->terms[k].x, p->w + p->terms[k].w, p->third, sum);
  }
  for (int32_t r = 0; !listed && r < p->run_count; r++) {
    const float *w = p->w + p->runs[r].k * p->ldw;
    int64_t j = p->runs[r].x, end = j + p->runs[r].count;
    if (past && p->ahead && r >= p->ahead_run) {
      const int64_t asked = ck_min(p->runs[r].count, p->ahead_count) + j;
      for (; j + IGEMM_LINE <= asked; j += IGEMM_LINE) {
#pragma clang loop unroll(full)
        for (int m = 0; m < pixels; m++) __builtin_prefetch(x[m] + j + p->ahead);
        for (int k = 0; k < IGEMM_LINE; k++, w += p->ldw) {
          igemm_step(pixels, vectors, last, x, j + k, w, p->third, sum);
        }
      }
    }
    for (; j < end; j++, w += p->ldw) igemm_step(pixels, vectors, last, x, j, w, p->third, sum);
  }
  if (p->accumulate) {
#pragma clang loop unroll(full)
    for (int m = 0; m < pixels; m++) {
      for (int v = 0; v < vectors; v++) {
        const int32_t n = v + 1 < vectors ? LANES : last;
        v_store(y[m] + v * LANES, n, v_add(v_load(y[m] + v * LANES, n), sum[m][v]));
      }
    }
    return;
  }
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) {  // all before the first store, which could be taken to change the panel
    for (int v = 0; v < vectors; v++) sum[m][v] = v_max(p->floor, v_add(sum[m][v], p->bias[v]));
  }
  if (past && p->streams) {
#pragma clang loop unroll(full)
    for (int m = 0; m < pixels; m++) {
      for (int v = 0; v < vectors; v++) v_stream(y[m] + v * LANES, sum[m][v]);
    }
    return;
  }
  const int64_t written_ahead = p->written_ahead;
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) {
    for (int v = 0; v < vectors; v++) v_store(y[m] + v * LANES, v + 1 < vectors ? LANES : last, sum[m][v]);
  }
  if (written_ahead == 0) return;
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) {
    for (int v = 0; v < vectors; v++) {
      if (v == 0 || last == LANES) ck_prefetch_write(y[m] + v * LANES + written_ahead);
    }
  }
}

typedef void igemm_tile_function(const igemm_panel *p, const float *const x[], float *const y[]);

#define DEFINE_TILE(M, V, NAME, PAST, LISTED)                                                               \
  static void igemm_##NAME##_##M##x##V(const igemm_panel *p, const float *const x[], float *const y[]) {    \
    if (p->last == LANES) igemm_tile(M, V, PAST, LISTED, p, LANES, x, y);                                   \
    else igemm_tile(M, V, PAST, LISTED, p, p->last, x, y);                                                  \
  }
#if CK_TILE_LISTS
#define DEFINE_LISTED(M, V) DEFINE_TILE(M, V, listed, 0, 1)
#define LISTED_ENTRY(M, V) igemm_listed_##M##x##V
#else
#define DEFINE_LISTED(M, V)
#define LISTED_ENTRY(M, V) NULL
#endif
#define DEFINE_TILES(M, V) DEFINE_TILE(M, V, near, 0, 0) DEFINE_TILE(M, V, past, 1, 0)
#define DEFINE_NARROW(M) DEFINE_TILES(M, 1)
#define DEFINE_WIDE(M) DEFINE_TILES(M, 2) DEFINE_LISTED(M, 2)
#define DEFINE_TRIPLE(M) DEFINE_TILES(M, 3) DEFINE_LISTED(M, 3)
CK_EACH_NARROW(DEFINE_NARROW)
CK_EACH_WIDE(DEFINE_WIDE)
CK_EACH_TRIPLE(DEFINE_TRIPLE)
#define DEFINE_QUADRUPLE(M) DEFINE_TILES(M, 4)
CK_EACH_QUADRUPLE(DEFINE_QUADRUPLE)

enum { IGEMM_NEAR, IGEMM_PAST, IGEMM_LISTED, IGEMM_KINDS };
#define TILE_ENTRY(M, V, LISTED) [V - 1][M] = {igemm_near_##M##x##V, igemm_past_##M##x##V, LISTED},
#define NARROW_ENTRY(M) TILE_ENTRY(M, 1, NULL)
#define WIDE_ENTRY(M) TILE_ENTRY(M, 2, LISTED_ENTRY(M, 2))
#define TRIPLE_ENTRY(M) TILE_ENTRY(M, 3, LISTED_ENTRY(M, 3))
#define QUADRUPLE_ENTRY(M) TILE_ENTRY(M, 4, NULL)
static igemm_tile_function *const igemm_tiles[IGEMM_VECTORS][CK_TILE_NARROW + 1][IGEMM_KINDS] = {
    CK_EACH_NARROW(NARROW_ENTRY) CK_EACH_WIDE(WIDE_ENTRY) CK_EACH_TRIPLE(TRIPLE_ENTRY)
    CK_EACH_QUADRUPLE(QUADRUPLE_ENTRY)};
static const int32_t igemm_tile_pixels[] = {CK_TILE_NARROW, CK_TILE_WIDE, CK_TILE_TRIPLE, CK_TILE_QUADRUPLE};

// Where the walk over the pixels stands.
typedef struct {
  int32_t row, col;
  const float *x_image, *x;
  float *y_image, *y;
} igemm_walk;

CK_INLINE void igemm_take(const ck_pixels *p, igemm_walk *at, int32_t count, const float *x[], float *y[]) {
  if (at->col + count < p->cols) {  // all in one row: only saves time
    for (int32_t m = 0; m < count; m++) {
      x[m] = at->x + (int64_t)m * p->x_col;
      y[m] = at->y + (int64_t)m * p->y_col;
    }
    at->x += (int64_t)count * p->x_col;
    at->y += (int64_t)count * p->y_col;
    at->col += count;
    return;
  }
  for (int32_t m = 0; m < count; m++) {
    x[m] = at->x;
    y[m] = at->y;
    at->x += p->x_col;
    at->y += p->y_col;
    if (++at->col < p->cols) continue;
    at->col = 0;
    if (++at->row == p->rows) {
      at->row = 0;
      at->x_image += p->x_image;
      at->y_image += p->y_image;
    }
    at->x = at->x_image + (int64_t)at->row * p->x_row;
    at->y = at->y_image + (int64_t)at->row * p->y_row;
  }
}

// How many pixels ahead that is; 0 where values are read more than once, or where short runs follow on in memory, which
// is then read in order anyway.
CK_INLINE int32_t igemm_pixels_ahead(const ck_pixels *p, const ck_run *runs, int32_t run_count) {
  if (run_count != 1 || p->cols == 1) return 0;
  if (runs->count < IGEMM_LINE || (runs->count < 2 * IGEMM_LINE && p->x_col == runs->count)) return 0;
  return ck_min(ck_min(p->cols, IGEMM_PIXELS_AHEAD), ck_max(CK_TILE_NARROW, IGEMM_AHEAD / ck_max(1, p->x_col)));
}

// The first of the runs that reach rows which only the next row of pixels reads, too; `run_count` where nothing is asked
// for: one row, or outputs so many that products take longer than memory.
CK_INLINE int32_t igemm_next_row_run(const ck_pixels *p, const ck_run *runs, int32_t run_count, int32_t n_count) {
  if (run_count < 2 || p->rows == 1 || n_count > 2 * LANES) return run_count;
  int32_t r = 0;
  while (r + 1 < run_count && runs[r].x + p->x_row <= runs[run_count - 1].x) r++;
  return r;
}

// From a pixel to the one below it; below the last row is the next image's first.
CK_INLINE int64_t igemm_floats_to_next_row(const ck_pixels *p, const igemm_walk *at) {
  return at->row + 1 < p->rows ? p->x_row : p->x_image - (int64_t)at->row * p->x_row;
}

// Asks for so many floats of each run from `first` on, `ahead` of where the pixel at x reads them.
CK_INLINE void igemm_ask(const ck_run *runs, int32_t first, int32_t run_count, const float *x, int64_t ahead,
                         int32_t floats) {
  for (int32_t r = first; r < run_count; r++) {
    for (int32_t j = 0; j < floats; j += IGEMM_LINE) __builtin_prefetch(x + runs[r].x + j + ahead);
  }
}

// From a pixel to the one so many ahead, in floats; in this row or the next.
CK_INLINE int64_t igemm_floats_ahead(const ck_pixels *p, const igemm_walk *at, int32_t pixels) {
  const int64_t floats = (int64_t)pixels * p->x_col;
  return at->col + pixels < p->cols ? floats : floats + p->x_row - (int64_t)p->cols * p->x_col;
}

// A few pixels x many vectors: what is written follows on in memory.
CK_INLINE void igemm_strip(const int pixels, const int vectors, const int past, const igemm_panel *p,
                           const float *bias, const int32_t last, const float *const x[], float *const y[],
                           v_lines *lines) {
  vec sum[CK_STRIP_PIXELS][CK_STRIP_VECTORS];
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    for (int m = 0; m < pixels; m++) sum[m][v] = v_set(0);
  }
  for (int32_t r = 0; r < p->run_count; r++) {
    const float *w = p->w + p->runs[r].k * p->ldw;
    int64_t j = p->runs[r].x, end = j + p->runs[r].count;
    for (; j < end; j++, w += p->ldw) {
      if (past && p->ahead && (j - p->runs[r].x) % IGEMM_LINE == 0) {
#pragma clang loop unroll(full)
        for (int m = 0; m < pixels; m++) __builtin_prefetch(x[m] + j + p->ahead);
      }
      vec value[CK_STRIP_PIXELS];
#pragma clang loop unroll(full)
      for (int m = 0; m < pixels; m++) value[m] = v_set(x[m][j]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) {
        const vec row = v_load(w + v * LANES, v + 1 < vectors ? LANES : last);
#pragma clang loop unroll(full)
        for (int m = 0; m < pixels; m++) sum[m][v] = v_fma(value[m], row, sum[m][v]);
      }
    }
  }
#pragma clang loop unroll(full)
  for (int v = 0; v < vectors; v++) {
    const vec offset = bias ? v_load(bias + v * LANES, v + 1 < vectors ? LANES : last) : v_set(-0.0f);
#pragma clang loop unroll(full)
    for (int m = 0; m < pixels; m++) sum[m][v] = v_max(p->floor, v_add(sum[m][v], offset));
  }
  if (past && lines) {
#pragma clang loop unroll(full)
    for (int m = 0; m < pixels; m++) {
      v_lines_at(lines, y[m]);
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) v_lines_put(lines, v + 1 < vectors ? LANES : last, sum[m][v]);
    }
    return;
  }
  if (past && p->streams) {
#pragma clang loop unroll(full)
    for (int m = 0; m < pixels; m++) {
#pragma clang loop unroll(full)
      for (int v = 0; v < vectors; v++) v_stream(y[m] + v * LANES, sum[m][v]);
    }
    return;
  }
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) {
      v_store(y[m] + v * LANES, v + 1 < vectors ? LANES : last, sum[m][v]);
    }
  }
  if (p->written_ahead == 0) return;
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) {
#pragma clang loop unroll(full)
    for (int v = 0; v < vectors; v++) ck_prefetch_write(y[m] + v * LANES + p->written_ahead);
  }
}

typedef void igemm_strip_function(const igemm_panel *p, const float *bias, const float *const x[], float *const y[],
                                  v_lines *lines);

#define DEFINE_STRIP_ONE(V)                                                                                    \
  static void igemm_strip_##V##x1(const igemm_panel *p, const float *bias, const float *const x[],            \
                                  float *const y[], v_lines *lines) {                                         \
    igemm_strip(1, V, 1, p, bias, p->last, x, y, lines);                                                      \
  }
#define DEFINE_STRIP(V, M)                                                                                     \
  static void igemm_strip_##V##x##M(const igemm_panel *p, const float *bias, const float *const x[],          \
                                    float *const y[], v_lines *lines) {                                       \
    const int past = lines || p->streams || p->ahead;                                                         \
    if (past && p->last == LANES) igemm_strip(M, V, 1, p, bias, LANES, x, y, lines);                          \
    else if (past) igemm_strip(M, V, 1, p, bias, p->last, x, y, lines);                                       \
    else if (p->last == LANES) igemm_strip(M, V, 0, p, bias, LANES, x, y, NULL);                              \
    else igemm_strip(M, V, 0, p, bias, p->last, x, y, NULL);                                                  \
  }
CK_EACH_LENGTH(DEFINE_STRIP_ONE)
CK_EACH_STRIP(DEFINE_STRIP)
#define STRIP_ONE_ENTRY(V) [V][1] = igemm_strip_##V##x1,
#define STRIP_ENTRY(V, M) [V][M] = igemm_strip_##V##x##M,
static igemm_strip_function *const igemm_strips[CK_STRIP_VECTORS + 1][CK_STRIP_PIXELS + 1] = {
    CK_EACH_LENGTH(STRIP_ONE_ENTRY) CK_EACH_STRIP(STRIP_ENTRY)};

// Vectors of the next part of a strip, where so many outputs are left.
CK_INLINE int32_t igemm_strip_vectors(int32_t outputs) {
  return ck_dealt((outputs + LANES - 1) / LANES, CK_STRIP_VECTORS);
}

CK_INLINE int32_t igemm_terms(const ck_run *runs, int32_t run_count, int64_t ldw, igemm_term *terms) {
  int32_t count = 0;
  for (int32_t r = 0; r < run_count; r++) {
    for (int32_t k = 0; k < runs[r].count; k++) {
      terms[count++] = (igemm_term){runs[r].x + k, (runs[r].k + k) * ldw};
    }
  }
  return count;
}

#if CK_FEW_TERMS
// Sums of a few terms: the values of some pixels stay in registers while all vectors of outputs pass by. Between stores
// past the caches nothing is loaded but the filter and the bias: a load that shares the lower twelve bits of its
// address with a store that is still on its way to memory waits for it.
enum { IGEMM_FEW_PIXELS = 4 };
CK_INLINE int igemm_few_pixels(const int terms) { return ck_min(IGEMM_FEW_PIXELS, CK_FEW_TERMS / terms); }

// Whether that pays for setting out: for many pixels at a time, or many vectors of one.
CK_INLINE int igemm_is_few(int64_t terms, int32_t n_count) {
  return terms > 0 && terms <= CK_FEW_TERMS && (terms <= 4 || n_count >= 2 * LANES * terms);
}

typedef struct {
  vec value[IGEMM_FEW_PIXELS][CK_FEW_TERMS], floor;
  const float *w[CK_FEW_TERMS], *bias;
  float *y[IGEMM_FEW_PIXELS];
  int64_t written_ahead;
} igemm_few_sums;

// One vector of outputs of each pixel. Streams: 1 in whole vectors, 2 in fours of lanes.
CK_INLINE void igemm_few_vector(const int terms, const int pixels, const int streams, const int biased,
                                const igemm_few_sums *s, int64_t i, const int32_t n) {
  vec sum[IGEMM_FEW_PIXELS];
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) sum[m] = v_set(0);
#pragma clang loop unroll(full)
  for (int k = 0; k < terms; k++) {
    const vec row = v_load(s->w[k] + i, n);
#pragma clang loop unroll(full)
    for (int m = 0; m < pixels; m++) sum[m] = v_fma(s->value[m][k], row, sum[m]);
  }
  const vec offset = biased ? v_load(s->bias + i, n) : v_set(-0.0f);
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) {
    const vec result = v_max(s->floor, v_add(sum[m], offset));
    if (streams == 1) v_stream(s->y[m] + i, result);
    else if (streams) v_stream_quads(s->y[m] + i, n, result);
    else v_store(s->y[m] + i, n, result);
    if (!streams && s->written_ahead) ck_prefetch_write(s->y[m] + i + s->written_ahead);
  }
}

CK_INLINE void igemm_few(const int terms, const int pixels, const int streams, const igemm_panel *p, const float *bias,
                         const int32_t n_count, const float *const x[], float *const y[]) {
  igemm_few_sums s = {.floor = p->floor, .bias = bias, .written_ahead = p->written_ahead};
#pragma clang loop unroll(full)
  for (int m = 0; m < pixels; m++) s.y[m] = y[m];
#pragma clang loop unroll(full)
  for (int k = 0; k < terms; k++) {
    s.w[k] = p->w + p->terms[k].w;
#pragma clang loop unroll(full)
    for (int m = 0; m < pixels; m++) s.value[m][k] = v_set(x[m][p->terms[k].x]);
  }
  if (bias) CK_SWEEP(i, n, n_count, { igemm_few_vector(terms, pixels, streams, 1, &s, i, n); });
  else CK_SWEEP(i, n, n_count, { igemm_few_vector(terms, pixels, streams, 0, &s, i, n); });
}

typedef void igemm_few_function(const igemm_panel *p, const float *bias, int32_t n_count, const float *const x[],
                                float *const y[]);
#define DEFINE_FEW(K)                                                                                             \
  static void igemm_few_one_x##K(const igemm_panel *p, const float *bias, int32_t n, const float *const x[],     \
                                 float *const y[]) {                                                             \
    igemm_few(K, 1, 0, p, bias, n, x, y);                                                                        \
  }                                                                                                              \
  static void igemm_few_all_x##K(const igemm_panel *p, const float *bias, int32_t n, const float *const x[],     \
                                 float *const y[]) {                                                             \
    if (p->streams == 1) igemm_few(K, igemm_few_pixels(K), 1, p, bias, n, x, y);                                 \
    else if (p->streams) igemm_few(K, igemm_few_pixels(K), 2, p, bias, n, x, y);                                 \
    else igemm_few(K, igemm_few_pixels(K), 0, p, bias, n, x, y);                                                 \
  }
CK_EACH_FEW(DEFINE_FEW)
#define FEW_ENTRY(K) [K] = {igemm_few_one_x##K, igemm_few_all_x##K},
static igemm_few_function *const igemm_fews[CK_FEW_TERMS + 1][2] = {CK_EACH_FEW(FEW_ENTRY)};

// Takes such sums, if they are.
static int igemm_all_few(const ck_pixels *p, igemm_panel *panel, const ck_run *runs, int32_t run_count, int64_t values,
                         int64_t pixels, const float *x, const float *w, int32_t n_count, const float *bias, float *y) {
  if (!igemm_is_few(values, n_count)) return 0;
  igemm_term terms[CK_FEW_TERMS];
  panel->terms = terms;
  panel->term_count = igemm_terms(runs, run_count, panel->ldw, terms);
  panel->w = w;
  const int quads = p->past_caches && n_count % 4 == 0 && ((uintptr_t)y & 15) == 0 &&
                    ((p->y_row | p->y_col | p->y_image) & 3) == 0;
  if (quads && !panel->streams) panel->streams = 2;
  igemm_walk at = {0, 0, x, x, y, y};
  const int32_t together = igemm_few_pixels(panel->term_count);
  for (int64_t left = pixels; left > 0;) {
    const float *from[IGEMM_FEW_PIXELS];
    float *to[IGEMM_FEW_PIXELS];
    const int32_t count = left < together ? 1 : together;
    left -= count;
    igemm_take(p, &at, count, from, to);
    igemm_fews[panel->term_count][count == together](panel, bias, n_count, from, to);
  }
  return 1;
}
#else
CK_INLINE int igemm_all_few(const ck_pixels *p, igemm_panel *panel, const ck_run *runs, int32_t run_count,
                            int64_t values, int64_t pixels, const float *x, const float *w, int32_t n_count,
                            const float *bias, float *y) {
  (void)p, (void)panel, (void)runs, (void)run_count, (void)values, (void)pixels, (void)x, (void)w, (void)n_count;
  (void)bias, (void)y;
  return 0;
}
#endif

// Short sums write more than they compute. A few pixels at a time, all of their outputs before the next: written panel
// by panel, the outputs would miss the caches out of order, and nothing fetches lines ahead for that.
static void igemm_short(const ck_pixels *p, igemm_panel *panel, const float *x, const float *w, int32_t n_count,
                        const float *bias, float *y) {
  igemm_walk at = {0, 0, x, x, y, y};
  const int64_t pixels = (int64_t)p->images * p->rows * p->cols;
  const int32_t ahead = igemm_pixels_ahead(p, panel->runs, panel->run_count);
  v_lines lines = v_lines_none();
  const int collects = V_COLLECTS && p->past_caches && !panel->streams && n_count <= CK_STRIP_VECTORS * LANES;
  const int32_t together = CK_STRIP_PIXELS_OF(igemm_strip_vectors(n_count));
  for (int64_t left = pixels; left > 0;) {
    const float *from[CK_STRIP_PIXELS];
    float *to[CK_STRIP_PIXELS];
    const int32_t count = left < together ? 1 : together;
    left -= count;
    panel->ahead = ahead ? igemm_floats_ahead(p, &at, ahead) : 0;
    igemm_take(p, &at, count, from, to);
    for (int32_t first = 0; first < n_count;) {
      const int32_t vectors = igemm_strip_vectors(n_count - first), width = ck_min(vectors * LANES, n_count - first);
      panel->last = width - (vectors - 1) * LANES;
      panel->w = w + first;
      igemm_strips[vectors][count](panel, bias ? bias + first : NULL, from, to, collects ? &lines : NULL);
      first += width;
      panel->ahead = 0;
      for (int32_t m = 0; m < count; m++) to[m] += width;
    }
  }
  if (collects) v_lines_end(&lines);
}

// Sums of nothing, as of inputs that no window reaches: whole rows of zeros where pixels follow on.
CK_INLINE void igemm_zero(const ck_pixels *p, int32_t n_count, float *y) {
  const int follows = p->y_col == n_count;
  const int64_t stretch = follows ? (int64_t)p->cols * n_count : n_count;
  for (int32_t i = 0; i < p->images; i++) {
    for (int32_t r = 0; r < p->rows; r++) {
      float *row = y + i * p->y_image + (int64_t)r * p->y_row;
      for (int32_t c = 0; c < (follows ? 1 : p->cols); c++) {
        float *to = row + (int64_t)c * p->y_col, *const end = to + stretch;
        if (follows && p->past_caches) {
          for (; to < end && ((uintptr_t)to & 63); to++) *to = 0;
          for (; to + IGEMM_LINE <= end; to += IGEMM_LINE) {
            for (int v = 0; v < IGEMM_LINE; v += LANES) v_stream(to + v, v_set(0));
          }
        }
        for (; to + LANES <= end; to += LANES) v_store(to, LANES, v_set(0));
        for (; to < end; to++) *to = 0;
      }
    }
  }
  if (p->past_caches) v_stream_end();
}

// Pixels whose values stay in the second cache while all panels read them, a whole number of tiles.
CK_INLINE int64_t igemm_block(const ck_pixels *p, int32_t n_count, int64_t pixel_count) {
  enum { BLOCK_FLOATS = 48 << 10, LEAST = 96, ALL_TILES = 24 };  // of 12, 8, 6 and 4 pixels
  if (n_count <= IGEMM_VECTORS * LANES) return pixel_count;
  const int64_t pixels = BLOCK_FLOATS / ck_max(1, p->x_col) / ALL_TILES * ALL_TILES;
  return pixels < LEAST ? LEAST : pixels;
}

// The runs' values one by one, if they are few and the runs short: a loop for each run costs more than its products.
// Their number; 0 where runs serve better, as for a single vector, whose many pixels need all registers as pointers.
CK_INLINE int32_t igemm_list(const ck_run *runs, int32_t run_count, int64_t values, int64_t ldw, int32_t n_count,
                             igemm_term *terms) {
  if (n_count <= LANES || run_count < 2 || values > CK_TILE_LISTS || values > (int64_t)run_count * LANES) return 0;
  return igemm_terms(runs, run_count, ldw, terms);
}

void CK_NAME(igemm)(const ck_pixels *p, const ck_run *runs, int32_t run_count, const float *x, const float *w,
                    int32_t ldw, int64_t panel_stride, int32_t n_count, const float *bias, ck_clamp clamp,
                    int32_t accumulate, float *y) {
#if LANES_ARE_16
  // Half a vector would be empty, and processors broadcast to more narrow vectors a cycle than to wide ones.
  if (n_count <= LANES / 2) {
    ck_f32_igemm__avx2(p, runs, run_count, x, w, ldw, panel_stride, n_count, bias, clamp, accumulate, y);
    return;
  }
#endif
  const int64_t pixel_count = (int64_t)p->images * p->rows * p->cols;
  igemm_panel panel = {.runs = runs, .run_count = run_count, .ldw = ldw, .accumulate = accumulate};
  panel.floor = v_set(clamp == CK_RELU ? 0 : -INFINITY);  // max(floor, NaN) is NaN
  int64_t values = 0;
  for (int32_t r = 0; r < run_count; r++) values += runs[r].count;
  if (values == 0 && !bias && !accumulate) {
    igemm_zero(p, n_count, y);
    return;
  }
  const int is_far = p->past_caches || (n_count > LANES && pixel_count * n_count >= IGEMM_FAR);
  panel.streams = p->past_caches && !accumulate && n_count % 16 == 0 && ((uintptr_t)y & 63) == 0 &&
                  ((p->y_row | p->y_col | p->y_image) & 15) == 0;
  // The filter of such a sum stays in the first cache whole; a packed one has rows shorter than that.
  if (n_count > IGEMM_VECTORS * LANES && values * n_count <= IGEMM_SHORT && ldw >= n_count && !accumulate) {
    panel.written_ahead = is_far ? IGEMM_STRIP_AHEAD : 0;
    if (!igemm_all_few(p, &panel, runs, run_count, values, pixel_count, x, w, n_count, bias, y)) {
      igemm_short(p, &panel, x, w, n_count, bias, y);
    }
    if (p->past_caches) v_stream_end();
    return;
  }
  igemm_term terms[CK_TILE_LISTS + 1];
  panel.terms = terms;
  panel.term_count = igemm_list(runs, run_count, values, ldw, n_count, terms);
  panel.third = panel_stride;
  const int packed = panel_stride != CK_PANEL;
  const int64_t block = igemm_block(p, n_count, pixel_count);
  igemm_walk start = {0, 0, x, x, y, y};
  for (int64_t done = 0; done < pixel_count; done += block) {
    const int64_t pixels = pixel_count - done < block ? pixel_count - done : block;
    igemm_walk at = start;
    for (int32_t first = 0, vectors; first < n_count; first += vectors * LANES) {
      vectors = igemm_vectors(n_count - first, packed);
      const int32_t tile = igemm_tile_pixels[vectors - 1];
      igemm_tile_function *const(*tiles)[IGEMM_KINDS] = igemm_tiles[vectors - 1];
      const int64_t written = (int64_t)tile * p->y_col;
      panel.written_ahead = is_far ? written * (2 + IGEMM_WRITTEN_AHEAD / (written + 1)) : 0;
      panel.last = ck_min(LANES, n_count - first - (vectors - 1) * LANES);
      panel.w = w + first / CK_PANEL * panel_stride + first % CK_PANEL;
      for (int32_t v = 0; v < vectors; v++) {
        const int32_t n = v + 1 < vectors ? LANES : panel.last;
        panel.bias[v] = bias ? v_load(bias + first + v * LANES, n) : v_set(-0.0f);  // x + -0 is x
      }
      at = start;
      const int32_t ahead = first ? 0 : igemm_pixels_ahead(p, runs, run_count);
      const int32_t next_row = igemm_next_row_run(p, runs, run_count, n_count);
      panel.ahead_run = ahead ? 0 : next_row;
      panel.ahead_count = ahead ? INT32_MAX : p->x_col;
      for (int64_t left = pixels; left > 0; left -= tile) {
        const float *from[CK_TILE_NARROW];
        float *to[CK_TILE_NARROW];
        const int32_t count = left < tile ? (int32_t)left : tile;
        panel.ahead = ahead ? igemm_floats_ahead(p, &at, ahead) : 0;
        if (next_row < run_count) {
          panel.ahead = igemm_floats_to_next_row(p, &at);
          if (p->x_col < IGEMM_FEW) {
            igemm_ask(runs, next_row, run_count, at.x, panel.ahead, count * p->x_col);
            panel.ahead = 0;
          }
        }
        igemm_take(p, &at, count, from, to);
        for (int32_t m = 0; first && m < count; m++) to[m] += first;
        const int32_t listed = panel.term_count && vectors > 1;
        const int32_t kind = panel.ahead || panel.streams ? IGEMM_PAST : listed ? IGEMM_LISTED : IGEMM_NEAR;
        tiles[count][kind](&panel, from, to);
      }
    }
    start = at;
  }
  if (panel.streams) v_stream_end();
}
