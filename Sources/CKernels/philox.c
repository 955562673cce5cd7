// Philox4x32-10 (Salmon et al., SC 2011), and inverted dropout drawn from it.
#include "kernels.h"
#include "philox.h"

void ck_philox(const uint32_t counter[4], const uint32_t key[2], uint32_t out[4]) {
  uint32_t c0 = counter[0], c1 = counter[1], c2 = counter[2], c3 = counter[3], k0 = key[0], k1 = key[1];
  for (int round = 0; round < CK_PHILOX_ROUNDS; round++) {
    uint64_t a = (uint64_t)CK_PHILOX_M0 * c0, b = (uint64_t)CK_PHILOX_M1 * c2;
    c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
    c1 = (uint32_t)b;
    c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
    c3 = (uint32_t)a;
    k0 += CK_PHILOX_W0;
    k1 += CK_PHILOX_W1;
  }
  out[0] = c0, out[1] = c1, out[2] = c2, out[3] = c3;
}

void ck_f32_dropout__scalar(const float *x, int64_t count, uint64_t seed, uint32_t stream, uint32_t step,
                            uint32_t sample, uint32_t threshold, float scale, float *y) {
  const uint32_t key[2] = {(uint32_t)seed, (uint32_t)(seed >> 32)};
  for (int64_t first = 0; first < count; first += 4) {
    const uint32_t counter[4] = {(uint32_t)(first / 4), sample, step, stream};
    uint32_t draw[4];
    ck_philox(counter, key, draw);
    for (int64_t e = first; e < count && e < first + 4; e++) y[e] = draw[e - first] >= threshold ? x[e] * scale : 0;
  }
}
