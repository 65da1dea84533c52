/* guard/window.c - how many there were in the last so many seconds. */
#include "guard/window.h"

#include <string.h>

static void advance(struct window *w, unsigned span_s, int64_t now_s)
{
	if (now_s <= w->now_s) /* the same second, or a clock set back */
		return;
	if (now_s - w->now_s >= span_s) {
		memset(w, 0, sizeof(*w));
		w->now_s = now_s;
		return;
	}
	while (w->now_s < now_s) {
		unsigned *oldest = &w->slot[++w->now_s % span_s];

		w->sum -= *oldest;
		*oldest = 0;
	}
}

unsigned window_add(struct window *w, unsigned span_s, int64_t now_ms,
                    unsigned n)
{
	if (span_s == 0 || span_s > WINDOW_SLOTS)
		span_s = WINDOW_SLOTS;
	advance(w, span_s, now_ms / 1000);
	w->slot[w->now_s % span_s] += n;
	w->sum += n;
	return w->sum;
}
