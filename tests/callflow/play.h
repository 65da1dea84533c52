/* callflow/play.h - plays callflows in a small office, step by step.
 *
 * The office (account "office", realm office.example):
 *   users    alice (alice1, alice2), bob (bob1), carol (carol1),
 *            away (away1; do not disturb), gone (gone1; disabled),
 *            nobody (no devices)
 *   devices  desk1 and desk2 (no owner), off1 (disabled), quiet1 (do not
 *            disturb)
 * Steps are compared as text:
 *   dial together 20s: alice1 alice2+5 bob1/10     (+delay, /timeout, in s)
 *   dial in turn 0s: desk1
 *   dial together 20s: bob1 >bob1:5551 ?alice1:5552   (forwarded to a number,
 *                                       and only when nobody is registered)
 *   carriers global +14155550000 / carriers local office 4155550000
 *   fetch 5000 ms GET http://h/?Call-ID=1 / fetch debugged 100 ms POST ...
 *     and after " -> " the type and body of a POST or PUT
 *   notify 2 retries POST http://h/ -> application/json {...}, header
 *   wait 2000 ms / wait answered 0 ms / wait for ever
 *   change user alice: call_forward on 5551 / lamp night busy
 *   respond 486 Go away / hangup / end */
#ifndef B2BUA_TESTS_PLAY_H
#define B2BUA_TESTS_PLAY_H

#include "callflow/flow.h"
#include "support/documents.h"

struct play {
	struct documents *docs;    /* owned */
	struct snapshot *snapshot; /* owned; loaded at the first start */
	struct flow *flow;         /* owned; the one that runs */
	const struct flow_step *step;
	const char *caller;   /* device id; NULL: a carrier */
	const char *home;     /* account of the caller; NULL: the office */
	const char *number;   /* normalised */
	const char *dialled;
	const char *capture;  /* capture_group; NULL: none */
	const char *caller_name, *caller_number; /* as they came; NULL */
	const struct flow_invite *invite; /* NULL: not known */
	uint64_t seed;
	int64_t unix_s;
	struct cJSON *raw;    /* owned; of play_raw() */
	struct callflow raw_flow;
	char *text;           /* owned; of the last step */
	int saved_stderr;
	char log[64];         /* the file that takes the log; "" when none */
};

/* cmocka's setup and teardown: *state is a struct play with the office. */
int play_setup(void **state);
int play_teardown(void **state);

/* Documents; ' stands for ". */
void play_put(struct play *p, const char *path, const char *json);
void play_callflow(struct play *p, const char *id, const char *action);

/* Starts callflow `id`, or an action written here, and gives the first
 * step's text. */
const char *play_start(struct play *p, const char *id);
const char *play_action(struct play *p, const char *action);
/* An action that need not pass the checks of the directory. */
const char *play_raw(struct play *p, const char *action);
const char *play_failed(struct play *p, const char *cause, int status);
const char *play_error(struct play *p);
const char *play_answered(struct play *p);
const char *play_done(struct play *p);
/* The answer of a server; type NULL: it does not say. */
const char *play_fetched(struct play *p, const char *type, const char *text);
const char *play_gone(struct play *p);

/* The caller id as modules have changed it: "Name <number>", and what is
 * hidden or kept of the call besides: " hides name number", " alert X",
 * " a=b" and " a=b+" (for both legs). */
const char *play_shown(struct play *p);

/* Catches the log from here on; play_logged() counts the lines so far that
 * have `text` in them. */
void play_catch_log(struct play *p);
unsigned play_logged(struct play *p, const char *text);

#endif
