/* OpenMetrics 1.0: any bytes. */
#include "tests/fuzz/exposition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    exposition_read(EXPOSITION_OPENMETRICS, (struct slice){(const char *)data, n});
    return 0;
}
