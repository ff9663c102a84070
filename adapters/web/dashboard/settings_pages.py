"""Every page and form of the settings."""

from __future__ import annotations

from collections.abc import Sequence

from litestar.types import ControllerRouterHandler

from adapters.web.dashboard import (
    settings_accounts,
    settings_audit,
    settings_policy,
    settings_recognition,
    settings_station,
    settings_stations,
)

SETTINGS: Sequence[ControllerRouterHandler] = (
    settings_policy.policy_page,
    settings_policy.set_emotion,
    settings_policy.set_retention,
    settings_recognition.recognition_page,
    settings_recognition.set_thresholds,
    settings_stations.stations_page,
    settings_stations.approve,
    settings_stations.refuse,
    settings_stations.issue_token,
    settings_station.station_page,
    settings_station.move,
    settings_station.push_settings,
    settings_station.ask_to_revoke,
    settings_station.revoke,
    settings_accounts.accounts_page,
    settings_accounts.create,
    settings_accounts.account_page,
    settings_accounts.change_role,
    settings_accounts.ask_to_disable,
    settings_accounts.disable,
    settings_accounts.enable,
    settings_accounts.ask_to_reset,
    settings_accounts.reset,
    settings_audit.audit_page,
    settings_audit.sign_ins_page,
)
