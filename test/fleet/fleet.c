/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fleet.c - what thousands of devices do to a platform when something goes wrong, in virtual time,
 * and how long they are away. Exits with 1 if a target is missed.
 *
 *     fleet [OPTION VALUE]...   a line for each scenario and number of devices
 *       --devices N       1, 100, 1000 or 10000 alone
 *       --most-devices N  no more than these
 *       --scenario NAME   this one alone
 *       --seed N          other random numbers
 *       --first MS, --most MS, --slow MS, --start MS   other waits than the defaults
 */
#include "platform.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SECOND 1000u
#define MINUTE 60000u

/* The fault comes when all devices have been reading for a while, and has an end. */
#define SETTLED   (90 * SECOND)
#define AFTERWARD (60 * SECOND)
#define LONGEST   (15 * MINUTE)

/* The platform's limits, a second. */
#define MOST_REQUESTS    400u
#define MOST_CONNECTIONS 200u
#define MOST_SIGN_INS    100u

/* A number of 1 stands for so many devices, each with a platform to itself. */
#define LONE 2000u

/* The targets: 99 % are back so many seconds after the platform could have served them; half of the
 * lone devices so many milliseconds after a blip; and no more attempts a second than the number of
 * devices by this. With a few hundred devices chance alone makes more. */
#define MOST_LATE  60.0
#define MOST_BLIP  2.0
#define MOST_HERD  3u
#define LEAST_HERD 1000u

/* --- scenarios ---------------------------------------------------------------------------- */

enum action { RESET, DOWN, UP, REVOKE, EXPIRE, RESTART, RESTARTED, GATEWAY_DOWN, GATEWAY_UP };

/* What happens so many milliseconds after the fault began. */
struct step {
    uint32_t at;
    enum action action;
    unsigned agent;
};

enum kind {
    BLIP,           /* a lone device must be back soon */
    FAULT,          /* it lasts, or takes a sign-in */
    POWER_ON,       /* no device was on before */
    POWER_ON_SPREAD /* the same with timers.start */
};

struct scenario {
    const char *name;
    /* What each device needs of the platform until it is back. */
    double connections, sign_ins, requests;
    enum kind kind;
    struct step steps[2 * AGENTS];
    size_t count;
};

#define STEPS(...)      {__VA_ARGS__}, sizeof((const struct step[]){__VA_ARGS__}) / sizeof(struct step)
#define OUTAGE(minutes) STEPS({0, DOWN, 0}, {(minutes)*MINUTE, UP, 0})
#define TURN(agent)                                                                                \
    {(agent)*30 * SECOND, RESTART, agent},                                                         \
    {                                                                                              \
        ((agent)*30 + 20) * SECOND, RESTARTED, agent                                               \
    }

static const struct scenario scenarios[] = {
    {"reset", 1, 0, 1, BLIP, STEPS({0, RESET, 0})},
    {"outage-1", 1, 0, 1, FAULT, OUTAGE(1)},
    {"outage-10", 1, 0, 1, FAULT, OUTAGE(10)},
    {"outage-60", 1, 0, 1, FAULT, OUTAGE(60)},
    {"revoked", 0, 1, 3, BLIP, STEPS({0, REVOKE, 0})},
    {"expired", 0, 1, 3, FAULT, STEPS({0, EXPIRE, 0})},
    {"restarts", 1.0 / AGENTS, 0, 1.0 / AGENTS, BLIP,
     STEPS(TURN(0), TURN(1), TURN(2), TURN(3), TURN(4), TURN(5), TURN(6), TURN(7), TURN(8),
           TURN(9))},
    {"gateway", 0, 0, 1, FAULT, STEPS({0, GATEWAY_DOWN, 0}, {5 * MINUTE, GATEWAY_UP, 0})},
    {"power-on", 1, 1, 4, POWER_ON, STEPS({0, RESET, 0})},
    {"power-on-spread", 1, 1, 4, POWER_ON_SPREAD, STEPS({0, RESET, 0})},
};
#define SCENARIOS (sizeof scenarios / sizeof *scenarios)

