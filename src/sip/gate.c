/* sip/gate.c - in front of the stack: a request is turned away at its first
 * line, before its headers are parsed and before there is a transaction.
 *
 * nta offers no hook there.  But it lets us bring the message class, the
 * table that the parser works by, and in that the request line's parser is
 * ours (doc/adr/0007).  A message that it marks as complete and broken is
 * dropped by nta without an answer, for want of a Via; on a stream nta also
 * sends a FIN and reads no more.
 *
 * Still further out is a filter on our sockets, which the kernel runs. */
#include "sip/agent_priv.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/sock_diag.h>
#include <limits.h>
#include <sofia-sip/msg_buffer.h>
#include <sofia-sip/msg_mclass.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "base/mem.h"
#include "base/strutil.h"
#include "sip/mend.h"
#include "sip/room.h"

#ifndef SO_MEMINFO
#define SO_MEMINFO 55
#endif

struct gate {
	struct agent *agent;    /* borrowed */
	struct msg_hclass_s request; /* sofia's, with our parser */
	struct msg_mclass_s mclass;  /* last: its table is copied as it is */
};

static struct gate *gate_of(const msg_t *msg)
{
	const char *mclass = (const char *)msg_mclass(msg);

	return (struct gate *)(uintptr_t)(mclass -
	                                  offsetof(struct gate, mclass));
}

static bool is_datagram(msg_t *msg)
{
	const su_addrinfo_t *ai = msg_addrinfo(msg);

	return ai && ai->ai_socktype == SOCK_DGRAM;
}

static bool is_admitted(struct gate *g, msg_t *msg, const char *line)
{
	struct agent *a = g->agent;
	char ip[ADDR_TEXT];
	struct addr source;
	enum admission is;

	a->room = LONG_MAX;
	if (addr_from_sockaddr(&source, &msg_addr(msg)->su_sa) < 0)
		return true; /* made here */
	is = a->ops->admit(&source, line, strcspn(line, " \t"), a->arg);
	if (is == ADMIT_STRANGER && is_datagram(msg)) {
		a->room = room_in(msg_buf_committed_data(msg),
		                  msg_buf_committed(msg), addr_ip(&source, ip));
		/* an ACK has no answer */
		/* a challenge may be larger */
		if (a->room < 0 && !str_starts(line, "ACK ") &&
		    !room_is_challenged(msg_buf_committed_data(msg),
		                        msg_buf_committed(msg)))
			return false;
	}
	return is != ADMIT_NOT;
}

bool gate_has_room(long room, const char *headers)
{
	return room > 0 && (headers ? strlen(headers) : 0) <= (size_t)room;
}

static issize_t parse_request(su_home_t *home, msg_header_t *h, char *s,
                              isize_t len)
{
	msg_t *msg = (msg_t *)home; /* a message begins with its home */
	struct gate *g = gate_of(msg);
	bool passes = is_admitted(g, msg, s);
	issize_t rc = mend_request_line(msg, h, s, len);

	/* nobody else needs to know of our class */
	h->sh_common->h_class = sip_request_class;
	if (!passes)
		msg_set_flags(msg, MSG_FLG_COMPLETE | MSG_FLG_ERROR);
	return rc;
}

static issize_t extract_body(msg_t *msg, msg_pub_t *pub, char b[],
                             isize_t size, int eos)
{
	struct gate *g = gate_of(msg);

	if (!(pub->msg_flags & MSG_FLG_BODY)) /* the end of the headers */
		mend_head(msg, (sip_t *)pub, g->agent->room);
	return g->agent->parser->mc_extract_body(msg, pub, b, size, eos);
}

const msg_mclass_t *gate_open(struct agent *a)
{
	const msg_mclass_t *sip = a->parser;
	struct gate *g;

	if (!a->ops->admit)
		return sip;
	assert(sip->mc_hash_size <= MC_HASH_SIZE);
	g = xzalloc(sizeof(*g));
	g->agent = a;
	memcpy(&g->mclass, sip,
	       offsetof(msg_mclass_t, mc_hash[sip->mc_hash_size]));
	g->request = *sip_request_class;
	g->request.hc_parse = parse_request;
	g->mclass.mc_request->hr_class = &g->request;
	g->mclass.mc_extract_body = extract_body;
	a->gate = g;
	return &g->mclass;
}

