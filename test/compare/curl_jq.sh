#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# curl_jq.sh PORT CA-FILE TOKEN-FILE - the same as a script: curl for each call, and jq for each answer.
#
# Prints each event as a line of JSON until a batch is empty. An ackId is known when its answer has been
# read, so that each read is a curl of its own, with a connection of its own.
set -eu
base=https://localhost:$1/agent
ca=$2
token=$(cat "$3")

call() { # PATH [BODY]
    printf 'header = "sessionToken: %s"\n' "$token" |
        curl -sSf --config - --cacert "$ca" -H 'Content-Type: application/json' ${2:+--data "$2"} "$base$1"
}

call '/v5/datafeeds?tag=compare' >/dev/null
id=$(call /v5/datafeeds '{"tag":"compare"}' | jq -r .id)
body='{"ackId":""}'
exec 3>&1
# jq prints the events, and on its standard error the body of the next request; nothing where there is
# no event.
while [ -n "$body" ]; do
    body=$(call "/v5/datafeeds/$id/read" "$body" |
        jq -c '.events[], (if .events == [] then empty else {ackId} | stderr | empty end)' 2>&1 >&3)
done
