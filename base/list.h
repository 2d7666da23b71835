/* list.h: intrusive, circular, doubly linked lists. Layer: base. */
#ifndef BASE_LIST_H
#define BASE_LIST_H

#include "base/defs.h"

typedef struct ListNode {
    struct ListNode *next;
    struct ListNode *prev;
} ListNode;

static inline void list_init(ListNode *head) { head->next = head->prev = head; }
static inline bool list_empty(const ListNode *head) { return head->next == head; }
static inline void list_insert_after(ListNode *at, ListNode *node) {
    node->prev = at;
    node->next = at->next;
    at->next->prev = node;
    at->next = node;
}
static inline void list_push_back(ListNode *head, ListNode *node) {
    list_insert_after(head->prev, node);
}
static inline void list_push_front(ListNode *head, ListNode *node) {
    list_insert_after(head, node);
}
/* Leaves the node self-linked, so removing twice is harmless. */
static inline void list_remove(ListNode *node) {
    node->prev->next = node->next;
    node->next->prev = node->prev;
    list_init(node);
}

#define LIST_ENTRY(node, type, member) CONTAINER_OF(node, type, member)
#define LIST_FOREACH(it, head) for (ListNode *it = (head)->next; it != (head); it = it->next)
/* Safe against removal of the current node. */
#define LIST_FOREACH_SAFE(it, tmp, head)                                                           \
    for (ListNode *it = (head)->next, *tmp = it->next; it != (head); it = tmp, tmp = it->next)

#endif
