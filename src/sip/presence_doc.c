/* sip/presence_doc.c - the documents a NOTIFY tells. */
#include "sip/presence_doc.h"

#include <string.h>

#include "base/strutil.h"

#define PROLOGUE "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"

/* --- XML ---------------------------------------------------------------------- */

/* How long a well-formed UTF-8 character is; 0: it is none (RFC 3629 4). */
static size_t utf8_length(const unsigned char *s)
{
	size_t n = s[0] < 0x80 ? 1 : s[0] >= 0xf0 ? 4 : s[0] >= 0xe0 ? 3 : 2;
	uint32_t code = s[0] & (0x7f >> (n > 1 ? n : 0));

	if (n == 1)
		return 1;
	if (s[0] < 0xc2 || s[0] > 0xf4)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	/* overlong, surrogates, beyond; and XML's two noncharacters */
	if ((n == 3 && code < 0x800) || (n == 4 && code < 0x10000) ||
	    (code >= 0xd800 && code < 0xe000) || code > 0x10ffff ||
	    code == 0xfffe || code == 0xffff)
		return 0;
	return n;
}

static const char *entity_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&apos;";
	default:
		return NULL;
	}
}

void xml_text(struct buf *out, const char *s)
{
	while (*s) {
		size_t n = utf8_length((const unsigned char *)s);
		const char *entity = entity_of(*s);

		if (entity)
			buf_str(out, entity);
		else if (n == 0 || (unsigned char)*s < 0x20 || *s == 0x7f)
			buf_char(out, '?');
		else
			buf_add(out, s, n);
		s += n ? n : 1;
	}
}

static void attribute(struct buf *out, const char *name, const char *value)
{
	if (!value)
		return;
	buf_fmt(out, " %s=\"", name);
	xml_text(out, value);
	buf_char(out, '"');
}

/* --- dialog-info -------------------------------------------------------------- */

static void party(struct buf *out, const char *element, const char *name,
                  const char *uri)
{
	if (!uri)
		return;
	buf_fmt(out, "<%s><identity", element);
	if (!str_is_empty(name))
		attribute(out, "display", name);
	buf_char(out, '>');
	xml_text(out, uri);
	buf_str(out, "</identity><target");
	attribute(out, "uri", uri);
	buf_fmt(out, "/></%s>\r\n", element);
}

static void dialog(struct buf *out, const struct doc_dialog *d)
{
	static const char *const states[] = { "trying", "early", "confirmed",
		                              "terminated" };

	buf_str(out, "<dialog");
	attribute(out, "id", d->id);
	attribute(out, "call-id", d->call_id);
	attribute(out, "local-tag", d->local_tag);
	attribute(out, "remote-tag", d->remote_tag);
	attribute(out, "direction", d->is_recipient ? "recipient" : "initiator");
	buf_fmt(out, ">\r\n<state>%s</state>\r\n", states[d->state]);
	party(out, "local", NULL, d->local_uri);
	party(out, "remote", d->remote_name, d->remote_uri);
	buf_str(out, "</dialog>\r\n");
}

void doc_dialog_info(struct buf *out, const char *entity, unsigned version,
                     const struct doc_dialog *dialogs, size_t n)
{
	buf_fmt(out,
	        PROLOGUE "<dialog-info "
	                 "xmlns=\"urn:ietf:params:xml:ns:dialog-info\" "
	                 "version=\"%u\" state=\"full\"",
	        version);
	attribute(out, "entity", entity);
	buf_str(out, ">\r\n");
	for (size_t i = 0; i < n; i++)
		dialog(out, &dialogs[i]);
	buf_str(out, "</dialog-info>\r\n");
}

/* --- presence ----------------------------------------------------------------- */

void doc_pidf(struct buf *out, const struct doc_presence *p)
{
	buf_str(out, PROLOGUE "<presence "
	                      "xmlns=\"urn:ietf:params:xml:ns:pidf\"");
	attribute(out, "entity", p->entity);
	buf_fmt(out,
	        ">\r\n<tuple id=\"phone\">\r\n<status><basic>%s</basic>"
	        "</status>\r\n<contact>",
	        p->is_open ? "open" : "closed");
	xml_text(out, p->entity);
	buf_str(out, "</contact>\r\n");
	if (p->note) {
		buf_str(out, "<note>");
		xml_text(out, p->note);
		buf_str(out, "</note>\r\n");
	}
	buf_str(out, "</tuple>\r\n</presence>\r\n");
}

/* A namespace's prefix may stand before the name. */
bool pidf_is_closed(const char *body, size_t len)
{
	const char *at = body, *end = body + len;

	while ((at = memmem(at, (size_t)(end - at), "basic>", 6))) {
		bool opens = at > body && (at[-1] == '<' || at[-1] == ':');

		at += 6;
		while (at < end && strchr(" \t\r\n", *at) && *at)
			at++;
		if (opens)
			return end - at > 6 && memcmp(at, "closed", 6) == 0;
	}
	return false;
}

/* --- message-summary ------------------------------------------------------------ */

void doc_message_summary(struct buf *out, const char *account_uri)
{
	buf_fmt(out,
	        "Messages-Waiting: no\r\nMessage-Account: %s\r\n"
	        "Voice-Message: 0/0 (0/0)\r\n",
	        account_uri);
}
