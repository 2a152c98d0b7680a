/* Any bytes are a stored interval or refused; what is one packs to a row that is the same one. */
#include "analyzer/interval.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    static struct interval first, second;
    struct err             err = {0};
    struct text            row, again;

    if (interval_unpack((struct slice){(const char *)data, n}, &first, &err) != STATUS_OK) {
        assert(err.text[0] != '\0' && first.n_versions == 0 && first.n_cells == 0);
        return 0;
    }
    text_init(&row, 1 << 20);
    text_init(&again, 1 << 20);
    interval_pack(&first, &row);
    assert(row.status == STATUS_OK);
    assert(interval_unpack(text_slice(&row), &second, &err) == STATUS_OK);
    assert(memcmp(&first, &second, sizeof first) == 0);
    interval_pack(&second, &again);
    assert(slice_equal(text_slice(&row), text_slice(&again)));
    text_release(&row);
    text_release(&again);
    return 0;
}
