// Transformations of images: contrast and brightness, and affine maps with their adjoint.

void CK_NAME(clipped_affine)(const float *x, int64_t pixels, int32_t c, const float *mean, float factor,
                             const float *offset, float low, float high, float *y) {
  const vec least = v_set(low), most = v_set(high), scale = v_set(factor);
  for (int64_t p = 0; p < pixels; p++, x += c, y += c) {
    CK_SWEEP(i, n, c, {
      vec value = v_mul(v_sub(v_load(x + i, n), v_load(mean + i, n)), scale);
      v_store(y + i, n, v_min(most, v_max(least, v_add(value, v_load(offset + i, n)))));
    });
  }
}

void CK_NAME(clipped_affine_mask)(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
                                  float factor, const float *offset, float low, float high, float *dx) {
  const vec least = v_set(low), most = v_set(high), scale = v_set(factor);
  for (int64_t p = 0; p < pixels; p++, x += c, dy += c, dx += c) {
    CK_SWEEP(i, n, c, {
      vec value = v_mul(v_sub(v_load(x + i, n), v_load(mean + i, n)), scale);
      value = v_add(value, v_load(offset + i, n));
      vec kept = v_select(m_gt(least, value), v_set(0), v_load(dy + i, n));
      v_store(dx + i, n, v_select(m_gt(value, most), v_set(0), kept));
    });
  }
}

// Where beyond the edges a coordinate looks: tensorflow/core/kernels/image/image_ops.h, MapCoordinate.
CK_INLINE float image_coordinate(float at, int32_t length, ck_fill fill) {
  const float last = (float)(length - 1);
  if (fill == CK_FILL_CONSTANT) return at;
  if (fill == CK_FILL_REFLECT) {
    const float period = 2 * (float)length;
    if (length == 1) {
      at = 0;
    } else if (at < 0) {
      at += period * truncf(-at / period);
      at = at < (float)-length ? at + period : -at - 1;
    } else if (at > last) {
      at -= period * truncf(at / period);
      if (at >= (float)length) at = period - at - 1;
    }
  } else if (fill == CK_FILL_WRAP) {
    if (length == 1) {
      at = 0;
    } else if (at < 0) {
      at += (float)length * (truncf(-at / last) + 1);
    } else if (at > last) {
      at -= (float)length * truncf(at / last);
    }
  }
  return at < 0 ? 0 : at > last ? last : at;
}

// The pixels that an output pixel is made of; `rest` is the weight of those that the image does not have.
typedef struct {
  int64_t offset[4];
  float weight[4];
  int32_t count;
  float rest;
} image_taps;

CK_INLINE void image_tap(const ck_affine *s, int64_t row, int64_t col, float weight, image_taps *taps) {
  if (row < 0 || row >= s->h || col < 0 || col >= s->w) {
    taps->rest += weight;
  } else if (weight != 0) {
    taps->offset[taps->count] = (row * s->w + col) * s->c;
    taps->weight[taps->count++] = weight;
  }
}

CK_INLINE image_taps image_taps_of(const ck_affine *s, int32_t row, int32_t col) {
  const float r = (float)row, q = (float)col;
  const float x = image_coordinate(s->m[0] * q + s->m[1] * r + s->m[2], s->w, s->fill);
  const float y = image_coordinate(s->m[3] * q + s->m[4] * r + s->m[5], s->h, s->fill);
  image_taps taps = {.count = 0, .rest = 0};
  // A coordinate far outside of the image, as an integer.
  const float limit = 1073741824.0f;
  if (!(x > -limit && x < limit && y > -limit && y < limit)) {
    taps.rest = 1;
  } else if (!s->bilinear) {
    image_tap(s, (int64_t)roundf(y), (int64_t)roundf(x), 1, &taps);
  } else {
    const float top = floorf(y), left = floorf(x);
    const float down = y - top, right = x - left, up = top + 1 - y, before = left + 1 - x;
    const int64_t i = (int64_t)top, j = (int64_t)left;
    image_tap(s, i, j, up * before, &taps);
    image_tap(s, i, j + 1, up * right, &taps);
    image_tap(s, i + 1, j, down * before, &taps);
    image_tap(s, i + 1, j + 1, down * right, &taps);
  }
  return taps;
}

// Images of few channels are not worth a vector with a mask.
enum { FEW_CHANNELS = 4 };

void CK_NAME(affine_image)(const ck_affine *s, const float *x, float *y) {
  const int32_t c = s->c;
  for (int32_t row = 0; row < s->h; row++) {
    for (int32_t col = 0; col < s->w; col++, y += c) {
      const image_taps taps = image_taps_of(s, row, col);
      const float fill = taps.rest * s->fill_value;
      if (c <= FEW_CHANNELS) {
        for (int32_t n = 0; n < c; n++) {
          float sum = fill;
          for (int32_t t = 0; t < taps.count; t++) sum += taps.weight[t] * x[taps.offset[t] + n];
          y[n] = sum;
        }
        continue;
      }
      CK_SWEEP(i, n, c, {
        vec sum = v_set(fill);
        for (int32_t t = 0; t < taps.count; t++) {
          sum = v_add(sum, v_mul(v_set(taps.weight[t]), v_load(x + taps.offset[t] + i, n)));
        }
        v_store(y + i, n, sum);
      });
    }
  }
}

void CK_NAME(affine_image_gradient)(const ck_affine *s, const float *dy, float *dx) {
  const int32_t c = s->c;
  memset(dx, 0, (size_t)s->h * (size_t)s->w * (size_t)c * sizeof *dx);
  for (int32_t row = 0; row < s->h; row++) {
    for (int32_t col = 0; col < s->w; col++, dy += c) {
      const image_taps taps = image_taps_of(s, row, col);
      for (int32_t t = 0; t < taps.count; t++) {
        float *to = dx + taps.offset[t];
        const float weight = taps.weight[t];
        if (c <= FEW_CHANNELS) {
          for (int32_t n = 0; n < c; n++) to[n] += weight * dy[n];
          continue;
        }
        CK_SWEEP(i, n, c, {
          v_store(to + i, n, v_add(v_load(to + i, n), v_mul(v_set(weight), v_load(dy + i, n))));
        });
      }
    }
  }
}
