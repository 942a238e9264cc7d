/* facts_content.c: what is kept of struct content. */
#include "judge/facts_rows.h"

/* ---- words ---- */

#define LANGUAGE(id, code) [LANGUAGE_##id] = code,
WORDS(language_words, [LANGUAGE_UNKNOWN] = "unknown", LANGUAGE_TABLE(LANGUAGE));
#undef LANGUAGE
#define LURE(id, name, words) [LURE_##id] = name,
WORDS(lure_kind_words, LURE_TABLE(LURE));
#undef LURE
#define KIND(id, name) [BRAND_##id] = name,
WORDS(brand_kind_words, BRAND_KIND_TABLE(KIND));
#undef KIND
#define PLACE_OF(id, name) [BRAND_IN_##id] = name,
WORDS(brand_place_words, BRAND_PLACE_TABLE(PLACE_OF));
#undef PLACE_OF
#define COUNT(id, name) [LINKS_##id] = name,
WORDS(link_count_words, LINK_COUNT_TABLE(COUNT));
#undef COUNT
#define MAGIC(id, name, kind, words) [MAGIC_##id] = name,
WORDS(content_words, [MAGIC_UNKNOWN] = "unknown", MAGIC_TABLE(MAGIC));
#undef MAGIC
#define HIDDEN(id, name, words) [PAGE_HIDDEN_##id] = name,
WORDS(hidden_words, [PAGE_SHOWN] = "shown", PAGE_HIDDEN_TABLE(HIDDEN));
#undef HIDDEN
#define ODDITY(id, name, words) [PAGE_##id##_ODD] = name,
WORDS(page_words, PAGE_ODDITY_TABLE(ODDITY));
#undef ODDITY
#define ODDITY(id, name, words) [PART_##id] = name,
WORDS(odd_words, PART_ODDITY_TABLE(ODDITY));
#undef ODDITY
WORDS(lookalike_words, [LOOKALIKE_NONE] = "none", [LOOKALIKE_HOMOGLYPH] = "homoglyph",
      [LOOKALIKE_TYPO] = "typo", [LOOKALIKE_SUBDOMAIN] = "subdomain", [LOOKALIKE_WORDS] = "words",
      [LOOKALIKE_SUFFIX] = "suffix", [LOOKALIKE_LABEL] = "label");
WORDS(lure_place_words, [LURE_IN_SUBJECT] = "subject", [LURE_IN_TEXT] = "text");

/* ---- rows ---- */

static const struct facts_field name_fields[] = {
    TEXT(struct content_name, "skeleton", skeleton), TEXT(struct content_name, "address", address),
    BOOL(struct content_name, "other", other),       NUMBER(struct content_name, "invisible", invisible),
    NUMBER(struct content_name, "inside", inside),   NUMBER(struct content_name, "mixed", mixed),
    NUMBER(struct content_name, "styled", styled),   BOOL(struct content_name, "broken", broken),
};
SHAPE(name, struct content_name);

static const struct facts_field brand_fields[] = {
    TEXT(struct content_brand, "brand", brand),
    WORD(struct content_brand, "kind", kind, brand_kind_words),
    FLAGS(struct content_brand, "places", places, brand_place_words),
    NUMBER(struct content_brand, "times", times),
    TEXT(struct content_brand, "text", text),
    BOOL(struct content_brand, "ambiguous", ambiguous),
    BOOL(struct content_brand, "disguised", disguised),
    BOOL(struct content_brand, "author", author),
    BOOL(struct content_brand, "proven", proven),
    BOOL(struct content_brand, "linked", linked),
};
SHAPE(brand, struct content_brand);

