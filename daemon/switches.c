#include "daemon/switches.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/log.h"
#include "store/reader.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_BYTES = 2 * VIEW_NAME_BYTES + 16 };

struct switches {
    struct store       *store;
    const struct clock *clock;
    pthread_mutex_t     lock;
    struct hash_map     open;    /* key to the checksum, malloc'd text */
    size_t              waiting; /* for the history */
};

/* One on its way into the history. */
struct letter {
    struct switches   *of;
    struct port_switch one;
    port_switch_fn     done;
    void              *ctx;
};

static const char *
kind_of(const struct port_switch *one)
{
    return one->rollback ? "rollback" : "gate";
}

/* Names hold no line break: question.c refuses control characters. */
static struct slice
key_of(char out[KEY_BYTES], const struct port_switch *one)
{
    snprintf(out, KEY_BYTES, "%s\n%s\n%s", kind_of(one), one->ns, one->name);
    return slice_of(out);
}

static void
apply(struct switches *s, const struct port_switch *one)
{
    char         text[KEY_BYTES];
    struct slice key = key_of(text, one);
    char        *checksum;

    free(hash_remove(&s->open, key));
    if (!one->open)
        return;
    checksum = heap_new(strlen(one->checksum) + 1, 1);
    memcpy(checksum, one->checksum, strlen(one->checksum));
    hash_set(&s->open, key, checksum);
}

static void
on_durable(void *ctx, enum status st, const struct err *err)
{
    struct letter   *l = ctx;
    struct switches *s = l->of;

    pthread_mutex_lock(&s->lock);
    s->waiting--;
    if (st == STATUS_OK)
        apply(s, &l->one);
    pthread_mutex_unlock(&s->lock);
    if (st == STATUS_OK)
        log_event(LOG_LEVEL_INFO, "gate_set", log_text("gate", kind_of(&l->one)),
                  log_text("namespace", l->one.ns), log_text("name", l->one.name),
                  log_text("checksum", l->one.checksum),
                  log_text("to", l->one.open ? "open" : "closed"));
    l->done(l->ctx, st, err);
    free(l);
}

bool
switches_is_open(struct switches *s, const struct port_switch *one)
{
    char        text[KEY_BYTES];
    const char *checksum;
    bool        open;

    pthread_mutex_lock(&s->lock);
    checksum = hash_get(&s->open, key_of(text, one));
    open = checksum && (!*checksum || strcmp(checksum, one->checksum) == 0);
    pthread_mutex_unlock(&s->lock);
    return open;
}

/* A place for one more, unless there is none. */
static bool
reserve(struct switches *s, const struct port_switch *one)
{
    char text[KEY_BYTES];
    bool room;

    pthread_mutex_lock(&s->lock);
    room = !one->open || s->open.n + s->waiting < SWITCHES_MOST ||
           hash_get(&s->open, key_of(text, one));
    s->waiting += room;
    pthread_mutex_unlock(&s->lock);
    return room;
}

bool
switches_set(struct switches *s, const struct port_switch *one, port_switch_fn done, void *ctx)
{
    struct record_switch row = {.kind = slice_of(kind_of(one)),
                                .ns = slice_of(one->ns),
                                .name = slice_of(one->name),
                                .checksum = slice_of(one->checksum),
                                .open = one->open,
                                .at_ms = clock_wall_ms(s->clock)};
    struct letter       *l;

    if (!reserve(s, one))
        return false;
    l = heap_new(1, sizeof *l);
    *l = (struct letter){.of = s, .one = *one, .done = done, .ctx = ctx};
    if (store_submit(s->store, &(struct store_commit){.gate_switch = &row}, on_durable, l) ==
        STATUS_OK)
        return true;
    pthread_mutex_lock(&s->lock);
    s->waiting--;
    pthread_mutex_unlock(&s->lock);
    free(l);
    return false;
}

static bool
restore(void *ctx, const struct record_switch *row)
{
    struct port_switch one = {.rollback = slice_is(row->kind, "rollback"), .open = true};

    snprintf(one.ns, sizeof one.ns, "%.*s", SLICE_ARG(row->ns));
    snprintf(one.name, sizeof one.name, "%.*s", SLICE_ARG(row->name));
    snprintf(one.checksum, sizeof one.checksum, "%.*s", SLICE_ARG(row->checksum));
    apply(ctx, &one);
    return true;
}

enum status
switches_new(struct store *store, const struct clock *clock, const char *data_dir,
             struct switches **out, struct err *err)
{
    struct switches *s = heap_new(1, sizeof *s);
    struct reader   *r;
    enum status      st = reader_open(data_dir, &r, err);

    *s = (struct switches){.store = store, .clock = clock};
    pthread_mutex_init(&s->lock, NULL);
    if (st == STATUS_OK) {
        st = reader_switches(r, restore, s, err);
        reader_close(r);
    }
    *out = s;
    return st;
}

void
switches_free(struct switches *s)
{
    size_t       at = 0;
    struct slice key;
    void        *checksum;

    if (!s)
        return;
    while (hash_next(&s->open, &at, &key, &checksum))
        free(checksum);
    hash_release(&s->open);
    pthread_mutex_destroy(&s->lock);
    free(s);
}
