#include "daemon/watchview.h"

#include "analyzer/verdict.h"
#include "base/clock.h"
#include "base/progress.h"

#include <inttypes.h>
#include <limits.h>
#include <math.h>

enum { BAR = 10, MAX_VERDICTS = 8, NAME_COLUMNS = 18, REASON_COLUMNS = 26, SERVICE_COLUMNS = 32 };

/* A line under way: columns are counted, colours are not. */
struct line {
    const struct watchview *w;
    struct text            *out;
    unsigned                used;
};

static void
put(struct line *l, enum terminal_colour c, struct slice s)
{
    if (l->used >= l->w->columns)
        return;
    if (c)
        text_puts(l->out, terminal_colour(&l->w->terminal, c));
    l->used += terminal_put(l->out, s, l->w->columns - l->used);
    if (c)
        text_puts(l->out, terminal_colour(&l->w->terminal, TERMINAL_PLAIN));
}

static void
puts_plain(struct line *l, const char *s)
{
    put(l, TERMINAL_PLAIN, slice_of(s));
}

static void
put_text(struct line *l, enum terminal_colour c, struct text *t)
{
    put(l, c, text_slice(t));
    text_clear(t);
}

/* Up to this column, and two blanks at least behind what is there. */
static void
column(struct line *l, unsigned at)
{
    unsigned to = l->used && l->used + 2 > at ? l->used + 2 : at;

    while (l->used < to && l->used < l->w->columns)
        puts_plain(l, " ");
}

static void
end(struct line *l)
{
    text_putc(l->out, '\n');
    l->used = 0;
}

static struct slice
field(json_t *object, const char *name)
{
    return json_slice(json_object_get(object, name));
}

static double
number(json_t *object, const char *name)
{
    const json_t *v = json_object_get(object, name);

    return json_is_number(v) ? json_number_value(v) : NAN;
}

static enum terminal_colour
colour_of(struct slice verdict_name)
{
    enum verdict v;

    if (verdict_parse(verdict_name, &v))
        return TERMINAL_PLAIN;
    switch (v) {
    case VERDICT_PASS:
        return TERMINAL_GREEN;
    case VERDICT_HOLD:
        return TERMINAL_YELLOW;
    case VERDICT_FAIL:
    case VERDICT_ABORT:
        return TERMINAL_RED;
    case VERDICT_COUNT:
        break;
    }
    return TERMINAL_PLAIN;
}

static void
put_verdict(struct line *l, json_t *of)
{
    put(l, colour_of(field(of, "verdict")), field(of, "verdict"));
}

/* none is no reason, but the absence of one. */
static void
put_reason(struct line *l, json_t *of)
{
    struct slice reason = field(of, "reason");

    if (!slice_is(reason, "none"))
        put(l, TERMINAL_PLAIN, reason);
}

static void
put_span_since(struct line *l, struct slice begin, int64_t now_ms)
{
    struct text t;
    int64_t     at_ms;

    if (clock_read_rfc3339(begin, &at_ms))
        return;
    text_init(&t, 64);
    progress_time(&t, now_ms > at_ms ? (double)(now_ms - at_ms) / 1000 : 0);
    put_text(l, TERMINAL_PLAIN, &t);
    text_release(&t);
}

static void
put_service(struct line *l, enum terminal_colour c, json_t *run)
{
    put(l, c, field(run, "namespace"));
    put(l, c, SLICE_LITERAL("/"));
    put(l, c, field(run, "service"));
}

/* Where the answers come from, or why none come. */
static void
put_foot(struct line *l)
{
    char at[CLOCK_RFC3339_BYTES];

    clock_rfc3339(l->w->now_ms, at);
    end(l);
    put(l, TERMINAL_FAINT, (struct slice){at + 11, 8});
    put(l, TERMINAL_FAINT, SLICE_LITERAL("Z  "));
    if (l->w->trouble) {
        put(l, TERMINAL_RED, slice_of(l->w->trouble));
        put(l, TERMINAL_RED, SLICE_LITERAL("; trying again"));
    } else {
        put(l, TERMINAL_FAINT, slice_of(l->w->url));
    }
    end(l);
}

