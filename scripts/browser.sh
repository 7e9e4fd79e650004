#!/bin/sh
# `look` says whether there is a browser to look at pages in; `bring` sees that there is one.
set -eu

browser=${CHROMIUM:-/usr/bin/chromium}
font=/usr/share/doc/fonts-inter

if [ "$1" = look ]; then
    [ -x "$browser" ] || echo "browser: missing, so the pages were not looked at in one: make test-web"
    exit 0
fi
if [ -x "$browser" ] && [ -e "$font" ]; then
    exit 0
fi
if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then
    echo "browser: missing. These tests look at the pages in Debian's Chromium with the typeface Inter."
    echo "As root on Debian: apt-get install chromium fonts-inter. Elsewhere: see that $browser is there."
    [ -x "$browser" ] # the typeface alone is no reason not to look
    exit
fi
echo "browser: installing Debian's chromium and fonts-inter"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -y -qq --no-install-recommends chromium fonts-inter >/dev/null
