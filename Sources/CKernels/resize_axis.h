// Where an output of an enlarged axis reads.
#ifndef CK_RESIZE_AXIS_H
#define CK_RESIZE_AXIS_H

#include <math.h>

#include "kernels.h"

// (1 - share) * input[low] + share * input[high]
typedef struct {
  int32_t low, high;
  float share;
} ck_axis_point;

// Nearest: the input that the output lies in. Bilinear: pixels are points at their centres, so output o lies at
// (o + 0.5) / factor - 0.5, and the edge goes on outside.
static inline ck_axis_point ck_upsample_point(int32_t bilinear, int32_t output, int32_t factor, int32_t size) {
  if (!bilinear) return (ck_axis_point){.low = output / factor, .high = output / factor, .share = 0};
  const float place = ((float)output + 0.5f) / (float)factor - 0.5f, floor = floorf(place);
  return (ck_axis_point){
      .low = ck_max((int32_t)floor, 0), .high = ck_min((int32_t)floor + 1, size - 1), .share = place - floor};
}

#endif
