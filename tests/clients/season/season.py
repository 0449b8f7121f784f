#!/usr/bin/env python3
"""Plays October 2026 at a theatre with 60 people through the API of a running server. Beside it a sheet is kept, as a
stage office would (sheet.py). At each step the server has to answer what the sheet says, and at the end its board has
to be what the sheet counts.

COULISSES_URL names the server. It is one of the tests: its clock begins on 1 September, and `POST /test/clock` moves
it.
"""

import os
import sys
import urllib.request
from collections import Counter
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import operations
from client import Refused, Server
from sheet import OPEN, Booking, Mission, Person, Sheet

PARIS = ZoneInfo("Europe/Paris")
PASSWORD = "seven purple tents at dawn"
ROLES = ["plateau", "lumière", "son", "accroche", "habillage"]
FIRST = ["Aïcha", "Bruno", "Chloé", "Denis", "Élise", "Farid", "Gaëlle", "Hugo", "Inès", "Jules", "Karim", "Lina"]
LAST = ["Aubry", "Besson", "Carlier", "Diallo", "Estève"]


def local(day, hour, minute=0):
    """An instant of October in Paris. Arithmetic on local times would miss the night on which summer time ends."""
    return datetime(2026, 10, day, hour, minute, tzinfo=PARIS).astimezone(UTC)


def agree(what, server, sheet):
    """The one assertion of this script. Of long tables it shows the lines that differ."""
    if server == sheet:
        return
    if isinstance(server, dict):
        lines = sorted(server.items() ^ sheet.items(), key=str)
        sys.exit(f"{what}: the server and the sheet differ in {lines}")
    sys.exit(f"{what}\n  the server says {server}\n  the sheet says  {sheet}")


def refusal(ask):
    """The code that the server refuses with, or None."""
    try:
        ask()
    except Refused as error:
        return error.code
    return None


