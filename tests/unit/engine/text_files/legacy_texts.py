"""Comments in the encodings that old source files are in: 23 languages or kinds of sign, three comments each."""

COMMENTS: dict[tuple[str, str], tuple[str, str, str]] = {
    ("French", "cp1252"): (
        "réinitialise le compteur à zéro",
        "la clé n'a pas été trouvée",
        "libère la mémoire allouée",
    ),
    ("German", "latin_1"): (
        "prüft, ob die Größe stimmt",
        "gibt den Schlüssel zurück",
        "nächster freier Eintrag, später löschen",
    ),
    ("Spanish", "cp1252"): (
        "inicializa el tamaño del búfer",
        "¿qué pasa si está vacío?",
        "devuelve el último año válido",
    ),
    ("Portuguese", "cp1252"): (
        "função de inicialização",
        "não há memória disponível",
        "verifica as permissões do usuário",
    ),
    ("Swedish", "latin_1"): ("räknar antalet träffar", "läs in från början", "får inte vara tomt, se nästa rad"),
    ("Polish", "cp1250"): ("zwraca wartość początkową", "błąd odczytu pliku źródłowego", "jeśli są już dane, zakończ"),
    ("Polish ISO", "iso8859_2"): ("zwraca wartość początkową", "pamięć została przydzielona", "złe hasło użytkownika"),
    ("Czech", "cp1250"): ("vrátí počet řádků", "špatně zadaný klíč", "uvolní přidělenou paměť"),
    ("Hungarian", "iso8859_2"): ("a következő elem törlése", "hibás bemenő érték", "visszaadja az első találatot"),
    ("Turkish", "iso8859_9"): ("başlangıç değerini döndürür", "geçersiz kullanıcı adı", "dosya yoksa çalışır"),
    ("Greek", "iso8859_7"): ("επιστρέφει την αρχική τιμή", "λάθος κωδικός", "έλεγχος μνήμης"),
    ("Russian", "cp1251"): ("возвращает начальное значение", "ошибка чтения файла", "проверка прав доступа"),
    ("Russian KOI8", "koi8_r"): ("возвращает начальное значение", "ошибка чтения файла", "проверка прав доступа"),
    ("Russian DOS", "cp866"): ("возвращает начальное значение", "ошибка чтения файла", "проверка прав доступа"),
    ("Hebrew", "cp1255"): ("מחזיר את הערך ההתחלתי", "שגיאה בקריאת הקובץ", "בדיקת הרשאות גישה"),
    ("Arabic", "cp1256"): ("إرجاع القيمة الأولية", "خطأ في قراءة الملف", "التحقق من صلاحيات الوصول"),
    ("Thai", "cp874"): ("คืนค่าเริ่มต้น", "อ่านไฟล์ไม่สำเร็จ", "ตรวจสอบสิทธิ์การเข้าถึง"),
    ("Chinese, simplified", "gbk"): ("初始化缓冲区", "返回结果", "检查用户权限，如果失败则退出"),
    ("Chinese, traditional", "big5"): ("初始化緩衝區", "傳回結果", "檢查使用者權限"),
    ("Japanese", "shift_jis"): ("バッファを初期化する", "結果を返す", "読み込みに失敗した場合"),
    ("Japanese EUC", "euc_jp"): ("バッファを初期化する", "結果を返す", "読み込みに失敗した場合"),
    ("Korean", "euc_kr"): ("버퍼를 초기화한다", "결과를 반환한다", "읽기에 실패한 경우"),
    ("signs", "cp1252"): ("Temp °C ± 0.5", "price in €, not £5", "the “default” isn’t used – © 2003"),
}  # fmt: skip
_CODE = "int f(int a, int b) { return a + b * 2; }\n"
_BIG = _CODE * 2200  # 90 kB: more than any sample that is taken from a file's beginning


def files(language: str, codec: str) -> dict[str, str]:
    """Four files with those comments: one line, several, early in a big file, late in one."""
    one, two, three = COMMENTS[language, codec]
    return {
        "one line": f"// {one}\n",
        "three comments": f"// {one}\nint x = 1;\n/* {two} */\n#define N 3  // {three}\n",
        "early": f"/* {two} */\n{_BIG}",
        "late": f"{_BIG}// {three}\n",
    }
