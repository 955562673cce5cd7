// One sweep over weights, their state and their gradient, a weight at a time: the text that the vector versions share.
#include "vector_scalar.h"

#include "f32_optimizer.inc.h"
