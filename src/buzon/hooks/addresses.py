"""Where a webhook may go, and where mail providers may be asked. Only an administrator names these,
and n8n lives on private addresses, so such are allowed; but nothing that answers there only because
of who asks: the metadata services that hand a cloud's keys to whoever is on the machine."""

import asyncio
import ipaddress
import socket
from collections.abc import Awaitable, Callable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address
from typing import TypeVar

import httpx2

from buzon.errors import TextRefused

Answer = TypeVar("Answer")

LONGEST = 2000  # characters of a URL

# Beside the link-local 169.254.169.254 of most: Amazon's over IPv6, Alibaba's, Oracle's, Azure's.
METADATA = frozenset(
    ipaddress.ip_address(address)
    for address in ("fd00:ec2::254", "100.100.100.200", "192.0.0.192", "168.63.129.16")
)
NAT64 = ipaddress.ip_network("64:ff9b::/96")


def refuse_unusable(url: str) -> None:
    """Raises TextRefused for what is no address for a webhook. What its name stands for is looked
    at with each delivery, for it may change."""
    if len(url) > LONGEST or not url.isprintable() or " " in url:
        raise TextRefused(
            "The address holds what an address can't, or is too long.", "Copy it anew."
        )
    parts = _parsed(url)
    if parts is None or parts.scheme not in ("http", "https") or not parts.host:
        raise TextRefused("“%(url)s” is no address.", "Write it like https://…", url=url[:200])
    if parts.userinfo:
        raise TextRefused(
            "The address holds a user or a password.",
            "Leave them out: the receiver knows Buzón by the signature.",
        )
    refuse_reserved(url)


def refuse_reserved(url: str) -> None:
    """Raises TextRefused for one whose host is an address that nothing is sent to."""
    parts = _parsed(url)
    if parts is not None and (literal := _literal(parts.host)) and is_refused(literal):
        raise TextRefused(
            "Nothing is sent to %(address)s: it is no program's, or the cloud's own.",
            "Give the address of the program itself.",
            address=literal,
        )


def _parsed(url: str) -> httpx2.URL | None:
    """As `post` reads it: two readers of one address may not mean the same host."""
    try:
        found = httpx2.URL(url)
    except httpx2.InvalidURL:
        return None
    return found if found.port is None or 0 < found.port < 65536 else None


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def is_refused(address: IPv4Address | IPv6Address) -> bool:
    """Link-local, metadata, and what is nobody's address. An IPv4 address within one of IPv6 counts
    as itself."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped:
            return is_refused(address.ipv4_mapped)
        if address in NAT64:
            return is_refused(IPv4Address(int(address) & 0xFFFFFFFF))
    return (
        address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address in METADATA
    )


async def reach(
    host: str,
    port: int,
    attempt: Callable[[str], Awaitable[Answer]],
    unreached: tuple[type[Exception], ...],
) -> Answer:
    """What comes of the attempt at the first address of this name at which it isn't `unreached`: at
    one that was looked at, for by then the name might stand for another. Raises OSError where none
    may be sent to, and what the last attempt raises."""
    places = await resolve(host, port)
    if not places:
        raise OSError(f"{host} stands for an address that nothing is sent to")
    for place in places[:-1]:
        with suppress(*unreached):
            return await attempt(place)
    return await attempt(places[-1])


async def resolve(host: str, port: int) -> list[str]:
    """The addresses that this name stands for now and that may be sent to, the preferred first.
    Raises OSError where it stands for none."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = dict.fromkeys(str(place[0]) for *_, place in found)
    return [a for a in addresses if not is_refused(ipaddress.ip_address(a.partition("%")[0]))]
