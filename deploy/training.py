"""Runs a server as front ends use it, for deploy/build."""

import gzip
import json
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
# How often each reader asks for each page, and how many things each writer changes.
TURNS, CHANGES = 300, 600
LOG_IN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"
SCHEMA = "{ __schema { types { name kind fields { name description type { name kind ofType { name } } } } } }"


def train(binary):
    """Runs it on both databases. Ends the script if anything is not answered as it should be."""
    cluster = Cluster()
    try:
        with tempfile.TemporaryDirectory(prefix="crew-training-") as folder:
            for name, url in {"SQLite": f"sqlite:///{folder}/crew.db", "PostgreSQL": cluster.url}.items():
                print(f"{name}: {use(binary, url)} requests answered", flush=True)
    finally:
        cluster.remove()


def use(binary, url):
    """Uses a server on this database until it has seen everything often. Returns how many requests it answered."""
    # Where the machine is slow, a token must last.
    program = Program(binary, url, LOG_LEVEL="info", ACCESS_TOKEN_MINUTES="1440")
    email, password = seed(program)
    program.start(wait=120)
    readers = [Reader(program, number, email, password) for number in range(READERS)]
    writers = [Worker(program, number) for number in range(WRITERS)]
    work = [(reader.look_around, TURNS) for reader in readers] + [(writer.step, CHANGES) for writer in writers]
    failures = together(work) + [problem for writer in writers for problem in writer.problems]
    program.terminate()
    # It writes the counts when it ends by itself.
    if program.process.wait(60) != 0 or failures:
        raise SystemExit("\n".join([program.logged()[-2000:], *failures[:5]]))
    return sum(reader.answers for reader in readers) + sum(writer.acknowledged for writer in writers)


def seed(program):
    """Makes the demo. Returns the address and the password of its account."""
    command = [program.binary, "seed-demo", "--size", "20000"]
    done = subprocess.run(command, env=program.environment, cwd=program.folder.name, check=True, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
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

    def __init__(self, program, number, email, password):
        self.connection, self.token, self.answers = program.connect(timeout=120), None, 0
        # Each reader begins somewhere else.
        self.turn = 7 * number
        self.documents = operations()
        signed_in = self.send(LOG_IN, {"input": {"email": email, "password": password}})
        self.token = signed_in["login"]["accessToken"]
        self.projects = [project["id"] for project in self.page("Projects", first=20)["projects"]["nodes"]]

    def look_around(self):
        """Asks once for each page that shows something."""
        self.turn += 1

        def one_of(rows):
            return rows[self.turn % len(rows)]

        self.page("Viewer")
        self.page("Projects", first=20)
        self.page("Board", projectId=one_of(self.projects), first=50)
        mission = one_of(self.page("Agenda", first=50)["missions"]["edges"])["node"]
        roles = self.page("MissionPage", id=mission["id"])["mission"]["roles"]
        self.page("Candidates", roleId=one_of(roles)["id"], first=20)
        crew = self.page("Crew", first=50, filter={"search": "an"})["users"]["nodes"]
        interval = {"from": mission["startsAt"], "to": mission["endsAt"]}
        self.page("CrewMemberPage", id=one_of(crew)["id"], **interval)
        for name in ("MyAssignments", "Members", "Invitations", "AuditLog"):
            self.page(name)
        if self.turn % 50 == 0:
            self.send(SCHEMA, {})

    def page(self, name, **variables):
        return self.send(self.documents[name], variables, name)

    def send(self, query, variables, name=None):
        """The data of the answer."""
        body = json.dumps({"query": query, "variables": variables, "operationName": name})
        headers = {"Content-Type": "application/json", "Accept": "application/graphql-response+json"}
        if self.token:
            headers["Authorization"] = "Bearer " + self.token
        # On every other turn as behind a proxy, which compresses by itself.
        if self.turn % 2:
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
