/* A feature code changes a document: its file, and what the snapshot shows. */
#include "cmocka_all.h"

#include <cjson/cJSON.h>
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/replace.h"
#include "directory/rewrite.h"
#include "tree.h"

#define BOB_FILE "accounts/a/users/bob.json"
#define BOB "'id':'bob','first_name':'Bob','last_name':'B'"
#define BEN "'id':'ben','first_name':'Ben','last_name':'B'"

static const struct change dnd_on = { .what = CHANGE_DND, .to = CHANGE_ON };
static const struct change dnd_over = { .what = CHANGE_DND,
	                                .to = CHANGE_OVER };

static int set_up(void **state)
{
	struct tree *t = xzalloc(sizeof(*t));

	tree_open_account(t);
	tree_put(t, BOB_FILE, "{ " BOB ",\n  'x' : 1.50 }\n");
	tree_put(t, "accounts/a/devices/phone.json",
	         "{'data':{'id':'d1','name':'d1','owner_id':'bob',"
	         "'call_waiting':{}}}");
	tree_put(t, "accounts/a/callflows/g.json",
	         "{'id':'g','numbers':['1'],'flow':{'module':'ring_group',"
	         "'data':{'endpoints':['bob']},'children':{}}}");
	if (tree_load(t, false) < 0)
		fail_msg("%s", tree_why(t));
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct tree *t = *state;

	tree_close(t);
	free(t);
	return 0;
}

static char *path_of(struct tree *t, const char *file)
{
	return xasprintf("%s/%s", t->dir, file);
}

/* ' stands for ". */
static void assert_file(struct tree *t, const char *file, const char *wanted)
{
	char *path = path_of(t, file), *text = xstrdup(wanted), found[4096];
	FILE *f = fopen(path, "r");
	size_t n = fread(found, 1, sizeof(found) - 1, f);

	found[n] = '\0';
	fclose(f);
	for (char *p = text; (p = strchr(p, '\'')); p++)
		*p = '"';
	assert_string_equal(found, text);
	free(text);
	free(path);
}

/* What is left beside the documents. */
static unsigned count_files(struct tree *t, const char *folder)
{
	char *path = path_of(t, folder);
	DIR *dir = opendir(path);
	struct dirent *e;
	unsigned n = 0;

	while ((e = readdir(dir)))
		n += strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0;
	closedir(dir);
	free(path);
	return n;
}

static int change(struct tree *t, enum document_type type, const char *id,
                  const struct change *wish)
{
	struct change c = *wish;
	struct revision *r = NULL;
	struct original o;
	int rc = snapshot_original(&o, t->s, type, "a", id);

	assert_int_equal(rc, 0);
	diag_free(&t->why);
	rc = document_rewrite(&r, &o, &c, &t->why);
	original_clear(&o);
	if (r)
		assert_int_equal(snapshot_revise(&t->s, type, "a", id, r), 0);
	return rc;
}

static const struct user *bob(struct tree *t)
{
	return account_user(tree_account(t), "bob");
}

/* --- the file ---------------------------------------------------------- */

static void only_the_member_changes_in_the_file(void **state)
{
	struct tree *t = *state;

	assert_int_equal(change(t, DOCUMENT_USER, "bob", &dnd_on), 0);
	assert_file(t, BOB_FILE, "{ " BOB ",\n  'x' : 1.50, 'do_not_disturb': "
	                         "{'enabled': true} }\n");
	assert_true(bob(t)->is_dnd);
	assert_int_equal(count_files(t, "accounts/a/users"), 1);
}

static void a_file_may_have_another_name_and_be_wrapped(void **state)
{
	static const struct change over = { .what = CHANGE_CALL_WAITING,
		                            .to = CHANGE_OVER };
	struct tree *t = *state;
	const struct device *d = account_device(tree_account(t), "d1");

	assert_int_equal(change(t, DOCUMENT_DEVICE, "d1", &over), 0);
	assert_file(t, "accounts/a/devices/phone.json",
	            "{'data':{'id':'d1','name':'d1','owner_id':'bob',"
	            "'call_waiting':"
	            "{'enabled': false}}}");
	assert_int_equal(d->settings->call_waiting, SETTING_OFF);
}

static void the_mode_of_the_file_stays(void **state)
{
	struct tree *t = *state;
	char *path = path_of(t, BOB_FILE);
	struct stat st;

	assert_int_equal(chmod(path, 0604), 0);
	if (geteuid() == 0)
		assert_int_equal(chown(path, 12, 34), 0);
	assert_int_equal(change(t, DOCUMENT_USER, "bob", &dnd_on), 0);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0604);
	if (geteuid() == 0)
		assert_true(st.st_uid == 12 && st.st_gid == 34);
	free(path);
}

