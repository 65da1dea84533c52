#!/bin/sh
# Every fuzz target that was built takes its corpus: fuzz_NAME, corpus/NAME.
set -u
bad=0
n=0
for target in "${top_builddir:-.}"/tests/fuzz/fuzz_*; do
	case "${target##*/}" in *.*) continue ;; esac
	[ -f "$target" ] && [ -x "$target" ] || continue
	name=${target##*/fuzz_}
	n=$((n + 1))
	"$target" "${top_srcdir:-.}/tests/fuzz/corpus/$name" || bad=1
done
[ "$n" -gt 0 ] || bad=1
exit "$bad"
