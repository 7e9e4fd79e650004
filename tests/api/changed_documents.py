"""A small API, and every kind of change that a release could make to it."""

from collections.abc import Callable
from copy import deepcopy
from typing import Any

Json = dict[str, Any]
Change = Callable[[Json], object]

_STRING = {"type": "string"}
_REFERENCE = "#/components/schemas/"

DOCUMENT: Json = {
    "paths": {
        "/v1/things": {
            "get": {
                "operationId": "list_things",
                "parameters": [
                    {"in": "query", "name": "kind", "required": False, "schema": dict(_STRING)},
                    {"in": "query", "name": "limit", "schema": {"type": "integer", "maximum": 100}},
                ],
                "responses": {
                    "200": {
                        "headers": {
                            "ETag": {"required": True, "schema": dict(_STRING)},
                            "Link": {"schema": dict(_STRING)},
                        },
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": f"{_REFERENCE}Thing"},
                                }
                            },
                            "text/csv": {"schema": dict(_STRING)},
                        },
                    },
                    "404": {"content": {"application/problem+json": {"schema": {}}}},
                },
            },
            "post": {
                "operationId": "make_thing",
                "security": [{"bearer": []}],
                "requestBody": {
                    "required": False,
                    "content": {
                        "application/json": {"schema": {"$ref": f"{_REFERENCE}NewThing"}},
                    },
                },
                "responses": {"204": {}},
            },
        },
        "/v1/old": {"get": {"operationId": "get_old", "responses": {}}},
    },
    "webhooks": {
        "thing.made": {
            "post": {
                "operationId": "thing_made",
                "parameters": [
                    {"in": "header", "name": "webhook-id", "required": True, "schema": _STRING}
                ],
                "requestBody": {
                    "content": {"application/json": {"schema": {"$ref": f"{_REFERENCE}Thing"}}}
                },
                "responses": {"204": {}},
            }
        },
        "thing.gone": {"post": {"operationId": "thing_gone", "responses": {}}},
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "required": ["id", "state", "event"],
                "properties": {
                    "id": {"type": "string", "format": "uuid", "maxLength": 36},
                    "state": {"type": "string", "enum": ["new", "done"]},
                    "event": {"$ref": f"{_REFERENCE}Action"},
                    "before": {"anyOf": [{"$ref": f"{_REFERENCE}Thing"}, {"type": "null"}]},
                    "count": {"type": "integer", "minimum": 0, "maximum": 9},
                    "by": {"anyOf": [{"$ref": f"{_REFERENCE}Person"}, {"type": "null"}]},
                    "facts": {"type": "object", "additionalProperties": {"type": "string"}},
                    "told": {"$ref": f"{_REFERENCE}FeedEvent"},
                },
            },
            "FeedEvent": {
                "type": "object",
                "properties": {"data": {"anyOf": [{"$ref": f"{_REFERENCE}Person"}]}},
            },
            "ProblemDocument": {
                "type": "object",
                "required": ["code"],
                "properties": {"code": {"type": "string"}},
            },
            "Person": {"type": "object", "properties": {"name": {"type": "string"}}},
            "Action": {"type": "string", "enum": ["made"]},
            "NewThing": {
                "type": "object",
                "additionalProperties": False,
                "required": ["title"],
                "properties": {
                    "title": {"type": "string", "minLength": 1, "maxLength": 100},
                    "kind": {"type": "string", "enum": ["a", "b"]},
                    "note": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "amount": {"type": "number", "minimum": 0},
                    "tags": {"type": "array", "maxItems": 5, "items": {"type": "string"}},
                },
            },
        }
    },
}


def changed(change: Change) -> Json:
    """The document after a change."""
    document = deepcopy(DOCUMENT)
    change(document)
    return document


def _call(method: str) -> Callable[[Json], Json]:
    return lambda document: document["paths"]["/v1/things"][method]


_get, _post = _call("get"), _call("post")


def _good(document: Json) -> Json:
    answer: Json = _get(document)["responses"]["200"]
    return answer


def _schema(name: str) -> Callable[[Json], Json]:
    return lambda document: document["components"]["schemas"][name]


_thing, _new = _schema("Thing"), _schema("NewThing")


def _given(name: str, **more: Any) -> Change:
    """A field of answers says something else."""
    return lambda document: _thing(document)["properties"][name].update(more)


def _taken(name: str, **more: Any) -> Change:
    """A field of bodies says something else."""
    return lambda document: _new(document)["properties"][name].update(more)


def _choice(schema: str, field: str, *, place: int | None = None) -> Change:
    """A field of answers may be of another schema: in place of one that it could be, or beside."""

    def change(document: Json) -> None:
        document["components"]["schemas"]["Place"] = {"type": "object"}
        choices = _schema(schema)(document)["properties"][field]["anyOf"]
        if place is not None:
            choices.pop(place)
        choices.append({"$ref": f"{_REFERENCE}Place"})

    return change


