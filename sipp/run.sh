#!/usr/bin/env bash
# Runs the scenarios of this folder against the real server; see README.md.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
server=${B2BUA:-${top_builddir:-$here/../build}/b2bua/b2bua}
pattern='*'
jobs=8
over=${SIPP_OVER:-udp tcp tls loss own}
keep=no
limit=25 # seconds that one sipp may take
apart=   # the one scenario to run here: see run_apart

usage()
{
	cat <<-END
	usage: sipp/run.sh [OPTION...]
	  --server PATH     the server ($server)
	  --filter PATTERN  only scenarios whose name matches (a shell pattern)
	  --jobs N          so many at a time ($jobs)
	  --over KINDS      only so: of udp tcp tls loss own (or \$SIPP_OVER)
	  --keep            keep the run directories of those that passed, too
	  --list            names and promises, nothing is run
	  --table           the table of README.md
	END
}

# --- rendering: {{NAME}}, {{name|default}}, <use part="..."/> ----------------

# render FILE [KEY=VALUE...]
render()
{
	local file=$1

	shift
	env "$@" NET="${NET:-}" SETTINGS="${SETTINGS:-}" \
		awk -v parts="$here/parts" '
	function value(name, otherwise) {
		if (name in attr) return attr[name]
		if (name in ENVIRON && name ~ /^[A-Z_]+$/) return ENVIRON[name]
		if (name in setting) return setting[name]
		return otherwise
	}
	function fill(line,   at, token, name, otherwise, bar) {
		while (match(line, /\{\{[A-Za-z_0-9]+(\|[^{}]*)?\}\}/)) {
			token = substr(line, RSTART + 2, RLENGTH - 4)
			at = RSTART; bar = index(token, "|")
			name = bar ? substr(token, 1, bar - 1) : token
			otherwise = bar ? substr(token, bar + 1) : ""
			line = substr(line, 1, at - 1) value(name, otherwise) \
				substr(line, at + length(token) + 4)
		}
		return line
	}
	function include(line, depth,   file, k, v, saved, pair, got, rest) {
		rest = line
		for (k in attr) saved[k] = attr[k]
		while (match(rest, /[a-z_]+="[^"]*"/)) {
			pair = substr(rest, RSTART, RLENGTH)
			rest = substr(rest, RSTART + RLENGTH)
			k = substr(pair, 1, index(pair, "=") - 1)
			v = substr(pair, index(pair, "=") + 2)
			v = substr(v, 1, length(v) - 1)
			gsub(/&quot;/, "\"", v)
			gsub(/&lt;/, "<", v)
			gsub(/&gt;/, ">", v)
			if (k == "part") file = parts "/" v ".xml"
			else attr[k] = v
		}
		show(file, depth + 1)
		for (k in attr) if (!(k in saved)) delete attr[k]
		for (k in saved) attr[k] = saved[k]
	}
	# A file is read whole first: it may be open further up already.
	function show(file, depth,   n, i, line, lines, filled) {
		if (depth > 9) exit 1
		while ((got = (getline line < file)) > 0) lines[++n] = line
		close(file)
		if (got < 0) { print "no " file > "/dev/stderr"; exit 1 }
		for (i = 1; i <= n; i++) {
			filled = fill(lines[i])
			if (filled ~ /^[ \t]*<use /) include(filled, depth)
			else if (filled !~ /^[ \t]*$/ || lines[i] !~ /\{\{/)
				print filled
		}
	}
	BEGIN {
		count = split(ENVIRON["SETTINGS"], words, "\t")
		for (i = 1; i <= count; i++) {
			k = index(words[i], "=")
			if (k) setting[substr(words[i], 1, k - 1)] = \
				substr(words[i], k + 1)
		}
		show(ARGV[1], 0)
		exit 0
	}' "$file"
}

# --- who is who -------------------------------------------------------------

# The last byte of an actor's address.
host_of()
{
	case $1 in
	alice) echo 11 ;; bob) echo 12 ;; carol) echo 13 ;; dave) echo 14 ;;
	bob2) echo 15 ;; zoe) echo 16 ;; mallory) echo 18 ;; nobody) echo 19 ;;
	gw1) echo 21 ;; gw2) echo 22 ;; gw3) echo 23 ;; gw4) echo 24 ;;
	pbx) echo 31 ;;
	*) fail "nobody is called $1" ;;
	esac
}

