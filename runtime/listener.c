#include "runtime/clock.h"
#include "runtime/log.h"
#include "runtime/runtime_int.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define BACKLOG 4096
#define ACCEPTS_A_TURN 64
#define NO_DESCRIPTORS_PAUSE_US 100000u

struct Listener {
    ListNode node; /* in WorkerNet.listeners */
    Worker *worker;
    FdWatch watch;
    Timer pause;
    const ConnHandler *handler;
    void *arg;
    ConnKind kind;
    char path[sizeof(((struct sockaddr_un *)0)->sun_path)]; /* Unix sockets */
};

typedef struct Adoption {
    Task task;
    Worker *worker;
    const ConnHandler *handler;
    void *arg;
    int fd;
    ConnKind kind;
} Adoption;

static void adopt(Task *task) {
    Adoption a = *CONTAINER_OF(task, Adoption, task);
    mem_free(&a.worker->runtime->account, CONTAINER_OF(task, Adoption, task), sizeof(Adoption));
    net_adopt(a.worker, a.fd, a.kind, a.handler, a.arg);
}

/* The worker with the fewest connections; among equals they take turns. */
static Worker *least_loaded(Runtime *runtime) {
    uint32_t first = atomic_fetch_add_explicit(&runtime->next_worker, 1, memory_order_relaxed);
    Worker *best = NULL;
    uint32_t best_count = UINT32_MAX;
    for (int i = 0; i < runtime->worker_count; i++) {
        Worker *worker = &runtime->workers[(first + (uint32_t)i) % (uint32_t)runtime->worker_count];
        uint32_t count = atomic_load_explicit(&worker->net.conn_count, memory_order_relaxed);
        if (count < best_count) {
            best = worker;
            best_count = count;
        }
    }
    return best;
}

static void give_away(Listener *listener, int fd) {
    Runtime *runtime = listener->worker->runtime;
    Worker *worker = least_loaded(runtime);
    atomic_fetch_add_explicit(&worker->net.conn_count, 1, memory_order_relaxed);
    if (worker == listener->worker) {
        net_adopt(worker, fd, listener->kind, listener->handler, listener->arg);
        return;
    }
    Adoption *a = mem_alloc(&runtime->account, sizeof(*a));
    *a = (Adoption){.task.fn = adopt,
                    .worker = worker,
                    .handler = listener->handler,
                    .arg = listener->arg,
                    .fd = fd,
                    .kind = listener->kind};
    worker_post_task(runtime, worker->id, &a->task);
}

static void pause_over(Timer *timer) {
    Listener *listener = CONTAINER_OF(timer, Listener, pause);
    listener->worker->backend->watch(listener->worker, &listener->watch);
}

static void incoming(FdWatch *watch) {
    Listener *listener = watch->arg;
    for (int i = 0; i < ACCEPTS_A_TURN; i++) {
        int fd = accept4(watch->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (fd >= 0) {
            give_away(listener, fd);
            continue;
        }
        if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            /* It stays readable: look again when something may have been closed. */
            log_write(LOG_LEVEL_LOG, "could not accept new connection: %s", strerror(errno));
            listener->worker->backend->unwatch(listener->worker, watch);
            timer_start(&listener->pause, clock_mono_us() + NO_DESCRIPTORS_PAUSE_US, pause_over);
            return;
        }
        if (errno == EAGAIN || errno == EWOULDBLOCK)
            return;
    }
}

static Status bind_error(int e, const char *family, const char *address) {
    SqlState state = e == EADDRINUSE ? ERR_OBJECT_IN_USE
                     : e == EACCES   ? ERR_INSUFFICIENT_PRIVILEGE
                                     : ERR_SYSTEM_ERROR;
    Status status =
        error(state, "could not bind %s address \"%s\": %s", family, address, strerror(e));
    if (e == EADDRINUSE)
        status = status_hint(status, "Is another server already running there?");
    return status;
}

static Status make_listener(int fd, ConnKind kind, const char *path, const ConnHandler *handler,
                            void *arg, Listener **listener_out) {
    Worker *worker = tls_worker;
    Listener *listener = mem_alloc(&worker->runtime->account, sizeof(*listener));
    *listener = (Listener){.worker = worker,
                           .watch = {.fd = fd, .fn = incoming, .arg = listener},
                           .handler = handler,
                           .arg = arg,
                           .kind = kind};
    snprintf(listener->path, sizeof(listener->path), "%s", path);
    list_push_back(&worker->net.listeners, &listener->node);
    worker->backend->watch(worker, &listener->watch);
    *listener_out = listener;
    return STATUS_OK;
}

