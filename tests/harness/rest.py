# SPDX-License-Identifier: Apache-2.0
"""A small REST client of the Python standard library: forms in, JSON out."""
import base64
import json
import os
import urllib.error
import urllib.parse
import urllib.request

from harness.description import check_answer


class RestError(Exception):
    """An answer outside 2xx: status, and the error body (a dict when it was JSON)."""

    def __init__(self, status, body):
        super().__init__(f"HTTP {status}: {body}")
        self.status, self.body = status, body


class Rest:
    def __init__(self, base, user, password):
        self.base = base
        self.authorization = "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()

    def request(self, method, path, body=None, headers=None, timeout_s=30):
        """(status, parsed JSON or bytes). Never raises for a status, but for an answer that the API's description lacks."""
        req = urllib.request.Request(self.base + path, data=body, method=method, headers=headers or {})
        if "Authorization" not in req.headers:
            req.add_header("Authorization", self.authorization)
        try:
            with urllib.request.urlopen(req, timeout=timeout_s) as r:
                status, answer = r.status, parsed(r.read())
        except urllib.error.HTTPError as e:
            with e:
                status, answer = e.code, parsed(e.read())
        check_answer(method, path, status, answer)
        return status, answer

    def __call__(self, method, path, form=None):
        """Sends a form, returns the JSON of a 2xx answer, raises RestError for any other."""
        body = urllib.parse.urlencode(form).encode() if form is not None else None
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body is not None else {}
        status, answer = self.request(method, path, body, headers)
        if not 200 <= status < 300:
            raise RestError(status, answer)
        return answer

    def upload(self, path, unique_name=None, to="/v1/Apps"):
        """POST of a bundle file: (status, body)."""
        boundary = "outrigger" + os.urandom(8).hex()
        parts = []
        if unique_name is not None:
            parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="UniqueName"\r\n\r\n{unique_name}\r\n'
                         .encode())
        with open(path, "rb") as f:
            parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="File"; filename="bundle.zip"\r\n'
                         f'Content-Type: application/zip\r\n\r\n'.encode() + f.read() + b"\r\n")
        body = b"".join(parts) + f"--{boundary}--\r\n".encode()
        return self.request("POST", to, body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})


def parsed(body):
    try:
        return json.loads(body)
    except ValueError:
        return body
