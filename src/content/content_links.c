/* content_links.c: where the links of a message lead, as far as that can be told without asking anybody. */
#include "base/base64.h"
#include "content/content_own.h"
#include "mail/link.h"

/* One link on its way through the facts. */
struct link_view {
    const struct body_link *link;
    struct unwrapped unwrapped;
    const struct url *target;
    str host, organisation, shown_host;
    bool click; /* to be clicked on, in sight */
    bool mismatched, recipient;
};

struct links_work {
    struct examine *examine;
    str *hosts; /* that were held against brands */
    size_t host_count;
    struct content_organisation *last; /* links to one organisation often stand together */
};

static void tally(struct links_work *work, enum link_count count, bool yes)
{
    work->examine->content->link_counts.counts[count] += yes;
}

/* ---- links that are no web pages ---- */

static void count_scheme(struct links_work *work, const struct body_link *link)
{
    str scheme = link->url.scheme;
    bool mailto = str_eq(scheme, S("mailto")), tel = str_eq(scheme, S("tel")) || str_eq(scheme, S("sms"));
    bool data = str_eq(scheme, S("data")) || str_eq(scheme, S("blob")), cid = str_eq(scheme, S("cid"));
    bool script = str_eq(scheme, S("javascript")) || str_eq(scheme, S("vbscript"));

    tally(work, LINKS_MAILTO, mailto);
    tally(work, LINKS_TEL, tel);
    tally(work, LINKS_DATA, data && link->kind != BODY_LINK_IMAGE);
    tally(work, LINKS_SCRIPT, script);
    tally(work, LINKS_OTHER, !mailto && !tel && !data && !cid && !script);
}

/* ---- organisations ---- */

static struct content_organisation *organisation_of(struct links_work *work, const struct link_view *view)
{
    struct content *content = work->examine->content;
    struct content_organisation *organisation;

    if (work->last && str_eq(work->last->domain, view->organisation))
        return work->last;
    for (size_t i = 0; i < content->organisation_count; i++)
        if (str_eq(content->organisations[i].domain, view->organisation))
            return work->last = &content->organisations[i];
    content->organisation_seen++;
    if (content->organisation_count == LIMIT_CONTENT_ORGANISATIONS)
        return NULL;
    organisation = &content->organisations[content->organisation_count++];
    *organisation =
        (struct content_organisation){.domain = view->organisation, .host = view->host, .hidden = true};
    organisation->ip = view->target->host_kind != URL_HOST_DOMAIN;
    organisation->author = content->author.n && str_eq(view->organisation, content->author);
    organisation->reply_to = content->reply_to.n && str_eq(view->organisation, content->reply_to);
    for (size_t i = 0; i < work->examine->signer_count; i++)
        organisation->signer |=
            str_eq(examine_organisation(work->examine, work->examine->signers[i]), view->organisation);
    return work->last = organisation;
}

/* True if the host was not met before, and there is room for it. */
static bool is_new_host(struct links_work *work, str host)
{
    for (size_t i = work->host_count; i-- > 0;)
        if (str_eq(work->hosts[i], host))
            return false;
    if (work->host_count == LIMIT_CONTENT_HOSTS)
        return false;
    work->hosts[work->host_count++] = host;
    return true;
}

/* Where anybody can put something up, the customer has chosen his own name and not that of the place. */
static str chosen_name(const struct link_view *view, const struct hosting_match *place, struct arena *arena)
{
    if (!place->class)
        return view->host;
    return place->tenant.n ? arena_join(arena, place->tenant, S("."), S("invalid")) : S("");
}

