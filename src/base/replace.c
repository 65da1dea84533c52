/* base/replace.c - replaces what is in a file, all of it at once. */
#include "base/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/mem.h"

static int write_all(int fd, const char *p, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, p, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		p += n;
		len -= (size_t)n;
	}
	return 0;
}

static bool is_owned_alike(int fd, const struct stat *was)
{
	struct stat now;

	return fstat(fd, &now) == 0 && now.st_uid == was->st_uid &&
	       now.st_gid == was->st_gid;
}

/* A server that does not run as root cannot give a file away; then its group
 * is what counts. */
static int keep_rights(int fd, const struct stat *was)
{
	if (!is_owned_alike(fd, was) &&
	    fchown(fd, was->st_uid, was->st_gid) < 0 &&
	    fchown(fd, (uid_t)-1, was->st_gid) < 0)
		return -errno;
	return fchmod(fd, was->st_mode & 07777) < 0 ? -errno : 0;
}

static bool is_same(const char *path, const struct stat *was)
{
	struct stat now;

	return stat(path, &now) == 0 && now.st_ino == was->st_ino &&
	       now.st_dev == was->st_dev && now.st_size == was->st_size &&
	       now.st_mtim.tv_sec == was->st_mtim.tv_sec &&
	       now.st_mtim.tv_nsec == was->st_mtim.tv_nsec;
}

/* So that the name is on the disk, too.  It has taken its place already: no
 * failure any more. */
static void sync_folder(const char *path, size_t len)
{
	char *folder = xstrndup(path, len ? len : 1);
	int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	free(folder);
	if (fd < 0)
		return;
	(void)fsync(fd);
	close(fd);
}

static int fill(int fd, const struct stat *was, const void *p, size_t len)
{
	int rc = keep_rights(fd, was);

	if (rc == 0)
		rc = write_all(fd, p, len);
	if (rc == 0 && fsync(fd) < 0)
		rc = -errno;
	if (close(fd) < 0 && rc == 0)
		rc = -errno;
	return rc;
}

static int replace(const char *path, const struct stat *was, const void *p,
                   size_t len)
{
	size_t folder = (size_t)(strrchr(path, '/') - path);
	char *beside = xasprintf("%.*s/.%s.XXXXXX", (int)folder, path,
	                         path + folder + 1);
	int fd = mkostemp(beside, O_CLOEXEC);
	int rc = fd < 0 ? -errno : fill(fd, was, p, len);

	if (rc == 0 && !is_same(path, was))
		rc = -EAGAIN;
	if (rc == 0 && rename(beside, path) < 0)
		rc = -errno;
	if (rc < 0 && fd >= 0)
		unlink(beside);
	free(beside);
	if (rc == 0)
		sync_folder(path, folder);
	return rc;
}

int file_replace(const char *path, const struct stat *was, const void *p,
                 size_t len)
{
	char *real = realpath(path, NULL);
	int rc = real ? replace(real, was, p, len) : -errno;

	free(real);
	return rc;
}