class Season:
    def __init__(self, url):
        self.url, self.now = url, datetime(2026, 9, 1, 8, tzinfo=UTC)
        self.sheet, self.ids = Sheet(), {}
        self.nobody, self.office, self.signed_in = Server(url), Server(url), {}
        self.counts = Counter()

    # --- What the office does, on the server and on the sheet -------------------------------------------------------

    def open_office(self):
        account = {"email": "regie@lilas.example", "password": PASSWORD, "displayName": "Régie générale"}
        self.sign_in(self.office, operations.SIGN_UP, "signUp", account | {"orgName": "Théâtre des Lilas"})
        self.signed_in[account["email"]] = self.office

    @staticmethod
    def sign_in(server, operation, field, account):
        server.token = server.ask(operation, input=account)[field]["accessToken"]

    def wait_until(self, instant):
        minutes = (instant - self.now) // timedelta(minutes=1)
        request = urllib.request.Request(f"{self.url}/test/clock?{minutes}", method="POST")
        urllib.request.urlopen(request, timeout=30).close()
        self.now += timedelta(minutes=minutes)
        # Access tokens last for minutes.
        for email, server in self.signed_in.items():
            server.token = None
            self.sign_in(server, operations.LOGIN, "login", {"email": email, "password": PASSWORD})

    def hire(self):
        """60 people, each with a craft or two."""
        for number in range(60):
            name = f"{FIRST[number % 12]} {LAST[number // 12]}"
            skills = [ROLES[number % 5]] + ([ROLES[(number + 1) % 5]] if number % 4 == 0 else [])
            email = f"person{number}@lilas.example" if number < 40 else None
            user = {"displayName": name, "email": email, "skills": skills}
            self.ids[name] = self.office.ask(operations.CREATE_USER, input=user)["createUser"]["user"]["id"]
            self.sheet.people[name] = Person(name, set(skills))

    def keep_away(self, name, starts, ends):
        """Somebody says that they cannot work. What they accepted before is told and stays."""
        slot = {"userId": self.ids[name], "startsAt": iso(starts), "endsAt": iso(ends), "kind": "UNAVAILABLE"}
        made = self.office.ask(operations.CREATE_AVAILABILITY, input=slot)["createAvailability"]
        person = self.sheet.people[name]
        person.away.append((starts, ends))
        clashes = [
            row
            for row in self.sheet.bookings
            if row.person is person and row.status == "ACCEPTED" and row.mission.meets(starts, ends)
        ]
        told = {clash["id"] for clash in made["clashes"]}
        agree(f"clashes of {name}", told, {row.id for row in clashes})
        return clashes

    def plan(self, project, missions):
        """A project and its missions, all at once."""
        missions = list(missions)
        made = self.office.ask(operations.CREATE_PROJECT, input={"name": project})["createProject"]["project"]["id"]
        self.ids[project] = made
        lines = [
            {
                "title": mission.title,
                "startsAt": iso(mission.starts),
                "endsAt": iso(mission.ends),
                "roles": [{"name": role, "skill": role, "quantity": n} for role, n in mission.needed.items()],
            }
            for mission in missions
        ]
        created = self.office.ask(operations.CREATE_MISSIONS, input={"projectId": made, "missions": lines})
        for mission, row in zip(missions, created["createMissions"]["missions"], strict=True):
            self.sheet.missions[mission.title] = mission
            self.ids[mission.title] = row["id"]
            for role in row["roles"]:
                self.ids[mission.title, role["name"]] = role["id"]
        self.office.ask(operations.SET_PROJECT_STATUS, input={"id": made, "status": "ACTIVE"})

    def candidates(self, mission, role):
        """People with the craft who are not asked yet. Who was asked least comes first, so that all get work."""
        found = self.office.ask(operations.CANDIDATES, role=self.ids[mission.title, role])["candidates"]
        people = [self.sheet.people[row["user"]["displayName"]] for row in found if row["hasSkill"]]
        asked = {row.person.name for row in self.sheet.of(mission, *OPEN)}
        agree(f"{mission.title}: candidates who are asked already", {person.name for person in people} & asked, set())
        times = Counter(row.person.name for row in self.sheet.bookings)
        return sorted(people, key=lambda person: times[person.name])

    def invite(self, mission, role, in_a_hurry):
        """Asks one more than there are places, since somebody always says no. In a hurry, whoever is asked always."""
        people = self.candidates(mission, role)
        people = (people[::-1] if in_a_hurry else people)[: mission.needed[role] + 1]
        expected = self.sheet.warnings(mission, role, people)
        made = self.office.ask(
            operations.INVITE,
            input={"roleId": self.ids[mission.title, role], "userIds": [self.ids[person.name] for person in people]},
        )["inviteToMission"]
        told = Counter(warning["code"] for warning in made["warnings"])
        agree(f"warnings of {mission.title}, {role}", told, expected)
        for person, row in zip(people, made["invitations"], strict=True):
            booking = Booking(mission, role, person, "INVITED", row["assignment"]["id"], row["token"])
            self.sheet.bookings.append(booking)
            self.counts["invited"] += 1

    def answer_all(self):
        """Everybody answers by the link in their mail: most say yes, some no, and a few nothing."""
        for number, booking in enumerate(list(self.sheet.bookings)):
            if number % 11 == 5:
                self.counts["never answered"] += 1
            elif number % 6 == 0:
                self.decline(booking)
            else:
                code = self.accept(booking)
                self.counts[code or "accepted"] += 1
                if code == "SCHEDULE_CONFLICT":
                    self.decline(booking)

    def accept(self, booking):
        expected = self.sheet.hindrance(booking)
        code = refusal(lambda: self.nobody.ask(operations.ACCEPT, token=booking.token))
        agree(f"{booking.person.name} accepts {booking.mission.title}", code, expected)
        if code is None:
            booking.status = "ACCEPTED"
        return code

    def decline(self, booking):
        self.nobody.ask(operations.DECLINE, token=booking.token)
        booking.status = "DECLINED"
        self.counts["declined"] += 1

    def fill(self):
        """Books somebody who is free for each place that is still open, while there are such people."""
        for mission in self.sheet.missions.values():
            for role in mission.needed:
                people = iter(self.candidates(mission, role)) if self.sheet.free(mission, role) > 0 else iter(())
                for person in people:
                    if self.sheet.free(mission, role) <= 0:
                        break
                    if not self.sheet.warnings(mission, role, [person]):
                        self.assign(mission, role, person)

    def assign(self, mission, role, person):
        booking = Booking(mission, role, person, "INVITED")
        agree(f"{person.name} can be booked", self.sheet.hindrance(booking), None)
        places = {"roleId": self.ids[mission.title, role], "userId": self.ids[person.name]}
        made = self.office.ask(operations.ASSIGN, input=places)["assignToMission"]
        agree(f"warnings about {person.name}", made["warnings"], [])
        booking.status, booking.id = made["assignment"]["status"], made["assignment"]["id"]
        self.sheet.bookings.append(booking)
        self.counts["assigned"] += 1

    def move(self, title, starts, ends):
        """Looks at what a move would do before it is made. Who had accepted is asked again, unless the new time lies
        inside the old one."""
        mission = self.sheet.missions[title]
        inside = mission.starts <= starts and ends <= mission.ends
        accepted = self.sheet.of(mission, "ACCEPTED")
        times = {"id": self.ids[title], "startsAt": iso(starts), "endsAt": iso(ends)}
        looked = self.office.ask(operations.RESCHEDULE, input=times | {"dryRun": True})["rescheduleMission"]
        done = self.office.ask(operations.RESCHEDULE, input=times)["rescheduleMission"]
        agree(f"{title}: applied", (looked["applied"], done["applied"]), (False, True))
        mission.starts, mission.ends = starts, ends
        effects = {}
        for booking in accepted:
            busy = self.sheet.elsewhere(booking.person, mission, "ACCEPTED")
            effects[booking.id] = "KEPT" if inside else "CONFLICT" if busy else "RECONFIRM"
        for outcomes in (looked["outcomes"], done["outcomes"]):
            told = {row["assignment"]["id"]: row["effect"] for row in outcomes}
            agree(f"{title} moves", {id: told.get(id) for id in effects}, effects)
        if not inside:
            for booking in accepted:
                booking.status = "INVITED"
        self.counts.update(effect.lower() for effect in effects.values())
        return accepted

    def reconfirm(self, bookings):
        """Their old links are worth nothing. Every second one answers the new one."""
        for number, booking in enumerate(bookings):
            code = refusal(lambda booking=booking: self.nobody.ask(operations.ACCEPT, token=booking.token or "none"))
            agree(f"the old link of {booking.person.name}", code, "INVALID_TOKEN")
            made = self.office.ask(operations.RESEND, input={"assignmentId": booking.id})["resendInvitation"]
            booking.token = made["token"]
            if number % 2 == 0:
                self.accept(booking)

    def call_off(self, title, reason):
        mission = self.sheet.missions[title]
        self.office.ask(operations.CANCEL_MISSION, input={"id": self.ids[title], "reason": reason})
        mission.cancelled = True
        for booking in self.sheet.of(mission, *OPEN):
            booking.status = "CANCELLED"
            self.counts["called off"] += 1

    def join(self, name):
        """Somebody of the crew gets an account, and with it their own profile."""
        email = f"person{list(self.sheet.people).index(name)}@lilas.example"
        made = self.office.ask(operations.INVITE_MEMBER, input={"email": email, "role": "TECH"})["inviteMember"]
        server = Server(self.url)
        account = {"token": made["token"], "password": PASSWORD, "displayName": name}
        self.sign_in(server, operations.JOIN, "joinOrg", account)
        self.signed_in[email] = server
        agree("the profile", server.ask(operations.MY_PROFILE)["myProfile"]["displayName"], name)
        return server

    def withdraw(self, server, booking, expected=None):
        code = refusal(lambda: server.ask(operations.CANCEL, input={"id": booking.id, "reason": "malade"}))
        agree(f"{booking.person.name} withdraws from {booking.mission.title}", code, expected)
        if code is None:
            booking.status = "CANCELLED"
            self.counts["withdrawn"] += 1

    def close_down(self, operation, of, bookings):
        """Archives a person or a project: refused while something is to come, unless that is to be cancelled."""
        future = self.sheet.future(self.now, bookings)
        code = refusal(lambda: self.office.ask(operation, input=of))
        agree(f"archiving with {len(future)} to come", code, "IN_USE" if future else None)
        self.office.ask(operation, input=of | {"cancelFuture": True})
        for booking in future:
            booking.status = "CANCELLED"
            self.counts["called off"] += 1

    # --- The end ----------------------------------------------------------------------------------------------------

    def compare(self):
        """The board of the server against the sheet, role by role and person by person."""
        board, hours, rows = {}, {}, list(self.office.every(operations.BOARD))
        for mission in rows:
            length = parse(mission["endsAt"]) - parse(mission["startsAt"])
            for role in mission["roles"]:
                counts = [role["staffing"][count] for count in ("needed", "invited", "accepted", "open")]
                board[mission["title"], role["name"]] = tuple(counts)
            for row in mission["assignments"]:
                if row["status"] == "ACCEPTED":
                    name = row["user"]["displayName"]
                    hours[name] = hours.get(name, timedelta()) + length
        agree("the board", board, self.sheet.board())
        agree("the hours", hours, self.sheet.hours())
        statuses = {row["id"]: row["status"] for mission in rows for row in mission["assignments"]}
        agree("the assignments", statuses, {row.id: row.status for row in self.sheet.bookings})
        cancelled = {mission["title"] for mission in rows if mission["cancelledAt"]}
        agree("what is called off", cancelled, {row.title for row in self.sheet.missions.values() if row.cancelled})
        return board, hours


