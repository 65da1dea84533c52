/* integration/phone.c - a telephone that behaves. */
#include "cmocka_all.h"

#include "integration/phone.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is(const struct msg *m, const char *method)
{
	return strcmp(m->method, method) == 0;
}

static const char *sdp(struct phone *f)
{
	return peer_sdp(f->p, f->port, NULL);
}

void phone_set_up(struct phone *f, struct peer *p, unsigned port)
{
	*f = (struct phone){ .p = p, .port = port };
	peer_want_repeats(p, true);
}

bool phone_is_up(const struct phone *f)
{
	return f->final && f->final->status / 100 == 2 && !f->is_over;
}

/* --- what it waits for ----------------------------------------------------- */

static void wait_for(struct phone *f, const struct msg *request)
{
	for (size_t i = 0; i < PHONE_OPEN; i++)
		if (!f->open[i]) {
			f->open[i] = request;
			return;
		}
	fail_msg("too many requests are open");
}

static const struct msg **waiting(struct phone *f, const struct msg *answer)
{
	for (size_t i = 0; i < PHONE_OPEN; i++)
		if (f->open[i] && f->open[i]->cseq == answer->cseq &&
		    is(f->open[i], answer->method))
			return &f->open[i];
	return NULL;
}

static bool is_reinviting(const struct phone *f)
{
	for (size_t i = 0; i < PHONE_OPEN; i++)
		if (f->open[i] && f->open[i] != f->invite &&
		    is(f->open[i], "INVITE"))
			return true;
	return false;
}

static void forget_all(struct phone *f)
{
	memset(f->open, 0, sizeof(f->open));
	f->answered = NULL;
}

void phone_repeat(struct phone *f)
{
	bool is_final_lost = f->final && !f->is_caller && !f->is_acked;

	for (size_t i = 0; i < PHONE_OPEN; i++)
		if (f->open[i])
			peer_resend(f->p, f->open[i]);
	if (is_final_lost)
		peer_resend(f->p, f->final);
	if (f->answered)
		peer_resend(f->p, f->answered);
}

/* --- what it does ------------------------------------------------------------ */

void phone_dial(struct phone *f, const char *number, const char *headers)
{
	const struct msg *challenge;
	struct buf lines = { 0 };

	f->is_caller = true;
	f->d = peer_invite(f->p, number, sdp(f));
	challenge = peer_expect(f->p, "407");
	peer_ack(f->p, challenge, NULL);
	peer_credentials(f->p, &lines, challenge, NULL, "INVITE",
	                 f->d->target);
	buf_str(&lines, headers);
	f->invite = peer_in_dialog(f->p, f->d, "INVITE", lines.p, sdp(f));
	buf_free(&lines);
	wait_for(f, f->invite);
}

void phone_cancel(struct phone *f)
{
	if (!f->is_caller || f->final || f->has_cancelled)
		return;
	f->has_cancelled = true;
	wait_for(f, peer_cancel(f->p, f->d, NULL));
}

void phone_answer(struct phone *f, int status, bool has_sdp)
{
	const struct msg *m;

	if (f->is_caller || !f->invite || f->final)
		return;
	m = peer_reply(f->p, f->invite, status, "Whatever", NULL,
	               has_sdp ? sdp(f) : NULL);
	f->d = peer_dialog(f->p, m);
	if (status >= 200)
		f->final = m;
}

void phone_progress_reliably(struct phone *f)
{
	char lines[64];
	const struct msg *m;

	if (f->is_caller || !f->invite || f->final || f->n_reliable ||
	    !msg_header_has(f->invite, "Supported", "100rel"))
		return;
	f->n_reliable++;
	snprintf(lines, sizeof(lines), "Require: 100rel\r\nRSeq: 7\r\n");
	m = peer_reply(f->p, f->invite, 183, "Whatever", lines, sdp(f));
	f->d = peer_dialog(f->p, m);
}

static bool may_ask(const struct phone *f, const char *method)
{
	bool is_confirmed = phone_is_up(f) && (f->is_caller || f->is_acked);
	bool is_early = f->is_caller && f->d && *f->d->remote_tag &&
	                !f->final && !f->has_cancelled;

	if (f->is_over)
		return false;
	if (strcmp(method, "INVITE") == 0)
		return is_confirmed && !is_reinviting(f) && !f->answered;
	return is_confirmed || is_early;
}

