"""Files as contributors and bad luck spoil them: real ones with a few mistakes made at random, from a fixed seed."""

import random
from collections.abc import Callable

Lines = list[str]
Mutation = Callable[[Lines, random.Random], Lines]

VALUES = (
    "no",
    "12:30",
    "2024-01-02",
    "3.50",
    "~",
    "",
    "[]",
    "{a: b}",
    "'quoted'",
    '"it\'s"',
    "&a text",
    "*a",
    "!!str 5",
)
VERSIONS = ("", "version: 1", "version: 2", "version: 3", "version: 4", "version: '3'", "version: 3.0", "version:")
SIGNS = "{}[],&*#?|-<>=!%@\\`\"':  \té\u2028\x85\x07"


def mutated(content: bytes, seed: int) -> bytes:
    """Spoil a file with one to three mistakes."""
    rng = random.Random(seed)  # noqa: S311 - the same mistakes each time are what is wanted
    lines = content.decode("utf-8", errors="surrogateescape").split("\n")
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        lines = rng.choice(MUTATIONS)(lines or [""], rng)
    data = "\n".join(lines).encode("utf-8", errors="surrogateescape")
    return rng.choice(ENDINGS)(data, rng) if rng.random() < 0.15 else data


def _at(lines: Lines, rng: random.Random, new: Callable[[str], list[str]]) -> Lines:
    at = rng.randrange(len(lines))
    return [*lines[:at], *new(lines[at]), *lines[at + 1 :]]


def _drop(lines: Lines, rng: random.Random) -> Lines:
    return _at(lines, rng, lambda _: [])


def _repeat(lines: Lines, rng: random.Random) -> Lines:
    return _at(lines, rng, lambda line: [line, line])


def _swap(lines: Lines, rng: random.Random) -> Lines:
    at = rng.randrange(len(lines))
    return [*lines[:at], *reversed(lines[at : at + 2]), *lines[at + 2 :]]


def _indent(lines: Lines, rng: random.Random) -> Lines:
    pad = " " * rng.choice((1, 2, 4))
    return _at(lines, rng, lambda line: [pad + line])


def _dedent(lines: Lines, rng: random.Random) -> Lines:
    by = rng.choice((1, 2, 4))
    return _at(lines, rng, lambda line: [line[min(by, len(line) - len(line.lstrip())) :]])


def _trail(lines: Lines, rng: random.Random) -> Lines:
    pad = rng.choice((" ", "   ", "\t"))
    return _at(lines, rng, lambda line: [line + pad])


def _blank(lines: Lines, rng: random.Random) -> Lines:
    count = rng.choice((1, 2, 3, 5))
    return _at(lines, rng, lambda line: [line, *[""] * count])


def _tab(lines: Lines, rng: random.Random) -> Lines:
    return _at(lines, rng, lambda line: [line.replace("  ", "\t", 1)])


def _join(lines: Lines, rng: random.Random) -> Lines:
    marks = [at for at, line in enumerate(lines[:-1]) if line.rstrip().endswith("|")]
    if not marks:
        return lines
    at = rng.choice(marks)
    return [*lines[:at], f"{lines[at].rstrip()} {lines[at + 1].strip()}", *lines[at + 2 :]]


def _sign(lines: Lines, rng: random.Random) -> Lines:
    sign = rng.choice(SIGNS)

    def spoil(line: str) -> list[str]:
        place = rng.randint(0, len(line))
        return [line[:place] + sign + line[place:]]

    return _at(lines, rng, spoil)


def _value(lines: Lines, rng: random.Random) -> Lines:
    keys = [at for at, line in enumerate(lines) if ": " in line]
    if not keys:
        return lines
    at = rng.choice(keys)
    return [*lines[:at], f"{lines[at].split(': ', 1)[0]}: {rng.choice(VALUES)}".rstrip(), *lines[at + 1 :]]


def _key(lines: Lines, rng: random.Random) -> Lines:
    keys = [at for at, line in enumerate(lines) if line.rstrip().endswith(":") or ": " in line]
    if not keys:
        return lines
    at = rng.choice(keys)
    name, colon, rest = lines[at].partition(":")
    new = rng.choice((name[:-1], name.upper(), f"{name}s", f"{name} "))
    return [*lines[:at], new + colon + rest, *lines[at + 1 :]]


def _version(lines: Lines, rng: random.Random) -> Lines:
    version = rng.choice(VERSIONS)
    others = [line for line in lines if not line.startswith("version")]
    return [version, *others] if version else others


def _item(lines: Lines, rng: random.Random, *, times: int) -> Lines:
    starts = [at for at, line in enumerate(lines) if line.lstrip().startswith("- ")]
    if len(starts) < 2:
        return lines
    number = rng.randrange(len(starts) - 1)
    first, end = starts[number], starts[number + 1]
    return [*lines[:first], *lines[first:end] * times, *lines[end:]]


def _item_twice(lines: Lines, rng: random.Random) -> Lines:
    return _item(lines, rng, times=2)


def _item_gone(lines: Lines, rng: random.Random) -> Lines:
    return _item(lines, rng, times=0)


def _foreign_line(lines: Lines, rng: random.Random) -> Lines:
    new = rng.choice((
        "# a comment",
        "---",
        "hint: me",
        "attribution: me",
        "- stray",
        "<<: {a: b}",
        "stray text",
        "...",
    ))
    return _at(lines, rng, lambda line: [line, new])


def _cut(data: bytes, rng: random.Random) -> bytes:
    return data[: rng.randint(0, len(data))]


def _windows(data: bytes, _: random.Random) -> bytes:
    return data.replace(b"\n", b"\r\n")


def _old_mac(data: bytes, rng: random.Random) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + b"\r" + data[at:]


def _marked(data: bytes, _: random.Random) -> bytes:
    return b"\xef\xbb\xbf" + data


def _latin(data: bytes, rng: random.Random) -> bytes:
    at = rng.randint(0, len(data))
    return data[:at] + b"\xe9" + data[at:]


def _open_end(data: bytes, _: random.Random) -> bytes:
    return data.rstrip(b"\n")


MUTATIONS: tuple[Mutation, ...] = (
    _drop,
    _repeat,
    _swap,
    _indent,
    _dedent,
    _trail,
    _blank,
    _tab,
    _join,
    _sign,
    _value,
    _key,
    _version,
    _item_twice,
    _item_gone,
    _foreign_line,
)
ENDINGS = (_cut, _windows, _old_mac, _marked, _latin, _open_end)
