/* Snapshots of series take any bytes: as a whole file, and as the payloads of
 * frames whose checksums are right.  What is loaded is saved and loads again as
 * the same series and samples. */
#include "telemetry/tsdbsnapshot.h"
#include "telemetry/snapshotfile.h"

#include "base/pack.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define SOURCE SLICE_LITERAL("s")
#define NOW_MS INT64_C(1700000000000)

static int64_t
now(void *self)
{
    (void)self;
    return NOW_MS;
}

static const struct clock       still = {now, now, NULL};
static const struct tsdb_limits limits = {.max_series = 500, .retention_ms = NOW_MS};

static const char *
file_name(void)
{
    static char name[64];

    if (!name[0])
        (void)snprintf(name, sizeof name, "/tmp/fuzz_tsdbsnapshot.%ld", (long)getpid());
    return name;
}

static void
write_whole(const uint8_t *data, size_t n)
{
    FILE *f = fopen(file_name(), "wb");

    assert(f);
    assert(fwrite(data, 1, n, f) == n);
    assert(fclose(f) == 0);
}

/* A head as it should be, then frames: a byte of kind, two of length, a payload. */
static void
write_frames(const uint8_t *data, size_t n)
{
    struct snapshotfile        f;
    struct tsdbsnapshot_report report;
    struct tsdb               *t = tsdb_new(&limits, &still);
    struct slice               head;
    enum snapshotfile_kind     kind;

    assert(!tsdbsnapshot_save(t, SOURCE, file_name(), 1, &report, NULL));
    tsdb_free(t);
    assert(!snapshotfile_open(&f, file_name(), NULL));
    assert(!snapshotfile_read(&f, &kind, &head, NULL));
    struct text copy;
    text_init(&copy, head.n);
    text_put(&copy, head);
    snapshotfile_close(&f);
    assert(!snapshotfile_create(&f, file_name(), NULL));
    assert(!snapshotfile_write(&f, SNAPSHOTFILE_HEAD, text_slice(&copy), NULL));
    text_release(&copy);
    while (n >= 3) {
        size_t length = data[1] | (size_t)data[2] << 8;

        kind = data[0] & 1 ? SNAPSHOTFILE_GROUP : SNAPSHOTFILE_BLOCK;
        data += 3;
        n -= 3;
        length = length < n ? length : n;
        assert(!snapshotfile_write(&f, kind, (struct slice){(const char *)data, length}, NULL));
        data += length;
        n -= length;
    }
    assert(!snapshotfile_finish(&f, NULL));
    snapshotfile_close(&f);
}

static void
load(void)
{
    struct tsdb               *t = tsdb_new(&limits, &still), *again = tsdb_new(&limits, &still);
    struct tsdbsnapshot_report loaded, saved, reloaded;

    if (!tsdbsnapshot_load(t, SOURCE, file_name(), INT64_MIN, &loaded, NULL)) {
        assert(!tsdbsnapshot_save(t, SOURCE, file_name(), NOW_MS, &saved, NULL));
        assert(saved.samples <= loaded.samples && saved.series <= loaded.series);
        assert(!tsdbsnapshot_load(again, SOURCE, file_name(), INT64_MIN, &reloaded, NULL));
        assert(reloaded.samples == saved.samples && !reloaded.refused);
    }
    tsdb_free(t);
    tsdb_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
    write_whole(data, n);
    load();
    write_frames(data, n);
    load();
    (void)unlink(file_name());
    return 0;
}
