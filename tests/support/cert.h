/* support/cert.h - certificates for tests, made when a test needs them. */
#ifndef B2BUA_TESTS_CERT_H
#define B2BUA_TESTS_CERT_H

/* Writes DIR/NAME.pem and DIR/NAME.key: signed by the one of that name made
 * before, or by itself.  names: "DNS:a.test,IP:127.0.0.1"; NULL makes an
 * authority. */
void cert_make(const char *dir, const char *name, const char *issuer,
               const char *names);

#endif
