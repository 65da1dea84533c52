#!/usr/bin/env python3
"""A web server for scenarios: web.py IP PORT PAGES LOG [CERTIFICATE KEY].  It
serves the files of the folder PAGES; /hang takes the question and says
nothing, /fail answers 500.  LOG gets what is asked, a line for each, and
"gone /hang" when who asked has left."""
import http.server
import os
import ssl
import sys


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def note(self, text):
        with open(sys.argv[4], "a") as log:
            log.write(text + "\n")

    def answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def take(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.note(f"{self.command} {self.path} {body.decode()}")
        name = self.path.split("?")[0].strip("/")
        page = os.path.join(sys.argv[3], os.path.basename(name))
        if name == "hang":
            self.connection.recv(1)
            self.note("gone /hang")
            self.close_connection = True
        elif name == "fail" or not os.path.isfile(page):
            self.answer(500, b"{}")
        else:
            with open(page, "rb") as file:
                self.answer(200, file.read())

    do_GET = do_POST = do_PUT = take

    def log_message(self, *unused):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 1024
    daemon_threads = True


def main():
    server = Server((sys.argv[1], int(sys.argv[2])), Handler)
    if len(sys.argv) > 5:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(sys.argv[5], sys.argv[6])
        server.socket = context.wrap_socket(server.socket, server_side=True,
                                            do_handshake_on_connect=False)
    server.serve_forever()


main()
