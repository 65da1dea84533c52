/* What the network and the system can do to the program itself, and what
 * sofia asserts that they do not: it goes on. */
#include "cmocka_all.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "b2bua/shaken.h"
#include "base/mem.h"
#include "base/timer.h"
#include "support/documents.h"
#include "support/peer.h"

#define PATIENCE_MS 20000 /* for failing tests */
#define HOUR        3600
#define MANY        8000 /* answers: more than the kernel keeps */

struct program {
	struct documents *files;
	struct shaken *shaken;
	struct buf said, trace;
	pid_t pid;
	int err; /* its standard error */
	struct peer *ann, *bob;
};

static void hears(struct program *p, const char *text)
{
	int64_t end = clock_mono_ms() + PATIENCE_MS;
	struct pollfd fd = { p->err, POLLIN, 0 };
	char chunk[4096];
	ssize_t n;

	while (!p->said.p || !strstr(p->said.p, text)) {
		if (clock_mono_ms() > end)
			fail_msg("no '%s' in:\n%s", text, buf_text(&p->said));
		if (poll(&fd, 1, 100) <= 0)
			continue;
		n = read(p->err, chunk, sizeof(chunk));
		if (n <= 0)
			fail_msg("ended:\n%s", buf_text(&p->said));
		buf_add(&p->said, chunk, (size_t)n);
	}
}

/* Its log is read, so that it never waits for us. */
static void listen_to(struct program *p)
{
	struct pollfd fd = { p->err, POLLIN, 0 };
	char chunk[4096];
	ssize_t n;

	while (poll(&fd, 1, 0) > 0 &&
	       (n = read(p->err, chunk, sizeof(chunk))) > 0)
		buf_add(&p->said, chunk, (size_t)n);
}

static void is_alive(struct program *p)
{
	int status;

	listen_to(p);
	if (waitpid(p->pid, &status, WNOHANG) != 0) {
		p->pid = 0;
		fail_msg("status %x:\n%s", (unsigned)status,
		         buf_text(&p->said));
	}
}

static void put_files(struct program *p)
{
	static const char *const phones[] = { "ann", "bob" };

	documents_put(p->files, "directory/accounts/a/account.json",
	              "{'id':'a','name':'a','realm':'a.test'}");
	for (size_t i = 0; i < NELEM(phones); i++) {
		char path[64];

		snprintf(path, sizeof(path),
		         "directory/accounts/a/devices/%s.json", phones[i]);
		documents_putf(p->files, path,
		               "{'id':'%s','sip':{'username':'%s','password':"
		               "'secret'}}",
		               phones[i], phones[i]);
	}
	documents_put(p->files, "directory/accounts/a/callflows/one.json",
	              "{'id':'one','numbers':['1'],'flow':{'module':'device',"
	              "'data':{'id':'bob'}}}");
	documents_put(p->files, "b2bua.conf",
	              "sip = { listen = [ 'sip:127.0.0.1:0;transport=udp', "
	              "'sip:127.0.0.1:0;transport=tcp' ]; };\n"
	              "media = { address = '127.0.0.1'; threads = 1; };\n"
	              /* a machine with much else to do is no overload */
	              "guard = { lag = 0; };\n");
}

static struct shaken *map_shaken(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	void *at;

	assert_true(fd >= 0);
	assert_int_equal(ftruncate(fd, sizeof(struct shaken)), 0);
	at = mmap(NULL, sizeof(struct shaken), PROT_READ | PROT_WRITE,
	          MAP_SHARED, fd, 0);
	assert_true(at != MAP_FAILED);
	close(fd);
	return at;
}

static void start(struct program *p)
{
	const char *top = getenv("top_builddir");
	char *exe = xasprintf("%s/tests/b2bua/b2bua_shaken", top ? top : ".");
	char *conf = xasprintf("%s/b2bua.conf", documents_dir(p->files));
	char *file = xasprintf("%s/shaken", documents_dir(p->files));
	int fds[2];

	p->shaken = map_shaken(file);
	assert_int_equal(pipe(fds), 0);
	p->pid = fork();
	assert_true(p->pid >= 0);
	if (p->pid == 0) {
		dup2(fds[1], 2);
		close(fds[0]);
		close(fds[1]);
		setenv(SHAKEN_ENV, file, 1);
		execl(exe, exe, "-c", conf, (char *)NULL);
		_exit(127);
	}
	close(fds[1]);
	p->err = fds[0];
	free(file);
	free(conf);
	free(exe);
	hears(p, " ready");
}

