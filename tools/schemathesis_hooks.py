"""What a schema can't say, because only the server knows it or because it is no matter of form. Requests that are meant to be
right get such values here, so that every one of them must be accepted; wrong ones are left as they are."""

import io
import json
import uuid
import zipfile

import schemathesis

# A time in the future, at most ten years away.
EXPIRY = "2030-12-31T23:59:59Z"
# A model and a plan of the server that tools/schemathesis starts.
MODEL, PLAN = "builtin", "free"


# What a file to import holds can be any JSON, but not any JSON is a chat.
CONVERSATIONS = [
    {
        "id": "c",
        "title": "Hello",
        "create_time": 1700000000.0,
        "current_node": "b",
        "mapping": {
            "a": {"id": "a", "parent": None, "children": ["b"], "message": None},
            "b": {
                "id": "b",
                "parent": "a",
                "children": [],
                "message": {
                    "id": "b",
                    "author": {"role": "user"},
                    "create_time": 1700000000.0,
                    "content": {"content_type": "text", "parts": ["Hello"]},
                },
            },
        },
    }
]


def archive():
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("conversations.json", json.dumps(CONVERSATIONS))
    return file.getvalue()


def fitting(name, value):
    if value is None:
        return None
    match name:
        case "model" | "defaultModel":
            return MODEL
        case "plan":
            return PLAN
        case "expiresAt":
            return EXPIRY
        # Only in a team can something be shown to others.
        case "visibility" | "sharing":
            return "private"
        # At most 71 bytes, which are fewer characters where they are not English.
        case "password":
            return value.encode()[:71].decode(errors="ignore").ljust(8, "x")
        # Tags have a grammar that a pattern only approaches.
        case "dateLocale":
            return "en-GB"
        # At most 32 variables.
        case "prompt":
            return value.replace("{{", "{")
        case _:
            return value


def fit(fields):
    return {name: fit(value) if isinstance(value, dict) else fitting(name, value) for name, value in fields.items()}


@schemathesis.hook
def before_call(context, case, kwargs):
    if case.meta is None or not case.meta.generation.mode.is_positive:
        return
    if case.operation.path == "/api/import":
        case.body = CONVERSATIONS if case.media_type == "application/json" else archive()
    elif isinstance(case.body, dict):
        case.body = fit(case.body)
    if case.query:
        # Cursors are made by the server; and a span of days ends after it has begun.
        made_by_the_server = ("cursor", "from", "to")
        case.query = {name: value for name, value in case.query.items() if name not in made_by_the_server}
    if case.headers and "Idempotency-Key" in case.headers:
        # A key that came before, with another body, is refused with reason.
        case.headers["Idempotency-Key"] = str(uuid.uuid4())
