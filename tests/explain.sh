#!/bin/sh
# Each tests/explain/*.txt is what `b2bua -t --explain` says of the sample
# directory beside it: after a change that is wanted, run
# `make update-explanations`.  The first line has the arguments, the last one
# the exit status.
set -u
top=${top_srcdir:-.}
dir=$top/tests/explain
program=${EXPLAIN_PROGRAM:-./b2bua/b2bua}
bad=0

run() { # run QUERY [FORM]: what the program says
	# shellcheck disable=SC2086 # words
	$program -c "$dir/b2bua.conf" -t --explain $1 ${2:-} 2> explain.err
	status=$?
	sed "s#^$dir/##" explain.err
	rm -f explain.err
	return $status
}

told() { # told QUERY: what its file holds
	printf '%s\n' "$1"
	run "$1"
	echo "exit $?"
}

for file in "$dir"/*.txt; do
	query=$(head -n 1 "$file")
	if [ "${1:-}" = update ]; then
		told "$query" > explain.tmp && cat explain.tmp > "$file"
		rm -f explain.tmp
		continue
	fi
	told "$query" | diff -u "$file" - || bad=1
	command -v dot > /dev/null || continue
	case $(tail -n 1 "$file") in
	"exit 0" | "exit 3")
		run "$query" --dot | grep -v ': warning: ' | dot -Tsvg > /dev/null || {
			echo "explain: dot refuses the graph of $query"
			bad=1
		} ;;
	esac
done
command -v dot > /dev/null || echo "SKIP: graphs: dot is not installed"
[ "$bad" = 0 ] && echo "explain: all as written"
exit "$bad"
