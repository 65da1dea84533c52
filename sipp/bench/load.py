#!/usr/bin/env python3
"""Load on the server and on the yardsticks beside it; sipp/load.sh starts it.

CPU is utime + stime of the measured process, memory its PSS.  The machine may
be shared: ratios between the sides, which take turns, are what counts.
"""
import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time

import probe
import report
from procs import (Fleet, cpu_s, finished, free_port_range, free_udp_port,
                   others_cpu_s, pss_kb, sipp_counts)
from sides import (CARRIER, MEDIA, PAIRS, PHONES, SERVER, B2bua, Floor,
                   Relay, callee, caller)
from streams import Line, Talk

# Long enough for every transaction of RFC 3261 (64*T1 = 32 s) to be gone.
TRANSACTIONS_GONE_S = 36


class Run:
    """One run: the options, the processes, the rows found so far."""

    def __init__(self, options, fleet):
        self.options = options
        self.fleet = fleet
        self.rows = []

    def say(self, row):
        self.rows.append(row)
        print(json.dumps(row), flush=True)

    def b2bua(self, phones=0, way="udp"):
        return B2bua(self.fleet, self.options.server, phones, way)

    def floor(self):
        return Floor(self.fleet, f"{self.options.tools}/floor")


# --- calls ------------------------------------------------------------------

def start_uas(run, addresses):
    """One answering sipp an address; 180 and 200 at once."""
    started = []
    for address in addresses:
        ip, port = address.split(":")
        started.append(run.fleet.sipp(
            ["-sn", "uas", "-i", ip, "-mi", ip, "-p", port]))
    time.sleep(0.5)
    for sipp in started:
        if sipp.poll() is not None:
            raise SystemExit("a sipp uas did not start")
    return started


