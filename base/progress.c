#include "base/progress.h"

#include <unistd.h>

enum { REDRAW_MS = 200, PLAIN_MS = 10000, LINE_BYTES = 512, RATE_AFTER_MS = 1000 };
enum { MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

/* 1234567 as 1,234,567. */
static void
put_count(struct text *t, uint64_t n)
{
    char   digits[TEXT_DIGITS];
    size_t k = text_digits(digits, n);

    for (size_t i = 0; i < k; i++) {
        if (i && (k - i) % 3 == 0)
            text_putc(t, ',');
        text_putc(t, digits[i]);
    }
}

static const char *const byte_units[] = {"B", "kB", "MB", "GB", "TB", "PB"};

/* How often 1000 goes into it. */
static size_t
byte_unit(double n)
{
    size_t u = 0;

    for (; n >= 999.5 && u + 1 < ARRAY_LEN(byte_units); u++)
        n /= 1000;
    return u;
}

/* Three digits, in that unit. */
static void
put_bytes(struct text *t, double n, size_t u)
{
    for (size_t i = 0; i < u; i++)
        n /= 1000;
    text_printf(t, "%.*f", u == 0 || n >= 99.95 ? 0 : n >= 9.995 ? 1 : 2, n);
}

static void
put_amount(const struct progress_work *w, uint64_t done, bool ended, struct text *t)
{
    bool of_total = w->total && !ended;

    if (w->unit) {
        put_count(t, done);
        if (of_total) {
            text_puts(t, " of ");
            put_count(t, w->total);
        }
        text_printf(t, " %s", w->unit);
        return;
    }
    size_t u = byte_unit((double)(of_total ? w->total : done));

    put_bytes(t, (double)done, u);
    if (of_total) {
        text_puts(t, " of ");
        put_bytes(t, (double)w->total, u);
    }
    text_printf(t, " %s", byte_units[u]);
}

static void
put_rate(const struct progress_work *w, double per_s, struct text *t)
{
    if (!w->unit) {
        size_t u = byte_unit(per_s);

        put_bytes(t, per_s, u);
        text_printf(t, " %s/s", byte_units[u]);
    } else if (per_s >= 100) {
        put_count(t, (uint64_t)per_s);
        text_puts(t, "/s");
    } else {
        text_printf(t, "%.3g/s", per_s);
    }
}

void
progress_time(struct text *t, double s)
{
    if (s < 2 * MINUTE_S)
        text_printf(t, "%.0f s", s);
    else if (s < 2 * HOUR_S)
        text_printf(t, "%.0f min", s / MINUTE_S);
    else if (s < 2 * DAY_S)
        text_printf(t, "%.1f h", s / HOUR_S);
    else
        text_printf(t, "%.1f days", s / DAY_S);
}

void
progress_line(const struct progress_work *w, uint64_t done, int64_t elapsed_ms, bool ended,
              unsigned columns, struct text *out)
{
    struct text t;
    double      s = (double)elapsed_ms / 1000, per_s = s > 0 ? (double)done / s : 0;
    double      share = w->total ? 100 * ((double)done / (double)w->total) : 0;

    text_init(&t, LINE_BYTES);
    text_puts(&t, w->what);
    text_puts(&t, "  ");
    if (w->total && !ended) /* never 100 % before the end */
        text_printf(&t, "%2u %%  ", share < 99 ? (unsigned)share : 99);
    put_amount(w, done, ended, &t);
    if (elapsed_ms >= RATE_AFTER_MS && done) {
        text_puts(&t, "  ");
        put_rate(w, per_s, &t);
        if (!ended && done < w->total) {
            text_puts(&t, "  ");
            progress_time(&t, (double)(w->total - done) / per_s);
            text_puts(&t, " left");
        }
    }
    if (ended) {
        text_puts(&t, "  in ");
        progress_time(&t, s);
    }
    text_put(out, (struct slice){t.p, columns && t.n > columns ? columns : t.n});
    text_release(&t);
}

void
progress_begin(struct progress *p, const struct progress_work *work)
{
    *p = (struct progress){
        .work = *work, .terminal = terminal_of(STDERR_FILENO), .clock = &clock_system};
    p->begun_ms = p->shown_ms = clock_mono_ms(p->clock);
}

/* One write: a line of the log from elsewhere does not fall into the middle. */
static void
show(struct progress *p, int64_t now_ms, bool ended)
{
    struct text t;

    text_init(&t, LINE_BYTES);
    if (p->terminal.redraws) {
        text_puts(&t, "\r\033[K"); /* ECMA-48: erase to the end of the line */
        progress_line(&p->work, p->done, now_ms - p->begun_ms, ended,
                      terminal_size(&p->terminal).columns - 1, &t);
    } else {
        progress_line(&p->work, p->done, now_ms - p->begun_ms, ended, 0, &t);
    }
    if (ended || !p->terminal.redraws)
        text_putc(&t, '\n');
    (void)!write(p->terminal.fd, t.p, t.n); /* nobody looks: no harm */
    text_release(&t);
    p->shown = true;
    p->shown_ms = now_ms;
}

void
progress_at(struct progress *p, uint64_t done)
{
    int64_t now = clock_mono_ms(p->clock);

    p->done = done;
    if (now - p->shown_ms >= (p->terminal.redraws ? REDRAW_MS : PLAIN_MS))
        show(p, now, false);
}

void
progress_clear(struct progress *p)
{
    static const char erase[] = "\r\033[K";

    if (p->shown && p->terminal.redraws)
        (void)!write(p->terminal.fd, erase, sizeof erase - 1);
}

void
progress_end(struct progress *p)
{
    if (p->shown)
        show(p, clock_mono_ms(p->clock), true);
}
