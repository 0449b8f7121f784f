"""What is tried, step by step. Each step leaves two servers and a primary with a standby behind."""

import pathlib
import re
import signal
import time

import bouncer
import sessions
from clients import Client, Load
from compare import Postgres, lost
from machines import Machines, Recipe, can_drop_packets
from program import Program
from proxy import HERE, PRINTED, Proxy

CLIENTS = 8
# How long after a promotion a client may still wait for an answer: 3 s for a request that fails, some more until the
# server and HAProxy know that they may go on, and the rest is for a busy machine. The promotion may take any time.
AFTER = 10  # s
POWER = "no power: no packet is answered"
EXCHANGED = {"db1": "db2", "db2": "db1"}


class Trial:
    def __init__(self, binary):
        self.binary, self.failures, self.rows, self.left_out = binary, [], [], []
        self.recipe, self.operations = Recipe("scale.md"), Recipe("operations.md")
        self.machines = Machines()
        self.primary, self.standby = self.machines.all
        self.numbers = iter(range(10_000))

    # --- Printed commands

    def run(self, beginning, machine, is_checked=True):
        """Runs a block. The page calls the primary db1, and it says to exchange the names after a promotion."""
        block = self.recipe[beginning]
        if self.primary.name != "db1":
            block = re.sub("db[12]", lambda name: EXCHANGED[name[0]], block)
        return machine.run(block, is_checked)

    def check_that_every_block_ran(self, has_pgbouncer):
        for line, kind in self.recipe.unused():
            if kind != "ini" or has_pgbouncer:
                self.failures.append(f"docs/scale.md: this block did not run: {line}")

    # --- The steps

    def set_up(self):
        first, second = self.machines.all
        first.sql(self.operations["CREATE ROLE crew LOGIN"] + self.recipe["CREATE ROLE replicator"])
        self.run("# on db1\nsudo pg_ctlcluster", first)
        self.run("# on db2, whose own data are lost", second)
        self.confirm_with_the_standby()
        printed = re.search("'(.*)'", self.recipe["DATABASE_URL="])[1]
        self.begin_with(self.machines.here(printed))

    def begin_with(self, url):
        """Starts two servers and HAProxy in front of them."""
        self.servers = self.start_two(url)
        self.proxy = Proxy(self.recipe["defaults\n"], self.servers)
        self.clients = [Client(self.proxy, next(self.numbers)) for _ in range(CLIENTS)]

    def start_two(self, url, **others):
        """Starts two servers with the printed settings, on addresses of loopback."""
        printed = dict(line.split("=", 1) for line in self.recipe["APP_ENV="].splitlines())
        servers = []
        for number in (1, 2):
            host = printed["HOST"].replace(f"{PRINTED}1", f"{HERE}{number}")
            settings = printed | {"HOST": host, "BCRYPT_COST": "10"} | others
            servers.append(Program(self.binary, url, **settings))
            servers[-1].start()
        return servers

    def end(self):
        self.proxy.stop()
        for server in self.servers:
            server.kill()

    def confirm_with_the_standby(self):
        self.run("# on db1, when db2 runs", self.primary)
        self.primary.wait_for("SELECT sync_state FROM pg_stat_replication", "sync")

    def sign_in_on_one_and_go_on_at_the_other(self):
        url = self.servers[0].environment["DATABASE_URL"]
        pair = self.start_two(url, THROTTLE_ENABLED="true")
        proxy = Proxy(self.recipe["defaults\n"], pair)
        found = [*sessions.check(*pair), *sessions.check_addresses(proxy)]
        proxy.stop()
        for server in pair:
            server.kill()
        self.note("sign in on one server, go on at the other", {}, found)

    def replace_the_servers(self, rounds):
        """Stops each server, waits until it has ended, starts it, and waits until it is ready."""
        with Load(self.clients) as load:
            for _ in range(rounds):
                for server in self.servers:
                    load.wait_for_more()
                    server.terminate()
                    if (status := server.process.wait(40)) != 0:
                        self.failures.append(f"a server ended with {status}")
                    server.start()
            load.wait_for_more()
        failures = [f"failed requests: {dict(load.errors())}"] if load.errors() else []
        self.note(f"each server replaced, {rounds} x", load.figures(), failures + self.look(load))

    def lose_the_primary(self, how):
        if how == POWER and not can_drop_packets():
            self.left_out.append("a primary without power: only root can have packets dropped, with iptables")
            return
        self.run("# on db1: does db2", self.primary)
        with Load(self.clients) as load:
            load.wait_for_more(100)
            taken = time.monotonic()
            if how.startswith("SIGSTOP"):
                self.primary.signal(signal.SIGSTOP)
                time.sleep(3)
            if how == POWER:
                self.primary.lose_its_power()
                # The servers find out meanwhile.
                time.sleep(3)
            else:
                self.primary.kill()
            begun = time.monotonic()
            self.run("# on db2, when db1 is off", self.standby)
            promoted = time.monotonic()
            self.primary, self.standby = self.standby, self.primary
            load.wait_for_more(100)
        after = load.longest_wait_after(promoted)
        failures = self.bounded(load, promoted - taken, after) + self.look(load)
        self.standby.cut_off(False)
        self.bring_back_the_old_primary()
        figures = {"promotion": f"{promoted - begun:.2f} s", "longest wait after it": f"{after:.2f} s", "lost": self.lost}
        self.note(f"primary lost ({how})", load.figures() | figures, failures)

    def bring_back_the_old_primary(self):
        # The page calls the old primary db1 until it is back.
        self.primary, self.standby = self.standby, self.primary
        self.run("# on db1, which must not run", self.primary)
        self.run("# on db2, when db1 runs", self.standby)
        self.primary, self.standby = self.standby, self.primary
        self.primary.wait_for("SELECT sync_state FROM pg_stat_replication", "sync")
        [[written]] = self.primary.query("SELECT pg_current_wal_lsn()", "postgres")
        self.standby.wait_for(f"SELECT pg_last_wal_replay_lsn() >= '{written}'")

    def lose_a_primary_that_does_not_wait(self):
        """What asynchronous replication can lose. The page's command must refuse this promotion."""
        self.run("# on db1, to go on", self.primary)
        failures = []
        with Load(self.clients) as load:
            load.wait_for_more()
            self.standby.signal(signal.SIGSTOP, "walreceiver")
            load.wait_for_more(300)
            lacks = "SELECT max(pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn))"
            self.primary.wait_for(f"{lacks} > 1000000 FROM pg_stat_replication")
            if self.run("# on db1: does db2", self.primary, is_checked=False) is not None:
                failures.append("the command lets a standby that lags be promoted")
            [[bytes_missing]] = self.primary.query(f"{lacks} FROM pg_stat_replication", "postgres")
            self.primary.kill()
        # What the network still held is gone too.
        self.standby.signal(signal.SIGKILL, "walreceiver")
        time.sleep(1)
        while self.standby.run("pg_isready -q", is_checked=False) is None:
            time.sleep(0.1)
        self.run("# on db2, when db1 is off", self.standby)
        self.primary, self.standby = self.standby, self.primary
        missing = [loss for loss in lost(Current(self.primary), self.clients) if " is None instead" in loss]
        if not missing:
            failures.append("nothing was lost, so nothing was tried")
        self.bring_back_the_old_primary()
        figures = {"the standby lacked": f"{int(bytes_missing):,} bytes", "acknowledged rows lost": len(missing)}
        self.note("primary lost, asynchronous, the standby lags", figures, failures)

    def go_through_pgbouncer(self, program):
        """The same again with a PgBouncer on each machine. Returns whether there is one."""
        if not bouncer.fits(program):
            self.left_out.append("PgBouncer: there is no version 1.21 or newer here")
            return False
        self.end()
        self.primary.sql("\\connect crew\n" + self.operations["ALTER ROLE crew SET statement_timeout"])
        settings = self.operations["max_prepared_statements"] + self.recipe["query_wait_timeout"]
        bouncers = [bouncer.Bouncer(program, settings, machine) for machine in self.machines.all]
        hosts = ",".join(f"127.0.0.1:{each.port}" for each in bouncers)
        self.begin_with(f"postgres://crew@{hosts}/crew")
        self.replace_the_servers(rounds=1)
        self.lose_the_primary("kill -9, behind PgBouncer")
        return True

    # --- What came of it

    def bounded(self, load, away, after):
        """Whether requests failed with 503 only, and hardly longer than there was no primary."""
        seen = load.errors()
        others = {what: count for what, count in seen.items() if not str(what).startswith(("503", "UNAVAILABLE"))}
        failures = [f"other errors than 503: {others}"] if others else []
        if float(load.figures()["longest pause"].split()[0]) > away + AFTER:
            failures.append(f"no answer for {load.figures()['longest pause']}, and no primary for {away:.2f} s")
        if after > AFTER:
            failures.append(f"a client still waited for {after:.2f} s after the promotion")
        return failures

    def look(self, load):
        """What was acknowledged and is missing, and what is there and was never asked for."""
        failures = [f"{load.hanging} clients hang"] if load.hanging else []
        if load.acknowledged() == 0:
            failures.append("nothing was acknowledged")
        missing = list(lost(Current(self.primary), self.clients))
        self.lost = len([loss for loss in missing if not any(loss in client.problems for client in self.clients)])
        known = sum(len(client.rows) for client in self.clients)
        unknown = sum(client.unknown for client in self.clients)
        emails = ", ".join(f"'{client.email}'" for client in self.clients)
        # An organisation is called like its first member.
        counts = " + ".join(
            f"(SELECT count(*) FROM {table} WHERE org_id IN (SELECT id FROM orgs WHERE name IN ({emails})))"
            for table in ("users", "projects", "missions", "assignments")
        )
        [[there]] = self.primary.query(f"SELECT {counts}")
        extra = int(there) - known
        if not 0 <= extra <= unknown:
            failures.append(f"{extra} rows more than were acknowledged, and {unknown} requests in doubt")
        return failures + missing[:10]

    def note(self, what, figures, failures):
        told = ", ".join(f"{name}: {value}" for name, value in figures.items())
        self.rows.append((what, told, "failed" if failures else "right"))
        self.failures += (f"{what}: {failure}" for failure in failures)
        print(f"{what}: {told or 'right'}", *failures, sep="\n    ", flush=True)

    def table(self):
        width = max(len(what) for what, _, _ in self.rows)
        return [f"{what:<{width}}  {result:<6}  {told}" for what, told, result in self.rows]


class Current(Postgres):
    """The present primary, as tests/soak/compare.py asks it."""

    def __init__(self, machine):
        self.cluster = machine
