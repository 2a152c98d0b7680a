#include "telemetry/scrapetarget.h"

#include "base/text.h"

#include <stdlib.h>

/* A URL in its parts; the query without its '?'. */
struct parts {
    struct slice scheme, authority, path, query;
};

struct making {
    struct arena                       *arena;
    struct slice                        written; /* for errors */
    const struct scrapetarget_defaults *defaults;
    struct parts                        url;
    struct text                         params; /* of __param_NAME */
    struct tsdb_label                   labels[SCRAPETARGET_MAX_LABELS];
    size_t                              n;
    struct err                         *err;
};

/* What a URL may be made of (RFC 3986 §2), and '%' of what was encoded. */
static bool
url_bytes(struct slice s)
{
    for (size_t i = 0; i < s.n; i++) {
        const unsigned char c = (unsigned char)s.p[i];

        if (c <= 0x20 || c >= 0x7f || strchr("\"<>\\^`{|}#", c))
            return false;
    }
    return true;
}

static enum status
refuse(struct making *m, const char *why)
{
    return err_set(m->err, STATUS_SYNTAX, "target \"%.100s\": %s", arena_text(m->arena, m->written),
                   why);
}

static enum status
check_authority(struct making *m)
{
    struct slice a = m->url.authority, port = {0};
    const char  *end = a.n && a.p[0] == '[' ? memchr(a.p, ']', a.n) : a.p;
    const char  *colon;
    uint64_t     number;

    if (!a.n || a.p[0] == ':' || !end)
        return refuse(m, "no host; HOST:PORT[/PATH] or an http(s) URL is wanted");
    if (memchr(a.p, '@', a.n))
        return refuse(m, "no user or password in an address: give them by file");
    if (!url_bytes(a) || memchr(a.p, '%', a.n))
        return refuse(m, "the host holds what no host's name has");
    colon = memchr(end, ':', a.n - (size_t)(end - a.p));
    if (!colon)
        return STATUS_OK;
    port = (struct slice){colon + 1, a.n - (size_t)(colon + 1 - a.p)};
    if (slice_u64(port, &number) || number < 1 || number > 65535)
        return refuse(m, "the port is none of 1 to 65535");
    return STATUS_OK;
}

static void
split(struct making *m, struct slice s)
{
    const char *at;

    m->url.scheme = slice_of(m->defaults->scheme ? m->defaults->scheme : "http");
    m->url.path = slice_of(m->defaults->path ? m->defaults->path : "/metrics");
    if (slice_starts(s, "http://") || slice_starts(s, "https://")) {
        m->url.scheme = slice_cut(&s, ':');
        s = (struct slice){s.p + 2, s.n - 2};
    }
    at = s.n ? memchr(s.p, '?', s.n) : NULL;
    if (at) {
        m->url.query = (struct slice){at + 1, s.n - (size_t)(at + 1 - s.p)};
        s.n = (size_t)(at - s.p);
    }
    at = s.n ? memchr(s.p, '/', s.n) : NULL;
    m->url.authority = (struct slice){s.p, at ? (size_t)(at - s.p) : s.n};
    if (at && m->url.authority.n + 1 < s.n)
        m->url.path = (struct slice){at, s.n - m->url.authority.n};
}

/* A label that changes the URL, or one that Prometheus keeps for itself. */
static enum status
take_meta(struct making *m, struct slice name, struct slice value)
{
    const struct slice param = {name.p + strlen("__param_"), name.n - strlen("__param_")};

    if (slice_is(name, "__scheme__")) {
        if (!slice_is(value, "http") && !slice_is(value, "https"))
            return refuse(m, "__scheme__ is neither http nor https");
        m->url.scheme = value;
    } else if (slice_is(name, "__metrics_path__")) {
        if (!value.n || value.p[0] != '/')
            return refuse(m, "__metrics_path__ does not start with '/'");
        m->url.path = value;
    } else if (slice_starts(name, "__param_") && name.n > strlen("__param_")) {
        text_puts(&m->params, m->params.n ? "&" : "");
        text_percent(&m->params, param);
        text_putc(&m->params, '=');
        text_percent(&m->params, value);
    } else if (slice_is(name, "__scrape_interval__") || slice_is(name, "__scrape_timeout__")) {
        return refuse(m, "a target has no interval or timeout of its own: they are the source's");
    }
    return STATUS_OK;
}

/* Set a label, instead of one with this name that is there. */
static enum status
put_label(struct making *m, struct slice name, struct slice value)
{
    size_t i = 0;

    while (i < m->n && !slice_equal(m->labels[i].name, name))
        i++;
    if (i == SCRAPETARGET_MAX_LABELS)
        return err_set(m->err, STATUS_LIMIT, "target \"%.100s\": more than %d labels",
                       arena_text(m->arena, m->written), SCRAPETARGET_MAX_LABELS);
    m->labels[i] = (struct tsdb_label){arena_slice(m->arena, name), arena_slice(m->arena, value)};
    m->n += i == m->n;
    return STATUS_OK;
}

static enum status
take_label(struct making *m, const struct tsdb_label *l)
{
    if (l->name.n > SCRAPETARGET_MAX_LABEL_BYTES || l->value.n > SCRAPETARGET_MAX_LABEL_BYTES)
        return err_set(m->err, STATUS_LIMIT, "target \"%.100s\": a label is over %d bytes",
                       arena_text(m->arena, m->written), SCRAPETARGET_MAX_LABEL_BYTES);
    if (!l->name.n || !slice_utf8(l->name) || !slice_utf8(l->value))
        return refuse(m, "a label has no name, or is not UTF-8");
    if (slice_starts(l->name, "__"))
        return take_meta(m, l->name, l->value);
    return put_label(m, l->name, l->value);
}

