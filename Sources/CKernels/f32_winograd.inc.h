// Convolutions with a 3x3 filter, 2x2 outputs at a time, by Winograd's minimal filtering F(2x2, 3x3): sixteen products
// where the sum as it is written takes 36. After Lavin and Gray, "Fast Algorithms for Convolutional Neural Networks"
// (arXiv 1509.09308), whose letters these are:
//
//   y = A^T [(G g G^T) . (B^T d B)] A      d a patch of 4x4 inputs, g the filter, y 2x2 outputs; . place by place
//
//         1  0 -1  0            1    0    0
//   B^T = 0  1  1  0       G = 1/2  1/2  1/2      A^T = 1  1  1  0
//         0 -1  1  0           1/2 -1/2  1/2            0  1 -1 -1
//         0  1  0 -1            0    0    1
//
// Summed over channels, each of the sixteen places is a product of matrices: patches x channels with channels x outputs.
// Turned around, the same identity gives the filter's gradient: dg = G^T [sum over patches of (B^T d B) . (A dy A^T)] G.
#include "winograd_layout.h"

// A side of B^T d, of A^T m, of A dy, of G g, of G^T u.
CK_INLINE void winograd_b(vec d0, vec d1, vec d2, vec d3, vec v[4]) {
  v[0] = v_sub(d0, d2);
  v[1] = v_add(d1, d2);
  v[2] = v_sub(d2, d1);
  v[3] = v_sub(d1, d3);
}
CK_INLINE void winograd_a(vec m0, vec m1, vec m2, vec m3, vec y[2]) {
  y[0] = v_add(v_add(m0, m1), m2);
  y[1] = v_sub(v_sub(m1, m2), m3);
}
CK_INLINE void winograd_a_back(vec y0, vec y1, vec d[4]) {
  d[0] = y0;
  d[1] = v_add(y0, y1);
  d[2] = v_sub(y0, y1);
  d[3] = v_sub(v_set(0), y1);
}
CK_INLINE void winograd_g(vec g0, vec g1, vec g2, vec u[4]) {
  const vec half = v_set(0.5f), ends = v_add(g0, g2);
  u[0] = g0;
  u[1] = v_mul(half, v_add(ends, g1));
  u[2] = v_mul(half, v_sub(ends, g1));
  u[3] = g2;
}
CK_INLINE void winograd_g_back(vec u0, vec u1, vec u2, vec u3, vec g[3]) {
  const vec half = v_set(0.5f), middle = v_mul(half, v_add(u1, u2));
  g[0] = v_add(u0, middle);
  g[1] = v_mul(half, v_sub(u1, u2));
  g[2] = v_add(middle, u3);
}

// U = G g G^T of `n` channels, whose taps are `tap` floats apart.
CK_INLINE void winograd_filter_lanes(const float *g, int64_t tap, const int reversed, int32_t n, vec u[16]) {
  vec rows[4][3];
  for (int j = 0; j < 3; j++) {
    vec taps[3], side[4];
    for (int i = 0; i < 3; i++) taps[i] = v_load(g + tap * (reversed ? 8 - (3 * i + j) : 3 * i + j), n);
    winograd_g(taps[0], taps[1], taps[2], side);
    for (int i = 0; i < 4; i++) rows[i][j] = side[i];
  }
  for (int i = 0; i < 4; i++) winograd_g(rows[i][0], rows[i][1], rows[i][2], u + 4 * i);
}

