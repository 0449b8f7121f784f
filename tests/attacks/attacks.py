"""The attacks. Each is a function that one of many threads runs until it is told to stop. It counts its answers."""

import http.client
import itertools
import json
import socket
import time

from rows import HOUR, START, type_id
from server import post

CANDIDATES = "query ($id: ID!) { candidates(roleId: $id, first: 200) { user { displayName } overlaps { id } } }"
BACKWARDS = """query ($status: AssignmentStatus!) { assignments(last: 200, filter: {status: [$status]}) {
  totalCount nodes { id status user { displayName } mission { title } } } }"""
CROWD = "query ($id: ID!) { mission(id: $id) { assignments { id user { displayName } } } }"
INVITE = """mutation ($input: InviteToMissionInput!) { inviteToMission(input: $input) {
  invitations { token } warnings { code assignment { id mission { title } } } } }"""
MEMBER = "mutation ($input: InviteMemberInput!) { inviteMember(input: $input) { token } }"
CREATE = "mutation ($input: CreateMissionInput!) { createMission(input: $input) { mission { id } } }"


class Attack:
    """What the threads of one attack share."""

    def __init__(self, server, greedy, stop):
        self.server, self.greedy, self.stop = server, greedy, stop
        self.answers, self.numbers = [], itertools.count()

    def asks(self, query, variables, token=None):
        """Queries on one connection, one after the other."""
        connection = self.server.connect()
        while not self.stop.is_set():
            try:
                status, answer = post(connection, token or self.greedy.token, query, variables(next(self.numbers)))
                self.answers.append(first_code(answer) or status)
            except (OSError, http.client.HTTPException):
                connection.close()
                self.answers.append("closed")
                time.sleep(0.01)
        connection.close()

    # A1
    def hang_ups(self):
        org = self.greedy.org
        while not self.stop.is_set():
            number = next(self.numbers)
            variables = {"id": type_id("role", org.role(number % org.missions))}
            connection = self.server.connect()
            try:
                if number == 0:
                    status, answer = post(connection, self.greedy.token, CANDIDATES, variables)
                    self.answers.append(first_code(answer) or status)
                    continue
                body = json.dumps({"query": CANDIDATES, "variables": variables})
                connection.request("POST", "/graphql", body, {"Content-Type": "application/json",
                                                              "Authorization": "Bearer " + self.greedy.token})
                time.sleep(0.02)
                self.answers.append("hung up")
            except OSError:
                self.answers.append("closed")
            finally:
                connection.close()

    # A2
    def lists_backwards(self):
        self.asks(BACKWARDS, lambda n: {"status": ["INVITED", "ACCEPTED", "CANCELLED"][n % 3]})

    # A3
    def thousands_of_errors(self):
        query = "{ " + " ".join(f"unknown{i}" for i in range(1_500)) + " }"
        if next(self.numbers) == 0:
            _, answer = post(self.server.connect(), None, query, {})
            self.answers.append(f"{len(answer['errors'])} errors")
        self.reads_slowly(request(json.dumps({"query": query})))

    # A4
    def pipelines_unread(self):
        self.reads_slowly(request(json.dumps({"query": "{ __typename }"})) * 200)

    def idles(self):
        while not self.stop.is_set():
            try:
                with self.connected() as connection:
                    connection.sendall(b"POST /graphql HTTP/1.1\r\n")
                    self.stop.wait(2)
                    self.answers.append("held")
            except OSError:
                self.answers.append("closed")
                self.stop.wait(0.1)

    # A5
    def mails(self):
        """Every other one to the same address."""
        email = ["target@crew.example", "target{}@crew.example"]
        self.asks(MEMBER, lambda n: {"input": {"email": email[n % 2].format(n), "role": "TECH"}})

    # A6
    def warnings(self):
        org = self.greedy.org

        def invite(number):
            # People who have no assignment on this mission yet: rows.py books those before them.
            mission, part = number % org.missions, number // org.missions
            free = range(mission + org.assignments + 20 * part, mission + org.assignments + 20 * part + 20)
            people = [type_id("user", org.user(u % org.people)) for u in free]
            return {"input": {"roleId": type_id("role", org.role(mission)), "userIds": people}}

        self.asks(INVITE, invite)

    # A7
    def list_of_a_crowd(self):
        mission = type_id("mission", self.greedy.org.mission(self.greedy.org.missions))
        self.asks(CROWD, lambda n: {"id": mission})

    # A8
    def wrong_passwords(self):
        connection = self.server.connect()
        while not self.stop.is_set():
            number = next(self.numbers)
            # Each from a network of its own. Every other guess is for one account, the others are for many.
            address = f"2001:{number >> 16:x}:{number & 0xffff:x}::1"
            email = self.greedy.email if number % 2 else f"guess{number}@crew.example"
            body = json.dumps({"email": email, "password": f"wrong-password-{number}"})
            try:
                connection.request("POST", "/api/v1/auth/login", body,
                                   {"Content-Type": "application/json", "X-Forwarded-For": address})
                response = connection.getresponse()
                response.read()
                self.answers.append(response.status)
            except (OSError, http.client.HTTPException):
                connection.close()
                self.answers.append("closed")

    # Writers
    def writers(self):
        project = type_id("project", self.greedy.org.project)
        times = {"startsAt": START.isoformat(), "endsAt": (START + HOUR).isoformat()}
        self.asks(CREATE, lambda n: {"input": {"projectId": project, "mission": {"title": f"M {n}", **times}}})

    def connected(self):
        return socket.create_connection(("127.0.0.1", self.server.port), timeout=30)

    def reads_slowly(self, data):
        """Sends as much as is taken, and reads a byte now and then."""
        while not self.stop.is_set():
            try:
                with self.connected() as connection:
                    connection.settimeout(0.2)
                    try:
                        connection.sendall(data)
                    except TimeoutError:
                        pass
                    for _ in range(20):
                        if self.stop.wait(0.1) or not connection.recv(1):
                            break
                    self.answers.append("read slowly")
            except OSError:
                self.answers.append("closed")
                self.stop.wait(0.1)


def request(body):
    head = (f"POST /graphql HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n\r\n")
    return (head + body).encode()


def first_code(answer):
    errors = (answer or {}).get("errors")
    return errors[0]["extensions"]["code"] if errors else None


# Name, function, how many threads, and answers without which it would be no attack.
ATTACKS = [
    ("A1 candidates, then hang up", Attack.hang_ups, 8, {"200", "hung up"}),
    ("A2 lists backwards", Attack.lists_backwards, 32, {"200"}),
    ("A3 many errors, read slowly", Attack.thousands_of_errors, 32, {"50 errors", "read slowly"}),
    ("A4 pipelines that are not read", Attack.pipelines_unread, 64, {"read slowly"}),
    ("A4 connections that are left open", Attack.idles, 64, {"held"}),
    ("A5 mails, and a silent mail server", Attack.mails, 8, {"200", "RATE_LIMITED"}),
    ("A6 invitations with many warnings", Attack.warnings, 8, {"200"}),
    ("A7 a list of a crowd", Attack.list_of_a_crowd, 16, {"BAD_REQUEST"}),
    ("A8 wrong passwords of many networks", Attack.wrong_passwords, 32, {"401"}),
    ("   32 writers", Attack.writers, 32, {"200"}),
]
