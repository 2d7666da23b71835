/*
 * server.c: start-up, the registry of sessions, shutdown.
 *
 * Start-up order: lock file, engine (recovery), transactions, catalogs, listeners. Shutdown is the
 * reverse, after the sessions are gone: smart waits for them, fast interrupts them, immediate leaves
 * everything to recovery.
 */
#include "base/mem_guard.h"
#include "pgwire/client_int.h"
#include "pgwire/shared_stats.h"
#include "pgwire/statement_stats.h"

#include "catalog/sequence.h"
#include "pgwire/config.h"
#include "pgwire/functions.h"
#include "runtime/file.h"
#include "runtime/log.h"
#include "runtime/os.h"
#include "runtime/random.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#define SLOTS_MIN 64u
#define WAL_RING_BYTES ((size_t)64 << 20)
#define STOP_POLL_US 20000u

/* ---- the registry ---- */

static bool slot_take(Server *server, ClientSession *client) {
    uint32_t limit = (uint32_t)settings_server_int(server->options->settings, "max_connections");
    if (server->slots_used >= limit)
        return false;
    uint32_t slot = 0;
    while (slot < server->slot_count && server->slots[slot] != NULL)
        slot++;
    if (slot == server->slot_count) {
        uint32_t bigger = MAX(SLOTS_MIN, server->slot_count * 2);
        ClientSession **slots = mem_alloc(&server->sessions_account, bigger * sizeof(*slots));
        memset(slots, 0, bigger * sizeof(*slots));
        if (server->slot_count > 0)
            memcpy(slots, server->slots, server->slot_count * sizeof(*slots));
        mem_free(&server->sessions_account, server->slots, server->slot_count * sizeof(*slots));
        server->slots = slots;
        server->slot_count = bigger;
    }
    server->slots[slot] = client;
    server->slots_used++;
    client->registry_slot = slot;
    return true;
}

uint32_t server_session_count(Server *server, Oid role, Oid database) {
    uint32_t count = 0;
    latch_lock(&server->registry_latch);
    for (uint32_t i = 0; i < server->slot_count; i++) {
        const ClientSession *client = server->slots[i];
        count += client != NULL && (role == OID_INVALID || client->role == role) &&
                 (database == OID_INVALID || client->database == database);
    }
    latch_unlock(&server->registry_latch);
    return count;
}

bool server_has_free_slots(Server *server) {
    SettingsServer *settings = server->options->settings;
    int64_t limit = settings_server_int(settings, "max_connections") -
                    settings_server_int(settings, "superuser_reserved_connections");
    latch_lock(&server->registry_latch);
    bool free = (int64_t)server->slots_used <= limit;
    latch_unlock(&server->registry_latch);
    return free;
}

Status server_register(Server *server, ClientSession *client) {
    uint32_t key = (uint32_t)random_u64();
    client->activity = mem_alloc(&client->exec.account, sizeof(*client->activity));
    memset(client->activity, 0, sizeof(*client->activity));
    client->activity->backend_start = clock_timestamp_us();
    latch_lock(&server->registry_latch);
    bool taken = slot_take(server, client);
    if (taken) {
        client->exec.process_id = atomic_fetch_add(&server->next_process_id, 1);
        client->cancel_key = key;
    }
    latch_unlock(&server->registry_latch);
    if (!taken) {
        client->registry_slot = UINT32_MAX;
        return status_severity(error(ERR_TOO_MANY_CONNECTIONS, "sorry, too many clients already"),
                               SEV_FATAL);
    }
    return lock_owner_make(server->mvcc, client->exec.process_id, &client->lock_owner);
}

void server_unregister(Server *server, ClientSession *client) {
    latch_lock(&server->registry_latch);
    if (client->activity != NULL && client->registry_slot != UINT32_MAX &&
        client->registry_slot < server->slot_count &&
        server->slots[client->registry_slot] == client) {
        server->slots[client->registry_slot] = NULL;
        server->slots_used--;
    }
    latch_unlock(&server->registry_latch);
    if (client->activity != NULL)
        mem_free(&client->exec.account, client->activity, sizeof(*client->activity));
    client->activity = NULL;
    if (atomic_load(&server->shutdown) != SHUTDOWN_NONE)
        fiber_unpark(server->main_fiber);
}

