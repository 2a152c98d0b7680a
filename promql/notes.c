#include "promql/notes.h"

#include "base/vec.h"
#include "promql/parser.h"

#include <stdarg.h>
#include <stdio.h>

enum { TEXT_BYTES = 512 };

void
notes_add(struct notes *notes, enum note_kind kind, struct place place, const char *fmt, ...)
{
    char     text[TEXT_BYTES];
    unsigned line, column;
    va_list  args;
    va_start(args, fmt);
    (void)vsnprintf(text, sizeof text, fmt, args);
    va_end(args);
    parser_line_column(notes->query, place.start, &line, &column);

    char whole[TEXT_BYTES + 64];
    (void)snprintf(whole, sizeof whole, "PromQL %s: %s (%u:%u)",
                   kind == NOTE_WARNING ? "warning" : "info", text, line, column);
    for (size_t i = 0; i < notes->n; i++)
        if (slice_is(notes->at[i].text, whole))
            return;
    if (notes->n == NOTES_MAX) {
        notes->omitted++;
        return;
    }
    struct note note = {kind, arena_slice(notes->arena, slice_of(whole))};
    VEC_PUSH(notes->arena, notes, note);
}
