"""HAProxy in front of the servers, set up as docs/scale.md prints it."""

import atexit
import http.client
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

from program import free_port


class Proxy:
    """Looks like a program to the clients of tests/soak/load.py, which connect to it."""

    def __init__(self, printed, servers):
        found = shutil.which("haproxy", path=f"{os.environ['PATH']}:/usr/sbin")
        if not found:
            raise SystemExit("there is no haproxy: install its package")
        self.port = free_port()
        text = printed.replace("bind :8000", f"bind 127.0.0.1:{self.port}")
        for number, server in enumerate(servers, 1):
            text = re.sub(rf"(server crew{number}) \S+", rf"\1 127.0.0.1:{server.port}", text)
        self.folder = tempfile.TemporaryDirectory()
        self.stats = f"{self.folder.name}/socket"
        configuration = pathlib.Path(self.folder.name) / "haproxy.cfg"
        # The socket is for this trial, to see which servers get requests.
        configuration.write_text(f"global\n    stats socket {self.stats}\n\n{text}", encoding="utf-8")
        self.process = subprocess.Popen([found, "-q", "-f", str(configuration)], stdin=subprocess.DEVNULL)
        atexit.register(self.stop)
        deadline = time.monotonic() + 10
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

    def connect(self, timeout=30):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait()
