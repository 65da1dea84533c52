/* call/call_pickup.c - what a phone that picks a ringing call up (RFC 3891) is
 * told first: that it has the call, without media.
 *
 * The caller's offer, or its own when the caller made none, follows in a
 * re-INVITE, and the answer to that is the one the caller gets. */
#include "call/call_priv.h"

#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

/* Nobody has offered anything yet: what every phone can do. */
#define ANYTHING                                        \
	"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\n"    \
	"c=IN IP4 127.0.0.1\r\nt=0 0\r\n"               \
	"m=audio 9 RTP/AVP 0 8 101\r\n"                 \
	"a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n"

static int offer_anything(struct call *fresh, struct buf *out)
{
	struct side *s = &fresh->side[CALLER];
	struct sdp *any = NULL;
	const char *why;
	int rc = sdp_parse(&any, ANYTHING, strlen(ANYTHING), &why);

	if (rc == 0)
		rc = side_translate(out, any, NULL, s, s, call_now(fresh));
	sdp_free(&any);
	return rc;
}

/* Its own offer is answered; without one it is offered the caller's. */
static int describe(struct call *fresh, struct call *c, struct buf *out)
{
	struct side *s = &fresh->side[CALLER], *caller = &c->side[CALLER];

	if (s->sdp)
		return side_translate(out, s->sdp, s->sdp, s, s, call_now(c));
	if (caller->sdp)
		return side_translate(out, caller->sdp, NULL, caller, s,
		                      call_now(c));
	return offer_anything(fresh, out);
}

int pickup_answer(struct call *fresh, struct call *c)
{
	struct side *s = &fresh->side[CALLER];
	struct buf body = { 0 }, held = { 0 };
	int rc = describe(fresh, c, &body);

	if (rc == 0) {
		sdp_hold(&held, body.p);
		free(s->last);
		s->last = xstrdup(held.p);
		leg_answer(fresh->leg[CALLER], held.p, held.len, NULL);
	}
	buf_free(&body);
	buf_free(&held);
	return rc;
}
