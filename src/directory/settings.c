/* directory/settings.c - the members that accounts, users and devices share,
 * and how they are read. */
#include "directory/settings.h"

#include <cjson/cJSON.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "directory/read.h"

#define CALLER_ID_MAX 35 /* characters; Kazoo's schema */
#define RINGTONE_MAX  256

/* --- call_forward --------------------------------------------------------- */

static const struct field forward_fields[] = {
	FIELD("enabled", FIELD_SWITCH, call_forward, is_enabled,
	      .absent = "`false`",
	      .effect = "calls go to `number` instead"),
	FIELD_TEXT("number", call_forward, number, CALLER_ID_MAX,
	           .effect = "where to; dialled as the device would dial it. "
	                     "Without one nothing is forwarded"),
	FIELD("failover", FIELD_SWITCH, call_forward, is_failover,
	      .absent = "`false`",
	      .effect = "only while the device is not registered"),
	FIELD("substitute", FIELD_SWITCH, call_forward, substitutes,
	      .absent = "`true`",
	      .effect = "`false`: the device rings, too"),
	FIELD("keep_caller_id", FIELD_SWITCH, call_forward, keeps_caller_id,
	      .absent = "`true`",
	      .effect = "the caller's identity is kept; `false`: the "
	                "device's external one"),
	FIELD("require_keypress", FIELD_SWITCH, call_forward,
	      requires_keypress, .absent = "`true`",
	      .effect = "whoever answers has to press 1; no prompt can be "
	                "played yet, so nobody who answers is connected "
	                "(a warning says so)"),
	FIELD("ignore_early_media", FIELD_SWITCH, call_forward,
	      ignores_early_media, .absent = "`true`",
	      .effect = "what is heard before the answer is not passed on"),
	FIELD("direct_calls_only", FIELD_SWITCH, call_forward,
	      is_direct_only, .absent = "`false`",
	      .effect = "not when rung by a ring group"),
	FIELD_END
};

/* --- caller_id ------------------------------------------------------------ */

static const struct field caller_id_fields[] = {
	FIELD_TEXT("name", caller_id, name, CALLER_ID_MAX,
	           .effect = "display name"),
	FIELD_TEXT("number", caller_id, number, CALLER_ID_MAX,
	           .effect = "number"),
	FIELD_END
};

static const struct field asserted_fields[] = {
	FIELD_TEXT("name", caller_id, name, CALLER_ID_MAX,
	           .effect = "display name"),
	FIELD_TEXT("number", caller_id, number, CALLER_ID_MAX,
	           .effect = "number"),
	FIELD("realm", FIELD_DOMAIN, caller_id, realm,
	      .absent = "the account's", .effect = "domain"),
	FIELD_END
};

