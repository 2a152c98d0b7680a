#include "daemon/gatewaits.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/log.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { KEY_BYTES = 2 * VIEW_NAME_BYTES };

struct wait {
    char    ns[VIEW_NAME_BYTES], name[VIEW_NAME_BYTES], checksum[VIEW_NAME_BYTES];
    int64_t since_mono_ms, asked_mono_ms;
    int64_t progressing_mono_ms; /* since when; 0: the canary has no traffic yet */
    bool    reported, over;
};

struct gatewaits {
    const struct clock *clock;
    pthread_mutex_t     lock;
    struct hash_map     by_key; /* "namespace\nname" to struct wait */
    bool                full;   /* one found no place since the last sweep */
};

/* Names hold no line break: question.c refuses control characters. */
static struct slice
key_of(char out[KEY_BYTES], const struct port_switch *one)
{
    int n = snprintf(out, KEY_BYTES, "%s\n%s", one->ns, one->name);

    return (struct slice){out, (size_t)n};
}

struct gatewaits *
gatewaits_new(const struct clock *clock)
{
    struct gatewaits *g = heap_new(1, sizeof *g);

    g->clock = clock;
    pthread_mutex_init(&g->lock, NULL);
    return g;
}

void
gatewaits_free(struct gatewaits *g)
{
    size_t       at = 0;
    struct slice key;
    void        *w;

    if (!g)
        return;
    while (hash_next(&g->by_key, &at, &key, &w))
        free(w);
    hash_release(&g->by_key);
    pthread_mutex_destroy(&g->lock);
    free(g);
}

/* NULL: there is no place.  The lock is held. */
static struct wait *
find_or_add(struct gatewaits *g, const struct port_switch *gate)
{
    char         text[KEY_BYTES];
    struct slice key = key_of(text, gate);
    struct wait *w = hash_get(&g->by_key, key);

    if (w)
        return w;
    if (g->by_key.n >= GATEWAITS_MOST) {
        g->full = true;
        return NULL;
    }
    w = heap_new(1, sizeof *w);
    memcpy(w->ns, gate->ns, sizeof w->ns);
    memcpy(w->name, gate->name, sizeof w->name);
    hash_set(&g->by_key, key, w);
    return w;
}

static void
note_closed(struct gatewaits *g, const struct port_switch *gate)
{
    int64_t      now = clock_mono_ms(g->clock);
    struct wait *w = find_or_add(g, gate);

    if (!w)
        return;
    if (!w->asked_mono_ms || strcmp(w->checksum, gate->checksum) != 0) {
        memcpy(w->checksum, gate->checksum, sizeof w->checksum);
        w->since_mono_ms = now;
        w->progressing_mono_ms = 0;
        w->reported = w->over = false;
    }
    w->asked_mono_ms = now;
    if (!gate->progressing) {
        w->progressing_mono_ms = 0;
        w->over = false;
    } else if (!w->progressing_mono_ms) {
        w->progressing_mono_ms = now;
    }
}

void
gatewaits_asked(struct gatewaits *g, const struct port_switch *gate, bool open)
{
    char text[KEY_BYTES];

    pthread_mutex_lock(&g->lock);
    if (open)
        free(hash_remove(&g->by_key, key_of(text, gate)));
    else
        note_closed(g, gate);
    pthread_mutex_unlock(&g->lock);
}

bool
gatewaits_is_over(struct gatewaits *g, const struct port_switch *rollback)
{
    char               text[KEY_BYTES];
    const struct wait *w;
    bool               over;

    pthread_mutex_lock(&g->lock);
    w = hash_get(&g->by_key, key_of(text, rollback));
    over = w && w->over && *w->checksum && strcmp(w->checksum, rollback->checksum) == 0;
    pthread_mutex_unlock(&g->lock);
    return over;
}

static void
log_wait(const struct wait *w, const char *event, int64_t waited_ms)
{
    log_event(LOG_LEVEL_WARN, event, log_text("namespace", w->ns), log_text("name", w->name),
              log_text("checksum", w->checksum), log_int("waited_s", waited_ms / 1000));
}

static void
look_at(struct wait *w, const struct config_waits *limits, int64_t now)
{
    int64_t waited_ms = now - w->since_mono_ms;
    int64_t rolled_ms = w->progressing_mono_ms ? now - w->progressing_mono_ms : 0;

    if (!w->reported && limits->report_ms && waited_ms >= limits->report_ms) {
        w->reported = true;
        log_wait(w, "gate_waits", waited_ms);
    }
    if (!w->over && *w->checksum && limits->gate_rollback_ms &&
        rolled_ms >= limits->gate_rollback_ms) {
        w->over = true;
        log_wait(w, "gate_wait_over", rolled_ms);
    }
}

void
gatewaits_sweep(struct gatewaits *g, const struct config_waits *limits)
{
    int64_t      now = clock_mono_ms(g->clock);
    size_t       at = 0, n_quiet = 0;
    struct slice key, quiet[64]; /* the others with the next sweep */
    void        *v;

    pthread_mutex_lock(&g->lock);
    while (hash_next(&g->by_key, &at, &key, &v)) {
        struct wait *w = v;

        if (now - w->asked_mono_ms < GATEWAITS_QUIET_MS)
            look_at(w, limits, now);
        else if (n_quiet < ARRAY_LEN(quiet))
            quiet[n_quiet++] = key;
    }
    for (size_t i = 0; i < n_quiet; i++)
        free(hash_remove(&g->by_key, quiet[i]));
    if (g->full)
        log_event(LOG_LEVEL_WARN, "gate_waits_unseen", log_int("seen", GATEWAITS_MOST));
    g->full = false;
    pthread_mutex_unlock(&g->lock);
}

size_t
gatewaits_count(struct gatewaits *g)
{
    size_t       at = 0, n = 0;
    struct slice key;
    void        *w;

    pthread_mutex_lock(&g->lock);
    while (hash_next(&g->by_key, &at, &key, &w))
        n += ((struct wait *)w)->reported;
    pthread_mutex_unlock(&g->lock);
    return n;
}
