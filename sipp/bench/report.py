"""The rows of a run as a section of RESULTS.md."""
import os
import platform
import re
import shutil
import subprocess
import time

BEGIN = "<!-- sipp/load.sh writes from here -->"
END = "<!-- to here -->"
INTRO = """# Measured

`sipp/load.sh` starts the server on loopback with everything on (registrar,
callflow, media, call records, log), drives it, and writes this file.  CPU is
utime + stime of the server's process; memory is its PSS.  Machines differ and
are shared, so read the ratios: `floor.c` (a bare bridge on sofia-sip's nta)
and `bare_relay.c` (epoll, recvfrom, sendto) are measured in the same run, in
turns with the server.

"""
# What the design promises (ratio or KB).
LIMITS = {"calls": 1.5, "rtp": 1.2, "memory": 20, "register": 2, "tls": 3,
          "idle": 0.5}


def first_line(*command):
    if not shutil.which(command[0]):
        return "not installed"
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    lines = [x.strip() for x in (done.stdout + done.stderr).splitlines()]
    return next((x for x in lines if x), "")


def cpu_model():
    with open("/proc/cpuinfo") as f:
        for line in f:
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.machine()


def sipp_version():
    found = re.search(r"v[\d.]+", first_line("sipp", "-v"))
    return found.group(0) if found else ""


def machine():
    sofia = first_line("pkg-config", "--modversion", "sofia-sip-ua")
    return "\n".join([
        f"- Machine: {cpu_model()}, {os.cpu_count()} cores, Linux "
        f"{platform.release()}",
        f"- Versions: sofia-sip {sofia}, sipp {sipp_version()}, "
        f"{first_line('cc', '--version')}",
        f"- When: {time.strftime('%Y-%m-%d %H:%M UTC', time.gmtime())}"])


def table(head, rows):
    if not rows:
        return ""
    lines = ["| " + " | ".join(head) + " |", "|---" * len(head) + "|"]
    lines += ["| " + " | ".join(str(c) for c in r) + " |" for r in rows]
    return "\n".join(lines) + "\n"


def pick(rows, **want):
    return [r for r in rows if all(r.get(k) == v for k, v in want.items())]


def mean(values):
    values = list(values)
    return sum(values) / len(values) if values else None


def verdict(value, limit, unit=""):
    if value is None:
        return None
    word = "held" if value <= limit else "missed"
    return f"{value:.2f}{unit} (at most {limit}{unit}: {word})"


def fixed(value, digits):
    return "" if value is None else f"{value:.{digits}f}"


def calls_section(rows):
    found = pick(rows, test="calls")
    if not found:
        return ""
    body = table(
        ["side", "calls/s", "offered", "completed", "failed",
         "retransmissions uac/uas", "CPU ms per call", "against the floor"],
        [[r["side"], r["rate"], r["offered"], r["completed"], r["failed"],
          f"{r['uac_retransmissions']}/{r.get('uas_retransmissions', '-')}",
          fixed(r["cpu_ms_per_call"], 3), against_floor(found, r)]
         for r in found])
    return "### Calls\n\nsipp's own uac and uas scenarios: INVITE, 180, 200, " \
        "ACK, BYE at once; the caller is a device known by its address, the " \
        f"callee a registered one.\n\n{body}\n"


def against_floor(found, row):
    floor = pick(found, side="floor", rate=row["rate"])
    if row["side"] == "floor" or not floor or not row["cpu_ms_per_call"] \
            or not floor[0]["cpu_ms_per_call"]:
        return ""
    return f"{row['cpu_ms_per_call'] / floor[0]['cpu_ms_per_call']:.2f}"


def memory_section(rows):
    found = pick(rows, test="memory")
    if not found:
        return ""
    body = table(
        ["side", "batch", "held", "KB per call at once",
         "KB per call when transactions are gone", "KB per call, all"],
        [[r["side"], r["batch"], r["held"], r["kb_per_call_at_once"],
          r["kb_per_call"], r["kb_per_call_all"]] for r in found])
    return "### Memory of calls held\n\nTwo batches; what the transactions " \
        f"of the first left free, the second uses again.\n\n{body}\n"


def register_section(rows):
    found = pick(rows, test="register")
    if not found:
        return ""
    body = table(
        ["", "offered/s", "completed", "failed", "completed/s",
         "retransmissions", "CPU ms each", "KB each"],
        [[f"{r['what']} {r.get('batch', '')}", r["rate"], r["completed"], r["failed"], r["per_s"],
          r["retransmissions"], f"{r['cpu_ms_per_registration']:.3f}",
          r.get("kb_per_registration", "")] for r in found])
    return "### Registrations\n\nREGISTER, 401, REGISTER with digest, 200. " \
        "New phones come in two batches, as the calls held do.\n" \
        f"\n{body}\n"


def rtp_section(rows):
    found = pick(rows, test="rtp")
    if not found:
        return ""
    body = table(
        ["side", "calls", "packets", "loss %", "CPU µs per packet",
         "latency µs p50", "p99", "added p50", "added p99"],
        [[r["side"], r["calls"], r["relayed"], r["loss_pct"],
          f"{r['cpu_us_per_packet']:.2f}" if r["side"] != "direct" else "",
          f"{r['latency_us_p50']:.0f}", f"{r['latency_us_p99']:.0f}",
          *added(found, r)] for r in found if "error" not in r])
    return "### Media\n\nTwo-way calls of 50 packets a second each way; " \
        "`direct` has nothing in between.\n\n" + body + "\n"