static void lose_all(struct platform *platform, uint32_t since)
{
    for (size_t i = 0; i < platform->count; i++) {
        platform_lose(&platform->devices[i], since);
    }
}

static void set_up(struct platform *platform, bool up)
{
    for (unsigned i = 0; i < AGENTS; i++) {
        platform->up[i] = up;
        platform_reset(platform, i);
    }
}

static void restart(struct platform *platform, unsigned agent)
{
    platform->up[agent] = false;
    for (size_t i = 0; i < platform->count; i++) {
        struct device *device = &platform->devices[i];

        if (device->link == OPEN && device->agent == agent) {
            platform_lose(device, platform->now);
        }
    }
    platform_reset(platform, agent);
}

/* `over` is when the platform can serve again. */
static void act(struct platform *platform, const struct step *step, uint32_t over)
{
    switch (step->action) {
    case RESET:
        lose_all(platform, over);
        set_up(platform, true);
        break;
    case DOWN:
        lose_all(platform, over);
        set_up(platform, false);
        break;
    case UP:
        for (unsigned i = 0; i < AGENTS; i++) {
            platform->up[i] = true;
        }
        break;
    case REVOKE:
    case EXPIRE:
        lose_all(platform, over);
        platform->tokens++;
        if (step->action == REVOKE) {
            platform_answer_held(platform);
        }
        break;
    case RESTART: restart(platform, step->agent); break;
    case RESTARTED: platform->up[step->agent] = true; break;
    case GATEWAY_DOWN:
        lose_all(platform, over);
        platform->gateway_fails = true;
        platform_answer_held(platform);
        break;
    case GATEWAY_UP: platform->gateway_fails = false; break;
    }
}

/* --- a run -------------------------------------------------------------------------------- */

/* Devices in a heap, by device->wake. */
struct heap {
    struct device **at;
    size_t count;
};

static void sift_down(struct heap *heap, size_t at)
{
    struct device *device = heap->at[at];

    for (;;) {
        size_t child = 2 * at + 1;

        if (child + 1 < heap->count && heap->at[child + 1]->wake < heap->at[child]->wake) {
            child++;
        }
        if (child >= heap->count || heap->at[child]->wake >= device->wake) {
            break;
        }
        heap->at[at] = heap->at[child];
        at = child;
    }
    heap->at[at] = device;
}

static void sort(struct heap *heap)
{
    for (size_t i = heap->count; i-- > 0;) {
        sift_down(heap, i);
    }
}

/* Runs all that happens before `until`. */
static void run_until(struct platform *platform, struct heap *heap, uint32_t until)
{
    sort(heap); /* a fault has moved them */
    while (heap->at[0]->wake < until) {
        platform->now = heap->at[0]->wake > platform->now ? heap->at[0]->wake : platform->now;
        platform_wake(heap->at[0]);
        sift_down(heap, 0);
    }
    platform->now = until;
}

static void start_counting(struct platform *platform, uint32_t lasts)
{
    platform->from = platform->now;
    platform->bins = (lasts + LONGEST) / BIN;
    for (unsigned i = 0; i < FIGURES; i++) {
        platform->figures[i] = calloc(platform->bins, sizeof *platform->figures[i]);
        if (platform->figures[i] == NULL) {
            abort();
        }
    }
}

static void set_limits(struct platform *platform)
{
    const struct bucket requests = {MOST_REQUESTS, 0, platform->now};
    const struct bucket connections = {MOST_CONNECTIONS, 0, platform->now};
    const struct bucket sign_ins = {MOST_SIGN_INS, 0, platform->now};

    platform->requests = requests;
    platform->connections = connections;
    platform->sign_ins = sign_ins;
}