void gate_close(struct agent *a)
{
	free(a->gate);
	a->gate = NULL;
}

/* --- our sockets ------------------------------------------------------------ */

static int option_of(int fd, int name)
{
	socklen_t len = sizeof(int);
	int value = 0;

	if (getsockopt(fd, SOL_SOCKET, name, &value, &len) < 0)
		return -1;
	return value;
}

static bool is_socket_of(int fd, const struct listener *l)
{
	bool is_udp = l->transport == SIP_UDP;
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	struct addr at;

	return option_of(fd, SO_TYPE) ==
	               (is_udp ? SOCK_DGRAM : SOCK_STREAM) &&
	       (is_udp || option_of(fd, SO_ACCEPTCONN) == 1) &&
	       getsockname(fd, (struct sockaddr *)&ss, &len) == 0 &&
	       addr_from_sockaddr(&at, (struct sockaddr *)&ss) == 0 &&
	       addr_eq(&at, &l->bound);
}

/* sofia does not tell the descriptor of a listener. */
void gate_find_sockets(struct agent *a)
{
	DIR *dir = opendir("/proc/self/fd");
	struct dirent *d;

	for (size_t i = 0; i < a->n_listeners; i++)
		a->listeners[i].fd = -1;
	while (dir && (d = readdir(dir))) {
		int fd = atoi(d->d_name);

		for (size_t i = 0; i < a->n_listeners; i++)
			if (d->d_name[0] != '.' &&
			    is_socket_of(fd, &a->listeners[i]))
				a->listeners[i].fd = fd;
	}
	if (dir)
		closedir(dir);
}

/* The old filter and the new one together may exceed net.core.optmem_max;
 * then the old one goes first. */
static int attach(int fd, const struct sock_fprog *prog)
{
	int none = 0;

	if (setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, prog,
	               sizeof(*prog)) == 0)
		return 0;
	if (errno != ENOMEM)
		return -errno;
	setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none, sizeof(none));
	return setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, prog,
	                  sizeof(*prog)) == 0
	               ? 0
	               : -errno;
}

int agent_filter(struct agent *a, struct sock_filter *code, size_t n)
{
	struct sock_fprog prog = { (unsigned short)n, code };
	int none = 0, rc = 0;

	for (size_t i = 0; i < a->n_listeners; i++) {
		int fd = a->listeners[i].fd, one = -ENOTSOCK;

		if (fd >= 0 && n > 0)
			one = attach(fd, &prog);
		else if (fd >= 0 &&
		         (setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, &none,
		                     sizeof(none)) == 0 || errno == ENOENT))
			one = 0;
		if (one < 0)
			rc = one;
	}
	return rc;
}

unsigned agent_backlog(const struct agent *a)
{
	uint32_t m[SK_MEMINFO_VARS] = { 0 };
	unsigned worst = 0;

	for (size_t i = 0; i < a->n_listeners; i++) {
		socklen_t len = sizeof(m);
		int fd = a->listeners[i].fd;
		uint64_t full;

		if (fd < 0 || a->listeners[i].transport != SIP_UDP ||
		    getsockopt(fd, SOL_SOCKET, SO_MEMINFO, m, &len) < 0 ||
		    m[SK_MEMINFO_RCVBUF] == 0)
			continue;
		full = (uint64_t)m[SK_MEMINFO_RMEM_ALLOC] * 1000 /
		       m[SK_MEMINFO_RCVBUF];
		if (full > worst)
			worst = full > 1000 ? 1000 : (unsigned)full;
	}
	return worst;
}

void agent_set_swamped(struct agent *a, bool is_swamped)
{
	a->is_swamped = is_swamped;
}

/* Those that end something pass whatever the load (RFC 6357 4.6), and so do
 * ACK and CANCEL, which nta brings to their transactions. */
int gate_dialog_request(const struct agent *a, nta_incoming_t *irq,
                        const sip_t *sip)
{
	sip_method_t m = sip->sip_request->rq_method;

	if (!a->is_swamped || m == sip_method_bye || m == sip_method_ack ||
	    m == sip_method_cancel)
		return 0;
	nta_incoming_treply(irq, SIP_503_SERVICE_UNAVAILABLE,
	                    SIPTAG_RETRY_AFTER_STR("10"), TAG_END());
	return 503;
}