#define KIND(name, kind, table, r, text)                              \
	FIELD_SUB_AT(name, settings, caller_id[CALLER_ID_##kind],     \
	             table, .rule = r, .effect = text)

static const struct field caller_id_kinds[] = {
	KIND("internal", INTERNAL, caller_id_fields, MERGE_CALLER_ID,
	     "who it is in calls inside the account"),
	KIND("external", EXTERNAL, caller_id_fields, MERGE_CALLER_ID,
	     "who it is in calls to carriers"),
	KIND("emergency", EMERGENCY, caller_id_fields, MERGE_EMERGENCY,
	     "who it is in emergency calls"),
	KIND("asserted", ASSERTED, asserted_fields, MERGE_CALLER_ID,
	     "P-Asserted-Identity to carriers"),
	KIND("default", DEFAULT, caller_id_fields, MERGE_CALLER_ID,
	     "for kinds that nobody gave"),
	FIELD_END
};

static const char *const privacy_names[] = { "full", "name",  "number", "none",
	                                     "yes",  "kazoo", NULL };
static const char *const method_names[] = { "kazoo", "sip", NULL };

static const struct field caller_id_options[] = {
	FIELD("outbound_privacy", FIELD_OPTION, settings, privacy,
	      .names = privacy_names, .absent = "`none`", .rule = MERGE_OWNER,
	      .effect = "hides name, number or both (`full`, `yes`, `kazoo`) "
	                "in calls to carriers"),
	FIELD("privacy_method", FIELD_OPTION, settings, privacy_method,
	      .names = method_names, .absent = "`kazoo`", .rule = MERGE_OWNER,
	      .effect = "`kazoo`: `anonymous` instead; `sip`: `Privacy: id`"),
	FIELD("ignore_completed_elsewhere", FIELD_SWITCH, settings,
	      ignores_completed_elsewhere, .absent = "`true`",
	      .rule = MERGE_OWNER,
	      .effect = "phones that lost a fork are not told to forget the "
	                "call"),
	FIELD_END
};

/* --- call_restriction ----------------------------------------------------- */

static const char *const restriction_names[] = { "inherit", "deny", "allow",
	                                         NULL };

struct class_doc {
	enum restriction action;
};

static const struct field restriction_fields[] = {
	FIELD_CHOICE("action", class_doc, action, restriction_names),
	FIELD_END
};

static void read_restrictions(struct reader *rd, const struct place *at,
                              const cJSON *object, void *to)
{
	size_t room = (size_t)cJSON_GetArraySize(object);
	struct restrictions *r;
	const cJSON *j;

	if (!read_is_object(rd, at, object))
		return;
	r = xzalloc(sizeof(*r) + room * sizeof(r->v[0]));
	cJSON_ArrayForEach(j, object) {
		struct place here = { at, j->string, 0 };
		struct class_doc x = { RESTRICTION_INHERIT };

		if (cJSON_IsNull(j) || !read_is_object(rd, &here, j))
			continue;
		read_fields(rd, &here, j, restriction_fields, &x);
		if (x.action == RESTRICTION_INHERIT)
			continue; /* as if it were not there */
		r->v[r->n].class = j->string;
		r->v[r->n++].action = x.action;
	}
	if (r->n > 0)
		*(const struct restrictions **)to = pool_share(
			rd->pool, r, sizeof(*r) + r->n * sizeof(r->v[0]));
	free(r);
}

/* --- outbound_flags, media ------------------------------------------------ */

static const struct field flags_fields[] = {
	FIELD("static", FIELD_STRINGS, settings, flags),
	FIELD("dynamic", FIELD_STRINGS, settings, dynamic_flags),
	FIELD_END
};

/* A list, or one of each kind. */
static void read_flags(struct reader *rd, const struct place *at,
                       const cJSON *j, void *to)
{
	struct settings *s = to;

	if (cJSON_IsArray(j))
		s->flags = read_strings(rd, at, j);
	else if (cJSON_IsObject(j))
		read_fields(rd, at, j, flags_fields, s);
	else
		reader_fault(rd, at, "expected array or object, found %s",
		             json_type_name(j));
}

/* true, false, and what older editors wrote. */
static void read_bypass(struct reader *rd, const struct place *at,
                        const cJSON *j, void *to)
{
	const char *text = cJSON_GetStringValue(j);
	unsigned char *out = to;

	if (cJSON_IsBool(j))
		*out = cJSON_IsTrue(j) ? BYPASS_ON : BYPASS_OFF;
	else if (str_eq(text, "true"))
		*out = BYPASS_ON;
	else if (str_eq(text, "false"))
		*out = BYPASS_OFF;
	else if (str_eq(text, "auto"))
		*out = BYPASS_AUTO;
	else if (text && *text)
		reader_fault(rd, at, "'%.80s' is not one of: true, false, "
		                     "auto", text);
	else if (!text)
		reader_fault(rd, at, "expected boolean or string, found %s",
		             json_type_name(j));
}

/* Kazoo's schema lets an editor say "auto" here, too. */
static void read_fax(struct reader *rd, const struct place *at, const cJSON *j,
                     void *to)
{
	if (cJSON_IsString(j) && (!*j->valuestring ||
	                          str_eq(j->valuestring, "auto")))
		return;
	if (cJSON_IsBool(j))
		*(setting_t *)to = cJSON_IsTrue(j) ? SETTING_ON : SETTING_OFF;
	else
		reader_fault(rd, at, "expected boolean or \"auto\", found %s",
		             json_type_name(j));
}

static void read_methods(struct reader *rd, const struct place *at,
                         const cJSON *j, void *to)
{
	const struct strings *s;

	if (!read_is_array(rd, at, j))
		return;
	s = read_strings(rd, at, j);
	for (size_t i = 0; s && i < s->n; i++)
		if (!str_eq(s->v[i], "srtp") && !str_eq(s->v[i], "zrtp"))
			reader_fault(rd, at, "'%.80s' is not one of: srtp, "
			                     "zrtp", s->v[i]);
	*(const struct strings **)to = s;
}

static const struct field audio_fields[] = {
	FIELD("codecs", FIELD_STRINGS, settings, audio_codecs,
	      .effect = "of calls to it: the only audio codecs that it is "
	                "offered, in this order; none of them is in the "
	                "caller's offer: 488. Events and comfort noise "
	                "stay"),
	FIELD_END
};

static const struct field video_fields[] = {
	FIELD("codecs", FIELD_STRINGS, settings, video_codecs,
	      .effect = "likewise of video; none: the video is refused, the "
	                "call is not"),
	FIELD_END
};

static const struct field encryption_fields[] = {
	FIELD("enforce_security", FIELD_SWITCH, settings, enforces_security,
	      .absent = "`false`",
	      .effect = "checked only: SRTP passes from end to end when "
	                "both sides speak it, and is neither demanded nor "
	                "made here"),
	FIELD("methods", FIELD_OTHER, settings, encryption,
	      .read = read_methods, .size = sizeof(void *),
	      .form = "`srtp` `zrtp`, list",
	      .effect = "likewise"),
	FIELD_END
};

static const struct field media_fields[] = {
	FIELD_SUB("audio", audio_fields),
	FIELD_SUB("video", video_fields),
	FIELD_SUB("encryption", encryption_fields),
	FIELD("ignore_early_media", FIELD_SWITCH, settings,
	      ignores_early_media, .absent = "`false`",
	      .effect = "what it plays before it answers is not passed to the "
	                "caller"),
	FIELD_RANGE("progress_timeout", settings, progress_timeout_s, 0, 3600,
	            .absent = "0", .form = "0..3600 s",
	            .effect = "given up when there is neither 180 nor 183 nor "
	                      "an answer by then; 0: no limit"),
	FIELD("bypass_media", FIELD_OTHER, settings, bypass_media,
	      .read = read_bypass, .size = 1, .form = "boolean or `auto`",
	      .absent = "`false`",
	      .effect = "media of calls with one stream goes past the "
	                "server: the other side's document says so, too, "
	                "and no NAT is in sight; `auto` is `true`"),
	FIELD("fax_option", FIELD_OTHER, settings, fax, .read = read_fax,
	      .size = 1,
	      .form = "boolean or `auto`", .absent = "`false`",
	      .effect = "checked, not acted upon"),
	FIELD_END
};

/* --- the rest, and the table ---------------------------------------------- */

static const struct field dnd_fields[] = {
	FIELD("enabled", FIELD_SWITCH, settings, is_dnd, .absent = "`false`",
	      .rule = MERGE_ANY, .effect = "does not ring"),
	FIELD_END
};

static const struct field waiting_fields[] = {
	FIELD("enabled", FIELD_SWITCH, settings, call_waiting,
	      .absent = "`true`", .rule = MERGE_DEVICE,
	      .effect = "`false`: busy while its owner has a call"),
	FIELD_END
};

const struct field fields_ringtones[] = {
	FIELD_TEXT("internal", settings, ringtone_internal, RINGTONE_MAX,
	           .rule = MERGE_OWNER,
	           .effect = "Alert-Info when a device of the account calls"),
	FIELD_TEXT("external", settings, ringtone_external, RINGTONE_MAX,
	           .rule = MERGE_OWNER,
	           .effect = "Alert-Info when the call comes from outside"),
	FIELD_END
};

static const struct field music_fields[] = {
	FIELD("media_id", FIELD_STRING, settings, music_on_hold,
	      .rule = MERGE_OWNER, .effect = "checked, not acted upon"),
	FIELD_END
};

const struct field fields_settings[] = {
	FIELD_SUB("do_not_disturb", dnd_fields),
	FIELD_SUB("call_waiting", waiting_fields),
	FIELD_SUB_AT("call_forward", settings, forward, forward_fields,
	             .on = ON_USER | ON_DEVICE, .rule = MERGE_FORWARD),
	FIELD("call_restriction", FIELD_OTHER, settings, restrictions,
	      .read = read_restrictions, .rule = MERGE_RESTRICTION,
	      .form = "object: class to `{action}`, `inherit` `deny` `allow`",
	      .effect = "`deny`: numbers of this class (see Numbers) cannot "
	                "be dialled; of `closed_groups`: devices and users "
	                "that are in no group with the caller"),
	FIELD_SUB("caller_id", caller_id_kinds),
	FIELD_SUB("caller_id_options", caller_id_options),
	FIELD("prefer_device_caller_id", FIELD_SWITCH, settings,
	      prefers_device_cid, .on = ON_ACCOUNT, .absent = "`false`",
	      .effect = "`caller_id` of the device goes before its owner's"),
	{ .name = "outbound_flags", .type = FIELD_OTHER,
	  .at = 0, /* it fills two members */
	  .read = read_flags, .rule = MERGE_ALL,
	  .form = "strings, or `{static, dynamic}`",
	  .effect = "what carriers of its calls must be able to" },
	FIELD_SUB("ringtones", fields_ringtones),
	FIELD("presence_id", FIELD_STRING, settings, presence_id,
	      .on = ON_USER | ON_DEVICE, .rule = MERGE_OWNER,
	      .effect = "who is watched by busy lamps; the realm is added "
	                "when it has no `@`"),
	FIELD("language", FIELD_STRING, settings, language,
	      .rule = MERGE_OWNER, .effect = "checked, not acted upon"),
	FIELD_SUB("music_on_hold", music_fields),
	FIELD_CHECK("formatters", FIELD_OBJECT, .rule = MERGE_OWNER,
	            .form = "object: field to option, or options",
	            .effect = "how calls to it are written: `from`, "
	                      "`outbound_caller_id_number`, "
	                      "`outbound_caller_id_name` and names of "
	                      "custom headers; see Formatters"),
	FIELD_SUB("media", media_fields, .on = ON_USER | ON_DEVICE),
	FIELD_END
};

/* Whoever answers cannot be asked for the key. */
static void weigh_forward(struct reader *rd, const struct call_forward *fw)
{
	static const struct place forward = { NULL, "call_forward", 0 };
	static const struct place key = { &forward, "require_keypress", 0 };

	if (!fw->number || !setting_is_on(fw->requires_keypress, true) ||
	    (!setting_is_on(fw->is_enabled, false) &&
	     !setting_is_on(fw->is_failover, false)))
		return;
	reader_warn(rd, &key, "no prompt can be played yet: whoever answers "
	                      "at '%.35s' counts as not having pressed the "
	                      "key and is not connected%s", fw->number,
	            fw->requires_keypress == SETTING_ABSENT
	                    ? " (absent, it is true)"
	                    : "");
}

const struct settings *read_settings(struct reader *rd, const cJSON *doc,
                                     unsigned on)
{
	struct settings s;

	memset(&s, 0, sizeof(s)); /* what is between its members, too */
	rd->on = on;
	rd->is_sharing = true;
	read_fields(rd, NULL, doc, fields_settings, &s);
	rd->is_sharing = false;
	rd->on = 0;
	weigh_forward(rd, &s.forward);
	if (memcmp(&s, &settings_none, sizeof(s)) == 0)
		return &settings_none; /* most documents */
	return pool_share(rd->pool, &s, sizeof(s));
}
