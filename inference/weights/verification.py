"""Checks that a model still is what it was made from, and still gives the numbers that others give."""

from __future__ import annotations

from pathlib import Path

import dlib
import msgspec

from inference.networks import LOADERS
from inference.weights.agreement import compare, onnx_runtime, probes, torch_outputs
from inference.weights.artefacts import REQUIRED
from inference.weights.conversion import SIGNATURES
from inference.weights.errors import CorruptWeights, ModelError
from inference.weights.progress import Progress, Report, silently
from inference.weights.references import REFERENCES
from inference.weights.store import ModelStore, StoredModel, digest
from inference.weights.threads import one_torch_thread

_LANDMARKS = 5


class Agreement(msgspec.Struct, frozen=True, kw_only=True):
    """Largest absolute differences over the probes: ONNX Runtime to torch, and torch to somebody else's evaluation."""

    onnx_to_torch: float
    torch_to_reference: float | None
    reference: str | None


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """About one model. Sound where `problem` is None; `agreement` is None for what dlib runs itself."""

    name: str
    problem: str | None
    agreement: Agreement | None


def verify(store: ModelStore, report: Report = silently) -> list[Verdict]:
    """Re-hash every recorded file and evaluate every network again, beside its references."""
    recorded = store.recorded()
    names = [name for name in store.manifest if name in recorded or name in REQUIRED]
    verdicts = []
    for name in names:
        report(Progress(model=name, step="check"))
        verdicts.append(_verdict(store, name, recorded.get(name)))
    return verdicts


def _verdict(store: ModelStore, name: str, model: StoredModel | None) -> Verdict:
    if model is None:
        return Verdict(name=name, problem="not in the store: run `facecheckin models fetch`", agreement=None)
    try:
        for file in (model.published, model.converted):
            path = store.folder / file.path
            if not path.is_file() or digest(path) != file.sha256:
                problem = f"{file.path} is missing or changed: delete it and run `facecheckin models fetch`"
                return Verdict(name=name, problem=problem, agreement=None)
        if model.published.sha256 != store.artefact(name).sha256:
            return Verdict(name=name, problem="it was made from another file than the manifest names", agreement=None)
        agreement = check(name, store.published(name), store.path(name))
    except ModelError as error:
        return Verdict(name=name, problem=str(error), agreement=None)
    return Verdict(name=name, problem=None, agreement=agreement)


@one_torch_thread()
def check(name: str, published: Path, converted: Path) -> Agreement | None:
    """Evaluate what serving opens beside torch, and torch beside the reference.

    Raises `Disagreement` or `CorruptWeights`. Answers None for dlib's predictor, which is loaded and counted.
    """
    if name not in LOADERS:
        _check_predictor(converted)
        return None
    module, reference, signature = LOADERS[name](published), REFERENCES.get(name), SIGNATURES[name]
    served = onnx_runtime(converted)
    evaluate = reference.load(published) if reference else None
    onnx_to_torch = torch_to_reference = 0.0
    for pixels in probes(signature.example, resizable=signature.resizable):
        ours = torch_outputs(module, pixels)
        onnx_to_torch = max(onnx_to_torch, compare(name, "torch", served(pixels), ours))
        if reference and evaluate:
            torch_to_reference = max(torch_to_reference, compare(name, reference.by, ours, evaluate(pixels)))
    return Agreement(
        onnx_to_torch=onnx_to_torch,
        torch_to_reference=torch_to_reference if reference else None,
        reference=reference.by if reference else None,
    )


def _check_predictor(path: Path) -> None:
    picture = next(probes((1, 100, 100, 3), resizable=False))[0]
    try:
        found = dlib.shape_predictor(str(path))(picture, dlib.rectangle(10, 10, 90, 90))
    except RuntimeError as error:
        raise CorruptWeights(path, str(error)) from error
    if found.num_parts != _LANDMARKS:
        raise CorruptWeights(path, f"it predicts {found.num_parts} points instead of {_LANDMARKS}")
