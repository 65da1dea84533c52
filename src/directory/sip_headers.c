/* directory/sip_headers.c - custom_sip_headers of a document. */
#include "directory/sip_headers.h"

#include <cjson/cJSON.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/strutil.h"
#include "directory/read.h"

#define VALUE_MAX 1024
#define LINES_MAX 64 /* of one document */

/* Written by the stack, or about things that a document cannot know. */
static const char *const reserved[] = {
	"via", "v", "from", "f", "to", "t", "call-id", "i", "cseq", "contact",
	"m", "max-forwards", "max-breadth", "route", "record-route", "path",
	"content-length", "l", "content-type", "c", "content-encoding", "e",
	"content-disposition", "authorization", "proxy-authorization",
	"proxy-require", "require", "supported", "k", "allow", "rseq", "rack",
	"session-expires", "x", "min-se", "replaces", "refer-to", "r", "join",
	"expires", "mime-version", "www-authenticate", "proxy-authenticate",
};

/* RFC 3261 25.1: a token. */
static bool is_token(const char *s)
{
	if (!*s || strlen(s) > 64)
		return false;
	for (; *s; s++)
		if (!isalnum((unsigned char)*s) && !strchr("-.!%*_+`'~", *s))
			return false;
	return true;
}

bool sip_header_may_be_set(const char *name)
{
	if (!is_token(name))
		return false;
	for (size_t i = 0; i < NELEM(reserved); i++)
		if (strcasecmp(reserved[i], name) == 0)
			return false;
	return true;
}

static bool is_part(const cJSON *j)
{
	return cJSON_IsObject(j) &&
	       (strcmp(j->string, "in") == 0 || strcmp(j->string, "out") == 0);
}

static bool has_line(const struct buf *lines, const char *name)
{
	const char *p = buf_text(lines);
	size_t len = strlen(name);

	while (p && *p) {
		if (strncasecmp(p, name, len) == 0 && p[len] == ':')
			return true;
		p = strchr(p, '\n');
		p = p ? p + 1 : NULL;
	}
	return false;
}

struct writing { /* of one document's headers */
	struct buf *lines;
	const struct call_facts *facts;
	const struct formatters *formatters;
};

/* Kazoo calls it "x_my_header". */
static void field_of(const char *name, char *out, size_t size)
{
	size_t i;

	for (i = 0; name[i] && i + 1 < size; i++)
		out[i] = name[i] == '-' ? '_'
		                        : (char)tolower((unsigned char)name[i]);
	out[i] = '\0';
}

/* What callers say may come in here by a macro: no line may end early. */
static bool is_printable(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static void write_one(const struct writing *w, const cJSON *j)
{
	struct buf value = { 0 };
	char field[65];
	char *formatted = NULL;
	const char *text;

	if (!cJSON_IsString(j) || !sip_header_may_be_set(j->string) ||
	    has_line(w->lines, j->string))
		return;
	if (w->facts)
		call_facts_expand(&value, w->facts, j->valuestring);
	else
		buf_str(&value, j->valuestring);
	text = buf_text(&value);
	field_of(j->string, field, sizeof(field));
	switch (formatters_apply(w->formatters, field, FORMATTER_OUTBOUND,
	                         INVITE_ROUTE, text, &formatted)) {
	case FORMATTED_STRIPPED:
		text = "";
		break;
	case FORMATTED_CHANGED:
		text = formatted;
		break;
	case FORMATTED_NOT:
		break;
	}
	if (*text && strlen(text) <= VALUE_MAX && is_printable(text))
		buf_fmt(w->lines, "%s: %s\r\n", j->string, text);
	free(formatted);
	buf_free(&value);
}

static void write_all(const struct writing *w, const cJSON *headers)
{
	const cJSON *j;
	size_t n = 0;

	cJSON_ArrayForEach(j, headers)
		if (!is_part(j) && n++ < LINES_MAX)
			write_one(w, j);
}

void sip_headers_write(struct buf *lines, const cJSON *headers,
                       enum sip_headers_way way, const struct call_facts *f,
                       const struct formatters *formatters)
{
	struct writing w = { lines, f, formatters };

	if (!cJSON_IsObject(headers))
		return;
	write_all(&w, json_member(headers, way == SIP_HEADERS_IN ? "in"
	                                                         : "out"));
	if (way != SIP_HEADERS_OUT)
		write_all(&w, headers);
}

static const char *find_in(const cJSON *headers, const char *name)
{
	const cJSON *j;

	cJSON_ArrayForEach(j, headers)
		if (cJSON_IsString(j) && strcasecmp(j->string, name) == 0)
			return j->valuestring;
	return NULL;
}

const char *sip_headers_find(const cJSON *headers, const char *name)
{
	const char *value = find_in(json_member(headers, "out"), name);

	return value ? value : find_in(headers, name);
}

/* --- what a document may not say ----------------------------------------- */

static void check_part(struct reader *rd, const struct place *at,
                       const cJSON *headers)
{
	const cJSON *j;

	cJSON_ArrayForEach(j, headers) {
		struct place here = { at, j->string, 0 };

		if (is_part(j))
			check_part(rd, &here, j);
		else if (cJSON_IsNull(j))
			continue;
		else if (!sip_header_may_be_set(j->string))
			reader_warn(rd, &here, "cannot be set: left out");
		else if (!cJSON_IsString(j))
			reader_fault(rd, &here, "expected string, found %s",
			             json_type_name(j));
		else if (strpbrk(j->valuestring, "\r\n"))
			reader_fault(rd, &here, "has a control character");
	}
}

void check_sip_headers(struct reader *rd, const struct place *at,
                       const cJSON *headers)
{
	if (headers && read_is_object(rd, at, headers))
		check_part(rd, at, headers);
}
