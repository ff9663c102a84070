"""What a notification says of a check-in: the phone page's words, which its worker cannot load while it is closed."""

from __future__ import annotations

from collections.abc import Mapping

from adapters.push.decisions import Word
from adapters.push.subscription import Language

NOTICE_TITLES: Mapping[Language, Mapping[Word, str]] = {
    "en": {
        "checked_in": "Checked in",
        "late": "Checked in, late",
        "refused": "Please try again",
        "unknown": "Not recognised",
        "mismatch": "Not recognised",
        "ambiguous": "Please see a member of staff",
        "expired": "No answer came",
    },
    "de": {
        "checked_in": "Eingecheckt",
        "late": "Eingecheckt, verspätet",
        "refused": "Bitte noch einmal",
        "unknown": "Nicht erkannt",
        "mismatch": "Nicht erkannt",
        "ambiguous": "Bitte zum Personal",
        "expired": "Es kam keine Antwort",
    },
    "ar": {
        "checked_in": "تم تسجيل الحضور",
        "late": "تم تسجيل الحضور متأخرًا",
        "refused": "حاول مرة أخرى من فضلك",
        "unknown": "لم يتم التعرف عليك",
        "mismatch": "لم يتم التعرف عليك",
        "ambiguous": "راجع أحد الموظفين من فضلك",
        "expired": "لم يصل أي جواب",
    },
}
