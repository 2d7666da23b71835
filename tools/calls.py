#!/usr/bin/env python3
"""Calls that a layer may not make: raw memory outside base/, the system outside runtime/, functions
that are unsafe anywhere. Tests and benchmarks are programs of their own and may do as they like."""
import re
import sys

import source

MEMORY = ("malloc calloc realloc free strdup strndup asprintf vasprintf posix_memalign "
          "aligned_alloc reallocarray").split()
SYSTEM = ("open openat close read write pread pwrite preadv pwritev readv writev lseek fsync "
          "fdatasync fallocate ftruncate truncate stat fstat lstat unlink unlinkat rename renameat "
          "mkdir rmdir opendir readdir closedir link symlink readlink chmod fchmod flock fcntl ioctl "
          "fopen fdopen fclose fread fwrite fgets getline popen system fork execv execve waitpid "
          "socket bind listen accept connect send recv sendto recvfrom sendmsg recvmsg setsockopt "
          "getsockopt poll select epoll_wait mmap munmap mprotect madvise "
          "time gettimeofday clock_gettime clock nanosleep usleep sleep "
          "rand srand random srandom drand48 getrandom getentropy arc4random "
          "pthread_create pthread_mutex_lock pthread_mutex_unlock pthread_cond_wait "
          "sem_wait signal sigaction raise kill getpid getenv setenv getpwuid getpwnam "
          "gethostname").split()
ANYWHERE = ("strcpy strcat sprintf vsprintf gets strtok alloca atoi atol atof tmpnam mktemp "
            "setlocale localtime gmtime ctime asctime longjmp setjmp").split()

CALL = re.compile(r"(?<![\w.>])(\w+)\s*\(")
# A definition or declaration of the same name: preceded by a type.
DECLARED = re.compile(r"[\w*]\s+\**$")
THREAD_LOCAL = re.compile(r"\b(__thread|_Thread_local|thread_local)\b")


def banned_in(module):
    banned = {name: "unsafe" for name in ANYWHERE}
    if module != "base":
        banned.update({name: "raw memory belongs to base/" for name in MEMORY})
        if module != "runtime":
            banned.update({name: "the system belongs to runtime/" for name in SYSTEM})
    return banned


def is_declaration(line, start):
    before = line[:start]
    return bool(DECLARED.search(before)) and not re.search(r"\b(return|else|do|case)\s+$", before)


# The innermost guard, which runtime/ swaps with fibres: whoever allocates asks for it.
GUARD = ("base/arena.c", "base/mem_guard.h")


def name_of(path):
    return str(path).removeprefix("./")


def main():
    problems = []
    for path in source.files():
        module = source.module_of(path)
        if module is None or source.is_test(path):
            continue
        banned = banned_in(module)
        for number, line in enumerate(source.code_of(path).split("\n"), 1):
            if line.lstrip().startswith("#"):
                continue
            for match in CALL.finditer(line):
                name = match.group(1)
                if name in banned and not is_declaration(line, match.start()):
                    problems.append(f"{path}:{number}: {name}(): {banned[name]}")
            if THREAD_LOCAL.search(line) and module != "runtime" and name_of(path) not in GUARD:
                problems.append(f"{path}:{number}: thread-local state belongs to runtime/")
    return source.report("calls", problems)


if __name__ == "__main__":
    sys.exit(main())
