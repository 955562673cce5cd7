// Independent multiply-adds in registers, nothing else. The operands have all their bits in use and the sums swing
// back and forth: a processor that saves power on zeros would show a roof that real data never reaches.

int64_t CK_JOIN(ck_fma_burst, __, CK_ISA_SUFFIX)(int64_t iterations) {
  enum { CHAINS = 12 };
  vec sum[CHAINS], a[2], b[2];
  for (int k = 0; k < CHAINS; k++) sum[k] = v_set(0.1234567f * (float)(k + 1));
  for (int k = 0; k < 2; k++) a[k] = v_set(0.7654321f + (float)k / 3), b[k] = v_set(0.3456789f + (float)k / 7);
  for (int64_t i = 0; i < iterations; i++) {
#pragma clang loop unroll(full)
    for (int k = 0; k < CHAINS; k++) sum[k] = v_fma(a[k & 1], b[k >> 1 & 1], sum[k]);
#pragma clang loop unroll(full)
    for (int k = 0; k < CHAINS; k++) {
      sum[k] = v_fnma(a[k & 1], b[k >> 1 & 1], sum[k]);
      __asm__ volatile("" : "+v"(sum[k]));  // the compiler must not see that the two cancel
    }
  }
  volatile float sink = 0;
  for (int k = 0; k < CHAINS; k++) sink = sink + v_sum(sum[k]);
  return iterations * 2 * CHAINS * LANES * 2;
}
