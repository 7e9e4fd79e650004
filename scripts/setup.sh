#!/bin/sh
# Fills .venv from requirements.lock, or VENV from LOCK. Uses the machine's uv, or installs a private
# one in .tools.
set -eu
VENV="${VENV:-.venv}" LOCK="${LOCK:-requirements.lock}"

if command -v uv >/dev/null 2>&1; then
    uv=uv
else
    uv=.tools/uv/bin/uv
    if [ ! -x "$uv" ]; then
        echo "setup: bringing uv ${UV_VERSION}, which installs packages"
        "$PYTHON" -m venv .tools/uv 2>/dev/null &&
            .tools/uv/bin/python -m pip install --quiet --disable-pip-version-check "uv==${UV_VERSION}" ||
            "$PYTHON" -m pip install --quiet --disable-pip-version-check --target .tools/uv "uv==${UV_VERSION}"
    fi
fi

echo "setup: filling $VENV with the locked packages; the first time this takes some minutes"
[ -x "$VENV/bin/python" ] || "$uv" venv --quiet --python "$PYTHON" "$VENV"
"$uv" pip sync --quiet --compile-bytecode --python "$VENV/bin/python" --require-hashes "$LOCK"
if [ "$VENV" = .venv ]; then
    "$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
fi
echo "setup: done"