static bool
has_label(const struct making *m, const char *name)
{
    for (size_t i = 0; i < m->n; i++)
        if (slice_is(m->labels[i].name, name))
            return m->labels[i].value.n > 0;
    return false;
}

static bool
has_port(struct slice authority)
{
    const char *end = authority.p[0] == '[' ? memchr(authority.p, ']', authority.n) : authority.p;

    return memchr(end, ':', authority.n - (size_t)(end - authority.p)) != NULL;
}

static enum status
put_own(struct making *m)
{
    const struct slice a = m->url.authority;
    const char        *port = slice_is(m->url.scheme, "https") ? ":443" : ":80";
    enum status        s = STATUS_OK;

    if (m->defaults->job && !has_label(m, "job"))
        s = put_label(m, SLICE_LITERAL("job"), slice_of(m->defaults->job));
    if (!s && !has_label(m, "instance"))
        s = put_label(
            m, SLICE_LITERAL("instance"),
            slice_of(arena_printf(m->arena, "%.*s%s", SLICE_ARG(a), has_port(a) ? "" : port)));
    return s;
}

static int
by_name(const void *a, const void *b)
{
    return slice_compare(((const struct tsdb_label *)a)->name,
                         ((const struct tsdb_label *)b)->name);
}

/* Labels without a value are absent, as everywhere in Prometheus. */
static void
keep_labels(struct making *m, struct scrapetarget *out)
{
    struct tsdb_label *kept = arena_array(m->arena, m->n, sizeof *kept);
    size_t             n = 0;

    for (size_t i = 0; i < m->n; i++)
        if (m->labels[i].value.n)
            kept[n++] = m->labels[i];
    qsort(kept, n, sizeof *kept, by_name);
    out->labels = kept;
    out->n_labels = n;
}

static enum status
put_url(struct making *m, struct scrapetarget *out)
{
    const struct parts *u = &m->url;
    const bool          query = u->query.n || m->params.n;

    if (!url_bytes(u->path) || !url_bytes(u->query))
        return refuse(m, "the path or query holds what no URL has; percent-encode it");
    if (m->params.status || u->scheme.n + u->authority.n + u->path.n + u->query.n + m->params.n >
                                SCRAPETARGET_MAX_URL_BYTES - sizeof "://?&")
        return err_set(m->err, STATUS_LIMIT, "target \"%.100s\": the URL is over %d bytes",
                       arena_text(m->arena, m->written), SCRAPETARGET_MAX_URL_BYTES);
    out->url = arena_printf(m->arena, "%.*s://%.*s%.*s%s%.*s%s%s", SLICE_ARG(u->scheme),
                            SLICE_ARG(u->authority), SLICE_ARG(u->path), query ? "?" : "",
                            SLICE_ARG(u->query), u->query.n && m->params.n ? "&" : "", m->params.p);
    return STATUS_OK;
}

/* Lengths before the texts: no two targets run into the same bytes. */
static void
put_identity(struct making *m, struct scrapetarget *out)
{
    struct text t;

    text_init(&t, SIZE_MAX / 2); /* bounded by the labels' number and lengths */
    text_puts(&t, out->url);
    for (size_t i = 0; i < out->n_labels; i++) {
        const struct tsdb_label *l = &out->labels[i];

        text_printf(&t, "\n%zu %zu ", l->name.n, l->value.n);
        text_put(&t, l->name);
        text_put(&t, l->value);
    }
    out->identity = arena_slice(m->arena, text_slice(&t));
    text_release(&t);
}

enum status
scrapetarget_make(struct arena *a, struct slice written,
                  const struct scrapetarget_defaults *defaults, const struct tsdb_label *labels,
                  size_t n_labels, struct scrapetarget *out, struct err *err)
{
    struct making m = {.arena = a, .written = written, .defaults = defaults, .err = err};
    enum status   s;

    if (written.n > SCRAPETARGET_MAX_URL_BYTES)
        return err_set(err, STATUS_LIMIT, "a target's address is over %d bytes",
                       SCRAPETARGET_MAX_URL_BYTES);
    text_init(&m.params, SCRAPETARGET_MAX_URL_BYTES);
    split(&m, slice_trim(written));
    s = check_authority(&m);
    for (size_t i = 0; !s && i < defaults->n_labels; i++)
        s = take_label(&m, &defaults->labels[i]);
    for (size_t i = 0; !s && i < n_labels; i++)
        s = take_label(&m, &labels[i]);
    if (!s)
        s = put_own(&m);
    if (!s)
        s = put_url(&m, out);
    if (!s) {
        keep_labels(&m, out);
        put_identity(&m, out);
    }
    text_release(&m.params);
    return s;
}

struct scrapetarget
scrapetarget_copy(struct arena *a, const struct scrapetarget *from)
{
    struct tsdb_label *labels = arena_array(a, from->n_labels, sizeof *labels);

    for (size_t i = 0; i < from->n_labels; i++)
        labels[i] = (struct tsdb_label){arena_slice(a, from->labels[i].name),
                                        arena_slice(a, from->labels[i].value)};
    return (struct scrapetarget){.url = arena_text(a, slice_of(from->url)),
                                 .labels = labels,
                                 .n_labels = from->n_labels,
                                 .identity = arena_slice(a, from->identity)};
}
