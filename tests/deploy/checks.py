"""What must hold behind a proxy. Each check gets the proxy and the server, and fails with an AssertionError."""

import concurrent.futures
import contextlib
import gzip
import itertools
import json
import socket
import ssl
import subprocess
import time
import urllib.parse

from fronts import NAME

PASSWORD = "violet-harbour-41-lantern"
SIGN_UP = "mutation ($input: SignUpInput!) { signUp(input: $input) { accessToken } }"
TYPES = "{ __schema { types { name description } } }"
LARGEST_BODY = 256 * 1024
MOST_REQUESTS = 128
NUMBERS = itertools.count()


def send(front, method, path, body=None, address="127.0.0.1", **headers):
    """Sends a request over a connection of its own. Returns the response with its `body`."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    if body is not None:
        headers.setdefault("Content-Type", "application/json")
    connection = front.connect(address)
    try:
        connection.connect()
        # Whoever refuses a large body early closes the connection while it is still being sent. The answer is there.
        with contextlib.suppress(BrokenPipeError, ConnectionResetError, ssl.SSLEOFError):
            connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.body = response.read()
        return response
    finally:
        connection.close()


def graphql(front, query, variables=None, **options):
    return send(front, "POST", "/graphql", json.dumps({"query": query, "variables": variables or {}}), **options)


def sign_up(front, **headers):
    """Makes an account with an organisation. Returns its address and an access token."""
    email = f"owner{next(NUMBERS)}@{front.kind}.example"
    owner = {"email": email, "password": PASSWORD, "displayName": "Olive", "orgName": email}
    response = graphql(front, SIGN_UP, {"input": owner}, **headers)
    assert response.status == 200, (response.status, response.body)
    return email, json.loads(response.body)["data"]["signUp"]["accessToken"]


def curl(front, *arguments, scheme="https"):
    port = front.port if scheme == "https" else front.http_port
    command = ["curl", "-sS", "--max-time", "30", "--resolve", f"{NAME}:{port}:127.0.0.1", "--cacert", front.authority]
    done = subprocess.run([*command, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def signing_in(front, _):
    """A browser signs up, signs in and renews its session with the cookie, and a page of another site cannot."""
    own = {"Origin": front.origin, "Sec_Fetch_Site": "same-origin"}
    email, token = sign_up(front, **own)
    me = graphql(front, "{ me { displayName } }", Authorization=f"Bearer {token}", **own)
    assert json.loads(me.body)["data"]["me"]["displayName"] == "Olive", me.body
    assert me.headers.get_all("Strict-Transport-Security") == ["max-age=31536000"], me.headers
    login = json.dumps({"email": email, "password": PASSWORD})
    signed_in = send(front, "POST", "/api/v1/auth/login", login, **own)
    assert signed_in.status == 200, signed_in.body
    cookie = signed_in.headers["Set-Cookie"]
    assert cookie.startswith("__Host-refresh_token=") and "; Secure" in cookie, cookie
    cookie = cookie.split(";")[0]
    for origin, status in [("https://evil.example", 403), ("null", 403), (front.origin, 200)]:
        renewed = send(front, "POST", "/api/v1/auth/refresh", Origin=origin, Cookie=cookie)
        assert renewed.status == status, (origin, renewed.status, renewed.body)


def http2(front, _):
    """Queries run over HTTP/2 with TLS 1.2 and 1.3, plain HTTP leads to HTTPS, and older TLS is refused."""
    query = ["-H", "Content-Type: application/json", "-d", '{"query": "{ __typename }"}']
    for version in ["1.2", "1.3"]:
        only = ["--http2", f"--tlsv{version}", "--tls-max", version, "-w", " %{http_version}"]
        answer = curl(front, *only, *query, f"{front.origin}/graphql")
        assert answer == '{"data":{"__typename":"Query"}} 2', answer
    plain = curl(front, "-o", "/dev/null", "-w", "%{http_code} %{redirect_url}", f"http://{NAME}:{front.http_port}/graphiql",
                 scheme="http")
    assert plain.startswith(f"308 https://{NAME}") and plain.endswith("/graphiql"), plain
    old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    old.set_ciphers("ALL:@SECLEVEL=0")
    old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
    try:
        with socket.create_connection(("127.0.0.1", front.port)) as raw, old.wrap_socket(raw, server_hostname=NAME) as tls:
            raise AssertionError(f"{tls.version()} is accepted")
    except (ssl.SSLError, ConnectionResetError):
        pass


def compression(front, _):
    """An answer is compressed once, a token is not compressed, and nothing is compressed for who did not ask."""
    packed = graphql(front, TYPES, Accept_Encoding="gzip, br, zstd")
    assert packed.headers.get_all("Content-Encoding") == ["gzip"], packed.headers
    assert len(json.loads(gzip.decompress(packed.body))["data"]["__schema"]["types"]) > 50
    plain = graphql(front, TYPES, Accept_Encoding="identity")
    assert plain.headers["Content-Encoding"] is None and plain.body.startswith(b'{"data"'), plain.headers
    email, _ = sign_up(front, address="127.0.0.3")
    login = json.dumps({"email": email, "password": PASSWORD})
    token = send(front, "POST", "/api/v1/auth/login", login, "127.0.0.3", Accept_Encoding="gzip, br, zstd")
    assert token.status == 200 and token.headers["Content-Encoding"] is None, token.headers


def forged_addresses(front, server):
    """A forged X-Forwarded-For changes neither whom the throttle counts nor what the log says."""
    def attempt(address, forged):
        login = json.dumps({"email": f"nobody{next(NUMBERS)}@crew.example", "password": "wrong-password-of-nobody"})
        return send(front, "POST", "/api/v1/auth/login", login, address, X_Forwarded_For=forged).status

    # Each proxy with addresses of its own, because the attempts are counted across them.
    one, other = {"nginx": ("127.0.0.4", "127.0.0.5"), "caddy": ("127.0.0.6", "127.0.0.7")}[front.kind]
    statuses = [attempt(one, f"198.51.100.{number}, 203.0.113.{number}") for number in range(14)]
    assert statuses.count(401) in (10, 11) and statuses[-1] == 429, statuses
    assert attempt(other, one) == 401
    # The log has a thread of its own, so a line may come after the answer.
    end = time.monotonic() + 10
    while f'"client":"{other}"' not in (log := server.logged()) and time.monotonic() < end:
        time.sleep(0.05)
    assert f'"client":"{one}"' in log and f'"client":"{other}"' in log, log[-2000:]
    assert '"client":"198.51.100.' not in log and '"client":"203.0.113.' not in log
    assert '"client":"127.0.0.1"' in log, "the probe of this script"


def large_bodies(front, _):
    """A body of 256 KiB passes, and a larger one gets a 413 that says so."""
    def body(size):
        return b'{"query": "{ __typename }"' + b" " * (size - 27) + b"}"

    passed = send(front, "POST", "/graphql", body(LARGEST_BODY))
    assert (passed.status, passed.body) == (200, b'{"data":{"__typename":"Query"}}'), (passed.status, passed.body)
    for size in (LARGEST_BODY + 1, 8 * LARGEST_BODY):
        refused = send(front, "POST", "/graphql", body(size))
        [error] = json.loads(refused.body)["errors"]
        assert refused.status == 413 and error["extensions"]["code"] == "BAD_REQUEST", (refused.status, refused.body)
        assert "256 KiB" in error["message"] and refused.headers["Retry-After"] is None, error
        if size == LARGEST_BODY + 1:
            # Caddy answers this one when it has all of it. It answers a larger one earlier, and curl 7.88 then loses the
            # answer now and then: over HTTP/2 it stops reading when the proxy asks it to stop sending.
            (front.folder / "large").write_bytes(body(size))
            over_2 = curl(front, "--http2", "-w", " %{http_code} %{http_version}", "-H", "Content-Type: application/json",
                          "--data-binary", f"@{front.folder}/large", f"{front.origin}/graphql")
            assert over_2 == refused.body.decode() + " 413 2", over_2
        elsewhere = send(front, "POST", "/api/v1/auth/login", body(size))
        assert elsewhere.status == 413 and json.loads(elsewhere.body)["error"]["code"] == "BAD_REQUEST", elsewhere.body


def metrics(front, server):
    """The metrics cannot be had."""
    host, port = server.environment["METRICS_LISTEN"].split(":")
    with socket.create_connection((host, int(port))) as direct:
        direct.sendall(b"GET /metrics HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        assert b" 200 " in direct.recv(64), "the server itself shows them"
    for path in ["/metrics", "/metrics/", "//metrics", "/%6detrics", "/graphql/../metrics", "/metrics?x"]:
        response = send(front, "GET", path)
        assert response.status in (400, 404) and b"coulisses_" not in response.body, (path, response.status)


def get(front, server):
    """A query may come over GET, with a document of 32 KiB, and a mutation may not."""
    url = "/graphql?query=" + urllib.parse.quote("{ __typename }" + " " * 16_000)
    assert len(url) > 32 * 1024
    answer = send(front, "GET", url)
    assert (answer.status, answer.body) == (200, b'{"data":{"__typename":"Query"}}'), (answer.status, answer.body)
    mutation = "/graphql?query=" + urllib.parse.quote("mutation { logout { loggedOut } }")
    refused = send(front, "GET", mutation)
    assert refused.status == 405, (refused.status, refused.body)
    log = front.folder / "coulisses-crew.log"
    assert not log.exists() or "__typename" not in log.read_text(), "the proxy logs documents"


def many_requests(front, _):
    """An address has at most 128 requests under way, and the next one gets a 429 that says so."""
    address, other = "127.0.0.9", "127.0.0.10"
    # All at once, because nginx waits for a body for 10 s only.
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        begun = list(pool.map(begin, [front] * MOST_REQUESTS, [address] * MOST_REQUESTS))
    # The headers may still be on their way when the next request comes.
    answers = (graphql(front, "{ __typename }", address=address) for _ in range(100))
    refused = next((answer for answer in answers if answer.status != 200), None)
    assert refused, "no request is refused"
    [error] = json.loads(refused.body)["errors"]
    assert (refused.status, error["extensions"]["code"]) == (429, "RATE_LIMITED"), (refused.status, refused.body)
    assert graphql(front, "{ __typename }", address=other).status == 200
    for connection in begun:
        connection.close()


def begin(front, address):
    """Begins a request whose body does not come."""
    connection = front.connect(address)
    connection.putrequest("POST", "/graphql")
    connection.putheader("Content-Type", "application/json")
    connection.putheader("Content-Length", "100")
    connection.endheaders()
    return connection


OF_ALL = [signing_in, http2, compression, forged_addresses, large_bodies, metrics, get]
OF = {"nginx": [*OF_ALL, many_requests], "caddy": OF_ALL}
