"""How near is near enough, as a page: the thresholds, and what others would do before they are put in force."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Literal
from urllib.parse import urlencode

import msgspec
from litestar import Response, get, post
from litestar.di import NamedDependency
from litestar.params import QueryParameter
from markupsafe import Markup

from adapters.http.auditing import tells_itself
from adapters.http.auth import caller_of
from adapters.http.operation import allowed_to
from adapters.http.policy_schemas import Distance
from adapters.http.services import Services
from adapters.web.charts.columns import Column, Part, columns
from adapters.web.charts.lines import Line, lines
from adapters.web.dashboard.notices import Notice, done
from adapters.web.dashboard.settings import AnyRequest, settings_page, typed
from adapters.web.rendering import see_other
from application.preview_thresholds import BIN, DistanceBin, ErrorRates, ThresholdPreview
from domain.matching import Thresholds
from domain.policy import ModelThresholds, PolicyImpossible, impossible
from domain.redecision import Comparison, Outcome

_DONE = {"saved": "In force. Every process decides by it within a second."}
_NOT_PREVIEWED = Notice(
    kind="bad",
    words="These thresholds cannot be set, so there is nothing to preview. See what is marked.",
    status_code=422,
)
_NOT_SET = Notice(kind="bad", words="These thresholds cannot be put in force. See what is marked.", status_code=422)
_LAST = 1_000
_NAMES = ("identify", "verify", "margin")
OUTCOME_WORDS: dict[Outcome, str] = {
    "checked_in": "matched",
    "ambiguous": "ambiguous",
    "unknown": "unknown",
    "mismatch": "named somebody else",
}
_COMPARISON_WORDS: dict[Comparison, str] = {"identify": "Searched (1:N)", "verify": "Claimed (1:1)"}
_OUTCOMES_OF: dict[Comparison, tuple[Outcome, ...]] = {
    "identify": ("checked_in", "ambiguous", "unknown"),
    "verify": ("checked_in", "mismatch"),
}
Typed = Annotated[str | None, QueryParameter(max_length=24)]


class ThresholdsForm(msgspec.Struct, frozen=True, kw_only=True):
    verify: Distance
    identify: Distance
    margin: Distance


@get("/settings/recognition/", opt=allowed_to("admin"), include_in_schema=False)
async def recognition_page(
    request: AnyRequest,
    services: NamedDependency[Services],
    identify: Typed = None,
    verify: Typed = None,
    margin: Typed = None,
    said: Annotated[str, QueryParameter(name="done", max_length=20)] = "",
) -> Response[str]:
    given = {"identify": identify, "verify": verify, "margin": margin}
    fields = {name: text for name, text in given.items() if text is not None}
    proposed = {name: distance for name, text in fields.items() if (distance := _distance(text)) is not None}
    wrong = dict.fromkeys(fields.keys() - proposed.keys(), "A distance is a number, such as 0.48.")
    if proposed:
        wrong = _impossible(await _own(services, proposed), services) | wrong
    if wrong:
        return await _page(request, services, _NOT_PREVIEWED, {}, fields, wrong)
    return await _page(request, services, done(said, _DONE), proposed, fields)


@post("/settings/recognition/", opt={**allowed_to("admin"), **tells_itself()}, include_in_schema=False)
async def set_thresholds(request: AnyRequest, services: NamedDependency[Services]) -> Response[str] | Response[None]:
    form, fields, notice = await typed(request, ThresholdsForm)
    if form is None:
        return await _page(request, services, notice, {}, fields)
    calibrated = services.policy.recogniser.thresholds
    model = calibrated.model
    own = ModelThresholds(model=model, verify=form.verify, identify=form.identify, margin=form.margin)
    as_calibrated = (form.verify, form.identify, form.margin) == _figures(calibrated)
    outcome = await services.policy.manage(
        lambda policy: policy.overriding(None if as_calibrated else own, model), by=caller_of(request).subject
    )
    if isinstance(outcome, PolicyImpossible):
        wrong = _impossible(own, services)
        return await _page(request, services, _NOT_SET, {}, fields, wrong)
    return see_other("/settings/recognition/?done=saved")


async def _own(services: Services, proposed: Mapping[str, float]) -> ModelThresholds:
    """What is not proposed stays as it is in force."""
    calibrated = services.policy.recogniser.thresholds
    in_force = (await services.policy.policies.newest()).in_force(calibrated)
    given = {name: proposed.get(name, getattr(in_force, name)) for name in _NAMES}
    return ModelThresholds(model=calibrated.model, **given)


def _impossible(own: ModelThresholds, services: Services) -> dict[str, str]:
    """What to say beside each field."""
    refused = impossible(own, services.policy.recogniser.thresholds)
    return {one.field: f"Choose from {one.low:g} to {one.high:g}: {one.reason}." for one in reversed(refused)}


def _distance(text: str) -> float | None:
    try:
        return msgspec.convert(text, float, strict=False)
    except msgspec.ValidationError:
        return None


async def _page(
    request: AnyRequest,
    services: Services,
    notice: Notice | None,
    proposed: dict[str, float],
    fields: dict[str, str],
    wrong: dict[str, str] | None = None,
) -> Response[str]:
    preview = await services.policy.preview(
        verify=proposed.get("verify"), identify=proposed.get("identify"), margin=proposed.get("margin"), last=_LAST
    )
    proposes = _figures(preview.proposed) != _figures(preview.in_force)
    in_force = {name: f"{getattr(preview.in_force, name):g}" for name in _NAMES}
    return settings_page(
        "settings_recognition.html",
        request,
        services,
        "Recognition",
        notice=notice,
        preview=preview,
        proposes=proposes,
        overridden=_figures(preview.in_force) != _figures(preview.calibrated),
        typed=in_force | fields,
        wrong=wrong or {},
        most=_LAST,
        outcomes=OUTCOME_WORDS,
        comparisons=_COMPARISON_WORDS,
        histograms=[
            (_COMPARISON_WORDS[comparison], bins, _histogram(bins, preview, comparison), _OUTCOMES_OF[comparison])
            for comparison in ("identify", "verify")
            if (bins := [one for one in preview.distances if one.comparison == comparison])
        ],
        curve=_curve(preview),
        curve_rows=_curve_rows(preview.curve),
        preview_path=f"/api/policy/preview/?{urlencode({name: getattr(preview.proposed, name) for name in _NAMES})}",
        rates=_rates(preview.rates_in_force, "in force")
        + (_rates(preview.rates_proposed, "proposed") if proposes else []),
    )


def _figures(thresholds: Thresholds) -> tuple[float, float, float]:
    return thresholds.verify, thresholds.identify, thresholds.margin


def _histogram(
    bins: Sequence[DistanceBin], preview: ThresholdPreview, comparison: Literal["verify", "identify"]
) -> Markup:
    first, last = bins[0].start, bins[-1].end

    def place(distance: float) -> float | None:
        return (distance - first) / BIN if first <= distance <= last else None

    in_force, proposed = getattr(preview.in_force, comparison), getattr(preview.proposed, comparison)
    return columns(
        [
            Column(
                label=f"{one.start:.2f}",
                parts=[
                    Part(outcome, count, f"{one.start:.2f} to {one.end:.2f}: {count} {OUTCOME_WORDS[outcome]}")
                    for outcome in OUTCOME_WORDS
                    if (count := one.decided.get(outcome, 0))
                ],
            )
            for one in bins
        ],
        title=f"Distances of past check-ins, {_COMPARISON_WORDS[comparison].lower()}, by what was decided;"
        f" the threshold proposed is {proposed:g}, the one in force {in_force:g}",
        axis="Check-ins",
        bell=place(proposed),
        former=place(in_force) if in_force != proposed else None,
        labels_at=0.0,
    )


def _curve(preview: ThresholdPreview) -> Markup | None:
    """Of the search: what is gained on one side is lost on the other."""
    points = [rate for rate in preview.curve if rate.comparison == "identify"]
    if not points:
        return None
    return lines(
        [
            Line(kind="strangers", values=[100 * rate.false_matches for rate in points]),
            Line(kind="own", values=[100 * rate.false_non_matches for rate in points]),
        ],
        [f"{rate.threshold:.2f}" for rate in points],
        title="Strangers matched and own pictures turned away, in percent, by the threshold of a search",
        axis="%",
        unit="%",
        digits=3,
    )


def _curve_rows(curve: Sequence[ErrorRates]) -> list[tuple[str, str, str]]:
    return [
        (f"{rate.threshold:.2f}", _percent(rate.false_matches), _percent(rate.false_non_matches))
        for rate in curve
        if rate.comparison == "identify"
    ]


def _rates(rates: Sequence[ErrorRates], which: str) -> list[tuple[str, str, str, str]]:
    return [
        (
            f"{_COMPARISON_WORDS[rate.comparison]}, {which}",
            f"{rate.threshold:g}",
            _percent(rate.false_matches),
            _percent(rate.false_non_matches),
        )
        for rate in rates
    ]


def _percent(share: float) -> str:
    return f"{100 * share:.2g}%" if share >= 0.00001 else "below 0.001%"
