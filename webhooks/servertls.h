/* servertls.h - the server's certificate, and which clients' certificates it takes.
 *
 * GnuTLS asks for both during each handshake, so files may be read again while
 * connections stand: those that are open keep what they began with.  One at a time in
 * a process: the library's callbacks bring nothing to find another by.  At least
 * TLS 1.2. */
#ifndef WEBHOOKS_SERVERTLS_H
#define WEBHOOKS_SERVERTLS_H

#include "base/err.h"

#include <gnutls/abstract.h>
#include <gnutls/gnutls.h>

struct servertls_files {
    const char *cert_file, *key_file; /* PEM; the certificate first, then its chain */
    const char *client_ca_file;       /* PEM; NULL: clients are asked for no certificate */
    bool        require_client_cert;  /* else one is taken, and must be good */
};

/* Names in a client's certificate: URIs and DNS names of subjectAltName, and the
 * common name of the subject; those that have blanks or are longer are left out. */
enum { SERVERTLS_NAMES = 8, SERVERTLS_NAME_BYTES = 250 };
struct servertls_peer {
    size_t n;
    char   name[SERVERTLS_NAMES][SERVERTLS_NAME_BYTES];
};

struct servertls;

#define SERVERTLS_PRIORITIES "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:%SERVER_PRECEDENCE"

/* The paths are copied.  STATUS_IO: a file cannot be read; STATUS_SYNTAX: it is no
 * certificate or key, or they do not belong together; STATUS_CONFLICT: another is
 * open. */
enum status servertls_open(const struct servertls_files *f, struct servertls **out,
                           struct err *err) MUST_CHECK;
void        servertls_close(struct servertls *t); /* NULL: nothing; no handshake goes on */

/* Read the files again, all or nothing; any thread. */
enum status servertls_reload(struct servertls *t, struct err *err) MUST_CHECK;

/* Whether a file is another than when it was read last; asks the file system. */
bool servertls_changed(struct servertls *t);

/* When the certificate ends, in seconds since 1970; any thread. */
int64_t servertls_expires_s(struct servertls *t);

bool servertls_requires_client(const struct servertls *t);

/* For MHD_OPTION_HTTPS_CERT_CALLBACK. */
int servertls_certificate(gnutls_session_t session, const gnutls_datum_t *ca_names, int n_ca_names,
                          const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
                          gnutls_pcert_st **chain, unsigned *n_chain, gnutls_privkey_t *key);

/* After the handshake, by which the certificate was checked.  False: none was sent. */
bool servertls_peer_of(gnutls_session_t session, struct servertls_peer *out);

#endif
