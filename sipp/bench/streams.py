"""Phones that keep one connection (TCP or TLS; or a UDP socket beside them):
they register, call, are called, or do nothing at all."""
import hashlib
import re
import selectors
import socket
import ssl
import time

from probe import SDP, header, headers
from sides import REALM

BLANK = b"\r\n\r\n"


def md5(text):
    return hashlib.md5(text.encode()).hexdigest()


class Line:
    """A phone's way to the server: whole messages in and out."""

    def __init__(self, way, ip, server):
        self.way, self.server = way.upper(), server
        kind = socket.SOCK_DGRAM if way == "udp" else socket.SOCK_STREAM
        self.socket = socket.socket(socket.AF_INET, kind)
        self.socket.bind((ip, 0))
        self.socket.connect(server)
        if way != "udp":
            self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if way == "tls":
            context = ssl.create_default_context()
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
            self.socket = context.wrap_socket(self.socket)
        self.ip, self.port = self.socket.getsockname()[:2]
        self.rest = b""

    def send(self, lines, sdp=False):
        body = SDP.format(ip=self.ip, port=self.port) if sdp else ""
        kind = "Content-Type: application/sdp\r\n" if sdp else ""
        self.socket.sendall(f"{lines}{kind}Content-Length: {len(body)}\r\n\r\n"
                            f"{body}".encode())

    def read(self):
        """What has come: blocks when nothing has."""
        self.rest += self.socket.recv(65536)
        while getattr(self.socket, "pending", int)():
            self.rest += self.socket.recv(65536)
        while BLANK in self.rest:
            self.rest = self.rest.lstrip(b"\r\n")  # answers to keepalives
            head, _, rest = self.rest.partition(BLANK)
            length = int(header(head.decode() + "\r\n", "Content-Length") or 0)
            if not head or len(rest) < length:
                break
            self.rest = rest[length:]
            yield head.decode() + "\r\n"

    def request(self, method, uri, to, call, cseq, extra=""):
        return (f"{method} {uri} SIP/2.0\r\n"
                f"Via: SIP/2.0/{self.way} {self.ip}:{self.port};rport;branch="
                f"z9hG4bK{call}{cseq}{method}\r\n"
                f"From: <sip:phone@{REALM}>;tag=f{call}\r\nTo: {to}\r\n"
                f"Call-ID: {call}@{self.ip}:{self.port}\r\n"
                f"CSeq: {cseq} {method}\r\nMax-Forwards: 70\r\nContact: "
                f"<sip:phone@{self.ip}:{self.port};transport={self.way}>\r\n"
                f"{extra}")

    def reply(self, message, status, sdp=False):
        to = header(message, "To")
        if "tag=" not in to:
            to += ";tag=callee"
        self.send(f"SIP/2.0 {status}\r\n{headers(message, 'Via')}"
                  f"From: {header(message, 'From')}\r\nTo: {to}\r\n"
                  f"Call-ID: {header(message, 'Call-ID')}\r\n"
                  f"CSeq: {header(message, 'CSeq')}\r\nContact: <sip:phone@"
                  f"{self.ip}:{self.port};transport={self.way}>\r\n", sdp)

    def register(self, name):
        """REGISTER, 401, REGISTER with digest, 200."""
        uri, to = f"sip:{REALM}", f"<sip:{name}@{REALM}>"
        proof = ""
        for cseq in (1, 2):
            said = self.request("REGISTER", uri, to, f"r-{name}", cseq,
                                f"{proof}Expires: 3600\r\n")
            self.send(said.replace("sip:phone@", f"sip:{name}@"))
            answer = ""
            while not answer:
                answer = next(self.read(), "")
            asked = dict(re.findall(r'(\w+)="([^"]*)"',
                                    header(answer, "WWW-Authenticate")))
            if not asked:
                break
            response = md5(":".join((
                md5(f"{name}:{REALM}:secret-{name}"), asked["nonce"],
                "00000001", "c", "auth", md5(f"REGISTER:{uri}"))))
            proof = (f'Authorization: Digest username="{name}", '
                     f'realm="{REALM}", nonce="{asked["nonce"]}", '
                     f'uri="{uri}", response="{response}", algorithm=MD5, '
                     'qop=auth, nc=00000001, cnonce="c"\r\n')
        if not answer.startswith("SIP/2.0 200"):
            raise SystemExit(f"{name} could not register: {answer}")

    def close(self):
        self.socket.close()


class Talk:
    """Calls of one line to another; each is hung up as soon as it is up, and
    then another one begins."""

    def __init__(self, caller, callee, number):
        self.caller, self.callee = caller, callee
        self.uri = f"sip:{number}@{REALM}"
        self.n, self.done, self.answered = 0, 0, set()
        self.ways = selectors.DefaultSelector()
        self.ways.register(caller.socket, selectors.EVENT_READ, self.called)
        self.ways.register(callee.socket, selectors.EVENT_READ, self.answers)

    def begin(self):
        self.n += 1
        self.caller.send(self.caller.request(
            "INVITE", self.uri, f"<{self.uri}>", f"c{self.n}", 1), True)

    def called(self):
        for text in self.caller.read():
            call = header(text, "Call-ID").split("@")[0]
            if not text.startswith("SIP/2.0 200"):
                continue
            if "BYE" in header(text, "CSeq"):
                self.done += 1
                continue
            to = header(text, "To")
            target = re.sub(r".*<|>.*", "", header(text, "Contact"))
            self.caller.send(self.caller.request("ACK", target, to, call, 1))
            if call not in self.answered:
                self.answered.add(call)
                self.caller.send(
                    self.caller.request("BYE", target, to, call, 2))

    def answers(self):
        for text in self.callee.read():
            if text.startswith("INVITE "):
                self.callee.reply(text, "200 OK", True)
            elif text.startswith("BYE "):
                self.callee.reply(text, "200 OK")

    def run(self, calls, rate):
        """So many, evenly; seconds it took, and how many were completed."""
        began, first, last = time.monotonic(), self.n, self.done
        end = began + calls / rate + 5
        while self.done - last < calls and time.monotonic() < end:
            due = began + (self.n - first) / rate
            if self.n - first < calls and time.monotonic() >= due:
                self.begin()
                continue
            for key, _ in self.ways.select(max(0.001, min(
                    due - time.monotonic(), 0.05))):
                key.data()
        return time.monotonic() - began, self.done - last
