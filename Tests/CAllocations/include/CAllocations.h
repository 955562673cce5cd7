// Counts the heap allocations of the process it is linked into, by standing in front of the C library's allocator.
#ifndef CALLOCATIONS_H
#define CALLOCATIONS_H

#include <stdint.h>

// Allocations so far of the calling thread; -1 where this system's allocator cannot be stood in front of.
int64_t allocation_count(void);

#endif
