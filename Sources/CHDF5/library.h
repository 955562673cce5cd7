/* libhdf5's functions that are called, found at run time; 1.10 and later, whose identifiers have 64 bits. */
#ifndef CHDF5_LIBRARY_H
#define CHDF5_LIBRARY_H

#include <stdint.h>
#include <sys/types.h>

typedef int64_t chdf5_id;
typedef unsigned long long chdf5_size;

/* name, result, arguments */
#define CHDF5_FUNCTIONS(F)                                                                                             \
  F(H5open, int, (void))                                                                                               \
  F(H5get_libversion, int, (unsigned *, unsigned *, unsigned *))                                                       \
  F(H5Eset_auto2, int, (chdf5_id, int (*)(chdf5_id, void *), void *))                                                  \
  F(H5PLset_loading_state, int, (unsigned))                                                                            \
  F(H5Pcreate, chdf5_id, (chdf5_id))                                                                                   \
  F(H5Pclose, int, (chdf5_id))                                                                                         \
  F(H5Pset_fapl_core, int, (chdf5_id, size_t, _Bool))                                                                  \
  F(H5Pset_file_image, int, (chdf5_id, void *, size_t))                                                                \
  F(H5Pset_obj_track_times, int, (chdf5_id, _Bool))                                                                    \
  F(H5Pset_libver_bounds, int, (chdf5_id, int, int))                                                                   \
  F(H5Pget_layout, int, (chdf5_id))                                                                                    \
  F(H5Pget_nfilters, int, (chdf5_id))                                                                                  \
  F(H5Pget_external_count, int, (chdf5_id))                                                                            \
  F(H5Fopen, chdf5_id, (const char *, unsigned, chdf5_id))                                                             \
  F(H5Fcreate, chdf5_id, (const char *, unsigned, chdf5_id, chdf5_id))                                                 \
  F(H5Fflush, int, (chdf5_id, int))                                                                                    \
  F(H5Fget_file_image, ssize_t, (chdf5_id, void *, size_t))                                                            \
  F(H5Fclose, int, (chdf5_id))                                                                                         \
  F(H5Gcreate2, chdf5_id, (chdf5_id, const char *, chdf5_id, chdf5_id, chdf5_id))                                      \
  F(H5Gopen2, chdf5_id, (chdf5_id, const char *, chdf5_id))                                                            \
  F(H5Gget_num_objs, int, (chdf5_id, chdf5_size *))                                                                    \
  F(H5Gclose, int, (chdf5_id))                                                                                         \
  F(H5Lget_name_by_idx, ssize_t, (chdf5_id, const char *, int, int, chdf5_size, char *, size_t, chdf5_id))             \
  F(H5Oopen, chdf5_id, (chdf5_id, const char *, chdf5_id))                                                             \
  F(H5Oclose, int, (chdf5_id))                                                                                         \
  F(H5Iget_type, int, (chdf5_id))                                                                                      \
  F(H5Dcreate2, chdf5_id, (chdf5_id, const char *, chdf5_id, chdf5_id, chdf5_id, chdf5_id, chdf5_id))                  \
  F(H5Dget_space, chdf5_id, (chdf5_id))                                                                                \
  F(H5Dget_type, chdf5_id, (chdf5_id))                                                                                 \
  F(H5Dget_create_plist, chdf5_id, (chdf5_id))                                                                         \
  F(H5Dget_storage_size, chdf5_size, (chdf5_id))                                                                       \
  F(H5Dread, int, (chdf5_id, chdf5_id, chdf5_id, chdf5_id, chdf5_id, void *))                                          \
  F(H5Dwrite, int, (chdf5_id, chdf5_id, chdf5_id, chdf5_id, chdf5_id, const void *))                                   \
  F(H5Dclose, int, (chdf5_id))                                                                                         \
  F(H5Screate, chdf5_id, (int))                                                                                        \
  F(H5Screate_simple, chdf5_id, (int, const chdf5_size *, const chdf5_size *))                                         \
  F(H5Sget_simple_extent_ndims, int, (chdf5_id))                                                                       \
  F(H5Sget_simple_extent_dims, int, (chdf5_id, chdf5_size *, chdf5_size *))                                            \
  F(H5Sget_simple_extent_npoints, long long, (chdf5_id))                                                               \
  F(H5Sclose, int, (chdf5_id))                                                                                         \
  F(H5Tcopy, chdf5_id, (chdf5_id))                                                                                     \
  F(H5Tset_size, int, (chdf5_id, size_t))                                                                              \
  F(H5Tset_cset, int, (chdf5_id, int))                                                                                 \
  F(H5Tget_class, int, (chdf5_id))                                                                                     \
  F(H5Tget_size, size_t, (chdf5_id))                                                                                   \
  F(H5Tis_variable_str, int, (chdf5_id))                                                                               \
  F(H5Tget_cset, int, (chdf5_id))                                                                                      \
  F(H5Tclose, int, (chdf5_id))                                                                                         \
  F(H5Acreate2, chdf5_id, (chdf5_id, const char *, chdf5_id, chdf5_id, chdf5_id, chdf5_id))                            \
  F(H5Aexists, int, (chdf5_id, const char *))                                                                          \
  F(H5Aopen, chdf5_id, (chdf5_id, const char *, chdf5_id))                                                             \
  F(H5Aget_type, chdf5_id, (chdf5_id))                                                                                 \
  F(H5Aget_space, chdf5_id, (chdf5_id))                                                                                \
  F(H5Aread, int, (chdf5_id, chdf5_id, void *))                                                                        \
  F(H5Awrite, int, (chdf5_id, chdf5_id, const void *))                                                                 \
  F(H5Aclose, int, (chdf5_id))                                                                                         \
  F(H5free_memory, int, (void *))

