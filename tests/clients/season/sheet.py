"""The sheet that a stage office keeps beside the server: who was asked for what, and what came of it."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from datetime import timedelta

OPEN = ("INVITED", "ACCEPTED")


@dataclass
class Mission:
    """A line for each role, with the number of people that it needs."""

    title: str
    starts: object
    ends: object
    needed: dict
    cancelled: bool = False

    def meets(self, starts, ends):
        """Whether it overlaps `[starts, ends)`."""
        return self.starts < ends and starts < self.ends


@dataclass
class Person:
    name: str
    skills: set
    away: list = field(default_factory=list)


@dataclass
class Booking:
    """Somebody in a role of a mission. `id` and `token` are the server's."""

    mission: Mission
    role: str
    person: Person
    status: str
    id: str = ""
    token: str = ""


class Sheet:
    """All lines, and what follows from them."""

    def __init__(self):
        self.missions, self.people, self.bookings = {}, {}, []

    def of(self, mission, *status):
        return [row for row in self.bookings if row.mission is mission and row.status in status]

    def accepted(self, mission, role):
        return sum(row.role == role for row in self.of(mission, "ACCEPTED"))

    def free(self, mission, role):
        return mission.needed[role] - self.accepted(mission, role)

    def elsewhere(self, person, mission, *status):
        """What else the person has at the time of a mission."""
        return [
            row
            for row in self.bookings
            if row.person is person
            and row.mission is not mission
            and row.status in status
            and row.mission.meets(mission.starts, mission.ends)
        ]

    def warnings(self, mission, role, people):
        """How many warnings of each kind it takes to ask these people."""
        counts = Counter()
        for person in people:
            counts["OVERLAP"] += len(self.elsewhere(person, mission, *OPEN))
            counts["UNAVAILABLE"] += any(mission.meets(*away) for away in person.away)
            counts["MISSING_SKILL"] += role not in person.skills
        return +counts

    def hindrance(self, booking):
        """The code that a yes is refused with; None if it is taken."""
        if self.free(booking.mission, booking.role) <= 0:
            return "ROLE_FULL"
        if self.elsewhere(booking.person, booking.mission, "ACCEPTED"):
            return "SCHEDULE_CONFLICT"
        return None

    def future(self, now, bookings):
        return [row for row in bookings if row.status in OPEN and row.mission.starts > now]

    def board(self):
        """For each role of each mission: needed, invited, accepted, open. What is called off needs nobody."""
        board = {}
        for mission in self.missions.values():
            for role, quantity in mission.needed.items():
                needed = 0 if mission.cancelled else quantity
                counts = Counter(row.status for row in self.of(mission, *OPEN) if row.role == role)
                accepted = counts["ACCEPTED"]
                board[mission.title, role] = (needed, counts["INVITED"], accepted, needed - accepted)
        return board

    def hours(self):
        """How long everybody works, who works."""
        hours = defaultdict(timedelta)
        for row in self.bookings:
            if row.status == "ACCEPTED":
                hours[row.person.name] += row.mission.ends - row.mission.starts
        return dict(hours)
