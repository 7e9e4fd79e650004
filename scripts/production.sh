#!/bin/sh
# Sees that `make production` has its programs: Debian's, which are installed where that is possible.
set -eu

programs="buildah podman runc debootstrap nginx"
packages="buildah podman runc catatonit debootstrap nginx"

missing=
for program in $programs; do
    command -v "$program" >/dev/null 2>&1 || [ -x "/usr/sbin/$program" ] || missing="$missing $program"
done
if [ "$(id -u)" != 0 ]; then
    echo "production: images are built and run as root here, without a container engine of the machine's."
    exit 1
fi
[ -n "$missing" ] || exit 0
if ! command -v apt-get >/dev/null 2>&1; then
    echo "production: missing$missing. On Debian they are packages: apt-get install $packages"
    exit 1
fi
echo "production: installing Debian's$missing"
export DEBIAN_FRONTEND=noninteractive
# Installing a server is to start none.
policy=/usr/sbin/policy-rc.d
if [ ! -e "$policy" ]; then
    trap 'rm -f "$policy"' EXIT
    printf '#!/bin/sh\nexit 101\n' >"$policy"
    chmod +x "$policy"
fi
apt-get update -qq -o DPkg::Lock::Timeout=300
# shellcheck disable=SC2086 # each word is a package
apt-get install -y -qq -o DPkg::Lock::Timeout=300 --no-install-recommends $packages >/dev/null