/* Interrupts the fibre of a matching session. key NULL: any. */
static bool interrupt_where(Server *server, int32_t process_id, const uint32_t *key,
                            InterruptReason reason) {
    bool found = false;
    latch_lock(&server->registry_latch);
    for (uint32_t i = 0; i < server->slot_count; i++) {
        ClientSession *client = server->slots[i];
        if (client == NULL || client->exec.process_id != process_id ||
            (key != NULL && client->cancel_key != *key))
            continue;
        found = true;
        if (atomic_load(&client->fiber_live))
            fiber_interrupt(client->fiber, reason);
    }
    latch_unlock(&server->registry_latch);
    return found;
}

void server_cancel(Server *server, int32_t process_id, uint32_t key) {
    (void)interrupt_where(server, process_id, &key, INTERRUPT_CANCEL);
}

typedef struct Termination {
    Server *server;
    uint32_t slot;
    int32_t process_id;
} Termination;

static void terminate_on_worker(void *arg) {
    Termination *termination = arg;
    Server *server = termination->server;
    latch_lock(&server->registry_latch);
    ClientSession *client = server->slots[termination->slot];
    if (client != NULL && client->exec.process_id != termination->process_id)
        client = NULL;
    latch_unlock(&server->registry_latch);
    if (client != NULL)
        client_terminate(client);
    mem_free(&server->sessions_account, termination, sizeof(*termination));
}

/* process_id 0: all. */
static bool terminate_where(Server *server, int32_t process_id) {
    bool found = false;
    latch_lock(&server->registry_latch);
    for (uint32_t i = 0; i < server->slot_count; i++) {
        ClientSession *client = server->slots[i];
        if (client == NULL || (process_id != 0 && client->exec.process_id != process_id))
            continue;
        found = true;
        Termination *termination = mem_alloc(&server->sessions_account, sizeof(*termination));
        *termination = (Termination){server, i, client->exec.process_id};
        atomic_store_explicit(&client->terminating, true, memory_order_relaxed);
        worker_post(client->worker, terminate_on_worker, termination);
    }
    latch_unlock(&server->registry_latch);
    return found;
}

bool server_session_role(Server *server, int32_t process_id, Oid *role_out) {
    bool found = false;
    latch_lock(&server->registry_latch);
    for (uint32_t i = 0; i < server->slot_count && !found; i++) {
        const ClientSession *client = server->slots[i];
        found =
            client != NULL && client->exec.process_id == process_id && client->exec.catalog != NULL;
        if (found)
            *role_out = session_user_oid(client->exec.catalog);
    }
    latch_unlock(&server->registry_latch);
    return found;
}

bool server_interrupt(Server *server, int32_t process_id, InterruptReason reason) {
    return reason == INTERRUPT_TERMINATE ? terminate_where(server, process_id)
                                         : interrupt_where(server, process_id, NULL, reason);
}

/* ---- start-up ---- */

EngineTuning server_tuning(Server *server) {
    const SettingsServer *settings = server->options->settings;
    return (EngineTuning){
        .max_wal_bytes = (uint64_t)settings_server_int(settings, "max_wal_size") << 20,
        .checkpoint_timeout_us =
            (uint64_t)settings_server_int(settings, "checkpoint_timeout") * 1000000,
        .log_checkpoints = settings_server_bool(settings, "log_checkpoints")};
}

static Status open_storage(Server *server, bool *initialise_out) {
    const ServerOptions *options = server->options;
    SettingsServer *settings = options->settings;
    EngineConfig engine = {.directory = options->data_directory,
                           .pool_bytes =
                               (size_t)settings_server_int(settings, "shared_buffers") * 8192,
                           .wal_ring_bytes = WAL_RING_BYTES,
                           .wal_depth_max = 2,
                           .tuning = server_tuning(server),
                           .background = true,
                           .account = mem_root()};
    TRY(engine_open(&engine, &server->engine));
    MvccConfig mvcc = {.engine = server->engine,
                       .account = mem_root(),
                       .background = true,
                       .kept_bytes = MAX(engine.pool_bytes / 4, (size_t)128 << 20)};
    TRY(mvcc_open(&mvcc, &server->mvcc));
    CatalogConfig catalog = {
        .mvcc = server->mvcc, .account = mem_root(), .superuser_name = options->superuser};
    TRY(catalog_open(&catalog, &server->catalog, initialise_out));
    return STATUS_OK;
}

