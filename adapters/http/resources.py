"""Every resource of the contract, one controller each."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Controller

from adapters.http.accounts import AccountController
from adapters.http.audit import AuditController
from adapters.http.catalogue import CatalogueController
from adapters.http.check_in import CheckInController
from adapters.http.emotion import EmotionController
from adapters.http.health import HealthController
from adapters.http.imports import ImportController
from adapters.http.latency import LatencyController
from adapters.http.live import LiveController
from adapters.http.me import MeController
from adapters.http.metrics import MetricsController
from adapters.http.other_route import CredentialController, OtherRouteController, StationProgressController
from adapters.http.pairings import PairingController
from adapters.http.people import PeopleController
from adapters.http.personal_data import PersonalDataController
from adapters.http.policy import PolicyController
from adapters.http.push import PushController
from adapters.http.reports import ReportController
from adapters.http.review import ReviewController
from adapters.http.sessions import SessionController
from adapters.http.sign_in import SignInCodeController, SignInController
from adapters.http.stations import StationController

CONTROLLERS: Sequence[type[Controller]] = (
    CheckInController,
    PeopleController,
    PersonalDataController,
    EmotionController,
    SessionController,
    OtherRouteController,
    StationProgressController,
    StationController,
    PairingController,
    CredentialController,
    ImportController,
    LiveController,
    SignInController,
    SignInCodeController,
    MeController,
    PushController,
    AccountController,
    AuditController,
    ReviewController,
    ReportController,
    CatalogueController,
    HealthController,
    MetricsController,
    LatencyController,
    PolicyController,
)
