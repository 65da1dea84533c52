/* support/peer_send.c - what the peer writes, and its dialogs. */
#include "cmocka_all.h"

#include "support/peer_impl.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "base/id.h"
#include "base/mem.h"
#include "support/auth.h"
#include "support/warp.h"

#define set(field, ...) snprintf((field), sizeof(field), __VA_ARGS__)

/* --- to the wire -------------------------------------------------------- */

static ssize_t transmit(struct peer_connection *c, const char *text,
                        size_t len)
{
	return c->tls ? peer_tls_write(c->tls, text, len)
	              : send(c->fd, text, len, MSG_NOSIGNAL);
}

static void write_all(struct peer *p, int i, const char *text, size_t len)
{
	struct peer_connection *c = &p->connections[i];

	while (len > 0) {
		ssize_t n = transmit(c, text, len);

		if (n < 0 && errno != EAGAIN && errno != EINTR)
			return; /* closed on us: the test will see */
		if (n < 0 && p->conf.loop)
			settle(p->conf.loop); /* it has to read first */
		if (n < 0)
			poll(&(struct pollfd){ c->fd,
			                       c->tls ? POLLIN : POLLOUT, 0 },
			     1, 10);
		if (n > 0) {
			text += n;
			len -= (size_t)n;
		}
	}
}

void peer_send_to(struct peer *p, const struct addr *to, const char *text,
                  size_t len)
{
	sendto(p->fd, text, len, 0, &to->u.sa, addr_len(to));
}

void peer_send_raw(struct peer *p, const char *text, size_t len)
{
	if (p->conf.is_tcp)
		write_all(p, 0, text, len);
	else
		peer_send_to(p, &p->conf.server, text, len);
}

static void put(struct peer *p, const struct msg *m)
{
	if (m->connection >= 0)
		write_all(p, m->connection, m->text, m->len);
	else
		peer_send_to(p, &m->peer, m->text, m->len);
}

void peer_transmit(struct peer *p, struct msg *m)
{
	m->is_sent = true;
	peer_keep(p, m);
	put(p, m);
}

void peer_resend(struct peer *p, const struct msg *m)
{
	buf_fmt(p->trace, "---- %s sends again: %.60s\n", p->conf.user,
	        m->text);
	put(p, m);
}

/* --- dialogs ------------------------------------------------------------ */

static void uri_for(const struct peer *p, const char *to, char out[512])
{
	char host[ADDR_TEXT];

	if (strncasecmp(to, "sip:", 4) == 0 || strncasecmp(to, "sips:", 5) == 0)
		snprintf(out, 512, "%s", to);
	else if (*p->conf.realm)
		snprintf(out, 512, "sip:%s@%s", to, p->conf.realm);
	else
		snprintf(out, 512, "sip:%s@%s", to,
		         addr_ip_port(&p->conf.server, host));
}

static struct dialog *add_dialog(struct peer *p)
{
	struct dialog *d = xzalloc(sizeof(*d));

	d->next = p->dialogs;
	p->dialogs = d;
	return d;
}

struct dialog *peer_dialog_new(struct peer *p, const char *to)
{
	struct dialog *d = add_dialog(p);
	char uri[512];

	id_random(d->call_id, 24);
	id_random(d->local_tag, 10);
	uri_for(p, p->conf.user, uri);
	set(d->local, "<%.500s>", uri);
	uri_for(p, to, d->target);
	set(d->remote, "<%.500s>", d->target);
	return d;
}

struct dialog *peer_dialog(struct peer *p, const struct msg *m)
{
	/* A request that we sent names us in From, and so does a response
	 * that we got. */
	bool is_ours = m->is_request == m->is_sent;
	const char *call_id = msg_header(m, "Call-ID", 0);
	char tag[128];

	msg_tag(m, is_ours ? "From" : "To", tag);
	for (struct dialog *d = p->dialogs; call_id && d; d = d->next)
		if (strcmp(d->call_id, call_id) == 0 &&
		    (strcmp(d->local_tag, tag) == 0 ||
		     (*tag == '\0' && d->invite == m)))
			return d;
	return NULL;
}

