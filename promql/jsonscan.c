#include "promql/jsonscan.h"

void
jsonscan_init(struct jsonscan *j, char *body, size_t n)
{
    *j = (struct jsonscan){.p = body, .end = body + n, .start = body};
}

void
jsonscan_fail(struct jsonscan *j, const char *why)
{
    if (j->failed)
        return;
    j->failed = true;
    j->why = why;
    j->at = (size_t)(j->p - j->start);
    j->p = j->end;
}

char
jsonscan_peek(struct jsonscan *j)
{
    while (j->p < j->end && (*j->p == ' ' || *j->p == '\n' || *j->p == '\r' || *j->p == '\t'))
        j->p++;
    return j->p < j->end ? *j->p : '\0';
}

static void
enter(struct jsonscan *j, char open, const char *why)
{
    if (jsonscan_peek(j) != open) {
        jsonscan_fail(j, why);
        return;
    }
    if (j->depth == JSONSCAN_MAX_DEPTH) {
        jsonscan_fail(j, "nested too deeply");
        return;
    }
    j->p++;
    j->first[++j->depth] = true;
}

void
jsonscan_object(struct jsonscan *j)
{
    enter(j, '{', "an object was expected");
}

void
jsonscan_array(struct jsonscan *j)
{
    enter(j, '[', "an array was expected");
}

/* true: at the start of another member; false: the container was left. */
static bool
next(struct jsonscan *j, char close)
{
    char c = jsonscan_peek(j);

    if (j->failed || j->depth == 0)
        return false;
    if (c == close) {
        j->p++;
        j->depth--;
        return false;
    }
    if (!j->first[j->depth]) {
        if (c != ',') {
            jsonscan_fail(j, "a comma or the container's end was expected");
            return false;
        }
        j->p++;
    }
    j->first[j->depth] = false;
    return true;
}

bool
jsonscan_item(struct jsonscan *j)
{
    return next(j, ']');
}

/* Four hex digits at p, or -1. */
static int32_t
hex4(const struct jsonscan *j, const char *p)
{
    int32_t v = 0;

    if (j->end - p < 4)
        return -1;
    for (int i = 0; i < 4; i++) {
        int d = slice_hex_digit(p[i]);

        if (d < 0)
            return -1;
        v = v * 16 + d;
    }
    return v;
}

static char *
put_utf8(char *to, int32_t c)
{
    if (c < 0x80) {
        *to++ = (char)c;
    } else if (c < 0x800) {
        *to++ = (char)(0xc0 | c >> 6);
        *to++ = (char)(0x80 | (c & 0x3f));
    } else if (c < 0x10000) {
        *to++ = (char)(0xe0 | c >> 12);
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    } else {
        *to++ = (char)(0xf0 | c >> 18);
        *to++ = (char)(0x80 | (c >> 12 & 0x3f));
        *to++ = (char)(0x80 | (c >> 6 & 0x3f));
        *to++ = (char)(0x80 | (c & 0x3f));
    }
    return to;
}

/* j->p stands behind "\u"; the character, or -1 after a failure. */
static int32_t
unicode_escape(struct jsonscan *j)
{
    int32_t high = hex4(j, j->p), low;

    if (high <= 0 || (high >= 0xdc00 && high < 0xe000)) {
        jsonscan_fail(j, "a bad \\u escape");
        return -1;
    }
    j->p += 4;
    if (high < 0xd800 || high >= 0xdc00)
        return high;
    low = j->end - j->p >= 6 && j->p[0] == '\\' && j->p[1] == 'u' ? hex4(j, j->p + 2) : -1;
    if (low < 0xdc00 || low >= 0xe000) {
        jsonscan_fail(j, "half of a surrogate pair");
        return -1;
    }
    j->p += 6;
    return 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
}

/* j->p stands behind a backslash.  Escapes are never shorter than what they
 * stand for, so writing at or behind `to` cannot overtake reading. */
static char *
escape(struct jsonscan *j, char *to, bool keep)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    const char        c = j->p < j->end ? *j->p : '\0';
    const char       *at = c ? strchr(from, c) : NULL;
    int32_t           code;

    if (at) {
        j->p++;
        if (keep)
            *to = into[at - from];
        return to + 1;
    }
    if (c != 'u') {
        jsonscan_fail(j, "an unknown escape");
        return to;
    }
    j->p++;
    code = unicode_escape(j);
    return code < 0 || !keep ? to : put_utf8(to, code);
}

