#include "tests/replay/play_ask.h"
#include "tests/replay/play_daemon.h"
#include "tests/replay/play_expect.h"
#include "tests/replay/play_flagger.h"
#include "tests/replay/play_record.h"
#include "tests/replay/play_scraper.h"
#include "tests/replay/play_traffic.h"
#include "tests/replay/play_upgrade.h"

static const struct {
    const char  *word;
    play_verb_fn fn;
} verbs[] = {
#define VERB(word, fn) {word, fn},
#include "tests/replay/play_verb.def"
#undef VERB
};

play_verb_fn
play_verb_find(struct slice word)
{
    for (size_t i = 0; i < ARRAY_LEN(verbs); i++)
        if (slice_is(word, verbs[i].word))
            return verbs[i].fn;
    return NULL;
}
