"""HAProxy in front of the servers, as docs/scale.md prints it, and nginx in front of HAProxy, as `deploy` has it."""

import atexit
import http.client
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

from program import ROOT, free_port

sys.path.append(str(ROOT / "tests" / "deploy"))

from fronts import Front, replaced  # noqa: E402

# How the addresses of the servers begin, on the page and here. Their number follows.
PRINTED, HERE = "10.0.0.1", "127.0.0.1"


class Proxy:
    """Looks like a program to the clients of tests/soak/load.py, which connect to it."""

    def __init__(self, printed, servers):
        found = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
        if not found:
            raise SystemExit("there is no haproxy: install its package")
        port = free_port()
        text = replaced(printed, "bind 127.0.0.1:8000", f"bind 127.0.0.1:{port}")
        for number, server in enumerate(servers, 1):
            name = f"server crew{number}"
            text = replaced(text, f"{name} {PRINTED}{number}:8000", f"{name} {HERE}{number}:{server.port}")
        self.folder = tempfile.TemporaryDirectory()
        configuration = pathlib.Path(self.folder.name) / "haproxy.cfg"
        configuration.write_text(printed, encoding="utf-8")
        subprocess.run([found, "-c", "-q", "-f", str(configuration)], check=True)
        configuration.write_text(text, encoding="utf-8")
        self.process = subprocess.Popen([found, "-q", "-f", str(configuration)], stdin=subprocess.DEVNULL)
        os.chmod(self.folder.name, 0o755)
        self.front = Front("nginx", self.folder.name, port)
        atexit.register(self.stop)
        deadline = time.monotonic() + 30
        while self.status("/readyz") != 200:
            if time.monotonic() > deadline:
                raise SystemExit("HAProxy finds no server")
            time.sleep(0.05)

    def status(self, path):
        connection = self.connect(5)
        try:
            connection.request("GET", path)
            return connection.getresponse().status
        except OSError:
            return None
        finally:
            connection.close()

    def connect(self, timeout=30, address="127.0.0.1"):
        return self.front.connect(address, timeout)

    def stop(self):
        for process in (self.front.process, self.process):
            if process.poll() is None:
                process.terminate()
                process.wait()
