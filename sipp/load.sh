#!/bin/sh
# Load on the server: builds the yardsticks of sipp/bench, then measures.
# `sipp/load.sh --help` says what it can do; the report is sipp/RESULTS.md.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
top=$(dirname "$here")
tools=${B2BUA_BENCH:-$top/build/bench}
cc=${CC:-cc}

need()
{
	command -v "$1" >/dev/null 2>&1 && return
	echo "load.sh: no $1; apt-get install $2" >&2
	exit 1
}
need sipp sip-tester
need python3 python3
need "$cc" gcc
need pkg-config pkg-config

mkdir -p "$tools"
# shellcheck disable=SC2046 # several flags
$cc -O2 -o "$tools/floor" "$here/bench/floor.c" \
	$(pkg-config --cflags --libs sofia-sip-ua)
$cc -O2 -pthread -o "$tools/rtpload" "$here/bench/rtpload.c" -lm
$cc -O2 -o "$tools/bare_relay" "$here/bench/bare_relay.c"

# A quick run says how it is now; only a full one replaces the record.
out=$here
for word in "$@"; do
	[ "$word" != --quick ] || out=$tools
done
B2BUA=${B2BUA:-$top/build/b2bua/b2bua}
export B2BUA
exec env PYTHONDONTWRITEBYTECODE=1 python3 "$here/bench/load.py" \
	--tools "$tools" --out "$out" "$@"
