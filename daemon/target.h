/* target.h - from a question to what is judged: service, versions, policy, source. */
#ifndef DAEMON_TARGET_H
#define DAEMON_TARGET_H

#include "daemon/config.h"
#include "daemon/preset.h"
#include "webhooks/port.h"

/* Pointers are borrowed from the configuration. */
struct target {
    const struct config_service *service;
    const struct config_source  *source;
    const struct policy         *policy; /* as it holds in the phase */
    enum phase                   phase;
    bool                         names_phase; /* the caller said it, the service did not */
    const char                  *preset;      /* of preset.def */
    char                         ns[VIEW_NAME_BYTES], name[VIEW_NAME_BYTES];
    char                         key[64], canary[VIEW_NAME_BYTES], baseline[VIEW_NAME_BYTES];
    char                         revision[VIEW_NAME_BYTES];
};

/* Any thread: a pure function of both.  PORT_FOUND says only that the question
 * names something that can be judged.  PORT_BAD: err says what is missing or
 * not allowed, and what to do.  Defaults are those of api.md. */
enum port_lookup target_resolve(const struct config *c, const struct question *q,
                                struct target *out, struct err *err);

/* What a snapshot is asked by; borrows from both. */
struct preset_service target_preset(const struct target *t);

/* A pass or fail older than this is told as hold stale_data (api.md, Age). */
int64_t target_max_age_ms(const struct config_source *s);

#endif
