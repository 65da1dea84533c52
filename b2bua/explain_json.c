/* b2bua/explain_json.c - an explanation for programs. */
#include <stdlib.h>
#include <string.h>

#include "b2bua/explain_tree.h"
#include "base/json.h"
#include "base/mem.h"

/* "leg timeout" is "leg_timeout". */
static char *member(const char *key)
{
	char *name = xstrdup(key);

	for (char *s = name; *s; s++)
		if (*s == ' ' || *s == '-')
			*s = '_';
	return name;
}

static void print_list(struct buf *j, const char *key, const char *value)
{
	json_open(j, key, '[');
	while (*value) {
		size_t len = strcspn(value, "\n");
		char *line = xstrndup(value, len);

		json_str(j, NULL, line);
		free(line);
		value += len + (value[len] == '\n');
	}
	json_close(j, ']');
}

/* One that is said several times: "notes". */
static bool is_repeated(const struct tree_fact *x)
{
	return x->next && strcmp(x->next->key, x->key) == 0;
}

static const struct tree_fact *print_repeated(struct buf *j,
                                              const struct tree_fact *x)
{
	char *key = member(x->key);

	json_open(j, key, '[');
	free(key);
	for (; is_repeated(x); x = x->next)
		json_str(j, NULL, x->value);
	json_str(j, NULL, x->value);
	json_close(j, ']');
	return x;
}

static void print_fact(struct buf *j, const struct tree_fact *x)
{
	char *key = member(x->key);

	if (strcmp(key, "headers") == 0)
		print_list(j, key, x->value);
	else
		json_str(j, key, x->value);
	free(key);
}

/* As members of the object that is open. */
static void print_facts(struct buf *j, const struct tree_facts *f)
{
	for (const struct tree_fact *x = f->first; x; x = x->next)
		if (is_repeated(x))
			x = print_repeated(j, x);
		else
			print_fact(j, x);
}

static void print_trail(struct buf *j, const struct tree_facts *f)
{
	json_open(j, "passes", '[');
	for (const struct tree_fact *x = f->first; x; x = x->next) {
		json_open(j, NULL, '{');
		json_str(j, "what", x->key);
		json_str(j, "text", x->value);
		json_close(j, '}');
	}
	json_close(j, ']');
}

static void print_node(struct buf *j, const char *key,
                       const struct tree_node *n);

static void print_edge(struct buf *j, const char *key,
                       const struct tree_edge *e)
{
	json_open(j, key, '{');
	if (e->on[0])
		json_str(j, "on", e->on);
	print_trail(j, &e->trail);
	print_node(j, "step", e->to);
	json_close(j, '}');
}

static void print_leg(struct buf *j, const struct tree_leg *leg)
{
	json_open(j, NULL, '{');
	json_str(j, "leg", leg->title);
	print_facts(j, &leg->facts);
	if (leg->leads_to)
		print_edge(j, "leads_to", leg->leads_to);
	json_close(j, '}');
}

static void print_node(struct buf *j, const char *key,
                       const struct tree_node *n)
{
	json_open(j, key, '{');
	json_str(j, "kind", tree_kind_name(n->kind));
	if (n->id)
		json_int(j, "id", n->id);
	if (n->ref)
		json_int(j, "ref", n->ref);
	json_str(j, "title", n->title);
	json_open(j, "facts", '{');
	print_facts(j, &n->facts);
	json_close(j, '}');
	json_open(j, "legs", '[');
	for (const struct tree_leg *leg = n->legs; leg; leg = leg->next)
		print_leg(j, leg);
	json_close(j, ']');
	json_open(j, "next", '[');
	for (const struct tree_edge *e = n->edges; e; e = e->next)
		print_edge(j, NULL, e);
	json_close(j, ']');
	json_close(j, '}');
}

void tree_print_json(struct buf *out, const struct tree *t)
{
	json_open(out, NULL, '{');
	json_open(out, "call", '{');
	print_facts(out, &t->head);
	json_close(out, '}');
	if (t->root)
		print_edge(out, "flow", t->root);
	json_close(out, '}');
	buf_char(out, '\n');
}
