/* registrar/store.c - the queue between the bindings and their file.
 *
 * One batch at most is with the storage thread; meanwhile the next one
 * gathers, one entry a binding, so that a slow disk costs no more memory
 * than there are bindings.  A batch that failed is merged into the next. */
#include "registrar/store.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/mem.h"
#include "registrar/store_db.h"
#include "registrar/store_file.h"

#define BATCH_MAX 4096 /* rows; more do not wait for the owner's kick */

struct store {
	struct store_db *db;      /* owned; the storage thread's while busy */
	struct worker *worker;    /* borrowed */
	uint64_t last_row;
	struct store_op *pending; /* owned; by row */
	bool is_failing;          /* and this has been logged */

	/* The batch that the storage thread has. */
	struct store_op *batch;   /* owned; NULL once it is written */
	struct buf why;           /* owned; why it could not be written */
	bool is_out;
	atomic_bool is_busy;      /* released by the storage thread */
};

static void drop(struct store_op **head, struct store_op *op)
{
	HASH_DEL(*head, op);
	free(op);
}

static void drop_all(struct store_op **head)
{
	struct store_op *op = *head;

	HASH_CLEAR(hh, *head); /* the table; the entries still link */
	while (op) {
		struct store_op *next = op->hh.next;

		free(op);
		op = next;
	}
}

int store_open(struct store **out, const char *path, struct worker *w,
               char **why)
{
	struct store *s = xzalloc(sizeof(*s));
	int rc;

	*why = NULL;
	rc = store_file_open(&s->db, path, why);
	if (rc < 0) {
		free(s);
		return rc;
	}
	s->worker = w;
	s->last_row = store_db_last_row(s->db);
	atomic_init(&s->is_busy, false);
	*out = s;
	return 0;
}

struct loading {
	struct registrar *registrar;
	int64_t now_ms;
	size_t n;
};

static void restore(const struct binding *b, void *arg)
{
	struct loading *l = arg;

	if (registrar_restore(l->registrar, b, l->now_ms) == 0)
		l->n++;
}

size_t store_load(struct store *s, struct registrar *r, int64_t now_ms)
{
	struct loading l = { r, now_ms, 0 };
	int rc;

	worker_flush(s->worker);
	rc = store_db_read(s->db, now_ms, restore, &l);
	if (rc < 0)
		log_warn("registrations: only %zu could be read: %s", l.n,
		         strerror(-rc));
	return l.n;
}

/* --- queueing ------------------------------------------------------------- */

static struct store_op *find(struct store_op *head, uint64_t row)
{
	struct store_op *op;

	HASH_FIND(hh, head, &row, sizeof(row), op);
	return op;
}

static void add(struct store_op **head, struct store_op *op)
{
	HASH_ADD(hh, *head, row, sizeof(op->row), op);
}

static const char *pack(char **at, const char *s)
{
	size_t size = strlen(s) + 1;
	const char *copy = memcpy(*at, s, size);

	*at += size;
	return copy;
}

static struct store_op *copy_of(const struct binding *b)
{
	size_t size = strlen(b->aor) + strlen(b->contact) + strlen(b->path) +
	              strlen(b->instance) + strlen(b->user_agent) +
	              strlen(b->call_id) + 6;
	struct store_op *op = xmalloc(sizeof(*op) + size);
	char *at = op->text;

	memset(op, 0, sizeof(*op));
	op->row = b->row;
	op->b = *b;
	op->b.aor = pack(&at, b->aor);
	op->b.contact = pack(&at, b->contact);
	op->b.path = pack(&at, b->path);
	op->b.instance = pack(&at, b->instance);
	op->b.user_agent = pack(&at, b->user_agent);
	op->b.call_id = pack(&at, b->call_id);
	return op;
}

/* A disk that fails is asked again at the owner's pace only. */
static void kick_if_long(struct store *s)
{
	if (HASH_COUNT(s->pending) >= BATCH_MAX && !s->is_failing)
		store_kick(s);
}

void store_save(struct store *s, struct binding *b)
{
	struct store_op *op, *was;
	bool is_new = b->row == 0;

	if (is_new)
		b->row = ++s->last_row;
	op = copy_of(b);
	was = find(s->pending, b->row);
	op->is_new = is_new || (was && was->is_new);
	if (was)
		drop(&s->pending, was);
	add(&s->pending, op);
	kick_if_long(s);
}

void store_remove(struct store *s, struct binding *b)
{
	struct store_op *op, *was = find(s->pending, b->row);
	bool is_new = was && was->is_new;

	if (was)
		drop(&s->pending, was);
	if (b->row != 0 && !is_new) {
		op = xzalloc(sizeof(*op));
		op->row = b->row;
		op->is_removal = true;
		add(&s->pending, op);
	}
	b->row = 0;
	kick_if_long(s);
}

/* --- the batch ------------------------------------------------------------ */

static void write_batch(void *arg) /* on the storage thread */
{
	struct store *s = arg;

	if (store_db_write(s->db, s->batch, &s->why) == 0)
		drop_all(&s->batch);
	atomic_store_explicit(&s->is_busy, false, memory_order_release);
}

/* What has been queued since is newer than what failed. */
static void merge_failed(struct store *s)
{
	struct store_op *op, *next;

	HASH_ITER (hh, s->batch, op, next) {
		struct store_op *newer = find(s->pending, op->row);

		HASH_DEL(s->batch, op);
		if (!newer)
			add(&s->pending, op);
		else
			newer->is_new = newer->is_new || op->is_new;
		if (!newer)
			continue;
		if (newer->is_removal && op->is_new)
			drop(&s->pending, newer);
		free(op);
	}
}

/* Takes the batch back, once the storage thread is through with it. */
static void collect(struct store *s)
{
	if (!s->is_out ||
	    atomic_load_explicit(&s->is_busy, memory_order_acquire))
		return;
	s->is_out = false;
	if (s->batch && !s->is_failing)
		log_warn("registrations: cannot be saved: %s",
		         buf_text(&s->why));
	else if (!s->batch && s->is_failing)
		log_info("registrations: saved again");
	s->is_failing = s->batch != NULL;
	merge_failed(s);
	buf_clear(&s->why);
}

void store_kick(struct store *s)
{
	collect(s);
	if (s->is_out || !s->pending)
		return;
	s->batch = s->pending;
	s->pending = NULL;
	s->is_out = true;
	atomic_store_explicit(&s->is_busy, true, memory_order_relaxed);
	worker_post(s->worker, write_batch, s);
}

void store_close(struct store **sp)
{
	struct store *s = *sp;

	if (!s)
		return;
	for (int i = 0; i < 2; i++) { /* what is out, then what is queued */
		worker_flush(s->worker);
		store_kick(s);
	}
	worker_flush(s->worker);
	collect(s);
	if (s->pending)
		log_warn("registrations: %u changes are lost",
		         HASH_COUNT(s->pending));
	drop_all(&s->pending);
	buf_free(&s->why);
	store_db_close(&s->db);
	free(s);
	*sp = NULL;
}
