#include "dashboards/series.h"

static const struct {
    const char      *name, *unit, *help;
    enum series_type type;
} row[] = {
#define SERIES(name, text, type, unit, labels, from, help)                                         \
    [SERIES_##name] = {text, unit, help, SERIES_##type},
#include "dashboards/series.def"
#undef SERIES
};

const char *
series_name(enum series s)
{
    return row[s].name;
}

enum series_type
series_type(enum series s)
{
    return row[s].type;
}

const char *
series_unit(enum series s)
{
    return row[s].unit;
}

const char *
series_help(enum series s)
{
    return row[s].help;
}

struct slice
series_family(enum series s)
{
    struct slice name = slice_of(row[s].name);

    if (row[s].type != SERIES_HISTOGRAM)
        return name;
    while (name.n && name.p[name.n - 1] != '_')
        name.n--;
    name.n -= name.n > 0;
    return name;
}

const char *
series_type_text(enum series_type t)
{
    static const char *const text[] = {
        [SERIES_GAUGE] = "gauge", [SERIES_COUNTER] = "counter", [SERIES_HISTOGRAM] = "histogram"};

    return text[t];
}

double
series_verdict(enum verdict v)
{
    switch (v) {
    case VERDICT_PASS:
        return 1;
    case VERDICT_FAIL:
        return -1;
    case VERDICT_ABORT:
        return -2;
    case VERDICT_HOLD:
    case VERDICT_COUNT:
        break;
    }
    return 0;
}
