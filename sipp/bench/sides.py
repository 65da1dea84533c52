"""What is measured: the server, and the yardsticks beside it.

Every address is a loopback address of its own role, so that nothing else on
the machine is in the way: 127.77.0.1 the server, 127.77.1.N the callers,
127.77.2.N the callees, 127.77.3.1 a carrier, 127.77.4.1 the phones that
register, 127.77.5.1 both ends of the RTP calls.
"""
import json
import os
import subprocess
import time

from procs import finished, free_udp_port

SERVER = "127.77.0.1"
CARRIER = "127.77.3.1"
PHONES = "127.77.4.1"
MEDIA = "127.77.5.1"
REALM = "bench.example"
PAIRS = 4


def caller(pair):
    return f"127.77.1.{pair + 1}"


def callee(pair):
    return f"127.77.2.{pair + 1}"


class Side:
    """A server process; start() and stop() may be called many times."""

    def __init__(self, fleet):
        self.fleet = fleet
        self.process = None
        self.port = 0
        self.uas = []

    @property
    def address(self):
        return f"{SERVER}:{self.port}"

    @property
    def pid(self):
        return self.process.pid

    def begin(self, command, log):
        self.process = self.fleet.start(command, log)
        if finished(self.process, 1.0):
            raise SystemExit(f"{self.name} did not start: see "
                             f"{os.path.join(self.fleet.folder, log)}")

    def stop(self, grace_s=5.0):
        self.fleet.stop(self.process, grace_s)

    def alive(self):
        return self.process.poll() is None


class Floor(Side):
    """floor.c: a bridge on nta and nothing else."""

    name = "floor"

    def __init__(self, fleet, program):
        super().__init__(fleet)
        self.program = program

    def start(self, uas):
        self.port = free_udp_port(SERVER)
        self.begin([self.program, f"sip:{self.address}"] +
                   [f"sip:service@{u}" for u in uas], "floor.log")

    def number(self, pair, carrier=False):
        return "service"


class B2bua(Side):
    """The server, with a run directory of its own."""

    name = "b2bua"

    def __init__(self, fleet, program, phones=0, way="udp"):
        super().__init__(fleet)
        self.program, self.way = program, way
        self.home = os.path.join(fleet.folder, "run")
        self.phones = phones

    def start(self, uas, carrier=None, contacts=None):
        """uas: where the callees' devices register, one a pair."""
        self.port = free_udp_port(SERVER)
        self.write_configuration()
        self.write_directory(carrier)
        self.begin([self.program, "-c", f"{self.home}/b2bua.conf"],
                   "b2bua.log")
        for pair, address in enumerate(uas):
            self.register(pair, address)

    def number(self, pair, carrier=False):
        return "2000" if carrier else f"10{pair + 1:02}"

    def write_configuration(self):
        os.makedirs(self.home, exist_ok=True)
        for name in ("b2bua.db", "b2bua.db-wal", "b2bua.db-shm", "cdr.jsonl"):
            path = os.path.join(self.home, name)
            if os.path.exists(path):
                os.unlink(path)
        scheme = "sip" if self.way != "tls" else "sips"
        kind = f";transport={self.way}" if self.way != "tls" else ""
        if self.way == "tls":
            self.make_certificate()
        with open(f"{self.home}/b2bua.conf", "w") as f:
            f.write(f"""sip = {{
  listen = [ "{scheme}:{self.address}{kind}" ];
  max_calls = 100000; max_connections = 0; max_connections_per_source = 0;
}};
tls = {{ certificate = "server.pem"; key = "server.key"; }};
media = {{ address = "{SERVER}"; ports = [ 20000, 59999 ]; timeout = 0; }};
registrar = {{ keepalive = 0; database = "b2bua.db"; }};
directory = "directory";
cdr = "cdr.jsonl";
control = "b2bua.sock";
""")

    def make_certificate(self):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
             "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
             "/CN=bench", "-keyout", f"{self.home}/server.key", "-out",
             f"{self.home}/server.pem"], check=True, capture_output=True)

    def document(self, kind, name, body):
        folder = f"{self.home}/directory/accounts/bench/{kind}".rstrip("/")
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/{name}.json", "w") as f:
            json.dump({"id": name, "name": name, **body}, f)

    def write_directory(self, carrier):
        self.document("", "account", {"id": "bench", "realm": REALM})
        for pair in range(PAIRS):
            self.ip_device(f"caller{pair + 1}", caller(pair))
            self.phone(f"callee{pair + 1}")
            self.callflow(self.number(pair), "device",
                          {"id": f"callee{pair + 1}"})
        self.ip_device("media-caller", MEDIA)
        self.phone("media-callee")
        self.callflow("3000", "device", {"id": "media-callee"})
        for n in range(self.phones):
            self.phone(f"phone{n}")
        self.write_carrier(carrier)

    def ip_device(self, name, ip):
        self.document("devices", name, {"sip": {
            "method": "ip", "ip": ip, "username": name}})

    def phone(self, name):
        self.document("devices", name, {"sip": {
            "username": name, "password": f"secret-{name}"}})

    def callflow(self, number, module, data):
        self.document("callflows", f"to{number}", {
            "numbers": [number], "flow": {"module": module, "data": data}})

    def write_carrier(self, carrier):
        self.callflow("2000", "resources", {
            "to_did": "+14155550000", "use_local_resources": False})
        if not carrier:
            return
        ip, port = carrier.split(":")
        folder = f"{self.home}/directory/resources"
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/carrier.json", "w") as f:
            json.dump({"id": "carrier", "name": "carrier",
                       "rules": ["^\\+1\\d{10}$"],
                       "gateways": [{"server": ip, "port": int(port)}]}, f)

    def register(self, pair, address):
        self.register_name(f"callee{pair + 1}", address)

    def register_name(self, name, address):
        """A REGISTER from the very address its calls are to go to."""
        ip, port = address.split(":")
        users = self.users_file([name], f"{name}.csv")
        sipp = self.fleet.sipp(self.register_arguments(
            users, ip, port, ["-m", "1"]))
        if not finished(sipp, 10) or sipp.returncode != 0:
            raise SystemExit(f"{name} could not register: see "
                             f"{self.fleet.folder}/b2bua.log")
        self.fleet.stop(sipp)

    def users_file(self, names, file):
        path = os.path.join(self.fleet.folder, file)
        with open(path, "w") as f:
            f.write("SEQUENTIAL\n")
            for n in names:
                f.write(f"{n};[authentication username={n} "
                        f"password=secret-{n}];{REALM}\n")
        return path

    def register_arguments(self, users, ip, port, extra):
        here = os.path.dirname(os.path.abspath(__file__))
        return ["-sf", f"{here}/register.xml", "-inf", users, "-i", ip,
                "-mi", ip, "-p", str(port), self.address, *extra]


class Relay(Side):
    """bare_relay.c: epoll, recvfrom, sendto."""

    name = "bare relay"

    def __init__(self, fleet, program):
        super().__init__(fleet)
        self.program = program
        self.pairs = os.path.join(fleet.folder, "pairs")

    def start(self, calls, base):
        with open(self.pairs, "wb") as out:
            self.process = self.fleet.start(
                [self.program, SERVER, str(calls), str(base)], "relay.log",
                stdout=out)
        time.sleep(0.3)
