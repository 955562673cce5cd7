// Inverted dropout: LANES blocks of Philox4x32-10 at a time, bit for bit those of philox.c.
#include "philox.h"

// Words 0...3 of LANES blocks. Interleaving works within groups of four lanes, so the lanes are numbered such that
// draw[t] holds blocks in order: lane 4g + t computes block t * LANES / 4 + g.
CK_INLINE void philox_draw(uint32_t block, uint32_t sample, uint32_t step, uint32_t stream, uint64_t seed,
                           ivec draw[4]) {
  uint32_t order[LANES];
  for (uint32_t lane = 0; lane < LANES; lane++) order[lane] = lane % 4 * (LANES / 4) + lane / 4;
  ivec c0, c1 = i_set(sample), c2 = i_set(step), c3 = i_set(stream);
  memcpy(&c0, order, sizeof c0);
  c0 = i_add(c0, i_set(block));
  uint32_t k0 = (uint32_t)seed, k1 = (uint32_t)(seed >> 32);
  for (int round = 0; round < CK_PHILOX_ROUNDS; round++) {
    ivec a_high, a_low, b_high, b_low;
    i_multiply_wide(c0, i_set(CK_PHILOX_M0), &a_high, &a_low);
    i_multiply_wide(c2, i_set(CK_PHILOX_M1), &b_high, &b_low);
    c0 = i_xor(i_xor(b_high, c1), i_set(k0));
    c1 = b_low;
    c2 = i_xor(i_xor(a_high, c3), i_set(k1));
    c3 = a_low;
    k0 += CK_PHILOX_W0;
    k1 += CK_PHILOX_W1;
  }
  ivec low01 = i_low_pairs(c0, c1), high01 = i_high_pairs(c0, c1);
  ivec low23 = i_low_pairs(c2, c3), high23 = i_high_pairs(c2, c3);
  draw[0] = i_low_quads(low01, low23);
  draw[1] = i_high_quads(low01, low23);
  draw[2] = i_low_quads(high01, high23);
  draw[3] = i_high_quads(high01, high23);
}

void CK_NAME(dropout)(const float *x, int64_t count, uint64_t seed, uint32_t stream, uint32_t step, uint32_t sample,
                      uint32_t threshold, float scale, float *y) {
  const ivec least = i_set(threshold);
  const vec factor = v_set(scale);
  for (int64_t first = 0; first < count; first += 4 * LANES) {
    ivec draw[4];
    philox_draw((uint32_t)(first / 4), sample, step, stream, seed, draw);
    for (int32_t t = 0; t < 4 && first + t * LANES < count; t++) {
      const int64_t i = first + t * LANES;
      const int32_t n = count - i < LANES ? (int32_t)(count - i) : LANES;
      v_store(y + i, n, v_select(i_at_least(draw[t], least), v_mul(v_load(x + i, n), factor), v_set(0)));
    }
  }
}
