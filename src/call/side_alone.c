/* call/side_alone.c - the media of a leg that nobody is connected to: it hears
 * silence. */
#include "call/bridge.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "base/mem.h"

static struct sdp *parsed(const char *text)
{
	struct sdp *sdp = NULL;
	const char *why;

	return sdp_parse(&sdp, text, strlen(text), &why) == 0 ? sdp : NULL;
}

/* offer: what it answers; NULL: it is one. */
static int write_own(struct buf *out, struct side *s, const char *text,
                     const struct sdp *offer, int64_t now_ms)
{
	struct sdp *ours = parsed(text);
	int rc;

	assert(ours);
	rc = side_translate(out, ours, offer, s, s, now_ms);
	sdp_free(&ours);
	return rc;
}

/* No format that silence could be sent in: what was offered, on hold. */
static int write_held(struct buf *out, struct side *s, const struct sdp *offer,
                      int64_t now_ms)
{
	struct buf text = { 0 };
	int rc = side_translate(&text, offer, offer, s, s, now_ms);

	if (rc == 0) {
		sdp_hold(out, text.p);
		free(s->last);
		s->last = xstrdup(out->p);
	}
	buf_free(&text);
	return rc;
}

int side_answer_alone(struct buf *out, struct side *s, const struct sdp *offer,
                      int64_t now_ms)
{
	struct buf text = { 0 };
	int rc;

	if (sdp_quiet_answer(&text, offer))
		rc = write_own(out, s, text.p, offer, now_ms);
	else
		rc = write_held(out, s, offer, now_ms);
	buf_free(&text);
	return rc;
}

int side_offer_alone(struct buf *out, struct side *s, int64_t now_ms)
{
	struct buf text = { 0 };
	int rc;

	sdp_quiet_offer(&text);
	rc = write_own(out, s, text.p, NULL, now_ms);
	buf_free(&text);
	return rc;
}

bool side_accepts(const struct side *s, const struct sdp *answer)
{
	struct sdp *ours = s->last ? parsed(s->last) : NULL;
	bool fits = ours && sdp_answers(answer, ours);

	sdp_free(&ours);
	return fits;
}

/* Silence goes where both want it to. */
static bool play(struct side *s, const struct sdp *ours)
{
	const struct sdp_stream *here, *there;
	struct media_silence silence;
	struct sdp_quiet q;
	bool is_heard;

	if (!sdp_find_quiet(ours, &q) || !sdp_quiet_there(s->sdp, &q) ||
	    !s->ep[q.stream])
		return false;
	here = sdp_stream(ours, q.stream);
	there = sdp_stream(s->sdp, q.stream);
	is_heard = here->direction & SDP_SENDONLY &&
	           there->direction & SDP_RECVONLY;
	silence.codec = q.is_pcma ? MEDIA_PCMA : MEDIA_PCMU;
	silence.number = q.number;
	side_point(s, q.stream, there, here->is_mux && there->is_mux);
	endpoint_disconnect(s->ep[q.stream]);
	endpoint_set_silence(s->ep[q.stream], is_heard ? &silence : NULL);
	return is_heard;
}

bool side_agree_alone(struct side *s)
{
	struct sdp *ours = s->last && s->sdp ? parsed(s->last) : NULL;
	bool is_heard = ours && play(s, ours);

	side_settle(s);
	sdp_free(&ours);
	return is_heard;
}
