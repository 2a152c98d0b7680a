#include "daemon/cmd_watch.h"

#include "analyzer/verdict.h"
#include "base/clock.h"
#include "base/ulid.h"
#include "daemon/cmddaemon.h"
#include "daemon/watchview.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

enum { EXIT_BAD = 1, EXIT_UNDECIDED = 2 };
enum { PATH_BYTES = 4096, FRAME_BYTES = 1 << 20, PAGE = 500, MAX_LIVE = 2500, MAX_ENDED = 5 };
enum { INTERVAL_MS = 2000, LEAST_INTERVAL_MS = 200, LOOK_BACK_MS = 10 * 60 * 1000 };
enum { WAIT_S = 10, MOST_PAUSE_MS = 60 * 1000 };
enum {
    ROW_NAMESPACE = CMDDAEMON_ROWS,
    ROW_SERVICE,
    ROW_UNTIL,
    ROW_TIMEOUT,
    ROW_INTERVAL,
    ROW_JSON,
};

static const struct option_row rows[] = {
    CMDDAEMON_TABLE(0),
    [ROW_NAMESPACE] = {"namespace", 'n', "NAME", OPTION_TEXT, "only of this namespace"},
    [ROW_SERVICE] = {"service", 's', "NAME", OPTION_TEXT, "only of this service"},
    [ROW_UNTIL] = {"until", 0, "decided|ended", OPTION_TEXT,
                   "one run, until it is told something else than hold, or is over (ended)"},
    [ROW_TIMEOUT] = {"timeout", 0, "DURATION", OPTION_DURATION, "give up after this (never)"},
    [ROW_INTERVAL] = {"interval", 0, "DURATION", OPTION_DURATION,
                      "between questions of a redrawn picture, and after trouble (2s)"},
    [ROW_JSON] = OPTION_JSON,
};

const struct option_command cmd_watch_options = {
    .name = "watch",
    .help =
        "Follow the live runs of a daemon, or one: RUN, or with --until and --service the newest\n"
        "live run of a service, waited for. On a terminal the picture is redrawn; elsewhere, and\n"
        "with --json, each change is a line.",
    .operands = "[RUN]",
    .max_operands = 1,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .exits = {{0, "pass; or nothing was waited for"},
              {1, "fail or abort"},
              {2, "still hold at the timeout, or at the end of the run"},
              {3, "could not ask, or interrupted while waiting"}},
    .json = "a line for each run at first and for each change of verdict, reason or state: the run "
            "as in GET /v1/runs, with numbers where one is followed",
};

struct watching {
    const struct option_value *v;
    struct cmddaemon          *d;
    struct watchview           view;
    struct watchrates          rates;
    char                       id[ULID_BYTES]; /* of the one run; "": not known yet, or all */
    bool                       one, until_decided, redraws, json;
    bool                       told_trouble, may_wait; /* the daemon lets questions wait */
    int                        wait_s;                 /* of the next question; 0: no news, too */
    char                       seen[ULID_BYTES];       /* the one run's newest verdict */
    unsigned                   drawn;
    int64_t                    deadline_ms; /* monotonic */
    json_t                    *known;       /* object: id to what was last told of it */
    json_t                    *run;         /* the one run as last seen */
    json_t                    *live;        /* array: as last seen */
    json_t                    *ended;       /* array: runs that ended meanwhile */
};

/* What makes a line. */
static json_t *
told_of(json_t *run)
{
    return json_pack("[O*,O*,O*]", json_object_get(run, "state"), json_object_get(run, "verdict"),
                     json_object_get(run, "reason"));
}

static void
print_json(json_t *run)
{
    static const char *const long_ones[] = {"policy_text", "verdicts", "acts", "gate_calls"};
    char                    *text;

    for (size_t i = 0; i < ARRAY_LEN(long_ones); i++)
        (void)json_object_del(run, long_ones[i]);
    text = json_dumps(run, JSON_COMPACT);
    (void)printf("%s\n", text ? text : "{}");
    free(text);
}

static void
tell_line(const struct watching *w, json_t *run)
{
    struct text line;

    if (w->json) {
        json_t *copy = json_copy(run);

        print_json(copy);
        json_decref(copy);
    } else {
        text_init(&line, FRAME_BYTES);
        watchview_line(run, &line);
        (void)fputs(line.p, stdout);
        text_release(&line);
    }
    (void)fflush(stdout);
}

/* Where nothing is redrawn: a line if something changed. */
static void
tell(struct watching *w, json_t *run)
{
    const char *id = json_string_value(json_object_get(run, "id"));
    json_t     *now = told_of(run);

    if (id && !json_equal(now, json_object_get(w->known, id))) {
        (void)json_object_set(w->known, id, now);
        if (!w->redraws)
            tell_line(w, run);
    }
    json_decref(now);
}

