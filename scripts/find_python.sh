#!/bin/sh
# Prints an interpreter that can make the environment: the best tested version first.
# Each candidate is run, for a shim or a stripped system Python may exist and yet not work.
set -u

works() {
    "$1" -c 'import sys, ctypes, ensurepip, ssl, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' \
        >/dev/null 2>&1
}

versions=""
if command -v pyenv >/dev/null 2>&1; then
    versions="$(pyenv root)/versions"
fi
for minor in 13 12 11 14; do
    for candidate in "python3.$minor" ${versions:+"$versions"/3."$minor".*/bin/python}; do
        if works "$candidate"; then
            command -v "$candidate"
            exit
        fi
    done
done
for candidate in python3 python; do
    if works "$candidate"; then
        command -v "$candidate"
        exit
    fi
done
echo "Signpost needs Python 3.11 to 3.14 with the modules venv and ensurepip." >&2
echo "On Debian and Ubuntu: apt install python3-venv" >&2
exit 1
