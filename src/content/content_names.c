/* content_names.c: who a message says it is from, and its subject. */
#include "content/content_own.h"
#include "mail/date.h"
#include "mail/link.h"
#include "mail/word.h"

str examine_organisation(const struct examine *examine, str host)
{
    struct ip ip;

    if (ip_parse(host, &ip) || str_starts(host, S("[")))
        return host;
    return suffixes_organisation(examine->params->suffixes, host);
}

static str organisation_of(const struct examine *examine, str domain)
{
    str normal;

    return domain_normal(domain, examine->arena, &normal) ? examine_organisation(examine, normal) : S("");
}

/* The organisation of an address that stands in a display name or subject; empty if none does. */
static str address_within(const struct examine *examine, str skeleton, str *written)
{
    struct link_search search = {.text = skeleton};
    struct link_found found;
    size_t at = str_find(skeleton, '@');
    str domain;

    if (at > 0 && at < skeleton.n) {
        size_t begin = at, end = at + 1;

        while (begin > 0 && (ascii_is_alnum(skeleton.p[begin - 1]) || strchr("._+-", skeleton.p[begin - 1])))
            begin--;
        while (end < skeleton.n && (ascii_is_alnum(skeleton.p[end]) || strchr(".-", skeleton.p[end])))
            end++;
        *written = str_sub(skeleton, begin, end - begin);
        domain = str_sub(skeleton, at + 1, end - at - 1);
    } else if (link_next(&search, examine->arena, &found)) {
        *written = found.written;
        domain = str_starts(found.target, S("http"))
                     ? str_skip(found.target, str_find_str(found.target, S("://")) + 3)
                     : found.target;
        domain = str_sub(domain, 0, str_find(domain, '/'));
    } else {
        return S("");
    }
    return str_find(domain, '.') < domain.n ? organisation_of(examine, domain) : S("");
}

static void examine_name(struct examine *examine, struct content_name *name, str value,
                         enum brand_place place, struct examine_words *words)
{
    struct word_facts facts;
    str organisation;

    name->text = str_sub(word_decode(value, examine->arena, &facts), 0, LIMIT_CONTENT_NAME);
    name->broken = facts.broken || facts.unknown_charset;
    examine_words(examine, name->text, LIMIT_CONTENT_NAME, place, words);
    name->skeleton = words->skeleton;
    name->invisible = words->facts.invisible;
    name->inside = words->facts.inside;
    name->mixed = words->facts.mixed;
    name->styled = words->facts.styled;
    organisation = address_within(examine, name->skeleton, &name->address);
    if (!organisation.n)
        name->address = S("");
    name->other = organisation.n && !str_eq(organisation, examine->content->author);
}

static bool is_free(const struct examine *examine, str domain)
{
    uint32_t id;

    return examine->params->mailboxes && domain.n &&
           lookalikes_known(examine->params->mailboxes, domain, &id);
}

static void examine_author(struct examine *examine)
{
    struct content *content = examine->content;
    const struct content_params *params = examine->params;
    const struct address_list *from = &examine->input->mail->from;
    struct lookalike like;
    struct examine_words words;

    if (from->n == 0)
        return;
    content->author_address = address_format(&from->items[0], examine->arena);
    if (domain_normal(from->items[0].domain, examine->arena, &examine->author_domain))
        content->author = examine_organisation(examine, examine->author_domain);
    content->author_free = is_free(examine, examine->author_domain);
    examine_name(examine, &content->display, from->items[0].display, BRAND_IN_DISPLAY, &words);
    examine_brand_within(examine, BRAND_IN_DISPLAY, content->display.skeleton);
    examine_brand_within(examine, BRAND_IN_ADDRESS, from->items[0].local);
    if (!params->brands || !examine->author_domain.n ||
        brands_of_domain(params->brands, examine->author_domain))
        return;
    if (lookalike_find(params->brands->domains, examine->author_domain, params->suffixes, &like,
                       examine->arena)) {
        content->author_lookalike = like.kind;
        content->author_like = like.domain;
        content->author_like_brand = params->brands->items[like.id].name;
        examine_brand(examine, &params->brands->items[like.id], BRAND_IN_ADDRESS, examine->author_domain,
                      false, like.kind == LOOKALIKE_HOMOGLYPH || like.kind == LOOKALIKE_TYPO);
    }
}

static void read_addresses(const struct examine *examine, enum header_id id, struct address_list *list)
{
    if (examine->input->mail->first[id])
        address_parse_list(examine->input->mail->first[id]->value, examine->arena, list);
}

static void examine_replies(struct examine *examine)
{
    struct content *content = examine->content;
    struct address_list list = {0};
    size_t at;

    read_addresses(examine, HEADER_REPLY_TO, &list);
    for (size_t i = 0; i < list.n && !content->reply_to.n; i++)
        content->reply_to = organisation_of(examine, list.items[i].domain);
    content->reply_to_other = content->reply_to.n && !str_eq(content->reply_to, content->author);
    content->reply_to_free = is_free(examine, content->reply_to);
    at = str_rfind(examine->input->envelope->mail_from, '@');
    content->return_path = organisation_of(examine, str_skip(examine->input->envelope->mail_from, at + 1));
}

/* What mail programs put before the subject of a reply or forward. */
static bool is_reply(str subject)
{
    static const char *const marks[] = {"re", "aw", "sv",  "antw", "rif", "ref", "res", "fw", "fwd", "wg",
                                        "tr", "rv", "enc", "i",    "vs",  "vl",  "odp", "pd", "ynt", "ilt"};
    str mark = str_sub(subject, 0, str_find(subject, ':'));

    if (mark.n == subject.n)
        return false;
    mark = str_sub(mark, 0, str_find(mark, '['));
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++)
        if (str_eq(str_trim(mark), str_from(marks[i])))
            return true;
    return false;
}

static void examine_recipients(struct examine *examine)
{
    struct content *content = examine->content;
    struct address_list list = {0};

    read_addresses(examine, HEADER_TO, &list);
    read_addresses(examine, HEADER_CC, &list);
    content->to_missing = true;
    for (size_t i = 0; i < list.n; i++) {
        str address = address_format(&list.items[i], examine->arena);

        content->to_missing &= list.items[i].domain.n == 0;
        content->to_author |= list.items[i].domain.n && str_ieq(address, content->author_address);
        for (size_t k = 0; k < examine->recipient_count; k++)
            content->to_recipient |= str_ieq(address, examine->recipients[k].address);
    }
}

void examine_names(struct examine *examine)
{
    const struct mail *mail = examine->input->mail;
    struct content *content = examine->content;
    struct examine_words words = {0};
    struct date date;

    examine_author(examine);
    if (mail->first[HEADER_SUBJECT])
        examine_name(examine, &content->subject, mail->first[HEADER_SUBJECT]->value, BRAND_IN_SUBJECT,
                     &words);
    content->text.subject_language = language_of_script(content->subject.text);
    if (content->text.subject_language == LANGUAGE_UNKNOWN)
        content->text.subject_language = language_of_words(words.pass.languages, words.pass.words);
    content->subject_sketch = words.sketching ? sketch_end(words.sketching) : 0;
    content->reply = is_reply(content->subject.skeleton);
    content->reply_known = mail->first[HEADER_IN_REPLY_TO] || mail->first[HEADER_REFERENCES];
    content->date_missing = !mail->first[HEADER_DATE];
    content->date =
        mail->first[HEADER_DATE] && date_parse(mail->first[HEADER_DATE]->value, &date) ? date.time : -1;
    examine_replies(examine);
    examine_recipients(examine);
}
