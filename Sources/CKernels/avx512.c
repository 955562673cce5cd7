// Every kernel in AVX-512: the texts of the kernels, at this width.
#if defined(__x86_64__)
#include "vector_avx512.h"

#include "f32_channel.inc.h"
#include "f32_depthwise.inc.h"
#include "f32_dropout.inc.h"
#include "f32_transpose.inc.h"
#include "f32_igemm.inc.h"
#include "f32_idot.inc.h"
#include "f32_iquad.inc.h"
#include "f32_image.inc.h"
#include "f32_noise.inc.h"
#include "f32_normalize.inc.h"
#include "f32_merge.inc.h"
#include "f32_optimizer.inc.h"
#include "f32_outer.inc.h"
#include "f32_penalty.inc.h"
#include "f32_pool.inc.h"
#include "f32_resize.inc.h"
#include "f32_softmax.inc.h"
#include "f32_plane.inc.h"
#include "f32_flat.inc.h"
#include "f32_flat_gradient.inc.h"
#include "f32_unary.inc.h"
#include "f32_vector.inc.h"
#include "f32_winner.inc.h"
#include "f32_winograd.inc.h"
#include "fma_burst.inc.h"

#pragma clang attribute pop
#endif
