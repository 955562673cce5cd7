/* Reads an HDF5 file in a child process, which sends what it finds through a pipe. */
#define _GNU_SOURCE /* strnlen, kill, alarm under -std=c11 */
#include "library.h"
#include "chdf5.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
  MOST_OBJECTS = 200000,
  DEEPEST = 24,
  LONGEST_PATH = 4096,
  LONGEST_TEXT = 4096,
  MOST_AXES = 32,
  SECONDS = 20, /* of computing: gigabytes take less, and damage has made libhdf5 run for ever */
};

/* MARK: The child */

struct walk {
  int pipe;
  uint64_t file_size;
  uint64_t float_count; /* so far, over all data sets */
  int object_count;
  const char *skipped;
  char path[LONGEST_PATH];
};

static void send_bytes(struct walk *walk, const void *bytes, size_t count) {
  const uint8_t *rest = bytes;
  while (count > 0) {
    ssize_t sent = write(walk->pipe, rest, count);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) _exit(3); /* nobody listens */
    rest += sent;
    count -= (size_t)sent;
  }
}

static void send_head(struct walk *walk, char kind, const char *path) {
  uint32_t length = (uint32_t)strlen(path);
  send_bytes(walk, &kind, 1);
  send_bytes(walk, &length, sizeof length);
  send_bytes(walk, path, length);
}

static void send_text(struct walk *walk, char kind, const char *path, const char *text, size_t count) {
  uint32_t length = (uint32_t)count;
  send_head(walk, kind, path);
  send_bytes(walk, &length, sizeof length);
  send_bytes(walk, text, length);
}

/* Says why the file is not read, and ends the child. */
static _Noreturn void refuse(struct walk *walk, const char *why) {
  send_text(walk, 'X', walk->path, why, strlen(why));
  _exit(1);
}

/* The attribute `name` of an object, if it is one text. */
static void send_attribute(struct walk *walk, chdf5_id object, const char *name) {
  if (chdf5.H5Aexists(object, name) <= 0) return;
  chdf5_id attribute = chdf5.H5Aopen(object, name, CHDF5_DEFAULT);
  if (attribute < 0) return;
  chdf5_id type = chdf5.H5Aget_type(attribute);
  chdf5_id space = chdf5.H5Aget_space(attribute);
  char label[LONGEST_PATH + 64];
  snprintf(label, sizeof label, "%s@%s", walk->path, name);
  if (type >= 0 && space >= 0 && chdf5.H5Sget_simple_extent_npoints(space) == 1 &&
      chdf5.H5Tget_class(type) == CHDF5_TEXT_CLASS) {
    if (chdf5.H5Tis_variable_str(type) > 0) {
      char *text = NULL;
      if (chdf5.H5Aread(attribute, type, &text) >= 0 && text) {
        send_text(walk, 'T', label, text, strnlen(text, LONGEST_TEXT));
        chdf5.H5free_memory(text);
      }
    } else {
      size_t size = chdf5.H5Tget_size(type);
      char *text = size <= LONGEST_TEXT ? calloc(size + 1, 1) : NULL;
      if (text && chdf5.H5Aread(attribute, type, text) >= 0) send_text(walk, 'T', label, text, strnlen(text, size));
      free(text);
    }
  }
  if (space >= 0) chdf5.H5Sclose(space);
  if (type >= 0) chdf5.H5Tclose(type);
  chdf5.H5Aclose(attribute);
}

