// The scratch of convolutions over planes.
#include "plane_layout.h"

int64_t ck_plane_scratch(const ck_conv *s) {
  const plane_layout l = plane_layout_of(s);
  const int64_t width = (int64_t)s->stride_w * s->c;
  return width * (s->stride_h + 1) * l.x_plane + s->n * l.d_plane + l.line + PLANE_LINE + 2 * l.taps;
}