static void
put_head(struct line *l, json_t *run)
{
    struct slice stable = field(run, "stable");

    put_service(l, TERMINAL_BOLD, run);
    column(l, 0);
    put(l, TERMINAL_PLAIN, stable.n ? stable : SLICE_LITERAL("(all others)"));
    puts_plain(l, " -> ");
    put(l, TERMINAL_PLAIN, field(run, "canary"));
    column(l, 0);
    put(l, TERMINAL_FAINT, SLICE_LITERAL("revision "));
    put(l, TERMINAL_FAINT, field(run, "revision"));
    end(l);
    put(l, TERMINAL_FAINT, SLICE_LITERAL("run "));
    put(l, TERMINAL_FAINT, field(run, "id"));
    column(l, 0);
    if (slice_is(field(run, "state"), "live")) {
        puts_plain(l, "live for ");
        put_span_since(l, field(run, "started_at"), l->w->now_ms);
    } else {
        puts_plain(l, "ended: ");
        put(l, TERMINAL_PLAIN, field(run, "end_cause"));
    }
    end(l);
    end(l);
    put_verdict(l, run);
    puts_plain(l, " ");
    put_reason(l, run);
    end(l);
    put(l, TERMINAL_PLAIN, field(run, "message"));
    end(l);
}

/* A figure of both sides; unknown ones are a dash. */
static void
put_figures(struct line *l, const char *name, double canary, double stable, int decimals,
            const char *unit)
{
    const double values[] = {canary, stable};
    struct text  t;

    if (isnan(canary) && isnan(stable))
        return;
    text_init(&t, 128);
    puts_plain(l, "  ");
    puts_plain(l, name);
    for (unsigned i = 0; i < ARRAY_LEN(values); i++) {
        column(l, NAME_COLUMNS + i * 14);
        if (isnan(values[i]))
            text_putc(&t, '-');
        else
            text_printf(&t, "%.*f%s", decimals, values[i], unit);
        put_text(l, TERMINAL_PLAIN, &t);
    }
    end(l);
    text_release(&t);
}

static void
put_numbers(struct line *l, json_t *numbers)
{
    json_t *success = json_object_get(numbers, "success_rate"),
           *p95 = json_object_get(numbers, "p95_ms");

    end(l);
    column(l, NAME_COLUMNS);
    put(l, TERMINAL_FAINT, SLICE_LITERAL("canary"));
    column(l, NAME_COLUMNS + 14);
    put(l, TERMINAL_FAINT, SLICE_LITERAL("stable"));
    end(l);
    put_figures(l, "requests", number(numbers, "canary_requests"),
                number(numbers, "stable_requests"), 0, "");
    put_figures(l, "success rate", 100 * number(success, "canary"), 100 * number(success, "stable"),
                2, " %");
    put_figures(l, "p95", number(p95, "canary"), number(p95, "stable"), 1, " ms");
}

static double
lowest(const double *values, size_t n)
{
    double low = INFINITY;

    for (size_t i = 0; i < n; i++)
        low = fmin(low, values[i]); /* NaN is passed over */
    return low;
}

static void
put_bars(struct line *l, const char *name, const double *values, size_t n, double low)
{
    struct text t;
    unsigned    room;

    puts_plain(l, "  ");
    puts_plain(l, name);
    column(l, NAME_COLUMNS);
    room = l->w->columns > l->used ? l->w->columns - l->used : 0;
    if (n > room) { /* the newest */
        values += n - room;
        n = room;
    }
    text_init(&t, 1024);
    terminal_bars(&t, values, n, low, 1, l->w->utf8);
    put_text(l, TERMINAL_PLAIN, &t);
    text_release(&t);
    end(l);
}

