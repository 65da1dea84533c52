#!/bin/sh
# Who may include whom (ARCHITECTURE.md): a domain sees base and itself, and
# what is listed for it here.  Foreign headers have one home each.
set -u
cd "${top_srcdir:-.}" || exit 99
[ -d src/base ] || exit 99 # not our tree: nothing would be looked at
bad=0

complain() {
	echo "layers: $*"
	bad=1
}

allowed() {
	case "$1" in
	base) echo base ;;
	config) echo base config ;;
	directory) echo base directory ;;
	callflow) echo base directory callflow ;;
	sip) echo base sip ;;
	guard) echo base guard ;;
	http) echo base http sip ;;
	media) echo base media ;;
	registrar) echo base registrar sip media config ;;
	trunk) echo base trunk directory sip media config ;;
	call) echo base call sip media config ;;
	admin) echo base admin sip media config ;;
	*) echo none ;;
	esac
}

for dir in src/*/; do
	domain=$(basename "$dir")
	may=" $(allowed "$domain") "
	for file in "$dir"*.[ch]; do
		for inc in $(sed -n 's/^#include "\([a-z0-9]*\)\/.*/\1/p' "$file"); do
			case "$may" in
			*" $inc "*) ;;
			*) complain "$file includes $inc/" ;;
			esac
		done
	done
done

home() { # home PATTERN DOMAIN... : only these folders include it
	pattern=$1
	shift
	for file in $(grep -lE "^#include <$pattern" src/*/*.[ch] 2>/dev/null); do
		domain=$(basename "$(dirname "$file")")
		case " $* " in
		*" $domain "*) ;;
		*) complain "$file includes <$pattern>" ;;
		esac
	done
}
home 'libconfig' config
home '(cjson/|cJSON)' directory callflow
home 'pcre2' directory
home 'sqlite3' registrar
home 'ares' sip
home 'curl/' http
home 'openssl/' sip
home 'uthash' base

# sofia's types may stand in the headers of src/sip only; .c files of the
# domains that may know sip may use them.
for file in $(grep -lE '^#include <sofia-sip/' src/*/*.h); do
	case "$file" in
	src/sip/*) ;;
	*) complain "$file names sofia-sip in a header" ;;
	esac
done
for file in $(grep -lE '^#include <sofia-sip/' src/*/*.c); do
	case "$file" in
	src/sip/*) ;;
	*) complain "$file uses sofia-sip; that is src/sip's business" ;;
	esac
done

[ "$bad" = 0 ] && echo "layers: $(ls src/*/*.[ch] | wc -l) files, all within their layers"
exit "$bad"
