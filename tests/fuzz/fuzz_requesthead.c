/* Headers as a client sends them, a line each: whatever they are, what passes can be
 * read in one way only, and each field that is taken is one of the values. */
#include "webhooks/requesthead.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static size_t
count(struct slice lines, const char *name)
{
    size_t n = 0;

    while (lines.n) {
        struct slice value = slice_cut(&lines, '\n'), key = slice_cut(&value, ':');

        n += slice_is_nocase(slice_trim(key), name);
    }
    return n;
}

static bool
digits(struct slice s)
{
    for (size_t i = 0; i < s.n; i++)
        if (s.p[i] < '0' || s.p[i] > '9')
            return false;
    return s.n > 0;
}

/* The first line is the method and the version. */
int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct request r;
    struct requesthead    h = {0};
    struct slice          rest = {(const char *)data, size}, version, method, lines;

    if (request_target(&r, SLICE_LITERAL("/"), &(struct err){0}))
        abort();
    r.authorization = (struct slice){0};
    version = slice_cut(&rest, '\n');
    method = slice_cut(&version, ' ');
    lines = rest;
    while (rest.n) {
        struct slice value = slice_cut(&rest, '\n'), name = slice_cut(&value, ':');

        requesthead_take(&h, &r, name, value);
    }
    if (requesthead_fault(&h, method, version))
        return 0;
    /* With blanks around the name counted as the same name, as some programs do. */
    if (count(lines, "Content-Length") + count(lines, "Transfer-Encoding") > 1 ||
        count(lines, "Host") > 1 || count(lines, "Authorization") > 1)
        abort();
    if (h.n_lengths && !digits(h.content_length))
        abort();
    if (r.host.p && (r.host.p < lines.p || r.host.p + r.host.n > lines.p + lines.n))
        abort();
    if (memchr(r.authorization.p ? r.authorization.p : "", '\r', r.authorization.n))
        abort();
    return 0;
}
