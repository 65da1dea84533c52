/* directory/document.c - the text of one JSON document becomes a tree. */
#include "directory/document.h"

#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* What cJSON lets pass or would choke on is found here first, and with the
 * number of its line. */
struct scan {
	const unsigned char *p, *end;
	unsigned line, depth;
	bool in_string;
	const char *fault; /* NULL: none yet */
};

/* The length of the UTF-8 sequence at p, 0 when it is none (RFC 3629). */
static size_t utf8_length(const unsigned char *p, const unsigned char *end)
{
	unsigned char low = 0x80, high = 0xbf;
	size_t n;

	if (p[0] < 0x80)
		return 1;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if ((p[0] & 0xf0) == 0xe0)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xed)
		high = 0x9f; /* surrogates */
	else if (p[0] == 0xf0)
		low = 0x90;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if ((size_t)(end - p) < n || p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if ((p[i] & 0xc0) != 0x80)
			return 0;
	return n;
}

static size_t scan_string_char(struct scan *s)
{
	if (*s->p == '"') {
		s->in_string = false;
	} else if (*s->p < 0x20) {
		s->fault = *s->p == '\n' ? "a string is not closed"
		                         : "a control character in a string";
	} else if (*s->p == '\\' && s->end - s->p >= 2) {
		/* C strings would end there. */
		if (s->end - s->p >= 6 && memcmp(s->p, "\\u0000", 6) == 0)
			s->fault = "\\u0000 is not supported";
		return s->p[1] == '"' || s->p[1] == '\\' ? 2 : 1;
	}
	return utf8_length(s->p, s->end);
}

static size_t scan_char(struct scan *s)
{
	switch (*s->p) {
	case '"':
		s->in_string = true;
		break;
	case '{':
	case '[':
		if (++s->depth > DOCUMENT_DEPTH_MAX)
			s->fault = "nested too deeply";
		break;
	case '}':
	case ']':
		s->depth -= s->depth > 0;
		break;
	case '\n':
		s->line++;
		break;
	case '\t':
	case '\r':
		break;
	default:
		if (*s->p < 0x20)
			s->fault = "a control character";
		break;
	}
	return utf8_length(s->p, s->end);
}

static bool scan_text(struct reader *rd, const char *text, size_t len)
{
	const unsigned char *p = (const unsigned char *)text;
	struct scan s = { p, p + len, 1, 0, false, NULL };

	while (s.p < s.end && !s.fault) {
		size_t n = s.in_string ? scan_string_char(&s) : scan_char(&s);

		if (n == 0)
			s.fault = "is not UTF-8";
		s.p += n;
	}
	if (s.fault)
		reader_fault(rd, NULL, "line %u: %s", s.line, s.fault);
	return !s.fault;
}

static unsigned line_at(const char *text, const char *at)
{
	unsigned line = 1;

	for (; text < at; text++)
		line += *text == '\n';
	return line;
}

static const char *intern(struct reader *rd, struct index *words,
                          const char *word)
{
	char *copy = index_find(words, INDEX_WORD, NULL, word);

	if (!copy) {
		copy = pool_strdup(rd->pool, word);
		index_add(words, INDEX_WORD, NULL, word, copy);
	}
	return copy;
}

static int by_address(const void *a, const void *b)
{
	uintptr_t x = *(const uintptr_t *)a, y = *(const uintptr_t *)b;

	return (x > y) - (x < y);
}

static void check_many_twice(struct reader *rd, const cJSON *members, size_t n)
{
	uintptr_t *names = xcalloc(n, sizeof(*names));

	for (size_t i = 0; i < n; i++)
		names[i] = (uintptr_t)members[i].string;
	qsort(names, n, sizeof(*names), by_address);
	for (size_t i = 1; i < n; i++)
		if (names[i] == names[i - 1])
			reader_fault(rd, NULL, "'%.80s' stands twice",
			             (const char *)names[i]);
	free(names);
}

/* Whoever reads a member finds either the first or the last of two.  Names
 * are interned, so comparing pointers will do. */
