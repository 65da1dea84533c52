#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/mem.h"
#include "tree.h"

static void an_empty_folder_is_an_empty_snapshot(void **unused)
{
	struct tree t;
	size_t n = 7;

	(void)unused;
	tree_open(&t);
	assert_int_equal(tree_load(&t, false), 0);
	assert_int_equal(snapshot_counts(t.s).accounts, 0);
	assert_null(snapshot_account(t.s, "a"));
	assert_null(snapshot_device_by_auth(t.s, "a.example", "101"));
	assert_false(snapshot_has_realm(t.s, "a.example"));
	assert_null(snapshot_number_owner(t.s, "+14155550000", NULL));
	snapshot_resources(t.s, &n);
	assert_int_equal(n, 0);
	tree_close(&t);
}

static void a_folder_that_is_not_there_is_named(void **unused)
{
	struct snapshot *s = NULL;
	struct diag why = { 0 };

	(void)unused;
	assert_int_equal(snapshot_load(&s, "/nonexistent/dir", true, &why),
	                 -ENOENT);
	assert_null(s);
	assert_string_equal(buf_text(&why.text),
	                    "/nonexistent/dir: cannot be read: No such file "
	                    "or directory\n");
	diag_free(&why);
	assert_int_equal(snapshot_load(&s, "/nonexistent/dir", true, NULL),
	                 -ENOENT);
}

static void a_snapshot_lives_until_its_last_reference(void **unused)
{
	struct snapshot *second;
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	assert_int_equal(tree_load(&t, false), 0);
	second = snapshot_ref(t.s);
	snapshot_unref(&t.s);
	assert_null(t.s);
	assert_string_equal(snapshot_account(second, "a")->realm, "a.example");
	snapshot_unref(&second);
	snapshot_unref(&second);
	tree_close(&t);
}

