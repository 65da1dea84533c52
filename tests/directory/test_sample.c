#include "cmocka_all.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"
#include "directory/directory.h"

/* config/directory, as it is shipped. */
static void the_sample_directory_has_no_faults(void **unused)
{
	const char *top = getenv("top_srcdir");
	char *dir = xasprintf("%s/config/directory", top ? top : ".");
	struct snapshot *s = NULL;
	struct diag why = { 0 };
	const struct account *a;
	struct snapshot_counts n;

	(void)unused;
	assert_int_equal(snapshot_load(&s, dir, false, &why), 0);
	assert_string_equal(buf_text(&why.text), "");
	n = snapshot_counts(s);
	assert_int_equal(n.accounts, 1);
	assert_int_equal(n.devices, 3);
	assert_int_equal(n.users, 2);
	assert_int_equal(n.groups, 1);
	a = snapshot_account(s, "demo");
	assert_string_equal(a->realm, "b2bua.example");
	for (int i = 101; i <= 103; i++) {
		char number[12];
		const struct device *d;

		snprintf(number, sizeof(number), "%d", i);
		d = snapshot_device_by_auth(s, "b2bua.example", number);
		assert_non_null(d);
		assert_string_equal(d->password, "@PASSWORD@");
		assert_non_null(account_callflow_by_number(a, number));
	}
	assert_int_equal(account_user(a, "alice")->n_devices, 2);
	assert_int_equal(account_user(a, "bob")->n_devices, 1);
	assert_int_equal(account_group(a, "everyone")->n_members, 2);
	assert_non_null(account_callflow_by_number(a, "200"));
	assert_non_null(account_callflow_by_number(a, "600"));
	assert_non_null(account_callflow_by_number(a, "699"));
	assert_non_null(a->no_match);
	assert_int_equal(a->n_patterns, 1);
	assert_int_equal(a->n_resources, 1);
	assert_false(a->resources[0]->is_enabled);
	snapshot_unref(&s);
	diag_free(&why);
	free(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sample_directory_has_no_faults),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
