/* directory/read_account.c - an account's document. */
#include <cjson/cJSON.h>

#include "base/strutil.h"
#include "directory/read.h"

static const struct field preflow_fields[] = {
	FIELD_CHECK("always", FIELD_STRING,
	            .effect = "id of a callflow that runs before every other "
	                      "one"),
	FIELD_END
};

const struct field fields_account[] = {
	FIELD("name", FIELD_STRING, account, name, .is_required = true,
	      .effect = "for logs and records"),
	FIELD("realm", FIELD_DOMAIN, account, realm,
	      .effect = "the domain its phones register with; upper and lower "
	                "case are the same"),
	FIELD("enabled", FIELD_BOOL, account, is_enabled, .absent = "`true`",
	      .effect = "`false`: none of its devices can register, call or "
	                "be called"),
	FIELD_CHECK("parent", FIELD_STRING,
	            .effect = "id of the account above: its carriers may be "
	                      "used with `hunt_account_id`, its "
	                      "`call_restriction` holds here, too"),
	FIELD_CHECK("pvt_tree", FIELD_STRINGS,
	            .effect = "Kazoo's way to say so: the last one is the "
	                      "`parent`"),
	FIELD_SUB("preflow", preflow_fields),
	FIELD_CHECK("dial_plan", FIELD_OBJECT, .effect = "see Numbers"),
	FIELD_CHECK("e164_converters", FIELD_OBJECT, .absent = "Kazoo's",
	            .effect = "see Numbers"),
	FIELD_CHECK("classifiers", FIELD_OBJECT, .absent = "Kazoo's",
	            .effect = "see Numbers"),
	FIELD_END
};

static const char *parent_id(const cJSON *doc)
{
	const char *parent = json_member_string(doc, "parent");
	const cJSON *tree = json_member(doc, "pvt_tree");
	int n = cJSON_IsArray(tree) ? cJSON_GetArraySize(tree) : 0;

	if (!parent && n > 0)
		parent = cJSON_GetStringValue(cJSON_GetArrayItem(tree, n - 1));
	return str_is_empty(parent) ? NULL : parent;
}

struct account_doc *read_account(struct reader *rd, const char *id,
                                 const cJSON *doc, struct plan_classes classes)
{
	struct account_doc *x = pool_alloc(rd->pool, sizeof(*x));
	struct account *a = &x->account;

	a->id = a->name = id;
	a->is_enabled = true;
	a->doc = doc;
	read_fields(rd, NULL, doc, fields_account, a);
	if (a->realm) {
		char *realm = pool_strdup(rd->pool, a->realm);

		str_lower(realm);
		a->realm = realm;
	}
	a->settings = read_settings(rd, doc, ON_ACCOUNT);
	a->formatters = read_formatters(rd, doc);
	a->is_dnd = a->settings->is_dnd == SETTING_ON;
	a->plan = plan_read(rd, doc, classes);
	x->parent_id = parent_id(doc);
	return x;
}
