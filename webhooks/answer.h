/* answer.h - what goes back to a caller, free of any HTTP library. */
#ifndef WEBHOOKS_ANSWER_H
#define WEBHOOKS_ANSWER_H

#include "base/asset.h"
#include "base/text.h"
#include "base/ulid.h"

enum { ANSWER_MAX_BYTES = 32 * 1024 * 1024 };

enum answer_type {
    ANSWER_JSON,        /* one strict object */
    ANSWER_LINE,        /* one line of plain text: what Flagger shows as it is */
    ANSWER_PLAIN,       /* text as another program would have sent it, perhaps none */
    ANSWER_NONE,        /* 204, where a protocol of others asks for it; never at a gate */
    ANSWER_ASSET,       /* a file of the web page, of which gzip says the form; also 304 */
    ANSWER_STREAM,      /* events, for as long as the caller reads */
    ANSWER_METRICS,     /* text format 0.0.4 of Prometheus */
    ANSWER_OPENMETRICS, /* 1.0.0 */
    ANSWER_PAGE,        /* HTML without scripts, styles or pictures */
};

struct eventstream_reader;

/* answer_init() before use, answer_release() after.  Any other 2xx is JSON. */
struct answer {
    int                 code;
    enum answer_type    type;
    bool                close;         /* the connection, after this answer */
    bool                challenge;     /* WWW-Authenticate goes along */
    bool                gzip;          /* the body is packed */
    int64_t             wait_ms;       /* of what is told when it takes too long: after this; 0: the
                               * server's own time */
    const char         *allow;         /* static, for 405; NULL */
    int                 retry_after_s; /* 0: not said */
    char                verdict_id[ULID_BYTES]; /* X-Verdict-Id; "" for none */
    struct text         body;
    const struct asset *asset;         /* of ANSWER_ASSET, instead of body */
    struct eventstream_reader *stream; /* of ANSWER_STREAM, owned, instead of body */
};

void answer_init(struct answer *a);
void answer_release(struct answer *a);

/* Both forget what the answer was before; close is kept. */
void answer_error(struct answer *a, int code, const char *error, const char *hint);
void answer_line(struct answer *a, int code, const char *line);

void answer_plain(struct answer *a, int code, const char *text); /* any code */

/* Start a page of this code; the caller writes into a->body. */
void answer_page(struct answer *a, int code);

void answer_none(struct answer *a);

void answer_asset(struct answer *a, int code, const struct asset *asset, bool packed);

void answer_stream(struct answer *a, struct eventstream_reader *stream); /* takes it */

/* Start a JSON body of this code; the caller writes into a->body. */
void answer_json(struct answer *a, int code);

/* Call it once a body is written: one that passed its maximum becomes an error. */
void answer_finish(struct answer *a);

#endif
