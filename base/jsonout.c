#include "base/jsonout.h"

#include <assert.h>
#include <math.h>

void
jsonout_init(struct jsonout *j, struct text *to)
{
    *j = (struct jsonout){.to = to};
}

/* Eight bytes of ASCII of which none needs an escape. */
static bool
eight_are_plain(const char *p)
{
    const uint64_t ones = UINT64_C(0x0101010101010101), highs = ones << 7;
    uint64_t       v, quote, slash;

    memcpy(&v, p, sizeof v);
    quote = v ^ ones * '"';
    slash = v ^ ones * '\\';
    /* Each term has a high bit where a byte is below 0x20, or is zero in the
     * difference, or has its own high bit; a borrow only ever adds a doubt. */
    return (((v - ones * 0x20) | (quote - ones) | (slash - ones) | v) & highs) == 0;
}

static size_t
plain_prefix(struct slice s)
{
    size_t n = 0;

    while (s.n - n >= 8 && eight_are_plain(s.p + n))
        n += 8;
    return n;
}

bool
jsonout_plain(struct slice s)
{
    size_t n = plain_prefix(s);
    char   rest[8] = "aaaaaaaa";

    if (s.n - n >= 8)
        return false;
    if (n == s.n)
        return true;
    memcpy(rest, s.p + n, s.n - n);
    return eight_are_plain(rest);
}

void
jsonout_quote(struct text *t, struct slice s)
{
    size_t from = 0, i = plain_prefix(s);

    text_putc(t, '"');
    while (i < s.n) {
        /* The longest stretch that needs no escape goes in one piece. */
        unsigned char c = (unsigned char)s.p[i];
        size_t        n = 1;
        bool          bad = false;

        if (c >= 0x80) {
            struct slice one = {s.p + i, s.n - i < 4 ? s.n - i : 4};

            n = slice_utf8_first(one);
            bad = n == 0;
        }
        if (c >= 0x20 && c != '"' && c != '\\' && !bad) {
            i += n;
            continue;
        }
        text_put(t, (struct slice){s.p + from, i - from});
        if (bad)
            text_puts(t, "\xef\xbf\xbd");
        else if (c == '"' || c == '\\')
            text_put(t, (struct slice){(char[]){'\\', (char)c}, 2});
        else if (c == '\n')
            text_puts(t, "\\n");
        else
            text_printf(t, "\\u%04x", c);
        from = ++i;
    }
    text_put(t, (struct slice){s.p ? s.p + from : NULL, s.n - from});
    text_putc(t, '"');
}

/* The comma and the key before a value.  Inside an object every value has a
 * key, elsewhere none has. */
static void
lead(struct jsonout *j, const char *key)
{
    assert(j->depth > 0 || !j->comma[0]); /* one value at the top */
    assert(!key == !j->in_object[j->depth]);
    if (j->comma[j->depth])
        text_putc(j->to, ',');
    j->comma[j->depth] = true;
    if (key) {
        jsonout_quote(j->to, slice_of(key));
        text_putc(j->to, ':');
    }
}

static void
begin(struct jsonout *j, const char *key, char open, bool object)
{
    lead(j, key);
    assert(j->depth < JSONOUT_MAX_DEPTH);
    text_putc(j->to, open);
    j->depth++;
    j->comma[j->depth] = false;
    j->in_object[j->depth] = object;
}

static void
end(struct jsonout *j, char close, bool object)
{
    assert(j->depth > 0 && j->in_object[j->depth] == object);
    text_putc(j->to, close);
    j->depth--;
}

void
jsonout_begin_object(struct jsonout *j, const char *key)
{
    begin(j, key, '{', true);
}

void
jsonout_end_object(struct jsonout *j)
{
    end(j, '}', true);
}

void
jsonout_begin_array(struct jsonout *j, const char *key)
{
    begin(j, key, '[', false);
}

void
jsonout_end_array(struct jsonout *j)
{
    end(j, ']', false);
}

void
jsonout_text(struct jsonout *j, const char *key, const char *value)
{
    jsonout_slice(j, key, slice_of(value));
}

void
jsonout_slice(struct jsonout *j, const char *key, struct slice value)
{
    lead(j, key);
    jsonout_quote(j->to, value);
}

void
jsonout_bool(struct jsonout *j, const char *key, bool value)
{
    lead(j, key);
    text_puts(j->to, value ? "true" : "false");
}

void
jsonout_int(struct jsonout *j, const char *key, int64_t value)
{
    lead(j, key);
    text_printf(j->to, "%lld", (long long)value);
}

void
jsonout_uint(struct jsonout *j, const char *key, uint64_t value)
{
    lead(j, key);
    text_printf(j->to, "%llu", (unsigned long long)value);
}

void
jsonout_double(struct jsonout *j, const char *key, double value)
{
    if (!isfinite(value))
        return;
    lead(j, key);
    text_double(j->to, value);
}