static void a_symbolic_link_stays_one(void **state)
{
	struct tree *t = *state;
	char *path = path_of(t, BOB_FILE), *real = path_of(t, "real.json");
	struct stat st;

	assert_int_equal(rename(path, real), 0);
	assert_int_equal(symlink(real, path), 0);
	assert_int_equal(change(t, DOCUMENT_USER, "bob", &dnd_on), 0);
	assert_int_equal(lstat(path, &st), 0);
	assert_true(S_ISLNK(st.st_mode));
	assert_file(t, "real.json",
	            "{ " BOB ",\n  'x' : 1.50, 'do_not_disturb': "
	            "{'enabled': true} }\n");
	free(path);
	free(real);
}

static void a_document_that_says_so_already_is_not_written(void **state)
{
	struct tree *t = *state;
	char *path = path_of(t, BOB_FILE);
	struct stat before, after;

	assert_int_equal(change(t, DOCUMENT_USER, "bob", &dnd_on), 0);
	assert_int_equal(stat(path, &before), 0);
	assert_int_equal(change(t, DOCUMENT_USER, "bob", &dnd_on), 0);
	assert_int_equal(stat(path, &after), 0);
	assert_true(before.st_ino == after.st_ino);
	free(path);
}

/* --- what is seen ------------------------------------------------------ */

static void a_toggle_goes_by_the_file(void **state)
{
	struct tree *t = *state;

	/* the operator has switched it on, and not reloaded yet */
	tree_put(t, BOB_FILE, "{" BOB ",'do_not_disturb':{'enabled':true},"
	                 "'presence_id':'new'}");
	assert_int_equal(change(t, DOCUMENT_USER, "bob", &dnd_over), 0);
	assert_file(t, BOB_FILE, "{" BOB ",'do_not_disturb':{'enabled':false},"
	                    "'presence_id':'new'}");
	assert_false(bob(t)->is_dnd);
	/* ... and what else he did waits for that */
	assert_null(bob(t)->settings->presence_id);
}

static void a_callflow_is_seen_with_its_members_as_they_are(void **state)
{
	static const struct change out = { CHANGE_MEMBERSHIP, CHANGE_OFF, NULL,
		                           "bob" };
	struct tree *t = *state;
	const struct callflow *c = account_callflow(tree_account(t), "g");
	char *flow;

	assert_int_equal(change(t, DOCUMENT_CALLFLOW, "g", &out), 0);
	flow = cJSON_PrintUnformatted(c->flow);
	assert_non_null(strstr(flow, "66269664000"));
	cJSON_free(flow);
	assert_ptr_equal(account_callflow_by_number(tree_account(t), "1"), c);
}

static void the_whole_document_is_seen_as_it_is_now(void **state)
{
	struct tree *t = *state;
	const cJSON *first = user_doc(bob(t)), *now;

	assert_null(cJSON_GetObjectItem(first, "do_not_disturb"));
	assert_int_equal(change(t, DOCUMENT_USER, "bob", &dnd_on), 0);
	now = user_doc(bob(t));
	assert_non_null(cJSON_GetObjectItem(now, "do_not_disturb"));
	assert_non_null(cJSON_GetObjectItem(now, "x"));
}

static void what_was_seen_before_stays_for_who_has_a_reference(void **state)
{
	static const struct change one = { CHANGE_FORWARD, CHANGE_ON, "111",
		                           NULL };
	static const struct change two = { CHANGE_FORWARD, CHANGE_ON, "222",
		                           NULL };
	struct tree *t = *state;
	struct snapshot *first, *second;
	const char *number;

	first = snapshot_ref(t->s);
	assert_int_equal(change(t, DOCUMENT_USER, "bob", &one), 0);
	second = snapshot_ref(t->s);
	number = bob(t)->settings->forward.number;
	assert_int_equal(change(t, DOCUMENT_USER, "bob", &two), 0);
	assert_int_equal(change(t, DOCUMENT_USER, "bob", &one), 0);
	assert_string_equal(number, "111");
	snapshot_unref(&first);
	assert_string_equal(number, "111");
	snapshot_unref(&second);
	assert_string_equal(bob(t)->settings->forward.number, "111");
}

/* The younger of two goes first: the older may have seen the same. */
static void references_may_go_in_any_order(void **state)
{
	struct tree *t = *state;
	struct snapshot *refs[6];
	const char *texts[6];
	static const char order[] = { 3, 1, 5, 0, 4, 2 };

	for (size_t i = 0; i < NELEM(refs); i++) {
		assert_int_equal(change(t, DOCUMENT_USER, "bob", &dnd_over),
		                 0);
		refs[i] = snapshot_ref(t->s);
		texts[i] = bob(t)->text;
	}
	for (size_t i = 0; i < NELEM(refs); i++) {
		for (size_t k = i; k < NELEM(refs); k++)
			assert_true(strlen(texts[(int)order[k]]) > 10);
		snapshot_unref(&refs[(int)order[i]]);
	}
}

