// Micro-kernels in float32: pointers, counts and strides; no state, no allocation, no layers.
//
// Comes in: pointers into buffers that the caller laid out. Goes out: the same buffers, written.
// Must not know: layers, graphs, threads, files.
//
// Letters, fixed once for every kernel:
//   N images, H rows, W columns, C channels (NHWC); K length of the summed axis; M pixels of a tile;
//   x input, w filter (row-major [K][N'] with N' output channels), y output; dx, dw, dy gradients.
// All strides and offsets count floats. Arrays need no alignment beyond 4 bytes; 64 is faster.
// Inputs and outputs never overlap unless a kernel says "may be in place".
// Every sum has a fixed order that depends on the sizes alone: not on tiling, image count or caller.
#ifndef CKERNELS_H
#define CKERNELS_H

#include <stddef.h>
#include <stdint.h>

typedef enum { CK_ISA_SCALAR = 0, CK_ISA_AVX2 = 1, CK_ISA_AVX512 = 2 } ck_isa;

// A stretch of consecutive input values that one output pixel reads.
// Reads x[pixel + x .. + count) against filter rows [k, k + count).
typedef struct {
  int32_t x;
  int32_t k;
  int32_t count;
} ck_run;

// A rectangle of pixels, over several images, that all read the same runs.
// Pixel (i, r, c) reads at x + i*x_image + r*x_row + c*x_col, writes at y + i*y_image + r*y_row + c*y_col.
typedef struct {
  int32_t images, rows, cols;
  int32_t x_row, x_col, y_row, y_col;
  int64_t x_image, y_image;
  int32_t past_caches;  // what is written will not be read before the caches are full of something else
} ck_pixels;

// Bytes that one call writes, of which no cache keeps much until they are read: a few times a second-level cache.
enum { CK_PAST_CACHES = 4 << 20 };

// The widest panel of any instruction set.
enum { CK_MOST_PANEL = 64 };

// Floats of a row of a filter whose values are in fours: four of each output, in whole vectors.
static inline int64_t ck_quad_row(int32_t outputs) { return ((int64_t)outputs + 3) / 4 * 16; }

// Pixels after which the sums of `outer` go to memory.
enum { CK_OUTER_PIXELS = 256 };
// Rows of its filter that follow on in x, at least, for them to share one pointer and an end of a tile, or vectors.
enum { CK_OUTER_RUN = 6 };

typedef enum { CK_LINEAR = 0, CK_RELU = 1 } ck_clamp;

typedef enum { CK_SIGMOID, CK_TANH, CK_RELU6, CK_ELU, CK_SELU, CK_GELU, CK_SILU, CK_HARD_SIGMOID,
               CK_SOFTPLUS, CK_LEAKY_RELU, CK_EXP } ck_unary;

// Geometry of a pooling window over one image [in_h][in_w][c] -> [out_h][out_w][c].
// Cells outside the image do not take part (max: ignored; average: divided by the real cells).
typedef struct {
  int32_t in_h, in_w, c, out_h, out_w;
  int32_t pool_h, pool_w, stride_h, stride_w, pad_top, pad_left;
} ck_pool;

// A convolution over one image [in_h][in_w][c] -> [out_h][out_w][n], filter [kernel_h][kernel_w][c][n].
typedef struct {
  int32_t in_h, in_w, c, out_h, out_w, n;
  int32_t kernel_h, kernel_w, stride_h, stride_w, dilation_h, dilation_w, pad_top, pad_left;
} ck_conv;

// An image [in_h][in_w][c] enlarged by whole factors: each pixel repeated, or interpolated between pixel centres.
typedef struct {
  int32_t in_h, in_w, c, factor_h, factor_w, bilinear;
} ck_upsample;

// Rows of sums that centred_dots adds to.
enum { CK_CENTRED_SUMS = 4 };

