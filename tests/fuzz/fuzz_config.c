/* Any bytes are a configuration or a list of errors with places, never both. */
#include "daemon/config.h"

#include <assert.h>
#include <math.h>

int         LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 loses a text buffer for some quoted keys: see fuzz_yaml.c. */
const char *
__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so";
}

static void
check_policy(const struct policy *p)
{
    struct text text;

    text_init(&text, 1 << 16);
    config_policy_text(p, &text);
    assert(!text.status && strlen(p->hash) == 16);
    assert(p->false_rollback_rate > 0 && p->false_rollback_rate <= 0.2);
    assert(p->error_rate.pass_ratio_margin > p->error_rate.ratio_margin);
    assert(!p->p95.on || (isfinite(p->p95.max_ms) && p->p95.max_ms >= 1));
    assert(!p->success_rate.on || (p->success_rate.min > 0 && p->success_rate.min <= 1));
    assert(p->required && !(p->required & p->dry_run));
    text_release(&text);
}

static void
check_config(const struct config *c)
{
    assert(c->n_sources && config_policy(c, SLICE_LITERAL("default")));
    assert(c->daemon.listen_host && (c->daemon.listen_loopback || c->daemon.tokens_file));
    for (size_t i = 0; i < c->n_sources; i++)
        assert(c->sources[i].url && c->sources[i].tick_ms >= 1000);
    for (size_t i = 0; i < c->n_services; i++) {
        const struct config_service *s = &c->services[i];

        assert(config_service(c, slice_of(s->ns), slice_of(s->name)) == s);
        assert(config_source(c, slice_of(s->source)) && config_policy(c, slice_of(s->policy)));
    }
    for (size_t i = 0; i < c->n_policies; i++)
        check_policy(&c->policies[i]);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct configreport report = {0};
    struct config      *c = NULL;
    enum status s = config_check("fuzz", (struct slice){(const char *)data, n}, &c, &report);

    assert((s == STATUS_OK) == (c != NULL) && (s == STATUS_OK) == (report.n == 0));
    for (size_t i = 0; i < report.n && i < CONFIGREPORT_MAX; i++)
        assert(!strncmp(report.errors[i].text, "fuzz:", 5));
    if (c)
        check_config(c);
    config_unref(c);
    return 0;
}
