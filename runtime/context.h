/*
 * context.h: the switch between two stacks. Layer: runtime, private.
 *
 * context_switch saves the callee-saved registers of the calling convention on the running stack,
 * stores the stack pointer, takes the other one and returns there. Signal masks and floating-point
 * modes are the thread's and do not change with fibres.
 */
#ifndef RUNTIME_CONTEXT_H
#define RUNTIME_CONTEXT_H

#include "base/defs.h"

void context_switch(void **save_sp, void *to_sp);
/* The stack pointer of a stack that enters entry() when it is first switched to. */
void *context_make(void *stack_base, size_t stack_bytes, void (*entry)(void));

#if defined(__SANITIZE_ADDRESS__)
#define RUNTIME_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define RUNTIME_ASAN 1
#endif
#endif
#if defined(__SANITIZE_THREAD__)
#define RUNTIME_TSAN 1
#elif defined(__has_feature)
#if __has_feature(thread_sanitizer)
#define RUNTIME_TSAN 1
#endif
#endif

#endif
