/* support/msg.c - taking a SIP message apart. */
#include "support/msg.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"

static const char *long_name(const char *name)
{
	static const struct {
		const char *brief, *full;
	} names[] = {
		{ "i", "Call-ID" },      { "m", "Contact" },
		{ "f", "From" },         { "t", "To" },
		{ "v", "Via" },          { "l", "Content-Length" },
		{ "c", "Content-Type" }, { "k", "Supported" },
		{ "s", "Subject" },      { "e", "Content-Encoding" },
		{ "x", "Session-Expires" },
	};

	for (size_t i = 0; i < NELEM(names); i++)
		if (strcasecmp(name, names[i].brief) == 0)
			return names[i].full;
	return name;
}

static size_t head_len(const char *text, size_t len)
{
	const char *end = memmem(text, len, "\r\n\r\n", 4);

	return end ? (size_t)(end - text) + 4 : 0;
}

static size_t content_length(const char *text, size_t head)
{
	for (const char *p = text; p && p < text + head;) {
		if (strncasecmp(p, "Content-Length", 14) == 0 ||
		    ((*p == 'l' || *p == 'L') && (p[1] == ':' || p[1] == ' '))) {
			p = memchr(p, ':', head - (size_t)(p - text));
			return p ? strtoul(p + 1, NULL, 10) : 0;
		}
		p = memmem(p, head - (size_t)(p - text), "\r\n", 2);
		p = p ? p + 2 : NULL;
	}
	return 0;
}

size_t msg_frame(const char *text, size_t len)
{
	size_t head = head_len(text, len), all;

	if (head == 0)
		return 0;
	all = head + content_length(text, head);
	return all <= len ? all : 0;
}

static char *trim(char *s)
{
	char *end;

	while (*s == ' ' || *s == '\t')
		s++;
	end = s + strlen(s);
	while (end > s && (end[-1] == ' ' || end[-1] == '\t'))
		*--end = '\0';
	return s;
}

static void add_field(struct msg *m, char *line)
{
	char *colon = strchr(line, ':');
	struct msg_field *f;

	if (!colon)
		return;
	*colon = '\0';
	m->fields = xrealloc(m->fields, (m->n_fields + 1) * sizeof(*f));
	f = &m->fields[m->n_fields++];
	f->name = (char *)(uintptr_t)long_name(trim(line));
	f->value = trim(colon + 1);
}

static void unfold(char *head)
{
	for (char *p = head; (p = strstr(p, "\r\n")); p += 2)
		if (p[2] == ' ' || p[2] == '\t')
			memset(p, ' ', 2);
}

static bool first_line(struct msg *m, char *line)
{
	char *first = line, *second = strchr(line, ' '), *third;

	if (!second)
		return false;
	*second++ = '\0';
	third = strchr(second, ' ');
	if (third)
		*third++ = '\0';
	m->is_request = strncmp(first, "SIP/", 4) != 0;
	if (m->is_request) {
		m->method = first;
		m->uri = second;
		return third && strcmp(third, "SIP/2.0") == 0;
	}
	m->status = atoi(second);
	m->phrase = third ? third : "";
	return m->status >= 100 && m->status < 700;
}

static bool take_apart(struct msg *m)
{
	const char *cseq;
	char *line, *rest = m->head;

	unfold(m->head);
	line = strsep(&rest, "\r");
	if (!rest || !first_line(m, line))
		return false;
	while ((line = strsep(&rest, "\r")))
		if (*line == '\n' && line[1] != '\0')
			add_field(m, line + 1);
	cseq = msg_header(m, "CSeq", 0);
	if (!cseq)
		return false;
	m->cseq = (unsigned)strtoul(cseq, NULL, 10);
	if (!m->is_request) {
		cseq += strspn(cseq, "0123456789 \t");
		m->method = cseq;
	}
	return true;
}

struct msg *msg_parse(const char *text, size_t len)
{
	size_t head = head_len(text, len);
	struct msg *m;

	if (head == 0)
		return NULL;
	m = xzalloc(sizeof(*m));
	m->text = xstrndup(text, len);
	m->len = len;
	m->head = xstrndup(text, head - 2);
	m->body = m->text + head;
	m->body_len = len - head;
	m->connection = -1;
	if (!take_apart(m))
		msg_free(&m);
	return m;
}

void msg_free(struct msg **mp)
{
	struct msg *m = *mp;

	if (!m)
		return;
	free(m->fields);
	free(m->head);
	free(m->text);
	free(m);
	*mp = NULL;
}

