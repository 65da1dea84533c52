/* directory/reader.c - the members of one document, by table. */
#include "directory/reader.h"

#include <cjson/cJSON.h>
#include <limits.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "directory/document.h"
#include "directory/rule.h"

#define PLACE_DEPTH_MAX 512 /* documents nest less deeply */

static void render(struct buf *b, const struct place *at)
{
	const struct place *chain[PLACE_DEPTH_MAX];
	size_t n = 0;

	for (; at && n < NELEM(chain); at = at->up)
		chain[n++] = at;
	while (n-- > 0) {
		if (!chain[n]->name)
			buf_fmt(b, "[%zu]", chain[n]->index);
		else
			buf_fmt(b, "%s%s", b->len ? "." : "", chain[n]->name);
	}
}

static void report(struct reader *rd, const struct place *at, bool is_fault,
                   const char *fmt, va_list ap) printf_like(4, 0);

static void report(struct reader *rd, const struct place *at, bool is_fault,
                   const char *fmt, va_list ap)
{
	struct buf member = { 0 }, what = { 0 };

	render(&member, at);
	buf_vfmt(&what, fmt, ap);
	if (is_fault)
		diag_fault(rd->why, rd->file, member.p, "%s", buf_text(&what));
	else
		diag_warn(rd->why, rd->file, member.p, "%s", buf_text(&what));
	buf_free(&member);
	buf_free(&what);
}

void reader_fault(struct reader *rd, const struct place *at, const char *fmt,
                  ...)
{
	va_list ap;

	rd->faults++;
	va_start(ap, fmt);
	report(rd, at, true, fmt, ap);
	va_end(ap);
}

void reader_warn(struct reader *rd, const struct place *at, const char *fmt,
                 ...)
{
	va_list ap;

	va_start(ap, fmt);
	report(rd, at, false, fmt, ap);
	va_end(ap);
}

const cJSON *json_member(const cJSON *object, const char *name)
{
	const cJSON *j = cJSON_GetObjectItemCaseSensitive(object, name);

	return cJSON_IsNull(j) ? NULL : j;
}

const char *json_member_string(const cJSON *object, const char *name)
{
	return cJSON_GetStringValue(json_member(object, name));
}

const char *json_type_name(const cJSON *j)
{
	switch (j->type & 0xff) {
	case cJSON_False:
	case cJSON_True:
		return "boolean";
	case cJSON_NULL:
		return "null";
	case cJSON_Number:
		return "number";
	case cJSON_String:
		return "string";
	case cJSON_Array:
		return "array";
	case cJSON_Object:
		return "object";
	default:
		return "nothing";
	}
}

const char *reader_keep(struct reader *rd, const char *s)
{
	if (rd->is_sharing)
		return pool_share(rd->pool, s, strlen(s) + 1);
	return rd->tree ? pool_strdup(rd->pool, s) : s;
}

const cJSON *reader_keep_tree(struct reader *rd, const cJSON *j)
{
	cJSON *copy;

	if (!rd->tree || !j)
		return j;
	copy = pool_alloc(rd->pool, sizeof(*copy));
	document_copy(rd->pool, copy, j);
	return copy;
}

static bool expect(struct reader *rd, const struct place *at, const cJSON *j,
                   bool is_so, const char *type)
{
	if (!is_so)
		reader_fault(rd, at, "expected %s, found %s", type,
		             json_type_name(j));
	return is_so;
}

bool read_is_object(struct reader *rd, const struct place *at, const cJSON *j)
{
	return expect(rd, at, j, cJSON_IsObject(j), "object");
}

bool read_is_array(struct reader *rd, const struct place *at, const cJSON *j)
{
	return expect(rd, at, j, cJSON_IsArray(j), "array");
}

bool read_is_string(struct reader *rd, const struct place *at, const cJSON *j)
{
	return expect(rd, at, j, cJSON_IsString(j), "string");
}

bool read_int(struct reader *rd, const struct place *at, const cJSON *j,
              int min, int max, int *out)
{
	double d = j->valuedouble;

	if (!expect(rd, at, j, cJSON_IsNumber(j), "number"))
		return false;
	if (!(d >= min && d <= max)) {
		reader_fault(rd, at, "%g is not within %d..%d", d, min, max);
		return false;
	}
	if (floor(d) < d) {
		reader_fault(rd, at, "%g is not a whole number", d);
		return false;
	}
	*out = (int)d;
	return true;
}

static void free_rule(void *arg)
{
	struct rule *r = arg;

	rule_free(&r);
}

