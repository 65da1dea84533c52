/* sip/tls_conn.c - a TLS connection that never makes anybody wait.
 *
 * A handshake and each message have their time; what is read at one turn of
 * the loop is bounded; what a peer does not take is kept, up to a limit, and
 * written when it does; handshakes together get a share of the time. */
#include "sip/tls_priv.h"

#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
#include <openssl/err.h>

#include "base/log.h"
#include "base/mem.h"

#define HANDSHAKE_MS 9999  /* no round numbers: see agent.c */
#define MESSAGE_MS   31999
#define STALL_MS     31999
#define TURN_BYTES   65536
#define MOST_UNSENT  (256u << 10)

/* Of each window, so much for handshakes: a public-key operation takes about
 * a millisecond, and a thousand strangers may ask for one at once. */
#define WINDOW_US 50000
#define SHARE_US  20000

static int64_t clock_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

const char *tls_conn_peer(const struct tls_conn *c, char out[ADDR_TEXT])
{
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct addr a = { 0 };

	if (getpeername(SSL_get_fd(c->ssl), (struct sockaddr *)&ss, &len) < 0 ||
	    addr_from_sockaddr(&a, (struct sockaddr *)&ss) < 0)
		return "somebody";
	return addr_ip_port(&a, out);
}

void tls_conn_break(struct tls_conn *c, const char *why)
{
	char peer[ADDR_TEXT];

	log_debug("tls %s: %s", tls_conn_peer(c, peer), why);
	shutdown(SSL_get_fd(c->ssl), SHUT_RDWR);
}

static void too_slow(struct timer *t, void *arg)
{
	struct tls_conn *c = arg;

	(void)t;
	OBJ_CHECK(c, TLS_CONN_MAGIC);
	tls_conn_break(c, c->is_up ? "a message does not end"
	                           : "the handshake does not end");
}

/* Above the limit of a turn there is nothing to read, until the next. */
static long on_bio(BIO *b, int op, const char *bytes, size_t len, int i,
                   long l, int ret, size_t *done)
{
	struct tls_conn *c = (struct tls_conn *)(void *)BIO_get_callback_arg(b);

	(void)bytes;
	(void)i;
	(void)l;
	if (op == BIO_CB_READ && c->budget == 0) {
		BIO_set_retry_read(b);
		return -1;
	}
	if (op == (BIO_CB_READ | BIO_CB_RETURN) && ret > 0 && done)
		c->budget -= *done < c->budget ? *done : c->budget;
	(void)len;
	return ret;
}

struct tls_conn *tls_conn_create(struct tls *t)
{
	struct tls_conn *c = xzalloc(sizeof(*c));

	OBJ_INIT(c, TLS_CONN_MAGIC);
	c->tls = t;
	c->out_fd = -1;
	c->ssl = tls_openssl()->create(t->context);
	if (!c->ssl) {
		free(c);
		return NULL;
	}
	timer_start(loop_timers(t->loop), &c->slow, HANDSHAKE_MS, too_slow, c);
	t->gauges.connections++;
	return c;
}

static void end_output(struct tls_conn *c)
{
	timer_stop(loop_timers(c->tls->loop), &c->stalled);
	loop_unwatch(&c->writable);
	if (c->out_fd >= 0)
		close(c->out_fd);
	c->out_fd = -1;
	buf_free(&c->out);
}

void tls_conn_destroy(struct tls_conn **cp)
{
	struct tls_conn *c = *cp;
	BIO *bio = SSL_get_rbio(c->ssl);

	end_output(c);
	timer_stop(loop_timers(c->tls->loop), &c->slow);
	if (bio)
		BIO_set_callback_ex(bio, NULL);
	tls_openssl()->shutdown(c->ssl);
	SSL_free(c->ssl);
	ERR_clear_error();
	c->tls->gauges.connections--;
	OBJ_KILL(c);
	free(c);
	*cp = NULL;
}

/* --- the handshake --------------------------------------------------------- */

static bool has_share_left(struct tls *t, int64_t now_us)
{
	if (now_us - t->window_us >= WINDOW_US) {
		t->window_us = now_us;
		t->spent_us = 0;
	}
	return t->spent_us < SHARE_US;
}

/* Strangers must not fill a disk: one line a second. */
static enum log_level level_of_failure(struct tls *t, bool is_server)
{
	int64_t now = loop_now_ms(t->loop);

	if (!is_server)
		return LOG_LVL_WARN;
	if (t->told_ms && now - t->told_ms < 1000)
		return LOG_LVL_DEBUG;
	t->told_ms = now;
	return LOG_LVL_INFO;
}

static void failed(struct tls_conn *c, bool is_server)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());
	long verdict = SSL_get_verify_result(c->ssl);
	char peer[ADDR_TEXT];

	c->tls->gauges.failed++;
	if (verdict != X509_V_OK)
		why = X509_verify_cert_error_string(verdict);
	log_at(NULL, level_of_failure(c->tls, is_server),
	       "tls: no handshake with %s: %s", tls_conn_peer(c, peer),
	       why ? why : "it closed the connection");
}

