/* support/cert.c - keys on P-256, certificates that hold for a day. */
#include "cmocka_all.h"

#include "support/cert.h"

#include <stdio.h>
#include <stdlib.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/id.h"
#include "base/mem.h"

static FILE *open_in(const char *dir, const char *name, const char *suffix,
                     const char *mode)
{
	char *path = xasprintf("%s/%s.%s", dir, name, suffix);
	FILE *f = fopen(path, mode);

	assert_non_null(f);
	free(path);
	return f;
}

static void add_extension(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;

	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	assert_non_null(ext);
	X509_add_ext(cert, ext, -1);
	X509_EXTENSION_free(ext);
}

static void set_name(X509 *cert, const char *name)
{
	X509_NAME_add_entry_by_txt(X509_get_subject_name(cert), "CN",
	                           MBSTRING_ASC, (const unsigned char *)name,
	                           -1, -1, 0);
}

static void read_issuer(const char *dir, const char *name, X509 **cert,
                        EVP_PKEY **key)
{
	FILE *f = open_in(dir, name, "pem", "r");

	*cert = PEM_read_X509(f, NULL, NULL, NULL);
	fclose(f);
	f = open_in(dir, name, "key", "r");
	*key = PEM_read_PrivateKey(f, NULL, NULL, NULL);
	fclose(f);
	assert_non_null(*cert);
	assert_non_null(*key);
}

static void write_out(const char *dir, const char *name, X509 *cert,
                      X509 *issuer, EVP_PKEY *key)
{
	FILE *f = open_in(dir, name, "pem", "w");

	PEM_write_X509(f, cert);
	if (issuer != cert)
		PEM_write_X509(f, issuer); /* the chain */
	fclose(f);
	f = open_in(dir, name, "key", "w");
	PEM_write_PrivateKey(f, key, NULL, NULL, 0, NULL, NULL);
	fclose(f);
}

void cert_make(const char *dir, const char *name, const char *issuer,
               const char *names)
{
	EVP_PKEY *key = EVP_EC_gen("P-256"), *issuer_key = NULL;
	X509 *cert = X509_new(), *by = NULL;

	assert_non_null(key);
	if (issuer)
		read_issuer(dir, issuer, &by, &issuer_key);
	X509_set_version(cert, 2);
	ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert),
	                        random_u64() >> 1);
	X509_gmtime_adj(X509_getm_notBefore(cert), -3600);
	X509_gmtime_adj(X509_getm_notAfter(cert), 86400);
	X509_set_pubkey(cert, key);
	set_name(cert, name);
	X509_set_issuer_name(cert, X509_get_subject_name(by ? by : cert));
	add_extension(cert, by ? by : cert, NID_basic_constraints,
	              names ? "CA:FALSE" : "critical,CA:TRUE");
	if (names)
		add_extension(cert, by ? by : cert, NID_subject_alt_name,
		              names);
	assert_true(X509_sign(cert, by ? issuer_key : key, EVP_sha256()) > 0);
	write_out(dir, name, cert, by ? by : cert, key);
	X509_free(cert);
	X509_free(by);
	EVP_PKEY_free(key);
	EVP_PKEY_free(issuer_key);
}
