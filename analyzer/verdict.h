/* verdict.h - the four answers and the reasons for them. */
#ifndef ANALYZER_VERDICT_H
#define ANALYZER_VERDICT_H

#include "base/slice.h"

enum verdict {
#define VERDICT(name, text, meaning) VERDICT_##name,
#include "analyzer/verdict.def"
#undef VERDICT
    VERDICT_COUNT
};

enum verdict_reason {
#define REASON(name, text, help) REASON_##name,
#include "analyzer/reason.def"
#undef REASON
    REASON_COUNT
};

/* Static strings. */
const char *verdict_text(enum verdict v);
const char *verdict_reason_text(enum verdict_reason r);
const char *verdict_reason_help(enum verdict_reason r);

/* STATUS_SYNTAX: not in the list. */
enum status verdict_parse(struct slice text, enum verdict *out) MUST_CHECK;
enum status verdict_reason_parse(struct slice text, enum verdict_reason *out) MUST_CHECK;

#endif
