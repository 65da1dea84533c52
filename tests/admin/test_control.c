#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "admin/control.h"
#include "base/mem.h"
#include "base/strutil.h"

#define BIG (8u << 20)

struct place {
	char folder[64];
	char *path;
	int64_t now_ms; /* of the loop's clock */
	struct loop *loop;
	struct control *control;
	struct buf heard; /* what the last command was */
	unsigned n_heard;
};

static int64_t clock_of(void *arg)
{
	struct place *p = arg;

	return p->now_ms;
}

/* "big" answers much, "fail" fails, "nothing" is silent. */
static int command(const struct control_command *c, struct buf *out, void *arg)
{
	struct place *p = arg;

	p->n_heard++;
	buf_clear(&p->heard);
	for (int i = 0; i < c->argc; i++)
		buf_fmt(&p->heard, "<%s>", c->argv[i]);
	assert_null(c->argv[c->argc]);
	if (c->wants_json)
		buf_str(&p->heard, "{}");
	if (str_eq(c->argv[0], "big"))
		for (size_t i = 0; i < BIG / 16; i++)
			buf_fmt(out, "%014zu\r\n", i);
	else if (str_eq(c->argv[0], "fail"))
		buf_str(out, "cannot\n");
	else if (!str_eq(c->argv[0], "nothing"))
		buf_str(out, "hello\nthere\n");
	return str_eq(c->argv[0], "fail") ? 1 : 0;
}

static int set_up(void **state)
{
	struct place *p = xzalloc(sizeof(*p));

	strcpy(p->folder, "/tmp/test_control.XXXXXX");
	*state = p;
	if (!mkdtemp(p->folder))
		return -1;
	p->path = xasprintf("%s/sock", p->folder);
	p->now_ms = 1000;
	if (loop_create(&p->loop, clock_of, p) < 0)
		return -1;
	return control_create(&p->control, p->loop, p->path, command, p);
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
	free(p->path);
	buf_free(&p->heard);
	free(p);
	return rc;
}

/* --- a client in the same thread --------------------------------------- */

