// Independent multiply-adds in registers, nothing else. The operands have all their bits in use, differ from lane to lane
// and the sums keep moving: a processor that saves power on idle bits would show a roof that real data never reaches.

int64_t CK_JOIN(ck_fma_burst, __, CK_ISA_SUFFIX)(int64_t iterations) {
  enum { CHAINS = 12, RESTART = 1 << 16 };  // restarted before the sums outgrow what is added to them
  float operands[(4 + CHAINS) * LANES];
  for (uint32_t i = 0, bits = 1; i < (4 + CHAINS) * LANES; i++, bits = bits * 1664525u + 1013904223u) {
    operands[i] = (float)(int32_t)bits * 0x1p-31f;
  }
  vec sum[CHAINS], a[2], b[2];
  volatile float sink = 0;
  for (int k = 0; k < 2; k++) {
    a[k] = v_load(operands + k * LANES, LANES);
    b[k] = v_load(operands + (2 + k) * LANES, LANES);
  }
  for (int64_t left = iterations; left > 0; left -= RESTART) {
    for (int k = 0; k < CHAINS; k++) sum[k] = v_load(operands + (4 + k) * LANES, LANES);
    for (int64_t i = left < RESTART ? left : RESTART; i > 0; i--) {
#pragma clang loop unroll(full)
      for (int k = 0; k < CHAINS; k++) sum[k] = v_fma(a[k & 1], b[k >> 1 & 1], sum[k]);
    }
    for (int k = 0; k < CHAINS; k++) sink = sink + v_sum(sum[k]);
  }
  return iterations * CHAINS * LANES * 2;
}