/* The values of a data set that lie in the file as they are: none is allocated that the file has no bytes for. */
static void send_dataset(struct walk *walk, chdf5_id set) {
  chdf5_id space = chdf5.H5Dget_space(set), type = chdf5.H5Dget_type(set), creation = chdf5.H5Dget_create_plist(set);
  if (space < 0 || type < 0 || creation < 0) refuse(walk, "is a data set that cannot be read");
  chdf5_size extents[MOST_AXES];
  int rank = chdf5.H5Sget_simple_extent_ndims(space);
  if (rank < 0 || rank > MOST_AXES || (rank > 0 && chdf5.H5Sget_simple_extent_dims(space, extents, NULL) < 0))
    refuse(walk, "is a data set without a shape");
  int is_float = chdf5.H5Tget_class(type) == CHDF5_FLOAT_CLASS;
  uint64_t size = chdf5.H5Tget_size(type), count = 1;
  for (int axis = 0; axis < rank; axis++)
    if (__builtin_mul_overflow(count, (uint64_t)extents[axis], &count)) refuse(walk, "declares more values than there can be");
  float *values = NULL;
  if (is_float) {
    int layout = chdf5.H5Pget_layout(creation);
    if (layout != CHDF5_COMPACT && layout != CHDF5_CONTIGUOUS && layout != CHDF5_CHUNKED)
      refuse(walk, "keeps its values in other files, which are not read");
    if (layout == CHDF5_CONTIGUOUS && chdf5.H5Pget_external_count(creation) != 0)
      refuse(walk, "keeps its values in another file, which is not read");
    if (chdf5.H5Pget_nfilters(creation) != 0) refuse(walk, "is compressed, which weights that Keras writes are not");
    uint64_t stored = chdf5.H5Dget_storage_size(set), needed = 0;
    if (size == 0 || size > 8 || __builtin_mul_overflow(count, size, &needed))
      refuse(walk, "has values of a size that is not read");
    walk->float_count += count;
    if (needed > stored || stored > walk->file_size || walk->float_count > walk->file_size / 2)
      refuse(walk, "declares more values than the file has bytes for");
    values = malloc(count * sizeof *values + 1);
    if (!values) refuse(walk, "has more values than there is memory for");
    if (count > 0 &&
        chdf5.H5Dread(set, chdf5.native_float, CHDF5_DEFAULT, CHDF5_DEFAULT, CHDF5_DEFAULT, values) < 0)
      refuse(walk, "has values that cannot be read");
  }
  send_head(walk, is_float ? 'F' : 'O', walk->path);
  uint8_t axes = (uint8_t)rank;
  send_bytes(walk, &axes, 1);
  for (int axis = 0; axis < rank; axis++) {
    uint64_t extent = extents[axis];
    send_bytes(walk, &extent, sizeof extent);
  }
  if (is_float) send_bytes(walk, values, count * sizeof *values);
  free(values);
  chdf5.H5Pclose(creation);
  chdf5.H5Tclose(type);
  chdf5.H5Sclose(space);
}

static void send_group(struct walk *walk, chdf5_id group, int depth) {
  if (depth > DEEPEST) refuse(walk, "lies in more groups than are followed");
  chdf5_size count = 0;
  if (chdf5.H5Gget_num_objs(group, &count) < 0) refuse(walk, "is a group that cannot be read");
  size_t length = strlen(walk->path);
  for (chdf5_size i = 0; i < count; i++) {
    if (++walk->object_count > MOST_OBJECTS) refuse(walk, "holds more objects than are read");
    /* Room for the structs of all versions; the kind of link comes first. */
    union {
      int kind;
      uint64_t room[16];
    } info;
    memset(&info, 0, sizeof info);
    char name[512];
    ssize_t size = chdf5.H5Lget_name_by_idx(group, ".", CHDF5_BY_NAME, CHDF5_INCREASING, i, name, sizeof name,
                                            CHDF5_DEFAULT);
    if (size <= 0 || (size_t)size >= sizeof name ||
        chdf5.link_info(group, ".", CHDF5_BY_NAME, CHDF5_INCREASING, i, &info, CHDF5_DEFAULT) < 0)
      refuse(walk, "is a group whose members cannot be read");
    if (length + (size_t)size + 2 > sizeof walk->path) refuse(walk, "has a path that is too long");
    snprintf(walk->path + length, sizeof walk->path - length, "%s%s", length ? "/" : "", name);
    if (strcmp(walk->path, walk->skipped) != 0) {
      if (info.kind != CHDF5_HARD_LINK) refuse(walk, "is a link to somewhere else, which is not followed");
      chdf5_id object = chdf5.H5Oopen(group, name, CHDF5_DEFAULT);
      if (object < 0) refuse(walk, "cannot be read");
      int type = chdf5.H5Iget_type(object);
      if (type == CHDF5_IS_GROUP) {
        send_attribute(walk, object, "name");
        send_group(walk, object, depth + 1);
      } else if (type == CHDF5_IS_DATASET) {
        send_dataset(walk, object);
      }
      chdf5.H5Oclose(object);
    }
    walk->path[length] = 0;
  }
}

/* Faults of libhdf5 are this process's own, without the report that the program makes of its own faults. */
static void be_expendable(uint64_t file_size) {
  static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGABRT, SIGTERM, SIGINT, SIGALRM};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
  signal(SIGPIPE, SIG_IGN);
  struct rlimit none = {0, 0}, time = {SECONDS, SECONDS};
  setrlimit(RLIMIT_CORE, &none);
  setrlimit(RLIMIT_CPU, &time);
  alarm(2 * SECONDS);
