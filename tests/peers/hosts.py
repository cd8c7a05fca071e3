"""A small network on this machine: hosts, which are network namespaces, on one bridge. The peers
that they talk to listen on the bridge's own address. A host's cable can be pulled out.

Needs root, and iproute2.
"""

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from ipaddress import IPv4Network, ip_network
from typing import Self

import pytest

from peers import find

CANDIDATES = IPv4Network("10.85.0.0/16")


def _ip(*arguments: str) -> str:
    done = subprocess.run(["ip", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"ip {' '.join(arguments)}: {done.stderr}"
    return done.stdout


@dataclass(frozen=True, slots=True)
class Host:
    name: str
    address: str

    @property
    def within(self) -> tuple[str, ...]:
        """What runs a command on this host; the process stays the one that was started."""
        return ("nsenter", f"--net=/run/netns/{self.name}")

    def cut_off(self) -> None:
        """Nobody is told: packets are gone from now on, both ways."""
        _ip("link", "set", f"{self.name}-v", "down")

    def bring_back(self) -> None:
        _ip("link", "set", f"{self.name}-v", "up")


class Network:
    """So many hosts, for the length of a `with`."""

    def __init__(self, count: int) -> None:
        self._mark = f"bz{os.getpid() % 100_000}"
        network = free_network()
        self.addresses, self.address = str(network), str(network[1])
        self.hosts = [Host(f"{self._mark}{n}", str(network[10 + n])) for n in range(count)]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            bridge = self._mark
            _ip("link", "add", bridge, "type", "bridge")
            stack.callback(_ip, "link", "del", bridge)
            _ip("addr", "add", f"{self.address}/24", "dev", bridge)
            _ip("link", "set", bridge, "up")
            for host in self.hosts:
                _ip("netns", "add", host.name)
                stack.callback(_ip, "netns", "del", host.name)
                _connect(host, bridge)
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()


def free_network() -> IPv4Network:
    """One that this machine has no way to yet. Where the search begins depends on the process, so
    that two that search at the same time don't find the same one."""
    taken = list(_routed())
    networks = list(CANDIDATES.subnets(new_prefix=24))
    first = os.getpid() % len(networks)
    for network in networks[first:] + networks[:first]:
        if not any(network.overlaps(other) for other in taken):
            return network
    raise AssertionError(f"Every network of {CANDIDATES} is taken: see ip route")


def _routed() -> Iterator[IPv4Network]:
    for route in json.loads(_ip("-json", "-4", "route")):
        if route["dst"] != "default":
            found = ip_network(route["dst"])
            assert isinstance(found, IPv4Network)
            yield found


def _connect(host: Host, bridge: str) -> None:
    ours = f"{host.name}-v"
    _ip("link", "add", ours, "type", "veth", "peer", "name", "eth0", "netns", host.name)
    _ip("link", "set", ours, "master", bridge, "up")
    _ip("-n", host.name, "addr", "add", f"{host.address}/24", "dev", "eth0")
    for name in ("lo", "eth0"):
        _ip("-n", host.name, "link", "set", name, "up")


needs_hosts = pytest.mark.skipif(
    (find("ip") is None or os.geteuid() != 0) and os.environ.get("CI") != "true",
    reason="a network of hosts is made by root with ip; on Debian: apt-get install iproute2",
)
