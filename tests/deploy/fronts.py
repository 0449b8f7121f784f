"""nginx and Caddy with the configuration of this repository, as a user without rights, on ports of the loopback interface."""

import http.client
import os
import pathlib
import pwd
import re
import shutil
import socket
import ssl
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "soak"))
from program import kept_port  # noqa: E402

NAME = "crew.example.org"
# As Debian's own nginx.conf has it, and more: whatever it compresses, the site must not be compressed again.
NGINX = """
daemon off;
worker_processes 2;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ worker_connections 512; }}
http {{
    gzip on;
    gzip_types *;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/coulisses-crew.conf;
}}
"""
# Added to Caddy's options: no port for its administration, no certificates from elsewhere, and files in one folder.
CADDY = """{{
\tadmin off
\thttp_port {http}
\thttps_port {https}
\tskip_install_trust
\tstorage file_system {folder}/caddy
"""


class Front:
    """A proxy in front of a port."""

    def __init__(self, kind, folder, upstream):
        self.kind, self.kept = kind, [kept_port(), kept_port()]
        self.port, self.http_port = (kept.getsockname()[1] for kept in self.kept)
        self.folder = pathlib.Path(folder) / f"{kind}-{self.port}"
        self.folder.mkdir()
        self.authority = certificate(self.folder)
        command = {"nginx": self.nginx, "caddy": self.caddy}[kind](upstream)
        ids = {}
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            ids = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
            for path in [self.folder, *self.folder.iterdir()]:
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        self.log = open(self.folder / "output", "w+b")
        self.process = subprocess.Popen(
            command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)}, **ids,
        )
        self.wait()

    def nginx(self, upstream):
        site = (ROOT / "deploy/nginx/coulisses-crew.conf").read_text(encoding="utf-8")
        site = re.sub(r"\n *listen \[::\].*", "", site)
        site = replaced(site, "listen 443 ", f"listen 127.0.0.1:{self.port} ")
        site = replaced(site, "listen 80;", f"listen 127.0.0.1:{self.http_port};")
        site = replaced(site, "server 127.0.0.1:8000;", f"server 127.0.0.1:{upstream};")
        site = replaced(site, f"/etc/letsencrypt/live/{NAME}", str(self.folder))
        site = replaced(site, "/var/log/nginx", str(self.folder))
        (self.folder / "coulisses-crew.conf").write_text(site, encoding="utf-8")
        (self.folder / "nginx.conf").write_text(NGINX.format(folder=self.folder), encoding="utf-8")
        return [program("nginx"), "-p", str(self.folder), "-c", str(self.folder / "nginx.conf")]

    def caddy(self, upstream):
        site = (ROOT / "deploy/caddy/Caddyfile").read_text(encoding="utf-8")
        options = CADDY.format(http=self.http_port, https=self.port, folder=self.folder)
        site = replaced(site, "\n{\n", f"\n{options}")
        own = f"\tbind 127.0.0.1\n\ttls {self.folder}/fullchain.pem {self.folder}/privkey.pem\n"
        site = replaced(site, f"\n{NAME} {{\n", f"\n{NAME} {{\n{own}")
        site = replaced(site, "reverse_proxy 127.0.0.1:8000", f"reverse_proxy 127.0.0.1:{upstream}")
        (self.folder / "Caddyfile").write_text(site, encoding="utf-8")
        return [program("caddy"), "run", "--adapter", "caddyfile", "--config", str(self.folder / "Caddyfile")]

    def wait(self):
        deadline = time.monotonic() + 60
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except OSError:
                if self.process.poll() is not None or time.monotonic() > deadline:
                    raise SystemExit(f"{self.kind} does not start:\n{self.logged()}") from None
                time.sleep(0.02)

    def logged(self):
        files = [self.folder / "output", self.folder / "error.log"]
        return "\n".join(file.read_text(errors="replace")[-3000:] for file in files if file.exists())

    def stop(self):
        self.process.terminate()
        self.process.wait(30)

    @property
    def origin(self):
        return f"https://{NAME}:{self.port}"

    def connect(self, address="127.0.0.1", timeout=40):
        """A connection over HTTP/1.1 from an address of the loopback interface."""
        return Connection(self, address, timeout)


class Connection(http.client.HTTPSConnection):
    def __init__(self, front, address, timeout):
        context = ssl.create_default_context(cafile=front.authority)
        super().__init__(NAME, front.port, timeout=timeout, source_address=(address, 0), context=context)

    def connect(self):
        self.sock = socket.create_connection(("127.0.0.1", self.port), self.timeout, self.source_address)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.sock = self._context.wrap_socket(self.sock, server_hostname=NAME)


def replaced(text, old, new):
    """The text must be there, or the test would try another configuration than it says."""
    if old not in text:
        raise SystemExit(f"the configuration no longer has {old!r}")
    return text.replace(old, new)


def program(name):
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
    if not found:
        raise SystemExit(f"there is no {name}: install the package {name}")
    return found


def certificate(folder):
    """Makes a certificate that signs itself. Returns its path."""
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
         "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}",
         "-keyout", f"{folder}/privkey.pem", "-out", f"{folder}/fullchain.pem"],
        check=True, capture_output=True,
    )
    return f"{folder}/fullchain.pem"
