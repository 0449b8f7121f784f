"""PgBouncer in transaction mode, set up as docs/operations.md says."""

import atexit
import contextlib
import os
import pathlib
import re
import shutil
import socket
import subprocess
import tempfile
import time

from program import free_port

OLDEST = (1, 21)


def fits(program):
    """Whether there is a PgBouncer that knows prepared statements."""
    if not program:
        return False
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False).stdout
    found = re.match(r"PgBouncer (\d+)\.(\d+)", told)
    return bool(found) and tuple(map(int, found.groups())) >= OLDEST


class Bouncer:
    """Stands in front of the PostgreSQL of one machine."""

    def __init__(self, program, printed, machine):
        self.port, owner = free_port(), machine.machines.owner
        self.folder = tempfile.mkdtemp(prefix="crew-bouncer-", dir="/tmp")
        # It refuses to run as root too.
        ids = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
        program = shutil.copy(program, f"{self.folder}/pgbouncer")
        configuration = pathlib.Path(self.folder) / "pgbouncer.ini"
        configuration.write_text(
            # With this type of admission it has to know as whom to connect.
            f"[databases]\n* = host=127.0.0.1 port={machine.port} user=crew\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = {self.port}\nunix_socket_dir =\n"
            f"auth_type = any\npool_mode = transaction\nlogfile = {self.folder}/log\n{printed}",
            encoding="utf-8",
        )
        if owner:
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        self.process = subprocess.Popen([program, "-q", str(configuration)], stdin=subprocess.DEVNULL, **ids)
        atexit.register(self.stop)
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), 1):
                return
            time.sleep(0.05)
        raise SystemExit("PgBouncer does not listen")

    def stop(self):
        self.process.kill()
        self.process.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