/* Runs a scenario from the fault to some time after all are back. */
static void run_fault(struct platform *platform, struct heap *heap, const struct scenario *scenario)
{
    uint32_t from = platform->now;
    uint32_t lasts = scenario->steps[scenario->count - 1].at;
    uint32_t end = from + lasts;

    start_counting(platform, lasts);
    for (size_t i = 0; i < scenario->count; i++) {
        run_until(platform, heap, from + scenario->steps[i].at);
        act(platform, &scenario->steps[i], end);
    }
    while (platform->away > 0 && platform->now < end + LONGEST) {
        run_until(platform, heap, platform->now + SECOND);
    }
    run_until(platform, heap, platform->now + AFTERWARD);
}

/* --- figures ------------------------------------------------------------------------------ */

/* The most in one second. */
static uint32_t peak(const struct platform *platform, enum figure figure)
{
    const uint16_t *bins = platform->figures[figure];
    uint32_t sum = 0;
    uint32_t most = 0;

    for (size_t i = 0; i < platform->bins; i++) {
        sum += bins[i];
        sum -= i >= SECOND / BIN ? bins[i - SECOND / BIN] : 0u;
        most = sum > most ? sum : most;
    }
    return most;
}

static int compare(const void *left, const void *right)
{
    uint32_t a = *(const uint32_t *)left;
    uint32_t b = *(const uint32_t *)right;

    return a < b ? -1 : a > b;
}

/* Seconds that so many of a hundred samples take; they are sorted. */
static double part(const struct samples *samples, unsigned percent)
{
    size_t at = samples->count * percent / 100;

    if (samples->count == 0) {
        return 0;
    }
    return samples->at[at < samples->count ? at : samples->count - 1] / 1000.0;
}

static bool complain(const char *name, size_t devices, const char *what, double is, double most)
{
    if (is > most) {
        fprintf(stderr, "fleet: %s, %u devices: %s: %.1f, at most %.1f\n", name, (unsigned)devices,
                what, is, most);
    }
    return is > most;
}

static double larger(double a, double b)
{
    return a > b ? a : b;
}

/* Seconds that the platform needs for so many devices. Those that are back read once in a hold,
 * half of them on average. */
static double ability(const struct scenario *scenario, size_t devices)
{
    double n = (double)devices;
    double left = MOST_REQUESTS - n * SECOND / HOLD / 2;

    return larger(larger(n * scenario->connections / MOST_CONNECTIONS,
                         n * scenario->sign_ins / MOST_SIGN_INS),
                  n * scenario->requests / left);
}

static bool meets_targets(const struct platform *platform, const struct scenario *scenario,
                          size_t devices)
{
    const char *name = scenario->name;
    bool missed =
        complain(name, devices, "devices that never came back", (double)platform->away, 0);

    missed |= complain(name, devices, "seconds until 99 % are back", part(&platform->back, 99),
                       ability(scenario, devices) + MOST_LATE);
    if (devices == 1 && scenario->kind == BLIP) {
        missed |= complain(name, devices, "seconds until half are back", part(&platform->back, 50),
                           MOST_BLIP);
    }
    if (devices >= LEAST_HERD && scenario->kind != POWER_ON) {
        missed |= complain(name, devices, "attempts a second", peak(platform, ATTEMPTS),
                           (double)devices / MOST_HERD);
    }
    return !missed;
}

/* Prints a line. Returns false if a target is missed. */
static bool show(struct platform *platform, const struct scenario *scenario, size_t devices)
{
    qsort(platform->back.at, platform->back.count, sizeof(uint32_t), compare);
    qsort(platform->late.at, platform->late.count, sizeof(uint32_t), compare);
    printf("%-15s %7u ", scenario->name, (unsigned)devices);
    if (devices > 1) {
        printf("%8u %8u %8u ", (unsigned)peak(platform, ATTEMPTS),
               (unsigned)peak(platform, REQUESTS), (unsigned)peak(platform, THROTTLED));
    } else {
        printf("%8s %8s %8s ", "-", "-", "-");
    }
    printf("%7.1f %7.1f %7.1f %7.1f %7.1f %7.1f %7.1f %7.1f\n",
           (double)platform->totals[ATTEMPTS] / (double)platform->count, part(&platform->back, 50),
           part(&platform->back, 99), part(&platform->back, 100),
           ability(scenario, devices) + MOST_LATE, part(&platform->late, 50),
           part(&platform->late, 99), part(&platform->late, 100));
    fflush(stdout);
    return meets_targets(platform, scenario, devices);
}

