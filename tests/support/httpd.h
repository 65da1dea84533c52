/* support/httpd.h - a small HTTP server on loopback, turned by the test's own
 * loop.  It keeps every request, answers 404 where nothing was put, and has
 * the bad manners that a test asks for. */
#ifndef B2BUA_TESTS_SUPPORT_HTTPD_H
#define B2BUA_TESTS_SUPPORT_HTTPD_H

#include "sip/loop.h"

enum httpd_manner {
	HTTPD_ANSWERS,
	HTTPD_HANGS,       /* takes the request and says nothing */
	HTTPD_DRIPS,       /* a byte of the answer every 100 ms */
	HTTPD_CLOSES,      /* in the middle of the answer */
	HTTPD_FLOODS,      /* goes on with x for ever, chunked */
	HTTPD_FLOODS_HEADERS
};

struct httpd;

void httpd_create(struct httpd **out, struct loop *l);
void httpd_destroy(struct httpd **wp);
unsigned httpd_port(const struct httpd *w);

/* What follows "HTTP/1.1 200 OK\r\n" and Content-Length: more header lines,
 * or NULL, and the body. */
void httpd_put(struct httpd *w, const char *path, const char *headers,
             const char *body);
/* The whole answer, byte for byte. */
void httpd_put_raw(struct httpd *w, const char *path, enum httpd_manner m,
                 const char *answer);

size_t httpd_count(const struct httpd *w); /* requests so far */
/* One as it came, head and body; the last one is number httpd_count() - 1. */
const char *httpd_request(const struct httpd *w, size_t i);
size_t httpd_connections(const struct httpd *w); /* open now */

#endif
