#include "webhooks/promwrite.h"

#include "tests/unit/webhooks/gatecall.h"

#include <stdlib.h>
#include <unistd.h>
#include <zlib.h>

/* A daemon that keeps what it took and answers when it is told to. */
static struct intake {
    enum writeport_taken takes;
    struct writeport     port;
    int                  n;
    enum writeport_kind  kind;
    char                 source[64];
    char                 bytes[4096]; /* of the last body, unpacked */
    size_t               n_bytes;
    enum status          stream_status;
    writeport_done_fn    done;
    void                *ctx;
} in;

static struct gatecall c;
static char            token_path[] = "/tmp/verdictd-promwrite-XXXXXX";

static void
read_stream(const struct bytestream *s)
{
    struct err err = {0};

    for (size_t got = 1; got && !in.stream_status; in.n_bytes += got) {
        got = 0;
        in.stream_status =
            s->read(s->self, in.bytes + in.n_bytes, sizeof in.bytes - in.n_bytes, &got, &err);
    }
    s->close(s->self);
}

static enum writeport_taken
take(void *self, const struct writeport_body *b, writeport_done_fn done, void *ctx)
{
    (void)self;
    snprintf(in.source, sizeof in.source, "%.*s", SLICE_ARG(b->source));
    if (in.takes != WRITEPORT_TAKEN)
        return in.takes;
    in.n++;
    in.kind = b->kind;
    in.n_bytes = 0;
    in.stream_status = STATUS_OK;
    in.done = done;
    in.ctx = ctx;
    if (b->kind == WRITEPORT_TEXT) {
        assert_null(b->bytes);
        read_stream(&b->stream);
        return WRITEPORT_TAKEN;
    }
    in.n_bytes = b->n;
    memcpy(in.bytes, b->bytes, b->n);
    free(b->bytes);
    return WRITEPORT_TAKEN;
}

static int
set_up(void **state)
{
    (void)state;
    gatecall_init(&c);
    in = (struct intake){.takes = WRITEPORT_TAKEN, .port = {.write = take}};
    c.port.port.writes = &in.port;
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    gatecall_release(&c);
    return 0;
}

struct headers {
    const char *type, *encoding, *authorization;
};

static const struct headers remote_1 = {"application/x-protobuf", "snappy", NULL};

static enum gates_when
ask(enum request_method m, const char *target, struct slice body, const struct headers *h)
{
    answer_release(&c.answer);
    answer_init(&c.answer);
    assert_int_equal(request_target(&c.req, slice_of(target), NULL), STATUS_OK);
    c.req.method = m;
    c.req.body = body;
    c.req.authorization = slice_of(h->authorization);
    c.req.content_type = slice_of(h->type);
    c.req.content_encoding = slice_of(h->encoding);
    return gates_handle(&c.gates, &c.req, &c.answer, gatecall_done, &c);
}

static void
a_body_is_handed_over_and_answered_when_it_was_applied(void **state)
{
    (void)state;
    assert_int_equal(ask(REQUEST_POST, "/api/v1/write", SLICE_LITERAL("\x01\x02\x00"), &remote_1),
                     GATES_LATER);
    assert_int_equal(in.kind, WRITEPORT_REMOTE_WRITE);
    assert_string_equal(in.source, "");
    assert_int_equal(in.n_bytes, 3);
    assert_memory_equal(in.bytes, "\x01\x02\x00", 3);
    /* What is told if it takes too long may be tried again. */
    gatecall_wants(&c.answer, 503, "still being taken over");
    assert_int_equal(c.answer.retry_after_s, PROMWRITE_RETRY_S);
    assert_int_equal(c.answer.wait_ms, PROMWRITE_WAIT_MS);
    in.done(in.ctx, 204, "");
    assert_int_equal(c.n_later, 1);
    assert_int_equal(c.later.code, 204);
    assert_int_equal(c.later.type, ANSWER_NONE);
    assert_int_equal(c.later.body.n, 0);
}

static void
refusals_are_lines_of_text(void **state)
{
    (void)state;
    (void)ask(REQUEST_POST, "/api/v1/write", SLICE_LITERAL("x"), &remote_1);
    in.done(in.ctx, 400, "out of order sample: up{} at 2026-11-22T22:10:05.120Z");
    assert_int_equal(c.later.type, ANSWER_LINE);
    gatecall_wants(&c.later, 400, "out of order sample: up{}");
    assert_int_equal(c.later.retry_after_s, 0);
}

