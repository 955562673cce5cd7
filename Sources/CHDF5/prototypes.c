/* Holds the prototypes of library.h to the real ones, where the header is installed; compiles to nothing. */
#if defined(__has_include)
#if __has_include(<hdf5/serial/hdf5.h>)
#include <hdf5/serial/hdf5.h>
#define CHDF5_HAS_HEADER
#elif __has_include(<hdf5.h>)
#include <hdf5.h>
#define CHDF5_HAS_HEADER
#endif
#endif

#include "library.h"

#ifdef CHDF5_HAS_HEADER
/* Enumerations are integers to a caller, and pointers to them are not called through: sizes and counts are what can
 * go wrong, so each function is called with arguments of the types of library.h, unevaluated. */
_Static_assert(sizeof(hid_t) == sizeof(chdf5_id), "hid_t");
_Static_assert(sizeof(hsize_t) == sizeof(chdf5_size), "hsize_t");
_Static_assert(sizeof(herr_t) == sizeof(int), "herr_t");
_Static_assert(sizeof(hssize_t) == sizeof(long long), "hssize_t");
_Static_assert(sizeof(hbool_t) == sizeof(_Bool), "hbool_t");
_Static_assert(H5P_DEFAULT == CHDF5_DEFAULT && H5S_ALL == CHDF5_DEFAULT, "defaults");
_Static_assert((int)H5F_SCOPE_LOCAL == CHDF5_LOCAL, "H5F_SCOPE_LOCAL");
_Static_assert((int)H5_INDEX_NAME == CHDF5_BY_NAME && (int)H5_ITER_INC == CHDF5_INCREASING, "order");
_Static_assert((int)H5L_TYPE_HARD == CHDF5_HARD_LINK, "H5L_TYPE_HARD");
_Static_assert((int)H5I_GROUP == CHDF5_IS_GROUP && (int)H5I_DATASET == CHDF5_IS_DATASET, "H5I_type_t");
_Static_assert((int)H5T_INTEGER == CHDF5_INTEGER_CLASS && (int)H5T_FLOAT == CHDF5_FLOAT_CLASS &&
                   (int)H5T_STRING == CHDF5_TEXT_CLASS && (int)H5T_CSET_UTF8 == CHDF5_UTF8,
               "H5T_class_t");
_Static_assert((int)H5D_COMPACT == CHDF5_COMPACT && (int)H5D_CONTIGUOUS == CHDF5_CONTIGUOUS &&
                   (int)H5D_CHUNKED == CHDF5_CHUNKED,
               "H5D_layout_t");
_Static_assert((int)H5S_SCALAR == CHDF5_SCALAR && (int)H5F_LIBVER_EARLIEST == CHDF5_EARLIEST, "H5S, H5F");

/* A call that compiles has the arguments that the function takes, in number and, but for enumerations, in kind. */
__attribute__((unused)) static void calls(void) {
  chdf5_id i = 0;
  chdf5_size n = 0;
  char *t = 0;
  void *p = 0;
  (void)sizeof(H5Pset_fapl_core(i, (size_t)0, (_Bool)0) + H5Pset_file_image(i, p, (size_t)0));
  (void)sizeof(H5Pset_obj_track_times(i, (_Bool)0) + H5Pset_libver_bounds(i, 0, 0));
  (void)sizeof(H5Fget_file_image(i, p, (size_t)0) + H5Fopen(t, 0u, i) + H5Fcreate(t, 0u, i, i));
  (void)sizeof(H5Gcreate2(i, t, i, i, i) + H5Gopen2(i, t, i) + H5Gget_num_objs(i, &n));
  (void)sizeof(H5Lget_name_by_idx(i, t, 0, 0, n, t, (size_t)0, i) + H5Oopen(i, t, i));
  (void)sizeof(H5Dcreate2(i, t, i, i, i, i, i) + H5Dread(i, i, i, i, i, p) + H5Dwrite(i, i, i, i, i, p));
  (void)sizeof(H5Screate(0) + H5Screate_simple(0, &n, &n) + H5Sget_simple_extent_dims(i, &n, &n));
  (void)sizeof(H5Acreate2(i, t, i, i, i, i) + H5Aopen(i, t, i) + H5Aread(i, i, p) + H5Awrite(i, i, p));
  (void)sizeof(H5PLset_loading_state(0u) + H5Tset_size(i, (size_t)0) + H5Tset_cset(i, 0));
}
#endif