static void
redraw(struct watching *w)
{
    struct text          frame, out;
    struct terminal_size size = terminal_size(&w->view.terminal);

    if (!w->redraws)
        return;
    w->view.columns = size.columns;
    w->view.now_ms = clock_wall_ms(&clock_system);
    w->view.url = cmddaemon_url(w->d);
    text_init(&frame, FRAME_BYTES);
    text_init(&out, 2 * FRAME_BYTES);
    if (w->one && w->run)
        watchview_run(&w->view, w->run, &w->rates, &frame);
    else
        watchview_list(&w->view, w->live, w->ended, &frame);
    watchview_redraw(text_slice(&frame), size.rows, &w->drawn, &out);
    (void)fwrite(out.p, 1, out.n, stdout);
    (void)fflush(stdout);
    text_release(&frame);
    text_release(&out);
}

static enum status
get_run(struct watching *w, const char *id, int *code, json_t **out, struct err *err)
{
    char path[64];

    (void)snprintf(path, sizeof path, "/v1/runs/%s", id);
    return cmddaemon_get(w->d, path, code, out, err);
}

/* The one run, once there is news of it or the time is over. */
static enum status
wait_for_run(struct watching *w, int *code, json_t **out, struct err *err)
{
    char        path[160];
    enum status s;

    if (w->wait_s == 0 || !*w->seen)
        s = get_run(w, w->id, code, out, err);
    else {
        (void)snprintf(path, sizeof path, "/v1/runs/%s?wait=%ds&seen=%s", w->id, w->wait_s,
                       w->seen);
        s = cmddaemon_get(w->d, path, code, out, err);
    }
    *w->seen = '\0';
    if (s == STATUS_OK)
        (void)ulid_copy(
            json_slice(json_object_get(json_array_get(json_object_get(*out, "verdicts"), 0), "id")),
            w->seen);
    return s;
}

static void
list_path(const struct watching *w, const char *after, uint32_t limit, struct text *path)
{
    static const struct {
        int         row;
        const char *name;
    } names[] = {{ROW_NAMESPACE, "&namespace="}, {ROW_SERVICE, "&service="}};

    text_printf(path, "/v1/runs?state=live&limit=%" PRIu32, limit);
    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        if (!w->v[names[i].row].given)
            continue;
        text_puts(path, names[i].name);
        text_percent(path, slice_of(w->v[names[i].row].text));
    }
    if (after)
        text_printf(path, "&after=%s", after);
    else if (w->wait_s)
        text_printf(path, "&wait=%ds", w->wait_s);
}

/* All that are live, page by page; *live is an array of the caller's. */
static enum status
get_live(struct watching *w, uint32_t limit, int *code, json_t **live, struct err *err)
{
    char        after[ULID_BYTES] = "";
    struct text path;
    enum status s;

    *live = json_array();
    text_init(&path, PATH_BYTES);
    do {
        json_t *page = NULL;

        text_clear(&path);
        list_path(w, *after ? after : NULL, limit, &path);
        s = cmddaemon_get(w->d, path.p, code, &page, err);
        *after = '\0';
        if (s == STATUS_OK) {
            (void)json_array_extend(*live, json_object_get(page, "runs"));
            (void)ulid_copy(json_slice(json_object_get(page, "next")), after);
        }
        json_decref(page);
    } while (s == STATUS_OK && *after && limit == PAGE && json_array_size(*live) < MAX_LIVE);
    text_release(&path);
    return s;
}

/* Those that were live and are no more are told once again, as they ended. */
static enum status
look_for_ended(struct watching *w, json_t *live, int *code, struct err *err)
{
    json_t     *still = json_object(), *run, *told;
    const char *id;
    void       *next;
    size_t      i;
    enum status s = STATUS_OK;

    json_array_foreach(live, i, run)
    {
        id = json_string_value(json_object_get(run, "id"));
        if (id)
            (void)json_object_set_new(still, id, json_true());
    }
    json_object_foreach_safe(w->known, next, id, told)
    {
        json_t *over = NULL;

        if (s || json_object_get(still, id))
            continue;
        s = get_run(w, id, code, &over, err);
        if (s == STATUS_NOT_FOUND) /* kept no longer */
            s = STATUS_OK;
        if (s == STATUS_OK && over) {
            tell(w, over);
            (void)json_array_insert(w->ended, 0, over);
            (void)json_array_remove(w->ended, MAX_ENDED);
        }
        if (s == STATUS_OK)
            (void)json_object_del(w->known, id);
        json_decref(over);
    }
    json_decref(still);
    return s;
}

