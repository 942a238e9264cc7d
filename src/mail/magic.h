/* magic.h: what bytes are, by their beginning: the contents that mail carries and those that it should not.
 */
#ifndef POSTERN_MAIL_MAGIC_H
#define POSTERN_MAIL_MAGIC_H

#include "base/str.h"

/* name for JSON, what a program would do with it, words */
#define MAGIC_TABLE(MAGIC)                                                                                   \
    MAGIC(PDF, "pdf", DOCUMENT, "a PDF")                                                                     \
    MAGIC(ZIP, "zip", ARCHIVE, "a zip archive")                                                              \
    MAGIC(OOXML, "ooxml", DOCUMENT, "an Office document")                                                    \
    MAGIC(ODF, "odf", DOCUMENT, "an OpenDocument file")                                                      \
    MAGIC(JAR, "jar", PROGRAM, "a Java or Android program")                                                  \
    MAGIC(OLE, "ole", DOCUMENT, "an Office document of the old kind, or a Windows installer")                \
    MAGIC(RTF, "rtf", DOCUMENT, "rich text")                                                                 \
    MAGIC(ONENOTE, "onenote", DOCUMENT, "a OneNote section")                                                 \
    MAGIC(POSTSCRIPT, "postscript", DOCUMENT, "PostScript")                                                  \
    MAGIC(CHM, "chm", PROGRAM, "Windows help, which can run programs")                                       \
    MAGIC(EXE, "exe", PROGRAM, "a Windows program")                                                          \
    MAGIC(ELF, "elf", PROGRAM, "a Linux program")                                                            \
    MAGIC(MACHO, "mach-o", PROGRAM, "a macOS program")                                                       \
    MAGIC(CLASS, "class", PROGRAM, "a Java class")                                                           \
    MAGIC(LNK, "lnk", SHORTCUT, "a Windows shortcut")                                                        \
    MAGIC(URL, "url", SHORTCUT, "a Windows link to a web page")                                              \
    MAGIC(WEBLOC, "webloc", SHORTCUT, "a macOS link to a web page")                                          \
    MAGIC(DESKTOP, "desktop", SHORTCUT, "a Linux shortcut")                                                  \
    MAGIC(SHELL, "script", SCRIPT, "a script")                                                               \
    MAGIC(BATCH, "batch", SCRIPT, "a Windows batch file")                                                    \
    MAGIC(WSF, "wsf", SCRIPT, "a Windows script")                                                            \
    MAGIC(HTA, "hta", SCRIPT, "an HTML application")                                                         \
    MAGIC(HTML, "html", WEB, "a web page")                                                                   \
    MAGIC(SVG, "svg", WEB, "an SVG image, which can hold links and scripts")                                 \
    MAGIC(XML, "xml", DATA, "XML")                                                                           \
    MAGIC(MHTML, "mhtml", WEB, "a web page with its pictures")                                               \
    MAGIC(ICS, "ics", DATA, "a calendar")                                                                    \
    MAGIC(VCARD, "vcard", DATA, "a contact")                                                                 \
    MAGIC(EML, "eml", MESSAGE, "a mail")                                                                     \
    MAGIC(TNEF, "tnef", MESSAGE, "a mail of Outlook's own kind (winmail.dat)")                               \
    MAGIC(RAR, "rar", ARCHIVE, "a RAR archive")                                                              \
    MAGIC(SEVEN_ZIP, "7z", ARCHIVE, "a 7z archive")                                                          \
    MAGIC(GZIP, "gzip", ARCHIVE, "gzip")                                                                     \
    MAGIC(BZIP2, "bzip2", ARCHIVE, "bzip2")                                                                  \
    MAGIC(XZ, "xz", ARCHIVE, "xz")                                                                           \
    MAGIC(ZSTD, "zstd", ARCHIVE, "zstd")                                                                     \
    MAGIC(LZH, "lzh", ARCHIVE, "an LZH archive")                                                             \
    MAGIC(ACE, "ace", ARCHIVE, "an ACE archive")                                                             \
    MAGIC(ARJ, "arj", ARCHIVE, "an ARJ archive")                                                             \
    MAGIC(CAB, "cab", ARCHIVE, "a cabinet archive")                                                          \
    MAGIC(TAR, "tar", ARCHIVE, "a tar archive")                                                              \
    MAGIC(ISO, "iso", DISK, "a disk image")                                                                  \
    MAGIC(UDF, "udf", DISK, "a disk image")                                                                  \
    MAGIC(VHD, "vhd", DISK, "a virtual disk")                                                                \
    MAGIC(DMG, "dmg", DISK, "a macOS disk image")                                                            \
    MAGIC(PNG, "png", IMAGE, "a PNG image")                                                                  \
    MAGIC(JPEG, "jpeg", IMAGE, "a JPEG image")                                                               \
    MAGIC(GIF, "gif", IMAGE, "a GIF image")                                                                  \
    MAGIC(WEBP, "webp", IMAGE, "a WebP image")                                                               \
    MAGIC(BMP, "bmp", IMAGE, "a BMP image")                                                                  \
    MAGIC(TIFF, "tiff", IMAGE, "a TIFF image")                                                               \
    MAGIC(ICO, "ico", IMAGE, "an icon")                                                                      \
    MAGIC(HEIF, "heif", IMAGE, "a HEIF image")                                                               \
    MAGIC(MP4, "mp4", SOUND, "a video")                                                                      \
    MAGIC(MP3, "mp3", SOUND, "a sound")                                                                      \
    MAGIC(WAV, "wav", SOUND, "a sound")                                                                      \
    MAGIC(OGG, "ogg", SOUND, "a sound or video")                                                             \
    MAGIC(PGP, "pgp", DATA, "something encrypted or signed with OpenPGP")                                    \
    MAGIC(PKCS7, "pkcs7", DATA, "something encrypted or signed with S/MIME")                                 \
    MAGIC(SQLITE, "sqlite", DATA, "a database")

enum magic {
    MAGIC_UNKNOWN, /* anything else, text too */
#define MAGIC(id, name, kind, words) MAGIC_##id,
    MAGIC_TABLE(MAGIC)
#undef MAGIC
        MAGICS
};

enum magic_kind {
    MAGIC_KIND_NONE,
    MAGIC_KIND_DOCUMENT,
    MAGIC_KIND_ARCHIVE,
    MAGIC_KIND_PROGRAM,
    MAGIC_KIND_SCRIPT,
    MAGIC_KIND_SHORTCUT,
    MAGIC_KIND_DISK,
    MAGIC_KIND_WEB,
    MAGIC_KIND_MESSAGE,
    MAGIC_KIND_IMAGE,
    MAGIC_KIND_SOUND,
    MAGIC_KIND_DATA
};

/* Looks at the beginning, the places where a table says a name has to stand, and at the end of a disk image.
 */
enum magic magic_of(str bytes);

/* What a file of that name would be taken for, by what stands behind its last dot; UNKNOWN if that says
 * nothing. Kinds are to be compared: many names stand for one content (docx, xlsx: OOXML). */
enum magic magic_of_name(str name);

enum magic_kind magic_kind(enum magic magic);
const char *magic_name(enum magic magic);  /* "pdf"; "unknown" */
const char *magic_words(enum magic magic); /* "a PDF"; "an unknown content" */

#endif
