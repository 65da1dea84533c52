/* b2bua/explain_dot.c - an explanation as a graph for Graphviz. */
#include <string.h>

#include "b2bua/explain_tree.h"

struct drawing {
	struct buf *out;
	unsigned n_unnamed; /* of nodes without a number */
};

/* Within quotes; a line of its own each, to the left. */
static void add_text(struct buf *out, const char *s)
{
	for (; *s; s++)
		if (*s == '"' || *s == '\\')
			buf_fmt(out, "\\%c", *s);
		else if (*s == '\n')
			buf_str(out, "\\l");
		else
			buf_char(out, (unsigned char)*s < ' ' ? '?' : *s);
}

static void add_line(struct buf *out, const char *before, const char *s)
{
	add_text(out, before);
	add_text(out, s);
	buf_str(out, "\\l");
}

static void add_trail(struct buf *out, const struct tree_facts *f)
{
	for (const struct tree_fact *x = f->first; x; x = x->next) {
		add_text(out, x->key);
		buf_char(out, ' ');
		add_line(out, "", x->value);
	}
}

static void add_facts(struct buf *out, const struct tree_facts *f)
{
	for (const struct tree_fact *x = f->first; x; x = x->next) {
		add_text(out, "   ");
		add_text(out, x->key);
		add_line(out, ": ", x->value);
	}
}

static const char *shape(const struct tree_node *n)
{
	switch (n->kind) {
	case TREE_RING:
		return "box";
	case TREE_DO:
		return "cds";
	case TREE_END:
		return "oval";
	default:
		return "plaintext";
	}
}

static unsigned draw_node(struct drawing *d, const struct tree_node *n);

static void name(struct buf *out, unsigned id)
{
	if (id & 1u)
		buf_fmt(out, "x%u", id >> 1);
	else
		buf_fmt(out, "n%u", id >> 1);
}

static void draw_edge(struct drawing *d, unsigned from,
                      const struct tree_edge *e, const char *style)
{
	unsigned to = e->to->kind == TREE_SEE ? e->to->ref << 1
	                                      : draw_node(d, e->to);

	buf_str(d->out, "\t");
	name(d->out, from);
	buf_str(d->out, " -> ");
	name(d->out, to);
	buf_fmt(d->out, " [style=%s, label=\"", style);
	add_line(d->out, "", e->on);
	add_trail(d->out, &e->trail);
	buf_str(d->out, "\"];\n");
}

static void draw_label(struct drawing *d, const struct tree_node *n)
{
	if (n->id)
		buf_fmt(d->out, "#%u ", n->id);
	add_line(d->out, "", n->title);
	add_facts(d->out, &n->facts);
	for (const struct tree_leg *leg = n->legs; leg; leg = leg->next) {
		add_line(d->out, "* ", leg->title);
		add_facts(d->out, &leg->facts);
	}
}

/* Returns what name() makes its name of. */
static unsigned draw_node(struct drawing *d, const struct tree_node *n)
{
	unsigned id = n->id ? n->id << 1 : ++d->n_unnamed << 1 | 1u;

	buf_char(d->out, '\t');
	name(d->out, id);
	buf_fmt(d->out, " [shape=%s, label=\"", shape(n));
	draw_label(d, n);
	buf_str(d->out, "\"];\n");
	for (const struct tree_leg *leg = n->legs; leg; leg = leg->next)
		if (leg->leads_to)
			draw_edge(d, id, leg->leads_to, "dashed");
	for (const struct tree_edge *e = n->edges; e; e = e->next)
		draw_edge(d, id, e, "solid");
	return id;
}

void tree_print_dot(struct buf *out, const struct tree *t)
{
	struct drawing d = { .out = out };

	buf_str(out, "digraph call {\n\trankdir=LR;\n"
	             "\tnode [fontname=\"monospace\", fontsize=10];\n"
	             "\tedge [fontname=\"monospace\", fontsize=9];\n"
	             "\tx0 [shape=note, label=\"");
	for (const struct tree_fact *x = t->head.first; x; x = x->next) {
		add_text(out, x->key);
		add_line(out, ": ", x->value);
	}
	buf_str(out, "\"];\n");
	if (t->root)
		draw_edge(&d, 1, t->root, "solid");
	buf_str(out, "}\n");
}
