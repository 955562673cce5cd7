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
  // Four streams: one alone does not have enough of its lines on their way.
  enum { STREAMS = 4, WORDS = 8, FLOATS = WORDS * 2 };
  const int64_t part = count / STREAMS / FLOATS * FLOATS;
  uint64_t sum[STREAMS][WORDS] = {{0}};
  for (int64_t i = 0; i < part; i += FLOATS) {
    for (int k = 0; k < STREAMS; k++) {
      uint64_t line[WORDS];
      __builtin_memcpy(line, a + k * part + i, sizeof line);
      for (int j = 0; j < WORDS; j++) sum[k][j] += line[j];
    }
  }
  uint64_t total = 0;
  for (int k = 0; k < STREAMS; k++) {
    for (int j = 0; j < WORDS; j++) total ^= sum[k][j];
  }
  return total;
}

void ck_write_burst(float *a, int64_t count) {
  typedef float line __attribute__((vector_size(16)));
  const line zero = {0};
  for (int64_t i = 0; i + 4 <= count; i += 4) __builtin_nontemporal_store(zero, (line *)(a + i));
#if defined(__x86_64__)
  __asm__ volatile("sfence" : : : "memory");
#endif
}
