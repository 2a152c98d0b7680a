/* phase.h - what kind of traffic a canary gets, and what can be judged by it. */
#ifndef ANALYZER_PHASE_H
#define ANALYZER_PHASE_H

#include "base/slice.h"

enum phase {
#define PHASE(name, text, compares, attempts_only, help) PHASE_##name,
#include "analyzer/phase.def"
#undef PHASE
    PHASE_COUNT
};

const char *phase_text(enum phase p);
const char *phase_help(enum phase p);
bool        phase_compares(enum phase p);
bool        phase_attempts_only(enum phase p);
enum status phase_parse(struct slice text, enum phase *out) MUST_CHECK;

#endif
