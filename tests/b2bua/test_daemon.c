/* The program itself, in a process of its own and in real time. */
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/mem.h"
#include "base/timer.h"
#include "support/documents.h"
#include "support/peer.h"

#define PATIENCE_MS 20000 /* for failing tests */

struct program {
	struct documents *files;
	struct buf said, trace;
	pid_t pid; /* 0: ended */
	int err;   /* its standard error */
	int status;
	struct peer *ann, *bob;
};

/* Reads what it says until there is `text` (true) or it has closed. */
static bool hears(struct program *p, const char *text)
{
	int64_t end = clock_mono_ms() + PATIENCE_MS;
	struct pollfd fd = { p->err, POLLIN, 0 };
	char chunk[4096];
	ssize_t n;

	while (!text || !p->said.p || !strstr(p->said.p, text)) {
		if (clock_mono_ms() > end)
			fail_msg("no '%s' in:\n%s", text ? text : "end",
			         buf_text(&p->said));
		if (poll(&fd, 1, 100) <= 0)
			continue;
		n = read(p->err, chunk, sizeof(chunk));
		if (n <= 0)
			return false;
		buf_add(&p->said, chunk, (size_t)n);
	}
	return true;
}

static void put_device(struct program *p, const char *id)
{
	char *path = xasprintf("directory/accounts/a/devices/%s.json", id);

	documents_putf(p->files, path,
	               "{'id':'%s','sip':{'username':'%s','password':"
	               "'secret'}}", id, id);
	free(path);
}

static void put_flow(struct program *p, const char *flow)
{
	documents_putf(p->files, "directory/accounts/a/callflows/one.json",
	               "{'id':'one','numbers':['1'],'flow':%s}", flow);
}

