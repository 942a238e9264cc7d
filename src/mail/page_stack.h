/* page_stack.h: what page.c, page_stack.c and page_look.c call of each other. */
#ifndef POSTERN_MAIL_PAGE_STACK_H
#define POSTERN_MAIL_PAGE_STACK_H

#include "mail/page_own.h"

/* page_stack.c. The stack with its root alone. */
void page_stack_begin(struct reader *reader);

/* Closes what a start tag closes. False if the tag counts for nothing where it stands. */
bool page_stack_open(struct reader *reader, enum html_tag tag);

/* Puts an element on the stack, with what it looks like. Valid until the next one. */
struct element *page_stack_push(struct reader *reader, const struct html *html);
void page_stack_pop(struct reader *reader);

/* Closes the element at i and all in it; none for i < 1. */
void page_stack_pop_to(struct reader *reader, int32_t i);

/* Closes what an end tag closes. */
void page_stack_close(struct reader *reader, const struct html *html);

/* How a text (or a tag that is no part of a table) looks where the reader stands. */
const struct look *page_stack_look(const struct reader *reader, bool text_or_other);

/* The list of active formatting elements. A marker has an empty token. */
void page_formatting_add(struct reader *reader, str token, enum html_tag tag, size_t link);
void page_formatting_reopen(struct reader *reader);
void page_formatting_end(struct reader *reader, enum html_tag tag);

static inline bool page_formatting_is_due(const struct reader *reader)
{
    return reader->formatting_count && !reader->formatting[reader->formatting_count - 1].open;
}

/* Room for one element more. */
void page_stack_reserve(struct reader *reader);

/* page_look.c. What an element at the place `at` of the stack looks like in one that looks like `parent`;
 * fills in what selectors call it too. */
void page_look(struct reader *reader, const struct html *html, const struct look *parent, size_t at,
               struct look *look);

/* page.c. An element that a link is shown in ends. */
void page_link_end(struct reader *reader, size_t link);
void page_break(struct reader *reader, enum page_break what);
void page_read_sheets_ahead(struct reader *reader);

/* Adds the url() of a style. */
void page_style_url(struct reader *reader, str url, enum page_hidden hidden);

#endif
