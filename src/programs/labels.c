/* labels.c: labels.tsv: what is known of the messages of a folder. */
#include "programs/labels.h"

static const char *const names[LABEL_COLUMNS] = {
    [LABEL_PATH] = "path",         [LABEL_KIND] = "kind",   [LABEL_GROUP] = "group",
    [LABEL_PLATFORM] = "platform", [LABEL_PROOF] = "proof", [LABEL_SPF] = "spf",
    [LABEL_DKIM] = "dkim",         [LABEL_DMARC] = "dmarc", [LABEL_ACCOUNTS] = "accounts",
    [LABEL_MONTH] = "month",
};

enum { COLUMNS_MAX = 64 };

static size_t read_columns(str line, enum label_column columns[COLUMNS_MAX])
{
    str name;
    size_t n = 0;

    while (n < COLUMNS_MAX && str_next(&line, '\t', &name)) {
        columns[n] = LABEL_COLUMNS;
        for (enum label_column column = 0; column < LABEL_COLUMNS; column++)
            if (str_eq(str_trim(name), str_from(names[column])))
                columns[n] = column;
        n++;
    }
    return n;
}

static void append(struct labels *labels, const struct label *label, struct arena *arena)
{
    if (labels->n == labels->room) {
        size_t room = labels->room ? 2 * labels->room : 256;
        struct label *longer = arena_array_of(arena, room, struct label);

        if (labels->n)
            memcpy(longer, labels->items, labels->n * sizeof(*longer));
        labels->items = longer;
        labels->room = room;
    }
    labels->items[labels->n++] = *label;
}

static struct label read_row(str line, const enum label_column *columns, size_t n)
{
    struct label label = {0};
    str value;

    for (size_t i = 0; i < n && str_next(&line, '\t', &value); i++) {
        value = str_trim(value);
        if (columns[i] < LABEL_COLUMNS && !str_eq(value, S("-")))
            label.values[columns[i]] = value;
    }
    return label;
}

bool labels_read(struct labels *labels, str folder, str text, struct arena *arena, struct err *err)
{
    enum label_column columns[COLUMNS_MAX];
    size_t n, number = 1;
    bool has_path = false;
    str line;

    str_next(&text, '\n', &line);
    n = read_columns(line, columns);
    for (size_t i = 0; i < n; i++)
        has_path = has_path || columns[i] == LABEL_PATH;
    if (!has_path)
        return err_set(err, "the first line names no column \"path\"");
    while (str_next(&text, '\n', &line)) {
        struct label label = read_row(line, columns, n);

        number++;
        if (str_trim(line).n == 0)
            continue;
        if (label.values[LABEL_PATH].n == 0)
            return err_set(err, "line %zu has no path", number);
        label.file = arena_join(arena, folder, S("/"), label.values[LABEL_PATH]);
        append(labels, &label, arena);
    }
    return true;
}

bool label_has_account(const struct label *label, str id)
{
    str rest = label->values[LABEL_ACCOUNTS], account;

    while (str_next(&rest, ',', &account))
        if (str_eq(account, id))
            return true;
    return false;
}
