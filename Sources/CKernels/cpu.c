// Which instruction set this processor has, and whether the operating system saves its registers.
#include "kernels.h"

#if defined(__x86_64__)
#include <cpuid.h>

// Which register files the operating system saves at a context switch (XCR0).
static uint32_t saved_state(void) {
  uint32_t low, high;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

ck_isa ck_best_isa(void) {
  enum { XMM_YMM = 0x06, OPMASK_ZMM = 0xE0 };
  uint32_t a, b, c, d;
  if (!__get_cpuid(1, &a, &b, &c, &d)) return CK_ISA_SCALAR;
  const uint32_t osxsave_avx_fma = 1u << 27 | 1u << 28 | 1u << 12;
  if ((c & osxsave_avx_fma) != osxsave_avx_fma) return CK_ISA_SCALAR;
  uint32_t state = saved_state();
  if ((state & XMM_YMM) != XMM_YMM) return CK_ISA_SCALAR;
  if (!__get_cpuid_count(7, 0, &a, &b, &c, &d)) return CK_ISA_SCALAR;
  const uint32_t avx2 = 1u << 5;
  if (!(b & avx2)) return CK_ISA_SCALAR;
  const uint32_t f_dq_bw_vl = 1u << 16 | 1u << 17 | 1u << 30 | 1u << 31;
  if ((b & f_dq_bw_vl) != f_dq_bw_vl || (state & OPMASK_ZMM) != OPMASK_ZMM) return CK_ISA_AVX2;
  return CK_ISA_AVX512;
}

#else

ck_isa ck_best_isa(void) { return CK_ISA_SCALAR; }

#endif
