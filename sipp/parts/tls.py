#!/usr/bin/env python3
"""TLS for those who speak TCP only: tls.py HERE SERVER [OPTION...]

Each connection to HERE (IP:PORT) goes on to SERVER over TLS, from the same
address, and Via says so.  --ca FILE verifies the server, --identity PATH presents PATH.pem
with PATH.key."""
import argparse
import socket
import ssl
import threading


def address(text):
    host, port = text.rsplit(":", 1)
    return host, int(port)


def copy(source, sink, said=b"", meant=b""):
    try:
        while data := source.recv(65536):
            sink.sendall(data.replace(said, meant) if said else data)
    except OSError as why:
        print(why, flush=True)
    for end in (source, sink):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass


def serve(plain, options, context):
    try:
        there = socket.create_connection(
            options.server, source_address=(options.here[0], 0))
        secure = context.wrap_socket(there, server_hostname=options.server[0])
        # a refused certificate shows itself at the first read only
        print("connected", secure.version(), flush=True)
    except OSError as why:
        print(why, flush=True)
        plain.close()
        return
    threading.Thread(target=copy, daemon=True,
                     args=(plain, secure, b"SIP/2.0/TCP",
                           b"SIP/2.0/TLS")).start()
    copy(secure, plain)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("here", type=address)
    parser.add_argument("server", type=address)
    parser.add_argument("--ca")
    parser.add_argument("--identity")
    options = parser.parse_args()
    context = ssl.create_default_context(cafile=options.ca)
    if options.identity:
        context.load_cert_chain(options.identity + ".pem",
                                options.identity + ".key")
    listener = socket.create_server(options.here)
    while True:
        plain, _ = listener.accept()
        threading.Thread(target=serve, args=(plain, options, context),
                         daemon=True).start()


main()
