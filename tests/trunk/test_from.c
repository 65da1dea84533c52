#include "cmocka_all.h"

#include "base/util.h"
#include "trunk/from.h"

static void each_wish_of_a_gateway_has_its_rank(void **unused)
{
	static const struct {
		struct from_format from;
		const char *realm, *account, *want;
	} rows[] = {
		{ { false, NULL, false }, "g", "a", "usual" },
		{ { false, "f", true }, "g", "a", "usual" },
		{ { true, "f", true }, "g", "a", "f" },
		{ { true, "", true }, "g", "a", "a" },
		{ { true, NULL, true }, "g", "a", "a" },
		{ { true, NULL, true }, "g", NULL, "g" },
		{ { true, NULL, false }, "g", "a", "g" },
		{ { true, NULL, false }, NULL, "a", "usual" },
		{ { true, NULL, false }, "My PBX", "a", "usual" },
		{ { true, NULL, true }, NULL, NULL, "usual" },
	};

	(void)unused;
	for (size_t i = 0; i < NELEM(rows); i++) {
		struct gateway g = { .realm = rows[i].realm,
			             .from = rows[i].from };

		assert_string_equal(from_domain(&g, rows[i].account, "usual"),
		                    rows[i].want);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_wish_of_a_gateway_has_its_rank),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
