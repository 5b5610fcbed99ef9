"""Make the slices of GitHub's own descriptions that the tests hold the forge and the bot to, and its example payloads.

Run `python scripts/make_github_slice.py` (npm is needed, for three public packages). It writes `openapi.json` and
`webhooks.json` into `tests/github/`: structure only, no prose. What is known to be wrong in the sources is put right by
the corrections in `github_scope.py`, each with its reason. `examples.json.gz` holds the example payloads by event, as
they are. All are the same bytes each time.
"""

from __future__ import annotations

import argparse
import base64
import gzip
import hashlib
import json
import subprocess
import sys
import tarfile
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from github_scope import COMMON, EVENTS, OPENAPI_CORRECTIONS, OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from github_scope import Correction, Json, Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """An npm package at an exact version, and the file in it that is read."""

    name: str
    version: str
    sha512: str
    member: str


OPENAPI = Package(
    name="@octokit/openapi",
    version="23.0.2",
    sha512="pV8M7L9GY23AybNvTmo2nyjmpmnt6+2sRE/tqr0ZLQcPS4lnw7u5eZGNmwRNkBC3D7gZXbFx5AHzLUVRBXGDhg==",
    member="package/generated/api.github.com.json",
)
WEBHOOKS = Package(
    name="@octokit/webhooks-schemas",
    version="7.6.1",
    sha512="qW0Bwtb76r4m2WzVhKDyfEeEnt1GEQoRjkCqmq2ZeB0nNVDJ+Z2LBDS9FDPyduuMXf/ZTWiCJp9PFFHgRfBe3A==",
    member="package/schema.json",
)
EXAMPLES = Package(
    name="@octokit/webhooks-examples",
    version="7.6.1",
    sha512="De6U3XB6O3DtCa7bKgCMzTHdeopqqZ6SNivMYJnK65ierKL1AnNIA0tkRYCRS7lwGT792d+Ps1WbfHlso6MynQ==",
    member="package/api.github.com/index.json",
)

PROSE = frozenset({
    "description", "summary", "example", "examples", "externalDocs", "title", "default", "deprecated", "readOnly",
    "writeOnly", "discriminator", "tsAdditionalProperties", "$schema", "$comment",
})  # fmt: skip
BY_NAME = frozenset({"properties", "patternProperties"})
ONE = frozenset({"items", "additionalProperties", "not"})
SEVERAL = frozenset({"allOf", "anyOf", "oneOf"})


def read_package(package: Package, folder: Path) -> Json:
    """Fetch `package` into `folder` with npm, check its digest, and read its JSON file.

    Ends the program with the reason if npm fails or the package is not the one that was pinned.
    """
    npm = ["npm", "pack", "--silent", "--pack-destination", str(folder), f"{package.name}@{package.version}"]
    packed = subprocess.run(npm, check=False, capture_output=True, text=True, cwd=folder)
    if packed.returncode:
        sys.exit(f"npm could not fetch {package.name}@{package.version}:\n{packed.stderr.strip()}")
    tarball = folder / packed.stdout.split()[-1]
    found = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if found != package.sha512:
        sys.exit(f"{package.name}@{package.version} has the digest sha512-{found}, not the pinned one")
    with tarfile.open(tarball) as archive:
        member = archive.extractfile(package.member)
        if member is None:
            sys.exit(f"{package.name}@{package.version} holds no file {package.member}")
        value: Json = json.load(member)
    return value


def node(value: Json) -> Node:
    """Give `value` back as an object.

    Raises:
        TypeError: if it is none; the source then has a shape that this script does not know.
    """
    if not isinstance(value, dict):
        raise TypeError(f"an object was expected, not {value!r}")
    return value


def strip(schema: Json) -> Json:
    """Strip a schema of its prose, and say `nullable` the way JSON Schema does.

    Keys below `properties` are names, not keywords: a property called `description` stays. What stands beside a
    `$ref` goes, because OpenAPI 3.0 ignores it and JSON Schema 2020-12 would not.
    """
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    kept: Node = {}
    for key, value in schema.items():
        if key in BY_NAME:
            kept[key] = {name: strip(inner) for name, inner in node(value).items()}
        elif key in ONE:
            kept[key] = strip(value)
        elif key in SEVERAL and isinstance(value, list):
            kept[key] = [strip(inner) for inner in value]
        elif key not in PROSE and key != "nullable" and not key.startswith("x-"):
            kept[key] = value
    return nullable(kept) if schema.get("nullable") is True else kept


def nullable(schema: Node) -> Node:
    """Let `schema` be null as well: a union of types, null among the enumerated, or one more alternative."""
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]} if schema else {}
    schema["type"] = [schema["type"], "null"]
    values = schema.get("enum")
    if isinstance(values, list) and None not in values:
        schema["enum"] = [*values, None]
    return schema


