/* note.c: a list of remarks in plain words. */
#include "base/note.h"

#include "base/limits.h"

void note_add(struct notes *notes, struct arena *arena, const char *format, ...)
{
    va_list arguments;
    struct note *note;
    str text;

    if (notes->count >= LIMIT_NOTES)
        return;
    va_start(arguments, format);
    text = arena_vprintf(arena, format, arguments);
    va_end(arguments);
    for (note = notes->first; note; note = note->next)
        if (str_eq(note->text, text))
            return;
    note = arena_new_of(arena, struct note);
    note->text = text;
    if (notes->last)
        notes->last->next = note;
    else
        notes->first = note;
    notes->last = note;
    notes->count++;
}
