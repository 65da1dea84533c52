#!/usr/bin/env python3
"""Somebody who means no good, for scenarios: floods, guesses passwords.

stranger.py flood FROM TO SECONDS RATE      REGISTER, INVITE, OPTIONS in turn
stranger.py guess FROM TO TIMES [tcp]       wrong passwords; prints how many
                                            were answered
stranger.py forge FROM VICTIM TO TIMES      answers FROM's challenge from
                                            VICTIM's address
stranger.py ask FROM TO [tcp]               REGISTER; prints the status, or 0
stranger.py ping FROM TO TIMES              OPTIONS one by one; prints the
                                            99th percentile in ms
FROM and VICTIM are addresses of ours, TO is ADDRESS:PORT."""
import hashlib
import random
import re
import socket
import sys
import time

REALM = "acme.test"


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def udp(ip):
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.bind((ip, 0))
    s.settimeout(1)
    return s


def message(s, method, more="", transport="UDP"):
    host, port = s.getsockname()[:2]
    token = f"{random.getrandbits(64):x}"
    return (f"{method} sip:{REALM} SIP/2.0\r\n"
            f"Via: SIP/2.0/{transport} {host}:{port};branch=z9hG4bK{token}\r\n"
            f"Max-Forwards: 70\r\nFrom: <sip:alice@{REALM}>;tag={token}\r\n"
            f"To: <sip:alice@{REALM}>\r\nCall-ID: {token}\r\n"
            f"CSeq: 1 {method}\r\nContact: <sip:alice@{host}:{port}>\r\n"
            f"User-Agent: stranger 1.0\r\n{more}"
            "Content-Length: 0\r\n\r\n").encode()


def answer(s):
    try:
        return s.recv(65536).decode()
    except OSError:
        return ""


def status(text):
    m = re.match(r"SIP/2.0 (\d+)", text)
    return int(m.group(1)) if m else 0


def credentials(challenge):
    realm = re.search(r'realm="([^"]*)"', challenge).group(1)
    nonce = re.search(r'nonce="([^"]*)"', challenge).group(1)
    junk = hashlib.md5(random.randbytes(8)).hexdigest()
    return (f'Authorization: Digest username="alice", realm="{realm}", '
            f'nonce="{nonce}", uri="sip:{realm}", response="{junk}", '
            'algorithm=MD5, qop=auth, nc=00000001, cnonce="x"\r\n')


def connect(ip, to, how):
    if how != "tcp":
        s = udp(ip)
        s.connect(to)
        return s, "UDP"
    s = socket.socket()
    s.bind((ip, 0))
    s.settimeout(1)
    s.connect(to)
    return s, "TCP"


def flood(ip, to, seconds, rate):
    s, end, sent = udp(ip), time.time() + float(seconds), 0
    start = time.time()
    while time.time() < end:
        while sent < (time.time() - start) * float(rate):
            s.sendto(message(s, ("REGISTER", "INVITE", "OPTIONS")[sent % 3]),
                     address(to))
            sent += 1
        time.sleep(0.001)
    print(sent)


def guess(ip, to, times, how="udp"):
    s, transport = connect(ip, address(to), how)
    s.send(message(s, "REGISTER", transport=transport))
    text, answered = answer(s), 0
    if status(text) != 401:
        sys.exit(f"no challenge: {text}")
    line = credentials(text)
    for _ in range(int(times)):
        try:
            s.send(message(s, "REGISTER", line, transport))
        except OSError:
            break
        if status(answer(s)) == 0:
            break
        answered += 1
    print(answered)


def forge(ip, victim, to, times):
    s, v = udp(ip), udp(victim)
    s.sendto(message(s, "REGISTER"), address(to))
    line = credentials(answer(s))
    for _ in range(int(times)):
        v.sendto(message(v, "REGISTER", line), address(to))
        if status(answer(v)) != 401:
            sys.exit("not answered")


def ask(ip, to, how="udp"):
    try:
        s, transport = connect(ip, address(to), how)
        s.send(message(s, "REGISTER", transport=transport))
        print(status(answer(s)))
    except OSError:
        print(0)


def ping(ip, to, times):
    s, took = udp(ip), []
    for _ in range(int(times)):
        start = time.time()
        s.sendto(message(s, "OPTIONS"), address(to))
        if status(answer(s)) != 200:
            sys.exit("a ping was not answered")
        took.append(time.time() - start)
        time.sleep(0.005)
    print(int(sorted(took)[len(took) * 99 // 100] * 1000))


if __name__ == "__main__":
    {"flood": flood, "guess": guess, "forge": forge, "ask": ask,
     "ping": ping}[sys.argv[1]](*sys.argv[2:])
