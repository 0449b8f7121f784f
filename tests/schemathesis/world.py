"""An organisation for the documents to meet: people, missions, invitations, and the ids of all of them."""

from datetime import datetime, timedelta, timezone
from pathlib import Path

import graphql
import requests

SDL = graphql.build_schema((Path(__file__).parents[2] / "schema.graphql").read_text())

# Both are good; changing the password from one to the other leaves the account usable.
PASSWORDS = ["seven purple tents at dawn", "nine green lorries at dusk"]


def connections(owner):
    """The fields of a type that answer a list in pages."""
    fields = SDL.type_map[owner].fields.items()
    return [name for name, field in fields if graphql.get_named_type(field.type).name.endswith("Connection")]


class World:
    def __init__(self, url):
        self.url = url
        self.emails = {"OWNER": "owner@example.org", "TECH": "tech@example.org"}
        owner = {"email": self.emails["OWNER"], "password": PASSWORDS[0], "displayName": "Olive Owner"}
        sign_up = "mutation($input: SignUpInput!) { signUp(input: $input) { accessToken org { id } } }"
        answer = self.gql(None, sign_up, input={**owner, "orgName": "Night Riggers"})["signUp"]
        self.owner, self.org_id = answer["accessToken"], answer["org"]["id"]
        other = "mutation { createOrg(input: {name: \"Day Riggers\"}) { org { id } } }"
        other = self.gql(self.owner, other)["createOrg"]["org"]["id"]
        self.ids, self.links = {"org": [self.org_id, other]}, []
        self.crew()
        self.join(self.emails["TECH"])
        self.join("spare@example.org")
        self.missions()
        self.looked_up()

    def gql(self, token, query, **variables):
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        body = {"query": query, "variables": variables}
        answer = requests.post(f"{self.url}/graphql", json=body, headers=headers, timeout=30).json()
        if "errors" in answer:
            raise RuntimeError(f"{query}: {answer['errors']}")
        return answer["data"]

    def invited(self, email):
        invite = "mutation($input: InviteMemberInput!) { inviteMember(input: $input) { token } }"
        return self.gql(self.owner, invite, input={"email": email, "role": "TECH"})["inviteMember"]["token"]

    def join(self, email):
        person = {"token": self.invited(email), "password": PASSWORDS[0], "displayName": "Théo Technicien"}
        self.gql(None, "mutation($input: JoinOrgInput!) { joinOrg(input: $input) { role } }", input=person)

    def reset(self, email):
        ask = "mutation($input: RequestPasswordResetInput!) { requestPasswordReset(input: $input) { resetToken } }"
        return self.gql(None, ask, input={"email": email})["requestPasswordReset"]["resetToken"]

    def crew(self):
        """The first of them becomes the profile of TECH, by the address."""
        create = "mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } } }"
        self.ids["user"] = []
        for n, email in enumerate([self.emails["TECH"], None, "lea@example.org", "sam@example.org"]):
            person = {"displayName": f"Léa {n}", "email": email, "skills": ["rigging", "sound"][: n % 3], "tags": ["night"]}
            self.ids["user"].append(self.gql(self.owner, create, input=person)["createUser"]["user"]["id"])

    def missions(self):
        project = "mutation($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }"
        mission = """mutation($input: CreateMissionInput!) {
          createMission(input: $input) { mission { id roles { id } } }
        }"""
        invite = """mutation($input: InviteToMissionInput!) {
          inviteToMission(input: $input) { invitations { token assignment { id } } }
        }"""
        for kind in ("project", "mission", "role", "assignment"):
            self.ids[kind] = []
        next_week = datetime.now(timezone.utc).replace(microsecond=0) + timedelta(days=7)
        for n in range(2):
            name = {"name": f"Festival {n}"}
            self.ids["project"].append(self.gql(self.owner, project, input=name)["createProject"]["project"]["id"])
        for n in range(8):
            start = next_week + timedelta(hours=8 * n)
            planned = {
                "title": f"Load-in {n}",
                "startsAt": start.isoformat(),
                "endsAt": (start + timedelta(hours=6)).isoformat(),
                "roles": [{"name": "Rigger", "skill": "rigging", "quantity": 2}, {"name": "Hand", "quantity": 20}],
            }
            planned = {"projectId": self.ids["project"][n % 2], "mission": planned}
            made = self.gql(self.owner, mission, input=planned)["createMission"]["mission"]
            self.ids["mission"].append(made["id"])
            self.ids["role"] += [role["id"] for role in made["roles"]]
            asked = {"roleId": made["roles"][1]["id"], "userIds": self.ids["user"][:3]}
            for invited in self.gql(self.owner, invite, input=asked)["inviteToMission"]["invitations"]:
                self.ids["assignment"].append(invited["assignment"]["id"])
                self.links.append(invited["token"])

    def looked_up(self):
        """What only reading tells: a cursor of each row that a list shows, and its id if that is of a new kind."""
        asked, of_org = (
            " ".join(f"{name} {{ edges {{ cursor node {{ id }} }} }}" for name in connections(owner))
            for owner in ("Query", "Org")
        )
        lists = self.gql(self.owner, f"{{ {asked} org {{ {of_org} }} }}")
        lists |= lists.pop("org")
        self.cursors = {name: [edge["cursor"] for edge in one["edges"]] for name, one in lists.items()}
        # Of the memberships that of the spare account only, so that nobody here is demoted.
        members = self.gql(self.owner, "{ org { members { nodes { id account { email } } } } }")["org"]["members"]
        spare = [member["id"] for member in members["nodes"] if member["account"]["email"].startswith("spare")]
        self.ids["membership"] = spare
        made = set(self.ids)
        for one in lists.values():
            for edge in one["edges"]:
                kind, _ = edge["node"]["id"].split("_")
                if kind not in made:
                    self.ids.setdefault(kind, []).append(edge["node"]["id"])

    def seen_by(self, role):
        """What hooks.py needs to know. A token works once, so each role has its own.

        That the owner can still ask for them also says that nothing of TECH's ended the owner's session.
        """
        tokens = {
            "token": [self.links.pop() for _ in range(8)],
            "DeclineInvitationInput": [self.links.pop() for _ in range(4)],
            "JoinOrgInput": [self.invited(f"{role}.joins{n}@example.org") for n in range(4)],
            "ConfirmPasswordResetInput": [self.reset("spare@example.org")],
        }
        return {
            "url": self.url,
            "email": self.emails[role],
            "role": role,
            "passwords": PASSWORDS,
            "org": self.org_id,
            "ids": self.ids,
            "tokens": tokens,
            "cursors": self.cursors,
        }
