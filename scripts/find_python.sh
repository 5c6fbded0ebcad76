#!/bin/sh
# Prints the interpreter to make the environment with: the best tested of those that are here, unless another is
# faster by a third, for builds differ by half and more: not all are optimized by profile.
# Each candidate is run, for a shim or a stripped system Python may exist and yet not work.
set -u

works() {
    "$1" -c 'import sys, ctypes, ssl, venv; sys.exit(not (3, 11) <= sys.version_info < (3, 15))' >/dev/null 2>&1
}

# Before 3.11.3 redis-py loses timeouts of its callers, and what cancels them: only where nothing else is.
is_sound() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11, 3))'
}

can_have_pip() {
    "$1" -c 'import ensurepip' >/dev/null 2>&1 || sh "$(dirname "$0")/find_pip.sh" >/dev/null
}

# Prints how many microseconds a loop takes that does what the edge does: calls, look-ups, small objects.
measure() {
    "$1" -I - <<'EOF'
import timeit

class Pair:
    __slots__ = ("first", "second")

    def __init__(self, first, second):
        self.first = first
        self.second = second

    def holds(self, at):
        return self.first <= at < self.second

def step(rows):
    known = dict(rows)
    return (Pair(1, 9).holds(3), b"%b?%b" % (known[b"a"], known[b"b"]))

rows = [(b"a", b"1"), (b"b", b"2"), (b"c", b"3"), (b"d", b"4")]
print(int(min(timeit.repeat(lambda: step(rows), number=4000, repeat=7)) * 1e6))
EOF
}

versions=""
if command -v pyenv >/dev/null 2>&1; then
    versions="$(pyenv root)/versions"
fi
best="" best_time=0 seen=" "
for minor in 13 12 11 14; do
    for candidate in "python3.$minor" ${versions:+"$versions"/3."$minor".*/bin/python} "/usr/bin/python3.$minor"; do
        path=$(command -v "$candidate" 2>/dev/null) || continue
        case "$seen" in *" $path "*) continue ;; esac
        seen="$seen$path "
        if works "$path" && is_sound "$path" && can_have_pip "$path"; then
            time=$(measure "$path") || continue
            if [ -z "$best" ] || [ $((time * 4)) -lt $((best_time * 3)) ]; then
                best=$path best_time=$time
            fi
        fi
    done
done
for candidate in python3 python python3.11 /usr/bin/python3.11; do
    if [ -z "$best" ] && works "$candidate" && can_have_pip "$candidate"; then
        best=$(command -v "$candidate")
    fi
done
if [ -z "$best" ]; then
    echo "Signpost needs Python 3.11 to 3.14 with the modules venv and ensurepip." >&2
    echo "On Debian and Ubuntu: apt install python3-venv" >&2
    exit 1
fi
echo "$best"
