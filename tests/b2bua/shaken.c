/* Stands before libc's clock and sendmsg(), for the program's own code and
 * for every library of it: the dynamic linker finds these first. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "b2bua/shaken.h"

static struct shaken *shaken;

__attribute__((constructor)) static void map(void)
{
	const char *path = getenv(SHAKEN_ENV);
	int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;
	void *at;

	if (fd < 0)
		return;
	at = mmap(NULL, sizeof(*shaken), PROT_READ | PROT_WRITE, MAP_SHARED,
	          fd, 0);
	close(fd);
	if (at != MAP_FAILED)
		shaken = at;
}

int clock_gettime(clockid_t which, struct timespec *ts)
{
	int rc = (int)syscall(SYS_clock_gettime, which, ts);

	if (rc == 0 && which == CLOCK_REALTIME && shaken && shaken->clock_s) {
		ts->tv_sec += shaken->clock_s;
		shaken->asked++;
	}
	return rc;
}

int gettimeofday(struct timeval *restrict tv, void *restrict zone)
{
	struct timespec ts;

	(void)zone;
	if (clock_gettime(CLOCK_REALTIME, &ts) < 0)
		return -1;
	tv->tv_sec = ts.tv_sec;
	tv->tv_usec = ts.tv_nsec / 1000;
	return 0;
}

time_t time(time_t *out)
{
	struct timespec ts;

	if (clock_gettime(CLOCK_REALTIME, &ts) < 0)
		return -1;
	if (out)
		*out = ts.tv_sec;
	return ts.tv_sec;
}

ssize_t sendmsg(int fd, const struct msghdr *m, int flags)
{
	if (shaken && shaken->send_errno && m->msg_namelen > 0) {
		shaken->refused++;
		errno = shaken->send_errno;
		return -1;
	}
	return syscall(SYS_sendmsg, fd, m, flags);
}