#ifdef __linux__
  /* What there is already, and room for the file and its values. */
  FILE *statistics = fopen("/proc/self/statm", "r");
  unsigned long pages = 0;
  if (statistics) {
    if (fscanf(statistics, "%lu", &pages) != 1) pages = 0;
    fclose(statistics);
  }
  if (pages > 0) {
    uint64_t most = (uint64_t)pages * (uint64_t)sysconf(_SC_PAGESIZE) + 6 * file_size + ((uint64_t)256 << 20);
    struct rlimit memory = {most, most};
    setrlimit(RLIMIT_AS, &memory);
  }
#else
  (void)file_size;
#endif
}

static _Noreturn void run_child(int pipe, const uint8_t *image, size_t size, const char *skipped) {
  struct walk walk = {.pipe = pipe, .file_size = size, .skipped = skipped};
  be_expendable(size);
  chdf5.H5Eset_auto2(0, NULL, NULL); /* which libhdf5 keeps a thread */
  chdf5_id access = chdf5.H5Pcreate(chdf5.file_access);
  if (access < 0 || chdf5.H5Pset_fapl_core(access, 1 << 20, 0) < 0 ||
      chdf5.H5Pset_file_image(access, (void *)image, size) < 0)
    refuse(&walk, "does not fit into memory");
  /* The image is the content; the name is no path. */
  chdf5_id file = chdf5.H5Fopen("memory", CHDF5_READ_ONLY, access);
  if (file < 0) refuse(&walk, "is no HDF5 file, or is damaged");
  chdf5_id root = chdf5.H5Gopen2(file, "/", CHDF5_DEFAULT);
  if (root < 0) refuse(&walk, "is damaged: it has no root group");
  send_attribute(&walk, root, "keras_version");
  send_attribute(&walk, root, "backend");
  if (chdf5.H5Aexists(root, "model_config") > 0) send_text(&walk, 'T', "@model_config", "", 0);
  send_group(&walk, root, 0);
  send_head(&walk, 'E', "");
  _exit(0);
}

/* MARK: The parent */

/* All that comes through the pipe, at most `limit` bytes. Returns 0 or -1. */
static int collect(int pipe, size_t limit, struct chdf5_records *records) {
  size_t room = 0;
  for (;;) {
    if (records->count == room) {
      size_t larger = room ? room * 2 : (size_t)1 << 16;
      if (records->count >= limit) return -1;
      uint8_t *bytes = realloc(records->bytes, larger);
      if (!bytes) return -1;
      records->bytes = bytes;
      room = larger;
    }
    ssize_t count = read(pipe, records->bytes + records->count, room - records->count);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return -1;
    if (count == 0) return 0;
    records->count += (size_t)count;
  }
}

int chdf5_read(const uint8_t *image, size_t size, const char *skipped, struct chdf5_records *records, char *message,
               size_t message_size) {
  records->bytes = NULL;
  records->count = 0;
  int ends[2];
  if (pipe(ends) < 0) {
    snprintf(message, message_size, "cannot be read: %s", strerror(errno));
    return 1;
  }
  pid_t child = fork();
  if (child == 0) {
    close(ends[0]);
    run_child(ends[1], image, size, skipped);
  }
  close(ends[1]);
  if (child < 0) {
    snprintf(message, message_size, "cannot be read: %s", strerror(errno));
    close(ends[0]);
    return 1;
  }
  /* Floats of two bytes become twice as long; paths and shapes come on top. */
  int collected = collect(ends[0], 2 * size + ((size_t)256 << 20), records);
  close(ends[0]);
  if (collected < 0) kill(child, SIGKILL);
  int status = 0;
  while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (collected < 0) {
    snprintf(message, message_size, "holds more than there is memory for");
  } else if (WIFSIGNALED(status)) {
    int number = WTERMSIG(status);
    snprintf(message, message_size, number == SIGALRM || number == SIGXCPU || number == SIGKILL
                                        ? "takes libhdf5 too long to read"
                                        : "makes libhdf5 crash: it is damaged");
  } else if (WIFEXITED(status) && WEXITSTATUS(status) <= 1) {
    return 0; /* the records say what was refused */
  } else {
    snprintf(message, message_size, "cannot be read by libhdf5");
  }
  chdf5_free(records->bytes);
  records->bytes = NULL;
  records->count = 0;
  return 2;
}

void chdf5_free(uint8_t *bytes) { free(bytes); }
