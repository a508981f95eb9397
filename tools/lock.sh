#!/bin/sh
# Every version with its hash, for every platform and Python; names no host.
set -e
cd "$(dirname "$0")/.."
command -v uv >/dev/null || { echo "uv is needed to lock: pip install uv" >&2; exit 1; }
uv pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes --no-annotate \
    --custom-compile-command "make lock" --quiet -o requirements.lock