user_of() { echo "${1%2}"; } # bob2 is bob's second phone

realm_of()
{
	case $1 in zoe) echo other.test ;; *) echo acme.test ;; esac
}

is_phone()
{
	case $1 in gw*|pbx|nobody|mallory) return 1 ;; esac
}

# --- what scenarios call ------------------------------------------------------

fail()
{
	echo "$*" >>"$dir/why"
	exit 1
}

# skip WHY: this machine lacks what the scenario needs.
skip()
{
	echo "$*" >"$dir/why"
	exit 77
}

needs_ipv6()
{
	grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null || skip "no [::1]"
}

sequence=0

# start ACTOR FILE ARGS...: one sipp in the background; sets $last, $ip, $port.
# An actor with a port in six[] is at [::1], and so is the server for it; one
# with IP:PORT in ip4[] is there; at[] is where else the server is for it, and
# $carried the port of who takes it there.
start()
{
	local actor=$1 file=$2 log there=${at[$1]:-}

	shift 2
	sequence=$((sequence + 1))
	ip=$NET.$(host_of "$actor") port=5060
	[ -z "$carried" ] || there=${there:-$ip:$carried}
	there=${there:-$NET.1:5060}
	log=$dir/$(printf %02d $sequence)-$actor
	# A closed TCP connection keeps its port busy for a while.
	[[ " $* " != *" -t t1 "* ]] || port=$((5060 + sequence))
	if [ -n "${ip4[$actor]:-}" ]; then
		ip=${ip4[$actor]%:*} port=${ip4[$actor]#*:}
	elif [ -n "${six[$actor]:-}" ]; then
		ip=::1 port=${six[$actor]} there="[::1]:$PORT"
		set -- "$@" -mi ::1
	fi
	render "$file" USER="$(user_of "$actor")" IP="$ip" \
		PASS="pass-$(user_of "$actor")" REALM="$(realm_of "$actor")" \
		>"$log.xml" || fail "cannot render $file"
	(cd "$dir" && exec timeout -k 2 $((limit + 5)) \
		sipp "$there" -sf "$log.xml" -i "$ip" -p "$port" -m 1 \
		-nostdin -timeout ${limit}s -timeout_error -cid_str "%u-%p@%s" \
		-trace_err -error_file "$log.err" \
		-trace_msg -message_file "$log.msg" "$@") \
		>"$log.out" 2>&1 &
	last=$!
}

# uac ACTOR FILE ARGS...: runs to its end.
uac()
{
	local actor=$1 file=$2

	shift 2
	start "$actor" "$file" -t "$transport" "$@"
	wait $last || fail "$actor: $(basename "$file") failed ($?)"
}

# uac_start: the same without waiting; `join` does.
uac_start()
{
	local actor=$1 file=$2

	shift 2
	start "$actor" "$file" -t "$transport" "$@"
	waiting+=("$last $actor:$(basename "$file")")
}

# hex_of IP PORT: as /proc/net writes them.
hex_of()
{
	local a b c d

	if [ "$1" = ::1 ]; then
		printf '01000000:%04X' "$2"
		return
	fi
	IFS=. read -r a b c d <<<"$1"
	printf '%02X%02X%02X%02X:%04X' "$d" "$c" "$b" "$a" "$2"
}

# uas ACTOR FILE ARGS...: in the background, listening when this returns.
uas()
{
	local actor=$1 file=$2 hex tries=0

	shift 2
	start "$actor" "$file" -t u1 "$@"
	hex=$(hex_of "$ip" "$port")
	waiting+=("$last $actor:$(basename "$file")")
	until grep -q "$hex " /proc/net/udp /proc/net/udp6 /proc/net/tcp; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || fail "$actor does not listen"
		sleep 0.02
	done
}

# name_server ZONE: at port 5353 of the server's address (parts/dns.py).
name_server()
{
	command -v python3 >/dev/null || skip "no python3"
	render "$1" >"$dir/zone"
	python3 "$here/parts/dns.py" "$NET.1" 5353 "$dir/zone" \
		2>"$dir/dns.log" &
	deaf_pid[dns]=$!
	until grep -q "$(hex_of "$NET.1" 5353) " /proc/net/udp; do
		kill -0 "${deaf_pid[dns]}" 2>/dev/null || fail "no name server"
		sleep 0.02
	done
	ctl reload >/dev/null # which forgets that nobody answered
}

# web_server [NAME]: at port 8080 of the server's address, serving pages/ of the
# scenario (parts/web.py); what it is asked is in $dir/asked.  With NAME over
# TLS, with that certificate.
web_server()
{
	local secret=() tries=0

	command -v python3 >/dev/null || skip "no python3"
	[ $# -eq 0 ] || secret=("$dir/$1.pem" "$dir/$1.key")
	: >"$dir/asked"
	python3 "$here/parts/web.py" "$NET.1" 8080 "$folder/pages" \
		"$dir/asked" ${secret[@]+"${secret[@]}"} 2>"$dir/web.log" &
	helpers+=($!)
	until grep -q "$(hex_of "$NET.1" 8080) " /proc/net/tcp; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || fail "no web server"
		sleep 0.05
	done
}

# asked EXPRESSION: the web server's log has such a line, now or soon.
asked()
{
	local tries=0

	until grep -qE -- "$1" "$dir/asked"; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || fail "not asked: $1: $(cat "$dir/asked")"
		sleep 0.05
	done
}

# logged TEXT: the server's log has it, now or soon.
logged()
{
	local tries=0

	until grep -qF -- "$1" "$dir/server.log"; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || fail "not in the log: $1"
		sleep 0.05
	done
}

# never_reads ACTOR: a socket that takes everything and says nothing.
never_reads()
{
	local ip=$NET.$(host_of "$1")

	python3 -c "import socket, time
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('$ip', 5060))
time.sleep($((limit + 5)))" &
	deaf_pid[$1]=$!
	until grep -q "$(hex_of "$ip" 5060) " /proc/net/udp; do
		kill -0 "${deaf_pid[$1]}" 2>/dev/null || fail "$1 is not there"
		sleep 0.02
	done
}

# register ACTOR ARGS...
register()
{
	local actor=$1

	shift
	start "$actor" "$here/parts/register-once.xml" -t u1 "$@"
	wait $last || fail "$actor cannot register"
}

# phone ACTOR FILE: registers over TCP, then plays FILE on that very
# connection when a call comes and then ends.
phone()
{
	local actor=$1 file=$2 log

	log=$dir/phone-$actor.xml
	render "$file" USER="$(user_of "$actor")" \
		REALM="$(realm_of "$actor")" >"$log" || fail "cannot render $file"
	start "$actor" "$here/parts/register-and-stay.xml" \
		-t t1 -oocsf "$log"
	waiting+=("$last $actor:$(basename "$file")")
	until_says registrations "any(.[]; .transport != \"udp\" and
		(.aor | startswith(\"$actor@\")))"
}

# certificate NAME [ISSUER]: NAME.pem and NAME.key for the server's address,
# signed by one made before (or by itself: an authority).
certificate()
{
	local ca=()

	[ $# -lt 2 ] || ca=(-CA "$dir/$2.pem" -CAkey "$dir/$2.key"
		-addext "basicConstraints=CA:FALSE"
		-addext "subjectAltName=$(printf "IP:$NET.%d," 21 22 23 24)IP:$NET.1")
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes \
		-days 2 -subj "/CN=$1" -keyout "$dir/$1.key" \
		-out "$dir/$1.pem" ${ca[@]+"${ca[@]}"} >/dev/null 2>&1 ||
		fail "no certificate $1"
}

# secure ACTOR ARGS...: what the actor sends over TCP goes on over TLS (sipp
# has none); see parts/tls.py.
secure()
{
	local actor=$1 here_ip tries=0

	here_ip=$NET.$(host_of "$actor")
	shift
	at[$actor]=$here_ip:5999
	python3 "$here/parts/tls.py" "${at[$actor]}" "$NET.1:5061" "$@" \
		>"$dir/tls-$actor.log" 2>&1 &
	helpers+=($!)
	until grep -q "$(hex_of "$here_ip" 5999) " /proc/net/tcp; do
		tries=$((tries + 1))
		[ $tries -lt 200 ] || fail "no TLS for $actor"
		sleep 0.05
	done
}

# What the server needs for that transport; carriers are reached by it, too.
prepare()
{
	[ "$1" != udp ] || return 0
	SETTINGS+=$'\t'"by=;transport=$1"
	[ "$1" = tls ] || return 0
	command -v openssl >/dev/null || skip "no openssl"
	certificate ca
	certificate server ca
	SETTINGS+=$'\t'"secure=\"sips:$NET.1:5061\","
	SETTINGS+=$'\t'"tls=tls = { certificate = \"server.pem\";"
	SETTINGS+=" key = \"server.key\"; ca = \"ca.pem\"; };"
}

# carry TRANSPORT: what actors say goes on by it from here on, and comes back
# (parts/carry.py); nobody but a carrier's gateway can be connected to.
carry()
{
	local host actors=()

	command -v python3 >/dev/null || skip "no python3"
	for host in 11 12 13 14 15 16 18 19 +21 +22 +23 +24 31; do
		case $host in
		+*) actors+=("+$NET.${host#+}") ;;
		*) actors+=("$NET.$host") ;;
		esac
	done
	python3 "$here/parts/carry.py" "$1" "$NET.1" "$dir/ca.pem" \
		"$dir/server" "${actors[@]}" >"$dir/carry.log" 2>&1 &
	helpers+=($!)
	until grep -q ready "$dir/carry.log" 2>/dev/null; do
		kill -0 "${helpers[-1]}" 2>/dev/null || fail "nobody carries"
		sleep 0.05
	done
	carried=5999
}

# The name in the certificate that a new connection sees.
certificate_seen()
{
	openssl s_client -connect "$NET.1:5061" "$@" </dev/null 2>/dev/null |
		sed -n 's/^subject=.*CN *= *//p'
}

# Nobody may send anything to this actor from here on: a socket that answers
# nothing, looked at by `silent`.
deaf()
{
	uas "$1" "$here/parts/deaf.xml"
	unset "waiting[-1]"
	deaf_pid[$1]=$last
	deaf_log[$1]=$dir/$(printf %02d $sequence)-$1.msg
}

silent()
{
	kill "${deaf_pid[$1]}" 2>/dev/null
	wait "${deaf_pid[$1]}" 2>/dev/null
	if grep -q 'message received' "${deaf_log[$1]}" 2>/dev/null; then
		fail "$1 was sent something"
	fi
}

# relay ACTOR: the port the server's last description to the actor names.
relay()
{
	local tries=0 port=''

	while :; do
		port=$(cat "$dir"/*-"$1".msg 2>/dev/null | awk '
			/ message (received|sent) / { heard = /received/ }
			heard && /^m=audio / { port = $2 }
			END { print port }')
		[ -z "$port" ] || break
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "$1 was told no port"
		sleep 0.05
	done
	echo "$port"
}

# dialog_of ACTOR: of who is called, as Replaces names it.
dialog_of()
{
	tr -d '\r' <"$(ls "$dir"/*-"$1".msg | tail -n 1)" | awk '
		/^INVITE / { asked = 1 }
		/^SIP\/2.0 180/ { rang = 1 }
		asked && /^Call-ID:/ { id = $2 }
		asked && /^From:/ { sub(/.*tag=/, ""); ours = $0 }
		rang && /^To:/ { sub(/.*tag=/, ""); its = $0 }
		id && its {
			printf "%s;to-tag=%s;from-tag=%s", id, ours, its
			exit
		}'
}

# rtp STEP...: see rtp_probe.
rtp()
{
	"$probe" "$@" 2>>"$dir/why" || fail "rtp: $*"
}

# talk CALLER CALLEE: a call of $TO that is up when this returns and lasts
# until `hang_up`; media is announced at port 7000.
talk()
{
	uas "$2" "$here/parts/callee-talks.xml"
	uac_start "$1" "$here/parts/caller-talks.xml"
	until_says calls 'length == 1 and .[0].talk_ms > 0'
}

hang_up()
{
	local id

	for id in $(ctl --json calls | jq -r '.[].id'); do
		ctl hangup "$id" || fail "$id cannot be hung up"
	done
	join
}

# Waits for every sipp in the background.
join()
{
	local entry

	for entry in ${waiting[@]+"${waiting[@]}"}; do
		wait "${entry%% *}" || fail "${entry#* } failed ($?)"
	done
	waiting=()
}

ctl() { "$ctl" -s "$dir/b2bua.sock" "$@"; }

# until_says COMMAND EXPRESSION: jq's verdict on b2buactl's answer, for 10 s or
# $patience.
until_says()
{
	local tries=0

	until ctl --json "$1" | jq -e "$2" >/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt $((20 * ${patience:-10})) ] ||
			fail "it never comes to $2"
		sleep 0.05
	done
}

# Calls, legs and relay endpoints must be gone; at once, or after the
# transactions' 32 s at the latest.
idle()
{
	local tries=0 left

	while :; do
		left=$(ctl --json status | jq -c '{calls, legs, endpoints} |
			with_entries(select(.value != 0 and .value != null))')
		[ "$left" != '{}' ] || return 0
		tries=$((tries + 1))
		[ $tries -lt 400 ] || fail "not idle: $left"
		sleep 0.1
	done
}

# cdr EXPRESSION [N]: jq's verdict on the N-th call record (1).
cdr()
{
	local n=${2:-1} tries=0

	until [ "$(wc -l <"$dir/cdr.jsonl" 2>/dev/null || echo 0)" -ge "$n" ]
	do
		tries=$((tries + 1))
		[ $tries -lt 100 ] || fail "no call record $n"
		sleep 0.05
	done
	sed -n "${n}p" "$dir/cdr.jsonl" | jq -e "$1" >/dev/null ||
		fail "call record $n: not $1: $(sed -n "${n}p" "$dir/cdr.jsonl")"
}

cdr_count()
{
	local n

	n=$(wc -l <"$dir/cdr.jsonl" 2>/dev/null || echo 0)
	[ "$n" -eq "$1" ] || fail "$n call records, not $1"
}

# lose PERCENT: of all packets from here on, in the scenario's own network (see
# `run_apart`).  All that is sent passes here once, so both ways lose as much.
lose()
{
	if tc qdisc add dev lo root netem loss "$1%" 2>/dev/null; then
		return
	fi
	nft -f - <<-END 2>/dev/null || skip "neither netem nor nftables here"
		add table ip wire
		add chain ip wire in { type filter hook input priority 0; }
		add rule ip wire in numgen random mod 100 < $1 counter drop
	END
}

# How many packets `lose` took.
lost()
{
	{
		tc -s qdisc show dev lo | grep -A 1 netem
		nft list table ip wire 2>/dev/null
	} | sed -n -e 's/.*(dropped \([0-9]*\),.*/\1/p' \
		-e 's/.*counter packets \([0-9]*\).*/\1/p'
}

# datagram ACTOR: standard input as one UDP packet from anywhere.
datagram() { cat >/dev/udp/"$NET".1/5060; }

# stream SECONDS: standard input over TCP; prints the answer.
stream()
{
	exec 9<>/dev/tcp/"$NET".1/5060 || return 1
	cat >&9
	timeout "$1" cat <&9
	exec 9>&-
}

# --- one scenario -------------------------------------------------------------

# A /24 of 127/8 of its own, so that every actor has port 5060.
claim_net()
{
	local tries=0

	mkdir -p "$claims"
	while [ $tries -lt 1000 ]; do
		NET=127.$((RANDOM % 250 + 2)).$((RANDOM % 250 + 2))
		mkdir "$claims/$NET" 2>/dev/null && return 0
		tries=$((tries + 1))
	done
	fail "no free addresses under $claims"
}

# Of [::1] there is one only: sixteen ports of it, from PORT on.
claim_ports()
{
	local tries=0

	while [ $tries -lt 1000 ]; do
		PORT=$(((RANDOM % 600) * 16 + 10000))
		tries=$((tries + 1))
		grep -q "$(printf ':%03X' $((PORT / 16)))" \
			/proc/net/udp6 /proc/net/tcp6 2>/dev/null && continue
		mkdir "$claims/$PORT" 2>/dev/null && return 0
	done
	fail "no free ports of [::1]"
}

make_fixtures()
{
	local from to file

	for from in "$here/fixtures" "$folder/directory"; do
		[ -d "$from" ] || continue
		case $from in */fixtures) to=$dir ;; *) to=$dir/directory ;; esac
		cp -R "$from/." "$to" && chmod -R u+w "$to" # distcheck
		while IFS= read -r file; do
			render "$from/$file" >"$to/$file"
		done < <(cd "$from" && grep -rl '{{' .)
	done
}

