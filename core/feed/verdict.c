/* SPDX-License-Identifier: Apache-2.0 */
/* verdict.c - see verdict.h. */
#include "feed/verdict.h"

enum verdict symfeed_verdict(enum symfeed_call call, unsigned status)
{
    if ((status >= 200 && status <= 299) ||
        (REQUEST_HAS_OPEN && call == SYMFEED_CALL_HEALTH && status == 503)) {
        return VERDICT_GOOD;
    }
    if (status == 401) {
        return VERDICT_UNAUTHORIZED;
    }
    if (request_is_read(call) && (status == 400 || status == 404)) {
        return VERDICT_GONE;
    }
    if (call == SYMFEED_CALL_CREATE && status == 403) {
        return VERDICT_FULL;
    }
    return status == 408 || status == 429 || status >= 500 ? VERDICT_AGAIN : VERDICT_SLOW;
}
