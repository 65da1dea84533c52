/* sip/tls_calls.c - sofia's calls of OpenSSL, answered by us.
 *
 * The dynamic linker binds a library's call to the program's own function of
 * that name, when there is one.  So what sofia asks of OpenSSL for one
 * connection comes here, and what is no connection of ours goes on to where
 * it was meant for.  doc/adr/0008-tls.md */
#include "sip/tls_priv.h"

#include <dlfcn.h>
#include <pthread.h>

/* Set once, by look_up(). */
static struct tls_calls openssl;
static int context_slot = -1, conn_slot = -1;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static __thread struct tls *adopting; /* between tls_adopt_begin(), _end() */
static __thread unsigned adopted;

static void on_context(void *parent, void *ptr, CRYPTO_EX_DATA *data,
                       int slot, long l, void *arg)
{
	(void)parent;
	(void)ptr;
	(void)l;
	(void)arg;
	CRYPTO_set_ex_data(data, slot, adopting);
	if (adopting)
		adopted++;
}

static void *next(const char *name)
{
	void *fn = dlsym(RTLD_NEXT, name);

	assert(fn);
	return fn;
}

static void look_up(void)
{
	*(void **)&openssl.create = next("SSL_new");
	*(void **)&openssl.accept = next("SSL_accept");
	*(void **)&openssl.connect = next("SSL_connect");
	*(void **)&openssl.read = next("SSL_read");
	*(void **)&openssl.write = next("SSL_write");
	*(void **)&openssl.shutdown = next("SSL_shutdown");
	*(void **)&openssl.peer_certificate =
	        next("SSL_get1_peer_certificate");
	context_slot = SSL_CTX_get_ex_new_index(0, NULL, on_context, NULL, NULL);
	conn_slot = SSL_get_ex_new_index(0, NULL, NULL, NULL, NULL);
}

const struct tls_calls *tls_openssl(void)
{
	pthread_once(&once, look_up);
	return &openssl;
}

void tls_adopt_begin(struct tls *t)
{
	tls_openssl();
	adopting = t;
	adopted = 0;
}

bool tls_adopt_end(void)
{
	adopting = NULL;
	return adopted > 0;
}

static struct tls_conn *ours(const SSL *ssl)
{
	struct tls_conn *c;

	tls_openssl();
	c = SSL_get_ex_data(ssl, conn_slot);
	if (c)
		OBJ_CHECK(c, TLS_CONN_MAGIC);
	return c;
}

SSL *SSL_new(SSL_CTX *context)
{
	const struct tls_calls *real = tls_openssl();
	struct tls *t = context ? SSL_CTX_get_ex_data(context, context_slot)
	                        : NULL;
	struct tls_conn *c;

	if (!t)
		return real->create(context);
	OBJ_CHECK(t, TLS_MAGIC);
	/* sofia lets go of its context once for each connection, whose it
	 * would have been. */
	SSL_CTX_up_ref(context);
	c = tls_conn_create(t);
	if (!c)
		return NULL;
	SSL_set_ex_data(c->ssl, conn_slot, c);
	return c->ssl;
}

int SSL_accept(SSL *ssl)
{
	struct tls_conn *c = ours(ssl);

	return c ? tls_conn_handshake(c, true) : tls_openssl()->accept(ssl);
}

int SSL_connect(SSL *ssl)
{
	struct tls_conn *c = ours(ssl);

	return c ? tls_conn_handshake(c, false) : tls_openssl()->connect(ssl);
}

int SSL_read(SSL *ssl, void *bytes, int size)
{
	struct tls_conn *c = ours(ssl);

	return c ? tls_conn_read(c, bytes, size)
	         : tls_openssl()->read(ssl, bytes, size);
}

int SSL_write(SSL *ssl, const void *bytes, int n)
{
	struct tls_conn *c = ours(ssl);

	return c ? tls_conn_write(c, bytes, n)
	         : tls_openssl()->write(ssl, bytes, n);
}

/* The last that sofia does with a connection, which it never frees; then it
 * frees the BIO, which is not its own any more. */
int SSL_shutdown(SSL *ssl)
{
	struct tls_conn *c = ours(ssl);
	BIO *bio = SSL_get_rbio(ssl);

	if (!c)
		return tls_openssl()->shutdown(ssl);
	if (bio)
		BIO_up_ref(bio);
	tls_conn_destroy(&c);
	return 1;
}

/* Checked in the handshake; sofia would read its names, and leak them. */
X509 *SSL_get1_peer_certificate(const SSL *ssl)
{
	return ours(ssl) ? NULL : tls_openssl()->peer_certificate(ssl);
}
