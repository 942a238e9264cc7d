/* magic.c: what bytes are, by their beginning. */
#include "mail/magic.h"

struct mark {
    size_t at;
    str bytes;
    enum magic magic;
};

/* In the order in which they are tried; a longer one before its beginning. */
static const struct mark marks[] = {
    {0, STR("%PDF-"), MAGIC_PDF},
    {0, STR("PK\x03\x04"), MAGIC_ZIP},
    {0, STR("PK\x05\x06"), MAGIC_ZIP},
    {0, STR("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), MAGIC_OLE},
    {0, STR("{\\rt"), MAGIC_RTF}, /* Word takes it without the rest */
    {0, STR("\xe4\x52\x5c\x7b\x8c\xd8\xa7\x4d\xae\xb1\x53\x78\xd0\x29\x96\xd3"), MAGIC_ONENOTE},
    {0, STR("%!PS"), MAGIC_POSTSCRIPT},
    {0, STR("ITSF\x03"), MAGIC_CHM},
    {0, STR("MZ"), MAGIC_EXE},
    {0, STR("ZM"), MAGIC_EXE},
    {0,
     STR("\x7f"
         "ELF"),
     MAGIC_ELF},
    {0, STR("\xfe\xed\xfa\xce"), MAGIC_MACHO},
    {0, STR("\xfe\xed\xfa\xcf"), MAGIC_MACHO},
    {0, STR("\xce\xfa\xed\xfe"), MAGIC_MACHO},
    {0, STR("\xcf\xfa\xed\xfe"), MAGIC_MACHO},
    {0, STR("\xca\xfe\xba\xbe\0\0\0\x02"), MAGIC_MACHO},
    {0, STR("\xca\xfe\xba\xbe"), MAGIC_CLASS},
    {0, STR("L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F"), MAGIC_LNK},
    {0, STR("bplist00"), MAGIC_WEBLOC},
    {0, STR("#!/"), MAGIC_SHELL},
    {0, STR("#! /"), MAGIC_SHELL},
    {0, STR("\x78\x9f\x3e\x22"), MAGIC_TNEF},
    {0, STR("Rar!\x1a\x07"), MAGIC_RAR},
    {0, STR("7z\xbc\xaf\x27\x1c"), MAGIC_SEVEN_ZIP},
    {0, STR("\x1f\x8b\x08"), MAGIC_GZIP},
    {0, STR("BZh"), MAGIC_BZIP2},
    {0,
     STR("\xfd"
         "7zXZ\0"),
     MAGIC_XZ},
    {0, STR("\x28\xb5\x2f\xfd"), MAGIC_ZSTD},
    {2, STR("-lh"), MAGIC_LZH},
    {7, STR("**ACE**"), MAGIC_ACE},
    {0, STR("\x60\xea"), MAGIC_ARJ},
    {0, STR("MSCF\0\0\0\0"), MAGIC_CAB},
    {257, STR("ustar"), MAGIC_TAR},
    {32769, STR("CD001"), MAGIC_ISO},
    {32769, STR("BEA01"), MAGIC_UDF},
    {34817, STR("NSR0"), MAGIC_UDF},
    {0, STR("conectix"), MAGIC_VHD},
    {0, STR("vhdxfile"), MAGIC_VHD},
    {0, STR("\x89PNG\r\n\x1a\n"), MAGIC_PNG},
    {0, STR("\xff\xd8\xff"), MAGIC_JPEG},
    {0, STR("GIF8"), MAGIC_GIF},
    {8, STR("WEBPVP8"), MAGIC_WEBP},
    {8, STR("WAVEfmt"), MAGIC_WAV},
    {0, STR("BM"), MAGIC_BMP},
    {0, STR("II*\0"), MAGIC_TIFF},
    {0, STR("MM\0*"), MAGIC_TIFF},
    {0, STR("\0\0\x01\0"), MAGIC_ICO},
    {4, STR("ftyphei"), MAGIC_HEIF},
    {4, STR("ftypmif"), MAGIC_HEIF},
    {4, STR("ftyp"), MAGIC_MP4},
    {0, STR("ID3"), MAGIC_MP3},
    {0, STR("OggS"), MAGIC_OGG},
    {0, STR("-----BEGIN PGP "), MAGIC_PGP},
    {0, STR("-----BEGIN PKCS7"), MAGIC_PKCS7},
    {0, STR("SQLite format 3\0"), MAGIC_SQLITE},
};

/* How text begins, in lower case, behind white space and a byte order mark. */
static const struct mark texts[] = {
    {0, STR("<!doctype html"), MAGIC_HTML},
    {0, STR("<html"), MAGIC_HTML},
    {0, STR("<head"), MAGIC_HTML},
    {0, STR("<body"), MAGIC_HTML},
    {0, STR("<script"), MAGIC_HTML},
    {0, STR("<iframe"), MAGIC_HTML},
    {0, STR("<meta "), MAGIC_HTML},
    {0, STR("<title"), MAGIC_HTML},
    {0, STR("<table"), MAGIC_HTML},
    {0, STR("<div"), MAGIC_HTML},
    {0, STR("<style"), MAGIC_HTML},
    {0, STR("<a href"), MAGIC_HTML},
    {0, STR("<form"), MAGIC_HTML},
    {0, STR("<center"), MAGIC_HTML},
    {0, STR("<svg"), MAGIC_SVG},
    {0, STR("<!doctype svg"), MAGIC_SVG},
    {0, STR("<hta:"), MAGIC_HTA},
    {0, STR("<job"), MAGIC_WSF},
    {0, STR("<package>"), MAGIC_WSF},
    {0, STR("<?xml"), MAGIC_XML},
    {0, STR("begin:vcalendar"), MAGIC_ICS},
    {0, STR("begin:vcard"), MAGIC_VCARD},
    {0, STR("{\\rt"), MAGIC_RTF},
    {0, STR("[internetshortcut]"), MAGIC_URL},
    {0, STR("[desktop entry]"), MAGIC_DESKTOP},
    {0, STR("@echo off"), MAGIC_BATCH},
    {0, STR("#!"), MAGIC_SHELL},
    {0, STR("%pdf-"), MAGIC_PDF},
};

enum { TEXT_LOOKED_AT = 1024, PDF_WITHIN = 1024 };

/* Short marks could be the beginning of a text: what follows must not be. */
static bool confirms(str bytes, enum magic magic)
{
    switch ((int)magic) {
    case MAGIC_EXE:
        return str_find(str_sub(bytes, 0, 64), '\0') < str_sub(bytes, 0, 64).n;
    case MAGIC_BMP:
        return bytes.n > 18 && bytes.p[15] == 0 && bytes.p[16] == 0 && bytes.p[17] == 0;
    case MAGIC_BZIP2:
        return bytes.n > 4 && bytes.p[3] >= '1' && bytes.p[3] <= '9' && bytes.p[4] == '1';
    case MAGIC_LZH:
        return bytes.n > 6 && bytes.p[6] == '-';
    case MAGIC_MP3:
        return bytes.n > 3 && bytes.p[3] < ' ';
    default:
        return true;
    }
}

static enum magic find_mark(str bytes)
{
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (str_starts(str_skip(bytes, marks[i].at), marks[i].bytes) && confirms(bytes, marks[i].magic))
            return marks[i].magic;
    return MAGIC_UNKNOWN;
}

/* The name of the first member says what kind of zip it is (and it may stand behind others). */
static enum magic kind_of_zip(str bytes)
{
    static const struct {
        str member;
        enum magic magic;
    } members[] = {
        {STR("[Content_Types].xml"), MAGIC_OOXML},
        {STR("_rels/"), MAGIC_OOXML},
        {STR("word/"), MAGIC_OOXML},
        {STR("xl/"), MAGIC_OOXML},
        {STR("ppt/"), MAGIC_OOXML},
        {STR("docProps/"), MAGIC_OOXML},
        {STR("META-INF/"), MAGIC_JAR},
        {STR("AndroidManifest.xml"), MAGIC_JAR},
        {STR("mimetypeapplication/vnd.oasis"), MAGIC_ODF},
        {STR("mimetypeapplication/vnd.sun"), MAGIC_ODF},
    };
    str name = str_skip(bytes, 30); /* behind the local header */

    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++)
        if (str_starts(name, members[i].member))
            return members[i].magic;
    return MAGIC_ZIP;
}

static bool holds(const char *lower, size_t n, str word)
{
    return str_find_str((str){lower, n}, word) < n;
}

/* What stands further behind decides between kinds of markup. */
static enum magic kind_of_markup(enum magic magic, const char *lower, size_t n)
{
    if (magic == MAGIC_XML && holds(lower, n, S("<svg")))
        return MAGIC_SVG;
    if (magic == MAGIC_XML && holds(lower, n, S("<html")))
        return MAGIC_HTML;
    if (magic == MAGIC_XML && holds(lower, n, S("<key>url</key>")))
        return MAGIC_WEBLOC;
    if (magic == MAGIC_HTML && holds(lower, n, S("<hta:application")))
        return MAGIC_HTA;
    return magic;
}

/* A mail begins with fields, of which one is known to stand at its beginning. */
static bool is_mail(const char *lower, size_t n)
{
    static const str first[] = {
        STR("received: "),   STR("return-path: "),  STR("from: "),         STR("date: "), STR("subject: "),
        STR("message-id: "), STR("delivered-to: "), STR("mime-version: "), STR("to: "),   STR("x-")};
    str text = {lower, n};
    bool begins = false;

    for (size_t i = 0; i < sizeof(first) / sizeof(first[0]); i++)
        begins |= str_starts(text, first[i]);
    return begins && holds(lower, n, S("\nfrom: ")) + str_starts(text, S("from: ")) +
                             holds(lower, n, S("\nsubject: ")) + str_starts(text, S("subject: ")) >
                         1;
}

static enum magic find_text(str bytes)
{
    char lower[TEXT_LOOKED_AT];
    size_t n = 0;

    if (str_starts(bytes, S("\xef\xbb\xbf")))
        bytes = str_skip(bytes, 3);
    while (bytes.n && (ascii_is_space(bytes.p[0]) || bytes.p[0] == '\f'))
        bytes = str_skip(bytes, 1);
    for (; n < bytes.n && n < sizeof(lower); n++)
        lower[n] = ascii_lower(bytes.p[n]);
    while (str_starts((str){lower, n}, S("<!--"))) { /* browsers look behind comments */
        size_t end = str_find_str((str){lower, n}, S("-->"));

        if (end == n)
            return MAGIC_UNKNOWN;
        for (end += 3; end < n && ascii_is_space(lower[end]);)
            end++;
        memmove(lower, lower + end, n - end);
        n -= end;
    }
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (str_starts((str){lower, n}, texts[i].bytes))
            return kind_of_markup(texts[i].magic, lower, n);
    if (is_mail(lower, n))
        return holds(lower, n, S("multipart/related")) && holds(lower, n, S("snapshot-content-location:"))
                   ? MAGIC_MHTML
                   : MAGIC_EML;
    return MAGIC_UNKNOWN;
}

/* DER: a sequence that begins with the OID of PKCS #7 data. */
static bool is_pkcs7(str bytes)
{
    static const str oid = STR("\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07");

    return bytes.n > 20 && bytes.p[0] == 0x30 && str_find_str(str_sub(bytes, 0, 20), oid) < 20;
}

enum magic magic_of(str bytes)
{
    enum magic magic = find_mark(bytes);

    if (magic == MAGIC_ZIP)
        return kind_of_zip(bytes);
    if (magic != MAGIC_UNKNOWN)
        return magic;
    if (is_pkcs7(bytes))
        return MAGIC_PKCS7;
    if (bytes.n >= 512 && str_starts(str_skip(bytes, bytes.n - 512), S("koly")))
        return MAGIC_DMG;
    if (bytes.n >= 512 && str_starts(str_skip(bytes, bytes.n - 512), S("conectix")))
        return MAGIC_VHD;
    magic = find_text(bytes);
    bytes = str_sub(bytes, 0, PDF_WITHIN);
    if (magic == MAGIC_UNKNOWN && str_find_str(bytes, S("%PDF-")) < bytes.n)
        return MAGIC_PDF; /* readers take it with junk before it */
    return magic;
}

enum magic magic_of_name(str name)
{
    static const struct {
        str end;
        enum magic magic;
    } ends[] = {
        {STR("pdf"), MAGIC_PDF},         {STR("zip"), MAGIC_ZIP},       {STR("docx"), MAGIC_OOXML},
        {STR("docm"), MAGIC_OOXML},      {STR("dotx"), MAGIC_OOXML},    {STR("dotm"), MAGIC_OOXML},
        {STR("xlsx"), MAGIC_OOXML},      {STR("xlsm"), MAGIC_OOXML},    {STR("xlsb"), MAGIC_OOXML},
        {STR("xlam"), MAGIC_OOXML},      {STR("pptx"), MAGIC_OOXML},    {STR("pptm"), MAGIC_OOXML},
        {STR("ppsx"), MAGIC_OOXML},      {STR("odt"), MAGIC_ODF},       {STR("ods"), MAGIC_ODF},
        {STR("odp"), MAGIC_ODF},         {STR("jar"), MAGIC_JAR},       {STR("apk"), MAGIC_JAR},
        {STR("doc"), MAGIC_OLE},         {STR("dot"), MAGIC_OLE},       {STR("xls"), MAGIC_OLE},
        {STR("ppt"), MAGIC_OLE},         {STR("msg"), MAGIC_OLE},       {STR("msi"), MAGIC_OLE},
        {STR("rtf"), MAGIC_RTF},         {STR("one"), MAGIC_ONENOTE},   {STR("ps"), MAGIC_POSTSCRIPT},
        {STR("eps"), MAGIC_POSTSCRIPT},  {STR("chm"), MAGIC_CHM},       {STR("exe"), MAGIC_EXE},
        {STR("scr"), MAGIC_EXE},         {STR("com"), MAGIC_EXE},       {STR("pif"), MAGIC_EXE},
        {STR("dll"), MAGIC_EXE},         {STR("cpl"), MAGIC_EXE},       {STR("lnk"), MAGIC_LNK},
        {STR("url"), MAGIC_URL},         {STR("website"), MAGIC_URL},   {STR("webloc"), MAGIC_WEBLOC},
        {STR("desktop"), MAGIC_DESKTOP}, {STR("sh"), MAGIC_SHELL},      {STR("py"), MAGIC_SHELL},
        {STR("pl"), MAGIC_SHELL},        {STR("js"), MAGIC_SHELL},      {STR("jse"), MAGIC_SHELL},
        {STR("vbs"), MAGIC_SHELL},       {STR("vbe"), MAGIC_SHELL},     {STR("ps1"), MAGIC_SHELL},
        {STR("psm1"), MAGIC_SHELL},      {STR("bat"), MAGIC_BATCH},     {STR("cmd"), MAGIC_BATCH},
        {STR("wsf"), MAGIC_WSF},         {STR("wsh"), MAGIC_WSF},       {STR("sct"), MAGIC_WSF},
        {STR("hta"), MAGIC_HTA},         {STR("html"), MAGIC_HTML},     {STR("htm"), MAGIC_HTML},
        {STR("shtml"), MAGIC_HTML},      {STR("xhtml"), MAGIC_HTML},    {STR("xht"), MAGIC_HTML},
        {STR("svg"), MAGIC_SVG},         {STR("svgz"), MAGIC_GZIP},     {STR("xml"), MAGIC_XML},
        {STR("mht"), MAGIC_MHTML},       {STR("mhtml"), MAGIC_MHTML},   {STR("ics"), MAGIC_ICS},
        {STR("vcf"), MAGIC_VCARD},       {STR("eml"), MAGIC_EML},       {STR("rar"), MAGIC_RAR},
        {STR("r00"), MAGIC_RAR},         {STR("7z"), MAGIC_SEVEN_ZIP},  {STR("gz"), MAGIC_GZIP},
        {STR("tgz"), MAGIC_GZIP},        {STR("bz2"), MAGIC_BZIP2},     {STR("xz"), MAGIC_XZ},
        {STR("zst"), MAGIC_ZSTD},        {STR("lzh"), MAGIC_LZH},       {STR("lha"), MAGIC_LZH},
        {STR("ace"), MAGIC_ACE},         {STR("arj"), MAGIC_ARJ},       {STR("cab"), MAGIC_CAB},
        {STR("tar"), MAGIC_TAR},         {STR("iso"), MAGIC_ISO},       {STR("img"), MAGIC_ISO},
        {STR("udf"), MAGIC_UDF},         {STR("vhd"), MAGIC_VHD},       {STR("vhdx"), MAGIC_VHD},
        {STR("dmg"), MAGIC_DMG},         {STR("png"), MAGIC_PNG},       {STR("jpg"), MAGIC_JPEG},
        {STR("jpeg"), MAGIC_JPEG},       {STR("jfif"), MAGIC_JPEG},     {STR("gif"), MAGIC_GIF},
        {STR("webp"), MAGIC_WEBP},       {STR("bmp"), MAGIC_BMP},       {STR("tif"), MAGIC_TIFF},
        {STR("tiff"), MAGIC_TIFF},       {STR("ico"), MAGIC_ICO},       {STR("heic"), MAGIC_HEIF},
        {STR("mp4"), MAGIC_MP4},         {STR("m4a"), MAGIC_MP4},       {STR("mov"), MAGIC_MP4},
        {STR("mp3"), MAGIC_MP3},         {STR("wav"), MAGIC_WAV},       {STR("ogg"), MAGIC_OGG},
        {STR("asc"), MAGIC_PGP},         {STR("pgp"), MAGIC_PGP},       {STR("p7m"), MAGIC_PKCS7},
        {STR("p7s"), MAGIC_PKCS7},       {STR("sqlite"), MAGIC_SQLITE},
    };
    str end;

    while (name.n && (name.p[name.n - 1] == ' ' || name.p[name.n - 1] == '.')) /* Windows drops them */
        name.n--;
    end = str_skip(name, str_rfind(name, '.') + 1);
    for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
        if (str_ieq(end, ends[i].end))
            return ends[i].magic;
    return MAGIC_UNKNOWN;
}

static const struct {
    const char *name, *words;
    enum magic_kind kind;
} rows[] = {[MAGIC_UNKNOWN] = {"unknown", "an unknown content", MAGIC_KIND_NONE},
#define MAGIC(id, name, kind, words) [MAGIC_##id] = {name, words, MAGIC_KIND_##kind},
            MAGIC_TABLE(MAGIC)
#undef MAGIC
};

enum magic_kind magic_kind(enum magic magic)
{
    return rows[magic].kind;
}

const char *magic_name(enum magic magic)
{
    return rows[magic].name;
}

const char *magic_words(enum magic magic)
{
    return rows[magic].words;
}