static void
keep_live(struct watching *w, json_t *live)
{
    json_decref(w->live);
    w->live = json_incref(live);
}

static enum status
look_at_all(struct watching *w, int *code, struct err *err)
{
    json_t     *live = NULL, *run;
    size_t      i;
    enum status s = get_live(w, PAGE, code, &live, err);

    if (s == STATUS_OK)
        s = look_for_ended(w, live, code, err);
    if (s == STATUS_OK) {
        json_array_foreach(live, i, run) tell(w, run);
        keep_live(w, live);
        redraw(w);
    }
    json_decref(live);
    return s;
}

/* The newest live run of the service, if there is one. */
static enum status
find_run(struct watching *w, int *code, struct err *err)
{
    json_t     *live = NULL;
    enum status s = get_live(w, 1, code, &live, err);

    if (s == STATUS_OK) {
        (void)ulid_copy(json_slice(json_object_get(json_array_get(live, 0), "id")), w->id);
        keep_live(w, live);
        if (!*w->id)
            redraw(w);
    }
    json_decref(live);
    return s;
}

/* For the picture alone, so that it may be missing. */
static void
get_rates(struct watching *w)
{
    char       path[128];
    struct err err = {0};
    json_t    *answer = NULL;
    int        code;
    int64_t    since_ms =
        w->rates.last_ms ? w->rates.last_ms + 1 : clock_wall_ms(&clock_system) - LOOK_BACK_MS;

    (void)snprintf(path, sizeof path, "/v1/runs/%s/intervals?since=%" PRId64, w->id, since_ms);
    if (cmddaemon_get(w->d, path, &code, &answer, &err) == STATUS_OK)
        watchrates_add(&w->rates, answer);
    json_decref(answer);
}

static enum status
look_at_one(struct watching *w, int *code, struct err *err)
{
    json_t     *run = NULL;
    enum status s = *w->id ? STATUS_OK : find_run(w, code, err);

    if (s || !*w->id)
        return s;
    s = wait_for_run(w, code, &run, err);
    if (s)
        return s;
    json_decref(w->run);
    w->run = run;
    if (w->redraws)
        get_rates(w);
    tell(w, run);
    redraw(w);
    return STATUS_OK;
}

/* Of the one run: how this command ends; -1: it goes on. */
static int
outcome(const struct watching *w)
{
    static const int codes[VERDICT_COUNT] = {[VERDICT_PASS] = 0,
                                             [VERDICT_HOLD] = EXIT_UNDECIDED,
                                             [VERDICT_FAIL] = EXIT_BAD,
                                             [VERDICT_ABORT] = EXIT_BAD};
    enum verdict     v;
    bool             over;

    if (!w->run || verdict_parse(json_slice(json_object_get(w->run, "verdict")), &v))
        return -1;
    over = !slice_is(json_slice(json_object_get(w->run, "state")), "live");
    return over || (w->until_decided && v != VERDICT_HOLD) ? codes[v] : -1;
}

/* Another try may go better: nobody answered, the daemon was busy, or asked too often. */
static bool
may_pass(enum status s, int code)
{
    return s != STATUS_SYNTAX && s != STATUS_IO &&
           (code == 0 || code == 200 || code == 429 || code >= 500);
}

static void
tell_trouble(struct watching *w, const struct err *err)
{
    w->view.trouble = err->text;
    if (w->redraws)
        redraw(w);
    else if (!w->told_trouble)
        (void)fprintf(stderr, "verdictd watch: %s; trying again\n", err->text);
    w->told_trouble = true;
    w->view.trouble = NULL;
}

/* The time is over; last is of the last look. */
static int
timed_out(const struct watching *w, const struct err *last, struct err *err)
{
    const char *service = w->v[ROW_SERVICE].text;

    if (last->status) {
        *err = *last;
        return OPTION_EXIT_ERROR;
    }
    if (w->one && !w->run)
        (void)fprintf(stderr, "verdictd watch: no run of %s went on in that time\n",
                      service ? service : w->id);
    return w->one ? EXIT_UNDECIDED : 0;
}

/* A picture wants its numbers to move: it asks each interval.  Lines are of changes, so the
 * question waits at the daemon for one; the first does not. */
static void
settle_wait(struct watching *w, bool first)
{
    int64_t left_s = (w->deadline_ms - clock_mono_ms(&clock_system)) / 1000;

    w->wait_s = w->redraws || first || !w->may_wait || left_s < 1 ? 0
                : left_s < WAIT_S                                 ? (int)left_s
                                                                  : WAIT_S;
}

