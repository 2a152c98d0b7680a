/* progress.h - how far a long command is, on standard error.
 *
 *     struct progress p;
 *     progress_begin(&p, &(struct progress_work){.what = "copying", .unit = PROGRESS_BYTES,
 *                                                .total = size});
 *     while (...)
 *         progress_at(&p, done);
 *     progress_end(&p);
 *
 * On a terminal one line that is redrawn five times a second:
 *     copying  43 %  1.21 of 2.80 GB  31.0 MB/s  52 s left
 * elsewhere a line of its own every 10 s, so that what is over sooner says
 * nothing.  Standard output is never touched.  One thread. */
#ifndef BASE_PROGRESS_H
#define BASE_PROGRESS_H

#include "base/clock.h"
#include "base/terminal.h"
#include "base/text.h"

#define PROGRESS_BYTES NULL /* as a unit: in kB, MB, GB */

struct progress_work {
    const char *what;  /* "copying"; borrowed until progress_end() */
    const char *unit;  /* "rows"; borrowed */
    uint64_t    total; /* 0: nobody knows */
};

struct progress {
    struct progress_work work;
    struct terminal      terminal;
    const struct clock  *clock;
    uint64_t             done;
    int64_t              begun_ms, shown_ms; /* monotonic */
    bool                 shown;
};

void progress_begin(struct progress *p, const struct progress_work *work);

/* done so far, in all; the total may be corrected in p->work.total.  Cheap:
 * reads the clock. */
void progress_at(struct progress *p, uint64_t done);

/* Whoever wants to write a line of his own first: the line is taken away, the
 * next progress_at() draws it again. */
void progress_clear(struct progress *p);

/* The last state stays, as a whole line, where anything was shown. */
void progress_end(struct progress *p);

/* "52 s", "17 min", "2.0 h", "10.0 days" */
void progress_time(struct text *out, double s);

/* The line after elapsed_ms, at most `columns` wide (0: as wide as it is);
 * ended: of work that is over. */
void progress_line(const struct progress_work *work, uint64_t done, int64_t elapsed_ms, bool ended,
                   unsigned columns, struct text *out);

#endif
