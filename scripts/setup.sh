#!/bin/sh
# Fills .venv from requirements.lock. Uses the machine's uv, or installs a private one in .tools.
set -eu

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

echo "setup: filling .venv with the locked packages; the first time this takes some minutes"
[ -x .venv/bin/python ] || "$uv" venv --quiet --python "$PYTHON" .venv
"$uv" pip sync --quiet --compile-bytecode --python .venv/bin/python --require-hashes requirements.lock
"$uv" pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
echo "setup: done"
