#include "daemon/publish.h"
#include "tests/unit/daemon/world.h"

#include <pthread.h>
#include <stdatomic.h>

enum { REVISIONS = 3, ROUNDS = 4000, READERS = 3 };

static struct verdict_view
a_view(const char *ns, const char *service, const char *revision, int64_t n)
{
    struct verdict_view v = {.evaluated_mono_ms = n, .evaluated_wall_ms = n};

    snprintf(v.ns, sizeof v.ns, "%s", ns);
    snprintf(v.service, sizeof v.service, "%s", service);
    snprintf(v.revision, sizeof v.revision, "%s", revision);
    return v;
}

static void
set(struct publish *p, const char *ns, const char *service, const char *revision, int64_t n)
{
    const struct verdict_view v = a_view(ns, service, revision, n);

    publish_set(p, &v);
}

/* Which view stands there; -1: none. */
static int64_t
at(struct publish *p, const char *ns, const char *service, const char *revision)
{
    const struct verdict_view *v = publish_get(p, ns, service, revision);
    int64_t                    n = v ? v->evaluated_mono_ms : -1;

    if (v)
        publish_release(v);
    return n;
}

static void
each_revision_has_its_own(void **state)
{
    struct publish *p = publish_new();
    (void)state;

    assert_int_equal(at(p, "prod", "reviews", "v2"), -1);
    set(p, "prod", "reviews", "v2", 1);
    set(p, "prod", "reviews", "v3", 2);
    set(p, "prod", "ratings", "v2", 3);
    set(p, "test", "reviews", "v2", 4);
    assert_int_equal(at(p, "prod", "reviews", "v2"), 1);
    assert_int_equal(at(p, "prod", "reviews", "v3"), 2);
    assert_int_equal(at(p, "prod", "ratings", "v2"), 3);
    assert_int_equal(at(p, "test", "reviews", "v2"), 4);
    set(p, "prod", "reviews", "v2", 5);
    assert_int_equal(at(p, "prod", "reviews", "v2"), 5);
    publish_remove(p, "prod", "reviews", "v2");
    publish_remove(p, "prod", "reviews", "v2"); /* twice is once */
    assert_int_equal(at(p, "prod", "reviews", "v2"), -1);
    assert_int_equal(at(p, "prod", "reviews", "v3"), 2);
    publish_free(p);
}

/* Where one name ends and the next begins is part of the key. */
static void
names_do_not_run_together(void **state)
{
    static const char *const keys[][3] = {
        {"a", "b", "c"},  {"ab", "", "c"},  {"", "ab", "c"}, {"a", "bc", ""},
        {"a/b", "c", ""}, {"a", "b/c", ""}, {"", "", ""},
    };
    struct publish *p = publish_new();
    (void)state;

    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        set(p, keys[i][0], keys[i][1], keys[i][2], (int64_t)i);
    for (size_t i = 0; i < ARRAY_LEN(keys); i++)
        assert_int_equal(at(p, keys[i][0], keys[i][1], keys[i][2]), i);
    publish_free(p);
}

static void
the_longest_names_fit(void **state)
{
    struct publish *p = publish_new();
    char            longest[VIEW_NAME_BYTES];
    (void)state;

    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    set(p, longest, longest, longest, 7);
    assert_int_equal(at(p, longest, longest, longest), 7);
    publish_free(p);
}

static void
a_held_view_stays_as_it_was(void **state)
{
    struct publish            *p = publish_new();
    const struct verdict_view *held;
    (void)state;

    set(p, "prod", "reviews", "v2", 1);
    held = publish_get(p, "prod", "reviews", "v2");
    set(p, "prod", "reviews", "v2", 2);
    publish_remove(p, "prod", "reviews", "v2");
    assert_int_equal(held->evaluated_mono_ms, 1);
    assert_string_equal(held->service, "reviews");
    publish_release(held);
    publish_free(p);
}

/* Gates read on their threads while the loop replaces, removes and reloads:
 * what they hold is whole, and time does not go back for any reader. */
struct hall {
    struct publish *p;
    atomic_bool     over;
    atomic_int      seen;
};

static void *
read_on(void *ctx)
{
    struct hall *h = ctx;
    int64_t      last[REVISIONS] = {0};

    for (unsigned i = 0; !atomic_load(&h->over); i++) {
        const char                 revision[2] = {(char)('0' + i % REVISIONS), '\0'};
        const struct verdict_view *v = publish_get(h->p, "prod", "reviews", revision);
        struct config             *c = publish_config(h->p);

        assert_int_equal(c->n_services, 1);
        config_unref(c);
        if (!v)
            continue;
        assert_int_equal(v->evaluated_mono_ms, v->evaluated_wall_ms);
        assert_true(v->evaluated_mono_ms >= last[i % REVISIONS]);
        assert_string_equal(v->revision, revision);
        last[i % REVISIONS] = v->evaluated_mono_ms;
        publish_release(v);
        atomic_fetch_add(&h->seen, 1);
    }
    return NULL;
}

static void
readers_and_the_loop_do_not_meet(void **state)
{
    struct hall    h = {.p = publish_new()};
    struct config *one = world_config(WORLD_CONFIG), *other = world_config(WORLD_CONFIG);
    pthread_t      t[READERS];
    (void)state;

    publish_set_config(h.p, one);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&t[i], NULL, read_on, &h), 0);
    for (int64_t n = 1; n < ROUNDS || atomic_load(&h.seen) < ROUNDS; n++) {
        const char revision[2] = {(char)('0' + n % REVISIONS), '\0'};

        if (n % 17 == 0)
            publish_remove(h.p, "prod", "reviews", revision);
        else
            set(h.p, "prod", "reviews", revision, n);
        if (n % 50 == 0)
            publish_set_config(h.p, n % 100 ? one : other);
    }
    atomic_store(&h.over, true);
    for (int i = 0; i < READERS; i++)
        pthread_join(t[i], NULL);
    publish_free(h.p);
    config_unref(one);
    config_unref(other);
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_revision_has_its_own),
        cmocka_unit_test(names_do_not_run_together),
        cmocka_unit_test(the_longest_names_fit),
        cmocka_unit_test(a_held_view_stays_as_it_was),
        cmocka_unit_test(readers_and_the_loop_do_not_meet),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
