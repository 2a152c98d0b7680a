/* Embedded sources that go while a text is still being written to them. */
#include "tests/support/check.h"

#include "daemon/embeddedset.h"
#include "tests/unit/daemon/world.h"

#include <stdlib.h>

#define SERVICE                                                                                    \
    "services:\n"                                                                                  \
    "  - {name: reviews, namespace: prod, source: mesh, versions: {key: version}}\n"
#define AGENTS                                                                                     \
    "sources:\n"                                                                                   \
    "  mesh: {prometheus: {url: \"http://prometheus:9090\"}}\n"                                    \
    "  agents: {remote_write: {}, snapshot: false}\n" SERVICE

enum { READS_OF_A_PORTION = 16 }; /* 4 MiB, 256 KiB at a time: telemetry/textimport.c */

/* A long text of empty lines.  Each portion tells that it has begun, and waits. */
struct writer {
    sem_t      begun, go_on, closed;
    unsigned   reads, portions; /* that it has */
    atomic_int http_code;       /* 0: not answered */
};

static enum status
read_lines(void *self, char *out, size_t room, size_t *n, struct err *err)
{
    struct writer *w = self;

    (void)err;
    if (w->reads % READS_OF_A_PORTION == 0 && w->reads / READS_OF_A_PORTION < w->portions) {
        sem_post(&w->begun);
        sem_wait(&w->go_on);
    }
    *n = w->reads++ / READS_OF_A_PORTION < w->portions ? room : 0;
    memset(out, '\n', *n);
    return STATUS_OK;
}

static void
close_lines(void *self)
{
    sem_post(&((struct writer *)self)->closed);
}

static void
on_answer(void *ctx, int http_code, const char *line)
{
    struct writer *w = ctx;

    (void)line;
    atomic_store(&w->http_code, http_code);
}

static void
wake(void *ctx)
{
    sem_post(ctx);
}

struct bed {
    struct world        w;
    sem_t               letter;
    struct embeddedset *set;
    struct config      *config;
    struct writer       writer;
};

/* A source that is written to, and a text on its way in: its first portion is
 * being read. */
static void
setup(struct bed *b, unsigned portions)
{
    struct embeddedset_world ew;
    struct err               err = {0};

    *b = (struct bed){0};
    world_init(&b->w, true);
    sem_init(&b->letter, 0, 0);
    mailbox_free(b->w.mailbox);
    b->w.mailbox = mailbox_new(100, wake, &b->letter);
    ew = (struct embeddedset_world){.clock = &b->w.clock,
                                    .fetch = &b->w.fetch,
                                    .timer = timer_set_port(b->w.timers),
                                    .mailbox = b->w.mailbox,
                                    .data_dir = b->w.dir.path};
    b->set = embeddedset_new(&ew);
    b->config = world_config(AGENTS);
    if (embeddedset_prepare(b->set, b->config, &err))
        fail_msg("%s", err.text);
    embeddedset_adopt(b->set, b->config);

    sem_init(&b->writer.begun, 0, 0);
    sem_init(&b->writer.go_on, 0, 0);
    sem_init(&b->writer.closed, 0, 0);
    b->writer.portions = portions;
    struct writeport      port = embeddedset_writeport(b->set);
    struct writeport_body body = {.kind = WRITEPORT_TEXT,
                                  .stream = {read_lines, close_lines, &b->writer}};
    assert_int_equal(port.write(port.self, &body, on_answer, &b->writer), WRITEPORT_TAKEN);
    sem_wait(&b->writer.begun);
}

static void
read_letters(struct bed *b)
{
    while (mailbox_run(b->w.mailbox))
        continue;
}

static void
teardown(struct bed *b)
{
    embeddedset_end(b->set);
    read_letters(b);
    while (embeddedset_count(b->set)) {
        sem_wait(&b->letter);
        read_letters(b);
    }
    assert_int_equal(sem_trywait(&b->writer.closed), 0);
    embeddedset_free(b->set);
    config_unref(b->config);
    sem_destroy(&b->writer.begun);
    sem_destroy(&b->writer.go_on);
    sem_destroy(&b->writer.closed);
    world_release(&b->w);
    sem_destroy(&b->letter);
}

/* A reload takes the source out of the configuration. */
static void
a_source_stays_until_the_text_that_it_takes_is_read(void **state)
{
    struct bed     b;
    struct config *without;
    struct err     err = {0};

    (void)state;
    setup(&b, 3);
    without = world_config(WORLD_CONFIG);
    if (embeddedset_prepare(b.set, without, &err))
        fail_msg("%s", err.text);
    embeddedset_adopt(b.set, without);
    read_letters(&b);
    sem_post(&b.writer.go_on);
    sem_wait(&b.writer.begun); /* the second portion: behind all that was queued */
    read_letters(&b);
    assert_int_equal(embeddedset_count(b.set), 1);
    assert_int_equal(atomic_load(&b.writer.http_code), 0);
    sem_post(&b.writer.go_on);
    sem_wait(&b.writer.begun);
    sem_post(&b.writer.go_on);
    config_unref(without);
    teardown(&b);
    assert_int_equal(atomic_load(&b.writer.http_code), 204);
}

/* The daemon ends: nobody waits for a text of gigabytes to be over. */
static void
an_end_leaves_the_rest_of_a_text(void **state)
{
    struct bed b;

    (void)state;
    setup(&b, UINT32_MAX / READS_OF_A_PORTION);
    embeddedset_end(b.set);
    read_letters(&b);
    sem_post(&b.writer.go_on);
    teardown(&b);
    assert_int_equal(b.writer.reads, READS_OF_A_PORTION);
    assert_int_equal(atomic_load(&b.writer.http_code), 503);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_source_stays_until_the_text_that_it_takes_is_read),
        cmocka_unit_test(an_end_leaves_the_rest_of_a_text),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
