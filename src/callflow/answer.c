/* callflow/answer.c - the flow that a pivot's server sent. */
#include <ctype.h>
#include <string.h>

#include "callflow/module.h"

/* TwiML, which Kazoo translates and we do not. */
static bool is_xml(const struct flow_outcome *o)
{
	const char *s = o->text;

	if (o->type && strcasestr(o->type, "xml"))
		return true;
	while (isspace((unsigned char)*s))
		s++;
	return *s == '<';
}

static bool is_to_come(const struct flow *f, const struct flow_text *t)
{
	for (size_t i = 0; i < f->depth; i++)
		if (f->stack[i].text == t)
			return true;
	return false;
}

/* Those whose actions no jump comes back to any more. */
static void drop_old(struct flow *f)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->n_texts; i++)
		if (is_to_come(f, f->texts[i]))
			f->texts[kept++] = f->texts[i];
		else
			flow_text_free(&f->texts[i]);
	f->n_texts = kept;
}

void flow_drop_texts(struct flow *f)
{
	while (f->n_texts > 0)
		flow_text_free(&f->texts[--f->n_texts]);
}

bool flow_take_answer(struct flow *f, const struct flow_outcome *o)
{
	struct diag why = { 0 };
	struct flow_text *t = NULL;

	if (is_xml(o)) {
		flow_warn(f, "pivot xml",
		          "pivot: the answer is TwiML, which is not "
		          "supported: going on with its child '_'");
		return false;
	}
	if (flow_text_parse(&t, o->text, o->len, &why) < 0) {
		flow_warn(f, "pivot answer",
		          "pivot: the answer is no flow: %.*s: going on with "
		          "its child '_'",
		          (int)strcspn(buf_text(&why.text), "\n"),
		          buf_text(&why.text));
		diag_free(&why);
		return false;
	}
	diag_free(&why);
	drop_old(f);
	f->texts[f->n_texts++] = t;
	f->at.action = flow_text_action(t);
	f->at.text = t;
	return true;
}
