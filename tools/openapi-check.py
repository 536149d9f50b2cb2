"""Looks at an OpenAPI document without calling anything: it fits the meta schema of OpenAPI 3.1, and every example in it
fits the schema it stands beside. Usage: openapi-check.py DOCUMENT"""

import json
import sys

import jsonschema_rs
from schemathesis.specs.openapi.definitions import OPENAPI_31_VALIDATOR

METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}


def examples(media):
    if "example" in media:
        yield "example", media["example"]
    for name, example in media.get("examples", {}).items():
        yield name, example["value"]


def contents(operation):
    yield "body", operation.get("requestBody", {}).get("content", {})
    for status, response in operation["responses"].items():
        yield status, response.get("content", {})


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        document = json.load(file)
    problems = [f"{list(error.instance_path)}: {error.message}" for error in OPENAPI_31_VALIDATOR.iter_errors(document)]
    shown = operations = 0
    for path, item in document["paths"].items():
        for method, operation in item.items():
            if method not in METHODS:
                continue
            operations += 1
            for place, content in contents(operation):
                for media_type, media in content.items():
                    schema = {**media["schema"], "components": document["components"]}
                    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
                    for name, example in examples(media):
                        shown += 1
                        problems += [
                            f"{method} {path} {place} {media_type} {name}: {error.message}"
                            for error in validator.iter_errors(example)
                        ]
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems or not shown:
        sys.exit(1)
    print(f"The document is OpenAPI 3.1; {operations} operations, {shown} examples, each fits its schema.")


main()
