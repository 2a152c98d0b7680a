#include "daemon/queryset.h"

#include "base/heap.h"

#include <stdlib.h>

struct queryport *
queryset_new(const struct config_daemon *d, struct workers *workers, struct mailbox *mailbox,
             const struct clock *clock)
{
    const struct config_api *a = &d->api;

    return queryport_new(
        &(struct queryport_config){.workers = workers,
                                   .mailbox = mailbox,
                                   .clock = clock,
                                   .version = VERDICTD_VERSION,
                                   .limits = {.timeout_ms = a->timeout_ms,
                                              .lookback_ms = a->lookback_ms,
                                              .max_samples = a->max_samples,
                                              .max_memory_bytes = (size_t)a->max_memory,
                                              .max_body_bytes = (size_t)a->max_answer,
                                              .max_concurrent = a->threads}});
}

static void
release(void *self)
{
    embedded_unref(self);
}

static struct queryport_member
member_of(struct embedded *e, const struct config_source *cs)
{
    return (struct queryport_member){
        .name = cs->name,
        .source = tsdb_source(embedded_tsdb(e)),
        .tsdb = embedded_tsdb(e),
        .metadata = embedded_metadata(e),
        .scraper = embedded_scraper(e),
        .scrape_interval_ms = cs->scrape.on ? cs->scrape_interval_ms : 0,
        .scrape_timeout_ms = cs->scrape.timeout_ms,
        .retention_ms = cs->store.retention_ms,
        .release = release,
        .self = embedded_ref(e),
    };
}

void
queryset_publish(struct queryport *q, const struct embeddedset *s, const struct config *config,
                 struct selfseries *own, struct verdictsource *history)
{
    struct queryport_member *members = heap_new(config->n_sources + 2, sizeof *members);
    size_t                   n = 0;

    for (size_t i = 0; i < config->n_sources; i++) {
        struct embedded *e = embeddedset_find(s, config->sources[i].name);

        if (e)
            members[n++] = member_of(e, &config->sources[i]);
    }
    if (own)
        members[n++] = selfseries_member(own);
    if (config->daemon.api.verdicts)
        members[n++] = (struct queryport_member){.name = "history",
                                                 .source = verdictsource_source(history),
                                                 .families = verdictsource_families,
                                                 .self = history};
    queryport_set(q, members, n);
    queryport_loaded(q, true);
    free(members);
}
