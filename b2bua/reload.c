/* b2bua/reload.c - reading the documents again. */
#include "b2bua/reload.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

#include "b2bua/changes.h"
#include "base/mem.h"

struct reload {
	struct server *server;  /* borrowed */
	struct worker *worker;  /* owned; its thread reads the documents */
	int fd;                 /* owned: it says when it has read them */
	struct loop_fd *watch;  /* owned */
	bool is_busy, is_wanted_again;
	/* written by the worker while busy, read afterwards */
	struct snapshot *fresh; /* owned */
	struct diag why;        /* owned */
	int rc;
	struct diag certificate; /* owned: why the running one stays */
};

#define NICE 10 /* of the thread that reads documents */

static void read_documents(void *arg)
{
	struct reload *r = arg;
	uint64_t one = 1;
	ssize_t n;

	/* Linux: of this thread alone.  Calls go first on a busy machine. */
	(void)setpriority(PRIO_PROCESS, 0, NICE);
	r->rc = snapshot_load(&r->fresh, r->server->conf->directory, false,
	                      &r->why);
	n = write(r->fd, &one, sizeof(one));
	(void)n;
}

static void begin(struct reload *r)
{
	r->is_busy = true;
	r->is_wanted_again = false;
	r->fresh = NULL;
	changes_reloading(r->server->changes, true);
	worker_post(r->worker, read_documents, r);
}

/* New connections begin with the new files; should they not do, with those
 * of before. */
static void reload_certificate(struct reload *r)
{
	struct tls *t = agent_tls(r->server->agent);

	diag_free(&r->certificate);
	if (t && tls_reload(t, &r->certificate) < 0) {
		log_error("the running certificate stays");
		log_text(NULL, LOG_LVL_ERROR, buf_text(&r->certificate.text));
	}
}

static void tell(struct reload *r)
{
	struct server *s = r->server;
	bool is_kept = r->certificate.faults > 0;
	struct buf text = { 0 };

	buf_str(&text, buf_text(&r->certificate.text));
	if (is_kept)
		buf_str(&text, "the running certificate stays\n");
	buf_str(&text, buf_text(&r->why.text));
	buf_str(&text, r->rc == 0 ? "reloaded\n"
	                          : "refused: the running documents stay\n");
	if (s->control)
		control_wake(s->control, r->rc == 0 && !is_kept ? 0 : 1,
		             text.p);
	if (r->rc == 0)
		log_info("reloaded");
	else
		log_error("reload refused, the running documents stay");
	log_text(NULL, LOG_LVL_WARN, buf_text(&r->why.text));
	buf_free(&text);
	diag_free(&r->why);
}

static void finish(struct reload *r)
{
	r->is_busy = false;
	if (r->is_wanted_again) {
		diag_free(&r->why);
		begin(r);
	} else {
		tell(r);
	}
}

static void use(struct snapshot *fresh, void *arg)
{
	struct reload *r = arg;

	server_use(r->server, fresh);
	finish(r);
}

static void on_read(int fd, int events, void *arg)
{
	struct reload *r = arg;
	struct snapshot *fresh = r->fresh;
	uint64_t count;

	(void)events;
	if (read(fd, &count, sizeof(count)) != (ssize_t)sizeof(count))
		return;
	r->fresh = NULL;
	if (r->rc == 0) {
		changes_settle(r->server->changes, fresh, use, r);
	} else {
		changes_reloading(r->server->changes, false);
		finish(r);
	}
}

int reload_create(struct reload **out, struct server *s)
{
	struct reload *r = xzalloc(sizeof(*r));
	int rc;

	r->server = s;
	r->fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	rc = r->fd < 0 ? -errno : worker_create(&r->worker, "documents");
	if (rc == 0)
		rc = loop_watch(&r->watch, s->loop, r->fd, LOOP_READ, on_read,
		                r);
	if (rc < 0) {
		reload_destroy(&r);
		return rc;
	}
	*out = r;
	return 0;
}

void reload_destroy(struct reload **rp)
{
	struct reload *r = *rp;

	if (!r)
		return;
	worker_destroy(&r->worker);
	loop_unwatch(&r->watch);
	if (r->fd >= 0)
		close(r->fd);
	snapshot_unref(&r->fresh);
	diag_free(&r->why);
	diag_free(&r->certificate);
	free(r);
	*rp = NULL;
}

void reload_start(struct reload *r)
{
	if (r->server->cdr)
		cdr_reopen(r->server->cdr);
	reload_certificate(r);
	resolver_reload(r->server->resolver);
	if (r->is_busy)
		r->is_wanted_again = true;
	else
		begin(r);
}

static void free_snapshot(void *arg)
{
	snapshot_free(arg);
}

void reload_throw_away(struct reload *r, struct snapshot *old)
{
	if (r->worker)
		worker_post(r->worker, free_snapshot, old);
	else
		snapshot_free(old);
}

bool reload_is_busy(const struct reload *r)
{
	return r->is_busy;
}
