#!/bin/sh
# Makes an environment in the folder $1, with pip: that of its Python, or one that another Python installs.
set -eu

here=$(dirname "$0")
python=$(sh "$here/find_python.sh")
echo "Making $1 with $python" >&2
if "$python" -c 'import ensurepip' >/dev/null 2>&1; then
    exec "$python" -m venv "$1"
fi
"$python" -m venv --without-pip "$1"
"$(sh "$here/find_pip.sh")" -m pip --python "$1/bin/python" --disable-pip-version-check --quiet install pip
