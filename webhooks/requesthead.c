#include "webhooks/requesthead.h"

#include <stddef.h>

#define FIELD(text, member)                                                                        \
    {                                                                                              \
        {text, sizeof text - 1}, offsetof(struct request, member)                                  \
    }

static const struct {
    struct slice name;
    size_t       offset; /* of a slice in struct request */
} fields[] = {
    FIELD("Authorization", authorization),
    FIELD("Content-Type", content_type),
    FIELD("Accept", accept),
    FIELD("Accept-Encoding", accept_encoding),
    FIELD("Content-Encoding", content_encoding),
    FIELD("Origin", origin),
    FIELD("Host", host),
    FIELD("If-None-Match", if_none_match),
    FIELD("Last-Event-ID", last_event_id),
};

#undef FIELD

/* RFC 9110 §5.6.2: letters, digits and these. */
static const bool in_token[256] = {
    ['!'] = true,         ['#'] = true,         ['$'] = true,         ['%'] = true, ['&'] = true,
    ['\''] = true,        ['*'] = true,         ['+'] = true,         ['-'] = true, ['.'] = true,
    ['^'] = true,         ['_'] = true,         ['`'] = true,         ['|'] = true, ['~'] = true,
    ['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true,
};

/* A blank before the colon is what smugglers like. */
static bool
is_token(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (!in_token[(unsigned char)s.p[i]])
            return false;
    return s.n > 0;
}

static bool
is_printable(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (((unsigned char)s.p[i] < 0x20 && s.p[i] != '\t') || s.p[i] == 0x7f)
            return false;
    return true;
}

static bool
is_named(struct slice name, struct slice want)
{
    return name.n == want.n && slice_is_nocase(name, want.p);
}

void
requesthead_take(struct requesthead *h, struct request *r, struct slice name, struct slice value)
{
    h->odd = h->odd || !is_token(name) || !is_printable(value);
    if (is_named(name, SLICE_LITERAL("Content-Length"))) {
        h->content_length = value;
        h->n_lengths++;
        return;
    }
    if (is_named(name, SLICE_LITERAL("Transfer-Encoding"))) {
        h->transfer_encoding = value;
        h->n_encodings++;
        return;
    }
    for (size_t i = 0; i < ARRAY_LEN(fields); i++) {
        struct slice *to = (struct slice *)(void *)((char *)r + fields[i].offset);

        if (!is_named(name, fields[i].name))
            continue;
        h->n_hosts += to == &r->host;
        h->n_authorizations += to == &r->authorization;
        if (!to->p) /* the first counts */
            *to = value;
        return;
    }
}

static bool
is_number(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

const char *
requesthead_fault(const struct requesthead *h, struct slice method, struct slice version)
{
    if (!is_token(method))
        return "what stands in the place of the method is none";
    if (h->odd)
        return "a header's name or value has characters that do not belong there";
    if (h->n_lengths && h->n_encodings)
        return "both Content-Length and Transfer-Encoding";
    if (h->n_lengths > 1 || (h->n_lengths && !is_number(h->content_length)))
        return "not one Content-Length that is a number";
    if (h->n_encodings > 1 || (h->n_encodings && !slice_is_nocase(h->transfer_encoding, "chunked")))
        return "a Transfer-Encoding other than chunked";
    if (h->n_encodings && slice_is(version, "HTTP/1.0"))
        return "HTTP/1.0 has no Transfer-Encoding";
    if (h->n_hosts > 1 || h->n_authorizations > 1)
        return "more than one Host or Authorization";
    if (h->n_hosts == 0 && slice_is(version, "HTTP/1.1"))
        return "HTTP/1.1 asks for a Host";
    return NULL;
}
