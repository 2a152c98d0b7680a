#include "webhooks/promstatus.h"

#include "tests/unit/webhooks/promfixture.h"

static struct promfixture f;

static int
set_up(void **state)
{
    (void)state;
    promfixture_init(&f);
    return 0;
}

static int
tear_down(void **state)
{
    (void)state;
    promfixture_release(&f);
    return 0;
}

#define TARGET_UP                                                                                  \
    "{\"discoveredLabels\":{},\"labels\":{\"instance\":\"a:1\",\"job\":\"edge\"},\"scrapePool\":"  \
    "\"edge\",\"scrapeUrl\":\"http://a:1/metrics\",\"globalUrl\":\"http://a:1/metrics\","          \
    "\"lastError\":\"\",\"lastScrape\":\"2023-11-14T22:13:20.500Z\",\"lastScrapeDuration\":0.012," \
    "\"health\":\"up\",\"scrapeInterval\":\"5s\",\"scrapeTimeout\":\"4s500ms\"}"
#define TARGET_DOWN                                                                                \
    "{\"discoveredLabels\":{},\"labels\":{\"instance\":\"a:1\",\"job\":\"edge\"},\"scrapePool\":"  \
    "\"edge\",\"scrapeUrl\":\"http://a:1/metrics\",\"globalUrl\":\"http://a:1/metrics\","          \
    "\"lastError\":\"connection refused\",\"lastScrape\":\"0001-01-01T00:00:00Z\","                \
    "\"lastScrapeDuration\":0.012,\"health\":\"down\",\"scrapeInterval\":\"5s\","                  \
    "\"scrapeTimeout\":\"4s500ms\"}"
#define LABELS "{\"instance\":\"a:1\",\"job\":\"edge\"}"

static const struct {
    const char *path, *data;
} what_the_server_tells_of_itself_cases[] = {
    {"rules", "{\"groups\":[]}"},
    {"rules?type=alert", "{\"groups\":[]}"},
    {"alerts", "{\"alerts\":[]}"},
    {"alertmanagers", "{\"activeAlertmanagers\":[],\"droppedAlertmanagers\":[]}"},
    {"status/walreplay", "{\"min\":0,\"max\":0,\"current\":0}"},
    {"status/tsdb/blocks", "{\"blocks\":[]}"},
    {"notifications", "[]"},
    {"scrape_pools", "{\"scrapePools\":[\"edge\",\"slow\"]}"},
    {"targets", "{\"activeTargets\":[" TARGET_UP "," TARGET_DOWN "],\"droppedTargets\":[],"
                "\"droppedTargetCounts\":{}}"},
    {"targets?state=active&scrapePool=edge",
     "{\"activeTargets\":[" TARGET_UP "," TARGET_DOWN "],\"droppedTargets\":[],"
     "\"droppedTargetCounts\":{}}"},
    {"targets?state=dropped",
     "{\"activeTargets\":[],\"droppedTargets\":[],\"droppedTargetCounts\":{}}"},
    {"targets?scrapePool=other",
     "{\"activeTargets\":[],\"droppedTargets\":[],\"droppedTargetCounts\":{}}"},
    {"metadata",
     "{\"requests\":[{\"type\":\"counter\",\"help\":\"Requests.\",\"unit\":\"1\"}],\"up\":[{"
     "\"type\":\"gauge\",\"help\":\"Another text.\",\"unit\":\"\"},{\"type\":\"gauge\","
     "\"help\":\"Is it \\\"up\\\"?\",\"unit\":\"\"}]}"},
    {"metadata?limit=1",
     "{\"requests\":[{\"type\":\"counter\",\"help\":\"Requests.\",\"unit\":\"1\"}]}"},
    {"metadata?limit=0", "{}"},
    {"metadata?metric=up&limit_per_metric=1",
     "{\"up\":[{\"type\":\"gauge\",\"help\":\"Another text.\",\"unit\":\"\"}]}"},
    {"metadata?metric=nothing", "{}"},
    {"targets/metadata?metric=up&limit=1",
     "[{\"target\":" LABELS ",\"type\":\"gauge\",\"help\":\"Is it \\\"up\\\"?\",\"unit\":\"\"}"
     "]"},
    {"targets/metadata?limit=1&match_target=%7Bjob%3D%22edge%22%7D",
     "[{\"target\":" LABELS ",\"metric\":\"up\",\"type\":\"gauge\",\"help\":\"Is it "
     "\\\"up\\\"?\",\"unit\":\"\"},{\"target\":" LABELS ",\"metric\":\"requests\",\"type\":"
     "\"counter\",\"help\":\"Requests.\",\"unit\":\"1\"}]"},
    {"targets/metadata?match_target=%7Bjob%3D%22other%22%7D", "[]"},
    {"status/config",
     "{\"yaml\":\"global:\\n  scrape_interval: 15s\\n  scrape_timeout: 10s\\n  "
     "evaluation_interval: 1m\\nscrape_configs:\\n- job_name: \\\"edge\\\"\\n  "
     "scrape_interval: 5s\\n  scrape_timeout: 4s500ms\\n- job_name: \\\"slow\\\"\\n  "
     "scrape_interval: 15s\\n  scrape_timeout: 10s\\n\"}"},
    {"status/buildinfo",
     "{\"version\":\"3.5.0\",\"revision\":\"verdictd-0.1.0\",\"branch\":\"HEAD\","
     "\"buildUser\":\"verdictd\",\"buildDate\":\"\",\"goVersion\":\"\"}"},
    {"status/runtimeinfo",
     "{\"startTime\":\"2023-11-14T22:13:20.000Z\",\"CWD\":\"/\",\"serverTime\":"
     "\"2023-11-14T22:13:36.000Z\",\"reloadConfigSuccess\":true,\"lastConfigTime\":"
     "\"2023-11-14T22:13:21.000Z\",\"corruptionCount\":0,\"goroutineCount\":0,"
     "\"GOMAXPROCS\":0,\"GOMEMLIMIT\":9223372036854775807,\"GOGC\":\"\",\"GODEBUG\":\"\","
     "\"storageRetention\":\"2h\"}"},
    {"status/flags", "{\"query.lookback-delta\":\"5m\",\"query.max-concurrency\":\"0\","
                     "\"query.max-samples\":\"50000000\",\"query.timeout\":\"2m\","
                     "\"storage.tsdb.retention.time\":\"2h\"}"},
    {"status/tsdb",
     "{\"headStats\":{\"numSeries\":5,\"numLabelPairs\":9,\"chunkCount\":0,\"minTime\":"
     "1700000000000,\"maxTime\":1700000015250},\"seriesCountByMetricName\":[{\"name\":\"up\","
     "\"value\":2}],\"labelValueCountByLabelName\":[],\"memoryInBytesByLabelName\":[],"
     "\"seriesCountByLabelValuePair\":[]}"},
};

