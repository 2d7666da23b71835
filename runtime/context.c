#include "runtime/context.h"

#if defined(__x86_64__)

/* System V AMD64: rbx, rbp, r12-r15 survive a call, the stack is 16-byte aligned before one. */
__asm__(".text\n"
        ".globl context_switch\n"
        ".type context_switch, @function\n"
        ".p2align 4\n"
        "context_switch:\n"
        "    .cfi_startproc\n"
        "    pushq %rbp\n"
        "    pushq %rbx\n"
        "    pushq %r12\n"
        "    pushq %r13\n"
        "    pushq %r14\n"
        "    pushq %r15\n"
        "    movq %rsp, (%rdi)\n"
        "    movq %rsi, %rsp\n"
        "    popq %r15\n"
        "    popq %r14\n"
        "    popq %r13\n"
        "    popq %r12\n"
        "    popq %rbx\n"
        "    popq %rbp\n"
        "    ret\n"
        "    .cfi_endproc\n"
        ".size context_switch, .-context_switch\n");

void *context_make(void *stack_base, size_t stack_bytes, void (*entry)(void)) {
    uint64_t *top = (uint64_t *)((char *)stack_base + stack_bytes);
    *--top = 0; /* entry()'s return address, where unwinders stop */
    *--top = (uint64_t)(uintptr_t)entry;
    for (int i = 0; i < 6; i++)
        *--top = 0;                    /* the registers that the switch pops */
    check(((uintptr_t)top & 15) == 0); /* so entry() finds the stack as after a call */
    return top;
}

#else
#error "context_switch is written for x86-64 only"
#endif
