#include "webhooks/servertls.h"

#include "base/clock.h"
#include "base/heap.h"
#include "base/slice.h"

#include <errno.h>
#include <gnutls/x509.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>

enum { MAX_CHAIN = 16, MAX_PEER_CHAIN = 8, N_FILES = 3, OLD_FOR_S = 60 };

/* What the files held at one time.  A handshake that has begun with it goes on with
 * it: it is freed when no handshake can be that old. */
struct generation {
    struct generation       *next; /* older ones */
    gnutls_pcert_st          chain[MAX_CHAIN];
    unsigned                 n_chain;
    gnutls_privkey_t         key;
    gnutls_x509_trust_list_t trust; /* NULL: no client's certificate is asked for */
    int64_t                  expires_s;
    time_t                   retired_s; /* monotonic */
    struct stat              seen[N_FILES];
};

struct servertls {
    char              *path[N_FILES]; /* the last NULL: none */
    bool               require_client;
    pthread_rwlock_t   lock; /* of now */
    struct generation *now;
};

/* What the callbacks find. */
static struct servertls *_Atomic current;

static enum status
gnutls_failed(const char *path, int code, struct err *err)
{
    bool io = code == GNUTLS_E_FILE_ERROR;

    return err_set(err, io ? STATUS_IO : STATUS_SYNTAX, "tls: %s: %s", path,
                   io ? strerror(errno) : gnutls_strerror(code));
}

static void
free_generation(struct generation *g)
{
    if (!g)
        return;
    for (unsigned i = 0; i < g->n_chain; i++)
        gnutls_pcert_deinit(&g->chain[i]);
    if (g->key)
        gnutls_privkey_deinit(g->key);
    if (g->trust)
        gnutls_x509_trust_list_deinit(g->trust, 1);
    free(g);
}

static enum status
read_chain(const char *path, struct generation *g, struct err *err)
{
    gnutls_datum_t     pem = {0};
    gnutls_x509_crt_t *list = NULL;
    unsigned           n = 0;
    int                rc = gnutls_load_file(path, &pem);

    if (rc < 0)
        return gnutls_failed(path, rc, err);
    rc = gnutls_x509_crt_list_import2(&list, &n, &pem, GNUTLS_X509_FMT_PEM,
                                      GNUTLS_X509_CRT_LIST_FAIL_IF_UNSORTED);
    gnutls_free(pem.data);
    if (rc < 0)
        return gnutls_failed(path, rc, err);
    g->expires_s = gnutls_x509_crt_get_expiration_time(list[0]);
    for (unsigned i = 0; i < n; i++) {
        if (rc >= 0 && i < MAX_CHAIN)
            rc = gnutls_pcert_import_x509(&g->chain[i], list[i], 0);
        if (rc >= 0 && i < MAX_CHAIN)
            g->n_chain++;
        gnutls_x509_crt_deinit(list[i]);
    }
    gnutls_free(list);
    if (n > MAX_CHAIN)
        return err_set(err, STATUS_SYNTAX, "tls: %s: more than %d certificates", path, MAX_CHAIN);
    return rc < 0 ? gnutls_failed(path, rc, err) : STATUS_OK;
}

static enum status
read_key(const char *path, struct generation *g, struct err *err)
{
    gnutls_datum_t pem = {0};
    int            rc = gnutls_load_file(path, &pem);

    if (rc < 0)
        return gnutls_failed(path, rc, err);
    rc = gnutls_privkey_init(&g->key);
    if (rc >= 0)
        rc = gnutls_privkey_import_x509_raw(g->key, &pem, GNUTLS_X509_FMT_PEM, NULL, 0);
    explicit_bzero(pem.data, pem.size);
    gnutls_free(pem.data);
    return rc < 0 ? gnutls_failed(path, rc, err) : STATUS_OK;
}

/* A key that is not the certificate's would only be noticed by clients. */
static enum status
check_pair(const char *cert, const char *key, const struct generation *g, struct err *err)
{
    unsigned char   a[64], b[64];
    size_t          n_a = sizeof a, n_b = sizeof b;
    gnutls_pubkey_t of_key;
    bool            same;

    if (gnutls_pubkey_init(&of_key) < 0)
        return err_set(err, STATUS_SYNTAX, "tls: %s: no memory for its public key", key);
    same = gnutls_pubkey_import_privkey(of_key, g->key, 0, 0) >= 0 &&
           gnutls_pubkey_get_key_id(of_key, GNUTLS_KEYID_USE_SHA256, a, &n_a) >= 0 &&
           gnutls_pubkey_get_key_id(g->chain[0].pubkey, GNUTLS_KEYID_USE_SHA256, b, &n_b) >= 0 &&
           n_a == n_b && memcmp(a, b, n_a) == 0;
    gnutls_pubkey_deinit(of_key);
    if (same)
        return STATUS_OK;
    return err_set(err, STATUS_SYNTAX, "tls: %s is not the key of the certificate in %s", key,
                   cert);
}