start_server()
{
	local tries=0

	(cd "$dir" && exec "$server" -c b2bua.conf) \
		>"$dir/server.out" 2>"$dir/server.log" &
	server_pid=$!
	until ctl status >/dev/null 2>&1; do
		tries=$((tries + 1))
		kill -0 $server_pid 2>/dev/null || fail "the server ended"
		[ $tries -lt 300 ] || fail "the server does not answer"
		sleep 0.05
	done
}

# Ends by itself after SIGTERM, with status 0.
stop_server()
{
	local tries=0

	[ -n "$server_pid" ] || return 0
	kill -TERM "$server_pid" 2>/dev/null
	while kill -0 "$server_pid" 2>/dev/null; do
		tries=$((tries + 1))
		[ $tries -lt 300 ] || break
		sleep 0.05
	done
	[ $tries -lt 300 ] || kill -KILL "$server_pid" 2>/dev/null
	wait "$server_pid"
}

# Without a `run` of its own: phones register, whoever is called listens,
# then the callers call, one after another.
play()
{
	local file actor

	for file in "$folder"/*.uas.xml; do
		[ -e "$file" ] || continue
		actor=$(basename "$file" .uas.xml)
		! is_phone "$actor" || register "$actor"
		uas "$actor" "$file"
	done
	for file in "$folder"/*.uac.xml; do
		[ -e "$file" ] || continue
		actor=$(basename "$file" .uac.xml)
		uac "${actor#*-}" "$file"
	done
	join
	idle
	[ ! -e "$folder/cdr" ] || cdr "$(cat "$folder/cdr")"
}

clean_up()
{
	local status=$? entry

	for entry in ${waiting[@]+"${waiting[@]}"}; do
		kill "${entry%% *}" 2>/dev/null
	done
	for entry in ${deaf_pid[@]+"${deaf_pid[@]}"} \
		${helpers[@]+"${helpers[@]}"}; do
		kill "$entry" 2>/dev/null
	done
	if ! stop_server; then
		[ $status -ne 0 ] || echo "the server's end was not clean" \
			>>"$dir/why"
		status=1
	fi
	[ -z "${NET:-}" ] || rmdir "$claims/$NET" 2>/dev/null
	[ -z "${PORT:-}" ] || rmdir "$claims/$PORT" 2>/dev/null
	exit $status
}

# In a subshell: everything set here is this scenario's.
run_one()
{
	local name=$1 way=udp

	folder=$here/${name%%/*}
	transport=u1 carried=
	case $name in */tcp|*/tls) way=${name#*/} ;; esac
	waiting=() helpers=() server_pid='' NET='' PORT=''
	declare -gA deaf_pid=() deaf_log=() six=() ip4=() at=()
	trap clean_up EXIT
	case $name in
	*/loss-*) ip link set lo up || skip "no network of its own" ;;
	esac
	claim_net
	claim_ports
	SETTINGS=
	[ ! -e "$folder/settings" ] ||
		SETTINGS=$(grep -v '^#' "$folder/settings" | tr '\n' '\t')
	export NET PORT SETTINGS
	[[ $SETTINGS != *"[::1]"* ]] || needs_ipv6
	prepare "$way"
	make_fixtures
	# shellcheck disable=SC1091
	[ ! -e "$folder/before" ] || . "$folder/before"
	start_server
	[ "$way" = udp ] || carry "$way"
	if [ -e "$folder/run" ]; then
		# shellcheck disable=SC1091
		. "$folder/run"
	else
		play
	fi
}