struct rule *read_rule(struct reader *rd, const struct place *at,
                       const char *expression)
{
	struct rule *r = NULL;
	char why[160];

	if (rule_compile(&r, expression, why, sizeof(why)) < 0) {
		reader_fault(rd, at, "bad expression '%.80s': %s", expression,
		             why);
		return NULL;
	}
	pool_on_free(rd->pool, free_rule, r);
	return r;
}

struct rule **read_rules(struct reader *rd, const struct place *at,
                         const cJSON *array, size_t *n)
{
	struct rule **rules;
	const cJSON *j;
	size_t i = 0;

	*n = 0;
	rules = pool_alloc(rd->pool, (size_t)cJSON_GetArraySize(array) *
	                                     sizeof(struct rule *));
	cJSON_ArrayForEach(j, array) {
		struct place here = { at, NULL, i++ };

		if (!read_is_string(rd, &here, j))
			continue;
		rules[*n] = read_rule(rd, &here, j->valuestring);
		if (rules[*n])
			++*n;
	}
	return rules;
}

static void check_expression(struct reader *rd, const struct place *at,
                             const char *expression)
{
	struct rule *r = NULL;
	char why[160];

	if (rule_compile(&r, expression, why, sizeof(why)) < 0)
		reader_fault(rd, at, "bad expression '%.80s': %s", expression,
		             why);
	rule_free(&r);
}

/* A light check: a scheme, something after it, and nothing that would end
 * the URI inside a header. */
static bool is_sip_uri(const char *s)
{
	size_t scheme = strncasecmp(s, "sip:", 4) == 0    ? 4
	                : strncasecmp(s, "sips:", 5) == 0 ? 5
	                                                  : 0;

	if (scheme == 0 || !s[scheme])
		return false;
	for (; *s; s++)
		if (strchr(" <>\"", *s))
			return false;
	return true;
}

static bool is_domain(const char *s)
{
	return strlen(s) <= 253 && !s[strcspn(s, " \"\\<>@;,/?")];
}

/* Most strings end up in SIP messages, logs or records. */
static bool is_printable(struct reader *rd, const struct place *at,
                         const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f) {
			reader_fault(rd, at, "has a control character");
			return false;
		}
	return true;
}

static bool read_choice(struct reader *rd, const struct place *at,
                        const char *text, const char *const *names,
                        unsigned *out)
{
	struct buf all = { 0 };

	for (unsigned i = 0; names[i]; i++)
		if (str_eq(names[i], text)) {
			*out = i;
			return true;
		}
	for (unsigned i = 0; names[i]; i++)
		buf_fmt(&all, "%s%s", i > 0 ? ", " : "", names[i]);
	reader_fault(rd, at, "'%.80s' is not one of: %s", text, all.p);
	buf_free(&all);
	return false;
}

/* Limits are in characters, as Kazoo's; a document is valid UTF-8. */
size_t utf8_count(const char *s)
{
	size_t n = 0;

	for (; *s; s++)
		n += (*s & 0xc0) != 0x80;
	return n;
}

static void read_text(struct reader *rd, const struct place *at,
                      const cJSON *j, const struct field *f, void *to)
{
	unsigned choice;

	if (!read_is_string(rd, at, j) || !*j->valuestring ||
	    !is_printable(rd, at, j->valuestring))
		return;
	if (f->type == FIELD_ENUM || f->type == FIELD_OPTION) {
		if (!read_choice(rd, at, j->valuestring, f->names, &choice) ||
		    !to)
			return;
		if (f->type == FIELD_ENUM)
			memcpy(to, &choice, sizeof(choice));
		else
			*(unsigned char *)to = (unsigned char)(choice + 1);
		return;
	}
	if (f->max > 0 && f->type == FIELD_STRING && utf8_count(j->valuestring) > (size_t)f->max) {
		reader_fault(rd, at, "longer than %d characters", f->max);
		return;
	}
	if (f->type == FIELD_URI && !is_sip_uri(j->valuestring)) {
		reader_fault(rd, at, "'%.80s' is not a sip: or sips: URI",
		             j->valuestring);
		return;
	}
	if (f->type == FIELD_DOMAIN && !is_domain(j->valuestring)) {
		reader_fault(rd, at, "'%.80s' is not a domain",
		             j->valuestring);
		return;
	}
	if (f->type == FIELD_EXPRESSION)
		check_expression(rd, at, j->valuestring);
	if (to)
		*(const char **)to = reader_keep(rd, j->valuestring);
}

static void check_rules(struct reader *rd, const struct place *at,
                        const cJSON *array)
{
	const cJSON *j;
	size_t i = 0;

	cJSON_ArrayForEach(j, array) {
		struct place here = { at, NULL, i++ };

		if (read_is_string(rd, &here, j))
			check_expression(rd, &here, j->valuestring);
	}
}