static enum status
read_trust(const char *path, struct generation *g, struct err *err)
{
    int rc;

    if (!path)
        return STATUS_OK;
    rc = gnutls_x509_trust_list_init(&g->trust, 0);
    if (rc >= 0)
        rc = gnutls_x509_trust_list_add_trust_file(g->trust, path, NULL, GNUTLS_X509_FMT_PEM, 0, 0);
    if (rc < 0)
        return gnutls_failed(path, rc, err);
    return rc > 0 ? STATUS_OK : err_set(err, STATUS_SYNTAX, "tls: %s: no certificate in it", path);
}

static void
look_at_files(const struct servertls *t, struct stat seen[N_FILES])
{
    for (int i = 0; i < N_FILES; i++) {
        seen[i] = (struct stat){0};
        if (t->path[i] && stat(t->path[i], &seen[i]))
            seen[i] = (struct stat){0};
    }
}

static enum status
read_files(const struct servertls *t, struct generation **out, struct err *err)
{
    struct generation *g = heap_new(1, sizeof *g);
    enum status        s;

    look_at_files(t, g->seen); /* first: what changes meanwhile is read again */
    s = read_chain(t->path[0], g, err);
    if (!s)
        s = read_key(t->path[1], g, err);
    if (!s)
        s = check_pair(t->path[0], t->path[1], g, err);
    if (!s)
        s = read_trust(t->path[2], g, err);
    if (s) {
        free_generation(g);
        return s;
    }
    *out = g;
    return STATUS_OK;
}

static time_t
now_s(void)
{
    return (time_t)(clock_mono_ms(&clock_system) / 1000);
}

/* Those that no handshake can have any more; the lock is held for writing. */
static void
free_old(struct generation *g)
{
    time_t now = now_s();

    for (; g->next; g = g->next)
        if (g->next->retired_s && now - g->next->retired_s > OLD_FOR_S) {
            struct generation *old = g->next;

            g->next = NULL;
            while (old) {
                struct generation *older = old->next;

                free_generation(old);
                old = older;
            }
            return;
        }
}

enum status
servertls_reload(struct servertls *t, struct err *err)
{
    struct generation *g;
    enum status        s = read_files(t, &g, err);

    if (s)
        return s;
    pthread_rwlock_wrlock(&t->lock);
    if (t->now)
        t->now->retired_s = now_s();
    g->next = t->now;
    t->now = g;
    free_old(g);
    pthread_rwlock_unlock(&t->lock);
    return STATUS_OK;
}

static char *
copied(const char *path)
{
    size_t n = path ? strlen(path) + 1 : 0;
    char  *copy = n ? heap_new(n, 1) : NULL;

    if (n)
        memcpy(copy, path, n);
    return copy;
}

enum status
servertls_open(const struct servertls_files *f, struct servertls **out, struct err *err)
{
    struct servertls *t = heap_new(1, sizeof *t), *none = NULL;
    enum status       s;

    t->path[0] = copied(f->cert_file);
    t->path[1] = copied(f->key_file);
    t->path[2] = copied(f->client_ca_file);
    t->require_client = f->client_ca_file && f->require_client_cert;
    pthread_rwlock_init(&t->lock, NULL);
    s = servertls_reload(t, err);
    if (!s && !atomic_compare_exchange_strong(&current, &none, t))
        s = err_set(err, STATUS_CONFLICT, "tls: certificates of another server are in use");
    if (s) {
        servertls_close(t);
        return s;
    }
    *out = t;
    return STATUS_OK;
}

void
servertls_close(struct servertls *t)
{
    struct servertls *me = t;

    if (!t)
        return;
    (void)atomic_compare_exchange_strong(&current, &me, NULL);
    while (t->now) {
        struct generation *older = t->now->next;

        free_generation(t->now);
        t->now = older;
    }
    for (int i = 0; i < N_FILES; i++)
        free(t->path[i]);
    pthread_rwlock_destroy(&t->lock);
    free(t);
}

bool
servertls_changed(struct servertls *t)
{
    struct stat now[N_FILES];
    bool        changed = false;

    look_at_files(t, now);
    pthread_rwlock_rdlock(&t->lock);
    for (int i = 0; i < N_FILES; i++) {
        const struct stat *was = &t->now->seen[i];

        changed = changed || was->st_ino != now[i].st_ino || was->st_size != now[i].st_size ||
                  was->st_mtim.tv_sec != now[i].st_mtim.tv_sec ||
                  was->st_mtim.tv_nsec != now[i].st_mtim.tv_nsec;
    }
    pthread_rwlock_unlock(&t->lock);
    return changed;
}

