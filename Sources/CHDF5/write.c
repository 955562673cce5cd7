/* Writes an HDF5 file into memory: the oldest form of the format, without times, so that equal content has equal bytes. */
#include "library.h"
#include "chdf5.h"

#include <stdlib.h>
#include <string.h>

struct chdf5_writer {
  chdf5_id file, creation;
};

enum { GROWTH = 1 << 20 };

struct chdf5_writer *chdf5_create(void) {
  struct chdf5_writer *writer = malloc(sizeof *writer);
  if (!writer) return NULL;
  chdf5.H5Eset_auto2(0, NULL, NULL); /* which libhdf5 keeps a thread */
  writer->file = -1;
  writer->creation = chdf5.H5Pcreate(chdf5.dataset_creation);
  chdf5_id access = chdf5.H5Pcreate(chdf5.file_access);
  /* The core driver without a backing store: the name is no path. */
  if (writer->creation >= 0 && access >= 0 && chdf5.H5Pset_obj_track_times(writer->creation, 0) >= 0 &&
      chdf5.H5Pset_fapl_core(access, GROWTH, 0) >= 0)
    writer->file = chdf5.H5Fcreate("memory", CHDF5_TRUNCATE, CHDF5_DEFAULT, access);
  if (access >= 0) chdf5.H5Pclose(access);
  if (writer->file >= 0) return writer;
  chdf5_close(writer);
  return NULL;
}

int chdf5_make_group(struct chdf5_writer *writer, const char *path) {
  chdf5_id group = chdf5.H5Gcreate2(writer->file, path, CHDF5_DEFAULT, CHDF5_DEFAULT, CHDF5_DEFAULT);
  if (group < 0) return -1;
  return chdf5.H5Gclose(group) < 0 ? -1 : 0;
}

int chdf5_set_text(struct chdf5_writer *writer, const char *path, const char *name, const char *text) {
  chdf5_id object = chdf5.H5Oopen(writer->file, path, CHDF5_DEFAULT);
  chdf5_id type = chdf5.H5Tcopy(chdf5.c_text);
  chdf5_id space = chdf5.H5Screate(CHDF5_SCALAR);
  chdf5_id attribute = -1;
  int result = -1;
  size_t size = strlen(text);
  if (object >= 0 && type >= 0 && space >= 0 && chdf5.H5Tset_size(type, size > 0 ? size : 1) >= 0 &&
      chdf5.H5Tset_cset(type, CHDF5_UTF8) >= 0)
    attribute = chdf5.H5Acreate2(object, name, type, space, CHDF5_DEFAULT, CHDF5_DEFAULT);
  if (attribute >= 0 && chdf5.H5Awrite(attribute, type, text) >= 0) result = 0;
  if (attribute >= 0) chdf5.H5Aclose(attribute);
  if (space >= 0) chdf5.H5Sclose(space);
  if (type >= 0) chdf5.H5Tclose(type);
  if (object >= 0) chdf5.H5Oclose(object);
  return result;
}

int chdf5_put_floats(struct chdf5_writer *writer, const char *path, int rank, const uint64_t *extents,
                     const float *values) {
  chdf5_size sizes[32];
  if (rank < 0 || rank > 32) return -1;
  for (int axis = 0; axis < rank; axis++) sizes[axis] = extents[axis];
  chdf5_id space = rank == 0 ? chdf5.H5Screate(CHDF5_SCALAR) : chdf5.H5Screate_simple(rank, sizes, NULL);
  if (space < 0) return -1;
  int result = -1;
  chdf5_id set = chdf5.H5Dcreate2(writer->file, path, chdf5.little_endian_float, space, CHDF5_DEFAULT,
                                  writer->creation, CHDF5_DEFAULT);
  if (set >= 0) {
    if (chdf5.H5Dwrite(set, chdf5.native_float, CHDF5_DEFAULT, CHDF5_DEFAULT, CHDF5_DEFAULT, values) >= 0) result = 0;
    if (chdf5.H5Dclose(set) < 0) result = -1;
  }
  chdf5.H5Sclose(space);
  return result;
}

int64_t chdf5_image(struct chdf5_writer *writer, uint8_t *buffer, size_t size) {
  if (!buffer && chdf5.H5Fflush(writer->file, CHDF5_LOCAL) < 0) return -1;
  return chdf5.H5Fget_file_image(writer->file, buffer, size);
}

void chdf5_close(struct chdf5_writer *writer) {
  if (writer->file >= 0) chdf5.H5Fclose(writer->file);
  if (writer->creation >= 0) chdf5.H5Pclose(writer->creation);
  free(writer);
}
