"""The check-in endpoints: who it is, how the burst looks, and where a check-in stands."""

from __future__ import annotations

from typing import Annotated, TypeVar
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter

from adapters.http.accept_language import preferred_language
from adapters.http.admission import is_backlog, unless_gone
from adapters.http.auth import caller_of, station_of
from adapters.http.check_in_schemas import (
    BurstAnswer,
    BurstRequest,
    CheckInList,
    CheckInState,
    EmotionAnswer,
    EmotionProgress,
    EmotionRequest,
    IdentifyRequest,
    Identity,
    ListedCheckIn,
)
from adapters.http.fields import in_utc
from adapters.http.json_request import JsonRequest
from adapters.http.operation import REFUSALS, allowed_to
from adapters.http.outcomes import emotion_answer, identity_answer, identity_of, refusal_facts
from adapters.http.problem_document import HttpProblem, ProblemFacts, problem_document
from adapters.http.problems import ProblemCode
from adapters.http.request_record import record_of
from adapters.http.sentences import Language
from adapters.http.services import Services
from application.check_in_burst import BurstCommand
from application.identify import Identified, IdentifyCommand
from application.ports import CheckInSummary
from application.read_emotion import EmotionCommand
from domain import check_in as check_ins
from domain.check_in import CheckIn

Answer = TypeVar("Answer", Identity, EmotionAnswer)
_FRAME_BYTES = 1_500_000
_REST_OF_BODY_BYTES = 4_096
_FRAME_BODY_BYTES = _FRAME_BYTES * 4 // 3 + _REST_OF_BODY_BYTES
_BURST_BODY_BYTES = 6 * _FRAME_BYTES * 4 // 3 + _REST_OF_BODY_BYTES
_BUSY: tuple[ProblemCode, ...] = ("overloaded", "contention", "not-ready")
_IDENTITY: tuple[ProblemCode, ...] = (*REFUSALS, "candidate-unknown", "candidate-not-enrolled", "burst-id-reused")
_EMOTION: tuple[ProblemCode, ...] = (
    *REFUSALS,
    "checkin-not-found",
    "checkin-undecided",
    "checkin-refused",
    "emotion-already-recorded",
    "emotion-off",
    "emotion-not-consented",
)


class CheckInController(Controller):
    path = "/api/checkin"
    tags = ("check-in",)

    @post(
        "/identify",
        status_code=200,
        operation_id="identify",
        summary="Who is it? One primary frame",
        opt=allowed_to("station", problems=(*_IDENTITY, *_BUSY), queued=True),
        request_max_body_size=_FRAME_BODY_BYTES,
    )
    async def identify(
        self, data: JSONBody[IdentifyRequest], request: JsonRequest, services: NamedDependency[Services]
    ) -> Identity:
        command = IdentifyCommand(
            station_id=station_of(request),
            jpeg=data.image,
            user_id=data.user_id,
            burst_id=data.burst_id,
            captured_at=in_utc(data.captured_at),
            backlog=is_backlog(request),
        )
        outcome = await unless_gone(request, services.identify(command))
        if isinstance(outcome, Identified):
            _report_stages(request, outcome.check_in)
        return _or_problem(identity_answer(outcome))

    @post(
        "/emotion",
        status_code=200,
        operation_id="readEmotion",
        summary="How does the burst look? Six frames of a decided check-in",
        opt=allowed_to("station", problems=(*_EMOTION, *_BUSY), queued=True),
        request_max_body_size=_BURST_BODY_BYTES,
    )
    async def emotion(
        self, data: JSONBody[EmotionRequest], request: JsonRequest, services: NamedDependency[Services]
    ) -> EmotionAnswer:
        command = EmotionCommand(
            station_id=station_of(request),
            check_in_id=data.checkin_id,
            jpegs=data.images,
            backlog=is_backlog(request),
        )
        return _or_problem(emotion_answer(await unless_gone(request, services.read_emotion(command))))

    @post(
        "/burst",
        status_code=200,
        operation_id="checkInBurst",
        summary="A whole burst in one call: who it is, then how it looks",
        opt=allowed_to("station", problems=(*_IDENTITY, *_BUSY), inside=_EMOTION, queued=True),
        request_max_body_size=_BURST_BODY_BYTES,
    )
    async def burst(
        self, data: JSONBody[BurstRequest], request: JsonRequest, services: NamedDependency[Services]
    ) -> BurstAnswer:
        command = BurstCommand(
            station_id=station_of(request),
            jpegs=data.images,
            primary=data.primary,
            user_id=data.user_id,
            burst_id=data.burst_id,
            captured_at=in_utc(data.captured_at),
            backlog=is_backlog(request),
        )
        outcome = await unless_gone(request, services.check_in_burst(command))
        if isinstance(outcome.identity, Identified):
            _report_stages(request, outcome.identity.check_in)
        identity = _or_problem(identity_answer(outcome.identity))
        emotion = None if outcome.emotion is None else emotion_answer(outcome.emotion)
        if isinstance(emotion, ProblemFacts):
            problem = problem_document(emotion, language=_language(request), trace_id=record_of(request.scope).trace_id)
            return BurstAnswer(identity=identity, emotion=None, emotion_problem=problem)
        return BurstAnswer(identity=identity, emotion=emotion, emotion_problem=None)

    @get(
        "/{checkin_id:uuid}",
        operation_id="getCheckIn",
        summary="Where a check-in stands; a station and a person see their own",
        opt=allowed_to(
            "station", "person", "staff", "admin", problems=("checkin-not-found", "not-ready"), inside=REFUSALS
        ),
    )
    async def state(
        self, checkin_id: FromPath[UUID], request: JsonRequest, services: NamedDependency[Services]
    ) -> CheckInState:
        check_in = check_ins.replay(checkin_id, await services.store.load_check_in(checkin_id))
        if check_in is None or not _may_see(request, check_in):
            raise HttpProblem(ProblemFacts(code="checkin-not-found"))
        person = None if check_in.person is None else check_in.person.reveal()
        name = None if person is None else await services.people.name(person)
        return _state_of(check_in, name, request)

    @get(
        operation_id="listCheckIns",
        summary="The latest check-ins, without their people",
        opt=allowed_to("staff", "admin", problems=("not-ready",)),
    )
    async def recent(
        self,
        services: NamedDependency[Services],
        limit: Annotated[int, QueryParameter(ge=1, le=500, description="how many at most")] = 100,
        after_position: Annotated[
            int, QueryParameter(ge=0, le=2**53 - 1, description="only what changed after this position")
        ] = 0,
    ) -> CheckInList:
        summaries = await services.check_ins.recent(limit=limit, after_position=after_position)
        return CheckInList(
            checkins=[_listed(summary) for summary in summaries],
            last_position=max((summary.position for summary in summaries), default=after_position),
        )


