"""A client of the GraphQL server, with nothing but Python's own library."""

import json
import urllib.error
import urllib.request
from contextlib import contextmanager, suppress
from http.client import HTTPException

LOGIN = "mutation($input: LoginInput!) { login(input: $input) { accessToken } }"
LOGOUT = "mutation { logout { loggedOut } }"


class Refused(Exception):
    """What the server would not do. `code` is one of the schema's ErrorCode, or None when there was no answer."""

    def __init__(self, message, code=None, field=None):
        super().__init__(": ".join(filter(None, [field, message])) + (f" ({code})" if code else ""))
        self.code = code


class Server:
    """A server, and the access token of whoever is signed in."""

    def __init__(self, url):
        self.url, self.token = url.rstrip("/") + "/graphql", None

    @contextmanager
    def signed_in(self, email, password):
        """Signs in, and out again at the end, whatever happened between."""
        self.token = self.ask(LOGIN, input={"email": email, "password": password})["login"]["accessToken"]
        try:
            yield
        finally:
            # If this fails, what went wrong before is what counts. The session ends by itself.
            with suppress(Refused):
                self.ask(LOGOUT)

    def ask(self, query, **variables):
        """The data of an answer. Values travel as variables and are never pasted into the query."""
        answer = self.post({"query": query, "variables": variables})
        if errors := answer.get("errors"):
            extensions = errors[0].get("extensions", {})
            code = extensions.get("code")
            if code == "UNAUTHENTICATED" and self.token:
                raise Refused("The session has ended, or somebody ended it; run the command again to sign in", code)
            raise Refused(errors[0]["message"], code, extensions.get("field"))
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

    def post(self, body):
        """The answer to a request, whatever its status: the body of an error says more than the status does."""
        headers = {"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "roster.py"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        try:
            request = urllib.request.Request(self.url, json.dumps(body).encode(), headers)
            with send(request) as response:
                return read(response)
        except (OSError, HTTPException, ValueError) as error:
            reason = getattr(error, "reason", error)
            raise Refused(f"No answer from {self.url}: {reason}. Does the server run, and is this its URL?") from error


def send(request):
    try:
        return urllib.request.urlopen(request, timeout=30)
    except urllib.error.HTTPError as error:
        return error


def read(response):
    """The JSON of an answer. Outside GraphQL, as when the server is overloaded, an error is {"error": …}."""
    try:
        answer = json.load(response)
        problem = answer.get("error")
    except (ValueError, AttributeError) as error:
        message = f"{response.url} answers {response.status}, and not as this server does. Is the URL right?"
        raise Refused(message) from error
    if problem:
        raise Refused(problem["message"], problem["code"])
    return answer
