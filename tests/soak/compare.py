"""What the server has acknowledged, against what is in the database."""

import contextlib
import pathlib
import re
import sqlite3
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "attacks"))
from rows import key_of  # noqa: E402

# The columns that the load knows the values of.
STATUS = {"users": "''", "projects": "status", "missions": "''", "assignments": "status"}


class Sqlite:
    name = "SQLite"

    def __init__(self, path):
        self.path = path
        self.url = f"sqlite:///{path}"

    def query(self, sql):
        with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as connection:
            return [[str(value) for value in row] for row in connection.execute(sql)]

    def change(self, sql):
        with contextlib.closing(sqlite3.connect(self.path, timeout=10)) as connection, connection:
            connection.execute(sql)

    def key(self, column):
        return f"lower(hex({column}))"

    def is_whole(self):
        if (found := self.query("PRAGMA integrity_check")) != [["ok"]]:
            yield f"integrity_check: {found[:3]}"
        if found := self.query("PRAGMA foreign_key_check"):
            yield f"foreign_key_check: {found[:3]}"


class Postgres:
    name = "PostgreSQL"

    def __init__(self, cluster):
        self.cluster, self.url = cluster, cluster.url

    def query(self, sql):
        return self.cluster.query(sql)

    def change(self, sql):
        self.cluster.query(sql)

    def key(self, column):
        return f"replace({column}::text, '-', '')"

    def is_whole(self):
        return []


def rules():
    """The rules of tests/support/invariants.rs: what each says, and a query for the rows that break it."""
    text = (ROOT / "tests/support/invariants.rs").read_text(encoding="utf-8")
    listed = text.split("const RULES", 1)[1].split("\n];", 1)[0]
    found = re.findall(r'\(\s*"([^"]+)",\s*"([^"]+)",\s*\)', listed)
    declared = int(re.search(r"; (\d+)\] = \[", listed).group(1))
    if len(found) != declared:
        raise SystemExit(f"{len(found)} of {declared} rules could be read")
    return found


RULES = rules()


def lost(database, workers):
    """Yields what is not in the database as it was acknowledged, and what breaks a rule."""
    yield from database.is_whole()
    for rule, rows in RULES:
        [[count]] = database.query(f"SELECT count(*) FROM ({rows}) found")
        if count != "0":
            yield f"{count} rows break a rule: {rule}"
    for table, status in STATUS.items():
        found = dict(database.query(f"SELECT {database.key('id')}, {status} FROM {table}"))
        for worker in workers:
            for key, (of, expected) in worker.rows.items():
                if of == table and (there := found.get(key_of(key).hex)) not in expected:
                    yield f"{key} is {there} instead of {expected}"
                elif of == table:
                    # What was in doubt is known from here on.
                    worker.rows[key] = (of, {there})
    audited = {key for [key] in database.query(f"SELECT DISTINCT {database.key('entity_id')} FROM audit_log")}
    renewed = dict(database.query(
        "SELECT email, max(generation) FROM accounts JOIN sessions ON sessions.account_id = accounts.id GROUP BY email"))
    for worker in workers:
        yield from (f"{key} is not in the audit log" for key in worker.rows if key_of(key).hex not in audited)
        yield from (f"the account {email} is lost" for email in worker.accounts if email not in renewed)
        if int(renewed.get(worker.email, -1)) < worker.renewals:
            yield f"renewals of {worker.email} are lost"
        yield from worker.problems
