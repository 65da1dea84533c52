/* support/web.h - a small HTTP server on loopback, turned by the test's own
 * loop.  It keeps every request, answers 404 where nothing was put, and has
 * the bad manners that a test asks for. */
#ifndef B2BUA_TESTS_SUPPORT_WEB_H
#define B2BUA_TESTS_SUPPORT_WEB_H

#include "sip/loop.h"

enum web_manner {
	WEB_ANSWERS,
	WEB_HANGS,       /* takes the request and says nothing */
	WEB_DRIPS,       /* a byte of the answer every 100 ms */
	WEB_CLOSES,      /* in the middle of the answer */
	WEB_FLOODS,      /* goes on with x for ever, chunked */
	WEB_FLOODS_HEADERS
};

struct web;

void web_create(struct web **out, struct loop *l);
void web_destroy(struct web **wp);
unsigned web_port(const struct web *w);

/* What follows "HTTP/1.1 200 OK\r\n" and Content-Length: more header lines,
 * or NULL, and the body. */
void web_put(struct web *w, const char *path, const char *headers,
             const char *body);
/* The whole answer, byte for byte. */
void web_put_raw(struct web *w, const char *path, enum web_manner m,
                 const char *answer);

size_t web_count(const struct web *w); /* requests so far */
/* One as it came, head and body; the last one is number web_count() - 1. */
const char *web_request(const struct web *w, size_t i);
size_t web_connections(const struct web *w); /* open now */

#endif