BREAKING: dict[str, tuple[Change, str]] = {
    "a path is gone": (lambda d: d["paths"].pop("/v1/old"), "GET /v1/old: is gone"),
    "a method is gone": (
        lambda d: d["paths"]["/v1/things"].pop("post"),
        "POST /v1/things: is gone",
    ),
    "a call has another name": (
        lambda d: _get(d).update(operationId="find_things"),
        "GET /v1/things: was called list_things and is find_things",
    ),
    "a token is wanted": (
        lambda d: _get(d).update(security=[{"bearer": []}]),
        "GET /v1/things: wants a token now",
    ),
    "a parameter is gone": (
        lambda d: _get(d)["parameters"].pop(0),
        "GET /v1/things query kind: is gone, and refused where it is sent",
    ),
    "a parameter is required": (
        lambda d: _get(d)["parameters"][0].update(required=True),
        "GET /v1/things query kind: is required now",
    ),
    "a new parameter is required": (
        lambda d: _get(d)["parameters"].append(
            {"in": "header", "name": "X-Key", "required": True, "schema": _STRING}
        ),
        "GET /v1/things header X-Key: is required now",
    ),
    "a parameter takes less": (
        lambda d: _get(d)["parameters"][1]["schema"].update(maximum=50),
        "GET /v1/things query limit: maximum was 100 and is 50",
    ),
    "a body is required": (
        lambda d: _post(d)["requestBody"].update(required=True),
        "POST /v1/things: a body is required now",
    ),
    "a kind of body is gone": (
        lambda d: _post(d)["requestBody"]["content"].clear(),
        "POST /v1/things: application/json is gone",
    ),
    "a field of a body is gone": (
        lambda d: _new(d)["properties"].pop("kind"),
        "POST /v1/things.kind: is gone",
    ),
    "a field of a body is required": (
        lambda d: _new(d)["required"].append("kind"),
        "POST /v1/things.kind: is required now",
    ),
    "a new field of a body is required": (
        lambda d: (_new(d)["properties"].update(new={}), _new(d)["required"].append("new")),
        "POST /v1/things.new: is required now",
    ),
    "a value is not taken any more": (
        _taken("kind", enum=["a"]),
        "POST /v1/things.kind: the value b was known and is unknown",
    ),
    "values are listed that were free": (
        _taken("title", enum=["one", "two"]),
        "POST /v1/things.title: the choice of values was free and is one, two",
    ),
    "a text may be less long": (
        _taken("title", maxLength=50),
        "POST /v1/things.title: maxLength was 100 and is 50",
    ),
    "a text has to be longer": (
        _taken("title", minLength=2),
        "POST /v1/things.title: minLength was 1 and is 2",
    ),
    "a limit is new": (
        _taken("amount", maximum=9),
        "POST /v1/things.amount: maximum was none and is 9",
    ),
    "a pattern is new": (
        _taken("title", pattern="^a"),
        "POST /v1/things.title: pattern was none and is ^a",
    ),
    "a number has to be whole": (
        _taken("amount", type="integer"),
        "POST /v1/things.amount: the type was number and is integer",
    ),
    "null is not taken any more": (
        lambda d: _new(d)["properties"].update(note={"type": "string"}),
        "POST /v1/things.note: the type was null and is string",
    ),
    "items are another type": (
        _taken("tags", items={"type": "integer"}),
        "POST /v1/things.tags.items: the type was string and is integer",
    ),
    "fewer items are taken": (
        _taken("tags", maxItems=4),
        "POST /v1/things.tags: maxItems was 5 and is 4",
    ),
    "further fields are refused": (
        _taken("note", anyOf=[{"type": "object", "additionalProperties": False}]),
        "POST /v1/things.note: the type was string and is object",
    ),
    "an answer is gone": (
        lambda d: _get(d)["responses"].pop("200"),
        "GET /v1/things 200: is gone",
    ),
    "there is another good answer": (
        lambda d: _get(d)["responses"].update({"202": {}}),
        "GET /v1/things 202: was no answer of it",
    ),
    "a kind of answer is gone": (
        lambda d: _good(d)["content"].pop("text/csv"),
        "GET /v1/things 200: text/csv is gone",
    ),
    "a header is gone": (
        lambda d: _good(d)["headers"].pop("Link"),
        "GET /v1/things 200 Link: is gone",
    ),
    "a header may be missing": (
        lambda d: _good(d)["headers"]["ETag"].update(required=False),
        "GET /v1/things 200 ETag: was always there and may be missing",
    ),
    "a field of an answer is gone": (
        lambda d: _thing(d)["properties"].pop("count"),
        "GET /v1/things 200.items.count: is gone",
    ),
    "a field of an answer may be missing": (
        lambda d: _thing(d)["required"].remove("id"),
        "GET /v1/things 200.items.id: was always there and may be missing",
    ),
    "a field of an answer is another type": (
        _given("count", type="string"),
        "GET /v1/things 200.items.count: the type was integer and is string",
    ),
    "a field of an answer may be null": (
        lambda d: _thing(d)["properties"].update(
            count={"anyOf": [{"type": "integer"}, {"type": "null"}]}
        ),
        "GET /v1/things 200.items.count: the type was integer and is null",
    ),
    "an answer may say something new": (
        _given("state", enum=["new", "done", "frozen"]),
        "GET /v1/things 200.items.state: the value frozen was unknown and is known",
    ),
    "an answer may say anything": (
        lambda d: _thing(d)["properties"]["state"].pop("enum"),
        "GET /v1/things 200.items.state: the choice of values was done, new and is free",
    ),
    "an answer may be longer": (
        _given("id", maxLength=40),
        "GET /v1/things 200.items.id: maxLength was 36 and is 40",
    ),
    "an answer has another format": (
        _given("id", format="uri"),
        "GET /v1/things 200.items.id: format was uuid and is uri",
    ),
    "what a map holds is another type": (
        _given("facts", additionalProperties={"type": "integer"}),
        "GET /v1/things 200.items.facts.additionalProperties: the type was string and is integer",
    ),
    "a map is none any more": (
        lambda d: _thing(d)["properties"]["facts"].pop("additionalProperties"),
        "GET /v1/things 200.items.facts.additionalProperties: was described and is not",
    ),
    "a schema has another name": (
        lambda d: (
            _schema("Person")(d),
            d["components"]["schemas"].update(Human=_schema("Person")(d)),
            _good(d)["content"]["application/json"]["schema"].update(
                items={"$ref": f"{_REFERENCE}Human"}
            ),
        ),
        "GET /v1/things 200.items: the schema was called Thing and is Human",
    ),
    "an answer may be of another schema": (
        _choice("Thing", "by"),
        "GET /v1/things 200.items.by: the schema was called Person and is Place",
    ),
    "what an event tells is of another schema": (
        _choice("FeedEvent", "data", place=0),
        "GET /v1/things 200.items.told.data: the schema was called Person and is Place",
    ),
    "a word of schemas is new": (
        _given("facts", propertyNames={"maxLength": 5}),
        "GET /v1/things 200.items.facts: propertyNames was None and is {'maxLength': 5}",
    ),
    "a field of refusals is gone": (
        lambda d: _schema("ProblemDocument")(d)["properties"].clear(),
        "every refusal.code: is gone",
    ),
    "a webhook is gone": (
        lambda d: d["webhooks"].pop("thing.gone"),
        "webhook POST thing.gone: is gone",
    ),
    "a header of a webhook is gone": (
        lambda d: d["webhooks"]["thing.made"]["post"].pop("parameters"),
        "webhook POST thing.made header webhook-id: is gone",
    ),
}

