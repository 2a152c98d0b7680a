#include "tests/replay/play_exposition.h"

static bool
in_name(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == ':';
}

static struct slice
cut_name(struct slice *rest)
{
    struct slice name = {rest->p, 0};

    while (name.n < rest->n && in_name(rest->p[name.n]))
        name.n++;
    rest->p += name.n;
    rest->n -= name.n;
    return name;
}

static bool
cut_char(struct slice *rest, char c)
{
    if (rest->n == 0 || rest->p[0] != c)
        return false;
    rest->p++;
    rest->n--;
    return true;
}

/* What stands up to the closing quote. */
static bool
cut_value(struct arena *a, struct slice *rest, struct slice *out)
{
    char  *p = arena_alloc(a, rest->n + 1);
    size_t n = 0;

    while (rest->n && rest->p[0] != '"') {
        char c = rest->p[0];

        if (c == '\\' && rest->n > 1) {
            (void)cut_char(rest, c);
            c = rest->p[0] == 'n' ? '\n' : rest->p[0];
        }
        p[n++] = c;
        (void)cut_char(rest, rest->p[0]);
    }
    *out = (struct slice){p, n};
    return cut_char(rest, '"');
}

enum status
play_exposition_series(struct arena *a, struct slice *rest, struct play_labels *out,
                       struct err *err)
{
    struct slice name = cut_name(rest), value;

    if (name.n == 0)
        return err_set(err, STATUS_SYNTAX, "a sample starts with its name: %.*s",
                       (int)(rest->n < 60 ? rest->n : 60), rest->p);
    *out = (struct play_labels){0};
    (void)play_series_set(out, slice_of("__name__"), name);
    if (!cut_char(rest, '{'))
        return STATUS_OK;
    while (!cut_char(rest, '}')) {
        name = cut_name(rest);
        if (name.n == 0 || !cut_char(rest, '=') || !cut_char(rest, '"') ||
            !cut_value(a, rest, &value) || !play_series_set(out, name, value))
            return err_set(err, STATUS_SYNTAX, "not a label: %.*s",
                           (int)(rest->n < 60 ? rest->n : 60), rest->p);
        (void)cut_char(rest, ',');
    }
    return STATUS_OK;
}

enum status
play_exposition_read(struct slice text, play_exposition_fn fn, void *ctx, struct err *err)
{
    struct arena a = {0};
    enum status  s = STATUS_OK;

    while (text.n && !s) {
        struct slice       line = slice_trim(slice_cut(&text, '\n'));
        struct play_labels labels;
        double             value;

        if (line.n == 0 || line.p[0] == '#')
            continue;
        s = play_exposition_series(&a, &line, &labels, err);
        if (!s && slice_double(slice_trim(line), &value))
            s = err_set(err, STATUS_SYNTAX, "not a value: %.*s", SLICE_ARG(line));
        if (!s)
            fn(ctx, &labels, value);
    }
    arena_release(&a);
    return s;
}