static void a_snapshot_is_freed_with_its_last_state(void **state)
{
	struct tree *t = *state;
	struct snapshot *pinned = snapshot_pin(t->s), *old;

	old = snapshot_ref(t->s);
	assert_int_equal(change(t, DOCUMENT_USER, "bob", &dnd_on), 0);
	snapshot_unref(&t->s);
	assert_true(account_user(snapshot_account(old, "a"), "bob")->is_dnd);
	snapshot_unref(&old);
	snapshot_unpin(&pinned);
}

static void a_reread_document_is_all_that_the_file_says(void **state)
{
	struct tree *t = *state;
	struct revision *r = NULL;
	struct original o;

	tree_put(t, BOB_FILE, "{" BOB ",'do_not_disturb':{'enabled':true},"
	                 "'presence_id':'new'}");
	assert_int_equal(snapshot_original(&o, t->s, DOCUMENT_USER, "a",
	                                   "bob"), 0);
	assert_int_equal(document_reread(&r, &o, NULL), 0);
	original_clear(&o);
	assert_int_equal(snapshot_revise(&t->s, DOCUMENT_USER, "a", "bob", r),
	                 0);
	assert_true(bob(t)->is_dnd);
	assert_string_equal(bob(t)->settings->presence_id, "new");
}

/* --- failures ---------------------------------------------------------- */

static void assert_refused(struct tree *t, int rc, const char *why)
{
	bool was = bob(t)->is_dnd;

	assert_int_equal(change(t, DOCUMENT_USER, "bob", &dnd_on), rc);
	if (!strstr(tree_why(t), why))
		fail_msg("%s", tree_why(t));
	assert_true(bob(t)->is_dnd == was);
}

static void a_file_that_is_not_what_it_was_is_left_alone(void **state)
{
	static const struct {
		const char *text, *why;
	} rows[] = {
		{ "{" BOB, BOB_FILE ": line 1: not valid JSON" },
		{ "", BOB_FILE ": line 1: not valid JSON" },
		{ "[]", "expected one object" },
		{ "{" BEN "}", BOB_FILE ": is 'ben' now, not 'bob'" },
		{ "{" BOB ",'enabled':5}", BOB_FILE ": enabled: " },
		{ "{" BOB ",'do_not_disturb':5}", "do_not_disturb: is not" },
	};
	struct tree *t = *state;

	for (size_t i = 0; i < NELEM(rows); i++) {
		tree_put(t, BOB_FILE, rows[i].text);
		assert_refused(t, -EINVAL, rows[i].why);
		assert_file(t, BOB_FILE, rows[i].text);
	}
	tree_remove(t, BOB_FILE);
	assert_refused(t, -ENOENT, BOB_FILE ": cannot be read: No such file");
	assert_int_equal(count_files(t, "accounts/a/users"), 0);
}

static void a_folder_that_may_not_be_written_is_named(void **state)
{
	struct tree *t = *state;
	char *folder = path_of(t, "accounts/a/users");

	for (char *p = folder + 1; (p = strchr(p, '/')); p++) {
		*p = '\0';
		if (strlen(folder) > 4)
			chmod(folder, 0755);
		*p = '/';
	}
	assert_int_equal(chmod(folder, 0555), 0);
	if (geteuid() == 0)
		assert_int_equal(seteuid(65534), 0);
	assert_refused(t, -EACCES, BOB_FILE ": cannot be written: Permission");
	if (getuid() == 0)
		assert_int_equal(seteuid(0), 0);
	assert_int_equal(chmod(folder, 0755), 0);
	assert_file(t, BOB_FILE, "{ " BOB ",\n  'x' : 1.50 }\n");
	free(folder);
}

/* No more room: writing stops in the middle. */
static void a_full_disk_leaves_the_file_as_it_was(void **state)
{
	struct tree *t = *state;
	struct rlimit was, little = { 10, 10 };
	int rc;

	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	little.rlim_max = was.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	rc = change(t, DOCUMENT_USER, "bob", &dnd_on);
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(rc, -EFBIG);
	assert_non_null(strstr(tree_why(t),
	                       BOB_FILE ": cannot be written: File"));
	assert_false(bob(t)->is_dnd);
	assert_file(t, BOB_FILE, "{ " BOB ",\n  'x' : 1.50 }\n");
	assert_int_equal(count_files(t, "accounts/a/users"), 1);
}

