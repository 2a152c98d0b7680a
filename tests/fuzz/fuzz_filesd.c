/* Files of targets: any bytes give targets in bounds or a fault with its place, as
 * JSON and as YAML. */
#include "telemetry/filesdtext.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int         LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);
const char *__lsan_default_suppressions(void);

/* libfyaml 0.7.12 loses memory of its own (fuzz_yaml.c). */
const char *
__lsan_default_suppressions(void)
{
    return "leak:libfyaml.so";
}

static bool
no_nul(struct slice s)
{
    return s.n == 0 || !memchr(s.p, '\0', s.n);
}

static void
read_as(const char *file, struct slice body)
{
    struct arena              a = {0};
    struct err                err = {0};
    struct targetsink_target *targets = NULL;
    size_t                    n = 0;
    enum status               s = filesdtext_read(&a, file, body, &targets, &n, &err);

    assert(s == err.status);
    assert(!s || strncmp(err.text, file, strlen(file)) == 0);
    assert(n <= FILESDTEXT_MAX_TARGETS);
    for (size_t i = 0; !s && i < n; i++) {
        assert(no_nul(targets[i].address));
        for (size_t k = 0; k < targets[i].n_labels; k++) {
            assert(targets[i].labels[k].name.n > 0 && no_nul(targets[i].labels[k].name));
            assert(no_nul(targets[i].labels[k].value));
        }
    }
    arena_release(&a);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    struct slice body = {(const char *)data, n};

    read_as("fuzz.json", body);
    read_as("fuzz.yaml", body);
    return 0;
}
