"""Phrases 201 to 399: who is where, whose aircraft it is, notices, exercises, all-clear."""

from __future__ import annotations

from parley.liaison.hotline.phrase import phrase

QUESTIONS = (
    phrase(
        201,
        "Which units are at a place?",
        (251, 252, 902),
        en=("Who is at {place}?", "Ху из эт {place}?"),
        ru=("Кто находится в точке {place}?", "Kto nakhoditsya v tochke {place}?"),
        he=("מי נמצא בנקודה {place}?", "Mi nimtza banekuda {place}?"),
        ar=("من الموجود في {place}؟", "Man al-mawjud fi {place}?"),
        fr="Qui se trouve à {place} ?",
    ),
    phrase(
        202,
        "Does an aircraft of this callsign belong to the other side?",
        (253, 254, 902),
        en=(
            "Is aircraft {callsign} near {place} yours?",
            "Из эркрафт {callsign} ниэр {place} ёрс?",
        ),
        ru=("Борт {callsign} в районе {place} ваш?", "Bort {callsign} v rayone {place} vash?"),
        he=(
            "האם כלי הטיס {callsign} באזור {place} שלכם?",
            "Ha'im kli hatayis {callsign} be'ezor {place} shelakhem?",
        ),
        ar=(
            "هل الطائرة {callsign} قرب {place} تابعة لكم؟",
            "Hal at-ta'ira {callsign} qurb {place} tabi'a lakum?",
        ),
        fr="L'aéronef {callsign} près de {place} est-il à vous ?",
    ),
    phrase(
        203,
        "Does an aircraft that nobody knows belong to the other side?",
        (253, 255, 902),
        en=(
            "An unknown aircraft is near {place} at heights {band}. Is it yours?",
            "Эн анноун эркрафт из ниэр {place} эт хайтс {band}. Из ит ёрс?",
        ),
        ru=(
            "Неизвестный борт в районе {place} на высотах {band}. Он ваш?",
            "Neizvestnyy bort v rayone {place} na vysotakh {band}. On vash?",
        ),
        he=(
            "כלי טיס לא מזוהה באזור {place} בגבהים {band}. האם הוא שלכם?",
            "Kli tayis lo mezuheh be'ezor {place} bigvahim {band}. Ha'im hu shelakhem?",
        ),
        ar=(
            "طائرة مجهولة قرب {place} على الارتفاعات {band}. هل هي تابعة لكم؟",
            "Ta'ira majhula qurb {place} 'ala al-irtifa'at {band}. Hal hiya tabi'a lakum?",
        ),
        fr="Un aéronef inconnu est près de {place} aux altitudes {band}. Est-il à vous ?",
    ),
    phrase(
        204,
        "Where is an aircraft of the other side?",
        (256, 254, 902),
        en=("Where is your aircraft {callsign}?", "Уэр из ёр эркрафт {callsign}?"),
        ru=("Где находится ваш борт {callsign}?", "Gde nakhoditsya vash bort {callsign}?"),
        he=(
            "היכן נמצא כלי הטיס שלכם {callsign}?",
            "Heikhan nimtza kli hatayis shelakhem {callsign}?",
        ),
        ar=("أين طائرتكم {callsign}؟", "Ayna ta'iratukum {callsign}?"),
        fr="Où est votre aéronef {callsign} ?",
    ),
    phrase(
        251,
        "Our units are at a place.",
        (901,),
        en=("Our units are at {place}.", "Ауэр юнитс ар эт {place}."),
        ru=(
            "В точке {place} находятся наши подразделения.",
            "V tochke {place} nakhodyatsya nashi podrazdeleniya.",
        ),
        he=(
            "היחידות שלנו נמצאות בנקודה {place}.",
            "Hayekhidot shelanu nimtza'ot banekuda {place}.",
        ),
        ar=("وحداتنا موجودة في {place}.", "Wahdatuna mawjuda fi {place}."),
        fr="Nos unités sont à {place}.",
    ),
    phrase(
        252,
        "No unit of ours is at a place.",
        (901,),
        en=("None of our units is at {place}.", "Нан ов ауэр юнитс из эт {place}."),
        ru=(
            "В точке {place} наших подразделений нет.",
            "V tochke {place} nashikh podrazdeleniy net.",
        ),
        he=("אין יחידות שלנו בנקודה {place}.", "Ein yekhidot shelanu banekuda {place}."),
        ar=("لا توجد وحدات لنا في {place}.", "La tujad wahdat lana fi {place}."),
        fr="Aucune de nos unités n'est à {place}.",
    ),
    phrase(
        253,
        "The aircraft belongs to us, and this is its callsign.",
        (901,),
        en=("Yes. {callsign} is ours.", "Йес. {callsign} из ауэрс."),
        ru=("Да. Борт {callsign} наш.", "Da. Bort {callsign} nash."),
        he=("כן. כלי הטיס {callsign} שלנו.", "Ken. Kli hatayis {callsign} shelanu."),
        ar=("نعم. الطائرة {callsign} تابعة لنا.", "Na'am. At-ta'ira {callsign} tabi'a lana."),
        fr="Oui. {callsign} est à nous.",
    ),
    phrase(
        254,
        "The aircraft of this callsign does not belong to us.",
        (901,),
        en=("No. {callsign} is not ours.", "Ноу. {callsign} из нот ауэрс."),
        ru=("Нет. Борт {callsign} не наш.", "Net. Bort {callsign} ne nash."),
        he=("לא. כלי הטיס {callsign} אינו שלנו.", "Lo. Kli hatayis {callsign} eino shelanu."),
        ar=(
            "لا. الطائرة {callsign} ليست تابعة لنا.",
            "La. At-ta'ira {callsign} laysat tabi'a lana.",
        ),
        fr="Non. {callsign} n'est pas à nous.",
    ),
    phrase(
        255,
        "The unknown aircraft does not belong to us.",
        (901,),
        en=("No. It is not ours.", "Ноу. Ит из нот ауэрс."),
        ru=("Нет. Это не наш борт.", "Net. Eto ne nash bort."),
        he=("לא. הוא אינו שלנו.", "Lo. Hu eino shelanu."),
        ar=("لا. ليست تابعة لنا.", "La. Laysat tabi'a lana."),
        fr="Non. Il n'est pas à nous.",
    ),
    phrase(
        256,
        "An aircraft of ours is at a place, in a band of heights.",
        (901,),
        en=(
            "Our aircraft {callsign} is at {place} at heights {band}.",
            "Ауэр эркрафт {callsign} из эт {place} эт хайтс {band}.",
        ),
        ru=(
            "Наш борт {callsign} находится в точке {place} на высотах {band}.",
            "Nash bort {callsign} nakhoditsya v tochke {place} na vysotakh {band}.",
        ),
        he=(
            "כלי הטיס שלנו {callsign} נמצא בנקודה {place} בגבהים {band}.",
            "Kli hatayis shelanu {callsign} nimtza banekuda {place} bigvahim {band}.",
        ),
        ar=(
            "طائرتنا {callsign} موجودة في {place} على الارتفاعات {band}.",
            "Ta'iratuna {callsign} mawjuda fi {place} 'ala al-irtifa'at {band}.",
        ),
        fr="Notre aéronef {callsign} est à {place} aux altitudes {band}.",
    ),
)