static void learn_routes(struct dialog *d, const struct msg *m,
                         bool is_reversed)
{
	struct buf text = { 0 };
	char value[512];
	size_t n = 0;

	while (*msg_value(m, "Record-Route", n, value))
		n++;
	for (size_t i = 0; i < n; i++) {
		msg_value(m, "Record-Route", is_reversed ? n - 1 - i : i,
		          value);
		buf_fmt(&text, "Route: %s\r\n", value);
	}
	set(d->routes, "%s", buf_text(&text));
	buf_free(&text);
}

static void learn_target(struct dialog *d, const struct msg *m)
{
	char uri[512];

	if (*msg_uri_of(msg_header(m, "Contact", 0), uri))
		set(d->target, "%s", uri);
}

void peer_learn(struct peer *p, const struct msg *m)
{
	struct dialog *d = peer_dialog(p, m);
	bool is_invite = strcmp(m->method, "INVITE") == 0;

	if (!d || !is_invite)
		return;
	if (m->is_request) {
		d->invite = m; /* a re-INVITE */
		learn_target(d, m);
	} else if (m->status > 100 && m->status < 300) {
		bool is_first = *d->remote_tag == '\0';

		msg_tag(m, "To", d->remote_tag);
		learn_target(d, m);
		if (is_first || m->status >= 200)
			learn_routes(d, m, true);
	}
}

/* The callee's side: made by our first answer with that tag. */
static struct dialog *dialog_for_answer(struct peer *p, const struct msg *rq,
                                        const char *tag)
{
	const char *from = msg_header(rq, "From", 0);
	const char *call_id = msg_header(rq, "Call-ID", 0);
	struct dialog *d;
	char uri[512];

	for (d = p->dialogs; d; d = d->next)
		if (d->invite == rq &&
		    (!tag || strcmp(tag, d->local_tag) == 0))
			return d;
	d = add_dialog(p);
	set(d->call_id, "%s", call_id);
	if (tag)
		set(d->local_tag, "%s", tag);
	else
		id_random(d->local_tag, 10);
	set(d->local, "<%.500s>", msg_uri_of(msg_header(rq, "To", 0), uri));
	set(d->remote, "<%.500s>", msg_uri_of(from, uri));
	msg_tag(rq, "From", d->remote_tag);
	learn_target(d, rq);
	learn_routes(d, rq, false);
	d->cseq = 100;
	d->invite = rq;
	return d;
}

/* --- requests ----------------------------------------------------------- */

static void add_field(struct buf *out, const struct peer_request *rq,
                      const char *name, const char *fmt, ...)
        printf_like(4, 5);

static void add_field(struct buf *out, const struct peer_request *rq,
                      const char *name, const char *fmt, ...)
{
	va_list ap;

	if (rq->no && strcasecmp(rq->no, name) == 0)
		return;
	buf_fmt(out, "%s: ", name);
	va_start(ap, fmt);
	buf_vfmt(out, fmt, ap);
	va_end(ap);
	buf_str(out, "\r\n");
}

static void add_tagged(struct buf *out, const struct peer_request *rq,
                       const char *name, const char *who, const char *tag)
{
	add_field(out, rq, name, "%s%s%s", who, *tag ? ";tag=" : "", tag);
}

static void add_body(struct buf *out, const char *headers, const char *body)
{
	if (headers)
		buf_str(out, headers);
	if (body && !(headers && strcasestr(headers, "Content-Type:")))
		buf_str(out, "Content-Type: application/sdp\r\n");
	if (!(headers && strcasestr(headers, "Content-Length:")))
		buf_fmt(out, "Content-Length: %zu\r\n",
		        body ? strlen(body) : 0);
	buf_fmt(out, "\r\n%s", body ? body : "");
}

