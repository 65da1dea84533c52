#!/usr/bin/env bash
# Real phones (baresip, without sound cards) on a server that runs the sample
# configuration: one calls the other, then the other calls the ring group; each
# holds a call and takes it up again; then one transfers another to a third,
# with and without asking first; and all but the group over TCP and over TLS,
# too.  Each plays a tone of its own, which must be in the other's recording,
# and after a hold or a transfer at the end of it.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
server=${B2BUA:-${top_builddir:-$top/build}/b2bua/b2bua}
ctl=${B2BUACTL:-$(dirname "$server")/b2buactl}
modules=${BARESIP_MODULES:-/usr/lib/baresip/modules}
[ "${1:-}" != --server ] || { server=$2; ctl=$(dirname "$2")/b2buactl; }

skip()
{
	echo "SKIP phones: $*"
	exit 77
}

for tool in baresip sox jq openssl; do
	command -v $tool >/dev/null || skip "$tool is not installed"
done
[ -x "$server" ] || skip "no server at $server"
server=$(cd "$(dirname "$server")" && pwd)/$(basename "$server")
[ -e "$modules/sndfile.so" ] || skip "baresip has no module sndfile"

work=$(mktemp -d "${TMPDIR:-/tmp}/b2bua-phones.XXXXXX")
net=127.$((RANDOM % 250 + 2)).$((RANDOM % 250 + 2))
pids=()
failed=0
export LC_ALL=C

clean_up()
{
	local pid

	for pid in ${pids[@]+"${pids[@]}"}; do
		kill "$pid" 2>/dev/null
		wait "$pid" 2>/dev/null
	done
	[ $failed -ne 0 ] || rm -rf "$work"
}
trap clean_up EXIT

fail()
{
	failed=1
	echo "FAIL $*"
	{
		tail -n 12 "$work"/10?/log
		echo "server:"
		tail -n 25 "$work/log"
		echo "everything: $work"
	} 2>&1 | tr '\r' '\n' | grep -v 'bit/s' | cut -c1-200 | sed 's/^/    /'
	exit 1
}

ctl() { "$ctl" -c "$work/b2bua.conf" "$@"; }

# until_true SECONDS COMMAND...
until_true()
{
	local tries=$(($1 * 20))

	shift
	until "$@" >/dev/null 2>&1; do
		tries=$((tries - 1))
		[ $tries -gt 0 ] || return 1
		sleep 0.05
	done
}

start_server()
{
	cp -R "$top/config/b2bua.conf" "$top/config/directory" "$work/"
	chmod -R u+w "$work"
	find "$work/directory" -name '*.json' -exec \
		sed -i 's/@PASSWORD@/a-phones-password/' {} +
	sed -i -e "s/0\.0\.0\.0:5060/$net.1:5060/" \
		-e "s/listen = \[/&\"sips:$net.1:5061\",/" \
		-e 's/certificate = ""/certificate = "server.pem"/' \
		-e 's/key = ""/key = "server.key"/' "$work/b2bua.conf"
	openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=b2bua \
		-addext "subjectAltName=IP:$net.1" -keyout "$work/server.key" \
		-out "$work/server.pem" 2>/dev/null ||
		fail "phones: no certificate"
	(cd "$work" && exec "$server" -c b2bua.conf) >"$work/log" 2>&1 &
	pids+=($!)
	until_true 15 ctl status || fail "phones: the server does not start"
}

