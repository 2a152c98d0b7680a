#include "daemon/publish.h"

#include "base/hash.h"
#include "base/heap.h"
#include "base/text.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

/* The view comes first, so that a held view is its own handle. */
struct published {
    struct verdict_view             view;
    atomic_uint                     holders;
    _Atomic(struct viewjson_kept *) kept; /* of the view; NULL until somebody asks for it */
};

struct publish {
    pthread_rwlock_t lock;
    struct hash_map  runs;
    struct config   *config;
};

enum { KEY_BYTES = 3 * VIEW_NAME_BYTES };

static struct slice
key_of(char buf[KEY_BYTES], const char *ns, const char *service, const char *revision)
{
    const char *parts[] = {ns, service, revision};
    size_t      n = 0;

    for (size_t i = 0; i < ARRAY_LEN(parts); i++) {
        size_t len = strlen(parts[i]) + 1; /* the NUL keeps the parts apart */

        memcpy(buf + n, parts[i], len);
        n += len;
    }
    return (struct slice){buf, n};
}

struct publish *
publish_new(void)
{
    struct publish *p = calloc(1, sizeof *p);

    if (!p)
        abort();
    pthread_rwlock_init(&p->lock, NULL);
    return p;
}

static void
let_go(struct published *old)
{
    if (!old || atomic_fetch_sub_explicit(&old->holders, 1, memory_order_acq_rel) != 1)
        return;
    viewjson_forget(atomic_load(&old->kept));
    free(old);
}

void
publish_free(struct publish *p)
{
    size_t       at = 0;
    struct slice key;
    void        *v;

    if (!p)
        return;
    while (hash_next(&p->runs, &at, &key, &v))
        let_go(v);
    hash_release(&p->runs);
    if (p->config)
        config_unref(p->config);
    pthread_rwlock_destroy(&p->lock);
    free(p);
}

void
publish_set(struct publish *p, const struct verdict_view *v)
{
    char              buf[KEY_BYTES];
    struct slice      key = key_of(buf, v->ns, v->service, v->revision);
    struct published *fresh = malloc(sizeof *fresh), *old;

    if (!fresh)
        abort();
    fresh->view = *v;
    atomic_init(&fresh->holders, 1);
    atomic_init(&fresh->kept, NULL);
    pthread_rwlock_wrlock(&p->lock);
    old = hash_get(&p->runs, key);
    hash_set(&p->runs, key, fresh);
    pthread_rwlock_unlock(&p->lock);
    let_go(old);
}

void
publish_remove(struct publish *p, const char *ns, const char *service, const char *revision)
{
    char              buf[KEY_BYTES];
    struct slice      key = key_of(buf, ns, service, revision);
    struct published *old;

    pthread_rwlock_wrlock(&p->lock);
    old = hash_remove(&p->runs, key);
    pthread_rwlock_unlock(&p->lock);
    let_go(old);
}

const struct verdict_view *
publish_get(struct publish *p, const char *ns, const char *service, const char *revision)
{
    char              buf[KEY_BYTES];
    struct slice      key = key_of(buf, ns, service, revision);
    struct published *found;

    pthread_rwlock_rdlock(&p->lock);
    found = hash_get(&p->runs, key);
    if (found)
        atomic_fetch_add_explicit(&found->holders, 1, memory_order_relaxed);
    pthread_rwlock_unlock(&p->lock);
    return found ? &found->view : NULL;
}

size_t
publish_all(struct publish *p, const struct verdict_view ***out)
{
    size_t       n = 0, at = 0;
    struct slice key;
    void        *v;

    pthread_rwlock_rdlock(&p->lock);
    *out = heap_new(p->runs.n + 1, sizeof **out);
    while (hash_next(&p->runs, &at, &key, &v)) {
        struct published *one = v;

        atomic_fetch_add_explicit(&one->holders, 1, memory_order_relaxed);
        (*out)[n++] = &one->view;
    }
    pthread_rwlock_unlock(&p->lock);
    return n;
}

void
publish_release(const struct verdict_view *v)
{
    let_go((struct published *)(uintptr_t)v);
}

const struct viewjson_kept *
publish_kept(const struct verdict_view *v)
{
    struct published     *p = (struct published *)(uintptr_t)v;
    struct viewjson_kept *kept = atomic_load_explicit(&p->kept, memory_order_acquire), *mine;

    if (kept)
        return kept;
    mine = viewjson_keep(v);
    if (atomic_compare_exchange_strong(&p->kept, &kept, mine))
        return mine;
    viewjson_forget(mine); /* another thread was first */
    return kept;
}

void
publish_set_config(struct publish *p, struct config *c)
{
    struct config *old;

    config_ref(c);
    pthread_rwlock_wrlock(&p->lock);
    old = p->config;
    p->config = c;
    pthread_rwlock_unlock(&p->lock);
    if (old)
        config_unref(old);
}

struct config *
publish_config(struct publish *p)
{
    struct config *c;

    pthread_rwlock_rdlock(&p->lock);
    c = p->config;
    config_ref(c);
    pthread_rwlock_unlock(&p->lock);
    return c;
}
