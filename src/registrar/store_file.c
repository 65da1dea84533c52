/* registrar/store_file.c - opening the file, setting a bad one aside. */
#include "registrar/store_file.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "registrar/store.h"

/* FILE.broken-TIME, or with a number behind it when that one is there. */
static char *free_name(const char *path)
{
	time_t now = time(NULL);
	struct tm tm;
	char when[32];
	char *name;

	gmtime_r(&now, &tm);
	strftime(when, sizeof(when), "%Y%m%dT%H%M%SZ", &tm);
	name = xasprintf("%s.broken-%s", path, when);
	for (int i = 1; access(name, F_OK) == 0 && i < 1000; i++) {
		free(name);
		name = xasprintf("%s.broken-%s-%d", path, when, i);
	}
	return name;
}

/* The log belongs to its file: beside another one it would do harm. */
static void move_log(const char *path, const char *name)
{
	char *from = xasprintf("%s-wal", path), *to = xasprintf("%s-wal", name);
	char *index = xasprintf("%s-shm", path);

	if (rename(from, to) < 0)
		unlink(from);
	unlink(index);
	free(index);
	free(from);
	free(to);
}

static int set_aside(const char *path, char **name_out)
{
	char *name = free_name(path);

	if (rename(path, name) < 0) {
		free(name);
		return -errno;
	}
	move_log(path, name);
	*name_out = name;
	return 0;
}

/* In use, no memory, disk full: the file itself may be sound. */
static bool is_files_fault(int rc, const char *path)
{
	struct stat st;

	return rc != -EBUSY && rc != -ENOMEM && rc != -ENOSPC &&
	       stat(path, &st) == 0 && S_ISREG(st.st_mode);
}

static int open_anew(struct store_db **out, const char *path,
                     const char *reason, char **why)
{
	struct buf again = { 0 };
	char *name = NULL;
	bool is_fresh;
	int rc;

	rc = set_aside(path, &name);
	if (rc < 0) {
		*why = xasprintf("%s: %s; cannot be set aside: %s", path,
		                 reason, strerror(-rc));
		return rc;
	}
	rc = store_db_open(out, path, &is_fresh, &again);
	if (rc < 0)
		*why = xasprintf("%s: %s; set aside as %s; a new one failed: "
		                 "%s",
		                 path, reason, name, buf_text(&again));
	else
		*why = xasprintf("%s: %s; set aside as %s, starting without "
		                 "registrations",
		                 path, reason, name);
	buf_free(&again);
	free(name);
	return rc;
}

/* The database makes files beside itself. */
static int check_folder(const char *path, char **why)
{
	char *copy = xstrdup(path);
	const char *folder = dirname(copy);
	int rc = 0;

	if (faccessat(AT_FDCWD, folder, W_OK | X_OK, AT_EACCESS) < 0) {
		rc = -errno;
		*why = xasprintf("%s: folder %s: %s", path, folder,
		                 strerror(-rc));
	}
	free(copy);
	return rc;
}

int store_file_open(struct store_db **out, const char *path, char **why)
{
	struct buf reason = { 0 };
	bool is_fresh = false;
	int rc;

	if (str_is_empty(path)) { /* to SQLite, a temporary file */
		*why = xstrdup("no file is named");
		return -EINVAL;
	}
	rc = check_folder(path, why);
	if (rc < 0)
		return rc;
	rc = store_db_open(out, path, &is_fresh, &reason);
	if (rc < 0 && is_files_fault(rc, path))
		rc = open_anew(out, path, buf_text(&reason), why);
	else if (rc < 0)
		*why = xasprintf("%s: %s", path, buf_text(&reason));
	else if (is_fresh)
		*why = xasprintf("%s: new, starting without registrations",
		                 path);
	buf_free(&reason);
	return rc;
}

int store_check(const char *path, char **why)
{
	struct buf reason = { 0 };
	int rc;

	*why = NULL;
	rc = check_folder(path, why);
	if (rc < 0)
		return rc;
	if (access(path, F_OK) < 0 && errno == ENOENT)
		return 0; /* will be made */
	if (faccessat(AT_FDCWD, path, R_OK | W_OK, AT_EACCESS) < 0)
		rc = -errno;
	if (rc < 0)
		buf_str(&reason, strerror(-rc));
	else
		rc = store_db_check(path, &reason);
	if (rc < 0)
		*why = xasprintf("%s: %s", path, buf_text(&reason));
	buf_free(&reason);
	return rc;
}
