"""Every resource of the contract, one controller each."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Controller

from adapters.http.catalogue import CatalogueController
from adapters.http.check_in import CheckInController
from adapters.http.emotion import EmotionController
from adapters.http.health import HealthController
from adapters.http.imports import ImportController
from adapters.http.other_route import CredentialController, OtherRouteController, StationProgressController
from adapters.http.people import PeopleController
from adapters.http.personal_data import PersonalDataController
from adapters.http.sessions import SessionController

CONTROLLERS: Sequence[type[Controller]] = (
    CheckInController,
    PeopleController,
    PersonalDataController,
    EmotionController,
    SessionController,
    OtherRouteController,
    StationProgressController,
    CredentialController,
    ImportController,
    CatalogueController,
    HealthController,
)
