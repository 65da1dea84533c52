/* b2bua/explain_tree.h - an explanation as data, for the three printers. */
#ifndef B2BUA_EXPLAIN_TREE_H
#define B2BUA_EXPLAIN_TREE_H

#include <stdbool.h>
#include "base/buf.h"

/* Something that is said: "timeout", "20 s".  A value of several lines is a
 * list. */
struct tree_fact {
	char *key, *value; /* owned */
	struct tree_fact *next;
};
struct tree_facts {
	struct tree_fact *first, **end; /* owned */
};
void facts_add(struct tree_facts *f, const char *key, const char *fmt, ...)
	printf_like(3, 4);
/* ... when there is a value. */
void facts_add_text(struct tree_facts *f, const char *key, const char *value);
void facts_move(struct tree_facts *to, struct tree_facts *from); /* all */
bool facts_have(const struct tree_facts *f, const char *key,
                const char *value);
bool facts_eq(const struct tree_facts *a, const struct tree_facts *b);

enum tree_kind {
	TREE_RING,  /* legs are placed */
	TREE_DO,    /* something else is done, and then the flow goes on */
	TREE_END,   /* the caller is answered with a failure, or hung up */
	TREE_AGAIN, /* a jump back to what is being explained */
	TREE_SEE,   /* as the step `ref` */
	TREE_CUT    /* too long to go on */
};
const char *tree_kind_name(enum tree_kind k);

struct tree_node;

struct tree_leg {
	char *title;                /* owned; "device phone1" */
	struct tree_facts facts;
	struct tree_edge *leads_to; /* owned: a forward's; NULL */
	struct tree_leg *next;
};

struct tree_edge {
	char *on;                 /* owned: the outcome */
	struct tree_facts trail;  /* what is passed on the way */
	struct tree_node *to;     /* owned */
	struct tree_edge *next;
};

struct tree_node {
	enum tree_kind kind;
	unsigned id;              /* from 1; 0: nobody refers to it */
	unsigned ref;             /* of TREE_SEE */
	char *title;              /* owned */
	struct tree_facts facts;
	struct tree_leg *legs;    /* owned, in order */
	struct tree_edge *edges;  /* owned, in order */
};

struct tree {
	struct tree_facts head;   /* who calls, what matches, ... */
	struct tree_edge *root;   /* owned; NULL: nothing matches */
};

struct tree_node *tree_node(enum tree_kind kind, const char *fmt, ...)
	printf_like(2, 3);
struct tree_leg *tree_leg(struct tree_node *n, const char *fmt, ...)
	printf_like(2, 3);
struct tree_edge *tree_edge(const char *on);
/* Adds e, or the outcome of e to that of an edge that leads just there: then
 * e is gone. */
void tree_join(struct tree_node *n, struct tree_edge *e);
void tree_edge_free(struct tree_edge **ep); /* and all below */
void tree_clear(struct tree *t);

void tree_print_text(struct buf *out, const struct tree *t);
void tree_print_json(struct buf *out, const struct tree *t);
void tree_print_dot(struct buf *out, const struct tree *t); /* Graphviz */

#endif
