#include "daemon/curlfetch.h"

#include "base/heap.h"
#include "base/text.h"
#include "daemon/secretfile.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/resource.h>

enum {
    MAX_HEADER_BYTES = 256 * 1024, /* of one reply; a server may send them for ever */
    MAX_RETRY_AFTER_S = 86400,
    MAX_TYPE_BYTES = 1024,
    MOST_CONNECTIONS = 4096,
};

struct job_list {
    struct fetch_job *first, *last;
};

struct fetch_job {
    struct curlfetch   *owner;
    struct job_list    *list;
    struct fetch_job   *prev, *next;
    CURL               *easy;
    struct curl_slist  *headers;
    struct text         body;
    struct text         type;       /* Content-Type of the reply */
    fetch_part_fn       part;       /* NULL: body gathers */
    size_t              part_bytes; /* told so far */
    size_t              header_bytes;
    bool                cancelled;
    struct fetch_result result;
    char                why[CURL_ERROR_SIZE];
    fetch_done_fn       done;
    void               *ctx;
};

struct curlfetch {
    struct curlfetch_config config;
    CURLM                  *multi;
    struct job_list         running;
    struct job_list         ended; /* to be reported by curlfetch_run, in this order */
    size_t                  n;
};

static pthread_once_t curl_once = PTHREAD_ONCE_INIT;

static void
init_curl(void)
{
    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
        abort();
}

static void
unlink_job(struct fetch_job *job)
{
    *(job->prev ? &job->prev->next : &job->list->first) = job->next;
    *(job->next ? &job->next->prev : &job->list->last) = job->prev;
    job->prev = job->next = NULL;
}

static void
append_job(struct fetch_job *job, struct job_list *list)
{
    job->list = list;
    job->prev = list->last;
    *(job->prev ? &job->prev->next : &list->first) = job;
    list->last = job;
}

/* From now on the result is fixed and waits for curlfetch_run. */
static void
end_job(struct fetch_job *job)
{
    if (job->list == &job->owner->ended)
        return;
    unlink_job(job);
    append_job(job, &job->owner->ended);
    curl_multi_wakeup(job->owner->multi);
}

static size_t
on_body(char *p, size_t one, size_t n, void *ctx)
{
    struct fetch_job *job = ctx;
    long              code = 0;

    (void)one;
    if (!job->part) {
        text_put(&job->body, (struct slice){p, n});
        return job->body.status ? 0 : n;
    }
    if (job->cancelled)
        return 0;
    if (n > job->body.max_bytes - job->part_bytes) {
        job->body.status = STATUS_TOO_LARGE;
        return 0;
    }
    job->part_bytes += n;
    curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &code);
    if (job->part(job->ctx, (int)code, text_slice(&job->type), (struct slice){p, n}))
        return n;
    job->cancelled = true;
    return 0;
}

static size_t
on_header(char *p, size_t one, size_t n, void *ctx)
{
    struct fetch_job *job = ctx;
    struct slice      value = {p, n}, name;
    uint64_t          seconds;

    (void)one;
    job->header_bytes += n;
    if (job->header_bytes > MAX_HEADER_BYTES) {
        job->body.status = STATUS_TOO_LARGE;
        return 0;
    }
    while (value.n && (value.p[value.n - 1] == '\r' || value.p[value.n - 1] == '\n'))
        value.n--;
    if (slice_starts(value, "HTTP/")) { /* of a new reply, after 100 Continue */
        job->result.retry_after_ms = -1;
        text_clear(&job->type);
    }
    name = slice_cut(&value, ':');
    if (slice_is_nocase(name, "content-type")) {
        text_clear(&job->type); /* one that is too long is none */
        text_put(&job->type, slice_trim(value));
    }
    /* The form with a date is left alone: our clock need not be the server's. */
    if (slice_is_nocase(name, "retry-after") && slice_u64(slice_trim(value), &seconds) == STATUS_OK)
        job->result.retry_after_ms =
            (int64_t)(seconds < MAX_RETRY_AFTER_S ? seconds : MAX_RETRY_AFTER_S) * 1000;
    return n;
}

static bool
header_valid(const char *text)
{
    for (const unsigned char *p = (const unsigned char *)text; *p; p++)
        if ((*p < 0x20 && *p != '\t') || *p == 0x7f)
            return false;
    return true;
}

static void
add_header(struct fetch_job *job, const char *line)
{
    struct curl_slist *list = curl_slist_append(job->headers, line);

    if (!list)
        abort();
    job->headers = list;
}

