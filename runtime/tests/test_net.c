/* An echo server under thousands of connections, and the ways in which a connection ends. */
#include "runtime/clock.h"
#include "runtime/net.h"
#include "runtime/os.h"

#include <arpa/inet.h>
#include <check.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ECHO_CONNS 2000

static const IoBackendKind backends[] = {
#if !defined(__SANITIZE_THREAD__)
    IO_BACKEND_URING,
#endif
    IO_BACKEND_EPOLL};

static char socket_path[] = "/tmp/phantom-net-XXXXXX";

typedef struct Server {
    Listener *unix_listener;
    Listener *tcp_listener;
    const ConnHandler *handler;
    void (*client)(struct Server *server); /* runs on a thread of its own */
    Runtime *runtime;
    uint16_t port;
    pthread_t thread;
    _Atomic int opened;
    _Atomic int closed;
    _Atomic int eofs;
    _Atomic int write_errors;
    _Atomic long received;
} Server;

static void *client_thread(void *arg) {
    Server *server = arg;
    server->client(server);
    runtime_stop(server->runtime);
    return NULL;
}

static void server_main(void *arg) {
    Server *server = arg;
    server->runtime = runtime_self();
    Status status =
        net_listen_unix(socket_path, 0700, server->handler, server, &server->unix_listener);
    ck_assert_msg(status_ok(status), "%s", status_ok(status) ? "" : status.error->message);
    status = net_listen_tcp("127.0.0.1", 0, server->handler, server, &server->tcp_listener);
    ck_assert(status_ok(status));
    server->port = net_listener_port(server->tcp_listener);
    ck_assert_uint_gt(server->port, 0);
    pthread_create(&server->thread, NULL, client_thread, server);
}

static void serve(IoBackendKind backend, const ConnHandler *handler, void (*client)(Server *)) {
    Server server = {.handler = handler, .client = client};
    RuntimeOptions options = {.worker_count = 2, .backend = backend, .stall_us = UINT32_MAX};
    Runtime *runtime;
    Status status = runtime_create(&options, &runtime);
    ck_assert(status_ok(status));
    status = runtime_run(runtime, server_main, &server);
    ck_assert(status_ok(status));
    pthread_join(server.thread, NULL);
    runtime_destroy(runtime);
    ck_assert_int_eq(server.opened, server.closed);
}

static int connect_unix(void) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, socket_path, sizeof(socket_path));
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static int connect_tcp(uint16_t port) {
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    return fd;
}

static void read_exactly(int fd, char *buf, size_t len) {
    while (len > 0) {
        ssize_t n = recv(fd, buf, len, 0);
        ck_assert_msg(n > 0, "recv: %zd %s", n, strerror(errno));
        buf += n;
        len -= (size_t)n;
    }
}

static void expect_end(int fd) {
    char c;
    ssize_t n = recv(fd, &c, 1, 0);
    ck_assert_msg(n == 0 || (n < 0 && errno == ECONNRESET), "recv: %zd", n);
    close(fd);
}

static void wait_closed(Server *server, int count) {
    for (int i = 0; i < 4000 && server->closed < count; i++)
        usleep(1000);
    ck_assert_int_eq(server->closed, count);
}

/* ---- echo ---- */

static void echo_open(Conn *conn, void *arg) {
    Server *server = arg;
    uid_t uid;
    gid_t gid;
    pid_t pid;
    char address[CONN_ADDRESS_BYTES];
    uint16_t port;
    server->opened++;
    conn_set_user(conn, server);
    conn_remote_address(conn, address, &port);
    if (conn_kind(conn) == CONN_UNIX) {
        ck_assert(conn_peer_credentials(conn, &uid, &gid, &pid));
        ck_assert_int_eq(pid, getpid());
        ck_assert_int_eq(uid, getuid());
        ck_assert_str_eq(address, "");
    } else {
        ck_assert(!conn_peer_credentials(conn, &uid, &gid, &pid));
        ck_assert_str_eq(address, "127.0.0.1");
        ck_assert_uint_ne(port, 0);
    }
}

static void echo_data(Conn *conn, const char *data, size_t len) {
    conn_send(conn, data, len);
    conn_flush(conn);
    ck_assert_ptr_eq(conn_worker(conn), worker_self());
}

static void echo_eof(Conn *conn, int error_number) {
    Server *server = conn_user(conn);
    server->eofs++;
    conn_close(conn);
}

static void echo_closed(Conn *conn) {
    Server *server = conn_user(conn);
    server->closed++;
}

static const ConnHandler echo = {echo_open, echo_data, echo_eof, echo_closed};

static void echo_client(Server *server) {
    static int fds[ECHO_CONNS];
    char line[64], answer[64];
    for (int i = 0; i < ECHO_CONNS; i++)
        fds[i] = i % 4 == 0 ? connect_tcp(server->port) : connect_unix();
    for (int round = 0; round < 3; round++) {
        for (int i = 0; i < ECHO_CONNS; i++) {
            int len = snprintf(line, sizeof(line), "hello %d of round %d", i, round);
            ck_assert_int_eq(send(fds[i], line, (size_t)len, 0), len);
        }
        for (int i = 0; i < ECHO_CONNS; i++) {
            int len = snprintf(line, sizeof(line), "hello %d of round %d", i, round);
            read_exactly(fds[i], answer, (size_t)len);
            ck_assert_mem_eq(line, answer, len);
        }
    }
    for (int i = 0; i < ECHO_CONNS; i++)
        close(fds[i]);
    wait_closed(server, ECHO_CONNS);
}

START_TEST(test_echo) { serve(backends[_i], &echo, echo_client); }
END_TEST

