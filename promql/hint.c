#include "promql/hint.h"

#include "base/nearest.h"
#include "promql/ast.h"
#include "promql/goquote.h"

static const struct {
    const char *message, *fault, *hint;
} hints[] = {
#define HINT(message, fault, hint) {message, fault, hint},
#include "promql/hint.def"
#undef HINT
};

static struct slice
fault_text(struct slice query, struct place at)
{
    if (at.start > query.n)
        return (struct slice){0};
    return (struct slice){query.p + at.start, query.n - at.start};
}

static bool
function_hint(struct text *to, struct slice query, struct place at)
{
    struct nearest near =
        nearest_to((struct slice){query.p + at.start, (size_t)(at.end - at.start)});

    for (enum function_id id = 0; id < FUNCTION_COUNT; id++)
        nearest_offer(&near, slice_of(function_get(id)->name));
    for (enum aggregation_op op = 0; op < AGGREGATION_OPS; op++)
        nearest_offer(&near, slice_of(ast_aggregation_text(op)));
    if (!near.best.n)
        return false;
    text_printf(to, "did you mean %.*s?", SLICE_ARG(near.best));
    return true;
}

bool
hint_put(struct text *to, struct slice query, struct place at, const char *message)
{
    struct slice fault = fault_text(query, at);

    for (size_t i = 0; i < ARRAY_LEN(hints); i++)
        if (strstr(message, hints[i].message) && slice_starts(fault, hints[i].fault)) {
            text_puts(to, hints[i].hint);
            return true;
        }
    if (strstr(message, "unknown function") && at.end <= query.n && at.start < at.end)
        return function_hint(to, query, at);
    return false;
}

/* "..." is not put where it would save nothing. */
enum { AROUND_BYTES = 60, DOTS = 3 };

/* Not into the middle of a character, which has at most four bytes. */
static size_t
character_start(struct slice s, size_t i)
{
    for (int back = 0; back < 3 && i > 0 && ((unsigned char)s.p[i] & 0xc0) == 0x80; back++)
        i--;
    return i;
}

/* What could move the terminal's cursor is shown as '?'. */
static size_t
put_shown(struct text *to, struct slice s)
{
    size_t columns = 0, n;

    for (; s.n; s.p += n, s.n -= n, columns++) {
        uint32_t rune = goquote_rune(s, &n);

        if (rune == '\t')
            text_putc(to, ' ');
        else if (rune < 0x20 || (rune >= 0x7f && rune < 0xa0) || (rune == 0xfffd && n == 1))
            text_putc(to, '?');
        else
            text_put(to, (struct slice){s.p, n});
    }
    return columns;
}

void
hint_caret(struct text *to, struct slice query, struct place at)
{
    size_t fault = at.start < query.n ? at.start : query.n, begin = fault, end = fault, columns = 0;

    while (begin > 0 && query.p[begin - 1] != '\n')
        begin--;
    while (end < query.n && query.p[end] != '\n')
        end++;
    if (fault - begin > AROUND_BYTES + DOTS) {
        begin = character_start(query, fault - AROUND_BYTES);
        text_puts(to, "...");
        columns = DOTS;
    }
    columns += put_shown(to, (struct slice){query.p + begin, fault - begin});
    if (end - fault > AROUND_BYTES + DOTS) {
        end = character_start(query, fault + AROUND_BYTES);
        (void)put_shown(to, (struct slice){query.p + fault, end - fault});
        text_puts(to, "...");
    } else {
        (void)put_shown(to, (struct slice){query.p + fault, end - fault});
    }
    text_putc(to, '\n');
    for (size_t i = 0; i < columns; i++)
        text_putc(to, ' ');
    text_puts(to, "^\n");
}
