"""The script of the drawn cast: its cues as data, rendered once and then kept on disk."""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path

import msgspec

from adapters.demo import damage
from adapters.demo.appearance import ExpressionName
from adapters.demo.bursts import Burst, make_burst
from adapters.demo.cast import CAST, SITTINGS, STRANGER, CastMember, photograph, picture_of
from adapters.demo.script import Actor, Outcome, Progress, Scene, Script, no_progress


class Cue(msgspec.Struct, frozen=True, kw_only=True):
    """Who comes in, how, and what must happen. `claims`: who they say to be (1:1). `beside`: who stands there too."""

    title: str
    who: CastMember
    expected: Outcome
    expression: ExpressionName = "neutral"
    claims: CastMember | None = None
    beside: CastMember | None = None


_DRAWN_BY = (
    "appearance",
    "bursts",
    "canvas",
    "cast",
    "damage",
    "drawn_face",
    "drawn_script",
    "features",
    "hair",
    "head",
    "script",
)

_FIRST, _SECOND, _THIRD, _FOURTH, _FIFTH, _SIXTH = CAST

STRANGER_CUE = Cue(title="a stranger smiles", who=STRANGER, expression="happy", expected="unknown")

CUES = (
    Cue(title=f"{_FIRST.name} looks up", who=_FIRST, expected="match"),
    Cue(title=f"{_SECOND.name} smiles", who=_SECOND, expression="happy", expected="match"),
    Cue(title=f"{_THIRD.name} is surprised", who=_THIRD, expression="surprise", expected="match"),
    Cue(title=f"{_FOURTH.name} smiles", who=_FOURTH, expression="happy", expected="match"),
    Cue(title=f"{_FIFTH.name} frowns", who=_FIFTH, expression="angry", expected="match"),
    Cue(title=f"{_SIXTH.name} is sad", who=_SIXTH, expression="sad", expected="match"),
    Cue(title=f"{_SECOND.name} shows a card", who=_SECOND, claims=_SECOND, expected="match"),
    Cue(
        title=f"{_FIFTH.name} smiles, and shows a card", who=_FIFTH, expression="happy", claims=_FIFTH, expected="match"
    ),
    Cue(title=f"{_FIRST.name} shows the card of {_SIXTH.name}", who=_FIRST, claims=_SIXTH, expected="mismatch"),
    STRANGER_CUE,
    Cue(title=f"{_FIFTH.name}, out of focus", who=_FIFTH, expected="image-blurred"),
    Cue(title=f"{_SIXTH.name} against the sun", who=_SIXTH, expected="image-overexposed"),
    Cue(title=f"{_THIRD.name} in the dark", who=_THIRD, expected="image-dark"),
    Cue(title=f"{_FIRST.name} and {_SECOND.name} at once", who=_FIRST, beside=_SECOND, expected="several-faces"),
    Cue(title=f"{_FIRST.name} half out of the picture", who=_FIRST, expected="face-cut-off"),
    Cue(title=f"{_SIXTH.name} smiles", who=_SIXTH, expression="happy", expected="match"),
)


def drawn_script(cache: Path, progress: Progress = no_progress) -> Script:
    """The cast's script, from `cache` where it lies there; otherwise it is drawn and put there."""
    kept = cache / f"cast-{content_key()}.msgpack"
    try:
        return msgspec.msgpack.decode(kept.read_bytes(), type=Script)
    except (FileNotFoundError, msgspec.DecodeError):
        script = draw_script(progress)
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=cache, delete=False) as partial:
        partial.write(msgspec.msgpack.encode(script))
    Path(partial.name).replace(kept)
    return script


def draw_script(progress: Progress = no_progress) -> Script:
    total = len(CAST) + len(CUES)
    actors, scenes = [], []
    for done, member in enumerate(CAST, start=1):
        photographs = tuple(photograph(member, sitting) for sitting in SITTINGS)
        actors.append(Actor(user_id=member.user_id, name=member.name, photographs=photographs))
        progress(f"drew the photographs of {member.name}", done, total)
    for done, cue in enumerate(CUES, start=len(CAST) + 1):
        scenes.append(perform(cue, seed=done))
        progress(f"drew the burst “{cue.title}”", done, total)
    return Script(actors=tuple(actors), scenes=tuple(scenes))


def perform(cue: Cue, *, seed: int) -> Scene:
    enrolled = cue.who in CAST
    return Scene(
        title=cue.title,
        burst=_burst(cue, seed),
        expected=cue.expected,
        claimed=cue.claims.user_id if cue.claims else None,
        shows=cue.who.user_id if enrolled else None,
        expression=cue.expression,
    )


def _burst(cue: Cue, seed: int) -> Burst:
    picture = picture_of(cue.who, cue.expression)
    image, face = picture.image, picture.face
    if cue.beside is not None:
        other = picture_of(cue.beside, cue.expression)
        return damage.two_faces((image, face), (other.image, other.face), seed=seed)
    match cue.expected:
        case "image-blurred":
            return damage.blurred(image, face, seed=seed)
        case "image-overexposed":
            return damage.overexposed(image, face, seed=seed)
        case "image-dark":
            return damage.dark(image, face, seed=seed)
        case "face-cut-off":
            return damage.cut_off(image, face, seed=seed)
        case _:
            return make_burst(image, face, seed=seed)


def content_key() -> str:
    """Changes with every file that a drawing depends on."""
    digest = hashlib.sha256()
    for name in _DRAWN_BY:
        digest.update(Path(__file__).with_name(f"{name}.py").read_bytes())
    return digest.hexdigest()[:16]
