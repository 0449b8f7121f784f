"""What Schemathesis is told of this API: values that get somewhere, who asks, and what an answer must be."""

import atexit
import json
import os
from collections import Counter
from pathlib import Path

import graphql
import requests
import schemathesis
from hypothesis import strategies as st
from schemathesis.graphql import nodes

WORLD = json.loads(Path(os.environ["CREW_WORLD"]).read_text())
DEFECTS = {"INTERNAL", "UNAVAILABLE"}

# --- Values -----------------------------------------------------------------------------------------------------------
# Random text as an id, an instant or a password is refused at the door. So each input gets a scalar of its own by its
# name, in the generator's copy of the schema only: documents hold values, never the names of their types.

ids, tokens = WORLD["ids"], WORLD["tokens"]
signed_in = {"token": None, "session": None}
anything = st.text(max_size=40)


def mostly(*likely, rarely):
    """The first kinds of value nine times out of ten."""
    return st.integers(0, 9).flatmap(lambda n: rarely if n == 0 else st.one_of(*likely))


def text(*likely, rarely=anything):
    return mostly(*likely, rarely=rarely).map(nodes.String)


def some_id(*kinds):
    every_kind = st.sampled_from(sum(ids.values(), []))
    return text(st.sampled_from(sum((ids[kind] for kind in kinds), [])), rarely=every_kind | anything)


def or_null(strategy):
    return st.just(nodes.Null) | st.just(nodes.Null) | strategy


instant = st.datetimes().map(lambda at: at.isoformat() + "Z")
soon = st.integers(0, 20).map(lambda hours: f"2031-07-{1 + hours // 2:02}T{hours:02}:00:00+02:00")
word = st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=20)
# A new password that is none of the two is too short or too long, so that the account can still sign in.
password = st.sampled_from(WORLD["passwords"])
refused = st.text(max_size=7) | st.just("é" * 36)
few = mostly(st.integers(0, 5), rarely=st.sampled_from([-1, 200, 201, 2**31 - 1])).map(nodes.Int)
email = st.integers(0, 9999).map(f"{WORLD['role']}{{}}@example.org".format) | st.just(WORLD["email"])

VALUES = {
    **{name: text(word) for name in ("name", "title", "displayName", "orgName")},
    "startsAt": text(st.sampled_from(["2031-07-01T08:00:00Z", "2031-07-02T08:00:00+02:00"]), rarely=instant | anything),
    "endsAt": text(st.sampled_from(["2031-07-02T18:00:00Z", "2031-07-03T08:00:00+02:00"]), rarely=instant | anything),
    "first": or_null(few),
    "last": or_null(or_null(few)),
    "quantity": mostly(st.integers(1, 20), rarely=st.integers(-(2**31), 2**31 - 1)).map(nodes.Int),
    "session": text(st.builds(lambda: signed_in["session"]), rarely=anything),
    "email": text(email),
    "password": text(password, rarely=refused),
    "currentPassword": text(password, rarely=anything),
    "newPassword": text(password, rarely=refused),
    "timezone": text(st.sampled_from(["Europe/Paris", "Asia/Kolkata", "America/St_Johns"])),
    "skill": text(st.sampled_from(["rigging", "sound"])),
    "any": some_id(*ids),
    **{kind: some_id(kind) for kind in ids},
    **{name: text(st.sampled_from(known)) for name, known in tokens.items()},
    **{f"cursor_{name}": or_null(text(st.sampled_from(known))) for name, known in WORLD["cursors"].items() if known},
}
for name, strategy in VALUES.items():
    schemathesis.graphql.scalar(f"Value_{name}", strategy)
schemathesis.graphql.scalar("DateTime", text(soon, rarely=instant | anything))


def value_of(name, owner):
    """Which values an input takes: `owner` is its field or its input type."""
    if name in ("after", "before"):
        return f"cursor_{owner}"
    if name == "id":
        return next((kind for kind in ids if kind in owner.lower()), "any")
    if name == "token" and owner in tokens:
        return owner
    return name.removesuffix("s").removesuffix("Id")


