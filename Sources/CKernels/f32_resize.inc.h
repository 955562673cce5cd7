// Enlarging one image [in_h][in_w][c] by whole factors, and the largest value of each channel.
#include "resize_axis.h"

void CK_NAME(upsample)(const ck_upsample *s, const float *x, float *y) {
  const int64_t in_row = (int64_t)s->in_w * s->c;
  for (int32_t row = 0; row < s->in_h * s->factor_h; row++) {
    const ck_axis_point v = ck_upsample_point(s->bilinear, row, s->factor_h, s->in_h);
    for (int32_t col = 0; col < s->in_w * s->factor_w; col++, y += s->c) {
      const ck_axis_point h = ck_upsample_point(s->bilinear, col, s->factor_w, s->in_w);
      const float *top = x + v.low * in_row, *bottom = x + v.high * in_row;
      const int64_t left = (int64_t)h.low * s->c, right = (int64_t)h.high * s->c;
      if (!s->bilinear) {
        CK_SWEEP(i, n, s->c, { v_store(y + i, n, v_load(top + left + i, n)); });
        continue;
      }
      const vec across = v_set(h.share), down = v_set(v.share);
      CK_SWEEP(i, n, s->c, {
        const vec tl = v_load(top + left + i, n);
        const vec bl = v_load(bottom + left + i, n);
        const vec above = v_fma(v_sub(v_load(top + right + i, n), tl), across, tl);
        const vec below = v_fma(v_sub(v_load(bottom + right + i, n), bl), across, bl);
        v_store(y + i, n, v_fma(v_sub(below, above), down, above));
      });
    }
  }
}

// dx[cell] += share * dy: the cells of one output may be one and the same, so each is read after the other's store.
CK_INLINE void add_share(const float *dy, int32_t c, float share, float *dx) {
  const vec factor = v_set(share);
  CK_SWEEP(i, n, c, { v_store(dx + i, n, v_fma(v_load(dy + i, n), factor, v_load(dx + i, n))); });
}

void CK_NAME(upsample_gradient)(const ck_upsample *s, const float *dy, float *dx) {
  const int64_t in_row = (int64_t)s->in_w * s->c;
  memset(dx, 0, (size_t)(s->in_h * in_row) * sizeof *dx);
  for (int32_t row = 0; row < s->in_h * s->factor_h; row++) {
    const ck_axis_point v = ck_upsample_point(s->bilinear, row, s->factor_h, s->in_h);
    for (int32_t col = 0; col < s->in_w * s->factor_w; col++, dy += s->c) {
      const ck_axis_point h = ck_upsample_point(s->bilinear, col, s->factor_w, s->in_w);
      float *top = dx + v.low * in_row, *bottom = dx + v.high * in_row;
      const int64_t left = (int64_t)h.low * s->c, right = (int64_t)h.high * s->c;
      add_share(dy, s->c, (1 - v.share) * (1 - h.share), top + left);
      if (!s->bilinear) continue;
      add_share(dy, s->c, (1 - v.share) * h.share, top + right);
      add_share(dy, s->c, v.share * (1 - h.share), bottom + left);
      add_share(dy, s->c, v.share * h.share, bottom + right);
    }
  }
}

void CK_NAME(global_max)(const float *x, int32_t pixels, int32_t c, float *y) {
  CK_SWEEP(i, n, c, {
    vec best = v_load(x + i, n);
    for (int32_t p = 1; p < pixels; p++) {
      const vec value = v_load(x + (int64_t)p * c + i, n);
      best = v_select(m_and(m_not_le(value, best), m_numbers(best, best)), value, best);
    }
    v_store(y + i, n, best);
  });
}

void CK_NAME(global_max_gradient)(const float *x, const float *y, const float *dy, int32_t pixels, int32_t c,
                                  float *dx) {
  CK_SWEEP(i, n, c, {
    const vec best = v_load(y + i, n);
    vec count = v_set(0);
    // Equal is neither less nor greater; no value exceeds the largest.
    for (int32_t p = 0; p < pixels; p++) {
      const mask less = m_gt(best, v_load(x + (int64_t)p * c + i, n));
      count = v_add(count, v_select(less, v_set(0), v_set(1)));
    }
    const vec share = v_div(v_load(dy + i, n), count);
    for (int32_t p = 0; p < pixels; p++) {
      const mask less = m_gt(best, v_load(x + (int64_t)p * c + i, n));
      v_store(dx + (int64_t)p * c + i, n, v_select(less, v_set(0), share));
    }
  });
}