static void start(struct program *p, int drain_s)
{
	const char *top = getenv("top_builddir");
	char *exe = xasprintf("%s/b2bua/b2bua", top ? top : ".");
	char *conf = xasprintf("%s/b2bua.conf", documents_dir(p->files));
	int fds[2];

	documents_putf(p->files, "b2bua.conf",
	               "sip = { listen = [ 'sip:127.0.0.1:0;transport=udp' ]; "
	               "}; media = { address = '127.0.0.1'; threads = 1; };\n"
	               "drain = %d;\n", drain_s);
	assert_int_equal(pipe(fds), 0);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		dup2(fds[1], 2);
		close(fds[0]);
		close(fds[1]);
		execl(exe, exe, "-c", conf, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	p->err = fds[0];
	free(conf);
	free(exe);
	assert_true(hears(p, " ready"));
}

static struct addr where(const struct program *p)
{
	static const char told[] = "listening on udp 127.0.0.1:";
	const char *at = strstr(p->said.p, told);
	struct addr a;

	assert_non_null(at);
	addr_parse(&a, "127.0.0.1",
	           (uint16_t)strtoul(at + sizeof(told) - 1, NULL, 10));
	return a;
}

static struct peer *phone(struct program *p, const char *id)
{
	struct peer_conf conf = { .user = id,
		                  .realm = "a.test",
		                  .password = "secret",
		                  .trace = &p->trace };
	struct peer *peer = NULL;

	conf.server = where(p);
	peer_create(&peer, &conf);
	assert_int_equal(peer_register(peer, 3600)->status, 200);
	return peer;
}

static void begin(struct program *p, int drain_s)
{
	documents_put(p->files, "directory/accounts/a/account.json",
	              "{'id':'a','name':'a','realm':'a.test'}");
	put_device(p, "ann");
	put_device(p, "bob");
	put_flow(p, "{'module':'device','data':{'id':'bob'}}");
	start(p, drain_s);
	p->ann = phone(p, "ann");
	p->bob = phone(p, "bob");
}

static int set_up(void **state)
{
	struct program *p = xzalloc(sizeof(*p));

	p->files = documents_create();
	p->err = -1;
	*state = p;
	return 0;
}

static int tear_down(void **state)
{
	struct program *p = *state;

	if (p->pid > 0) {
		kill(p->pid, SIGKILL);
		waitpid(p->pid, NULL, 0);
	}
	if (p->err >= 0)
		close(p->err);
	peer_destroy(&p->ann);
	peer_destroy(&p->bob);
	documents_destroy(&p->files);
	buf_free(&p->said);
	buf_free(&p->trace);
	free(p);
	return 0;
}

static void ends_well(struct program *p)
{
	assert_false(hears(p, NULL));
	assert_int_equal(waitpid(p->pid, &p->status, 0), p->pid);
	p->pid = 0;
	if (!WIFEXITED(p->status) || WEXITSTATUS(p->status) != 0)
		fail_msg("status %x:\n%s", (unsigned)p->status,
		         buf_text(&p->said));
}

static struct dialog *call(struct program *p)
{
	struct dialog *d = peer_call(p->ann, "1",
	                             peer_sdp(p->ann, 30000, NULL));
	const struct msg *invite = peer_expect(p->bob, "INVITE");

	peer_reply(p->bob, invite, 200, "OK", NULL,
	           peer_sdp(p->bob, 30002, NULL));
	peer_ack(p->ann, peer_expect(p->ann, "200"), NULL);
	peer_expect(p->bob, "ACK");
	return d;
}

static void hang_up(struct program *p, struct dialog *d)
{
	peer_bye(p->ann, d);
	peer_expect(p->ann, "200 BYE");
	peer_reply(p->bob, peer_expect(p->bob, "BYE"), 200, "OK", NULL, NULL);
}

static void both_hear_bye(struct program *p)
{
	peer_expect(p->ann, "BYE");
	peer_expect(p->bob, "BYE");
}

/* --- SIGTERM ------------------------------------------------------------ */

static void without_calls_sigterm_ends_it_at_once(void **state)
{
	struct program *p = *state;

	begin(p, 300);
	kill(p->pid, SIGTERM);
	ends_well(p);
}

static void sigterm_waits_for_the_calls_and_takes_no_more(void **state)
{
	struct program *p = *state;
	const struct msg *m;
	struct dialog *d;

	begin(p, 300);
	d = call(p);
	kill(p->pid, SIGTERM);
	assert_true(hears(p, "draining: 1 calls"));
	peer_invite(p->ann, "1", peer_sdp(p->ann, 30000, NULL));
	m = peer_expect(p->ann, "503");
	assert_non_null(msg_header(m, "Retry-After", 0));
	peer_ack(p->ann, m, NULL);
	/* the call itself is untouched */
	peer_in_dialog(p->ann, d, "INFO", NULL, NULL);
	peer_reply(p->bob, peer_expect(p->bob, "INFO"), 200, "OK", NULL, NULL);
	peer_expect(p->ann, "200 INFO");
	hang_up(p, d);
	ends_well(p);
}

static void the_drain_has_a_limit(void **state)
{
	struct program *p = *state;

	begin(p, 1);
	call(p);
	kill(p->pid, SIGTERM);
	both_hear_bye(p);
	ends_well(p);
	assert_non_null(strstr(p->said.p, "1 calls left"));
}

static void a_second_sigterm_ends_it_at_once(void **state)
{
	struct program *p = *state;

	begin(p, 300);
	call(p);
	kill(p->pid, SIGTERM);
	assert_true(hears(p, "draining"));
	kill(p->pid, SIGTERM);
	both_hear_bye(p);
	ends_well(p);
}

static void the_last_record_is_written(void **state)
{
	struct program *p = *state;
	char *path = xasprintf("%s/cdr.jsonl", documents_dir(p->files));
	char line[8192] = "";
	FILE *f;

	begin(p, 0); /* no patience */
	call(p);
	kill(p->pid, SIGTERM);
	both_hear_bye(p);
	ends_well(p);
	f = fopen(path, "r");
	assert_non_null(f);
	assert_non_null(fgets(line, sizeof(line), f));
	assert_non_null(strstr(line, "\"hung_up_by\":\"server\""));
	assert_null(fgets(line, sizeof(line), f));
	fclose(f);
	free(path);
}

/* --- SIGHUP ------------------------------------------------------------- */

static void sighup_reads_the_documents_again_while_calls_go_on(void **state)
{
	struct program *p = *state;
	struct dialog *d;
	const struct msg *m;
	char *gone;

	begin(p, 300);
	d = call(p);
	put_flow(p, "{'module':'device','data':{'id':'bob'},'children':{'_':"
	            "{'module':'response','data':{'code':603}}}}");
	gone = xasprintf("%s/directory/accounts/a/devices/bob.json",
	                 documents_dir(p->files));
	assert_int_equal(unlink(gone), 0);
	free(gone);
	kill(p->pid, SIGHUP);
	assert_true(hears(p, " reloaded"));
	/* bob is unknown now */
	peer_invite(p->bob, "1", peer_sdp(p->bob, 30002, NULL));
	m = peer_expect(p->bob, "407");
	peer_ack(p->bob, m, NULL);
	peer_call(p->ann, "1", peer_sdp(p->ann, 30000, NULL));
	peer_ack(p->ann, peer_expect(p->ann, "603"), NULL);
	/* and talks on */
	hang_up(p, d);
	/* with his document back he has to register again */
	put_device(p, "bob");
	buf_clear(&p->said);
	kill(p->pid, SIGHUP);
	assert_true(hears(p, " reloaded"));
	peer_call(p->ann, "1", peer_sdp(p->ann, 30000, NULL));
	peer_ack(p->ann, peer_expect(p->ann, "603"), NULL);
	assert_int_equal(peer_register(p->bob, 3600)->status, 200);
	hang_up(p, call(p));
	kill(p->pid, SIGTERM);
	ends_well(p);
}

static void documents_with_a_fault_change_nothing(void **state)
{
	struct program *p = *state;

	begin(p, 300);
	put_flow(p, "7");
	kill(p->pid, SIGHUP);
	assert_true(hears(p, "reload refused"));
	assert_true(hears(p, "one.json"));
	hang_up(p, call(p));
	kill(p->pid, SIGINT);
	ends_well(p);
}

static void registrations_outlive_it(void **state)
{
	struct program *p = *state;
	struct addr at;

	begin(p, 300);
	kill(p->pid, SIGTERM);
	ends_well(p);
	close(p->err);
	buf_clear(&p->said);
	start(p, 300);
	at = where(p);
	peer_set_server(p->ann, &at);
	peer_set_server(p->bob, &at);
	hang_up(p, call(p));
	kill(p->pid, SIGTERM);
	ends_well(p);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_calls_sigterm_ends_it_at_once),
		TEST(sigterm_waits_for_the_calls_and_takes_no_more),
		TEST(the_drain_has_a_limit),
		TEST(a_second_sigterm_ends_it_at_once),
		TEST(the_last_record_is_written),
		TEST(sighup_reads_the_documents_again_while_calls_go_on),
		TEST(documents_with_a_fault_change_nothing),
		TEST(registrations_outlive_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
