"""Phrases 401 to 999: the line itself, and the words that every exchange needs."""

from __future__ import annotations

from parley.liaison.hotline.phrase import phrase

LINE = (
    phrase(
        401,
        "A test of the line.",
        (451, 452),
        en=("Line test. How do you hear me?", "Лайн тест. Хау ду ю хиэр ми?"),
        ru=("Проверка связи. Как меня слышите?", "Proverka svyazi. Kak menya slyshite?"),
        he=("בדיקת קשר. איך שומעים אותי?", "Bdikat kesher. Eikh shom'im oti?"),
        ar=("اختبار الخط. كيف تسمعونني؟", "Ikhtibar al-khatt. Kayfa tasma'unani?"),
        fr="Essai de ligne. Comment me recevez-vous ?",
    ),
    phrase(
        402,
        "Nobody answered so far.",
        (451, 452),
        en=("Do you hear me? Answer.", "Ду ю хиэр ми? Ансер."),
        ru=("Вы меня слышите? Ответьте.", "Vy menya slyshite? Otvette."),
        he=("האם שומעים אותי? נא לענות.", "Ha'im shom'im oti? Na la'anot."),
        ar=("هل تسمعونني؟ أجيبوا.", "Hal tasma'unani? Ajibu."),
        fr="M'entendez-vous ? Répondez.",
    ),
    phrase(
        403,
        "The last message was not understood and is to be said again.",
        en=("Say again.", "Сэй эгейн."),
        ru=("Повторите.", "Povtorite."),
        he=("נא לומר שוב.", "Na lomar shuv."),
        ar=("أعيدوا الكلام.", "A'idu al-kalam."),
        fr="Répétez.",
    ),
    phrase(
        404,
        "The last message is to be read back, to see that it was understood.",
        en=("Read back my message.", "Рид бэк май мессидж."),
        ru=("Повторите моё сообщение для проверки.", "Povtorite moyo soobshcheniye dlya proverki."),
        he=("נא להקריא בחזרה את ההודעה שלי.", "Na lehakri bakhazara et hahoda'a sheli."),
        ar=("كرروا رسالتي للتحقق.", "Karriru risalati lit-tahaqquq."),
        fr="Collationnez mon message.",
    ),
    phrase(
        405,
        "We go to another channel at a time.",
        (453, 903),
        en=(
            "We change to channel {channel} at {time}.",
            "Уи чейндж ту чэннел {channel} эт {time}.",
        ),
        ru=("Переходим на канал {channel} в {time}.", "Perekhodim na kanal {channel} v {time}."),
        he=("עוברים לערוץ {channel} בשעה {time}.", "Ovrim le'arutz {channel} besha'a {time}."),
        ar=(
            "ننتقل إلى القناة {channel} في الساعة {time}.",
            "Nantaqil ila al-qanat {channel} fi as-sa'a {time}.",
        ),
        fr="Nous passons sur le canal {channel} à {time}.",
    ),
    phrase(
        406,
        "This line works badly; another channel is to be used beside it.",
        (453, 903),
        en=(
            "This line is bad. Use channel {channel} as well.",
            "Зис лайн из бэд. Юз чэннел {channel} эз уэлл.",
        ),
        ru=(
            "Связь на этой линии плохая. Используйте также канал {channel}.",
            "Svyaz na etoy linii plokhaya. Ispolzuyte takzhe kanal {channel}.",
        ),
        he=(
            "הקו הזה משובש. נא להשתמש גם בערוץ {channel}.",
            "Hakav hazeh meshubash. Na lehishtamesh gam be'arutz {channel}.",
        ),
        ar=(
            "هذا الخط ضعيف. استخدموا القناة {channel} أيضًا.",
            "Hadha al-khatt da'if. Istakhdimu al-qanat {channel} aydan.",
        ),
        fr="Cette ligne est dégradée. Utilisez aussi le canal {channel}.",
    ),
    phrase(
        407,
        "This line will not work from a time on; another channel takes its place.",
        (453, 903),
        en=(
            "This line is out from {time}. Use channel {channel}.",
            "Зис лайн из аут фром {time}. Юз чэннел {channel}.",
        ),
        ru=(
            "Эта линия не работает с {time}. Используйте канал {channel}.",
            "Eta liniya ne rabotayet s {time}. Ispolzuyte kanal {channel}.",
        ),
        he=(
            "הקו הזה אינו פועל משעה {time}. נא להשתמש בערוץ {channel}.",
            "Hakav hazeh eino po'el misha'a {time}. Na lehishtamesh be'arutz {channel}.",
        ),
        ar=(
            "هذا الخط متوقف من الساعة {time}. استخدموا القناة {channel}.",
            "Hadha al-khatt mutawaqqif min as-sa'a {time}. Istakhdimu al-qanat {channel}.",
        ),
        fr="Cette ligne est coupée à partir de {time}. Utilisez le canal {channel}.",
    ),
    phrase(
        408,
        "This line works again, and is tested.",
        (451, 452),
        en=(
            "This line works again. How do you hear me?",
            "Зис лайн уоркс эгейн. Хау ду ю хиэр ми?",
        ),
        ru=(
            "Эта линия снова работает. Как меня слышите?",
            "Eta liniya snova rabotayet. Kak menya slyshite?",
        ),
        he=("הקו הזה פועל שוב. איך שומעים אותי?", "Hakav hazeh po'el shuv. Eikh shom'im oti?"),
        ar=(
            "هذا الخط يعمل مجددًا. كيف تسمعونني؟",
            "Hadha al-khatt ya'mal mujaddadan. Kayfa tasma'unani?",
        ),
        fr="Cette ligne fonctionne de nouveau. Comment me recevez-vous ?",
    ),
    phrase(
        451,
        "The line is good.",
        en=("I hear you well.", "Ай хиэр ю уэлл."),
        ru=("Слышу вас хорошо.", "Slyshu vas khorosho."),
        he=("שומעים אתכם היטב.", "Shom'im etkhem heitev."),
        ar=("نسمعكم جيدًا.", "Nasma'ukum jayyidan."),
        fr="Je vous reçois bien.",
    ),
    phrase(
        452,
        "The line is bad.",
        en=("I hear you badly.", "Ай хиэр ю бэдли."),
        ru=("Слышу вас плохо.", "Slyshu vas plokho."),
        he=("שומעים אתכם בקושי.", "Shom'im etkhem bekoshi."),
        ar=("نسمعكم بصعوبة.", "Nasma'ukum bi-su'uba."),
        fr="Je vous reçois mal.",
    ),
    phrase(
        453,
        "We go to the channel that was named.",
        en=(
            "Understood. We go to channel {channel}.",
            "Андерстуд. Уи гоу ту чэннел {channel}.",
        ),
        ru=(
            "Вас поняли. Переходим на канал {channel}.",
            "Vas ponyali. Perekhodim na kanal {channel}.",
        ),
        he=("הובן. עוברים לערוץ {channel}.", "Huvan. Ovrim le'arutz {channel}."),
        ar=("مفهوم. ننتقل إلى القناة {channel}.", "Mafhum. Nantaqil ila al-qanat {channel}."),
        fr="Compris. Nous passons sur le canal {channel}.",
    ),
)