static const struct facts_field organisation_fields[] = {
    TEXT(struct content_organisation, "domain", domain),
    TEXT(struct content_organisation, "host", host),
    NUMBER(struct content_organisation, "clicks", clicks),
    NUMBER(struct content_organisation, "images", images),
    NUMBER(struct content_organisation, "others", others),
    BOOL(struct content_organisation, "author", author),
    BOOL(struct content_organisation, "reply_to", reply_to),
    BOOL(struct content_organisation, "signer", signer),
    BOOL(struct content_organisation, "hidden", hidden),
    BOOL(struct content_organisation, "ip", ip),
    TEXT(struct content_organisation, "hosting", hosting),
    TEXT(struct content_organisation, "tenant", tenant),
    TEXT(struct content_organisation, "brand", brand),
    TEXT(struct content_organisation, "named", named),
    WORD(struct content_organisation, "lookalike", lookalike, lookalike_words),
    TEXT(struct content_organisation, "like", like),
    TEXT(struct content_organisation, "like_brand", like_brand),
    NUMBER(struct content_organisation, "distance", distance),
};
SHAPE(organisation, struct content_organisation);

static const struct facts_field link_fields[] = {
    TEXT(struct content_link, "href", href),
    TEXT(struct content_link, "shown", shown),
    TEXT(struct content_link, "host", host),
    TEXT(struct content_link, "organisation", organisation),
    TEXT(struct content_link, "shown_host", shown_host),
    TEXT(struct content_link, "via", via),
    BOOL(struct content_link, "mismatched", mismatched),
    BOOL(struct content_link, "opaque", opaque),
    BOOL(struct content_link, "hidden", hidden),
    BOOL(struct content_link, "attached", attached),
    BOOL(struct content_link, "form", form),
    NUMBER(struct content_link, "part", part),
};
SHAPE(link, struct content_link);

static const struct facts_field links_fields[] = {
    COUNTS(struct content_links, "counts", counts, sizeof(unsigned), link_count_words),
    NUMBER(struct content_links, "seen", seen),
    NUMBER(struct content_links, "left", left),
};
SHAPE(links, struct content_links);

static const struct facts_field file_fields[] = {
    TEXT(struct content_file, "name", name),
    TEXT(struct content_file, "type", type),
    WORD(struct content_file, "content", content, content_words),
    WORD(struct content_file, "by_name", by_name, content_words),
    NUMBER(struct content_file, "size", size),
    TEXT(struct content_file, "sha256", sha256),
    BOOL(struct content_file, "attachment", attachment),
    BOOL(struct content_file, "disagree", disagree),
    BOOL(struct content_file, "encrypted", encrypted),
    BOOL(struct content_file, "double_suffix", double_suffix),
    BOOL(struct content_file, "disguised", disguised),
    BOOL(struct content_file, "script", script),
    BOOL(struct content_file, "form", form),
    BOOL(struct content_file, "password", password),
    BOOL(struct content_file, "smuggling", smuggling),
    TEXT(struct content_file, "inner", inner),
    BOOL(struct content_file, "inner_program", inner_program),
};
SHAPE(file, struct content_file);

static const struct facts_field text_fields[] = {
    NUMBER(struct content_text, "visible", visible),
    NUMBER(struct content_text, "hidden", hidden),
    NUMBER(struct content_text, "words", words),
    NUMBER(struct content_text, "parts", parts),
    BOOL(struct content_text, "html", html),
    BOOL(struct content_text, "plain", plain),
    BOOL(struct content_text, "differ", differ),
    NUMBER(struct content_text, "invisible", invisible),
    NUMBER(struct content_text, "inside", inside),
    NUMBER(struct content_text, "mixed", mixed),
    NUMBER(struct content_text, "styled", styled),
    NUMBER(struct content_text, "images", images),
    NUMBER(struct content_text, "attached_images", attached_images),
    BOOL(struct content_text, "image_only", image_only),
    BOOL(struct content_text, "forms", forms),
    BOOL(struct content_text, "password", password),
    COUNTS(struct content_text, "hidden_by", hidden_by, sizeof(unsigned), hidden_words),
    FLAGS(struct content_text, "oddities", odd, page_words),
    BOOL(struct content_text, "quoted", quoted),
    BOOL(struct content_text, "cut", cut),
    WORD(struct content_text, "language", language, language_words),
    WORD(struct content_text, "subject_language", subject_language, language_words),
    NUMBER(struct content_text, "recipients", recipients),
    BOOL(struct content_text, "recipient_in_subject", recipient_in_subject),
    BOOL(struct content_text, "recipient_domain", recipient_domain),
    BOOL(struct content_text, "crypto_address", crypto_address),
    BOOL(struct content_text, "iban", iban),
};
SHAPE(text, struct content_text);

