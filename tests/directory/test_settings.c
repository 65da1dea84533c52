#include "cmocka_all.h"

#include <stdlib.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "directory/fields.h"
#include "tree.h"

/* An account "a", its user "u" and the device "d" that u owns, each with
 * these members. */
static const struct device *load(struct tree *t, const char *account,
                                 const char *user, const char *device)
{
	char *a = xasprintf("{'name':'A','realm':'a.example'%s%s}",
	                    *account ? "," : "", account);
	char *u = xasprintf("{'first_name':'U','last_name':'V'%s%s}",
	                    *user ? "," : "", user);
	char *d = xasprintf("{'name':'D','owner_id':'u','sip':{'username':'d',"
	                    "'password':'secret'}%s%s}",
	                    *device ? "," : "", device);

	tree_put(t, "accounts/a/account.json", a);
	tree_put(t, "accounts/a/users/u.json", u);
	tree_put(t, "accounts/a/devices/d.json", d);
	free(a);
	free(u);
	free(d);
	assert_int_equal(tree_load(t, false), 0);
	assert_string_equal(tree_why(t), "");
	return account_device(tree_account(t), "d");
}

static void who_says_nothing_shares_nothing(void **unused)
{
	const struct device *d;
	struct settings s;
	struct tree t;

	(void)unused;
	tree_open(&t);
	d = load(&t, "", "", "");
	assert_ptr_equal(d->settings, &settings_none);
	assert_ptr_equal(d->owner->settings, &settings_none);
	assert_ptr_equal(d->account->settings, &settings_none);
	device_settings(d, &s);
	assert_memory_equal(&s, &settings_none, sizeof(s));
	assert_false(device_is_denied(d, "international"));
	tree_close(&t);
}

static void every_setting_of_a_device_is_read(void **unused)
{
	const struct settings *s;
	struct tree t;

	(void)unused;
	tree_open(&t);
	s = load(&t, "", "",
	         "'do_not_disturb':{'enabled':true},"
	         "'call_waiting':{'enabled':false},"
	         "'call_forward':{'enabled':true,'number':'200','failover':"
	         "true,'substitute':false,'keep_caller_id':false,"
	         "'require_keypress':false,'ignore_early_media':false,"
	         "'direct_calls_only':true},"
	         "'call_restriction':{'international':{'action':'deny'},"
	         "'did_us':{'action':'inherit'},'toll_us':{'action':'allow'},"
	         "'closed_groups':{'action':'deny'}},"
	         "'caller_id':{'internal':{'name':'I','number':'1'},"
	         "'external':{'name':'E','number':'2'},"
	         "'emergency':{'name':'M','number':'3'},"
	         "'asserted':{'name':'A','number':'4','realm':'x.example'}},"
	         "'caller_id_options':{'outbound_privacy':'number',"
	         "'privacy_method':'sip','ignore_completed_elsewhere':false},"
	         "'outbound_flags':{'static':['one','','two'],'dynamic':"
	         "['zone']},'ringtones':{'internal':'ri','external':'re'},"
	         "'presence_id':'201','language':'de-de',"
	         "'music_on_hold':{'media_id':'m'},"
	         "'media':{'audio':{'codecs':['PCMU','G722']},'video':{"
	         "'codecs':['VP8']},'bypass_media':'auto','encryption':{"
	         "'enforce_security':true,'methods':['srtp']},"
	         "'ignore_early_media':true,'progress_timeout':6,"
	         "'fax_option':false}")
	            ->settings;
	assert_int_equal(s->is_dnd, SETTING_ON);
	assert_int_equal(s->call_waiting, SETTING_OFF);
	assert_int_equal(s->forward.is_enabled, SETTING_ON);
	assert_string_equal(s->forward.number, "200");
	assert_int_equal(s->forward.is_failover, SETTING_ON);
	assert_int_equal(s->forward.substitutes, SETTING_OFF);
	assert_int_equal(s->forward.keeps_caller_id, SETTING_OFF);
	assert_int_equal(s->forward.requires_keypress, SETTING_OFF);
	assert_int_equal(s->forward.ignores_early_media, SETTING_OFF);
	assert_int_equal(s->forward.is_direct_only, SETTING_ON);
	assert_int_equal(s->restrictions->n, 3);
	assert_string_equal(s->restrictions->v[0].class, "international");
	assert_int_equal(s->restrictions->v[1].action, RESTRICTION_ALLOW);
	assert_string_equal(s->caller_id[CALLER_ID_INTERNAL].name, "I");
	assert_string_equal(s->caller_id[CALLER_ID_EXTERNAL].number, "2");
	assert_string_equal(s->caller_id[CALLER_ID_EMERGENCY].number, "3");
	assert_string_equal(s->caller_id[CALLER_ID_ASSERTED].realm,
	                    "x.example");
	assert_null(s->caller_id[CALLER_ID_DEFAULT].number);
	assert_int_equal(s->privacy, PRIVACY_NUMBER);
	assert_int_equal(s->privacy_method, PRIVACY_METHOD_SIP);
	assert_int_equal(s->ignores_completed_elsewhere, SETTING_OFF);
	assert_int_equal(s->flags->n, 2);
	assert_string_equal(s->flags->v[1], "two");
	assert_string_equal(s->dynamic_flags->v[0], "zone");
	assert_string_equal(s->ringtone_internal, "ri");
	assert_string_equal(s->ringtone_external, "re");
	assert_string_equal(s->presence_id, "201");
	assert_string_equal(s->language, "de-de");
	assert_string_equal(s->music_on_hold, "m");
	assert_int_equal(s->audio_codecs->n, 2);
	assert_string_equal(s->audio_codecs->v[1], "G722");
	assert_string_equal(s->video_codecs->v[0], "VP8");
	assert_int_equal(s->bypass_media, BYPASS_AUTO);
	assert_int_equal(s->enforces_security, SETTING_ON);
	assert_string_equal(s->encryption->v[0], "srtp");
	assert_int_equal(s->ignores_early_media, SETTING_ON);
	assert_int_equal(s->progress_timeout_s, 6);
	assert_int_equal(s->fax, SETTING_OFF);
	tree_close(&t);
}

