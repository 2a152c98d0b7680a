/* mesh_signal.h - what callers' proxies count about the way to the service. */
#ifndef ANALYZER_MESH_SIGNAL_H
#define ANALYZER_MESH_SIGNAL_H

#include "base/base.h"

enum mesh_signal {
#define MESH_SIGNAL(name, text, kind) MESH_SIGNAL_##name,
#include "analyzer/mesh_signal.def"
#undef MESH_SIGNAL
    MESH_SIGNAL_COUNT
};

enum mesh_signal_kind { MESH_SIGNAL_COUNTER, MESH_SIGNAL_SUM, MESH_SIGNAL_MOST };

/* Whose hosts a signal is about; both where one set of hosts, or one name,
 * serves canary and baseline alike. */
enum mesh_signal_side {
    MESH_SIGNAL_CANARY,
    MESH_SIGNAL_BASELINE,
    MESH_SIGNAL_BOTH,
    MESH_SIGNAL_SIDES
};

const char           *mesh_signal_text(enum mesh_signal s);
enum mesh_signal_kind mesh_signal_kind(enum mesh_signal s);
const char           *mesh_signal_side_text(enum mesh_signal_side s);

#endif
