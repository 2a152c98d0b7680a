#include "telemetry/exposition.h"

#include "telemetry/numbers.h"
#include "telemetry/seriestext.h"

#include <inttypes.h>
#include <string.h>

static const struct {
    const char *word, *text;
} family_type[] = {
#define FAMILY_TYPE(name, word, text) [EXPOSITION_##name] = {word, text},
#include "telemetry/exposition_type.def"
#undef FAMILY_TYPE
};

const char *
exposition_type_name(enum exposition_type t)
{
    return family_type[t].word;
}

enum exposition_format
exposition_format_of(struct slice content_type)
{
    struct slice media = slice_trim(slice_cut(&content_type, ';'));

    return slice_is_nocase(media, "application/openmetrics-text") ? EXPOSITION_OPENMETRICS
                                                                  : EXPOSITION_TEXT;
}

/* One line under way. */
struct scan {
    struct exposition      *e;
    struct exposition_line *out;
    struct err             *err;
    const char             *p, *end;
};

static bool
is_strict(const struct scan *s)
{
    return s->e->format == EXPOSITION_OPENMETRICS;
}

enum { EXCERPT_BYTES = 24 };

/* Lines are counted only now: nobody else needs their numbers. */
static enum status
expected(struct scan *s, const char *at, const char *what)
{
    const char *line_start = s->e->body.p, *nl;
    uint64_t    line = s->e->lines_above + 1;
    int         n = 0;

    while ((nl = memchr(line_start, '\n', (size_t)(at - line_start))) != NULL) {
        line_start = nl + 1;
        line++;
    }
    while (n < EXCERPT_BYTES && at + n < s->end && at[n] != '\n')
        n++;
    return err_set(s->err, STATUS_SYNTAX, "line %" PRIu64 ", column %zu: expected %s, got \"%.*s\"",
                   line, (size_t)(at - line_start) + 1, what, n, at);
}

static const char *
skip_blanks(const char *p, const char *end)
{
    while (p < end && (*p == ' ' || *p == '\t'))
        p++;
    return p;
}

static bool
begins(const struct scan *s, const char *with)
{
    return slice_starts((struct slice){s->p, (size_t)(s->end - s->p)}, with);
}

/* What stands behind a series: value, time, line break. */
static enum status
text_tail(struct scan *s)
{
    const char *at = skip_blanks(s->p, s->end), *p;

    p = numbers_value(at, s->end, true, &s->out->value);
    if (!p)
        return expected(s, at, "a value");
    at = skip_blanks(p, s->end);
    if (at < s->end && *at != '\n') {
        p = numbers_time_ms(at, s->end, &s->out->t_ms);
        if (!p)
            return expected(s, at, "a time in whole ms or the end of the line");
        s->out->has_time = true;
        at = skip_blanks(p, s->end);
        if (at < s->end && *at != '\n')
            return expected(s, at, "the end of the line");
    }
    s->p = at < s->end ? at + 1 : at;
    return STATUS_OK;
}

/* A blank and a number of seconds. */
static enum status
openmetrics_time(struct scan *s, int64_t *t_ms)
{
    const char *p = numbers_time_s(s->p + 1, s->end, t_ms);

    if (!p)
        return expected(s, s->p + 1, "a time in seconds");
    s->p = p;
    return STATUS_OK;
}

static enum status
openmetrics_value(struct scan *s, double *v)
{
    const char *p;

    if (s->p == s->end || *s->p != ' ')
        return expected(s, s->p, "a blank and a value");
    p = numbers_value(s->p + 1, s->end, false, v);
    if (!p)
        return expected(s, s->p + 1, "a value");
    s->p = p;
    return STATUS_OK;
}

static enum status
line_end(struct scan *s)
{
    if (s->p == s->end)
        return expected(s, s->p, "# EOF at the end");
    if (*s->p != '\n')
        return expected(s, s->p, "the end of the line");
    s->p++;
    return STATUS_OK;
}

/* Checked as Prometheus checks it, and dropped. */
static enum status
exemplar(struct scan *s)
{
    struct seriestext series = {.style = SERIESTEXT_STRICT};
    const char       *p = seriestext_exemplar(&series, s->p + 4, s->end);
    int64_t           t_ms;
    double            v;
    enum status       st;

    if (!p)
        return expected(s, series.wrong_at, series.wrong);
    s->p = p;
    st = openmetrics_value(s, &v);
    if (st == STATUS_OK && s->p < s->end && *s->p == ' ')
        st = openmetrics_time(s, &t_ms);
    return st ? st : line_end(s);
}

