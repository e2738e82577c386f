# SPDX-License-Identifier: Apache-2.0
#
# Turns lines of `file|command` into compile_commands.json; -v folder=... is where they run.

function quoted(text) {
    gsub(/\\/, "\\\\", text)
    gsub(/"/, "\\\"", text)
    return "\"" text "\""
}

BEGIN { FS = "|" }

NF == 2 {
    sub(/^ +/, "", $1)
    printf "%s\n  {\"directory\": %s, \"file\": %s, \"command\": %s}", \
        count++ ? "," : "[", quoted(folder), quoted($1), quoted($2)
}

END { print count ? "\n]" : "[]" }