/* A bound, listening descriptor, or -errno. */
static int open_socket(const struct sockaddr *address, socklen_t len) {
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return -errno;
    int on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
    if (address->sa_family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on));
    if (bind(fd, address, len) != 0 || listen(fd, BACKLOG) != 0) {
        int e = errno;
        close(fd);
        return -e;
    }
    return fd;
}

Status net_listen_tcp(const char *address, uint16_t port, const ConnHandler *handler, void *arg,
                      Listener **listener_out) {
    check(tls_worker != NULL && tls_worker->sim == NULL);
    struct sockaddr_in in4 = {.sin_family = AF_INET, .sin_port = htons(port)};
    struct sockaddr_in6 in6 = {.sin6_family = AF_INET6, .sin6_port = htons(port)};
    *listener_out = NULL;
    if (inet_pton(AF_INET, address, &in4.sin_addr) == 1) {
        int fd = open_socket((struct sockaddr *)&in4, sizeof(in4));
        if (fd < 0)
            return bind_error(-fd, "IPv4", address);
        return make_listener(fd, CONN_TCP4, "", handler, arg, listener_out);
    }
    if (inet_pton(AF_INET6, address, &in6.sin6_addr) == 1) {
        int fd = open_socket((struct sockaddr *)&in6, sizeof(in6));
        if (fd < 0)
            return bind_error(-fd, "IPv6", address);
        return make_listener(fd, CONN_TCP6, "", handler, arg, listener_out);
    }
    return error(ERR_INVALID_PARAMETER_VALUE, "invalid listen address \"%s\"", address);
}

/* True where a process serves the socket file. */
static bool is_served(const struct sockaddr_un *address) {
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return true;
    bool served = connect(fd, (const struct sockaddr *)address, sizeof(*address)) == 0 ||
                  errno == EAGAIN || errno == EINPROGRESS;
    close(fd);
    return served;
}

Status net_listen_unix(const char *path, unsigned mode, const ConnHandler *handler, void *arg,
                       Listener **listener_out) {
    check(tls_worker != NULL && tls_worker->sim == NULL);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    *listener_out = NULL;
    if (strlen(path) >= sizeof(address.sun_path))
        return error(ERR_INVALID_PARAMETER_VALUE,
                     "Unix-domain socket path \"%s\" is too long (maximum %d bytes)", path,
                     (int)sizeof(address.sun_path) - 1);
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = open_socket((struct sockaddr *)&address, sizeof(address));
    if (fd == -EADDRINUSE && !is_served(&address)) {
        unlink(path);
        fd = open_socket((struct sockaddr *)&address, sizeof(address));
    }
    if (fd < 0)
        return bind_error(-fd, "Unix", path);
    if (chmod(path, mode) != 0) {
        int e = errno;
        close(fd);
        unlink(path);
        return file_error(e, "could not set permissions of file", path);
    }
    return make_listener(fd, CONN_UNIX, path, handler, arg, listener_out);
}

uint16_t net_listener_port(const Listener *listener) {
    union {
        struct sockaddr any;
        struct sockaddr_in in4;
        struct sockaddr_in6 in6;
        struct sockaddr_storage storage;
    } address = {0};
    socklen_t len = sizeof(address);
    if (getsockname(listener->watch.fd, &address.any, &len) != 0)
        return 0;
    if (address.any.sa_family == AF_INET)
        return ntohs(address.in4.sin_port);
    return address.any.sa_family == AF_INET6 ? ntohs(address.in6.sin6_port) : 0;
}

Listener *listener_of_node(ListNode *node) { return LIST_ENTRY(node, Listener, node); }

void listener_free(Listener *listener) {
    list_remove(&listener->node);
    timer_stop(&listener->pause);
    shutdown(listener->watch.fd, SHUT_RDWR); /* at once, whoever may still refer to the socket */
    if (listener->path[0] != '\0')
        unlink(listener->path);
    close(listener->watch.fd);
    mem_free(&listener->worker->runtime->account, listener, sizeof(*listener));
}

static void watch_gone(FdWatch *watch) { listener_free(watch->arg); }

void net_listener_close(Listener *listener) {
    if (listener == NULL)
        return;
    Worker *worker = listener->worker;
    check(worker == tls_worker);
    timer_stop(&listener->pause);
    shutdown(listener->watch.fd, SHUT_RDWR);
    if (listener->path[0] != '\0')
        unlink(listener->path);
    listener->path[0] = '\0';
    listener->watch.gone = watch_gone;
    worker->backend->unwatch(worker, &listener->watch);
}