/* Both on one scale, whose top is 1. */
static void
put_rates(struct line *l, const struct watchrates *r)
{
    double      low = fmin(lowest(r->canary, r->n), lowest(r->stable, r->n));
    struct text t;

    if (isinf(low))
        return;
    low = fmin(low, 0.99);
    end(l);
    text_init(&t, 128);
    text_printf(&t, "success rate of %zu intervals, %.4g %% to 100 %%", r->n, 100 * low);
    put_text(l, TERMINAL_FAINT, &t);
    text_release(&t);
    end(l);
    put_bars(l, "canary", r->canary, r->n, low);
    put_bars(l, "stable", r->stable, r->n, low);
}

/* Evidence multiplies, so the bar is of its logarithm. */
static void
put_evidence(struct line *l, double evidence, double limit, struct text *t)
{
    int full =
        evidence > 1 && limit > 1 ? (int)fmin(BAR, floor(BAR * log(evidence) / log(limit))) : 0;

    for (int i = 0; i < BAR; i++)
        text_puts(t, i < full ? (l->w->utf8 ? "\u2588" : "#") : (l->w->utf8 ? "\u2591" : "."));
    put_text(l, full == BAR ? TERMINAL_RED : TERMINAL_PLAIN, t);
    text_printf(t, " evidence %.3g of %.3g", evidence, limit);
    put_text(l, TERMINAL_PLAIN, t);
}

static void
put_check(struct line *l, const char *name, json_t *check, struct text *t)
{
    double evidence = number(check, "evidence"), value = number(check, "value"),
           limit = number(check, "limit");

    puts_plain(l, "  ");
    puts_plain(l, name);
    column(l, NAME_COLUMNS);
    put_verdict(l, check);
    column(l, NAME_COLUMNS + 7);
    put_reason(l, check);
    column(l, NAME_COLUMNS + 7 + REASON_COLUMNS);
    if (!isnan(evidence) && !isnan(limit)) {
        put_evidence(l, evidence, limit, t);
    } else if (!isnan(value) && !isnan(limit)) {
        text_printf(t, "%.4g, limit %.4g", value, limit);
        put_text(l, TERMINAL_PLAIN, t);
    }
    if (json_is_true(json_object_get(check, "dry_run")))
        put(l, TERMINAL_FAINT, SLICE_LITERAL(" (dry run)"));
    end(l);
}

static void
put_checks(struct line *l, json_t *checks)
{
    const char *name;
    json_t     *check;
    struct text t;

    if (json_object_size(checks) == 0)
        return;
    end(l);
    put(l, TERMINAL_FAINT, SLICE_LITERAL("checks"));
    end(l);
    text_init(&t, 256);
    json_object_foreach(checks, name, check)
    {
        if (!slice_is(field(check, "reason"), "not_configured"))
            put_check(l, name, check, &t);
    }
    text_release(&t);
}

static void
put_verdicts(struct line *l, json_t *verdicts)
{
    json_t *v;
    size_t  i;

    if (json_array_size(verdicts) == 0)
        return;
    end(l);
    put(l, TERMINAL_FAINT, SLICE_LITERAL("verdicts, newest first"));
    end(l);
    json_array_foreach(verdicts, i, v)
    {
        struct slice at = field(v, "at");

        if (i >= MAX_VERDICTS)
            break;
        puts_plain(l, "  ");
        if (at.n > 19)
            put(l, TERMINAL_FAINT, (struct slice){at.p + 11, 8});
        column(l, 12);
        put_verdict(l, v);
        column(l, NAME_COLUMNS + 1);
        put_reason(l, v);
        column(l, NAME_COLUMNS + 1 + REASON_COLUMNS);
        put(l, TERMINAL_PLAIN, field(v, "message"));
        end(l);
    }
}

void
watchview_run(const struct watchview *w, json_t *run, const struct watchrates *rates,
              struct text *out)
{
    struct line l = {.w = w, .out = out};
    json_t     *numbers = json_object_get(run, "numbers");

