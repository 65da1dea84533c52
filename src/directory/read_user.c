/* directory/read_user.c - a user's and a group's document. */
#include <cjson/cJSON.h>

#include "base/strutil.h"
#include "directory/read.h"

struct user_doc {
	struct user u;
	const char *first_name, *last_name;
};

static const struct field user_fields[] = {
	FIELD("first_name", FIELD_STRING, user_doc, first_name),
	FIELD("last_name", FIELD_STRING, user_doc, last_name),
	FIELD("enabled", FIELD_BOOL, user_doc, u.is_enabled),
	FIELD_END
};

struct user *read_user(struct reader *rd, const struct account *a,
                       const char *id, const cJSON *doc)
{
	struct user_doc x = {
		.u = { .id = id, .name = id, .account = a,
		       .is_enabled = true, .doc = doc },
	};
	struct user *u;

	read_fields(rd, NULL, doc, user_fields, &x);
	x.u.dial_plan = plan_read_dial_plan(rd, doc);
	if (x.first_name && x.last_name)
		x.u.name = pool_fmt(rd->pool, "%s %s", x.first_name,
		                    x.last_name);
	else if (x.first_name || x.last_name)
		x.u.name = x.first_name ? x.first_name : x.last_name;
	x.u.settings = read_settings(rd, doc, ON_USER);
	x.u.is_dnd = x.u.settings->is_dnd == SETTING_ON;
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
	FIELD_CHOICE("type", member_doc, type, member_names),
	FIELD_RANGE("delay", member_doc, m.delay_s, 0, 86400),
	FIELD_RANGE("timeout", member_doc, m.timeout_s, 0, 86400),
	FIELD_RANGE("weight", member_doc, m.weight, 0, 1000),
	FIELD_END
};

static const char *const strategy_names[] = { "simultaneous", "single",
	                                      "weighted_random", NULL };

static const struct field group_fields[] = {
	FIELD("name", FIELD_STRING, group, name),
	FIELD_CHECK("endpoints", FIELD_OBJECT),
	FIELD_CHECK("timeout", FIELD_INT),
	FIELD_CHECK_CHOICE("strategy", strategy_names),
	FIELD_CHECK("ignore_forward", FIELD_BOOL),
	FIELD_CHECK("ringback", FIELD_STRING),
	FIELD_END
};

static void read_members(struct reader *rd, struct group *g,
                         const cJSON *endpoints)
{
	struct place at = { NULL, "endpoints", 0 };
	struct group_member *m;
	const cJSON *j;

	m = pool_alloc(rd->pool, (size_t)cJSON_GetArraySize(endpoints) *
	                                 sizeof(*m));
	g->members = m;
	cJSON_ArrayForEach(j, endpoints) {
		struct place here = { &at, j->string, 0 };
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
	const cJSON *endpoints = json_member(doc, "endpoints");

	g->id = g->name = id;
	g->account = a;
	g->doc = doc;
	read_fields(rd, NULL, doc, group_fields, g);
	if (cJSON_IsObject(endpoints))
		read_members(rd, g, endpoints);
	return g;
}
