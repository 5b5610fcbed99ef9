"""What a host's name resolves to, and git held to that: no name leads it into a private network, now or later."""

import ipaddress
import os
import socket
from urllib.parse import urlsplit
from urllib.request import proxy_bypass

from sources.git_refusals import Cause, FetchError

_PROXIES = ("https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY")

# Global by the registry, and still ways into a network next door: they hold an IPv4 address, or name many hosts.
_INWARD = tuple(
    ipaddress.ip_network(block)
    for block in (
        "::/96",  # IPv4-compatible (RFC 4291, section 2.5.5.1)
        "64:ff9b::/96",  # NAT64 (RFC 6052)
        "64:ff9b:1::/48",  # NAT64 of a local network (RFC 8215)
        "2002::/16",  # 6to4 (RFC 3056)
        "fec0::/10",  # site-local (RFC 3879)
    )
)


def pin(url: str) -> list[str]:
    """Resolve an address once, and give the options that hold git to what was found.

    Raises:
        FetchError: if the host has no address, or one that is not public.
    """
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or 443
    if _is_proxied(host):
        return []  # the proxy resolves names, and is the operator's own wall
    try:
        found = sorted({str(item[4][0]) for item in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)})
    except OSError as error:
        raise FetchError(Cause.UNREACHABLE, f"could not be reached (no address for {host}); try again later") from error
    if not all(map(is_public, found)):
        raise FetchError(Cause.ADDRESS, f"stands on {host}, which is not a public address")
    return ["-c", f"http.curloptResolve={host}:{port}:{','.join(found)}"]


def is_public(number: str) -> bool:
    """Tell whether the number of a host, with or without a zone, is one of the public internet alone."""
    address = ipaddress.ip_address(number.partition("%")[0])
    return address.is_global and not address.is_multicast and not any(address in block for block in _INWARD)


def _is_proxied(host: str) -> bool:
    """Tell whether a proxy is asked for a host by its name: not where `no_proxy` says that it is asked directly."""
    proxied = any(os.environ.get(name) for name in _PROXIES)
    return proxied and not _is_number(host) and not proxy_bypass(host)


def _is_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