// A convolution seen by the gradient of its outputs: cells are its pooled outputs, or its outputs where nothing pools
// (a window of 1 x 1). The input stands in an image with its padding around it, so that no patch leaves it.
typedef struct {
  int32_t images, cells_h, cells_w, c;
  int32_t pool_h, pool_w, pool_stride_h, pool_stride_w, pool_pad_top, pool_pad_left;
  int32_t x_row, x_col;             // floats that the input moves from one output's row, or column, to the next
  int32_t tap_rows, tap_row, run;   // rows of taps, floats from one to the next in the input, floats of one
  int64_t x_image;
  int32_t capacity;                 // of a channel's list: images * cells_h * cells_w + 16
} ck_winners;

// What an image is beyond its edges, as TensorFlow's ImageProjectiveTransformV3 has it: a value, the nearest pixel,
// d c b a | a b c d | d c b a, or a b c d | a b c d | a b c d.
typedef enum { CK_FILL_CONSTANT, CK_FILL_NEAREST, CK_FILL_REFLECT, CK_FILL_WRAP } ck_fill;

// An affine transformation of an image [h][w][c] into one of the same size: the output's pixel (row, col) is the input
// at column m[0]*col + m[1]*row + m[2] and row m[3]*col + m[4]*row + m[5], between pixels or at the nearest.
typedef struct {
  int32_t h, w, c;
  ck_fill fill;
  int32_t bilinear;
  float fill_value;  // with CK_FILL_CONSTANT
  float m[6];
} ck_affine;

// What every optimiser does before its own rule.
typedef struct {
  float rate;   // the learning rate
  float decay;  // share of the weights that a step of rate 1 takes away
  float scale;  // factor on the gradient
  float limit;  // the gradient's largest size, after scaling
} ck_update;

// Nadam's numbers of one update.
typedef struct {
  float one_minus_b1, one_minus_b2;
  float mean_share, gradient_share;  // of the mean of gradients, and of the gradient, in the step
  float square_share;                // 1 / (1 - b2^t)
  float eps;
} ck_nadam;