void phone_ask(struct phone *f, const char *method)
{
	bool is_bye = strcmp(method, "BYE") == 0;

	if (!may_ask(f, method))
		return;
	wait_for(f, peer_in_dialog(f->p, f->d, method, NULL,
	                           is_bye || !phone_is_up(f) ? NULL : sdp(f)));
	f->is_over |= is_bye;
}

/* --- what it hears ------------------------------------------------------------- */

static void ack_success(struct phone *f, const struct msg *m)
{
	const struct msg *ack = peer_ack(f->p, m, NULL);

	if (!f->ack)
		f->ack = ack;
}

static void final_came(struct phone *f, const struct msg *m)
{
	if (m->cseq == f->invite->cseq && f->is_caller) {
		f->n_finals += !f->final || f->final->status != m->status;
		f->final = m;
	}
	if (m->status >= 300)
		peer_ack(f->p, m, NULL);
	else
		ack_success(f, m);
	/* RFC 3261 9.1: it had been faster than our CANCEL */
	if (m->status < 300 && f->has_cancelled && !f->is_over)
		phone_ask(f, "BYE");
}

static void acknowledge(struct phone *f, const struct msg *m)
{
	unsigned rseq = (unsigned)strtoul(msg_header(m, "RSeq", 0), NULL, 10);
	char lines[64];

	if (rseq <= f->rseq)
		return; /* again */
	f->rseq = rseq;
	snprintf(lines, sizeof(lines), "RAck: %u %u INVITE\r\n", rseq, m->cseq);
	wait_for(f, peer_in_dialog(f->p, f->d, "PRACK", lines, NULL));
}

static void hear_answer(struct phone *f, const struct msg *m)
{
	const struct msg **open = waiting(f, m);
	bool is_invite = is(m, "INVITE");

	if (m->status < 200) {
		if (is_invite && msg_header(m, "RSeq", 0))
			acknowledge(f, m);
		if (is_invite && open)
			*open = NULL;
		return;
	}
	if (open)
		*open = NULL;
	if (is_invite && m->status != 407)
		final_came(f, m);
	if (m->status == 481 && is(m, "CANCEL"))
		f->is_unheard = !f->final; /* or it is still to come */
	else if (m->status == 481 && !is(m, "PRACK"))
		f->is_over = true;
}

static void hear_cancel(struct phone *f, const struct msg *m)
{
	peer_reply(f->p, m, 200, "OK", NULL, NULL);
	if (f->answered && f->answered->status == 0)
		return;
	if (f->invite && f->invite->cseq == m->cseq && !f->is_caller)
		phone_answer(f, 487, false);
}

static void hear_invite(struct phone *f, const struct msg *m)
{
	const struct msg *answer;

	if (!f->invite) {
		f->invite = m;
		peer_reply(f->p, m, 100, "Trying", NULL, NULL);
		return;
	}
	if (m->cseq == f->invite->cseq ||
	    (f->asked && m->cseq == f->asked->cseq))
		return; /* again: phone_repeat() */
	if (f->is_over) {
		peer_reply(f->p, m, 481, "Gone", NULL, NULL);
		return;
	}
	if (is_reinviting(f)) {
		peer_reply(f->p, m, 491, "Request Pending", NULL, NULL);
		return;
	}
	answer = peer_reply(f->p, m, 200, "OK", NULL, sdp(f));
	f->asked = m;
	f->answered = answer;
}

static void hear_ack(struct phone *f, const struct msg *m)
{
	if (f->invite && !f->is_caller && m->cseq == f->invite->cseq)
		f->is_acked = true;
	if (f->asked && m->cseq == f->asked->cseq)
		f->answered = NULL;
}

static void hear_request(struct phone *f, const struct msg *m)
{
	if (is(m, "INVITE")) {
		hear_invite(f, m);
	} else if (is(m, "ACK")) {
		hear_ack(f, m);
	} else if (is(m, "CANCEL")) {
		hear_cancel(f, m);
	} else if (is(m, "BYE")) {
		peer_reply(f->p, m, 200, "OK", NULL, NULL);
		f->is_over = true;
		forget_all(f);
	} else {
		peer_reply(f->p, m, f->is_over ? 481 : 200, "OK", NULL,
		           m->body_len && !f->is_over ? sdp(f) : NULL);
	}
}

bool phone_hear(struct phone *f)
{
	const struct msg *m;
	bool has_heard = false;

	while ((m = peer_poll(f->p))) {
		has_heard = true;
		if (m->is_request)
			hear_request(f, m);
		else if (f->invite)
			hear_answer(f, m);
	}
	return has_heard;
}

void phone_lose(struct phone *f)
{
	while (peer_poll(f->p))
		;
}
