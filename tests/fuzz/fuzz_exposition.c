/* Text 0.0.4: any bytes. */
#include "tests/fuzz/exposition.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    exposition_read(EXPOSITION_TEXT, (struct slice){(const char *)data, n});
    return 0;
}