static void a_document_is_bare_or_wrapped_as_the_api_gives_it(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/a/devices/bare.json", "{}");
	tree_put(&t, "accounts/a/devices/x.json", "{'id':'by_id'}");
	tree_put(&t, "accounts/a/devices/y.json", "{'_id':'by_private_id'}");
	tree_put(&t, "accounts/a/devices/z.json",
	         "{'auth_token':'t','data':{'id':'wrapped','name':'W'},"
	         "'status':'success'}");
	/* `data` is then a member like any that we do not know. */
	tree_put(&t, "accounts/a/devices/w.json",
	         "{'id':'not_wrapped','data':{'id':'inner'}}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_int_equal(snapshot_counts(t.s).devices, 5);
	assert_non_null(account_device(tree_account(&t), "bare"));
	assert_non_null(account_device(tree_account(&t), "by_id"));
	assert_non_null(account_device(tree_account(&t), "by_private_id"));
	assert_non_null(account_device(tree_account(&t), "not_wrapped"));
	assert_string_equal(account_device(tree_account(&t), "wrapped")->name,
	                    "W");
	assert_null(account_device(tree_account(&t), "x"));
	tree_close(&t);
}

static void only_json_files_in_sight_are_documents(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/a/devices/.hidden.json", "{");
	tree_put(&t, "accounts/a/devices/half.json~", "{");
	tree_put(&t, "accounts/a/devices/half.json.swp", "{");
	tree_put(&t, "accounts/a/devices/#half.json#", "{");
	tree_put(&t, "accounts/a/devices/README", "{");
	tree_put(&t, "accounts/a/menus/m.json", "{");
	tree_put(&t, "accounts/README.md", "{");
	tree_put(&t, "accounts/.git/x", "{");
	assert_int_equal(tree_load(&t, false), 0);
	assert_string_equal(tree_why(&t), "");
	assert_int_equal(snapshot_counts(t.s).accounts, 1);
	assert_int_equal(snapshot_counts(t.s).devices, 0);
	tree_close(&t);
}

static void accounts_form_a_tree(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open(&t);
	/* The child is read first. */
	tree_put(&t, "accounts/a/account.json", "{'parent':'m'}");
	tree_put(&t, "accounts/m/account.json", "{'pvt_tree':['x','top']}");
	tree_put(&t, "accounts/top/account.json", "{'pvt_tree':[]}");
	tree_put(&t, "accounts/z/account.json", "{'parent':'gone'}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_ptr_equal(tree_account(&t)->parent,
	                 snapshot_account(t.s, "m"));
	assert_ptr_equal(tree_account(&t)->parent->parent,
	                 snapshot_account(t.s, "top"));
	assert_null(snapshot_account(t.s, "top")->parent);
	assert_null(snapshot_account(t.s, "z")->parent);
	assert_string_equal(tree_why(&t),
	                    "accounts/z/account.json: parent: warning: "
	                    "account 'gone' is not known\n");
	tree_close(&t);
}

static void a_circle_of_accounts_is_a_fault(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open(&t);
	tree_put(&t, "accounts/a/account.json", "{'parent':'b'}");
	tree_put(&t, "accounts/b/account.json", "{'parent':'c'}");
	tree_put(&t, "accounts/c/account.json", "{'parent':'a'}");
	tree_put(&t, "accounts/d/account.json", "{'parent':'d'}");
	assert_int_equal(tree_load(&t, false), -EINVAL);
	assert_string_equal(tree_why(&t),
	                    "accounts/c/account.json: parent: account 'a' is "
	                    "below this one\n"
	                    "accounts/d/account.json: parent: account 'd' is "
	                    "below this one\n");
	assert_null(t.s);
	assert_int_equal(tree_load(&t, true), 0);
	assert_null(snapshot_account(t.s, "c")->parent);
	assert_null(snapshot_account(t.s, "d")->parent);
	tree_close(&t);
}

static void what_a_flow_names_and_is_not_there_is_warned_of(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/a/users/u.json", "{}");
	tree_put(&t, "accounts/a/callflows/c.json",
	         "{'flow':{'module':'device','data':{'id':'d1'},'children':{"
	         "'_':{'module':'ring_group','data':{'endpoints':['u','x',"
	         "{'id':'u','endpoint_type':'device'}]},'children':{"
	         "'_':{'module':'callflow','data':{'id':'c2'}},"
	         "'NO_ANSWER':{'module':'group','data':{'id':'g'}},"
	         "'sip:486':{'module':'resources','data':"
	         "{'hunt_account_id':'h'}},"
	         "'USER_BUSY':{'module':'voicemail','data':{'id':'v'}}}}}}}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_int_equal(t.why.faults, 0);
	assert_string_equal(tree_why(&t),
		"accounts/a/callflows/c.json: flow.data.id: warning: device "
		"'d1' is not known in account 'a'\n"
		"accounts/a/callflows/c.json: flow.children._.data.endpoints"
		"[1]: warning: endpoint 'x' is not known in account 'a'\n"
		"accounts/a/callflows/c.json: flow.children._.data.endpoints"
		"[2]: warning: device 'u' is not known in account 'a'\n"
		"accounts/a/callflows/c.json: flow.children._.children._.data."
		"id: warning: callflow 'c2' is not known in account 'a'\n"
		"accounts/a/callflows/c.json: flow.children._.children."
		"NO_ANSWER.data.id: warning: group 'g' is not known in account "
		"'a'\n"
		"accounts/a/callflows/c.json: flow.children._.children.sip:486"
		".data.hunt_account_id: warning: account 'h' is not known\n");
	tree_close(&t);
}

/* Each row is two documents that do not go together; the second one is
 * refused and named with the first. */
static void documents_that_clash_are_refused_with_both_names(void **unused)
{
	static const struct {
		const char *first, *first_json, *second, *second_json, *why;
	} rows[] = {
		{ "callflows/1.json", "{'numbers':['101'],'flow':{}}",
		  "callflows/2.json", "{'numbers':['101'],'flow':{}}",
		  "callflows/2.json: numbers: '101' is already a number of "
		  "accounts/a/callflows/1.json\n" },
		{ "callflows/1.json", "{'numbers':['4155550000'],'flow':{}}",
		  "callflows/2.json", "{'numbers':['+14155550000'],'flow':{}}",
		  "callflows/2.json: numbers: '+14155550000' is already a "
		  "number of accounts/a/callflows/1.json\n" },
		{ "callflows/1.json", "{'numbers':['no_match'],'flow':{}}",
		  "callflows/2.json", "{'numbers':['no_match'],'flow':{}}",
		  "callflows/2.json: numbers: 'no_match' is already a number "
		  "of accounts/a/callflows/1.json\n" },
		{ "devices/1.json",
		  "{'sip':{'username':'Ann','password':'p'}}",
		  "devices/2.json",
		  "{'sip':{'username':'aNN','password':'p',"
		  "'realm':'A.EXAMPLE'}}",
		  "devices/2.json: sip.username: 'aNN' is already used by "
		  "accounts/a/devices/1.json\n" },
		{ "devices/1.json", "{'sip':{'method':'ip','ip':'::1'}}",
		  "devices/2.json",
		  "{'sip':{'method':'ip','ip':'0:0:0:0:0:0:0:1'}}",
		  "devices/2.json: sip.ip: '::1' is already used by "
		  "accounts/a/devices/1.json\n" },
		{ "callflows/1.json", "{'patterns':['^1$','^2$'],'flow':{}}",
		  "callflows/2.json", "{'patterns':['^3$','^2$'],'flow':{}}",
		  "callflows/2.json: patterns[1]: '^2$' is already a pattern "
		  "of accounts/a/callflows/1.json\n" },
		{ "devices/1.json", "{'mac_address':'00:0a:95:9d:68:16',"
		  "'sip':{'route':'sip:x@y'}}",
		  "devices/2.json", "{'mac_address':'000A959D6816',"
		  "'sip':{'route':'sip:x@y'}}",
		  "devices/2.json: mac_address: '000a959d6816' is already used "
		  "by accounts/a/devices/1.json\n" },
		{ "users/1.json", "{'id':'u'}", "users/2.json", "{'_id':'u'}",
		  "users/2.json: id: 'u' is also the id of "
		  "accounts/a/users/1.json\n" },
		{ "groups/1.json", "{'id':'u'}", "groups/2.json", "{'id':'u'}",
		  "groups/2.json: id: 'u' is also the id of "
		  "accounts/a/groups/1.json\n" },
		{ "resources/1.json",
		  "{'id':'r','gateways':[{'server':'x'}]}",
		  "resources/2.json",
		  "{'id':'r','gateways':[{'server':'x'}]}",
		  "resources/2.json: id: 'r' is also the id of "
		  "accounts/a/resources/1.json\n" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct tree t;
		char *path, *why;

		tree_open_account(&t);
		path = xasprintf("accounts/a/%s", rows[i].first);
		tree_put(&t, path, rows[i].first_json);
		free(path);
		path = xasprintf("accounts/a/%s", rows[i].second);
		tree_put(&t, path, rows[i].second_json);
		why = xasprintf("accounts/a/%s", rows[i].why);
		assert_int_equal(tree_load(&t, false), -EINVAL);
		assert_null(t.s);
		assert_string_equal(tree_why(&t), why);
		assert_int_equal(tree_load(&t, true), 0);
		tree_remove(&t, path);
		assert_int_equal(tree_load(&t, false), 0);
		free(path);
		free(why);
		tree_close(&t);
	}
}

/* What two accounts have in common is each one's own affair. */
static void accounts_may_have_equal_patterns_and_phones(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/b/account.json", "{}");
	for (int i = 0; i < 2; i++) {
		const char *a = i == 0 ? "a" : "b";
		char *path = xasprintf("accounts/%s/callflows/c.json", a);

		tree_put(&t, path, "{'patterns':['^2$'],'flow':{}}");
		free(path);
		path = xasprintf("accounts/%s/devices/d.json", a);
		tree_put(&t, path, "{'mac_address':'000a959d6816',"
		                   "'sip':{'route':'sip:x@y'}}");
		free(path);
	}
	assert_int_equal(tree_load(&t, false), 0);
	assert_string_equal(tree_why(&t), "");
	tree_close(&t);
}

static void two_accounts_with_one_id_are_refused(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/b/account.json", "{'id':'a'}");
	tree_put(&t, "accounts/b/devices/d.json", "{'enabled':false}");
	assert_int_equal(tree_load(&t, false), -EINVAL);
	assert_string_equal(tree_why(&t),
	                    "accounts/b/account.json: id: 'a' is also the id "
	                    "of accounts/a/account.json\n");
	assert_int_equal(tree_load(&t, true), 0);
	assert_int_equal(snapshot_counts(t.s).accounts, 1);
	assert_int_equal(snapshot_counts(t.s).devices, 0);
	tree_close(&t);
}

static void one_realm_for_two_accounts_is_a_warning(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/b/account.json", "{'realm':'a.EXAMPLE'}");
	assert_int_equal(tree_load(&t, false), 0);
	assert_string_equal(tree_why(&t),
	                    "accounts/b/account.json: realm: warning: "
	                    "'a.example' is also the realm of account a\n");
	tree_close(&t);
}

static void an_account_without_its_document_is_a_fault(void **unused)
{
	struct tree t;

	(void)unused;
	tree_open(&t);
	tree_put(&t, "accounts/a/devices/d.json", "{'name':7,'enabled':false}");
	assert_int_equal(tree_load(&t, false), -EINVAL);
	assert_string_equal(tree_why(&t),
	                    "accounts/a/account.json: cannot be read: No such "
	                    "file or directory\n"
	                    "accounts/a/devices/d.json: name: expected string, "
	                    "found number\n");
	assert_int_equal(tree_load(&t, true), 0);
	assert_int_equal(snapshot_counts(t.s).accounts, 0);
	tree_close(&t);
}

static void what_is_no_file_or_too_large_is_a_fault(void **unused)
{
	struct tree t;
	char *large, *path;

	(void)unused;
	tree_open_account(&t);
	large = xmalloc(1024 * 1024 + 1);
	memset(large, ' ', 1024 * 1024 + 1);
	memcpy(large, "{\"name\":\"n\"}", 12);
	tree_put_raw(&t, "accounts/a/groups/full.json", large, 1024 * 1024);
	tree_put_raw(&t, "accounts/a/users/large.json", large,
	             1024 * 1024 + 1);
	tree_put(&t, "accounts/a/users/folder.json/x.json", "{}");
	path = xasprintf("%s/accounts/a/users/pipe.json", t.dir);
	assert_int_equal(mkfifo(path, 0600), 0);
	free(path);
	path = xasprintf("%s/accounts/a/users/link.json", t.dir);
	assert_int_equal(symlink("gone.json", path), 0);
	free(path);
	free(large);
	assert_int_equal(tree_load(&t, false), -EINVAL);
	assert_string_equal(tree_why(&t),
		"accounts/a/users/folder.json: is not a regular file\n"
		"accounts/a/users/large.json: larger than 1 MB\n"
		"accounts/a/users/link.json: cannot be read: No such file or "
		"directory\n"
		"accounts/a/users/pipe.json: is not a regular file\n");
	assert_int_equal(tree_load(&t, true), 0);
	assert_int_equal(snapshot_counts(t.s).groups, 1);
	tree_close(&t);
}

#define MANY (512 * 1024)

struct writer {
	char path[128];
	atomic_bool is_over;
};

static void overwrite(int fd, const char *text, size_t from, size_t to)
{
	if (pwrite(fd, text + from, to - from, (off_t)from) < 0)
		abort(); /* not a thread of cmocka's */
}

/* The document of the group, whose name is all of one letter, over and over,
 * in place; it is no JSON until all of it is there. */
static void *write_on(void *arg)
{
	struct writer *w = arg;
	char *text = xmalloc(MANY + 12);
	int fd = open(w->path, O_WRONLY);

	for (char c = 'a'; !atomic_load(&w->is_over); c = c == 'a' ? 'b' : 'a') {
		memcpy(text, "{\"name\":\"", 9);
		memset(text + 9, c, MANY);
		memcpy(text + 9 + MANY, "\"}", 2);
		overwrite(fd, "#", 0, 1);
		for (size_t at = 1; at < MANY + 11; at += 4096)
			overwrite(fd, text, at,
			          at + 4096 < MANY + 11 ? at + 4096 : MANY + 11);
		overwrite(fd, text, 0, 1);
	}
	close(fd);
	free(text);
	return NULL;
}

static bool is_of_one_letter(const char *name)
{
	return strspn(name, "a") == MANY || strspn(name, "b") == MANY;
}

static void a_document_is_read_as_it_was_at_one_time(void **unused)
{
	struct writer w = { .is_over = false };
	pthread_t thread;
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/a/groups/g.json", "{'name':'x'}");
	snprintf(w.path, sizeof(w.path), "%s/accounts/a/groups/g.json", t.dir);
	assert_int_equal(pthread_create(&thread, NULL, write_on, &w), 0);
	for (int i = 0; i < 40; i++) {
		const struct group *g;

		assert_int_equal(tree_load(&t, true), 0);
		g = account_group(tree_account(&t), "g");
		if (g && strcmp(g->name, "x") != 0)
			assert_true(is_of_one_letter(g->name));
		else if (!g)
			assert_true(t.why.faults > 0);
	}
	atomic_store(&w.is_over, true);
	pthread_join(thread, NULL);
	assert_int_equal(tree_load(&t, false), 0);
	assert_true(is_of_one_letter(account_group(tree_account(&t),
	                                           "g")->name));
	tree_close(&t);
}

static void lenient_loading_leaves_out_what_is_faulty(void **unused)
{
	const struct account *a;
	struct tree t;

	(void)unused;
	tree_open_account(&t);
	tree_put(&t, "accounts/b/account.json", "{'realm':7}");
	tree_put(&t, "accounts/b/users/u.json", "{}");
	tree_put(&t, "accounts/a/users/u.json", "{}");
	tree_put(&t, "accounts/a/devices/bad.json",
	         "{'owner_id':'u','sip':{'username':'1','password':2}}");
	tree_put(&t, "accounts/a/devices/good.json",
	         "{'owner_id':'u','sip':{'username':'1','password':'p'}}");
	tree_put(&t, "accounts/a/callflows/bad.json",
	         "{'numbers':['1'],'patterns':['^1','('],'flow':{}}");
	tree_put(&t, "accounts/a/callflows/good.json",
	         "{'numbers':['1'],'flow':{}}");
	assert_int_equal(tree_load(&t, false), -EINVAL);
	assert_int_equal(t.why.faults, 3);
	assert_int_equal(tree_load(&t, true), 0);
	assert_int_equal(t.why.faults, 3);
	a = tree_account(&t);
	assert_null(snapshot_account(t.s, "b"));
	assert_null(account_device(a, "bad"));
	assert_int_equal(account_user(a, "u")->n_devices, 1);
	assert_string_equal(snapshot_device_by_auth(t.s, "a.example", "1")->id,
	                    "good");
	assert_string_equal(account_callflow_by_number(a, "1")->id, "good");
	assert_int_equal(a->n_patterns, 0);
	assert_int_equal(snapshot_counts(t.s).devices, 1);
	assert_int_equal(snapshot_counts(t.s).callflows, 1);
	tree_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_empty_folder_is_an_empty_snapshot),
		cmocka_unit_test(a_folder_that_is_not_there_is_named),
		cmocka_unit_test(a_snapshot_lives_until_its_last_reference),
		cmocka_unit_test(
			a_document_is_bare_or_wrapped_as_the_api_gives_it),
		cmocka_unit_test(only_json_files_in_sight_are_documents),
		cmocka_unit_test(accounts_form_a_tree),
		cmocka_unit_test(a_circle_of_accounts_is_a_fault),
		cmocka_unit_test(
			what_a_flow_names_and_is_not_there_is_warned_of),
		cmocka_unit_test(
			documents_that_clash_are_refused_with_both_names),
		cmocka_unit_test(accounts_may_have_equal_patterns_and_phones),
		cmocka_unit_test(two_accounts_with_one_id_are_refused),
		cmocka_unit_test(one_realm_for_two_accounts_is_a_warning),
		cmocka_unit_test(an_account_without_its_document_is_a_fault),
		cmocka_unit_test(what_is_no_file_or_too_large_is_a_fault),
		cmocka_unit_test(a_document_is_read_as_it_was_at_one_time),
		cmocka_unit_test(lenient_loading_leaves_out_what_is_faulty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