report()
{
	local name=$1 status=$2 file

	if [ "$status" -eq 0 ]; then
		echo "PASS $name"
		[ $keep = yes ] || rm -rf "$dir"
		return 0
	fi
	if [ "$status" -eq 77 ]; then
		echo "SKIP $name: $(cat "$dir/why")"
		rm -rf "$dir"
		return 0
	fi
	echo "FAIL $name"
	{
		echo "promise: $(cat "$here/${name%%/*}/promise")"
		cat "$dir/why" 2>/dev/null
		for file in "$dir"/*.err; do
			[ ! -s "$file" ] || { echo "$file:"; tail -n 12 "$file"; }
		done
		echo "$dir/server.log:"
		tail -n 25 "$dir/server.log" 2>/dev/null
		echo "everything: $dir"
	} | sed 's/^/    /'
	return 1
}

# The same in a network of its own, which it may lose packets of: this script
# once more, told where.
run_apart()
{
	local user=()

	[ "$(id -u)" -eq 0 ] || user=(--user --map-root-user)
	unshare ${user[@]+"${user[@]}"} --net true || skip "no network of its own"
	exec unshare ${user[@]+"${user[@]}"} --net "$here/run.sh" \
		--server "$server" --apart "$1" "$dir"
}

one_and_report()
{
	local name=$1 text status how=run_one

	dir=$work/${name//\//-}
	mkdir -p "$dir"
	: >"$dir/cdr.jsonl"
	[[ $name != */loss-* ]] || how=run_apart
	($how "$name") >"$dir/run.out" 2>&1
	status=$?
	# In one write: several scenarios finish at a time.
	text=$(report "$name" $status)
	status=$?
	echo "$text"
	return $status
}

