/* b2bua/changes.c - what feature codes change in documents.
 *
 * Jobs are done one at a time, so that each finds what the one before has
 * left, in the file and in the snapshot.  A reload ends with a job, too: the
 * documents that were changed while it read are read again, and nothing is
 * changed between that and the swap. */
#include "b2bua/changes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>
#include <utlist.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "directory/rewrite.h"

#define LIMIT_MS  5000 /* that a caller waits */
#define MOST_JOBS 1000 /* under way, for a disk that hangs */

struct name { /* of a document */
	enum document_type type;
	char *account, *id; /* owned */
	struct name *next;
};

struct change_job {
	struct changes *changes; /* borrowed */
	struct name name;
	struct change change;    /* its strings owned */
	struct change_job **at;  /* who waits, NULL: nobody */
	change_fn *fn;
	void *arg;
	struct timer limit;
	/* of the end of a reload */
	settled_fn *settled;     /* NULL: it is a change */
	void *settled_arg;
	struct snapshot *fresh;  /* owned */
	struct name *stale;      /* owned */
	/* under way: the worker's */
	bool has_begun;
	struct snapshot *snapshot; /* a reference is held */
	struct original original;
	struct revision *revision; /* owned */
	struct diag why;
	int rc;
	struct change_job *prev, *next; /* changes->jobs */
};

struct changes {
	struct server *server;   /* borrowed */
	int fd;                  /* owned: the first job is done */
	struct loop_fd *watch;   /* owned */
	struct change_job *jobs; /* owned; the first is under way */
	size_t n_jobs;
	bool is_reloading;
	struct name *stale;      /* owned: changed since the reload began */
};

/* --- names -------------------------------------------------------------------- */

static void names_free(struct name **list)
{
	struct name *n, *next;

	LL_FOREACH_SAFE (*list, n, next) {
		free(n->account);
		free(n->id);
		free(n);
	}
	*list = NULL;
}

static void note_stale(struct changes *c, const struct name *which)
{
	struct name *n;

	LL_FOREACH (c->stale, n)
		if (n->type == which->type && str_eq(n->id, which->id) &&
		    str_eq(n->account, which->account))
			return;
	n = xzalloc(sizeof(*n));
	n->type = which->type;
	n->account = xstrdup(which->account);
	n->id = xstrdup(which->id);
	LL_PREPEND(c->stale, n);
}

/* --- on the storage thread ------------------------------------------------------ */

static void reread(struct change_job *j, const struct name *n)
{
	struct revision *r = NULL;
	struct original o;

	if (snapshot_original(&o, j->fresh, n->type, n->account, n->id) < 0)
		return;
	/* Nobody else knows of these documents yet. */
	if (document_reread(&r, &o, &j->why) == 0)
		(void)snapshot_revise(&j->fresh, n->type, n->account, n->id,
		                      r);
	original_clear(&o);
}

static void work(void *arg)
{
	struct change_job *j = arg;
	uint64_t one = 1;
	const struct name *n;
	ssize_t written;

	if (j->settled)
		LL_FOREACH (j->stale, n)
			reread(j, n);
	else
		j->rc = document_rewrite(&j->revision, &j->original,
		                         &j->change, &j->why);
	written = write(j->changes->fd, &one, sizeof(one));
	(void)written;
}

/* --- here ------------------------------------------------------------------------- */

static void job_free(struct change_job *j)
{
	timer_stop(loop_timers(j->changes->server->loop), &j->limit);
	free(j->name.account);
	free(j->name.id);
	free((char *)j->change.number);
	free((char *)j->change.user);
	names_free(&j->stale);
	snapshot_unref(&j->fresh);
	snapshot_unref(&j->snapshot);
	original_clear(&j->original);
	revision_free(&j->revision);
	diag_free(&j->why);
	free(j);
}

/* It says so by itself that it cannot: who asked has not gone home yet. */
static void fail_to_begin(struct change_job *j)
{
	uint64_t one = 1;
	ssize_t n = write(j->changes->fd, &one, sizeof(one));

	(void)n;
	j->rc = -ENOENT;
	diag_fault(&j->why, NULL, NULL, "document '%s' of account '%s' is gone",
	           j->name.id, j->name.account);
}

static void begin(struct change_job *j)
{
	struct server *s = j->changes->server;

	j->has_begun = true;
	if (j->settled) {
		j->stale = j->changes->stale;
		j->changes->stale = NULL;
	} else {
		j->snapshot = snapshot_ref(s->snapshot);
		if (snapshot_original(&j->original, s->snapshot, j->name.type,
		                      j->name.account, j->name.id) < 0) {
			fail_to_begin(j);
			return;
		}
	}
	worker_post(s->worker, work, j);
}

static void add(struct changes *c, struct change_job *j)
{
	j->changes = c;
	DL_APPEND(c->jobs, j);
	c->n_jobs++;
	if (c->jobs == j)
		begin(j);
}

static void take_away(struct change_job *j)
{
	DL_DELETE(j->changes->jobs, j);
	j->changes->n_jobs--;
}