/* Holds a host against the brands: whose it is, which one it names or looks like. */
static void compare_host(struct links_work *work, struct content_organisation *organisation,
                         const struct link_view *view, const struct hosting_match *place)
{
    struct examine *examine = work->examine;
    const struct brands *brands = examine->params->brands;
    const struct brand *owner;
    struct lookalike like;
    bool exact = false;
    str host = chosen_name(view, place, examine->arena);

    if (!brands || view->target->host_kind != URL_HOST_DOMAIN)
        return;
    owner = brands_of_domain(brands, view->host);
    if (owner && !place->class) {
        organisation->brand = organisation->brand.n ? organisation->brand : owner->name;
        return;
    }
    if (lookalike_find(brands->domains, host, examine->params->suffixes, &like, examine->arena)) {
        if (organisation->lookalike == LOOKALIKE_NONE || like.kind < organisation->lookalike) {
            organisation->lookalike = like.kind;
            organisation->like = like.domain;
            organisation->like_brand = brands->items[like.id].name;
            organisation->distance = like.distance;
        }
        examine_brand(examine, &brands->items[like.id], BRAND_IN_HOST, host, false,
                      like.kind == LOOKALIKE_HOMOGLYPH || like.kind == LOOKALIKE_TYPO);
    }
    owner = brands_within(brands, host, &exact, examine->arena);
    if (owner && !organisation->named.n) {
        organisation->named = owner->name;
        examine_brand(examine, owner, BRAND_IN_HOST, host, false, !exact);
    }
}

static void add_to_organisation(struct links_work *work, const struct link_view *view)
{
    struct content_organisation *organisation = organisation_of(work, view);
    struct hosting_match place = {0};

    if (!organisation)
        return;
    hosting_find(work->examine->params->hosting, view->target, &place);
    if (is_new_host(work, view->host))
        compare_host(work, organisation, view, &place);
    organisation->clicks += view->click;
    organisation->images += view->link->kind == BODY_LINK_IMAGE;
    organisation->others += !view->click && view->link->kind != BODY_LINK_IMAGE;
    organisation->hidden &= view->link->hidden;
    tally(work, LINKS_LOOKALIKE,
          organisation->lookalike != LOOKALIKE_NONE && view->link->kind != BODY_LINK_IMAGE);
    if (!place.class)
        return;
    tally(work, LINKS_HOSTED, view->link->kind != BODY_LINK_IMAGE);
    if (!organisation->hosting.n) {
        organisation->hosting = place.class->name;
        organisation->tenant = place.tenant;
    }
}

/* ---- what is shown ---- */

/* The host that the text of a link names, if it names one. */
static str host_shown(struct links_work *work, const struct body_link *link)
{
    struct link_search search = {.text = str_sub(link->shown, 0, LIMIT_CONTENT_NAME)};
    struct link_found found;
    struct url url;

    if (link->source == BODY_LINK_TEXT || str_find(link->shown, '.') == link->shown.n)
        return S("");
    if (!link_next(&search, work->examine->arena, &found) ||
        !url_parse(&url, found.target, NULL, work->examine->arena))
        return S("");
    return url.host_kind == URL_HOST_DOMAIN ? url_host_name(&url) : S("");
}

/* ---- recipients ---- */

static bool names_recipient(const struct examine *examine, str href)
{
    str lower;

    if (!examine->recipient_count)
        return false;
    for (size_t i = 0; i < examine->recipient_count; i++)
        if (examine->recipients[i].base64.n >= 8 &&
            str_find_str(href, examine->recipients[i].base64) < href.n)
            return true;
    lower = arena_lower(examine->arena, url_unescape(href, false, examine->arena));
    for (size_t i = 0; i < examine->recipient_count; i++)
        if (str_find_str(lower, examine->recipients[i].address) < lower.n)
            return true;
    return false;
}

/* A fragment goes to no server; the page reads it: often an address that a form is to be filled with. */
static bool is_identifier(str fragment)
{
    size_t codes = 0;

    if (str_find(fragment, '@') < fragment.n || str_find_str(fragment, S("%40")) < fragment.n)
        return true;
    for (size_t i = 0; i < fragment.n; i++)
        codes += ascii_is_digit(fragment.p[i]) || (fragment.p[i] >= 'A' && fragment.p[i] <= 'Z');
    return fragment.n >= 24 && codes >= 6;
}

/* ---- one link ---- */