# --- all of them ----------------------------------------------------------------

# ways NAME: what a scenario is run over.
ways()
{
	local said

	said=$(cat "$here/$1/transports" 2>/dev/null)
	case $said in
	'') echo udp ;;
	own*) echo own ;;
	*) echo "$said" ;;
	esac
}

# names KIND: those that measure time and run `alone`; those that mostly `wait`,
# with a limit of their own; or the others, which `work`.
names()
{
	local promise name way does

	for promise in "$here"/*/promise; do
		name=$(basename "$(dirname "$promise")")
		does=work
		! grep -qs '^limit=' "$here/$name/run" || does=wait
		[ ! -e "$here/$name/alone" ] || does=alone
		[ "$does" = "$1" ] || continue
		for way in $(ways "$name"); do
			# shellcheck disable=SC2053 # a pattern on purpose
			if [[ " $over " == *" ${way%-*} "* ]] &&
				[[ $name == $pattern ||
				$name/$way == $pattern ]]; then
				echo "$name/$way"
			fi
		done
	done
}

# Each that waits takes nobody's place; each of the others takes one of $jobs.
run_all()
{
	local name running=0 failed=0 pid pids=()

	for name in $(names alone); do
		one_and_report "$name" || failed=1
	done
	for name in $(names wait); do
		one_and_report "$name" &
		pids+=($!)
	done
	(
		for name in $(names work); do
			if [ $running -ge "$jobs" ]; then
				wait -n || failed=1
				running=$((running - 1))
			fi
			one_and_report "$name" &
			running=$((running + 1))
		done
		while [ $running -gt 0 ]; do
			wait -n || failed=1
			running=$((running - 1))
		done
		exit $failed
	) &
	pids+=($!)
	for pid in "${pids[@]}"; do
		wait "$pid" || failed=1
	done
	return $failed
}

# --- the table of README.md -----------------------------------------------------

table()
{
	local promise name said

	echo '| promise | scenario | over |'
	echo '|---|---|---|'
	for promise in "$here"/*/promise; do
		name=$(basename "$(dirname "$promise")")
		said=$(cat "$here/$name/transports" 2>/dev/null || echo udp)
		echo "| $(cat "$promise") | \`$name\` | ${said#own } |"
	done
}

