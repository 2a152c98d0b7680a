#include "daemon/cmdservice.h"

const struct config_service *
cmdservice_find(const struct config *c, const char *ns, const char *name, struct err *err)
{
    const struct config_service *found = NULL;

    for (size_t i = 0; i < c->n_services; i++) {
        if (strcmp(c->services[i].name, name) != 0 || (ns && strcmp(c->services[i].ns, ns) != 0))
            continue;
        if (found) {
            (void)err_set(err, STATUS_SYNTAX, "several services are called %.60s: say --namespace",
                          name);
            return NULL;
        }
        found = &c->services[i];
    }
    if (!found && ns)
        found = config_judged(c, slice_of(ns), slice_of(name));
    if (!found)
        (void)err_set(err, STATUS_NOT_FOUND, "service %.60s is not in the configuration", name);
    return found;
}
