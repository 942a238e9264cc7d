/* spf.c: the public suite of RFC 7208, run over its own zone data. */
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

#include "auth/spf.h"
#include "base/buf.h"
#include "base/limits.h"
#include "suite.h"

/* Of the YAML document: a value by its key, NULL if there is none. */
static yaml_node_t *member(yaml_document_t *document, yaml_node_t *map, const char *key)
{
    if (!map || map->type != YAML_MAPPING_NODE)
        return NULL;
    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++) {
        yaml_node_t *name = yaml_document_get_node(document, pair->key);

        if (name->type == YAML_SCALAR_NODE && strcmp((char *)name->data.scalar.value, key) == 0)
            return yaml_document_get_node(document, pair->value);
    }
    return NULL;
}

/* libyaml decodes "\x80" to a character: the suite means the byte. */
static str scalar(const yaml_node_t *node, struct arena *arena)
{
    const unsigned char *p = node->data.scalar.value;
    size_t length = node->data.scalar.length;
    char *bytes = arena_bytes(arena, length);
    size_t n = 0;

    for (size_t i = 0; i < length; i++)
        if ((p[i] & 0xe0) == 0xc0 && i + 1 < length) {
            bytes[n++] = (char)((p[i] & 0x1f) << 6 | (p[i + 1] & 0x3f));
            i++;
        } else {
            bytes[n++] = (char)p[i];
        }
    return (str){bytes, n};
}

static str text_of(yaml_document_t *document, yaml_node_t *map, const char *key, struct arena *arena)
{
    const yaml_node_t *node = member(document, map, key);

    return node && node->type == YAML_SCALAR_NODE ? scalar(node, arena) : S("");
}

/* A scalar, or the strings of a list put together: a TXT record of several strings. */
static str joined(yaml_document_t *document, yaml_node_t *node, struct arena *arena)
{
    struct buf buf = buf_new(arena, LIMIT_DNS_TEXT);

    if (node->type == YAML_SCALAR_NODE)
        return scalar(node, arena);
    for (yaml_node_item_t *item = node->data.sequence.items.start; item < node->data.sequence.items.top;
         item++)
        buf_add(&buf, scalar(yaml_document_get_node(document, *item), arena));
    return buf_str(&buf);
}

struct zone {
    yaml_document_t *document;
    yaml_node_t *names; /* name -> list of {type: data} or "TIMEOUT" */
    struct arena *arena;
};

static yaml_node_t *entries_of(const struct zone *zone, str name)
{
    yaml_node_t *map = zone->names;

    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top; pair++)
        if (str_ieq(scalar(yaml_document_get_node(zone->document, pair->key), zone->arena), name))
            return yaml_document_get_node(zone->document, pair->value);
    return NULL;
}

static void add_record(const struct zone *zone, struct dns_answer *answer, yaml_node_t *value)
{
    struct dns_record *record = &answer->records[answer->n];

    if (answer->type == DNS_MX) {
        yaml_node_item_t *items = value->data.sequence.items.start;
        uint64_t preference;

        if (str_to_u64(scalar(yaml_document_get_node(zone->document, items[0]), zone->arena), 65535,
                       &preference))
            record->preference = (uint16_t)preference;
        record->text = scalar(yaml_document_get_node(zone->document, items[1]), zone->arena);
    } else if (answer->type == DNS_A || answer->type == DNS_AAAA) {
        ip_parse_exact(scalar(value, zone->arena), &record->ip);
    } else {
        record->text = joined(zone->document, value, zone->arena);
    }
    answer->n++;
    answer->status = DNS_OK;
}

/* The suite's data stand for both types: an SPF entry is a TXT record too, unless the name has TXT entries of
 * its own ("NONE" is one that has no record). */
static bool has_txt(const struct zone *zone, const yaml_node_t *entries)
{
    for (yaml_node_item_t *item = entries->data.sequence.items.start; item < entries->data.sequence.items.top;
         item++)
        if (member(zone->document, yaml_document_get_node(zone->document, *item), "TXT"))
            return true;
    return false;
}

static str fill(const struct zone *zone, struct dns_answer *answer, yaml_node_t *entries)
{
    bool txt = answer->type == DNS_TXT && has_txt(zone, entries);
    const char *key = answer->type == DNS_TXT && !txt ? "SPF" : dns_type_name(answer->type);
    bool timeout = false;
    str alias = S("");

    for (yaml_node_item_t *item = entries->data.sequence.items.start; item < entries->data.sequence.items.top;
         item++) {
        yaml_node_t *entry = yaml_document_get_node(zone->document, *item);
        yaml_node_t *value = member(zone->document, entry, key);

        if (entry->type == YAML_SCALAR_NODE)
            timeout = true;
        if (member(zone->document, entry, "CNAME"))
            alias = text_of(zone->document, entry, "CNAME", zone->arena);
        if (value && !str_eq(joined(zone->document, value, zone->arena), S("NONE")))
            add_record(zone, answer, value);
    }
    if (timeout && answer->n == 0)
        answer->status = DNS_TIMEOUT;
    return alias;
}