static void a_file_that_somebody_else_writes_is_not_overwritten(void **state)
{
	struct tree *t = *state;
	char *path = path_of(t, BOB_FILE);
	struct stat st;

	assert_int_equal(stat(path, &st), 0);
	tree_put(t, BOB_FILE, "{" BOB ",'mine':true}");
	assert_int_equal(file_replace(path, &st, "{}", 2), -EAGAIN);
	assert_file(t, BOB_FILE, "{" BOB ",'mine':true}");
	assert_int_equal(count_files(t, "accounts/a/users"), 1);
	free(path);
}

static void a_user_in_no_ring_group_is_told_so(void **state)
{
	static const struct change out = { CHANGE_MEMBERSHIP, CHANGE_OFF, NULL,
		                           "ben" };
	struct tree *t = *state;

	assert_int_equal(change(t, DOCUMENT_CALLFLOW, "g", &out), -ENOENT);
	assert_non_null(strstr(tree_why(t), "user 'ben' is in no ring group"));
}

static void what_is_not_there_has_no_original(void **state)
{
	struct tree *t = *state;
	struct original o;

	assert_int_equal(snapshot_original(&o, t->s, DOCUMENT_USER, "a", "x"),
	                 -ENOENT);
	assert_int_equal(snapshot_original(&o, t->s, DOCUMENT_USER, "b",
	                                   "bob"), -ENOENT);
	assert_int_equal(snapshot_original(&o, t->s, DOCUMENT_DEVICE, "a",
	                                   "bob"), -ENOENT);
}

/* --- a crash ----------------------------------------------------------- */

static void toggle_for_ever(struct tree *t)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		if (change(t, DOCUMENT_USER, "bob", &dnd_over) < 0)
			_exit(1);
}

static void a_server_that_is_killed_leaves_a_whole_file(void **state)
{
	struct tree *t = *state;
	struct tree later = { 0 };

	for (int i = 0; i < 40; i++) {
		pid_t child = fork();
		int status;

		if (child == 0)
			toggle_for_ever(t);
		usleep((useconds_t)(1000 + 700 * i));
		assert_int_equal(kill(child, SIGKILL), 0);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_true(WIFSIGNALED(status));
		strcpy(later.dir, t->dir);
		if (tree_load(&later, false) < 0)
			fail_msg("%s", tree_why(&later));
		assert_non_null(bob(&later));
	}
	snapshot_unref(&later.s);
	diag_free(&later.why);
}

/* --- an operator ------------------------------------------------------- */

/* As editors do: beside it, and then in its place. */
static void edit_for_ever(struct tree *t)
{
	char *path = path_of(t, BOB_FILE), *beside = path_of(t, "edited");
	char text[128];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (unsigned i = 0;; i++) {
		snprintf(text, sizeof(text), "{" BOB ",'edit':%u}", i);
		tree_put(t, "edited", text);
		if (rename(beside, path) < 0)
			_exit(1);
	}
}

/* One of them wins; nobody ever finds a part. */
static void an_editor_and_a_code_do_not_mix_their_files(void **state)
{
	struct tree *t = *state;
	pid_t child = fork();
	unsigned made = 0;

	if (child == 0)
		edit_for_ever(t);
	for (int i = 0; i < 300; i++) {
		int rc = change(t, DOCUMENT_USER, "bob", &dnd_over);

		if (rc < 0 && rc != -EAGAIN)
			fail_msg("%d: %s", rc, tree_why(t));
		made += rc == 0;
	}
	assert_int_equal(kill(child, SIGKILL), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	if (made == 0) /* then once more, in peace */
		made += change(t, DOCUMENT_USER, "bob", &dnd_over) == 0;
	assert_true(made > 0);
	if (tree_load(t, false) < 0)
		fail_msg("%s", tree_why(t));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(only_the_member_changes_in_the_file),
		TEST(a_file_may_have_another_name_and_be_wrapped),
		TEST(the_mode_of_the_file_stays),
		TEST(a_symbolic_link_stays_one),
		TEST(a_document_that_says_so_already_is_not_written),
		TEST(a_toggle_goes_by_the_file),
		TEST(a_callflow_is_seen_with_its_members_as_they_are),
		TEST(the_whole_document_is_seen_as_it_is_now),
		TEST(what_was_seen_before_stays_for_who_has_a_reference),
		TEST(references_may_go_in_any_order),
		TEST(a_snapshot_is_freed_with_its_last_state),
		TEST(a_reread_document_is_all_that_the_file_says),
		TEST(a_file_that_is_not_what_it_was_is_left_alone),
		TEST(a_folder_that_may_not_be_written_is_named),
		TEST(a_full_disk_leaves_the_file_as_it_was),
		TEST(a_file_that_somebody_else_writes_is_not_overwritten),
		TEST(a_user_in_no_ring_group_is_told_so),
		TEST(what_is_not_there_has_no_original),
		TEST(a_server_that_is_killed_leaves_a_whole_file),
		TEST(an_editor_and_a_code_do_not_mix_their_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
