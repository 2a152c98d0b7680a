#include "daemon/cmdsource.h"

#include <stdio.h>

/* "http://HOST:PORT" of the daemon that has this configuration. */
static enum status
daemon_url(const struct config *config, char *out, size_t bytes, struct err *err)
{
    const struct config_daemon *d = &config->daemon;
    bool                        six = strchr(d->listen_host, ':') != NULL;
    const char                 *host = d->listen_host;

    if (!d->listen_port)
        return err_set(err, STATUS_SYNTAX,
                       "listen names no port, so where the daemon answers is not known: say "
                       "--daemon http://HOST:PORT");
    if (!strcmp(host, "0.0.0.0"))
        host = "127.0.0.1";
    else if (!strcmp(host, "::"))
        host = "::1";
    (void)snprintf(out, bytes, six ? "http://[%s]:%u" : "http://%s:%u", host,
                   (unsigned)d->listen_port);
    return STATUS_OK;
}

static enum status
only_embedded(const struct config *config, struct err *err)
{
    size_t n = 0;

    for (size_t i = 0; i < config->n_sources; i++)
        n += config_source_embedded(&config->sources[i]);
    if (n < 2)
        return STATUS_OK;
    return err_set(err, STATUS_SYNTAX,
                   "the daemon keeps %zu sources, and its API reads them as one: what it says of "
                   "a single one cannot be asked for by a command",
                   n);
}

enum status
cmdsource_new(struct loop *loop, struct config *config, const struct config_source *cs,
              const struct option_value *daemon, const struct option_value *token_file,
              struct upstream **out, struct err *err)
{
    struct promclient_world world = {.fetch = loop_fetch(loop),
                                     .clock = &clock_system,
                                     .entropy = &ulid_system_entropy,
                                     .timer = loop_timer(loop)};
    struct fetch_peer       peer = {0};
    char                    listen[128];
    enum status             s;

    if (!config_source_embedded(cs))
        return upstream_new(&world, config, cs, out, err);
    s = only_embedded(config, err);
    if (s == STATUS_OK && !daemon->given)
        s = daemon_url(config, listen, sizeof listen, err);
    if (s)
        return s;
    if (token_file->given)
        peer.bearer_token_file = token_file->text;
    return upstream_new_at(&world, config, cs, daemon->given ? daemon->text : listen, &peer, out,
                           err);
}