typedef struct {
  ck_isa isa;
  int32_t panel;  // output channels a packed filter panel holds; a multiple of the vector's lanes

  // y[pixel][n] = clamp(sum over runs, in order, of x * w + bias[n]);   n in 0..<n_count
  // w row k, channel n is at w[(n / panel) * panel_stride + k * ldw + n % panel]; an unpacked [K][N'] filter has
  // ldw = N', panel_stride = panel. Rows hold at least the real channels: lanes past n_count are neither read
  // nor written. bias may be NULL (nothing is added). The sum starts at 0 and the bias is added last, rounded
  // once: so an unfused convolution followed by `bias_clamp` gives equal bits. accumulate != 0 adds the sum to y
  // (then bias must be NULL and clamp linear). run_count may be 0 (the sum is 0).
  void (*igemm)(const ck_pixels *p, const ck_run *runs, int32_t run_count, const float *x, const float *w,
                int32_t ldw, int64_t panel_stride, int32_t n_count, const float *bias, ck_clamp clamp,
                int32_t accumulate, float *y);

  // As igemm, for few output channels: value k of channel n's filter is at w[n * w_row + k]. A sum is made of sixteen
  // partial ones, value j of a run going to number j % 16, folded by halves.
  void (*idot)(const ck_pixels *p, const ck_run *runs, int32_t run_count, const float *x, const float *w,
               int64_t w_row, int32_t n_count, const float *bias, ck_clamp clamp, float *y);

  // As igemm, for outputs that fill few vectors: value k of output n's filter is at
  // w[k / 4 * ck_quad_row(n_count) + n * 4 + k % 4]. Rows that no run reads may hold anything. Runs
  // count their filter rows from first_row. A sum is made of four partial ones, the value of row k going to number k % 4;
  // the total is (0 + 2) + (1 + 3).
  void (*iquad)(const ck_pixels *p, const ck_run *runs, int32_t run_count, const float *x, const float *w,
                int64_t first_row, int32_t n_count, const float *bias, ck_clamp clamp, float *y);

  // dw[row j][n] += sum over pixels (i, r, c), in that order, of x[pixel + x_offsets[j]] * dy[pixel][n].
  // Row j is at dw + dw_offsets[j]; j in 0..<row_count, any count; n in 0..<n_count.
  // p->x_* walk x, p->y_* walk dy. The order of the sum: fixed by the pixels' counts alone.
  void (*outer)(const ck_pixels *p, const int32_t *x_offsets, const int32_t *dw_offsets, int32_t row_count,
                const float *x, const float *dy, int32_t n_count, float *dw);

  // The same channel by channel: y[pixel][n] = clamp(sum over runs, in order, of x[pixel + run.x + n] * w[run.k*ldw + n]
  // + bias[n]); n in 0..<c. Runs are single cells: their count is not read.
  void (*depthwise)(const ck_pixels *p, const ck_run *runs, int32_t run_count, const float *x, const float *w,
                    int32_t ldw, int32_t c, const float *bias, ck_clamp clamp, float *y);
  // dw[row j][n] += sum over pixels of x[pixel + x_offsets[j] + n] * dy[pixel][n]; row j is at dw + dw_offsets[j].
  // The order of the sum: fixed by the pixels' counts and c.
  void (*depthwise_outer)(const ck_pixels *p, const int32_t *x_offsets, const int32_t *dw_offsets, int32_t row_count,
                          const float *x, const float *dy, int32_t c, float *dw);

  // A convolution whose few channels would leave lanes empty, over one image: y = clamp(sum + bias), rows
  // [row_begin, row_end) of it; bias may be NULL. The sum is that of igemm, in the order of the filter's rows, with
  // zeros for the padding. past_caches as in ck_pixels. scratch: ck_plane_scratch floats. The last tap is at most
  // CK_PLANE_REACH strides from the first in a row.
  void (*plane_forward)(const ck_conv *s, const float *x, const float *w, const float *bias, ck_clamp clamp,
                        int32_t row_begin, int32_t row_end, int32_t past_caches, float *scratch, float *y);
  // Its gradients: dx, from the filter transposed and its taps reversed, [kernel_h][kernel_w][n][c]; dw and dbias += the
  // sums over pixels, in an order that the sizes alone fix. Each may be NULL.
  void (*plane_backward)(const ck_conv *s, const float *x, const float *dy, const float *transposed_w, float *scratch,
                         float *dx, float *dw, float *dbias);

  // The same over several images, with the lanes along a row of outputs as it is in memory, pixel by pixel: for few
  // inputs, n >= CK_FLAT_OUTPUTS and stride_w * c <= CK_FLAT_STEP. scratch: ck_flat_scratch floats. y has the bits of
  // igemm.
  void (*flat_forward)(const ck_conv *s, int32_t images, const float *x, const float *w, const float *bias,
                       ck_clamp clamp, int32_t row_begin, int32_t row_end, int32_t past_caches, float *scratch,
                       float *y);
  // Its gradients: dx from the filter by inputs, taps reversed, [c][kernel_h][kernel_w][n]; dw and dbias += the sums
  // over all images, in an order that the sizes and the number of images alone fix. Each may be NULL.
  void (*flat_backward)(const ck_conv *s, int32_t images, const float *x, const float *dy, const float *w_by_input,
                        float *scratch, float *dx, float *dw, float *dbias);

  // The same, 3x3 with strides and dilations of 1, two rows and columns of outputs at a time by Winograd's F(2x2, 3x3).
  // u: the filter at its sixteen points, [16][panels][c][panel] as igemm reads it, from winograd_filter, with outputs
  // of half a panel in half ones. scratch:
  // ck_winograd_scratch floats. An output is the sum over the channels at each point, in the order of igemm, then over
  // the points: bits depend on the patch of 4x4 inputs alone. A NaN reaches the outputs that read it and no others;
  // infinities, weights beyond 2/9 of the largest float and products beyond a ninth of it may reach them as NaN.
  void (*winograd)(const ck_conv *s, int32_t images, const float *x, const float *u, int32_t panel, const float *bias,
                   ck_clamp clamp, int32_t row_begin, int32_t row_end, float *scratch, float *y);
  // w is [3][3][c][n]. With `reversed` the taps are reversed and the channels turned around: what takes dy to dx.
  void (*winograd_filter)(const float *w, int32_t c, int32_t n, int32_t reversed, int32_t panel, float *u);
  // dw += the sums over the pixels of all images, in an order that the sizes and the number of images alone fix.
  // scratch: ck_winograd_gradient_scratch floats.
  void (*winograd_gradient)(const ck_conv *s, int32_t images, const float *x, const float *dy, float *scratch,
                            float *dw);

  // sums[n] += sum over rows of a[row*stride + n]
  void (*column_sum)(const float *a, int64_t rows, int64_t stride, int32_t n_count, float *sums);

  // [rows][cols] -> [cols][rows]
  void (*transpose)(const float *a, int32_t rows, int32_t cols, float *b);

  // y = clamp(x + bias[channel]); bias may be NULL. May be in place. NaN stays NaN through both.
  void (*bias_clamp)(const float *x, int64_t pixels, int32_t c, const float *bias, ck_clamp clamp, float *y);
  // dx = y > 0 ? dy : 0. May be in place (dx == dy).
  void (*relu_gradient)(const float *y, const float *dy, int64_t count, float *dx);

  // Max pooling of one image. winners (may be NULL) gets the winning cell's index within its window, row-major
  // (0 ..< pool_h*pool_w, which must then be <= 256); ties take the first. A NaN in the window wins.
  void (*max_pool)(const ck_pool *s, const float *x, float *y, uint8_t *winners);
  // As max_pool, but of clamp(x + bias); bias may be NULL: the epilogue of a convolution, output rows
  // [row_begin, row_end) alone; x, y and winners point at whole images.
  void (*bias_clamp_max_pool)(const ck_pool *s, const float *x, const float *bias, ck_clamp clamp,
                              int32_t row_begin, int32_t row_end, float *y, uint8_t *winners);
  // dx is set to zero, then dx[winner] += dy (windows may overlap). relu_y, if not NULL, masks: only where relu_y > 0.
  void (*max_pool_gradient)(const ck_pool *s, const float *dy, const uint8_t *winners, const float *relu_y, float *dx);
  // The same without stored winners: found again from x as max_pool finds them.
  void (*max_pool_gradient_search)(const ck_pool *s, const float *x, const float *dy, float *dx);
  void (*average_pool)(const ck_pool *s, const float *x, float *y);
  void (*average_pool_gradient)(const ck_pool *s, const float *dy, float *dx);
  // y[c] = mean over pixels; dx[pixel][c] = dy[c] / pixels
  void (*global_average)(const float *x, int32_t pixels, int32_t c, float *y);
  void (*global_average_gradient)(const float *dy, int32_t pixels, int32_t c, float *dx);
  // y[c] = the largest over pixels, the first NaN over all. dx = dy[c] / (how many equal y[c]) where x == y, else 0.
  void (*global_max)(const float *x, int32_t pixels, int32_t c, float *y);
  void (*global_max_gradient)(const float *x, const float *y, const float *dy, int32_t pixels, int32_t c, float *dx);
  // One image enlarged, and the gradient: each input's share of what it went into, added output by output.
  void (*upsample)(const ck_upsample *s, const float *x, float *y);
  void (*upsample_gradient)(const ck_upsample *s, const float *dy, float *dx);

  // y = clamp(x * a[channel] + b[channel]), fused multiply-add. May be in place.
  void (*channel_affine)(const float *x, int64_t pixels, int32_t c, const float *a, const float *b, ck_clamp clamp,
                         float *y);
  // sums[c] += sum over pixels of (x - mean[c])^2
  void (*channel_squares)(const float *x, int64_t pixels, int32_t c, const float *mean, float *sums);
  // With xhat = (x - mean) * inv: dot[c] += sum dy*xhat, sum[c] += sum dy
  void (*channel_dots)(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
                       const float *inv, float *dot, float *sum);
  // dx = a[c] * (dy - b[c] - (xhat * d[c] + b_rest[c])), xhat = (x - mean) * inv   (batch normalisation's gradient)
  // b + b_rest is the mean of dy to twice a float's precision: an error in b is the same for every pixel, and
  // sums of dx, which cancel, would collect it.
  void (*channel_gradient)(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
                           const float *inv, const float *a, const float *b, const float *b_rest, const float *d,
                           float *dx);

  // y = (x - mean[c]) * scale[c] + offset[c]; mean and offset may be NULL: 0. May be in place.
  void (*channel_normalize)(const float *x, int64_t pixels, int32_t c, const float *mean, const float *scale,
                            const float *offset, float *y);
  // With xhat = (x - mean[c]) * inv[c] and g = gamma[c] * dy - centre[c]; gamma may be NULL: 1.
  // sums[0][c] += sum xhat, sums[1][c] += sum dy*xhat, sums[2][c] += sum g, sums[3][c] += sum g*xhat
  void (*centred_dots)(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean, const float *inv,
                       const float *gamma, const float *centre, float *sums);
  // dx = inv[c] * (g - (xhat * a[c] + b[c]))   (group normalisation's gradient, over one sample)
  // g has the bits that centred_dots sums, so that b can give back what is left of it.
  void (*centred_gradient)(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
                           const float *inv, const float *gamma, const float *centre, const float *a, const float *b,
                           float *dx);
  // For each row of c values: y = (x - mean) / sqrt(variance + epsilon) * gamma[i] + beta[i], with the row's mean and
  // biased variance; gamma and beta may be NULL. May be in place.
  void (*row_normalize)(const float *x, int64_t rows, int32_t c, float epsilon, const float *gamma, const float *beta,
                        float *y);
  // Its gradients: dx, dgamma[i] += sum over rows of dy*xhat, dbeta[i] += sum of dy; each may be NULL.
  void (*row_normalize_gradient)(const float *x, const float *dy, int64_t rows, int32_t c, float epsilon,
                                 const float *gamma, float *dx, float *dgamma, float *dbeta);

  // y = min(max((x - mean[c]) * factor + offset[c], low), high). May be in place.
  void (*clipped_affine)(const float *x, int64_t pixels, int32_t c, const float *mean, float factor,
                         const float *offset, float low, float high, float *y);
  // dx = dy where the value before clipping is in [low, high], else 0. May be in place (dx == dy).
  void (*clipped_affine_mask)(const float *x, const float *dy, int64_t pixels, int32_t c, const float *mean,
                              float factor, const float *offset, float low, float high, float *dx);
  void (*affine_image)(const ck_affine *s, const float *x, float *y);
  // The adjoint: dx is set to zero, then each pixel of dy goes back to those that it was made of, by their weights.
  void (*affine_image_gradient)(const ck_affine *s, const float *dy, float *dx);

  void (*add)(const float *a, const float *b, int64_t count, ck_clamp clamp, float *y);      // may be in place
  void (*multiply)(const float *a, const float *b, int64_t count, float *y);                 // may be in place
  void (*subtract)(const float *a, const float *b, int64_t count, float *y);                 // may be in place
  // The greater one; NaN if either is.
  void (*maximum)(const float *a, const float *b, int64_t count, float *y);                  // may be in place
  // dy where a (of_first != 0) or b won, else 0; equal values are won by a.
  void (*maximum_gradient)(const float *a, const float *b, const float *dy, int64_t count, int32_t of_first,
                           float *dx);
  // sums[row] += sum over n of a[row*c + n]
  void (*row_sum)(const float *a, int64_t rows, int32_t c, float *sums);
  void (*scale_offset)(const float *x, int64_t count, float scale, float offset, float *y);  // x*scale+offset, may be in place
  void (*accumulate)(const float *a, int64_t count, float *y);                               // y += a
  // y[i] = sum over parts, in the order of a balanced pairwise tree, of a[part*stride + i]
  void (*reduce_parts)(const float *a, int32_t parts, int64_t stride, int64_t count, float *y);
  void (*bytes_to_float)(const uint8_t *x, int64_t count, float *y);
  // Sum of squares in double, fixed order; *non_finite is set to 1 if any value is NaN or infinite, else left.
  double (*sum_squares)(const float *x, int64_t count, int32_t *non_finite);

  // Elementwise activations and dx = dy * f'(...), from x and y = f(x). parameter: slope of leaky ReLU, alpha of ELU.
  // Relative error of y, however small, down to the normal numbers: below 1e-7 (leaky ReLU), 2e-7 (hard sigmoid), 4e-7
  // (sigmoid, tanh, ELU, SELU), 6e-7 (SiLU, softplus), 8e-7 (GELU: seven ulp). Infinite x gives the limit, but NaN
  // where GELU and SiLU fall to -0; NaN gives NaN; functions through 0 keep its sign.
  void (*unary)(ck_unary f, float parameter, const float *x, int64_t count, float *y);
  void (*unary_gradient)(ck_unary f, float parameter, const float *x, const float *y, const float *dy, int64_t count,
                         float *dx);
  // Keras's ReLU: y = x > threshold ? min(x, ceiling) : slope * (x - threshold); threshold and slope at least 0.
  // Its gradient is 0 at the threshold and 1 at the ceiling.
  void (*shaped_relu)(const float *x, int64_t count, float ceiling, float slope, float threshold, float *y);
  void (*shaped_relu_gradient)(const float *x, const float *dy, int64_t count, float ceiling, float slope,
                               float threshold, float *dx);
  // Over the last axis: y = exp(x - max) / sum
  void (*softmax)(const float *x, int64_t rows, int32_t c, float *y);
  // dx = y * (dy - sum(dy*y))
  void (*softmax_gradient)(const float *y, const float *dy, int64_t rows, int32_t c, float *dx);
  // The same over the middle axis of [outer][extent][inner], and its gradient.
  void (*axis_softmax)(const float *x, int64_t outer, int32_t extent, int32_t inner, float *y);
  void (*axis_softmax_gradient)(const float *y, const float *dy, int64_t outer, int32_t extent, int32_t inner,
                                float *dx);
  // For each row: loss[row] = logsumexp(x) - x[label]; p = softmax(x); hits[row] = 1 if argmax(x) == label (lowest index
  // wins ties) else 0; dx = (p - onehot) * gradient_scale. p and dx may be NULL; labels in 0..<c, checked by the caller.
  // With smoothing s the target is onehot * (1 - s) + s / c in the loss and in dx. Where class_weights is not NULL, loss
  // and dx of a row are multiplied by its label's.
  void (*softmax_cross_entropy)(const float *x, const int32_t *labels, int64_t rows, int32_t c, float gradient_scale,
                                float smoothing, const float *class_weights, float *p, float *dx, float *loss,
                                float *hits);

  // l1 * sum |w| + l2 * sum w^2, summed in double in a fixed order; g, if not NULL, gets its gradient added:
  // g += l1 * sign(w) + 2 * l2 * w, sign(0) = 0.
  double (*penalty)(const float *w, int64_t count, float l1, float l2, float *g);

  // Optimisers, one sweep. Formulas of Keras 3 (keras/src/optimizers). Before a rule, by `u`:
  // g = clamp(g * scale, -limit, limit); w -= (w * decay) * rate. Where scale is 1, limit infinite and decay 0, g and w
  // are as they stand. Nothing may overlap.
  //
  // momentum == 0: w -= rate*g; else v = momentum*v - rate*g; w += nesterov ? momentum*v - rate*g : v
  void (*sgd)(float *w, float *v, const float *g, int64_t count, const ck_update *u, float momentum, int32_t nesterov);
  // m += (g-m)*(1-b1); v += (g*g-v)*(1-b2); w -= alpha*m/(sqrt(v)+eps); alpha = rate*sqrt(1-b2^t)/(1-b1^t) by the
  // caller (Kingma & Ba 2015, section 2's last form). If `most` is not NULL: most = max(most, v), in the place of v.
  void (*adam)(float *w, float *m, float *v, float *most, const float *g, int64_t count, const ck_update *u, float alpha,
               float one_minus_b1, float one_minus_b2, float eps);
  // m and v as of adam; w -= (mean_share*m + gradient_share*g)*rate/(sqrt(v*square_share)+eps)
  void (*nadam)(float *w, float *m, float *v, const float *g, int64_t count, const ck_update *u, const ck_nadam *a);
  // s = rho*s + (1-rho)*g*g; step = rate*g/sqrt(s+eps); w -= step. If `mean` is not NULL: mean = rho*mean + (1-rho)*g,
  // and max(s - mean*mean, 0) in the place of s (rounding may bring it below). If v is not NULL: v = momentum*v + step,
  // in the place of step.
  void (*rmsprop)(float *w, float *s, float *mean, float *v, const float *g, int64_t count, const ck_update *u, float rho,
                  float one_minus_rho, float momentum, float eps);
  // s += g*g; w -= rate*g/sqrt(s+eps)
  void (*adagrad)(float *w, float *s, const float *g, int64_t count, const ck_update *u, float eps);
  // w -= rate*sign(m*b1 + g*(1-b1)), sign(0) = 0; m = m*b2 + g*(1-b2) (Chen et al., arXiv 2302.06675)
  void (*lion)(float *w, float *m, const float *g, int64_t count, const ck_update *u, float b1, float one_minus_b1,
               float b2, float one_minus_b2);
  // average = keep*average + (1-keep)*w
  void (*moving_average)(float *average, const float *w, int64_t count, float keep);
  // g = (g + sum)/batches; sum = 0
  void (*mean_gradient)(float *g, float *sum, int64_t count, float batches);

  // Inverted dropout, counter based: element e (0-based within its sample) of sample s is kept if its Philox4x32-10
  // draw >= threshold: counter = (e/4, sample, step, stream), key = (seed low, seed high), word e%4.
  // y = kept ? x*scale : 0. May be in place. The gradient is the same call on dy.
  void (*dropout)(const float *x, int64_t count, uint64_t seed, uint32_t stream, uint32_t step, uint32_t sample,
                  uint32_t threshold, float scale, float *y);

  // y = x + deviation * z, z standard normal by Box and Muller (1958): words a, b of elements e, e + 1 (e even), which
  // are counted as in dropout, give sqrt(-2 ln u) * (cos, sin)(2 pi v), u and v the middles of 2^23 equal parts of
  // 0...1 that the words' high bits name. May be in place.
  void (*gaussian_noise)(const float *x, int64_t count, uint64_t seed, uint32_t stream, uint32_t step, uint32_t sample,
                         float deviation, float *y);

  // For each channel n the outputs that carry a gradient, in the order of images and cells: where their patches start
  // in x, and dy. A cell carries none where y <= 0 (y may be NULL: all do) or dy is 0. winners (NULL: windows of one
  // output) names the output within the cell's window. Lists are [c][capacity]; counts[n] their lengths.
  void (*winner_lists)(const ck_winners *s, const float *y, const float *dy, const uint8_t *winners, int32_t *offsets,
                       float *gradients, int32_t *counts);
  // dw[k][n] += sum over n's list of gradient * x[offset + ...], k over rows of taps and their run; dbias[n] += sum of
  // the gradients (NULL: not wanted). sums and turned are scratch of tap_rows * run * c floats each.
  void (*winner_filter_gradient)(const ck_winners *s, const float *x, const int32_t *offsets, const float *gradients,
                                 const int32_t *counts, float *sums, float *turned, float *dw, float *dbias);
  // dx[patch of an output] += dy * w[n][...] for the channels n that the output won; w is [c][tap_rows * run]: the
  // filter transposed. dx is padded as x is; the caller clears it. channels and gradients are scratch of
  // cells_h * cells_w * c + 16 values, ends of cells_h * cells_w * pool_h * pool_w.
  void (*winner_input_gradient)(const ck_winners *s, const float *y, const float *dy, const uint8_t *winners,
                                const float *w, int32_t *channels, float *gradients, int32_t *ends, float *dx);
} ck_table;

