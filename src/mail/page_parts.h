/* page_parts.h: what page_link.c and page_element.c offer page.c and each other. */
#ifndef POSTERN_MAIL_PAGE_PARTS_H
#define POSTERN_MAIL_PAGE_PARTS_H

#include "mail/page_own.h"

/* Without what browsers drop around an address: blanks and controls. */
str page_trim(str s);

/* The decoded value of an attribute of the tag that is read. */
str page_attribute(const struct reader *reader, enum html_attribute which);

/* Adds text of the tag or behind it to the text where it belongs. */
void page_add_text(struct reader *reader, str text, enum page_hidden hidden, bool lines);

/* --- page_link.c. NULL where there are too many. --- */
struct page_link *page_link_add(struct reader *reader, enum page_kind kind, str href,
                                enum page_hidden hidden);

/* The link in an attribute of the tag; NULL if it is not there. */
struct page_link *page_link_attribute(struct reader *reader, enum page_kind kind,
                                      enum html_attribute attribute, enum page_hidden hidden);
void page_link_srcset(struct reader *reader, enum page_kind kind, enum page_hidden hidden);

/* From here on text is shown for the link. Returns what element.link gets; 0 for NULL. */
size_t page_link_open(struct reader *reader, struct page_link *link, enum page_hidden own);

/* Fills in what links show, when the texts don't move any more. */
void page_links_show(struct reader *reader);

/* --- page_element.c --- */

/* How an element without an inside looks; `text`: what is written with it. */
enum page_hidden page_look_of_tag(struct reader *reader, bool text);
void page_read_image(struct reader *reader);
void page_read_form(struct reader *reader, enum page_hidden hidden);
void page_read_field(struct reader *reader, bool typed);
void page_read_body(struct reader *reader);

/* The addresses of elements that are no links, and of those that have no inside. */
void page_read_leaf(struct reader *reader, enum page_hidden hidden);

#endif
