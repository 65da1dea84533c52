/* b2bua/explain_tree.c - an explanation as data. */
#include "b2bua/explain_tree.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/strutil.h"

/* --- facts ---------------------------------------------------------------- */

static void add(struct tree_facts *f, const char *key, char *value)
{
	struct tree_fact *fact = xzalloc(sizeof(*fact));

	fact->key = xstrdup(key);
	fact->value = value;
	if (!f->end)
		f->end = &f->first;
	*f->end = fact;
	f->end = &fact->next;
}

void facts_add(struct tree_facts *f, const char *key, const char *fmt, ...)
{
	struct buf b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(&b, fmt, ap);
	va_end(ap);
	add(f, key, buf_take(&b));
}

void facts_add_text(struct tree_facts *f, const char *key, const char *value)
{
	if (!str_is_empty(value))
		add(f, key, xstrdup(value));
}

void facts_move(struct tree_facts *to, struct tree_facts *from)
{
	if (!from->first)
		return;
	*(to->end ? to->end : &to->first) = from->first;
	to->end = from->end;
	*from = (struct tree_facts){ NULL, NULL };
}

bool facts_have(const struct tree_facts *f, const char *key,
                const char *value)
{
	for (const struct tree_fact *x = f->first; x; x = x->next)
		if (str_eq(x->key, key) && str_eq(x->value, value))
			return true;
	return false;
}

bool facts_eq(const struct tree_facts *a, const struct tree_facts *b)
{
	const struct tree_fact *x = a->first, *y = b->first;

	while (x && y && str_eq(x->key, y->key) && str_eq(x->value, y->value)) {
		x = x->next;
		y = y->next;
	}
	return !x && !y;
}

static void facts_free(struct tree_facts *f)
{
	while (f->first) {
		struct tree_fact *fact = f->first;

		f->first = fact->next;
		free(fact->key);
		free(fact->value);
		free(fact);
	}
	f->end = NULL;
}

/* --- nodes ---------------------------------------------------------------- */

const char *tree_kind_name(enum tree_kind k)
{
	static const char *const names[] = {
		[TREE_RING] = "ring", [TREE_DO] = "do", [TREE_END] = "end",
		[TREE_AGAIN] = "again", [TREE_SEE] = "see", [TREE_CUT] = "cut",
	};

	return names[k];
}

struct tree_node *tree_node(enum tree_kind kind, const char *fmt, ...)
{
	struct tree_node *n = xzalloc(sizeof(*n));
	struct buf b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(&b, fmt, ap);
	va_end(ap);
	n->kind = kind;
	n->title = buf_take(&b);
	return n;
}

struct tree_leg *tree_leg(struct tree_node *n, const char *fmt, ...)
{
	struct tree_leg *leg = xzalloc(sizeof(*leg)), **at = &n->legs;
	struct buf b = { 0 };
	va_list ap;

	va_start(ap, fmt);
	buf_vfmt(&b, fmt, ap);
	va_end(ap);
	leg->title = buf_take(&b);
	while (*at)
		at = &(*at)->next;
	*at = leg;
	return leg;
}

struct tree_edge *tree_edge(const char *on)
{
	struct tree_edge *e = xzalloc(sizeof(*e));

	e->on = xstrdup(on);
	return e;
}

static bool is_same_end(const struct tree_node *a, const struct tree_node *b)
{
	if (b->kind == TREE_SEE)
		return a->id == b->ref || (a->kind == TREE_SEE &&
		                           a->ref == b->ref);
	return a->kind == b->kind &&
	       (a->kind == TREE_END || a->kind == TREE_AGAIN) &&
	       str_eq(a->title, b->title) && facts_eq(&a->facts, &b->facts);
}

void tree_join(struct tree_node *n, struct tree_edge *e)
{
	struct tree_edge **at = &n->edges;

	for (; *at; at = &(*at)->next) {
		char *was = (*at)->on;

		if (!is_same_end((*at)->to, e->to) ||
		    !facts_eq(&(*at)->trail, &e->trail))
			continue;
		(*at)->on = xasprintf("%s, %s", was, e->on);
		free(was);
		tree_edge_free(&e);
		return;
	}
	*at = e;
}

static void node_free(struct tree_node *n)
{
	if (!n)
		return;
	while (n->legs) {
		struct tree_leg *leg = n->legs;

		n->legs = leg->next;
		facts_free(&leg->facts);
		tree_edge_free(&leg->leads_to);
		free(leg->title);
		free(leg);
	}
	while (n->edges) {
		struct tree_edge *e = n->edges;

		n->edges = e->next;
		tree_edge_free(&e);
	}
	facts_free(&n->facts);
	free(n->title);
	free(n);
}

void tree_edge_free(struct tree_edge **ep)
{
	struct tree_edge *e = *ep;

	*ep = NULL;
	if (!e)
		return;
	facts_free(&e->trail);
	node_free(e->to);
	free(e->on);
	free(e);
}

void tree_clear(struct tree *t)
{
	facts_free(&t->head);
	tree_edge_free(&t->root);
}