static void view_link(struct links_work *work, const struct body_link *link, struct link_view *view)
{
    struct examine *examine = work->examine;

    *view = (struct link_view){.link = link};
    unwrap_link(examine->params->unwrap, &link->url, &view->unwrapped, examine->arena);
    view->target = view->unwrapped.target;
    view->host = url_host_name(view->target);
    view->organisation =
        view->target->host_kind == URL_HOST_DOMAIN ? examine_organisation(examine, view->host) : view->host;
    view->click = link->kind == BODY_LINK_CLICK && !link->hidden && !link->attached;
    if (link->kind == BODY_LINK_CLICK) {
        view->shown_host = host_shown(work, link);
        view->mismatched = view->shown_host.n && !view->unwrapped.opaque &&
                           !str_eq(examine_organisation(examine, view->shown_host), view->organisation);
    }
    view->recipient = link->kind != BODY_LINK_IMAGE && names_recipient(examine, view->target->href);
}

static void count_link(struct links_work *work, const struct link_view *view)
{
    const struct body_link *link = view->link;
    const struct url *url = view->target;

    tally(work, LINKS_IMAGES, link->kind == BODY_LINK_IMAGE);
    tally(work, LINKS_FORMS, link->kind == BODY_LINK_FORM);
    tally(work, LINKS_REFRESHES, link->kind == BODY_LINK_REFRESH);
    tally(work, LINKS_SCRIPTS, link->kind == BODY_LINK_SCRIPT || link->kind == BODY_LINK_FRAME);
    tally(work, LINKS_ATTACHED, link->attached);
    tally(work, LINKS_CALENDAR, link->source == BODY_LINK_ICS);
    tally(work, LINKS_SVG, link->source == BODY_LINK_SVG);
    if (link->kind == BODY_LINK_IMAGE || link->kind == BODY_LINK_STYLE)
        return;
    tally(work, LINKS_CLICKS, view->click);
    tally(work, LINKS_HIDDEN, link->hidden && link->kind == BODY_LINK_CLICK);
    tally(work, LINKS_PLAIN, str_eq(url->scheme, S("http")));
    tally(work, LINKS_IP, url->odd[URL_IP]);
    tally(work, LINKS_IP_FORM, url->odd[URL_IP_FORM]);
    tally(work, LINKS_PORT, url->odd[URL_PORT]);
    tally(work, LINKS_USERINFO, url->odd[URL_USERINFO]);
    tally(work, LINKS_PUNYCODE, url->odd[URL_PUNYCODE] || url->odd[URL_HOST_UNICODE]);
    tally(work, LINKS_MIXED, url->odd[URL_HOST_MIXED]);
    tally(work, LINKS_DISGUISED,
          link->url.odd[URL_HOST_PERCENT] || link->url.odd[URL_CONTROL] || link->url.odd[URL_BACKSLASH] ||
              link->url.odd[URL_SLASHES] || link->url.odd[URL_HOST_MAPPED] ||
              link->url.odd[URL_USERINFO_HOST]);
    tally(work, LINKS_UNWRAPPED, view->unwrapped.n > 0);
    tally(work, LINKS_OPAQUE, view->unwrapped.opaque != NULL);
    tally(work, LINKS_MISMATCHED, view->mismatched);
    tally(work, LINKS_RECIPIENT, view->recipient);
    tally(work, LINKS_FOREIGN, view->click && !str_eq(view->organisation, work->examine->content->author));
    tally(work, LINKS_IDENTIFIER, url->has_fragment && is_identifier(url->fragment));
}

/* ---- those that are kept in words ---- */

/* The rules by which a link was unwrapped, the outermost first. */
static str via_of(const struct unwrapped *unwrapped, struct arena *arena)
{
    struct buf buf = buf_new(arena, LIMIT_CONTENT_URL);

    for (size_t i = 0; i < unwrapped->n; i++)
        buf_printf(&buf, "%s%.*s", i ? " > " : "", PS(unwrapped->hops[i].rule->name));
    if (unwrapped->opaque)
        buf_printf(&buf, "%s%.*s", unwrapped->n ? " > " : "", PS(unwrapped->opaque->name));
    return buf_str(&buf);
}

/* A link that tells more than others, and may take a place from them. */
static bool is_notable(const struct link_view *view)
{
    const bool *odd = view->target->odd;

    return view->mismatched || view->link->kind == BODY_LINK_FORM || view->link->kind == BODY_LINK_REFRESH ||
           view->link->attached || odd[URL_IP] || odd[URL_USERINFO] || odd[URL_HOST_MIXED];
}