def added(found, row):
    direct = pick(found, side="direct", calls=row["calls"])
    if row["side"] == "direct" or not direct:
        return ["", ""]
    return [f"{row[k] - mean(d[k] for d in direct):.0f}"
            for k in ("latency_us_p50", "latency_us_p99")]


def clean(found, side, limit_pct=0.1):
    """The rates that the side carried without failures to speak of."""
    return {r["rate"]: r for r in pick(found, side=side)
            if r["failed"] * 100 <= limit_pct * r["offered"]}


def summary(rows):
    calls = pick(rows, test="calls")
    ours, floor = clean(calls, "b2bua"), clean(calls, "floor")
    ratios = [ours[r]["cpu_ms_per_call"] / floor[r]["cpu_ms_per_call"]
              for r in ours if r in floor and floor[r]["cpu_ms_per_call"]]
    rtp = {side: mean(r["cpu_us_per_packet"] for r in
                      pick(rows, test="rtp", side=side) if "error" not in r)
           for side in ("b2bua", "bare relay")}
    held = pick(rows, test="memory", side="b2bua", batch=2)
    new = pick(rows, test="register", what="new", batch=2)
    lines = [
        ("CPU per call, against floor.c",
         verdict(mean(ratios), LIMITS["calls"])),
        ("CPU per relayed packet, against a bare relay",
         verdict(rtp["b2bua"] / rtp["bare relay"]
                 if rtp["b2bua"] and rtp["bare relay"] else None,
                 LIMITS["rtp"])),
        ("Memory per established call",
         verdict(held[0]["kb_per_call"] if held else None,
                 LIMITS["memory"], " KB")),
        ("Memory per registration",
         verdict(new[0]["kb_per_registration"] if new else None,
                 LIMITS["register"], " KB")),
        ("CPU per call over TLS, against UDP",
         verdict(tls_against_udp(rows), LIMITS["tls"])),
        ("CPU of idle TCP flows",
         verdict(idle_percent(rows), LIMITS["idle"], " % of a core"))]
    return table(["promise", "measured"], [x for x in lines if x[1]])


def dead_trunk_section(rows):
    found = pick(rows, test="dead-trunk")
    probes = [r for r in found if "calls" in r]
    if not probes:
        return ""
    flood = pick(found, when="flood")[0]
    body = table(
        ["calls to a live phone", "calls", "lost", "INVITE to 100: p50, p99, "
         "max ms", "a 200 passed on: p50, p99, max ms", "CPU s"],
        [[r["when"], r["calls"], r["lost"],
          ", ".join(str(r[f"ms_to_100_{q}"]) for q in ("p50", "p99", "max")),
          ", ".join(str(r[f"ms_of_200_{q}"]) for q in ("p50", "p99", "max")),
          r["cpu_s"]] for r in probes])
    return "### A dead trunk\n\nA carrier's socket that nobody reads; " \
        f"{flood['refused']} of {flood['offered']} calls to it were refused " \
        f"as they must be.\n\n{body}\n"


def over(rows, way):
    """CPU ms of a call over that transport."""
    return mean(r["cpu_ms_per_call"] for r in
                pick(rows, test="transports", transport=way)
                if r["cpu_ms_per_call"])


def tls_against_udp(rows):
    udp, tls = over(rows, "udp"), over(rows, "tls")
    return tls / udp if udp and tls else None


def idle_percent(rows):
    """Of a core, what the idle flows add."""
    found = {r["what"]: r for r in pick(rows, test="idle-flows")}
    if "idle flows" not in found:
        return None
    return max(0, found["idle flows"]["cpu_percent"] -
               found["nobody"]["cpu_percent"])


def connections_section(rows):
    calls = table(
        ["over", "calls/s", "offered", "completed", "CPU ms per call"],
        [[r["transport"], r["rate"], r["offered"], r["completed"],
          fixed(r["cpu_ms_per_call"], 3)]
         for r in pick(rows, test="transports")])
    idle = table(
        ["", "flows", "seconds", "CPU s", "% of a core", "keepalives",
         "CPU µs per keepalive"],
        [[r["what"], r["flows"], r["seconds"], r["cpu_s"], r["cpu_percent"],
          r["keepalives"], fixed(r["cpu_us_per_keepalive"], 1)]
         for r in pick(rows, test="idle-flows")])
    return (f"### Transports\n\nCalls between two phones that keep one "
            f"connection each.\n\n{calls}\n" if calls else "") + \
        (f"### Idle flows\n\nPhones that registered over TCP.\n\n{idle}\n"
         if idle else "")


def text(rows, options):
    return "\n".join([
        BEGIN, "", machine(),
        f"- Method: {options.seconds} s a rate, the server started anew for "
        f"each, up to 4 pairs of sipp; {options.rtp_seconds} s of media",
        "", summary(rows),
        calls_section(rows) + memory_section(rows) + register_section(rows) +
        dead_trunk_section(rows) + connections_section(rows) +
        rtp_section(rows) + END, ""])


def write(path, section):
    """Replaces the section in the file, or makes the file."""
    old = INTRO + BEGIN + END
    if os.path.exists(path):
        with open(path) as f:
            old = f.read()
    if BEGIN not in old or END not in old:
        old = old.rstrip() + "\n\n" + BEGIN + END
    head, rest = old.split(BEGIN, 1)
    tail = rest.split(END, 1)[1].lstrip("\n")
    with open(path, "w") as f:
        f.write(head + section + tail)
