// Winograd's convolutions, one lane at a time.
#include "vector_scalar.h"

#include "f32_winograd.inc.h"