/* The last thing for this job: whoever waits may do as he likes. */
static void tell(struct change_job *j, int rc)
{
	struct change_job **at = j->at;

	timer_stop(loop_timers(j->changes->server->loop), &j->limit);
	if (!at)
		return;
	j->at = NULL;
	*at = NULL;
	j->fn(rc, j->arg);
}

static void log_change(const struct change_job *j)
{
	if (j->rc < 0)
		log_text(NULL, LOG_LVL_ERROR, buf_text(&j->why.text));
	if (j->rc < 0)
		log_error("%s of '%s' of account '%s' stays as it was",
		          change_what_text(j->change.what), j->name.id,
		          j->name.account);
	else
		log_info("%s of '%s' of account '%s': %s",
		         change_what_text(j->change.what), j->name.id,
		         j->name.account, change_to_text(j->change.to));
}

static void finish_change(struct change_job *j)
{
	struct server *s = j->changes->server;
	struct revision *r = j->revision;

	log_change(j);
	j->revision = NULL;
	if (r)
		(void)snapshot_revise(&s->snapshot, j->name.type,
		                      j->name.account, j->name.id, r);
	if (j->rc == 0 && j->changes->is_reloading)
		note_stale(j->changes, &j->name);
	tell(j, j->rc);
}

static void finish_settling(struct change_job *j)
{
	struct snapshot *fresh = j->fresh;

	log_text(NULL, LOG_LVL_ERROR, buf_text(&j->why.text));
	j->fresh = NULL;
	j->changes->is_reloading = false;
	j->settled(fresh, j->settled_arg);
}

static void on_done(int fd, int events, void *arg)
{
	struct changes *c = arg;
	struct change_job *j = c->jobs;
	uint64_t count;

	(void)events;
	if (read(fd, &count, sizeof(count)) != (ssize_t)sizeof(count) || !j)
		return;
	if (j->settled)
		finish_settling(j);
	else
		finish_change(j);
	take_away(j);
	job_free(j);
	if (c->jobs)
		begin(c->jobs);
}

/* The disk hangs.  One that nobody has begun is not made any more. */
static void on_limit(struct timer *t, void *arg)
{
	struct change_job *j = arg;

	(void)t;
	log_error("%s of '%s' of account '%s' takes too long",
	          change_what_text(j->change.what), j->name.id,
	          j->name.account);
	tell(j, -ETIMEDOUT);
	if (j->has_begun)
		return;
	take_away(j);
	job_free(j);
}

void changes_post(struct changes *c, const struct change_request *rq,
                  struct change_job **job, change_fn *fn, void *arg)
{
	struct change_job *j = xzalloc(sizeof(*j));

	j->name = (struct name){ rq->type, xstrdup(rq->account),
		                 xstrdup(rq->id), NULL };
	j->change = rq->change;
	j->change.number = xstrdup(rq->change.number);
	j->change.user = xstrdup(rq->change.user);
	j->at = job;
	j->fn = fn;
	j->arg = arg;
	*job = j;
	add(c, j);
	timer_start(loop_timers(c->server->loop), &j->limit,
	            c->n_jobs > MOST_JOBS ? 0 : LIMIT_MS, on_limit, j);
}

void changes_forget(struct change_job **job)
{
	struct change_job *j = *job;

	if (!j)
		return;
	*job = NULL;
	j->at = NULL;
}

size_t changes_count(const struct changes *c)
{
	return c->n_jobs;
}

/* --- reloads -------------------------------------------------------------------- */

void changes_reloading(struct changes *c, bool is_reloading)
{
	names_free(&c->stale);
	c->is_reloading = is_reloading;
}

void changes_settle(struct changes *c, struct snapshot *fresh, settled_fn *fn,
                    void *arg)
{
	struct change_job *j;

	if (!c->jobs && !c->stale) {
		c->is_reloading = false;
		fn(fresh, arg);
		return;
	}
	j = xzalloc(sizeof(*j));
	j->settled = fn;
	j->settled_arg = arg;
	j->fresh = fresh;
	add(c, j);
}

/* --- life ------------------------------------------------------------------------- */

int changes_create(struct changes **out, struct server *s)
{
	struct changes *c = xzalloc(sizeof(*c));
	int rc;

	c->server = s;
	c->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	rc = c->fd < 0 ? -errno
	               : loop_watch(&c->watch, s->loop, c->fd, LOOP_READ,
	                            on_done, c);
	if (rc < 0) {
		changes_destroy(&c);
		return rc;
	}
	*out = c;
	return 0;
}

void changes_destroy(struct changes **cp)
{
	struct changes *c = *cp;
	struct change_job *j, *next;

	if (!c)
		return;
	worker_flush(c->server->worker);
	DL_FOREACH_SAFE (c->jobs, j, next) {
		take_away(j);
		job_free(j);
	}
	names_free(&c->stale);
	loop_unwatch(&c->watch);
	if (c->fd >= 0)
		close(c->fd);
	free(c);
	*cp = NULL;
}
