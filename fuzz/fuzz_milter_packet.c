/* fuzz_milter_packet.c: however a stream is split, the same packets come out of it; what a packet says lies
 * within it; what we write is read back. The first byte seeds the splits. */
#include "base/limits.h"
#include "fuzz.h"
#include "gate/milter_packet.h"

#include <assert.h>

static bool within(str part, str whole)
{
    return part.n == 0 || (part.p >= whole.p && part.p + part.n <= whole.p + whole.n);
}

static void check_texts(str data)
{
    str rest = data, text;
    size_t n = 0;

    while (milter_next_text(&rest, &text)) {
        assert(within(text, data) && memchr(text.p, '\0', text.n) == NULL);
        n += text.n + 1;
    }
    assert(n == data.n || n == data.n + 1);
}

static void check_meaning(str data)
{
    struct milter_options options;
    struct milter_connection connection;
    str name, value;

    check_texts(data);
    assert(milter_read_options(data, &options) == (data.n >= 12));
    if (milter_read_connection(data, &connection))
        assert(within(connection.name, data) && within(connection.address, data));
    if (milter_read_header(data, &name, &value)) {
        struct bytes out = {0};
        struct milter_field field = {name, value, .leading_space = true};

        assert(name.n + value.n + 2 >= data.n && name.n + value.n <= data.n);
        if (milter_write_insert_header(&out, 7, &field)) {
            struct milter_reader reader = {0};
            struct milter_packet packet;
            str written = bytes_str(&out), new_name, new_value;

            assert(milter_read(&reader, &written, &packet) && written.n == 0);
            assert(packet.code == MILTER_RESPONSE_INSERT_HEADER);
            assert(milter_read_header(str_skip(packet.data, 4), &new_name, &new_value));
            assert(str_eq(new_name, name) && new_value.n <= value.n);
            assert(str_find_str(new_value, S("\r\n")) == new_value.n || value.n > new_value.n);
            milter_reader_free(&reader);
        }
        bytes_free(&out);
    }
}

/* Packets one behind the other, each after its length: which for whole packets is the stream itself. */
static bool read_all(str input, uint8_t seed, struct bytes *packets)
{
    struct milter_reader reader = {0};
    struct milter_packet packet;
    uint32_t random = seed;
    bool broken;

    while (input.n > 0 && !reader.broken) {
        str part;

        random = random * 1664525 + 1013904223;
        part = str_sub(input, 0, seed ? 1 + (random >> 16) % (seed * 4) : input.n);
        input = str_skip(input, part.n);
        while (milter_read(&reader, &part, &packet)) {
            milter_write(packets, packet.code, packet.data);
            if (!seed)
                check_meaning(packet.data);
            if ((random & 7) == 0)
                milter_reader_trim(&reader);
        }
        assert(part.n == 0 || reader.broken);
    }
    broken = reader.broken;
    milter_reader_free(&reader);
    return broken;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str input = str_skip((str){(const char *)data, size}, 1);
    struct bytes whole = {0}, split = {0};
    bool broken = read_all(input, 0, &whole);

    assert(str_starts(input, bytes_str(&whole)));
    assert(read_all(input, size ? data[0] | 1 : 1, &split) == broken);
    assert(str_eq(bytes_str(&whole), bytes_str(&split)));
    check_meaning(input);
    bytes_free(&whole);
    bytes_free(&split);
    return 0;
}