static enum status
add_named_header(struct fetch_job *job, const char *name, const char *value)
{
    struct text line;
    enum status s;

    text_init(&line, SECRETFILE_MAX_BYTES + 1024);
    /* libcurl drops a header that has no value unless it ends in ';'. */
    text_printf(&line, *value ? "%s: %s" : "%s;", name, value);
    s = line.status;
    if (s)
        err_set(&job->result.err, s, "header %.100s is too long", name);
    else if (!*name || strpbrk(name, ":; \t") || !header_valid(line.p))
        s = err_set(&job->result.err, STATUS_SYNTAX, "\"%.100s\" cannot be sent as a header", name);
    else
        add_header(job, line.p);
    secretfile_wipe(&line);
    return s;
}

static enum status
add_bearer(struct fetch_job *job, const char *file)
{
    struct text value;
    enum status s;

    text_init(&value, SECRETFILE_MAX_BYTES + 16);
    text_puts(&value, "Bearer ");
    s = secretfile_read(file, &value, &job->result.err);
    if (!s)
        s = add_named_header(job, "Authorization", value.p);
    secretfile_wipe(&value);
    return s;
}

static enum status
set_basic(struct fetch_job *job, const struct fetch_peer *peer)
{
    struct text password;
    enum status s;

    if (strchr(peer->basic_user, ':'))
        return err_set(&job->result.err, STATUS_SYNTAX, "a user's name cannot hold a colon");
    if (!peer->basic_password_file)
        return err_set(&job->result.err, STATUS_SYNTAX, "user %.100s has no password file",
                       peer->basic_user);
    text_init(&password, SECRETFILE_MAX_BYTES);
    s = secretfile_read(peer->basic_password_file, &password, &job->result.err);
    if (!s) {
        curl_easy_setopt(job->easy, CURLOPT_HTTPAUTH, (long)CURLAUTH_BASIC);
        curl_easy_setopt(job->easy, CURLOPT_USERNAME, peer->basic_user);
        curl_easy_setopt(job->easy, CURLOPT_PASSWORD, password.p);
    }
    secretfile_wipe(&password);
    return s;
}

static enum status
set_peer(struct fetch_job *job, const struct fetch_peer *peer)
{
    enum status s = STATUS_OK;

    if (peer->bearer_token_file)
        s = add_bearer(job, peer->bearer_token_file);
    if (!s && peer->basic_user)
        s = set_basic(job, peer);
    for (size_t i = 0; !s && i < peer->n_headers; i++)
        s = add_named_header(job, peer->headers[i].name, peer->headers[i].value);
    if (peer->ca_file)
        curl_easy_setopt(job->easy, CURLOPT_CAINFO, peer->ca_file);
    if (peer->client_cert_file)
        curl_easy_setopt(job->easy, CURLOPT_SSLCERT, peer->client_cert_file);
    if (peer->client_key_file)
        curl_easy_setopt(job->easy, CURLOPT_SSLKEY, peer->client_key_file);
    return s;
}

