/* meshsim: a simulated Istio mesh that Prometheus can scrape. */
#include "base/clock.h"
#include "tests/meshsim/sim_discovery.h"
#include "tests/meshsim/sim_exposition.h"
#include "tests/meshsim/sim_ledger.h"
#include "tests/meshsim/sim_server.h"

#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>

enum { TICK_MS = 20 };

struct options {
    const char *scenario, *listen, *ports_file, *targets_file, *ledger, *expose;
    bool        steered, dry;
    uint64_t    seed, control_port;
    double      speed, duration_s; /* 0: until a signal */
};

static volatile sig_atomic_t stop;

static void
on_signal(int number)
{
    (void)number;
    stop = 1;
}

static const char usage[] =
    "usage: meshsim --scenario FILE [options]\n"
    "  --seed N           of everything random (1)\n"
    "  --speed X          simulated seconds per second (1)\n"
    "  --listen ADDRESS   IPv4 address of all ports (127.0.0.1)\n"
    "  --control PORT     steering and the ledger over HTTP; 0: any port\n"
    "  --ports-file FILE  writes every port as JSON\n"
    "  --file-sd FILE     writes Prometheus's file_sd targets\n"
    "  --ledger FILE      writes the ledger at the end\n"
    "  --duration S       ends after S simulated seconds\n"
    "  --dry-run S        no ports: simulates S seconds at once, prints the ledger\n"
    "  --expose DIR       of a dry run: writes each proxy's exposition to DIR/POD.prom\n";

static bool
number_option(const char *name, const char *text, double min, double max, double *out)
{
    if (slice_double(slice_of(text), out) == STATUS_OK && *out >= min && *out <= max)
        return true;
    fprintf(stderr, "meshsim: --%s must be a number from %g to %g\n", name, min, max);
    return false;
}

static bool
count_option(const char *name, const char *text, uint64_t max, uint64_t *out)
{
    if (slice_u64(slice_of(text), out) == STATUS_OK && *out <= max)
        return true;
    fprintf(stderr, "meshsim: --%s must be a whole number up to %llu\n", name,
            (unsigned long long)max);
    return false;
}

static bool
take_option(struct options *o, const char *name, const char *value)
{
    static const double MONTH_S = 30.0 * 86400;
    const struct {
        const char  *name;
        const char **to;
    } text[] = {{"scenario", &o->scenario},     {"listen", &o->listen},
                {"ports-file", &o->ports_file}, {"file-sd", &o->targets_file},
                {"ledger", &o->ledger},         {"expose", &o->expose}};

    for (size_t i = 0; i < ARRAY_LEN(text); i++) {
        if (strcmp(name, text[i].name) == 0) {
            *text[i].to = value;
            return true;
        }
    }
    if (strcmp(name, "seed") == 0)
        return count_option(name, value, UINT64_MAX, &o->seed);
    if (strcmp(name, "speed") == 0)
        return number_option(name, value, 0.001, 1000, &o->speed);
    if (strcmp(name, "control") == 0) {
        o->steered = true;
        return count_option(name, value, UINT16_MAX, &o->control_port);
    }
    o->dry = strcmp(name, "dry-run") == 0;
    return number_option(name, value, 0.001, MONTH_S, &o->duration_s);
}

/* 0: go on.  1: a mistake, already told.  -1: only help was asked for. */
static int
read_options(int argc, char **argv, struct options *o)
{
    static const struct option known[] = {
        {"scenario", 1, NULL, 0}, {"seed", 1, NULL, 0},       {"speed", 1, NULL, 0},
        {"listen", 1, NULL, 0},   {"ports-file", 1, NULL, 0}, {"file-sd", 1, NULL, 0},
        {"ledger", 1, NULL, 0},   {"control", 1, NULL, 0},    {"duration", 1, NULL, 0},
        {"dry-run", 1, NULL, 0},  {"expose", 1, NULL, 0},     {"help", 0, NULL, 0},
        {NULL, 0, NULL, 0}};
    int which, c;

    while ((c = getopt_long(argc, argv, "", known, &which)) != -1) {
        if (c == 0 && strcmp(known[which].name, "help") == 0) {
            fputs(usage, stdout);
            return -1;
        }
        if (c != 0 || !take_option(o, known[which].name, optarg))
            return 1;
    }
    if (o->scenario && optind == argc && (!o->expose || o->dry))
        return 0;
    fputs(usage, stderr);
    return 1;
}

