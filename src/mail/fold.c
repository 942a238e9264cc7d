/* fold.c: writing a header field on several lines. */
#include "mail/fold.h"

struct fold fold_new(str name, struct arena *arena, size_t max)
{
    struct fold fold = {.text = buf_new(arena, max)};

    buf_add(&fold.text, name);
    buf_add_char(&fold.text, ':');
    fold.column = fold.text.n;
    return fold;
}

void fold_line(struct fold *fold)
{
    buf_add(&fold->text, S("\r\n"));
    fold->column = 0;
}

void fold_word(struct fold *fold, str word)
{
    if (fold->column && fold->column + 1 + word.n > FOLD_COLUMNS)
        fold_line(fold);
    buf_add_char(&fold->text, ' ');
    buf_add(&fold->text, word);
    fold->column += 1 + word.n;
}

void fold_long(struct fold *fold, str text)
{
    while (text.n) {
        str piece = str_sub(text, 0, fold->column < FOLD_COLUMNS ? FOLD_COLUMNS - fold->column : 0);

        buf_add(&fold->text, piece);
        fold->column += piece.n;
        text = str_skip(text, piece.n);
        if (text.n) {
            buf_add(&fold->text, S("\r\n "));
            fold->column = 1;
        }
    }
}
