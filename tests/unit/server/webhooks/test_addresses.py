"""Which addresses are sent to."""

from __future__ import annotations

import pytest

from server.webhooks.addresses import admit, admit_addresses, is_public, read_url
from server.webhooks.errors import AddressRefused

PRIVATE = """
    127.0.0.1 127.255.255.254 0.0.0.0 0.1.2.3 10.0.0.1 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254
    100.64.0.1 100.100.100.200 192.0.0.1 198.18.0.1 198.19.255.255 192.0.2.1 224.0.0.1 239.255.255.255 240.0.0.1
    255.255.255.255 192.88.99.1
    :: ::1 fe80::1 fe80::1%eth0 fc00::1 fd00:ec2::254 fec0::1 ff02::1 2001:db8::1 100::1 2001::1 3fff::1 5f00::1
    ::ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:a9fe:a9fe ::ffff:10.0.0.1 ::127.0.0.1
    2002:7f00:0001:: 2002:a9fe:a9fe::1 64:ff9b::169.254.169.254 64:ff9b::7f00:1 64:ff9b:1::808:808
    localhost example.com 2130706433 0x7f.1
""".split()
PUBLIC = """
    8.8.8.8 1.1.1.1 223.5.5.5 172.15.255.255 172.32.0.1 100.63.255.255 100.128.0.1 169.253.0.1 192.167.255.255
    2001:4860:4860::8888 2400:3200::1 ::ffff:8.8.8.8 64:ff9b::8.8.8.8
""".split()


@pytest.mark.parametrize("address", PRIVATE)
def test_HOK7_an_address_in_anybodys_own_network_is_refused(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_HOK7_an_address_on_the_internet_is_sent_to(address: str) -> None:
    assert is_public(address)


def test_HOK7_a_name_that_leads_to_one_private_address_is_refused_whole() -> None:
    admit_addresses(("8.8.8.8", "2001:4860:4860::8888"), allow_private=False)
    with pytest.raises(AddressRefused):
        admit_addresses(("8.8.8.8", "10.0.0.1"), allow_private=False)
    admit_addresses(("8.8.8.8", "10.0.0.1"), allow_private=True)


@pytest.mark.parametrize(
    "text, why",
    [
        ("http://shop.example/hooks", "https_only"),
        ("https://localhost/", "address_private"),
        ("https://LOCALHOST./", "address_private"),
        ("https://a.localhost/", "address_private"),
        ("https://127.0.0.1:8443/", "address_private"),
        ("https://[::1]/", "address_private"),
        ("https://[::ffff:169.254.169.254]/latest/meta-data", "address_private"),
        ("https://192.168.0.1/", "address_private"),
        ("https://2130706433/", "address_private"),
        ("https://0x7f000001/", "address_private"),
        ("https://0X7F000001:8443/", "address_private"),
        ("https://017700000001/", "address_private"),
        ("https://0x7f.1/", "address_private"),
        ("https://127.1/", "address_private"),
        ("https://10.1/", "address_private"),
        ("https://0xa9.0xfe.0xa9.0xfe/latest/meta-data", "address_private"),
        ("https://2852039166/latest/meta-data", "address_private"),
        ("https://0/", "address_private"),
        ("https://127.0.0.1./", "address_private"),
        ("https://1.2.3.4.5/", "address_private"),
        ("https://shop.0x/", "address_private"),
        ("https://[::127.0.0.1]/", "address_private"),
        ("https://[0:0:0:0:0:ffff:7f00:1]/", "address_private"),
        ("https://[64:ff9b::a00:1]/", "address_private"),
    ],
)
def test_HOK7_what_can_be_told_at_once_is_refused_when_it_is_typed_in(text: str, why: str) -> None:
    with pytest.raises(AddressRefused) as refused:
        admit(read_url(text), allow_private=False)
    assert refused.value.why == why
    admit(read_url(text), allow_private=True)


@pytest.mark.parametrize(
    "text",
    [
        "https://shop.example/hooks?a=1",
        "https://8.8.8.8/",
        "https://134744072/",
        "https://0x8.8.8.8/",
        "https://8.example/",
        "https://xn--fiqs8s.example:8443/x",
    ],
)
def test_HOK7_other_addresses_are_taken(text: str) -> None:
    admit(read_url(text), allow_private=False)


@pytest.mark.parametrize(
    "text",
    """
    ftp://shop.example/ https:// https:///x shop.example https://user@shop.example/ https://u:p@shop.example/
    https://shop.example/#x https://shop.example/# https://shop.example:0/ https://shop.example:99999/
    https://直播.example/ https://shop.example\\@10.0.0.1/ file:///etc/passwd gopher://shop.example/ https://0177.0.0.1/
    """.split(),
)
def test_HOK7_what_is_no_receivers_address_is_said_to_be_none(text: str) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        read_url(text)


def test_HOK7_an_address_has_a_length_and_no_line_breaks() -> None:
    for text in (
        "https://shop.example/" + "a" * 2_048,
        "https://shop.example/\r\nx: y",
        "https://shop .example",
    ):
        with pytest.raises(ValueError, match="address"):
            read_url(text)
