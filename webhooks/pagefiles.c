#include "webhooks/pagefiles.h"

#include "webhooks/gzip.h"

static struct slice
without_weak(struct slice tag)
{
    return slice_starts(tag, "W/") ? (struct slice){tag.p + 2, tag.n - 2} : tag;
}

bool
pagefiles_matches(struct slice if_none_match, const char *etag)
{
    struct slice want = without_weak(slice_of(etag));

    while (if_none_match.n) {
        struct slice one = slice_trim(slice_cut(&if_none_match, ','));

        if (slice_is(one, "*") || slice_equal(without_weak(one), want))
            return true;
    }
    return false;
}

static enum gates_when
serve(const struct gates_call *c, struct slice name, struct answer *out)
{
    const struct port *p = c->g->port;

    for (size_t i = 0; i < p->n_assets; i++) {
        const struct asset *a = &p->assets[i];

        if (!slice_is(name, a->name))
            continue;
        if (pagefiles_matches(c->req->if_none_match, a->etag))
            answer_asset(out, 304, a, false);
        else
            answer_asset(out, 200, a, gzip_accepted(c->req->accept_encoding));
        return GATES_NOW;
    }
    answer_error(out, 404, "the page has no such file", "the page is at /");
    return GATES_NOW;
}

enum gates_when
pagefiles_index(const struct gates_call *c, struct answer *out)
{
    return serve(c, SLICE_LITERAL("index.html"), out);
}

enum gates_when
pagefiles_file(const struct gates_call *c, struct answer *out)
{
    return serve(c, c->arg[0], out);
}
