// One table of kernels an instruction set. Each starts with the scalar kernels and faster ones overwrite: a kernel
// that an instruction set lacks is slow there, never missing.
#include "kernels.h"

#pragma clang diagnostic ignored "-Winitializer-overrides"

static const ck_table tables[] = {
    [CK_ISA_SCALAR] = {.isa = CK_ISA_SCALAR, .panel = CK_PANEL_SCALAR, CK_EACH_KERNEL(CK_ROW, scalar)},
#if defined(__x86_64__)
    [CK_ISA_AVX2] = {.isa = CK_ISA_AVX2, .panel = CK_PANEL_AVX2,
                     CK_EACH_KERNEL(CK_ROW, scalar) CK_EACH_KERNEL(CK_ROW, avx2)},
    [CK_ISA_AVX512] = {.isa = CK_ISA_AVX512, .panel = CK_PANEL_AVX512,
                       CK_EACH_KERNEL(CK_ROW, scalar) CK_EACH_KERNEL(CK_ROW, avx512)},
#endif
};

const ck_table *ck_kernels(ck_isa isa) {
  ck_isa best = ck_best_isa();
  return &tables[isa < best ? isa : best];
}
