/* SPDX-License-Identifier: Apache-2.0 */
/* report.c - see report.h. */
#include "feed/report.h"

#include "feed/feed_list.h"
#include "util/bytes.h"

/* Sets the members of a report on a call; its code says whether there was an answer. */
static void describe_call(const struct symfeed *feed, struct symfeed_report *report)
{
    const struct connection *connection = &feed->connection;

    report->about_call = true;
    report->call = feed_call(feed);
    if (report->code < SYMFEED_REPORT_ANSWERED) {
        report->at_proxy = SYMFEED_PROXY && report->code >= SYMFEED_REPORT_NO_CONNECTION &&
                           report->code <= SYMFEED_REPORT_TOO_SLOW &&
                           connection_failed_at_proxy(connection);
        if (symfeed_report_is_port_failure(report->code)) {
            report->cause = connection->cause;
        }
        return;
    }
    report->status = connection->response.status;
    report->at_proxy = report->code >= SYMFEED_REPORT_PROXY_REFUSED;
    if (!report->at_proxy) {
        report->trace = connection->request.trace;
    }
}

static void tell(const struct symfeed *feed, enum symfeed_report_code code,
                 enum symfeed_level level, uint32_t wait)
{
    const struct symfeed_port *port = feed->port;
    struct symfeed_report report;

    if (port->report == NULL) {
        return;
    }
    memset(&report, 0, sizeof report);
    report.code = code;
    report.level = level;
    report.wait = wait;
    if (code < SYMFEED_REPORT_GIVEN_UP) {
        describe_call(feed, &report);
    }
    if (code == SYMFEED_REPORT_CODED) {
        report.detail = feed->connection.response.line;
        report.detail_size = feed->connection.response.coding_size;
    } else if (code == SYMFEED_REPORT_FOUND) {
        report.detail = feed->connection.request.feed.at;
        report.detail_size = feed->connection.request.feed.size;
        report.hours = symfeed_feed_list_age(feed);
    }
    port->report(port->context, &report);
}

void symfeed_report(const struct symfeed *feed, enum symfeed_report_code code)
{
    enum symfeed_level level = SYMFEED_LOG_WARNING;

    if (code == SYMFEED_REPORT_ANSWERED) {
        level = SYMFEED_LOG_DEBUG;
    } else if (report_is_error(code) || code == SYMFEED_REPORT_GIVEN_UP) {
        level = SYMFEED_LOG_ERROR;
    } else if (code > SYMFEED_REPORT_GIVEN_UP) {
        level = SYMFEED_LOG_INFO;
    }
    tell(feed, code, level, 0);
}

void symfeed_report_failure(const struct symfeed *feed, enum symfeed_report_code code, bool error,
                            uint32_t wait)
{
    tell(feed, code, error ? SYMFEED_LOG_ERROR : SYMFEED_LOG_WARNING, wait);
}