COMPATIBLE: dict[str, Change] = {
    "nothing": lambda d: d.get("paths"),
    "a call is new": lambda d: d["paths"].update({"/v1/new": d["paths"]["/v1/old"]}),
    "a webhook is new": lambda d: d["webhooks"].update({"thing.lost": {"post": {}}}),
    "a parameter is new": lambda d: _get(d)["parameters"].append(
        {"in": "query", "name": "by", "schema": dict(_STRING)}
    ),
    "a parameter takes more": lambda d: _get(d)["parameters"][1]["schema"].update(maximum=200),
    "a parameter has no limit": lambda d: _get(d)["parameters"][1]["schema"].pop("maximum"),
    "a number need not be whole": lambda d: _get(d)["parameters"][1]["schema"].update(
        type="number"
    ),
    "no token is wanted": lambda d: _post(d).pop("security"),
    "a field of a body is new": lambda d: _new(d)["properties"].update(new={"type": "string"}),
    "a field of a body may be left out": lambda d: _new(d)["required"].clear(),
    "a value is taken that was not": _taken("kind", enum=["a", "b", "c"]),
    "values are free": lambda d: _new(d)["properties"]["kind"].pop("enum"),
    "a text may be longer": _taken("title", minLength=0, maxLength=200),
    "a field may be null": lambda d: _new(d)["properties"].update(
        title={"anyOf": [{"type": "string"}, {"type": "null"}]}
    ),
    "further fields are taken": lambda d: _new(d).update(additionalProperties=True),
    "more items are taken": _taken("tags", maxItems=9),
    "a refusal is new": lambda d: _get(d)["responses"].update({"409": {}}),
    "a refusal is gone": lambda d: _get(d)["responses"].pop("404"),
    "a header is new": lambda d: _good(d)["headers"].update(Date={"schema": _STRING}),
    "a header is always there": lambda d: _good(d)["headers"]["Link"].update(required=True),
    "a kind of answer is new": lambda d: _good(d)["content"].update({"text/html": {}}),
    "a field of an answer is new": lambda d: _thing(d)["properties"].update(new={}),
    "a field of an answer is always there": lambda d: _thing(d)["required"].append("count"),
    "a field of an answer is never null": lambda d: _thing(d)["properties"].update(
        by={"$ref": f"{_REFERENCE}Person"}
    ),
    "an answer never says something any more": _given("state", enum=["new"]),
    "an answer says less": _given("count", minimum=1, maximum=5),
    "a growing list has more values": lambda d: _schema("Action")(d)["enum"].append("lost"),
    "a kind of event has a schema of its own": _choice("FeedEvent", "data"),
    "the words are others": lambda d: _thing(d).update(title="T", description="d", example={}),
    "a schema that nobody uses is gone": lambda d: d["components"]["schemas"].update(Spare={}),
}
