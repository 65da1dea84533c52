#!/bin/sh
# doc/kazoo.md speaks of every module that the server has, of none that it has
# not as if it had, and of every member in the tables of doc/documents.md.
set -u
top=${top_srcdir:-.}
page=$top/doc/kazoo.md
bad=0

complain() {
	echo "kazoo: $*"
	bad=1
}

words() { # what stands in back-ticks in the lines given, one a line
	grep '^|' | grep -o '`[^`]*`' | tr -d '`' | sort -u
}

section() { # section FROM TO: the lines of the page between these
	sed -n "/^$1/,/^$2/p" "$page"
}

have=$(sed -n 's/^\t{ "\([a-z_]*\)", module_.*/\1/p' \
	"$top/src/callflow/module.c")
[ -n "$have" ] || exit 99
here=$(section 'Those that are here' 'Those that are not' | words)
absent=$(section 'Those that are not' '## Registration' | words)
known=$(words < "$page")

has() { # has WORD LIST
	printf '%s\n' "$2" | grep -Fqx -- "$1"
}

for module in $have; do
	has "$module" "$here" || complain "nothing of the module $module"
	has "$module" "$absent" && complain "$module is said to be missing"
done
# the first cell alone: the others name members
for module in $(section 'Those that are here' 'Those that are not' |
	grep '^|' | cut -d'|' -f2 | sed 's/^/|/' | words); do
	has "$module" "$have" || complain "there is no module $module"
done

# A member is spoken of by its name, or by "parent.*".
is_said() {
	name=$1
	has "$name" "$known" && return 0
	while :; do
		has "$name.*" "$known" && return 0
		case "$name" in
		*.*) name=${name%.*} ;;
		*) return 1 ;;
		esac
	done
}
members=$(awk '/<!-- fields/ { p = 1 } /<!-- end/ { p = 0 }
	p && /^\| `/ { print $2 }' "$top/doc/documents.md" | tr -d '`' | sort -u)
[ -n "$members" ] || exit 99
for member in $members; do
	is_said "$member" || complain "nothing of the member $member"
done

[ "$bad" = 0 ] && echo "kazoo: every module and every member is spoken of"
exit "$bad"
