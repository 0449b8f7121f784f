"""The server under attack, on either database, with few file descriptors."""

import atexit
import http.client
import json
import os
import pathlib
import resource
import secrets
import signal
import socket
import subprocess
import tempfile
import threading
import time

import rows

PASSWORD = "violet-harbour-41-lantern"
DESCRIPTORS = 256


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """A running server. `database` is "sqlite" or "postgres"."""

    def __init__(self, binary, database, superuser_url, smtp_port):
        self.folder = tempfile.TemporaryDirectory(prefix="crew-attacks-")
        self.database, self.port = database, free_port()
        if database == "sqlite":
            self.path = str(pathlib.Path(self.folder.name) / "crew.db")
            url = "sqlite:///" + self.path
        else:
            self.admin_url, url = make_database(superuser_url)
        limits = (DESCRIPTORS, DESCRIPTORS)
        self.log = open(pathlib.Path(self.folder.name) / "log", "wb+")
        self.process = subprocess.Popen(
            [binary],
            env={"PATH": os.environ["PATH"], "DATABASE_URL": url, "PORT": str(self.port), "LOG_LEVEL": "warn",
                 "SECRET_KEY": secrets.token_hex(32), "ACCESS_TOKEN_MINUTES": "120", "BCRYPT_COST": "10",
                 # Attackers come from many addresses, which a proxy would report.
                 "TRUSTED_PROXIES": "1", "SMTP_URL": f"smtp://127.0.0.1:{smtp_port}", "GRAPHIQL_ENABLED": "false"},
            cwd=self.folder.name, stdout=self.log, stderr=self.log,
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limits))
        atexit.register(self.process.kill)
        self.wait_until_ready()

    def wait_until_ready(self):
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            try:
                if self.get("/readyz") == 200:
                    return
            except OSError:
                pass
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit("the server does not start:\n" + self.logged())

    def logged(self):
        self.log.seek(0)
        return self.log.read().decode(errors="replace")

    def get(self, path):
        connection = self.connect()
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        finally:
            connection.close()

    def connect(self, timeout=30):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def tenant(self, name, **size):
        """Signs somebody up and fills the organisation."""
        query = "mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken org { id } } }"
        email = f"{name}@crew.example"
        account = {"email": email, "password": PASSWORD, "displayName": name, "orgName": name}
        status, answer = post(self.connect(), None, query, {"input": account}, "198.51.100.7")
        if status != 200 or "errors" in answer:
            raise SystemExit(f"{name} cannot sign up: {status} {answer}")
        payload = answer["data"]["signUp"]
        org = rows.Org(rows.key_of(payload["org"]["id"]), **size)
        if self.database == "sqlite":
            rows.fill_sqlite(self.path, org)
        else:
            rows.fill_postgres(self.admin_url, org)
        return Tenant(org, payload["accessToken"], email)

    def peak(self):
        """The most memory since the last call in MiB, and how many descriptors are open."""
        status = pathlib.Path(f"/proc/{self.process.pid}/status").read_text()
        most = next(line for line in status.splitlines() if line.startswith("VmHWM"))
        pathlib.Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")
        return int(most.split()[1]) / 1024, len(os.listdir(f"/proc/{self.process.pid}/fd"))

    def stop(self, most):
        """Seconds until the process has ended after SIGTERM; None if it has not within `most`."""
        started = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(most)
            return time.monotonic() - started
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            return None


class Tenant:
    def __init__(self, org, token, email):
        self.org, self.token, self.email = org, token, email


def make_database(superuser_url):
    """A database with a role of its own that row-level security holds for."""
    server, _, parameters = superuser_url.partition("?")
    base, password = server.rsplit("/", 1)[0], secrets.token_hex(12)
    sql = f"CREATE ROLE attacked LOGIN PASSWORD '{password}'; CREATE DATABASE attacked OWNER attacked;"
    for statement in ["DROP DATABASE IF EXISTS attacked;", "DROP ROLE IF EXISTS attacked;", *sql.split("; ")]:
        psql = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", statement, superuser_url]
        subprocess.run(psql, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    host = base.split("@", 1)[1]
    return f"{base}/attacked?{parameters}", f"postgres://attacked:{password}@{host}/attacked?{parameters}"


def post(connection, token, query, variables, address="203.0.113.9"):
    """Sends a query. Returns the status and the answer; the connection stays open."""
    headers = {"Content-Type": "application/json", "X-Forwarded-For": address}
    if token:
        headers["Authorization"] = "Bearer " + token
    connection.request("POST", "/graphql", json.dumps({"query": query, "variables": variables}), headers)
    response = connection.getresponse()
    return response.status, json.loads(response.read() or b"null")


def silent_mail_server():
    """Takes connections and never says a word. Returns its port."""
    listener = socket.create_server(("127.0.0.1", 0))
    taken = []

    def take():
        while True:
            taken.append(listener.accept())

    threading.Thread(target=take, daemon=True).start()
    return listener.getsockname()[1]
