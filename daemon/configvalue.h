/* configvalue.h - one value of config.def: read from text, checked, stored, printed. */
#ifndef DAEMON_CONFIGVALUE_H
#define DAEMON_CONFIGVALUE_H

#include "base/arena.h"
#include "base/err.h"
#include "base/text.h"
#include "daemon/configtable.h"

/* Read text as the row's type, check it against the row's bounds and put it
 * into the row's field of object; texts are copied into a.  err says what is
 * wrong and what to write, without place and key.
 * A list (SET, NAMES) is read item by item: each call adds one. */
enum status configvalue_set(const struct configtable_row *row, struct slice text, void *object,
                            struct arena *a, struct err *err) MUST_CHECK;

/* Empty a list. */
void configvalue_clear(const struct configtable_row *row, void *object);

/* Give the field its default; required and "auto" fields are left alone. */
void configvalue_default(const struct configtable_row *row, void *object, struct arena *a);

/* Whether this type is written as a list. */
bool configvalue_is_list(const struct configtable_row *row);

/* Whether this type is a number or truth value, which quotes would make text. */
bool configvalue_is_bare(const struct configtable_row *row);

/* The stored value, canonical: durations in ms, sizes in bytes, lists sorted
 * as in their vocabulary with commas, absent texts and numbers empty. */
void configvalue_print(const struct configtable_row *row, const void *object, struct text *out);

#endif