/* Members and their order as those of Prometheus 2.42 and, for droppedTargetCounts,
 * storageRetention and GOMEMLIMIT, of 3.x. */
static void
what_the_server_tells_of_itself(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(what_the_server_tells_of_itself_cases); i++) {
        char target[200], want[2000];

        snprintf(target, sizeof target, "/api/v1/%s",
                 what_the_server_tells_of_itself_cases[i].path);
        snprintf(want, sizeof want, "{\"status\":\"success\",\"data\":%s}",
                 what_the_server_tells_of_itself_cases[i].data);
        promfixture_ask(&f, REQUEST_GET, target, "");
        if (f.answer->code != 200 || strcmp(f.answer->body.p, want) != 0)
            fail_msg("%s\nwant %s\ngot  %s", target, want, f.answer->body.p);
        assert_int_equal(f.asked_for_targets,
                         strncmp(what_the_server_tells_of_itself_cases[i].path, "targets", 7) == 0);
    }
}

static void
what_is_not_understood_is_told_as_by_prometheus(void **state)
{
    static const struct {
        const char *target, *error;
    } cases[] = {
        {"/api/v1/rules?type=x", "invalid parameter \\\"type\\\": not supported value \\\"x\\\""},
        {"/api/v1/metadata?limit=x", "limit must be a number"},
        {"/api/v1/metadata?limit_per_metric=x", "limit_per_metric must be a number"},
        {"/api/v1/targets/metadata?limit=x", "limit must be a number"},
        {"/api/v1/targets/metadata?match_target=%7B", "invalid parameter \\\"match_target\\\": "},
    };

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        promfixture_ask(&f, REQUEST_GET, cases[i].target, "");
        gatecall_wants(f.answer, 400, cases[i].error);
    }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(what_the_server_tells_of_itself, set_up, tear_down),
        cmocka_unit_test_setup_teardown(what_is_not_understood_is_told_as_by_prometheus, set_up,
                                        tear_down),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
