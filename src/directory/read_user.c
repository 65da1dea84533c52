/* directory/read_user.c - a user's and a group's document. */
#include <cjson/cJSON.h>

#include "base/strutil.h"
#include "directory/document.h"
#include "directory/read.h"

struct user_doc {
	struct user u;
	const char *first_name, *last_name;
};

static const struct field hotdesk_fields[] = {
	FIELD_CHECK("enabled", FIELD_BOOL, .absent = "`false`",
	            .effect = "checked; logging in at a desk is not "
	                      "supported, its `hotdesk.users` is"),
	FIELD_CHECK("id", FIELD_STRING, .max = 15, .effect = "likewise"),
	FIELD_CHECK("pin", FIELD_STRING, .max = 15, .effect = "likewise"),
	FIELD_CHECK("require_pin", FIELD_BOOL, .absent = "`false`",
	            .effect = "likewise"),
	FIELD_CHECK("keep_logged_in_elsewhere", FIELD_BOOL,
	            .absent = "`false`", .effect = "likewise"),
	FIELD_END
};

const struct field fields_user[] = {
	FIELD("first_name", FIELD_STRING, user_doc, first_name,
	      .is_required = true, .effect = "for logs and records"),
	FIELD("last_name", FIELD_STRING, user_doc, last_name,
	      .is_required = true, .effect = "likewise"),
	FIELD("enabled", FIELD_BOOL, user_doc, u.is_enabled,
	      .absent = "`true`",
	      .effect = "`false`: its devices cannot register, call or be "
	                "called"),
	FIELD_SUB("hotdesk", hotdesk_fields),
	FIELD_CHECK("dial_plan", FIELD_OBJECT, .effect = "see Numbers"),
	FIELD_END
};

void user_take(struct user *u, const struct settings *s, const char *text)
{
	u->settings = s;
	u->text = text;
	u->is_dnd = s->is_dnd == SETTING_ON;
}

struct user *read_user(struct reader *rd, const struct account *a,
                       const char *id, const cJSON *doc)
{
	struct user_doc x = {
		.u = { .id = id, .name = id, .account = a,
		       .is_enabled = true },
	};
	struct user *u;

	read_fields(rd, NULL, doc, fields_user, &x);
	x.u.dial_plan = plan_read_dial_plan(rd, doc);
	if (x.first_name && x.last_name)
		x.u.name = pool_fmt(rd->pool, "%s %s", x.first_name,
		                    x.last_name);
	else if (x.first_name || x.last_name)
		x.u.name = x.first_name ? x.first_name : x.last_name;
	user_take(&x.u, read_settings(rd, doc, ON_USER),
	          document_text(rd, doc));
	x.u.formatters = read_formatters(rd, doc);
	u = pool_alloc(rd->pool, sizeof(*u));
	*u = x.u;
	return u;
}

struct member_doc {
	struct group_member m;
	int type; /* index in the names, -1: absent */
};

static const char *const member_names[] = { "device", "user", "group", NULL };
static const enum member_type member_types[] = { MEMBER_DEVICE, MEMBER_USER,
	                                         MEMBER_GROUP };

static const struct field member_fields[] = {
	FIELD_CHOICE("type", member_doc, type, member_names, .absent = "any",
	             .effect = "what the id names; without it a device or a "
	                       "user of that id"),
	FIELD_RANGE("delay", member_doc, m.delay_s, 0, 86400,
	            .form = "0..86400 s", .absent = "0",
	            .effect = "rings so much later"),
	FIELD_RANGE("timeout", member_doc, m.timeout_s, 0, 86400,
	            .form = "0..86400 s", .absent = "the action's",
	            .effect = "rings so long"),
	FIELD_RANGE("weight", member_doc, m.weight, 0, 1000,
	            .effect = "order of members with strategy `single`"),
	FIELD_END
};

static const char *const strategy_names[] = { "simultaneous", "single",
	                                      "weighted_random", NULL };

static void read_members(struct reader *rd, const struct place *at,
                         const cJSON *endpoints, void *to);

const struct field fields_group[] = {
	FIELD("name", FIELD_STRING, group, name, .is_required = true,
	      .effect = "for logs and records"),
	{ .name = "endpoints", .type = FIELD_OTHER,
	  .at = 0, /* it fills two members */
	  .read = read_members, .fields = member_fields, .names_ids = true,
	  .form = "object",
	  .effect = "the members, by their ids, in this order" },
	FIELD_CHECK("timeout", FIELD_INT, .form = "whole number, s",
	            .absent = "the action's",
	            .effect = "rings so long in all"),
	FIELD_CHECK_CHOICE("strategy", strategy_names,
	                   .absent = "the action's",
	                   .effect = "all at once, or one after another"),
	FIELD_CHECK("ignore_forward", FIELD_BOOL, .absent = "the action's",
	            .effect = "`false`: a 3xx of a phone is followed"),
	FIELD_CHECK("ringback", FIELD_STRING, .absent = "the action's",
	            .effect = "not played"),
	FIELD_END
};

static void read_members(struct reader *rd, const struct place *at,
                         const cJSON *endpoints, void *to)
{
	struct group *g = to;
	struct group_member *m;
	const cJSON *j;

	if (!read_is_object(rd, at, endpoints))
		return;
	m = pool_alloc(rd->pool, (size_t)cJSON_GetArraySize(endpoints) *
	                                 sizeof(*m));
	g->members = m;
	cJSON_ArrayForEach(j, endpoints) {
		struct place here = { at, j->string, 0 };
		struct member_doc x = {
			{ j->string, MEMBER_ANY, -1, -1, -1 }, -1
		};

		if (cJSON_IsNull(j) || !read_is_object(rd, &here, j))
			continue;
		read_fields(rd, &here, j, member_fields, &x);
		if (x.type >= 0)
			x.m.type = member_types[x.type];
		*m++ = x.m;
	}
	g->n_members = (size_t)(m - g->members);
}

struct group *read_group(struct reader *rd, const struct account *a,
                         const char *id, const cJSON *doc)
{
	struct group *g = pool_alloc(rd->pool, sizeof(*g));

	g->id = g->name = id;
	g->account = a;
	g->doc = doc;
	read_fields(rd, NULL, doc, fields_group, g);
	return g;
}
