#include "tests/replay/play_scraper.h"

#include <stdio.h>

static unsigned
replica(struct play *p, struct slice *rest)
{
    struct slice name = play_want(p, rest, "a replica");
    unsigned     i = play_prom_find(&p->prom, name);

    if (i == PLAY_SERIES_REPLICAS)
        play_fail(p, "there is no replica %.*s", SLICE_ARG(name));
    return i;
}

static void
add(struct play *p, struct slice name, struct slice rest)
{
    int64_t    every_ms = play_want_ms(p, &rest, "how often it scrapes"), offset_ms = 0;
    struct err err = {0};

    rest = slice_trim(rest);
    if (rest.n) {
        if (!slice_is(play_word(p, &rest), "offset"))
            play_fail(p, "replica NAME scrape D [offset D]");
        offset_ms = play_want_ms(p, &rest, "an offset");
    }
    play_must(p, play_prom_add(&p->prom, name, every_ms, offset_ms, &err), &err);
}

/* replica NAME scrape D [offset D] | stop | go | lag D */
void
play_scraper_replica(struct play *p, const struct play_line *l)
{
    struct slice              rest = l->rest, name = play_want(p, &rest, "a name");
    struct slice              word = play_want(p, &rest, "scrape, stop, go or lag");
    struct slice              again = l->rest;
    struct play_prom_replica *r;

    if (slice_is(word, "scrape")) {
        add(p, name, rest);
        return;
    }
    r = &p->prom.replica[replica(p, &again)];
    if (slice_is(word, "stop"))
        r->stopped = true;
    else if (slice_is(word, "go"))
        r->stopped = false;
    else if (slice_is(word, "lag"))
        r->lag_ms = play_want_ms(p, &rest, "a lag");
    else
        play_fail(p, "a replica cannot %.*s", SLICE_ARG(word));
}

void
play_scraper_answer_from(struct play *p, const struct play_line *l)
{
    struct slice rest = l->rest;

    p->upstream.answer_from[0] = p->upstream.answer_from[1] = replica(p, &rest);
}

void
play_scraper_flap(struct play *p, const struct play_line *l)
{
    struct slice rest = l->rest;

    p->upstream.answer_from[0] = replica(p, &rest);
    p->upstream.answer_from[1] = replica(p, &rest);
}

static void
says(struct play *p, int code, struct slice body)
{
    struct play_upstream *u = &p->upstream;

    u->mode = PLAY_UPSTREAM_SAYS;
    u->http_code = code;
    if (body.n >= sizeof u->body)
        play_fail(p, "too long a reply");
    snprintf(u->body, sizeof u->body, "%.*s", SLICE_ARG(body));
}

/* source up | down | hang | slow D | huge BYTES | http CODE [BODY or <<END] |
 *        without LABEL | with LABEL | evaluates */
void
play_scraper_source(struct play *p, const struct play_line *l)
{
    struct slice          rest = l->rest, word = play_want(p, &rest, "a state");
    struct play_upstream *u = &p->upstream;

    if (slice_is(word, "up")) {
        u->mode = PLAY_UPSTREAM_UP;
        u->delay_ms = 0;
    } else if (slice_is(word, "down")) {
        u->mode = PLAY_UPSTREAM_DOWN;
    } else if (slice_is(word, "hang")) {
        u->mode = PLAY_UPSTREAM_HANG;
    } else if (slice_is(word, "slow")) {
        u->delay_ms = play_want_ms(p, &rest, "how long an answer takes");
    } else if (slice_is(word, "huge")) {
        u->mode = PLAY_UPSTREAM_HUGE;
        u->huge_bytes = play_want_count(p, &rest, "bytes");
    } else if (slice_is(word, "http")) {
        int code = (int)play_want_count(p, &rest, "a code");

        says(p, code, l->has_text ? l->text : slice_trim(rest));
    } else if (slice_is(word, "without")) {
        struct slice label = play_want(p, &rest, "a label");

        snprintf(u->without, sizeof u->without, "%.*s", SLICE_ARG(label));
    } else if (slice_is(word, "evaluates")) {
        u->any_query = true;
    } else if (slice_is(word, "with")) {
        u->without[0] = '\0';
    } else {
        play_fail(p, "a source cannot be %.*s", SLICE_ARG(word));
    }
}

void
play_scraper_hook(struct play *p, const struct play_line *l)
{
    struct slice      rest = l->rest, word = play_want(p, &rest, "up, hang or http CODE");
    struct play_hook *h = &p->upstream.hook;

    h->hangs = slice_is(word, "hang");
    h->http_code = 0;
    if (slice_is(word, "http"))
        h->http_code = (int)play_want_count(p, &rest, "a code");
    else if (!h->hangs && !slice_is(word, "up"))
        play_fail(p, "a hook cannot be %.*s", SLICE_ARG(word));
}
