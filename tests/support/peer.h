/* support/peer.h - a small SIP phone or carrier for tests.
 *
 * It does nothing by itself: no retransmission, no automatic answer, no
 * ACK.  A test says what is sent and in which order, so every crossing of
 * messages can be played; not calling peer_reply() is a lost answer.
 *
 * Messages and dialogs that it hands out are its own and live as long as it
 * does.  When an expectation is not met, the trace of all messages is
 * printed and the test fails at its own line. */
#ifndef B2BUA_TESTS_PEER_H
#define B2BUA_TESTS_PEER_H

#include "base/buf.h"
#include "sip/loop.h"
#include "support/msg.h"
#include "support/peer_tls.h"

struct peer;

struct peer_conf {
	struct loop *loop;      /* the server's; NULL: there is none to turn */
	const char *user, *realm, *password; /* "" when not needed */
	struct addr server;     /* where requests go; unset: nowhere yet */
	bool is_tcp, is_v6;
	const struct peer_tls_conf *tls; /* over TCP; NULL: in the clear */
	const char *ip;         /* its own address; NULL: 127.0.0.1 or ::1 */
	const char *contact;    /* NULL: its own address */
	struct buf *trace;      /* shared by the peers of a test; may be NULL */
};

/* A dialog from the peer's side.  A test may change any of it. */
struct dialog {
	char call_id[128];
	char local_tag[128], remote_tag[128];
	char local[512], remote[512]; /* From and To, without tags */
	char target[512];             /* Request-URI */
	char routes[4096];            /* "Route: ...\r\n" lines, or "" */
	unsigned cseq;                /* the last one that we sent */
	const struct msg *invite;     /* the last INVITE either way */
	struct dialog *next;
};

void peer_create(struct peer **out, const struct peer_conf *conf);
void peer_destroy(struct peer **pp); /* NULL-safe */

struct addr peer_addr(const struct peer *p);
const char *peer_contact(const struct peer *p);
/* Another Contact from here on. */
void peer_set_contact(struct peer *p, const char *uri);
void peer_set_server(struct peer *p, const struct addr *server);
void peer_set_loop(struct peer *p, struct loop *l); /* to turn */
/* Retransmissions are counted and passed over, unless they are wanted; so
 * are 100 responses. */
void peer_want_repeats(struct peer *p, bool want);
void peer_want_100(struct peer *p, bool want);
size_t peer_repeats(const struct peer *p);
/* Line ends between messages that came: answers to keep-alives. */
size_t peer_pongs(struct peer *p);
/* Opens the TCP connection anew; closes it. */
void peer_connect(struct peer *p);
void peer_disconnect(struct peer *p);
/* ... and those that were opened to it. */
void peer_disconnect_all(struct peer *p);

/* --- receiving ------------------------------------------------------- */

/* The next message must be this: "INVITE", "200", "18x", "200 BYE" (the
 * method of the CSeq).  Fails the test otherwise. */
#define peer_expect(p, what) peer_expect_at((p), (what), __FILE__, __LINE__)
const struct msg *peer_expect_at(struct peer *p, const char *what,
                                 const char *file, int line);
/* Among what came, in any order; the others stay to be expected. */
#define peer_pick(p, what) peer_pick_at((p), (what), __FILE__, __LINE__)
const struct msg *peer_pick_at(struct peer *p, const char *what,
                               const char *file, int line);
/* Nothing may have come. */
#define peer_expect_none(p) peer_expect_none_at((p), __FILE__, __LINE__)
void peer_expect_none_at(struct peer *p, const char *file, int line);
/* The next message if there is one, without any demand. */
const struct msg *peer_poll(struct peer *p);
void peer_print_trace(const struct peer *p);

/* --- sending --------------------------------------------------------- */

void peer_send_raw(struct peer *p, const char *text, size_t len);
void peer_send_to(struct peer *p, const struct addr *to, const char *text,
                  size_t len); /* UDP */
/* Once more, byte by byte. */
void peer_resend(struct peer *p, const struct msg *m);

/* headers: whole lines with CRLF, or NULL.  body: session description (or
 * what the headers' Content-Type says), or NULL. */
struct peer_request {
	const char *method, *uri;
	const char *to;       /* NULL: uri */
	const char *headers, *body;
	unsigned cseq;        /* 0: the dialog's next */
	int max_forwards;     /* 0: 70; -1: 0 */
	const char *branch;   /* NULL: drawn */
	const char *no;       /* one of our own header fields to leave out */
};
const struct msg *peer_request(struct peer *p, struct dialog *d,
                               const struct peer_request *rq);
/* A fresh dialog (or just Call-ID and tag for what makes none). */
struct dialog *peer_dialog_new(struct peer *p, const char *to);
/* The dialog that a message belongs to; NULL when none. */
struct dialog *peer_dialog(struct peer *p, const struct msg *m);

/* "1001" becomes sip:1001@realm; a URI stays. */
struct dialog *peer_invite(struct peer *p, const char *to, const char *sdp);
/* Sends the dialog's INVITE again with the answer to a 401 or 407, which is
 * ACKed. */
void peer_authorize(struct peer *p, struct dialog *d,
                    const struct msg *challenge);
/* INVITE, 407, ACK, INVITE with credentials. */
#define peer_call(p, to, sdp) peer_call_at((p), (to), (sdp), __FILE__, __LINE__)
struct dialog *peer_call_at(struct peer *p, const char *to, const char *sdp,
                            const char *file, int line);
/* REGISTER, 401, REGISTER; the final answer. */
#define peer_register(p, expires) \
	peer_register_at((p), (expires), NULL, __FILE__, __LINE__)
#define peer_register_as(p, expires, contact) \
	peer_register_at((p), (expires), (contact), __FILE__, __LINE__)
const struct msg *peer_register_at(struct peer *p, int expires,
                                   const char *contact, const char *file,
                                   int line);
/* Credentials for a challenge as a header line; add to a request.  The
 * algorithm picks among several challenges; NULL: the first. */
void peer_credentials(struct peer *p, struct buf *out,
                      const struct msg *challenge, const char *algorithm,
                      const char *method, const char *uri);

const struct msg *peer_reply(struct peer *p, const struct msg *request,
                             int status, const char *phrase,
                             const char *headers, const char *body);
/* With this To tag: a fork further down. */
const struct msg *peer_reply_tag(struct peer *p, const struct msg *request,
                                 const char *tag, int status,
                                 const char *phrase, const char *headers,
                                 const char *body);
/* Of the response: with a branch of its own for a 2xx, else the INVITE's. */
const struct msg *peer_ack(struct peer *p, const struct msg *response,
                           const char *body);
const struct msg *peer_cancel(struct peer *p, struct dialog *d,
                              const char *headers);
const struct msg *peer_in_dialog(struct peer *p, struct dialog *d,
                                 const char *method, const char *headers,
                                 const char *body);
const struct msg *peer_bye(struct peer *p, struct dialog *d);

/* A session description with one audio stream at that port of this peer;
 * `direction` may be NULL.  Valid until the next call. */
const char *peer_sdp(struct peer *p, unsigned port, const char *direction);

#endif
