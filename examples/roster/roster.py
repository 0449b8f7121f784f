#!/usr/bin/env python3
"""Imports crew members from a CSV file, lists them, and prints the call sheet of a project."""

import argparse
import csv
import os
import sys
import unicodedata
from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from client import Refused, Server
from sheet import Fault, letters, read_sheet

ENVIRONMENT = """Who signs in, and where, is read from the environment: COULISSES_EMAIL, COULISSES_PASSWORD, and
COULISSES_URL (http://127.0.0.1:8000 unless it is set)."""
CREATE = "mutation($input: CreateUserInput!) { createUser(input: $input) { user { id } } }"
PEOPLE = """query($after: String) {
  users(first: 200, after: $after) {
    nodes { displayName email phone skills tags } pageInfo { hasNextPage endCursor }
  }
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
# Whoever imports a long file is told after so many lines that it goes on.
STEP = 100


class Import:
    """One run over a file: what the server and the file hold already, and what became of each line."""

    def __init__(self, server, path, dry_run):
        self.server, self.path, self.dry_run = server, path, dry_run
        self.sheet = read_sheet(path)
        people = list(server.every(PEOPLE))
        self.by_email = {one_form(person["email"]): person for person in people if person["email"]}
        self.without_email = [person for person in people if not person["email"]]
        self.places = {}  # of the addresses in the file
        self.counts, self.columns_left_out = Counter(), 0

    def run(self):
        """Imports line by line. What concerns one line is told, and the others are imported all the same."""
        print(f"{self.path}: {self.sheet}", flush=True)
        for complaint in self.sheet.left_out():
            self.tell(self.sheet.heading_place, complaint)
            self.columns_left_out += 1
        total = len(self.sheet.lines)
        try:
            for number, line in enumerate(self.sheet.lines, 1):
                self.take(line)
                if number % STEP == 0 and number < total:
                    print(f"{number} of {total} lines", file=sys.stderr, flush=True)
        finally:
            self.counts["not tried"] = total - self.counts.total()
            self.print_summary()
        return 1 if self.counts["left out"] or self.columns_left_out else 0

    def print_summary(self):
        made = "would be imported" if self.dry_run else "imported"
        parts = [f"{self.counts[count]} {count}" for count in (made, "already there", "left out")]
        if not_tried := self.counts["not tried"]:
            parts.append(f"{not_tried} not tried")
        if columns := self.columns_left_out:
            parts.append("1 column left out" if columns == 1 else f"{columns} columns left out")
        print(", ".join(parts))

    def take(self, line):
        """Imports the person of a line, or tells why not."""
        try:
            person = self.sheet.person(line)
            self.counts[self.create(line, person)] += 1
            if person["email"]:
                self.places[one_form(person["email"])] = line.place
        except Fault as fault:
            self.tell(line.place, fault)
            self.counts["left out"] += 1
        except Refused as error:
            # The next lines would fare no better.
            message = f"{self.path}: stopped at {line.place}; the lines from there on are not imported: {error}"
            raise Refused(message) from error

    def create(self, line, person):
        """Makes a person who is not there yet, and says which count that goes to."""
        if self.is_there(line, person):
            return "already there"
        if self.dry_run:
            count = "would be imported"
        else:
            self.ask_for(person)
            count = "imported"
        if not person["email"]:
            # Otherwise an equal line further down would make a second person.
            self.without_email.append(person)
        return count

    def ask_for(self, person):
        try:
            self.server.ask(CREATE, input=person)
        except Refused as error:
            if error.code in ("BAD_USER_INPUT", "ALREADY_EXISTS"):
                raise Fault(str(error)) from error
            raise

    def is_there(self, line, person):
        """Whether somebody was there before, with all that the line says."""
        if not person["email"]:
            if not any(not lacking(there, person) for there in self.without_email):
                return False
            name = person["displayName"]
            self.tell(line.place, f"{name} is there already, and is taken for the same, because neither has an address")
            return True
        email = one_form(person["email"])
        if email in self.places:
            raise Fault(f"email: {email} stands in {self.places[email]}, too; a person has an address of their own")
        there = self.by_email.get(email)
        if there and (fields := lacking(there, person)):
            name, fields = there["displayName"], " and ".join(fields)
            raise Fault(f"email: {email} is there already, as {name}; "
                        f"the line differs in {fields}, and nothing was changed")
        return there is not None

    def tell(self, place, complaint):
        print(f"{self.path}, {place}: {complaint}", file=sys.stderr)


def one_form(address):
    """An address in lower case, with the domain in Unicode. The server shows it so, but a file may have Punycode."""
    local, _, domain = unicodedata.normalize("NFC", address.lower()).rpartition("@")
    return f"{local}@{'.'.join(map(in_unicode, domain.split('.')))}"


def in_unicode(label):
    """A part of a domain in Unicode. The codec "idna" would turn ß into ss, so this uses only its Punycode."""
    if not label.startswith("xn--"):
        return label
    try:
        return label.removeprefix("xn--").encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def lacking(there, person):
    """The fields in which a line says something that is not known of somebody yet."""
    fields = []
    if there["displayName"] != person["displayName"]:
        fields.append("name")
    if person["phone"] and there["phone"] != person["phone"]:
        fields.append("phone")
    for field in ("skills", "tags"):
        known = {entry.casefold() for entry in there[field]}
        if any(entry.casefold() not in known for entry in person[field]):
            fields.append(field)
    return fields


def import_people(server, arguments):
    return Import(server, arguments.file, arguments.dry_run).run()


def print_people(server, _):
    """A CSV file of all people that can be imported elsewhere."""
    sheet = csv.writer(sys.stdout, lineterminator="\n")
    sheet.writerow(["name", "email", "phone", "skills", "tags"])
    for person in server.every(PEOPLE):
        lists = ("; ".join(person[field]) for field in ("skills", "tags"))
        sheet.writerow([person["displayName"], person["email"], person["phone"], *lists])
    return 0


def print_sheet(server, arguments):
    """The missions of a project by start, each in its own time zone. Cancelled ones are left out."""
    project = find_project(server, arguments.project)
    print(project["name"])
    for mission in server.every(MISSIONS, project=project["id"]):
        place = f", {mission['location']}" if mission["location"] else ""
        print(f"\n{times(mission)}{place}\n  {mission['title']}")
        for role in mission["roles"]:
            staffing = role["staffing"]
            print(f"    {role['name']}: {staffing['accepted']} of {role['quantity']}, {staffing['open']} open")
            for assignment in role["assignments"]:
                asked = " (asked)" if assignment["status"] == "INVITED" else ""
                print(f"      {assignment['user']['displayName']}{asked}")
    return 0


def find_project(server, name):
    """The project of this very name; or else of this name in another spelling; or else with this in its name."""
    found = list(server.every(PROJECTS, search=name))
    same = [project for project in found if project["name"] == name]
    alike = [project for project in found if letters(project["name"]) == letters(name)]
    fitting = same or alike or found
    if not fitting:
        raise Fault(f"there is no project with “{name}” in its name")
    if len(fitting) > 1:
        names = "".join(f"\n  {project['name']}" for project in fitting)
        raise Fault(f"several projects fit “{name}”; which of them is meant?{names}")
    return fitting[0]


def times(mission):
    """From when to when, where the mission is. The zone's name stands twice if the clocks change in between."""
    start, end = (local(mission[at], mission["timezone"]) for at in ("startsAt", "endsAt"))
    until = f"{end:%H:%M}" if start.date() == end.date() else f"{end:%a %d %b %H:%M}"
    before = "" if start.utcoffset() == end.utcoffset() else f" {start.tzname()}"
    return f"{start:%a %d %b %Y %H:%M}{before} to {until} {end.tzname()}"


