/* directory/load.h - what the steps of loading a snapshot share: load.c finds
 * and reads the files, admit.c puts each document into the index, link.c
 * resolves what documents say of each other. */
#ifndef B2BUA_DIRECTORY_LOAD_H
#define B2BUA_DIRECTORY_LOAD_H

#include "directory/document.h"
#include "directory/index.h"
#include "directory/read.h"

struct revision;

struct late { /* documents parsed on demand, or changed */
	struct pool pool;
	struct index words, docs;
	struct revision *revised; /* owned; by document */
};

void late_init(struct late *l);
void late_free(struct late *l);

struct account_index { /* what look-ups inside an account need */
	const struct index *all;
	struct late *late;
};

/* A state of the documents.  A feature code's change makes a newer one, which
 * shares everything with the one that was loaded, its base. */
struct snapshot {
	unsigned refs, pins;
	struct snapshot *base;         /* itself when it was loaded */
	struct snapshot *older, *newer; /* states with references */
	struct revision *retired;      /* owned: seen here, later no more */

	/* of a base only */
	unsigned states;     /* those that are not freed */
	struct snapshot *newest;
	const char *dir;
	snapshot_fn *unused; /* NULL: snapshot_free() */
	void *unused_arg;    /* borrowed */
	struct pool pool; /* everything below and all documents */
	/* Look-ups touch few pages when the documents are elsewhere. */
	struct pool index_pool;
	struct index index;
	struct late late;
	struct resource **resources; /* the global ones */
	size_t n_resources;
	struct account **accounts;
	size_t n_accounts;
	struct snapshot_counts counts;
};

struct list { /* all zero is empty; lives in the loader's pool */
	void **p;
	size_t n, cap;
};

struct account_load { /* an account while it is loaded */
	struct account *account;
	const char *parent_id;
	const char *file; /* its account.json */
	bool is_kept;     /* false: faulty, only looked through */
	struct list devices, users, groups, callflows, resources;
};

struct loader {
	struct snapshot *s;
	struct diag *why;       /* borrowed; may be NULL */
	unsigned faults;
	struct pool pool;       /* what only loading needs */
	struct pool tree;       /* the document being read */
	struct buf text;        /* of the file being read */
	struct index words;     /* member names of all documents */
	struct index files;     /* where each document came from */
	struct plan_classes classes;
	const struct shared_plans *plans; /* of dialplans.json */
	struct list accounts;   /* struct account_load */
	struct list resources;  /* the global ones */
};

/* *sp, the newest state, is given up for a newer one; `was` (or NULL) is not
 * seen any more from there on. */
void snapshot_advance(struct snapshot **sp, struct revision *was);

/* What a file holds; faults when it cannot be read. */
struct stat;
int load_file(struct reader *rd, struct buf *out, struct stat *st);
/* Its name without folders and ".json". */
const char *load_stem(char *out, size_t size, const char *file);

void list_add(struct pool *p, struct list *l, void *item);

void loader_init(struct loader *ld, struct snapshot *s, struct diag *why);
void loader_clear(struct loader *ld);

/* Take a document that was read into the index.  False, with a fault, when
 * it clashes with one that is there; it is then left out. */
bool admit_account(struct loader *ld, struct reader *rd,
                   struct account_load *al);
bool admit_device(struct loader *ld, struct reader *rd,
                  struct account_load *al, struct device *d);
bool admit_user(struct loader *ld, struct reader *rd, struct account_load *al,
                struct user *u);
bool admit_group(struct loader *ld, struct reader *rd,
                 struct account_load *al, struct group *g);
bool admit_callflow(struct loader *ld, struct reader *rd,
                    struct account_load *al, struct callflow_doc *x);
/* al is NULL for a global one. */
bool admit_resource(struct loader *ld, struct reader *rd,
                    struct account_load *al, struct resource *r);
/* The file a document came from. */
const char *loader_file(const struct loader *ld, const void *document);

/* After all documents are in: owners, parents, lists.  Faults are counted in
 * the loader. */
void link_all(struct loader *ld);

/* Warnings for what an action names and the account has not. */
void link_action(struct reader *rd, struct snapshot *s,
                 const struct account *a, const struct place *at,
                 const struct cJSON *action);

#endif
