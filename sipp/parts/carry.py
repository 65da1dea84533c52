#!/usr/bin/env python3
"""TCP or TLS for sipp's actors, who speak UDP here:
carry.py tcp|tls SERVER AUTHORITY IDENTITY ACTOR...

Each ACTOR is an address, with a plus sign in front if it listens.  What sipp
sends from port 5060 there to port 5999 goes on to SERVER over one connection
of the actor's own, which is opened once and kept, so that what the server
sends on it comes back to sipp: an actor who registers is called on that very
connection.  Who listens is reached at port 5060 (TLS: 5061), and answers on
the connection that was asked on.  Via and Contact say the transport; what
sipp repeats, as one does over UDP, is sent once."""
import asyncio
import re
import ssl
import sys

BRANCH = re.compile(rb";branch=([^;,\s]+)")  # of the topmost Via
LENGTH = re.compile(rb"^(?:Content-Length|l)\s*:\s*(\d+)", re.I | re.M)


def branch_of(message):
    found = BRANCH.search(message)
    return found and found[1]


async def next_message(reader):
    head = b""
    while not head.strip():  # RFC 5626 3.5.1: a CRLF alone
        head = await reader.readuntil(b"\r\n")
    head += await reader.readuntil(b"\r\n\r\n")
    length = LENGTH.search(head)
    return head + await reader.readexactly(int(length[1]) if length else 0)


class Actor(asyncio.DatagramProtocol):
    """One address: its datagrams, and its connections."""

    def __init__(self, way, ip):
        self.way, self.ip = way, ip
        self.writer = None   # where its own requests go
        self.asked = {}      # branch -> the connection it came on
        self.said = set()
        self.todo = asyncio.Queue()
        self.tasks = []      # asyncio itself only knows them weakly
        self.wire = None

    async def start(self, listens):
        loop = asyncio.get_running_loop()
        self.wire, _ = await loop.create_datagram_endpoint(
            lambda: self, local_addr=(self.ip, 5999))
        if listens:
            await asyncio.start_server(self.hear, self.ip, self.way.port,
                                       ssl=self.way.server)
        self.tasks.append(asyncio.create_task(self.send_all()))

    def datagram_received(self, data, addr):
        if data not in self.said:
            self.said.add(data)
            self.todo.put_nowait(data)

    def error_received(self, why):
        pass  # no sipp is there at present

    async def send_all(self):
        while True:
            data = await self.todo.get()
            try:
                await self.send(data)
            except OSError as why:
                print(self.ip, why, flush=True)
                self.writer = None

    async def send(self, data):
        head, blank, body = data.partition(b"\r\n\r\n")
        head = head.replace(b"SIP/2.0/UDP", b"SIP/2.0/" + self.way.name)
        head = head.replace(b":5060;transport=UDP", self.way.contact)
        writer = None
        if head.startswith(b"SIP/2.0 "):
            writer = self.asked.get(branch_of(head))
        if writer is None or writer.is_closing():
            writer = await self.own()
        writer.write(head + blank + body)
        await writer.drain()

    async def own(self):
        if self.writer is None or self.writer.is_closing():
            reader, self.writer = await asyncio.open_connection(
                self.way.host, self.way.port, local_addr=(self.ip, 0),
                ssl=self.way.client)
            self.tasks.append(
                asyncio.create_task(self.hear(reader, self.writer)))
        return self.writer

    async def hear(self, reader, writer):
        try:
            while True:
                message = await next_message(reader)
                if not message.startswith(b"SIP/2.0 "):
                    self.asked[branch_of(message)] = writer
                self.wire.sendto(message, (self.ip, 5060))
        except (OSError, EOFError, ValueError) as why:
            print(self.ip, "closed:", why, flush=True)
        writer.close()


class Way:
    """TCP or TLS to the server and from it."""

    def __init__(self, name, host, authority, identity):
        self.name, self.host = name.upper().encode(), host
        self.port, self.client, self.server = 5060, None, None
        if name == "tls":
            self.port = 5061
            self.client = ssl.create_default_context(cafile=authority)
            self.server = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            self.server.load_cert_chain(identity + ".pem", identity + ".key")
        self.contact = b":%d;transport=%s" % (self.port, self.name)


async def main():
    way = Way(*sys.argv[1:5])
    for word in sys.argv[5:]:
        await Actor(way, word.lstrip("+")).start(word.startswith("+"))
    print("ready", flush=True)
    await asyncio.Event().wait()


asyncio.run(main())
