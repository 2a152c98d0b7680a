/* replay FILE.scn - plays scripts; exit code 0: all came as expected. */
#include "tests/replay/play.h"

#include <stdio.h>

static int
differ(const char *file, struct slice killed, struct slice unbroken)
{
    for (int line = 1; killed.n || unbroken.n; line++) {
        struct slice a = slice_cut(&killed, '\n'), b = slice_cut(&unbroken, '\n');

        if (slice_equal(a, b))
            continue;
        (void)fprintf(stderr,
                      "%s: record line %d differs\n  killed:        %.*s\n  never stopped: %.*s\n",
                      file, line, SLICE_ARG(a), SLICE_ARG(b));
        return 1;
    }
    return 0;
}

static int
play(const char *file, bool scraped)
{
    bool        has_twin, ignored;
    struct text killed = play_run(file, scraped, true, &has_twin), unbroken = {0};
    int         failed = 0;

    if (has_twin) {
        unbroken = play_run(file, scraped, false, &ignored);
        failed = differ(file, text_slice(&killed), text_slice(&unbroken));
        if (!failed && killed.n == 0) {
            (void)fprintf(stderr, "%s: twins that record nothing\n", file);
            failed = 1;
        }
    }
    text_release(&killed);
    text_release(&unbroken);
    return failed;
}

int
main(int argc, char **argv)
{
    bool scraped = argc > 1 && !strcmp(argv[1], "--scraped");
    int  failed = 0;

    if (argc < 2 + scraped) {
        (void)fprintf(stderr, "usage: replay [--scraped] FILE.scn...\n");
        return 2;
    }
    for (int i = 1 + scraped; i < argc; i++)
        failed |= play(argv[i], scraped);
    return failed;
}