// The best instruction set this processor has (and whose state the operating system saves).
ck_isa ck_best_isa(void);
// The kernels of an instruction set; what has no faster version is the scalar one. Asking for more than
// ck_best_isa() gives that of ck_best_isa().
const ck_table *ck_kernels(ck_isa isa);

// CRC-32C (Castagnoli; RFC 3720, appendix B.4) of what came before, whose sum is `crc` (0 for nothing), and these bytes.
uint32_t ck_crc32c(ck_isa isa, uint32_t crc, const uint8_t *bytes, size_t count);

// Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", SC 2011).
void ck_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]);

// Words 0 and 1 of Philox at counter (0, sample, step, stream), as multiples of 2^-24 in 0 ..< 1.
static inline void ck_uniforms(uint64_t seed, uint32_t stream, uint32_t step, uint32_t sample, float *first,
                               float *second) {
  const uint32_t counter[4] = {0, sample, step, stream}, key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  uint32_t words[4];
  ck_philox(counter, key, words);
  *first = (float)(words[0] >> 8) * 0x1p-24f;
  *second = (float)(words[1] >> 8) * 0x1p-24f;
}

// cos and sin of 2 pi * turns.
static inline void ck_turn(double turns, double *cosine, double *sine) {
  const double angle = 6.283185307179586476925286766559 * turns;
  *cosine = __builtin_cos(angle);
  *sine = __builtin_sin(angle);
}

