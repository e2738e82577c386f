# SPDX-License-Identifier: Apache-2.0
#
# awk -f header.awk Kconfig .config: the settings of the second as macros, which make does each time it
# builds. What stands there in vain would be found on a device otherwise, so that it is an error: a
# name that Kconfig has not, a value that is none of its kind, two of one choice.
#
# A setting that is absent has the default of the headers. So has an option of a choice that is not
# taken: the choice is the one that is.

function wrong(text) {
    print "symfeed: " FILENAME ":" FNR ": " text | "cat >&2"
    failed = 1
}

function is_value(kind, value) {
    if (kind == "bool") return value ~ /^[yn]$/
    if (kind == "int") return value ~ /^-?[0-9]+$/
    if (kind == "hex") return value ~ /^(0[xX])?[0-9a-fA-F]+$/
    return value ~ /^"([^"\\]|\\["\\])*"$/ # as C has it, too
}

function macro(kind, value) {
    if (kind == "bool") return value == "y" ? 1 : 0
    if (kind == "int") sub(/^0+/, "", value) # C would take it for octal
    if (kind == "hex") sub(/^(0[xX])?/, "0x", value)
    return value == "" ? 0 : value
}

function take(name, value,    other) {
    if (!(name in kinds)) {
        wrong(name " is no setting of Kconfig: correct its name, or leave it to `make olddefconfig`")
    } else if (!is_value(kinds[name], value)) {
        wrong(name " is " called[kinds[name]] ", not " (value == "" ? "nothing" : value))
    } else {
        for (other in choices) {
            if (name in choices && value == "y" && other != name && other in values &&
                values[other] == "y" && choices[other] == choices[name]) {
                wrong(name " and " other " are one choice: take one of them out")
            }
        }
        values[name] = value
    }
}

BEGIN {
    called["bool"] = "y or n"
    called["int"] = "a whole number"
    called["hex"] = "a hexadecimal number"
    called["string"] = "a text in quotes"
}

{ sub(/\r$/, "") }

FILENAME == ARGV[1] {
    if ($1 == "choice") choice++
    inside = $1 == "choice" || inside && $1 != "endchoice"
    if (/^[ \t]*(menu)?config /) {
        name = $2
        if (inside) choices[name] = choice
    } else if (name != "" && !(name in kinds) && $1 ~ /^(def_)?(bool|int|hex|string)$/) {
        kinds[name] = $1
        sub(/^def_/, "", kinds[name])
        order[++count] = name
    }
    next
}

/^# CONFIG_[A-Za-z0-9_]+ is not set$/ { take(substr($2, 8), "n"); next }
/^CONFIG_[A-Za-z0-9_]+=/ {
    equals = index($0, "=")
    take(substr($0, 8, equals - 8), substr($0, equals + 1))
    next
}
!/^[ \t]*(#.*)?$/ { wrong("this is neither CONFIG_NAME=value nor a comment: " $0) }

END {
    if (failed) exit 1
    print "/* Made by make from " ARGV[2] ". */"
    for (i = 1; i <= count; i++) {
        name = order[i]
        if (name in values && !(values[name] == "n" && name in choices)) {
            print "#ifndef " name
            print "#define " name " " macro(kinds[name], values[name])
            print "#endif"
        }
    }
}