static void keep_link(struct links_work *work, const struct link_view *view)
{
    struct content *content = work->examine->content;
    bool notable = is_notable(view);
    size_t at = content->link_count;

    if (view->link->kind == BODY_LINK_IMAGE || view->link->kind == BODY_LINK_STYLE)
        return;
    /* Half of the room is for links as they come; notable ones may have all of it. */
    if (content->link_count >= (notable ? LIMIT_CONTENT_LINKS : LIMIT_CONTENT_LINKS / 2))
        return;
    content->links[at] = (struct content_link){
        .href = str_sub(view->target->href, 0, LIMIT_CONTENT_URL),
        .shown = str_sub(view->link->shown, 0, LIMIT_CONTENT_URL),
        .host = view->host,
        .organisation = view->organisation,
        .shown_host = view->shown_host,
        .via = via_of(&view->unwrapped, work->examine->arena),
        .mismatched = view->mismatched,
        .opaque = view->unwrapped.opaque != NULL,
        .hidden = view->link->hidden,
        .attached = view->link->attached,
        .form = view->link->kind == BODY_LINK_FORM,
        .part = view->link->part ? view->link->part->index : 0,
    };
    content->link_count++;
}

static void keep_hash(struct links_work *work, str href)
{
    struct content *content = work->examine->content;
    struct crypto *crypto = work->examine->input->crypto;

    if (crypto && content->url_hash_count < LIMIT_CONTENT_HASHES)
        content->url_hashes[content->url_hash_count++] = content_url_hash(crypto, href, work->examine->arena);
}

static void keep_hashes(struct links_work *work, const struct link_view *view)
{
    if (view->link->kind == BODY_LINK_IMAGE || view->link->kind == BODY_LINK_STYLE)
        return;
    keep_hash(work, view->link->url.href);
    if (view->unwrapped.n > 0)
        keep_hash(work, view->target->href);
}

static void examine_link(struct links_work *work, const struct body_link *link)
{
    struct link_view view;

    if (!link->valid) {
        tally(work, LINKS_INVALID, true);
        return;
    }
    if (!url_is_web(&link->url)) {
        count_scheme(work, link);
        return;
    }
    view_link(work, link, &view);
    count_link(work, &view);
    add_to_organisation(work, &view);
    keep_link(work, &view);
    keep_hashes(work, &view);
    if (link->kind == BODY_LINK_CLICK && link->source == BODY_LINK_HTML && link->shown.n) {
        struct examine_words words;

        examine_words(work->examine, link->shown, LIMIT_CONTENT_NAME, BRAND_IN_SHOWN, &words);
    }
}

/* Those with most clicks first; of equal ones as they stand in the message. */
static void sort_organisations(struct content *content)
{
    for (size_t i = 1; i < content->organisation_count; i++) {
        struct content_organisation moved = content->organisations[i];
        size_t k = i;

        for (; k > 0 && content->organisations[k - 1].clicks < moved.clicks; k--)
            content->organisations[k] = content->organisations[k - 1];
        content->organisations[k] = moved;
    }
}

void examine_links(struct examine *examine)
{
    const struct body *body = examine->input->body;
    struct content *content = examine->content;
    struct links_work work = {.examine = examine,
                              .hosts = arena_array_of(examine->arena, LIMIT_CONTENT_HOSTS, str)};

    content->organisations =
        arena_array_of(examine->arena, LIMIT_CONTENT_ORGANISATIONS, struct content_organisation);
    content->url_hashes = arena_array_of(examine->arena, LIMIT_CONTENT_HASHES, str);
    content->links = arena_array_of(examine->arena, LIMIT_CONTENT_LINKS, struct content_link);
    for (size_t i = 0; i < body->link_count; i++)
        examine_link(&work, &body->links[i]);
    content->link_counts.seen = (unsigned)body->link_seen;
    content->link_counts.left = (unsigned)body->links_left;
    sort_organisations(content);
}