int64_t
servertls_expires_s(struct servertls *t)
{
    int64_t s;

    pthread_rwlock_rdlock(&t->lock);
    s = t->now->expires_s;
    pthread_rwlock_unlock(&t->lock);
    return s;
}

bool
servertls_requires_client(const struct servertls *t)
{
    return t->require_client;
}

/* The client's certificates, the first its own; freed by the caller. */
static unsigned
peer_chain(gnutls_session_t session, gnutls_x509_crt_t out[MAX_PEER_CHAIN])
{
    unsigned              n = 0, made = 0;
    const gnutls_datum_t *der = gnutls_certificate_get_peers(session, &n);

    for (unsigned i = 0; der && i < n && i < MAX_PEER_CHAIN; i++) {
        if (gnutls_x509_crt_init(&out[made]) < 0)
            break;
        if (gnutls_x509_crt_import(out[made], &der[i], GNUTLS_X509_FMT_DER) < 0) {
            gnutls_x509_crt_deinit(out[made]);
            break;
        }
        made++;
    }
    return made;
}

static void
free_chain(gnutls_x509_crt_t *chain, unsigned n)
{
    for (unsigned i = 0; i < n; i++)
        gnutls_x509_crt_deinit(chain[i]);
}

/* 0: the handshake goes on. */
static int
verify_client(gnutls_session_t session)
{
    gnutls_typed_vdata_st purpose = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
                                     .data = (unsigned char *)(uintptr_t)GNUTLS_KP_TLS_WWW_CLIENT};
    gnutls_x509_crt_t     chain[MAX_PEER_CHAIN];
    struct servertls     *t = atomic_load(&current);
    unsigned              n = peer_chain(session, chain), status = GNUTLS_CERT_INVALID;
    int                   rc = GNUTLS_E_CERTIFICATE_ERROR;

    if (n == 0)
        return t && !t->require_client ? 0 : GNUTLS_E_CERTIFICATE_REQUIRED;
    if (t) {
        pthread_rwlock_rdlock(&t->lock);
        if (t->now->trust)
            rc = gnutls_x509_trust_list_verify_crt2(t->now->trust, chain, n, &purpose, 1, 0,
                                                    &status, NULL);
        pthread_rwlock_unlock(&t->lock);
    }
    free_chain(chain, n);
    return rc >= 0 && status == 0 ? 0 : GNUTLS_E_CERTIFICATE_ERROR;
}

int
servertls_certificate(gnutls_session_t session, const gnutls_datum_t *ca_names, int n_ca_names,
                      const gnutls_pk_algorithm_t *algorithms, int n_algorithms,
                      gnutls_pcert_st **chain, unsigned *n_chain, gnutls_privkey_t *key)
{
    struct servertls *t = atomic_load(&current);

    (void)ca_names, (void)n_ca_names, (void)algorithms, (void)n_algorithms;
    if (!t)
        return -1;
    pthread_rwlock_rdlock(&t->lock);
    *chain = t->now->chain;
    *n_chain = t->now->n_chain;
    *key = t->now->key;
    if (t->now->trust) {
        gnutls_certificate_server_set_request(session, t->require_client ? GNUTLS_CERT_REQUIRE
                                                                         : GNUTLS_CERT_REQUEST);
        gnutls_session_set_verify_function(session, verify_client);
    }
    pthread_rwlock_unlock(&t->lock);
    return 0;
}

static void
take_name(struct servertls_peer *p, const char *name, size_t n)
{
    if (n == 0 || n >= SERVERTLS_NAME_BYTES || p->n == SERVERTLS_NAMES)
        return;
    for (size_t i = 0; i < n; i++)
        if ((unsigned char)name[i] <= 0x20 || (unsigned char)name[i] >= 0x7f)
            return;
    memcpy(p->name[p->n], name, n);
    p->name[p->n++][n] = '\0';
}

static void
take_names(gnutls_x509_crt_t cert, struct servertls_peer *out)
{
    char   name[SERVERTLS_NAME_BYTES];
    size_t n;
    int    type = 0;

    for (unsigned i = 0; type >= 0 || type == GNUTLS_E_SHORT_MEMORY_BUFFER; i++) {
        n = sizeof name;
        type = gnutls_x509_crt_get_subject_alt_name(cert, i, name, &n, NULL);
        if (type == GNUTLS_SAN_URI || type == GNUTLS_SAN_DNSNAME)
            take_name(out, name, n);
    }
    n = sizeof name;
    if (gnutls_x509_crt_get_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, 0, name, &n) >= 0)
        take_name(out, name, strnlen(name, n));
}

bool
servertls_peer_of(gnutls_session_t session, struct servertls_peer *out)
{
    gnutls_x509_crt_t chain[MAX_PEER_CHAIN];
    unsigned          n = peer_chain(session, chain);

    out->n = 0;
    if (n)
        take_names(chain[0], out);
    free_chain(chain, n);
    return n > 0;
}
