// Normalisation of samples, transformations of images and noise, one lane at a time.
#include "vector_scalar.h"

#include "f32_image.inc.h"
#include "f32_noise.inc.h"
#include "f32_normalize.inc.h"
