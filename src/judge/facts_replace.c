/* facts_replace.c: one text put in the place of another throughout the facts. */
#include "judge/facts_table.h"

struct change {
    str what, with;
    struct arena *arena;
};

static str replace(const struct change *change, str text)
{
    return arena_replace(change->arena, text, change->what, change->with);
}

static void change_shape(const struct change *change, const struct facts_shape *shape, void *of);

static void change_items(const struct change *change, const struct facts_field *field, void *of)
{
    size_t n = (size_t)facts_number((const char *)of + field->count, field->size);
    char *items;

    memcpy(&items, facts_member(of, field), sizeof(items));
    for (size_t i = 0; i < n; i++)
        change_shape(change, field->shape, items + i * field->shape->size);
}

static void change_notes(const struct change *change, struct notes *notes)
{
    for (struct note *note = notes->first; note; note = note->next)
        note->text = replace(change, note->text);
}

static void change_shape(const struct change *change, const struct facts_shape *shape, void *of)
{
    void *link;

    for (size_t i = 0; i < shape->n; i++) {
        const struct facts_field *field = &shape->fields[i];
        void *p = facts_member(of, field);

        if (field->kind == FACTS_TEXT)
            *(str *)p = replace(change, *(str *)p);
        else if (field->kind == FACTS_NOTES)
            change_notes(change, p);
        else if (field->kind == FACTS_PART)
            change_shape(change, field->shape, p);
        else if (field->kind == FACTS_LIST)
            change_items(change, field, of);
        else if (field->kind == FACTS_LINK) {
            memcpy(&link, p, sizeof(link));
            if (link)
                change_shape(change, field->shape, link);
        }
    }
}

void facts_replace(struct facts *facts, str what, str with, struct arena *arena)
{
    struct change change = {what, with, arena};

    if (what.n)
        change_shape(&change, &facts_shape, facts);
}
