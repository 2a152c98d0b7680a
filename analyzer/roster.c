#include "analyzer/roster.h"

#include "base/hash.h"

/* Where a pod stands, or would. */
static uint32_t
place(const struct roster *r, uint64_t key)
{
    uint32_t i = 0;

    while (i < r->n && r->pods[i].key < key)
        i++;
    return i;
}

uint32_t
roster_find(const struct roster *r, uint64_t key)
{
    uint32_t i = place(r, key);

    return i < r->n && r->pods[i].key == key ? i : r->n;
}

bool
roster_settled(const struct roster *r, int64_t now_ms)
{
    return r->n > 0 && r->unchanged >= ROSTER_QUIET && now_ms - r->changed_ms >= ROSTER_QUIET_MS;
}

/* Note a pod that serves; true: it is a new one. */
static bool
meet(struct roster *r, const struct interval_pod *pod, int64_t now_ms)
{
    uint64_t key = hash_stable(slice_of(pod->name));
    uint32_t i = place(r, key);
    bool     is_new = i == r->n || r->pods[i].key != key;

    if (is_new && r->n == FAMILY_MAX_PODS)
        return true;
    if (is_new) {
        memmove(&r->pods[i + 1], &r->pods[i], (r->n - i) * sizeof r->pods[0]);
        r->n++;
        r->pods[i] = (struct roster_pod){.key = key};
        memcpy(r->pods[i].name, pod->name, sizeof r->pods[i].name);
    }
    r->pods[i].seen_ms = now_ms;
    return is_new;
}

/* Drop those that have not been seen for a while; true: there were some.  One
 * that misses an interval was scraped a little late. */
static bool
part(struct roster *r, int64_t now_ms)
{
    uint32_t n = 0;
    bool     gone;

    for (uint32_t i = 0; i < r->n; i++)
        if (now_ms - r->pods[i].seen_ms <= ROSTER_QUIET_MS)
            r->pods[n++] = r->pods[i];
    gone = n < r->n;
    r->n = n;
    return gone;
}

/* The one version that serves, NULL: none does.  False: more than one, or not
 * every pod has a row of its own. */
static bool
find_version(const struct interval *i, const char **version)
{
    *version = NULL;
    for (uint32_t k = 0; k < i->n_pods; k++) {
        const struct interval_pod *pod = &i->pods[k];
        const char                *name = i->versions[pod->version].name;

        if (pod->folded || pod->arm != ARM_BASELINE)
            return false;
        if (!pod->requests && !pod->no_response)
            continue;
        if (*version && strcmp(*version, name) != 0)
            return false;
        *version = name;
    }
    return true;
}

static bool
changed(struct roster *r, int64_t now_ms)
{
    r->changed_ms = now_ms;
    r->unchanged = 0;
    return false;
}

bool
roster_call(struct roster *r, const struct interval *i)
{
    const char *version;
    bool        same = true;

    if (!find_version(i, &version)) {
        r->n = 0;
        return changed(r, i->end_ms);
    }
    if (version && strcmp(version, r->version) != 0) {
        memcpy(r->version, version, strlen(version) + 1);
        r->n = 0;
        same = false;
    }
    for (uint32_t k = 0; k < i->n_pods; k++)
        if (strcmp(i->versions[i->pods[k].version].name, r->version) == 0 &&
            meet(r, &i->pods[k], i->end_ms))
            same = false;
    if (part(r, i->end_ms))
        same = false;
    if (!same)
        return changed(r, i->end_ms);
    r->unchanged += r->unchanged < UINT32_MAX;
    return true;
}
