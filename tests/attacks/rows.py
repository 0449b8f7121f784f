"""The rows of an organisation, written straight into the database: an attack needs more of them than the API makes."""

import datetime
import sqlite3
import subprocess
import uuid

ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
# Nobody can be invited to what is over.
START = datetime.datetime.now(datetime.timezone.utc).replace(microsecond=0) + datetime.timedelta(days=90)
HOUR = datetime.timedelta(hours=1)
NAMESPACE = uuid.UUID("6b2f0f2e-0d5c-4a0e-9d2b-6f1f5a4f7c11")


def type_id(prefix, key):
    """A UUID as clients see it."""
    number, text = key.int, ""
    for _ in range(26):
        text = ALPHABET[number & 31] + text
        number >>= 5
    return f"{prefix}_{text}"


def key_of(text):
    number = 0
    for letter in text.split("_")[1]:
        number = number * 32 + ALPHABET.index(letter)
    return uuid.UUID(int=number)


class Org:
    """An organisation with a project, its missions and their assignments. Keys follow from names, so they are known."""

    def __init__(self, org_id, people, missions, assignments, crowd=0):
        self.id, self.people, self.missions = org_id, people, missions
        self.assignments, self.crowd = assignments, crowd
        self.project = self.key("project")

    def key(self, name):
        return uuid.uuid5(NAMESPACE, f"{self.id} {name}")

    def user(self, number):
        return self.key(f"user {number}")

    def mission(self, number):
        return self.key(f"mission {number}")

    def role(self, number):
        return self.key(f"role {number}")

    def tables(self):
        """(table, rows); a row is a dictionary. All missions overlap, so that everybody has many conflicts."""
        same = {"org_id": self.id}
        at = {"created_at": START}
        users = range(self.people)
        yield "users", [{**same, **at, "id": self.user(u), "display_name": f"Person {u}",
                         "display_name_folded": f"person {u}", "version": 1} for u in users]
        yield "user_skills", [{**same, "user_id": self.user(u), "skill": "Rigging", "skill_folded": "rigging",
                               "skill_same": "rigging"} for u in users if u % 2]
        yield "projects", [{**same, **at, "id": self.project, "name": "Season", "name_folded": "season",
                            "name_same": "season", "status": "ACTIVE", "updated_at": START, "version": 1}]
        missions = range(self.missions + bool(self.crowd))
        yield "missions", [{**same, **at, "id": self.mission(m), "project_id": self.project, "title": f"Mission {m}",
                            "title_folded": f"mission {m}", "starts_at": START, "ends_at": START + HOUR,
                            "timezone": "Europe/Paris", "updated_at": START, "version": 1} for m in missions]
        yield "mission_roles", [{**same, "id": self.role(m), "mission_id": self.mission(m), "name": "Rigger",
                                 "skill": "Rigging", "skill_same": "rigging", "quantity": 500, "position": 0}
                                for m in missions]
        yield "assignments", list(self.of_missions())

    def of_missions(self):
        for m in range(self.missions):
            for a in range(self.assignments):
                yield self.assignment(m, a, (m + a) % self.people, "INVITED" if a % 2 else "ACCEPTED")
        # One mission with more assignments than an answer may have.
        for a in range(self.crowd):
            yield self.assignment(self.missions, a, a % self.people, "DECLINED")

    def assignment(self, mission, number, user, status):
        return {"org_id": self.id, "id": self.key(f"assignment {mission} {number}"), "mission_id": self.mission(mission),
                "role_id": self.role(mission), "user_id": self.user(user), "starts_at": START, "ends_at": START + HOUR,
                "status": status, "invited_at": START, "created_at": START, "updated_at": START}


def fill_sqlite(path, org):
    def value(of):
        if isinstance(of, uuid.UUID):
            return of.bytes
        if isinstance(of, datetime.datetime):
            return int((of - EPOCH) / datetime.timedelta(microseconds=1))
        return of

    with sqlite3.connect(path, timeout=30) as connection:
        for table, rows in org.tables():
            if rows:
                names = list(rows[0])
                sql = f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"
                connection.executemany(sql, ([value(row[name]) for name in names] for row in rows))
    connection.close()


def fill_postgres(url, org):
    lines = ["BEGIN;"]
    for table, rows in org.tables():
        if rows:
            names = list(rows[0])
            lines.append(f"COPY {table} ({', '.join(names)}) FROM STDIN;")
            lines += ["\t".join(str(row[name]) for name in names) for row in rows]
            lines.append("\\.")
    lines += ["COMMIT;", "ANALYZE;", ""]
    psql = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", url]
    subprocess.run(psql, input="\n".join(lines), text=True, check=True, stdout=subprocess.DEVNULL)
