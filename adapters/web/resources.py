"""Every page, under one router: what fails on the way to a page is answered as a page."""

from __future__ import annotations

from collections.abc import Sequence

from litestar import Router
from litestar.types import ControllerRouterHandler

from adapters.web.assets import static_file
from adapters.web.dashboard import session, session_attendance, session_change, sessions, sessions_import
from adapters.web.dashboard.latency import latency, latency_csv
from adapters.web.dashboard.mood import mood, mood_csv
from adapters.web.dashboard.people import people_list, people_register, people_search
from adapters.web.dashboard.people_enrol import enrol_files, enrol_page
from adapters.web.dashboard.people_erase import erase_page, erase_person
from adapters.web.dashboard.people_import import check_import, import_page, import_people
from adapters.web.dashboard.people_one import give_consent, person_page, withdraw_consent
from adapters.web.dashboard.people_secrets import issue_pin, issue_qr, issue_sign_in_code, revoke_credentials
from adapters.web.dashboard.report_of_person import report_of_person
from adapters.web.dashboard.reports import reports
from adapters.web.dashboard.review import matched_list, review_list
from adapters.web.dashboard.review_decide import assign, deny, dismiss
from adapters.web.dashboard.review_one import review_one
from adapters.web.dashboard.settings_pages import SETTINGS
from adapters.web.dashboard.today import arrivals_csv, today
from adapters.web.landing import landing
from adapters.web.phone.pages import manifest, phone_page, who, worker
from adapters.web.problem_pages import PAGE_EXCEPTION_HANDLERS
from adapters.web.provider_sign_in import from_the_provider, to_the_provider
from adapters.web.sign_in import set_password, sign_in, sign_out
from adapters.web.sign_in_pages import set_password_page, sign_in_page

SIGNING_IN: Sequence[ControllerRouterHandler] = (
    sign_in_page,
    sign_in,
    set_password_page,
    set_password,
    sign_out,
    to_the_provider,
    from_the_provider,
)
PHONE: Sequence[ControllerRouterHandler] = (phone_page, who, worker, manifest)
PEOPLE: Sequence[ControllerRouterHandler] = (
    people_list,
    people_search,
    people_register,
    import_page,
    check_import,
    import_people,
    person_page,
    give_consent,
    withdraw_consent,
    enrol_page,
    enrol_files,
    issue_sign_in_code,
    issue_pin,
    issue_qr,
    revoke_credentials,
    erase_page,
    erase_person,
)
REVIEW: Sequence[ControllerRouterHandler] = (review_list, matched_list, review_one, assign, deny, dismiss)
DASHBOARD: Sequence[ControllerRouterHandler] = (
    *PEOPLE,
    *REVIEW,
    *SETTINGS,
    today,
    arrivals_csv,
    reports,
    report_of_person,
    mood,
    mood_csv,
    latency,
    latency_csv,
    sessions.sessions_page,
    sessions.plan_session,
    session.session_page,
    session.sheet_file,
    session_attendance.correct,
    session_attendance.vouch,
    session_change.change_roster,
    session_change.add_to_roster,
    session_change.remove_from_roster,
    session_change.open_session,
    session_change.settle_session,
    session_change.cancel_session,
    sessions_import.import_page,
    sessions_import.check_timetable,
    sessions_import.import_timetable,
)


def web_router() -> Router:
    return Router(
        "/",
        route_handlers=[landing, static_file, *SIGNING_IN, *PHONE, *DASHBOARD],
        exception_handlers=PAGE_EXCEPTION_HANDLERS,
        include_in_schema=False,
    )
