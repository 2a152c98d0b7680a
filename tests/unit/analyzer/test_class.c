#include "analyzer/class.h"
#include "tests/support/check.h"

/* Telemetry reference §2.1 unless said otherwise. */
static const struct {
    const char *code, *grpc, *flags;
    enum class want;
    bool client_error;
} row[] = {
    /* no flag: by code */
    {"200", "", "-", CLASS_OK, false},
    {"101", "", "-", CLASS_OK, false},
    {"302", "", "", CLASS_OK, false},
    {"404", "", "-", CLASS_OK, true},
    {"499", "", "-", CLASS_OK, true},
    {"500", "", "-", CLASS_APP, false},
    {"503", "", "-", CLASS_APP, false},
    {"0", "", "-", CLASS_CLIENT, false},
    {"5xx", "", "", CLASS_APP, false},
    {"4", "", "", CLASS_OK, true},
    /* a code that cannot be read is never a success */
    {"", "", "-", CLASS_INFRASTRUCTURE, false},
    {"abc", "", "-", CLASS_INFRASTRUCTURE, false},
    {"600", "", "-", CLASS_INFRASTRUCTURE, false},
    /* one flag each */
    {"503", "", "UH", CLASS_INFRASTRUCTURE, false},
    {"503", "", "UF", CLASS_INFRASTRUCTURE, false},
    {"503", "", "UC", CLASS_APP, false},
    {"503", "", "UR", CLASS_APP, false},
    {"200", "", "UC", CLASS_APP, false}, /* closed in the middle of the body */
    {"503", "", "UO", CLASS_INFRASTRUCTURE, false},
    {"504", "", "UT", CLASS_APP, false},
    {"503", "", "URX", CLASS_APP, false},
    {"409", "", "URX", CLASS_APP, false}, /* retriable-4xx, alone: app */
    {"404", "", "NR", CLASS_INFRASTRUCTURE, false},
    {"503", "", "NC", CLASS_INFRASTRUCTURE, false},
    {"0", "", "DC", CLASS_CLIENT, false},
    {"200", "", "DC", CLASS_CLIENT, false},
    {"0", "", "DR", CLASS_CLIENT, false},
    {"503", "", "LR", CLASS_INFRASTRUCTURE, false},
    {"503", "", "LH", CLASS_INFRASTRUCTURE, false},
    {"502", "", "UPE", CLASS_APP, false},
    {"504", "", "UMSDR", CLASS_APP, false},
    {"200", "", "DT", CLASS_OK, false},
    {"500", "", "DT", CLASS_APP, false},
    {"408", "", "SI", CLASS_CLIENT, false},
    {"504", "", "SI", CLASS_APP, false},
    {"200", "", "SI", CLASS_OK, false},
    {"400", "", "IH", CLASS_CLIENT, false},
    {"400", "", "DPE", CLASS_CLIENT, false},
    {"429", "", "RL", CLASS_POLICY, false},
    {"500", "", "RLSE", CLASS_INFRASTRUCTURE, false},
    {"403", "", "UAEX", CLASS_POLICY, false},
    {"503", "", "UAEX", CLASS_INFRASTRUCTURE, false},
    {"200", "7", "UAEX", CLASS_POLICY, false},
    {"200", "14", "UAEX", CLASS_INFRASTRUCTURE, false},
    {"503", "", "FI", CLASS_INJECTED, false},
    {"200", "", "DI", CLASS_OK, false}, /* an injected delay is still a real answer */
    {"503", "", "DI", CLASS_APP, false},
    {"200", "", "RFCF", CLASS_POLICY, false},
    {"500", "", "NFCF", CLASS_INFRASTRUCTURE, false},
    {"503", "", "OM", CLASS_INFRASTRUCTURE, false},
    {"503", "", "DF", CLASS_INFRASTRUCTURE, false},
    {"503", "", "DO", CLASS_INFRASTRUCTURE, false},
    {"503", "", "UDO", CLASS_INFRASTRUCTURE, false},
    {"0", "", "DENY", CLASS_POLICY, false},
    {"0", "", "TLS_FAILURE", CLASS_INFRASTRUCTURE, false},
    {"0", "", "CERT_REVOKED", CLASS_INFRASTRUCTURE, false},
    /* tokens, never substrings: UR in URX, DI in nothing, R in NR */
    {"503", "", "URXY", CLASS_INFRASTRUCTURE, false},
    {"200", "", "FIX", CLASS_OK, false},
    {"429", "", "RLX", CLASS_OK, true},
    /* several: injected, policy, client, infrastructure, app */
    {"503", "", "UF,URX", CLASS_INFRASTRUCTURE, false},
    {"503", "", "URX,UF", CLASS_INFRASTRUCTURE, false},
    {"503", "", "UC,URX", CLASS_APP, false},
    {"429", "", "RL,URX", CLASS_POLICY, false},
    {"504", "", "DI,UT", CLASS_APP, false},
    {"503", "", "FI,DC", CLASS_INJECTED, false},
    {"503", "", "DI, FI", CLASS_INJECTED, false},
    {"0", "", "UF,DC", CLASS_CLIENT, false},
    {"503", "", ",,UF,", CLASS_INFRASTRUCTURE, false},
    /* a token that nobody knows */
    {"503", "", "MYFLAG", CLASS_INFRASTRUCTURE, false},
    {"404", "", "MYFLAG", CLASS_OK, true},
    {"0", "", "MYFLAG", CLASS_CLIENT, false},
    {"503", "", "UC,MYFLAG", CLASS_APP, false},
    {"200", "13", "MYFLAG", CLASS_INFRASTRUCTURE, false},
    /* code 0 with the server's own reason */
    {"0", "", "UF", CLASS_INFRASTRUCTURE, false},
    {"0", "", "UT", CLASS_APP, false},
    /* gRPC: the status decides, local replies are HTTP 200 */
    {"200", "0", "-", CLASS_OK, false},
    {"200", "1", "-", CLASS_CLIENT, false},
    {"200", "2", "-", CLASS_APP, false},
    {"200", "3", "-", CLASS_OK, true},
    {"200", "4", "-", CLASS_APP, false},
    {"200", "5", "-", CLASS_OK, true},
    {"200", "8", "-", CLASS_OK, true},
    {"200", "12", "-", CLASS_OK, true},
    {"200", "13", "-", CLASS_APP, false},
    {"200", "14", "-", CLASS_APP, false},
    {"200", "15", "-", CLASS_APP, false},
    {"200", "16", "-", CLASS_OK, true},
    {"200", "14", "UH", CLASS_INFRASTRUCTURE, false},
    {"200", "14", "UF,URX", CLASS_INFRASTRUCTURE, false},
    {"200", "14", "UO", CLASS_INFRASTRUCTURE, false},
    {"503", "0", "-", CLASS_APP, false}, /* 5xx is no success whatever gRPC says */
    {"503", "1", "-", CLASS_CLIENT, false},
    {"0", "14", "-", CLASS_CLIENT, false},
    {"", "0", "-", CLASS_OK, false},
    {"", "13", "-", CLASS_APP, false},
};

