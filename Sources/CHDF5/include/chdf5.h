/* HDF5 files held in memory, by way of libhdf5.
 *
 * The library is opened when a file is, not when the program starts: it brings libcurl and OpenSSL along, and most
 * commands read no HDF5. So nothing here is linked to it, and the prototypes below are this target's own; prototypes.c
 * holds them to the header where that is installed.
 *
 * Reading is done by a child process. libhdf5 was not made for files of strangers: what crashes, hangs or takes all
 * memory there ends the child, and is an error here.
 */
#ifndef CHDF5_H
#define CHDF5_H

#include <stddef.h>
#include <stdint.h>

/* Opens libhdf5 unless that was done. Returns 0, or -1 with `message`, of `message_size` bytes, saying why. */
int chdf5_open(char *message, size_t message_size);

/* What a file holds, as records one after the other, each
 *
 *     u8 kind    u32 path length    path    then, by kind,
 *     'F'  floats:    u8 rank    u64 extents[rank]    f32 values[product of extents], row-major
 *     'O'  other:     u8 rank    u64 extents[rank]    a data set whose values are no floats, which are left out
 *     'T'  text:      u32 length    text              a text attribute; the path is "object@name"
 *     'X'  refused:   u32 length    why
 *     'E'  end
 *
 * in the machine's byte order. Only hard links are followed; data sets of the group `skipped` at the root are left out.
 */
struct chdf5_records {
  uint8_t *bytes; /* free with chdf5_free */
  size_t count;
};

/* Reads the file in `image`. Returns 0; 1 where it is refused or cannot be read; 2 where libhdf5 crashed on it, or took
 * too long; with `message` saying why. */
int chdf5_read(const uint8_t *image, size_t size, const char *skipped, struct chdf5_records *records, char *message,
               size_t message_size);

void chdf5_free(uint8_t *bytes);

/* A file that is being written, in memory. */
struct chdf5_writer;

/* NULL if libhdf5 cannot make one. chdf5_open comes first. */
struct chdf5_writer *chdf5_create(void);

/* A group below one that is there, "layers/conv2d". Returns 0 or -1. */
int chdf5_make_group(struct chdf5_writer *writer, const char *path);

/* A text attribute of an object that is there. Returns 0 or -1. */
int chdf5_set_text(struct chdf5_writer *writer, const char *path, const char *name, const char *text);

/* A data set of little-endian floats. Returns 0 or -1. */
int chdf5_put_floats(struct chdf5_writer *writer, const char *path, int rank, const uint64_t *extents,
                     const float *values);

/* The file's size, and its bytes once there is a buffer for them. Returns -1 on failure. */
int64_t chdf5_image(struct chdf5_writer *writer, uint8_t *buffer, size_t size);

void chdf5_close(struct chdf5_writer *writer);

#endif
