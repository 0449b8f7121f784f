"""Machines with PostgreSQL, all of them on loopback. Each has a port and a folder, and runs printed commands."""

import atexit
import contextlib
import os
import pathlib
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

from postgres import programs
from program import ROOT, free_port

# Where Debian has what. Everything stays as its package sets it up: above all, PostgreSQL waits for the disk, listens
# on 127.0.0.1 only, and has its configuration outside the data folder.
DATA, CONFIGURATION, PROGRAMS = "/var/lib/postgresql/15/main", "/etc/postgresql/15/main", "/usr/lib/postgresql/15/bin"

# Drops packets.
IPTABLES = "/usr/sbin/iptables"


class Recipe:
    """The blocks of commands of a page, found by the words that they begin with."""

    def __init__(self, page):
        self.page = page
        text = (ROOT / "docs" / page).read_text(encoding="utf-8")
        kinds = dict(reversed(block) for block in re.findall(r"^```(sh|sql|haproxy|ini)\n(.*?)^```", text, re.M | re.S))
        self.blocks, self.kinds = list(kinds), kinds
        self.used = set()

    def __getitem__(self, beginning):
        found = [block for block in self.blocks if block.startswith(beginning)]
        if len(found) != 1:
            raise SystemExit(f"docs/{self.page} has {len(found)} blocks that begin with {beginning!r}")
        self.used.add(found[0])
        return found[0]

    def unused(self):
        """The first line and the kind of each block that nobody asked for."""
        return [(block.splitlines()[0], self.kinds[block]) for block in self.blocks if block not in self.used]


class Machines:
    """Two machines, which the recipe calls db1.example.org and db2.example.org."""

    def __init__(self):
        self.programs = programs()
        self.version = self.programs.parent.name
        if not shutil.which("pg_createcluster"):
            raise SystemExit("there is no pg_createcluster: install Debian's package of PostgreSQL")
        self.folder = tempfile.mkdtemp(prefix="crew-scale-", dir="/tmp")
        # PostgreSQL refuses to run as root.
        self.owner = pwd.getpwnam("postgres") if os.getuid() == 0 else None
        if self.owner:
            os.chown(self.folder, self.owner.pw_uid, self.owner.pw_gid)
        atexit.register(self.remove)
        self.all = [Machine(self, number) for number in (1, 2)]
        for machine in self.all:
            machine.install()

    def here(self, text):
        """Printed commands, with these machines in place of the printed ones."""
        for machine in self.all:
            name = rf"{machine.name}\.example\.org"
            text = re.sub(rf"host={name}", f"host={machine.host} port={machine.port}", text)
            text = re.sub(name, f"{machine.host}:{machine.port}", text)
        return text

    def remove(self):
        for machine in self.all:
            machine.kill()
            machine.cut_off(False)
        shutil.rmtree(self.folder, ignore_errors=True)


def can_drop_packets():
    """Whether this is root, with iptables and its rights."""
    with contextlib.suppress(OSError):
        listed = subprocess.run([IPTABLES, "--wait", "--list-rules", "INPUT"], capture_output=True, check=False)
        return listed.returncode == 0
    return False


