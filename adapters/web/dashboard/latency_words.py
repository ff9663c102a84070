"""What each stage of a check-in is, in words for people who did not write it."""

from __future__ import annotations

# In the order in which a check-in goes through them.
STAGES: dict[str, tuple[str, str]] = {
    "identify": ("At the door, in all", "from the burst’s arrival at the server to the decision who it is"),
    "identify.queue": ("Waiting its turn", "other bursts came first"),
    "identify.decode": ("Opening the picture", "the JPEG is checked and turned into pixels"),
    "identify.detect": ("Finding the face", "where in the picture it is, and that there is one"),
    "identify.quality": ("Judging the capture", "sharp, bright and large enough to go by"),
    "identify.align": ("Turning it upright", "eyes level, cut to size"),
    "identify.embed": ("Describing the face", "the network makes the numbers that are compared"),
    "identify.compare": ("Comparing", "with everybody who may be searched"),
    "emotion": ("Mood, in all", "the stages below together; nobody at the door waits for it"),
    "emotion.queue": ("Waiting its turn", "identities go first"),
    "emotion.decode": ("Opening the pictures", "all six frames"),
    "emotion.follow": ("Following the face", "the same face in each frame"),
    "emotion.crop": ("Cutting it out", "of each frame"),
    "emotion.classify": ("Reading the mood", "six frames at once, then their mean"),
}


def words_of(stage: str) -> tuple[str, str]:
    """A name and an explanation; a stage of an older version has only its own name."""
    return STAGES.get(stage, (stage, "a stage of another version"))


def order_of(stage: str) -> tuple[int, str]:
    known = list(STAGES)
    return (known.index(stage) if stage in STAGES else len(known), stage)