static Status initialise(Server *server) {
    size_t count;
    const CatalogScript *scripts = catalog_init_scripts(&count);
    TRY(internal_run_scripts(server, scripts, count));
    TRY(catalog_init_finish(server->catalog));
    mvcc_forget_finished(server->mvcc);
    return STATUS_OK;
}

static Status listen_on_addresses(Server *server) {
    char *addresses = arena_strdup(&server->arena, server->options->listen_addresses);
    for (char *next, *address = strtok_r(addresses, ", ", &next); address != NULL;
         address = strtok_r(NULL, ", ", &next)) {
        const char *const localhost[] = {"127.0.0.1", "::1"};
        bool is_localhost = strcmp(address, "localhost") == 0;
        bool all = strcmp(address, "*") == 0;
        if (all ||
            !(is_localhost || strncmp(address, "127.", 4) == 0 || strcmp(address, "::1") == 0))
            return error(ERR_CONFIG_FILE_ERROR, "listen address \"%s\" is not a loopback address",
                         address);
        bool bound = false;
        for (int i = 0; i < (is_localhost ? 2 : 1); i++) {
            Listener *listener;
            const char *host = is_localhost ? localhost[i] : address;
            Status status =
                net_listen_tcp(host, server->options->port, &client_handler, server, &listener);
            if (status_ok(status)) {
                bound = true;
                log_write(LOG_LEVEL_LOG, "listening on IPv%c address \"%s\", port %d",
                          strchr(host, ':') == NULL ? '4' : '6', host, server->options->port);
                server->listeners[server->listener_count++] = listener;
            } else if (i == 1 && bound) {
                status_free(status); /* no IPv6 here */
            } else {
                return status;
            }
            if (server->listener_count == ARRAY_LEN(server->listeners))
                return STATUS_OK;
        }
    }
    return STATUS_OK;
}

static Status start_listening(Server *server) {
    TRY(listen_on_addresses(server));
    if (server->options->socket_directory[0] == '\0')
        return STATUS_OK;
    const char *path = arena_printf(&server->arena, "%s/.s.PGSQL.%d",
                                    server->options->socket_directory, server->options->port);
    TRY(net_listen_unix(path, 0777, &client_handler, server,
                        &server->listeners[server->listener_count]));
    server->listener_count++;
    log_write(LOG_LEVEL_LOG, "listening on Unix socket \"%s\"", path);
    return STATUS_OK;
}

/* A file of the configuration; relative ones lie in the data directory. */
static TlsFile configured_file(Server *server, Arena *arena, const char *setting) {
    const char *name = settings_server_get(server->options->settings, setting);
    return (TlsFile){.name = name,
                     .path =
                         name[0] == '\0' ? NULL
                         : name[0] == '/'
                             ? name
                             : arena_printf(arena, "%s/%s", server->options->data_directory, name)};
}

Status server_tls_context(Server *server, bool starting, void **context_out) {
    *context_out = NULL;
    const SettingsServer *settings = server->options->settings;
    if (!settings_server_bool(settings, "ssl"))
        return STATUS_OK;
    Arena arena;
    arena_init(&arena, mem_root());
    TlsConfig config = {
        .cert = configured_file(server, &arena, "ssl_cert_file"),
        .key = configured_file(server, &arena, "ssl_key_file"),
        .ca = configured_file(server, &arena, "ssl_ca_file"),
        .crl = configured_file(server, &arena, "ssl_crl_file"),
        .crl_directory = configured_file(server, &arena, "ssl_crl_dir"),
        .dh = configured_file(server, &arena, "ssl_dh_params_file"),
        .ciphers = settings_server_get(settings, "ssl_ciphers"),
        .curve = settings_server_get(settings, "ssl_ecdh_curve"),
        .min_version = settings_server_get(settings, "ssl_min_protocol_version"),
        .max_version = settings_server_get(settings, "ssl_max_protocol_version"),
        .passphrase_command = settings_server_get(settings, "ssl_passphrase_command"),
        .server_prefers = settings_server_bool(settings, "ssl_prefer_server_ciphers"),
        .passphrase_on_reload =
            settings_server_bool(settings, "ssl_passphrase_command_supports_reload"),
        .starting = starting};
    Status status = tls_server_context(&config, context_out);
    arena_destroy(&arena);
    return status;
}

