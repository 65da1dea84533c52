#!/usr/bin/env bash
# Every test there is, part by part: `./bootstrap test` calls this once the
# tools are installed.  The last line counts them.
set -u
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

TOP=$PWD
BUILD=$TOP/build
OUT=$BUILD/test-results
LIMIT=1200 # seconds a part may take

# A part is a function part_NAME; the order is the order they run in.
PARTS="gcc clang asan valgrind phones dist"
describe()
{
	case $1 in
	gcc) echo "build with gcc -Werror, make check" ;;
	clang) echo "build with clang -Werror" ;;
	asan) echo "make check under AddressSanitizer and UBSan" ;;
	valgrind) echo "the unit tests under valgrind" ;;
	phones) echo "two real phones call each other" ;;
	dist) echo "make distcheck" ;;
	esac
}

# --- counting ---------------------------------------------------------------

# Each part appends lines "passed failed skipped" to its .count file.
count()
{
	echo "$1 $2 $3" >>"$OUT/$PART.count"
}

# What a test's output says of the tests inside: cmocka's closing lines, or
# our scripts' "PASS name".  (automake ends a log with such a line of its own.)
count_inside()
{
	awk '
	/\(exit status: [0-9]+\)$/ { next }
	/^\[  PASSED  \] [0-9]+ test/ { p += $4 }
	/^\[  FAILED  \] [0-9]+ test/ { f += $4 }
	/^\[  SKIPPED \] [0-9]+ test/ { s += $4 }
	/^PASS / { p++ }
	/^FAIL / { f++ }
	/^SKIP / { s++ }
	END { print p + 0, f + 0, s + 0 }' "$1"
}

# verdict NAME PASS|FAIL|SKIP LOG: counts one program and says how it went.
verdict()
{
	local p f s

	read -r p f s < <(count_inside "$3")
	case $2 in
	PASS) [ $((p + f + s)) -gt 0 ] || p=1 ;;
	SKIP) [ $((p + f + s)) -gt 0 ] || s=1 ;;
	*) [ "$f" -gt 0 ] || f=1 ;;
	esac
	count "$p" "$f" "$s"
	printf '  %-40s %d passed' "$1" "$p"
	[ "$f" -eq 0 ] || printf ', %d FAILED' "$f"
	[ "$s" -eq 0 ] || printf ', %d skipped' "$s"
	echo
	[ "$f" -eq 0 ] || show_end "$3"
}

show_end()
{
	echo "  --- the end of $1:"
	tail -n 80 "$1" | sed 's/^/  | /'
	echo "  ---"
}