static struct addr where(const struct program *p, const char *transport)
{
	char *told = xasprintf("listening on %s 127.0.0.1:", transport);
	const char *at = strstr(p->said.p, told);
	struct addr a;

	assert_non_null(at);
	addr_parse(&a, "127.0.0.1",
	           (uint16_t)strtoul(at + strlen(told), NULL, 10));
	free(told);
	return a;
}

static struct peer *phone(struct program *p, const char *id, bool is_tcp)
{
	struct peer_conf conf = { .user = id,
		                  .realm = "a.test",
		                  .password = "secret",
		                  .is_tcp = is_tcp,
		                  .trace = &p->trace };
	struct peer *peer = NULL;

	conf.server = where(p, is_tcp ? "tcp" : "udp");
	peer_create(&peer, &conf);
	return peer;
}

static int set_up(void **state)
{
	struct program *p = xzalloc(sizeof(*p));

	p->files = documents_create();
	put_files(p);
	start(p);
	p->ann = phone(p, "ann", false);
	p->bob = phone(p, "bob", false);
	peer_register(p->ann, HOUR);
	peer_register(p->bob, HOUR);
	*state = p;
	return 0;
}

/* It ends by itself, with status 0: nothing was lost, nothing leaked. */
static int tear_down(void **state)
{
	struct program *p = *state;
	int status = -1;

	if (p->pid > 0) {
		kill(p->pid, SIGTERM);
		kill(p->pid, SIGTERM); /* whatever calls there are */
		waitpid(p->pid, &status, 0);
	}
	listen_to(p);
	if (status != 0)
		print_error("status %x:\n%s", (unsigned)status,
		            buf_text(&p->said));
	close(p->err);
	munmap(p->shaken, sizeof(*p->shaken));
	peer_destroy(&p->ann);
	peer_destroy(&p->bob);
	documents_destroy(&p->files);
	buf_free(&p->said);
	buf_free(&p->trace);
	free(p);
	return status;
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

/* --- the clock --------------------------------------------------------------- */

/* While a call is up, another rings and its transactions wait: each ends as
 * if nothing had been, and calls can be made. */
static void step(struct program *p, int64_t to_s)
{
	struct dialog *up = call(p), *rings;
	const struct msg *invite;
	unsigned asked = p->shaken->asked;

	rings = peer_call(p->ann, "1", peer_sdp(p->ann, 30000, NULL));
	invite = peer_expect(p->bob, "INVITE");
	peer_reply(p->bob, invite, 180, "Ringing", NULL, NULL);
	peer_expect(p->ann, "180");
	p->shaken->clock_s = to_s;
	peer_reply(p->bob, invite, 200, "OK", NULL,
	           peer_sdp(p->bob, 30002, NULL));
	peer_ack(p->ann, peer_expect(p->ann, "200"), NULL);
	peer_expect(p->bob, "ACK");
	hang_up(p, rings);
	hang_up(p, up);
	is_alive(p);
	/* what was registered until then is at the mercy of the clock */
	assert_int_equal(peer_register(p->ann, HOUR)->status, 200);
	assert_int_equal(peer_register(p->bob, HOUR)->status, 200);
	hang_up(p, call(p));
	is_alive(p);
	assert_true(to_s == 0 || p->shaken->asked > asked);
}

static void the_clock_may_go_an_hour_forward_and_back(void **state)
{
	step(*state, HOUR);
	step(*state, 0);
}

static void the_clock_may_go_an_hour_back_and_forward(void **state)
{
	step(*state, -HOUR);
	step(*state, 0);
}

/* --- sending ------------------------------------------------------------------ */

/* A call is up, one rings, one is only asked for: nothing can be sent. */
static void refuse(struct program *p, int error)
{
	struct dialog *up = call(p), *rings;
	const struct msg *invite;
	unsigned before;

	rings = peer_call(p->ann, "1", peer_sdp(p->ann, 30000, NULL));
	invite = peer_expect(p->bob, "INVITE");
	before = p->shaken->refused;
	p->shaken->send_errno = error;
	peer_reply(p->bob, invite, 180, "Ringing", NULL, NULL);
	peer_cancel(p->ann, rings, NULL);
	peer_bye(p->ann, up);
	peer_in_dialog(p->ann, peer_dialog_new(p->ann, "1"), "OPTIONS", NULL,
	               NULL);
	peer_invite(p->ann, "1", peer_sdp(p->ann, 30000, NULL));
	peer_expect_none(p->ann);
	peer_expect_none(p->bob);
	while (p->shaken->refused < before + 4) {
		is_alive(p);
		poll(NULL, 0, 10);
	}
	p->shaken->send_errno = 0;
	is_alive(p);
}

/* Others, so that what is still sent again to these does not matter. */
static void begins_anew(struct program *p)
{
	peer_destroy(&p->ann);
	peer_destroy(&p->bob);
	p->ann = phone(p, "ann", false);
	p->bob = phone(p, "bob", false);
	assert_int_equal(peer_register_as(p->bob, 0, "*")->status, 200);
	assert_int_equal(peer_register(p->ann, HOUR)->status, 200);
	assert_int_equal(peer_register(p->bob, HOUR)->status, 200);
	hang_up(p, call(p));
}

static void datagrams_may_be_refused(void **state)
{
	static const int errors[] = { EPERM, ECONNREFUSED, EAGAIN, ENOBUFS,
		                      EMSGSIZE, ENETUNREACH };
	struct program *p = *state;

	for (size_t i = 0; i < NELEM(errors); i++) {
		refuse(p, errors[i]);
		begins_anew(p);
	}
	is_alive(p);
}

/* Asks for the i-th time; false when not even that can be written. */
static bool asks(int fd, unsigned i)
{
	static const char text[] =
	        "OPTIONS sip:1@a.test SIP/2.0\r\n"
	        "Via: SIP/2.0/TCP 127.0.0.1;branch=z9hG4bK%u\r\n"
	        "From: <sip:ann@a.test>;tag=1\r\nTo: <sip:1@a.test>\r\n"
	        "Call-ID: %01000u\r\nCSeq: 1 OPTIONS\r\n"
	        "Content-Length: 0\r\n\r\n";
	struct pollfd out = { fd, POLLOUT, 0 };
	char one[2048];
	int n = snprintf(one, sizeof(one), text, i, i), done = 0;

	while (done < n && poll(&out, 1, 500) > 0) {
		ssize_t k = send(fd, one + done, (size_t)(n - done),
		                 MSG_NOSIGNAL | MSG_DONTWAIT);

		if (k < 0)
			return false;
		done += (int)k;
	}
	return done == n;
}

/* How many bytes have come, or still come. */
static size_t unread(int fd)
{
	struct pollfd in = { fd, POLLIN, 0 };
	static char chunk[65536];
	size_t sum = 0;
	ssize_t n;

	while (poll(&in, 1, 300) > 0 &&
	       (n = recv(fd, chunk, sizeof(chunk), 0)) > 0)
		sum += (size_t)n;
	return sum;
}

/* It asks, over TCP, and does not read what it is told, until there is no
 * room for it anywhere. */
static void a_peer_that_never_reads_fills_its_own_buffers_only(void **state)
{
	struct program *p = *state;
	struct addr to = where(p, "tcp");
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), tiny = 1;
	struct dialog *up = call(p);
	unsigned sent = 0;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &tiny, sizeof(tiny));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &tiny, sizeof(tiny));
	assert_int_equal(connect(fd, &to.u.sa, addr_len(&to)), 0);
	while (sent < MANY && asks(fd, sent))
		sent++;
	is_alive(p);
	hang_up(p, up);
	hang_up(p, call(p));
	/* not all of the answers could be written */
	assert_true(unread(fd) < (size_t)sent * 1000);
	close(fd);
	hang_up(p, call(p));
	is_alive(p);
}

#define TEST(fn) cmocka_unit_test_setup_teardown(fn, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_clock_may_go_an_hour_forward_and_back),
		TEST(the_clock_may_go_an_hour_back_and_forward),
		TEST(datagrams_may_be_refused),
		TEST(a_peer_that_never_reads_fills_its_own_buffers_only),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
