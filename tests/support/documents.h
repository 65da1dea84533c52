/* support/documents.h - a directory of documents for a test, made in a
 * temporary folder from JSON written with ' instead of ". */
#ifndef B2BUA_TESTS_DOCUMENTS_H
#define B2BUA_TESTS_DOCUMENTS_H

#include "base/util.h"
#include "directory/directory.h"

struct documents; /* a folder */

struct documents *documents_create(void);
void documents_destroy(struct documents **dp); /* removes the folder */

/* Writes the file `path` (its folders are made) below the directory, with
 * what documents_complete() adds. */
void documents_put(struct documents *d, const char *path, const char *json);
void documents_putf(struct documents *d, const char *path, const char *fmt,
                    ...) printf_like(3, 4);
/* The document that would stand in that file, with quotes and with the
 * members that Kazoo's API asks for and a test seldom cares about: names, and
 * a number for a callflow that has none.  What is there, even as null, stays;
 * a text that is no object is left as it is.  Owned by the caller. */
char *documents_complete(const char *path, const char *json);
const char *documents_dir(const struct documents *d);

/* Fails the test, and prints the faults, when there are any. */
struct snapshot *documents_load(const struct documents *d);

#endif
