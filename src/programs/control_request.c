/* control_request.c: the requests of the control socket, and what each of them needs. */
#include "programs/control_request.h"

#include "base/conf.h"
#include "base/limits.h"
#include "programs/forgetting.h"

const struct deed_row deed_rows[DEEDS] = {
    [DEED_STATUS] = {.name = "status", .right = RIGHT_VIEW},
    [DEED_DELETE] = {.name = "delete", .right = RIGHT_OPERATE, .changes = true, .id = true},
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

/* A member that is a text of one line; *known counts those that are there. */
static bool take_text(const struct frame *frame, const char *key, bool wanted, str *text, size_t *known,
                      struct arena *arena, struct err *err)
{
    const json_t *value = json_object_get(frame->head, key);

    *text = S("");
    if (!wanted)
        return true;
    if (!json_is_string(value) || json_string_length(value) == 0)
        return err_set(err, "the request lacks its \"%s\"", key);
    ++*known;
    *text = arena_str(arena, (str){json_string_value(value), json_string_length(value)});
    if (text->n > LIMIT_CONTROL_TEXT)
        return err_set(err, "\"%s\" is longer than %d bytes", key, LIMIT_CONTROL_TEXT);
    return conf_is_visible(*text) || err_set(err, "\"%s\" holds characters that can't be seen", key);
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
        !take_text(frame, "reason", row->changes, &request->reason, &known, arena, err))
        return false;
    if (json_object_size(frame->head) != known || frame->payload.n || frame->file_count)
        return err_set(err, "the request holds something that posternd does not know");
    return !row->address || forgetting_is_address(request->address) ||
           err_set(err, "that is no address such as user@example.com");
}
