// One row of kernels an instruction set. Each starts with the scalar kernels and faster ones overwrite: a kernel that
// an instruction set lacks is slow there, never missing.
#include "kernels.h"

#pragma clang diagnostic ignored "-Winitializer-overrides"

static const ck_table scalar = {
    .isa = CK_ISA_SCALAR,
    .panel = CK_PANEL_SCALAR,
    CK_EACH_KERNEL(CK_ROW, scalar)
};

const ck_table *ck_kernels(ck_isa isa) {
  (void)isa;
  return &scalar;
}
