#include "webhooks/answer.h"

#include "base/jsonout.h"
#include "webhooks/eventstream.h"

#include <assert.h>

void
answer_init(struct answer *a)
{
    *a = (struct answer){0};
    text_init(&a->body, ANSWER_MAX_BYTES);
}

void
answer_release(struct answer *a)
{
    text_release(&a->body);
    eventstream_leave(a->stream);
    a->stream = NULL;
}

static void
restart(struct answer *a, int code, enum answer_type type)
{
    a->code = code;
    a->type = type;
    a->challenge = a->gzip = false;
    a->allow = NULL;
    a->retry_after_s = 0;
    a->verdict_id[0] = '\0';
    text_clear(&a->body);
    a->asset = NULL;
    eventstream_leave(a->stream);
    a->stream = NULL;
}

void
answer_json(struct answer *a, int code)
{
    restart(a, code, ANSWER_JSON);
}

void
answer_error(struct answer *a, int code, const char *error, const char *hint)
{
    struct jsonout j;

    assert(code >= 400);
    restart(a, code, ANSWER_JSON);
    jsonout_init(&j, &a->body);
    jsonout_begin_object(&j, NULL);
    jsonout_text(&j, "error", error);
    jsonout_text(&j, "hint", hint ? hint : "");
    jsonout_end_object(&j);
}

void
answer_line(struct answer *a, int code, const char *line)
{
    bool utf8 = slice_utf8(slice_of(line));

    assert(code >= 400);
    restart(a, code, ANSWER_LINE);
    for (const unsigned char *p = (const unsigned char *)line; *p; p++) {
        bool plain = *p >= 0x20 && *p != 0x7f && (utf8 || *p < 0x80);

        text_putc(&a->body, plain ? (char)*p : '?');
    }
    if (a->body.n == 0)
        text_puts(&a->body, "no reason was given");
}

void
answer_plain(struct answer *a, int code, const char *text)
{
    restart(a, code, ANSWER_PLAIN);
    text_puts(&a->body, text);
}

void
answer_page(struct answer *a, int code)
{
    restart(a, code, ANSWER_PAGE);
}

void
answer_none(struct answer *a)
{
    restart(a, 204, ANSWER_NONE);
}

void
answer_asset(struct answer *a, int code, const struct asset *asset, bool packed)
{
    restart(a, code, ANSWER_ASSET);
    a->asset = asset;
    a->gzip = packed && code == 200;
}

void
answer_stream(struct answer *a, struct eventstream_reader *stream)
{
    restart(a, 200, ANSWER_STREAM);
    a->stream = stream;
}

void
answer_finish(struct answer *a)
{
    if (a->body.status)
        answer_error(a, 413, "the answer is larger than is sent in one piece",
                     "ask for fewer rows with limit=");
}
