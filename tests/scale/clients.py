"""Clients that read and write on kept-alive connections, and note what became of each request and when."""

import collections
import http.client
import json
import threading
import time

from load import SIGN_UP, Unknown, Worker, cookie_of

READ = """{ projects(first: 5) { totalCount nodes { name missions(first: 5) { nodes { title } } } } }"""
# How long a client waits after it was refused. `Retry-After` says 1 s, and a page that is reloaded does not wait.
PAUSE = 0.1


class Client(Worker):
    """Changes things and knows what was acknowledged. Every other request reads."""

    def __init__(self, program, number):
        self.seen = []
        super().__init__(program, number)

    def work_until(self, stop):
        while not stop.is_set():
            try:
                self.exchange({"query": READ})
                self.step()
            except Unknown:
                self.unknown += 1

    def exchange(self, body, path="/graphql", headers=None):
        """Sends a request and notes its end. Raises `Unknown` if it was not answered."""
        headers = headers or {"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"}
        begun = time.monotonic()
        try:
            self.connection.request("POST", path, json.dumps(body) if body else None, headers)
            response = self.connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException) as error:
            self.note(begun, type(error).__name__)
            self.reconnect()
            raise Unknown from error
        if response.status == 503:
            self.note(begun, "503 of HAProxy" if b"UNAVAILABLE" not in text else "503 UNAVAILABLE")
            time.sleep(PAUSE)
            raise Unknown
        answer = json.loads(text)
        codes = [error.get("extensions", {}).get("code") for error in answer.get("errors", [])] \
            if isinstance(answer, dict) else []
        self.note(begun, codes[0] if codes else response.status)
        if "UNAVAILABLE" in codes:
            time.sleep(PAUSE)
            raise Unknown
        return response, answer

    def note(self, begun, what):
        self.seen.append((begun, time.monotonic(), what))

    def send(self, query, payload):
        headers = {"Content-Type": "application/json"} if query == SIGN_UP else None
        response, answer = self.exchange({"query": query, "variables": {"input": payload}}, headers=headers)
        if "errors" in answer:
            self.problems.append(f"{query}: {answer['errors'][0]}")
            raise Unknown
        if query == SIGN_UP and not self.accounts:
            self.cookie = cookie_of(response)
        self.acknowledged += 1
        return answer["data"]

    def renew(self):
        """Renews the session. After a lost answer the same cookie must work again."""
        response, answer = self.exchange(None, "/api/v1/auth/refresh", {"Cookie": self.cookie})
        if response.status != 200:
            self.problems.append(f"a session could not be renewed: {response.status} {answer}")
            return
        self.cookie, self.token = cookie_of(response), answer["access_token"]
        self.renewals += 1
        self.acknowledged += 1


class Load:
    """All clients at work, from the beginning to the end of a `with`."""

    def __init__(self, clients):
        self.clients, self.stop = clients, threading.Event()
        self.threads = [threading.Thread(target=client.work_until, args=(self.stop,)) for client in clients]

    def __enter__(self):
        for client in self.clients:
            client.seen = []
        self.begun = time.monotonic()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        for thread in self.threads:
            thread.join(40)
        self.ended = time.monotonic()
        self.hanging = sum(thread.is_alive() for thread in self.threads)

    def seen(self):
        return sorted(seen for client in self.clients for seen in client.seen)

    def acknowledged(self):
        return sum(client.acknowledged for client in self.clients)

    def wait_for_more(self, count=50, seconds=30):
        """Waits until so many more changes were acknowledged."""
        wanted, deadline = self.acknowledged() + count, time.monotonic() + seconds
        while self.acknowledged() < wanted and time.monotonic() < deadline:
            time.sleep(0.02)

    def errors(self):
        """How many requests got what else than an answer."""
        return collections.Counter(what for _, _, what in self.seen() if what != 200)

    def longest_wait_after(self, moment):
        """How long after this moment the last of the clients got its first answer, or a single request took."""
        waits = []
        for client in self.clients:
            answered = [end for _, end, what in client.seen if what == 200 and end > moment]
            waits.append(min(answered, default=self.ended) - moment)
            waits += (end - max(begun, moment) for begun, end, _ in client.seen if end > moment)
        return max(waits)

    def figures(self):
        """Requests, errors by kind, the longest time without an answer to anybody, and the slowest request."""
        seen = self.seen()
        answered = sorted([self.begun, self.ended, *(end for _, end, what in seen if what == 200)])
        pause = max(later - earlier for earlier, later in zip(answered, answered[1:]))
        slowest = max((end - begun for begun, end, _ in seen), default=0)
        return {"requests": len(seen), "errors": dict(self.errors()), "longest pause": f"{pause:.2f} s",
                "slowest request": f"{slowest:.2f} s"}