static bool needs_contact(const char *method)
{
	static const char *const without[] = { "ACK",     "BYE",  "CANCEL",
		                               "REGISTER", "INFO", "OPTIONS",
		                               "MESSAGE", "PRACK" };

	for (size_t i = 0; i < NELEM(without); i++)
		if (strcmp(method, without[i]) == 0)
			return false;
	return true;
}

static void add_via(struct peer *p, struct buf *out,
                    const struct peer_request *rq)
{
	char host[ADDR_TEXT], token[17];

	id_random(token, 16);
	add_field(out, rq, "Via", "SIP/2.0/%s %s;branch=%s%s%s",
	          p->conf.tls      ? "TLS"
	          : p->conf.is_tcp ? "TCP"
	                           : "UDP",
	          addr_ip_port(&p->addr, host),
	          rq->branch ? rq->branch : "z9hG4bK",
	          rq->branch ? "" : token,
	          p->conf.is_tcp ? "" : ";rport");
}

static struct msg *send_text(struct peer *p, struct buf *text)
{
	struct msg *m = msg_parse(text->p, text->len);

	assert_non_null(m);
	m->peer = p->conf.server;
	m->connection = p->conf.is_tcp ? 0 : -1;
	peer_transmit(p, m);
	buf_free(text);
	return m;
}

const struct msg *peer_request(struct peer *p, struct dialog *d,
                               const struct peer_request *rq)
{
	unsigned cseq = rq->cseq ? rq->cseq : ++d->cseq;
	int hops = rq->max_forwards == 0 ? 70
	           : rq->max_forwards < 0 ? 0
	                                  : rq->max_forwards;
	struct buf text = { 0 };
	const struct msg *m;

	buf_fmt(&text, "%s %s SIP/2.0\r\n", rq->method,
	        rq->uri ? rq->uri : d->target);
	add_via(p, &text, rq);
	add_field(&text, rq, "Max-Forwards", "%d", hops);
	add_tagged(&text, rq, "From", d->local, d->local_tag);
	add_tagged(&text, rq, "To", rq->to ? rq->to : d->remote,
	           d->remote_tag);
	add_field(&text, rq, "Call-ID", "%s", d->call_id);
	add_field(&text, rq, "CSeq", "%u %s", cseq, rq->method);
	buf_str(&text, d->routes);
	if (needs_contact(rq->method))
		add_field(&text, rq, "Contact", "<%s>", p->contact);
	add_body(&text, rq->headers, rq->body);
	m = send_text(p, &text);
	if (strcmp(rq->method, "INVITE") == 0)
		d->invite = m;
	return m;
}

const struct msg *peer_in_dialog(struct peer *p, struct dialog *d,
                                 const char *method, const char *headers,
                                 const char *body)
{
	return peer_request(p, d,
	                    &(struct peer_request){ .method = method,
	                                            .headers = headers,
	                                            .body = body });
}

const struct msg *peer_bye(struct peer *p, struct dialog *d)
{
	return peer_in_dialog(p, d, "BYE", NULL, NULL);
}

struct dialog *peer_invite(struct peer *p, const char *to, const char *sdp)
{
	struct dialog *d = peer_dialog_new(p, to);

	peer_in_dialog(p, d, "INVITE", NULL, sdp);
	return d;
}

const struct msg *peer_cancel(struct peer *p, struct dialog *d,
                              const char *headers)
{
	const struct msg *invite = d->invite;
	char branch[128], tag[128], routes[sizeof(d->routes)];
	const struct msg *m;

	/* RFC 3261 9.1: Request-URI, To, branch and CSeq number are the
	 * INVITE's, To without what was learned since. */
	set(tag, "%s", d->remote_tag);
	set(routes, "%s", d->routes);
	msg_tag(invite, "To", d->remote_tag);
	d->routes[0] = '\0';
	m = peer_request(p, d,
	                 &(struct peer_request){
	                         .method = "CANCEL",
	                         .uri = invite->uri,
	                         .cseq = invite->cseq,
	                         .branch = msg_branch(invite, branch),
	                         .headers = headers });
	set(d->remote_tag, "%s", tag);
	set(d->routes, "%s", routes);
	return m;
}