const struct strings *read_strings(struct reader *rd, const struct place *at,
                                   const cJSON *array)
{
	size_t i = 0, room = (size_t)cJSON_GetArraySize(array);
	const struct strings *kept = NULL;
	struct strings *s;
	const cJSON *j;

	s = xzalloc(sizeof(*s) + room * sizeof(s->v[0]));
	cJSON_ArrayForEach(j, array) {
		struct place here = { at, NULL, i++ };

		if (read_is_string(rd, &here, j) && *j->valuestring)
			s->v[s->n++] = reader_keep(rd, j->valuestring);
	}
	if (s->n > 0)
		kept = pool_share(rd->pool, s,
		                  sizeof(*s) + s->n * sizeof(s->v[0]));
	free(s);
	return kept;
}

static void read_list(struct reader *rd, const struct place *at,
                      const cJSON *j, void *to)
{
	const struct strings *s;

	if (!read_is_array(rd, at, j))
		return;
	s = read_strings(rd, at, j);
	if (to)
		*(const struct strings **)to = s;
}

static void read_bool(struct reader *rd, const struct place *at,
                      const cJSON *j, enum field_type type, void *to)
{
	if (!expect(rd, at, j, cJSON_IsBool(j), "boolean") || !to)
		return;
	if (type == FIELD_BOOL)
		*(bool *)to = cJSON_IsTrue(j);
	else
		*(setting_t *)to = cJSON_IsTrue(j) ? SETTING_ON : SETTING_OFF;
}

static void read_map(struct reader *rd, const struct place *at,
                     const cJSON *object, const struct field *fields)
{
	const cJSON *j;

	cJSON_ArrayForEach(j, object) {
		struct place here = { at, j->string, 0 };

		if (!cJSON_IsNull(j) && read_is_object(rd, &here, j))
			read_fields(rd, &here, j, fields, NULL);
	}
}

static void read_field(struct reader *rd, const struct place *at,
                       const cJSON *j, const struct field *f, void *out)
{
	void *to = f->at == FIELD_NOWHERE || !out ? NULL
	                                          : (char *)out + f->at;
	int i;

	switch (f->type) {
	case FIELD_STRING:
	case FIELD_ENUM:
	case FIELD_DOMAIN:
	case FIELD_URI:
	case FIELD_EXPRESSION:
	case FIELD_OPTION:
		read_text(rd, at, j, f, to);
		break;
	case FIELD_BOOL:
	case FIELD_SWITCH:
		read_bool(rd, at, j, f->type, to);
		break;
	case FIELD_INT:
		if (read_int(rd, at, j, f->max > 0 ? f->min : INT_MIN,
		             f->max > 0 ? f->max : INT_MAX, &i) &&
		    to)
			*(int *)to = i;
		break;
	case FIELD_OBJECT:
		if (read_is_object(rd, at, j) && f->fields)
			read_fields(rd, at, j, f->fields, to ? to : out);
		break;
	case FIELD_MAP:
		if (read_is_object(rd, at, j))
			read_map(rd, at, j, f->fields);
		break;
	case FIELD_ARRAY:
		(void)read_is_array(rd, at, j);
		break;
	case FIELD_STRINGS:
		read_list(rd, at, j, to);
		break;
	case FIELD_RULES:
		if (read_is_array(rd, at, j))
			check_rules(rd, at, j);
		break;
	case FIELD_OTHER:
		f->read(rd, at, j, to);
		break;
	}
}

static const struct field *find_field(const struct reader *rd,
                                      const struct field *f, const char *name)
{
	for (; f->name; f++)
		if (f->name[0] == name[0] && str_eq(f->name, name) &&
		    (!rd->on || !f->on || (f->on & rd->on)))
			return f;
	return NULL;
}

/* Kazoo's editors leave "" where nothing was filled in. */
static void check_required(struct reader *rd, const struct place *at,
                           const cJSON *object, const struct field *f)
{
	for (; f->name; f++) {
		struct place here = { at, f->name, 0 };
		const cJSON *j;

		if (!f->is_required)
			continue;
		j = json_member(object, f->name);
		if (!j || (cJSON_IsString(j) && !*j->valuestring))
			reader_fault(rd, &here, "is missing");
	}
}

void read_fields(struct reader *rd, const struct place *at,
                 const cJSON *object, const struct field *fields, void *out)
{
	const cJSON *j;

	cJSON_ArrayForEach(j, object) {
		struct place here = { at, j->string, 0 };
		const struct field *f = find_field(rd, fields, j->string);

		if (f && !cJSON_IsNull(j))
			read_field(rd, &here, j, f, out);
	}
	check_required(rd, at, object, fields);
}
