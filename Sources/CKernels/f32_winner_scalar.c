// The gradients over winners, one lane wide: the text that the vector versions share.
#include "vector_scalar.h"

#include "f32_winner.inc.h"
