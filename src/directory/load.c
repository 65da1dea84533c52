/* directory/load.c - finds and reads the files of a snapshot. */
#include "directory/load.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/strutil.h"
#include "directory/check.h"

#define FRESH_S   2
#define TURNS_MAX 20

void loader_init(struct loader *ld, struct snapshot *s, struct diag *why)
{
	*ld = (struct loader){ .s = s, .why = why };
	ld->words.pool = ld->files.pool = &ld->pool;
	ld->classes = plan_default_classes(&s->pool);
}

void loader_clear(struct loader *ld)
{
	index_clear(&ld->words);
	index_clear(&ld->files);
	buf_free(&ld->text);
	pool_free(&ld->pool);
	pool_stop_sharing(&ld->s->pool);
}

/* --- files ------------------------------------------------------------- */

struct folder { /* the names in one, sorted */
	char **names;
	size_t n;
};

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static int folder_open(struct folder *f, const char *path)
{
	DIR *dir = opendir(path);
	struct dirent *e;
	size_t cap = 0;

	*f = (struct folder){ NULL, 0 };
	if (!dir)
		return -errno;
	while ((e = readdir(dir))) {
		if (e->d_name[0] == '.')
			continue; /* and hidden files */
		if (f->n == cap) {
			cap = cap ? 2 * cap : 64;
			f->names = xrealloc(f->names, cap * sizeof(char *));
		}
		f->names[f->n++] = xstrdup(e->d_name);
	}
	closedir(dir);
	if (f->n > 1)
		qsort(f->names, f->n, sizeof(char *), by_name);
	return 0;
}

static void folder_close(struct folder *f)
{
	for (size_t i = 0; i < f->n; i++)
		free(f->names[i]);
	free(f->names);
}

/* "x.json", but not "x.json~" and the like that editors leave. */
static bool is_document(const char *name)
{
	size_t n = strlen(name);

	return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

/* Up to `size` bytes: what is appended meanwhile is somebody's next state. */
static int read_all(int fd, struct buf *out, size_t size)
{
	char block[16384];

	buf_clear(out);
	while (out->len < size) {
		size_t left = size - out->len;
		ssize_t n = read(fd, block,
		                 left < sizeof(block) ? left : sizeof(block));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		buf_add(out, block, (size_t)n);
	}
	return 0;
}

/* Somebody may be writing it at this moment. */
static bool is_fresh(const struct stat *st)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return st->st_mtim.tv_sec + FRESH_S >= now.tv_sec;
}

/* One state of the file, not parts of two: what was changed a moment ago is
 * read until it comes twice alike.  -EAGAIN when it never does. */
static int read_settled(int fd, struct buf *out, const struct stat *st)
{
	struct stat now = *st;
	struct buf again = { 0 };
	int rc = read_all(fd, out, (size_t)st->st_size), turns = 0;
	bool is_settled = !is_fresh(st);

	while (rc == 0 && !is_settled && turns++ < TURNS_MAX) {
		rc = lseek(fd, 0, SEEK_SET) < 0 || fstat(fd, &now) < 0 ? -errno
		                                                       : 0;
		if (rc == 0 && now.st_size > DOCUMENT_SIZE_MAX)
			rc = -EFBIG;
		if (rc == 0)
			rc = read_all(fd, &again, (size_t)now.st_size);
		if (rc < 0)
			break;
		is_settled = again.len == out->len &&
		             memcmp(buf_text(&again), buf_text(out),
		                    out->len) == 0;
		buf_clear(out);
		buf_add(out, buf_text(&again), again.len);
	}
	buf_free(&again);
	return rc == 0 && !is_settled ? -EAGAIN : rc;
}

