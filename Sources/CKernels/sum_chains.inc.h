// The order of sums down the columns of a matrix.
#ifndef CK_SUM_CHAINS_INC_H
#define CK_SUM_CHAINS_INC_H

// Rows after which a column's partial sum is added to the total, and how many partial sums run side by side to hide
// the latency of an addition. The order of a sum depends on the number of rows alone.
enum { SUM_ROWS = 256, SUM_CHAINS = 4 };

CK_INLINE vec chains_total(const vec s[SUM_CHAINS]) { return v_add(v_add(s[0], s[1]), v_add(s[2], s[3])); }

#endif
