/* directory/rewrite.c - a feature code changes a document. */
#include "directory/rewrite.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "base/replace.h"
#include "base/strutil.h"
#include "directory/revision.h"

#define TRIES 3 /* while somebody else writes the file */

struct open_file { /* a document that was read */
	struct pool pool;
	struct buf text;
	struct stat st;
	const cJSON *doc;
	bool is_wrapped;
};

static void close_file(struct open_file *f)
{
	pool_free(&f->pool);
	buf_free(&f->text);
}


/* Another document may have its name by now. */
static int check_id(struct reader *rd, const cJSON *doc, const char *wanted)
{
	char stem[NAME_MAX + 1];
	const char *id = document_id(rd, doc,
	                             load_stem(stem, sizeof(stem),
	                                       rd->file));

	if (str_eq(id, wanted))
		return 0;
	if (id)
		reader_fault(rd, NULL, "is '%s' now, not '%s'", id, wanted);
	return -EINVAL;
}

static int parse(struct open_file *f, struct reader *rd, const char *id)
{
	struct index words = { .pool = &f->pool };

	f->doc = document_parse(rd, buf_text(&f->text), f->text.len, &words);
	index_clear(&words);
	f->is_wrapped = rd->is_wrapped;
	return f->doc ? check_id(rd, f->doc, id) : -EINVAL;
}

static int open_file(struct open_file *f, const struct original *o,
                     struct diag *why)
{
	struct reader rd = { .pool = &f->pool, .why = why, .file = o->file };
	int rc = load_file(&rd, &f->text, &f->st);

	return rc < 0 ? rc : parse(f, &rd, o->id);
}

/* --- the file --------------------------------------------------------------- */

static void tell(struct diag *why, const struct original *o,
                 const struct change *c, int rc)
{
	const char *what = change_what_text(c->what);

	if (rc == -ENODATA)
		diag_fault(why, o->file, what, "there is no number");
	else if (rc == -ENOENT)
		diag_fault(why, o->file, what, "user '%s' is in no ring group",
		           c->user);
	else if (rc == -E2BIG)
		diag_fault(why, o->file, what, "too many ring groups");
	else
		diag_fault(why, o->file, what, "is not what it should be");
}

static int write_back(struct open_file *f, const struct original *o,
                      const struct buf *text, struct diag *why)
{
	int rc = 0;

	if (text->len == f->text.len &&
	    memcmp(text->p, f->text.p, text->len) == 0)
		return 0; /* it says so already */
	if (text->len > DOCUMENT_SIZE_MAX) {
		diag_fault(why, o->file, NULL, "would be larger than 1 MB");
		return -EFBIG;
	}
	rc = document_check(o->type, o->file, text->p, text->len, why);
	if (rc < 0)
		return rc;
	rc = file_replace(o->file, &f->st, text->p, text->len);
	if (rc < 0 && rc != -EAGAIN)
		diag_fault(why, o->file, NULL, "cannot be written: %s",
		           strerror(-rc));
	return rc;
}

static int change_file(struct open_file *f, const struct original *o,
                       struct change *c, struct diag *why)
{
	struct buf text = { 0 };
	int rc = open_file(f, o, why);

	if (rc < 0)
		return rc;
	buf_add(&text, f->text.p, f->text.len);
	rc = change_decide(c, f->doc);
	if (rc == 0)
		rc = change_apply(&text, f->doc, f->is_wrapped, c);
	if (rc < 0)
		tell(why, o, c, rc);
	else
		rc = write_back(f, o, &text, why);
	buf_free(&text);
	return rc;
}

/* --- the snapshot's ------------------------------------------------------------ */

static void print(struct buf *out, const struct original *o)
{
	char *text = o->text ? NULL : cJSON_PrintUnformatted(o->doc);

	buf_str(out, o->text ? o->text : text ? text : "{}");
	cJSON_free(text);
}

static int revise(struct revision **out, const struct original *o,
                  const struct change *c)
{
	struct revision *r = NULL;
	struct buf text = { 0 };
	int rc;

	*out = NULL;
	print(&text, o);
	rc = revision_read(&r, o->type, o->file, text.p, text.len, NULL);
	if (rc == 0)
		rc = change_apply(&text, r->doc, false, c);
	revision_free(&r);
	if (rc == 0)
		rc = revision_read(out, o->type, o->file, text.p, text.len,
		                   NULL);
	buf_free(&text);
	return rc;
}

int document_rewrite(struct revision **out, const struct original *o,
                     struct change *c, struct diag *why)
{
	const struct change wish = *c;
	struct open_file f;
	int rc = -EAGAIN;

	*out = NULL;
	for (int i = 0; i < TRIES && rc == -EAGAIN; i++) {
		if (i > 0)
			close_file(&f);
		memset(&f, 0, sizeof(f));
		*c = wish;
		rc = change_file(&f, o, c, why);
	}
	if (rc == -EAGAIN)
		diag_fault(why, o->file, NULL, "somebody else is writing it");
	/* c may borrow its number from f */
	if (rc == 0)
		(void)revise(out, o, c);
	*c = (struct change){ wish.what, c->to, wish.number, wish.user };
	close_file(&f);
	return rc;
}

int document_reread(struct revision **out, const struct original *o,
                    struct diag *why)
{
	struct open_file f = { 0 };
	int rc = open_file(&f, o, why);

	if (rc == 0)
		rc = document_check(o->type, o->file, f.text.p, f.text.len,
		                    why);
	if (rc == 0)
		rc = revision_read(out, o->type, o->file, f.text.p,
		                   f.text.len, why);
	close_file(&f);
	return rc;
}