@schemathesis.hook
def before_load_schema(context, raw_schema):
    types = raw_schema["__schema"]["types"]
    inputs = [(i, kind["name"]) for kind in types for i in kind["inputFields"] or []]
    inputs += [(i, field["name"]) for kind in types for field in kind["fields"] or [] for i in field["args"]]
    for value, owner in inputs:
        named = value["type"]
        while named["ofType"]:
            named = named["ofType"]
        wanted = value_of(value["name"], owner)
        if named["kind"] == "SCALAR" and wanted in VALUES:
            named["name"] = f"Value_{wanted}"
    sign_in()
    scalar = next(kind for kind in types if kind["name"] == "DateTime")
    types += [{**scalar, "name": f"Value_{name}"} for name in VALUES]
    roots = [kind for kind in types if kind["name"] in ("Query", "Mutation")]
    FIELDS.update(f"{root['name']}.{field['name']}" for root in roots for field in root["fields"])


# --- Who asks ---------------------------------------------------------------------------------------------------------


def ask(query, token=None, **variables):
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    body = {"query": query, "variables": variables}
    return requests.post(f"{WORLD['url']}/graphql", json=body, headers=headers, timeout=30).json()


def sign_in():
    """At first, and after a document that signed the account out: logout, revokeSession, changePassword."""
    login = "mutation($input: LoginInput!) { login(input: $input) { accessToken } }"
    for word in WORLD["passwords"]:
        answer = ask(login, input={"email": WORLD["email"], "password": word, "orgId": WORLD["org"]})
        if answer["data"]:
            token = signed_in["token"] = answer["data"]["login"]["accessToken"]
            sessions = ask("{ me { sessions { id current } } }", token)["data"]["me"]["sessions"]
            signed_in["session"] = next(session["id"] for session in sessions if session["current"])
            return
    raise RuntimeError(f"{WORLD['email']} cannot sign in any more: {answer}")



@schemathesis.hook
def before_call(context, case, kwargs):
    if not signed_in["token"]:
        sign_in()
    case.headers["Authorization"] = f"Bearer {signed_in['token']}"


# --- What it is answered ----------------------------------------------------------------------------------------------

# Introspection does not show ErrorCode, because no field has this type; the printed schema does.
SDL = graphql.build_schema((Path(__file__).parents[2] / "schema.graphql").read_text())
CODES = set(SDL.type_map["ErrorCode"].values)
FIELDS = set()
answers, with_data = Counter(), set()


@schemathesis.hook
def after_call(context, case, response):
    try:
        body = response.json()
        codes = [error["extensions"]["code"] for error in body.get("errors", [])]
    except (ValueError, LookupError, TypeError, AttributeError):
        answers["malformed"] += 1
        return
    if "UNAUTHENTICATED" in codes:
        signed_in["token"] = None
    if not codes:
        with_data.add(case.operation.label)
    answers["data" if not codes else codes[0]] += 1


@schemathesis.check
def crew_answer(context, response, case):
    """Never a defect of the server; data, or errors that each have a code of the schema."""
    assert response.status_code < 500, f"status {response.status_code}"
    body = response.json()
    assert isinstance(body, dict) and body.keys() <= {"data", "errors"}, "not the answer of a GraphQL server"
    errors = body.get("errors")
    if errors is None:
        assert isinstance(body.get("data"), dict), "neither data nor errors"
        return
    assert isinstance(errors, list) and errors, "errors is not a list of some"
    for error in errors:
        code = error.get("extensions", {}).get("code")
        assert code in CODES, f"{code} is no code of the schema"
        assert code not in DEFECTS, f"{code}: {error.get('message')}"
        assert error.get("message"), f"{code} without a message"


@atexit.register
def tell():
    sign_in()
    role = ask("{ myRole }", signed_in["token"])["data"]["myRole"]
    tally = {
        "asked": sum(answers.values()),
        "answers": answers,
        "never": sorted(FIELDS - with_data),
        "role": role,
    }
    Path(os.environ["CREW_TALLY"]).write_text(json.dumps(tally))
