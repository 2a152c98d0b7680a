#include "daemon/configtext.h"

#include <arpa/inet.h>
#include <stdio.h>

enum { MAX_LABEL_BYTES = 63 };

/* Kubernetes and RFC 1123: what an address or a name is made of. */
static bool
is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool
is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool
is_letter(char c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}

static bool
is_one_of(char c, const char *set)
{
    return c && strchr(set, c);
}

struct slice
configtext_shown(struct slice text)
{
    enum { SHOWN_BYTES = 60 };

    return text.n > SHOWN_BYTES ? (struct slice){text.p, SHOWN_BYTES} : text;
}

enum status
configtext_plain(struct slice text, struct err *err)
{
    if (!slice_utf8(text))
        return err_set(err, STATUS_SYNTAX, "is not UTF-8");
    for (size_t i = 0; i < text.n; i++)
        if ((unsigned char)text.p[i] < ' ' || text.p[i] == 0x7f)
            return err_set(err, STATUS_SYNTAX, "holds a control character");
    return STATUS_OK;
}

enum status
configtext_name(struct slice text, struct err *err)
{
    for (size_t i = 0; i < text.n; i++)
        if (!is_letter(text.p[i]) && !is_digit(text.p[i]) && (!i || !is_one_of(text.p[i], "-_.")))
            return err_set(err, STATUS_SYNTAX,
                           "\"%.*s\" is not a name: use letters, digits, - _ . and begin with a "
                           "letter or digit",
                           SLICE_ARG(configtext_shown(text)));
    if (!text.n || text.n > MAX_LABEL_BYTES)
        return err_set(err, STATUS_SYNTAX, "a name has 1 to 63 bytes");
    return STATUS_OK;
}

static bool
dns_label(struct slice text)
{
    if (!text.n || text.n > MAX_LABEL_BYTES || text.p[0] == '-' || text.p[text.n - 1] == '-')
        return false;
    for (size_t i = 0; i < text.n; i++)
        if (!is_lower(text.p[i]) && !is_digit(text.p[i]) && text.p[i] != '-')
            return false;
    return true;
}

enum status
configtext_dns_label(struct slice text, struct err *err)
{
    if (dns_label(text))
        return STATUS_OK;
    return err_set(err, STATUS_SYNTAX,
                   "\"%.*s\" is not a DNS label: use 1 to 63 of a-z 0-9 -, no - at either end",
                   SLICE_ARG(configtext_shown(text)));
}

enum status
configtext_host(struct slice text, struct err *err)
{
    struct slice rest = text;

    if (slice_starts(rest, "*."))
        rest = (struct slice){rest.p + 2, rest.n - 2};
    do {
        if (!dns_label(slice_cut(&rest, '.')))
            return err_set(err, STATUS_SYNTAX,
                           "\"%.*s\" is not a host name: write it like "
                           "reviews.prod.svc.cluster.local",
                           SLICE_ARG(configtext_shown(text)));
    } while (rest.p);
    return STATUS_OK;
}

enum status
configtext_label_name(struct slice text, struct err *err)
{
    bool ok = text.n > 0 && !slice_starts(text, "__");

    for (size_t i = 0; i < text.n && ok; i++)
        ok = is_letter(text.p[i]) || text.p[i] == '_' || (i && is_digit(text.p[i]));
    if (ok)
        return STATUS_OK;
    return err_set(err, STATUS_SYNTAX,
                   "\"%.*s\" is not a label name: use letters, digits and _, begin with a letter "
                   "or one _",
                   SLICE_ARG(configtext_shown(text)));
}

static enum status
parse_port(struct slice text, uint16_t *port)
{
    uint64_t n;

    if (text.n > 5 || slice_u64(text, &n) || n > UINT16_MAX)
        return STATUS_SYNTAX;
    *port = (uint16_t)n;
    return STATUS_OK;
}

