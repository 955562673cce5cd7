// The part of a pooling window that lies inside the image.
#ifndef CK_POOL_WINDOW_H
#define CK_POOL_WINDOW_H

#include "kernels.h"

// Cells [top, bottom) x [left, right) of the window are real; `origin` is the offset in pixels of window cell (0, 0),
// which may itself lie outside.
typedef struct {
  int32_t top, bottom, left, right;
  int64_t origin;
} ck_window;

static inline ck_window ck_pool_window(const ck_pool *s, int32_t row, int32_t col) {
  int32_t y = row * s->stride_h - s->pad_top, x = col * s->stride_w - s->pad_left;
  return (ck_window){
      .top = ck_max(0, -y), .bottom = ck_min(s->pool_h, s->in_h - y),
      .left = ck_max(0, -x), .right = ck_min(s->pool_w, s->in_w - x),
      .origin = (int64_t)y * s->in_w + x,
  };
}

static inline int64_t ck_image_count(const ck_pool *s) { return (int64_t)s->in_h * s->in_w * s->c; }

#endif
