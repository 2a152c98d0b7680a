#include "base/log.h"

#include "base/clock.h"
#include "base/counter.h"
#include "base/text.h"

#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* A line that would be longer ends in LAST instead of the rest. */
#define LAST " truncated=true\n"
enum { LINE_BYTES = 4096, USABLE_BYTES = LINE_BYTES - (int)sizeof LAST };

struct line {
    char   p[LINE_BYTES];
    size_t n;
    bool   full;
};

static _Atomic int     lowest = LOG_LEVEL_INFO;
static pthread_mutex_t sink_lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
    void (*call)(void *ctx, struct slice line);
    void *ctx;
} sink;

struct log_field
log_text(const char *key, const char *value)
{
    return log_slice(key, slice_of(value));
}

struct log_field
log_slice(const char *key, struct slice value)
{
    return (struct log_field){.key = key, .kind = LOG_FIELD_TEXT, .text = value};
}

struct log_field
log_int(const char *key, int64_t value)
{
    return (struct log_field){.key = key, .kind = LOG_FIELD_INT, .integer = value};
}

struct log_field
log_double(const char *key, double value)
{
    return (struct log_field){.key = key, .kind = LOG_FIELD_DOUBLE, .number = value};
}

/* All of s or nothing: an escape is never cut in two. */
static void
put(struct line *l, struct slice s)
{
    if (l->full || s.n > USABLE_BYTES - l->n) {
        l->full = true;
        return;
    }
    if (s.n)
        memcpy(l->p + l->n, s.p, s.n);
    l->n += s.n;
}

static bool
is_plain(unsigned char c)
{
    return c > ' ' && c < 0x7f && c != '"' && c != '=' && c != '\\';
}

static void
put_escaped(struct line *l, unsigned char c)
{
    static const char names[] = "\"\"\\\\\nn\rr\tt";
    char              buf[8];

    for (const char *at = names; *at; at += 2)
        if (*at == (char)c) {
            put(l, (struct slice){(char[]){'\\', at[1]}, 2});
            return;
        }
    snprintf(buf, sizeof buf, "\\x%02x", c);
    put(l, slice_of(buf));
}

/* Quoted; what is not printable UTF-8 becomes an escape, C1 controls too, as
 * some terminals obey them. */
static void
put_quoted(struct line *l, struct slice s)
{
    bool utf8 = slice_utf8(s);

    put(l, slice_of("\""));
    for (size_t i = 0; i < s.n && !l->full; i++) {
        unsigned char c = (unsigned char)s.p[i];
        bool          c1 = c == 0xc2 && i + 1 < s.n && (unsigned char)s.p[i + 1] < 0xa0;

        if (is_plain(c) || c == ' ' || c == '=') {
            put(l, (struct slice){s.p + i, 1});
        } else if (c1 && utf8) {
            put_escaped(l, c);
            put_escaped(l, (unsigned char)s.p[++i]);
        } else if (c >= 0x80 && utf8) {
            size_t n = i + 1;

            while (n < s.n && ((unsigned char)s.p[n] & 0xc0) == 0x80)
                n++;
            put(l, (struct slice){s.p + i, n - i});
            i = n - 1;
        } else {
            put_escaped(l, c);
        }
    }
    l->p[l->n++] = '"'; /* USABLE_BYTES leaves room for it */
}

static void
put_value(struct line *l, struct slice s)
{
    bool plain = s.n > 0;

    for (size_t i = 0; i < s.n && plain; i++)
        plain = is_plain((unsigned char)s.p[i]);
    /* A plain value that does not fit is cut as a quoted one is. */
    if (plain && s.n <= USABLE_BYTES - l->n)
        put(l, s);
    else
        put_quoted(l, s);
}

static void
put_field(struct line *l, const struct log_field *f)
{
    struct text number;

    put(l, slice_of(" "));
    put(l, slice_of(f->key));
    put(l, slice_of("="));
    if (l->full)
        return;
    if (f->kind == LOG_FIELD_TEXT) {
        put_value(l, f->text);
        return;
    }
    text_init(&number, 64);
    if (f->kind == LOG_FIELD_INT)
        text_printf(&number, "%lld", (long long)f->integer);
    else
        text_double(&number, f->number);
    put(l, text_slice(&number));
    text_release(&number);
}

static struct counter written[LOG_LEVEL_ERROR + 1];

static void
emit(struct slice line)
{
    pthread_mutex_lock(&sink_lock);
    if (sink.call) {
        sink.call(sink.ctx, line);
        line.n = 0;
    }
    pthread_mutex_unlock(&sink_lock);
    while (line.n) {
        ssize_t n = write(STDERR_FILENO, line.p, line.n);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* nowhere left to say so */
        line.p += n;
        line.n -= (size_t)n;
    }
}

void
log_write(enum log_level level, const char *event, const struct log_field *fields)
{
    static const char *const name[] = {"debug", "info", "warn", "error"};
    char                     ts[CLOCK_RFC3339_BYTES];
    struct line              l = {.n = 0};

    if ((int)level < atomic_load_explicit(&lowest, memory_order_relaxed))
        return;
    counter_add(&written[level], 1);
    clock_rfc3339(clock_wall_ms(&clock_system), ts);
    put(&l, slice_of("ts="));
    put(&l, slice_of(ts));
    put(&l, slice_of(" level="));
    put(&l, slice_of(name[level]));
    put(&l, slice_of(" event="));
    put_value(&l, slice_of(event));
    for (; fields->key && !l.full; fields++)
        put_field(&l, fields);
    if (l.full) {
        memcpy(l.p + l.n, LAST, sizeof LAST - 1);
        l.n += sizeof LAST - 1;
    } else {
        l.p[l.n++] = '\n';
    }
    emit((struct slice){l.p, l.n});
}

uint64_t
log_written(enum log_level level)
{
    return counter_get(&written[level]);
}

void
log_set_level(enum log_level level)
{
    atomic_store_explicit(&lowest, (int)level, memory_order_relaxed);
}

void
log_set_sink(void (*call)(void *ctx, struct slice line), void *ctx)
{
    pthread_mutex_lock(&sink_lock);
    sink.call = call;
    sink.ctx = ctx;
    pthread_mutex_unlock(&sink_lock);
}
