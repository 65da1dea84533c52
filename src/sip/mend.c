/* sip/mend.c - requests that nta would answer in the wrong place, or not at
 * all.
 *
 * nta finds out where a request came from (received, rport) only after it has
 * looked at the version, and for broken ones it does not mind another
 * transport in Via than the one used.  Such answers go to the host that Via
 * names: to whom the sender likes, and when it is a name, sofia looks that up
 * with everybody waiting.  The same is true of maddr, in every answer. */
#include "sip/mend.h"

#include <ctype.h>
#include <sofia-sip/msg_buffer.h>
#include <sofia-sip/msg_header.h>
#include <sofia-sip/sip_parser.h>
#include <string.h>

#include "base/addr.h"
#include "base/strutil.h"

/* As nta_agent_create() has it: what spoils a request. */
#define CRITICAL \
	(~(unsigned)(sip_mask_response | sip_mask_proxy | \
	             sip_mask_registrar | sip_mask_pref | sip_mask_privacy))

/* "SIP/2.0" at the end of the line, blanks apart (RFC 3261 25.1) */
static bool ends_with_version(const char *line, size_t len)
{
	size_t at;

	while (len > 0 && isspace((unsigned char)line[len - 1]))
		len--;
	for (at = len; at > 0 && !isspace((unsigned char)line[at - 1]);)
		at--;
	return len - at == strlen("SIP/2.0") &&
	       strncasecmp(line + at, "SIP/2.0", len - at) == 0;
}

/* "SIP/7.0": an answer is due, 505 */
static bool is_version(const char *s)
{
	size_t n;

	if (strncasecmp(s, "SIP/", 4) != 0)
		return false;
	n = strspn(s += 4, "0123456789");
	return n > 0 && s[n] == '.' && isdigit((unsigned char)s[n + 1]) &&
	       s[n + 1 + strspn(s + n + 1, "0123456789")] == '\0';
}

/* To sofia a message is a C string, though a quoted string may have a NUL
 * (RFC 3261 25.1, quoted-pair): what has come of the header section. */
static void blank_zeros(msg_t *msg)
{
	char *begin = msg_buf_committed_data(msg);
	size_t len = msg_buf_committed(msg), line = 1;
	char *first = begin ? memchr(begin, '\n', len) : NULL;

	if (!first)
		return;
	for (char *p = first + 1; p < begin + len; p++) {
		if (*p == '\0')
			*p = ' ';
		if (*p == '\n' && line == 0)
			return;
		if (*p == '\n')
			line = 0;
		else if (*p != '\r')
			line++;
	}
}

static issize_t parse_line(msg_t *msg, msg_header_t *h, char *s)
{
	return s ? sip_request_class->hc_parse(msg_home(msg), h, s, strlen(s))
	         : -1;
}

issize_t mend_request_line(msg_t *msg, msg_header_t *h, char *s, isize_t len)
{
	bool is_sip = ends_with_version(s, len);
	int method = (int)strcspn(s, " \t");
	sip_request_t *rq = (sip_request_t *)h;
	su_home_t *home = msg_home(msg);
	issize_t rc;

	blank_zeros(msg);
	rc = sip_request_class->hc_parse(home, h, s, len);
	if (!is_sip || (rc >= 0 && is_version(rq->rq_version)))
		return rc;
	/* an ACK has no answer, so the method counts; sofia does not take
	 * each that the grammar allows */
	rc = parse_line(msg, h,
	                su_sprintf(home, "%.*s sip:bad SIP/2.0", method, s));
	if (rc < 0)
		rc = parse_line(msg, h,
		                su_strdup(home, "UNKNOWN sip:bad SIP/2.0"));
	rq->rq_url->url_type = url_invalid;
	return rc;
}

static bool is_broken(msg_t *msg, const sip_t *sip)
{
	return (msg_extract_errors(msg) & CRITICAL) ||
	       (sip->sip_flags & MSG_FLG_ERROR) || sip_sanity_check(sip) < 0;
}

static bool is_datagram(msg_t *msg)
{
	return msg_addrinfo(msg)->ai_socktype == SOCK_DGRAM;
}

/* Does the answer go where Via says, without a look at where it came from?
 * (Another transport in a Via that is otherwise right: nta drops it.) */
static bool is_answered_blindly(msg_t *msg, const sip_t *sip)
{
	return strcasecmp(sip->sip_request->rq_version, "SIP/2.0") != 0 ||
	       is_broken(msg, sip);
}

/* RFC 3261 18.2.1, RFC 3581 4 */
static void note_source(msg_t *msg, sip_via_t *v, const struct addr *source)
{
	su_home_t *home = msg_home(msg);
	char ip[ADDR_TEXT];

	msg_header_replace_param(home, v->v_common,
	                         su_sprintf(home, "received=%s",
	                                    addr_ip(source, ip)));
	msg_header_replace_param(home, v->v_common,
	                         su_sprintf(home, "rport=%u",
	                                    addr_port(source)));
	if (is_datagram(msg)) /* rport counts for UDP only */
		v->v_protocol = sip_transport_udp;
}

/* Among the errors are headers of other classes, too. */
static bool has_bad_via(const sip_t *sip)
{
	const sip_header_t *h = (const sip_header_t *)sip->sip_error;

	for (; h; h = h->sh_next)
		if (h->sh_class == sip_error_class &&
		    str_eq(h->sh_error->er_name, "Via"))
			return true;
	return false;
}

/* In place of one that cannot be read: the 400 goes where the request came
 * from. */
static void make_via(msg_t *msg, sip_t *sip, const struct addr *source)
{
	char at[ADDR_TEXT];
	sip_via_t *v = sip_via_format(msg_home(msg), "SIP/2.0/%s %s",
	                              is_datagram(msg) ? "UDP" : "TCP",
	                              addr_ip_port(source, at));

	if (v)
		msg_header_insert(msg, (msg_pub_t *)sip, (msg_header_t *)v);
	msg_set_flags(msg, MSG_FLG_ERROR);
}

void mend_head(msg_t *msg, sip_t *sip, long room)
{
	struct addr source;

	if (!sip->sip_request ||
	    addr_from_sockaddr(&source, &msg_addr(msg)->su_sa) < 0)
		return;
	if (room < 0 && is_broken(msg, sip)) {
		sip->sip_via = NULL; /* nta drops it */
		msg_set_flags(msg, MSG_FLG_COMPLETE | MSG_FLG_ERROR);
		return;
	}
	if (!sip->sip_via && has_bad_via(sip))
		make_via(msg, sip, &source);
	if (!sip->sip_via)
		return;
	/* only multicast has use for it: RFC 3261 18.1.1 */
	msg_header_remove_param(sip->sip_via->v_common, "maddr");
	if (is_answered_blindly(msg, sip))
		note_source(msg, sip->sip_via, &source);
}
