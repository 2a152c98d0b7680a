#include "tests/replay/play_flagger.h"

#include <stdio.h>

/* fluxcd/flagger pkg/controller/scheduler.go (advanceCanary), release 1.44: what is
 * asked when, and what becomes of the answers.  Its metrics are none. */

enum { INTERVAL_S = 30, THRESHOLD = 3, STEP = 10, MAX_WEIGHT = 50, ITERATIONS = 5, RATE = 300 };

enum strategy { WEIGHTS, MIRROR, AB, BLUEGREEN, STRATEGIES };
static const char *const strategies[STRATEGIES] = {"weights", "mirror", "ab", "bluegreen"};

struct flagger {
    struct play  *p;
    enum strategy strategy;
    const char   *phase;
    struct slice  checksum, wanted; /* of what is analysed, of what the user has applied */
    int           weight, iterations, failed;
    bool          mirrored, all_on_canary;
    bool          rollout_hook, confirm_rollout_hook;
    uint64_t      errors_percent; /* of the canary's requests */
};

/* Play one line of a script. */
static void say(struct play *p, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
say(struct play *p, const char *fmt, ...)
{
    struct play_line *l = arena_new(&p->arena, struct play_line);
    char              line[1024];
    struct slice      word;
    play_verb_fn      verb;
    va_list           args;

    va_start(args, fmt);
    vsnprintf(line, sizeof line, fmt, args);
    va_end(args);
    *l = *p->line;
    l->text = (struct slice){0};
    l->has_text = false;
    l->rest = arena_slice(&p->arena, slice_of(line));
    word = play_want(p, &l->rest, "a verb");
    verb = play_verb_find(word);
    if (!verb)
        play_fail(p, "there is no verb %.*s", SLICE_ARG(word));
    verb(p, l);
}

static bool
is(const struct flagger *f, const char *phase)
{
    return strcmp(f->phase, phase) == 0;
}

/* Whether Flagger takes it for a go; what comes twice is answered alike. */
static bool
hook(struct flagger *f, const char *type, const char *phase, struct slice checksum)
{
    struct play *p = f->p;
    int          code;

    say(p,
        "ask flagger %s {\"name\":\"reviews\",\"namespace\":\"prod\",\"phase\":\"%s\","
        "\"checksum\":\"%.*s\"}",
        type, phase, SLICE_ARG(checksum));
    code = p->answer.code;
    if (code == 204 || (code >= 300 && code < 400) || code >= 429)
        play_fail(p, "%s: Flagger shows no reason of a %d", type, code);
    say(p, "ask");
    if (p->answer.code != code)
        play_fail(p, "%s: %d, and asked again at once %d", type, code, p->answer.code);
    return code <= 202;
}

static void event(struct flagger *f, const char *fmt, ...) PRINTF_LIKE(2, 3);

static void
event(struct flagger *f, const char *fmt, ...)
{
    char    message[200];
    va_list args;

    va_start(args, fmt);
    vsnprintf(message, sizeof message, fmt, args);
    va_end(args);
    say(f->p,
        "ask flagger event {\"name\":\"reviews\",\"namespace\":\"prod\",\"phase\":\"%s\","
        "\"checksum\":\"%.*s\",\"metadata\":{\"eventMessage\":\"%s\",\"eventType\":\"Normal\","
        "\"timestamp\":\"1767225600000\"}}",
        f->phase, SLICE_ARG(f->checksum), message);
    if (f->p->answer.code != 202)
        play_fail(f->p, "event: %d", f->p->answer.code);
}

static void
flow(struct flagger *f, const char *client, double rate, const char *more)
{
    double errors = rate * (double)f->errors_percent / 100;

    say(f->p, "rate %s reviews-0 200 - %g/s%s", client, rate - errors, more);
    say(f->p, "rate %s reviews-0 500 - %g/s%s", client, errors, more);
}

/* Who gets what share of the traffic now. */
static void
route(struct flagger *f)
{
    double share = (double)f->weight / 100;
    bool   analysed = is(f, "Progressing") || is(f, "WaitingPromotion");

    if (f->strategy == AB && f->iterations && analysed)
        share = 0.2; /* those with the header */
    if (f->all_on_canary)
        share = 1;
    say(f->p, "rate client-1 reviews-primary-0 200 - %g/s", RATE * (1 - share));
    flow(f, "client-1", RATE * share, "");
    if (f->strategy == MIRROR)
        flow(f, "client-1", f->mirrored ? RATE : 0, " unseen");
    if (f->strategy == BLUEGREEN)
        flow(f, "load-tester", analysed ? 20 : 0, "");
}

static void
begin(struct flagger *f)
{
    f->checksum = f->wanted;
    f->weight = f->iterations = f->failed = 0;
    f->mirrored = f->all_on_canary = false;
    f->phase = "Progressing";
    route(f);
}

static void
end(struct flagger *f, const char *phase)
{
    f->weight = 0;
    f->mirrored = f->all_on_canary = false;
    f->phase = phase;
    route(f);
    if (!hook(f, "post-rollout", phase, f->checksum))
        play_fail(f->p, "post-rollout: %d", f->p->answer.code);
}

static void
roll_back(struct flagger *f, const char *why)
{
    event(f, "Rolling back reviews.prod %s", why);
    event(f, "Canary failed! Scaling down reviews.prod");
    end(f, "Failed");
}

static void
promote(struct flagger *f)
{
    if (hook(f, "confirm-promotion", "Progressing", f->checksum)) {
        event(f, "Copying reviews.prod template spec to reviews-primary.prod");
        f->phase = "Promoting";
        return;
    }
    if (!is(f, "WaitingPromotion"))
        event(f, "Halt reviews.prod advancement waiting for promotion approval verdict");
    f->phase = "WaitingPromotion";
}

static void
advance_weights(struct flagger *f)
{
    if (!f->mirrored && is(f, "Progressing") &&
        !hook(f, "confirm-traffic-increase", "Progressing", f->checksum)) {
        event(f, "Halt reviews.prod advancement waiting for traffic increase approval verdict");
        return;
    }
    if (f->weight >= MAX_WEIGHT) {
        promote(f);
        return;
    }
    if (f->strategy == MIRROR && !f->weight && !f->mirrored) {
        f->mirrored = true;
        event(f, "Starting canary analysis for reviews.prod");
    } else {
        f->mirrored = false;
        f->weight += STEP;
        event(f, "Advance reviews.prod canary weight %d", f->weight);
    }
    route(f);
}

static void
advance_iterations(struct flagger *f)
{
    if (f->iterations < ITERATIONS) {
        f->iterations++;
        event(f, "Advance reviews.prod canary iteration %d/%d", f->iterations, ITERATIONS);
    } else if (f->strategy == AB || f->all_on_canary) {
        promote(f);
        return;
    } else if (hook(f, "confirm-promotion", "Progressing", f->checksum)) {
        f->all_on_canary = true; /* and is asked again before the promotion */
        event(f, "Routing all traffic to canary");
    } else {
        f->phase = "WaitingPromotion";
    }
    route(f);
}

/* False: a failed check, and nothing goes on. */
static bool
checks(struct flagger *f)
{
    bool first = !f->weight && !f->iterations && !f->mirrored;

    if (!first && !f->rollout_hook)
        return true;
    if (hook(f, first ? "pre-rollout" : "rollout", "Progressing", f->checksum))
        return true;
    f->failed++;
    event(f, "Halt reviews.prod advancement %s check verdict failed",
          first ? "pre-rollout" : "external");
    return false;
}

static void
analyse(struct flagger *f)
{
    if (hook(f, "rollback", f->phase, f->checksum)) {
        roll_back(f, "manual webhook invoked");
    } else if (f->failed >= THRESHOLD) {
        roll_back(f, "failed checks threshold reached 3");
    } else if (checks(f)) {
        if (f->strategy == WEIGHTS || f->strategy == MIRROR)
            advance_weights(f);
        else
            advance_iterations(f);
    }
}

static void
tick(struct flagger *f)
{
    bool analysed = is(f, "Progressing") || is(f, "WaitingPromotion");
    bool changed = !slice_equal(f->checksum, f->wanted);

    if (is(f, "Promoting")) {
        event(f, "Routing all traffic to primary");
        f->phase = "Finalising";
        f->weight = 0;
        f->all_on_canary = false;
        route(f);
    } else if (is(f, "Finalising")) {
        event(f, "Promotion completed! Scaling down reviews.prod");
        end(f, "Succeeded");
    } else if (analysed && changed) {
        event(f, "New revision detected! Restarting analysis for reviews.prod");
        begin(f);
    } else if (analysed) {
        analyse(f);
    } else if (changed) {
        /* It still carries the checksum of before, but after a failure. */
        if (f->confirm_rollout_hook &&
            !hook(f, "confirm-rollout", f->phase, is(f, "Failed") ? f->wanted : f->checksum)) {
            f->phase = "Waiting";
            return;
        }
        begin(f);
        event(f, "New revision detected! Scaling up reviews.prod");
    }
}

/* The lines of this tick: "revision R", "errors N", or any other of a script. */
static void
happen(struct flagger *f, struct slice text, uint64_t now)
{
    while (text.n) {
        struct slice rest = slice_trim(slice_cut(&text, '\n')), whole, word;

        if (!rest.n || play_want_count(f->p, &rest, "a tick") != now)
            continue;
        whole = slice_trim(rest);
        word = play_want(f->p, &rest, "what happens");
        if (slice_is(word, "revision"))
            f->wanted = play_want(f->p, &rest, "a revision");
        else if (slice_is(word, "errors"))
            f->errors_percent = play_want_count(f->p, &rest, "percent");
        else
            say(f->p, "%.*s", SLICE_ARG(whole));
        if (slice_is(word, "errors"))
            route(f);
    }
}

static enum strategy
want_strategy(struct play *p, struct slice *rest)
{
    struct slice  word = play_want(p, rest, "a strategy");
    enum strategy s = 0;

    while (s < STRATEGIES && !slice_is(word, strategies[s]))
        s++;
    if (s == STRATEGIES)
        play_fail(p, "weights, mirror, ab or bluegreen, not %.*s", SLICE_ARG(word));
    return s;
}

void
play_flagger_verb(struct play *p, const struct play_line *l)
{
    struct slice   rest = l->rest, how, phase, word;
    struct flagger f = {.p = p, .phase = "Initialized", .checksum = SLICE_LITERAL("5c1")};
    bool           stays;
    uint64_t       n;

    f.strategy = want_strategy(p, &rest);
    f.wanted = SLICE_LITERAL("7d9");
    how = play_want(p, &rest, "ends or stays");
    stays = slice_is(how, "stays");
    phase = play_want(p, &rest, "a phase");
    (void)play_want(p, &rest, "within or for");
    n = play_want_count(p, &rest, "ticks");
    while ((word = play_word(p, &rest)).p) {
        f.rollout_hook |= slice_is(word, "rollout");
        f.confirm_rollout_hook |= slice_is(word, "confirm-rollout");
    }
    route(&f);
    for (uint64_t i = 1; i <= n; i++) {
        happen(&f, l->text, i);
        tick(&f);
        if (slice_is(phase, f.phase) && !stays && slice_equal(f.checksum, f.wanted))
            return;
        if (is(&f, "Succeeded") || is(&f, "Failed"))
            play_fail(p, "the rollout has %s at tick %d", f.phase, (int)i);
        say(p, "after %ds", INTERVAL_S);
    }
    if (!stays || !slice_is(phase, f.phase))
        play_fail(p, "after %d ticks it is %s, at %d %% and iteration %d", (int)n, f.phase,
                  f.weight, f.iterations);
}
