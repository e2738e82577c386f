/* SPDX-License-Identifier: Apache-2.0 */
/*
 * report.h - reports to the port what happened, in codes.
 *
 * Depends on: the feed's memory; the order of SYMFEED_REPORTS, whose groups say who answered and
 *   whether a person has to fix it.
 * Guarantees: changes nothing.
 */
#ifndef SYMFEED_REPORT_H
#define SYMFEED_REPORT_H

#include "feed/state.h"

/* Does a person have to act, so that it is retried slowly? */
static inline bool report_is_error(enum symfeed_report_code code)
{
    return code < SYMFEED_REPORT_NO_CLOCK ||
           (code >= SYMFEED_REPORT_ANSWER_REFUSED && code <= SYMFEED_REPORT_PROXY_REFUSED);
}

/* Reports at the code's usual level. */
void symfeed_report(const struct symfeed *feed, enum symfeed_report_code code);

/* Reports a failure: an error, or a warning; the next try is in `wait` milliseconds, 0: at once, or
 * there is none. */
void symfeed_report_failure(const struct symfeed *feed, enum symfeed_report_code code, bool error,
                            uint32_t wait);

#endif
