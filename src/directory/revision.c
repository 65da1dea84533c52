/* directory/revision.c - a document of a snapshot that has changed since it
 * was loaded.
 *
 * Look-ups find the same struct as ever; what it points at is another.  So a
 * change costs the same however large the directory is, and nobody who looks
 * something up pays for it.  What was there before stays until the last one
 * has gone who may have seen it: see snapshot_unref(). */
#include "directory/revision.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>

#include "base/mem.h"

/* --- one ------------------------------------------------------------------ */

void revision_free(struct revision **rp)
{
	struct revision *r = *rp;

	if (!r)
		return;
	pool_free(&r->pool);
	free(r);
	*rp = NULL;
}

int revision_read(struct revision **out, enum document_type type,
                  const char *file, const char *text, size_t len,
                  struct diag *why)
{
	struct revision *r = xzalloc(sizeof(*r));
	struct reader rd = { .pool = &r->pool, .why = why, .file = file };
	struct index words = { .pool = &r->pool };

	r->type = type;
	r->doc = document_parse(&rd, text, len, &words);
	index_clear(&words);
	if (r->doc && type != DOCUMENT_CALLFLOW) {
		rd.why = NULL; /* its warnings were given when it was loaded */
		r->settings = read_settings(&rd, r->doc,
		                            type == DOCUMENT_USER ? ON_USER
		                                                  : ON_DEVICE);
		r->text = document_text(&rd, r->doc);
	}
	pool_stop_sharing(&r->pool);
	if (rd.faults > 0) {
		revision_free(&r);
		return -EINVAL;
	}
	*out = r;
	return 0;
}

/* --- those of a snapshot ----------------------------------------------------- */

const struct revision *revision_find(const struct late *l, const void *of)
{
	struct revision *r = NULL;

	if (l->revised)
		HASH_FIND_PTR(l->revised, &of, r);
	return r;
}

void revisions_free_list(struct revision **list)
{
	while (*list) {
		struct revision *r = *list;

		*list = r->next;
		revision_free(&r);
	}
}

void revisions_free(struct late *l)
{
	struct revision *r, *next;

	HASH_ITER (hh, l->revised, r, next) {
		HASH_DELETE(hh, l->revised, r);
		revision_free(&r);
	}
}

static void *find(const struct snapshot *s, enum document_type type,
                  const char *account, const char *id)
{
	static const enum index_kind kinds[] = {
		[DOCUMENT_DEVICE] = INDEX_DEVICE,
		[DOCUMENT_USER] = INDEX_USER,
		[DOCUMENT_CALLFLOW] = INDEX_CALLFLOW,
	};
	const struct account *a = snapshot_account(s, account);

	return a ? index_find(&s->base->index, kinds[type], a, id) : NULL;
}

static void show(void *document, const struct revision *r)
{
	struct callflow *c;

	switch (r->type) {
	case DOCUMENT_DEVICE:
		device_take(document, r->settings, r->text);
		break;
	case DOCUMENT_USER:
		user_take(document, r->settings, r->text);
		break;
	default:
		c = document;
		c->doc = r->doc;
		c->flow = json_member(r->doc, "flow");
		break;
	}
}

int snapshot_revise(struct snapshot **sp, enum document_type type,
                    const char *account, const char *id, struct revision *r)
{
	void *document = find(*sp, type, account, id);
	struct late *l = &(*sp)->base->late;
	struct revision *was;

	if (!document) {
		revision_free(&r);
		return -ENOENT;
	}
	r->of = document;
	HASH_FIND_PTR(l->revised, &r->of, was);
	if (was)
		HASH_DELETE(hh, l->revised, was);
	HASH_ADD_PTR(l->revised, of, r);
	show(document, r);
	snapshot_advance(sp, was);
	return 0;
}

/* --- for another thread --------------------------------------------------------- */

static char *path_of(const struct snapshot *s, const struct account *a,
                     const char *folder, const char *id, const char *file)
{
	return file ? xasprintf("%s/accounts/%s/%s/%s", s->base->dir,
	                        a->folder, folder, file)
	            : xasprintf("%s/accounts/%s/%s/%s.json", s->base->dir,
	                        a->folder, folder, id);
}

int snapshot_original(struct original *out, const struct snapshot *s,
                      enum document_type type, const char *account,
                      const char *id)
{
	const void *document = find(s, type, account, id);
	const struct account *a = snapshot_account(s, account);
	struct original o = { .type = type };

	if (!document)
		return -ENOENT;
	if (type == DOCUMENT_DEVICE) {
		const struct device *d = document;

		o.file = path_of(s, a, "devices", d->id, d->file);
		o.id = d->id;
		o.text = d->text;
	} else if (type == DOCUMENT_USER) {
		const struct user *u = document;

		o.file = path_of(s, a, "users", u->id, u->file);
		o.id = u->id;
		o.text = u->text;
	} else {
		const struct callflow *c = document;

		o.file = path_of(s, a, "callflows", c->id, c->file);
		o.id = c->id;
		o.doc = c->doc;
	}
	*out = o;
	return 0;
}

void original_clear(struct original *o)
{
	free(o->file);
	*o = (struct original){ 0 };
}
