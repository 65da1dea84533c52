/* registrar/store_file.h - a database for sure, if the place allows one.
 * Internal to src/registrar. */
#ifndef B2BUA_REGISTRAR_STORE_FILE_H
#define B2BUA_REGISTRAR_STORE_FILE_H

#include "registrar/store_db.h"

/* As store_open(): what cannot be used is set aside. */
int store_file_open(struct store_db **out, const char *path, char **why);

#endif
