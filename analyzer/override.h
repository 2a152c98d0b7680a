/* override.h - what a person says over the checks of one run (api.md, "Overrides"). */
#ifndef ANALYZER_OVERRIDE_H
#define ANALYZER_OVERRIDE_H

#include "analyzer/view.h"

enum override_action {
#define OVERRIDE(name, text, help) OVERRIDE_##name,
#include "analyzer/override.def"
#undef OVERRIDE
    OVERRIDE_COUNT
};

enum { OVERRIDE_BY_BYTES = 64, OVERRIDE_WHY_BYTES = 254 };

struct override {
    enum override_action action;   /* NONE, APPROVE, FORCE or VETO */
    int64_t              until_ms; /* wall; 0: until it is cleared, of a veto alone */
    char                 by[OVERRIDE_BY_BYTES], why[OVERRIDE_WHY_BYTES];
};

const char *override_text(enum override_action a);
enum status override_parse(struct slice text, enum override_action *out) MUST_CHECK;

/* It holds at this time. */
bool override_holds(const struct override *o, int64_t now_ms);

/* What is told instead of what was judged: reasons approved, forced and veto. */
struct view_answer override_told(const struct override *o, const struct view_answer *judged,
                                 int64_t now_ms);

#endif
