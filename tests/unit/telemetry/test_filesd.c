/* The format is that of prometheus.io/docs, configuration, <file_sd_config>. */
#include "telemetry/filesd.h"
#include "telemetry/filesdtext.h"
#include "tests/unit/telemetry/sinkbed.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

struct bed {
    struct sinkbed    sink;
    char              dir[64];
    int64_t           now_ms;
    struct clock      clock;
    struct timer_set *timers;
    struct filesd    *filesd;
};

static int64_t
bed_now(void *self)
{
    return ((struct bed *)self)->now_ms;
}

static const char *
path(struct bed *b, const char *name)
{
    static char p[2][160];
    static int  which;

    which = !which;
    snprintf(p[which], sizeof p[which], "%s/%s", b->dir, name);
    return p[which];
}

/* Far in the past and each time another, so that changes are seen by their time. */
static void
put(struct bed *b, const char *name, const char *text, int64_t mtime_s)
{
    const struct timespec times[2] = {{mtime_s, 0}, {mtime_s, 0}};
    FILE                 *f = fopen(path(b, name), "w");

    assert_non_null(f);
    fputs(text, f);
    fclose(f);
    assert_int_equal(utimensat(AT_FDCWD, path(b, name), times, 0), 0);
}

static void
start(struct bed *b, const char *pattern)
{
    const char       *patterns[] = {path(b, pattern)};
    struct targetsink sink = sinkbed_start(&b->sink);

    b->now_ms = 1700000000000;
    b->clock = (struct clock){.wall_ms = bed_now, .mono_ms = bed_now, .self = b};
    b->timers = timer_set_new(&b->clock);
    b->filesd = filesd_new(patterns, 1, &b->clock, timer_set_port(b->timers), &sink);
}

static void
look_again(struct bed *b)
{
    assert_int_equal(timer_set_wait_ms(b->timers), FILESD_LOOK_EVERY_MS);
    b->now_ms += FILESD_LOOK_EVERY_MS;
    timer_set_run(b->timers);
}

static void
make_dir(struct bed *b)
{
    snprintf(b->dir, sizeof b->dir, "/tmp/filesd-XXXXXX");
    assert_non_null(mkdtemp(b->dir));
}

static void
end(struct bed *b)
{
    static const char *const names[] = {"a.json", "b.json", "a.yml", "fifo.json"};

    filesd_free(b->filesd);
    assert_int_equal(timer_set_count(b->timers), 0);
    timer_set_free(b->timers);
    sinkbed_end(&b->sink);
    for (size_t i = 0; i < ARRAY_LEN(names); i++)
        unlink(path(b, names[i]));
    assert_int_equal(rmdir(b->dir), 0);
}

/* What is heard holds the directory's name: put it in place of "DIR". */
static void
expect(struct bed *b, const char *want)
{
    struct text t;

    text_init(&t, 1 << 16);
    for (const char *p = want; *p; p++)
        if (!strncmp(p, "DIR", 3)) {
            text_puts(&t, b->dir);
            p += 2;
        } else {
            text_putc(&t, *p);
        }
    sinkbed_expect(&b->sink, t.p);
    text_release(&t);
}

static void
files_are_read_when_they_change(void **state)
{
    struct bed b;

    (void)state;
    make_dir(&b);
    put(&b, "a.json",
        "[{\"targets\":[\"h:1\",\"h:2\"],\"labels\":{\"env\":\"x\"}},"
        "{\"targets\":[\"h:3\"]},{\"labels\":null,\"targets\":null}]",
        1000);
    start(&b, "*.json");
    expect(&b, "file:DIR/a.json: h:1{env=x} h:2{env=x} h:3{}\n");
    look_again(&b);
    expect(&b, "");
    put(&b, "a.json", "[]", 1001);
    put(&b, "b.json", "[{\"targets\":[\"h:4\"]}]", 1001);
    look_again(&b);
    expect(&b, "file:DIR/a.json:\nfile:DIR/b.json: h:4{}\n");
    put(&b, "a.json", "{}", 1002);
    look_again(&b);
    expect(&b, "!file:DIR/a.json: DIR/a.json: a list of target groups is wanted\n");
    end(&b);
}

/* Written within the time's resolution after it was read: the time says nothing. */
static void
a_fresh_file_is_read_twice(void **state)
{
    struct bed b;

    (void)state;
    make_dir(&b);
    put(&b, "a.json", "[{\"targets\":[\"h:1\"]}]", 1699999999);
    start(&b, "a.json");
    expect(&b, "file:DIR/a.json: h:1{}\n");
    put(&b, "a.json", "[{\"targets\":[\"h:2\"]}]", 1699999999);
    look_again(&b);
    expect(&b, "file:DIR/a.json: h:2{}\n");
    look_again(&b);
    expect(&b, "");
    end(&b);
}

