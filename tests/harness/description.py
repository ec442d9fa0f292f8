# SPDX-License-Identifier: Apache-2.0
"""Holds answers of the REST API against server/api/openapi.json: the status must be described, the body must have its shape.

Stricter than JSON Schema in one point: a member that the description does not name is an error, unless it says
additionalProperties. A keyword that this file does not know is an error too, so that nothing passes unseen."""
import functools
import json
import os
import re

PATH = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "server", "api", "openapi.json")
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool, "null": type(None)}
KNOWN = {"type", "properties", "required", "additionalProperties", "items", "enum", "pattern", "minimum", "maximum", "format",
         "allOf", "$ref", "description", "contentEncoding"}
DATE_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z")


class Undescribed(AssertionError):
    """An answer that is not what openapi.json says."""


@functools.lru_cache
def document():
    with open(PATH) as f:
        return json.load(f)


def resolved(node):
    while "$ref" in node:
        target = document()
        for name in node["$ref"].removeprefix("#/").split("/"):
            target = target[name]
        node = target
    return node


def flat(schema):
    """A schema without $ref and allOf at its top."""
    schema = resolved(schema)
    unknown = set(schema) - KNOWN
    if unknown:
        raise Undescribed(f"openapi.json uses {sorted(unknown)}, which is not checked")
    if "allOf" not in schema:
        return schema
    parts = [flat(s) for s in schema["allOf"]]
    merged = {"type": "object", "properties": {}, "required": []}
    for part in parts:
        merged["properties"].update(part.get("properties", {}))
        merged["required"] += part.get("required", [])
    return merged


def type_matches(value, names):
    return any(isinstance(value, TYPES[n]) and not (n == "integer" and isinstance(value, bool))
               for n in ([names] if isinstance(names, str) else names))


def check_object(value, schema, where):
    properties = schema.get("properties")
    for name in schema.get("required", []):
        if name not in value:
            raise Undescribed(f"{where} lacks {name}")
    for name, member in value.items():
        if properties is not None and name in properties:
            check_value(member, properties[name], f"{where}.{name}")
        elif properties is not None and not schema.get("additionalProperties"):
            raise Undescribed(f"{where} has {name}, which is not described")


def check_text(value, schema, where):
    if "pattern" in schema and not re.search(schema["pattern"], value):
        raise Undescribed(f"{where} is {value!r}, not like {schema['pattern']}")
    if schema.get("format") == "date-time" and not DATE_TIME.fullmatch(value):
        raise Undescribed(f"{where} is {value!r}, no date and time")


def check_value(value, schema, where):
    schema = flat(schema)
    if "type" in schema and not type_matches(value, schema["type"]):
        raise Undescribed(f"{where} is {value!r}, not of type {schema['type']}")
    if "enum" in schema and value not in schema["enum"]:
        raise Undescribed(f"{where} is {value!r}, not one of {schema['enum']}")
    if isinstance(value, dict):
        check_object(value, schema, where)
    elif isinstance(value, list):
        for i, item in enumerate(value):
            check_value(item, schema.get("items", {}), f"{where}[{i}]")
    elif isinstance(value, str):
        check_text(value, schema, where)
    elif isinstance(value, int) and not schema.get("minimum", value) <= value <= schema.get("maximum", value):
        raise Undescribed(f"{where} is {value}, out of bounds")


def operation(method, path):
    """What the description says of a request, or None."""
    segments = path.split("?")[0].split("/")
    for pattern, methods in document()["paths"].items():
        names = pattern.split("/")
        if len(names) == len(segments) and all(n == s or n.startswith("{") and s for n, s in zip(names, segments)):
            return methods.get(method.lower())
    return None


def check_answer(method, path, status, body):
    """Raises Undescribed. body: as harness.rest parsed it. Requests that are no operation are not looked at."""
    described = operation(method, path)
    if described is None:
        return
    where = f"{method} {path}: {status}"
    if str(status) not in described["responses"]:
        raise Undescribed(f"{where} is not described: {body}")
    content = resolved(described["responses"][str(status)]).get("content")
    if content is None and body != b"":
        raise Undescribed(f"{where} has a body")
    schema = (content or {}).get("application/json", {}).get("schema")
    if schema is not None:
        check_value(body, schema, where)
