/* integration/rel.c - calls with reliable provisional responses. */
#include "cmocka_all.h"

#include "integration/rel.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const says[] = { NULL, SUPPORTED, REQUIRED };

void rel_dial_with(struct talk *t, struct rig *r, const char *number, int to,
                   enum knows caller, const char *sdp)
{
	struct buf headers = { 0 };
	const struct msg *m, *first;

	*t = (struct talk){ .rig = r, .a = r->phone[P101],
		            .b = to == CARRIER ? r->carrier[0]
		                               : r->phone[to] };
	t->da = peer_invite(t->a, number, sdp);
	first = t->da->invite;
	m = peer_expect(t->a, "407");
	peer_ack(t->a, m, NULL);
	peer_credentials(t->a, &headers, m, NULL, "INVITE", first->uri);
	if (says[caller])
		buf_str(&headers, says[caller]);
	peer_request(t->a, t->da,
	             &(struct peer_request){ .method = "INVITE",
	                                     .uri = first->uri,
	                                     .headers = headers.p,
	                                     .body = sdp });
	buf_free(&headers);
	t->invite = peer_expect(t->b, "INVITE");
}

void rel_dial(struct talk *t, struct rig *r, enum knows caller)
{
	rel_dial_with(t, r, "102", P102, caller,
	              peer_sdp(r->phone[P101], RTP_A, NULL));
}

unsigned rel_rseq(const struct msg *m)
{
	const char *rseq = msg_header(m, "RSeq", 0);

	return rseq ? (unsigned)strtoul(rseq, NULL, 10) : 0;
}

bool rel_is(const struct msg *m)
{
	return rel_rseq(m) > 0 && msg_header_has(m, "Require", "100rel");
}

const struct msg *rel_ring(struct talk *t, const char *tag, int status,
                           unsigned rseq, const char *sdp)
{
	char headers[80] = "";

	if (rseq)
		snprintf(headers, sizeof(headers), REQUIRED "RSeq: %u\r\n",
		         rseq);
	return peer_reply_tag(t->b, t->invite, tag, status, "Progress",
	                      headers, sdp);
}

void rel_prack_with(struct peer *p, struct dialog *d, const struct msg *m,
                    const char *body)
{
	char rack[64];

	snprintf(rack, sizeof(rack), "RAck: %u %u INVITE\r\n", rel_rseq(m),
	         m->cseq);
	peer_in_dialog(p, d, "PRACK", rack, body);
}

void rel_prack(struct talk *t, const struct msg *m)
{
	rel_prack_with(t->a, t->da, m, NULL);
	peer_expect(t->a, "200 PRACK");
}

bool rel_acknowledges(const struct msg *prack, unsigned rseq, unsigned cseq)
{
	const char *rack = msg_header(prack, "RAck", 0);
	char want[48];

	snprintf(want, sizeof(want), "%u %u INVITE", rseq, cseq);
	return rack && strcmp(rack, want) == 0;
}

const struct msg *rel_get_prack(struct talk *t, unsigned rseq)
{
	const struct msg *m = peer_expect(t->b, "PRACK");

	assert_true(rel_acknowledges(m, rseq, t->invite->cseq));
	say_ok(t->b, m);
	return m;
}

void rel_answer(struct talk *t, const char *sdp)
{
	t->db = peer_dialog(t->b, peer_reply(t->b, t->invite, 200, "OK", NULL,
	                                     sdp));
	peer_expect(t->b, "ACK");
}

void rel_finish(struct talk *t, const char *sdp)
{
	rel_answer(t, sdp);
	t->ok = peer_expect(t->a, "200 INVITE");
	talk_ack(t);
	talk_end(t, t->a);
}
