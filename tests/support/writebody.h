/* writebody.h - remote write messages, put together field by field. */
#ifndef TESTS_SUPPORT_WRITEBODY_H
#define TESTS_SUPPORT_WRITEBODY_H

#include "base/text.h"

/* A tag and its value. */
void writebody_varint(struct text *t, uint32_t field, uint64_t v);
void writebody_fixed64(struct text *t, uint32_t field, uint64_t v);
void writebody_bytes(struct text *t, uint32_t field, struct slice bytes);

/* Into the bytes of a TimeSeries. */
void writebody_label(struct text *series, const char *name, const char *value);
void writebody_sample(struct text *series, int64_t t_ms, double value);

/* A TimeSeries into a WriteRequest; series is emptied. */
void writebody_series(struct text *request, struct text *series);

void writebody_metadata(struct text *request, unsigned type, const char *family, const char *help,
                        const char *unit);

/* As a snappy block of literals alone. */
void writebody_snappy(struct text *out, struct slice message);

#endif