static void
classes(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(row); i++) {
        struct slice code = slice_of(row[i].code), grpc = slice_of(row[i].grpc);
        struct slice flags = slice_of(row[i].flags);
        enum class got = class_of(code, grpc, flags);

        if (got != row[i].want)
            fail_msg("code %s grpc %s flags %s: got %s, want %s", row[i].code, row[i].grpc,
                     row[i].flags, class_text(got), class_text(row[i].want));
        if (class_client_error(code, grpc, flags) != row[i].client_error)
            fail_msg("code %s grpc %s flags %s: client error", row[i].code, row[i].grpc,
                     row[i].flags);
        if (class_no_response(code, flags) &&
            class_of(code, (struct slice){0}, flags) != CLASS_CLIENT)
            fail_msg("code %s flags %s: no response but not the client's", row[i].code,
                     row[i].flags);
    }
}

static void
no_response(void **state)
{
    (void)state;
    assert_true(class_no_response(SLICE_LITERAL("0"), SLICE_LITERAL("DC")));
    assert_true(class_no_response(SLICE_LITERAL("0"), SLICE_LITERAL("-")));
    assert_true(class_no_response(SLICE_LITERAL("0"), SLICE_LITERAL("DR")));
    assert_false(class_no_response(SLICE_LITERAL("0"), SLICE_LITERAL("UF")));
    assert_false(class_no_response(SLICE_LITERAL("200"), SLICE_LITERAL("DC")));
    assert_false(class_no_response(SLICE_LITERAL("00"), SLICE_LITERAL("DC")));
}

/* A classifier that depends on the order of tokens would be wrong somewhere. */
static void
order_of_tokens(void **state)
{
    static const char *const token[] = {
#define CLASS_FLAG(token, rule, meaning) token,
#include "analyzer/class_flag.def"
#undef CLASS_FLAG
        "XYZ",
    };
    static const char *const code[] = {"0", "200", "404", "408", "503", "504"};
    char                     ab[80], ba[80];

    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(token); i++)
        for (size_t j = 0; j < ARRAY_LEN(token); j++)
            for (size_t k = 0; k < ARRAY_LEN(code); k++) {
                snprintf(ab, sizeof ab, "%s,%s", token[i], token[j]);
                snprintf(ba, sizeof ba, "%s,%s", token[j], token[i]);
                assert_int_equal(class_of(slice_of(code[k]), (struct slice){0}, slice_of(ab)),
                                 class_of(slice_of(code[k]), (struct slice){0}, slice_of(ba)));
            }
}

int
main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(classes),
        cmocka_unit_test(no_response),
        cmocka_unit_test(order_of_tokens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