def start_uac(run, side, pair, rate, calls, hold_ms=0, carrier=False):
    ip = caller(pair)
    return run.fleet.sipp(
        ["-sn", "uac", side.address, "-s", side.number(pair, carrier),
         "-i", ip, "-mi", ip, "-p", str(free_udp_port(ip)), "-r", str(rate),
         "-m", str(calls), "-l", str(max(calls if hold_ms else 0, 4000)),
         "-d", str(hold_ms), "-timeout", str(calls // rate + 20 +
                                             hold_ms // 1000)])


def warm_up(run, side, carrier=False):
    uac = start_uac(run, side, 0, 20, 20, carrier=carrier)
    finished(uac, 12)
    run.fleet.stop(uac)
    time.sleep(0.5)


def addresses_for(pairs):
    return [f"{callee(n)}:{free_udp_port(callee(n))}" for n in range(pairs)]


def calls_at(run, side, rate, seconds, pairs, carrier=False):
    """`rate` calls a second for `seconds`; the server is already up."""
    share = [rate // pairs + (n < rate % pairs) for n in range(pairs)]
    before, began = cpu_s(side.pid), time.monotonic()
    noise = others_cpu_s({side.pid, os.getpid()} |
                         {p.pid for p in run.fleet.running})
    uacs = [start_uac(run, side, n, r, int(r * seconds), carrier=carrier)
            for n, r in enumerate(share)]
    for uac in uacs:
        finished(uac, seconds + 25)
    took = time.monotonic() - began
    noise = others_cpu_s({side.pid, os.getpid()} |
                         {p.pid for p in run.fleet.running}) - noise
    time.sleep(1)
    used = cpu_s(side.pid) - before
    for uac in uacs:
        run.fleet.stop(uac)
    counts = sipp_counts(uacs)
    offered = sum(int(r * seconds) for r in share)
    done = counts.get("SuccessfulCall(C)", 0)
    return {
        "rate": rate, "pairs": pairs, "offered": offered, "completed": done,
        "failed": offered - done, "completed_per_s": round(done / took, 1),
        "uac_retransmissions": counts.get("Retransmissions(C)", 0),
        "cpu_ms_per_call": round(1000 * used / done, 4) if done else None,
        "cpu_s": round(used, 2), "others_cpu_s": round(noise, 2),
    }


def call_step(run, side, rate, carrier=False):
    pairs = max(1, min(PAIRS, -(-rate // 600)))
    if carrier:
        uas = [f"{CARRIER}:{free_udp_port(CARRIER)}"]
        side.start([], carrier=uas[0])
    else:
        uas = addresses_for(pairs)
        side.start(uas)
    answering = start_uas(run, uas)
    warm_up(run, side, carrier)
    row = calls_at(run, side, rate, run.options.seconds, pairs, carrier)
    row["uas_retransmissions"] = sipp_counts(answering).get(
        "Retransmissions(C)", 0)
    row["alive"] = side.alive()
    for sipp in answering:
        run.fleet.stop(sipp, sig=signal.SIGKILL)
    side.stop()
    name = f"{side.name}, carrier" if carrier else side.name
    run.say({"test": "calls", "side": name, **row})


def test_calls(run):
    """The sides take turns at every rate."""
    for rate in run.options.rates:
        call_step(run, run.floor(), rate)
        call_step(run, run.b2bua(), rate)
    call_step(run, run.b2bua(), run.options.rates[0], carrier=True)


# --- memory -----------------------------------------------------------------

def hold_step(run, side, calls, rate=100):
    """Two batches of held calls, each measured when its transactions are
    gone: what the first left behind, the second uses again."""
    uas = addresses_for(1)
    side.start(uas)
    answering = start_uas(run, uas)
    warm_up(run, side)
    time.sleep(1)
    base = last = pss_kb(side.pid)
    batch_s = calls // rate + 4 + TRANSACTIONS_GONE_S
    uacs, held = [], 0
    for batch in (1, 2):
        uacs.append(start_uac(run, side, 0, rate, calls,
                              hold_ms=1000 * (2 * batch_s + 30)))
        time.sleep(calls / rate + 2)
        peak = pss_kb(side.pid)
        time.sleep(TRANSACTIONS_GONE_S)
        now = pss_kb(side.pid)
        up = sipp_counts(uacs).get("CurrentCall", 0)
        run.say({"test": "memory", "side": side.name, "batch": batch,
                 "held": up, "base_kb": base, "pss_kb": now,
                 "kb_per_call_at_once":
                     round((peak - last) / max(up - held, 1), 2),
                 "kb_per_call": round((now - last) / max(up - held, 1), 2),
                 "kb_per_call_all": round((now - base) / max(up, 1), 2)})
        last, held = now, up
    for sipp in uacs + answering:
        run.fleet.stop(sipp, sig=signal.SIGKILL)
    side.stop(grace_s=1)


def test_memory(run):
    for side in [run.b2bua()] if run.options.quick else [run.floor(),
                                                         run.b2bua()]:
        hold_step(run, side, run.options.hold)


# --- registrations ----------------------------------------------------------

def register_pass(run, side, names, rate, ports):
    """Every name registers once; at the same ports it is a refresh."""
    share = [names[n::len(ports)] for n in range(len(ports))]
    before, began = cpu_s(side.pid), time.monotonic()
    sipps = []
    for n, port in enumerate(ports):
        users = side.users_file(share[n], f"phones{n}.csv")
        sipps.append(run.fleet.sipp(side.register_arguments(
            users, PHONES, port,
            ["-m", str(len(share[n])), "-r", str(rate // len(ports)),
             "-l", "4000", "-timeout", str(len(names) // rate + 20)])))
    for sipp in sipps:
        finished(sipp, len(names) / rate + 25)
    took = time.monotonic() - began
    time.sleep(1)
    used = cpu_s(side.pid) - before
    for sipp in sipps:
        run.fleet.stop(sipp)
    counts = sipp_counts(sipps)
    done = counts.get("SuccessfulCall(C)", 0)
    return {"rate": rate, "offered": len(names), "completed": done,
            "failed": len(names) - done, "per_s": round(done / took, 1),
            "retransmissions": counts.get("Retransmissions(C)", 0),
            "cpu_ms_per_registration":
                round(1000 * used / max(done, 1), 4)}


def test_register(run):
    """Two batches of new phones, measured as held calls are."""
    count = run.options.phones
    side = run.b2bua(phones=count)
    names = [f"phone{n}" for n in range(count)]
    uas = addresses_for(1)
    side.start(uas)
    ports = [free_udp_port(PHONES) for _ in range(2)]
    time.sleep(2)
    last = pss_kb(side.pid)
    for batch, part in enumerate((names[:count // 2], names[count // 2:]), 1):
        row = register_pass(run, side, part, run.options.register_rates[0],
                            ports)
        time.sleep(TRANSACTIONS_GONE_S)
        now = pss_kb(side.pid)
        run.say({"test": "register", "side": side.name, "what": "new",
                 "batch": batch, **row, "kb_per_registration":
                     round((now - last) / max(row["completed"], 1), 3)})
        last = now
    for rate in run.options.register_rates:
        row = register_pass(run, side, names, rate, ports)
        run.say({"test": "register", "side": side.name, "what": "refresh",
                 **row})
    call_among_many(run, side, uas)
    side.stop()


def call_among_many(run, side, uas):
    """A call must not cost more because many phones are registered.

    The registrations' own transactions, which end meanwhile, are not its."""
    time.sleep(TRANSACTIONS_GONE_S)
    answering = start_uas(run, uas)
    warm_up(run, side)
    row = calls_at(run, side, run.options.rates[0], run.options.seconds, 1)
    for sipp in answering:
        run.fleet.stop(sipp, sig=signal.SIGKILL)
    run.say({"test": "calls",
             "side": f"{side.name}, {run.options.phones} phones registered",
             **row})


# --- a dead trunk -----------------------------------------------------------

def test_dead_trunk(run):
    """Calls to a live phone before, while and after many calls go to a
    carrier that is silent: its socket is there, and nobody reads it."""
    side = run.b2bua()
    dead = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    dead.bind((CARRIER, 0))
    live = f"{callee(0)}:{free_udp_port(callee(0))}"
    side.start([live], carrier=f"{CARRIER}:{dead.getsockname()[1]}")
    ip, port = live.split(":")
    calls = probe.Probe((SERVER, side.port), side.number(0), caller(0),
                        (ip, int(port)))
    calls.run(1, 50)
    here = os.path.dirname(os.path.abspath(__file__))
    rate, many = run.options.dead_rate, run.options.dead_calls

    def say(when):
        before = cpu_s(side.pid)
        row = calls.run(many // rate, 100)
        run.say({"test": "dead-trunk", "when": when, **row,
                 "cpu_s": round(cpu_s(side.pid) - before, 2)})

    say("before")
    flood = run.fleet.sipp(
        ["-sf", f"{here}/refused.xml", side.address, "-s",
         side.number(0, carrier=True), "-i", caller(1), "-mi", caller(1),
         "-p", str(free_udp_port(caller(1))), "-r", str(rate), "-m",
         str(many), "-l", str(many)])
    say(f"while {many} INVITEs go to the dead trunk")
    say("right after")
    finished(flood, 60)
    counts = sipp_counts([flood])
    run.say({"test": "dead-trunk", "when": "flood", "offered": many,
             "refused": counts.get("SuccessfulCall(C)", 0),
             "alive": side.alive()})
    run.fleet.stop(flood)
    calls.close()
    dead.close()
    side.stop()


# --- connections --------------------------------------------------------------

def test_transports(run):
    """The same calls over UDP, TCP and TLS, once the phones are connected;
    the transports take turns."""
    rate, seconds = run.options.transport_rate, run.options.seconds
    for _ in range(run.options.repeats):
        for way in ("udp", "tcp", "tls"):
            side = run.b2bua(way=way)
            side.start([])
            server = (SERVER, side.port)
            phone = Line(way, callee(0), server)
            phone.register("callee1")
            talk = Talk(Line(way, caller(0), server), phone, side.number(0))
            talk.run(50, rate)
            before = cpu_s(side.pid)
            took, done = talk.run(rate * seconds, rate)
            time.sleep(1)
            used = cpu_s(side.pid) - before
            run.say({"test": "transports", "transport": way, "rate": rate,
                     "offered": rate * seconds, "completed": done,
                     "completed_per_s": round(done / took, 1),
                     "cpu_ms_per_call": round(1000 * used / done, 4)
                     if done else None})
            talk.caller.close()
            talk.callee.close()
            side.stop()


def idle_step(run, side, what, lines, interval_s=0):
    """CPU of some seconds, while every line says CRLF CRLF once in so many."""
    seconds = run.options.idle_seconds
    before, began, sent = cpu_s(side.pid), time.monotonic(), 0
    while (now := time.monotonic() - began) < seconds:
        due = int(now / interval_s * len(lines)) if interval_s else 0
        while sent < due:
            lines[sent % len(lines)].socket.sendall(b"\r\n\r\n")
            sent += 1
        time.sleep(0.01)
    used = cpu_s(side.pid) - before
    run.say({"test": "idle-flows", "what": what, "flows": len(lines),
             "seconds": seconds, "keepalives": sent, "cpu_s": round(used, 2),
             "cpu_percent": round(100 * used / seconds, 2),
             "cpu_us_per_keepalive": round(1e6 * used / sent, 1)
             if sent else None})


def test_idle_flows(run):
    """Phones that registered over TCP and say nothing more."""
    count = run.options.flows
    side = run.b2bua(phones=count, way="tcp")
    side.start([])
    time.sleep(5)
    idle_step(run, side, "nobody", [])
    lines = []
    for n in range(count):
        lines.append(Line("tcp", f"127.77.4.{n % 200 + 1}",
                          (SERVER, side.port)))
        lines[-1].register(f"phone{n}")
    time.sleep(TRANSACTIONS_GONE_S)
    idle_step(run, side, "idle flows", lines)
    idle_step(run, side, "a keepalive each in 20 s", lines, interval_s=20)
    for line in lines:
        line.close()
    side.stop()


# --- media ------------------------------------------------------------------

def rtpload(run, name, arguments, pid, calls, base):
    command = [f"{run.options.tools}/rtpload", "--local", MEDIA,
               "--calls", str(calls), "--duration",
               str(run.options.rtp_seconds), "--rtp-base", str(base)]
    if pid:
        command += ["--pid", str(pid)]
    process = run.fleet.start(command + arguments, "rtpload.log",
                              stdout=subprocess.PIPE)
    out, _ = process.communicate()
    run.fleet.running.remove(process)
    try:
        found = json.loads(out)
    except ValueError:
        run.say({"test": "rtp", "side": name, "calls": calls,
                 "error": f"see {run.fleet.folder}/rtpload.log"})
        return
    run.say({"test": "rtp", "side": name, "calls": calls,
             "established": found["established"],
             "relayed": found["relayed"], "lost": found["lost"],
             "loss_pct": found["loss_pct"],
             "cpu_us_per_packet": found["cpu_us_per_packet"],
             "latency_us_p50": found["latency_us"]["p50"],
             "latency_us_p99": found["latency_us"]["p99"]})


def rtp_step(run, calls):
    base = free_port_range(MEDIA, 4 * calls)
    rtpload(run, "direct", ["--direct"], None, calls, base)
    relay = Relay(run.fleet, f"{run.options.tools}/bare_relay")
    relay.start(calls, base)
    rtpload(run, relay.name, ["--pairs", relay.pairs], relay.pid, calls, base)
    relay.stop()
    side = run.b2bua()
    side.start([])
    uas_port = free_udp_port(MEDIA)
    side.register_name("media-callee", f"{MEDIA}:{uas_port}")
    rtpload(run, side.name,
            ["--sip", side.address, "--user", "3000", "--uas-port",
             str(uas_port), "--uac-port", str(free_udp_port(MEDIA))],
            side.pid, calls, base)
    side.stop()


def test_rtp(run):
    for calls in run.options.rtp_calls:
        for _ in range(run.options.repeats):
            rtp_step(run, calls)


# --- the run ----------------------------------------------------------------

TESTS = {"calls": test_calls, "memory": test_memory,
         "register": test_register, "dead-trunk": test_dead_trunk,
         "transports": test_transports, "idle-flows": test_idle_flows,
         "rtp": test_rtp}


def numbers(text):
    return [int(n) for n in text.split(",")]


def parse():
    p = argparse.ArgumentParser(description=__doc__, prog="sipp/load.sh")
    p.add_argument("tests", nargs="*", metavar="TEST",
                   help="of: " + ", ".join(TESTS) + " (all)")
    p.add_argument("--server", default=os.environ.get("B2BUA"),
                   help="the server program (or $B2BUA)")
    p.add_argument("--tools", required=True, help=argparse.SUPPRESS)
    p.add_argument("--out", help="folder for RESULTS.md and results.jsonl")
    p.add_argument("--quick", action="store_true", help="five minutes, "
                   "written beside the build instead of into sipp/")
    p.add_argument("--rates", type=numbers, help="calls a second")
    p.add_argument("--seconds", type=int, help="of each rate")
    p.add_argument("--hold", type=int, help="calls in a batch held")
    p.add_argument("--phones", type=int, help="phones that register")
    p.add_argument("--register-rates", type=numbers)
    p.add_argument("--dead-rate", type=int, help="calls a second to a dead "
                   "trunk")
    p.add_argument("--dead-calls", type=int)
    p.add_argument("--transport-rate", type=int, help="calls a second over "
                   "each transport")
    p.add_argument("--flows", type=int, help="TCP connections that idle")
    p.add_argument("--idle-seconds", type=int)
    p.add_argument("--rtp-calls", type=numbers)
    p.add_argument("--rtp-seconds", type=int)
    p.add_argument("--repeats", type=int, help="turns of the rtp test")
    p.add_argument("--keep", action="store_true",
                   help="keep the logs and the run directory")
    o = p.parse_args()
    full = {"rates": [100, 400, 800, 1600], "seconds": 10, "hold": 1000,
            "phones": 10000, "register_rates": [500, 1000, 2000],
            "dead_rate": 500, "dead_calls": 5000, "transport_rate": 200,
            "flows": 10000, "idle_seconds": 60, "rtp_calls": [50, 100],
            "rtp_seconds": 20, "repeats": 2}
    quick = {"rates": [200, 800], "seconds": 5, "hold": 300, "phones": 2000,
             "register_rates": [500, 1000], "rtp_calls": [50],
             "dead_rate": 500, "dead_calls": 2500, "transport_rate": 100,
             "flows": 2000, "idle_seconds": 20,
             "rtp_seconds": 8, "repeats": 1}
    for key, value in (quick if o.quick else full).items():
        if getattr(o, key) is None:
            setattr(o, key, value)
    for test in o.tests:
        if test not in TESTS:
            p.error(f"no test '{test}'")
    return o


def save(run, out):
    os.makedirs(out, exist_ok=True)
    with open(f"{out}/results.jsonl", "w") as f:
        for row in run.rows:
            f.write(json.dumps(row) + "\n")
    text = report.text(run.rows, run.options)
    report.write(f"{out}/RESULTS.md", text)
    print(text)
    print(f"Saved in {out}/RESULTS.md and {out}/results.jsonl")


def main():
    options = parse()
    if not options.server or not os.access(options.server, os.X_OK):
        sys.exit(f"no server at '{options.server}': build it, or say --server")
    options.server = os.path.abspath(options.server)
    folder = tempfile.mkdtemp(prefix="b2bua-load-")
    fleet = Fleet(folder)
    run = Run(options, fleet)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    try:
        for name, test in TESTS.items():
            if not options.tests or name in options.tests:
                test(run)
        save(run, options.out)
    finally:
        fleet.end()
        if options.keep or sys.exc_info()[0]:
            print(f"logs: {folder}", file=sys.stderr)
        else:
            subprocess.run(["rm", "-rf", folder], check=False)


if __name__ == "__main__":
    main()
