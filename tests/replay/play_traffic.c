#include "tests/replay/play_traffic.h"

#include <stdio.h>
#include <stdlib.h>

static void
copy(struct play *p, char *to, size_t bytes, struct slice from)
{
    if (from.n >= bytes)
        play_fail(p, "%.*s is too long", SLICE_ARG(from));
    snprintf(to, bytes, "%.*s", SLICE_ARG(from));
}

static struct play_mesh_target *
target(struct play *p, struct slice *rest, const char *what)
{
    struct slice             name = play_want(p, rest, what);
    struct play_mesh_target *t = play_mesh_find(&p->mesh, name);

    if (!t)
        play_fail(p, "there is no %.*s", SLICE_ARG(name));
    return t;
}

static struct play_mesh_target *
new_target(struct play *p, struct slice *rest)
{
    struct play_mesh_target *t = NULL;
    struct err               err = {0};

    play_must(p, play_mesh_add(&p->mesh, play_want(p, rest, "a name"), &t, &err), &err);
    return t;
}

/* service NAME NAMESPACE */
void
play_traffic_service(struct play *p, const struct play_line *l)
{
    struct slice rest = l->rest;

    copy(p, p->mesh.service, sizeof p->mesh.service, play_want(p, &rest, "a service"));
    copy(p, p->mesh.ns, sizeof p->mesh.ns, play_want(p, &rest, "a namespace"));
}

void
play_traffic_proxy(struct play *p, const struct play_line *l)
{
    struct slice rest = l->rest;

    (void)new_target(p, &rest);
}

/* pod NAME [version V] [revision R] [workload W] [hash H] [host H] [cluster C] [arm ARM] [bare] */
void
play_traffic_pod(struct play *p, const struct play_line *l)
{
    struct slice             rest = l->rest, word;
    struct play_mesh_target *t = new_target(p, &rest);

    t->is_pod = true;
    while ((word = play_word(p, &rest)).p) {
        if (slice_is(word, "bare")) {
            t->bare = true;
        } else if (slice_is(word, "version")) {
            copy(p, t->version, sizeof t->version, play_want(p, &rest, "a version"));
        } else if (slice_is(word, "revision")) {
            copy(p, t->revision, sizeof t->revision, play_want(p, &rest, "a revision"));
        } else if (slice_is(word, "workload")) {
            copy(p, t->workload, sizeof t->workload, play_want(p, &rest, "a workload"));
        } else if (slice_is(word, "hash")) {
            copy(p, t->hash, sizeof t->hash, play_want(p, &rest, "a hash"));
        } else if (slice_is(word, "host")) {
            copy(p, t->host, sizeof t->host, play_want(p, &rest, "a service"));
        } else if (slice_is(word, "cluster")) {
            copy(p, t->cluster, sizeof t->cluster, play_want(p, &rest, "a cluster"));
        } else if (slice_is(word, "arm")) {
            word = play_want(p, &rest, "canary or baseline");
            t->arm = slice_is(word, "canary") ? ARM_CANARY : ARM_BASELINE;
        } else {
            play_fail(p, "a pod has no %.*s", SLICE_ARG(word));
        }
    }
}

/* CLIENT POD CODE FLAGS */
static struct play_mesh_flow
flow_of(struct play *p, struct slice *rest)
{
    struct play_mesh_flow f = {.latency_ms = 20,
                               .since_ms = play_time_true_ms(&p->time),
                               .client = target(p, rest, "a client's proxy"),
                               .pod = target(p, rest, "a pod")};

    copy(p, f.code, sizeof f.code, play_want(p, rest, "a response code"));
    copy(p, f.flags, sizeof f.flags, play_want(p, rest, "response flags, or -"));
    if (f.client->is_pod || !f.pod->is_pod)
        play_fail(p, "requests go from a proxy to a pod");
    return f;
}

static void
flow_options(struct play *p, struct slice *rest, struct play_mesh_flow *f)
{
    struct slice word;

    while ((word = play_word(p, rest)).p) {
        if (slice_is(word, "latency"))
            f->latency_ms = play_want_ms(p, rest, "a latency");
        else if (slice_is(word, "unseen"))
            f->unseen = true;
        else if (slice_is(word, "grpc"))
            copy(p, f->grpc, sizeof f->grpc, play_want(p, rest, "a gRPC status"));
        else
            play_fail(p, "requests have no %.*s", SLICE_ARG(word));
    }
}

/* rate CLIENT POD CODE FLAGS N/s [latency D] [grpc N] [unseen], from now on */
void
play_traffic_rate(struct play *p, const struct play_line *l)
{
    struct slice          rest = l->rest, rate;
    struct play_mesh_flow f = flow_of(p, &rest);
    double                per_s;

    rate = play_want(p, &rest, "a rate");
    if (!slice_ends(rate, "/s") || slice_double((struct slice){rate.p, rate.n - 2}, &per_s) ||
        !(per_s >= 0 && per_s <= 1e6))
        play_fail(p, "%.*s is not a rate, such as 2.5/s", SLICE_ARG(rate));
    f.per_1000s = (uint64_t)(per_s * 1000 + .5);
    flow_options(p, &rest, &f);
    play_mesh_flow(&p->mesh, &f);
}

/* add CLIENT POD CODE FLAGS N [latency D] [grpc N] [unseen], at once */
void
play_traffic_add(struct play *p, const struct play_line *l)
{
    struct slice          rest = l->rest;
    struct play_mesh_flow f = flow_of(p, &rest);
    uint64_t              n = play_want_count(p, &rest, "how many");

    flow_options(p, &rest, &f);
    play_mesh_book(&p->mesh, &f, n);
}

void
play_traffic_quiet(struct play *p, const struct play_line *l)
{
    (void)l;
    p->mesh.flows.n = 0;
}

/* exposition NAME <<END: what a target of its own says from now on */
void
play_traffic_exposition(struct play *p, const struct play_line *l)
{
    struct slice             rest = l->rest, name = play_want(p, &rest, "a name");
    struct play_mesh_target *t = play_mesh_find(&p->mesh, name);

    if (!t) {
        rest = l->rest;
        t = new_target(p, &rest);
    }
    t->raw = true;
    t->exposition = l->text;
}

/* scrape fail|ok NAME...: the target does not answer Prometheus */
void
play_traffic_scrape(struct play *p, const struct play_line *l)
{
    struct slice rest = l->rest, word = play_want(p, &rest, "fail or ok");

    do {
        target(p, &rest, "a target")->failing = slice_is(word, "fail");
        rest = slice_trim(rest);
    } while (rest.n);
}

/* ledger start: the truth counts from now on */
void
play_traffic_ledger(struct play *p, const struct play_line *l)
{
    (void)l;
    play_mesh_zero_truth(&p->mesh);
}
