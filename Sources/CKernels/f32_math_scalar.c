// The formulas of the other instruction sets, one lane at a time: results differ by the fusing of multiply-adds alone.
#include "vector_scalar.h"

#include "f32_softmax.inc.h"
#include "f32_unary.inc.h"
