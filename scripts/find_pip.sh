#!/bin/sh
# Prints an interpreter whose pip can install into the environment of another, which takes pip 22.3.
set -u

for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
    path=$(command -v "$candidate" 2>/dev/null) || continue
    if "$path" -m pip --python "$path" --version >/dev/null 2>&1; then
        echo "$path"
        exit
    fi
done
exit 1
