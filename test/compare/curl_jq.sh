#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# curl_jq.sh PORT CA-FILE TOKEN-FILE [forever] - follows a feed as a script: curl for each call, and jq for
# each answer.
#
# Prints each event as a line of JSON until a batch is empty; with `forever` it goes on. An ackId is known
# when its answer has been read, so that each read is a curl of its own, with a connection of its own. A
# 400 means that the feed is gone; after anything else that is no batch it waits and tries again, with
# the token that the file has then.
set -eu
base=https://localhost:$1/agent
ca=$2
answer=$(mktemp)
trap 'rm -f "$answer"' EXIT
trap 'exit 1' INT TERM

call() { # PATH [BODY]: the status; the answer's body is in a file
    printf 'header = "sessionToken: %s"\n' "$(cat "$token_file")" |
        curl -sS --config - --cacert "$ca" --connect-timeout 10 --max-time 60 -o "$answer" -w '%{http_code}' \
            -H 'Content-Type: application/json' ${2:+--data "$2"} "$base$1" || :
}
token_file=$3
forever=${4-}
feed=
wait=0
exec 3>&1
while :; do
    [ "$wait" = 0 ] || sleep "$wait"
    if [ -z "$feed" ]; then
        if [ "$(call '/v5/datafeeds?tag=compare')" = 200 ]; then
            feed=$(jq -r '.[0].id // empty' "$answer") || feed=
            if [ -z "$feed" ] && [ "$(call /v5/datafeeds '{"tag":"compare"}')" = 201 ]; then
                feed=$(jq -r '.id // empty' "$answer") || feed=
            fi
        fi
        body='{"ackId":""}'
    fi
    status=0
    [ -z "$feed" ] || status=$(call "/v5/datafeeds/$feed/read" "$body")
    # jq prints the events, and on its standard error the body of the next request.
    if [ "$status" = 200 ] && next=$(jq -c '.events[], ({ackId, more: (.events != [])} | stderr | empty)' "$answer" 2>&1 >&3) && [ -n "$next" ]; then
        wait=0
        body=$next
        case $forever$body in
        *'"more":false}') [ -n "$forever" ] || exit 0 ;;
        esac
    else
        [ "$status" != 400 ] || feed=
        wait=$((wait < 15 ? 2 * wait + 1 : 30))
    fi
done
