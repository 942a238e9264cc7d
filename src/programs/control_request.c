/* control_request.c: the requests of the control socket, and what each of them needs. */
#include "programs/control_request.h"

#include "base/conf.h"
#include "base/limits.h"
#include "programs/forgetting.h"

const struct deed_row deed_rows[DEEDS] = {
    [DEED_STATUS] = {.name = "status", .right = RIGHT_VIEW},
    [DEED_DELETE] = {.name = "delete", .right = RIGHT_OPERATE, .changes = true, .id = true},
    [DEED_RELEASE] = {.name = "release", .right = RIGHT_OPERATE, .changes = true, .id = true, .to = true},
    [DEED_FORGET] = {.name = "forget", .right = RIGHT_ADMIN, .changes = true, .address = true},
};

enum deed deed_find(const struct frame *frame)
{
    str name = frame_text(frame, "do");
    enum deed deed = 0;

    while (deed < DEEDS && !str_eq(name, str_from(deed_rows[deed].name)))
        deed++;
    return deed;
}

static bool is_fit(str text, const char *key, struct err *err)
{
    if (text.n == 0 || text.n > LIMIT_CONTROL_TEXT)
        return err_set(err, "\"%s\" is empty, or longer than %d bytes", key, LIMIT_CONTROL_TEXT);
    return conf_is_visible(text) || err_set(err, "\"%s\" holds characters that can't be seen", key);
}

static str text_of(const json_t *value, struct arena *arena)
{
    return arena_str(arena, (str){json_string_value(value), json_string_length(value)});
}

/* A member that is a text of one line; *known counts those that are there. */
static bool take_text(const struct frame *frame, const char *key, bool wanted, str *text, size_t *known,
                      struct arena *arena, struct err *err)
{
    const json_t *value = json_object_get(frame->head, key);

    *text = S("");
    if (!wanted)
        return true;
    if (!json_is_string(value))
        return err_set(err, "the request lacks its \"%s\"", key);
    ++*known;
    *text = text_of(value, arena);
    return is_fit(*text, key, err);
}

/* The recipients that are named, and "again": members that may be missing. */
static bool take_recipients(struct request *request, const struct frame *frame, size_t *known,
                            struct arena *arena, struct err *err)
{
    const json_t *to = json_object_get(frame->head, "to"), *again = json_object_get(frame->head, "again");
    str *texts = arena_array_of(arena, json_array_size(to), str);

    if ((to && !json_is_array(to)) || (again && !json_is_boolean(again)))
        return err_set(err, "\"to\" is a list, and \"again\" true or false");
    if (json_array_size(to) > LIMIT_RELEASE_RECIPIENTS)
        return err_set(err, "name %d recipients at most", LIMIT_RELEASE_RECIPIENTS);
    *known += (size_t)(to != NULL) + (size_t)(again != NULL);
    request->again = json_is_true(again);
    request->to = texts;
    request->to_count = json_array_size(to);
    for (size_t i = 0; i < request->to_count; i++) {
        const json_t *value = json_array_get(to, i);

        if (!json_is_string(value))
            return err_set(err, "\"to\" is a list of addresses");
        texts[i] = text_of(value, arena);
        if (!is_fit(texts[i], "to", err))
            return false;
    }
    return true;
}

bool request_read(struct request *request, const struct frame *frame, struct arena *arena, struct err *err)
{
    const struct deed_row *row;
    size_t known = 1; /* "do" */

    *request = (struct request){.deed = deed_find(frame)};
    if (request->deed == DEEDS)
        return err_set(err, "posternd knows no such request");
    row = &deed_rows[request->deed];
    if (!take_text(frame, "id", row->id, &request->id, &known, arena, err) ||
        !take_text(frame, "address", row->address, &request->address, &known, arena, err) ||
        !take_text(frame, "reason", row->changes, &request->reason, &known, arena, err) ||
        (row->to && !take_recipients(request, frame, &known, arena, err)))
        return false;
    if (json_object_size(frame->head) != known || frame->payload.n || frame->file_count)
        return err_set(err, "the request holds something that posternd does not know");
    return !row->address || forgetting_is_address(request->address) ||
           err_set(err, "that is no address such as user@example.com");
}