/* O_NONBLOCK: a FIFO in the folder must not hold the server. */
int load_file(struct reader *rd, struct buf *out, struct stat *st)
{
	int fd = open(rd->file, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	int rc = -EINVAL;

	if (fd < 0) {
		rc = -errno;
		reader_fault(rd, NULL, "cannot be read: %s", strerror(-rc));
		return rc;
	}
	if (fstat(fd, st) < 0 || !S_ISREG(st->st_mode)) {
		reader_fault(rd, NULL, "is not a regular file");
	} else if (st->st_size > DOCUMENT_SIZE_MAX) {
		reader_fault(rd, NULL, "larger than 1 MB");
	} else {
		rc = read_settled(fd, out, st);
		if (rc == -EAGAIN)
			reader_fault(rd, NULL, "changes while it is read");
		else if (rc < 0)
			reader_fault(rd, NULL, "cannot be read: %s",
			             strerror(-rc));
	}
	close(fd);
	return rc;
}

/* --- documents --------------------------------------------------------- */

const char *load_stem(char *out, size_t size, const char *file)
{
	const char *slash = strrchr(file, '/');
	const char *name = slash ? slash + 1 : file;
	size_t n = strlen(name);

	n -= is_document(name) ? 5 : 0;
	if (n >= size)
		n = size - 1;
	memcpy(out, name, n);
	out[n] = '\0';
	return out;
}

/* The tree and the id of a file; NULL with faults. */
static const struct cJSON *open_document(struct loader *ld, struct reader *rd,
                                         const char *fallback,
                                         const char **id)
{
	const struct cJSON *doc = NULL;
	struct stat st;

	if (load_file(rd, &ld->text, &st) == 0)
		doc = document_parse(rd, buf_text(&ld->text), ld->text.len,
		                     &ld->words);
	if (!doc)
		return NULL;
	*id = document_id(rd, doc, fallback);
	return *id ? doc : NULL;
}

/* The file's name, when its id does not tell it. */
static const char *name_of(struct reader *rd, const char *id)
{
	const char *name = strrchr(rd->file, '/') + 1;
	size_t n = strlen(id);

	return strncmp(name, id, n) == 0 && str_eq(name + n, ".json")
	               ? NULL
	               : pool_strdup(rd->pool, name);
}

/* What a file turned out to be; it is taken in when it has no faults. */
static bool take(struct loader *ld, struct reader *rd,
                 struct account_load *al, enum document_type type,
                 const char *id, const struct cJSON *doc)
{
	const struct account *a = al ? al->account : NULL;
	bool ok = !al || al->is_kept;

	switch (type) {
	case DOCUMENT_DEVICE: {
		struct device *d = read_device(rd, a, id, doc);

		d->file = name_of(rd, id);
		return ok && rd->faults == 0 && admit_device(ld, rd, al, d);
	}
	case DOCUMENT_USER: {
		struct user *u = read_user(rd, a, id, doc);

		u->file = name_of(rd, id);
		return ok && rd->faults == 0 && admit_user(ld, rd, al, u);
	}
	case DOCUMENT_GROUP: {
		struct group *g = read_group(rd, a, id, doc);

		return ok && rd->faults == 0 && admit_group(ld, rd, al, g);
	}
	case DOCUMENT_CALLFLOW: {
		struct callflow_doc *x = read_callflow(rd, a, id, doc);

		x->callflow.file = name_of(rd, id);
		return ok && rd->faults == 0 && admit_callflow(ld, rd, al, x);
	}
	case DOCUMENT_RESOURCE: {
		struct resource *r = read_resource(rd, a, id, doc);

		return ok && rd->faults == 0 && admit_resource(ld, rd, al, r);
	}
	case DOCUMENT_ACCOUNT:
		break;
	}
	return false;
}

static void load_document(struct loader *ld, struct account_load *al,
                          enum document_type type, const char *file)
{
	struct reader rd = { .pool = &ld->s->pool, .why = ld->why,
	                     .file = file, .shared = ld->plans };
	char fallback[NAME_MAX + 1];
	const struct cJSON *doc;
	const char *id;

	load_stem(fallback, sizeof(fallback), file);
	/* There are many of these: only what is read of them is kept. */
	if (type == DOCUMENT_DEVICE || type == DOCUMENT_USER)
		rd.tree = &ld->tree;
	doc = open_document(ld, &rd, fallback, &id);
	if (doc)
		(void)take(ld, &rd, al, type, id, doc);
	pool_free(&ld->tree);
	ld->faults += rd.faults;
}

static void load_folder(struct loader *ld, struct account_load *al,
                        enum document_type type, const char *path)
{
	struct reader rd = { .pool = &ld->s->pool, .why = ld->why,
	                     .file = path };
	struct folder f;
	int rc = folder_open(&f, path);

	if (rc < 0 && rc != -ENOENT)
		reader_fault(&rd, NULL, "cannot be read: %s", strerror(-rc));
	ld->faults += rd.faults;
	for (size_t i = 0; i < f.n; i++) {
		char *file;

		if (!is_document(f.names[i]))
			continue;
		file = xasprintf("%s/%s", path, f.names[i]);
		load_document(ld, al, type, file);
		free(file);
	}
	folder_close(&f);
}

/* --- accounts ---------------------------------------------------------- */

static void load_account_file(struct loader *ld, struct account_load *al,
                              const char *folder, const char *file)
{
	struct reader rd = { .pool = &ld->s->pool, .why = ld->why,
	                     .file = file, .shared = ld->plans };
	const struct cJSON *doc;
	struct account_doc *x;
	const char *id;

	doc = open_document(ld, &rd, folder, &id);
	if (doc) {
		x = read_account(&rd, id, doc, ld->classes);
		x->account.folder = pool_strdup(rd.pool, folder);
		al->account = &x->account;
		al->parent_id = x->parent_id;
		al->is_kept = rd.faults == 0 && admit_account(ld, &rd, al);
	}
	ld->faults += rd.faults;
}

/* For the documents of an account whose own is unusable. */
static struct account *stand_in(struct loader *ld)
{
	struct account *a = pool_alloc(&ld->s->pool, sizeof(*a));

	a->id = a->name = "?";
	a->plan = pool_alloc(&ld->s->pool, sizeof(*a->plan));
	a->settings = &settings_none;
	return a;
}

static const struct {
	const char *name;
	enum document_type type;
} account_folders[] = {
	{ "users", DOCUMENT_USER }, /* before what they own */
	{ "devices", DOCUMENT_DEVICE },
	{ "groups", DOCUMENT_GROUP },
	{ "callflows", DOCUMENT_CALLFLOW },
	{ "resources", DOCUMENT_RESOURCE },
};

static void load_limits(struct loader *ld, struct account_load *al,
                        const char *file)
{
	struct reader rd = { .pool = &ld->s->pool, .why = ld->why,
	                     .file = file };
	const struct limits *l;
	const struct cJSON *doc;
	const char *id;

	if (access(file, F_OK) < 0)
		return;
	doc = open_document(ld, &rd, "limits", &id);
	if (doc) {
		l = read_limits(&rd, doc);
		if (rd.faults == 0)
			al->account->limits = l;
	}
	ld->faults += rd.faults;
}

static void load_account(struct loader *ld, const char *path,
                         const char *folder)
{
	struct account_load *al = pool_alloc(&ld->pool, sizeof(*al));
	char *file = xasprintf("%s/account.json", path);

	load_account_file(ld, al, folder, file);
	free(file);
	if (!al->account)
		al->account = stand_in(ld);
	file = xasprintf("%s/limits.json", path);
	load_limits(ld, al, file);
	free(file);
	for (size_t i = 0; i < NELEM(account_folders); i++) {
		file = xasprintf("%s/%s", path, account_folders[i].name);
		load_folder(ld, al, account_folders[i].type, file);
		free(file);
	}
	if (al->is_kept)
		list_add(&ld->pool, &ld->accounts, al);
}

static bool is_folder(const char *path)
{
	struct stat st;

	return stat(path, &st) == 0 && S_ISDIR(st.st_mode);
}

static void load_accounts(struct loader *ld, const char *path)
{
	struct folder f;
	int rc = folder_open(&f, path);

	if (rc == -ENOENT) {
		diag_warn(ld->why, path, NULL, "is missing: no accounts");
	} else if (rc < 0) {
		diag_fault(ld->why, path, NULL, "cannot be read: %s",
		           strerror(-rc));
		ld->faults++;
	}
	for (size_t i = 0; i < f.n; i++) {
		char *account = xasprintf("%s/%s", path, f.names[i]);

		if (is_folder(account))
			load_account(ld, account, f.names[i]);
		free(account);
	}
	folder_close(&f);
}

/* Dial plans that documents name in dial_plan.system. */
static void load_plans(struct loader *ld, const char *file)
{
	struct reader rd = { .pool = &ld->s->pool, .why = ld->why,
	                     .file = file };
	const struct cJSON *doc;
	const char *id;

	if (access(file, F_OK) < 0)
		return;
	doc = open_document(ld, &rd, "dialplans", &id);
	if (doc)
		ld->plans = plan_read_shared(&rd, doc);
	ld->faults += rd.faults;
}

static void load_tree(struct loader *ld, const char *dir)
{
	char *path = xasprintf("%s/dialplans.json", dir);

	load_plans(ld, path);
	free(path);
	path = xasprintf("%s/resources", dir);

	load_folder(ld, NULL, DOCUMENT_RESOURCE, path);
	free(path);
	path = xasprintf("%s/accounts", dir);
	load_accounts(ld, path);
	free(path);
	link_all(ld);
}

static int try_dir(const char *dir, struct diag *why)
{
	DIR *d = opendir(dir);

	if (!d) {
		diag_fault(why, dir, NULL, "cannot be read: %s",
		           strerror(errno));
		return -ENOENT;
	}
	closedir(d);
	return 0;
}

int snapshot_load(struct snapshot **out, const char *dir, bool lenient,
                  struct diag *why)
{
	struct snapshot *s;
	struct loader ld;
	unsigned faults;
	int rc = try_dir(dir, why);

	if (rc < 0)
		return rc;
	s = xzalloc(sizeof(*s));
	s->refs = s->states = 1;
	s->base = s->newest = s;
	s->dir = pool_strdup(&s->pool, dir);
	s->index.pool = &s->index_pool;
	late_init(&s->late);
	loader_init(&ld, s, why);
	load_tree(&ld, dir);
	faults = ld.faults;
	loader_clear(&ld);
	if (faults > 0 && !lenient) {
		snapshot_unref(&s);
		return -EINVAL;
	}
	*out = s;
	return 0;
}
