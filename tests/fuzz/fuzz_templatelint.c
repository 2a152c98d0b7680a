/* Any bytes as a manifest: findings have places, names and a bound. */
#include "webhooks/templatelint.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

/* See fuzz_yaml.c. */
const char *__lsan_default_suppressions(void);

const char *
__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so";
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct arena        a = {0};
    struct templatelint t;
    struct err          err = {0};

    templatelint_init(&t, &a);
    if (templatelint_file(&t, "fuzz", (struct slice){(const char *)data, n}, &err))
        assert(strncmp(err.text, "fuzz:", 5) == 0);
    templatelint_finish(&t);
    assert(t.findings.n <= TEMPLATELINT_MAX_FINDINGS);
    for (size_t i = 0; i < t.findings.n; i++)
        assert(t.findings.at[i].line > 0 && t.findings.at[i].column > 0 && t.findings.at[i].path &&
               t.findings.at[i].object);
    arena_release(&a);
    return 0;
}
