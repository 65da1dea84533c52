/* A whole server between a caller and a phone that it calls: who dials and
 * who answers say what the input has them say, in dialogs of the server's.
 *
 * The input is lines.  "@a" begins a message of the caller, "@b" one of the
 * phone, "@t" lets a second go by.  In a message $V, $F, $T, $I, $C and $M
 * stand for what the same one received last: its Via lines, From, To,
 * Call-ID, the number in CSeq, the URI in Contact; $R for the lines of its
 * Record-Route, $S for RSeq.  $A is its own address. */
#include "cmocka_all.h"

#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/log.h"
#include "base/mem.h"
#include "integration/edge.h"
#include "sip/agent.h"
#include "support/warp.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define MOST_RECORDS 24
#define LARGEST      16384

enum { DIALS, RINGS, SIDES };

static struct {
	struct edge *edge;
	int fd[SIDES];
	struct addr at[SIDES];
	struct msg *last[SIDES]; /* received */
} rig;

static int open_side(const char *ip, struct addr *at)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	socklen_t len = sizeof(*at);

	if (fd < 0 || addr_parse(at, ip, 0) < 0 ||
	    bind(fd, &at->u.sa, addr_len(at)) < 0 ||
	    getsockname(fd, &at->u.sa, &len) < 0)
		abort();
	return fd;
}

static void set_up(void)
{
	struct edge *e = edge_create();

	log_setup(LOG_LVL_ERROR, LOG_FMT_TEXT);
	rig.edge = e;
	rig.fd[DIALS] = open_side("127.0.0.40", &rig.at[DIALS]);
	rig.fd[RINGS] = open_side("127.0.0.41", &rig.at[RINGS]);
	documents_put(e->documents, "accounts/edge/devices/desk.json",
	              "{'sip': {'method': 'ip', 'ip': '127.0.0.40'}}");
	documents_putf(e->documents, "accounts/edge/devices/phone.json",
	               "{'sip': {'username': 'phone', 'password': 'secret', "
	               "'invite_format': 'route', "
	               "'route': 'sip:phone@127.0.0.41:%u'}}",
	               addr_port(&rig.at[RINGS]));
	documents_put(e->documents, "accounts/edge/callflows/1.json",
	              "{'numbers': ['1'], 'flow': {'module': 'device', "
	              "'data': {'id': 'phone'}}}");
	e->conf.media.threads = 1;
}

static void receive(int side)
{
	static char in[65536];
	ssize_t n;

	while ((n = recv(rig.fd[side], in, sizeof(in), 0)) > 0) {
		struct msg *m = msg_parse(in, (size_t)n);

		if (!m) /* the server writes what can be read */
			continue;
		msg_free(&rig.last[side]);
		rig.last[side] = m;
	}
}

static void add_lines(struct buf *out, const struct msg *m, const char *name,
                      const char *as)
{
	for (size_t i = 0; msg_header(m, name, i); i++)
		buf_fmt(out, "%s: %s\r\n", as, msg_header(m, name, i));
}

static void add_value(struct buf *out, int side, char what)
{
	const struct msg *m = rig.last[side];
	static const struct {
		char what;
		const char *name;
	} values[] = { { 'F', "From" }, { 'T', "To" }, { 'I', "Call-ID" },
		       { 'S', "RSeq" } };
	char uri[512], at[ADDR_TEXT];
	const char *contact;

	if (what == 'A')
		buf_str(out, addr_ip_port(&rig.at[side], at));
	if (!m)
		return;
	contact = msg_header(m, "Contact", 0);
	if (what == 'V')
		add_lines(out, m, "Via", "Via");
	else if (what == 'R')
		add_lines(out, m, "Record-Route", "Route");
	else if (what == 'C')
		buf_int(out, m->cseq);
	else if (what == 'M' && contact && strlen(contact) < sizeof(uri))
		buf_str(out, msg_uri_of(contact, uri));
	for (size_t i = 0; i < NELEM(values); i++)
		if (values[i].what == what && msg_header(m, values[i].name, 0))
			buf_str(out, msg_header(m, values[i].name, 0));
}

static void say(int side, const char *s, size_t len)
{
	struct addr to = edge_addr(rig.edge, EDGE_UDP);
	struct buf text = { 0 };

	for (size_t i = 0; i < len; i++) {
		if (s[i] == '$' && i + 1 < len)
			add_value(&text, side, s[++i]);
		else if (s[i] == '\n' && (i == 0 || s[i - 1] != '\r'))
			buf_str(&text, "\r\n");
		else
			buf_add(&text, s + i, 1);
	}
	sendto(rig.fd[side], buf_text(&text), text.len, 0, &to.u.sa,
	       addr_len(&to));
	buf_free(&text);
	settle(rig.edge->server->loop);
	receive(DIALS);
	receive(RINGS);
}

static const char *end_of_record(const char *s, const char *end)
{
	for (; s < end; s++)
		if (s + 1 < end && s[0] == '\n' && s[1] == '@')
			return s + 1;
	return end;
}

static void play(const char *s, const char *end)
{
	for (int n = 0; s + 2 < end && n < MOST_RECORDS; n++) {
		const char *next = end_of_record(s, end);

		if (next - s > 3 && (s[1] == 'a' || s[1] == 'b'))
			say(s[1] == 'a' ? DIALS : RINGS, s + 3,
			    (size_t)(next - s - 3));
		else
			warp_ms(rig.edge->server->loop, 1000);
		receive(DIALS);
		receive(RINGS);
		s = next;
	}
}

/* Calls that are up may stay so; nothing else may. */
static void nothing_is_left(void)
{
	struct agent_gauges g;

	warp_ms(rig.edge->server->loop, 130000);
	receive(DIALS);
	receive(RINGS);
	warp_ms(rig.edge->server->loop, 70000);
	g = agent_gauges(rig.edge->server->agent);
	if (rig.edge->server->n_sessions == 0 &&
	    (g.legs || g.requests || g.transactions))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *s = (const char *)data;

	if (!rig.edge)
		set_up();
	edge_start(rig.edge);
	play(s, s + (size < LARGEST ? size : LARGEST));
	nothing_is_left();
	edge_stop(rig.edge);
	for (int i = 0; i < SIDES; i++)
		msg_free(&rig.last[i]);
	return 0;
}