const struct msg *peer_ack(struct peer *p, const struct msg *response,
                           const char *body)
{
	const char *call_id = msg_header(response, "Call-ID", 0);
	const struct msg *invite =
	        peer_find_sent(p, "INVITE", call_id, response->cseq);
	struct dialog *d = peer_dialog(p, response), once;
	char branch[128], uri[512];

	assert_non_null(invite);
	assert_non_null(d);
	once = *d;
	msg_tag(response, "To", once.remote_tag);
	if (response->status >= 300) /* RFC 3261 17.1.1.3 */
		return peer_request(p, &once,
		                    &(struct peer_request){
		                            .method = "ACK",
		                            .uri = invite->uri,
		                            .cseq = invite->cseq,
		                            .branch = msg_branch(invite,
		                                                 branch) });
	learn_routes(&once, response, true);
	if (*msg_uri_of(msg_header(response, "Contact", 0), uri))
		set(once.target, "%s", uri);
	return peer_request(p, &once,
	                    &(struct peer_request){ .method = "ACK",
	                                            .cseq = invite->cseq,
	                                            .body = body });
}

/* --- credentials ---------------------------------------------------------- */

static const char *find_challenge(const struct msg *m, const char *name,
                                  const char *algorithm)
{
	const char *value;
	char got[32];

	for (size_t i = 0; (value = msg_header(m, name, i)); i++)
		if (!algorithm ||
		    strcasecmp(auth_param(value, "algorithm", got,
		                          sizeof(got)),
		               algorithm) == 0)
			return value;
	return NULL;
}

void peer_credentials(struct peer *p, struct buf *out,
                      const struct msg *challenge, const char *algorithm,
                      const char *method, const char *uri)
{
	bool is_proxy = challenge->status == 407;
	const char *value = find_challenge(challenge,
	                                   is_proxy ? "Proxy-Authenticate"
	                                            : "WWW-Authenticate",
	                                   algorithm);
	char cnonce[17];
	struct auth_answer answer = { .user = p->conf.user,
		                      .password = p->conf.password,
		                      .method = method,
		                      .uri = uri,
		                      .nc = 1,
		                      .cnonce = cnonce };

	assert_non_null(value);
	id_random(cnonce, 16);
	buf_str(out, is_proxy ? "Proxy-Authorization: " : "Authorization: ");
	assert_int_equal(auth_respond(out, value, &answer), 0);
	buf_str(out, "\r\n");
}

void peer_authorize(struct peer *p, struct dialog *d,
                    const struct msg *challenge)
{
	const struct msg *first = d->invite;
	struct buf headers = { 0 };

	peer_ack(p, challenge, NULL);
	peer_credentials(p, &headers, challenge, NULL, "INVITE", first->uri);
	peer_request(p, d,
	             &(struct peer_request){
	                     .method = "INVITE",
	                     .uri = first->uri,
	                     .headers = headers.p,
	                     .body = first->body_len ? first->body : NULL });
	buf_free(&headers);
}

struct dialog *peer_call_at(struct peer *p, const char *to, const char *sdp,
                            const char *file, int line)
{
	struct dialog *d = peer_invite(p, to, sdp);

	peer_authorize(p, d, peer_expect_at(p, "407", file, line));
	return d;
}