/* One connection, many megabytes each way. */
static void *bulk_writer(void *arg) {
    int fd = *(int *)arg;
    static char block[100000];
    for (int i = 0; i < 300; i++) {
        memset(block, 'a' + i % 26, sizeof(block));
        for (size_t at = 0; at < sizeof(block);) {
            ssize_t n = send(fd, block + at, sizeof(block) - at, 0);
            ck_assert_int_gt(n, 0);
            at += (size_t)n;
        }
    }
    shutdown(fd, SHUT_WR);
    return NULL;
}

static void bulk_client(Server *server) {
    int fd = connect_unix();
    pthread_t writer;
    static char block[100000];
    pthread_create(&writer, NULL, bulk_writer, &fd);
    for (int i = 0; i < 300; i++) {
        read_exactly(fd, block, sizeof(block));
        ck_assert_int_eq(block[0], 'a' + i % 26);
        ck_assert_int_eq(memcmp(block, block + 1, sizeof(block) - 1), 0);
    }
    pthread_join(writer, NULL);
    expect_end(fd);
    wait_closed(server, 1);
}

START_TEST(test_bulk) { serve(backends[_i], &echo, bulk_client); }
END_TEST

/* ---- a fibre that writes more than the peer reads ---- */

static void flood_fiber(void *arg) {
    Conn *conn = arg;
    Server *server = conn_user(conn);
    Status status = STATUS_OK;
    static const char block[50000];
    for (int i = 0; i < 400 && status_ok(status); i++) {
        conn_send(conn, block, sizeof(block));
        status = conn_wait_writable(conn);
        ck_assert_uint_le(conn_queued(conn), CONN_QUEUE_HIGH + sizeof(block));
    }
    if (!status_ok(status))
        server->write_errors++;
    status_free(status);
    conn_close(conn);
}

static void flood_open(Conn *conn, void *arg) {
    conn_set_user(conn, arg);
    ((Server *)arg)->opened++;
    fiber_spawn(SCHED_OLTP, flood_fiber, conn);
}

static void flood_data(Conn *conn, const char *data, size_t len) {}
static void flood_eof(Conn *conn, int error_number) {}

static const ConnHandler flood = {flood_open, flood_data, flood_eof, echo_closed};

static void flood_client(Server *server) {
    int fd = connect_unix();
    static char block[50000];
    usleep(20000);
    for (int i = 0; i < 400; i++)
        read_exactly(fd, block, sizeof(block));
    expect_end(fd);
    int gone = connect_tcp(server->port); /* leaves in the middle */
    read_exactly(gone, block, sizeof(block));
    close(gone);
    wait_closed(server, 2);
    ck_assert_int_eq(server->write_errors, 1);
}

START_TEST(test_flood) { serve(backends[_i], &flood, flood_client); }
END_TEST

/* ---- the owner ends it ---- */

static void bye_data(Conn *conn, const char *data, size_t len) {
    if (data[0] == 'a') {
        conn_abort(conn);
        return;
    }
    conn_send(conn, "goodbye", 7);
    conn_close(conn);
}

static const ConnHandler bye = {echo_open, bye_data, echo_eof, echo_closed};

static void bye_client(Server *server) {
    char buf[8];
    for (int i = 0; i < 2; i++) {
        int fd = i == 0 ? connect_unix() : connect_tcp(server->port);
        ck_assert_int_eq(send(fd, "x", 1, 0), 1);
        ck_assert_int_eq(send(fd, "unread", 6, MSG_NOSIGNAL), 6);
        read_exactly(fd, buf, 7);
        ck_assert_mem_eq(buf, "goodbye", 7);
        expect_end(fd);
        fd = i == 0 ? connect_unix() : connect_tcp(server->port);
        ck_assert_int_eq(send(fd, "a", 1, 0), 1);
        expect_end(fd);
    }
    wait_closed(server, 4);
}

START_TEST(test_bye) { serve(backends[_i], &bye, bye_client); }
END_TEST

/* ---- pausing ---- */

static void pause_over(void *arg) {
    Conn *conn = arg;
    (void)fiber_sleep(20000);
    conn_resume(conn);
}

static void pause_data(Conn *conn, const char *data, size_t len) {
    Server *server = conn_user(conn);
    server->received += (long)len;
    conn_pause(conn);
    fiber_spawn(SCHED_OLTP, pause_over, conn);
}

static const ConnHandler pausing = {echo_open, pause_data, echo_eof, echo_closed};

static void pause_client(Server *server) {
    int fd = connect_unix();
    static char block[30000];
    for (int i = 0; i < 5; i++) {
        ck_assert_int_eq(send(fd, block, sizeof(block), 0), sizeof(block));
        usleep(2000);
    }
    for (int i = 0; i < 4000 && server->received < 150000; i++)
        usleep(1000);
    ck_assert_int_eq(server->received, 150000);
    usleep(50000);
    close(fd);
    wait_closed(server, 1);
}

START_TEST(test_pause) { serve(backends[_i], &pausing, pause_client); }
END_TEST

int main(void) {
    os_raise_file_limit();
    int fd = mkstemp(socket_path); /* a stale file that is no socket: replaced */
    close(fd);
    unlink(socket_path);
    Suite *suite = suite_create("net");
    TCase *tcase = tcase_create("net");
    int last = ARRAY_LEN(backends);
    tcase_add_loop_test(tcase, test_echo, 0, last);
    tcase_add_loop_test(tcase, test_bulk, 0, last);
    tcase_add_loop_test(tcase, test_flood, 0, last);
    tcase_add_loop_test(tcase, test_bye, 0, last);
    tcase_add_loop_test(tcase, test_pause, 0, last);
    tcase_set_timeout(tcase, 60);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    unlink(socket_path);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