static void
set_bounds(struct fetch_job *job, const struct fetch_request *req)
{
    const int64_t timeout_ms = req->timeout_ms > 1 ? req->timeout_ms : 1;
    const long    whole = (long)(timeout_ms < INT32_MAX ? timeout_ms : INT32_MAX);
    CURL         *e = job->easy;

    curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, whole);
    curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, job->owner->config.connect_timeout_ms);
    curl_easy_setopt(e, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(e, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(e, CURLOPT_PROXY, "");
    curl_easy_setopt(e, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
    curl_easy_setopt(e, CURLOPT_DISALLOW_USERNAME_IN_URL, 1L);
    curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L);
    /* A name that is still being looked up when its time is over must not make
     * the loop wait for the resolver's thread. */
    curl_easy_setopt(e, CURLOPT_QUICK_EXIT, 1L);
    curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(e, CURLOPT_ACCEPT_ENCODING, "gzip");
    /* A stream may be silent for minutes: whether its peer still lives is asked. */
    curl_easy_setopt(e, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPIDLE, 30L);
    curl_easy_setopt(e, CURLOPT_TCP_KEEPINTVL, 10L);
    curl_easy_setopt(e, CURLOPT_USERAGENT, "verdictd");
    /* libcurl walks through its whole cache of names at the end of each transfer;
     * connections are kept anyway, and a new one asks for the name anew. */
    curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
}

static enum status
set_up(struct fetch_job *job, const struct fetch_request *req)
{
    CURL       *e = job->easy;
    enum status s;

    /* curl would guess a scheme, and file:// is nobody's source. */
    if (!slice_starts(slice_of(req->url), "http://") &&
        !slice_starts(slice_of(req->url), "https://"))
        return err_set(&job->result.err, STATUS_SYNTAX, "not an http or https URL: %.100s",
                       req->url);
    set_bounds(job, req);
    curl_easy_setopt(e, CURLOPT_URL, req->url);
    curl_easy_setopt(e, CURLOPT_PRIVATE, job);
    curl_easy_setopt(e, CURLOPT_ERRORBUFFER, job->why);
    curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(e, CURLOPT_WRITEDATA, job);
    curl_easy_setopt(e, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(e, CURLOPT_HEADERDATA, job);
    if (!strcmp(req->method, "POST") || !strcmp(req->method, "PATCH")) {
        curl_easy_setopt(e, CURLOPT_POST, 1L);
        curl_easy_setopt(e, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)req->body.n);
        curl_easy_setopt(e, CURLOPT_POSTFIELDS, req->body.n ? req->body.p : "");
        add_header(job, "Expect:"); /* no waiting for 100 Continue */
        curl_easy_setopt(e, CURLOPT_CUSTOMREQUEST, req->method);
    }
    s = req->content_type ? add_named_header(job, "Content-Type", req->content_type) : STATUS_OK;
    for (size_t i = 0; !s && i < req->n_headers; i++)
        s = add_named_header(job, req->headers[i].name, req->headers[i].value);
    if (!s && req->peer)
        s = set_peer(job, req->peer);
    curl_easy_setopt(e, CURLOPT_HTTPHEADER, job->headers);
    return s;
}

static struct fetch_job *
curl_start(void *self, const struct fetch_request *req, fetch_done_fn done, void *ctx)
{
    struct curlfetch *f = self;
    struct fetch_job *job = heap_new(1, sizeof *job);

    job->owner = f;
    job->done = done;
    job->ctx = ctx;
    job->result.retry_after_ms = -1;
    text_init(&job->body, req->max_reply_bytes);
    text_init(&job->type, MAX_TYPE_BYTES);
    job->part = req->part;
    job->easy = curl_easy_init();
    if (!job->easy)
        abort();
    append_job(job, &f->running);
    f->n++;
    job->result.status = set_up(job, req);
    if (job->result.status == STATUS_OK && curl_multi_add_handle(f->multi, job->easy) != CURLM_OK)
        abort(); /* only for a bad handle or no memory */
    if (job->result.status)
        end_job(job);
    return job;
}

static void
curl_cancel(void *self, struct fetch_job *job)
{
    (void)self;
    job->cancelled = true;
    end_job(job);
}

/* The transfer failed before a whole reply had come. */
static void
tell_failure(struct fetch_job *job, CURLcode rc)
{
    struct fetch_result *r = &job->result;
    const char          *why = *job->why ? job->why : curl_easy_strerror(rc);
    curl_off_t           connected_us = 0;

    switch ((int)rc) {
    case CURLE_WRITE_ERROR:
        if (job->header_bytes > MAX_HEADER_BYTES)
            r->status = err_set(&r->err, STATUS_TOO_LARGE, "the reply's headers are over %d bytes",
                                MAX_HEADER_BYTES);
        else if (job->body.status)
            r->status = err_set(&r->err, STATUS_TOO_LARGE, "the reply is over %zu bytes",
                                job->body.max_bytes);
        else
            r->status = err_set(&r->err, STATUS_MALFORMED, "%s", why);
        return;
    case CURLE_OPERATION_TIMEDOUT:
        curl_easy_getinfo(job->easy, CURLINFO_PRETRANSFER_TIME_T, &connected_us);
        r->status =
            err_set(&r->err, connected_us > 0 ? STATUS_TIMEOUT : STATUS_UNREACHABLE, "%s", why);
        return;
    case CURLE_SSL_CERTPROBLEM:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_CRL_BADFILE:
        r->status = err_set(&r->err, STATUS_IO, "%s", why);
        return;
    case CURLE_URL_MALFORMAT:
        r->status = err_set(&r->err, STATUS_SYNTAX, "%s", why);
        return;
    case CURLE_UNSUPPORTED_PROTOCOL: /* what is not HTTP/1 is taken for HTTP/0.9 */
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
        r->status = err_set(&r->err, STATUS_MALFORMED, "%s", why);
        return;
    case CURLE_OUT_OF_MEMORY:
        abort();
    default:
        r->status = err_set(&r->err, STATUS_UNREACHABLE, "%s", why);
    }
}

static void
collect(struct curlfetch *f)
{
    CURLMsg *m;
    int      left;

    while ((m = curl_multi_info_read(f->multi, &left))) {
        struct fetch_job *job = NULL;
        long              code = 0;

        if (m->msg != CURLMSG_DONE)
            continue;
        curl_easy_getinfo(m->easy_handle, CURLINFO_PRIVATE, (char **)&job);
        if (job->list == &f->ended)
            continue;
        if (m->data.result == CURLE_OK) {
            curl_easy_getinfo(job->easy, CURLINFO_RESPONSE_CODE, &code);
            job->result.http_code = (int)code;
            job->result.body = text_slice(&job->body);
            job->result.content_type = text_slice(&job->type);
        } else {
            tell_failure(job, m->data.result);
        }
        end_job(job);
    }
}

static void
report(struct fetch_job *job)
{
    struct curlfetch *f = job->owner;

    unlink_job(job);
    f->n--;
    curl_multi_remove_handle(f->multi, job->easy);
    curl_easy_cleanup(job->easy);
    /* Headers hold credentials, which must not stay in freed memory. */
    for (struct curl_slist *h = job->headers; h; h = h->next)
        explicit_bzero(h->data, strlen(h->data));
    curl_slist_free_all(job->headers);
    if (job->cancelled) {
        job->result = (struct fetch_result){.retry_after_ms = -1};
        job->result.status =
            err_set(&job->result.err, STATUS_CANCELLED, "the request was cancelled");
    }
    job->done(job->ctx, &job->result);
    text_release(&job->body);
    text_release(&job->type);
    free(job);
}

void
curlfetch_run(struct curlfetch *f)
{
    struct fetch_job *last;
    bool              more;
    int               running;

    curl_multi_perform(f->multi, &running);
    collect(f);
    /* What ends while these are reported comes behind, and waits. */
    last = f->ended.last;
    more = last != NULL;
    while (more) {
        struct fetch_job *job = f->ended.first;

        more = job != last;
        report(job);
    }
}

/* The other half is the HTTP server's and the store's. */
static long
half_of_files(void)
{
    struct rlimit l;

    if (getrlimit(RLIMIT_NOFILE, &l) || l.rlim_cur / 2 > MOST_CONNECTIONS)
        return MOST_CONNECTIONS;
    return l.rlim_cur < 4 ? 1 : (long)l.rlim_cur / 2;
}

struct curlfetch *
curlfetch_new(const struct curlfetch_config *config)
{
    struct curlfetch *f = heap_new(1, sizeof *f);

    pthread_once(&curl_once, init_curl);
    f->config = config ? *config : (struct curlfetch_config){0};
    if (!f->config.max_connections)
        f->config.max_connections = half_of_files();
    if (!f->config.max_connections_per_host)
        f->config.max_connections_per_host = 64;
    if (!f->config.max_idle_connections)
        f->config.max_idle_connections = f->config.max_connections;
    if (!f->config.connect_timeout_ms)
        f->config.connect_timeout_ms = 3000;
    f->multi = curl_multi_init();
    if (!f->multi)
        abort();
    curl_multi_setopt(f->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, f->config.max_connections);
    curl_multi_setopt(f->multi, CURLMOPT_MAX_HOST_CONNECTIONS, f->config.max_connections_per_host);
    curl_multi_setopt(f->multi, CURLMOPT_MAXCONNECTS, f->config.max_idle_connections);
    return f;
}

void
curlfetch_free(struct curlfetch *f)
{
    if (!f)
        return;
    while (f->running.first || f->ended.first) {
        struct fetch_job *job = f->running.first ? f->running.first : f->ended.first;

        job->cancelled = true;
        report(job);
    }
    curl_multi_cleanup(f->multi);
    free(f);
}

struct fetch
curlfetch_port(struct curlfetch *f)
{
    return (struct fetch){.start = curl_start, .cancel = curl_cancel, .self = f};
}

CURLM *
curlfetch_multi(struct curlfetch *f)
{
    return f->multi;
}

size_t
curlfetch_open(const struct curlfetch *f)
{
    return f->n;
}
