"""Another tenant, who looks at a Board all the time."""

import multiprocessing
import time

from rows import type_id
from server import PASSWORD, post

BOARD = """query ($id: ID!) { project(id: $id) { id name staffing { needed invited accepted open }
  missions(first: 50) { nodes { id title startsAt endsAt staffing { needed open } roles { id name quantity }
    assignments(status: [INVITED, ACCEPTED]) { id status role { id } user { id displayName } } }
    pageInfo { hasNextPage endCursor } } } }"""
PAUSE = 0.02


def look(server, tenant, until, found):
    """Puts (milliseconds, problem or None) for each Board into `found`."""
    variables, connection, seen = {"id": type_id("project", tenant.org.project)}, server.connect(10), []
    while not until.is_set():
        started = time.perf_counter()
        try:
            status, answer = post(connection, tenant.token, BOARD, variables, "198.51.100.7")
            problem = None if status == 200 and "errors" not in answer else f"{status} {str(answer)[:200]}"
        except Exception as error:  # A connection that was closed is a refusal like any other.
            connection.close()
            problem = repr(error)
        seen.append(((time.perf_counter() - started) * 1000, problem))
        time.sleep(PAUSE)
    found.put(seen)


class Victim:
    """Looks from a process of its own, so that the attackers' threads do not slow it down."""

    def __init__(self, server, tenant):
        self.until, self.found = multiprocessing.Event(), multiprocessing.Queue()
        arguments = (server, tenant, self.until, self.found)
        self.process = multiprocessing.get_context("fork").Process(target=look, args=arguments)
        self.process.start()

    def stop(self):
        self.until.set()
        seen = self.found.get(timeout=30)
        self.process.join()
        times = sorted(time for time, _ in seen)
        return Seen(times, [problem for _, problem in seen if problem])


class Seen:
    def __init__(self, times, problems):
        self.count, self.problems = len(times), problems
        self.p50, self.p99 = quantile(times, 0.5), quantile(times, 0.99)


def quantile(times, part):
    return times[min(len(times) - 1, int(len(times) * part))] if times else float("inf")


def can_sign_in(server, tenant):
    """Whether the tenant signs in from an address that has signed in before. Returns the seconds it took."""
    query = "mutation ($input: LoginInput!) { login(input: $input) { expiresAt } }"
    started = time.perf_counter()
    account = {"input": {"email": tenant.email, "password": PASSWORD}}
    status, answer = post(server.connect(10), None, query, account, "198.51.100.7")
    taken = time.perf_counter() - started
    return (taken, None) if status == 200 and "errors" not in answer else (taken, f"{status} {answer}")
