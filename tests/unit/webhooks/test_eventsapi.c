#include "tests/unit/webhooks/gatecall.h"
#include "webhooks/eventstream.h"

#include <stdio.h>
#include <unistd.h>

static struct gatecall   c;
static struct token_set *tokens;
static char              token_path[64];

static int
set_up(void **state)
{
    static const char file[] = "all read\nprod read prod\nboth read prod,dev\ngater gate\n";
    int               fd;

    (void)state;
    snprintf(token_path, sizeof token_path, "/tmp/verdictd-eventsapi-XXXXXX");
    fd = mkstemp(token_path);
    gatecall_init(&c);
    c.port.port.events = eventstream_new(&c.clock);
    if (fd < 0 || write(fd, file, sizeof file - 1) != (ssize_t)sizeof file - 1 || close(fd) ||
        token_open(token_path, &tokens, &(struct err){0}))
        return -1;
    c.gates.tokens = tokens;
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    answer_release(&c.answer);
    answer_init(&c.answer);
    eventstream_free(c.port.port.events);
    token_free(tokens);
    unlink(token_path);
    gatecall_release(&c);
    return 0;
}

/* What a reader hears of one event in prod and one in dev, by their letters. */
static const char *
hears(void)
{
    static char out[2 * EVENTSTREAM_EVENT_BYTES];
    static char heard[3];
    ptrdiff_t   n;

    assert_int_equal(c.answer.type, ANSWER_STREAM);
    eventstream_tell(c.port.port.events, "run", "prod", "01JD0000000000000000000RVN",
                     SLICE_LITERAL("{\"of\":\"P\"}"));
    eventstream_tell(c.port.port.events, "run", "dev", "01JD0000000000000000000DEV",
                     SLICE_LITERAL("{\"of\":\"D\"}"));
    n = eventstream_read(c.answer.stream, out, sizeof out - 1);
    assert_true(n > 0);
    out[n] = '\0';
    snprintf(heard, sizeof heard, "%s%s", strstr(out, "\"P\"") ? "P" : "",
             strstr(out, "\"D\"") ? "D" : "");
    return heard;
}

static void
each_token_hears_of_its_namespaces(void **state)
{
    static const struct {
        const char *authorization, *target;
        int         code;
        const char *hears;
    } cases[] = {
        {"Bearer all", "/v1/events/stream", 200, "PD"},
        {"Bearer all", "/v1/events/stream?namespace=dev", 200, "D"},
        {"Bearer all", "/v1/events/stream?run=01JD0000000000000000000RVN", 200, "P"},
        {"Bearer prod", "/v1/events/stream", 200, "P"},
        {"Bearer prod", "/v1/events/stream?run=01JD0000000000000000000DEV", 200, ""},
        {"Bearer both", "/v1/events/stream", 200, "PD"},
        {"Bearer both", "/v1/events/stream?namespace=prod", 200, "P"},
        {"Bearer prod", "/v1/events/stream?namespace=dev", 403, NULL},
        {"Bearer gater", "/v1/events/stream", 403, NULL},
        {"Bearer nobody", "/v1/events/stream", 401, NULL},
        {NULL, "/v1/events/stream", 401, NULL},
        {"Bearer all", "/v1/events/stream?run=x", 400, NULL},
        {"Bearer all", "/v1/events/stream?namespace=", 400, NULL},
        {"Bearer all", "/v1/events/stream?since=1h", 400, NULL},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        gatecall_ask(&c, REQUEST_GET, cases[i].target, (struct slice){0}, cases[i].authorization);
        if (c.answer.code != cases[i].code)
            fail_msg("%s as %s: %d", cases[i].target, cases[i].authorization, c.answer.code);
        if (cases[i].hears && strcmp(hears(), cases[i].hears) != 0)
            fail_msg("%s as %s: hears %s", cases[i].target, cases[i].authorization, hears());
    }
    /* Who was not taken, or has gone, holds no place. */
    answer_release(&c.answer);
    answer_init(&c.answer);
    assert_int_equal(eventstream_readers(c.port.port.events), 0);
}

static void
one_too_many_is_told_when_to_come_back(void **state)
{
    struct eventstream_reader *r[EVENTSTREAM_READERS];

    (void)state;
    for (int i = 0; i < EVENTSTREAM_READERS; i++)
        r[i] = eventstream_join(c.port.port.events, &(struct eventstream_filter){0},
                                (struct slice){0});
    gatecall_ask(&c, REQUEST_GET, "/v1/events/stream", (struct slice){0}, "Bearer all");
    assert_int_equal(c.answer.code, 503);
    assert_true(c.answer.retry_after_s > 0);
    for (int i = 0; i < EVENTSTREAM_READERS; i++)
        eventstream_leave(r[i]);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(each_token_hears_of_its_namespaces, set_up, tear_down),
        cmocka_unit_test_setup_teardown(one_too_many_is_told_when_to_come_back, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
