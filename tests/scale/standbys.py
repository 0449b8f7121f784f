"""What is tried with a standby that lags or is away. Each step gets the trial, and leaves it with a standby."""

import contextlib
import signal
import statistics
import subprocess
import threading
import time

from load import CREATE_PROJECT, Unknown
from program import SECRET

# What a project is called that was made while there was no standby.
ALONE = "Written without a standby"


def ask_one_that_lags(trial):
    """The command that belongs before a promotion refuses a standby that lacks something, or is away."""
    failures, ask = [], lambda: trial.run("# on db1: does db2", trial.primary, is_checked=False)
    trial.standby.signal(signal.SIGSTOP, "walreceiver")
    # No transaction that would wait for the standby.
    trial.primary.query("SELECT pg_logical_emit_message(false, 'trial', repeat('x', 2000000))", "postgres")
    trial.primary.wait_for("SELECT pg_wal_lsn_diff(pg_current_wal_lsn(), flush_lsn) > 1000000 FROM pg_stat_replication")
    if ask() is not None:
        failures.append("a standby that lags is not refused")
    trial.standby.signal(signal.SIGCONT, "walreceiver")
    trial.primary.wait_for("SELECT pg_current_wal_lsn() = flush_lsn FROM pg_stat_replication")
    if ask() is None:
        failures.append("a standby that has caught up is refused")
    trial.standby.kill()
    trial.primary.wait_for("SELECT count(*) FROM pg_stat_replication", "0")
    if ask() is not None:
        failures.append("a standby that is away is not refused")
    trial.standby.run("pg_ctlcluster 15 main start")
    trial.primary.wait_for("SELECT sync_state FROM pg_stat_replication", "sync")
    trial.note("a standby that lags, and one that is away", {}, failures)


def lose(trial, waits=True):
    """Writes wait until the operator decides to go on without a standby. None is lost or done twice."""
    figures = {"a write with it": median_write(trial)} if waits else {}
    trial.standby.kill()
    waiting = "FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
    # What ends the wait, and what the client then gets.
    ends = {"go on without it": (lambda: trial.run("# on db1, to go on", trial.primary), 200)}
    if waits:
        ends = {
            "nothing": (lambda: None, "503 UNAVAILABLE"),
            "pg_terminate_backend": (
                lambda: trial.primary.query(f"SELECT pg_terminate_backend(pid) {waiting}"), "503 UNAVAILABLE"),
            "pg_cancel_backend": (lambda: trial.primary.query(f"SELECT pg_cancel_backend(pid) {waiting}"), 200),
        } | ends
    failures = []
    for name, (end, expected) in ends.items():
        figures[name], found = write_without_one(trial, f"SELECT count(*) {waiting}", end, expected)
        failures += (f"{name}: {failure}" for failure in found)
    if waits:
        figures["a write without it"] = median_write(trial)
    counts = "SELECT count(*), count(DISTINCT name) FROM projects WHERE name LIKE"
    if (there := trial.primary.query(f"{counts} '{ALONE} %'")) != [[str(len(ends))] * 2]:
        failures.append(f"{len(ends)} rows were written without a standby, and there are {there}")
    trial.standby.run("pg_ctlcluster 15 main start")
    trial.confirm_with_the_standby()
    trial.note("standby lost", figures, failures)


def median_write(trial):
    """How long a client waits for a change while it is alone."""
    taken = []
    for _ in range(200):
        create_project(trial.clients[0], f"Timed {next(trial.numbers)}", taken)
    return f"{statistics.median(seconds for seconds, _ in taken) * 1_000:.1f} ms"


def write_without_one(trial, waits, end, expected):
    """What a write gets whose wait for the standby ends in this way. Meanwhile reading goes on."""
    writer, reader = trial.clients[:2]
    name, answers, failures = f"{ALONE} {next(trial.numbers)}", [], []
    # An earlier one may still wait.
    [[before]] = trial.primary.query(waits)
    write = threading.Thread(target=create_project, args=(writer, name, answers))
    write.start()
    # PostgreSQL itself, gathering statistics for example, may wait for it too.
    trial.primary.wait_for(f"SELECT ({waits}) > {before}", "t")
    with contextlib.suppress(Unknown):
        reader.exchange({"query": "{ projects { totalCount } }"})
    if reader.seen[-1][2] != 200:
        failures.append(f"reading does not go on: {reader.seen[-1]}")
    end()
    write.join(30)
    [(seconds, what)] = answers
    if what != expected or seconds > 17:
        failures.append(f"a write got {what} after {seconds:.1f} s")
    return f"{what} after {seconds:.1f} s", failures


def start_on_one(trial):
    """A server that finds no primary says so."""
    environment = {"DATABASE_URL": trial.standby.url, "SECRET_KEY": SECRET, "DATABASE_WAIT_SECONDS": "0"}
    done = subprocess.run(
        [trial.binary], env=environment, cwd=trial.proxy.folder.name, capture_output=True, text=True, timeout=30,
        check=False,
    )
    says_so = all(words in done.stderr for words in ("is a standby", "The server needs the primary"))
    failures = [] if done.returncode == 1 and says_so else [f"on a standby: {done.returncode} {done.stderr}"]
    trial.note("start on a standby alone", {"exit status": done.returncode}, failures)


def create_project(client, name, answers):
    """Makes a project, and notes what it got after how long."""
    begun = time.monotonic()
    with contextlib.suppress(Unknown):
        answer = client.send(CREATE_PROJECT, {"name": name})
        client.written("projects", answer["createProject"]["project"]["id"], "DRAFT")
    answers.append((time.monotonic() - begun, client.seen[-1][2]))
