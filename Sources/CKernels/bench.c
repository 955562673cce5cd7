// Independent multiply-adds in registers, as fast as the processor can: the roof that every kernel is measured against.
#include "kernels.h"

enum { CHAINS = 16 };

int64_t ck_fma_burst__scalar(int64_t iterations) {
  float sum[CHAINS] = {0};
  for (int64_t i = 0; i < iterations; i++) {
    for (int j = 0; j < CHAINS; j++) sum[j] = sum[j] * 0.5f + 1.0f;
  }
  volatile float sink = 0;
  for (int j = 0; j < CHAINS; j++) sink = sink + sum[j];
  return iterations * CHAINS * 2;
}

int64_t ck_fma_burst(ck_isa isa, int64_t iterations) {
  (void)isa;
  return ck_fma_burst__scalar(iterations);
}
