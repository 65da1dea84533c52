/* http/http.h - questions to HTTP servers, turned by the event loop (libcurl).
 *
 * Nothing here blocks: names are resolved by a thread of libcurl's.  A server
 * that hangs, drips or never stops talking ends with the transfer's time or
 * with max_answer.  Only so many transfers go at a time (http/line.h).  Only
 * http and https are spoken, redirected or not, and no address of a denied
 * network is connected to, whatever name led there. */
#ifndef B2BUA_HTTP_HTTP_H
#define B2BUA_HTTP_HTTP_H

#include <stdbool.h>
#include "base/net.h"
#include "sip/loop.h"

struct http;
struct http_transfer; /* one question, until it is answered */

struct http_conf {
	unsigned max_transfers, max_transfers_of_host; /* at a time */
	unsigned max_waiting;
	size_t max_answer;        /* bytes of its body */
	unsigned connect_ms;
	unsigned max_redirects;   /* 0: none is followed */
	const char *ca;           /* file; NULL or "": the system's */
	const struct net *denied; /* borrowed */
	size_t n_denied;
};

enum http_verb { HTTP_GET, HTTP_POST, HTTP_PUT };

struct http_request { /* copied */
	enum http_verb verb;
	const char *url;
	const char *content_type, *body; /* of POST and PUT */
	const char *const *headers; /* more lines, "Name: value" */
	size_t n_headers;
	unsigned timeout_ms;
	bool is_patient; /* its time runs from when it goes, not while it
	                    waits in line */
};

struct http_answer { /* lives while fn runs */
	int status;          /* 0: none came */
	const char *type;    /* its Content-Type; "" */
	const char *body;    /* body[len] is zero */
	size_t len;
	const char *failure; /* why there is no whole answer; NULL: there is */
	const char *where;   /* the URL without what may be secret in it, for
	                        logs */
};
/* Never within http_send().  The transfer is gone; everything is allowed. */
typedef void http_fn(const struct http_answer *a, void *arg);

int http_create(struct http **out, struct loop *l,
                const struct http_conf *conf);
/* Ends all transfers; their fn is not called.  NULL-safe; clears *hp. */
void http_destroy(struct http **hp);

/* 0; -EINVAL: not an http or https URL; -EBUSY: too many wait. */
int http_send(struct http_transfer **out, struct http *h,
              const struct http_request *rq, http_fn *fn, void *arg);
/* At once: the connection is closed, fn is not called.  NULL-safe; clears
 * *tp. */
void http_cancel(struct http_transfer **tp);

struct http_gauges {
	size_t live, waiting;
};
struct http_gauges http_gauges(const struct http *h);

#endif
