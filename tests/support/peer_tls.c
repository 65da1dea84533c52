/* support/peer_tls.c - TLS for a peer's connection. */
#include "cmocka_all.h"

#include "support/peer_tls.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "base/mem.h"

struct peer_tls {
	SSL_CTX *context; /* owned */
	SSL *ssl;         /* owned */
};

static void set_version(SSL_CTX *context, bool is_old)
{
	if (!is_old)
		return;
	SSL_CTX_set_min_proto_version(context, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
	SSL_CTX_set_cipher_list(context, "ALL:@SECLEVEL=0");
}

void peer_tls_create(struct peer_tls **out, const struct peer_tls_conf *conf,
                     int fd, bool is_server)
{
	struct peer_tls *t = xzalloc(sizeof(*t));

	t->context = SSL_CTX_new(TLS_method());
	set_version(t->context, conf->is_old);
	SSL_CTX_set_mode(t->context, SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_options(t->context, SSL_OP_IGNORE_UNEXPECTED_EOF);
	if (conf->certificate) {
		assert_int_equal(SSL_CTX_use_certificate_chain_file(
		                         t->context, conf->certificate), 1);
		assert_int_equal(SSL_CTX_use_PrivateKey_file(
		                         t->context, conf->key,
		                         SSL_FILETYPE_PEM), 1);
	}
	if (conf->ca) {
		assert_int_equal(SSL_CTX_load_verify_file(t->context,
		                                          conf->ca), 1);
		SSL_CTX_set_verify(t->context, SSL_VERIFY_PEER, NULL);
	}
	t->ssl = SSL_new(t->context);
	SSL_set_fd(t->ssl, fd);
	if (is_server)
		SSL_set_accept_state(t->ssl);
	else
		SSL_set_connect_state(t->ssl);
	*out = t;
}

void peer_tls_destroy(struct peer_tls **tp)
{
	struct peer_tls *t = *tp;

	if (!t)
		return;
	SSL_free(t->ssl);
	SSL_CTX_free(t->context);
	free(t);
	*tp = NULL;
}

static ssize_t result(struct peer_tls *t, int rc, size_t n)
{
	int error = SSL_get_error(t->ssl, rc);

	ERR_clear_error();
	if (rc > 0)
		return (ssize_t)n;
	if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
		errno = EAGAIN;
		return -1;
	}
	return 0; /* closed, in whatever way */
}

ssize_t peer_tls_read(struct peer_tls *t, void *bytes, size_t size)
{
	size_t n = 0;
	int rc = SSL_read_ex(t->ssl, bytes, size, &n);

	return result(t, rc, n);
}

ssize_t peer_tls_write(struct peer_tls *t, const void *bytes, size_t n)
{
	size_t done = 0;
	int rc = SSL_write_ex(t->ssl, bytes, n, &done);
	ssize_t r = result(t, rc, done);

	if (r == 0)
		errno = EPIPE;
	return r == 0 ? -1 : r;
}

bool peer_tls_is_up(struct peer_tls *t)
{
	return SSL_is_init_finished(t->ssl);
}

bool peer_tls_sees(struct peer_tls *t, const char *certificate)
{
	X509 *got = SSL_get1_peer_certificate(t->ssl), *wanted;
	FILE *f = fopen(certificate, "r");
	bool same;

	assert_non_null(f);
	wanted = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	same = got && wanted && X509_cmp(got, wanted) == 0;
	X509_free(got);
	X509_free(wanted);
	return same;
}
