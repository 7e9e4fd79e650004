#!/bin/sh
# `look` says whether there is a Prometheus to watch a stack with; `bring` sees that there is one.
set -eu

prometheus=${PROMETHEUS:-/usr/bin/prometheus}

if [ "$1" = look ]; then
    [ -x "$prometheus" ] || echo "prometheus: missing, so no alert was seen to fire: make alerts"
    exit 0
fi
if [ -x "$prometheus" ]; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "prometheus: missing. These tests watch a stack with Debian's Prometheus."
    echo "As root on Debian: apt-get install prometheus. Elsewhere: see that $prometheus is there."
    exit 1
fi
echo "prometheus: installing Debian's"
export DEBIAN_FRONTEND=noninteractive
# Its service is not started: a stack brings its own.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi
apt-get update -qq
apt-get install -y -qq --no-install-recommends prometheus >/dev/null
