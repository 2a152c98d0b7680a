#include "promql/notes.h"

#include "base/vec.h"
#include "promql/calendar.h"
#include "promql/gofloat.h"
#include "promql/parser.h"

#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum { TEXT_BYTES = 1024 };

/* The note that says this, new or not; NULL: one too many. */
static struct note *
find_or_add(struct notes *notes, enum note_kind kind, struct slice said)
{
    struct note note = {.kind = kind};

    for (size_t i = notes->n; i-- > 0;) /* what was said last is mostly said again */
        if (notes->at[i].kind == kind && slice_equal(notes->at[i].said, said))
            return &notes->at[i];
    if (notes->n == NOTES_MAX) {
        notes->omitted++;
        return NULL;
    }
    note.said = arena_slice(notes->arena, said);
    VEC_PUSH(notes->arena, notes, note);
    return &notes->at[notes->n - 1];
}

void
notes_add(struct notes *notes, enum note_kind kind, struct place place, const char *fmt, ...)
{
    char         text[TEXT_BYTES];
    struct note *note;
    va_list      args;

    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    note = find_or_add(notes, kind, slice_of(text));
    if (note)
        note->place = place;
}

void
notes_check_quantile(struct notes *notes, struct place place, double q)
{
    struct text number;

    if (q >= 0 && q <= 1)
        return;
    text_init(&number, TEXT_BYTES);
    gofloat_put_g(&number, q);
    notes_add(notes, NOTE_WARNING, place, "quantile value should be between 0 and 1, got %s",
              number.p);
    text_release(&number);
}

void
notes_add_fix(struct notes *notes, struct place place, struct slice said,
              const struct bucket_fix *fix, int64_t time_ms)
{
    struct note *note = find_or_add(notes, NOTE_INFO, said);

    if (!note)
        return;
    if (!note->times) {
        note->place = place; /* of the first time, unlike all others */
        note->fix = *fix;
        note->first_ms = note->last_ms = time_ms;
    }
    note->times++;
    note->fix.low_bound = fmin(note->fix.low_bound, fix->low_bound);
    note->fix.high_bound = fmax(note->fix.high_bound, fix->high_bound);
    note->fix.most = fmax(note->fix.most, fix->most);
    note->first_ms = time_ms < note->first_ms ? time_ms : note->first_ms;
    note->last_ms = time_ms > note->last_ms ? time_ms : note->last_ms;
}

static void
write_fix(struct text *to, const struct note *note)
{
    text_puts(to, ", from buckets ");
    gofloat_put_g(to, note->fix.low_bound);
    text_puts(to, " to ");
    gofloat_put_g(to, note->fix.high_bound);
    text_puts(to, ", with a max diff of ");
    if (isfinite(note->fix.most))
        text_printf(to, "%.2g", note->fix.most);
    else
        gofloat_put_g(to, note->fix.most);
    text_printf(to, ", over %" PRIu64 " samples from ", note->times);
    calendar_write(to, note->first_ms / 1000);
    text_puts(to, " to ");
    calendar_write(to, note->last_ms / 1000);
}

void
notes_finish(struct notes *notes)
{
    struct text text;

    text_init(&text, 2 * TEXT_BYTES);
    for (size_t i = 0; i < notes->n; i++) {
        struct note *note = &notes->at[i];
        unsigned     line, column;

        text_clear(&text);
        text_puts(&text, note->kind == NOTE_WARNING ? "PromQL warning: " : "PromQL info: ");
        text_put(&text, note->said);
        if (note->times)
            write_fix(&text, note);
        parser_line_column(notes->query, note->place.start, &line, &column);
        text_printf(&text, " (%u:%u)", line, column);
        note->text = arena_slice(notes->arena, text_slice(&text));
    }
    text_release(&text);
}
