/* sip/tls.c - the certificate in use, and whom we expect where. */
#include "sip/tls_priv.h"

#include <errno.h>
#include <stdlib.h>
#include <openssl/x509v3.h>

#include "base/mem.h"
#include "base/strutil.h"

static struct tls_conf conf_of(const struct tls *t)
{
	return (struct tls_conf){ .certificate = t->certificate,
		                  .key = t->key,
		                  .ca = t->ca,
		                  .verify_client = t->verify_client,
		                  .verify_server = t->verify_server };
}

int tls_create(struct tls **out, struct loop *l, const struct tls_conf *conf,
               struct diag *why)
{
	struct tls *t = xzalloc(sizeof(*t));

	OBJ_INIT(t, TLS_MAGIC);
	t->loop = l;
	t->certificate = xstrdup(conf->certificate);
	t->key = xstrdup(conf->key);
	t->ca = xstrdup(conf->ca ? conf->ca : "");
	t->verify_client = conf->verify_client;
	t->verify_server = conf->verify_server;
	if (tls_reload(t, why) < 0) {
		tls_destroy(&t);
		return -EINVAL;
	}
	*out = t;
	return 0;
}

void tls_destroy(struct tls **tp)
{
	struct tls *t = *tp;
	struct tls_name *n, *next;

	if (!t)
		return;
	assert(t->gauges.connections == 0);
	HASH_ITER (hh, t->names, n, next) {
		HASH_DEL(t->names, n);
		free(n->name);
		free(n);
	}
	SSL_CTX_free(t->context);
	free(t->certificate);
	free(t->key);
	free(t->ca);
	OBJ_KILL(t);
	free(t);
	*tp = NULL;
}

int tls_check(const struct tls_conf *conf, struct diag *why)
{
	SSL_CTX *ctx = tls_context_create(conf, why);

	SSL_CTX_free(ctx);
	return ctx ? 0 : -EINVAL;
}

int tls_reload(struct tls *t, struct diag *why)
{
	struct tls_conf conf = conf_of(t);
	SSL_CTX *fresh = tls_context_create(&conf, why);

	if (!fresh)
		return -EINVAL;
	/* open connections hold references of their own */
	SSL_CTX_free(t->context);
	t->context = fresh;
	return 0;
}

struct tls_gauges tls_gauges(const struct tls *t)
{
	return t->gauges;
}

/* --- servers that we connect to ------------------------------------------- */

static struct tls_name *name_find(const struct tls *t, const struct addr *a)
{
	struct tls_name *n;

	HASH_FIND(hh, t->names, a, sizeof(*a), n);
	return n;
}

void tls_expect(struct tls *t, const struct addr *server, const char *name)
{
	struct tls_name *n = name_find(t, server);

	if (n && str_eq_case(n->name, name))
		return;
	if (!n) {
		n = xzalloc(sizeof(*n));
		n->server = *server;
		HASH_ADD(hh, t->names, server, sizeof(n->server), n);
	}
	free(n->name);
	n->name = xstrdup(name);
}

/* RFC 5922 7.3: the name before the address stands for it was resolved. */
void tls_verify_server(struct tls_conn *c)
{
	X509_VERIFY_PARAM *param = SSL_get0_param(c->ssl);
	struct sockaddr_storage ss;
	socklen_t len = sizeof(ss);
	const struct tls_name *n = NULL;
	struct addr peer = { 0 };
	char text[ADDR_TEXT];

	if (getpeername(SSL_get_fd(c->ssl), (struct sockaddr *)&ss, &len) == 0 &&
	    addr_from_sockaddr(&peer, (struct sockaddr *)&ss) == 0)
		n = name_find(c->tls, &peer);
	if (n)
		SSL_set_tlsext_host_name(c->ssl, n->name);
	if (!c->tls->verify_server) {
		SSL_set_verify(c->ssl, SSL_VERIFY_NONE, NULL);
		return;
	}
	SSL_set_verify(c->ssl, SSL_VERIFY_PEER, NULL);
	X509_VERIFY_PARAM_set_hostflags(param,
	                                X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	if (n)
		SSL_set1_host(c->ssl, n->name);
	else
		X509_VERIFY_PARAM_set1_ip_asc(param, addr_ip(&peer, text));
}