/* "[::1]" or "host" before an optional ":port". */
static enum status
url_authority(struct slice text, struct err *err)
{
    struct slice host, rest = text;
    uint16_t     port = 1;

    if (text.n && text.p[0] == '[') {
        char            inside[INET6_ADDRSTRLEN] = "";
        struct in6_addr address;

        host = slice_cut(&rest, ']');
        if (!rest.p || host.n < 2 || host.n > sizeof inside)
            return err_set(err, STATUS_SYNTAX, "has an address in [] that is not IPv6");
        memcpy(inside, host.p + 1, host.n - 1);
        if (inet_pton(AF_INET6, inside, &address) != 1)
            return err_set(err, STATUS_SYNTAX, "has an address in [] that is not IPv6");
        if (!rest.n)
            return STATUS_OK;
        if (rest.p[0] != ':')
            return err_set(err, STATUS_SYNTAX, "has something other than a port behind []");
        rest = (struct slice){rest.p + 1, rest.n - 1};
    } else {
        host = slice_cut(&rest, ':');
        for (size_t i = 0; i < host.n; i++)
            if (!is_letter(host.p[i]) && !is_digit(host.p[i]) && !is_one_of(host.p[i], "-_."))
                return err_set(err, STATUS_SYNTAX, "has a host with a character that hosts lack");
        if (!host.n)
            return err_set(err, STATUS_SYNTAX, "has no host: write http://HOST:PORT");
        if (!rest.p)
            return STATUS_OK;
    }
    if (parse_port(rest, &port) || !port)
        return err_set(err, STATUS_SYNTAX, "has a port that is not 1 to 65535");
    return STATUS_OK;
}

enum status
configtext_url(struct slice text, struct err *err)
{
    size_t scheme = slice_starts(text, "http://") ? 7 : slice_starts(text, "https://") ? 8 : 0;
    struct slice authority, rest;

    if (!scheme)
        return err_set(err, STATUS_SYNTAX, "is not a URL that begins with http:// or https://");
    rest = (struct slice){text.p + scheme, text.n - scheme};
    for (size_t i = 0; i < rest.n; i++) {
        if ((unsigned char)rest.p[i] <= ' ' || (unsigned char)rest.p[i] >= 0x7f)
            return err_set(err, STATUS_SYNTAX, "holds a blank or a byte that is not ASCII");
        if (is_one_of(rest.p[i], "?#"))
            return err_set(err, STATUS_SYNTAX,
                           "has a query or fragment: write the base URL without ? and #");
    }
    authority = slice_cut(&rest, '/');
    if (authority.n && memchr(authority.p, '@', authority.n))
        return err_set(err, STATUS_SYNTAX,
                       "holds a user or password: put them into basic_auth: {username, "
                       "password_file} or bearer_token_file");
    return url_authority(authority, err);
}

enum status
configtext_metric(struct slice text, struct err *err)
{
    bool ok = text.n > 0;

    for (size_t i = 0; i < text.n && ok; i++)
        ok = is_letter(text.p[i]) || is_one_of(text.p[i], "_:") || (i && is_digit(text.p[i]));
    if (ok)
        return STATUS_OK;
    return err_set(err, STATUS_SYNTAX, "\"%.*s\" is not the name of a metric",
                   SLICE_ARG(configtext_shown(text)));
}

enum status
configtext_target(struct slice text, struct err *err)
{
    struct err  why = {0};
    char        url[2048];
    int         n = snprintf(url, sizeof url, "http://%.*s", SLICE_ARG(text));
    bool        has_scheme = slice_starts(text, "http://") || slice_starts(text, "https://");
    enum status s;

    if (n < 0 || (size_t)n >= sizeof url)
        return err_set(err, STATUS_SYNTAX, "a target has at most 2,000 bytes");
    s = configtext_url(has_scheme ? text : slice_of(url), &why);
    return s ? err_set(err, s, "target \"%.*s\" %.120s", SLICE_ARG(configtext_shown(text)),
                       why.text)
             : STATUS_OK;
}

