"""Joins what can be done with the data of one person: consents, erasure, export, retention. None of it needs models."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.clock import SystemClock
from adapters.policy_wiring import recorded_policies
from adapters.record import Record
from adapters.settings import Settings
from application.change_consent import ChangeConsent
from application.erase_person import CheckReceipt, CompleteErasures, ErasePerson
from application.export_person import ExportPerson
from application.ports import Clock, People, Policies
from application.retain import ApplyRetention


@dataclass(frozen=True, kw_only=True)
class DataSubjects:
    people: People
    policies: Policies
    change_consent: ChangeConsent
    erase_person: ErasePerson
    check_receipt: CheckReceipt
    complete_erasures: CompleteErasures
    export_person: ExportPerson
    apply_retention: ApplyRetention


def join_data_subjects(
    settings: Settings, record: Record, clock: Clock | None = None, policies: Policies | None = None
) -> DataSubjects:
    clock = clock or SystemClock()
    policies = policies or recorded_policies(settings, record)
    store, gallery, projections = record.store, record.gallery, record.projections
    erase_person = ErasePerson(
        store=store,
        gallery=gallery,
        keys=record.keys,
        erasures=record.erasures,
        projections=projections,
        clock=clock,
    )
    return DataSubjects(
        people=record.people,
        policies=policies,
        change_consent=ChangeConsent(store=store, gallery=gallery, projections=projections, clock=clock),
        erase_person=erase_person,
        check_receipt=CheckReceipt(erasures=record.erasures),
        complete_erasures=CompleteErasures(erasures=record.erasures, erase_person=erase_person),
        export_person=ExportPerson(store=store, holdings=record.holdings, clock=clock),
        apply_retention=ApplyRetention(
            policies=policies,
            overdue=record.last_seen,
            store=store,
            gallery=gallery,
            erase_person=erase_person,
            projections=projections,
            clock=clock,
        ),
    )
