/*
 * ltree.h: paths of labels, of the extension ltree. Layer: types.
 *
 * A value of any of its types is its canonical text: labels of letters, digits and '_' with dots between
 * them; of lquery and ltxtquery the query as it is printed. Paths are ordered label by label.
 */
#ifndef TYPES_LTREE_H
#define TYPES_LTREE_H

#include "types/type.h"

#define LTREE_LEVELS_MAX 65535

extern const TypeInfo ltree_model, lquery_model, ltxtquery_model;

typedef struct Labels {
    Str *items;
    uint32_t count;
} Labels;
/* Errors: 53200. */
Status ltree_labels(Arena *arena, Str path, Labels *out);
/* Checks a text. Errors: 42601, 42622, 54000. */
Status ltree_check(Str text);

/* Does the path match? Errors: 53200. */
Status lquery_matches(Arena *arena, Str query, const Labels *path, bool *matches_out);
Status ltxtquery_matches(Arena *arena, Str query, const Labels *path, bool *matches_out);
/* The labels that every path that matches begins with. */
Status lquery_beginning(Arena *arena, Str query, Labels *out);

/* Registers its functions (fn_register). Once, before the first worker runs. */
void ltree_register(void);

#endif
