"""A PostgreSQL server of one's own, which may be stopped in every way."""

import atexit
import contextlib
import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import tempfile
import time

from program import free_port

# It keeps what it has acknowledged, as it does by default. Only a power cut is not survived: nothing here cuts it.
CONFIGURATION = """
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 60
fsync = off
synchronous_commit = on
"""


def programs():
    """The folder of PostgreSQL's server programs. All of them are there, but on the path there may be a few only."""
    listed = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), reverse=True)
    found = shutil.which("initdb") or next(iter(listed), None)
    if not found:
        raise SystemExit("there is no initdb: install the server package of PostgreSQL")
    return pathlib.Path(found).resolve().parent


class Cluster:
    def __init__(self):
        self.programs, self.port = programs(), free_port()
        self.folder = tempfile.mkdtemp(prefix="crew-soak-", dir="/tmp")
        # PostgreSQL refuses to run as root.
        self.owner = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        if self.owner:
            os.chown(self.folder, self.owner.pw_uid, self.owner.pw_gid)
        atexit.register(self.remove)
        self.run("initdb", "-D", self.data, "-U", "admin", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")
        with open(f"{self.data}/postgresql.conf", "a", encoding="utf-8") as file:
            file.write(CONFIGURATION + f"port = {self.port}\n")
        self.start()
        self.query("CREATE ROLE crew LOGIN", "postgres")
        self.query("CREATE DATABASE crew OWNER crew", "postgres")
        self.url = f"postgres://crew@127.0.0.1:{self.port}/crew"

    @property
    def data(self):
        return f"{self.folder}/data"

    def run(self, program, *arguments):
        ids = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": []} if self.owner else {}
        command = [str(self.programs / program), *arguments]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL, **ids)
        if done.returncode:
            raise SystemExit(f"{program} failed: {done.stdout}{done.stderr}")

    def start(self):
        self.run("pg_ctl", "start", "-D", self.data, "-w", "-s", "-l", f"{self.folder}/log")

    def stop(self, mode):
        self.run("pg_ctl", "stop", "-D", self.data, "-m", mode, "-w", "-s")

    def signal(self, number):
        """Sends a signal to each of its processes."""
        main = int(pathlib.Path(f"{self.data}/postmaster.pid").read_text(encoding="utf-8").split()[0])
        listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(main)], capture_output=True, text=True, check=False)
        for pid in [main, *map(int, listed.stdout.split())]:
            # It may have ended since it was listed.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def query(self, sql, database="crew"):
        """The rows of a query, as lists of texts. Its role sees all rows."""
        url = f"postgres://admin@127.0.0.1:{self.port}/{database}"
        psql = ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", sql, url]
        for _ in range(100):
            done = subprocess.run(psql, capture_output=True, text=True, check=False)
            if done.returncode == 0:
                return [line.split("\t") for line in done.stdout.splitlines()]
            if "starting up" not in done.stderr and "recovery" not in done.stderr:
                break
            time.sleep(0.1)
        raise SystemExit(f"psql failed: {done.stderr}")

    def remove(self):
        if os.path.exists(f"{self.data}/postmaster.pid"):
            self.signal(signal.SIGCONT)
            self.stop("immediate")
        shutil.rmtree(self.folder, ignore_errors=True)