static void
what_is_broken_keeps_its_targets(void **state)
{
    struct bed b;

    (void)state;
    make_dir(&b);
    put(&b, "a.json", "[{\"targets\":[\"h:1\"]}]", 1000);
    start(&b, "*.json");
    expect(&b, "file:DIR/a.json: h:1{}\n");
    put(&b, "a.json", "[{\"targets\":[\"h:1\"", 1001); /* half written */
    look_again(&b);
    assert_non_null(strstr(b.sink.heard.p, "JSON line 1"));
    assert_null(strstr(b.sink.heard.p, "a.json: h:1"));
    text_clear(&b.sink.heard);
    put(&b, "a.json", "[{\"targets\":[\"h:5\"]}]", 1001); /* whole, its time unchanged */
    look_again(&b);
    expect(&b, "file:DIR/a.json: h:5{}\n");
    end(&b);
}

static void
a_file_that_is_gone_has_no_targets(void **state)
{
    struct bed b;

    (void)state;
    make_dir(&b);
    put(&b, "a.json", "[{\"targets\":[\"h:1\"]}]", 1000);
    put(&b, "b.json", "[{\"targets\":[\"h:2\"]}]", 1000);
    start(&b, "*.json");
    text_clear(&b.sink.heard);
    unlink(path(&b, "a.json"));
    look_again(&b);
    expect(&b, "file:DIR/a.json:\n");
    put(&b, "a.json", "[{\"targets\":[\"h:1\"]}]", 1000);
    look_again(&b);
    expect(&b, "file:DIR/a.json: h:1{}\n");
    end(&b);
}

static void
one_that_is_named_is_missed(void **state)
{
    struct bed b;

    (void)state;
    make_dir(&b);
    start(&b, "a.yml");
    expect(&b, "!file:DIR/a.yml: DIR/a.yml: No such file or directory\n");
    put(&b, "a.yml", "- targets: [h:1, 'h:2']\n  labels: {port: 80, empty: }\n", 1000);
    look_again(&b);
    expect(&b, "file:DIR/a.yml: h:1{port=80,empty=} h:2{port=80,empty=}\n");
    unlink(path(&b, "a.yml"));
    look_again(&b);
    expect(&b, "!file:DIR/a.yml: DIR/a.yml: No such file or directory\nfile:DIR/a.yml:\n");
    look_again(&b);
    expect(&b, "!file:DIR/a.yml: DIR/a.yml: No such file or directory\n");
    end(&b);
}

/* Reading it would wait for ever. */
static void
what_is_no_file_is_not_opened(void **state)
{
    struct bed b;

    (void)state;
    make_dir(&b);
    assert_int_equal(mkfifo(path(&b, "fifo.json"), 0600), 0);
    start(&b, "*.json");
    expect(&b, "!file:DIR/fifo.json: DIR/fifo.json is no regular file\n");
    end(&b);
}

static void
texts_that_are_refused(void **state)
{
    static const struct {
        const char *file, *text, *why;
    } cases[] = {
        {"x.json", "", "empty"},
        {"x.json", "{\"targets\":[]}", "a list of target groups"},
        {"x.json", "[1]", "a group is an object"},
        {"x.json", "[{\"targets\":\"h:1\"}]", "targets are a list"},
        {"x.json", "[{\"targets\":[1]}]", "a target is a text"},
        {"x.json", "[{\"targets\":[],\"label\":{}}]", "nothing else"},
        {"x.json", "[{\"targets\":[],\"labels\":[]}]", "labels are an object"},
        {"x.json", "[{\"targets\":[],\"labels\":{\"a\":1}}]", "value is a text"},
        {"x.json", "[[[[[[[[[[]]]]]]]]]]", "nested"},
        {"x.yml", "targets: []", "a list of target groups"},
        {"x.yml", "- h:1", "a group is a mapping"},
        {"x.yml", "- targets: h:1", "targets are a list"},
        {"x.yml", "- targets: [[]]", "a target is a text"},
        {"x.json", "[{\"targets\":[],\"labels\":{\"\":\"v\"}}]", "empty name"},
        {"x.yml", "- {targets: [], labels: {\"\": v}}", "empty name"},
        {"x.yml", "- {targets: [], label: {}}", "nothing else"},
        {"x.yml", "- {targets: [], labels: []}", "labels are a mapping"},
        {"x.yml", "- {targets: [], labels: {a: []}}", "value is a text"},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        struct targetsink_target *t;
        struct arena              a = {0};
        struct err                err = {0};
        size_t                    n;

        assert_true(filesdtext_read(&a, cases[i].file, slice_of(cases[i].text), &t, &n, &err) !=
                    STATUS_OK);
        if (!strstr(err.text, cases[i].why))
            fail_msg("%s: %s", cases[i].text, err.text);
        assert_non_null(strstr(err.text, cases[i].file));
        arena_release(&a);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(files_are_read_when_they_change),
        cmocka_unit_test(a_fresh_file_is_read_twice),
        cmocka_unit_test(what_is_broken_keeps_its_targets),
        cmocka_unit_test(a_file_that_is_gone_has_no_targets),
        cmocka_unit_test(one_that_is_named_is_missed),
        cmocka_unit_test(what_is_no_file_is_not_opened),
        cmocka_unit_test(texts_that_are_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