// Floats of scratch that the kernels over planes take.
int64_t ck_plane_scratch(const ck_conv *s);
enum { CK_PLANE_REACH = 32 };

// The same of those with lanes along pixels and outputs, and what these take.
int64_t ck_flat_scratch(const ck_conv *s);
// Whether they permute values for a filter's gradient of so many rows and n outputs, or sum outer products.
int ck_flat_permutes(int32_t filter_rows, int32_t n);
enum { CK_FLAT_OUTPUTS = 8, CK_FLAT_STEP = 7 };

// Floats of a filter at its sixteen points, in panels of any instruction set, and of scratch.
int64_t ck_winograd_filter_count(int32_t c, int32_t n);
int64_t ck_winograd_scratch(int32_t c, int32_t n);
int64_t ck_winograd_gradient_scratch(int32_t c, int32_t n);

// FMA peak of one core, measured: runs `iterations` rounds of independent multiply-adds in registers and returns
// the floating-point operations done (2 a lane and FMA); the caller takes the time.
int64_t ck_fma_burst(ck_isa isa, int64_t iterations);

// Reads `count` floats, a multiple of 64, in order from four places at a time, and does nothing else of note with them;
// returns what they came to, so that the reading is not left out.
uint64_t ck_read_burst(const float *a, int64_t count);

// Writes zeros past the caches to `count` floats, a multiple of 4, aligned to 16 bytes.
void ck_write_burst(float *a, int64_t count);

// Processors that this process may use: its affinity where the system tells it, else those that are online.
int32_t ck_available_processors(void);

// Tells the processor that this is a loop that waits.
static inline void ck_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ __volatile__("yield");
#endif
}

#endif
