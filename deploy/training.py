"""Runs a server as front ends use it, for deploy/build."""

import gzip
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import threading

ROOT = pathlib.Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests" / "soak"))
from load import Worker  # noqa: E402
from postgres import Cluster  # noqa: E402
from program import Program  # noqa: E402

READERS, WRITERS = 4, 2
# Each reader asks for each page so often, and each writer changes so many things.
PAGES, CHANGES = 300, 600
LOG_IN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"
SCHEMA = "{ __schema { types { name kind fields { name description type { name kind ofType { name } } } } } }"


def train(binary):
    """Runs it on both databases. Ends the script if anything is not answered as it should be."""
    with tempfile.TemporaryDirectory(prefix="crew-training-") as folder:
        databases = {"SQLite": f"sqlite:///{folder}/crew.db", "PostgreSQL": Cluster().url}
        for name, url in databases.items():
            answers = use(binary, url)
            print(f"{name}: {answers} requests answered", flush=True)


def use(binary, url):
    """Uses a server on this database until it has seen everything often. Returns how many requests it answered."""
    email, password = seed(binary, url)
    counts = {name: value for name, value in os.environ.items() if name == "LLVM_PROFILE_FILE"}
    program = Program(binary, url, GRAPHIQL_ENABLED="true", LOG_LEVEL="info", **counts)
    program.start()
    readers = [Reader(program, email, password) for _ in range(READERS)]
    writers = [Worker(program, number) for number in range(WRITERS)]
    work = [(reader.look_around, PAGES) for reader in readers] + [(writer.step, CHANGES) for writer in writers]
    failures = together(work) + [problem for writer in writers for problem in writer.problems]
    program.terminate()
    # It writes the counts when it ends by itself.
    if program.process.wait(60) != 0 or failures:
        raise SystemExit("\n".join([program.logged()[-2000:], *failures[:5]]))
    return sum(reader.answers for reader in readers) + sum(writer.acknowledged for writer in writers)


def seed(binary, url):
    """Makes the demo. Returns the address and the password of its account."""
    environment = {**os.environ, "DATABASE_URL": url}
    command = [binary, "seed-demo", "--size", "20000"]
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    return re.search(r"Sign in as (\S+) with the password (\S+)", done.stdout).groups()


def together(work):
    """Does all pieces of work at the same time, each as often as it says. Returns what went wrong."""
    failures = []

    def repeat(piece, times):
        try:
            for _ in range(times):
                piece()
        except Exception as error:  # A thread would only print it.
            failures.append(repr(error))

    threads = [threading.Thread(target=repeat, args=piece) for piece in work]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


class Reader:
    """A planner with a browser, who looks at one page after the other."""

    def __init__(self, program, email, password):
        self.connection, self.token, self.answers = program.connect(), None, 0
        self.documents = operations()
        signed_in = self.send(LOG_IN, {"input": {"email": email, "password": password}})
        self.token = signed_in["login"]["accessToken"]
        self.projects = [project["id"] for project in self.page("Projects", first=20)["projects"]["nodes"]]

    def look_around(self):
        """Asks once for each page that shows something."""
        turn = self.answers
        project = self.projects[turn % len(self.projects)]
        self.page("Viewer")
        self.page("Projects", first=20)
        self.page("Board", projectId=project, first=50)
        agenda = self.page("Agenda", first=50)["missions"]["edges"]
        mission = agenda[turn % len(agenda)]["node"]
        roles = self.page("MissionPage", id=mission["id"])["mission"]["roles"]
        self.page("Candidates", roleId=roles[turn % len(roles)]["id"], first=20)
        crew = self.page("Crew", first=50, filter={"search": "an"})["users"]["nodes"]
        interval = {"from": mission["startsAt"], "to": mission["endsAt"]}
        self.page("CrewMemberPage", id=crew[turn % len(crew)]["id"], **interval)
        for name in ("MyAssignments", "Members", "Invitations", "AuditLog"):
            self.page(name)
        if turn % 50 == 0:
            self.send(SCHEMA, {})

    def page(self, name, **variables):
        return self.send(self.documents[name], variables, name)

    def send(self, query, variables, name=None):
        """The data of the answer."""
        body = json.dumps({"query": query, "variables": variables, "operationName": name})
        headers = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        # Half of them as behind a proxy, which compresses itself.
        if self.answers % 2:
            headers["Accept-Encoding"] = "gzip"
        self.connection.request("POST", "/graphql", body, headers)
        response = self.connection.getresponse()
        answer = response.read()
        if response.getheader("Content-Encoding") == "gzip":
            answer = gzip.decompress(answer)
        answer = json.loads(answer)
        if "errors" in answer:
            raise RuntimeError(f"{name}: {answer['errors'][0]}")
        self.answers += 1
        return answer["data"]


def operations():
    """The documents of the operations that front ends send, by name."""
    documents = {}
    for file in (ROOT / "tests" / "contract" / "operations").glob("*.graphql"):
        text = file.read_text(encoding="utf-8")
        documents |= {name: text for name in re.findall(r"^(?:query|mutation) (\w+)", text, re.MULTILINE)}
    return documents
