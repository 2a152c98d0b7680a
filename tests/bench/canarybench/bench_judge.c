#include "tests/bench/canarybench/bench_judge.h"

static const struct {
    const char *text, *what;
} judges[] = {
#define JUDGE(name, text, what) {text, what},
#define KAYENTA(name, text, first, every, lookback, control, allowed, what) {text, what},
#include "tests/bench/canarybench/bench_judge.def"
};

const char *
bench_judge_text(enum bench_judge j)
{
    return judges[j].text;
}

const char *
bench_judge_what(enum bench_judge j)
{
    return judges[j].what;
}
