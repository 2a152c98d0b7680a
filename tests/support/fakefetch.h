/* fakefetch.h - struct fetch answered by hand: a test says when and what. */
#ifndef TESTS_SUPPORT_FAKEFETCH_H
#define TESTS_SUPPORT_FAKEFETCH_H

#include "base/fetch.h"

struct fakefetch_call {
    char    method[8];
    char   *url, *body, *content_type; /* copies; "" where there was none */
    char   *headers;                   /* of the request alone: "Name: value\n" each */
    int64_t timeout_ms;
    size_t  max_reply_bytes;
    bool    open, cancelled;
};

struct fakefetch;

struct fakefetch *fakefetch_new(void);
/* Fails the test if a call was never reported done. */
void         fakefetch_free(struct fakefetch *f);
struct fetch fakefetch_port(struct fakefetch *f);

size_t                       fakefetch_count(const struct fakefetch *f); /* calls so far */
size_t                       fakefetch_open(const struct fakefetch *f); /* of those, not answered */
const struct fakefetch_call *fakefetch_call(const struct fakefetch *f, size_t i);

/* A part of call i's reply; false: it wants no more, and must be answered. */
bool fakefetch_part(struct fakefetch *f, size_t i, int http_code, const char *type,
                    struct slice part);

/* Report call i done; a body that it takes in parts is told as one.  A cancelled call is reported cancelled, whatever is given. */
void fakefetch_answer(struct fakefetch *f, size_t i, const struct fetch_result *r);
void fakefetch_reply(struct fakefetch *f, size_t i, int http_code, const char *body);
void fakefetch_fail(struct fakefetch *f, size_t i, enum status s, const char *why);

/* Report all cancelled calls. */
void fakefetch_settle(struct fakefetch *f);

#endif
