"""What clients see while the server stops, starts again, hangs or is away."""

import collections
import concurrent.futures
import contextlib
import http.client
import itertools
import json
import sqlite3
import threading
import time

from checks import graphql, send, sign_up
from fronts import Front

CLIENTS = 8
CREATE_PROJECT = "mutation ($input: CreateProjectInput!) { createProject(input: $input) { project { id } } }"


def a_stop_under_load(front, server):
    """A stop in the middle fails no request, except with a 503 while no server is there, and no mutation runs twice."""
    _, token = sign_up(front, address="127.0.0.8")
    over = threading.Event()
    done, found = [], collections.Counter()
    clients = [threading.Thread(target=client, args=(front, token, number, over, done, found)) for number in range(CLIENTS)]
    for thread in clients:
        thread.start()
    until(lambda: len(done) > 50, clients)
    server.terminate()
    assert server.process.wait(30) == 0
    until(lambda: found["unavailable"] > 0, clients)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        waiting = pool.submit(send, front, "GET", "/livez")
        # Caddy goes on trying, except with a body in the version of Debian 12. nginx does not wait for the server.
        concurrent.futures.wait([waiting], 0.5 if front.kind == "caddy" else None)
        server.start()
        assert waiting.result().status == (200 if front.kind == "caddy" else 503), waiting.result().body
    so_far = len(done)
    until(lambda: len(done) > so_far + 50, clients)
    over.set()
    for thread in clients:
        thread.join(40)
    assert set(found) == {"created", "unavailable"} and found["created"] > 100, dict(found)
    path = server.environment["DATABASE_URL"].removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(path, timeout=10)) as database:
        there = dict(database.execute("SELECT name, count(*) FROM projects GROUP BY name"))
    ours = {name: count for name, count in there.items() if name.startswith(front.kind)}
    assert ours == dict.fromkeys(done, 1), "what was acknowledged is not what is there"
    return str(dict(found))


def client(front, token, number, over, done, found):
    """Creates one project after the other on a connection that it keeps open."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    connection = front.connect()
    for counter in itertools.count():
        if over.is_set():
            break
        name = f"{front.kind} {number}-{counter}"
        body = json.dumps({"query": CREATE_PROJECT, "variables": {"input": {"name": name}}})
        try:
            connection.request("POST", "/graphql", body, headers)
            response = connection.getresponse()
            answer = json.loads(response.read())
        except (OSError, http.client.HTTPException, ValueError) as error:
            found[repr(error)] += 1
            connection = front.connect()
            continue
        code = answer["errors"][0]["extensions"]["code"] if "errors" in answer else None
        if code is None:
            done.append(name)
            found["created"] += 1
        elif (response.status, code, response.headers["Retry-After"]) == (503, "UNAVAILABLE", "1"):
            found["unavailable"] += 1
            over.wait(0.1)
        else:
            found[f"{response.status} {answer}"] += 1
    connection.close()


def until(holds, clients):
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline and all(thread.is_alive() for thread in clients), "the clients do not get on"
        time.sleep(0.01)


def without_a_server(kind, folder, port):
    """Without an answer of the server, the proxy gives one within 25 s, in GraphQL's form."""
    front = Front(kind, folder, port)
    begun = time.monotonic()
    answer = graphql(front, "{ __typename }")
    seconds = time.monotonic() - begun
    [error] = json.loads(answer.body)["errors"]
    assert (answer.status, error["extensions"]["code"]) == (503, "UNAVAILABLE"), (answer.status, answer.body)
    assert answer.headers["Retry-After"] == "1" and seconds < 25, (answer.headers, seconds)
    front.stop()
    return f"{seconds:.1f} s"
