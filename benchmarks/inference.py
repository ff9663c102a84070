"""Measures recognition: each stage's time, its floor and its peer, and, where there are photographs, how right it is.

`--bar` exits 1 and names each bar that falls short; `--faces FOLDER` reads other photographs.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

if __package__ in (None, ""):  # run as a file: this folder would then hide the package of the same name
    sys.path[0] = str(Path(__file__).resolve().parents[1])

import msgspec
import numpy as np

from adapters.demo.bursts import Burst, make_burst
from adapters.demo.cast import CAST, picture_of
from application.ports import Look, Mood, Refused
from benchmarks.accuracy import Sample, groups, identify_trials, pairs
from benchmarks.bars import Bar, judge
from benchmarks.photographs import PHOTOGRAPHS, Photograph, Placed, identities, photographs, place
from benchmarks.timing import Milliseconds, quantiles, repeat
from domain.check_in import Timings
from domain.emotion import EMOTIONS
from inference.assembly import open_engine
from inference.engine import Engine
from inference.pixels import Floats
from inference.thresholds import thresholds_of
from inference.versions import IDENTITY_VERSIONS
from inference.weights import ModelStore

TIMED_BURSTS = 24
TURNS = 4
ROUNDS = 3


class Times(msgspec.Struct, frozen=True, kw_only=True):
    """Timings of many calls: by stage, and as a whole."""

    stages: list[Timings]

    @property
    def whole(self) -> Milliseconds:
        return np.array([sum(timings.values()) for timings in self.stages])

    @property
    def median(self) -> float:
        return float(np.median(self.whole))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--bar", action="store_true")
    parser.add_argument("--faces", type=Path, default=PHOTOGRAPHS)
    parser.add_argument("--models", type=Path, default=Path(".models"), help="the model store")
    options = parser.parse_args()
    store = ModelStore(options.models)
    engine = open_engine(store)
    engine.warm_up()
    placed = [shown for picture in _people(options.faces) if (shown := place(picture, engine)) is not None]
    if placed:
        bursts = [shown.burst(seed) for seed, shown in enumerate(placed)]
    else:
        print(f"no photographs in {options.faces}: speed is measured on drawn faces, accuracy is not measured")
        pictures = [picture_of(member, "neutral") for member in CAST]
        bursts = [make_burst(picture.image, picture.face, seed=seed) for seed, picture in enumerate(pictures)]
    bars = speed(engine, store, bursts[:TIMED_BURSTS])
    if placed:
        bars += accuracy(engine, placed, bursts)
        emotions(engine, options.faces)
    judge(bars, enforce=options.bar)


def speed(engine: Engine, store: ModelStore, bursts: Sequence[Burst]) -> list[Bar]:
    looks, moods = min((time_engine(engine, bursts) for _ in range(ROUNDS)), key=lambda times: times[0].median)
    # torch is imported last: it brings threads that the engine's own process does not have
    from benchmarks.facenet_pytorch_loop import facenet_pytorch_loop, gigaflops, gigaflops_per_second

    loop = facenet_pytorch_loop(store)
    peer = min((_time_peer(loop, bursts) for _ in range(ROUNDS)), key=np.median)
    print(f"\none 640×480 burst, {len(bursts)} bursts × {TURNS}, models warm; the quietest of {ROUNDS} rounds of each")
    for name, times in (("identify, one frame", looks), ("emotion, six frames", moods)):
        print(f"  {name:24s} {quantiles(times.whole)}")
        for stage in times.stages[0]:
            print(f"    {stage:22s} {quantiles(np.array([timings[stage] for timings in times.stages]))}")
    per_second = gigaflops_per_second()
    operations = {
        "identify": gigaflops(store, "pnet", (1, 73, 97, 3)) * 1.6 + gigaflops(store, "resnet29", (1, 150, 150, 3)),
        "emotion": gigaflops(store, "onet", (6, 48, 48, 3)) + gigaflops(store, "mini_xception", (6, 64, 64)),
    }
    for name, frames, times in (("identify", 1, looks), ("emotion", 6, moods)):
        decode = float(np.percentile([timings["decode"] for timings in looks.stages], 10)) * frames
        floor = operations[name] / per_second * 1e3 + decode
        print(
            f"  floor of {name}: {operations[name]:.2f} GFLOP at {per_second:.0f} GFLOP/s on one core, and "
            f"{decode:.1f} ms of decoding: {floor:.1f} ms; measured {times.median / floor:.1f} times that"
        )
    whole = looks.median + moods.median
    print(f"  facenet-pytorch loop     {quantiles(peer)}, {np.median(peer) / whole:.1f} times ours ({whole:.1f} ms)")
    return [
        Bar("identify, p50", looks.median, 20, "ms"),
        Bar("emotion over six frames, p50", moods.median, 20, "ms"),
        Bar("times faster than the facenet-pytorch loop", float(np.median(peer)) / whole, 12, "×", at_least=True),
    ]


def _time_peer(loop: Callable[[Sequence[bytes]], None], bursts: Sequence[Burst]) -> Milliseconds:
    return np.concatenate([repeat(partial(loop, burst.frames), 1, 0) for burst in bursts[:12]])


def time_engine(engine: Engine, bursts: Sequence[Burst]) -> tuple[Times, Times]:
    """Both calls in turn over all bursts, refused ones left out."""
    looks, moods = [], []
    for _ in range(TURNS):
        for burst in bursts:
            look = engine.look(burst.primary_frame, _nobody(engine))
            mood = engine.read_emotion(burst.frames, look.box if isinstance(look, Look) else None)
            if isinstance(look, Look) and isinstance(mood, Mood):
                looks.append(look.timings_ms)
                moods.append(mood.timings_ms)
    return Times(stages=looks), Times(stages=moods)


def accuracy(engine: Engine, placed: Sequence[Placed], bursts: Sequence[Burst]) -> list[Bar]:
    samples, refused = [], []
    for shown, burst in zip(placed, bursts, strict=True):
        looks = [engine.look(frame, _nobody(engine), number) for number, frame in enumerate(burst.frames)]
        refused += [look.refusal for look in looks if isinstance(look, Refused)]
        primary = looks[burst.primary]
        if isinstance(primary, Look):
            person = f"{shown.photograph.group}/{shown.photograph.person}"
            samples.append(Sample(person=person, group=shown.photograph.group, embedding=primary.embedding))
    frames = sum(len(burst.frames) for burst in bursts)
    share = 100 * len(refused) / frames
    codes = dict(Counter(refusal.code for refusal in refused))
    print(f"\nundamaged photographs: {len(refused)} of {frames} frames refused ({share:.1f} %) {codes or ''}")
    bars = [Bar("undamaged frames refused", share, 2, "%")]
    print("identity, resnet-29                pairs: genuine  impostor   equal error rate")
    for name, members in groups(samples).items():
        apart = pairs(members)
        rate = 100 * apart.equal_error_rate()
        print(f"  {name:36s} {len(apart.genuine):10d} {len(apart.impostor):9d} {rate:12.2f} %")
        bars.append(Bar(f"equal error rate, {name}", rate, 0.5, "%"))
    trials = identify_trials(samples, thresholds_of(IDENTITY_VERSIONS["resnet-29"]))
    accepted = 100 * trials.enrolled_accepted / trials.enrolled
    print(
        f"1:N, {len({sample.person for sample in samples})} people: "
        f"{trials.enrolled_accepted} of {trials.enrolled} enrolled accepted ({accepted:.1f} %), "
        f"{trials.enrolled_as_another} taken for another; "
        f"{trials.strangers_accepted} of {trials.strangers} strangers accepted"
    )
    return [
        *bars,
        Bar("1:N, enrolled accepted", accepted, 97, "%", at_least=True),
        Bar("1:N, enrolled taken for another", trials.enrolled_as_another, 0),
        Bar("1:N, strangers accepted", trials.strangers_accepted, 0),
    ]


def emotions(engine: Engine, folder: Path) -> None:
    """The confusion table on pictures named for an emotion, and what the others read as."""
    names = {"disgusted": "disgust", "fearful": "fear", "surprised": "surprise"}
    labelled = [picture for picture in photographs(folder) if picture.person == "emotions"]
    print("\nemotion, mini-Xception        " + "".join(f"{emotion:>10s}" for emotion in EMOTIONS))
    right = 0
    for seed, picture in enumerate(labelled):
        shown = place(picture, engine)
        mood = None if shown is None else engine.read_emotion(shown.burst(seed).frames, None)
        if not isinstance(mood, Mood):
            print(f"  {picture.path.stem:28s} not read")
            continue
        label = names.get(picture.path.stem, picture.path.stem)
        right += mood.reading.dominant == label
        shares = "".join(f"{mood.reading.probabilities[emotion]:10.2f}" for emotion in EMOTIONS)
        print(f"  {label:28s}{shares}   {'' if mood.reading.dominant == label else 'read as ' + mood.reading.dominant}")
    print(f"  {right} of {len(labelled)} labelled pictures read as labelled")


def _people(folder: Path) -> list[Photograph]:
    return identities(folder) if folder.is_dir() else []


def _nobody(engine: Engine) -> Floats:
    return np.zeros((0, engine.identity.dimensions), dtype=np.float32)


if __name__ == "__main__":
    main()
