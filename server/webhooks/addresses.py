"""Which addresses we send to (PROTOCOL §2: private ones are refused unless allowed). Pure.

A receiver's address is typed in by people, and its name is resolved by whoever owns the name: without this, a webhook
would be a way to make the server talk to its own network, or to the metadata service of its cloud.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from socket import inet_aton, inet_ntoa
from string import hexdigits

import httpx2

from server.webhooks.errors import AddressRefused

MOST_URL = 2_048
_SCHEMES = ("https", "http")
# What `is_global` of some of our Python versions lets through.
_NOT_PUBLIC = tuple(
    ip_network(text)
    for text in (
        "0.0.0.0/8",
        "100.64.0.0/10",  # carriers' shared addresses, and some clouds' own services
        "192.0.0.0/24",
        "192.88.99.0/24",  # 6to4 relays
        "198.18.0.0/15",
        "224.0.0.0/4",
        "240.0.0.0/4",
        "100::/64",
        "2001::/23",
        "2001:db8::/32",
        "3fff::/20",
        "5f00::/16",
        "64:ff9b:1::/48",  # translated by rules only the network knows
        "fc00::/7",
        "fe80::/10",
        "fec0::/10",
        "ff00::/8",
    )
)
_NAT64 = ip_network("64:ff9b::/96")
_COMPATIBLE = ip_network("::/96")


def is_public(text: str) -> bool:
    """Whether an address, as the resolver writes it, is one anybody on the internet could be asked at.

    An IPv6 address that only wraps an IPv4 one (mapped, 6to4, Teredo, NAT64) is judged by what it wraps.
    """
    try:
        address = ip_address(text)
    except ValueError:
        return False
    return all(_is_public(one) for one in (address, *_wrapped(address)))


def _is_public(address: IPv4Address | IPv6Address) -> bool:
    if isinstance(address, IPv6Address) and (address.ipv4_mapped or address in _NAT64):
        return address.scope_id is None  # nothing by itself: what it wraps is judged
    if any(address in network for network in _NOT_PUBLIC if network.version == address.version):
        return False
    return address.is_global and not address.is_multicast


def _wrapped(address: IPv4Address | IPv6Address) -> tuple[IPv4Address, ...]:
    if isinstance(address, IPv4Address):
        return ()
    last = IPv4Address(int(address) & 0xFFFF_FFFF)
    found = [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
    if address in _NAT64 or address in _COMPATIBLE:
        found.append(last)
    return tuple(one for one in found if one is not None)


def read_url(text: str) -> httpx2.URL:
    """Return the address a receiver can have at all: absolute, http or https, nothing but host, port, path and query.

    Raises ValueError in words for whoever typed it. Whether we may send there is `admit`.
    """
    if len(text) > MOST_URL:
        raise ValueError(f"an address has at most {MOST_URL} characters")
    if not text.isascii() or not text.isprintable() or " " in text or "\\" in text:
        raise ValueError("an address is printable ASCII without spaces; write other names in punycode")
    try:
        url = httpx2.URL(text)
    except httpx2.InvalidURL as wrong:
        raise ValueError(f"not an address: {wrong}") from wrong
    if url.scheme not in _SCHEMES or not url.host:
        raise ValueError("must be an address like https://shop.example/hooks")
    if url.userinfo:
        raise ValueError("must not hold a user name or password")
    if url.fragment or "#" in text:
        raise ValueError("must not hold a fragment")
    if url.port is not None and not 1 <= url.port <= 65_535:
        raise ValueError("a port is a number from 1 to 65535")
    return url


def admit(url: httpx2.URL, allow_private: bool) -> None:
    """Raise `AddressRefused` for what can be told without asking a resolver."""
    if allow_private:
        return
    if url.scheme != "https":
        raise AddressRefused("https_only", "webhooks are sent over https only")
    host = url.host.rstrip(".").lower()
    if host == "localhost" or host.endswith(".localhost"):
        raise AddressRefused("address_private", "that name means this machine")
    try:
        address = str(ip_address(host))
    except ValueError:
        if not _is_number(host.rpartition(".")[2]):
            return  # a name: judged by what it leads to, each time before sending
        address = _ipv4_of(host)
    admit_addresses((address,), allow_private)


def _is_number(label: str) -> bool:
    """Whether a host that ends in this label is an IPv4 address in one of its old spellings, and never a name."""
    return label.isdigit() or (label[:2] == "0x" and all(one in hexdigits for one in label[2:]))


def _ipv4_of(host: str) -> str:
    """Return the address as resolvers read ``2130706433``, ``0x7f.1`` or ``0177.0.0.1`` (URL Standard, IPv4 parser)."""
    try:
        return inet_ntoa(inet_aton(host))
    except OSError:
        raise AddressRefused("address_private", "that host ends in a number and is no address") from None


def admit_addresses(addresses: tuple[str, ...], allow_private: bool) -> None:
    """Raise `AddressRefused` unless every address a name leads to may be sent to.

    One private address among public ones refuses them all: a name that leads to both is a trick, or would
    reach our network every second time.
    """
    if allow_private:
        return
    for address in addresses:
        if not is_public(address):
            raise AddressRefused("address_private", "that address is not one on the internet")
