/* sinkbed.h - a sink that writes down what discovery tells it. */
#ifndef TESTS_UNIT_TELEMETRY_SINKBED_H
#define TESTS_UNIT_TELEMETRY_SINKBED_H

#include "base/text.h"
#include "telemetry/targetsink.h"
#include "tests/support/check.h"

#include <stdlib.h>
#include <string.h>

struct sinkbed {
    struct text heard; /* "NAME: ADDRESS{label=value,…} …\n" a group, "!PLACE: TEXT\n" a failure */
};

static inline void
sinkbed_group(void *self, struct slice name, const struct targetsink_target *targets, size_t n)
{
    struct sinkbed *b = self;

    text_printf(&b->heard, "%.*s:", SLICE_ARG(name));
    for (size_t i = 0; i < n; i++) {
        text_printf(&b->heard, " %.*s{", SLICE_ARG(targets[i].address));
        for (size_t k = 0; k < targets[i].n_labels; k++)
            text_printf(&b->heard, "%s%.*s=%.*s", k ? "," : "",
                        SLICE_ARG(targets[i].labels[k].name),
                        SLICE_ARG(targets[i].labels[k].value));
        text_puts(&b->heard, "}");
    }
    text_puts(&b->heard, "\n");
}

static inline void
sinkbed_told(void *self, const char *what, const struct err *err)
{
    struct sinkbed *b = self;

    if (err->status)
        text_printf(&b->heard, "!%s: %s\n", what, err->text);
}

static inline struct targetsink
sinkbed_start(struct sinkbed *b)
{
    text_init(&b->heard, 1 << 20);
    return (struct targetsink){.group = sinkbed_group, .told = sinkbed_told, .self = b};
}

/* All that was heard since the last time. */
static inline void
sinkbed_expect(struct sinkbed *b, const char *want)
{
    assert_string_equal(b->heard.p, want);
    text_clear(&b->heard);
}

static inline void
sinkbed_end(struct sinkbed *b)
{
    text_release(&b->heard);
}

#endif