void CK_NAME(winograd_filter)(const float *w, int32_t c, int32_t n, int32_t reversed, int32_t widest,
                              float *u) {
  enum { MOST = CK_MOST_PANEL };
  const int64_t tap = (int64_t)c * n;
  const int32_t values = reversed ? n : c, outputs = reversed ? c : n, panel = winograd_panel(outputs, widest);
  const int64_t matrix = (int64_t)values * ((outputs + panel - 1) / panel * panel);
  vec point[WINOGRAD_POINTS];
  if (!reversed) {
    for (int32_t row = 0; row < c; row++) {
      const float *from = w + (int64_t)row * n;
      CK_SWEEP(i, lanes, n, {
        winograd_filter_lanes(from + i, tap, 0, lanes, point);
        float *to = u + i / panel * panel * values + row * panel + i % panel;
        for (int k = 0; k < WINOGRAD_POINTS; k++) v_store(to + k * matrix, lanes, point[k]);
      });
    }
    return;
  }
  // Rows of a panel's width, for one vector of channels at a time, turned.
  float rows[WINOGRAD_POINTS][MOST * LANES];
  for (int32_t first = 0; first < c; first += panel) {
    const int32_t width = ck_min(panel, c - first);
    float *to = u + (int64_t)first * n;
    CK_SWEEP(i, lanes, n, {
      for (int32_t row = 0; row < width; row++) {
        winograd_filter_lanes(w + (int64_t)(first + row) * n + i, tap, 1, lanes, point);
        for (int k = 0; k < WINOGRAD_POINTS; k++) v_store(rows[k] + row * lanes, lanes, point[k]);
      }
      for (int k = 0; k < WINOGRAD_POINTS; k++) {
        float turned[MOST * LANES];
        CK_NAME(transpose)(rows[k], width, lanes, turned);
        for (int32_t j = 0; j < lanes; j++) {
          memcpy(to + k * matrix + (i + j) * panel, turned + j * width, (size_t)width * sizeof *to);
        }
      }
    });
  }
}

// Where a patch is: its image, and its row and column of 2x2 outputs.
typedef struct {
  int32_t image, row, col;
} winograd_place;

typedef struct {
  int32_t first_row, end_row, cols;  // of patches
} winograd_grid;

CK_INLINE void winograd_next(const winograd_grid *g, winograd_place *at) {
  if (++at->col < g->cols) return;
  at->col = 0;
  if (++at->row < g->end_row) return;
  at->row = g->first_row;
  at->image++;
}

// V = B^T d B of one patch, whose rows and columns are so many floats apart.
CK_INLINE void winograd_patch(const float *d, int64_t row, int64_t col, int32_t c, int64_t matrix, float *to) {
  CK_SWEEP(i, lanes, c, {
    vec rows[4][4];
    for (int j = 0; j < 4; j++) {
      const float *from = d + j * col + i;
      vec side[4];
      winograd_b(v_load(from, lanes), v_load(from + row, lanes), v_load(from + 2 * row, lanes),
                 v_load(from + 3 * row, lanes), side);
      for (int k = 0; k < 4; k++) rows[k][j] = side[k];
    }
    for (int k = 0; k < 4; k++) {
      vec v[4];
      winograd_b(rows[k][0], rows[k][1], rows[k][2], rows[k][3], v);
      for (int j = 0; j < 4; j++) v_store(to + (4 * k + j) * matrix + i, lanes, v[j]);
    }
  });
}

// An area of an image, rows by columns, that may reach over its edges; there it is zero. Copied only where it does.
CK_INLINE const float *winograd_area(const float *image, int32_t h, int32_t w, int32_t c, int32_t top, int32_t left,
                                     const int size, float *copy, int64_t *row) {
  if (top >= 0 && left >= 0 && top + size <= h && left + size <= w) {
    *row = (int64_t)w * c;
    return image + ((int64_t)top * w + left) * c;
  }
  *row = (int64_t)size * c;
  memset(copy, 0, (size_t)(size * size) * c * sizeof *copy);
  const int32_t begin = ck_max(0, -left), end = ck_min(size, w - left);
  for (int32_t r = ck_max(0, -top); r < ck_min(size, h - top) && begin < end; r++) {
    memcpy(copy + (r * size + begin) * (int64_t)c, image + ((int64_t)(top + r) * w + left + begin) * c,
           (size_t)(end - begin) * c * sizeof *copy);
  }
  return copy;
}

CK_INLINE void winograd_inputs(const ck_conv *s, const winograd_grid *g, winograd_place at, int32_t count,
                               const float *x, float *copy, int64_t matrix, float *v) {
  for (int32_t t = 0; t < count; t++, winograd_next(g, &at)) {
    int64_t row;
    const float *patch = winograd_area(x + (int64_t)at.image * s->in_h * s->in_w * s->c, s->in_h, s->in_w, s->c,
                                       2 * at.row - s->pad_top, 2 * at.col - s->pad_left, WINOGRAD_PATCH, copy, &row);
    winograd_patch(patch, row, s->c, s->c, matrix, v + (int64_t)t * s->c);
  }
}

