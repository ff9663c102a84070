"""What a station says to the person at the door, in each of the languages that it can speak."""

from __future__ import annotations

from typing import Literal

import msgspec

Language = Literal["en", "de", "ar"]
LANGUAGES: tuple[Language, ...] = ("en", "de", "ar")


class Sentence(msgspec.Struct, frozen=True):
    en: str
    de: str
    ar: str

    def in_language(self, language: Language) -> str:
        text: str = getattr(self, language)
        return text


LOOK_AGAIN = Sentence(
    "Please look into the camera once more.",
    "Bitte schauen Sie noch einmal in die Kamera.",
    "يُرجى النظر إلى الكاميرا مرة أخرى.",
)
NO_FACE = Sentence(
    "We cannot see a face. Please look straight into the camera.",
    "Wir sehen kein Gesicht. Bitte schauen Sie direkt in die Kamera.",
    "لا نرى وجهًا. يُرجى النظر مباشرة إلى الكاميرا.",
)
SEVERAL_FACES = Sentence(
    "More than one face can be seen. One person at a time, please.",
    "Es sind mehrere Gesichter zu sehen. Bitte treten Sie einzeln vor die Kamera.",
    "يظهر أكثر من وجه. شخص واحد في كل مرة من فضلكم.",
)
COME_CLOSER = Sentence(
    "Please come a little closer.",
    "Bitte kommen Sie etwas näher.",
    "يُرجى الاقتراب قليلًا.",
)
MOVE_TO_THE_MIDDLE = Sentence(
    "Your face is cut off. Please stand in the middle of the picture.",
    "Ihr Gesicht ist angeschnitten. Bitte stellen Sie sich in die Bildmitte.",
    "جزء من وجهك خارج الصورة. يُرجى الوقوف في وسطها.",
)
HOLD_STILL = Sentence(
    "The picture is blurred. Please hold still for a moment.",
    "Das Bild ist unscharf. Bitte halten Sie kurz still.",
    "الصورة غير واضحة. يُرجى الثبات للحظة.",
)
LESS_LIGHT = Sentence(
    "There is too much light on your face. Please turn away from the light.",
    "Auf Ihr Gesicht fällt zu viel Licht. Bitte drehen Sie sich vom Licht weg.",
    "الضوء على وجهك قوي جدًا. يُرجى الابتعاد عن الضوء المباشر.",
)
MORE_LIGHT = Sentence(
    "It is too dark. Please step into the light.",
    "Es ist zu dunkel. Bitte treten Sie ins Licht.",
    "المكان مظلم جدًا. يُرجى الوقوف في الضوء.",
)
FACE_LOST = Sentence(
    "We lost sight of your face. Please keep looking into the camera.",
    "Wir haben Ihr Gesicht aus dem Blick verloren. Bitte schauen Sie weiter in die Kamera.",
    "لم نعد نرى وجهك. يُرجى مواصلة النظر إلى الكاميرا.",
)
WAIT = Sentence(
    "One moment, please. We are trying again.",
    "Einen Moment bitte. Wir versuchen es gleich noch einmal.",
    "لحظة من فضلكم. سنحاول مرة أخرى.",
)
ASK_STAFF = Sentence(
    "Please ask a member of staff.",
    "Bitte wenden Sie sich an das Personal.",
    "يُرجى مراجعة أحد الموظفين.",
)
STATION_FAULT = Sentence(
    "This station has a fault. Please tell a member of staff.",
    "Diese Station ist gestört. Bitte sagen Sie dem Personal Bescheid.",
    "يوجد عطل في هذه المحطة. يُرجى إبلاغ أحد الموظفين.",
)
NOT_ENROLLED = Sentence(
    "No photograph of you is registered yet. Please ask a member of staff.",
    "Von Ihnen ist noch kein Foto hinterlegt. Bitte wenden Sie sich an das Personal.",
    "لا توجد صورة مسجلة لك بعد. يُرجى مراجعة أحد الموظفين.",
)
NO_EMOTION_HERE = Sentence(
    "Emotions are not read here.",
    "Stimmungen werden hier nicht erfasst.",
    "لا تُقرأ المشاعر هنا.",
)
NO_EMOTION_WITHOUT_CONSENT = Sentence(
    "Your emotion was not read, because you have not agreed to it.",
    "Ihre Stimmung wurde nicht erfasst, weil Sie dem nicht zugestimmt haben.",
    "لم تُقرأ مشاعرك لأنك لم توافق على ذلك.",
)
CONSENT_FIRST = Sentence(
    "This needs your consent first. Please ask a member of staff.",
    "Dafür fehlt Ihre Einwilligung. Bitte wenden Sie sich an das Personal.",
    "يلزم الحصول على موافقتك أولًا. يُرجى مراجعة أحد الموظفين.",
)
USER_ID_TAKEN = Sentence(
    "Somebody is registered under this id already.",
    "Unter dieser Kennung ist bereits jemand registriert.",
    "يوجد شخص مسجل بهذا المعرّف بالفعل.",
)
ANOTHER_ADMIN_FIRST = Sentence(
    "Nobody else could administer this. Make somebody else an admin first.",
    "Sonst könnte das niemand mehr verwalten. Geben Sie zuerst jemand anderem die Verwaltung.",
    "لن يتمكن أحد آخر من الإدارة. يُرجى تعيين مسؤول آخر أولًا.",
)
SOMEBODY_ELSE = Sentence(
    "This photograph shows somebody else.",
    "Dieses Foto zeigt jemand anderen.",
    "هذه الصورة لشخص آخر.",
)
FACE_TAKEN = Sentence(
    "This face is registered for another person. Please ask a member of staff.",
    "Dieses Gesicht ist bereits für eine andere Person hinterlegt. Bitte wenden Sie sich an das Personal.",
    "هذا الوجه مسجل لشخص آخر. يُرجى مراجعة أحد الموظفين.",
)
SESSION_OVER = Sentence(
    "This session is over. Please ask a member of staff.",
    "Dieser Termin ist abgeschlossen oder abgesagt. Bitte wenden Sie sich an das Personal.",
    "انتهت هذه الجلسة أو أُلغيت. يُرجى مراجعة أحد الموظفين.",
)
PLAN_IMPOSSIBLE = Sentence(
    "The session cannot take place at these times.",
    "Zu diesen Zeiten kann der Termin nicht stattfinden.",
    "لا يمكن عقد الجلسة في هذه الأوقات.",
)
NOT_ALL_REPORTED = Sentence(
    "Some stations have not reported yet. The attendance follows soon.",
    "Noch haben nicht alle Stationen gemeldet. Die Anwesenheit folgt in Kürze.",
    "لم ترسل بعض المحطات بياناتها بعد. سيظهر الحضور قريبًا.",
)
NO_PUSH_HERE = Sentence(
    "Nobody is notified of check-ins here.",
    "Über Check-ins wird hier nicht benachrichtigt.",
    "لا تُرسل هنا إشعارات بتسجيل الحضور.",
)
NO_PUSH_TO_THIS_DEVICE = Sentence(
    "This device cannot be notified.",
    "Dieses Gerät kann nicht benachrichtigt werden.",
    "لا يمكن إرسال إشعارات إلى هذا الجهاز.",
)
CREDENTIAL_WRONG = Sentence(
    "The user id, the PIN or the QR code is not right. Please try again, or ask a member of staff.",
    "Die Kennung, die PIN oder der QR-Code stimmt nicht. Bitte versuchen Sie es noch einmal, oder wenden Sie sich an"
    " das Personal.",
    "معرّف المستخدم أو الرقم السري أو رمز QR غير صحيح. يُرجى المحاولة مرة أخرى أو مراجعة أحد الموظفين.",
)
SIGN_IN_WRONG = Sentence(
    "The code, or the name and the password, is not right. Please try again, or ask a member of staff.",
    "Der Code, oder Name und Passwort, stimmt nicht. Bitte versuchen Sie es noch einmal, oder wenden Sie sich an das"
    " Personal.",
    "الرمز، أو الاسم وكلمة المرور، غير صحيح. يُرجى المحاولة مرة أخرى أو مراجعة أحد الموظفين.",
)
TRY_LATER = Sentence(
    "That was tried too often. Please wait a few minutes, or ask a member of staff.",
    "Das wurde zu oft versucht. Bitte warten Sie einige Minuten, oder wenden Sie sich an das Personal.",
    "جرت محاولات كثيرة. يُرجى الانتظار بضع دقائق أو مراجعة أحد الموظفين.",
)
LONGER_PASSWORD = Sentence(
    "Please choose a longer password that nobody can guess.",
    "Bitte wählen Sie ein längeres Passwort, das niemand erraten kann.",
    "يُرجى اختيار كلمة مرور أطول لا يمكن لأحد تخمينها.",
)
FILE_UNREADABLE = Sentence(
    "This file cannot be read.",
    "Diese Datei kann nicht gelesen werden.",
    "لا يمكن قراءة هذا الملف.",
)
CODE_UNKNOWN = Sentence(
    "No station shows this code. Please read it again from the screen.",
    "Keine Station zeigt diesen Code. Bitte lesen Sie ihn noch einmal vom Bildschirm ab.",
    "لا تعرض أي محطة هذا الرمز. يُرجى قراءته مرة أخرى من الشاشة.",
)
CODE_EXPIRED = Sentence(
    "This code is no longer valid. The station shows a new one when it is paired again.",
    "Dieser Code gilt nicht mehr. Die Station zeigt einen neuen, wenn sie erneut gekoppelt wird.",
    "لم يعد هذا الرمز صالحًا. تعرض المحطة رمزًا جديدًا عند إقرانها مرة أخرى.",
)
PAIR_AGAIN = Sentence(
    "The server does not know this station any more. Please tell a member of staff.",
    "Der Server kennt diese Station nicht mehr. Bitte sagen Sie dem Personal Bescheid.",
    "لم يعد الخادم يعرف هذه المحطة. يُرجى إبلاغ أحد الموظفين.",
)
NOBODY_MATCHED = Sentence(
    "This check-in belongs to nobody, so there is nothing to take back.",
    "Dieser Check-in gehört niemandem, es gibt also nichts zurückzunehmen.",
    "تسجيل الحضور هذا لا يعود لأحد، فلا يوجد ما يمكن التراجع عنه.",
)
SOMEBODY_MATCHED = Sentence(
    "This check-in belongs to somebody. Say first that it is not them.",
    "Dieser Check-in gehört jemandem. Sagen Sie zuerst, dass es nicht diese Person ist.",
    "تسجيل الحضور هذا يعود لشخص ما. أكِّد أولًا أنه ليس هذا الشخص.",
)
POLICY_IMPOSSIBLE = Sentence(
    "This cannot be set. Please choose a value within the limits.",
    "Das lässt sich nicht einstellen. Bitte wählen Sie einen Wert innerhalb der Grenzen.",
    "لا يمكن ضبط هذه القيمة. يُرجى اختيار قيمة ضمن الحدود.",
)