static void
other_protocols_are_415(void **state)
{
    static const struct {
        const char *type, *encoding;
        bool        taken;
    } cases[] = {
        {"application/x-protobuf", "snappy", true},
        {"application/x-protobuf;proto=prometheus.WriteRequest", "snappy", true},
        {"Application/X-Protobuf ; proto=prometheus.WriteRequest", "Snappy", true},
        {"application/x-protobuf;charset=utf-8", "snappy", true},
        {NULL, NULL, true}, /* old senders */
        {"application/x-protobuf;proto=io.prometheus.write.v2.Request", "snappy", false},
        {"application/x-protobuf; charset=x; proto=io.prometheus.write.v2.Request", "snappy",
         false},
        {"application/x-protobuf;proto=", "snappy", false},
        {"application/json", "snappy", false},
        {"application/x-protobuf", "zstd", false},
        {"application/x-protobuf", "gzip", false},
        {"application/x-protobuf", "snappy, gzip", false},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct headers h = {cases[i].type, cases[i].encoding, NULL};
        enum gates_when      when = ask(REQUEST_POST, "/api/v1/write", SLICE_LITERAL("x"), &h);

        if ((when == GATES_LATER) != cases[i].taken)
            fail_msg("%s, %s: %d", cases[i].type, cases[i].encoding, c.answer.code);
        if (when == GATES_LATER)
            in.done(in.ctx, 204, "");
        else
            assert_int_equal(c.answer.code, 415);
    }
}

static void
sources_are_named_where_it_matters(void **state)
{
    static const struct headers none = {0};
    static const struct {
        const char          *target;
        enum writeport_taken takes;
        int                  code; /* 0: taken */
        const char          *part;
    } cases[] = {
        {"/api/v1/write?source=agents", WRITEPORT_TAKEN, 0, "agents"},
        {"/prom/api/v1/write?source=agents", WRITEPORT_TAKEN, 0, "agents"},
        {"/api/v1/import/prometheus?source=a%20b", WRITEPORT_TAKEN, 0, "a b"},
        {"/api/v1/write?source=edge", WRITEPORT_NO_SOURCE, 404,
         "no source named edge takes writes"},
        {"/api/v1/write", WRITEPORT_NO_SOURCE, 404, "configure one as {remote_write: {}}"},
        {"/api/v1/write", WRITEPORT_AMBIGUOUS, 400, "source=NAME"},
        {"/api/v1/import/prometheus", WRITEPORT_FULL, 503, "try again"},
        {"/api/v1/write?source=", WRITEPORT_TAKEN, 400, "not the name"},
        {"/api/v1/write?source=%zz", WRITEPORT_TAKEN, 400, "not the name"},
        {"/api/v1/write?extra_label=a%3Db", WRITEPORT_TAKEN, 400, "one parameter, source"},
        {"/api/v1/write?source=0123456789012345678901234567890123456789012345678901234567890123",
         WRITEPORT_TAKEN, 400, "not the name"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        in.takes = cases[i].takes;
        if (ask(REQUEST_POST, cases[i].target, SLICE_LITERAL("x"), &none) == GATES_LATER) {
            assert_int_equal(cases[i].code, 0);
            assert_string_equal(in.source, cases[i].part);
            in.done(in.ctx, 204, "");
        } else {
            gatecall_wants(&c.answer, cases[i].code, cases[i].part);
            assert_int_equal(c.answer.retry_after_s, cases[i].code == 503 ? PROMWRITE_RETRY_S : 0);
        }
    }
    c.port.port.writes = NULL; /* no source of that kind is configured */
    assert_int_equal(ask(REQUEST_POST, "/api/v1/write", SLICE_LITERAL("x"), &remote_1), GATES_NOW);
    gatecall_wants(&c.answer, 404, "no source takes writes");
    assert_int_equal(ask(REQUEST_PUT, "/api/v1/import/prometheus", SLICE_LITERAL("x"), &none),
                     GATES_NOW);
    gatecall_wants(&c.answer, 404, "no source takes writes");
    assert_int_equal(ask(REQUEST_GET, "/api/v1/write", SLICE_LITERAL(""), &none), GATES_NOW);
    assert_int_equal(c.answer.code, 405);
}

static void
text_comes_plain_or_packed(void **state)
{
    static const char    text[] = "up{job=\"a\"} 1 1700000000000\n";
    const struct headers plain = {"application/x-www-form-urlencoded", NULL, NULL};
    const struct headers packed = {NULL, "gzip", NULL}, other = {NULL, "br", NULL};
    unsigned char        gz[256];
    z_stream             z = {0};

    (void)state;
    assert_int_equal(ask(REQUEST_PUT, "/api/v1/import/prometheus", slice_of(text), &plain),
                     GATES_LATER);
    assert_int_equal(in.kind, WRITEPORT_TEXT);
    assert_int_equal(in.n_bytes, sizeof text - 1);
    assert_memory_equal(in.bytes, text, sizeof text - 1);
    in.done(in.ctx, 204, "");
    assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, 16 + MAX_WBITS, 8, 0), Z_OK);
    z.next_in = (Bytef *)(uintptr_t)text;
    z.avail_in = sizeof text - 1;
    z.next_out = gz;
    z.avail_out = sizeof gz;
    assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
    assert_int_equal(ask(REQUEST_POST, "/api/v1/import/prometheus",
                         (struct slice){(char *)gz, z.total_out}, &packed),
                     GATES_LATER);
    assert_int_equal(in.n_bytes, sizeof text - 1);
    assert_memory_equal(in.bytes, text, sizeof text - 1);
    in.done(in.ctx, 204, "");
    deflateEnd(&z);
    assert_int_equal(ask(REQUEST_POST, "/api/v1/import/prometheus", SLICE_LITERAL("x"), &other),
                     GATES_NOW);
    assert_int_equal(c.answer.code, 415);
}

