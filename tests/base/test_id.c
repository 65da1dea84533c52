#include "cmocka_all.h"

#include <string.h>

#include "base/hash.h"
#include "base/id.h"

static void a_call_id_of_ours_is_recognised(void **unused)
{
	char a[ID_CALL_LEN + 1], b[ID_CALL_LEN + 1];

	(void)unused;
	id_call(a);
	id_call(b);
	assert_int_equal(strlen(a), ID_CALL_LEN);
	assert_string_not_equal(a, b);
	assert_true(id_is_ours(a));
	a[3] = a[3] == '0' ? '1' : '0';
	assert_false(id_is_ours(a));
	assert_false(id_is_ours(""));
	assert_false(id_is_ours("abc@host"));
}

static void the_hash_depends_on_every_byte(void **unused)
{
	char s[40] = "the quick brown fox jumps over the dog";
	uint64_t was = hash_bytes(s, sizeof(s));

	(void)unused;
	assert_true(was == hash_bytes(s, sizeof(s)));
	for (size_t i = 0; i < sizeof(s); i++) {
		s[i] ^= 1;
		assert_false(was == hash_bytes(s, sizeof(s)));
		s[i] ^= 1;
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_call_id_of_ours_is_recognised),
		cmocka_unit_test(the_hash_depends_on_every_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
