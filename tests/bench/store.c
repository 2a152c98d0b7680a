/* store [--quick]: durable units per second through the store thread, beside
 * bare SQLite, in turns within the same minute: see storeload.h. */
#include "tests/bench/storeload.h"

enum { ROUNDS = 5 };

static void
remove_history(const char *dir)
{
    static const char *const names[] = {"verdictd.db", "verdictd.db-wal", "verdictd.db-shm",
                                        "verdictd.lock"};
    char                     path[128];

    for (size_t i = 0; i < ARRAY_LEN(names); i++) {
        snprintf(path, sizeof path, "%s/%s", dir, names[i]);
        unlink(path);
    }
    rmdir(dir);
}

static int
rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double
median(double *v)
{
    qsort(v, ROUNDS, sizeof *v, rising);
    return v[ROUNDS / 2];
}

int
main(int argc, char **argv)
{
    bool   quick = argc == 2 && strcmp(argv[1], "--quick") == 0;
    int    units = quick ? 20000 : 100000, singles = quick ? 300 : 2000;
    char   root[] = "/tmp/verdictd-bench-XXXXXX", ours[64], bare[64];
    double a[ROUNDS], b[ROUNDS], ratio[ROUNDS], group = 0, alone;

    if (argc > 1 && !quick) {
        fprintf(stderr, "usage: store [--quick]\n");
        return 2;
    }
    if (!mkdtemp(root))
        stop("mkdtemp failed");
    snprintf(ours, sizeof ours, "%s/ours", root);
    snprintf(bare, sizeof bare, "%s/bare", root);
    fill();
    prepare(ours);
    prepare(bare);
    for (int r = 0; r < ROUNDS; r++) {
        a[r] = store_per_s(ours, r * units, units, &group);
        b[r] = bare_per_s(bare, r * units, units, (int)(group < 1 ? 1 : group));
        ratio[r] = a[r] / b[r];
    }
    alone = bare_per_s(bare, ROUNDS * units, singles, 1);
    printf("%-44s %10.0f units/s, %.0f to a commit\n", "store thread, durable", median(a), group);
    printf("%-44s %10.0f units/s\n", "bare SQLite, transactions of the same size", median(b));
    printf("%-44s %10.0f units/s\n", "bare SQLite, a transaction per unit", alone);
    printf("%-44s %10.2f (wanted at least 0.7)\n", "ratio to bare, same size", median(ratio));
    remove_history(ours);
    remove_history(bare);
    rmdir(root);
    return 0;
}