static void check_twice(struct reader *rd, const cJSON *members, size_t n)
{
	for (size_t i = 1; i < n && n <= 32; i++)
		for (size_t k = 0; k < i; k++)
			if (members[i].string == members[k].string)
				reader_fault(rd, NULL, "'%.80s' stands twice",
				             members[i].string);
	if (n > 32)
		check_many_twice(rd, members, n);
}

/* cJSON's nodes are one allocation each, and so are their names, though the
 * same few names come in every document.  A copy in a pool takes half the
 * room, and no time to free. */
void document_copy(struct pool *p, cJSON *to, const cJSON *from)
{
	size_t n = 0, i = 0;
	const cJSON *child;
	cJSON *children;

	to->type = from->type & 0xff;
	to->valueint = from->valueint;
	to->valuedouble = from->valuedouble;
	to->valuestring = pool_strdup(p, from->valuestring);
	to->string = from->string;
	cJSON_ArrayForEach(child, from)
		n++;
	if (n == 0)
		return;
	children = pool_alloc(p, n * sizeof(*children));
	cJSON_ArrayForEach(child, from) {
		document_copy(p, &children[i], child);
		children[i].next = i + 1 < n ? &children[i + 1] : NULL;
		children[i].prev = &children[i > 0 ? i - 1 : n - 1];
		i++;
	}
	to->child = children;
}

static void intern_names(struct reader *rd, struct index *words, cJSON *of)
{
	size_t n = 0;

	for (cJSON *j = of->child; j; j = j->next, n++) {
		if (j->string)
			j->string = (char *)(uintptr_t)intern(rd, words,
			                                      j->string);
		intern_names(rd, words, j);
	}
	if (cJSON_IsObject(of))
		check_twice(rd, of->child, n);
}

const char *document_text(struct reader *rd, const cJSON *doc)
{
	char *text = cJSON_PrintUnformatted(doc);
	const char *kept = text ? pool_strdup(rd->pool, text) : "{}";

	cJSON_free(text);
	return kept;
}

/* Kazoo's API wraps a document, with members of its own beside `data`. */
static const cJSON *unwrap(const cJSON *top)
{
	static const char *const own[] = { "id", "_id", "name", "flow",
	                                   "module" };
	const cJSON *data = json_member(top, "data");

	for (size_t i = 0; i < NELEM(own); i++)
		if (json_member(top, own[i]))
			return top;
	return data ? data : top;
}

const cJSON *document_parse(struct reader *rd, const char *text, size_t len,
                            struct index *words)
{
	const char *end = text;
	struct pool *in = rd->tree ? rd->tree : rd->pool;
	const cJSON *doc = NULL;
	cJSON *parsed, *tree;

	if (!scan_text(rd, text, len))
		return NULL;
	parsed = cJSON_ParseWithLengthOpts(text, len + 1, &end, true);
	if (!parsed) {
		reader_fault(rd, NULL, "line %u: not valid JSON",
		             line_at(text, end));
		return NULL;
	}
	doc = unwrap(parsed);
	rd->is_wrapped = doc != parsed;
	if (!cJSON_IsObject(doc)) {
		reader_fault(rd, NULL, "expected one object, found %s",
		             json_type_name(doc));
		cJSON_Delete(parsed);
		return NULL;
	}
	tree = pool_alloc(in, sizeof(*tree));
	document_copy(in, tree, doc);
	intern_names(rd, words, tree);
	tree->string = NULL;
	cJSON_Delete(parsed);
	return tree;
}

const char *document_id(struct reader *rd, const cJSON *doc,
                        const char *fallback)
{
	const char *name = json_member(doc, "id") ? "id" : "_id";
	const cJSON *j = json_member(doc, name);
	struct place at = { NULL, name, 0 };
	const char *id = fallback;

	if (j && !read_is_string(rd, &at, j))
		return NULL;
	if (j && *j->valuestring)
		id = j->valuestring;
	if (strlen(id) > DOCUMENT_ID_MAX) {
		reader_fault(rd, &at, "longer than %d characters",
		             DOCUMENT_ID_MAX);
		return NULL;
	}
	return j && *j->valuestring && !rd->tree ? id
	                                         : pool_strdup(rd->pool, id);
}
