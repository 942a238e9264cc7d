/* fuzz_control.c: requests at the control socket, from whoever is on the machine: what is taken is what
 * posternd knows, bounded and visible, and written again it reads as the same. */
#include "base/conf.h"
#include "base/limits.h"
#include "fuzz.h"
#include "programs/control_request.h"

#include <assert.h>

static void check_text(str text, bool wanted)
{
    assert(wanted ? text.n > 0 && text.n <= LIMIT_CONTROL_TEXT && conf_is_visible(text) : text.n == 0);
}

static void check(const struct request *request)
{
    const struct deed_row *row = &deed_rows[request->deed];

    assert(request->deed < DEEDS && row->right > RIGHT_NONE);
    check_text(request->id, row->id);
    check_text(request->address, row->address);
    check_text(request->reason, row->changes);
    assert(request->to_count <= (row->to ? LIMIT_RELEASE_RECIPIENTS : 0));
    assert(row->to || !request->again);
    for (size_t i = 0; i < request->to_count; i++)
        check_text(request->to[i], true);
}

static void check_again(const struct frame *frame, const struct request *request, struct arena *arena)
{
    struct request copy;
    struct frame again;
    struct err err;
    str datagram;

    if (!frame_write(frame, arena, &datagram, &err))
        return; /* escapes made it too long */
    assert(frame_read(&again, datagram, &err));
    again.file_count = 0;
    assert(request_read(&copy, &again, arena, &err));
    assert(copy.deed == request->deed && str_eq(copy.id, request->id) &&
           str_eq(copy.reason, request->reason));
    assert(copy.to_count == request->to_count && copy.again == request->again);
    frame_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena *arena = arena_new();
    struct request request;
    struct frame frame;
    struct err err = {""};

    if (frame_read(&frame, (str){(const char *)data, size}, &err)) {
        frame.file_count = 0;
        if (request_read(&request, &frame, arena, &err)) {
            check(&request);
            check_again(&frame, &request, arena);
        } else {
            assert(err.words[0]);
        }
        frame_free(&frame);
    }
    arena_free(arena);
    return 0;
}
