"""What every endpoint works with, put together once when the service starts."""

from __future__ import annotations

from dataclasses import dataclass

from civiclab.catalog.loader import Catalog
from civiclab.records.store import Records
from civiclab.service.hubdoor import HubDoor
from civiclab.service.identity import Identity
from civiclab.service.pages import Pages
from civiclab.service.presentation import Presentation
from civiclab.service.settings import ServiceSettings
from civiclab.service.xsrf import Xsrf


@dataclass(frozen=True)
class Parts:
    """The records, the catalog, and what speaks and decides for the service."""

    records: Records
    catalog: Catalog
    identity: Identity
    xsrf: Xsrf
    pages: Pages
    presentation: Presentation


def assemble(settings: ServiceSettings, hub: HubDoor, records: Records, catalog: Catalog) -> Parts:
    """The parts, joined."""
    xsrf = Xsrf(settings.secret, settings.prefix)
    return Parts(
        records=records,
        catalog=catalog,
        identity=Identity(hub, records, settings.prefix),
        xsrf=xsrf,
        pages=Pages(catalog.city, settings.prefix, xsrf.token),
        presentation=Presentation(catalog, settings.prefix),
    )