static enum status
openmetrics_tail(struct scan *s)
{
    enum status st = openmetrics_value(s, &s->out->value);

    if (st == STATUS_OK && s->p < s->end && *s->p == ' ' && !begins(s, " # {")) {
        st = openmetrics_time(s, &s->out->t_ms);
        s->out->has_time = true;
    }
    if (st)
        return st;
    return begins(s, " # {") ? exemplar(s) : line_end(s);
}

static enum status
tail(struct scan *s)
{
    enum status st = is_strict(s) ? openmetrics_tail(s) : text_tail(s);

    if (st == STATUS_OK)
        s->e->at = (size_t)(s->p - s->e->body.p);
    return st;
}

static enum status
sample(struct scan *s)
{
    struct seriestext series = {.style = is_strict(s) ? SERIESTEXT_STRICT : SERIESTEXT_LOOSE,
                                .one_line = s->e->in_parts};
    const char       *p = seriestext_read(&series, s->p, s->end);

    if (!p)
        return expected(s, series.wrong_at, series.wrong);
    *s->out = (struct exposition_line){
        .what = EXPOSITION_SAMPLE, .series = {s->p, (size_t)(p - s->p)}, .type = s->e->type};
    s->p = p;
    return tail(s);
}

static enum status
family_of_type(struct scan *s, struct slice word)
{
    for (size_t t = 0; t < ARRAY_LEN(family_type); t++) {
        const char *name = is_strict(s) ? family_type[t].word : family_type[t].text;

        if (name && slice_is(word, name)) {
            s->out->type = s->e->type = (enum exposition_type)t;
            return STATUS_OK;
        }
    }
    return expected(s, word.p, "a metric type");
}

/* A unit is the end of its family's name. */
static bool
unit_fits(struct slice family, struct slice unit)
{
    return unit.n == 0 || (family.n > unit.n && family.p[family.n - unit.n - 1] == '_' &&
                           slice_equal((struct slice){family.p + family.n - unit.n, unit.n}, unit));
}

static enum status
told_of_family(struct scan *s)
{
    struct slice         text = s->out->text;
    enum exposition_type type = s->e->type;

    switch (s->out->what) {
    case EXPOSITION_TYPE:
        return family_of_type(s, text);
    case EXPOSITION_HELP:
        while (text.n)
            if (!slice_utf8(slice_cut(&text, '\0')))
                return expected(s, s->out->text.p, "valid UTF-8");
        break;
    case EXPOSITION_UNIT:
        if (!unit_fits(s->out->series, text))
            return expected(s, text.p, "a unit that ends the name");
        break;
    case EXPOSITION_SAMPLE:
    case EXPOSITION_END:
        break;
    }
    s->out->type = type;
    return STATUS_OK;
}

/* From behind the keyword: the family's name, and what is told of it. */
static enum status
family_line(struct scan *s, enum exposition_what what)
{
    const char *at = is_strict(s) ? s->p : skip_blanks(s->p, s->end), *p, *nl;
    enum status st;

    *s->out = (struct exposition_line){.what = what};
    p = seriestext_family(at, s->end, &s->out->series);
    if (!p)
        return expected(s, at, "a metric name");
    nl = memchr(p, '\n', (size_t)(s->end - p));
    if (is_strict(s) && (p == s->end || *p != ' ' || !nl))
        return expected(s, p, "a blank, a text and the end of the line");
    if (!nl)
        nl = s->end;
    /* One blank parts name and text; a text of blanks only is none. */
    if (p < nl && (is_strict(s) || skip_blanks(p, nl) < nl))
        s->out->text = (struct slice){p + 1, (size_t)(nl - p - 1)};
    else
        s->out->text = (struct slice){nl, 0};
    st = told_of_family(s);
    if (st == STATUS_OK)
        s->e->at = (size_t)(nl - s->e->body.p) + (nl < s->end);
    return st;
}

static const struct {
    const char          *word;
    enum exposition_what what;
    bool                 strict_only;
} keyword[] = {
    {"HELP", EXPOSITION_HELP, false},
    {"TYPE", EXPOSITION_TYPE, false},
    {"UNIT", EXPOSITION_UNIT, true},
};

/* Moves behind a keyword that stands at s->p; ARRAY_LEN(keyword): none does. */
static size_t
take_keyword(struct scan *s)
{
    for (size_t k = 0; k < ARRAY_LEN(keyword); k++) {
        const char *behind = s->p + strlen(keyword[k].word);

        if (!begins(s, keyword[k].word) || behind == s->end ||
            (keyword[k].strict_only && !is_strict(s)))
            continue;
        if (*behind == ' ' || (*behind == '\t' && !is_strict(s))) {
            s->p = behind + 1;
            return k;
        }
    }
    return ARRAY_LEN(keyword);
}

