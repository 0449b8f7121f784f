"""Clients that change things, and know what the server has acknowledged to them."""

import datetime
import http.client
import itertools
import json
import random

PASSWORD = "violet-harbour-41-lantern"
# Nobody can be invited to what is over.
EPOCH = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=30)
HOUR = datetime.timedelta(hours=1)
PEOPLE = 5

SIGN_UP = "mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }"
CREATE_USER = "mutation ($input: CreateUserInput!) { createUser(input: $input) { user { id } } }"
CREATE_PROJECT = "mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }"
CREATE_MISSION = """mutation ($input: CreateMissionInput!) {
    createMission(input: $input) { mission { id roles { id } } }
}"""
INVITE = """mutation ($input: InviteToMissionInput!) {
    inviteToMission(input: $input) { invitations { token assignment { id } } }
}"""
ACCEPT = "mutation ($input: AcceptInvitationInput!) { acceptInvitation(input: $input) { status } }"
CANCEL = "mutation ($input: CancelAssignmentInput!) { cancelAssignment(input: $input) { assignment { id } } }"


class Unknown(Exception):
    """Nobody said whether it was done."""


class Refused(Unknown):
    """The server said `UNAVAILABLE`. It may have been done all the same."""


class Worker:
    """Somebody with an organisation of their own."""

    def __init__(self, program, number):
        self.program, self.number, self.counter = program, number, itertools.count()
        # What must be in the database: each row, and the values that its status may have.
        self.rows = {}
        self.accounts, self.renewals = set(), 0
        self.acknowledged, self.unknown, self.refused, self.problems = 0, 0, 0, []
        self.open_roles, self.invited = [], []
        self.connection = program.connect()
        self.email = f"owner{number}@crew.example"
        self.token = self.sign_up(self.email)
        self.people = [self.create_user(name) for name in range(PEOPLE)]
        self.project = self.create_project()

    def work_until(self, stop):
        """Changes one thing after the other. Ends when it is told to, or when the server is gone."""
        while not stop.is_set() and self.program.process.poll() is None:
            try:
                self.step()
            except Refused:
                self.refused += 1
            except Unknown:
                self.unknown += 1
            except ConnectionRefusedError:
                break
            except (OSError, http.client.HTTPException, ValueError):
                # The answer was not received, or not whole.
                self.unknown += 1
                self.reconnect()
        self.reconnect()

    def step(self):
        """Changes one thing."""
        steps = [(self.mission, 4), (self.invite, 6), (self.accept, 4), (self.cancel, 2), (self.renew, 2),
                 (self.create_project, 1), (self.stranger, 1)]
        choices, weights = zip(*steps)
        random.choices(choices, weights)[0]()

    def reconnect(self):
        self.connection.close()
        self.connection = self.program.connect()

    # --- The steps

    def sign_up(self, email):
        answer = self.send(SIGN_UP, {"email": email, "password": PASSWORD, "displayName": "Olive", "orgName": email})
        self.accounts.add(email)
        return answer["signUp"]["accessToken"]

    def stranger(self):
        self.sign_up(f"stranger{self.number}-{next(self.counter)}@crew.example")

    def create_user(self, name):
        answer = self.send(CREATE_USER, {"displayName": f"Person {name}"})
        return self.written("users", answer["createUser"]["user"]["id"], "")

    def create_project(self):
        answer = self.send(CREATE_PROJECT, {"name": f"Tour {next(self.counter)}"})
        return self.written("projects", answer["createProject"]["project"]["id"], "DRAFT")

    def mission(self):
        starts = EPOCH + 6 * HOUR * next(self.counter)
        mission = {"title": "Load-in", "startsAt": starts.isoformat(), "endsAt": (starts + 4 * HOUR).isoformat(),
                   "timezone": "Europe/Paris", "roles": [{"name": "Rigger", "quantity": PEOPLE}]}
        answer = self.send(CREATE_MISSION, {"projectId": self.project, "mission": mission})
        created = answer["createMission"]["mission"]
        self.written("missions", created["id"], "")
        self.open_roles.append((created["roles"][0]["id"], list(self.people)))

    def invite(self):
        if not self.open_roles:
            return
        role, people = random.choice(self.open_roles)
        person = people.pop()
        if not people:
            self.open_roles.remove((role, people))
        answer = self.send(INVITE, {"roleId": role, "userIds": [person]})
        [invitation] = answer["inviteToMission"]["invitations"]
        assignment = self.written("assignments", invitation["assignment"]["id"], "INVITED")
        self.invited.append((assignment, invitation["token"]))

    def accept(self):
        if self.invited:
            assignment, token = self.invited.pop(random.randrange(len(self.invited)))
            self.change(assignment, "ACCEPTED", lambda: self.send(ACCEPT, {"token": token}))

    def cancel(self):
        rows = [key for key in self.rows if key.startswith("assignment_")]
        if rows:
            assignment = random.choice(rows)
            if not self.rows[assignment][1] & {"CANCELLED"}:
                self.invited = [(other, token) for other, token in self.invited if other != assignment]
                self.change(assignment, "CANCELLED", lambda: self.send(CANCEL, {"id": assignment}))

    def renew(self):
        """Renews the session. After a lost answer the same cookie must work again."""
        connection = self.connection
        connection.request("POST", "/api/v1/auth/refresh", headers={"Cookie": self.cookie})
        response = connection.getresponse()
        answer = json.loads(response.read())
        if response.status == 503:
            raise Refused
        if response.status != 200:
            self.problems.append(f"a session could not be renewed: {response.status} {answer}")
            return
        self.cookie, self.token = cookie_of(response), answer["access_token"]
        self.renewals += 1
        self.acknowledged += 1

    # --- What came of them

    def send(self, query, payload):
        """The data of the answer. The first one to sign up is the worker itself."""
        token = None if query == SIGN_UP else self.token
        headers = {"Content-Type": "application/json", **({"Authorization": f"Bearer {token}"} if token else {})}
        body = json.dumps({"query": query, "variables": {"input": payload}})
        self.connection.request("POST", "/graphql", body, headers)
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        if "errors" in answer:
            if answer["errors"][0].get("extensions", {}).get("code") == "UNAVAILABLE":
                raise Refused
            self.problems.append(f"{query}: {answer['errors'][0]}")
            raise Unknown
        if query == SIGN_UP and not self.accounts:
            self.cookie = cookie_of(response)
        self.acknowledged += 1
        return answer["data"]

    def written(self, table, key, status):
        self.rows[key] = (table, {status})
        return key

    def change(self, key, status, send):
        """Until the answer is there, both the old status and the new one are possible."""
        table, before = self.rows[key]
        self.rows[key] = (table, before | {status})
        send()
        self.rows[key] = (table, {status})


def cookie_of(response):
    return response.getheader("Set-Cookie").split(";")[0]