static void a_list_of_flags_is_of_static_ones(void **unused)
{
	const struct settings *s;
	struct tree t;

	(void)unused;
	tree_open(&t);
	s = load(&t, "", "", "'outbound_flags':['fax']")->settings;
	assert_int_equal(s->flags->n, 1);
	assert_string_equal(s->flags->v[0], "fax");
	assert_null(s->dynamic_flags);
	tree_close(&t);
}

static void the_rule_of_each_member_says_whose_word_holds(void **unused)
{
	/* what account, owner and device say, and which holds */
	enum { INTERNAL_NAME, RINGTONE, PRESENCE, LANGUAGE, EMERGENCY };
	static const struct {
		const char *account, *user, *device;
		int what;
		const char *want;
	} rows[] = {
#define CID(k, v) "'caller_id':{'" k "':{'name':'" v "'}}"
		{ CID("internal", "a"), CID("internal", "u"),
		  CID("internal", "d"), INTERNAL_NAME, "u" },
		{ CID("internal", "a"), "", CID("internal", "d"),
		  INTERNAL_NAME, "d" },
		{ CID("internal", "a"), "", "", INTERNAL_NAME, "a" },
		{ CID("internal", "a"), CID("internal", ""), "",
		  INTERNAL_NAME, "a" },
		{ CID("internal", "a") ",'prefer_device_caller_id':true",
		  CID("internal", "u"), CID("internal", "d"), INTERNAL_NAME,
		  "d" },
		{ "'prefer_device_caller_id':true", CID("internal", "u"), "",
		  INTERNAL_NAME, "u" },
		{ CID("emergency", "a"), CID("emergency", "u"),
		  CID("emergency", "d"), EMERGENCY, "d" },
		{ CID("emergency", "a"), CID("emergency", "u"), "", EMERGENCY,
		  "u" },
#undef CID
		{ "'ringtones':{'internal':'a'}", "'ringtones':{'internal':"
		  "'u'}", "'ringtones':{'internal':'d'}", RINGTONE, "u" },
		{ "'ringtones':{'internal':'a'}", "'ringtones':{'external':"
		  "'u'}", "'ringtones':{'internal':'d'}", RINGTONE, "d" },
		{ "'ringtones':{'internal':'a'}", "", "", RINGTONE, "a" },
		{ "", "'presence_id':'u'", "'presence_id':'d'", PRESENCE,
		  "u" },
		{ "", "", "'presence_id':'d'", PRESENCE, "d" },
		{ "'language':'a'", "", "'language':'d'", LANGUAGE, "d" },
	};
	struct settings s;
	struct tree t;

	(void)unused;
	tree_open(&t);
	for (size_t i = 0; i < NELEM(rows); i++) {
		const char *got = NULL;

		device_settings(load(&t, rows[i].account, rows[i].user,
		                     rows[i].device),
		                &s);
		switch (rows[i].what) {
		case INTERNAL_NAME:
			got = s.caller_id[CALLER_ID_INTERNAL].name;
			break;
		case EMERGENCY:
			got = s.caller_id[CALLER_ID_EMERGENCY].name;
			break;
		case RINGTONE:
			got = s.ringtone_internal;
			break;
		case PRESENCE:
			got = s.presence_id;
			break;
		case LANGUAGE:
			got = s.language;
			break;
		}
		assert_string_equal(got, rows[i].want);
	}
	tree_close(&t);
}

