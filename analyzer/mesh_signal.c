#include "analyzer/mesh_signal.h"

#include <assert.h>

static const struct {
    const char           *text;
    enum mesh_signal_kind kind;
} row[MESH_SIGNAL_COUNT] = {
#define MESH_SIGNAL(name, text, kind) [MESH_SIGNAL_##name] = {text, MESH_SIGNAL_##kind},
#include "analyzer/mesh_signal.def"
#undef MESH_SIGNAL
};

const char *
mesh_signal_text(enum mesh_signal s)
{
    assert(s < MESH_SIGNAL_COUNT);
    return row[s].text;
}

enum mesh_signal_kind
mesh_signal_kind(enum mesh_signal s)
{
    assert(s < MESH_SIGNAL_COUNT);
    return row[s].kind;
}

const char *
mesh_signal_side_text(enum mesh_signal_side s)
{
    static const char *const text[MESH_SIGNAL_SIDES] = {
        [MESH_SIGNAL_CANARY] = "canary",
        [MESH_SIGNAL_BASELINE] = "baseline",
        [MESH_SIGNAL_BOTH] = "both",
    };

    assert(s < MESH_SIGNAL_SIDES);
    return text[s];
}
