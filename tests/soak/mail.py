"""Kills the server while it sends a mail, with a mail server that takes its time."""

import re
import socket
import threading
import time

from load import CREATE_MISSION, CREATE_USER, EPOCH, HOUR, INVITE

DUE = {"SQLite": "0", "PostgreSQL": "now()"}


class Post:
    """A mail server. It greets nobody while it is `silent`, and does not say that it took a mail while it `holds`."""

    def __init__(self):
        self.mode, self.mails, self.changed = "takes", [], threading.Condition()
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"smtp://127.0.0.1:{self.listener.getsockname()[1]}"
        self.connections = 0
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.talk, args=(connection,), daemon=True).start()

    def talk(self, connection):
        with connection, connection.makefile("rwb") as file:
            self.note(lambda: setattr(self, "connections", self.connections + 1))
            if self.mode == "silent":
                file.read()
                return
            self.say(file, "220 here")
            mail = None
            while line := file.readline():
                if mail is not None:
                    mail.append(line.decode())
                    if line != b".\r\n":
                        continue
                    whole, mail = "".join(mail), None
                    self.note(lambda: self.mails.append(whole))
                    if self.mode == "holds":
                        file.read()
                        return
                    self.say(file, "250 taken")
                elif line == b"DATA\r\n":
                    mail = []
                    self.say(file, "354 go on")
                else:
                    self.say(file, "250 yes")

    def say(self, file, line):
        file.write(line.encode() + b"\r\n")
        file.flush()

    def note(self, change):
        with self.changed:
            change()
            self.changed.notify_all()

    def wait_for(self, what):
        with self.changed:
            return self.changed.wait_for(what, timeout=30)


def check(program, database, worker):
    """Yields what is wrong with the mails of two invitations: the server is killed before one and after the other."""
    post = Post()
    program.kill()
    program.environment["SMTP_URL"] = post.url
    program.start()
    worker.reconnect()
    for mode, times in ("silent", 1), ("holds", 2):
        post.mode, post.connections, post.mails = mode, 0, []
        address = f"person-{mode}@crew.example"
        invite(worker, address)
        reached = (lambda: post.connections) if mode == "silent" else (lambda: post.mails)
        if not post.wait_for(reached):
            yield f"mail, {mode}: the server does not send it"
            return
        program.kill()
        # The claim of the server that was killed lasts for two minutes.
        due = f"UPDATE outbox SET due_at = {DUE[database.name]} WHERE due_at IS NOT NULL"
        database.change(due)
        post.mode = "takes"
        program.start()
        worker.reconnect()
        post.wait_for(lambda times=times: len(post.mails) >= times)
        deadline = time.monotonic() + 30
        while database.query("SELECT count(*) FROM outbox WHERE due_at IS NOT NULL") != [["0"]]:
            if time.monotonic() > deadline:
                yield f"mail, {mode}: the outbox does not become empty"
                return
            time.sleep(0.1)
        ids = [re.search(r"(?im)^message-id: (.*?)\r$", mail).group(1) for mail in post.mails]
        if len(ids) != times or len(set(ids)) != 1:
            yield f"mail, {mode}: it came with these ids instead of {times} times with one: {ids}"


def invite(worker, address):
    person = worker.send(CREATE_USER, {"displayName": "Pia", "email": address})["createUser"]["user"]["id"]
    mission = {"title": "Load-out", "startsAt": EPOCH.isoformat(), "endsAt": (EPOCH + HOUR).isoformat(),
               "timezone": "Europe/Paris", "roles": [{"name": "Rigger", "quantity": 1}]}
    created = worker.send(CREATE_MISSION, {"projectId": worker.project, "mission": mission})
    role = created["createMission"]["mission"]["roles"][0]["id"]
    worker.send(INVITE, {"roleId": role, "userIds": [person]})