GENERAL = (
    phrase(
        901,
        "The message came and was understood; it says nothing about doing it.",
        en=("Roger.", "Роджер."),
        ru=("Вас поняли.", "Vas ponyali."),
        he=("קיבלנו.", "Kibalnu."),
        ar=("عُلِم.", "'Ulim."),
        fr="Reçu.",
    ),
    phrase(
        902,
        "An answer comes by a time.",
        (901,),
        en=("Wait. We answer by {time}.", "Уэйт. Уи ансер бай {time}."),
        ru=("Ждите. Ответим до {time}.", "Zhdite. Otvetim do {time}."),
        he=("נא להמתין. נענה עד {time}.", "Na lehamtin. Na'aneh ad {time}."),
        ar=("انتظروا. سنجيب قبل {time}.", "Intaziru. Sanujib qabla {time}."),
        fr="Attendez. Nous répondons avant {time}.",
    ),
    phrase(
        903,
        "We cannot do what was asked.",
        (901,),
        en=("Unable.", "Анэйбл."),
        ru=("Выполнить не можем.", "Vypolnit ne mozhem."),
        he=("איננו יכולים לבצע.", "Einenu yekholim levatze'a."),
        ar=("لا يمكننا التنفيذ.", "La yumkinuna at-tanfidh."),
        fr="Impossible.",
    ),
    phrase(
        904,
        "The read-back was right.",
        en=("Correct.", "Коррект."),
        ru=("Правильно.", "Pravilno."),
        he=("נכון.", "Nakhon."),
        ar=("صحيح.", "Sahih."),
        fr="Correct.",
    ),
    phrase(
        905,
        "The read-back was wrong and is to be given again.",
        en=("Wrong. Read back again.", "Ронг. Рид бэк эгейн."),
        ru=("Неправильно. Повторите ещё раз.", "Nepravilno. Povtorite yeshchyo raz."),
        he=("לא נכון. נא להקריא שוב בחזרה.", "Lo nakhon. Na lehakri shuv bakhazara."),
        ar=("خطأ. كرروا مرة أخرى.", "Khata'. Karriru marra ukhra."),
        fr="Faux. Collationnez de nouveau.",
    ),
    phrase(
        906,
        "The last message does not count.",
        (901,),
        en=("Disregard my last message.", "Дисрегард май ласт мессидж."),
        ru=("Моё последнее сообщение не учитывать.", "Moyo posledneye soobshcheniye ne uchityvat."),
        he=("נא להתעלם מההודעה האחרונה שלי.", "Na lehit'alem mehahoda'a ha'akharona sheli."),
        ar=("تجاهلوا رسالتي الأخيرة.", "Tajahalu risalati al-akhira."),
        fr="Ne tenez pas compte de mon dernier message.",
    ),
)
