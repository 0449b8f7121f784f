"""The server as a program: started, killed and started again on the same database and port."""

import atexit
import contextlib
import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
# It stays the same from start to start, and so do sessions and the links in mail.
SECRET = "a secret of the soak test, long enough for production"


def build():
    """Builds the server for development, if need be. Returns its path."""
    subprocess.run(["cargo", "build", "--locked", "--bin", "coulisses-crew"], cwd=ROOT, check=True)
    target = pathlib.Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    return str(target / "debug" / "coulisses-crew")


class Program:
    def __init__(self, binary, database_url, **settings):
        self.binary, self.host, self.port = binary, settings.get("HOST", "127.0.0.1"), free_port()
        self.folder = tempfile.TemporaryDirectory()
        self.log = open(f"{self.folder.name}/log", "w+b")
        self.environment = {
            "DATABASE_URL": database_url,
            "PORT": str(self.port),
            "SECRET_KEY": SECRET,
            "BCRYPT_COST": "4",
            "THROTTLE_ENABLED": "false",
            "GRAPHIQL_ENABLED": "false",
            "LOG_LEVEL": "warn,coulisses_crew::db=info",
            **settings,
        }
        self.process = None
        atexit.register(self.kill)

    def start(self, wait=30):
        """Starts it and waits until it is ready. Tries again where the port is still taken by what was killed."""
        deadline = time.monotonic() + wait
        while True:
            self.process = subprocess.Popen(
                [self.binary], env=self.environment, cwd=self.folder.name, stdin=subprocess.DEVNULL, stderr=self.log
            )
            while self.process.poll() is None:
                with contextlib.suppress(OSError):
                    if self.status("/readyz") == 200:
                        return
                if time.monotonic() > deadline:
                    raise SystemExit("the server does not become ready:\n" + self.logged()[-4000:])
                time.sleep(0.01)
            if time.monotonic() > deadline:
                raise SystemExit("the server does not start:\n" + self.logged()[-4000:])

    def kill(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    def terminate(self):
        self.process.send_signal(signal.SIGTERM)

    def status(self, path, timeout=30):
        connection = self.connect(timeout)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def connect(self, timeout=30):
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def logged(self):
        return pathlib.Path(self.log.name).read_text(errors="replace")


def post(connection, token, query, variables=None):
    """Sends an operation. Returns the status and the answer; the connection stays open."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    body = json.dumps({"query": query, "variables": variables or {}})
    connection.request("POST", "/graphql", body, headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read() or b"null")


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return listener.getsockname()[1]


def kept_port():
    """A socket that keeps a port, so that nobody else gets it who takes any. Connecting to it is refused until a program
    that is told this port listens there."""
    kept = socket.socket()
    kept.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    kept.bind(("127.0.0.1", 0))
    return kept