# make_phone USER HZ
make_phone()
{
	local dir=$work/$1

	mkdir "$dir"
	sox -n -r 8000 -c 1 -b 16 "$dir/tone.wav" \
		synth 30 sine "$2" vol 0.5 || fail "phones: sox"
	: >"$dir/contacts"
	cat >"$dir/accounts" <<-END
		<sip:$1@b2bua.example>;auth_user=$1;auth_pass=a-phones-password;outbound="sip:$net.1:5060";regint=60;answermode=auto
	END
	cat >"$dir/config" <<-END
		sip_listen 127.0.0.1:0
		net_interface 127.0.0.1
		sip_cafile $work/server.pem
		module_path $modules
		audio_source aufile,$dir/tone.wav
		snd_path $dir
		module g711.so
		module aufile.so
		module sndfile.so
		module_app account.so
		module_app menu.so
		module_app ctrl_tcp.so
		ctrl_tcp_listen $net.${1#10}:4444
	END
}

# go_by PORT TRANSPORT: the phones register there from now on.
go_by()
{
	sed -i "s/:[0-9]*\(;transport=[a-z]*\)*\";regint/:$1;transport=$2\";regint/" \
		"$work"/10?/accounts
}

# phone USER SECONDS [OPTION...]: runs it for so long; sets $last.
phone()
{
	local user=$1 seconds=$2

	shift 2
	rm -f "$work/$user"/dump-*.wav
	timeout -k 2 $((seconds + 5)) baresip -f "$work/$user" -t "$seconds" \
		"$@" >"$work/$user/log" 2>&1 </dev/null &
	last=$!
	pids+=($last)
}

is_registered()
{
	ctl --json registrations | jq -e "any(.[]; .transport == \"$transport\"
		and (.aor | startswith(\"$1@\")))"
}

# How much of the recording's energy is at that frequency, in percent
# (Goertzel): the second half second of it, or half a second from $3 on; whole
# periods of both tones.
share_of_tone()
{
	sox "$1" -t dat - trim "${3:-0.5}" 0.5 2>/dev/null | awk -v hz="$2" '
	/^;/ { next }
	{
		n++; energy += $2 * $2
		if (n == 1) k = 2 * cos(2 * 3.14159265358979 * hz / 8000)
		s = $2 + k * s1 - s2; s2 = s1; s1 = s
	}
	END {
		if (n < 4000 || energy / n < 0.001) { print 0; exit }
		power = s1 * s1 + s2 * s2 - k * s1 * s2
		print int(100 * 2 * power / (n * energy) + 0.5)
	}'
}

# heard USER HZ [FROM]: the recording of what that phone received.
heard()
{
	local file share

	file=$(find "$work/$1" -name 'dump-*-dec.wav' | sort | tail -n 1)
	[ -n "$file" ] || fail "$name: $1 recorded nothing"
	share=$(share_of_tone "$file" "$2" "${3:-}")
	[ "$share" -ge 80 ] ||
		fail "$name: $1 heard $share% of the $2 Hz tone"
}

is_idle()
{
	ctl --json status | jq -e '.calls == 0 and .endpoints == 0'
}

# a_call NAME CALLER HZ NUMBER CALLEE HZ
a_call()
{
	local callee

	name=$1
	phone "$5" 14
	callee=$last
	until_true 8 is_registered "$5" || fail "$name: $5 cannot register"
	phone "$2" 5 -e "/dial sip:$4@b2bua.example"
	wait "$last" || fail "$name: the caller ended badly"
	kill "$callee"
	wait "$callee"
	heard "$2" "$6"
	heard "$5" "$3"
	until_true 40 is_idle || fail "$name: the call is still there"
	[ "$(jq -s 'map(select(.answer_ms > 0)) | length' \
		"$work/cdr.jsonl")" -eq $((calls += 1)) ] ||
		fail "$name: no call record"
	echo "PASS $name"
}

# tell USER COMMAND PARAMETER: by its control connection.
tell()
{
	local text="{\"command\":\"$2\",\"params\":\"$3\"}"

	exec 5<>"/dev/tcp/$net.${1#10}/4444" || fail "$name: no control of $1"
	printf '%d:%s,' ${#text} "$text" >&5
	read -r -t 1 -N 1 <&5 # it has come
	exec 5>&-
}

talks()
{
	ctl --json calls | jq -e "map(select(.talk_ms > 0)) | length == $1"
}

# has_records CAUSE COUNT
has_records()
{
	jq -se "map(select(.cause == \"$1\")) | length == $2" \
		"$work/cdr.jsonl"
}

# The first call of a phone, as a Replaces header in a URI names it.
first_call()
{
	tr -d '\r' <"$work/$1/log" | awk '
	/^SIP\/2.0 / { ok = $2 == 200; next }
	tolower($1) == "call-id:" { id = $2 }
	tolower($1) == "from:" { from = $0; sub(/.*tag=/, "", from) }
	tolower($1) == "to:" { to = $0; sub(/.*tag=/, "", to) }
	ok && tolower($1) == "cseq:" && $3 == "INVITE" {
		printf "%s%%3Bto-tag%%3D%s%%3Bfrom-tag%%3D%s", id, to, from
		exit
	}'
}

# a_transfer NAME HOW CAUSE: 101 talks to 102, and then 102 to 103.
a_transfer()
{
	local others=() user

	name=$1
	for user in 102 103; do
		phone $user 20
		others+=($last)
	done
	for user in 102 103; do
		until_true 8 is_registered $user ||
			fail "$name: $user cannot register"
	done
	phone 101 12 -s -e "/dial sip:102@b2bua.example"
	until_true 8 talks 1 || fail "$name: no call"
	sleep 1
	"$2"
	seen[$3]=$((${seen[$3]:-0} + 1))
	until_true 5 has_records "$3" "${seen[$3]}" ||
		fail "$name: no record of it"
	sleep 2
	talks 1 >/dev/null || fail "$name: the others do not talk"
	kill $last "${others[@]}"
	wait $last "${others[@]}"
	heard 102 1000 -1
	heard 103 700 -1
	until_true 40 is_idle || fail "$name: the call is still there"
	calls=$((calls + 2)) # what was before, and the rest
	echo "PASS $name"
}

unasked() { tell 101 transfer sip:103@b2bua.example; }

asked()
{
	tell 101 dial sip:103@b2bua.example
	until_true 8 talks 2 || fail "$name: no second call"
	sleep 1
	tell 101 transfer \
		"sip:102@b2bua.example?Replaces=$(first_call 101)"
}

# said USER TEXT COUNT: so often it stands in that phone's SIP trace.
said() { [ "$(grep -c "$2" "$work/$1/log")" -ge "$3" ]; }

# a_hold NAME: 101 holds 102, and takes the call up again; then 102 does so.
a_hold()
{
	local user callee

	name=$1
	phone 102 25 -s
	callee=$last
	until_true 8 is_registered 102 || fail "$name: 102 cannot register"
	phone 101 20 -s -e "/dial sip:102@b2bua.example"
	until_true 8 talks 1 || fail "$name: no call"
	sleep 1
	for user in 101 102; do
		tell $user hold ""
		until_true 5 said $user "^a=sendonly" 1 ||
			fail "$name: $user does not hold"
		sleep 1
		tell $user resume ""
		sleep 2
		talks 1 >/dev/null || fail "$name: the call is gone"
	done
	kill $last $callee
	wait $last $callee
	heard 101 700 -1
	heard 102 440 -1
	until_true 40 is_idle || fail "$name: the call is still there"
	calls=$((calls + 1))
	echo "PASS $name"
}

calls=0
declare -A seen
transport=udp
start_server
make_phone 101 440
make_phone 102 700
make_phone 103 1000
a_call phone-calls-phone 101 440 103 103 1000
a_call phone-calls-ring-group 103 1000 600 101 440
a_hold phone-holds-and-resumes
a_transfer phone-transfers unasked BLIND_TRANSFER
a_transfer phone-asks-and-transfers asked ATTENDED_TRANSFER
for transport in tcp tls; do
	port=5060
	[ $transport = tcp ] || port=5061
	go_by $port $transport
	a_call phone-calls-phone-over-$transport 101 440 103 103 1000
	a_hold phone-holds-and-resumes-over-$transport
	a_transfer phone-transfers-over-$transport unasked BLIND_TRANSFER
	a_transfer phone-asks-and-transfers-over-$transport asked \
		ATTENDED_TRANSFER
done
