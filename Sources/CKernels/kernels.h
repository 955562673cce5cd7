// What the files of this target share: the list of kernels, their naming, and the clamp.
//
// A kernel `k` of the table is `ck_f32_k__scalar`, `ck_f32_k__avx2`, `ck_f32_k__avx512`.
#ifndef CK_KERNELS_H
#define CK_KERNELS_H

#include "CKernels.h"

// Multiply and add are fused where the code says so and nowhere else.
#pragma STDC FP_CONTRACT OFF

#define CK_EACH_KERNEL(X, isa)                                                                       \
  X(igemm, isa) X(idot, isa) X(iquad, isa) X(outer, isa) X(column_sum, isa) X(transpose, isa) X(bias_clamp, isa) \
  X(relu_gradient, isa) X(max_pool, isa) X(bias_clamp_max_pool, isa) X(max_pool_gradient, isa)       \
  X(max_pool_gradient_search, isa) X(average_pool, isa) X(average_pool_gradient, isa)                \
  X(global_average, isa) X(global_average_gradient, isa) X(channel_affine, isa)                      \
  X(channel_squares, isa) X(channel_dots, isa) X(channel_gradient, isa) X(add, isa)                  \
  X(multiply, isa) X(scale_offset, isa) X(accumulate, isa) X(reduce_parts, isa)                      \
  X(bytes_to_float, isa) X(sum_squares, isa) X(unary, isa) X(unary_gradient, isa) X(softmax, isa)    \
  X(softmax_gradient, isa) X(softmax_cross_entropy, isa) X(dropout, isa)                             \
  X(sgd, isa) X(adam, isa) X(nadam, isa) X(rmsprop, isa) X(adagrad, isa) X(lion, isa)                \
  X(moving_average, isa) X(mean_gradient, isa)                                                       \
  X(winner_lists, isa) X(winner_filter_gradient, isa) X(winner_input_gradient, isa)                  \
  X(depthwise, isa) X(depthwise_outer, isa) X(global_max, isa) X(global_max_gradient, isa)           \
  X(upsample, isa) X(upsample_gradient, isa)                                                        \
  X(channel_normalize, isa) X(centred_dots, isa) X(centred_gradient, isa) X(row_normalize, isa)      \
  X(row_normalize_gradient, isa) X(clipped_affine, isa) X(clipped_affine_mask, isa)                  \
  X(plane_forward, isa) X(plane_backward, isa) X(flat_forward, isa) X(flat_backward, isa)            \
  X(winograd, isa) X(winograd_filter, isa) X(winograd_gradient, isa)                                \
  X(affine_image, isa) X(affine_image_gradient, isa) X(gaussian_noise, isa)\
  X(shaped_relu, isa) X(shaped_relu_gradient, isa) X(subtract, isa) X(maximum, isa)                  \
  X(maximum_gradient, isa) X(row_sum, isa) X(penalty, isa)                                    \
  X(axis_softmax, isa) X(axis_softmax_gradient, isa)

// Declares a kernel with the type that the table gives it, so that a definition cannot drift from the contract.
#define CK_DECLARE(kernel, isa) extern __typeof__(*((ck_table *)0)->kernel) ck_f32_##kernel##__##isa;
#define CK_ROW(kernel, isa) .kernel = ck_f32_##kernel##__##isa,

CK_EACH_KERNEL(CK_DECLARE, scalar)
int64_t ck_fma_burst__scalar(int64_t iterations);
#if defined(__x86_64__)
CK_EACH_KERNEL(CK_DECLARE, avx2)
CK_EACH_KERNEL(CK_DECLARE, avx512)
int64_t ck_fma_burst__avx2(int64_t iterations);
int64_t ck_fma_burst__avx512(int64_t iterations);
#endif

// Channels of a packed filter panel, by instruction set: two vectors, or four of wide ones.
enum { CK_PANEL_SCALAR = 16, CK_PANEL_AVX2 = 16, CK_PANEL_AVX512 = 64 };

// NaN and -0 pass through; written so that it is one `max` instruction.
static inline float ck_clamped(float x, ck_clamp clamp) { return clamp == CK_RELU && 0 > x ? 0 : x; }

// Asks for a line to write to. Compilers make a request to read of `__builtin_prefetch` where their target does not
// promise this instruction; processors without it take it for nothing.
static inline void ck_prefetch_write(const float *p) {
#if defined(__x86_64__)
  __asm__ volatile("prefetchw %0" : : "m"(*p));
#else
  __builtin_prefetch(p, 1);
#endif
}

static inline int ck_is_past_caches(int64_t floats) { return floats * (int64_t)sizeof(float) >= CK_PAST_CACHES; }

static inline int32_t ck_min(int32_t a, int32_t b) { return a < b ? a : b; }
static inline int32_t ck_max(int32_t a, int32_t b) { return a > b ? a : b; }

// Rows, or vectors, of the next tile where so many are left: dealt out evenly, as a tile of a few could not hide the
// latency, and one of one vector loads for each product.
static inline int32_t ck_dealt(int32_t left, int32_t most) {
  if (left <= most) return left;
  const int32_t tiles = (left + most - 1) / most;
  return (left + tiles - 1) / tiles;
}

#endif
