#!/bin/sh
# Every version with its hash, for every platform and Python; names no host.
set -e
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "uv is needed to lock: pip install uv" >&2; exit 1; }
lock() {
    uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-annotate \
        --custom-compile-command "make lock" --quiet "$@"
}
lock --extra readers --extra report --extra lab --extra cluster --extra test -o requirements.lock
# The peers of the benchmarks, on top of the same versions: nobody else needs them.
lock --extra bench -c requirements.lock -o benchmarks/requirements.lock
