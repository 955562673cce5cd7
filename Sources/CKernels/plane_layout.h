// How a convolution's image lies in planes: one for each channel and each place within a stride.
#ifndef CK_PLANE_LAYOUT_H
#define CK_PLANE_LAYOUT_H

#include "kernels.h"

// Floats behind each plane that whole tiles may read and write, a multiple of every vector.
enum { PLANE_SLACK = 64, PLANE_FLOATS = 32 << 10, PLANE_LINE = 16 };

// A pixel of the outputs at row i, column j is at i * pitch + j in every plane; a tap reads as many floats further on,
// from the plane of its channel and its place within the stride. Columns behind the outputs are zero.
typedef struct {
  int32_t reach_h, reach_w;  // how far the last tap is from the first, in rows and columns of planes
  int32_t pitch, rows;       // floats of a row; rows of outputs of a band
  int64_t x_plane, d_plane;  // floats of an input's plane, of an output's
  int64_t line;              // floats of a row of pixels in the order of memory, padding included
  int64_t taps;              // rows of the filter
} plane_layout;

static inline plane_layout plane_layout_of(const ck_conv *s) {
  plane_layout l = {.reach_h = (s->kernel_h - 1) * s->dilation_h / s->stride_h,
                    .reach_w = (s->kernel_w - 1) * s->dilation_w / s->stride_w};
  l.pitch = s->out_w + l.reach_w;
  const int64_t width = (int64_t)s->stride_w * s->c;
  // Of one row: the input's planes, the outputs', and the gradient's of one place within the stride.
  const int64_t row = l.pitch * (width * s->stride_h + s->n + width);
  l.rows = ck_max(1, ck_min(s->out_h, (int32_t)(PLANE_FLOATS / row) - l.reach_h));
  l.x_plane = (int64_t)(l.rows + l.reach_h) * l.pitch + PLANE_SLACK;
  l.d_plane = l.reach_w + l.x_plane;
  l.line = (l.pitch + PLANE_LINE) * (width > s->n ? width : s->n) + PLANE_LINE;
  l.taps = (int64_t)s->kernel_h * s->kernel_w * (s->c > s->n ? s->c : s->n);
  return l;
}

#endif