static enum status
write_ledger(const struct sim_world *w, const char *file, struct err *err)
{
    struct text t;

    text_init(&t, SIM_LEDGER_MAX_BYTES);
    sim_ledger_write(w, &t);
    if (file)
        return sim_discovery_save(file, &t, err);
    fputs(t.p, stdout);
    text_release(&t);
    return STATUS_OK;
}

static enum status
expose(const struct sim_world *w, const char *directory, struct err *err)
{
    enum status st = STATUS_OK;

    for (size_t i = 0; !st && i < w->proxies.n; i++) {
        char        file[PATH_MAX];
        struct text t;

        if (snprintf(file, sizeof file, "%s/%s.prom", directory, w->proxies.at[i]->pod) >=
            (int)sizeof file)
            return err_set(err, STATUS_RANGE, "the name %s is too long", directory);
        text_init(&t, SIM_EXPOSITION_MAX_BYTES);
        sim_exposition_write(w, w->proxies.at[i], &t);
        st = sim_discovery_save(file, &t, err);
    }
    return st;
}

static enum status
run_dry(struct sim_world *w, const struct options *o, struct err *err)
{
    enum status st = STATUS_OK;

    sim_world_advance(w, (int64_t)(o->duration_s * 1e6));
    if (o->expose)
        st = expose(w, o->expose, err);
    return st ? st : write_ledger(w, o->ledger, err);
}

static enum status
run_ports(struct sim_world *w, const struct options *o, struct err *err)
{
    struct sim_server s = {.world = w,
                           .address = o->listen,
                           .ports_file = o->ports_file,
                           .targets_file = o->targets_file,
                           .steered = o->steered,
                           .control_port = (uint16_t)o->control_port};
    enum status       st = sim_server_open(&s, err);
    int64_t           start_ms = clock_mono_ms(&clock_system);
    double            end_us = o->duration_s > 0 ? o->duration_s * 1e6 : 9e18;

    if (!st) {
        printf("meshsim ready: %zu proxies on %s, control port %u\n", w->proxies.n, o->listen,
               s.control_port);
        fflush(stdout);
    }
    while (!st && !stop && (double)w->now_us < end_us) {
        double now_us;

        sim_http_wait(s.http, TICK_MS);
        now_us = (double)(clock_mono_ms(&clock_system) - start_ms) * 1000 * o->speed;
        sim_world_advance(w, (int64_t)(now_us < end_us ? now_us : end_us));
        sim_http_serve(s.http);
        st = sim_server_publish(&s, err);
    }
    sim_server_close(&s);
    if (!st && o->ledger)
        st = write_ledger(w, o->ledger, err);
    return st;
}

int
main(int argc, char **argv)
{
    struct options       o = {.listen = "127.0.0.1", .seed = 1, .speed = 1};
    struct arena         arena = {0};
    struct sim_scenario *scenario;
    struct sim_world    *world = arena_new(&arena, struct sim_world);
    struct err           err = {0};
    struct sigaction     quit = {.sa_handler = on_signal}, ignore = {.sa_handler = SIG_IGN};
    int                  wrong = read_options(argc, argv, &o);

    if (wrong) {
        arena_release(&arena);
        return wrong > 0 ? 2 : 0;
    }
    sigaction(SIGTERM, &quit, NULL);
    sigaction(SIGINT, &quit, NULL);
    sigaction(SIGPIPE, &ignore, NULL);
    if (!sim_scenario_read_file(&arena, o.scenario, &scenario, &err)) {
        sim_world_init(world, scenario, o.seed);
        (void)!(o.dry ? run_dry(world, &o, &err) : run_ports(world, &o, &err));
        sim_world_release(world);
    }
    arena_release(&arena);
    if (err.status)
        fprintf(stderr, "meshsim: %s\n", err.text);
    return err.status ? 1 : 0;
}