static bool run_scenario(const struct scenario *scenario, size_t devices,
                         const struct symfeed_timers *timers, uint64_t seed)
{
    static struct platform platform;
    size_t count = devices > 1 ? devices : LONE;
    bool power_on = scenario->kind >= POWER_ON;
    struct symfeed_timers own = *timers;
    struct heap heap = {malloc(count * sizeof(struct device *)), count};
    bool good = false;

    if (heap.at == NULL) {
        abort();
    }
    if (scenario->kind == POWER_ON_SPREAD) {
        own.start = timers->start != 0 ? timers->start : 4 * SECOND;
    }
    platform_init(&platform, count, &own, seed + devices, power_on ? 100 : HOLD);
    for (size_t i = 0; i < count; i++) {
        heap.at[i] = &platform.devices[i];
    }
    if (!power_on) {
        run_until(&platform, &heap, 2 * HOLD);
    }
    if (devices > 1) {
        set_limits(&platform);
    }
    if (!power_on) {
        run_until(&platform, &heap, SETTLED);
    }
    run_fault(&platform, &heap, scenario);
    good = show(&platform, scenario, devices);
    platform_free(&platform);
    free(heap.at);
    return good;
}

/* --- the command line --------------------------------------------------------------------- */

struct settings {
    const char *scenario; /* NULL: all */
    size_t devices;       /* 0: all numbers */
    size_t most_devices;
    uint64_t seed;
    struct symfeed_timers timers;
};

static bool wants(const struct settings *settings, const char *scenario, size_t devices)
{
    return (settings->scenario == NULL || strcmp(settings->scenario, scenario) == 0) &&
           (settings->devices == 0 || devices == settings->devices) &&
           devices <= settings->most_devices;
}

static bool run_all(const struct settings *settings)
{
    static const size_t numbers[] = {1, 100, 1000, 10000};
    bool good = true;

    printf("scenario        devices attempts requests     429s    each     50%%     99%%     all "
           "allowed  late50  late99 latemax\n");
    for (size_t i = 0; i < SCENARIOS; i++) {
        for (size_t n = 0; n < sizeof numbers / sizeof *numbers; n++) {
            if (wants(settings, scenarios[i].name, numbers[n])) {
                good = run_scenario(&scenarios[i], numbers[n], &settings->timers, settings->seed) &&
                       good;
            }
        }
    }
    return good;
}

static bool set(struct settings *settings, const char *name, const char *value)
{
    unsigned long number = strtoul(value, NULL, 10);

    if (strcmp(name, "--scenario") == 0) {
        settings->scenario = value;
    } else if (strcmp(name, "--devices") == 0) {
        settings->devices = number;
    } else if (strcmp(name, "--most-devices") == 0) {
        settings->most_devices = number;
    } else if (strcmp(name, "--seed") == 0) {
        settings->seed = number;
    } else if (strcmp(name, "--first") == 0) {
        settings->timers.backoff_first = (uint32_t)number;
    } else if (strcmp(name, "--most") == 0) {
        settings->timers.backoff_max = (uint32_t)number;
    } else if (strcmp(name, "--slow") == 0) {
        settings->timers.backoff_slow = (uint32_t)number;
    } else if (strcmp(name, "--start") == 0) {
        settings->timers.start = (uint32_t)number;
    } else {
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct settings settings = {.most_devices = SIZE_MAX, .seed = 1};

    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc || !set(&settings, argv[i], argv[i + 1])) {
            fprintf(stderr, "fleet: no such option, or no value: %s\n", argv[i]);
            return 2;
        }
    }
    return run_all(&settings) ? 0 : 1;
}
