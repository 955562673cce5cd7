// The same text on one lane: none of it sums in another order.
#include "vector_scalar.h"

CK_INLINE mask m_and(mask a, mask b) { return a && b; }
CK_INLINE mask m_not_le(vec a, vec b) { return !(a <= b); }
CK_INLINE mask m_numbers(vec a, vec b) { return a == a && b == b; }

#include "f32_resize.inc.h"
