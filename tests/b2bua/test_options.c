#include "cmocka_all.h"

#include <errno.h>
#include <string.h>

#include "b2bua/options.h"

#define PARSE(o, ...)                                                          \
	parse((o), (const char *const[]){ "b2bua", __VA_ARGS__, NULL })

static int parse(struct options *o, const char *const *argv)
{
	int argc = 0;

	while (argv[argc])
		argc++;
	return options_parse(o, argc, (char *const *)argv);
}

static void without_options_the_server_runs(void **unused)
{
	struct options o;

	(void)unused;
	assert_int_equal(PARSE(&o, NULL), 0);
	assert_int_equal(o.action, OPTIONS_RUN);
	assert_string_equal(o.conf_path, "/etc/b2bua/b2bua.conf");
	assert_string_equal(buf_text(&o.text), "");
	options_free(&o);
}

static void a_file_and_a_test_are_taken_in_any_form(void **unused)
{
	struct options o;

	(void)unused;
	assert_int_equal(PARSE(&o, "-c", "a.conf", "-t"), 0);
	assert_int_equal(o.action, OPTIONS_TEST);
	assert_string_equal(o.conf_path, "a.conf");
	assert_int_equal(PARSE(&o, "-tcb.conf"), 0);
	assert_int_equal(o.action, OPTIONS_TEST);
	assert_string_equal(o.conf_path, "b.conf");
	assert_int_equal(PARSE(&o, "--config=c.conf", "--test"), 0);
	assert_int_equal(o.action, OPTIONS_TEST);
	assert_string_equal(o.conf_path, "c.conf");
	options_free(&o);
}

static void an_explanation_wants_an_account_and_a_number(void **unused)
{
	struct options o;

	(void)unused;
	assert_int_equal(PARSE(&o, "-c", "a.conf", "-t", "--explain", "acme",
	                       "+1415", "--from", "phone1", "--at=5",
	                       "--shows", "7", "--json"), 0);
	assert_int_equal(o.action, OPTIONS_EXPLAIN);
	assert_string_equal(o.explain.account, "acme");
	assert_string_equal(o.explain.number, "+1415");
	assert_string_equal(o.explain.from, "phone1");
	assert_string_equal(o.explain.time, "5");
	assert_string_equal(o.explain.shows, "7");
	assert_int_equal(o.explain.form, EXPLAIN_JSON);
	options_free(&o);
}

static void half_an_explanation_is_refused(void **unused)
{
	struct options o;

	(void)unused;
	assert_int_equal(PARSE(&o, "-t", "--explain", "acme"), -EINVAL);
	options_free(&o);
	assert_int_equal(PARSE(&o, "--explain", "a", "1", "2"), -EINVAL);
	assert_non_null(strstr(buf_text(&o.text), "'2'"));
	options_free(&o);
	assert_int_equal(PARSE(&o, "-t", "--from", "x"), -EINVAL);
	assert_non_null(strstr(buf_text(&o.text), "--from"));
	options_free(&o);
	assert_int_equal(PARSE(&o, "--explain", "a", "1", "--from"), -EINVAL);
	options_free(&o);
}

static void version_and_help_have_their_text(void **unused)
{
	struct options o;

	(void)unused;
	assert_int_equal(PARSE(&o, "-V"), 0);
	assert_int_equal(o.action, OPTIONS_VERSION);
	assert_int_equal(strncmp(buf_text(&o.text), "b2bua ", 6), 0);
	options_free(&o);
	assert_int_equal(PARSE(&o, "-h", "-t"), 0);
	assert_int_equal(o.action, OPTIONS_HELP);
	assert_non_null(strstr(buf_text(&o.text), "usage: b2bua [-c FILE]"));
	options_free(&o);
}

static void what_is_wrong_is_named(void **unused)
{
	struct options o;

	(void)unused;
	assert_int_equal(PARSE(&o, "-x"), -EINVAL);
	assert_string_equal(buf_text(&o.text),
	                    "b2bua: unknown option '-x'; b2bua -h tells "
	                    "more\n");
	options_free(&o);
	assert_int_equal(PARSE(&o, "--daemon"), -EINVAL);
	assert_non_null(strstr(buf_text(&o.text), "'--daemon'"));
	options_free(&o);
	assert_int_equal(PARSE(&o, "-t", "-c"), -EINVAL);
	assert_string_equal(buf_text(&o.text),
	                    "b2bua: a file name must follow '-c'; b2bua -h "
	                    "tells more\n");
	options_free(&o);
	assert_int_equal(PARSE(&o, "a.conf"), -EINVAL);
	assert_string_equal(buf_text(&o.text),
	                    "b2bua: unexpected 'a.conf'; b2bua -h tells "
	                    "more\n");
	options_free(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_options_the_server_runs),
		cmocka_unit_test(a_file_and_a_test_are_taken_in_any_form),
		cmocka_unit_test(an_explanation_wants_an_account_and_a_number),
		cmocka_unit_test(half_an_explanation_is_refused),
		cmocka_unit_test(version_and_help_have_their_text),
		cmocka_unit_test(what_is_wrong_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
