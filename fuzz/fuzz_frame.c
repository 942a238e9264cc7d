/* fuzz_frame.c: frames between processes: what is read is bounded, and written again it reads as the same. */
#include "base/frame.h"
#include "base/limits.h"
#include "fuzz.h"

#include <assert.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str datagram = {(const char *)data, size}, again;
    struct frame frame, copy;
    struct arena *arena;
    struct err err;

    if (!frame_read(&frame, datagram, &err)) {
        assert(!frame.head && err.words[0]);
        return 0;
    }
    assert(frame.payload.n <= size - 4);
    arena = arena_new();
    frame.file_count = 0;
    /* Writing escapes more than reading wants, so a head at the limit may not fit any more. */
    if (frame_write(&frame, arena, &again, &err)) {
        assert(frame_read(&copy, again, &err));
        copy.file_count = 0;
        assert(json_equal(frame.head, copy.head) && str_eq(frame.payload, copy.payload));
        frame_free(&copy);
    } else {
        assert(size > LIMIT_FRAME_HEAD / 6);
    }
    frame_free(&frame);
    arena_free(arena);
    return 0;
}