const struct msg *peer_register_at(struct peer *p, int expires,
                                   const char *contact, const char *file,
                                   int line)
{
	struct dialog *d = peer_dialog_new(p, p->conf.user);
	struct buf headers = { 0 };
	struct peer_request rq = { .method = "REGISTER" };
	const struct msg *answer;
	char uri[512];

	set(uri, "sip:%s", p->conf.realm);
	rq.uri = uri;
	buf_fmt(&headers, "Contact: <%s>\r\nExpires: %d\r\n",
	        contact ? contact : p->contact, expires);
	rq.headers = headers.p;
	peer_request(p, d, &rq);
	answer = peer_expect_at(p, "401", file, line);
	peer_credentials(p, &headers, answer, NULL, "REGISTER", uri);
	rq.headers = headers.p;
	peer_request(p, d, &rq);
	buf_free(&headers);
	return peer_expect_at(p, "xxx REGISTER", file, line);
}

/* --- responses ------------------------------------------------------------ */

static void copy_fields(struct buf *out, const struct msg *m, const char *name)
{
	const char *value;

	for (size_t i = 0; (value = msg_header(m, name, i)); i++)
		buf_fmt(out, "%s: %s\r\n", name, value);
}

static void add_to(struct buf *out, const struct msg *rq,
                   const struct dialog *d, int status)
{
	char tag[128];

	buf_fmt(out, "To: %s", msg_header(rq, "To", 0));
	if (*msg_tag(rq, "To", tag) == '\0' && status > 100)
		buf_fmt(out, ";tag=%s", d->local_tag);
	buf_str(out, "\r\n");
}

static struct dialog *dialog_of_request(struct peer *p, const struct msg *rq,
                                        const char *tag)
{
	struct dialog *d = peer_dialog(p, rq);
	const char *call_id = msg_header(rq, "Call-ID", 0);

	if (strcmp(rq->method, "CANCEL") == 0) /* RFC 3261 9.2: same tag */
		for (d = p->dialogs; d; d = d->next)
			if (strcmp(d->call_id, call_id) == 0)
				return d;
	return d && !tag ? d : dialog_for_answer(p, rq, tag);
}

const struct msg *peer_reply_tag(struct peer *p, const struct msg *rq,
                                 const char *tag, int status,
                                 const char *phrase, const char *headers,
                                 const char *body)
{
	struct dialog *d = dialog_of_request(p, rq, tag);
	bool is_invite = strcmp(rq->method, "INVITE") == 0;
	struct buf text = { 0 };
	struct msg *m;

	buf_fmt(&text, "SIP/2.0 %d %s\r\n", status, phrase);
	copy_fields(&text, rq, "Via");
	copy_fields(&text, rq, "From");
	add_to(&text, rq, d, status);
	copy_fields(&text, rq, "Call-ID");
	copy_fields(&text, rq, "CSeq");
	if (status > 100 && status < 300)
		copy_fields(&text, rq, "Record-Route");
	if (is_invite && status > 100 && status < 300)
		buf_fmt(&text, "Contact: <%s>\r\n", p->contact);
	add_body(&text, headers, body);
	m = msg_parse(text.p, text.len);
	assert_non_null(m);
	buf_free(&text);
	m->peer = rq->peer;
	m->connection = rq->connection;
	peer_transmit(p, m);
	return m;
}

const struct msg *peer_reply(struct peer *p, const struct msg *rq, int status,
                             const char *phrase, const char *headers,
                             const char *body)
{
	return peer_reply_tag(p, rq, NULL, status, phrase, headers, body);
}

const char *peer_sdp(struct peer *p, unsigned port, const char *direction)
{
	char ip[ADDR_TEXT];
	const char *family = addr_is_v6(&p->addr) ? "IP6" : "IP4";

	addr_ip(&p->addr, ip);
	buf_clear(&p->sdp);
	buf_fmt(&p->sdp,
	        "v=0\r\no=- 1 1 IN %s %s\r\ns=-\r\nc=IN %s %s\r\nt=0 0\r\n"
	        "m=audio %u RTP/AVP 0 101\r\na=rtpmap:0 PCMU/8000\r\n"
	        "a=rtpmap:101 telephone-event/8000\r\n",
	        family, ip, family, ip, port);
	if (direction)
		buf_fmt(&p->sdp, "a=%s\r\n", direction);
	return p->sdp.p;
}
