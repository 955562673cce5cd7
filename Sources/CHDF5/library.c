/* Finds libhdf5 and the functions that are called. */
#include "library.h"
#include "chdf5.h"

#include <dlfcn.h>
#include <stdio.h>

struct chdf5_library chdf5;

static const char *const names[] = {
#ifdef __APPLE__
    "libhdf5.dylib", "/opt/homebrew/lib/libhdf5.dylib", "/usr/local/lib/libhdf5.dylib",
#else
    /* Debian's and Ubuntu's name first, with the versions of their releases; then everybody else's. */
    "libhdf5_serial.so.103", "libhdf5_serial.so.310", "libhdf5_serial.so.320", "libhdf5_serial.so",
    "libhdf5.so.103", "libhdf5.so.200", "libhdf5.so.310", "libhdf5.so.320", "libhdf5.so",
#endif
};

static int has_opened = 0;

static chdf5_id identifier(void *library, const char *name) {
  const chdf5_id *place = dlsym(library, name);
  return place ? *place : -1;
}

int chdf5_open(char *message, size_t message_size) {
  if (has_opened) return 0;
  void *library = NULL;
  for (size_t i = 0; i < sizeof names / sizeof *names && !library; i++) library = dlopen(names[i], RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    snprintf(message, message_size, "libhdf5 is not installed here");
    return -1;
  }
  const char *absent = NULL;
#define CHDF5_FIND(name, result, arguments)                                                                            \
  *(void **)&chdf5.name = dlsym(library, #name);                                                                       \
  if (!chdf5.name) absent = #name;
  CHDF5_FUNCTIONS(CHDF5_FIND)
#undef CHDF5_FIND
  static const char *const forms[] = {"H5Lget_info_by_idx2", "H5Lget_info_by_idx1", "H5Lget_info_by_idx"};
  void *info = NULL;
  for (int i = 0; i < 3 && !info; i++) info = dlsym(library, forms[i]);
  *(void **)&chdf5.link_info = info;
  if (!info) absent = "H5Lget_info_by_idx";
  if (absent) {
    snprintf(message, message_size, "the libhdf5 that is installed here has no %s; 1.10 or later is needed", absent);
    return -1;
  }
  unsigned major = 0, minor = 0, release = 0;
  if (chdf5.H5open() < 0 || chdf5.H5get_libversion(&major, &minor, &release) < 0 ||
      (major == 1 && minor < 10)) {
    snprintf(message, message_size, "libhdf5 %u.%u.%u is installed here, and 1.10 or later is needed", major, minor,
             release);
    return -1;
  }
  chdf5.H5Eset_auto2(0, NULL, NULL); /* its own reports would go to stderr */
  chdf5.H5PLset_loading_state(0);    /* no plug-ins, whatever a file asks for */
  chdf5.file_access = identifier(library, "H5P_CLS_FILE_ACCESS_ID_g");
  chdf5.dataset_creation = identifier(library, "H5P_CLS_DATASET_CREATE_ID_g");
  chdf5.native_float = identifier(library, "H5T_NATIVE_FLOAT_g");
  chdf5.little_endian_float = identifier(library, "H5T_IEEE_F32LE_g");
  chdf5.c_text = identifier(library, "H5T_C_S1_g");
  if (chdf5.file_access < 0 || chdf5.dataset_creation < 0 || chdf5.native_float < 0 || chdf5.little_endian_float < 0 ||
      chdf5.c_text < 0) {
    snprintf(message, message_size, "libhdf5 %u.%u.%u is installed here, and cannot be used", major, minor, release);
    return -1;
  }
  has_opened = 1;
  return 0;
}