const char *msg_header(const struct msg *m, const char *name, size_t i)
{
	for (size_t k = 0; k < m->n_fields; k++)
		if (strcasecmp(m->fields[k].name, name) == 0 && i-- == 0)
			return m->fields[k].value;
	return NULL;
}

size_t msg_count(const struct msg *m, const char *name)
{
	size_t n = 0;

	while (msg_header(m, name, n))
		n++;
	return n;
}

bool msg_header_has(const struct msg *m, const char *name, const char *text)
{
	const char *value;

	for (size_t i = 0; (value = msg_header(m, name, i)); i++)
		if (strcasestr(value, text))
			return true;
	return false;
}

/* Past a quoted string or <...>, where separators mean nothing. */
static const char *skip_quoted(const char *p)
{
	if (*p == '<')
		return p + strcspn(p, ">");
	if (*p == '"')
		for (p++; *p && *p != '"'; p++)
			if (*p == '\\' && p[1])
				p++;
	return p;
}

static const char *copy(char *out, size_t size, const char *from, size_t len)
{
	while (len > 0 && isspace((unsigned char)from[len - 1]))
		len--;
	if (len >= size)
		len = size - 1;
	memcpy(out, from, len);
	out[len] = '\0';
	return out;
}

const char *msg_param(const char *value, const char *name, char *out,
                      size_t size)
{
	size_t n = strlen(name);

	*out = '\0';
	for (const char *p = value; p && *p; p += *p ? 1 : 0) {
		p = skip_quoted(p);
		if (*p == ',')
			break;
		if (*p != ';')
			continue;
		p += 1 + strspn(p + 1, " \t");
		if (strncasecmp(p, name, n) == 0 && p[n] == '=')
			return copy(out, size, p + n + 1,
			            strcspn(p + n + 1, ";, \t"));
		p--;
	}
	return out;
}

const char *msg_tag(const struct msg *m, const char *name, char out[128])
{
	return msg_param(msg_header(m, name, 0), "tag", out, 128);
}

const char *msg_branch(const struct msg *m, char out[128])
{
	return msg_param(msg_header(m, "Via", 0), "branch", out, 128);
}

const char *msg_uri_of(const char *value, char out[512])
{
	const char *open = NULL;

	*out = '\0';
	if (!value)
		return out;
	for (const char *p = value; *p && !open; p++) {
		if (*p == '<')
			open = p + 1;
		else
			p = skip_quoted(p);
		if (*p == '\0')
			break;
	}
	if (open)
		return copy(out, 512, open, strcspn(open, ">"));
	return copy(out, 512, value, strcspn(value, ";, \t"));
}

const char *msg_value(const struct msg *m, const char *name, size_t i,
                      char out[512])
{
	const char *field;

	*out = '\0';
	for (size_t k = 0; (field = msg_header(m, name, k)); k++) {
		const char *start = field, *p = field;

		for (;; p++) {
			p = skip_quoted(p);
			if (*p != ',' && *p != '\0')
				continue;
			if (i-- == 0) {
				start += strspn(start, " \t");
				return copy(out, 512, start,
				            (size_t)(p - start));
			}
			if (*p == '\0')
				break;
			start = p + 1;
		}
	}
	return out;
}

bool msg_body_has(const struct msg *m, const char *text)
{
	return memmem(m->body, m->body_len, text, strlen(text)) != NULL;
}

static bool connection_of(const char *line, char out[ADDR_TEXT])
{
	return sscanf(line, "c=IN IP%*c %63[^\r\n/ ]", out) == 1;
}

bool msg_media(const struct msg *m, size_t i, struct addr *out)
{
	char session[ADDR_TEXT] = "", own[ADDR_TEXT] = "";
	bool is_found = false, is_in_media = false;
	unsigned port = 0;

	for (const char *p = m->body; p && *p; p = strchr(p, '\n')) {
		p += *p == '\n';
		if (strncmp(p, "m=", 2) == 0) {
			if (is_found)
				break;
			is_in_media = true;
			if (i-- == 0)
				is_found = sscanf(p, "m=%*s %u", &port) == 1;
		} else if (!is_in_media) {
			connection_of(p, session);
		} else if (is_found) {
			connection_of(p, own);
		}
	}
	return is_found &&
	       addr_parse(out, *own ? own : session, (uint16_t)port) == 0;
}