/* keep: unescape in place; else only check the grammar. */
static struct slice
string(struct jsonscan *j, bool keep)
{
    char *start, *to;
    bool  high = false;

    if (jsonscan_peek(j) != '"') {
        jsonscan_fail(j, "a string was expected");
        return (struct slice){0};
    }
    start = to = ++j->p;
    while (j->p < j->end && *j->p != '"') {
        const unsigned char c = (unsigned char)*j->p;

        if (c == '\\') {
            j->p++;
            to = escape(j, to, keep);
            high = true;
            continue;
        }
        if (c < 0x20) {
            jsonscan_fail(j, "a control character in a string");
            return (struct slice){0};
        }
        high |= c >= 0x80;
        if (keep && to != j->p)
            *to = (char)c;
        to++;
        j->p++;
    }
    if (j->p >= j->end) {
        jsonscan_fail(j, "a string without an end");
        return (struct slice){0};
    }
    j->p++;
    if (!keep)
        return (struct slice){0};
    if (high && !slice_utf8((struct slice){start, (size_t)(to - start)})) {
        jsonscan_fail(j, "a string that is not UTF-8");
        return (struct slice){0};
    }
    return (struct slice){start, (size_t)(to - start)};
}

struct slice
jsonscan_text(struct jsonscan *j)
{
    return string(j, true);
}

bool
jsonscan_key(struct jsonscan *j, struct slice *key)
{
    if (!next(j, '}'))
        return false;
    *key = string(j, true);
    if (jsonscan_peek(j) != ':') {
        jsonscan_fail(j, "a colon was expected");
        return false;
    }
    j->p++;
    return true;
}

static bool
digits(struct jsonscan *j)
{
    const char *from = j->p;

    while (j->p < j->end && *j->p >= '0' && *j->p <= '9')
        j->p++;
    return j->p > from;
}

/* RFC 8259 §6. */
struct slice
jsonscan_number(struct jsonscan *j)
{
    char *start;
    bool  ok;

    jsonscan_peek(j);
    start = j->p;
    if (j->p < j->end && *j->p == '-')
        j->p++;
    if (j->p < j->end && *j->p == '0') {
        j->p++;
        ok = true;
    } else {
        ok = digits(j);
    }
    if (ok && j->p < j->end && *j->p == '.') {
        j->p++;
        ok = digits(j);
    }
    if (ok && j->p < j->end && (*j->p == 'e' || *j->p == 'E')) {
        j->p++;
        if (j->p < j->end && (*j->p == '+' || *j->p == '-'))
            j->p++;
        ok = digits(j);
    }
    if (!ok) {
        jsonscan_fail(j, "a number was expected");
        return (struct slice){0};
    }
    return (struct slice){start, (size_t)(j->p - start)};
}

static bool
word(struct jsonscan *j, const char *text)
{
    const size_t n = strlen(text);

    if ((size_t)(j->end - j->p) < n || memcmp(j->p, text, n) != 0)
        return false;
    j->p += n;
    return true;
}

bool
jsonscan_bool(struct jsonscan *j)
{
    jsonscan_peek(j);
    if (word(j, "true"))
        return true;
    if (!word(j, "false"))
        jsonscan_fail(j, "true or false was expected");
    return false;
}

/* Recursion is bounded by JSONSCAN_MAX_DEPTH. */
void
jsonscan_skip(struct jsonscan *j)
{
    switch (jsonscan_peek(j)) {
    case '{':
        jsonscan_object(j);
        while (next(j, '}')) {
            string(j, false);
            if (jsonscan_peek(j) == ':')
                j->p++;
            else
                jsonscan_fail(j, "a colon was expected");
            jsonscan_skip(j);
        }
        return;
    case '[':
        jsonscan_array(j);
        while (jsonscan_item(j))
            jsonscan_skip(j);
        return;
    case '"':
        string(j, false);
        return;
    default:
        if (!word(j, "true") && !word(j, "false") && !word(j, "null"))
            jsonscan_number(j);
    }
}

enum status
jsonscan_end(struct jsonscan *j, struct err *err)
{
    if (!j->failed && (jsonscan_peek(j) || j->p < j->end))
        jsonscan_fail(j, "bytes behind the end");
    if (j->failed)
        return err_set(err, STATUS_MALFORMED, "not the JSON that was expected, at byte %zu: %s",
                       j->at, j->why);
    return STATUS_OK;
}
