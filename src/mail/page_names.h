/* page_names.h: why something of an HTML page can't be seen, and what may be odd about one: the enumerations
 * of mail/page.h alone, for who keeps counts of them. */
#ifndef POSTERN_MAIL_PAGE_NAMES_H
#define POSTERN_MAIL_PAGE_NAMES_H

/* Why something can't be seen. */
#define PAGE_HIDDEN_TABLE(HIDDEN)                                                                            \
    HIDDEN(DISPLAY, "display", "it is not displayed (display:none, hidden)")                                 \
    HIDDEN(VISIBILITY, "visibility", "it is invisible (visibility:hidden)")                                  \
    HIDDEN(OPACITY, "opacity", "it is transparent (opacity)")                                                \
    HIDDEN(FONT_SIZE, "font-size", "its letters have no size")                                               \
    HIDDEN(SIZE, "size", "its box has no size")                                                              \
    HIDDEN(POSITION, "position", "it stands outside of what is shown")                                       \
    HIDDEN(CLIP, "clip", "it is clipped or scaled away")                                                     \
    HIDDEN(COLOUR, "colour", "it has the colour of what is behind it")                                       \
    HIDDEN(ELEMENT, "element", "the element's inside is not shown (template, noframes ...)")                 \
    HIDDEN(CONDITIONAL, "conditional", "only Outlook shows it (conditional comment)")                        \
    HIDDEN(REPEATED, "repeated", "the attribute stands there twice, and this is not the first")              \
    HIDDEN(EMPTY, "empty", "there is nothing in it that can be seen")

enum page_hidden {
    PAGE_SHOWN,
#define HIDDEN(id, name, words) PAGE_HIDDEN_##id,
    PAGE_HIDDEN_TABLE(HIDDEN)
#undef HIDDEN
        PAGE_HIDDEN_REASONS
};

#define PAGE_ODDITY_TABLE(ODDITY)                                                                            \
    ODDITY(NUL, "nul", "it has NUL characters, which programs treat differently")                            \
    ODDITY(ZERO_WIDTH, "zero-width", "invisible characters stand within words")                              \
    ODDITY(BIDI, "bidi", "it turns the direction of text over (override)")                                   \
    ODDITY(CUT_TAG, "cut-tag", "it ends within a tag, which is then not shown")                              \
    ODDITY(OPEN_COMMENT, "open-comment", "a comment has no end")                                             \
    ODDITY(CONDITIONAL, "conditional", "Outlook is shown something else (conditional comments)")             \
    ODDITY(REPEATED, "repeated", "a tag has the same address twice")                                         \
    ODDITY(SLASH, "slash", "slashes stand between attributes instead of spaces")                             \
    ODDITY(SCRIPT, "script", "it has scripts")                                                               \
    ODDITY(FRAMES, "frames", "it has a frameset")                                                            \
    ODDITY(TEMPLATE, "template", "it has a template, whose text some programs show")                         \
    ODDITY(FOREIGN, "foreign", "it has SVG or MathML")                                                       \
    ODDITY(GENERATED, "generated", "text comes from its style sheet (content)")                              \
    ODDITY(OUTLOOK_HIDES, "outlook-hides", "Outlook alone hides a text (mso-hide)")                          \
    ODDITY(DEPTH, "depth", "its elements are nested too deeply")                                             \
    ODDITY(EFFORT, "effort", "it is too much effort to follow its nesting or its styles exactly")            \
    ODDITY(LIMIT, "limit", "it has more text, links or forms than are kept")

enum page_oddity {
#define ODDITY(id, name, words) PAGE_##id##_ODD,
    PAGE_ODDITY_TABLE(ODDITY)
#undef ODDITY
        PAGE_ODDITIES
};

#endif
