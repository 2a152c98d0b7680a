#include "daemon/cmd_query.h"

#include "daemon/curlfetch.h"
#include "daemon/option.h"
#include "daemon/querytable.h"
#include "promql/promclient.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>

enum { EXIT_NOT_ASKED = 3, MAX_OUTPUT_BYTES = 256 << 20, DEFAULT_TIMEOUT_MS = 30000 };

enum { ROW_URL, ROW_TIME, ROW_JSON, ROW_HEADER, ROW_TOKEN, ROW_CA, ROW_TIMEOUT };

static const struct option_row rows[] = {
    [ROW_URL] = {"url", 'u', "URL", OPTION_TEXT, "the Prometheus, with its path prefix"},
    [ROW_TIME] = {"time", 't', "SECONDS", OPTION_NUMBER, "evaluate then (since 1970), not now"},
    [ROW_JSON] = OPTION_JSON,
    [ROW_HEADER] = {"header", 'H', "NAME:VALUE", OPTION_TEXT, "send this header too"},
    [ROW_TOKEN] = {"bearer-token-file", 0, "FILE", OPTION_TEXT, "authenticate by this token"},
    [ROW_CA] = {"ca-file", 0, "FILE", OPTION_TEXT, "trust these authorities, not the system's"},
    [ROW_TIMEOUT] = {"timeout", 0, "DURATION", OPTION_DURATION, "give up after this (30s)"},
};
const struct option_command cmd_query_options = {
    .name = "query",
    .help = "Evaluate one PromQL expression and print its table.",
    .operands = "EXPR",
    .min_operands = 1,
    .max_operands = 1,
    .rows = rows,
    .n = ARRAY_LEN(rows),
    .required = 1u << ROW_URL,
    .exits = {{0, "answered"}, {3, "could not ask"}},
    .json = "the data of the Prometheus API: {\"resultType\", \"result\"}",
};

struct asked {
    bool        done, json;
    enum status status;
    struct err  err;
};

/* A reply is printed where it is borrowed. */
static void
print_reply(struct asked *a, const struct promreply *reply)
{
    struct text out;

    text_init(&out, MAX_OUTPUT_BYTES);
    for (size_t i = 0; i < reply->n_warnings; i++)
        fprintf(stderr, "warning: %.*s\n", SLICE_ARG(reply->warnings[i]));
    if (a->json)
        querytable_json(reply, &out);
    else
        a->status = querytable_print(reply, &out, &a->err);
    if (!a->status && out.status)
        a->status = err_set(&a->err, out.status, "the output is over %d bytes", MAX_OUTPUT_BYTES);
    if (!a->status && (fwrite(out.p, 1, out.n, stdout) != out.n || fflush(stdout)))
        a->status = err_set(&a->err, STATUS_IO, "standard output cannot be written");
    text_release(&out);
}

static void
on_answer(void *ctx, const struct promclient_answer *answer)
{
    struct asked *a = ctx;

    a->done = true;
    a->status = answer->status;
    a->err = answer->err;
    if (answer->reply)
        print_reply(a, answer->reply);
}

/* The daemon's loop in small: transfers and timers until the answer is there. */
static void
wait_for_answer(const struct asked *a, struct curlfetch *f, struct timer_set *timers)
{
    enum { LONGEST_WAIT_MS = 1000 };

    while (!a->done) {
        const int64_t due = timer_set_wait_ms(timers);
        const int64_t wait = due >= 0 && due < LONGEST_WAIT_MS ? due : LONGEST_WAIT_MS;

        curl_multi_poll(curlfetch_multi(f), NULL, 0, (int)wait, NULL);
        curlfetch_run(f);
        timer_set_run(timers);
    }
}

static void
ask(const struct promclient_config *config, struct promclient_question *q, struct asked *a)
{
    struct curlfetch       *f = curlfetch_new(NULL);
    struct fetch            fetch = curlfetch_port(f);
    struct timer_set       *timers = timer_set_new(&clock_system);
    struct promclient_world world = {.fetch = &fetch,
                                     .clock = &clock_system,
                                     .entropy = &ulid_system_entropy,
                                     .timer = timer_set_port(timers)};
    struct promclient      *client = NULL;
    struct arena            arena = {0};

    q->arena = &arena;
    a->status = promclient_new(config, &world, &client, &a->err);
    if (!a->status) {
        promclient_ask(client, q, on_answer, a);
        wait_for_answer(a, f, timers);
    }
    promclient_free(client);
    curlfetch_free(f);
    timer_set_free(timers);
    arena_release(&arena);
}

/* "Name: value" into its parts, in the arena. */
static enum status
read_header(struct arena *arena, const char *text, struct fetch_header *out, struct err *err)
{
    struct slice value = slice_of(text), name = slice_cut(&value, ':');

    if (!value.p || slice_trim(name).n == 0)
        return err_set(err, STATUS_SYNTAX, "--header wants NAME:VALUE");
    out->name = arena_text(arena, slice_trim(name));
    out->value = arena_text(arena, slice_trim(value));
    return STATUS_OK;
}

static enum status
read_time(const struct option_value *v, int64_t *at_ms, struct err *err)
{
    static const double last_second = 253402300799; /* of the year 9999 */

    *at_ms = clock_wall_ms(&clock_system);
    if (!v->given)
        return STATUS_OK;
    if (!(v->number >= 0 && v->number < last_second))
        return err_set(err, STATUS_RANGE, "--time wants seconds since 1970");
    *at_ms = llround(v->number * 1000);
    return STATUS_OK;
}

int
cmd_query(int argc, char **argv)
{
    struct option_values       o;
    struct arena               arena = {0};
    struct fetch_header        header;
    struct fetch_peer          peer = {.headers = &header};
    struct promclient_config   config = {.peer = &peer};
    struct promclient_question q = {0};
    struct asked               a = {0};
    int                        exit_code;

    if (!option_start(&cmd_query_options, argc, argv, &o, &exit_code))
        return exit_code;
    signal(SIGPIPE, SIG_IGN);
    config.name = config.url = o.values[ROW_URL].text;
    config.attempt_timeout_ms =
        o.values[ROW_TIMEOUT].given ? o.values[ROW_TIMEOUT].ms : DEFAULT_TIMEOUT_MS;
    peer.bearer_token_file = o.values[ROW_TOKEN].text;
    peer.ca_file = o.values[ROW_CA].text;
    a.json = o.values[ROW_JSON].given;
    if (o.values[ROW_HEADER].given) {
        a.status = read_header(&arena, o.values[ROW_HEADER].text, &header, &a.err);
        peer.n_headers = 1;
    }
    if (!a.status)
        a.status = read_time(&o.values[ROW_TIME], &q.at_ms, &a.err);
    if (!a.status) {
        q.expr = slice_of(o.operands[0]);
        ask(&config, &q, &a);
    }
    if (a.status)
        fprintf(stderr, "verdictd query: %s: %s\n", status_text(a.status), a.err.text);
    arena_release(&arena);
    return a.status ? EXIT_NOT_ASKED : 0;
}