/* Who writes telemetry can forge a pass: it is a scope of its own, for all
 * namespaces, and large bodies are only read from who has it. */
static void
writing_wants_its_scope(void **state)
{
    static const char file[] = "plain\nwriter write\nprod write prod\nall "
                               "read,gate,act,force,write\n";
    static const struct {
        const char *authorization;
        int         code; /* 0: taken */
    } cases[] = {
        {NULL, 401},       {"Bearer none", 401}, {"Bearer plain", 403},     {"Bearer writer", 0},
        {"Bearer all", 0}, {"Bearer prod", 403}, {"Basic OndyaXRlcg==", 0}, /* :writer */
    };
    int fd = mkstemp(token_path);

    (void)state;
    assert_int_equal(write(fd, file, sizeof file - 1), sizeof file - 1);
    assert_int_equal(close(fd), 0);
    assert_int_equal(token_open(token_path, &c.gates.tokens, &(struct err){0}), STATUS_OK);
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const struct headers h = {NULL, NULL, cases[i].authorization};
        const struct route  *route;

        for (int k = 0; k < 2; k++) {
            const char     *path = k ? "/api/v1/import/prometheus" : "/prom/api/v1/write";
            enum gates_when when = ask(REQUEST_POST, path, SLICE_LITERAL("x"), &h);

            if (when == GATES_LATER)
                in.done(in.ctx, 204, "");
            if (when == GATES_LATER ? cases[i].code : c.answer.code != cases[i].code)
                fail_msg("%s: %d", cases[i].authorization, c.answer.code);
            assert_int_equal(gates_body_bytes(&c.gates, &c.req, &route) > REQUEST_BODY_BYTES,
                             cases[i].code == 0);
        }
        (void)ask(REQUEST_GET, "/api/v1/write", SLICE_LITERAL(""), &h);
        assert_int_equal(gates_body_bytes(&c.gates, &c.req, &route), REQUEST_BODY_BYTES);
        (void)ask(REQUEST_POST, "/api/v1/query", SLICE_LITERAL(""), &h);
        assert_int_equal(gates_body_bytes(&c.gates, &c.req, &route), REQUEST_BODY_BYTES);
    }
    token_free(c.gates.tokens);
    c.gates.tokens = NULL;
    unlink(token_path);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_body_is_handed_over_and_answered_when_it_was_applied,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(refusals_are_lines_of_text, set_up, tear_down),
        cmocka_unit_test_setup_teardown(other_protocols_are_415, set_up, tear_down),
        cmocka_unit_test_setup_teardown(sources_are_named_where_it_matters, set_up, tear_down),
        cmocka_unit_test_setup_teardown(text_comes_plain_or_packed, set_up, tear_down),
        cmocka_unit_test_setup_teardown(writing_wants_its_scope, set_up, tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
