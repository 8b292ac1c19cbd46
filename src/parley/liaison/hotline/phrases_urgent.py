"""Phrases 101 to 199: stop, distress, danger, keep clear; and the answers to them."""

from __future__ import annotations

from parley.liaison.hotline.phrase import phrase

URGENT = (
    phrase(
        101,
        "All fire is to cease at once, everywhere.",
        (151, 903),
        en=("Stop. Cease fire now, all units.", "Стоп. Сиз файр нау, олл юнитс."),
        ru=(
            "Стоп. Всем подразделениям: немедленно прекратить огонь.",
            "Stop. Vsem podrazdeleniyam: nemedlenno prekratit ogon.",
        ),
        he=("עצור. חדל אש מייד, לכל היחידות.", "Atzor. Hadal esh miyad, lekhol hayekhidot."),
        ar=(
            "قف. أوقفوا إطلاق النار فورًا، جميع الوحدات.",
            "Qif. Awqifu itlaq an-nar fawran, jami' al-wahdat.",
        ),
        fr="Halte. Cessez le feu immédiatement, toutes les unités.",
    ),
    phrase(
        102,
        "An activity of the other side near a place is to stop at once.",
        (151, 903),
        en=("Stop your activity near {place} now.", "Стоп ёр эктивити ниэр {place} нау."),
        ru=(
            "Немедленно прекратите вашу деятельность в районе {place}.",
            "Nemedlenno prekratite vashu deyatelnost v rayone {place}.",
        ),
        he=(
            "נא להפסיק מייד את הפעילות שלכם באזור {place}.",
            "Na lehafsik miyad et hape'ilut shelakhem be'ezor {place}.",
        ),
        ar=("أوقفوا فورًا نشاطكم قرب {place}.", "Awqifu fawran nashatakum qurb {place}."),
        fr="Cessez immédiatement votre activité près de {place}.",
    ),
    phrase(
        103,
        "No fire is to be opened near a place until a time.",
        (152, 903),
        en=("Hold fire near {place} until {time}.", "Холд файр ниэр {place} антил {time}."),
        ru=(
            "Не открывать огонь в районе {place} до {time}.",
            "Ne otkryvat ogon v rayone {place} do {time}.",
        ),
        he=("נצרו אש באזור {place} עד {time}.", "Nitzru esh be'ezor {place} ad {time}."),
        ar=(
            "لا تطلقوا النار قرب {place} حتى {time}.",
            "La tutliqu an-nar qurb {place} hatta {time}.",
        ),
        fr="Ne tirez pas près de {place} jusqu'à {time}.",
    ),
    phrase(
        104,
        "An aircraft is ours and is not to be fired at.",
        (152, 903),
        en=(
            "Do not fire at {callsign}. It is our aircraft.",
            "Ду нот файр эт {callsign}. Ит из ауэр эркрафт.",
        ),
        ru=(
            "Не открывать огонь по борту {callsign}. Это наш борт.",
            "Ne otkryvat ogon po bortu {callsign}. Eto nash bort.",
        ),
        he=(
            "לא לירות על {callsign}. זה כלי טיס שלנו.",
            "Lo lirot al {callsign}. Zeh kli tayis shelanu.",
        ),
        ar=(
            "لا تطلقوا النار على {callsign}. هذه طائرتنا.",
            "La tutliqu an-nar 'ala {callsign}. Hadhihi ta'iratuna.",
        ),
        fr="Ne tirez pas sur {callsign}. C'est notre aéronef.",
    ),
    phrase(
        105,
        "An aircraft of ours is in distress; so many people are on board.",
        (153,),
        en=(
            "Distress. Our aircraft {callsign} near {place} needs help. People on board: {number}.",
            "Дистресс. Ауэр эркрафт {callsign} ниэр {place} нидс хелп. Пипл он борд: {number}.",
        ),
        ru=(
            "Бедствие. Наш борт {callsign} терпит бедствие в районе {place}."
            " Людей на борту: {number}.",
            "Bedstviye. Nash bort {callsign} terpit bedstviye v rayone {place}."
            " Lyudey na bortu: {number}.",
        ),
        he=(
            "מצוקה. כלי הטיס שלנו {callsign} במצוקה באזור {place}."
            " מספר האנשים בכלי הטיס: {number}.",
            "Metzuka. Kli hatayis shelanu {callsign} bimtzuka be'ezor {place}."
            " Mispar ha'anashim bikhli hatayis: {number}.",
        ),
        ar=(
            "استغاثة. طائرتنا {callsign} في محنة قرب {place} وتحتاج إلى المساعدة."
            " عدد الأشخاص على متنها: {number}.",
            "Istighatha. Ta'iratuna {callsign} fi mihna qurb {place} wa-tahtaj ila al-musa'ada."
            " 'Adad al-ashkhas 'ala matniha: {number}.",
        ),
        fr="Détresse. Notre aéronef {callsign} est en détresse près de {place}."
        " Personnes à bord : {number}.",
    ),
    phrase(
        106,
        "An aircraft of the other side is in danger and is to be warned.",
        (153,),
        en=(
            "Your aircraft {callsign} near {place} is in danger. Warn it now.",
            "Ёр эркрафт {callsign} ниэр {place} из ин дейнджер. Уорн ит нау.",
        ),
        ru=(
            "Ваш борт {callsign} в районе {place} в опасности. Немедленно предупредите его.",
            "Vash bort {callsign} v rayone {place} v opasnosti. Nemedlenno predupredite yego.",
        ),
        he=(
            "כלי הטיס שלכם {callsign} באזור {place} בסכנה. נא להזהיר אותו מייד.",
            "Kli hatayis shelakhem {callsign} be'ezor {place} besakana. Na lehazhir oto miyad.",
        ),
        ar=(
            "طائرتكم {callsign} قرب {place} في خطر. حذروها فورًا.",
            "Ta'iratukum {callsign} qurb {place} fi khatar. Hadhdhiruha fawran.",
        ),
        fr="Votre aéronef {callsign} près de {place} est en danger. Avertissez-le immédiatement.",
    ),
    phrase(
        107,
        "The other side is to leave the area near a place by a time.",
        (152, 903),
        en=("Clear the area near {place} by {time}.", "Клиэр зи эриа ниэр {place} бай {time}."),
        ru=("Покиньте район {place} до {time}.", "Pokinte rayon {place} do {time}."),
        he=(
            "נא לפנות את אזור {place} עד {time}.",
            "Na lefanot et ezor {place} ad {time}.",
        ),
        ar=("أخلوا منطقة {place} قبل {time}.", "Akhlu mintaqat {place} qabla {time}."),
        fr="Évacuez la zone de {place} avant {time}.",
    ),
    phrase(
        108,
        "The other side is to keep out of a place, in a band of heights, until a time.",
        (152, 903),
        en=(
            "Keep clear of {place} at heights {band} until {time}.",
            "Кип клиэр ов {place} эт хайтс {band} антил {time}.",
        ),
        ru=(
            "Не входить в район {place} на высотах {band} до {time}.",
            "Ne vkhodit v rayon {place} na vysotakh {band} do {time}.",
        ),
        he=(
            "נא להתרחק מאזור {place} בגבהים {band} עד {time}.",
            "Na lehitrakhek me'ezor {place} bigvahim {band} ad {time}.",
        ),
        ar=(
            "ابتعدوا عن منطقة {place} على الارتفاعات {band} حتى {time}.",
            "Ibta'idu 'an mintaqat {place} 'ala al-irtifa'at {band} hatta {time}.",
        ),
        fr="Restez à l'écart de {place} aux altitudes {band} jusqu'à {time}.",
    ),
    phrase(
        109,
        "Search and rescue is under way near a place; keep clear until a time.",
        (152, 903),
        en=(
            "Search and rescue is under way near {place}. Keep clear until {time}.",
            "Сёрч энд рескью из андер уэй ниэр {place}. Кип клиэр антил {time}.",
        ),
        ru=(
            "В районе {place} идут поисково-спасательные работы. Не приближаться до {time}.",
            "V rayone {place} idut poiskovo-spasatelnyye raboty. Ne priblizhatsya do {time}.",
        ),
        he=(
            "פעולת חיפוש והצלה מתבצעת באזור {place}. נא להתרחק עד {time}.",
            "Pe'ulat khipus vehatzala mitbatza'at be'ezor {place}. Na lehitrakhek ad {time}.",
        ),
        ar=(
            "عملية بحث وإنقاذ جارية قرب {place}. ابتعدوا حتى {time}.",
            "'Amaliyat bahth wa-inqadh jariya qurb {place}. Ibta'idu hatta {time}.",
        ),
        fr="Recherche et sauvetage en cours près de {place}. Restez à l'écart jusqu'à {time}.",
    ),
    phrase(
        151,
        "We stop what we were asked to stop.",
        en=("We are stopping now.", "Уи ар стоппинг нау."),
        ru=("Немедленно прекращаем.", "Nemedlenno prekrashchayem."),
        he=("אנחנו מפסיקים מייד.", "Anakhnu mafsikim miyad."),
        ar=("نتوقف فورًا.", "Natawaqqaf fawran."),
        fr="Nous arrêtons immédiatement.",
    ),
    phrase(
        152,
        "We understood what we were asked, and do it.",
        en=("Understood. We comply.", "Андерстуд. Уи комплай."),
        ru=("Вас поняли. Выполняем.", "Vas ponyali. Vypolnyayem."),
        he=("הובן. אנחנו מבצעים.", "Huvan. Anakhnu mevatz'im."),
        ar=("مفهوم. سننفذ.", "Mafhum. Sanunaffidh."),
        fr="Compris. Nous exécutons.",
    ),
    phrase(
        153,
        "We understood, and tell all our units at once.",
        en=(
            "Understood. We are telling all our units now.",
            "Андерстуд. Уи ар теллинг олл ауэр юнитс нау.",
        ),
        ru=(
            "Вас поняли. Немедленно доводим до всех наших подразделений.",
            "Vas ponyali. Nemedlenno dovodim do vsekh nashikh podrazdeleniy.",
        ),
        he=(
            "הובן. אנחנו מעבירים מייד לכל היחידות שלנו.",
            "Huvan. Anakhnu ma'avirim miyad lekhol hayekhidot shelanu.",
        ),
        ar=("مفهوم. نبلغ جميع وحداتنا فورًا.", "Mafhum. Nuballigh jami' wahdatina fawran."),
        fr="Compris. Nous prévenons immédiatement toutes nos unités.",
    ),
)
