/* viewjson.h - what a view says about a run, as the JSON of api.md. */
#ifndef WEBHOOKS_VIEWJSON_H
#define WEBHOOKS_VIEWJSON_H

#include "base/jsonout.h"
#include "webhooks/question.h"

enum viewjson_form {
    VIEWJSON_FULL,   /* the keys of api.md */
    VIEWJSON_BRIEF,  /* verdict, pass, abort, reason, message, id, run: under 1 KiB */
    VIEWJSON_STORED, /* full, and the checks' pass side, need and dry run: for the history */
};

/* The answer for a stage at this instant, aged. */
struct view_answer viewjson_answer(const struct verdict_view *v, enum question_stage stage,
                                   int64_t now_mono_ms);

/* One object, as the top of an empty text.  a is what is told, mostly from
 * viewjson_answer().  Texts of the view may hold anything: what is written is
 * strict JSON all the same, and the message what api.md allows. */
void viewjson_write(struct text *out, const struct verdict_view *v, const struct view_answer *a,
                    enum viewjson_form form, int64_t now_mono_ms);

/* The same as a member of what is being written; key NULL: as an element. */
void viewjson_put(struct jsonout *j, const char *key, const struct verdict_view *v,
                  const struct view_answer *a, enum viewjson_form form, int64_t now_mono_ms);

/* The full form with what never changes about a view already written: a gate is
 * asked for the same view again and again. */
struct viewjson_kept;
struct viewjson_kept *viewjson_keep(const struct verdict_view *v);
void                  viewjson_forget(struct viewjson_kept *k); /* NULL: nothing */

/* To the byte what viewjson_write() writes of the same view. */
void viewjson_write_kept(struct text *out, const struct viewjson_kept *k,
                         const struct verdict_view *v, const struct view_answer *a,
                         int64_t now_mono_ms);

/* The view of a run that nothing is known about: hold with this reason, for
 * what the question names.  The message is the reason's help. */
struct verdict_view viewjson_blind(const struct question *q, enum verdict_reason reason,
                                   int64_t now_wall_ms, int64_t now_mono_ms);

#endif
