/* admin/cdr_file.c - the file that call records are appended to.
 *
 * Lines are made on the signalling thread and written on the storage
 * thread, one write(2) a line.  What cannot be written (disk full) waits and
 * is tried again with the next line, at a reopen and by cdr_retry(). */
#include "admin/cdr.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"

#define MAX_WAITING 10000 /* lines; some 10 MB */

struct line {
	struct line *next; /* owned by the queue */
	char *text;        /* owned; ends in '\n' */
	size_t len, done;  /* done: written already */
};

struct cdr_file {
	struct worker *worker; /* borrowed */
	char *path;            /* owned */

	/* the rest is the storage thread's alone */
	int fd;
	struct line *head, **tail; /* what is not written yet */
	size_t queued;             /* its length */
	bool is_failing;           /* and the operator has been told */

	pthread_mutex_t lock; /* guards stats */
	struct cdr_stats stats;
};

struct job {
	struct cdr_file *file; /* borrowed */
	struct line *line;     /* owned until it is queued */
};

/* --- the storage thread ------------------------------------------------ */

static int open_file(const char *path)
{
	return open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0640);
}

static ssize_t write_all(int fd, const char *p, size_t len)
{
	ssize_t n;

	do
		n = write(fd, p, len);
	while (n < 0 && errno == EINTR);
	return n;
}

/* A crash in the middle of a line must not spoil the next record. */
static void end_torn_line(int fd, const char *path)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char last = '\n';
	int in;

	if (size <= 0)
		return;
	in = open(path, O_RDONLY | O_CLOEXEC);
	if (in < 0)
		return;
	if (pread(in, &last, 1, size - 1) == 1 && last != '\n')
		write_all(fd, "\n", 1);
	close(in);
}

/* 0, or -errno and nothing of the line in the file, if that is possible. */
static int put_line(struct cdr_file *f, struct line *l)
{
	off_t size = lseek(f->fd, 0, SEEK_END);
	ssize_t n = write_all(f->fd, l->text + l->done, l->len - l->done);

	if (n < 0)
		return -errno;
	l->done += (size_t)n;
	if (l->done == l->len)
		return 0;
	if (l->done == (size_t)n && size >= 0 && ftruncate(f->fd, size) == 0)
		l->done = 0;
	return -ENOSPC;
}

static void take_head(struct cdr_file *f)
{
	struct line *l = f->head;

	f->head = l->next;
	if (!f->head)
		f->tail = &f->head;
	f->queued--;
	free(l->text);
	free(l);
}

static void tell(struct cdr_file *f, int rc)
{
	if (rc < 0 && !f->is_failing)
		log_error("cdr: cannot write %s: %s; records wait in memory",
		          f->path, strerror(-rc));
	else if (rc == 0 && f->is_failing)
		log_info("cdr: %s can be written again", f->path);
	f->is_failing = rc < 0;
}

static void drain(struct cdr_file *f)
{
	size_t written = 0;
	int rc = 0;

	if (!f->head)
		return;
	while (f->head && (rc = put_line(f, f->head)) == 0) {
		take_head(f);
		written++;
	}
	pthread_mutex_lock(&f->lock);
	f->stats.written += written;
	f->stats.waiting -= written;
	pthread_mutex_unlock(&f->lock);
	tell(f, rc);
}

static void lose_head(struct cdr_file *f)
{
	struct line *l = f->head;

	pthread_mutex_lock(&f->lock);
	f->stats.lost++;
	f->stats.waiting--;
	pthread_mutex_unlock(&f->lock);
	/* the log is the last place where it can be kept */
	log_error("cdr: lost: %.*s", (int)l->len - 1, l->text);
	take_head(f);
}

static void run_write(void *arg)
{
	struct job *j = arg;
	struct cdr_file *f = j->file;

	*f->tail = j->line;
	f->tail = &j->line->next;
	f->queued++;
	free(j);
	drain(f);
	if (f->queued > MAX_WAITING)
		lose_head(f);
}

static void run_retry(void *arg)
{
	drain(arg);
}

/* The old file stays in use when the new one cannot be opened. */
static void run_reopen(void *arg)
{
	struct cdr_file *f = arg;
	int fd = open_file(f->path);

	if (fd < 0) {
		log_error("cdr: cannot reopen %s: %s; the old file goes on",
		          f->path, strerror(errno));
	} else {
		end_torn_line(fd, f->path);
		close(f->fd);
		f->fd = fd;
		if (f->head)
			f->head->done = 0;
	}
	drain(f);
}

static void run_close(void *arg)
{
	struct cdr_file *f = arg;

	drain(f);
	while (f->head)
		lose_head(f);
	close(f->fd);
	pthread_mutex_destroy(&f->lock);
	free(f->path);
	free(f);
}

/* --- the signalling thread --------------------------------------------- */

int cdr_open(struct cdr_file **out, const char *path, struct worker *w)
{
	struct cdr_file *f;
	int fd = open_file(path);

	if (fd < 0)
		return -errno;
	end_torn_line(fd, path);
	f = xzalloc(sizeof(*f));
	f->fd = fd;
	f->path = xstrdup(path);
	f->worker = w;
	f->tail = &f->head;
	pthread_mutex_init(&f->lock, NULL);
	*out = f;
	return 0;
}

void cdr_write(struct cdr_file *f, const struct cdr *c)
{
	struct job *j = xzalloc(sizeof(*j));
	struct buf text = { 0 };

	cdr_format(&text, c);
	buf_char(&text, '\n');
	j->file = f;
	j->line = xzalloc(sizeof(*j->line));
	j->line->len = text.len;
	j->line->text = buf_take(&text);
	pthread_mutex_lock(&f->lock);
	f->stats.waiting++;
	pthread_mutex_unlock(&f->lock);
	worker_post(f->worker, run_write, j);
}

void cdr_retry(struct cdr_file *f)
{
	struct cdr_stats now;

	cdr_stats(f, &now);
	if (now.waiting > 0)
		worker_post(f->worker, run_retry, f);
}

void cdr_reopen(struct cdr_file *f)
{
	worker_post(f->worker, run_reopen, f);
}

void cdr_stats(struct cdr_file *f, struct cdr_stats *out)
{
	pthread_mutex_lock(&f->lock);
	*out = f->stats;
	pthread_mutex_unlock(&f->lock);
}

void cdr_close(struct cdr_file **fp)
{
	struct cdr_file *f = *fp;

	if (!f)
		return;
	*fp = NULL;
	worker_post(f->worker, run_close, f);
}
