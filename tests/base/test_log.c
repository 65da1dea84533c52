/* base/log: lines that reach their reader, or nobody. */
#include "cmocka_all.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"

struct reader { /* of standard error */
	int fds[2];
	int before;
	char text[8192];
};

static void reader_open(struct reader *r)
{
	assert_int_equal(pipe2(r->fds, O_NONBLOCK), 0);
	r->before = dup(STDERR_FILENO);
	dup2(r->fds[1], STDERR_FILENO);
	log_setup(LOG_LVL_INFO, LOG_FMT_TEXT);
}

static void reader_read(struct reader *r)
{
	ssize_t n = read(r->fds[0], r->text, sizeof(r->text) - 1);

	r->text[n > 0 ? n : 0] = '\0';
}

static void reader_close(struct reader *r)
{
	dup2(r->before, STDERR_FILENO);
	close(r->before);
	close(r->fds[0]);
	close(r->fds[1]);
}

static void a_line_holds_no_control_characters(void **unused)
{
	struct reader r;

	(void)unused;
	reader_open(&r);
	log_info("user=%s", "x\r\nauth-failed user=y\x1b[2J");
	reader_read(&r);
	reader_close(&r);
	assert_non_null(strstr(r.text, "user=x??auth-failed user=y?[2J\n"));
	assert_ptr_equal(strchr(r.text, '\n'), r.text + strlen(r.text) - 1);
}

/* A test that fails here waits for ever: the alarm ends it. */
static void a_reader_that_stopped_stops_nobody(void **unused)
{
	char filler[4096] = { 0 };
	struct reader r;
	ssize_t n;

	(void)unused;
	reader_open(&r);
	while (write(r.fds[1], filler, sizeof(filler)) > 0)
		;
	fcntl(r.fds[1], F_SETFL, 0); /* as standard error is: it blocks */
	alarm(10);
	for (int i = 0; i < 3; i++)
		log_info("nobody reads this");
	alarm(0);
	do
		n = read(r.fds[0], r.text, sizeof(r.text));
	while (n > 0);
	log_info("it reads again");
	reader_read(&r);
	reader_close(&r);
	assert_non_null(strstr(r.text, "it reads again\n"));
	assert_non_null(strstr(r.text, "3 lines were lost"));
}

static void a_long_line_is_cut(void **unused)
{
	char text[6000];
	struct reader r;

	(void)unused;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	reader_open(&r);
	log_info("%s", text);
	reader_read(&r);
	reader_close(&r);
	assert_int_equal(strlen(r.text), 4096);
	assert_int_equal(r.text[4095], '\n');
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_holds_no_control_characters),
		cmocka_unit_test(a_reader_that_stopped_stops_nobody),
		cmocka_unit_test(a_long_line_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