/* *done: a line to tell of; else a comment was skipped. */
static enum status
text_comment(struct scan *s, bool *done)
{
    const char *nl = memchr(s->p, '\n', (size_t)(s->end - s->p));
    const char *word = skip_blanks(s->p + 1, s->end);
    size_t      k = ARRAY_LEN(keyword);

    if (word > s->p + 1) {
        s->p = word;
        k = take_keyword(s);
    }
    *done = k < ARRAY_LEN(keyword);
    if (*done)
        return family_line(s, keyword[k].what);
    s->p = nl ? nl + 1 : s->end;
    return STATUS_OK;
}

static enum status
openmetrics_comment(struct scan *s)
{
    const char *at = s->p;
    size_t      k;

    if (begins(s, "# EOF")) {
        at += strlen("# EOF");
        at += at < s->end && *at == '\n';
        if (at < s->end)
            return expected(s, at, "nothing behind # EOF");
        *s->out = (struct exposition_line){.what = EXPOSITION_END};
        s->e->at = s->e->body.n;
        return STATUS_OK;
    }
    if (!begins(s, "# "))
        return expected(s, at, "# HELP, # TYPE, # UNIT or # EOF");
    s->p += 2;
    k = take_keyword(s);
    if (k == ARRAY_LEN(keyword))
        return expected(s, at, "# HELP, # TYPE, # UNIT or # EOF");
    return family_line(s, keyword[k].what);
}

static enum status
text_next(struct scan *s)
{
    for (bool done = false; !done;) {
        enum status st;

        while (s->p < s->end && (*s->p == ' ' || *s->p == '\t' || *s->p == '\n'))
            s->p++;
        if (s->p == s->end) {
            *s->out = (struct exposition_line){.what = EXPOSITION_END};
            s->e->at = s->e->body.n;
            return STATUS_OK;
        }
        if (*s->p != '#')
            return sample(s);
        st = text_comment(s, &done);
        if (st)
            return st;
    }
    return STATUS_OK;
}

static struct scan
scan_from(struct exposition *e, size_t at, struct exposition_line *out, struct err *err)
{
    if (!e->body.p)
        e->body.p = "";
    return (struct scan){e, out, err, e->body.p + at, e->body.p + e->body.n};
}

enum status
exposition_next(struct exposition *e, struct exposition_line *out, struct err *err)
{
    struct scan s = scan_from(e, e->at, out, err);

    if (!is_strict(&s))
        return text_next(&s);
    if (s.p == s.end)
        return expected(&s, s.p, "# EOF at the end");
    return *s.p == '#' ? openmetrics_comment(&s) : sample(&s);
}

enum status
exposition_known(struct exposition *e, size_t series_bytes, struct exposition_line *out,
                 struct err *err)
{
    struct scan s = scan_from(e, e->at + series_bytes, out, err);

    if (s.p[-1] != '}') {
        const char *p = is_strict(&s) ? s.p : skip_blanks(s.p, s.end);

        /* Strictly, only a blank ends a bare name; loosely, a sign may, too, but
         * who writes that is read the long way. */
        if (p == s.end || *p == '{' || (*s.p != ' ' && *s.p != '\t'))
            return STATUS_NOT_FOUND;
    }
    *out = (struct exposition_line){
        .what = EXPOSITION_SAMPLE, .series = {e->body.p + e->at, series_bytes}, .type = e->type};
    return tail(&s);
}

typedef unsigned char sixteen __attribute__((vector_size(16)));

/* Whether a line can be told to end where it seems to: no backslash, and quotes
 * in pairs. */
static bool
quotes_are_paired(const char *p, const char *nl)
{
    sixteen       quotes = {0}, escapes = {0};
    unsigned char odd = 0, any = 0;

    for (sixteen w; nl - p >= (ptrdiff_t)sizeof w; p += sizeof w) {
        memcpy(&w, p, sizeof w);
        quotes ^= (sixteen)(w == '"');
        escapes |= (sixteen)(w == '\\');
    }
    for (size_t i = 0; i < sizeof quotes; i++) {
        odd ^= quotes[i] & 1;
        any |= escapes[i];
    }
    for (; p < nl; p++) {
        odd ^= *p == '"';
        any |= *p == '\\';
    }
    return !odd && !any;
}

bool
exposition_skip(struct exposition *e)
{
    const char *p = e->body.p + e->at, *end = e->body.p + e->body.n;
    const char *nl = memchr(p, '\n', (size_t)(end - p));

    if (!nl || !quotes_are_paired(p, nl))
        return false;
    e->at = (size_t)(nl + 1 - e->body.p);
    return true;
}

struct slice
exposition_help(enum exposition_format format, struct slice text, char *store)
{
    return (struct slice){store,
                          seriestext_unescape(text, format == EXPOSITION_OPENMETRICS, store)};
}
