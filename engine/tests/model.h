/* model.h: a sorted array that a tree is compared with, and its history for going back in time. */
#ifndef ENGINE_TESTS_MODEL_H
#define ENGINE_TESTS_MODEL_H

#include "engine/btree.h"

#include <stdlib.h>
#include <string.h>

typedef struct ModelEntry {
    char *key;
    uint32_t key_len;
    char *value;
    uint32_t value_len;
} ModelEntry;

typedef struct ModelOp {
    Lsn lsn;
    char *key;
    uint32_t key_len;
    char *old_value; /* NULL: did not exist */
    uint32_t old_len;
} ModelOp;

typedef struct Model {
    ModelEntry *entries;
    size_t count, capacity;
    ModelOp *ops;
    size_t op_count, op_capacity;
    uint64_t version; /* counts changes */
} Model;

static inline char *model_dup(const void *data, uint32_t len) {
    char *copy = malloc(len + 1u);
    if (len > 0)
        memcpy(copy, data, len);
    return copy;
}

static inline Str model_key(const ModelEntry *entry) {
    return str_make(entry->key, entry->key_len);
}
static inline Str model_value(const ModelEntry *entry) {
    return str_make(entry->value, entry->value_len);
}

/* The first entry >= key. */
static inline size_t model_search(const Model *model, Str key, bool *found) {
    size_t low = 0, high = model->count;
    *found = false;
    while (low < high) {
        size_t middle = (low + high) / 2;
        int order = str_compare(model_key(&model->entries[middle]), key);
        if (order == 0) {
            *found = true;
            return middle;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static inline ModelEntry *model_get(const Model *model, Str key) {
    bool found;
    size_t at = model_search(model, key, &found);
    return found ? &model->entries[at] : NULL;
}

/* value NULL: removed. */
static inline void model_set(Model *model, Str key, const Str *value) {
    bool found;
    size_t at = model_search(model, key, &found);
    model->version++;
    if (found) {
        free(model->entries[at].value);
        if (value == NULL) {
            free(model->entries[at].key);
            memmove(&model->entries[at], &model->entries[at + 1],
                    (model->count - at - 1) * sizeof(ModelEntry));
            model->count--;
            return;
        }
    } else {
        if (value == NULL)
            return;
        if (model->count == model->capacity) {
            model->capacity = model->capacity == 0 ? 64 : 2 * model->capacity;
            model->entries = realloc(model->entries, model->capacity * sizeof(ModelEntry));
        }
        memmove(&model->entries[at + 1], &model->entries[at],
                (model->count - at) * sizeof(ModelEntry));
        model->count++;
        model->entries[at].key = model_dup(key.data, key.len);
        model->entries[at].key_len = key.len;
    }
    model->entries[at].value = model_dup(value->data, value->len);
    model->entries[at].value_len = value->len;
}

/* The same, and remembers how to take it back. */
static inline void model_change(Model *model, Lsn lsn, Str key, const Str *value) {
    if (model->op_count == model->op_capacity) {
        model->op_capacity = model->op_capacity == 0 ? 64 : 2 * model->op_capacity;
        model->ops = realloc(model->ops, model->op_capacity * sizeof(ModelOp));
    }
    const ModelEntry *old = model_get(model, key);
    model->ops[model->op_count++] = (ModelOp){
        .lsn = lsn,
        .key = model_dup(key.data, key.len),
        .key_len = key.len,
        .old_value = old == NULL ? NULL : model_dup(old->value, old->value_len),
        .old_len = old == NULL ? 0 : old->value_len,
    };
    model_set(model, key, value);
}

/* Takes back what was logged at end or later. */
static inline void model_revert(Model *model, Lsn end) {
    while (model->op_count > 0 && model->ops[model->op_count - 1].lsn >= end) {
        ModelOp *op = &model->ops[--model->op_count];
        Str old = str_make(op->old_value == NULL ? "" : op->old_value, op->old_len);
        model_set(model, str_make(op->key, op->key_len), op->old_value == NULL ? NULL : &old);
        free(op->key);
        free(op->old_value);
    }
}

/* Forgets the history: it is durable. */
static inline void model_settle(Model *model) {
    for (size_t i = 0; i < model->op_count; i++) {
        free(model->ops[i].key);
        free(model->ops[i].old_value);
    }
    model->op_count = 0;
}

static inline void model_free(Model *model) {
    model_settle(model);
    for (size_t i = 0; i < model->count; i++) {
        free(model->entries[i].key);
        free(model->entries[i].value);
    }
    free(model->entries);
    free(model->ops);
    *model = (Model){0};
}

#endif
