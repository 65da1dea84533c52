#!/usr/bin/env python3
"""A DNS server for scenarios: dns.py IP PORT ZONE.  The zone has a record a
line: NAME A ADDRESS, NAME SRV PRIORITY WEIGHT PORT TARGET, NAME NAPTR ORDER
PREFERENCE FLAGS SERVICE TARGET.  What is not there does not exist."""
import socket
import struct
import sys

TYPES = {"A": 1, "SRV": 33, "NAPTR": 35}


def name(text):
    return b"".join(bytes([len(part)]) + part.encode()
                    for part in text.strip(".").split(".") if part) + b"\0"


def string(text):
    return bytes([len(text)]) + text.encode()


def data(kind, values):
    if kind == "A":
        return socket.inet_aton(values[0])
    if kind == "SRV":
        return struct.pack("!HHH", *map(int, values[:3])) + name(values[3])
    order, preference, flags, service, target = values
    return struct.pack("!HH", int(order), int(preference)) + \
        string(flags) + string(service) + string("") + name(target)


def read_zone(path):
    zone = {}
    with open(path) as lines:
        for line in lines:
            owner, kind, *values = line.split()
            zone.setdefault((owner.lower(), TYPES[kind]), []).append(
                data(kind, values))
    return zone


def question(query):
    at, labels = 12, []
    while query[at]:
        labels.append(query[at + 1:at + 1 + query[at]].decode())
        at += 1 + query[at]
    kind = struct.unpack("!H", query[at + 1:at + 3])[0]
    return ".".join(labels).lower(), kind, query[12:at + 5]


def main():
    ip, port, path = sys.argv[1:]
    zone = read_zone(path)
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind((ip, int(port)))
    while True:
        query, source = server.recvfrom(4096)
        owner, kind, asked = question(query)
        found = zone.get((owner, kind), [])
        exists = any(known == owner for known, _ in zone)
        reply = query[:2] + struct.pack("!HHHHH", 0x8580 | (0 if exists else 3),
                                        1, len(found), 0, 0) + asked
        for rdata in found:
            reply += b"\xc0\x0c" + struct.pack("!HHIH", kind, 1, 60,
                                               len(rdata)) + rdata
        server.sendto(reply, source)


main()
