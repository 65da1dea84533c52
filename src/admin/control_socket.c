/* admin/control_socket.c - the listening UNIX socket. */
#include "admin/control_socket.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/mem.h"

#define BACKLOG 64

static int new_socket(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	return fd < 0 ? -errno : fd;
}

static int address(struct sockaddr_un *out, const char *path)
{
	size_t n = strlen(path);

	if (n >= sizeof(out->sun_path))
		return -ENAMETOOLONG;
	*out = (struct sockaddr_un){ .sun_family = AF_UNIX };
	memcpy(out->sun_path, path, n);
	return 0;
}

static bool is_socket(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0 && S_ISSOCK(st.st_mode);
}

/* Whether anybody accepts there; a full queue is a sign of life as well. */
static bool is_alive(const struct sockaddr_un *sun)
{
	int fd = new_socket();
	int rc;

	if (fd < 0)
		return true;
	rc = connect(fd, (const struct sockaddr *)sun, sizeof(*sun));
	if (rc < 0 && (errno == ECONNREFUSED || errno == ENOENT)) {
		close(fd);
		return false;
	}
	close(fd);
	return true;
}

static int bind_or_replace(int fd, const struct sockaddr_un *sun)
{
	const struct sockaddr *sa = (const struct sockaddr *)sun;

	if (bind(fd, sa, sizeof(*sun)) == 0)
		return 0;
	if (errno != EADDRINUSE)
		return -errno;
	if (!is_socket(sun->sun_path))
		return -EEXIST;
	if (is_alive(sun))
		return -EADDRINUSE;
	if (unlink(sun->sun_path) < 0 && errno != ENOENT)
		return -errno;
	return bind(fd, sa, sizeof(*sun)) == 0 ? 0 : -errno;
}

/* Nobody can connect before listen(), so the mode holds from the start
 * whatever the umask is. */
static int open_up(int fd, const char *path, struct stat *st)
{
	if (chmod(path, 0600) < 0 || listen(fd, BACKLOG) < 0 ||
	    lstat(path, st) < 0) {
		int rc = -errno;

		unlink(path);
		return rc;
	}
	return 0;
}

int control_socket_open(struct control_socket *s, const char *path)
{
	struct sockaddr_un sun;
	struct stat st;
	int fd, rc = address(&sun, path);

	if (rc < 0)
		return rc;
	fd = new_socket();
	if (fd < 0)
		return fd;
	rc = bind_or_replace(fd, &sun);
	if (rc == 0)
		rc = open_up(fd, path, &st);
	if (rc < 0) {
		close(fd);
		return rc;
	}
	s->fd = fd;
	s->path = xstrdup(path);
	s->dev = st.st_dev;
	s->ino = st.st_ino;
	return 0;
}

void control_socket_close(struct control_socket *s)
{
	struct stat st;

	if (!s->path)
		return;
	if (lstat(s->path, &st) == 0 && st.st_dev == s->dev &&
	    st.st_ino == s->ino)
		unlink(s->path);
	close(s->fd);
	free(s->path);
	*s = (struct control_socket){ 0 };
}