static void call_waiting_and_dnd_have_rules_of_their_own(void **unused)
{
#define ON(k)  "'" k "':{'enabled':true}"
#define OFF(k) "'" k "':{'enabled':false}"
	static const struct {
		const char *account, *user, *device;
		setting_t waiting, dnd;
	} rows[] = {
		{ "", "", "", SETTING_ABSENT, SETTING_ABSENT },
		{ ON("call_waiting"), OFF("call_waiting"), "", SETTING_OFF,
		  SETTING_ABSENT },
		{ "", OFF("call_waiting"), ON("call_waiting"), SETTING_ON,
		  SETTING_ABSENT },
		{ OFF("call_waiting"), "", "", SETTING_OFF, SETTING_ABSENT },
		{ ON("do_not_disturb"), OFF("do_not_disturb"),
		  OFF("do_not_disturb"), SETTING_ABSENT, SETTING_ON },
		{ "", ON("do_not_disturb"), OFF("do_not_disturb"),
		  SETTING_ABSENT, SETTING_ON },
		{ "", "", ON("do_not_disturb"), SETTING_ABSENT, SETTING_ON },
		{ OFF("do_not_disturb"), "", "", SETTING_ABSENT,
		  SETTING_ABSENT },
	};
#undef ON
#undef OFF
	struct settings s;
	struct tree t;

	(void)unused;
	tree_open(&t);
	for (size_t i = 0; i < NELEM(rows); i++) {
		device_settings(load(&t, rows[i].account, rows[i].user,
		                     rows[i].device),
		                &s);
		assert_int_equal(s.call_waiting, rows[i].waiting);
		assert_int_equal(s.is_dnd, rows[i].dnd);
	}
	tree_close(&t);
}

/* Kazoo's older endpoint module: the device's own when it is enabled, else
 * what it says under what its owner says. */
#define FORWARD "'call_forward':{%s%s'require_keypress':false}"

static void an_enabled_forward_of_the_device_goes_before_its_owners(
        void **unused)
{
	static const struct {
		const char *user, *device;
		const char *number;
		bool is_enabled, keeps_caller_id;
	} rows[] = {
		{ "", "", NULL, false, true },
		{ "'enabled':true,'number':'u','keep_caller_id':false",
		  "'enabled':true,'number':'d'", "d", true, true },
		{ "'enabled':true,'number':'u'",
		  "'enabled':false,'number':'d','keep_caller_id':false", "u",
		  true, false },
		{ "", "'enabled':true,'number':'d'", "d", true, true },
		{ "'enabled':false,'keep_caller_id':false",
		  "'failover':true,'number':'d'", "d", false, false },
	};
	struct settings s;
	struct tree t;

	(void)unused;
	tree_open(&t);
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *u = xasprintf(FORWARD, rows[i].user,
		                    *rows[i].user ? "," : "");
		char *d = xasprintf(FORWARD, rows[i].device,
		                    *rows[i].device ? "," : "");

		device_settings(load(&t, "", u, d), &s);
		free(u);
		free(d);
		assert_true(str_eq(s.forward.number, rows[i].number));
		assert_int_equal(setting_is_on(s.forward.is_enabled, false),
		                 rows[i].is_enabled);
		assert_int_equal(setting_is_on(s.forward.keeps_caller_id,
		                               true),
		                 rows[i].keeps_caller_id);
	}
	tree_close(&t);
}

static void media_of_a_device_is_its_own(void **unused)
{
	struct settings s;
	struct tree t;

	(void)unused;
	tree_open(&t);
	device_settings(load(&t, "", "'media':{'progress_timeout':3}",
	                     "'media':{'ignore_early_media':true}"),
	                &s);
	assert_int_equal(s.progress_timeout_s, 0);
	assert_int_equal(s.ignores_early_media, SETTING_ON);
	tree_close(&t);
}