/* A check is of something that is there. */
static Status must_be_there(Server *server) {
    const char *control =
        arena_printf(&server->arena, "%s/control", server->options->data_directory);
    return file_exists(control) ? STATUS_OK
                                : error(ERR_UNDEFINED_FILE, "\"%s\" is not a data directory",
                                        server->options->data_directory);
}

static Status start(Server *server, LockFile **lock_out) {
    if (server->options->check)
        TRY(must_be_there(server));
    TRY(data_directory_prepare(server));
    const char *path =
        arena_printf(&server->arena, "%s/postmaster.pid", server->options->data_directory);
    const char *text =
        arena_printf(&server->arena, "%s\n%lld\n%d\n%s\n%s\n", server->options->data_directory,
                     (long long)(clock_wall_us() / 1000000), server->options->port,
                     server->options->socket_directory, server->options->listen_addresses);
    TRY(lock_file_acquire(path, text, lock_out));
    bool initialise_needed;
    TRY(open_storage(server, &initialise_needed));
    if (initialise_needed && server->options->check)
        return error(ERR_OBJECT_NOT_IN_PREREQUISITE_STATE,
                     "the data directory was never initialised to the end");
    if (server->options->check)
        return STATUS_OK;
    if (initialise_needed)
        TRY(initialise(server));
    if (initialise_needed || server->options->auth != NULL)
        TRY(config_write_defaults(server));
    TRY(config_load_rules(server));
    TRY(server_tls_context(server, true, &server->tls_context));
    TRY(start_listening(server));
    server->start_micros = clock_timestamp_us();
    shared_stats_init(server);
    atomic_store(&server->conf_load_micros, server->start_micros);
    return STATUS_OK;
}

/* ---- shutdown ---- */

static void on_signal(int signal_number, void *arg) {
    Server *server = arg;
    if (signal_number == SIGHUP) {
        atomic_store(&server->reload_asked, true);
        fiber_unpark(server->main_fiber);
        return;
    }
    int mode = signal_number == SIGTERM  ? SHUTDOWN_SMART
               : signal_number == SIGINT ? SHUTDOWN_FAST
                                         : SHUTDOWN_IMMEDIATE;
    if (mode == SHUTDOWN_IMMEDIATE)
        os_exit_now(2);
    if (mode > atomic_load(&server->shutdown))
        atomic_store(&server->shutdown, mode);
    fiber_unpark(server->main_fiber);
}

static uint32_t session_count(Server *server) {
    latch_lock(&server->registry_latch);
    uint32_t count = server->slots_used;
    latch_unlock(&server->registry_latch);
    return count;
}

static void wait_for_sessions(Server *server) {
    for (uint32_t i = 0; i < server->listener_count; i++)
        net_listener_close(server->listeners[i]);
    bool told = false;
    while (session_count(server) > 0) {
        if (atomic_load(&server->shutdown) >= SHUTDOWN_FAST && !told) {
            log_write(LOG_LEVEL_LOG, "aborting any active transactions");
            (void)terminate_where(server, 0);
            told = true;
        }
        fiber_park(clock_mono_us() + STOP_POLL_US);
        fiber_interrupts_clear();
    }
}

static Status stop_storage(Server *server) {
    if (server->catalog != NULL) {
        status_free(sequence_flush_all(server->catalog));
        catalog_close(server->catalog);
    }
    if (server->mvcc != NULL)
        TRY(mvcc_close(server->mvcc));
    return server->engine == NULL ? STATUS_OK : engine_close(server->engine);
}

typedef struct ServerRun {
    Server *server;
    int exit_code;
} ServerRun;

static void make_warm_lists(Server *server) {
    int count = worker_count();
    size_t bytes = (size_t)count * sizeof(WarmSessions);
    char *at = arena_alloc(&server->arena, bytes + _Alignof(WarmSessions));
    server->warm = (WarmSessions *)ALIGN_UP((uintptr_t)at, _Alignof(WarmSessions));
    for (int i = 0; i < count; i++) {
        list_init(&server->warm[i].list);
        server->warm[i].count = 0;
    }
}

static void print_engine_problem(void *arg, const char *text) { printf("pages: %s\n", text); }

