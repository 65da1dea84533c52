/* b2bua/explain_text.c - an explanation to be read. */
#include <string.h>

#include "b2bua/explain_tree.h"

#define INDENT 2

static void margin(struct buf *out, unsigned depth)
{
	for (unsigned i = 0; i < depth * INDENT; i++)
		buf_char(out, ' ');
}

/* Control characters of documents are not the terminal's business. */
static void add_clean(struct buf *out, const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		buf_char(out, (unsigned char)s[i] < ' ' || s[i] == 127 ? '?'
		                                                       : s[i]);
}

static void clean(struct buf *out, const char *s)
{
	add_clean(out, s, strlen(s));
}

static void print_facts(struct buf *out, const struct tree_facts *f,
                        unsigned depth)
{
	for (const struct tree_fact *x = f->first; x; x = x->next) {
		const char *line = x->value;

		do { /* a list: its name before each */
			size_t len = strcspn(line, "\n");

			margin(out, depth);
			clean(out, x->key);
			buf_str(out, ": ");
			add_clean(out, line, len);
			buf_char(out, '\n');
			line += len + (line[len] == '\n');
		} while (*line);
	}
}

static void print_node(struct buf *out, const struct tree_node *n,
                       unsigned depth);

static void print_trail(struct buf *out, const struct tree_facts *f,
                        unsigned depth)
{
	for (const struct tree_fact *x = f->first; x; x = x->next) {
		margin(out, depth);
		buf_str(out, "- ");
		clean(out, x->key);
		buf_str(out, *x->value ? " " : "");
		clean(out, x->value);
		buf_char(out, '\n');
	}
}

static void print_edge(struct buf *out, const struct tree_edge *e,
                       unsigned depth)
{
	print_trail(out, &e->trail, depth);
	print_node(out, e->to, depth);
}

static void print_legs(struct buf *out, const struct tree_node *n,
                       unsigned depth)
{
	for (const struct tree_leg *leg = n->legs; leg; leg = leg->next) {
		margin(out, depth);
		buf_str(out, "* ");
		clean(out, leg->title);
		buf_char(out, '\n');
		print_facts(out, &leg->facts, depth + 2);
		if (leg->leads_to)
			print_edge(out, leg->leads_to, depth + 2);
	}
}

static void print_node(struct buf *out, const struct tree_node *n,
                       unsigned depth)
{
	margin(out, depth);
	if (n->id)
		buf_fmt(out, "#%u ", n->id);
	clean(out, n->title);
	buf_char(out, '\n');
	print_facts(out, &n->facts, depth + 2);
	print_legs(out, n, depth + 1);
	for (const struct tree_edge *e = n->edges; e; e = e->next) {
		margin(out, depth + 1);
		clean(out, e->on);
		buf_str(out, " ->\n");
		print_edge(out, e, depth + 2);
	}
}

void tree_print_text(struct buf *out, const struct tree *t)
{
	print_facts(out, &t->head, 0);
	if (!t->root)
		return;
	buf_char(out, '\n');
	print_edge(out, t->root, 0);
}
