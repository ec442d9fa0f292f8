# SPDX-License-Identifier: Apache-2.0
"""An HTTP server that answers from a script: for clients that must cope with servers that are wrong, slow or gone."""
import http.server
import json
import ssl
import threading


class Scripted:
    """answers: list of (status, body) or callables(handler), one per request, the last one for all that follow.

    body: dict or list (sent as JSON), bytes, or None. requests: what came, as (method, path, body, headers)."""

    def __init__(self, answers, certificate=None, key=None):
        self.answers = list(answers)
        self.requests = []
        self.lock = threading.Lock()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def answer(self):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                outer.take(self, body)

            do_GET = do_POST = do_DELETE = answer

        self.httpd = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.httpd.daemon_threads = True
        self.httpd.handle_error = lambda *_: None  # clients that hang up or refuse a certificate are what is tested
        scheme = "http"
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            self.httpd.socket = context.wrap_socket(self.httpd.socket, server_side=True)
            scheme = "https"
        self.port = self.httpd.server_address[1]
        self.url = f"{scheme}://127.0.0.1:{self.port}"
        self.thread = threading.Thread(target=self.httpd.serve_forever, kwargs={"poll_interval": 0.02})
        self.thread.start()

    def take(self, handler, body):
        with self.lock:
            self.requests.append((handler.command, handler.path, body, dict(handler.headers)))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if callable(answer):
            answer(handler)
        else:
            reply(handler, *answer)

    def stop(self):
        self.httpd.shutdown()
        self.httpd.server_close()
        self.thread.join()


def reply(handler, status, body=None, headers=()):
    data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
    handler.send_response(status)
    for name, value in headers:
        handler.send_header(name, value)
    handler.send_header("Content-Type", "application/json")
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)