/* The relations, then, with nothing else at work, the pages. The exit code. */
static Status check_all(Server *server, int *exit_code) {
    uint64_t relations = 0, pages = 0;
    Status status = internal_check(server, &relations);
    if (!status_ok(status)) { /* the pages tell more */
        log_error(LOG_LEVEL_ERROR, status, NULL);
        status_free(status);
        relations++;
    }
    catalog_close(server->catalog);
    server->catalog = NULL;
    TRY(mvcc_close(server->mvcc));
    server->mvcc = NULL;
    TRY(engine_check(server->engine, print_engine_problem, NULL, &pages));
    *exit_code = relations + pages > 0;
    printf("%llu problems found\n", (unsigned long long)(relations + pages));
    fflush(stdout);
    return STATUS_OK;
}

static void serve(Server *server) {
    log_write(LOG_LEVEL_LOG, "database system is ready to accept connections");
    printf("ready to accept connections\n");
    fflush(stdout);
    while (atomic_load(&server->shutdown) == SHUTDOWN_NONE) {
        if (atomic_exchange(&server->reload_asked, false))
            config_reload(server);
        else
            fiber_park(DEADLINE_NONE);
    }
    log_write(LOG_LEVEL_LOG, "received %s shutdown request",
              atomic_load(&server->shutdown) == SHUTDOWN_SMART ? "smart" : "fast");
    wait_for_sessions(server);
}

static void main_fiber(void *arg) {
    ServerRun *run = arg;
    Server *server = run->server;
    LockFile *lock = NULL;
    server->main_fiber = fiber_self_ref();
    log_write(LOG_LEVEL_LOG, "starting PostgreSQL 15.18 (Phantom 0.1)");
    make_warm_lists(server);
    server->plan_cache = plan_cache_make(mem_root());
    Status status = start(server, &lock);
    if (!status_ok(status)) {
        log_error(LOG_LEVEL_FATAL, status, NULL);
        status_free(status);
        run->exit_code = server->options->check ? 2 : 1;
        if (lock != NULL)
            lock_file_release(lock);
        runtime_stop(server->runtime);
        return;
    }
    if (server->options->check)
        status = check_all(server, &run->exit_code);
    else
        serve(server);
    log_write(LOG_LEVEL_LOG, "shutting down");
    if (status_ok(status))
        status = stop_storage(server);
    if (!status_ok(status)) {
        log_error(LOG_LEVEL_FATAL, status, NULL);
        status_free(status);
        run->exit_code = server->options->check ? 2 : 1;
    }
    lock_file_release(lock);
    log_write(LOG_LEVEL_LOG, "database system is shut down");
    runtime_stop(server->runtime);
}

int server_run(const ServerOptions *options) {
    Server server = {.options = options, .next_process_id = 10000};
    log_set_prefix(session_log_prefix, &server);
    log_set_min_level(
        session_log_level(settings_server_get(options->settings, "log_min_messages")));
    arena_init(&server.arena, mem_root());
    fiber_mutex_init(&server.config_mutex);
    /* Past three quarters statements fail (53200), before the kernel ends the whole server. */
    mem_account_init(&server.sessions_account, mem_root(), "sessions", os_memory_bytes() / 4 * 3);
    executor_register();
    block_register();
    cursor_register();
    variables_register();
    listen_register();
    alter_system_register();
    config_functions_register();
    session_functions_register();
    server_functions_register();
    file_functions_register();
    database_stats_register();
    shared_stats_register();
    statement_stats_register();
    server.function_stats = function_stats_make(&server.sessions_account);
    statement_stats_init(&server);
    os_raise_file_limit();
    mem_reserve_init();
    RuntimeOptions runtime_options = {.worker_count =
                                          (int)settings_server_int(options->settings, "workers")};
    ServerRun run = {.server = &server};
    Status status = runtime_create(&runtime_options, &server.runtime);
    static const int signals[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP};
    for (size_t i = 0; status_ok(status) && i < ARRAY_LEN(signals); i++)
        status = runtime_watch_signal(server.runtime, signals[i], on_signal, &server);
    if (status_ok(status))
        status = runtime_run(server.runtime, main_fiber, &run);
    if (!status_ok(status)) {
        log_error(LOG_LEVEL_FATAL, status, NULL);
        status_free(status);
        return 1;
    }
    runtime_destroy(server.runtime);
    return run.exit_code;
}
