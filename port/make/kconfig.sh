#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# kconfig.sh PYTHON TOOL [ARGUMENT]...: runs a tool of Kconfiglib. That is a package of the system's
# Python, which PYTHON need not be.
python=$1
shift
for each in "$python" /usr/bin/python3; do
    if "$each" -c 'import kconfiglib' 2>/dev/null; then
        exec "$each" -m "$@"
    fi
done
echo "symfeed: neither $python nor /usr/bin/python3 has kconfiglib: install python3-kconfiglib" >&2
exit 1
