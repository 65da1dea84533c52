/* base/replace.h - replaces what is in a file, all of it at once. */
#ifndef B2BUA_BASE_REPLACE_H
#define B2BUA_BASE_REPLACE_H

#include <sys/stat.h>
#include "base/util.h"

/* Whoever opens the file, now or after a crash, finds what was in it or what
 * is put there, never a part.  It is written beside it, under a name that
 * begins with a dot, and takes its place when it is on the disk.  Its mode
 * and group stay; so does its owner when we may set it.  A symbolic link
 * stays one.  `was` is what fstat(2) said when it was read: -EAGAIN, and
 * nothing is written, when somebody else has changed it since. */
int file_replace(const char *path, const struct stat *was, const void *p,
                 size_t len);

#endif