class Machine:
    def __init__(self, machines, number):
        self.machines, self.name = machines, f"db{number}"
        # An address on which Debian's PostgreSQL does not listen before it is told to.
        self.host, self.port = f"127.0.0.2{number}", free_port()
        self.cluster = f"scale_{self.name}"
        self.data = f"{machines.folder}/{self.name}"
        self.configuration = f"{machines.folder}/etc/{machines.version}/{self.cluster}"
        self.url = f"postgres://crew@{self.host}:{self.port}/crew"
        self.is_cut_off = False

    def install(self):
        """What installing Debian's package does."""
        self.run(
            f"pg_createcluster 15 main -d {DATA} -l {DATA}.log -s {self.machines.folder} -p {self.port} --start"
            " --start-conf manual -- --no-sync -U postgres --auth=trust --encoding=UTF8 --locale=C"
        )

    def here(self, script):
        """Printed commands, with the folders of this machine in place of those of Debian's cluster `main`."""
        version = self.machines.version
        script = self.machines.here(script).replace("sudo -u postgres ", "").replace("sudo ", "")
        script = script.replace(" 15 main ", f" {version} {self.cluster} ")
        places = {DATA: self.data, CONFIGURATION: self.configuration, PROGRAMS: self.machines.programs}
        for printed, here in places.items():
            script = script.replace(printed, str(here))
        if "/var/lib/postgresql" in script or "/etc/postgresql" in script:
            raise SystemExit(f"this would change the PostgreSQL of this machine:\n{script}")
        return script

    def run(self, script, is_checked=True):
        """Runs printed commands as the user that PostgreSQL runs as. Returns what they print, or None if they fail."""
        owner = self.machines.owner
        groups = os.getgrouplist(owner.pw_name, owner.pw_gid) if owner else []
        ids = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": groups} if owner else {}
        environment = {
            "PATH": "/usr/bin:/bin", "PG_CLUSTER_CONF_ROOT": f"{self.machines.folder}/etc", "PGPORT": str(self.port),
            "PGHOST": self.machines.folder, "PGUSER": "postgres", "LC_ALL": "C",
        }
        script = self.here(script)
        # A file and no pipe, because PostgreSQL inherits it and keeps it open.
        with tempfile.TemporaryFile("w+") as printed:
            done = subprocess.run(
                ["bash", "-euo", "pipefail", "-c", script], cwd=self.machines.folder, env=environment,
                stdin=subprocess.DEVNULL, stdout=printed, stderr=subprocess.STDOUT, check=False, **ids,
            )
            printed.seek(0)
            text = printed.read()
        if done.returncode == 0:
            return text
        if is_checked:
            raise SystemExit(f"on {self.name}:\n{script}\nfailed:\n{text}")
        return None

    def sql(self, statements):
        """Runs printed SQL as a superuser, one statement after the other."""
        file = pathlib.Path(self.machines.folder) / "statements.sql"
        file.write_text(statements, encoding="utf-8")
        self.run(f"psql -X -q -v ON_ERROR_STOP=1 -f {file} > /dev/null")

    def query(self, sql, database="crew"):
        """The rows of a query, as lists of texts. Its role sees all rows."""
        url = f"postgres://postgres@{self.host}:{self.port}/{database}"
        psql = ["psql", "-X", "-q", "-A", "-t", "-F", "\t", "-v", "ON_ERROR_STOP=1", "-c", sql, url]
        done = subprocess.run(psql, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SystemExit(f"psql failed on {self.name}: {done.stderr}")
        return [line.split("\t") for line in done.stdout.splitlines()]

    def wait_for(self, sql, expected="t", seconds=30):
        deadline = time.monotonic() + seconds
        while (found := self.query(sql, "postgres")) != [[expected]]:
            if time.monotonic() > deadline:
                raise SystemExit(f"on {self.name}, {sql!r} is still {found}")
            time.sleep(0.05)

    def processes(self, named=""):
        """Its processes, the main one first."""
        try:
            main = int(pathlib.Path(f"{self.data}/postmaster.pid").read_text(encoding="utf-8").split()[0])
        except OSError:
            return []
        command = ["ps", "-o", "pid=,args=", "--ppid", str(main)]
        listed = subprocess.run(command, capture_output=True, text=True, check=False)
        children = [line.split(None, 1) for line in listed.stdout.splitlines()]
        return ([] if named else [main]) + [int(pid) for pid, name in children if named in name]

    def signal(self, number, named=""):
        for pid in self.processes(named):
            # It may have ended since it was listed.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def kill(self):
        """All at once and without a chance to say anything. The system closes its connections."""
        running = self.processes()
        self.signal(signal.SIGKILL)
        wait_until_ended(running)
        with contextlib.suppress(OSError):
            os.remove(f"{self.data}/postmaster.pid")

    def lose_its_power(self):
        """Like `kill`, but nobody is told: from now on, no packet reaches it or leaves it."""
        self.cut_off(True)
        self.kill()

    def cut_off(self, is_cut_off):
        if is_cut_off == self.is_cut_off:
            return
        for option in ("--dport", "--sport"):
            subprocess.run(
                [IPTABLES, "--wait", "--insert" if is_cut_off else "--delete", "INPUT",
                 "--protocol", "tcp", option, str(self.port), "--jump", "DROP"], check=True,
            )
        self.is_cut_off = is_cut_off


def wait_until_ended(processes, seconds=10):
    deadline = time.monotonic() + seconds
    while any(os.path.exists(f"/proc/{pid}") for pid in processes):
        if time.monotonic() > deadline:
            raise SystemExit(f"not all of these processes have ended: {processes}")
        time.sleep(0.01)
