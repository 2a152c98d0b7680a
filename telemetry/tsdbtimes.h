/* tsdbtimes.h - the times of the newest rows, shared by series that are scraped
 * together: written once a scrape, and window bounds hold for all of them. */
#ifndef TELEMETRY_TSDBTIMES_H
#define TELEMETRY_TSDBTIMES_H

#include "base/base.h"

enum {
    TSDBTIMES_ROWS = 64, /* a word has a bit for each */
    TSDBTIMES_KEEP = 32, /* of them are left when they are full: eight minutes of 15 s */
    TSDBTIMES_RECENT = 64,
};

struct tsdbtimes {
    uint32_t refs, n;
    int64_t  t_ms[TSDBTIMES_ROWS]; /* rising */
    uint64_t seq[TSDBTIMES_ROWS];  /* of the commit that made the row; never falling */
};

/* The ones that got a row last, by its time: where a series that begins, or one
 * whose times are full, finds those it shares from now on. */
struct tsdbtimes_recent {
    struct tsdbtimes *at[TSDBTIMES_RECENT]; /* each holds a reference */
    size_t            bytes;                /* of all times there are */
};

struct tsdbtimes *tsdbtimes_new(struct tsdbtimes_recent *r); /* with one reference */
void              tsdbtimes_ref(struct tsdbtimes *t);
void              tsdbtimes_unref(struct tsdbtimes_recent *r, struct tsdbtimes *t);

/* One more row; there is room. */
void tsdbtimes_add(struct tsdbtimes_recent *r, struct tsdbtimes *t, int64_t t_ms, uint64_t seq);

/* Times whose newest row is this, beginning with these n times; NULL: none. */
struct tsdbtimes *tsdbtimes_find(const struct tsdbtimes_recent *r, int64_t t_ms,
                                 const int64_t *begin, uint32_t n);

void tsdbtimes_release(struct tsdbtimes_recent *r);

#endif
