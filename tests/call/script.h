/* call/script.h - a fork driven by a line of words, and what it said, as a
 * line of words.
 *
 * In: "start", "+MS" (time passes, then a tick), "N:STATUS" or "N:183s" (with
 * a description) on branch N, "stop", "!" (a tick without time passing).
 * Out: "start0", "cancel1", "lost1" (another won), "told180", "told183s0"
 * (branch 0's description), "win0", "fail486", and after a time-out the why:
 * "fail480/whole", "cancel0/leg", "cancel0/progress". */
#ifndef B2BUA_TESTS_SCRIPT_H
#define B2BUA_TESTS_SCRIPT_H

#include "base/buf.h"
#include "call/fork.h"

/* What one event led to; "" when nothing. */
void script_step(struct fork *f, int64_t *now_ms, const char *word,
                 struct buf *out);
/* The whole line; the fork is made and destroyed. */
void script_run(const struct fork_conf *conf, const char *line,
                struct buf *out);
void script_action(struct buf *out, const struct fork_action *a);

#endif
