"""From which addresses knowledge documents may be fetched, as far as the address itself tells."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

FULL_SHA = re.compile(r"[0-9a-f]{40}")


class Refusal(StrEnum):
    """Why an address is none that may be fetched from."""

    FORM = "form"
    """It is no plain https address, or carries a user name, a password, a query or a fragment."""
    HOST = "host"
    """Its host is not on the list."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a repository stands, looked at before anything is asked of it."""

    host: str
    """Name and port as written."""
    scheme: str
    loopback: bool
    """Whether it is this machine, which only a list of hosts that names it lets be."""
    refusal: Refusal | None


def look_at(url: str, hosts: Sequence[str]) -> Address:
    """Read an address and hold it against the hosts, `name` or `name:port`, that may be fetched from.

    Only https is let through, and http where the host is this machine.
    """
    try:
        parts = urlsplit(url)
        name, port = parts.hostname or "", parts.port
    except ValueError:
        return Address(host="", scheme="", loopback=False, refusal=Refusal.FORM)
    loopback = is_loopback(name)
    plain = parts.scheme == "https" or (parts.scheme == "http" and loopback)
    bare = not (parts.username or parts.password or parts.query or parts.fragment) and url.isprintable()
    refusal = None
    if not plain or not name or not bare:
        refusal = Refusal.FORM
    else:
        default = 443 if parts.scheme == "https" else 80
        allowed = {name, f"{name}:{default}"} if port in {None, default} else {f"{name}:{port}"}
        if not allowed & {host.lower() for host in hosts}:
            refusal = Refusal.HOST
    return Address(host=parts.netloc.rpartition("@")[2], scheme=parts.scheme, loopback=loopback, refusal=refusal)


def beyond(hosts: Sequence[str]) -> tuple[str, ...]:
    """Leave those hosts out that are this machine: they are its operator's to name, and no taxonomy's."""
    return tuple(host for host in hosts if not look_at(f"http://{host}/", hosts).loopback)


def is_loopback(host: str) -> bool:
    """Tell whether a host's name or number is this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
