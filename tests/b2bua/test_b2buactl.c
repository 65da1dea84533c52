#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "admin/control.h"
#include "base/mem.h"
#include "base/strutil.h"

struct place {
	char folder[64];
	struct loop *loop;
	struct control *control;
	struct buf said; /* by b2buactl, on both channels */
};

static int command(const struct control_command *c, struct buf *out, void *arg)
{
	(void)arg;
	for (int i = 0; i < c->argc; i++)
		buf_fmt(out, "<%s>", c->argv[i]);
	buf_str(out, c->wants_json ? "{}\n" : "\n");
	if (str_eq(c->argv[0], "big"))
		for (unsigned i = 0; i < 200000; i++)
			buf_fmt(out, "%07u\n", i);
	return str_eq(c->argv[0], "hangup") ? 1 : 0;
}

static int set_up(void **state)
{
	struct place *p = xzalloc(sizeof(*p));
	char *path;
	int rc;

	strcpy(p->folder, "/tmp/test_b2buactl.XXXXXX");
	*state = p;
	if (!mkdtemp(p->folder) || loop_create(&p->loop, NULL, NULL) < 0)
		return -1;
	path = xasprintf("%s/b2bua.sock", p->folder);
	rc = control_create(&p->control, p->loop, path, command, p);
	free(path);
	return rc;
}

static int tear_down(void **state)
{
	struct place *p = *state;
	char *rm = xasprintf("rm -rf '%s'", p->folder);
	int rc;

	control_destroy(&p->control);
	loop_destroy(&p->loop);
	rc = system(rm);
	free(rm);
	buf_free(&p->said);
	free(p);
	return rc;
}

/* Runs b2buactl in the folder while the server turns; its exit status. */
static int run(struct place *p, const char *environment, const char *arguments)
{
	const char *top = getenv("top_builddir");
	char *here = realpath(top ? top : ".", NULL);
	char *line = xasprintf("cd %s && %s exec %s/b2bua/b2buactl %s 2>&1",
	                       p->folder, environment, here, arguments);
	FILE *f = popen(line, "r");
	char chunk[65536];
	ssize_t n = -1;

	assert_non_null(f);
	assert_int_equal(fcntl(fileno(f), F_SETFL, O_NONBLOCK), 0);
	buf_clear(&p->said);
	while (n != 0) {
		loop_turn(p->loop, 5);
		n = read(fileno(f), chunk, sizeof(chunk));
		if (n > 0)
			buf_add(&p->said, chunk, (size_t)n);
	}
	free(line);
	free(here);
	return WEXITSTATUS(pclose(f));
}

static void says(struct place *p, const char *what)
{
	if (!strstr(buf_text(&p->said), what))
		fail_msg("expected: %s\ngot: %s", what, buf_text(&p->said));
}

static void the_answer_is_printed_and_its_status_returned(void **state)
{
	struct place *p = *state;

	assert_int_equal(run(p, "", "-s b2bua.sock status"), 0);
	assert_string_equal(buf_text(&p->said), "<status>\n");
	assert_int_equal(run(p, "", "-s b2bua.sock hangup abc"), 1);
	assert_string_equal(buf_text(&p->said), "<hangup><abc>\n");
	assert_int_equal(run(p, "", "-s b2bua.sock calls --json"), 0);
	assert_string_equal(buf_text(&p->said), "<calls>{}\n");
	assert_int_equal(run(p, "", "--socket=b2bua.sock -j calls"), 0);
	assert_string_equal(buf_text(&p->said), "<calls>{}\n");
}

static void a_big_answer_comes_whole(void **state)
{
	struct place *p = *state;

	assert_int_equal(run(p, "", "big"), 0);
	assert_int_equal(p->said.len, strlen("<big>\n") + 8 * 200000);
	assert_string_equal(p->said.p + p->said.len - 8, "0199999\n");
}

static void the_socket_is_found_in_four_ways(void **state)
{
	struct place *p = *state;
	char *conf = xasprintf("%s/x.conf", p->folder);
	FILE *f = fopen(conf, "w");

	free(conf);
	assert_non_null(f);
	fputs("control = \"b2bua.sock\";\n", f);
	fclose(f);
	assert_int_equal(run(p, "B2BUA_SOCKET=/nope", "-s b2bua.sock status"),
	                 0);
	assert_int_equal(run(p, "B2BUA_SOCKET=/nope", "-c x.conf status"), 0);
	assert_int_equal(
		run(p, "cd / && B2BUA_SOCKET=$OLDPWD/b2bua.sock", "status"), 0);
	assert_int_equal(run(p, "B2BUA_SOCKET=", "status"), 0);
	assert_string_equal(buf_text(&p->said), "<status>\n");
}

static void when_no_server_answers_it_says_what_was_tried(void **state)
{
	struct place *p = *state;

	assert_int_equal(run(p, "B2BUA_SOCKET=/nope", "status"), 2);
	assert_string_equal(buf_text(&p->said),
	                    "b2buactl: no server answers; tried\n"
	                    "  /nope: No such file or directory\n");
	assert_int_equal(run(p, "", "-c nope.conf status"), 2);
	says(p, "nope.conf: cannot be read: No such file or directory\n");
	control_destroy(&p->control);
	assert_int_equal(run(p, "B2BUA_SOCKET=", "status"), 2);
	says(p, "  ./b2bua.sock: No such file or directory\n"
	        "  /run/b2bua/b2bua.sock: ");
}

static void a_wrong_command_line_is_refused(void **state)
{
	static const char *const wrong[] = {
		"", "-x status", "-c a -s b status", "'a b'", "hangup ''", "-s"
	};
	struct place *p = *state;

	for (size_t i = 0; i < NELEM(wrong); i++) {
		assert_int_equal(run(p, "", wrong[i]), 2);
		says(p, "b2buactl --help tells more\n");
	}
}

static void help_lists_the_commands(void **state)
{
	static const char *const commands[] = { "status",        "calls",
		                                "registrations", "trunks",
		                                "reload",        "hangup ID" };
	struct place *p = *state;

	assert_int_equal(run(p, "", "--help"), 0);
	for (size_t i = 0; i < NELEM(commands); i++)
		says(p, commands[i]);
	assert_int_equal(run(p, "", "-V"), 0);
	says(p, "b2buactl ");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(the_answer_is_printed_and_its_status_returned),
		TEST(a_big_answer_comes_whole),
		TEST(the_socket_is_found_in_four_ways),
		TEST(when_no_server_answers_it_says_what_was_tried),
		TEST(a_wrong_command_line_is_refused),
		TEST(help_lists_the_commands),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
