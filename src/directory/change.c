/* directory/change.c - what feature codes change in a document. */
#include "directory/change.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>

#include "base/json.h"
#include "base/strutil.h"
#include "directory/edit.h"

/* Kazoo: gregorian seconds, the year 2100. */
#define LOGGED_OUT_UNTIL INT64_C(66269664000)
#define MEMBERSHIPS_MAX  1000

const char *change_what_text(enum change_what what)
{
	static const char *const texts[] = {
		[CHANGE_DND] = "do_not_disturb",
		[CHANGE_CALL_WAITING] = "call_waiting",
		[CHANGE_FORWARD] = "call_forward",
		[CHANGE_MEMBERSHIP] = "membership",
	};

	return texts[what];
}

const char *change_to_text(enum change_to to)
{
	static const char *const texts[] = {
		[CHANGE_ON] = "on",
		[CHANGE_OFF] = "off",
		[CHANGE_OVER] = "toggle",
		[CHANGE_NUMBER] = "number",
	};

	return texts[to];
}

/* --- what it comes to --------------------------------------------------------- */

static const cJSON *feature(const cJSON *doc, enum change_what what)
{
	return json_member(doc, change_what_text(what));
}

static bool is_on(const cJSON *doc, enum change_what what)
{
	const cJSON *j = json_member(feature(doc, what), "enabled");

	/* Kazoo: calls wait unless the document says otherwise. */
	return j ? cJSON_IsTrue(j) : what == CHANGE_CALL_WAITING;
}

/* Kazoo: a toggle takes the number that is there, if there is one; what was
 * dialled behind the code goes before it otherwise. */
static int decide_number(struct change *c, const cJSON *doc, bool is_toggle)
{
	const char *own = json_member_string(feature(doc, CHANGE_FORWARD),
	                                     "number");

	if (str_is_empty(c->number) || (is_toggle && !str_is_empty(own)))
		c->number = own;
	return str_is_empty(c->number) ? -ENODATA : 0;
}

int change_decide(struct change *c, const cJSON *doc)
{
	bool is_toggle = c->to == CHANGE_OVER;

	if (is_toggle)
		c->to = is_on(doc, c->what) ? CHANGE_OFF : CHANGE_ON;
	if (c->what != CHANGE_FORWARD || c->to == CHANGE_OFF)
		return 0;
	if (c->to == CHANGE_NUMBER)
		return str_is_empty(c->number) ? -ENODATA : 0;
	return decide_number(c, doc, is_toggle);
}

/* --- device, user ------------------------------------------------------------- */

static int set_member(struct buf *text, const struct place *object,
                      const char *name, const char *value)
{
	struct place at = { object, name, 0 };

	return edit_set(text, &at, value);
}

static int set_number(struct buf *text, const struct place *object,
                      const char *number)
{
	struct buf value = { 0 };
	int rc;

	json_quote(&value, number);
	rc = set_member(text, object, "number", buf_text(&value));
	buf_free(&value);
	return rc;
}

/* A forward that is switched on by its code asks nobody for a key unless the
 * document says so: whoever dialled the code means to be reached there. */
static int set_forward(struct buf *text, const cJSON *doc,
                       const struct place *object, const struct change *c)
{
	const cJSON *own = feature(doc, CHANGE_FORWARD);
	int rc = 0;

	if (c->to != CHANGE_NUMBER)
		rc = set_member(text, object, "enabled",
		                c->to == CHANGE_ON ? "true" : "false");
	if (rc == 0 && c->to != CHANGE_OFF)
		rc = set_number(text, object, c->number);
	if (rc == 0 && c->to == CHANGE_ON &&
	    !json_member(own, "require_keypress"))
		rc = set_member(text, object, "require_keypress", "false");
	return rc;
}

/* --- callflow ----------------------------------------------------------------- */

struct walk {
	struct buf *text;
	const struct change *change;
	unsigned found;
	int rc;
};

static bool is_user(const cJSON *member)
{
	const cJSON *type = json_member(member, "endpoint_type");

	return !type || (cJSON_IsString(type) &&
	                 str_eq(type->valuestring, "user"));
}

/* A member may be a plain id here, which has no room for more. */
static int log_out_id(struct buf *text, const struct place *at, const char *id)
{
	struct buf value = { 0 };
	int rc;

	json_open(&value, NULL, '{');
	json_str(&value, "id", id);
	json_str(&value, "endpoint_type", "user");
	json_int(&value, "disable_until", LOGGED_OUT_UNTIL);
	json_close(&value, '}');
	rc = edit_set(text, at, buf_text(&value));
	buf_free(&value);
	return rc;
}

static int change_member(struct walk *w, const struct place *at,
                         const cJSON *member)
{
	bool is_out = w->change->to == CHANGE_OFF;
	char until[24] = "0";

	if (++w->found > MEMBERSHIPS_MAX)
		return -E2BIG;
	if (cJSON_IsString(member))
		return is_out ? log_out_id(w->text, at, member->valuestring)
		              : 0;
	if (!is_out && !json_member(member, "disable_until"))
		return 0;
	if (is_out)
		snprintf(until, sizeof(until), "%" PRId64, LOGGED_OUT_UNTIL);
	return set_member(w->text, at, "disable_until", until);
}

static void walk_members(struct walk *w, const struct place *action,
                         const cJSON *array)
{
	struct place data = { action, "data", 0 };
	struct place endpoints = { &data, "endpoints", 0 };
	size_t i = 0;
	const cJSON *j;

	cJSON_ArrayForEach(j, array) {
		struct place at = { &endpoints, NULL, i++ };
		const char *id = cJSON_IsString(j)
		                         ? j->valuestring
		                         : json_member_string(j, "id");

		if (w->rc == 0 && str_eq(id, w->change->user) && is_user(j))
			w->rc = change_member(w, &at, j);
	}
}

/* As deep as the document, which has its limit. */
static void walk_action(struct walk *w, const struct place *at,
                        const cJSON *action)
{
	struct place children = { at, "children", 0 };
	const cJSON *j, *module = json_member(action, "module");

	if (cJSON_IsString(module) && str_eq(module->valuestring, "ring_group"))
		walk_members(w, at, json_member(json_member(action, "data"),
		                                "endpoints"));
	cJSON_ArrayForEach(j, json_member(action, "children")) {
		struct place child = { &children, j->string, 0 };

		if (cJSON_IsObject(j))
			walk_action(w, &child, j);
	}
}

static int change_memberships(struct buf *text, const cJSON *doc,
                              const struct place *top, const struct change *c)
{
	struct walk w = { text, c, 0, 0 };
	struct place flow = { top, "flow", 0 };

	walk_action(&w, &flow, json_member(doc, "flow"));
	return w.rc < 0 ? w.rc : w.found == 0 ? -ENOENT : 0;
}

/* --- any ---------------------------------------------------------------------- */

int change_apply(struct buf *text, const cJSON *doc, bool is_wrapped,
                 const struct change *c)
{
	static const struct place data = { NULL, "data", 0 };
	const struct place *top = is_wrapped ? &data : NULL;
	struct place object = { top, change_what_text(c->what), 0 };

	switch (c->what) {
	case CHANGE_DND:
	case CHANGE_CALL_WAITING:
		return set_member(text, &object, "enabled",
		                  c->to == CHANGE_ON ? "true" : "false");
	case CHANGE_FORWARD:
		return set_forward(text, doc, &object, c);
	case CHANGE_MEMBERSHIP:
		break;
	}
	return change_memberships(text, doc, top, c);
}
