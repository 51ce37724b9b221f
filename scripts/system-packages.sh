#!/bin/sh
# Installs the system packages that the grader uses where it may (root on Debian or Ubuntu), and
# names them otherwise. Nothing here is fatal: "grader doctor" says what is missing.
# With the word "tests" also what only the tests need: a browser, a database server.
set -u
packages=""
command -v bwrap >/dev/null 2>&1 || packages="$packages bubblewrap"      # wall around kernels
ldconfig -p 2>/dev/null | grep -q 'libseccomp\.so\.2' || packages="$packages libseccomp2" # filter of calls
command -v pdftoppm >/dev/null 2>&1 || packages="$packages poppler-utils" # tests look at PDF pages
if [ "${1:-}" = tests ]; then
    command -v chromium >/dev/null 2>&1 || packages="$packages chromium fonts-noto-color-emoji"
    [ -n "$(ls /usr/lib/postgresql/*/bin/initdb 2>/dev/null)" ] || packages="$packages postgresql"
fi
[ -n "$packages" ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    export DEBIAN_FRONTEND=noninteractive
    # shellcheck disable=SC2086
    if { apt-get update -qq && apt-get install -y -qq --no-install-recommends $packages; } \
        >/dev/null 2>&1; then
        echo "Installiert:$packages"
        exit 0
    fi
    echo "Diese Systempakete ließen sich nicht installieren:$packages" >&2
    exit 0
fi
echo "Empfohlene Systempakete fehlen:$packages" >&2
echo "    sudo apt-get install$packages" >&2
exit 0
