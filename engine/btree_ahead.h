/* btree_ahead.h: leaves that were found before they are read. Layer: engine, private. */
#ifndef ENGINE_BTREE_AHEAD_H
#define ENGINE_BTREE_AHEAD_H

#include "engine/btree_log.h"

/* The leaf of a key announced by btree_ahead, once. False: none is known, or it has changed since.
 * spots: the worker's. */
bool btree_ahead_take(AheadSpots *spots, const Btree *tree, Str key, PageRef *leaf_out);

#endif