static void done(struct tls_conn *c, bool is_server)
{
	c->is_up = true;
	timer_stop(loop_timers(c->tls->loop), &c->slow);
	if (is_server)
		c->tls->gauges.accepted++;
	else
		c->tls->gauges.connected++;
}

static void begin(struct tls_conn *c, bool is_server)
{
	BIO *bio = SSL_get_rbio(c->ssl);

	BIO_set_callback_arg(bio, (char *)c);
	BIO_set_callback_ex(bio, on_bio);
	if (!is_server)
		tls_verify_server(c);
}

int tls_conn_handshake(struct tls_conn *c, bool is_server)
{
	const struct tls_calls *openssl = tls_openssl();
	int64_t before = clock_us();
	int rc, error;

	if (SSL_in_before(c->ssl))
		begin(c, is_server);
	c->budget = has_share_left(c->tls, before) ? TURN_BYTES : 0;
	ERR_clear_error();
	rc = is_server ? openssl->accept(c->ssl) : openssl->connect(c->ssl);
	c->tls->spent_us += clock_us() - before;
	error = SSL_get_error(c->ssl, rc);
	if (rc == 1)
		done(c, is_server);
	else if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE)
		failed(c, is_server);
	/* What is left in the queue would be taken for an error of whichever
	 * connection comes next. */
	ERR_clear_error();
	return rc;
}

/* --- reading ------------------------------------------------------------------ */

static void watch_message(struct tls_conn *c)
{
	struct timers *timers = loop_timers(c->tls->loop);

	if (framing_is_between(&c->framing))
		timer_stop(timers, &c->slow);
	else if (!timer_is_running(&c->slow))
		timer_start(timers, &c->slow, MESSAGE_MS, too_slow, c);
}

int tls_conn_read(struct tls_conn *c, char *bytes, int size)
{
	unsigned pings;
	int n;

	ERR_clear_error();
	c->budget = TURN_BYTES;
	do {
		n = tls_openssl()->read(c->ssl, bytes, size);
		if (n <= 0)
			break;
		n = (int)framing_feed(&c->framing, bytes, (size_t)n, &pings);
		while (pings-- > 0)
			tls_conn_write(c, "\r\n", 2);
	} while (n == 0);
	/* Only a key update that cannot be answered: its peer sends and does
	 * not read, and sofia would ask again and again. */
	if (n <= 0 && SSL_get_error(c->ssl, n) == SSL_ERROR_WANT_WRITE)
		tls_conn_break(c, "it does not take a key update");
	watch_message(c);
	return n;
}

/* --- writing -------------------------------------------------------------------- */

static void stalled(struct timer *t, void *arg)
{
	struct tls_conn *c = arg;

	(void)t;
	OBJ_CHECK(c, TLS_CONN_MAGIC);
	tls_conn_break(c, "it reads nothing");
}

static void on_writable(int fd, int events, void *arg)
{
	struct tls_conn *c = arg;
	int n;

	(void)fd;
	(void)events;
	OBJ_CHECK(c, TLS_CONN_MAGIC);
	ERR_clear_error();
	n = tls_openssl()->write(c->ssl, c->out.p, (int)c->out.len);
	if (n > 0)
		end_output(c);
	else if (SSL_get_error(c->ssl, n) != SSL_ERROR_WANT_WRITE)
		end_output(c); /* sofia will read of it */
	ERR_clear_error();
}

/* The descriptor itself is watched by sofia, for reading. */
static bool wait_until_writable(struct tls_conn *c)
{
	struct loop *l = c->tls->loop;

	c->out_fd = fcntl(SSL_get_fd(c->ssl), F_DUPFD_CLOEXEC, 0);
	if (c->out_fd < 0 ||
	    loop_watch(&c->writable, l, c->out_fd, LOOP_WRITE, on_writable,
	               c) < 0)
		return false;
	timer_start(loop_timers(l), &c->stalled, STALL_MS, stalled, c);
	return true;
}

static int keep(struct tls_conn *c, const char *bytes, int n)
{
	if (c->out.len + (size_t)n > MOST_UNSENT) {
		tls_conn_break(c, "it reads too slowly");
		return n;
	}
	buf_add(&c->out, bytes, (size_t)n);
	if (c->out_fd < 0 && !wait_until_writable(c))
		tls_conn_break(c, "no descriptor to wait with");
	return n;
}

int tls_conn_write(struct tls_conn *c, const char *bytes, int n)
{
	int rc;

	if (n <= 0 || c->out.len > 0)
		return n <= 0 ? n : keep(c, bytes, n);
	ERR_clear_error();
	rc = tls_openssl()->write(c->ssl, bytes, n);
	if (rc <= 0 && SSL_get_error(c->ssl, rc) == SSL_ERROR_WANT_WRITE)
		return keep(c, bytes, n);
	return rc;
}
