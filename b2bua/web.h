/* b2bua/web.h - what calls ask and tell HTTP servers. */
#ifndef B2BUA_WEB_H
#define B2BUA_WEB_H

#include "b2bua/server.h"
#include "http/http.h"

struct web;

int web_create(struct web **out, struct server *s);
void web_destroy(struct web **wp); /* NULL-safe; nothing more is told */

/* As http_send(): the transfer is the caller's, to be ended by
 * http_cancel(). */
int web_fetch(struct http_transfer **out, struct web *w,
              const struct flow_request *rq, http_fn *fn, void *arg);
/* Nobody waits for it: what fails is tried again and logged here.  what: a
 * literal, for the log; log: the call's, which may end before. */
void web_notify(struct web *w, const struct flow_request *rq,
                const char *what, const struct log_ctx *log);

struct web_gauges {
	size_t live, waiting; /* transfers */
	size_t notices;       /* that are not told yet, waiting for a retry or
	                         being told */
};
struct web_gauges web_gauges(const struct web *w);

#endif