static int dial(struct place *p)
{
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);

	assert_true(fd >= 0);
	strcpy(sun.sun_path, p->path);
	assert_int_equal(connect(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	return fd;
}

static void turn(struct place *p, unsigned times)
{
	while (times-- > 0)
		loop_turn(p->loop, 0);
}

/* Until the end of file; NULL when it does not come in many turns. */
static char *hear(struct place *p, int fd)
{
	struct buf all = { 0 };
	char chunk[65536];

	for (unsigned i = 0; i < 5000; i++) {
		ssize_t n = recv(fd, chunk, sizeof(chunk), 0);

		if (n == 0)
			return buf_take(&all);
		if (n > 0)
			buf_add(&all, chunk, (size_t)n);
		else if (errno != EAGAIN)
			break;
		turn(p, 1);
	}
	buf_free(&all);
	return NULL;
}

static char *ask(struct place *p, const char *line)
{
	int fd = dial(p);
	char *said;

	assert_int_equal(send(fd, line, strlen(line), 0), strlen(line));
	said = hear(p, fd);
	close(fd);
	assert_non_null(said);
	return said;
}

static void asks(struct place *p, const char *line, const char *answer)
{
	char *said = ask(p, line);

	assert_string_equal(said, answer);
	free(said);
}

static bool is_open(int fd)
{
	char c;

	return recv(fd, &c, 1, 0) < 0 && errno == EAGAIN;
}

/* --- tests ------------------------------------------------------------- */

static void a_line_gets_its_answer_with_the_status_first(void **state)
{
	struct place *p = *state;

	asks(p, "status\n", "0\nhello\nthere\n");
	assert_string_equal(buf_text(&p->heard), "<status>");
	asks(p, "fail\n", "1\ncannot\n");
	asks(p, "nothing\n", "0\n");
}

static void words_are_split_and_json_is_taken_out(void **state)
{
	struct place *p = *state;

	asks(p, "  hangup   abc --json def \r\n", "0\nhello\nthere\n");
	assert_string_equal(buf_text(&p->heard), "<hangup><abc><def>{}");
	asks(p, "a b c d e f g h i j k l m n o\n", "0\nhello\nthere\n");
	asks(p, "a b c d e f g h i j k l m n o p\n", "2\ntoo many words\n");
}

static void the_end_of_file_ends_the_line_too(void **state)
{
	struct place *p = *state;
	int fd = dial(p);
	char *said;

	assert_int_equal(send(fd, "status", 6, 0), 6);
	turn(p, 3);
	assert_int_equal(p->n_heard, 0);
	shutdown(fd, SHUT_WR);
	said = hear(p, fd);
	assert_string_equal(said, "0\nhello\nthere\n");
	free(said);
	close(fd);
}

static void a_line_may_come_in_pieces(void **state)
{
	struct place *p = *state;
	int fd = dial(p);
	char *said;

	for (const char *s = "hangup 1\n"; *s; s++) {
		assert_int_equal(p->n_heard, 0);
		assert_int_equal(send(fd, s, 1, 0), 1);
		turn(p, 2);
	}
	assert_int_equal(p->n_heard, 1);
	assert_string_equal(buf_text(&p->heard), "<hangup><1>");
	said = hear(p, fd);
	assert_string_equal(said, "0\nhello\nthere\n");
	free(said);
	close(fd);
}

static void what_is_no_command_is_refused(void **state)
{
	struct place *p = *state;
	char *line = xzalloc(5001);

	asks(p, "\n", "2\nno command\n");
	asks(p, " --json \n", "2\nno command\n");
	asks(p, "sta\x01tus\n", "2\na command is one line of text\n");
	memset(line, 'x', 4096);
	asks(p, line, "2\nthe line is too long\n");
	memset(line, 'x', 5000);
	asks(p, line, "2\nthe line is too long\n");
	assert_int_equal(p->n_heard, 0);
	line[4095] = '\n';
	line[4096] = '\0';
	asks(p, line, "0\nhello\nthere\n");
	assert_int_equal(p->n_heard, 1);
	free(line);
}

static void a_big_answer_goes_out_in_parts(void **state)
{
	struct place *p = *state;
	char *said = ask(p, "big\n");

	assert_int_equal(strlen(said), 2 + BIG);
	assert_string_equal(said + 2 + BIG - 16, "00000000524287\r\n");
	free(said);
}

static void a_silent_client_is_cut_off(void **state)
{
	struct place *p = *state;
	int fd = dial(p);

	turn(p, 2);
	assert_int_equal(send(fd, "sta", 3, 0), 3);
	turn(p, 2);
	p->now_ms += 4999;
	turn(p, 2);
	assert_true(is_open(fd));
	p->now_ms += 1;
	turn(p, 2);
	assert_false(is_open(fd));
	close(fd);
	assert_int_equal(p->n_heard, 0);
}

static void a_client_that_does_not_read_is_cut_off(void **state)
{
	struct place *p = *state;
	int fd = dial(p);
	char *said;

	assert_int_equal(send(fd, "big\n", 4, 0), 4);
	turn(p, 5);
	assert_int_equal(p->n_heard, 1);
	p->now_ms += 5000;
	turn(p, 5);
	said = hear(p, fd); /* what was on its way */
	assert_non_null(said);
	assert_true(strlen(said) < BIG);
	free(said);
	close(fd);
}

static void a_client_that_leaves_takes_nothing_along(void **state)
{
	struct place *p = *state;
	int fd = dial(p);

	turn(p, 2);
	close(fd);
	turn(p, 2);
	fd = dial(p);
	assert_int_equal(send(fd, "big\n", 4, 0), 4);
	turn(p, 5);
	close(fd); /* in the middle of the answer: no SIGPIPE */
	turn(p, 5);
	asks(p, "status\n", "0\nhello\nthere\n");
}

static void too_many_clients_wait_outside(void **state)
{
	struct place *p = *state;
	int fds[40];
	char *said;

	for (size_t i = 0; i < NELEM(fds); i++)
		fds[i] = dial(p);
	turn(p, 100);
	for (size_t i = 0; i < NELEM(fds); i++)
		assert_int_equal(send(fds[i], "status\n", 7, 0), 7);
	/* some are served at once; the rest when the door opens again */
	turn(p, 100);
	assert_int_equal(p->n_heard, 32);
	p->now_ms += 1000;
	turn(p, 100);
	assert_int_equal(p->n_heard, 40);
	for (size_t i = 0; i < NELEM(fds); i++) {
		said = hear(p, fds[i]);
		assert_string_equal(said, "0\nhello\nthere\n");
		free(said);
		close(fds[i]);
	}
}

static void clients_may_remain_when_it_is_destroyed(void **state)
{
	struct place *p = *state;
	int a = dial(p), b = dial(p);

	assert_int_equal(send(b, "big\n", 4, 0), 4);
	turn(p, 5);
	control_destroy(&p->control);
	assert_null(p->control);
	assert_false(is_open(a));
	assert_int_equal(access(p->path, F_OK), -1);
	close(a);
	close(b);
}

static void the_socket_is_the_owners_alone(void **state)
{
	struct place *p = *state;
	mode_t was = umask(0);
	struct stat st;

	control_destroy(&p->control);
	assert_int_equal(
		control_create(&p->control, p->loop, p->path, command, p), 0);
	umask(was);
	assert_int_equal(stat(p->path, &st), 0);
	assert_true(S_ISSOCK(st.st_mode));
	assert_int_equal(st.st_mode & 07777, 0600);
}

static void a_live_server_keeps_its_socket(void **state)
{
	struct place *p = *state;
	struct control *other = NULL;

	assert_int_equal(control_create(&other, p->loop, p->path, command, p),
	                 -EADDRINUSE);
	assert_null(other);
	asks(p, "status\n", "0\nhello\nthere\n");
}

static void a_dead_servers_socket_is_replaced(void **state)
{
	struct place *p = *state;
	struct sockaddr_un sun = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	control_destroy(&p->control);
	strcpy(sun.sun_path, p->path);
	assert_int_equal(bind(fd, (struct sockaddr *)&sun, sizeof(sun)), 0);
	assert_int_equal(listen(fd, 1), 0);
	close(fd); /* as a kill leaves it: the file stays */
	assert_int_equal(access(p->path, F_OK), 0);
	assert_int_equal(
		control_create(&p->control, p->loop, p->path, command, p), 0);
	asks(p, "status\n", "0\nhello\nthere\n");
}

static void another_servers_file_is_not_removed(void **state)
{
	struct place *p = *state;
	struct control *other = NULL;

	assert_int_equal(unlink(p->path), 0);
	assert_int_equal(control_create(&other, p->loop, p->path, command, p),
	                 0);
	control_destroy(&p->control);
	assert_int_equal(access(p->path, F_OK), 0);
	control_destroy(&other);
	assert_int_equal(access(p->path, F_OK), -1);
}

static void what_is_no_socket_is_left_alone(void **state)
{
	struct place *p = *state;
	struct control *c = NULL;
	char *file = xasprintf("%s/file", p->folder);
	char *long_path = xzalloc(200);
	int fd = open(file, O_CREAT | O_WRONLY, 0600);

	close(fd);
	assert_int_equal(control_create(&c, p->loop, file, command, p),
	                 -EEXIST);
	assert_int_equal(access(file, F_OK), 0);
	memset(long_path, 'x', 150);
	assert_int_equal(control_create(&c, p->loop, long_path, command, p),
	                 -ENAMETOOLONG);
	assert_int_equal(control_create(&c, p->loop, "/nope/s", command, p),
	                 -ENOENT);
	assert_null(c);
	free(file);
	free(long_path);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(a_line_gets_its_answer_with_the_status_first),
		TEST(words_are_split_and_json_is_taken_out),
		TEST(the_end_of_file_ends_the_line_too),
		TEST(a_line_may_come_in_pieces),
		TEST(what_is_no_command_is_refused),
		TEST(a_big_answer_goes_out_in_parts),
		TEST(a_silent_client_is_cut_off),
		TEST(a_client_that_does_not_read_is_cut_off),
		TEST(a_client_that_leaves_takes_nothing_along),
		TEST(too_many_clients_wait_outside),
		TEST(clients_may_remain_when_it_is_destroyed),
		TEST(the_socket_is_the_owners_alone),
		TEST(a_live_server_keeps_its_socket),
		TEST(a_dead_servers_socket_is_replaced),
		TEST(another_servers_file_is_not_removed),
		TEST(what_is_no_socket_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