static void a_denial_above_is_final(void **unused)
{
#define SAYS(a) "'call_restriction':{'international':{'action':'" a "'}}"
	static const struct {
		const char *account, *user, *device;
		bool is_denied;
	} rows[] = {
		{ "", "", "", false },
		{ "", "", SAYS("deny"), true },
		{ "", "", SAYS("allow"), false },
		{ "", SAYS("deny"), "", true },
		{ "", SAYS("deny"), SAYS("allow"), true },
		{ "", SAYS("allow"), SAYS("deny"), false },
		{ "", SAYS("inherit"), SAYS("deny"), true },
		{ SAYS("deny"), "", "", true },
		{ SAYS("deny"), SAYS("allow"), SAYS("allow"), true },
		{ SAYS("allow"), "", SAYS("deny"), true },
	};
#undef SAYS
	const struct device *d;
	struct tree t;

	(void)unused;
	tree_open(&t);
	for (size_t i = 0; i < NELEM(rows); i++) {
		d = load(&t, rows[i].account, rows[i].user, rows[i].device);
		assert_int_equal(device_is_denied(d, "international"),
		                 rows[i].is_denied);
		assert_false(device_is_denied(d, "did_us"));
	}
	/* so do the accounts above */
	tree_put(&t, "accounts/top/account.json",
	         "{'name':'Top','call_restriction':{'toll_us':{'action':"
	         "'deny'}}}");
	tree_put(&t, "accounts/middle/account.json",
	         "{'name':'Middle','parent':'top'}");
	d = load(&t, "'parent':'middle'", "", "");
	assert_true(device_is_denied(d, "toll_us"));
	assert_false(device_is_denied(d, "international"));
	tree_close(&t);
}

static void limits_count_characters_not_bytes(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open(&t);
	/* 35 characters of three bytes each */
	load(&t, "", "",
	     "'caller_id':{'internal':{'name':'"
	     "\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d"
	     "\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d"
	     "\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d"
	     "\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d'}}");
	tree_put(&t, "accounts/a/users/u.json",
	         "{'first_name':'U','last_name':'V','caller_id':{'internal':"
	         "{'name':'123456789012345678901234567890123456'}}}");
	assert_true(tree_load(&t, false) < 0);
	assert_true(str_starts(tree_why(&t),
	                       "accounts/a/users/u.json: caller_id.internal."
	                       "name: longer than 35 characters\n"));
	tree_close(&t);
}

static void unexplained(const char *type, const char *member, void *arg)
{
	print_error("%s: %s\n", type, member);
	++*(int *)arg;
}

static void every_member_says_what_it_does(void **unused)
{
	int n = 0;

	(void)unused;
	fields_each_unexplained(unexplained, &n);
	assert_int_equal(n, 0);
}

static void a_forward_that_needs_a_key_is_warned_about(void **unused)
{
	static const struct {
		const char *forward, *why;
	} rows[] = {
		{ "'enabled':true,'number':'1'", " (absent, it is true)" },
		{ "'failover':true,'number':'1'", " (absent, it is true)" },
		{ "'enabled':true,'number':'1','require_keypress':true", "" },
		{ "'enabled':true,'number':'1','require_keypress':false",
		  NULL },
		{ "'number':'1'", NULL },
		{ "'enabled':true", NULL },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		char *user = xasprintf("{'call_forward':{%s}}",
		                       rows[i].forward);
		char *why = xasprintf(
		        "accounts/a/users/u.json: "
		        "call_forward.require_keypress: warning: no prompt "
		        "can be played yet: whoever answers at '1' counts as "
		        "not having pressed the key and is not connected%s\n",
		        rows[i].why ? rows[i].why : "");
		struct tree t;

		tree_open_account(&t);
		tree_put(&t, "accounts/a/users/u.json", user);
		assert_int_equal(tree_load(&t, false), 0);
		assert_string_equal(tree_why(&t), rows[i].why ? why : "");
		tree_close(&t);
		free(why);
		free(user);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(who_says_nothing_shares_nothing),
		cmocka_unit_test(every_setting_of_a_device_is_read),
		cmocka_unit_test(a_list_of_flags_is_of_static_ones),
		cmocka_unit_test(the_rule_of_each_member_says_whose_word_holds),
		cmocka_unit_test(call_waiting_and_dnd_have_rules_of_their_own),
		cmocka_unit_test(
			an_enabled_forward_of_the_device_goes_before_its_owners),
		cmocka_unit_test(a_forward_that_needs_a_key_is_warned_about),
		cmocka_unit_test(media_of_a_device_is_its_own),
		cmocka_unit_test(a_denial_above_is_final),
		cmocka_unit_test(every_member_says_what_it_does),
		cmocka_unit_test(limits_count_characters_not_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
