# SPDX-License-Identifier: Apache-2.0
"""A port in front of the gateway that devices are provisioned with: it passes bytes on, or plays a gateway of its own that has
the real certificate and key and says what a test tells it to."""
import os
import socket
import ssl
import struct
import threading


def varint(n):
    out = b""
    while n > 127:
        out += bytes([n & 127 | 128])
        n >>= 7
    return out + bytes([n])


def field(number, value):
    """One protobuf field: int as varint, bytes or str with length."""
    if isinstance(value, int):
        return varint(number << 3) + varint(value)
    data = value.encode() if isinstance(value, str) else value
    return varint(number << 3 | 2) + varint(len(data)) + data


def desired(app_sid="", sha256=b"", size=0, logging=0, restart_seq=0):
    return field(1, app_sid) + field(2, sha256) + field(3, size) + field(4, logging) + field(5, restart_seq)


def welcome(wall_time_us, heartbeat_ms=2000, body=b"", session=1):
    return field(1, field(2, session) + field(3, wall_time_us) + field(4, heartbeat_ms) + field(5, body))


def frame(stream, payload):
    return struct.pack(">HH", stream, len(payload)) + payload


def fields(data):
    """Decodes one message into {number: last value}; enough for what devices send."""
    out, at = {}, 0

    def number():
        nonlocal at
        value = shift = 0
        while True:
            byte = data[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value
    while at < len(data):
        key = number()
        value = number()
        if key & 7 == 2:
            value, at = data[at:at + value], at + value
        out[key >> 3] = value
    return out


class Peer:
    """A device's session as the scripted gateway sees it."""

    def __init__(self, stream):
        self.stream, self.buffer = stream, b""

    def send(self, payload, stream=0):
        self.stream.sendall(frame(stream, payload))

    def raw(self, data):
        self.stream.sendall(data)

    def receive(self):
        """(stream, payload) of the next frame; ConnectionError when the device has gone."""
        while len(self.buffer) < 4 or len(self.buffer) < 4 + struct.unpack_from(">H", self.buffer, 2)[0]:
            data = self.stream.recv(65536)
            if not data:
                raise ConnectionError("the device closed the session")
            self.buffer += data
        stream, length = struct.unpack_from(">HH", self.buffer)
        payload, self.buffer = self.buffer[4:4 + length], self.buffer[4 + length:]
        return stream, payload

    def message(self, number):
        """Fields of the next control message of this kind (DeviceMessage.body); others are passed over."""
        while True:
            stream, payload = self.receive()
            found = fields(payload) if stream == 0 else {}
            if number in found:
                return fields(found[number])

    def closed(self):
        """Reads on until the device ends the session."""
        try:
            while True:
                self.receive()
        except (OSError, ConnectionError):
            return True


class Gate:
    """play(peer) handles sessions while set; otherwise they go to the real gateway."""

    def __init__(self, server):
        self.server, self.play, self.played = server, None, 0
        self.problems = []
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.open = set()
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.open.add(connection)
            threading.Thread(target=self.serve, args=(connection, self.play), daemon=True).start()

    def serve(self, connection, play):
        try:
            if play:
                self.act(connection, play)
            else:
                self.forward(connection)
        except (OSError, ConnectionError):
            pass
        except Exception as e:  # a test's own mistake: shown by the test
            self.problems.append(repr(e))
        finally:
            self.open.discard(connection)
            connection.close()

    def act(self, connection, play):
        pki = os.path.join(self.server.data, "pki")
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.minimum_version = ssl.TLSVersion.TLSv1_3
        context.num_tickets = 0
        context.set_alpn_protocols(["outrigger/1"])
        context.verify_mode = ssl.CERT_REQUIRED
        context.load_cert_chain(os.path.join(pki, "gateway.pem"), os.path.join(pki, "gateway.key"))
        context.load_verify_locations(os.path.join(pki, "fleet_ca.pem"))
        connection.settimeout(30)
        with context.wrap_socket(connection, server_side=True) as stream:
            self.open.add(stream)
            try:
                peer = Peer(stream)
                peer.hello = peer.message(1)
                self.played += 1
                play(peer)
            finally:
                self.open.discard(stream)

    def forward(self, connection):
        with socket.create_connection(("127.0.0.1", self.server.gateway_port)) as upstream:
            self.open.add(upstream)
            back = threading.Thread(target=pump, args=(upstream, connection), daemon=True)
            back.start()
            pump(connection, upstream)
            back.join()
            self.open.discard(upstream)

    def switch(self, play):
        """Plays play from now on (None: the real gateway); ends every session that is open."""
        self.play = play
        self.played = 0
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def stop(self):
        self.listener.close()
        self.switch(None)


def pump(source, target):
    try:
        while data := source.recv(65536):
            target.sendall(data)
    except OSError:
        pass
    for end in (source, target):
        try:
            end.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
