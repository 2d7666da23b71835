/*
 * server.h: the process: listeners, the registry of sessions, shutdown. Layer: pgwire.
 */
#ifndef PGWIRE_SERVER_H
#define PGWIRE_SERVER_H

#include "catalog/catalog.h"
#include "engine/engine.h"
#include "executor/settings.h"
#include "runtime/latch.h"
#include "runtime/net.h"
#include "runtime/worker.h"

typedef struct ServerOptions {
    const char *data_directory;
    const char *socket_directory; /* "": none */
    const char *listen_addresses; /* comma-separated; "": none */
    uint16_t port;
    const char *superuser;
    const char *auth; /* -A; NULL: what pg_hba.conf says */
    bool check;       /* phantom check: no client is served */
    SettingsServer *settings;
} ServerOptions;

typedef enum ShutdownMode {
    SHUTDOWN_NONE,
    SHUTDOWN_SMART,
    SHUTDOWN_FAST,
    SHUTDOWN_IMMEDIATE
} ShutdownMode;

/* A worker's idle sessions that still have their buffers; the longest idle one first. */
typedef struct WarmSessions {
    _Alignas(64) ListNode list;
    uint32_t count;
} WarmSessions;

typedef struct Server {
    const ServerOptions *options;
    Runtime *runtime;
    Engine *engine;
    Mvcc *mvcc;
    Catalog *catalog;
    struct PlanCache *plan_cache;
    void *tls_context;                         /* NULL: no TLS; by the registry's latch */
    struct AuthRules *hba_rules, *ident_rules; /* by the registry's latch */
    FiberMutex config_mutex;                   /* one reads or writes the files at a time */
    _Atomic int64_t conf_load_micros;
    _Atomic bool reload_asked;
    int64_t start_micros;
    MemAccount sessions_account;
    WarmSessions *warm; /* by worker */
    Arena arena;

    /* the registry: sessions by slot; backend id = slot + 1, process id from a counter */
    RwLatch registry_latch;
    struct ClientSession **slots;
    uint32_t slot_count, slots_used;
    _Atomic int32_t next_process_id;
    _Atomic uint32_t authenticated_count;
    _Atomic int shutdown; /* ShutdownMode */
    FiberRef main_fiber;
    struct StatementStats *statement_stats; /* of pg_stat_statements; NULL: it is not loaded */
    struct FunctionStats *function_stats;   /* of all databases */
    struct SharedStats *shared_stats;       /* by registry_latch */
    struct DatabaseStats *database_stats;   /* a list; by registry_latch, its items stay */
    Listener *listeners[16];
    uint32_t listener_count;
    char *temp_directory;
} Server;

/* Registers a session: gives it a slot, a process id and a cancel key. Error 53300. */
Status server_register(Server *server, struct ClientSession *client);
void server_unregister(Server *server, struct ClientSession *client);
/* Sessions of a role, of a database (0: any). */
uint32_t server_session_count(Server *server, Oid role, Oid database);
/* May a session that is no superuser's take the slot it has? */
bool server_has_free_slots(Server *server);
/* data_directory.c: makes it where it is absent. Parks. Errors: 55000 not empty, or not for this server to use. */
Status data_directory_prepare(Server *server);
/* As the settings have it now. */
EngineTuning server_tuning(Server *server);
/* A context of TLS as the settings have it; NULL: off. The caller gives it back. */
Status server_tls_context(Server *server, bool starting, void **context_out);
/* A CancelRequest. Silent where nothing matches. */
void server_cancel(Server *server, int32_t process_id, uint32_t key);
/* The role that the session of the process was opened by; false: there is none such. */
bool server_session_role(Server *server, int32_t process_id, Oid *role_out);
/* pg_cancel_backend, pg_terminate_backend. False: no such process. */
bool server_interrupt(Server *server, int32_t process_id, InterruptReason reason);

/* Runs the server until it is told to stop. Returns the process's exit code. */
int server_run(const ServerOptions *options);

#endif
