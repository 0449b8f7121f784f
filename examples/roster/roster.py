#!/usr/bin/env python3
"""Imports crew members from a CSV file, lists them, and prints the call sheet of a project.

    roster.py import people.csv
    roster.py people
    roster.py sheet "Festival des Lumières"

Who signs in, and where: COULISSES_URL (http://127.0.0.1:8000), COULISSES_EMAIL, COULISSES_PASSWORD.
Python 3.9 or newer; nothing to install.
"""

import csv
import json
import os
import sys
import urllib.error
import urllib.request
from contextlib import suppress
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

LOGIN = "mutation($input: LoginInput!) { login(input: $input) { accessToken } }"
LOGOUT = "mutation { logout { loggedOut } }"
CREATE = "mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } } }"
PEOPLE = """query($after: String) {
  users(first: 200, after: $after) { nodes { displayName email skills } pageInfo { hasNextPage endCursor } }
}"""
PROJECTS = """query($search: String!, $after: String) {
  projects(filter: {search: $search}, first: 200, after: $after) {
    nodes { id name } pageInfo { hasNextPage endCursor }
  }
}"""
MISSIONS = """query($project: ID!, $after: String) {
  missions(filter: {projectId: $project}, first: 200, after: $after) {
    nodes {
      title location startsAt endsAt timezone
      roles {
        name quantity staffing { accepted open }
        assignments(status: [ACCEPTED, INVITED]) { status user { displayName } }
      }
    }
    pageInfo { hasNextPage endCursor }
  }
}"""


class Refused(Exception):
    """What the server would not do. `code` is one of the schema's ErrorCode, `field` the input field at fault."""

    def __init__(self, message, code=None, field=None):
        super().__init__(": ".join(filter(None, [field, message])) + (f" ({code})" if code else ""))
        self.code = code


class Server:
    def __init__(self, url):
        self.url, self.token = url.rstrip("/") + "/graphql", None

    def ask(self, query, **variables):
        """The data of an answer. Values travel as variables and are never pasted into the query."""
        body = json.dumps({"query": query, "variables": variables}).encode()
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "roster.py"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url, body, headers), timeout=30) as response:
                answer = json.load(response)
        except urllib.error.HTTPError as error:  # the body says more than the status
            answer = read(error)
        except (OSError, ValueError) as error:
            raise Refused(f"no answer from {self.url}: {error}") from error
        if errors := answer.get("errors"):
            extensions = errors[0].get("extensions", {})
            raise Refused(errors[0]["message"], extensions.get("code"), extensions.get("field"))
        return answer["data"]

    def every(self, query, **variables):
        """The rows of a list, page by page. The list is the only field of the query."""
        after = None
        while True:
            (page,) = self.ask(query, after=after, **variables).values()
            yield from page["nodes"]
            if not page["pageInfo"]["hasNextPage"]:
                return
            after = page["pageInfo"]["endCursor"]


def read(error):
    """The answer in an HTTP error. Outside GraphQL, as when the server is overloaded, it is {"error": …}."""
    try:
        answer = json.load(error)
        problem = answer.get("error")
    except (ValueError, AttributeError):
        raise Refused(f"HTTP {error.code} from {error.url}") from error
    if problem:
        raise Refused(problem["message"], problem["code"])
    return answer


def import_people(server, path):
    """One person for each line. A line that is refused is told with its number; the others are imported."""
    made, known, refused = 0, 0, 0
    with open(path, encoding="utf-8-sig", newline="") as file:
        lines = csv.DictReader(file, restkey="more", restval="")
        if "name" not in (lines.fieldnames or []):
            raise Refused(f"{path}: the first line has to name the columns: name,email,skills")
        for line in lines:
            try:
                if "more" in line:
                    raise Refused("more values than columns; several skills are separated by ;", "BAD_USER_INPUT")
                skills = [skill.strip() for skill in line.get("skills", "").split(";") if skill.strip()]
                person = {"displayName": line["name"], "email": line.get("email") or None, "skills": skills}
                server.ask(CREATE, input=person)
                made += 1
            except Refused as error:
                if error.code not in ("BAD_USER_INPUT", "ALREADY_EXISTS"):
                    raise  # not this line's fault: the next ones would fare no better
                print(f"{path}, line {lines.line_num}: {error}", file=sys.stderr)
                known += error.code == "ALREADY_EXISTS"
                refused += error.code != "ALREADY_EXISTS"
    print(f"{made} imported, {known} already there, {refused} refused")
    return 1 if refused else 0


def print_people(server):
    for person in server.every(PEOPLE):
        print("\t".join([person["displayName"], person["email"] or "", ";".join(person["skills"])]))


def print_sheet(server, name):
    """The missions of a project by start, each in its own time zone. Cancelled ones are left out."""
    project = next((p for p in server.every(PROJECTS, search=name) if p["name"] == name), None)
    if not project:
        raise Refused(f"there is no project called {name}")
    print(name)
    for mission in server.every(MISSIONS, project=project["id"]):
        start, end = (local(mission[at], mission["timezone"]) for at in ("startsAt", "endsAt"))
        until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%a %d %b %H:%M}"
        place = f", {mission['location']}" if mission["location"] else ""
        print(f"\n{start:%a %d %b %Y %H:%M} to {until} {start.tzname()}{place}\n  {mission['title']}")
        for role in mission["roles"]:
            staffing = role["staffing"]
            print(f"    {role['name']}: {staffing['accepted']} of {role['quantity']}, {staffing['open']} open")
            for assignment in role["assignments"]:
                asked = " (asked)" if assignment["status"] == "INVITED" else ""
                print(f"      {assignment['user']['displayName']}{asked}")


def local(instant, zone):
    """An instant of the server in a zone, or as it came, in UTC, where the system does not know the zone."""
    at = datetime.fromisoformat(instant.replace("Z", "+00:00"))
    try:
        return at.astimezone(ZoneInfo(zone))
    except ZoneInfoNotFoundError:
        return at


COMMANDS = {"import": (import_people, 1), "people": (print_people, 0), "sheet": (print_sheet, 1)}


def main(arguments):
    command, expected = COMMANDS.get(arguments[0] if arguments else None, (None, 0))
    email, password = os.environ.get("COULISSES_EMAIL"), os.environ.get("COULISSES_PASSWORD")
    if not command or len(arguments) != 1 + expected or not email or not password:
        sys.exit(__doc__)
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8")
    server = Server(os.environ.get("COULISSES_URL", "http://127.0.0.1:8000"))
    try:
        server.token = server.ask(LOGIN, input={"email": email, "password": password})["login"]["accessToken"]
        try:
            return command(server, *arguments[1:])
        finally:
            # If that fails, what went wrong before is what counts; the session ends by itself.
            with suppress(Refused, OSError):
                server.ask(LOGOUT)
    except (Refused, OSError, UnicodeError, csv.Error) as error:
        sys.exit(f"roster.py: {error}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