struct chdf5_library {
#define CHDF5_MEMBER(name, result, arguments) result(*name) arguments;
  CHDF5_FUNCTIONS(CHDF5_MEMBER)
#undef CHDF5_MEMBER
  /* H5Lget_info_by_idx, whose first and second forms begin alike: with the kind of link. */
  int (*link_info)(chdf5_id, const char *, int, int, chdf5_size, void *, chdf5_id);
  /* What the macros of these names stand for. */
  chdf5_id file_access, dataset_creation, native_float, little_endian_float, c_text;
};

/* Filled by chdf5_open. */
extern struct chdf5_library chdf5;

enum {
  CHDF5_DEFAULT = 0,            /* H5P_DEFAULT, H5S_ALL */
  CHDF5_READ_ONLY = 0,          /* H5F_ACC_RDONLY */
  CHDF5_TRUNCATE = 2,           /* H5F_ACC_TRUNC */
  CHDF5_LOCAL = 0,              /* H5F_SCOPE_LOCAL */
  CHDF5_BY_NAME = 0,            /* H5_INDEX_NAME */
  CHDF5_INCREASING = 0,         /* H5_ITER_INC */
  CHDF5_HARD_LINK = 0,          /* H5L_TYPE_HARD */
  CHDF5_IS_GROUP = 2,           /* H5I_GROUP */
  CHDF5_IS_DATASET = 5,         /* H5I_DATASET */
  CHDF5_INTEGER_CLASS = 0,      /* H5T_INTEGER */
  CHDF5_FLOAT_CLASS = 1,        /* H5T_FLOAT */
  CHDF5_TEXT_CLASS = 3,         /* H5T_STRING */
  CHDF5_COMPACT = 0,            /* H5D_COMPACT */
  CHDF5_CONTIGUOUS = 1,         /* H5D_CONTIGUOUS */
  CHDF5_CHUNKED = 2,            /* H5D_CHUNKED */
  CHDF5_SCALAR = 0,             /* H5S_SCALAR */
  CHDF5_UTF8 = 1,               /* H5T_CSET_UTF8 */
  CHDF5_EARLIEST = 0,           /* H5F_LIBVER_EARLIEST */
};

#endif