def local(instant, zone):
    """An instant of the server in a zone, or as it came, in UTC, where the system does not know the zone."""
    at = datetime.fromisoformat(instant)
    try:
        return at.astimezone(ZoneInfo(zone))
    except ZoneInfoNotFoundError:
        return at


def read_arguments():
    parser = argparse.ArgumentParser(prog="roster.py", description=__doc__, epilog=ENVIRONMENT)
    commands = parser.add_subparsers(required=True, metavar="command")
    command = commands.add_parser("import", help="import the people of a CSV file")
    command.add_argument("file")
    command.add_argument("--dry-run", action="store_true", help="tell what an import would do, and change nothing")
    command.set_defaults(run=import_people)
    command = commands.add_parser("people", help="print all people as CSV")
    command.set_defaults(run=print_people)
    command = commands.add_parser("sheet", help="print the call sheet of a project")
    command.add_argument("project", help="its name or a part of it; case and accents do not matter")
    command.set_defaults(run=print_sheet)
    return parser.parse_args()


def main():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    arguments = read_arguments()
    email, password = os.environ.get("COULISSES_EMAIL"), os.environ.get("COULISSES_PASSWORD")
    if not email or not password:
        sys.exit("roster.py: COULISSES_EMAIL and COULISSES_PASSWORD have to be set; see roster.py --help")
    server = Server(os.environ.get("COULISSES_URL", "http://127.0.0.1:8000"))
    try:
        with server.signed_in(email, password):
            return arguments.run(server, arguments)
    except Fault as fault:
        file = f"{arguments.file}: " if arguments.run is import_people else ""
        sys.exit(f"roster.py: {file}{fault}")
    except (Refused, OSError) as error:
        sys.exit(f"roster.py: {error}")
    except KeyboardInterrupt:
        sys.exit("roster.py: stopped")


if __name__ == "__main__":
    sys.exit(main())
