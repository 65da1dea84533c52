/* callflow/reach: whom a number or a name stands for. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "base/mem.h"
#include "callflow/reach.h"
#include "support/documents.h"

struct bench {
	struct documents *docs;
	struct snapshot *snapshot;
};

static void put_device(struct bench *b, const char *account, const char *id,
                       const char *more)
{
	char *path = xasprintf("accounts/%s/devices/%s.json", account, id);

	documents_putf(b->docs, path,
	               "{'id': '%s'%s, 'sip': {'username': '%s', "
	               "'password': 'x'}}",
	               id, more, id);
	free(path);
}

static void put_flow(struct bench *b, const char *number, const char *module,
                     const char *id)
{
	char *path = xasprintf("accounts/a/callflows/f%s.json", number);

	documents_putf(b->docs, path,
	               "{'id': 'f%s', 'numbers': ['%s'], 'flow': {'module': "
	               "'%s', 'data': {'id': '%s'}}}",
	               number, number, module, id);
	free(path);
}

static int setup(void **state)
{
	struct bench *b = xzalloc(sizeof(*b));

	b->docs = documents_create();
	documents_put(b->docs, "accounts/a/account.json",
	              "{'id': 'a', 'name': 'A', 'realm': 'a.example'}");
	documents_put(b->docs, "accounts/b/account.json",
	              "{'id': 'b', 'name': 'B', 'realm': 'b.example'}");
	documents_put(b->docs, "accounts/a/users/u.json",
	              "{'id': 'u', 'first_name': 'U', 'last_name': 'U'}");
	put_device(b, "a", "d1", ", 'owner_id': 'u'");
	put_device(b, "a", "d2", ", 'owner_id': 'u'");
	put_device(b, "a", "off", ", 'owner_id': 'u', 'enabled': false");
	put_device(b, "a", "200", "");
	put_device(b, "b", "d3", "");
	put_flow(b, "101", "device", "d1");
	put_flow(b, "102", "user", "u");
	put_flow(b, "103", "device", "off");
	put_flow(b, "104", "hangup", "d1");
	put_flow(b, "200", "device", "d2");
	b->snapshot = documents_load(b->docs);
	*state = b;
	return 0;
}

static int teardown(void **state)
{
	struct bench *b = *state;

	snapshot_unref(&b->snapshot);
	documents_destroy(&b->docs);
	free(b);
	return 0;
}

/* want: ids and a blank each; NULL: nobody. */
static void assert_reaches(void **state, size_t max, const char *dialled,
                           const char *want)
{
	const struct bench *b = *state;
	const struct device *d[8];
	struct buf got = { 0 };
	size_t n = 0;
	int rc = callflow_reach(d, max, &n, b->snapshot,
	                        snapshot_account(b->snapshot, "a"), dialled);

	assert_int_equal(rc, want ? 0 : -ENOENT);
	for (size_t i = 0; i < n; i++)
		buf_fmt(&got, "%s ", d[i]->id);
	assert_string_equal(buf_text(&got), want ? want : "");
	buf_free(&got);
}

static void numbers_and_names_stand_for_phones(void **state)
{
	assert_reaches(state, 8, "101", "d1 ");
	assert_reaches(state, 8, "102", "d1 d2 ");
	assert_reaches(state, 1, "102", "d1 ");
	assert_reaches(state, 8, "D2", "d2 ");
	/* the number before the name */
	assert_reaches(state, 8, "200", "d2 ");
	/* known, but nobody who may register */
	assert_reaches(state, 8, "103", "");
	assert_reaches(state, 8, "off", "");
	/* a flow that is nobody's, another account's name, nothing */
	assert_reaches(state, 8, "104", NULL);
	assert_reaches(state, 8, "d3", NULL);
	assert_reaches(state, 8, "999", NULL);
	assert_reaches(state, 8, "", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		        numbers_and_names_stand_for_phones, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
