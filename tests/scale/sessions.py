"""What two servers must know of each other's sessions and throttles."""

import json

from load import PASSWORD, SIGN_UP, cookie_of
from program import post

LOGIN = "mutation ($input: LoginInput!) { login(input: $input) { accessToken } }"
ME = "{ me { id } }"
EMAIL = "singer@crew.example"


def check(one, other):
    """Yields what is wrong."""
    cookies, token = sign_up(one), None
    for server in (other, one):
        status, cookie, token = refresh(server, cookies[-1])
        if status != 200:
            yield f"a refresh on the other server: {status}"
            return
        cookies.append(cookie)
    for server in (one, other):
        if "errors" in (answer := post(server.connect(), token, ME)[1]):
            yield f"an access token on the other server: {answer}"
    # The first one was replaced twice, so somebody has stolen a token.
    if (status := refresh(other, cookies[0])[0]) != 401:
        yield f"an old refresh token on the other server: {status}"
    for server in (one, other):
        if refresh(server, cookies[-1])[0] != 401 or code(post(server.connect(), token, ME)[1]) != "UNAUTHENTICATED":
            yield "the session goes on although an old refresh token was used"
    codes = [guess(one) for _ in range(20)]
    if codes[0] != "INVALID_CREDENTIALS" or codes[-1] != "RATE_LIMITED":
        yield f"guesses on one server: {codes}"
    if (found := guess(other)) != "RATE_LIMITED":
        yield f"a guess on the other server: {found}"


def check_addresses(proxy):
    """Yields what is wrong with the addresses that attempts are counted by, which pass through nginx and HAProxy."""
    one, other = (proxy.connect(address=f"127.0.0.{number}") for number in (51, 52))
    # Each is for another account, and from an address that the client claims to have.
    codes = [guess_at(one, f"nobody{n}@crew.example", {"X-Forwarded-For": f"192.0.2.{n}"}) for n in range(12)]
    if codes[0] != "INVALID_CREDENTIALS" or codes[-1] != "RATE_LIMITED":
        yield f"guesses from one address: {codes}"
    if (found := guess_at(other, "nobody@crew.example", {})) != "INVALID_CREDENTIALS":
        yield f"a guess from another address: {found}"


def sign_up(server):
    connection = server.connect()
    values = {"email": EMAIL, "password": PASSWORD, "displayName": "Sol", "orgName": "Duo"}
    body = json.dumps({"query": SIGN_UP, "variables": {"input": values}})
    connection.request("POST", "/graphql", body, {"Content-Type": "application/json"})
    return [cookie_of(connection.getresponse())]


def refresh(server, cookie):
    """The status, and the new cookie and access token if there are any."""
    connection = server.connect()
    connection.request("POST", "/api/v1/auth/refresh", headers={"Cookie": cookie})
    response = connection.getresponse()
    answer = json.loads(response.read())
    if response.status != 200:
        return response.status, None, None
    return 200, cookie_of(response), answer["access_token"]


def guess(server):
    return guess_at(server.connect(), EMAIL, {})


def guess_at(connection, email, headers):
    body = json.dumps({"query": LOGIN, "variables": {"input": {"email": email, "password": "not this one"}}})
    connection.request("POST", "/graphql", body, {"Content-Type": "application/json"} | headers)
    return code(json.loads(connection.getresponse().read()))


def code(answer):
    return answer["errors"][0]["extensions"]["code"] if "errors" in answer else None
