"""Calls one after another, each message timed: how long the server takes to
say 100, and to pass a 200 on."""
import re
import select
import socket
import time

SDP = ("v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\n"
       "m=audio {port} RTP/AVP 0\r\n")
LOST_S = 2.0


def header(text, name):
    found = re.search(rf"(?im)^{name}:\s*(.*?)\r$", text)
    return found.group(1) if found else ""


def headers(text, name):
    return "".join(f"{name}: {v}\r\n" for v in
                   re.findall(rf"(?im)^{name}:\s*(.*?)\r$", text))


class End:
    """A UDP socket that speaks SIP, just enough."""

    def __init__(self, ip, port=0):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((ip, port))
        self.ip, self.port = self.socket.getsockname()

    def send(self, to, lines, sdp=False):
        body = SDP.format(ip=self.ip, port=self.port) if sdp else ""
        kind = "Content-Type: application/sdp\r\n" if sdp else ""
        self.socket.sendto(f"{lines}{kind}Content-Length: {len(body)}\r\n\r\n"
                           f"{body}".encode(), to)

    def reply(self, message, source, status, tag="", sdp=False):
        to = header(message, "To")
        if tag and "tag=" not in to:
            to += f";tag={tag}"
        self.send(source, f"SIP/2.0 {status}\r\n"
                  f"{headers(message, 'Via')}"
                  f"From: {header(message, 'From')}\r\nTo: {to}\r\n"
                  f"Call-ID: {header(message, 'Call-ID')}\r\n"
                  f"CSeq: {header(message, 'CSeq')}\r\n"
                  f"Contact: <sip:{self.ip}:{self.port}>\r\n", sdp)

    def close(self):
        self.socket.close()


class Probe:
    def __init__(self, server, number, caller_ip, callee):
        self.caller = End(caller_ip)
        self.callee = End(*callee)
        self.server, self.number = server, number
        self.n = 0
        self.to_100, self.to_200, self.lost = [], [], 0

    def request(self, method, cseq, to, extra=""):
        c = self.caller
        return (f"{method} sip:{self.number}@{self.server[0]} SIP/2.0\r\n"
                f"Via: SIP/2.0/UDP {c.ip}:{c.port};branch=z9hG4bK{self.n}"
                f"{method}\r\nFrom: <sip:probe@{c.ip}>;tag=p{self.n}\r\n"
                f"To: {to}\r\nCall-ID: probe-{self.n}@{c.ip}\r\n"
                f"CSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
                f"Contact: <sip:probe@{c.ip}:{c.port}>\r\n{extra}")

    def messages(self, until):
        """What comes at either end, with its time, until then."""
        both = [self.caller.socket, self.callee.socket]
        while (left := until - time.monotonic()) > 0:
            for s in select.select(both, [], [], left)[0]:
                data, source = s.recvfrom(65536)
                yield s is self.caller.socket, data.decode(), source, \
                    time.monotonic()

    def call(self):
        self.n += 1
        to = f"<sip:{self.number}@{self.server[0]}>"
        began, heard_100, answered = time.monotonic(), None, None
        self.caller.send(self.server, self.request("INVITE", 1, to), True)
        for at_caller, text, source, now in self.messages(began + LOST_S):
            first = text.split("\r\n", 1)[0]
            if f"probe-{self.n}@" not in text and at_caller:
                continue
            if not at_caller and first.startswith("INVITE") and not answered:
                self.callee.reply(text, source, "200 OK", f"c{self.n}", True)
                answered = time.monotonic()
            elif not at_caller and first.startswith("BYE"):
                self.callee.reply(text, source, "200 OK")
                return
            elif first.startswith("SIP/2.0 100") and heard_100 is None:
                heard_100 = now - began
                self.to_100.append(heard_100)
            elif first.startswith("SIP/2.0 200") and "INVITE" in \
                    header(text, "CSeq") and answered:
                self.to_200.append(now - answered)
                to = header(text, "To")
                contact = header(text, "Contact")
                target = re.sub(r".*<|>.*", "", contact)
                for method, cseq in (("ACK", 1), ("BYE", 2)):
                    line = self.request(method, cseq, to)
                    line = f"{method} {target} SIP/2.0\r\n" + \
                        line.split("\r\n", 1)[1]
                    self.caller.send(self.server, line)
        self.lost += 1

    def run(self, seconds, rate):
        """Percentiles in ms, of all calls of these seconds."""
        self.to_100, self.to_200, self.lost = [], [], 0
        end, due = time.monotonic() + seconds, time.monotonic()
        while time.monotonic() < end:
            self.call()
            due += 1 / rate
            time.sleep(max(0, due - time.monotonic()))
        return {"calls": len(self.to_200), "lost": self.lost,
                **spread("ms_to_100", self.to_100),
                **spread("ms_of_200", self.to_200)}

    def close(self):
        self.caller.close()
        self.callee.close()


def spread(name, values):
    values = sorted(values)
    at = {"p50": 0.5, "p99": 0.99, "max": 1}
    return {f"{name}_{k}": round(
        1000 * values[min(int(q * len(values)), len(values) - 1)], 2)
        if values else None for k, q in at.items()}