# step NAME COMMAND...: runs it as one test of its own.
step()
{
	local name=$1 log=$OUT/$PART.${1// /-}.log

	shift
	if "$@" >"$log" 2>&1; then
		verdict "$name" PASS "$log"
	else
		verdict "$name" FAIL "$log"
		return 1
	fi
}

# need COMMAND...: what a part stands on; counted only if it fails.
need()
{
	local log=$OUT/$PART.need.log

	"$@" >"$log" 2>&1 && return
	verdict "build" FAIL "$log"
	return 1
}

# --- parts ------------------------------------------------------------------

# configure_in DIRECTORY ARGUMENT...
configure_in()
{
	local dir=$1

	shift
	mkdir -p "$dir" && cd "$dir" || return 1
	[ -e config.status ] && [ ! "$TOP/configure" -nt config.status ] &&
		return 0
	"$TOP/configure" --quiet "$@"
}

make_programs()
{
	make -C "$1" -s -j"$(nproc)" all &&
		make -C "$1" -s -j"$(nproc)" check TESTS=
}

build_in()
{
	configure_in "$@" && make_programs "$1"
}

# make check, and each of its programs counted from the logs it leaves.
check_in()
{
	local dir=$1 trs result

	find "$dir" -name '*.trs' -delete
	make -C "$dir" -k -j"$(nproc)" check >"$OUT/$PART.check.log" 2>&1
	while IFS= read -r trs; do
		result=$(sed -n 's/^:global-test-result: //p' "$trs")
		trs=${trs#"$dir"/}
		verdict "${trs%.trs}" "$result" "$dir/${trs%.trs}.log"
	done < <(find "$dir" -name '*.trs' | sort)
	if ! grep -q '^# TOTAL:' "$OUT/$PART.check.log"; then
		verdict "make check" FAIL "$OUT/$PART.check.log"
	fi
}

build_gcc()
{
	build_in "$BUILD/test-gcc" CC=gcc --enable-werror
}

# Every crossing of two events, which takes too long under the sanitizers; the
# scenarios over TCP and TLS are left to these.
part_gcc()
{
	export ORDERS=all SIPP_OVER='udp loss own'
	step build build_gcc && check_in "$BUILD/test-gcc"
}

part_clang()
{
	step build build_in "$BUILD/test-clang" CC=clang --enable-werror
}

build_asan()
{
	build_in "$BUILD/test-asan" CC=gcc --enable-werror --enable-asan \
		--enable-ubsan
}

part_asan()
{
	step build build_asan && check_in "$BUILD/test-asan"
}

valgrind_one()
{
	local name=${1#./} log

	log=$OUT/valgrind.${name//\//-}.log
	if timeout 600 valgrind -q --leak-check=full --error-exitcode=99 \
		--suppressions="$TOP/tests/valgrind.supp" \
		--errors-for-leak-kinds=definite --child-silent-after-fork=yes \
		"$1" >"$log" 2>&1
	then
		echo "PASS $name"
	else
		echo "FAIL $name"
	fi
}

valgrind_all()
{
	cd "$BUILD/test-gcc" || return 1
	export OUT TOP top_srcdir=../.. srcdir=../.. top_builddir=.
	export -f valgrind_one
	find ./tests -type f -perm -u+x -name 'test_*' ! -name '*.*' -print0 |
		sort -z | xargs -0 -r -P "$(nproc)" -I '{}' \
		bash -c "valgrind_one '{}'"
}

part_valgrind()
{
	local log=$OUT/valgrind.log result name

	need build_gcc || return
	valgrind_all >"$log" 2>&1
	while read -r result name; do
		if [ "$result" = PASS ]; then
			count 1 0 0
			echo "  $name: no error"
		else
			count 0 1 0
			echo "  $name: FAILED"
			show_end "$OUT/valgrind.${name//\//-}.log"
		fi
	done < <(grep -E '^(PASS|FAIL) ' "$log" | sort -k 2)
	grep -q '^PASS ' "$log" || verdict "valgrind" FAIL "$log"
}

# A script that prints PASS, FAIL and SKIP lines, run on the sanitizers' build.
run_script()
{
	local script=$1 log=$OUT/$PART.log result=PASS

	if [ ! -x "$TOP/$script" ]; then
		count 0 1 0
		echo "  this tree has no $script: failed"
		return
	fi
	export top_srcdir=$TOP top_builddir=$BUILD/test-asan
	export B2BUA=$top_builddir/b2bua/b2bua
	export B2BUACTL=$top_builddir/b2bua/b2buactl
	(cd "$top_builddir" && "$TOP/$script") >"$log" 2>&1 || result=FAIL
	grep -E '^(PASS|FAIL|SKIP) ' "$log" | sed 's/^/  /'
	grep -q '^PASS ' "$log" || result=FAIL
	verdict "$script" "$result" "$log"
}

part_phones()
{
	need build_asan && run_script tests/phones/run.sh
}

part_dist()
{
	export SIPP_OVER='udp own'
	configure_in "$BUILD/test-dist" CC=gcc --enable-werror
	step distcheck make -C "$BUILD/test-dist" -j"$(nproc)" distcheck
}

# --- one after the other ------------------------------------------------------

# A part is a process group of its own: whatever it leaves behind ends with it.
group=
end_group()
{
	[ -z "$group" ] || kill -TERM -- "-$group" 2>/dev/null
	group=
}

run_part()
{
	local began=$SECONDS rc=0

	echo
	echo "== $1: $(describe "$1")"
	timeout -k 10 "$LIMIT" "$TOP/tests/all.sh" --part "$1" </dev/null &
	group=$!
	wait "$group" || rc=$?
	end_group
	if [ "$rc" -ge 124 ]; then
		echo "  $1 was ended after $((SECONDS - began)) s: FAILED"
		echo "0 1 0" >>"$OUT/$1.count"
	fi
	awk -v name="$1" -v took=$((SECONDS - began)) '
		{ p += $1; f += $2; s += $3 }
		END { printf "-- %s: %d passed, %d failed, %d skipped in %d s\n",
			name, p, f, s, took }' "$OUT/$1.count"
}

run_all()
{
	local part

	mkdir -p "$OUT"
	rm -f "$OUT"/*
	trap end_group EXIT
	trap 'exit 130' INT TERM
	for part in "$@"; do
		: >"$OUT/$part.count"
		run_part "$part"
	done
	echo
	cat "$OUT"/*.count | awk '
		{ p += $1; f += $2; s += $3 }
		END {
			printf "%d passed, %d failed", p, f
			if (s > 0)
				printf ", %d skipped", s
			print ""
			exit f > 0 || p == 0
		}'
}

case ${1:-} in
--part)
	PART=$2
	"part_$2"
	exit 0 ;;
--list)
	for PART in $PARTS; do
		printf '%-10s %s\n' "$PART" "$(describe "$PART")"
	done
	exit 0 ;;
esac
parts=("$@")
for PART in "$@"; do
	[ -n "$(describe "$PART")" ] || {
		echo "no part '$PART'; there are: $PARTS" >&2
		exit 2
	}
done
[ $# -gt 0 ] || read -ra parts <<<"$PARTS"
run_all "${parts[@]}"