# README.md is to say what is promised here, neither more nor less.
check_table()
{
	local text

	text=$(sed -n '/^| promise /,$p' "$here/README.md" |
		diff - <(table))
	if [ -z "$text" ]; then
		echo "PASS table"
	else
		echo "FAIL table"
		echo "    README.md has not what sipp/run.sh --table prints:"
		echo "$text"
		return 1
	fi
}

while [ $# -gt 0 ]; do
	case $1 in
	--server) server=$2; shift ;;
	--filter) pattern=$2; shift ;;
	--jobs) jobs=$2; shift ;;
	--over) over=$2; shift ;;
	--keep) keep=yes ;;
	--apart) apart=$2 dir=$3; shift 2 ;;
	--list)
		for promise in "$here"/*/promise; do
			printf '%-28s %s\n' \
				"$(basename "$(dirname "$promise")")" \
				"$(cat "$promise")"
		done
		exit 0 ;;
	--table) table; exit 0 ;;
	--help|-h) usage; exit 0 ;;
	*) usage >&2; exit 2 ;;
	esac
	shift
done

for tool in sipp jq; do
	if ! command -v $tool >/dev/null; then
		echo "SKIP sipp: $tool is not installed"
		exit 77
	fi
done
if [ ! -x "$server" ]; then
	echo "SKIP sipp: no server at $server"
	exit 77
fi
server=$(cd "$(dirname "$server")" && pwd)/$(basename "$server")
ctl=$(dirname "$server")/b2buactl
probe=${RTP_PROBE:-$(dirname "$server")/../tests/integration/rtp_probe}
claims=${TMPDIR:-/tmp}/b2bua-sipp-nets
export LC_ALL=C PATH=$PATH:/usr/sbin:/sbin # nft, tc
if [ -n "$apart" ]; then
	run_one "$apart"
	exit
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/b2bua-sipp.XXXXXX")

failed=0
[ "$pattern" != '*' ] || check_table || failed=1
run_all || failed=1
rmdir "$work" 2>/dev/null
exit $failed
