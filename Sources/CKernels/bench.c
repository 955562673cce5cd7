// The roof that every kernel is measured against.
#include "kernels.h"

enum { CHAINS = 16 };

int64_t ck_fma_burst__scalar(int64_t iterations) {
  float sum[CHAINS] = {0};
  for (int64_t i = 0; i < iterations; i++) {
    for (int j = 0; j < CHAINS; j++) sum[j] = sum[j] * 0.7654321f + 0.3456789f;
  }
  volatile float sink = 0;
  for (int j = 0; j < CHAINS; j++) sink = sink + sum[j];
  return iterations * CHAINS * 2;
}

int64_t ck_fma_burst(ck_isa isa, int64_t iterations) {
  ck_isa best = ck_best_isa();
  switch (isa < best ? isa : best) {
#if defined(__x86_64__)
    case CK_ISA_AVX512: return ck_fma_burst__avx512(iterations);
    case CK_ISA_AVX2: return ck_fma_burst__avx2(iterations);
#endif
    default: return ck_fma_burst__scalar(iterations);
  }
}

uint64_t ck_read_burst(const float *a, int64_t count) {
  enum { WORDS = 8, FLOATS = WORDS * 2 };  // a line of most caches
  uint64_t sum[WORDS] = {0};
  for (int64_t i = 0; i + FLOATS <= count; i += FLOATS) {
    for (int j = 0; j < WORDS; j++) {
      uint64_t word;
      __builtin_memcpy(&word, a + i + 2 * j, sizeof word);
      sum[j] += word;
    }
  }
  uint64_t total = 0;
  for (int j = 0; j < WORDS; j++) total ^= sum[j];
  return total;
}
