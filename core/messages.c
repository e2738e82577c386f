/* SPDX-License-Identifier: Apache-2.0 */
/*
 * messages.c - all words for people: converts a report to a line, and has the text of each status.
 *
 * Depends on: the public headers and util.
 * Guarantees: a build that calls none of its functions links none of it; with SYMFEED_MESSAGES=0 a
 *   line has numbers instead of words. Text that a server sent is shown as visible ASCII only.
 */
#include "symfeed.h"

#include "util/bytes.h"

/* The line that is being built. */
struct line {
    char *out;
    size_t room; /* bytes at out, without the NUL */
    size_t size;
};

static void put(struct line *line, const char *text)
{
    while (*text != '\0' && line->size < line->room) {
        line->out[line->size++] = *text++;
    }
}

static void put_number(struct line *line, uint32_t number)
{
    char digits[SYMFEED_DIGITS + 1];

    digits[symfeed_bytes_digits(number, digits)] = '\0';
    put(line, digits);
}

#if SYMFEED_MESSAGES

static void put_seconds(struct line *line, uint32_t milliseconds)
{
    put_number(line, milliseconds / 1000);
    put(line, ".");
    put_number(line, milliseconds % 1000 / 100);
    put(line, " s");
}

/* Writes the detail. The port's own words can have names in any alphabet; the port makes them safe.
 */
static void put_detail(struct line *line, const struct symfeed_report *report)
{
    bool as_it_is = report->cause != 0;

    for (size_t i = 0; i < report->detail_size && line->size < line->room; i++) {
        char byte = report->detail[i];

        line->out[line->size++] = as_it_is || (byte >= ' ' && byte <= '~') ? byte : '?';
    }
}

/* Returns whose URL to check after a redirection or a 404. */
static const char *url_remedy(enum symfeed_call call)
{
    switch (call) {
    case SYMFEED_CALL_SESSION: return "check the pod's URL";
    case SYMFEED_CALL_KEY: return "check the key manager's URL";
    default: return "check the agent's URL";
    }
}

/* Returns what to do about an answer with this status; "" if the status says enough. */
static const char *remedy(enum symfeed_call call, unsigned status)
{
    if (call == SYMFEED_CALL_DELETE && (status == 400 || status == 404)) {
        return "no such feed";
    }
    if (call == SYMFEED_CALL_EVENTS && status == 403) {
        return "this user needs \"Can read from datahose feeds\" and "
               "\"Can create datahose feeds\"";
    }
    if (call == SYMFEED_CALL_EVENTS && status == 404) {
        return "no datahose on this agent (needs 22.5): check the agent's URL";
    }
    switch (status) {
    case 403: return "check this user's entitlements";
    case 404: return url_remedy(call);
    case 410: return "switched off on this agent";
    case 429: return "too many requests";
    default: return status >= 300 && status <= 399 ? url_remedy(call) : "";
    }
}

static const char *proxy_remedy(unsigned status)
{
    switch (status) {
    case 401: /* the answer of tinyproxy to a wrong password */
    case 407: return ": check its user name and password";
    case 403: return ": it refuses this host";
    default: return "";
    }
}

/* Writes the call and its answer: "read: 503 (trace ab3de9)". */
static void put_call(struct line *line, const struct symfeed_report *report)
{
    put(line, symfeed_call_name(report->call));
    put(line, ": ");
    if (report->status == 0 && report->at_proxy) {
        put(line, "proxy: ");
    }
    if (report->status != 0) {
        put_number(line, report->status);
    }
    if (report->trace != NULL) {
        put(line, " (trace ");
        put(line, report->trace);
        put(line, ")");
    }
}

/* Returns the words of a code; for some codes they depend on the report. */
static const char *words_of(const struct symfeed_report *report)
{
#define WORDS(name, level, words) words "\0"
    static const char all[] = SYMFEED_REPORTS(WORDS);
#undef WORDS

    enum symfeed_report_code code = report->code;

    if (code == SYMFEED_REPORT_ANSWER_FAILED || code == SYMFEED_REPORT_ANSWER_REFUSED) {
        return remedy(report->call, report->status);
    }
    if (report->detail != NULL &&
        (symfeed_report_is_port_failure(code) || code == SYMFEED_REPORT_EXPOSED_FILE)) {
        return ""; /* the port's own words take their place */
    }
    return symfeed_bytes_nth(all, (unsigned)code);
}

static void put_words(struct line *line, const struct symfeed_report *report)
{
    const char *words = words_of(report);

    if (report->status != 0 && *words != '\0') {
        put(line, report->at_proxy ? " " : ": ");
    }
    put(line, words);
    put_detail(line, report);
    if (report->at_proxy) {
        put(line, proxy_remedy(report->status));
    }
    if (report->code == SYMFEED_REPORT_FOUND && report->hours != SYMFEED_AGE_UNKNOWN) {
        put(line, ", ");
        put_number(line, report->hours);
        put(line, " h old");
    }
}

static void write(struct line *line, const struct symfeed_report *report)
{
    if (report->about_call) {
        put_call(line, report);
    }
    put_words(line, report);
    if (report->wait > 0) {
        put(line, ", next try in ");
        put_seconds(line, report->wait);
    }
}

#else

/* Writes "report 12, status 503, cause 0, wait 2000"; symfeed_port.h has the codes. */
static void write(struct line *line, const struct symfeed_report *report)
{
    put(line, "report ");
    put_number(line, (uint32_t)report->code);
    put(line, ", status ");
    put_number(line, report->status);
    put(line, ", cause ");
    put_number(line, report->cause);
    put(line, ", wait ");
    put_number(line, report->wait);
}

#endif

size_t symfeed_report_text(const struct symfeed_report *report, char *out, size_t size)
{
    struct line line = {out, size - 1, 0};

    write(&line, report);
    out[line.size] = '\0';
    return line.size;
}

/* Returns text `number` of `texts`, which have one more behind their `count`: for numbers that are
 * none of them. */
static const char *text_of(const char *texts, unsigned number, unsigned count)
{
    return symfeed_bytes_nth(texts, number < count ? number : count);
}

const char *symfeed_report_name(enum symfeed_report_code code)
{
#define NAME(name, level, words) #name "\0"
    static const char names[] = SYMFEED_REPORTS(NAME) "UNKNOWN";
#undef NAME

    return text_of(names, (unsigned)code, SYMFEED_REPORT_COUNT);
}

const char *symfeed_call_name(enum symfeed_call call)
{
#if SYMFEED_MESSAGES
#define NAME(name, words) words "\0"
    static const char names[] = SYMFEED_CALLS(NAME) "unknown call";
#undef NAME

    return text_of(names, (unsigned)call, SYMFEED_CALL_COUNT);
#else
    (void)call;
    return "";
#endif
}

const char *symfeed_status_text(enum symfeed_status status)
{
#if SYMFEED_MESSAGES
#define TEXT(name, text) text "\0"
    static const char texts[] = SYMFEED_STATUS_LIST(TEXT) "unknown status";
#undef TEXT

    return text_of(texts, (unsigned)status, SYMFEED_STATUS_COUNT);
#else
    (void)status;
    return "";
#endif
}