// Y = A^T m A of one patch, with the bias and the clamp, to four pixels.
CK_INLINE void winograd_outputs_of(const float *m, int64_t matrix, int32_t n, const float *bias, vec floor,
                                   float *const to[4]) {
  CK_SWEEP(i, lanes, n, {
    vec rows[2][4];
    for (int j = 0; j < 4; j++) {
      const float *from = m + j * matrix + i;
      vec side[2];
      winograd_a(v_load(from, lanes), v_load(from + 4 * matrix, lanes), v_load(from + 8 * matrix, lanes),
                 v_load(from + 12 * matrix, lanes), side);
      rows[0][j] = side[0];
      rows[1][j] = side[1];
    }
    const vec offset = bias ? v_load(bias + i, lanes) : v_set(-0.0f);  // x + -0 is x
    for (int k = 0; k < 2; k++) {
      vec y[2];
      winograd_a(rows[k][0], rows[k][1], rows[k][2], rows[k][3], y);
      for (int j = 0; j < 2; j++) v_store(to[2 * k + j] + i, lanes, v_max(floor, v_add(y[j], offset)));
    }
  });
}

CK_INLINE void winograd_product_of(const float *v, int64_t v_matrix, int32_t count, int32_t c, const float *u,
                                   int32_t widest, int32_t n, int64_t m_matrix, float *m) {
  const int32_t panel = winograd_panel(n, widest);
  // One pixel a row: rows are read in the order of memory already, and nothing need be asked for.
  const ck_pixels p = {.images = 1, .rows = count, .cols = 1, .x_row = c, .y_row = n};
  const ck_run run = {.x = 0, .k = 0, .count = c};
  const int64_t u_matrix = (int64_t)c * ((n + panel - 1) / panel * panel);
  for (int k = 0; k < WINOGRAD_POINTS; k++) {
    CK_NAME(igemm)(&p, &run, 1, v + k * v_matrix, u + k * u_matrix, panel, (int64_t)c * panel, n, NULL, CK_LINEAR, 0,
                   m + k * m_matrix);
  }
}

void CK_NAME(winograd)(const ck_conv *s, int32_t images, const float *x, const float *u, int32_t panel,
                       const float *bias, ck_clamp clamp, int32_t row_begin, int32_t row_end, float *scratch,
                       float *y) {
  const int32_t c = s->c, n = s->n, rows = winograd_rows(c, n);
  const int64_t v_matrix = winograd_matrix(rows, c), m_matrix = winograd_matrix(rows, n);
  float *v = scratch, *m = v + WINOGRAD_POINTS * v_matrix, *copy = m + WINOGRAD_POINTS * m_matrix;
  float *beyond = copy + WINOGRAD_POINTS * (int64_t)c;  // outputs that nobody wants
  const vec floor = v_set(clamp == CK_RELU ? 0 : -INFINITY);  // max(floor, NaN) is NaN
  const winograd_grid grid = {row_begin / 2, (row_end + 1) / 2, (s->out_w + 1) / 2};
  const int64_t total = (int64_t)images * (grid.end_row - grid.first_row) * grid.cols;
  // Dealt out evenly, so that no product is of a few rows.
  const int64_t blocks = (total + rows - 1) / rows;
  winograd_place at = {0, grid.first_row, 0};
  for (int64_t block = 0; block < blocks; block++) {
    const int32_t count = (int32_t)((block + 1) * total / blocks - block * total / blocks);
    winograd_inputs(s, &grid, at, count, x, copy, v_matrix, v);
    winograd_product_of(v, v_matrix, count, c, u, panel, n, m_matrix, m);
    for (int32_t t = 0; t < count; t++, winograd_next(&grid, &at)) {
      float *to[4];
      for (int k = 0; k < 4; k++) {
        const int32_t row = 2 * at.row + k / 2, col = 2 * at.col + k % 2;
        const int wanted = row >= row_begin && row < row_end && col < s->out_w;
        to[k] = wanted ? y + (((int64_t)at.image * s->out_h + row) * s->out_w + col) * n : beyond;
      }
      winograd_outputs_of(m + (int64_t)t * n, m_matrix, n, bias, floor, to);
    }
  }
}

