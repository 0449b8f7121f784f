#!/usr/bin/env python3
"""Asks a running server thousands of random questions, as TECH and as OWNER, and fails at the first defect of its own.

    python3 -m venv tests/schemathesis/.venv
    tests/schemathesis/.venv/bin/pip install -r tests/schemathesis/requirements.txt
    cargo build && tests/schemathesis/.venv/bin/python tests/schemathesis/run.py

Schemathesis makes documents out of the schema that the server serves; hooks.py says what an answer must be. With
TEST_DATABASE_URL (tests/with-postgres) it does so on PostgreSQL too.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

from world import World

HERE = Path(__file__).resolve().parent
ROLE = "crew_schemathesis"
# With fewer answers with data the run says little: most documents were refused at the door. Most mutations need a
# MANAGER.
SHARE_WITH_DATA = {"TECH": 0.15, "OWNER": 0.25}


def options():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    target = Path(os.environ.get("CARGO_TARGET_DIR", HERE.parents[1] / "target"))
    parser.add_argument("binary", nargs="?", type=Path, default=target / "debug" / "coulisses-crew")
    parser.add_argument("--examples", type=int, default=15, help="documents for each root field, role and database")
    parser.add_argument("--seed", type=int, default=20260901)
    parser.add_argument("--url", help="a server that runs already, on an empty database, instead of a binary")
    return parser.parse_args()


def databases(folder):
    """What to call each database, and its DATABASE_URL."""
    yield "SQLite", f"sqlite:///{folder}/crew.db"
    if server := os.environ.get("TEST_DATABASE_URL"):
        name = f"{ROLE}_{os.getpid()}"
        administer(server, f"CREATE ROLE {ROLE} NOSUPERUSER NOBYPASSRLS", may_fail=True)
        administer(server, f"CREATE DATABASE {name} TEMPLATE template0 OWNER {ROLE}")
        try:
            base, _, parameters = server.partition("?")
            parameters = "&".join(filter(None, [parameters, f"options=-c%20role%3D{ROLE}"]))
            yield "PostgreSQL", f"{base.rsplit('/', 1)[0]}/{name}?{parameters}"
        finally:
            administer(server, f"DROP DATABASE {name} WITH (FORCE)")


def administer(server, sql, may_fail=False):
    done = subprocess.run(["psql", "--no-psqlrc", "--quiet", server, "-c", sql], capture_output=True, text=True)
    if done.returncode != 0 and not may_fail:
        sys.exit(f"psql: {done.stderr}")


@contextmanager
def running(binary, database_url, folder):
    """The server on a free port, which its log tells. At the end, the log must hold no defect."""
    log = folder / "server.log"
    settings = {
        "DATABASE_URL": database_url,
        "PORT": "0",
        "SECRET_KEY": "a secret of the tests, long enough for production",
        "ACCESS_TOKEN_MINUTES": "1440",
        "BCRYPT_COST": "4",
        "INTROSPECTION_ENABLED": "true",
        "THROTTLE_ENABLED": "false",
        "LOG_FORMAT": "json",
    }
    with log.open("wb") as output:
        server = subprocess.Popen([binary.resolve()], env=settings, cwd=folder, stdout=output, stderr=output)
    try:
        yield address(server, log)
    finally:
        server.terminate()
        server.wait(30)
    if bad := [line for line in log.read_text().splitlines() if re.search(r'panic|"level":\s*"ERROR"', line)]:
        sys.exit("The server's log tells of defects:\n" + "\n".join(bad[:20]))
    if server.returncode != 0:
        sys.exit(f"The server ended with status {server.returncode}.")


def address(server, log):
    for _ in range(300):
        if found := re.search(r"http://127\.0\.0\.1:\d+(?=/graphql)", log.read_text()):
            return found[0]
        if server.poll() is not None:
            break
        time.sleep(0.1)
    sys.exit("The server did not start:\n" + log.read_text())


def ask_as(role, world, folder, chosen):
    """Runs Schemathesis as somebody of the world. Answers whether all went well."""
    world_file, tally_file = folder / "world.json", folder / f"{role}.json"
    tally_file.unlink(missing_ok=True)
    world_file.write_text(json.dumps(world.seen_by(role)))
    environment = {
        **os.environ,
        "PYTHONPATH": str(HERE),
        "PYTHONDONTWRITEBYTECODE": "1",
        "SCHEMATHESIS_HOOKS": "hooks",
        "CREW_WORLD": str(world_file),
        "CREW_TALLY": str(tally_file),
    }
    seed = chosen.seed + (role == "OWNER")  # other names and addresses than TECH has taken
    command = [
        *[sys.executable, "-m", "schemathesis.cli", "run", f"{world.url}/graphql"],
        *["--checks", "crew_answer", "--mode", "all", "--phases", "fuzzing", "--warnings", "off"],
        *["--max-examples", str(chosen.examples), "--seed", str(seed)],
        *["--generation-database", "none", "--request-timeout", "30", "--no-color"],
        *["--suppress-health-check", "all"],
    ]
    ran = subprocess.run(command, env=environment, cwd=folder, capture_output=True, text=True)
    if ran.returncode != 0:
        print(ran.stdout, ran.stderr)
    if not tally_file.exists():
        print(f"  {role}: FAILED: it did not come to its end\n{ran.stderr}")
        return False
    return summary(role, json.loads(tally_file.read_text())) and ran.returncode == 0


def summary(role, tally):
    asked, answers = tally["asked"], tally["answers"]
    counts = ", ".join(f"{name} {count}" for name, count in sorted(answers.items(), key=lambda item: -item[1]))
    print(f"  {role}: {asked} requests: {counts}")
    if tally["never"]:
        print(f"    never answered with data: {', '.join(tally['never'])}")
    if tally["role"] != role:
        print(f"    FAILED: at the end the account is {tally['role']}: the rest of the run was not asked as {role}")
        return False
    share = SHARE_WITH_DATA[role]
    if answers.get("data", 0) <= share * asked:
        print(f"    FAILED: no more than {share:.0%} were answered with data")
        return False
    return True


def on(url, folder, chosen):
    world = World(url)
    return all([ask_as(role, world, folder, chosen) for role in ("TECH", "OWNER")])


def main():
    chosen = options()
    went_well = True
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        if chosen.url:
            return on(chosen.url, folder, chosen)
        for name, database_url in databases(folder):
            print(f"{name}, {chosen.examples} documents for each field, seed {chosen.seed}", flush=True)
            started = time.monotonic()
            with running(chosen.binary, database_url, folder) as url:
                went_well &= on(url, folder, chosen)
            print(f"  {time.monotonic() - started:.0f} s", flush=True)
    return went_well


if __name__ == "__main__":
    os.environ["NO_PROXY"] = "*"
    sys.exit(0 if main() else 1)