static bool
numeric_host(const char *host, bool ipv6, bool *loopback)
{
    struct in6_addr six;
    struct in_addr  four;

    if (ipv6) {
        if (inet_pton(AF_INET6, host, &six) != 1)
            return false;
        *loopback = IN6_IS_ADDR_LOOPBACK(&six);
        return true;
    }
    if (inet_pton(AF_INET, host, &four) != 1)
        return false;
    *loopback = ntohl(four.s_addr) >> 24 == IN_LOOPBACKNET;
    return true;
}

enum status
configtext_address(struct slice text, struct slice *host, uint16_t *port, bool *loopback,
                   struct err *err)
{
    struct slice rest = text;
    bool         ipv6 = slice_starts(text, "[");
    char         name[INET6_ADDRSTRLEN] = "";

    if (ipv6) {
        *host = slice_cut(&rest, ']');
        *host = (struct slice){host->p + 1, host->n - 1};
        if (rest.n && rest.p[0] == ':')
            rest = (struct slice){rest.p + 1, rest.n - 1};
        else
            rest = (struct slice){0};
    } else {
        *host = slice_cut(&rest, ':');
    }
    if (!rest.p || parse_port(rest, port))
        return err_set(err, STATUS_SYNTAX,
                       "\"%.*s\" is not address:port: write it like 127.0.0.1:8080 or [::1]:8080",
                       SLICE_ARG(configtext_shown(text)));
    if (host->n < sizeof name)
        memcpy(name, host->n ? host->p : "", host->n);
    if (host->n >= sizeof name || !numeric_host(name, ipv6, loopback))
        return err_set(err, STATUS_SYNTAX,
                       "\"%.*s\" is not a numeric address: write 127.0.0.1:8080 for this machine "
                       "only, 0.0.0.0:8080 for all",
                       SLICE_ARG(configtext_shown(text)));
    return STATUS_OK;
}

enum status
configtext_header(struct slice name, struct slice value, struct err *err)
{
    static const char *const secret[] = {"Authorization", "Proxy-Authorization", "Cookie",
                                         "X-Api-Key", "Private-Token"};
    static const char *const ours[] = {"Host",       "Content-Length",  "Content-Type",
                                       "Connection", "Accept-Encoding", "Transfer-Encoding",
                                       "Expect"};

    for (size_t i = 0; i < name.n; i++)
        if (!is_letter(name.p[i]) && !is_digit(name.p[i]) &&
            !is_one_of(name.p[i], "!#$%&'*+-.^_`|~"))
            return err_set(err, STATUS_SYNTAX, "is not a header name");
    if (!name.n || name.n > 128)
        return err_set(err, STATUS_SYNTAX, "a header name has 1 to 128 bytes");
    for (size_t i = 0; i < ARRAY_LEN(secret); i++)
        if (slice_is_nocase(name, secret[i]))
            return err_set(err, STATUS_DENIED,
                           "secrets are not written here: use bearer_token_file or basic_auth: "
                           "{username, password_file}");
    for (size_t i = 0; i < ARRAY_LEN(ours); i++)
        if (slice_is_nocase(name, ours[i]))
            return err_set(err, STATUS_DENIED, "is set by verdictd itself: remove it");
    for (size_t i = 0; i < value.n; i++)
        if ((unsigned char)value.p[i] < ' ' || (unsigned char)value.p[i] >= 0x7f)
            return err_set(err, STATUS_SYNTAX, "must be printable ASCII");
    if (value.n > 1024)
        return err_set(err, STATUS_RANGE, "is longer than 1024 bytes");
    return STATUS_OK;
}

enum status
configtext_bytes(struct slice text, uint64_t *bytes)
{
    static const struct {
        const char *unit;
        unsigned    shift;
    } units[] = {{"KiB", 10}, {"MiB", 20}, {"GiB", 30}};
    unsigned    shift = 0;
    enum status s;

    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        if (slice_ends(text, units[i].unit)) {
            shift = units[i].shift;
            text.n -= strlen(units[i].unit);
        }
    }
    s = slice_u64(text, bytes);
    if (s)
        return s;
    if (*bytes > UINT64_MAX >> shift)
        return STATUS_RANGE;
    *bytes <<= shift;
    return STATUS_OK;
}