def iso(instant):
    return instant.isoformat()


def parse(text):
    return datetime.fromisoformat(text)


def hamlet():
    """Rehearsals, the get-in, and a show on each evening from Tuesday to Saturday."""
    rehearsal = {"plateau": 2, "lumière": 1, "son": 1}
    for day in (1, 2, 5, 6, 7, 8, 9):
        yield Mission(f"Hamlet, répétition du {day}", local(day, 13), local(day, 18), dict(rehearsal))
    yield Mission("Hamlet, montage", local(10, 8), local(10, 18), {"accroche": 4, "plateau": 4, "lumière": 3})
    for day in range(13, 32):
        if datetime(2026, 10, day).weekday() in range(1, 6):
            show = {"plateau": 3, "lumière": 2, "son": 2, "habillage": 2}
            yield Mission(f"Hamlet, le {day}", local(day, 18, 30), local(day, 23, 30), show)


def festival():
    """Two days, and the strike in the night on which summer time ends, which lasts nine hours."""
    for day in (24, 25):
        yield Mission(f"Festival, le {day}", local(day, 10), local(day, 22), {"lumière": 2, "son": 2})
    night = Mission("Festival, démontage", local(24, 22), local(25, 6), {"accroche": 4, "plateau": 3})
    agree("the long night", night.ends - night.starts, timedelta(hours=9))
    yield night


