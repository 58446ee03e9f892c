"""Names -> addresses that may be connected to: no private, loopback, link-local or metadata address.

A name is resolved once for each connection and checked in the same step: Twisted connects to the very addresses
that this resolver hands over, so a name that resolves to another address a moment later (DNS rebinding) gains
nothing. Numbers in decimal, octal or short form ("2130706433", "0177.1") take the same way.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Self
from urllib.parse import urlsplit

from scrapy.crawler import Crawler
from scrapy.exceptions import CannotResolveHostError, IgnoreRequest
from scrapy.http import Request
from scrapy.utils.defer import maybe_deferred_to_future
from twisted.internet.address import IPv4Address, IPv6Address
from twisted.internet.interfaces import IHostnameResolver, IHostResolution, IResolutionReceiver
from twisted.internet.threads import deferToThreadPool
from twisted.python.failure import Failure
from zope.interface import implementer

#: IPv6 networks that carry an IPv4 address at some bits: NAT64 (RFC 6052) and 6to4 (RFC 3056).
_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Lookup = Callable[[str], Iterable[str]]


class UnsafeAddress(IgnoreRequest):
    """An address that is no public one, or a scheme other than http and https."""


def is_public(text: str) -> bool:
    """Return whether an IP address is one of the public internet, whatever IPv6 form it hides in.

    >>> is_public("93.184.216.34"), is_public("169.254.169.254"), is_public("::ffff:10.0.0.1")
    (True, False, False)
    """
    try:
        address: Address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    inner = _carried(address) if isinstance(address, ipaddress.IPv6Address) else None
    if inner is not None:
        address = inner
    # 192.0.0.192 serves the metadata of a cloud, though the registry calls its neighbours global.
    reserved = address in ipaddress.ip_network("192.0.0.0/24") if address.version == 4 else False
    return address.is_global and not address.is_multicast and not address.is_reserved and not reserved


def _carried(address: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if address in _NAT64 or address in _COMPATIBLE:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo[1] if address.teredo else None)


def look_up(name: str) -> list[str]:
    """Return the addresses of a name, or of a number in any form, as the system resolves it."""
    found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def checked(name: str, found: Sequence[str]) -> Sequence[str]:
    """Return the addresses of a name; UnsafeAddress where one of them is not public."""
    for address in found:
        if not is_public(address):
            raise UnsafeAddress(f"{name} is at {address}, which is no public address; --allow-host {name} allows it")
    return found


@implementer(IHostResolution)
class _Resolution:
    def __init__(self, name: str) -> None:
        self.name = name

    def cancel(self) -> None:
        """Leave the lookup to end by itself: its answer is not used any more."""


@implementer(IHostnameResolver)
class PublicResolver:
    """Scrapy's resolver (TWISTED_DNS_RESOLVER) that gives public addresses, and any of the hosts that are allowed.

    A name with any unsafe address is refused whole. Nothing is cached: each connection is checked anew.
    """

    def __init__(self, reactor: Any, allowed: Iterable[str] = (), lookup: Lookup = look_up) -> None:  # noqa: ANN401
        self._reactor = reactor
        self._allowed = frozenset(split_host(each)[0] for each in allowed)
        self._lookup = lookup

    @classmethod
    def from_crawler(cls, crawler: Crawler, reactor: Any) -> Self:  # noqa: ANN401
        """Return the resolver of a crawl."""
        return cls(reactor, crawler.settings.getlist("CURATOR_ALLOW_HOSTS"))

    def install_on_reactor(self) -> None:
        """Make it the resolver of every connection."""
        self._reactor.installNameResolver(self)

    def resolve(self, name: str) -> Sequence[str]:
        """Return the addresses to connect to; UnsafeAddress, or OSError where there is none."""
        found = list(self._lookup(name))
        return found if name.lower() in self._allowed else checked(name, found)

    def resolveHostName(  # noqa: N802 - Twisted's name and arguments
        self,
        resolutionReceiver: IResolutionReceiver,  # noqa: N803
        hostName: str,  # noqa: N803
        portNumber: int = 0,  # noqa: N803
        addressTypes: Any = None,  # noqa: ANN401, N803
        transportSemantics: str = "TCP",  # noqa: N803
    ) -> IHostResolution:
        """Resolve a name in a thread and hand its addresses to the receiver; none where it is refused."""
        resolution = _Resolution(hostName)
        resolutionReceiver.resolutionBegan(resolution)

        def give(addresses: Sequence[str]) -> None:
            for address in addresses:
                kind = IPv6Address if ":" in address else IPv4Address
                resolutionReceiver.addressResolved(kind("TCP", address, portNumber))
            resolutionReceiver.resolutionComplete()

        def refuse(failure: Failure) -> None:
            failure.trap(UnsafeAddress, OSError, UnicodeError)
            resolutionReceiver.resolutionComplete()

        deferred = deferToThreadPool(self._reactor, self._reactor.getThreadPool(), self.resolve, hostName)
        deferred.addCallbacks(give, refuse)
        return resolution


def split_host(text: str) -> tuple[str, int | None]:
    """Return host and port of "name", "name:port" or "[::1]:port".

    >>> split_host("localhost:8000"), split_host("[::1]:80"), split_host("::1")
    (('localhost', 8000), ('::1', 80), ('::1', None))
    """
    if text.count(":") > 1 and not text.startswith("["):
        return text.lower(), None
    parts = urlsplit(f"//{text}")
    return parts.hostname or "", parts.port


class SafetyMiddleware:
    """Refuses, before anything is sent, what is not http(s), and ports that were not allowed; redirects come here, too.

    Names are looked up by the resolver alone, once for each connection. Twisted tells of its refusal only that there
    is no address, so the reason is looked up afterwards.
    """

    def __init__(self, crawler: Crawler) -> None:
        self._allowed = [split_host(each) for each in crawler.settings.getlist("CURATOR_ALLOW_HOSTS")]

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Return the middleware of a crawl."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise UnsafeAddress for a request that must not be sent."""
        parts = urlsplit(request.url)
        if parts.scheme not in ("http", "https"):
            raise UnsafeAddress(f"{parts.scheme}: is not fetched; expected http or https")
        port = parts.port or (443 if parts.scheme == "https" else 80)
        ports = [allowed for name, allowed in self._allowed if name == parts.hostname]
        if ports and None not in ports and port not in ports:
            raise UnsafeAddress(f"{parts.hostname} is allowed at port {ports[0]} only, not at {port}")

    async def process_exception(self, request: Request, exception: Exception) -> None:
        """Raise UnsafeAddress where the resolver found no address because it refused one."""
        from twisted.internet import reactor  # noqa: PLC0415 - importing it installs it

        host = urlsplit(request.url).hostname or ""
        if not isinstance(exception, CannotResolveHostError) or host in {name for name, _ in self._allowed}:
            return
        try:
            found = await maybe_deferred_to_future(deferToThreadPool(reactor, reactor.getThreadPool(), look_up, host))
        except (OSError, UnicodeError):
            return
        checked(host, found)