NOTICES = (
    phrase(
        301,
        "A formal notice is on its way and will be there by a time.",
        (901,),
        en=("A notice from us comes by {time}. Wait.", "Э ноутис фром ас камс бай {time}. Уэйт."),
        ru=(
            "Наше уведомление поступит до {time}. Ждите.",
            "Nashe uvedomleniye postupit do {time}. Zhdite.",
        ),
        he=(
            "הודעה רשמית מאיתנו תגיע עד {time}. נא להמתין.",
            "Hoda'a rishmit me'itanu tagi'a ad {time}. Na lehamtin.",
        ),
        ar=(
            "سيصلكم إشعار منا قبل {time}. انتظروا.",
            "Sayasilukum ish'ar minna qabla {time}. Intaziru.",
        ),
        fr="Une notification de notre part arrive avant {time}. Attendez.",
    ),
    phrase(
        302,
        "Our activity near a place is over; the area is free.",
        (901,),
        en=(
            "Our activity near {place} ended at {time}. All clear.",
            "Ауэр эктивити ниэр {place} эндед эт {time}. Олл клиэр.",
        ),
        ru=(
            "Наша деятельность в районе {place} закончена в {time}. Район свободен.",
            "Nasha deyatelnost v rayone {place} zakonchena v {time}. Rayon svoboden.",
        ),
        he=(
            "הפעילות שלנו באזור {place} הסתיימה בשעה {time}. האזור פנוי.",
            "Hape'ilut shelanu be'ezor {place} histayma besha'a {time}. Ha'ezor panuy.",
        ),
        ar=(
            "انتهى نشاطنا قرب {place} في الساعة {time}. المنطقة آمنة.",
            "Intaha nashatuna qurb {place} fi as-sa'a {time}. Al-mintaqa amina.",
        ),
        fr="Notre activité près de {place} a pris fin à {time}. La zone est libre.",
    ),
    phrase(
        303,
        "Everything that follows is an exercise, until its end is said.",
        (901,),
        en=(
            "Exercise, exercise, exercise. What follows is not real.",
            "Эксерсайз, эксерсайз, эксерсайз. Уот фоллоуз из нот риал.",
        ),
        ru=(
            "Учения, учения, учения. Всё дальнейшее - учебное.",
            "Ucheniya, ucheniya, ucheniya. Vsyo dalneysheye - uchebnoye.",
        ),
        he=(
            "תרגיל, תרגיל, תרגיל. כל מה שייאמר מעתה הוא תרגיל.",
            "Targil, targil, targil. Kol ma sheye'amer me'ata hu targil.",
        ),
        ar=(
            "تمرين، تمرين، تمرين. كل ما يلي ليس حقيقيًا.",
            "Tamrin, tamrin, tamrin. Kull ma yali laysa haqiqiyyan.",
        ),
        fr="Exercice, exercice, exercice. Ce qui suit n'est pas réel.",
    ),
    phrase(
        304,
        "The exercise is over: everything that follows is real.",
        (901,),
        en=("End of exercise. What follows is real.", "Энд ов эксерсайз. Уот фоллоуз из риал."),
        ru=(
            "Учения окончены. Всё дальнейшее - не учебное.",
            "Ucheniya okoncheny. Vsyo dalneysheye - ne uchebnoye.",
        ),
        he=(
            "סוף תרגיל. כל מה שייאמר מעתה הוא אמת.",
            "Sof targil. Kol ma sheye'amer me'ata hu emet.",
        ),
        ar=("انتهى التمرين. كل ما يلي حقيقي.", "Intaha at-tamrin. Kull ma yali haqiqi."),
        fr="Fin d'exercice. Ce qui suit est réel.",
    ),
    phrase(
        305,
        "Search and rescue near a place is over.",
        (901,),
        en=(
            "Search and rescue near {place} ended at {time}.",
            "Сёрч энд рескью ниэр {place} эндед эт {time}.",
        ),
        ru=(
            "Поисково-спасательные работы в районе {place} закончены в {time}.",
            "Poiskovo-spasatelnyye raboty v rayone {place} zakoncheny v {time}.",
        ),
        he=(
            "פעולת החיפוש וההצלה באזור {place} הסתיימה בשעה {time}.",
            "Pe'ulat hakhipus vehahatzala be'ezor {place} histayma besha'a {time}.",
        ),
        ar=(
            "انتهت عملية البحث والإنقاذ قرب {place} في الساعة {time}.",
            "Intahat 'amaliyat al-bahth wal-inqadh qurb {place} fi as-sa'a {time}.",
        ),
        fr="La recherche et le sauvetage près de {place} ont pris fin à {time}.",
    ),
    phrase(
        306,
        "The other side is asked for a formal notice of its activity near a place.",
        (301, 903, 902),
        en=(
            "Send a notice of your activity near {place}.",
            "Сенд э ноутис ов ёр эктивити ниэр {place}.",
        ),
        ru=(
            "Направьте уведомление о вашей деятельности в районе {place}.",
            "Napravte uvedomleniye o vashey deyatelnosti v rayone {place}.",
        ),
        he=(
            "נא לשלוח הודעה רשמית על הפעילות שלכם באזור {place}.",
            "Na lishloakh hoda'a rishmit al hape'ilut shelakhem be'ezor {place}.",
        ),
        ar=("أرسلوا إشعارًا بنشاطكم قرب {place}.", "Arsilu ish'aran bi-nashatikum qurb {place}."),
        fr="Envoyez une notification de votre activité près de {place}.",
    ),
)