def references(value: Json) -> Iterator[str]:
    """Yield the target of each `$ref` below `value`."""
    if isinstance(value, dict):
        target = value.get("$ref")
        if isinstance(target, str):
            yield target
        for inner in value.values():
            yield from references(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from references(inner)


def closure(start: Json, pick: Callable[[str], Json]) -> Node:
    """Collect by name whatever `start` refers to, and what that refers to in turn, stripped, in order of names."""
    found: Node = {}
    waiting = sorted(set(references(start)))
    while waiting:
        name = waiting.pop().rsplit("/", 1)[-1]
        if name not in found:
            found[name] = strip(pick(name))
            waiting += references(found[name])
    return dict(sorted(found.items()))


def correct(root: Node, corrections: Iterable[Correction]) -> None:
    """Put right in `root` what is known to be wrong.

    A correction whose place is not there any more ends in a KeyError.

    Raises:
        ValueError: if a correction would change nothing: the source was mended and the table must shrink.
    """
    for correction in corrections:
        *parents, last = correction.at
        place = root
        for key in parents:
            place = node(place[key])
        if correction.value is None:
            del place[last]
        elif place.get(last) == correction.value:
            raise ValueError(f"the source is right by now at {'/'.join(correction.at)}")
        else:
            place[last] = correction.value


def resolve(source: Node, value: Json) -> Node:
    """Follow a reference to a shared parameter or response, which are small enough to stand where they are used."""
    target = node(value)
    if "$ref" in target:
        for key in str(target["$ref"]).removeprefix("#/").split("/"):
            target = node(target[key]) if target is not value else node(source[key])
    return target


def content(source: Node) -> Json:
    """Take the schema of a body's JSON; an empty object where any body will do, None where there is none."""
    kinds = node(source.get("content", {}))
    return strip(node(kinds["application/json"]).get("schema", {})) if "application/json" in kinds else None


def operation(source: Node, shared: Iterable[Json], root: Node) -> Node:
    """Cut one operation down to its parameters, its request body and its responses by status."""
    own = source.get("parameters", [])
    parameters: list[Json] = []
    for each in (*shared, *(own if isinstance(own, list) else [])):
        parameter = resolve(root, each)
        if parameter["in"] in {"path", "query"}:
            kept: Node = {key: parameter[key] for key in ("name", "in", "required") if key in parameter}
            kept["schema"] = strip(parameter["schema"])
            parameters.append(kept)
    cut: Node = {"parameters": parameters}
    if "requestBody" in source:
        body = resolve(root, source["requestBody"])
        cut["requestBody"] = {"required": body.get("required", False), "schema": content(body)}
    responses = {status: content(resolve(root, each)) for status, each in node(source["responses"]).items()}
    cut["responses"] = {status: responses[status] for status in sorted(responses)}
    return cut


def slice_openapi(source: Node) -> Node:
    """Cut the operations of `OPERATIONS`, and the schemas they need, out of the REST description."""
    paths: Node = {}
    for template, methods in sorted(OPERATIONS.items()):
        path = node(node(source["paths"])[template])
        shared = path.get("parameters", [])
        common = shared if isinstance(shared, list) else []
        paths[template] = {method: operation(node(path[method]), common, source) for method in methods.split()}
    schemas = node(node(source["components"])["schemas"])
    needed = closure([paths, COMMON], lambda name: schemas[name])
    made: Node = {"paths": paths, "common": COMMON, "components": {"schemas": needed}}
    correct(made, OPENAPI_CORRECTIONS)
    return made


def slice_webhooks(source: Node) -> Node:
    """Cut the events of `EVENTS` out of the webhook schemas, each with its definition by action."""
    definitions = node(source["definitions"])
    events: Node = {}
    for event in EVENTS:
        actions = [name for name in definitions if name.startswith(f"{event}$")]
        alone = f"{event}$event" in definitions
        events[event] = (
            {"": {"$ref": f"#/definitions/{event}$event"}}
            if alone
            else {name.split("$")[1]: {"$ref": f"#/definitions/{name}"} for name in sorted(actions)}
        )
    return {"events": events, "definitions": closure(events, lambda name: definitions[name])}


def collect_examples(source: Json) -> Node:
    """Collect the example payloads by event; what else stands beside them the schemas say better.

    Raises:
        TypeError: if the source is no list of events; it then has a shape that this script does not know.
    """
    if not isinstance(source, list):
        raise TypeError("a list of events was expected")
    return {str(node(event)["name"]): node(event)["examples"] for event in source}


def lines(value: Node, depth: int) -> str:
    """Write an object compactly, with a line for each key of its outer `depth` levels, so that it can be diffed."""
    if not depth:
        return json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    inner = [
        json.dumps(key) + ":" + (lines(each, depth - 1) if isinstance(each, dict) else json.dumps(each))
        for key, each in value.items()
    ]
    return "{\n" + ",\n".join(inner) + "\n}"


def main() -> None:
    """Fetch the packages and write what is made of them."""
    parser = argparse.ArgumentParser(description=__doc__)
    default = Path(__file__).resolve().parent.parent / "tests" / "github"
    parser.add_argument("--out", type=Path, default=default, help="the folder to write into (default: %(default)s)")
    out: Path = parser.parse_args().out
    with tempfile.TemporaryDirectory() as folder:
        openapi = slice_openapi(node(read_package(OPENAPI, Path(folder))))
        webhooks = slice_webhooks(node(read_package(WEBHOOKS, Path(folder))))
        examples = collect_examples(read_package(EXAMPLES, Path(folder)))
    for name, made, depth in (("openapi.json", openapi, 3), ("webhooks.json", webhooks, 2)):
        text = lines(made, depth) + "\n"
        (out / name).write_text(text, encoding="utf-8")
        print(f"{out / name}: {len(text.encode()) // 1000} kB")
    packed = gzip.compress(json.dumps(examples, separators=(",", ":"), ensure_ascii=False).encode(), 9, mtime=0)
    (out / "examples.json.gz").write_bytes(packed)
    print(f"{out / 'examples.json.gz'}: {len(packed) // 1000} kB")


if __name__ == "__main__":
    main()
