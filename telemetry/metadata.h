/* metadata.h - type, help and unit of metric families, as targets declare them.
 *
 * Any thread; it locks.  Bounded: families past the limit are not kept. */
#ifndef TELEMETRY_METADATA_H
#define TELEMETRY_METADATA_H

#include "telemetry/exposition.h"

enum {
    METADATA_MAX_FAMILIES = 20000,
    METADATA_MAX_NAME_BYTES = 1024, /* families with a longer name or unit are not kept */
    METADATA_MAX_HELP_BYTES = 1024, /* longer ones are cut, and end in ... */
    METADATA_MAX_BYTES = 16 << 20   /* of all texts */
};

struct metadata;

struct metadata *metadata_new(void);
void             metadata_free(struct metadata *m);

/* The last that is said of a family counts; but where the type is unknown, or
 * help or unit are empty, what is there stays.  Help is unescaped already. */
void metadata_set(struct metadata *m, struct slice family, enum exposition_type type,
                  struct slice help, struct slice unit);

struct metadata_entry {
    struct slice         family, help, unit;
    enum exposition_type type;
};

/* Each family in the order of its name (family: only this one; {0}: all), at
 * most limit (0: all); entries are borrowed for the call, under the lock. */
void metadata_each(struct metadata *m, struct slice family, size_t limit,
                   void (*each)(void *ctx, const struct metadata_entry *e), void *ctx);

#endif