// A dy A^T of one patch.
CK_INLINE void winograd_gradient_patch(const float *dy, int64_t row, int32_t n, int64_t matrix, float *to) {
  CK_SWEEP(i, lanes, n, {
    vec rows[4][2];
    for (int j = 0; j < 2; j++) {
      vec side[4];
      winograd_a_back(v_load(dy + j * (int64_t)n + i, lanes), v_load(dy + row + j * (int64_t)n + i, lanes), side);
      for (int k = 0; k < 4; k++) rows[k][j] = side[k];
    }
    for (int k = 0; k < 4; k++) {
      vec v[4];
      winograd_a_back(rows[k][0], rows[k][1], v);
      for (int j = 0; j < 4; j++) v_store(to + (4 * k + j) * matrix + i, lanes, v[j]);
    }
  });
}

void CK_NAME(winograd_gradient)(const ck_conv *s, int32_t images, const float *x, const float *dy, float *scratch,
                                float *dw) {
  const int32_t c = s->c, n = s->n, rows = winograd_gradient_rows(c, n);
  const int64_t v_matrix = winograd_matrix(rows, c), d_matrix = winograd_matrix(rows, n), tap = (int64_t)c * n;
  const int64_t u_matrix = winograd_matrix(c, n);
  float *v = scratch, *d = v + WINOGRAD_POINTS * v_matrix, *u = d + WINOGRAD_POINTS * d_matrix;
  float *copy = u + WINOGRAD_POINTS * u_matrix;
  int32_t *inputs = (int32_t *)(copy + WINOGRAD_POINTS * (int64_t)ck_max(c, n)), *outputs = inputs + c;
  for (int32_t j = 0; j < c; j++) {
    inputs[j] = j;
    outputs[j] = j * n;
  }
  memset(u, 0, (size_t)(WINOGRAD_POINTS * u_matrix) * sizeof *u);
  const winograd_grid grid = {0, (s->out_h + 1) / 2, (s->out_w + 1) / 2};
  const int64_t total = (int64_t)images * grid.end_row * grid.cols, blocks = (total + rows - 1) / rows;
  winograd_place at = {0, 0, 0};
  for (int64_t block = 0; block < blocks; block++) {
    const int32_t count = (int32_t)((block + 1) * total / blocks - block * total / blocks);
    winograd_inputs(s, &grid, at, count, x, copy, v_matrix, v);
    for (int32_t t = 0; t < count; t++, winograd_next(&grid, &at)) {
      int64_t row;
      const float *area = winograd_area(dy + (int64_t)at.image * s->out_h * s->out_w * n, s->out_h, s->out_w, n,
                                        2 * at.row, 2 * at.col, WINOGRAD_OUTPUTS, copy, &row);
      winograd_gradient_patch(area, row, n, d_matrix, d + (int64_t)t * n);
    }
    const ck_pixels p = {.images = 1, .rows = 1, .cols = count, .x_col = c, .y_col = n};
    for (int k = 0; k < WINOGRAD_POINTS; k++) {
      CK_NAME(outer)(&p, inputs, outputs, c, v + k * v_matrix, d + k * d_matrix, n, u + k * u_matrix);
    }
  }
  CK_SWEEP(i, lanes, tap, {
    vec cols[4][3];
    for (int j = 0; j < 4; j++) {
      const float *from = u + j * u_matrix + i;
      winograd_g_back(v_load(from, lanes), v_load(from + 4 * u_matrix, lanes), v_load(from + 8 * u_matrix, lanes),
                      v_load(from + 12 * u_matrix, lanes), cols[j]);
    }
    for (int r = 0; r < 3; r++) {
      vec g[3];
      winograd_g_back(cols[0][r], cols[1][r], cols[2][r], cols[3][r], g);
      for (int j = 0; j < 3; j++) {
        float *to = dw + (3 * r + j) * tap + i;
        v_store(to, lanes, v_add(v_load(to, lanes), g[j]));
      }
    }
  });
}