    put_head(&l, run);
    if (numbers)
        put_numbers(&l, numbers);
    put_rates(&l, rates);
    put_checks(&l, json_object_get(numbers, "checks"));
    put_verdicts(&l, json_object_get(run, "verdicts"));
    put_foot(&l);
}

static void
put_row(struct line *l, json_t *run)
{
    put_span_since(l, field(run, "started_at"), l->w->now_ms);
    column(l, 8);
    put_service(l, TERMINAL_PLAIN, run);
    column(l, 8 + SERVICE_COLUMNS);
    put(l, TERMINAL_PLAIN, field(run, "canary"));
    column(l, 8 + SERVICE_COLUMNS + 14);
    put_verdict(l, run);
    column(l, 8 + SERVICE_COLUMNS + 21);
    put_reason(l, run);
    column(l, 8 + SERVICE_COLUMNS + 21 + REASON_COLUMNS);
    put(l, TERMINAL_PLAIN, field(run, "message"));
    end(l);
}

static void
put_titles(struct line *l)
{
    static const struct {
        unsigned    at;
        const char *title;
    } titles[] = {{0, "since"},
                  {8, "service"},
                  {8 + SERVICE_COLUMNS, "canary"},
                  {8 + SERVICE_COLUMNS + 14, "told"},
                  {8 + SERVICE_COLUMNS + 21, "reason"}};

    for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
        if (titles[i].at)
            column(l, titles[i].at);
        put(l, TERMINAL_FAINT, slice_of(titles[i].title));
    }
    end(l);
}

void
watchview_list(const struct watchview *w, json_t *live, json_t *ended, struct text *out)
{
    struct line l = {.w = w, .out = out};
    struct text t;
    json_t     *run;
    size_t      i;

    text_init(&t, 128);
    text_printf(&t, "%zu live", json_array_size(live));
    put_text(&l, TERMINAL_BOLD, &t);
    text_release(&t);
    end(&l);
    if (json_array_size(live))
        put_titles(&l);
    json_array_foreach(live, i, run) put_row(&l, run);
    if (json_array_size(ended)) {
        end(&l);
        put(&l, TERMINAL_FAINT, SLICE_LITERAL("ended meanwhile"));
        end(&l);
    }
    json_array_foreach(ended, i, run) put_row(&l, run);
    put_foot(&l);
}

void
watchview_line(json_t *run, struct text *out)
{
    static const char *const fields[] = {"canary", "state", "verdict", "reason", "message"};
    static const unsigned    widths[] = {0, 5, 5, 0, 0};

    terminal_put(out, field(run, "updated_at"), UINT_MAX);
    text_puts(out, "  ");
    terminal_put(out, field(run, "id"), UINT_MAX);
    text_puts(out, "  ");
    terminal_put(out, field(run, "namespace"), UINT_MAX);
    text_putc(out, '/');
    terminal_put(out, field(run, "service"), UINT_MAX);
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        text_puts(out, "  ");
        terminal_pad(out, terminal_put(out, field(run, fields[i]), UINT_MAX), widths[i]);
    }
    text_putc(out, '\n');
}

static void
put_line(struct slice line, struct text *out)
{
    text_put(out, line);
    text_puts(out, "\033[K\n"); /* erase what the line before had there */
}

void
watchview_redraw(struct slice frame, unsigned rows, unsigned *drawn, struct text *out)
{
    unsigned room = rows > 3 ? rows - 1 : 2, n = 0, total = 0;

    for (size_t i = 0; i < frame.n; i++)
        total += frame.p[i] == '\n';
    if (*drawn)
        text_printf(out, "\033[%uA\r", *drawn); /* ECMA-48: cursor up */
    while (frame.n) {
        struct slice line = slice_cut(&frame, '\n');

        if (total <= room || n + 2 < room || n + 1 == total)
            put_line(line, out);
        else if (n + 2 == room)
            text_printf(out, "%u lines more\033[K\n", total - room + 1);
        n++;
    }
    text_puts(out, "\033[J"); /* and the lines below */
    *drawn = total < room ? total : room;
}