def season_of(url):
    season = Season(url)
    season.open_office()
    season.hire()
    for number, name in enumerate(season.sheet.people):
        if number % 9 == 4:
            season.keep_away(name, local(12, 0), local(18, 0))

    season.plan("Hamlet", hamlet())
    season.plan("Festival d'automne", festival())
    care = {"lumière": 1, "son": 1}
    mondays = [Mission(f"Entretien du {day}", local(day, 9), local(day, 12), dict(care)) for day in (5, 12, 19, 26)]
    season.plan("Entretien", mondays)

    season.wait_until(datetime(2026, 9, 28, 8, tzinfo=UTC))
    for mission in season.sheet.missions.values():
        for role in mission.needed:
            season.invite(mission, role, in_a_hurry=mission.title.startswith("Festival"))
    season.answer_all()
    season.fill()

    season.move("Hamlet, le 15", local(15, 19), local(15, 23))
    for title, starts, ends in (
        ("Hamlet, répétition du 7", local(8, 16), local(8, 21)),
        ("Hamlet, le 20", local(21, 18), local(21, 23)),
    ):
        season.reconfirm(season.move(title, starts, ends))
    for day in (30, 31):
        season.call_off(f"Hamlet, le {day}", "grève")

    ill = next(row.person for row in season.sheet.of(season.sheet.missions["Hamlet, le 22"], "ACCEPTED"))
    for clash in season.keep_away(ill.name, local(20, 0), local(27, 0)):
        season.withdraw(season.office, clash)
    gone = next(row.person for row in season.sheet.of(season.sheet.missions["Hamlet, le 29"], "ACCEPTED"))
    of_person = [row for row in season.sheet.bookings if row.person is gone]
    season.close_down(operations.ARCHIVE_USER, {"id": season.ids[gone.name]}, of_person)
    of_project = [row for row in season.sheet.bookings if row.mission.title.startswith("Entretien")]
    archive = {"id": season.ids["Entretien"], "status": "ARCHIVED"}
    season.close_down(operations.SET_PROJECT_STATUS, archive, of_project)
    withdrawals(season)

    season.wait_until(datetime(2026, 11, 1, 8, tzinfo=UTC))
    late = next(row for row in season.sheet.bookings if row.status == "INVITED")
    code = refusal(lambda: season.office.ask(operations.ACCEPT_FOR, input={"id": late.id}))
    agree("a yes after the end", code, "MISSION_CLOSED")
    return season


def withdrawals(season):
    """Three people with accounts cannot come. Two say so in time, and one 47 hours before the start: the cut-off is at
    48, so the office has to do it."""
    accepted = [row for row in season.sheet.bookings if row.status == "ACCEPTED"]
    names = [name for name in list(season.sheet.people)[:40] if any(row.person.name == name for row in accepted)]
    for number, name in enumerate(names[:3]):
        server = season.join(name)
        booked = [row for row in accepted if row.person.name == name]
        if number < 2:
            season.withdraw(server, booked[0])
        else:
            booking = max(booked, key=lambda row: row.mission.starts)
            season.wait_until(booking.mission.starts - timedelta(hours=47))
            season.withdraw(server, booking, "WITHDRAWAL_TOO_LATE")
            season.withdraw(season.office, booking)


def main():
    season = season_of(os.environ["COULISSES_URL"].rstrip("/"))
    board, hours = season.compare()
    for (title, role), (needed, invited, accepted, left) in board.items():
        print(f"{title:<28} {role:<10} needed {needed}  invited {invited}  accepted {accepted}  open {left}")
    for what, count in sorted(season.counts.items()):
        print(f"{what}: {count}")
    total = sum(hours.values(), timedelta()) / timedelta(hours=1)
    print(f"{len(board)} lines of the board and {len(hours)} people with {total:g} hours are as the sheet counts them")


if __name__ == "__main__":
    main()
