/* lines.h: which odd bytes stand in a text, found at the speed of memory. */
#ifndef POSTERN_MAIL_LINES_H
#define POSTERN_MAIL_LINES_H

#include "base/str.h"

struct lines {
    bool nul;
    bool high;    /* bytes above 127 */
    bool crlf;    /* CR LF */
    bool bare_cr; /* CR, no LF behind it */
    bool bare_lf; /* LF, no CR before it */
};

/* What stands in s, in one pass without branches. */
struct lines lines_look(str s);

#endif
