/* http/http_priv.h - the insides, for this folder: http.c turns libcurl by the
 * loop, transfer.c is one question. */
#ifndef B2BUA_HTTP_HTTP_PRIV_H
#define B2BUA_HTTP_HTTP_PRIV_H

#include <curl/curl.h>
#include "base/buf.h"
#include "http/http.h"
#include "http/line.h"

struct http {
	struct loop *loop;       /* borrowed */
	struct http_conf conf;   /* its strings owned */
	CURLM *multi;            /* owned */
	struct timer timer;      /* when libcurl wants to look again */
	struct http_socket *sockets; /* owned: libcurl's, watched */
	struct line line;
	struct http_transfer *transfers; /* owned, all of them */
};

/* Who is next goes; libcurl's timer runs as it wants. */
void http_rearm(struct http *h);

#define TRANSFER_MAGIC 0x477b17u
struct http_transfer {
	unsigned magic;
	struct http *http;            /* borrowed */
	struct http_transfer *prev, *next;
	struct line_place place;
	CURL *easy;                   /* owned; NULL until it goes */
	struct curl_slist *headers;   /* owned */
	char *url, *where, *body;     /* owned */
	enum http_verb verb;
	unsigned timeout_ms;
	bool is_patient;
	struct timer timer;           /* until when it may take */
	struct buf answer;
	size_t header_len;            /* of all its answers so far */
	const char *failure;          /* a literal; NULL: libcurl knows */
	char error[CURL_ERROR_SIZE];  /* what libcurl knows */
	http_fn *fn;
	void *arg;                    /* borrowed */
};

void transfer_go(struct http_transfer *t); /* it is its turn */
/* libcurl is done with it: out of everything, and its fn called. */
void transfer_done(struct http_transfer *t, CURLcode rc);
void transfer_free(struct http_transfer *t);

#endif
