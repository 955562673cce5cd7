// Gaussian noise: Box and Muller's pairs from Philox. Plain C that compilers vectorise, with one formula on every
// instruction set, so that all of them give the same bits.

#include "philox.h"

// log(u) for a normal u <= 1; polynomial of Cephes in single precision.
CK_INLINE float noise_log(float u) {
  uint32_t bits;
  memcpy(&bits, &u, sizeof bits);
  // u = 2^e * (1 + f), 1 + f from sqrt(1/2) to sqrt(2)
  const uint32_t shifted = bits - 0x3f3504f3u;
  const int32_t exponent = (int32_t)shifted >> 23;
  const uint32_t mantissa = (shifted & 0x007fffffu) + 0x3f3504f3u;
  float m;
  memcpy(&m, &mantissa, sizeof m);
  const float e = (float)exponent, f = m - 1, z = f * f;
  float q = 7.0376836292e-2f;
  q = q * f + -1.1514610310e-1f;
  q = q * f + 1.1676998740e-1f;
  q = q * f + -1.2420140846e-1f;
  q = q * f + 1.4249322787e-1f;
  q = q * f + -1.6668057665e-1f;
  q = q * f + 2.0000714765e-1f;
  q = q * f + -2.4999993993e-1f;
  q = q * f + 3.3333331174e-1f;
  float log = q * (f * z) + e * -2.12194440e-4f;
  log += z * -0.5f;
  return log + f + e * 0.693359375f;
}

// cos and sin of 2 pi v, 0 <= v < 1.
CK_INLINE void noise_turn(float v, float *cosine, float *sine) {
  const int32_t quarter = (int32_t)(v * 4 + 0.5f);  // v lies within an eighth of this many quarters
  const float r = (v - (float)quarter * 0.25f) * 6.283185307179586f, z = r * r;
  float s = -1.9515295891e-4f;
  s = s * z + 8.3321608736e-3f;
  s = s * z + -1.6666654611e-1f;
  s = s * z * r + r;
  float c = 2.443315711809948e-5f;
  c = c * z + -1.388731625493765e-3f;
  c = c * z + 4.166664568298827e-2f;
  c = c * z * z + (1 - z * 0.5f);
  const float a = quarter & 1 ? s : c, b = quarter & 1 ? c : s;
  *cosine = (quarter + 1) & 2 ? -a : a;
  *sine = quarter & 2 ? -b : b;
}

// The middle of one of 2^23 equal parts of 0...1.
CK_INLINE float noise_unit(uint32_t word) { return ((float)(int32_t)(word >> 9) + 0.5f) * 0x1p-23f; }

void CK_NAME(gaussian_noise)(const float *x, int64_t count, uint64_t seed, uint32_t stream, uint32_t step,
                             uint32_t sample, float deviation, float *y) {
  enum { BLOCKS = 16, WORDS = 4 * BLOCKS };
  const uint32_t low = (uint32_t)seed, high = (uint32_t)(seed >> 32);
  for (int64_t first = 0; first < count; first += WORDS) {
    uint32_t words[4][BLOCKS];
    float z[WORDS];
    for (uint32_t k = 0; k < BLOCKS; k++) {
      uint32_t c0 = (uint32_t)(first / 4) + k, c1 = sample, c2 = step, c3 = stream, k0 = low, k1 = high;
      for (int round = 0; round < CK_PHILOX_ROUNDS; round++) {
        const uint64_t a = (uint64_t)CK_PHILOX_M0 * c0, b = (uint64_t)CK_PHILOX_M1 * c2;
        c0 = (uint32_t)(b >> 32) ^ c1 ^ k0;
        c1 = (uint32_t)b;
        c2 = (uint32_t)(a >> 32) ^ c3 ^ k1;
        c3 = (uint32_t)a;
        k0 += CK_PHILOX_W0;
        k1 += CK_PHILOX_W1;
      }
      words[0][k] = c0, words[1][k] = c1, words[2][k] = c2, words[3][k] = c3;
    }
    for (int pair = 0; pair < 2; pair++) {
      for (int k = 0; k < BLOCKS; k++) {
        float cosine, sine;
        noise_turn(noise_unit(words[2 * pair + 1][k]), &cosine, &sine);
        const float radius = deviation * sqrtf(-2 * noise_log(noise_unit(words[2 * pair][k])));
        z[4 * k + 2 * pair] = radius * cosine;
        z[4 * k + 2 * pair + 1] = radius * sine;
      }
    }
    const int64_t rest = count - first < WORDS ? count - first : WORDS;
    for (int64_t e = 0; e < rest; e++) y[first + e] = x[first + e] + z[e];
  }
}
