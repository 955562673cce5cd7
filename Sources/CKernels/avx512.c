// Every kernel in AVX-512.
#if defined(__x86_64__)
#include "vector_avx512.h"

#include "f32_igemm.inc.h"
#include "f32_outer.inc.h"

#pragma clang attribute pop
#endif
