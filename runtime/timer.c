/* timer.c: a binary heap of timers, each of which knows its place. */
#include "runtime/runtime_int.h"

static void place(TimerHeap *heap, uint32_t i, Timer *timer) {
    heap->items[i] = timer;
    timer->heap_index = i;
}

static void sift_up(TimerHeap *heap, uint32_t i, Timer *timer) {
    for (; i > 1 && heap->items[i / 2]->deadline_us > timer->deadline_us; i /= 2)
        place(heap, i, heap->items[i / 2]);
    place(heap, i, timer);
}

static void sift_down(TimerHeap *heap, uint32_t i, Timer *timer) {
    for (;;) {
        uint32_t child = i * 2;
        if (child > heap->count)
            break;
        if (child < heap->count &&
            heap->items[child + 1]->deadline_us < heap->items[child]->deadline_us)
            child++;
        if (heap->items[child]->deadline_us >= timer->deadline_us)
            break;
        place(heap, i, heap->items[child]);
        i = child;
    }
    place(heap, i, timer);
}

static void heap_remove(TimerHeap *heap, Timer *timer) {
    uint32_t i = timer->heap_index;
    check(i >= 1 && i <= heap->count && heap->items[i] == timer);
    timer->heap_index = 0;
    Timer *last = heap->items[heap->count--];
    if (last == timer)
        return;
    sift_up(heap, i, last);
    sift_down(heap, last->heap_index, last);
}

static void heap_add(TimerHeap *heap, Timer *timer) {
    if (heap->count + 1 >= heap->capacity) {
        uint32_t capacity = heap->capacity == 0 ? 64 : heap->capacity * 2;
        Timer **items = mem_alloc(heap->account, capacity * sizeof(Timer *));
        if (heap->count > 0)
            memcpy(items, heap->items, (heap->count + 1) * sizeof(Timer *));
        mem_free(heap->account, heap->items, heap->capacity * sizeof(Timer *));
        heap->items = items;
        heap->capacity = capacity;
    }
    sift_up(heap, ++heap->count, timer);
}

void timer_heap_destroy(TimerHeap *heap) {
    mem_free(heap->account, heap->items, heap->capacity * sizeof(Timer *));
    *heap = (TimerHeap){.account = heap->account};
}

void timer_heap_run(TimerHeap *heap, uint64_t now_us) {
    while (heap->count > 0 && heap->items[1]->deadline_us <= now_us) {
        Timer *timer = heap->items[1];
        heap_remove(heap, timer);
        timer->fn(timer);
    }
}

uint64_t timer_heap_next(const TimerHeap *heap) {
    return heap->count == 0 ? DEADLINE_NONE : heap->items[1]->deadline_us;
}

void timer_start(Timer *timer, uint64_t deadline_us, void (*fn)(Timer *timer)) {
    check(tls_worker != NULL && fn != NULL);
    TimerHeap *heap = &tls_worker->timers;
    if (timer->heap_index != 0)
        heap_remove(heap, timer);
    timer->deadline_us = deadline_us;
    timer->fn = fn;
    heap_add(heap, timer);
}

void timer_stop(Timer *timer) {
    if (timer->heap_index == 0)
        return;
    check(tls_worker != NULL);
    heap_remove(&tls_worker->timers, timer);
}