static const struct facts_field phone_fields[] = {
    TEXT(struct content_phone, "number", number),
    BOOL(struct content_phone, "callback", callback),
    BOOL(struct content_phone, "subject", subject),
};
SHAPE(phone, struct content_phone);

static const struct facts_field lure_fields[] = {
    TEXT(struct lure_found, "phrase", phrase),
    WORD(struct lure_found, "kind", kind, lure_kind_words),
    WORD(struct lure_found, "language", language, language_words),
    WORD(struct lure_found, "place", place, lure_place_words),
    BOOL(struct lure_found, "strong", strong),
    BOOL(struct lure_found, "disguised", disguised),
    NUMBER(struct lure_found, "times", times),
    TEXT(struct lure_found, "text", text),
};
SHAPE(lure, struct lure_found);

static const struct facts_field lures_fields[] = {
    COUNTS(struct lures_found, "subject", kinds[0].subject, sizeof(struct lure_count), lure_kind_words),
    COUNTS(struct lures_found, "text", kinds[0].text, sizeof(struct lure_count), lure_kind_words),
    COUNTS(struct lures_found, "strong", kinds[0].strong, sizeof(struct lure_count), lure_kind_words),
    COUNTS(struct lures_found, "languages", languages, sizeof(unsigned), language_words),
    NUMBER(struct lures_found, "phrases", phrases),
    NUMBER(struct lures_found, "disguised", disguised),
    LIST(struct lures_found, "first", first, n, lure),
};
SHAPE(lures, struct lures_found);

static const struct facts_field content_fields[] = {
    TEXT(struct content, "author", author),
    TEXT(struct content, "author_address", author_address),
    BOOL(struct content, "author_free", author_free),
    WORD(struct content, "author_lookalike", author_lookalike, lookalike_words),
    TEXT(struct content, "author_like", author_like),
    TEXT(struct content, "author_like_brand", author_like_brand),
    PART(struct content, "display", display, name),
    PART(struct content, "subject", subject, name),
    TEXT(struct content, "reply_to", reply_to),
    BOOL(struct content, "reply_to_other", reply_to_other),
    BOOL(struct content, "reply_to_free", reply_to_free),
    TEXT(struct content, "return_path", return_path),
    BOOL(struct content, "reply", reply),
    BOOL(struct content, "reply_known", reply_known),
    BOOL(struct content, "to_missing", to_missing),
    BOOL(struct content, "to_author", to_author),
    BOOL(struct content, "to_recipient", to_recipient),
    BOOL(struct content, "date_missing", date_missing),
    TIME(struct content, "date", date),
    LIST(struct content, "brands", brands, brand_count, brand),
    NUMBER(struct content, "brands_seen", brand_seen),
    LIST(struct content, "organisations", organisations, organisation_count, organisation),
    NUMBER(struct content, "organisations_seen", organisation_seen),
    PART(struct content, "link_counts", link_counts, links),
    LIST(struct content, "links", links, link_count, link),
    LIST(struct content, "files", files, file_count, file),
    NUMBER(struct content, "files_seen", file_seen),
    PART(struct content, "text", text, text),
    LIST(struct content, "phones", phones, phone_count, phone),
    PART(struct content, "lures", lures, lures),
    FLAGS(struct content, "oddities", odd, odd_words),
};
const struct facts_shape facts_content_shape = {
    content_fields, sizeof(content_fields) / sizeof(*content_fields), sizeof(struct content)};

/* ---- collecting ---- */

void facts_add_content(struct facts *facts, const struct content *content, bool subject)
{
    facts->content = *content;
    facts->content.display.text = facts->content.subject.text = S("");
    facts->content.subject_sketch = facts->content.text_sketch = 0;
    if (!subject)
        facts->content.subject.skeleton = facts->content.subject.address = S("");
}
