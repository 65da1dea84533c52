"""Processes: start them, end them by their id, read what they cost."""
import csv
import os
import signal
import socket
import subprocess
import time

TICK = os.sysconf("SC_CLK_TCK")


class Fleet:
    """Everything a run starts; end() ends all of it."""

    def __init__(self, folder):
        self.folder = folder
        self.running = []
        self.n = 0

    def start(self, command, log, cwd=None, stdout=None):
        err = open(os.path.join(self.folder, log), "ab")
        process = subprocess.Popen(
            command, cwd=cwd or self.folder, stdin=subprocess.DEVNULL,
            stdout=stdout or err, stderr=err, start_new_session=True)
        err.close()
        self.running.append(process)
        return process

    def stop(self, process, grace_s=5.0, sig=signal.SIGTERM):
        if process.poll() is None:
            process.send_signal(sig)
            if not finished(process, grace_s):
                process.kill()
        process.wait()
        if process in self.running:
            self.running.remove(process)

    def end(self):
        for process in list(self.running):
            self.stop(process, sig=signal.SIGKILL)

    def sipp(self, arguments):
        """sipp with its statistics written once a second."""
        self.n += 1
        stat = os.path.join(self.folder, f"sipp-{self.n}.csv")
        process = self.start(
            ["sipp", *arguments, "-nostdin", "-trace_stat", "-stf", stat,
             "-fd", "1"], "sipp.log", stdout=subprocess.DEVNULL)
        process.stat = stat
        return process


def finished(process, seconds):
    end = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < end:
        time.sleep(0.02)
    return process.poll() is not None


def sipp_counts(processes):
    """The statistics of several sipps, added up; whole numbers only."""
    total = {}
    for process in processes:
        try:
            with open(process.stat, newline="") as f:
                rows = list(csv.reader(f, delimiter=";"))
            last = dict(zip(rows[0], rows[-1]))
        except (OSError, IndexError):
            continue
        for key, value in last.items():
            if value.isdigit():
                total[key] = total.get(key, 0) + int(value)
    return total


def free_udp_port(ip):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.bind((ip, 0))
        return s.getsockname()[1]


def free_port_range(ip, count):
    """The first of `count` UDP ports that are all free."""
    for base in range(30000, 65000 - count, 2000):
        try:
            for port in range(base, base + count):
                with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
                    s.bind((ip, port))
            return base
        except OSError:
            continue
    raise SystemExit(f"no {count} free ports on {ip}")


def cpu_s(pid):
    """utime + stime of the whole process, all its threads."""
    with open(f"/proc/{pid}/stat") as f:
        field = f.read().rsplit(")", 1)[1].split()
    return (int(field[11]) + int(field[12])) / TICK


def pss_kb(pid):
    with open(f"/proc/{pid}/smaps_rollup") as f:
        for line in f:
            if line.startswith("Pss:"):
                return int(line.split()[1])
    return 0


def others_cpu_s(known):
    """CPU seconds of every process that is not one of ours."""
    total = 0.0
    for name in os.listdir("/proc"):
        if name.isdigit() and int(name) not in known:
            try:
                total += cpu_s(int(name))
            except (OSError, IndexError):
                pass
    return total
