/* sip/tls_context.c - certificate, key and trust read from files. */
#include "sip/tls_priv.h"

#include <errno.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include "base/id.h"
#include "base/strutil.h"

/* Forward secrecy and authenticated encryption only; TLS 1.3 has nothing
 * else. */
#define CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20:DHE+AESGCM:!aNULL"

static const char *reason(void)
{
	unsigned long e = ERR_peek_error();
	const char *text = ERR_reason_error_string(e);

	if (ERR_SYSTEM_ERROR(e))
		return strerror(ERR_GET_REASON(e));
	return text ? text : "no PEM of the kind";
}

static int fault(struct diag *why, const char *member, const char *file)
{
	diag_fault(why, NULL, member, "%s: %s", file, reason());
	ERR_clear_error();
	return -EINVAL;
}

/* A key that asks for a passphrase is refused, not asked about. */
static int no_passphrase(char *out, int size, int is_writing, void *arg)
{
	(void)out;
	(void)size;
	(void)is_writing;
	(void)arg;
	return -1;
}

static int read_identity(SSL_CTX *ctx, const struct tls_conf *c,
                         struct diag *why)
{
	SSL_CTX_set_default_passwd_cb(ctx, no_passphrase);
	if (SSL_CTX_use_certificate_chain_file(ctx, c->certificate) != 1)
		return fault(why, "tls.certificate", c->certificate);
	if (SSL_CTX_use_PrivateKey_file(ctx, c->key, SSL_FILETYPE_PEM) != 1 ||
	    SSL_CTX_check_private_key(ctx) != 1)
		return fault(why, "tls.key", c->key);
	return 0;
}

static int read_trust(SSL_CTX *ctx, const struct tls_conf *c,
                      struct diag *why)
{
	STACK_OF(X509_NAME) *names;

	if (str_is_empty(c->ca))
		return SSL_CTX_set_default_verify_paths(ctx) == 1 ? 0
		                                                  : -EINVAL;
	if (SSL_CTX_load_verify_file(ctx, c->ca) != 1)
		return fault(why, "tls.ca", c->ca);
	if (!c->verify_client)
		return 0;
	names = SSL_load_client_CA_file(c->ca);
	if (!names)
		return fault(why, "tls.ca", c->ca);
	SSL_CTX_set_client_CA_list(ctx, names);
	return 0;
}

static void set_rules(SSL_CTX *ctx, bool verify_client)
{
	unsigned char id[16];
	uint64_t r[2] = { random_u64(), random_u64() };

	memcpy(id, r, sizeof(id));
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	/* A peer that just closes is no error; nobody needs to agree anew. */
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION |
	                                 SSL_OP_NO_COMPRESSION |
	                                 SSL_OP_IGNORE_UNEXPECTED_EOF |
	                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
	/* Idle connections keep no buffers; sofia's iovec may move. */
	SSL_CTX_set_mode(ctx, SSL_MODE_RELEASE_BUFFERS |
	                              SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_cipher_list(ctx, CIPHERS);
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_session_id_context(ctx, id, sizeof(id));
	if (verify_client)
		SSL_CTX_set_verify(ctx,
		                   SSL_VERIFY_PEER |
		                           SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
		                   NULL);
}

SSL_CTX *tls_context_create(const struct tls_conf *conf, struct diag *why)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_method());

	assert(ctx);
	ERR_clear_error();
	set_rules(ctx, conf->verify_client);
	if (read_identity(ctx, conf, why) < 0 ||
	    read_trust(ctx, conf, why) < 0) {
		SSL_CTX_free(ctx);
		return NULL;
	}
	return ctx;
}