/* Twice as long with each failure, and no shorter than the daemon asks for. */
static int64_t
pause_after(const struct watching *w, int64_t interval_ms, unsigned failures)
{
    int64_t ms = interval_ms, asked_ms = cmddaemon_retry_after_ms(w->d);

    while (failures-- > 1 && ms < MOST_PAUSE_MS)
        ms *= 2;
    if (ms < asked_ms)
        ms = asked_ms;
    return ms < MOST_PAUSE_MS ? ms : MOST_PAUSE_MS;
}

static int
follow(struct watching *w, struct err *err)
{
    int64_t  interval_ms = w->v[ROW_INTERVAL].given ? w->v[ROW_INTERVAL].ms : INTERVAL_MS;
    unsigned failures = 0;

    for (bool first = true;; first = false) {
        int         code = 0, end;
        struct err  trouble = {0};
        int64_t     left_ms, pause_ms;
        enum status s;

        settle_wait(w, first);
        s = w->one ? look_at_one(w, &code, &trouble) : look_at_all(w, &code, &trouble);
        pause_ms = w->wait_s ? LEAST_INTERVAL_MS : interval_ms;
        if (s == STATUS_OK) {
            w->told_trouble = false;
            failures = 0;
            end = outcome(w);
            if (end >= 0)
                return end;
        } else if (w->wait_s && (code == 400 || code == 503)) {
            w->may_wait = false; /* too many wait there, or it is of an older version */
        } else if (s == STATUS_CANCELLED || !may_pass(s, code)) {
            *err = trouble;
            return w->one || s != STATUS_CANCELLED ? OPTION_EXIT_ERROR : 0;
        } else {
            tell_trouble(w, &trouble);
            pause_ms = pause_after(w, interval_ms, ++failures);
        }
        left_ms = w->deadline_ms - clock_mono_ms(&clock_system);
        if (left_ms <= 0)
            return timed_out(w, &trouble, err);
        if (cmddaemon_wait(w->d, pause_ms < left_ms ? pause_ms : left_ms, err))
            return w->one ? OPTION_EXIT_ERROR : 0;
    }
}

static enum status
prepare(struct watching *w, const struct option_values *o, struct err *err)
{
    const char *until = o->values[ROW_UNTIL].text;

    w->v = o->values;
    w->one = o->n_operands || until;
    w->until_decided = until && !strcmp(until, "decided");
    w->json = w->v[ROW_JSON].given;
    w->view.terminal = terminal_of(STDOUT_FILENO);
    w->view.utf8 = terminal_utf8();
    w->redraws = w->view.terminal.redraws && !w->json;
    w->may_wait = true;
    w->deadline_ms =
        w->v[ROW_TIMEOUT].given ? clock_mono_ms(&clock_system) + w->v[ROW_TIMEOUT].ms : INT64_MAX;
    w->known = json_object();
    w->ended = json_array();
    if (until && !w->until_decided && strcmp(until, "ended") != 0)
        return err_set(err, STATUS_SYNTAX, "--until %.60s: decided or ended", until);
    if (o->n_operands && !ulid_copy(slice_of(o->operands[0]), w->id))
        return err_set(err, STATUS_SYNTAX, "%.60s is no id of a run: verdictd runs --live",
                       o->operands[0]);
    if (o->n_operands && (w->v[ROW_SERVICE].given || w->v[ROW_NAMESPACE].given))
        return err_set(err, STATUS_SYNTAX, "a RUN has its service: no --service, no --namespace");
    if (w->one && !o->n_operands && !w->v[ROW_SERVICE].given)
        return err_set(err, STATUS_SYNTAX, "--until needs a RUN, or --service NAME");
    if (w->v[ROW_INTERVAL].given && w->v[ROW_INTERVAL].ms < LEAST_INTERVAL_MS)
        return err_set(err, STATUS_RANGE, "--interval: at least %dms", LEAST_INTERVAL_MS);
    return cmddaemon_new(o->values, &w->d, err);
}

int
cmd_watch(int argc, char **argv)
{
    struct option_values o;
    struct watching      w = {0};
    struct err           err = {0};
    int                  code;

    if (!option_start(&cmd_watch_options, argc, argv, &o, &code))
        return code;
    code = prepare(&w, &o, &err) ? OPTION_EXIT_ERROR : follow(&w, &err);
    if (code == OPTION_EXIT_ERROR)
        (void)fprintf(stderr, "verdictd watch: %s\n", err.text);
    cmddaemon_free(w.d);
    json_decref(w.known);
    json_decref(w.run);
    json_decref(w.live);
    json_decref(w.ended);
    return code;
}
