"""Every resource of the contract, one controller each."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Controller

from adapters.http.catalogue import CatalogueController
from adapters.http.check_in import CheckInController
from adapters.http.health import HealthController
from adapters.http.people import PeopleController

CONTROLLERS: Sequence[type[Controller]] = (CheckInController, PeopleController, CatalogueController, HealthController)
