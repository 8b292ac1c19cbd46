"""The few words of the telephone script in each language. Short, plain, no idiom.

Digits are said one by one: English as ICAO Annex 10, volume II, 5.2.1.4.3 pronounces them, the
other languages by their own names of the digits. Letters are spelled by the ICAO alphabet.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from parley.errors import InputError
from parley.wire.refusals import shown

ALPHABET = (
    "ALFA BRAVO CHARLIE DELTA ECHO FOXTROT GOLF HOTEL INDIA JULIETT KILO LIMA MIKE NOVEMBER OSCAR"
    " PAPA QUEBEC ROMEO SIERRA TANGO UNIFORM VICTOR WHISKEY X-RAY YANKEE ZULU"
)
LETTERS: Mapping[str, str] = {word[0].lower(): word for word in ALPHABET.split()}


@dataclass(frozen=True, slots=True)
class Tongue:
    """Words of one language; {…} are filled in. comma: what parts a list in it."""

    name: str
    rtl: bool
    digits: tuple[str, ...]
    signs: Mapping[str, str]
    comma: str
    sides: Mapping[str, str]
    opening: str
    exercise: str
    real: str
    notice: str
    activity: str
    place: str
    no_place: str
    circle: str
    corridor: str
    polygon: str
    point: str
    aircraft: str
    several: str
    heights: str
    time_from: str
    time_to: str
    local: str
    reply: str
    draft: str
    degrees: str
    minutes: str
    seconds: str


_EN = Tongue(
    "English",
    False,
    ("ZE-RO", "WUN", "TOO", "TREE", "FOW-ER", "FIFE", "SIX", "SEV-EN", "AIT", "NIN-ER"),
    {"-": "DASH", ".": "DOT", "_": "UNDERSCORE", "minus": "MINUS"},
    ", ",
    {"N": "north", "S": "south", "E": "east", "W": "west"},
    "This is {party}, duty role {role}.",
    "Exercise, exercise, exercise.",
    "This is real. It is not an exercise.",
    "Notice {item}, version {version}.",
    "Activity: {title}.",
    "Place: {place}.",
    "There is no named place. Take the coordinates.",
    "Area {n}: a circle, radius {size} metres, centre {points}.",
    "Area {n}: a corridor, {size} metres to each side of the line through {count} points:"
    " {points}.",
    "Area {n}: inside {count} points: {points}.",
    "point {n}",
    "Our own aircraft are in this area.",
    "This area holds {count} areas of the notice.",
    "Heights above the W G S eighty-four ellipsoid: from {floor_m} metres to {ceiling_m} metres."
    " In feet: from {floor_ft} to {ceiling_ft}.",
    "From: day {day}, month {month}, year {year}, time {time} ZULU.",
    "Until: day {day}, month {month}, year {year}, time {time} ZULU.",
    "Local time {zone}: day {day}, {time}.",
    "Read back {numbers}. Then answer: accepted, objected, or unable.",
    "This is a draft. It is not released. Do not act on it.",
    "degrees",
    "minutes",
    "seconds",
)
_RU = Tongue(
    "Русский",
    False,
    ("ноль", "один", "два", "три", "четыре", "пять", "шесть", "семь", "восемь", "девять"),
    {"-": "дефис", ".": "точка", "_": "подчёркивание", "minus": "минус"},
    ", ",
    {
        "N": "северной широты",
        "S": "южной широты",
        "E": "восточной долготы",
        "W": "западной долготы",
    },
    "Говорит {party}, дежурный: {role}.",
    "Учение, учение, учение.",
    "Это не учение.",
    "Уведомление {item}, версия {version}.",
    "Деятельность: {title}.",
    "Место: {place}.",
    "Названия места нет. Принимайте координаты.",
    "Район {n}: круг, радиус {size} метров, центр {points}.",
    "Район {n}: коридор, по {size} метров в каждую сторону от линии через точки"
    " (всего {count}): {points}.",
    "Район {n}: внутри точек (всего {count}): {points}.",
    "точка {n}",
    "В этом районе находятся наши самолёты.",
    "Этот район включает районы уведомления (всего {count}).",
    "Высоты над эллипсоидом ВГС восемьдесят четыре: от {floor_m} метров до {ceiling_m} метров."
    " В футах: от {floor_ft} до {ceiling_ft}.",
    "Начало: число {day}, месяц {month}, год {year}, время {time} по Гринвичу.",
    "Окончание: число {day}, месяц {month}, год {year}, время {time} по Гринвичу.",
    "Местное время {zone}: число {day}, {time}.",
    "Повторите пункты {numbers}. Затем ответьте: согласны, возражаем или не можем.",
    "Это проект. Он не утверждён. Не действуйте по нему.",
    "градусов",
    "минут",
    "секунд",
)
_HE = Tongue(
    "עברית",
    True,
    ("אפס", "אחת", "שתיים", "שלוש", "ארבע", "חמש", "שש", "שבע", "שמונה", "תשע"),
    {"-": "מקף", ".": "נקודה", "_": "קו תחתון", "minus": "מינוס"},
    ", ",
    {"N": "צפון", "S": "דרום", "E": "מזרח", "W": "מערב"},
    "כאן {party}, תורן: {role}.",
    "תרגיל, תרגיל, תרגיל.",
    "זה אינו תרגיל.",
    "הודעה {item}, גרסה {version}.",
    "פעילות: {title}.",
    "מקום: {place}.",
    "אין שם למקום. רשמו את הקואורדינטות.",
    "אזור {n}: עיגול, רדיוס {size} מטר, מרכז {points}.",
    "אזור {n}: מסדרון, {size} מטר לכל צד של הקו דרך {count} נקודות: {points}.",
    "אזור {n}: בתוך {count} נקודות: {points}.",
    "נקודה {n}",
    "כלי הטיס שלנו נמצאים באזור זה.",
    "אזור זה כולל {count} אזורים מההודעה.",
    "גבהים מעל האליפסואיד: מ־{floor_m} מטר עד {ceiling_m} מטר. ברגל: מ־{floor_ft} עד {ceiling_ft}.",
    "מתי מתחיל: יום {day}, חודש {month}, שנה {year}, שעה {time} זולו.",
    "מתי מסתיים: יום {day}, חודש {month}, שנה {year}, שעה {time} זולו.",
    "שעה מקומית {zone}: יום {day}, {time}.",
    "חזרו על סעיפים {numbers}. אחר כך ענו: מסכימים, מתנגדים או לא יכולים.",
    "זו טיוטה. היא לא אושרה. אין לפעול לפיה.",
    "מעלות",
    "דקות",
    "שניות",
)
_AR = Tongue(
    "العربية",
    True,
    ("صفر", "واحد", "اثنان", "ثلاثة", "أربعة", "خمسة", "ستة", "سبعة", "ثمانية", "تسعة"),
    {"-": "شرطة", ".": "نقطة", "_": "شرطة سفلية", "minus": "ناقص"},
    "، ",
    {"N": "شمالًا", "S": "جنوبًا", "E": "شرقًا", "W": "غربًا"},
    "هنا {party}، المناوب: {role}.",
    "تمرين، تمرين، تمرين.",
    "هذا ليس تمرينًا.",
    "الإشعار {item}، النسخة {version}.",
    "النشاط: {title}.",
    "المكان: {place}.",
    "لا يوجد اسم للمكان. سجلوا الإحداثيات.",
    "المنطقة {n}: دائرة، نصف قطرها {size} متر، مركزها {points}.",
    "المنطقة {n}: ممر، {size} متر على كل جانب من الخط عبر النقاط، عددها {count}: {points}.",
    "المنطقة {n}: داخل النقاط، عددها {count}: {points}.",
    "النقطة {n}",
    "طائراتنا موجودة في هذه المنطقة.",
    "تشمل هذه المنطقة مناطق من الإشعار، عددها {count}.",
    "الارتفاعات فوق الإهليلج: من {floor_m} متر إلى {ceiling_m} متر."
    " بالقدم: من {floor_ft} إلى {ceiling_ft}.",
    "من: اليوم {day}، الشهر {month}، السنة {year}، الساعة {time} زولو.",
    "حتى: اليوم {day}، الشهر {month}، السنة {year}، الساعة {time} زولو.",
    "التوقيت المحلي {zone}: اليوم {day}، {time}.",
    "كرروا البنود {numbers}. ثم أجيبوا: موافقون أو معترضون أو غير قادرين.",
    "هذه مسودة. لم تُعتمد بعد. لا تتصرفوا بناءً عليها.",
    "درجة",
    "دقيقة",
    "ثانية",
)
TONGUES: Mapping[str, Tongue] = {"en": _EN, "ru": _RU, "he": _HE, "ar": _AR}


def tongue_of(language: str) -> Tongue:
    """InputError: no script in that language."""
    found = TONGUES.get(language)
    if found is None:
        raise InputError(
            f"there is no script in {shown(language)}",
            right=f"one of {', '.join(TONGUES)}",
            where="lang",
        )
    return found


def digits(tongue: Tongue, text: str) -> str:
    """Digits said one by one: "1840" as ``WUN AIT FOW-ER ZE-RO``; a minus in front is said."""
    said = [tongue.signs["minus"]] if text.startswith("-") else []
    said += [tongue.digits[int(c)] for c in text.removeprefix("-")]
    return " ".join(said)


def spelled(tongue: Tongue, text: str) -> str:
    """An id sign by sign: "il-1" as ``INDIA LIMA DASH WUN``."""
    said = []
    for sign in text.lower():
        if sign.isascii() and sign.isdigit():
            said.append(tongue.digits[int(sign)])
        else:
            said.append(LETTERS.get(sign) or tongue.signs.get(sign) or sign)
    return " ".join(said)