static const struct dns_answer *answer_to(void *context, str name, enum dns_type type, struct arena *arena)
{
    const struct zone *zone = context;
    struct dns_answer *answer = arena_new_of(arena, struct dns_answer);
    str at = name;

    answer->name = name;
    answer->type = type;
    answer->status = DNS_NODATA;
    answer->records = arena_array_of(arena, LIMIT_DNS_RECORDS, struct dns_record);
    for (unsigned links = 0; links < 8; links++) {
        yaml_node_t *entries = entries_of(zone, at);

        if (!entries) {
            answer->status = DNS_NXDOMAIN;
            return answer;
        }
        at = dns_name_normal(fill(zone, answer, entries), arena);
        if (at.n == 0 || answer->n)
            return answer;
    }
    answer->status = DNS_SERVFAIL; /* a loop of aliases */
    return answer;
}

static bool is_wanted(yaml_document_t *document, yaml_node_t *wanted, const char *got, struct arena *arena)
{
    if (wanted->type == YAML_SCALAR_NODE)
        return str_eq(scalar(wanted, arena), str_from(got));
    for (yaml_node_item_t *item = wanted->data.sequence.items.start; item < wanted->data.sequence.items.top;
         item++)
        if (str_eq(scalar(yaml_document_get_node(document, *item), arena), str_from(got)))
            return true;
    return false;
}

/* The answers one round trip at a time, as a program has them; the last one asked first if `backwards`. */
static void evaluate(struct spf_check *check, const struct envelope *envelope, struct zone *zone,
                     bool backwards)
{
    static const struct spf_params params = {.receiver = STR("receiver.example")};
    struct ask ask;

    ask_init(&ask, zone->arena, 1700000000);
    for (unsigned rounds = 0;
         ask_begin(&ask, ASK_SPF), !spf_check(check, SPF_MAIL_FROM, envelope, &ask, &params); rounds++) {
        struct question *chosen = NULL;

        if (ask.open == 0 || rounds > 100)
            abort(); /* nothing to wait for, or no progress */
        for (struct question *question = ask.first; question; question = question->next)
            if (!question->answer && (!chosen || backwards))
                chosen = question;
        ask_answer(&ask, chosen, answer_to(zone, chosen->name, chosen->type, zone->arena));
    }
    if (ask.used[ASK_SPF] > LIMIT_DNS_QUESTIONS_SPF)
        abort();
}

static void run_case(struct suite *suite, struct zone *zone, const char *name, yaml_node_t *test)
{
    yaml_document_t *document = zone->document;
    struct arena *arena = zone->arena;
    yaml_node_t *wanted = member(document, test, "result");
    str explanation = text_of(document, test, "explanation", arena);
    struct envelope envelope = {.helo = text_of(document, test, "helo", arena),
                                .has_mail_from = true,
                                .mail_from = text_of(document, test, "mailfrom", arena)};
    struct spf_check check, again;
    bool good, same;

    ip_parse(text_of(document, test, "host", arena), &envelope.client);
    evaluate(&check, &envelope, zone, false);
    evaluate(&again, &envelope, zone, true);
    same = check.result == again.result && str_eq(check.reason, again.reason) &&
           str_eq(check.explanation, again.explanation);
    good = is_wanted(document, wanted, result_name(check.result), arena);
    if (explanation.n && !(str_eq(explanation, S("DEFAULT")) && check.explanation.n == 0))
        good = good && str_eq(explanation, check.explanation);
    suite_case(suite, good && same, name, "%s: %.*s; explanation \"%.*s\", wanted \"%.*s\"%s",
               result_name(check.result), PS(check.reason), PS(check.explanation), PS(explanation),
               same ? "" : "; the order of the answers makes a difference");
}

static void run_document(struct suite *suite, yaml_document_t *document)
{
    yaml_node_t *root = yaml_document_get_root_node(document);
    yaml_node_t *tests = member(document, root, "tests");
    struct zone zone = {
        .document = document, .names = member(document, root, "zonedata"), .arena = suite->arena};

    for (yaml_node_pair_t *pair = tests->data.mapping.pairs.start; pair < tests->data.mapping.pairs.top;
         pair++)
        run_case(suite, &zone, (char *)yaml_document_get_node(document, pair->key)->data.scalar.value,
                 yaml_document_get_node(document, pair->value));
}

int main(int count, char **arguments)
{
    struct suite suite;
    yaml_parser_t parser;
    yaml_document_t document;
    str text;
    int status;

    if (!suite_open(&suite, "rfc7208", "spf/rfc7208-tests.yml", count, arguments, &text, &status))
        return status;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text.p, text.n);
    for (;;) {
        bool more;

        if (!yaml_parser_load(&parser, &document)) {
            suite_case(&suite, false, "yaml", "%s", parser.problem);
            break;
        }
        more = yaml_document_get_root_node(&document) != NULL;
        if (more)
            run_document(&suite, &document);
        yaml_document_delete(&document);
        if (!more)
            break;
    }
    yaml_parser_delete(&parser);
    return suite_close(&suite);
}
