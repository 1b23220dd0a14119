"""A server per module; rooms and members keep the tests apart."""

from tests.support.site_fixtures import mei, room, shop, site

__all__ = ["mei", "room", "shop", "site"]
