/*
 * Makes each sync of a file fail while the file exists that FAILING_SYNC names, and wait while the file exists
 * that HANGING_SYNC names. Load it with LD_PRELOAD.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static int is_set(const char *name) {
  const char *flag = getenv(name);
  return flag != NULL && access(flag, F_OK) == 0;
}

static int fails(void) {
  while (is_set("HANGING_SYNC")) usleep(10 * 1000);
  if (!is_set("FAILING_SYNC")) return 0;
  errno = EIO;
  return 1;
}

int fdatasync(int file) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
  return fails() ? -1 : real(file);
}

int fsync(int file) {
  int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
  return fails() ? -1 : real(file);
}