def _or_problem(answer: Answer | ProblemFacts) -> Answer:
    if isinstance(answer, ProblemFacts):
        raise HttpProblem(answer)
    return answer


def _may_see(request: JsonRequest, check_in: CheckIn) -> bool:
    caller = caller_of(request)
    match caller.role:
        case "station":
            return caller.subject == check_in.station_id
        case "person":
            return check_in.person is not None and check_in.person.reveal() == caller.subject
        case _:
            return True


def _state_of(check_in: CheckIn, name: str | None, request: JsonRequest) -> CheckInState:
    refusal = None if check_in.refusal is None else refusal_facts(check_in.refusal, check_in.id)
    return CheckInState(
        checkin_id=check_in.id,
        station_id=check_in.station_id,
        burst_id=check_in.burst_id,
        status=check_in.status,
        started_at=check_in.started_at,
        captured_at=check_in.captured_at,
        decided_at=check_in.decided_at,
        completed=check_in.completed,
        identity=None if check_in.evidence is None else identity_of(check_in, name),
        refusal=None if refusal is None else problem_document(refusal, language=_language(request)),
        emotion=_emotion_progress(check_in),
    )


def _emotion_progress(check_in: CheckIn) -> EmotionProgress:
    if check_in.emotion is not None:
        return "recorded"
    if check_in.emotion_declined is not None:
        return "declined"
    refused = check_in.emotion_refusal is not None or check_in.status == "refused"
    return "refused" if refused else "awaited"


def _listed(summary: CheckInSummary) -> ListedCheckIn:
    return ListedCheckIn(
        checkin_id=summary.id,
        station_id=summary.station_id,
        status=summary.status,
        started_at=summary.started_at,
        decided_at=summary.decided_at,
        refusal_code=summary.refusal_code,
        confidence=summary.confidence,
        completed=summary.completed,
        position=summary.position,
    )


def _report_stages(request: JsonRequest, check_in: CheckIn) -> None:
    """For Server-Timing: the stages of this very request, and nothing where a recorded answer came again."""
    record = record_of(request.scope)
    if check_in.decided_at is not None and check_in.decided_at >= record.received_at:
        record.stages_ms.update(check_in.timings_ms)


def _language(request: JsonRequest) -> Language:
    return preferred_language(request.headers.get("accept-language"))
